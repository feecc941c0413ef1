/* SPDX-License-Identifier: MIT */
#include "mechanism/mechanism.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libcgroup.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/cgroup_group.h"

#define MECHANISM "cgroup"

static bool is(const struct step *step, const char *name)
{
	return strcmp(step->setting->name, name) == 0;
}

/* ---- plan ---- */

/* Why no group can be made here, or NULL. */
static char *no_group(const struct host *host)
{
	if (host->cgroup.mode == CGROUP_NONE)
		return xstrdup("no cgroup file system is mounted here");
	if (host->cgroup.mode == CGROUP_V1)
		return xstrdup("this machine has cgroup v1 only; siplaunch limits memory through cgroup v2");
	if (host->cgroup.mode == CGROUP_HYBRID && !(host->cgroup.base_controllers & CONTROLLER_MEMORY))
		return xasprintf(
			"the memory controller is bound to cgroup v1 here (a hybrid hierarchy), so no group in %s can "
			"limit memory",
			host->cgroup.mount ? host->cgroup.mount : "cgroup v2");
	if (!host->cgroup.base)
		return xasprintf("there is no place where siplaunch may make a cgroup: %s",
				 host->cgroup.base_reason);
	if (!host->cgroup.writable)
		return xasprintf("the cgroup tree at %s cannot be written here", host->cgroup.mount);
	return NULL;
}

/* For the group itself; what a container can be given from outside is in its settings' remedies. */
static const char *no_group_hint(const struct host *host)
{
	if (host->cgroup.mode == CGROUP_V1 || host->cgroup.mode == CGROUP_HYBRID)
		return "boot the machine with cgroup_no_v1=all systemd.unified_cgroup_hierarchy=1, or go on without a "
		       "group: --policy cgroup=prefer";
	if (host->runtime != RUNTIME_NONE)
		return "stay in the container's own group, and let its limit be the slice: --policy cgroup=prefer";
	if (host->cgroup.mode == CGROUP_NONE)
		return "mount -t cgroup2 none /sys/fs/cgroup, or go on without a group: --policy cgroup=prefer";
	return NULL;
}

static void deny(struct step *step, const struct context *context, const char *why)
{
	step_deny(step, context, 0, "%s", why);
	const char *hint = no_group_hint(context->host);
	bool outside = context->host->runtime != RUNTIME_NONE && step->why.hint && !is(step, "group");
	if (hint && !outside)
		error_hint(&step->why, "%s", hint);
}

static uint64_t automatic(const struct context *context, const char *name, char **reason)
{
	const struct budget *budget = &context->budget;
	if (strcmp(name, "memory.max") == 0) {
		*reason = xasprintf("the budget's limit: %s", budget->limit_source);
		return budget->limit_bytes;
	}
	if (strcmp(name, "memory.low") == 0) {
		*reason = xstrdup("the pools, protected from neighbours");
		return budget->terms[TERM_SHARED].bytes + budget->terms[TERM_PRIVATE].bytes;
	}
	if (strcmp(name, "pids.max") == 0 && context->sized) {
		*reason = xstrdup("2 x processes + 64");
		return 2 * budget->processes + 64;
	}
	*reason = xstrdup("no limit: it would slow the router down and never end it");
	return UNLIMITED;
}

/* The kernel keeps whole pages (page_counter_memparse), so that is what can be asked for and read back. */
static uint64_t whole_pages(uint64_t bytes, uint64_t page_bytes)
{
	return bytes == UNLIMITED || !page_bytes ? bytes : bytes - bytes % page_bytes;
}

static struct value wish_value(const struct context *context, const struct wish *wish, char **reason)
{
	if (wish->automatic)
		return value_number(wish->setting->kind, automatic(context, wish->setting->name, reason));
	if (wish->setting->kind != VALUE_BYTES)
		return value_copy(&wish->value);
	uint64_t bytes = size_bytes(&wish->size, context->budget.limit_bytes, UNLIMITED);
	return value_number(VALUE_BYTES, whole_pages(bytes, context->host->memory.page_bytes));
}

static const char *below_mount(const struct host *host, const char *path)
{
	const char *root = host->cgroup.mount_root ? host->cgroup.mount_root : "/";
	size_t length = strlen(root);
	if (length > 1 && strncmp(path, root, length) == 0)
		path += length;
	while (*path == '/')
		path++;
	return path;
}

static char *file_path(const struct context *context, const char *file)
{
	const struct host *host = context->host;
	if (!context->group_path || !host->cgroup.mount)
		return xstrdup(file);
	cleanup_free char *group = path_join(host->cgroup.mount, below_mount(host, context->group_path));
	return *file ? path_join(group, file) : xstrdup(group);
}

static struct step *add(const struct context *context, struct plan *plan, const char *name, const char *file,
			struct value wanted, enum source source)
{
	return plan_add(plan, context, setting_find(MECHANISM, name), file_path(context, file), wanted,
			source);
}

static void plan_limit(const struct context *context, struct plan *plan, const struct wish *wish,
		       const char *refused)
{
	const struct host *host = context->host;
	const char *name = wish->setting->name;
	char *reason = NULL;
	struct value wanted = wish_value(context, wish, &reason);
	struct step *step =
		add(context, plan, name, name, wanted, wish->automatic ? SOURCE_COMPUTED : wish->source);
	step->reason = reason;

	unsigned controller = controller_of(name);
	if (refused)
		deny(step, context, refused);
	else if (!context->profile->cgroup.path)
		step_deny(step, context, 0, "%s needs a group, and the profile names no cgroup.path", name);
	else if (controller && !(host->cgroup.base_controllers & controller))
		step_deny(step, context, 0,
			  "the %s controller is not available in %s (see its cgroup.controllers)",
			  controller_name(controller), host->cgroup.base);
	else if (strcmp(name, "pids.max") == 0 && context->sized &&
		 step->wanted.number[0] < context->budget.processes)
		step_deny(step, context, 0,
			  "pids.max %llu is less than the %llu processes that the router starts",
			  (unsigned long long)step->wanted.number[0],
			  (unsigned long long)context->budget.processes);
}

/* In the table's order, which is the order in which the kernel wants them, not in the profile's. */
static void plan_limits(const struct context *context, struct plan *plan, const char *refused)
{
	const struct profile *profile = context->profile;
	for (size_t i = 0; i < settings_count; i++)
		for (size_t j = 0; j < profile->unified_count; j++)
			if (profile->unified[j].setting == &settings[i])
				plan_limit(context, plan, &profile->unified[j], refused);
}

static int cgroup_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct profile *profile = context->profile;
	(void)error;
	if (!profile->cgroup.path && !profile->unified_count)
		return 0;
	cleanup_free char *refused = profile->cgroup.path ? no_group(context->host) : NULL;
	if (profile->cgroup.path) {
		const char *group = context->group_path ? context->group_path : profile->cgroup.path;
		struct step *step = add(context, plan, "group", "", value_text(group), SOURCE_PROFILE);
		step->reason = xstrdup(context->host->cgroup.base_reason);
		if (refused)
			deny(step, context, refused);
	}
	plan_limits(context, plan, refused);
	if (profile->cgroup.path) {
		struct step *join =
			add(context, plan, "cgroup.procs", "cgroup.procs",
			    value_text(context->group_path ? context->group_path : profile->cgroup.path),
			    SOURCE_PROFILE);
		join->current = value_text(context->host->cgroup.path);
		join->reason = xstrdup(
			"joined before memory is touched: it stays charged to the group that touched it first");
		if (refused)
			deny(join, context, refused);
	}
	return 0;
}

/* ---- apply ---- */

static void needed_controllers(const struct context *context, struct group_request *request)
{
	const struct profile *profile = context->profile;
	unsigned required = 0;
	for (size_t i = 0; i < profile->unified_count; i++) {
		const char *name = profile->unified[i].setting->name;
		enum policy policy = profile_policy(profile, MECHANISM, name);
		unsigned controller = controller_of(name) & context->host->cgroup.base_controllers;
		if (policy == POLICY_SKIP)
			continue;
		request->controllers |= controller;
		if (policy == POLICY_REQUIRE)
			required |= controller;
	}
	request->optional = request->controllers & ~required;
}

static int apply_group(struct place *place, struct step *step, struct error *error)
{
	const struct context *context = place->context;
	const struct host *host = context->host;
	bool hierarchy_root = strcmp(host->cgroup.base, "/") == 0 && !host->cgroup.namespace_root;
	const char *base = below_mount(host, host->cgroup.base);
	cleanup_free char *label = path_join(host->cgroup.mount, base);
	struct group_request request = {
		.mount = place->cgroup,
		.base = base,
		.path = context->profile->cgroup.path,
		.label = label,
		.may_evacuate = !hierarchy_root,
	};
	needed_controllers(context, &request);
	struct group *group = xcalloc(1, sizeof *group);
	if (group_make(&request, group, error) < 0) {
		free(group);
		return -1;
	}
	place->made = group;
	value_set(&step->actual, value_text(context->group_path));
	step->status = STATUS_APPLIED;
	/* Reads /proc/cgroups and /proc/mounts: once, and only where libcgroup will be used. */
	int code = cgroup_init();
	if (code)
		return error_set(error, 0, "initialise libcgroup: %s", cgroup_strerror(code));
	return 0;
}

/*
 * Through libcgroup. Its errors are no guide (other open failures become "requested group parameter does not
 * exist", the last errno can be stale), so that a refusal is repeated with a plain write, which has the
 * kernel's own errno.
 */
static int set_value(const struct place *place, const char *file, const char *text)
{
	unsigned controller = controller_of(file);
	struct cgroup *group = cgroup_new_cgroup(below_mount(place->context->host, place->group));
	struct cgroup_controller *part =
		group ? cgroup_add_controller(group, controller_name(controller)) : NULL;
	bool done =
		part && cgroup_add_value_string(part, file, text) == 0 && cgroup_modify_cgroup(group) == 0;
	cgroup_free(&group);
	return done ? 0 : pseudo_write(place->made->directory, file, text);
}

static int read_value(int directory, struct step *step, struct error *error)
{
	cleanup_free char *text = NULL;
	const char *name = step->setting->name;
	if (pseudo_read_record(directory, name, &text) < 0)
		return error_set(error, errno, "read %s", step->path ? step->path : name);
	value_clear(&step->actual);
	if (!setting_value_parse(step->setting, text, &step->actual))
		return error_set(error, 0, "%s reads \"%.64s\", which is no value of it",
				 step->path ? step->path : name, text);
	return 0;
}

/* Kernels without swap have no memory.swap.max; on a machine without swap, no swap is what is there already.
 */
static bool no_swap_anyway(const struct place *place, const struct step *step, int errnum)
{
	return errnum == ENOENT && is(step, "memory.swap.max") &&
	       place->context->host->memory.swap_total_bytes == 0 && step->wanted.number[0] == 0;
}

static int apply_limit(struct place *place, struct step *step, struct error *error)
{
	if (!place->made)
		return error_set(error, 0, "%s: there is no group of ours to set it in", step->setting->name);
	cleanup_free char *text = value_kernel_text(&step->wanted, "max");
	if (set_value(place, step->setting->name, text) < 0) {
		int errnum = errno;
		if (no_swap_anyway(place, step, errnum)) {
			value_set(&step->actual, value_copy(&step->wanted));
			step->status = STATUS_SATISFIED;
			return 0;
		}
		return error_set(error, errnum, "write %s to %s", text, step->path);
	}
	if (read_value(place->made->directory, step, error) < 0)
		return -1;
	/* Texts are normalised by the kernel ("0,1" reads back as "0-1"); numbers are not. */
	if (step->setting->kind != VALUE_TEXT && !value_equal(&step->wanted, &step->actual)) {
		cleanup_free char *actual = value_kernel_text(&step->actual, "max");
		return error_set(error, 0, "%s reads back as %s after %s was written", step->path, actual,
				 text);
	}
	step->status = STATUS_APPLIED;
	return 0;
}

/* The "0::" line of /proc/PID/cgroup. A fresh string, or NULL. */
static char *group_of(const struct place *place)
{
	cleanup_free char *text = NULL;
	cleanup_free char *path = place_path(place, "cgroup");
	if (pseudo_read_record(place->proc, path, &text) < 0)
		return NULL;
	char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return NULL;
	line = strstr(line, "0::") + 3;
	return xstrndup(line, strcspn(line, "\n"));
}

static void attach_by_libcgroup(const struct place *place, unsigned controllers)
{
	struct cgroup *group = cgroup_new_cgroup(below_mount(place->context->host, place->group));
	if (group && cgroup_add_controller(group, controller_name(controllers & -controllers)))
		cgroup_attach_task_pid(group, place->pid);
	cgroup_free(&group);
}

static int apply_join(struct place *place, struct step *step, struct error *error)
{
	struct group_request needed = {0};
	if (!place->made)
		return error_set(error, 0, "join %s: it was not made", step->path);
	needed_controllers(place->context, &needed);
	/* libcgroup 2 cannot name a group that has no controller; 3 can */
	if (needed.controllers)
		attach_by_libcgroup(place, needed.controllers);
	cleanup_free char *group = group_of(place);
	if (!group || strcmp(group, place->group) != 0) {
		cleanup_free char *pid = xasprintf("%d", (int)place->pid);
		if (pseudo_write(place->made->directory, "cgroup.procs", pid) < 0)
			return error_set(error, errno, "move pid %s into %s", pid, step->path);
		free(group);
		group = group_of(place);
	}
	value_set(&step->actual, value_text(group));
	if (!value_equal(&step->wanted, &step->actual))
		return error_set(error, 0, "moved into %s, but /proc/self/cgroup says %s", place->group,
				 group ? group : "nothing");
	group_tidy(place->made);
	step->status = STATUS_APPLIED;
	return 0;
}

static int cgroup_apply(struct place *place, struct step *step, struct error *error)
{
	if (is(step, "group"))
		return apply_group(place, step, error);
	return is(step, "cgroup.procs") ? apply_join(place, step, error) : apply_limit(place, step, error);
}

/* ---- read, undo ---- */

static int cgroup_read(const struct place *place, struct step *step, struct error *error)
{
	if (is(step, "group") || is(step, "cgroup.procs")) {
		cleanup_free char *group = place->role == ROLE_OBSERVED && place->pid == 0 && place->group
						   ? xstrdup(place->group)
						   : group_of(place);
		if (!group)
			return error_set(error, errno, "find the cgroup v2 group of pid %d", (int)place->pid);
		step->actual = value_text(group);
		return 0;
	}
	if (place->cgroup < 0 || !place->group)
		return error_set(error, 0, "%s: no cgroup v2 group", step->setting->name);
	const char *below =
		place->context ? below_mount(place->context->host, place->group) : place->group + 1;
	cleanup_close int directory =
		openat(place->cgroup, *below ? below : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return error_set(error, errno, "open the group %s", place->group);
	if (!step->path)
		step->path = path_join(place->group, step->setting->name);
	return read_value(directory, step, error);
}

/* All at the first step, in one go: leaving, removing and putting controllers back depend on each other's
 * order. */
static void cgroup_undo(struct place *place, struct step *step)
{
	if (!is(step, "group") || !place->made)
		return;
	group_unmake(place->made, place->origin_procs, &step->why);
	free(place->made);
	place->made = NULL;
}

const struct mechanism mechanism_cgroup = {
	.name = MECHANISM,
	.plan = cgroup_plan,
	.apply = cgroup_apply,
	.read = cgroup_read,
	.undo = cgroup_undo,
};
