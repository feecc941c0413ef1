/* SPDX-License-Identifier: MIT */
#include "launch/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/libc.h"
#include "base/value.h"

int handover_open_standard(bool *output_closed, struct error *error)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (fd == STDOUT_FILENO)
			*output_closed = true;
		/* open(2) returns the lowest free descriptor, which is this one: those below it are open by
		 * now */
		int opened = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
		if (opened != fd)
			return error_set(error, opened < 0 ? errno : 0,
					 "open /dev/null in place of descriptor %d, which is closed", fd);
	}
	return 0;
}

/* How many descriptors, from 3 on, systemd passed to this process (sd_listen_fds(3)). */
static unsigned listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint64_t number, fds;
	if (!pid || !count || !parse_u64(pid, &number) || number != (uint64_t)getpid() ||
	    !parse_u64(count, &fds))
		return 0;
	return fds > INT_MAX - 3 ? 0 : (unsigned)fds;
}

static void take_over(const char *name, pid_t supervisor)
{
	const char *pid = getenv(name);
	uint64_t number;
	if (!pid || !parse_u64(pid, &number) || number != (uint64_t)supervisor)
		return;
	cleanup_free char *ours = xasprintf("%d", (int)getpid());
	setenv(name, ours, 1);
}

void handover_take_over(pid_t supervisor)
{
	take_over("LISTEN_PID", supervisor);
	take_over("WATCHDOG_PID", supervisor);
	unsetenv("LISTEN_PIDFDID");
}

static void each_descriptor(unsigned first, void (*each)(int fd))
{
	cleanup_closedir DIR *directory = opendir("/proc/self/fd");
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		uint64_t fd;
		if (parse_u64(entry->d_name, &fd) && fd >= first && fd <= INT_MAX)
			each((int)fd);
	}
}

static void close_inherited(int fd)
{
	int flags = fcntl(fd, F_GETFD);
	if (flags >= 0 && !(flags & FD_CLOEXEC))
		close(fd);
}

void handover_close_inherited(void)
{
	each_descriptor(3, close_inherited);
}

static void mark(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void handover_close_on_exec(void)
{
	unsigned first = 3 + listen_fds();
	if (close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		each_descriptor(first, mark); /* before Linux 5.11 it can only close */
}

int handover_exec(const char *path, char *const *argv, struct error *error)
{
	execv(path, argv);
	int errnum = errno;
	error_set(error, errnum, "execute %s", path);
	if (errnum == ENOENT && access(path, F_OK) == 0)
		return error_hint(error, "install its interpreter or dynamic loader: the file itself exists");
	if (errnum == ENOEXEC)
		return error_hint(error, "give a program for this machine, or a script with a #! line");
	return -1;
}
