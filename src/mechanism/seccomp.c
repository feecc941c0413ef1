/* SPDX-License-Identifier: MIT */
/*
 * The system call filter. It is compiled before anything is done and installed as the very last thing before
 * exec: whatever siplaunch does after it would need the router's permission.
 */
#include "seccomp/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/mechanism.h"
#include "mechanism/process.h"

/* Of /proc/PID/status: fs/proc/array.c, task_seccomp(). The count is there since Linux 5.9. */
#define MODE_FIELD    "Seccomp"
#define COUNT_FIELD   "Seccomp_filters"
#define COUNT_UNKNOWN UINT64_MAX
#define STATUS_MAX    8192

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
	step->reason =
		xasprintf("%s, %u instructions%s", filter->name, filter->count,
			  filter->permits_read ? "" : "; not read back, since it does not permit read(2)");
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

static uint64_t filters_of(const char *status)
{
	uint64_t count;
	return status_numbers(status, COUNT_FIELD, 10, &count, 1) == 1 ? count : COUNT_UNKNOWN;
}

/* Without moving in the file: read(2) is to begin at its start again. */
static int count_before(int fd, uint64_t *count, struct error *error)
{
	char status[STATUS_MAX];
	ssize_t length = pread(fd, status, sizeof status - 1, 0);
	if (length < 0)
		return error_set(error, errno, "read /proc/self/status");
	status[length] = '\0';
	*count = filters_of(status);
	return 0;
}

/* The mode is what it was where a container's filter was there before: one more filter is what proves ours.
 */
static int check_count(const char *status, uint64_t before, struct error *error)
{
	uint64_t after = filters_of(status);
	if (before == COUNT_UNKNOWN || after == before + 1)
		return 0;
	if (after == COUNT_UNKNOWN)
		return error_set(error, 0, "/proc/self/status has no usable " COUNT_FIELD " line any more");
	return error_set(error, 0,
			 "the kernel took the filter, and /proc/self/status counts %" PRIu64
			 " filters, and %" PRIu64 " before it",
			 after, before);
}

/* Under the filter only read(2) is made: the file has been opened before, and exec closes it. */
static int read_back(int fd, uint64_t before, struct step *step, struct error *error)
{
	char status[STATUS_MAX];
	if (pseudo_read_fd(fd, status, sizeof status) < 0)
		return error_set(error, errno, "read /proc/self/status");
	if (take(status, step, error) < 0)
		return -1;
	if (!value_equal(&step->actual, &step->wanted))
		return error_set(error, 0, "the kernel took the filter, and /proc/self/status says \"%s\"",
				 step->actual.text);
	return check_count(status, before, error);
}

/* Where it does not permit read(2) there is no `actual`: nobody has seen it in force. */
static int seccomp_apply(struct place *place, struct step *step, struct error *error)
{
	const struct seccomp_filter *filter = place->context->filter;
	cleanup_free char *path = place_path(place, "status");
	/* no cleanup: close(2) would be a call under the filter */
	int fd = openat(place->proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(error, errno, "open /proc/%s", path);
	uint64_t before = 0;
	if (filter->permits_read && count_before(fd, &before, error) < 0)
		return -1;
	if (seccomp_filter_install(filter, error) < 0)
		return -1;
	step->status = STATUS_APPLIED;
	return filter->permits_read ? read_back(fd, before, step, error) : 0;
}

const struct mechanism mechanism_seccomp = {
	.name = "seccomp",
	.plan = seccomp_plan,
	.apply = seccomp_apply,
	.read = seccomp_read,
};
