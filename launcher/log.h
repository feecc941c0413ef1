/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_LOG_H
#define SIPLAUNCH_LAUNCHER_LOG_H
/*
 * What siplaunch says on standard error: as text for a person, or with --log-format json as one object a
 * line. Every record is one write.
 */
#include <jansson.h>

struct error;
struct options;
struct plan;
struct problems;

/* "siplaunch: message", then what the kernel said and what to do about it. */
void log_error(const struct options *options, const struct error *error);

/* "file:line:column: /pointer: message", with what is allowed below it. */
void log_problems(const struct options *options, const struct problems *problems);

/* The warnings from number `first` on; --quiet keeps them back. */
void log_warnings(const struct options *options, const struct plan *plan, size_t first);

/* One object as one line; lets go of it. */
void log_json(json_t *record);

/* Bad usage: the message and where to look, before anybody knows in which format. */
void log_usage(const struct error *error);

#endif
