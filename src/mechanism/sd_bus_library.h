/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_SD_BUS_LIBRARY_H
#define SIPLAUNCH_MECHANISM_SD_BUS_LIBRARY_H
/*
 * libsystemd, loaded only for manager systemd. If it were linked in, it and its own libraries would take a
 * third of each launch's time, and 200 kB of a supervisor's memory while the router runs. Only unit_bus.c
 * includes this.
 */
#include <systemd/sd-bus.h>

#include "base/error.h"
#include "base/library.h"

#define SD_BUS_FUNCTIONS(EACH)               \
	EACH(sd_bus_call)                    \
	EACH(sd_bus_call_method)             \
	EACH(sd_bus_close_unref)             \
	EACH(sd_bus_error_free)              \
	EACH(sd_bus_error_is_set)            \
	EACH(sd_bus_get_property)            \
	EACH(sd_bus_get_property_string)     \
	EACH(sd_bus_match_signal)            \
	EACH(sd_bus_message_append)          \
	EACH(sd_bus_message_append_array)    \
	EACH(sd_bus_message_append_basic)    \
	EACH(sd_bus_message_close_container) \
	EACH(sd_bus_message_new_method_call) \
	EACH(sd_bus_message_open_container)  \
	EACH(sd_bus_message_read)            \
	EACH(sd_bus_message_read_array)      \
	EACH(sd_bus_message_read_strv)       \
	EACH(sd_bus_message_unref)           \
	EACH(sd_bus_new)                     \
	EACH(sd_bus_process)                 \
	EACH(sd_bus_set_address)             \
	EACH(sd_bus_set_bus_client)          \
	EACH(sd_bus_set_method_call_timeout) \
	EACH(sd_bus_slot_unref)              \
	EACH(sd_bus_start)                   \
	EACH(sd_bus_wait)

/* The addresses of the loaded functions: one set for the process, like linked symbols. */
extern struct sd_bus_library {
	SD_BUS_FUNCTIONS(LIBRARY_MEMBER)
} sd_bus_library;

/* Loads it, once. 0, or -1. */
int sd_bus_library_load(struct error *error);

#define sd_bus_call                    sd_bus_library.sd_bus_call_
#define sd_bus_call_method             sd_bus_library.sd_bus_call_method_
#define sd_bus_close_unref             sd_bus_library.sd_bus_close_unref_
#define sd_bus_error_free              sd_bus_library.sd_bus_error_free_
#define sd_bus_error_is_set            sd_bus_library.sd_bus_error_is_set_
#define sd_bus_get_property            sd_bus_library.sd_bus_get_property_
#define sd_bus_get_property_string     sd_bus_library.sd_bus_get_property_string_
#define sd_bus_match_signal            sd_bus_library.sd_bus_match_signal_
#define sd_bus_message_append          sd_bus_library.sd_bus_message_append_
#define sd_bus_message_append_array    sd_bus_library.sd_bus_message_append_array_
#define sd_bus_message_append_basic    sd_bus_library.sd_bus_message_append_basic_
#define sd_bus_message_close_container sd_bus_library.sd_bus_message_close_container_
#define sd_bus_message_new_method_call sd_bus_library.sd_bus_message_new_method_call_
#define sd_bus_message_open_container  sd_bus_library.sd_bus_message_open_container_
#define sd_bus_message_read            sd_bus_library.sd_bus_message_read_
#define sd_bus_message_read_array      sd_bus_library.sd_bus_message_read_array_
#define sd_bus_message_read_strv       sd_bus_library.sd_bus_message_read_strv_
#define sd_bus_message_unref           sd_bus_library.sd_bus_message_unref_
#define sd_bus_new                     sd_bus_library.sd_bus_new_
#define sd_bus_process                 sd_bus_library.sd_bus_process_
#define sd_bus_set_address             sd_bus_library.sd_bus_set_address_
#define sd_bus_set_bus_client          sd_bus_library.sd_bus_set_bus_client_
#define sd_bus_set_method_call_timeout sd_bus_library.sd_bus_set_method_call_timeout_
#define sd_bus_slot_unref              sd_bus_library.sd_bus_slot_unref_
#define sd_bus_start                   sd_bus_library.sd_bus_start_
#define sd_bus_wait                    sd_bus_library.sd_bus_wait_

#endif
