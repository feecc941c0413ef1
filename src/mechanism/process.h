/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_PROCESS_H
#define SIPLAUNCH_MECHANISM_PROCESS_H
/*
 * What the kernel tells of the process that a place is about, in /proc/PID. Bounded reads and parsing of
 * text that may have any shape; it decides and changes nothing.
 */
#include <stdbool.h>
#include <stdint.h>

#include "mechanism/mechanism.h"

/* Reads /proc/PID/FILE, of a single record, whole into a fresh string. 0, or -1. */
int process_read(const struct place *place, const char *file, char **text, struct error *error);

/* The value of the line "NAME:\tvalue" of a status file: fresh string, or NULL when there is none. */
char *status_field(const char *status, const char *name);

/* The numbers of such a line in `base` (Uid 10, Umask 8, CapEff 16), at most `limit` of them. How many, or -1
 * when there is no such line or it has something else in it. */
int status_numbers(const char *status, const char *name, int base, uint64_t *numbers, size_t limit);

#endif
