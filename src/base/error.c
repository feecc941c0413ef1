/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/libc.h"

/* These two errnos have one cause and one remedy each, whatever siplaunch tried to open. */
static const char *hint_of_errno(int errnum)
{
	switch (errnum) {
	case EMFILE:
		return "raise the limit of open files (ulimit -n), or start siplaunch with fewer open "
		       "descriptors";
	case ENFILE:
		return "raise fs.file-max: the machine has reached its limit of open files (sysctl "
		       "fs.file-nr)";
	default:
		return NULL;
	}
}

int error_setv(struct error *error, int errnum, const char *format, va_list args)
{
	if (!error)
		return -1;
	char *message = xvasprintf(format, args); /* before the old text goes: it may be an argument */
	error_clear(error);
	error->message = message;
	error->errnum = errnum;
	const char *hint = hint_of_errno(errnum);
	error->hint = hint ? xstrdup(hint) : NULL;
	return -1;
}

int error_set(struct error *error, int errnum, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	error_setv(error, errnum, format, args);
	va_end(args);
	return -1;
}

int error_hint(struct error *error, const char *format, ...)
{
	if (!error)
		return -1;
	va_list args;
	va_start(args, format);
	char *hint = xvasprintf(format, args);
	va_end(args);
	free(error->hint);
	error->hint = hint;
	return -1;
}

int error_context(struct error *error, const char *format, ...)
{
	if (!error || !error->message)
		return -1;
	va_list args;
	va_start(args, format);
	cleanup_free char *context = xvasprintf(format, args);
	va_end(args);
	char *message = xasprintf("%s: %s", context, error->message);
	free(error->message);
	error->message = message;
	return -1;
}

char *error_text(const struct error *error)
{
	const char *message = error->message ? error->message : "unknown error";
	if (!error->errnum)
		return xstrdup(message);
	const char *name = strerrorname_np(error->errnum);
	return xasprintf("%s: %s (%s)", message, strerror(error->errnum), name ? name : "?");
}

char *error_format(int errnum, const char *format, ...)
{
	cleanup_error struct error error = {0};
	va_list args;
	va_start(args, format);
	error_setv(&error, errnum, format, args);
	va_end(args);
	return error_text(&error);
}

void error_move(struct error *to, struct error *from)
{
	if (!to) {
		error_clear(from);
		return;
	}
	error_clear(to);
	*to = *from;
	*from = (struct error){0};
}

void error_clear(struct error *error)
{
	if (!error)
		return;
	free(error->message);
	free(error->hint);
	*error = (struct error){0};
}

bool errno_is_shortage(int errnum)
{
	static const int shortages[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, EINTR, EIO};
	for (size_t i = 0; i < ARRAY_SIZE(shortages); i++)
		if (errnum == shortages[i])
			return true;
	return false;
}
