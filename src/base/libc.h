/* SPDX-License-Identifier: MIT */
/*
 * What glibc has and musl does not: the names of error numbers and signals, close_range(2), and two small
 * things. With glibc this is glibc itself. Nothing belongs here that siplaunch would have to write for glibc
 * as well.
 */
#ifndef SIPLAUNCH_BASE_LIBC_H
#define SIPLAUNCH_BASE_LIBC_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#else

/* "ENOENT", or NULL for an unknown number. */
const char *strerrorname_np(int errnum);

/* "TERM", or NULL for an unknown number and for real-time signals. */
const char *sigabbrev_np(int number);

/* close_range(2). Returns 0, or -1 with errno. */
int close_range(unsigned first, unsigned last, int flags);

/* musl's free() itself returns memory to the kernel. */
static inline int malloc_trim(size_t pad)
{
	(void)pad;
	return 0;
}

#define TEMP_FAILURE_RETRY(expression)                   \
	({                                               \
		long result_;                            \
		do                                       \
			result_ = (long)(expression);    \
		while (result_ == -1 && errno == EINTR); \
		result_;                                 \
	})
#endif

#endif
