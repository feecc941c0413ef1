/* SPDX-License-Identifier: MIT */
#include "base/libc.h"

#ifndef __GLIBC__
#include <sys/syscall.h>

#include "base/alloc.h"
#include "libc_names.h"

const char *strerrorname_np(int errnum)
{
	return errnum >= 0 && (size_t)errnum < ARRAY_SIZE(errno_names) ? errno_names[errnum] : NULL;
}

const char *sigabbrev_np(int number)
{
	return number >= 0 && (size_t)number < ARRAY_SIZE(signal_names) ? signal_names[number] : NULL;
}

int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}
#endif
