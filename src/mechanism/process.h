/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_PROCESS_H
#define SIPLAUNCH_MECHANISM_PROCESS_H
/*
 * The kernel's data of a place's process, in /proc/PID. Bounded reads and parsing of untrusted text; it
 * decides and changes nothing.
 */
#include <stdbool.h>
#include <stdint.h>

#include "mechanism/mechanism.h"

/* Reads /proc/PID/FILE, of a single record, whole into a new string (caller frees). 0, or -1. */
int process_read(const struct target *target, const char *file, char **text, struct error *error);

/* The numbers of such a line in `base` (Uid 10, Umask 8, CapEff 16), at most `limit` of them. How many, or -1
 * when there is no such line or it has something else in it. */
int status_numbers(const char *status, const char *name, int base, uint64_t *numbers, size_t limit);

#endif
