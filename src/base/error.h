/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_ERROR_H
#define SIPLAUNCH_BASE_ERROR_H
/*
 * One error object: what was attempted, what the kernel said, what to do about it. The callee fills it,
 * callers put context in front, the launcher prints it. Nothing else under src/ prints. A zeroed struct error
 * is "no error"; every function that takes one accepts NULL, and then drops the error.
 */
#include <stdarg.h>
#include <stdbool.h>

struct error {
	char *message; /* what was attempted or what is wrong, with path and value; no full stop */
	int errnum;    /* the kernel's error; 0 where no call failed */
	char *hint;    /* what to do about it here; may be NULL */
};

/* Both replace an existing error and return -1, for "return error_set(...)". */
int error_set(struct error *error, int errnum, const char *format, ...) __attribute__((format(printf, 3, 4)));
int error_setv(struct error *error, int errnum, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* Sets the hint; returns -1. A command to paste is at its start or after ": ", and ends before "; ", ", "
 * or the end: reports do not wrap it. */
int error_hint(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of the message; returns -1. */
int error_context(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "message: No such file or directory (ENOENT)", without the hint. The caller frees it. */
char *error_text(const struct error *error);

/* The same without an error object: "text: No such file or directory (ENOENT)", or "text" where errnum is
 * 0. */
char *error_format(int errnum, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * True for an errno that says nothing about the object of the call: siplaunch has no descriptor, memory or
 * process left (EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN), the call was interrupted (EINTR), or the device
 * failed (EIO). A caller must not conclude, for example, that a file is missing.
 */
bool errno_is_shortage(int errnum);

/* Moves the content and leaves `from` empty. Frees the old content of `to`. */
void error_move(struct error *to, struct error *from);

void error_clear(struct error *error);

#define cleanup_error __attribute__((cleanup(error_clear)))

#endif
