/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_manager.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/cgroup_protect.h"
#include "router/router.h"
#include "settings/cgroup_file.h"

static const struct group_manager *manager_of(const struct context *context)
{
	static const struct group_manager *const managers[] = {
		[MANAGER_CGROUPFS] = &group_manager_fs,
		[MANAGER_SYSTEMD] = &group_manager_systemd,
		[MANAGER_ADOPT] = &group_manager_adopt,
	};
	return managers[context->decision.manager];
}

/* ---- plan ---- */

/* The requested manager is not available. */
static void deny(struct step *step, const struct context *context)
{
	step_deny(step, context, 0, "%s", context->decision.manager_refused);
	/* where it does not see its own group, siplaunch could not read a limit from outside either */
	bool outside = context->host->runtime != RUNTIME_NONE && host_sees_own_group(context->host) &&
		       step->why.hint && step->setting->id != SETTING_GROUP;
	if (context->decision.manager_hint && !outside)
		error_hint(&step->why, "%s", context->decision.manager_hint);
}

static void judge(const struct context *context, struct step *step)
{
	if (context->decision.manager_refused)
		deny(step, context);
	else
		manager_of(context)->judge(context, step);
}

/* Where the default is one thread per CPU, versions without these threads get a higher limit, which costs
 * nothing. */
static uint64_t automatic_pids(const struct context *context, char **reason)
{
	const struct estimate *estimate = context->estimate;
	uint64_t possible = estimate ? (uint64_t)estimate->threads_per_cpu * context->host->cpus_online : 0;
	uint64_t threads = context_tasks(context) - context->decision.budget.processes + possible;

	*reason = threads ? xasprintf("2 x processes + %" PRIu64 " threads + 64", threads)
			  : xstrdup("2 x processes + 64");
	return context_tasks_with_room(context) + possible;
}

static uint64_t automatic(const struct context *context, enum setting_id id, char **reason)
{
	const struct budget *budget = &context->decision.budget;
	if (id == SETTING_MEMORY_MAX) {
		*reason = xasprintf("the budget's limit: %s", budget->limit_source);
		return budget->limit_bytes;
	}
	if (id == SETTING_MEMORY_LOW) {
		*reason = xstrdup("the pools, protected from neighbours");
		return budget->terms[TERM_SHARED].bytes + budget->terms[TERM_PRIVATE].bytes;
	}
	if (id == SETTING_PIDS_MAX && context->decision.budget.processes)
		return automatic_pids(context, reason);
	*reason = xstrdup("no limit: memory.high would slow the router down and never OOM-kill it");
	return UNLIMITED;
}

/* The kernel keeps whole pages (page_counter_memparse), so siplaunch writes and reads back whole pages. */
static uint64_t whole_pages(uint64_t bytes, uint64_t page_bytes)
{
	return bytes == UNLIMITED || !page_bytes ? bytes : bytes - bytes % page_bytes;
}

static struct value requested_value(const struct context *context, const struct requested *requested,
				    char **reason)
{
	if (requested->automatic)
		return value_number(requested->setting->kind,
				    automatic(context, requested->setting->id, reason));
	if (requested->setting->kind != VALUE_BYTES)
		return value_copy(&requested->value);
	uint64_t bytes = size_bytes(&requested->size, context->decision.budget.limit_bytes, UNLIMITED);
	return value_number(VALUE_BYTES, whole_pages(bytes, context->host->memory.page_bytes));
}

static char *file_path(const struct context *context, const char *file)
{
	const struct host *host = context->host;
	const char *path = context->decision.group_path                 ? context->decision.group_path
			   : context->decision.manager == MANAGER_ADOPT ? host->cgroup.path
									: NULL;
	if (!path || context->decision.manager_refused || !host->cgroup.mount)
		return xstrdup(file);
	cleanup_free char *group = path_join(host->cgroup.mount, host_below_mount(host, path));
	return *file ? path_join(group, file) : xstrdup(group);
}

static struct step *add(const struct context *context, struct plan *plan, const struct setting *setting,
			const char *file, struct value wanted, enum source source)
{
	return plan_add(plan, context, setting, file_path(context, file), wanted, source);
}

bool cgroup_pids_too_few(const struct context *context, uint64_t pids, char **what)
{
	if (!context->decision.budget.processes || pids >= context_tasks(context))
		return false;
	*what = context_tasks_text(context);
	return true;
}

static void plan_limit(const struct context *context, struct plan *plan, const struct requested *requested)
{
	char *reason = NULL;
	struct value wanted = requested_value(context, requested, &reason);
	struct step *step = add(context, plan, requested->setting, requested->setting->name, wanted,
				requested->automatic ? SOURCE_COMPUTED : requested->source);
	step->reason = reason;

	cleanup_free char *what = NULL;
	if (!context->decision.manager_refused && step->setting->id == SETTING_PIDS_MAX &&
	    cgroup_pids_too_few(context, step->wanted.number[0], &what))
		step_deny(step, context, 0, "pids.max %" PRIu64 " is less than the %s that the router starts",
			  step->wanted.number[0], what);
	else
		judge(context, step);
	if (protect_is(step))
		protect_judge(context, step);
}

/* In the table's order, which the kernel needs, and not in the profile's. */
static void plan_limits(const struct context *context, struct plan *plan)
{
	const struct profile *profile = context->profile;
	size_t planned = 0;
	for (size_t rank = 0; planned < profile->unified_count; rank++)
		for (size_t i = 0; i < profile->unified_count; i++)
			if (setting_rank(profile->unified[i].setting) == rank) {
				plan_limit(context, plan, &profile->unified[i]);
				planned++;
			}
}

/* cron, a remote shell without a session, or the agent of a configuration management starts a router in its
 * own service: the limits are theirs too. So does a script that the service executes. */
static void warn_companions(const struct context *context, struct plan *plan)
{
	const struct host *host = context->host;
	const char *unit = context->decision.unit;
	bool users = host->cgroup.user_manager;

	if (!context->decision.own_unit || !host->cgroup.companions)
		return;
	cleanup_free char *delegate = users ? xstrdup("") : xasprintf("set Delegate=yes in %s, or ", unit);
	plan_warn(
		plan,
		"%s has other processes (%s): the router's limits apply to all of them together; for limits "
		"of the router alone %sstart siplaunch with systemd-run %s--scope",
		unit, host->cgroup.companions, delegate, users ? "--user " : "");
}

static void plan_group(const struct context *context, struct plan *plan)
{
	const char *group =
		context->decision.group_path ? context->decision.group_path : context->profile->cgroup.path;
	struct step *step =
		add(context, plan, setting_of(SETTING_GROUP), "", value_text(group), SOURCE_PROFILE);
	if (!context->decision.manager_refused)
		step->reason = xstrdup(context->decision.manager_reason);
	judge(context, step);
	warn_companions(context, plan);
}

static void plan_join(const struct context *context, struct plan *plan)
{
	const char *group =
		context->decision.group_path ? context->decision.group_path : context->profile->cgroup.path;
	struct step *step = add(context, plan, setting_of(SETTING_GROUP_PROCS), "cgroup.procs",
				value_text(group), SOURCE_PROFILE);
	step->current = value_text(context->host->cgroup.path);
	step->reason = xstrdup(
		"joined before memory is touched: it stays charged to the group that touched it first");
	judge(context, step);
}

static int cgroup_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct profile *profile = context->profile;
	(void)error;
	if (profile->cgroup.path)
		plan_group(context, plan);
	plan_limits(context, plan);
	if (profile->cgroup.path)
		plan_join(context, plan);
	return 0;
}

/* ---- shared by the managers ---- */

/* The group itself, and the files that every group has, belong to no controller. */
static bool has_controller(const struct step *step)
{
	const char *name = step->setting->name;
	return strchr(name, '.') && strncmp(name, "cgroup.", strlen("cgroup.")) != 0;
}

bool cgroup_lacks_controller(const struct step *step, unsigned available)
{
	return has_controller(step) && !(controller_of(step->setting->name) & available);
}

/* systemd enables no others in its units' groups, delegated ones included. */
static bool beyond_systemd(const struct context *context, const char *file)
{
	return context->host->cgroup.systemd && (controller_of(file) & ~SYSTEMD_CONTROLLERS);
}

static void hint_controller(const struct context *context, struct step *step, int length)
{
	const char *name = step->setting->name;
	if (beyond_systemd(context, name))
		error_hint(&step->why, "continue without it: --policy cgroup/%s=prefer", name);
	else if (controller_of(name))
		error_hint(&step->why,
			   "boot without cgroup_disable=%.*s, enable it in the groups above, or continue "
			   "without it: --policy cgroup/%s=prefer",
			   length, name, name);
	else
		error_hint(&step->why,
			   "correct the name \"%.*s\", or continue without it: --policy cgroup/%s=prefer",
			   length, name, name);
}

void cgroup_deny_controller(const struct context *context, struct step *step, const char *where)
{
	const char *name = step->setting->name;
	int length = (int)strcspn(name, ".");

	if (!controller_of(name))
		step_deny(step, context, 0, "%s belongs to a controller %.*s, which siplaunch does not know",
			  name, length, name);
	else
		step_deny(step, context, 0, "the %.*s controller is not available %s", length, name,
			  beyond_systemd(context, name) ? "in groups of systemd, which enables only cpu, "
							  "cpuset, io, memory and pids"
							: where);
	if (context->host->runtime == RUNTIME_NONE)
		hint_controller(context, step, length);
}

int cgroup_read_value(int directory, struct step *step, struct error *error)
{
	cleanup_free char *text = NULL;
	const char *name = step->setting->name;
	if (pseudo_read_record(directory, name, &text) < 0)
		return error_set(error, errno, "read %s", step->path ? step->path : name);
	value_clear(&step->actual);
	if (!setting_value_parse(step->setting, text, &step->actual))
		return error_set(error, 0, "%s reads \"%.64s\", which is not a valid value",
				 step->path ? step->path : name, text);
	return 0;
}

bool cgroup_value_holds(const struct step *step, const struct value *actual)
{
	if (step->wanted.kind == VALUE_TEXT && actual->kind == VALUE_TEXT)
		return cgroup_text_holds(step->setting, step->wanted.text, actual->text);
	return value_equal(&step->wanted, actual);
}

int cgroup_verify(int directory, struct step *step, struct error *error)
{
	if (cgroup_read_value(directory, step, error) < 0)
		return -1;
	if (!cgroup_value_holds(step, &step->actual)) {
		cleanup_free char *wanted = value_kernel_text(&step->wanted, "max");
		cleanup_free char *actual = value_kernel_text(&step->actual, "max");
		return error_set(error, 0, "%s reads back as %s after %s was written", step->path, actual,
				 wanted);
	}
	step->status = STATUS_APPLIED;
	return 0;
}

/* ---- apply, read, undo ---- */

static int cgroup_apply(struct target *target, struct step *step, struct error *error)
{
	return manager_of(target->context)->apply(target, step, error);
}

/* The group with one of the router's limits: the leaf of a scope has those without a systemd property, the
 * scope itself the others. Caller frees. */
static char *group_of_limit(const char *group, const struct setting *setting)
{
	static const char leaf[] = ".scope/" SCOPE_LEAF;
	size_t length = strlen(group), end = sizeof leaf - 1;
	bool in_leaf = length > end && strcmp(group + length - end, leaf) == 0;
	return xstrndup(group, in_leaf && setting->systemd ? length - sizeof SCOPE_LEAF : length);
}

static int cgroup_read(const struct target *target, struct step *step, struct error *error)
{
	if (step->setting->id == SETTING_GROUP || step->setting->id == SETTING_GROUP_PROCS) {
		cleanup_free char *group = target->role == ROLE_OBSERVED && target->pid == 0 && target->group
						   ? xstrdup(target->group)
						   : target_own_group(target);
		if (!group)
			return error_set(error, errno, "find the cgroup v2 group of pid %d",
					 (int)target->pid);
		step->actual = value_text(group);
		return 0;
	}
	if (target->cgroup < 0 || !target->group)
		return error_set(error, 0, "%s: no cgroup v2 group", step->setting->name);
	cleanup_free char *group = group_of_limit(target->group, step->setting);
	const char *below = target->context ? host_below_mount(target->context->host, group) : group + 1;
	cleanup_close int directory = open_beneath(target->cgroup, below, O_RDONLY | O_DIRECTORY);
	if (directory < 0)
		return error_set(error, errno, "open the group %s", group);
	if (!step->path)
		step->path = path_join(group, step->setting->name);
	return cgroup_read_value(directory, step, error);
}

/* Undoes everything at the first step: the managers undo the parts in an order of their own. */
static void cgroup_undo(struct target *target, struct step *step)
{
	if (step->setting->id == SETTING_GROUP)
		manager_of(target->context)->undo(target, step);
}

const struct mechanism mechanism_cgroup = {
	.id = MECHANISM_CGROUP,
	.plan = cgroup_plan,
	.apply = cgroup_apply,
	.read = cgroup_read,
	.undo = cgroup_undo,
};
