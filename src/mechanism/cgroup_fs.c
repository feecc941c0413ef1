/* SPDX-License-Identifier: MIT */
/*
 * Manager cgroupfs: directories and controllers are made by cgroup_group.c, limits and attaching go through
 * libcgroup.
 */
#include "base/libc.h"
#include "mechanism/cgroup_manager.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/cgroup_cpuset.h"
#include "mechanism/cgroup_group.h"
#include "mechanism/cgroup_protect.h"
#include "mechanism/libcgroup.h"

LIBRARY_DEFINE(libcgroup, LIBCGROUP_FUNCTIONS, SIPLAUNCH_LIBCGROUP, "")

static void judge(const struct context *context, struct step *step)
{
	const struct host *host = context->host;
	if (cgroup_lacks_controller(step, host->cgroup.base_controllers)) {
		int errnum = host->cgroup.controllers_errno;
		cleanup_free char *where =
			errnum ? xasprintf("in %s: its cgroup.controllers cannot be read, %s (%s)",
					   host->cgroup.base, strerror(errnum), strerrorname_np(errnum))
			       : xasprintf("in %s (see its cgroup.controllers)", host->cgroup.base);
		cgroup_deny_controller(context, step, where);
	}
}

void cgroup_needed_controllers(const struct context *context, unsigned available,
			       struct group_request *request)
{
	const struct profile *profile = context->profile;
	unsigned required = 0;
	for (size_t i = 0; i < profile->unified_count; i++) {
		const char *name = profile->unified[i].setting->name;
		enum policy policy = profile_policy(profile, profile->unified[i].setting);
		unsigned controller = controller_of(name) & available;
		if (policy == POLICY_SKIP)
			continue;
		request->controllers |= controller;
		if (policy == POLICY_REQUIRE)
			required |= controller;
	}
	request->optional = request->controllers & ~required;
}

/* By default libcgroup prints its errors to standard output, which is the router's. siplaunch's errors have
 * more detail. */
static void discard(void *data, int level, const char *format, va_list arguments)
{
	(void)data, (void)level, (void)format, (void)arguments;
}

/*
 * Reads /proc/cgroups and /proc/mounts: once, and only where libcgroup will be used. It gives up on tables of
 * mounts that it does not expect, such as bind mounts below the tree, and it may not be installed; plain
 * writes do the same.
 */
static bool start_library(void)
{
	if (libcgroup_load(NULL) < 0)
		return false;
	/* The dynamic loader allocates a library's thread-local data at the first use, and ends the process
	 * if it cannot (ld.so, allocate_dtv_entry): so use it now, while there is nothing to undo. */
	cgroup_get_last_errno();
	cgroup_set_logger(discard, CGROUP_LOG_ERROR, NULL);
	return cgroup_init() == 0;
}

int cgroup_fs_make(struct target *target, const struct group_request *request, struct error *error)
{
	struct group *group = xcalloc(1, sizeof *group);
	bool by_library = start_library();

	if (group_make(request, group, error) < 0) {
		free(group);
		return -1;
	}
	group->by_library = by_library;
	target->made = group;
	return 0;
}

static int apply_group(struct target *target, struct step *step, struct error *error)
{
	const struct context *context = target->context;
	const struct host *host = context->host;
	bool hierarchy_root = strcmp(host->cgroup.base, "/") == 0 && !host->cgroup.namespace_root;
	const char *base = host_below_mount(host, host->cgroup.base);
	cleanup_free char *label = path_join(host->cgroup.mount, base);
	struct group_request request = {
		.mount = target->cgroup,
		.base = base,
		.path = context->profile->cgroup.path,
		.label = label,
		.may_evacuate = !hierarchy_root,
	};
	cgroup_needed_controllers(context, host->cgroup.base_controllers, &request);
	if (cgroup_fs_make(target, &request, error) < 0)
		return -1;
	value_set(&step->actual, value_text(context->decision.group_path));
	step->status = STATUS_APPLIED;
	return 0;
}

/* The kernel takes one device in each write, and so do runc and crun (WriteFileByLine,
 * write_unified_resources). */
static int write_lines(int directory, const char *file, const char *text)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = NULL;
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (pseudo_write(directory, file, line) < 0)
			return -1;
	return 0;
}

/*
 * Through libcgroup, which knows groups by their controllers and values of one line. Its errors are not
 * reliable: other open failures become "requested group parameter does not exist", and the last errno can be
 * stale. So a refused write is repeated as a plain one, which gives the kernel's errno.
 */
static int set_value(const struct target *target, const char *file, const char *text)
{
	unsigned controller = controller_of(file);
	if (!controller || !target->made->by_library || strchr(text, '\n'))
		return write_lines(target->made->directory, file, text);
	struct cgroup *group = cgroup_new_cgroup(host_below_mount(target->context->host, target->group));
	struct cgroup_controller *part =
		group ? cgroup_add_controller(group, controller_name(controller)) : NULL;
	bool done =
		part && cgroup_add_value_string(part, file, text) == 0 && cgroup_modify_cgroup(group) == 0;
	cgroup_free(&group);
	return done ? 0 : pseudo_write(target->made->directory, file, text);
}

bool cgroup_no_swap_anyway(const struct target *target, const struct step *step, int errnum)
{
	return errnum == ENOENT && step->setting->id == SETTING_MEMORY_SWAP_MAX &&
	       target->context->host->memory.swap_total_bytes == 0 && step->wanted.number[0] == 0;
}

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	while (*text) {
		size_t next = strcspn(text, " \n");
		if (next == length && strncmp(text, word, length) == 0)
			return true;
		text += next + strspn(text + next, " \n");
	}
	return false;
}

/* Explains the errno for a line that begins with an unknown device (blkg_conf_open_bdev in
 * block/blk-cgroup.c, rdmacg_resource_set_max in kernel/cgroup/rdma.c). */
static int hint_device(const char *name, struct error *error)
{
	bool is_rdma = strncmp(name, "rdma.", strlen("rdma.")) == 0;
	return error_hint(error, "name an existing %s: %s", is_rdma ? "RDMA device" : "block device",
			  is_rdma ? "ls /sys/class/infiniband" : "lsblk -o NAME,MAJ:MIN");
}

/* The controller is not enabled here, or it is and has no such file. */
static int explain_missing(const struct target *target, const struct step *step, const char *line,
			   struct error *error)
{
	const char *name = step->setting->name;
	const char *controller = controller_name(controller_of(name));
	cleanup_free char *text = NULL;
	bool known = pseudo_read_record(target->made->directory, "cgroup.controllers", &text) >= 0;
	bool here = known && has_word(text, controller);

	error_set(error, ENOENT, "write %s to %s: %s %s%s", line, step->path, target->group,
		  here ? "has the controller, but this kernel has no " : "has no controller ",
		  here ? name : controller);
	return error_hint(
		error, "remove it from resources.unified, or continue without it: --policy cgroup/%s=prefer",
		name);
}

static int explain_refusal(const struct target *target, const struct step *step, const char *text, int errnum,
			   struct error *error)
{
	const char *name = step->setting->name;
	unsigned controller = controller_of(name);
	cleanup_free char *line = xstrdup(text);

	for (char *end = line; (end = strchr(end, '\n'));)
		*end = ';';
	if (errnum == ENOENT && controller)
		return explain_missing(target, step, line, error);
	error_set(error, errnum, "write %s to %s", line, step->path);
	if (errnum == ENODEV)
		return hint_device(name, error);
	if ((errnum == ERANGE || errnum == EINVAL) && cpuset_hint(step, error) < 0)
		return -1;
	if (errnum == EINVAL && step->setting->kind == VALUE_TEXT)
		return error_hint(
			error,
			"correct the value: cgroups(7) and the kernel's cgroup-v2.rst document the form of %s",
			name);
	return -1;
}

int cgroup_fs_limit(struct target *target, struct step *step, struct error *error)
{
	if (!target->made)
		return error_set(error, 0, "%s: siplaunch has no group to set it in", step->setting->name);
	cleanup_free char *text = value_kernel_text(&step->wanted, "max");
	if (set_value(target, step->setting->name, text) < 0) {
		int errnum = errno;
		if (cgroup_no_swap_anyway(target, step, errnum)) {
			value_set(&step->actual, value_copy(&step->wanted));
			step->status = STATUS_SATISFIED;
			return 0;
		}
		return explain_refusal(target, step, text, errnum, error);
	}
	if (cgroup_verify(target->made->directory, step, error) < 0)
		return -1;
	return cpuset_check(target, target->made->directory, step, error);
}

static void attach_by_libcgroup(const struct target *target, unsigned controllers)
{
	struct cgroup *group = cgroup_new_cgroup(host_below_mount(target->context->host, target->group));
	if (group && cgroup_add_controller(group, controller_name(controllers & -controllers)))
		cgroup_attach_task_pid(group, target->pid);
	cgroup_free(&group);
}

int cgroup_fs_join(struct target *target, struct step *step, struct error *error)
{
	struct group_request needed = {0};
	if (!target->made)
		return error_set(error, 0, "join %s: it was not made", step->path);
	cgroup_needed_controllers(target->context, ~0U, &needed);
	/* libcgroup 2 cannot name a group that has no controller; 3 can */
	if (needed.controllers && target->made->by_library)
		attach_by_libcgroup(target, needed.controllers);
	cleanup_free char *group = target_own_group(target);
	if (!group || strcmp(group, target->group) != 0) {
		cleanup_free char *pid = xasprintf("%d", (int)target->pid);
		if (pseudo_write(target->made->directory, "cgroup.procs", pid) < 0)
			return error_set(error, errno, "move pid %s into %s", pid, step->path);
		free(group);
		group = target_own_group(target);
	}
	value_set(&step->actual, value_text(group));
	if (!value_equal(&step->wanted, &step->actual))
		return error_set(error, 0, "moved into %s, but /proc/self/cgroup says %s", target->group,
				 group ? group : "nothing");
	group_tidy(target->made);
	step->status = STATUS_APPLIED;
	return 0;
}

static int apply(struct target *target, struct step *step, struct error *error)
{
	if (step->setting->id == SETTING_GROUP)
		return apply_group(target, step, error);
	if (step->setting->id == SETTING_GROUP_PROCS)
		return cgroup_fs_join(target, step, error);
	if (cgroup_fs_limit(target, step, error) < 0)
		return -1;
	return protect_is(step) ? protect_levels(target->made, step->setting, error) : 0;
}

/* Undoes everything at once: leaving the group, removing it and switching controllers off depend on their
 * order. */
static void undo(struct target *target, struct step *step)
{
	if (!target->made || target->supervised)
		return;
	group_unmake(target->made, target->origin_procs, &step->why);
	free(target->made);
	target->made = NULL;
}

const struct group_manager group_manager_fs = {
	.judge = judge,
	.apply = apply,
	.undo = undo,
};
