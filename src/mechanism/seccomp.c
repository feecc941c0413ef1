/* SPDX-License-Identifier: MIT */
/*
 * The system call filter. It is compiled before anything is done and installed as the very last thing before
 * exec: whatever siplaunch does after it would need the router's permission.
 */
#include "seccomp/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/mechanism.h"
#include "mechanism/process.h"

#define MODE_FIELD "Seccomp" /* of /proc/PID/status: fs/proc/array.c, task_seccomp() */

static const char *const modes[] = {"none", "strict", "filter"};

static int seccomp_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct seccomp_filter *filter = context->filter;
	unsigned mode = context->host->seccomp_mode;

	(void)error;
	if (!filter)
		return 0;
	struct step *step =
		plan_add(plan, context, setting_find("seccomp", "filter"),
			 xstrdup("seccomp(SECCOMP_SET_MODE_FILTER)"), value_text(modes[2]), SOURCE_PROFILE);
	step->reason = xasprintf("%s, %u instructions", filter->name, filter->count);
	if (mode < ARRAY_SIZE(modes))
		step->current = value_text(modes[mode]);
	if (filter->permits_exec)
		return 0;
	step_deny(step, context, 0, "%s does not permit execve, by which the router takes over",
		  filter->name);
	error_hint(&step->why, "allow execve in it");
	return 0;
}

static int take(const char *status, struct step *step, struct error *error)
{
	uint64_t mode;
	if (status_numbers(status, MODE_FIELD, 10, &mode, 1) != 1 || mode >= ARRAY_SIZE(modes))
		return error_set(error, 0, "/proc/PID/status tells no seccomp mode");
	value_set(&step->actual, value_text(modes[mode]));
	return 0;
}

static int seccomp_read(const struct place *place, struct step *step, struct error *error)
{
	cleanup_free char *status = NULL;
	if (process_read(place, "status", &status, error) < 0)
		return -1;
	return take(status, step, error);
}

/* Under the filter only read(2) is made, and that only where it is permitted: the file has been opened
 * before, and exec closes it. */
static int read_back(const struct seccomp_filter *filter, int fd, struct step *step, struct error *error)
{
	char status[8192];
	if (!filter->permits_read) {
		value_set(&step->actual, value_copy(&step->wanted));
		return 0;
	}
	if (pseudo_read_fd(fd, status, sizeof status) < 0)
		return error_set(error, errno, "read /proc/self/status");
	if (take(status, step, error) < 0)
		return -1;
	if (!value_equal(&step->actual, &step->wanted))
		return error_set(error, 0, "the kernel took the filter, and /proc/self/status says \"%s\"",
				 step->actual.text);
	return 0;
}

static int seccomp_apply(struct place *place, struct step *step, struct error *error)
{
	const struct seccomp_filter *filter = place->context->filter;
	cleanup_free char *path = place_path(place, "status");
	int fd = openat(place->proc, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set(error, errno, "open /proc/%s", path);
	if (seccomp_filter_install(filter, error) < 0 || read_back(filter, fd, step, error) < 0)
		return -1;
	step->status = STATUS_APPLIED;
	return 0;
}

const struct mechanism mechanism_seccomp = {
	.name = "seccomp",
	.plan = seccomp_plan,
	.apply = seccomp_apply,
	.read = seccomp_read,
};
