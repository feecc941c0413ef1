/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_ERROR_H
#define SIPLAUNCH_BASE_ERROR_H
/*
 * One error object: what was attempted, what the kernel said, what to do about it.
 * The callee fills it, callers put context in front, the launcher prints it. Nothing else under src/ prints.
 * A zeroed struct error is "no error"; every function that takes one accepts NULL for "not interested".
 */
#include <stdarg.h>

struct error {
	char *message; /* what was attempted or what is wrong, with path and value; no full stop */
	int errnum;    /* what the kernel said; 0 where it was not asked */
	char *hint;    /* what to do about it here; NULL when there is nothing better to say */
};

/* Both replace what was there and return -1, so that "return error_set(...)" reads well. */
int error_set(struct error *error, int errnum, const char *format, ...) __attribute__((format(printf, 3, 4)));
int error_setv(struct error *error, int errnum, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* Sets the hint; returns -1. A command to paste stands at its start or behind ": ", and ends before "; ", ",
 * " or the end: no report breaks it. */
int error_hint(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of the message; returns -1. */
int error_context(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "message: No such file or directory (ENOENT)", without the hint. The caller frees it. */
char *error_text(const struct error *error);

/* The same of no error object: "text: No such file or directory (ENOENT)", or "text" where errnum is 0. */
char *error_format(int errnum, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Moves the content and leaves `from` empty. What `to` held is freed. */
void error_move(struct error *to, struct error *from);

void error_clear(struct error *error);

#define cleanup_error __attribute__((cleanup(error_clear)))

#endif
