/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CAPABILITIES_H
#define SIPLAUNCH_MECHANISM_CAPABILITIES_H
/*
 * Capabilities as bit masks (CAP_X is bit X): what is permitted, their text form, and setting all five sets
 * of the calling thread to a list. Used by the identity mechanism; knows no plan.
 */
#include <stdbool.h>
#include <stdint.h>

struct error;
struct host;

struct capability_sets {
	uint64_t effective, permitted, inheritable, bounding, ambient;
};

/* True if the kernel's ns_capable() permits it in the own user namespace. */
bool capable_here(const struct host *host, int capability);

/* True if the kernel's capable() permits it in the initial user namespace. */
bool capable_globally(const struct host *host, int capability);

/* True where all five sets are exactly `mask`. */
bool capability_sets_are(const struct capability_sets *sets, uint64_t mask);

/* "CAP_NET_BIND_SERVICE CAP_NET_RAW" with that separator, or "none". Caller frees. */
char *capabilities_text(uint64_t mask, const char *separator);

/* One list if all five sets are the same, else "effective=… permitted=… …". Caller frees. */
char *capability_sets_text(const struct capability_sets *sets);

/* Reads all five sets from the text of /proc/PID/status. False if a line is missing or malformed. */
bool capability_sets_read(const char *status, struct capability_sets *sets);

/*
 * Makes `mask` all five sets of the calling thread. `bounding` is what its bounding set is now. Whatever is
 * dropped needs CAP_SETPCAP to be permitted. 0, or -1 with what was attempted.
 */
int capabilities_keep(uint64_t mask, uint64_t bounding, struct error *error);

#endif
