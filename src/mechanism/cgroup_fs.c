/* SPDX-License-Identifier: MIT */
/*
 * Manager cgroupfs: directories and controllers are made by cgroup_group.c, limits and attaching go through
 * libcgroup.
 */
#include "mechanism/cgroup_manager.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libcgroup.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/cgroup_group.h"
#include "mechanism/cgroup_protect.h"

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
		enum policy policy = profile_policy(profile, "cgroup", name);
		unsigned controller = controller_of(name) & available;
		if (policy == POLICY_SKIP)
			continue;
		request->controllers |= controller;
		if (policy == POLICY_REQUIRE)
			required |= controller;
	}
	request->optional = request->controllers & ~required;
}

/* By default libcgroup prints its errors to standard output, which is the router's. Ours say more. */
static void discard(void *data, int level, const char *format, va_list arguments)
{
	(void)data, (void)level, (void)format, (void)arguments;
}

int cgroup_fs_make(struct place *place, const struct group_request *request, struct error *error)
{
	struct group *group = xcalloc(1, sizeof *group);
	if (group_make(request, group, error) < 0) {
		free(group);
		return -1;
	}
	place->made = group;
	/* Reads /proc/cgroups and /proc/mounts: once, and only where libcgroup will be used. It gives up on
	 * tables of mounts that it does not expect, such as bind mounts below the tree; plain writes do the
	 * same. */
	cgroup_set_logger(discard, CGROUP_LOG_ERROR, NULL);
	group->by_library = cgroup_init() == 0;
	return 0;
}

static int apply_group(struct place *place, struct step *step, struct error *error)
{
	const struct context *context = place->context;
	const struct host *host = context->host;
	bool hierarchy_root = strcmp(host->cgroup.base, "/") == 0 && !host->cgroup.namespace_root;
	const char *base = host_below_mount(host, host->cgroup.base);
	cleanup_free char *label = path_join(host->cgroup.mount, base);
	struct group_request request = {
		.mount = place->cgroup,
		.base = base,
		.path = context->profile->cgroup.path,
		.label = label,
		.may_evacuate = !hierarchy_root,
	};
	cgroup_needed_controllers(context, host->cgroup.base_controllers, &request);
	if (cgroup_fs_make(place, &request, error) < 0)
		return -1;
	value_set(&step->actual, value_text(context->group_path));
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
 * Through libcgroup, which knows groups by their controllers and values of one line. Its errors are no guide
 * (other open failures become "requested group parameter does not exist", the last errno can be stale), so
 * that a refusal is repeated with a plain write, which has the kernel's own errno.
 */
static int set_value(const struct place *place, const char *file, const char *text)
{
	unsigned controller = controller_of(file);
	if (!controller || !place->made->by_library || strchr(text, '\n'))
		return write_lines(place->made->directory, file, text);
	struct cgroup *group = cgroup_new_cgroup(host_below_mount(place->context->host, place->group));
	struct cgroup_controller *part =
		group ? cgroup_add_controller(group, controller_name(controller)) : NULL;
	bool done =
		part && cgroup_add_value_string(part, file, text) == 0 && cgroup_modify_cgroup(group) == 0;
	cgroup_free(&group);
	return done ? 0 : pseudo_write(place->made->directory, file, text);
}

bool cgroup_no_swap_anyway(const struct place *place, const struct step *step, int errnum)
{
	return errnum == ENOENT && cgroup_step_is(step, "memory.swap.max") &&
	       place->context->host->memory.swap_total_bytes == 0 && step->wanted.number[0] == 0;
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

/* What the kernel means where a line begins with a device that it does not have (blkg_conf_open_bdev in
 * block/blk-cgroup.c, rdmacg_resource_set_max in kernel/cgroup/rdma.c). */
static int hint_device(const char *name, struct error *error)
{
	bool is_rdma = strncmp(name, "rdma.", strlen("rdma.")) == 0;
	return error_hint(error, "there is no such %s: %s", is_rdma ? "RDMA device" : "block device",
			  is_rdma ? "ls /sys/class/infiniband" : "lsblk -o NAME,MAJ:MIN");
}

/* The controller was not handed down, or it is here and has no such file. */
static int explain_missing(const struct place *place, const struct step *step, const char *line,
			   struct error *error)
{
	const char *name = step->setting->name;
	const char *controller = controller_name(controller_of(name));
	cleanup_free char *text = NULL;
	bool known = pseudo_read_record(place->made->directory, "cgroup.controllers", &text) >= 0;
	bool here = known && has_word(text, controller);

	error_set(error, ENOENT, "write %s to %s: %s %s%s", line, step->path, place->group,
		  here ? "has the controller, but this kernel has no " : "has no controller ",
		  here ? name : controller);
	return error_hint(error,
			  "remove it from resources.unified, or go on without it: --policy cgroup/%s=prefer",
			  name);
}

static int explain_refusal(const struct place *place, const struct step *step, const char *text, int errnum,
			   struct error *error)
{
	const char *name = step->setting->name;
	unsigned controller = controller_of(name);
	cleanup_free char *line = xstrdup(text);

	for (char *end = line; (end = strchr(end, '\n'));)
		*end = ';';
	if (errnum == ENOENT && controller)
		return explain_missing(place, step, line, error);
	error_set(error, errnum, "write %s to %s", line, step->path);
	if (errnum == ENODEV)
		return hint_device(name, error);
	if (errnum == EINVAL && step->setting->kind == VALUE_TEXT)
		return error_hint(error,
				  "the kernel does not accept this text: cgroups(7) and the kernel's "
				  "cgroup-v2.rst have the form of %s",
				  name);
	return -1;
}

int cgroup_fs_limit(struct place *place, struct step *step, struct error *error)
{
	if (!place->made)
		return error_set(error, 0, "%s: there is no group of ours to set it in", step->setting->name);
	cleanup_free char *text = value_kernel_text(&step->wanted, "max");
	if (set_value(place, step->setting->name, text) < 0) {
		int errnum = errno;
		if (cgroup_no_swap_anyway(place, step, errnum)) {
			value_set(&step->actual, value_copy(&step->wanted));
			step->status = STATUS_SATISFIED;
			return 0;
		}
		return explain_refusal(place, step, text, errnum, error);
	}
	return cgroup_verify(place->made->directory, step, error);
}

static void attach_by_libcgroup(const struct place *place, unsigned controllers)
{
	struct cgroup *group = cgroup_new_cgroup(host_below_mount(place->context->host, place->group));
	if (group && cgroup_add_controller(group, controller_name(controllers & -controllers)))
		cgroup_attach_task_pid(group, place->pid);
	cgroup_free(&group);
}

int cgroup_fs_join(struct place *place, struct step *step, struct error *error)
{
	struct group_request needed = {0};
	if (!place->made)
		return error_set(error, 0, "join %s: it was not made", step->path);
	cgroup_needed_controllers(place->context, ~0U, &needed);
	/* libcgroup 2 cannot name a group that has no controller; 3 can */
	if (needed.controllers && place->made->by_library)
		attach_by_libcgroup(place, needed.controllers);
	cleanup_free char *group = cgroup_group_of(place);
	if (!group || strcmp(group, place->group) != 0) {
		cleanup_free char *pid = xasprintf("%d", (int)place->pid);
		if (pseudo_write(place->made->directory, "cgroup.procs", pid) < 0)
			return error_set(error, errno, "move pid %s into %s", pid, step->path);
		free(group);
		group = cgroup_group_of(place);
	}
	value_set(&step->actual, value_text(group));
	if (!value_equal(&step->wanted, &step->actual))
		return error_set(error, 0, "moved into %s, but /proc/self/cgroup says %s", place->group,
				 group ? group : "nothing");
	group_tidy(place->made);
	step->status = STATUS_APPLIED;
	return 0;
}

static int apply(struct place *place, struct step *step, struct error *error)
{
	if (cgroup_step_is(step, "group"))
		return apply_group(place, step, error);
	if (cgroup_step_is(step, "cgroup.procs"))
		return cgroup_fs_join(place, step, error);
	if (cgroup_fs_limit(place, step, error) < 0)
		return -1;
	return protect_is(step) ? protect_levels(place->made, step->setting->name, error) : 0;
}

/* All in one go: leaving, removing and putting controllers back depend on each other's order. */
static void undo(struct place *place, struct step *step)
{
	if (!place->made || place->supervised)
		return;
	group_unmake(place->made, place->origin_procs, &step->why);
	free(place->made);
	place->made = NULL;
}

const struct group_manager group_manager_fs = {
	.judge = judge,
	.apply = apply,
	.undo = undo,
};
