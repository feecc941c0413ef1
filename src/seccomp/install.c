/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "seccomp/seccomp.h"

static long seccomp(unsigned operation, unsigned flags, void *argument)
{
	return syscall(SYS_seccomp, operation, flags, argument);
}

/* With a flag that the kernel knows, the call fails only at the program, NULL: EFAULT instead of EINVAL
 * (seccomp(2)). */
static unsigned known_flags(unsigned wanted)
{
	unsigned known = 0;
	for (unsigned flag = 1; flag && flag <= wanted; flag <<= 1)
		if (wanted & flag && seccomp(SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 && errno == EFAULT)
			known |= flag;
	return known;
}

static int refused(const struct seccomp_filter *filter, int errnum, struct error *error)
{
	error_set(error, errnum, "install the seccomp filter %s, %u instructions", filter->name,
		  filter->count);
	switch (errnum) {
	case ENOSYS:
		return error_hint(
			error,
			"use a kernel with CONFIG_SECCOMP_FILTER, or allow seccomp(2) in the filter that is "
			"already in force");
	case EINVAL:
		return error_hint(error,
				  "check that the kernel was built with CONFIG_SECCOMP_FILTER: grep SECCOMP "
				  "/boot/config-$(uname -r)");
	case EPERM: /* the kernel's own check returns EACCES (kernel/seccomp.c) */
		return error_hint(error,
				  "allow seccomp(2) in the container's profile, or in another filter that is "
				  "already in force");
	case ENOMEM:
		return error_hint(
			error,
			"make the filter smaller: all filters of a process may have 32768 instructions "
			"together");
	default:
		return -1;
	}
}

int seccomp_filter_install(const struct seccomp_filter *filter, struct error *error)
{
	struct sock_fprog program = {filter->count, (struct sock_filter *)filter->instructions};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(error, errno, "set no_new_privs");
	long result = seccomp(SECCOMP_SET_MODE_FILTER, filter->flags, &program);
	if (result < 0 && errno == EINVAL && filter->flags) /* perhaps a flag that is newer than the kernel */
		result = seccomp(SECCOMP_SET_MODE_FILTER, known_flags(filter->flags), &program);
	if (result > 0) /* with TSYNC: the thread that could not follow */
		return error_set(error, 0,
				 "install the seccomp filter %s: thread %ld is under another filter already",
				 filter->name, result);
	return result < 0 ? refused(filter, errno, error) : 0;
}
