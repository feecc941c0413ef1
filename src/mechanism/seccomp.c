/* SPDX-License-Identifier: MIT */
/*
 * The system call filter. siplaunch compiles it before the first step and installs it as the last one before
 * exec: every later system call has to pass the filter.
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
#include "plan/remedy.h"

/* Of /proc/PID/status: fs/proc/array.c, task_seccomp(). The count is there since Linux 5.9. */
#define MODE_FIELD    "Seccomp"
#define COUNT_FIELD   "Seccomp_filters"
#define COUNT_UNKNOWN UINT64_MAX
#define STATUS_MAX    8192

#define ANCESTORS_MAX 64

/* The mode is "filter", but the router has only filters that it inherited: none of siplaunch's. */
#define INHERITED "inherited"

static const char *const modes[] = {"none", "strict", "filter"};

static int seccomp_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct seccomp_filter *filter = context->filter;
	unsigned mode = context->host->seccomp_mode;

	(void)error;
	if (!filter)
		return 0;
	struct step *step =
		plan_add(plan, context, setting_of(SETTING_FILTER),
			 xstrdup("seccomp(SECCOMP_SET_MODE_FILTER)"), value_text(modes[2]), SOURCE_PROFILE);
	step->reason =
		xasprintf("%s, %u instructions%s", filter->name, filter->count,
			  filter->permits_read ? "" : "; not read back, because it does not permit read(2)");
	if (mode < ARRAY_SIZE(modes))
		step->current = value_text(modes[mode]);
	if (filter->permits_exec)
		return 0;
	step_deny(step, context, 0, "%s does not permit execve, which executes the router", filter->name);
	error_hint(&step->why, "allow execve in it");
	return 0;
}

static int take(const char *status, struct step *step, struct error *error)
{
	uint64_t mode;
	if (status_numbers(status, MODE_FIELD, 10, &mode, 1) != 1 || mode >= ARRAY_SIZE(modes))
		return error_set(error, 0, "/proc/PID/status contains no seccomp mode");
	value_set(&step->actual, value_text(modes[mode]));
	return 0;
}

static uint64_t filters_of(const char *status)
{
	uint64_t count;
	return status_numbers(status, COUNT_FIELD, 10, &count, 1) == 1 ? count : COUNT_UNKNOWN;
}

/*
 * A child inherits its parent's filters, and no process can remove one: so the router had at least as many
 * before siplaunch's as the ancestor with the fewest has. COUNT_UNKNOWN without a visible ancestor.
 */
static uint64_t inherited_filters(const struct target *target, const char *status)
{
	uint64_t fewest = COUNT_UNKNOWN, parent;
	cleanup_free char *text = xstrdup(status);

	for (int i = 0; i < ANCESTORS_MAX && status_numbers(text, "PPid", 10, &parent, 1) == 1 && parent;
	     i++) {
		cleanup_free char *path = xasprintf("%" PRIu64 "/status", parent), *above = NULL;
		if (pseudo_read_record(target->proc, path, &above) < 0)
			break;
		uint64_t count = filters_of(above);
		if (count < fewest)
			fewest = count;
		free(text);
		text = above;
		above = NULL;
	}
	return fewest;
}

/* Reads the kernel's data about a running router's filter. Its program is not read: that needs ptrace(2)
 * (PTRACE_SECCOMP_GET_FILTER), which stops the router. */
static int seccomp_read(const struct target *target, struct step *step, struct error *error)
{
	cleanup_free char *status = NULL;
	if (process_read(target, "status", &status, error) < 0 || take(status, step, error) < 0)
		return -1;
	if (target->role != ROLE_OBSERVED || step->wanted.kind == VALUE_NONE ||
	    !value_equal(&step->actual, &step->wanted))
		return 0;
	uint64_t count = filters_of(status), inherited = inherited_filters(target, status);
	if (count != COUNT_UNKNOWN && inherited != COUNT_UNKNOWN && count <= inherited)
		value_set(&step->actual, value_text(INHERITED));
	else
		step->caveat = xstrdup("mode only: the filter's program is not verified");
	return 0;
}

/* COUNT_UNKNOWN where siplaunch began without a filter: then the mode proves that its own is installed. With
 * pread(2), so that a later read(2) begins at the file's start. */
static int count_before(const struct host *host, int fd, uint64_t *count, struct error *error)
{
	char status[STATUS_MAX];
	*count = COUNT_UNKNOWN;
	if (host->seccomp_mode == 0)
		return 0;
	ssize_t length = pread(fd, status, sizeof status - 1, 0);
	if (length < 0)
		return error_set(error, errno, "read /proc/self/status");
	status[length] = '\0';
	*count = filters_of(status);
	return 0;
}

/* In a container with a filter the mode does not change: only a count of one more proves that siplaunch's is
 * installed. */
static int check_count(const char *status, uint64_t before, struct error *error)
{
	uint64_t after = filters_of(status);
	if (before == COUNT_UNKNOWN || after == before + 1)
		return 0;
	if (after == COUNT_UNKNOWN)
		return error_set(error, 0, "/proc/self/status has no usable " COUNT_FIELD " line any more");
	return error_set(error, 0,
			 "the kernel accepted the filter, but /proc/self/status counts %" PRIu64
			 " filters, and %" PRIu64 " before it",
			 after, before);
}

/* After the filter is installed, siplaunch calls only read(2): the file was opened before, and exec closes
 * it. */
static int read_back(int fd, uint64_t before, struct step *step, struct error *error)
{
	char status[STATUS_MAX];
	if (pseudo_read_fd(fd, status, sizeof status) < 0)
		return error_set(error, errno, "read /proc/self/status");
	if (take(status, step, error) < 0)
		return -1;
	if (!value_equal(&step->actual, &step->wanted))
		return error_set(error, 0,
				 "the kernel accepted the filter, but /proc/self/status says \"%s\"",
				 step->actual.text);
	return check_count(status, before, error);
}

/* If the filter does not permit read(2), there is no `actual`: it cannot be read back. */
static int seccomp_apply(struct target *target, struct step *step, struct error *error)
{
	const struct seccomp_filter *filter = target->context->filter;
	cleanup_free char *path = target_path(target, "status");
	/* no cleanup: close(2) would be a call under the filter */
	int fd = openat(target->proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(error, errno, "open /proc/%s", path);
	uint64_t before = COUNT_UNKNOWN;
	if (filter->permits_read && count_before(target->context->host, fd, &before, error) < 0)
		return -1;
	if (seccomp_filter_install(filter, error) < 0)
		return -1;
	step->status = STATUS_APPLIED;
	return filter->permits_read ? read_back(fd, before, step, error) : 0;
}

const struct mechanism mechanism_seccomp = {
	.id = MECHANISM_SECCOMP,
	.plan = seccomp_plan,
	.apply = seccomp_apply,
	.read = seccomp_read,
};
