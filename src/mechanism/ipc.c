/* SPDX-License-Identifier: MIT */
#include "mechanism/mechanism.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "host/host.h"

/* PROC_IPC_INIT_INO of include/linux/proc_ns.h: the machine's own namespace has this inode on every kernel.
 */
#define INITIAL_IPC_NAMESPACE "ipc:[4026531839]"

/* kernel/ucount.c, inc_ucount(): the limit of this user namespace or of one above. */
static void hint_limit(int errnum, struct error *error)
{
	if (errnum == ENOSPC)
		error_hint(error, "user.max_ipc_namespaces is reached, here or in a user namespace above: "
				  "sysctl -w user.max_ipc_namespaces=10000");
}

static int ipc_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct host *host = context->host;
	(void)error;
	if (context->profile->ipc.namespace != IPC_PRIVATE)
		return 0;
	struct step *step =
		plan_add(plan, context, setting_of(SETTING_IPC_NAMESPACE), xstrdup("unshare(CLONE_NEWIPC)"),
			 value_text("private"), context->profile->ipc.namespace_source);
	if (host->ipc_namespace && !host->initial_ipc_namespace) {
		step->current = value_text("private");
		step->actual = value_text("private");
		step->status = STATUS_SATISFIED;
		step->reason = xstrdup("already in one that is not the machine's");
		return 0;
	}
	step->current = value_text("the machine's");
	step->reason = xstrdup("its limits then apply only to the router");
	if (host->probe_failure)
		step_deny(step, context, 0, "%s", host->probe_failure);
	else if (host->unshare_ipc_errno)
		step_deny(step, context, host->unshare_ipc_errno, "unshare(CLONE_NEWIPC)");
	hint_limit(host->unshare_ipc_errno, &step->why);
	return 0;
}

static int namespace_link(const struct target *target, char *link, size_t size)
{
	cleanup_free char *path = target_path(target, "ns/ipc");
	ssize_t length = readlinkat(target->proc, path, link, size - 1);
	if (length < 0)
		return -1;
	link[length] = '\0';
	return 0;
}

static int ipc_apply(struct target *target, struct step *step, struct error *error)
{
	char before[64], after[64];
	uint64_t known = target->context->host->ipc_namespace;
	if (known)
		snprintf(before, sizeof before, "ipc:[%" PRIu64 "]", known);
	else if (namespace_link(target, before, sizeof before) < 0)
		return error_set(error, errno, "read /proc/self/ns/ipc");
	if (unshare(CLONE_NEWIPC) < 0) {
		int errnum = errno;
		error_set(error, errnum, "unshare(CLONE_NEWIPC)");
		hint_limit(errnum, error);
		return -1;
	}
	if (namespace_link(target, after, sizeof after) < 0)
		return error_set(error, errno, "read /proc/self/ns/ipc");
	if (strcmp(before, after) == 0)
		return error_set(error, 0, "unshare(CLONE_NEWIPC) succeeded, but the namespace still is %s",
				 after);
	target->fresh_ipc = true;
	value_set(&step->actual, value_text("private"));
	step->status = STATUS_APPLIED;
	return 0;
}

static int ipc_read(const struct target *target, struct step *step, struct error *error)
{
	char link[64];
	if (namespace_link(target, link, sizeof link) < 0)
		return error_set(error, errno, "read /proc/%d/ns/ipc", (int)target->pid);
	step->actual = value_text(strcmp(link, INITIAL_IPC_NAMESPACE) == 0 ? "the machine's" : "private");
	return 0;
}

const struct mechanism mechanism_ipc = {
	.id = MECHANISM_IPC,
	.plan = ipc_plan,
	.apply = ipc_apply,
	.read = ipc_read,
};
