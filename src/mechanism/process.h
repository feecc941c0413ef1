/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_PROCESS_H
#define SIPLAUNCH_MECHANISM_PROCESS_H
/*
 * The kernel's data about the target's process, in /proc/PID. Bounded reads and parsing of untrusted text; it
 * decides and changes nothing.
 */
#include <stdbool.h>
#include <stdint.h>

#include "mechanism/mechanism.h"

/* Reads /proc/PID/FILE, of a single record, whole into a new string (caller frees). 0, or -1. */
int process_read(const struct target *target, const char *file, char **text, struct error *error);

/*
 * Reads the numbers of the line `name` of /proc/PID/status in `base` (10 for Uid, 8 for Umask, 16 for
 * CapEff). Returns how many; -1 if there is no such line, or it has anything else or more than `limit`
 * numbers.
 */
int status_numbers(const char *status, const char *name, int base, uint64_t *numbers, size_t limit);

#endif
