/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_systemd.h"

#include "mechanism/cgroup_manager.h"

#ifdef SIPLAUNCH_HAVE_SYSTEMD
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/cgroup_cpuset.h"
#include "mechanism/cgroup_group.h"
#include "mechanism/cgroup_lock.h"
#include "mechanism/cgroup_protect.h"
#include "mechanism/cgroup_tree.h"
#include "mechanism/unit_bus.h"
#include "mechanism/unit_drop_ins.h"
#include "router/router.h"

#define LOOKS         500 /* ten seconds: an emulated machine that reloads its units is slow */
#define LOOK_PAUSE_NS 20000000L

struct scope {
	struct unit_bus *bus;
	char *group;   /* the unit's, as in /proc/PID/cgroup */
	int directory; /* of it */
	bool touched;  /* started, and we are in it; own unit: changed */
	struct unit_properties asked;
	struct unit_properties before; /* own unit: the values before */
	struct drop_ins drop_ins;      /* own unit: where systemd keeps the requested values */
};

bool cgroup_systemd_available(void)
{
	return true;
}

void scope_release(struct scope *scope)
{
	if (scope->bus)
		unit_bus_close(scope->bus);
	if (scope->directory >= 0)
		close(scope->directory);
	unit_properties_clear(&scope->asked);
	unit_properties_clear(&scope->before);
	drop_ins_clear(&scope->drop_ins);
	free(scope->group);
	free(scope);
}

static void pause_a_moment(void)
{
	nanosleep(&(struct timespec){.tv_nsec = LOOK_PAUSE_NS}, NULL);
}

/* ---- apply: the unit ---- */

/* Every planned limit that systemd has a property for. */
static void ask_limits(const struct target *target, struct unit_properties *properties)
{
	for (size_t i = 0; i < target->plan->count; i++) {
		const struct step *step = &target->plan->steps[i];
		if (step->status == STATUS_PLANNED && step->setting->mechanism == MECHANISM_CGROUP)
			unit_properties_of(step->setting, &step->wanted, properties, NULL);
	}
}

static void ask_scope(const struct target *target, struct unit_properties *properties)
{
	const struct context *context = target->context;
	const struct profile *profile = context->profile;
	cleanup_free char *description = xasprintf("%s, started by siplaunch", context->router->name);

	unit_property_text(properties, "Description", description);
	unit_property_text(properties, "Slice", context->decision.slice);
	/* a failed unit would keep its name */
	unit_property_text(properties, "CollectMode", "inactive-or-failed");
	if (scope_has_leaf(context))
		unit_property_number(properties, "Delegate", PROPERTY_B, 1);
	/* systemd-oomd looks at no oom_score_adj (systemd.resource-control(5)) */
	if (profile->has_oom_score_adj && profile->oom_score_adj < 0)
		unit_property_text(properties, "ManagedOOMPreference", "avoid");
	/* 0 means the caller, whatever its pid is in systemd's PID namespace */
	unit_property_number(properties, "PIDs", PROPERTY_U_ARRAY, 0);
	ask_limits(target, properties);
}

static int open_unit_group(const struct target *target, const char *group)
{
	const char *below = host_below_mount(target->context->host, group);
	return open_beneath(target->cgroup, below, O_RDONLY | O_DIRECTORY);
}

/* A unit of that name exists: refused if it is in use, else removed. */
static int clear_leftover(const struct target *target, struct unit_bus *bus, struct error *error)
{
	const char *unit = target->context->decision.unit;
	cleanup_free char *group = unit_bus_group(bus, unit);
	cleanup_close int directory = group ? open_unit_group(target, group) : -1;
	cleanup_free char *pids = directory < 0 ? NULL : group_pids(directory);

	if (pids && *pids) {
		error_set(error, EBUSY, "%s is in use by %s", unit, pids);
		return error_hint(
			error, "stop them first: %s stop %s, or give this router another cgroup.path",
			host_systemctl(target->context->host, target->context->decision.group_path), unit);
	}
	if (unit_bus_stop(bus, unit, error) < 0)
		return error_context(error, "remove the leftover %s", unit);
	return 0;
}

/* The lock decides between two launchers: the second one finds a scope with a process. */
static int start_locked(const struct target *target, struct scope *scope, struct error *error)
{
	const char *unit = target->context->decision.unit;
	if (unit_bus_start(scope->bus, unit, &scope->asked, error) == 0)
		return 0;
	if (error->errnum != EEXIST)
		return -1;
	error_clear(error);
	if (clear_leftover(target, scope->bus, error) < 0)
		return -1;
	return unit_bus_start(scope->bus, unit, &scope->asked, error);
}

/* With a user's systemd the lock is on init.scope, the only group that the user owns: user@UID.service is
 * root's. */
static int lock_manager(const struct target *target, struct error *error)
{
	const struct host *host = target->context->host;
	if (!host->cgroup.user_manager)
		return tree_lock(target->cgroup, host->cgroup.mount, error);
	cleanup_free char *scope = path_join(host->cgroup.manager_group, "init.scope");
	const char *below = host_below_mount(host, scope);
	cleanup_free char *label = path_join(host->cgroup.mount, below);
	cleanup_close int directory = open_beneath(target->cgroup, below, O_RDONLY | O_DIRECTORY);
	if (directory < 0)
		return error_set(error, errno, "open the group %s", label);
	return tree_lock(directory, label, error);
}

static int start_unit(const struct target *target, struct scope *scope, struct error *error)
{
	ask_scope(target, &scope->asked);
	cleanup_close int lock = lock_manager(target, error);
	return lock < 0 ? -1 : start_locked(target, scope, error);
}

static int check_unit(const struct target *target, struct scope *scope, struct error *error)
{
	cleanup_free char *group = target_own_group(target);
	if (!group || strcmp(group, scope->group) != 0)
		return error_set(error, 0,
				 "systemd should have moved siplaunch into %s, but /proc/self/cgroup says %s",
				 scope->group, group ? group : "nothing");
	scope->directory = open_unit_group(target, scope->group);
	if (scope->directory < 0)
		return error_set(error, errno, "open the group %s", scope->group);
	return 0;
}

/* Makes the leaf below the unit's group. That group must have no processes: they are moved into a leaf of
 * their own meanwhile. */
static int make_leaf(struct target *target, const struct scope *scope, struct error *error)
{
	const struct context *context = target->context;
	cleanup_free char *label = scope_label(context);
	struct group_request request = {
		.mount = target->cgroup,
		.base = host_below_mount(context->host, scope->group),
		.path = SCOPE_LEAF,
		.label = label,
		.may_evacuate = true,
	};
	cgroup_needed_controllers(context, context->host->cgroup.manager_controllers, &request);
	return cgroup_fs_make(target, &request, error);
}

static int start_scope(struct target *target, struct scope *scope, struct error *error)
{
	scope->bus = unit_bus_open(target->context->host->cgroup.bus, error);
	if (!scope->bus || start_unit(target, scope, error) < 0)
		return -1;
	scope->touched = true;
	if (check_unit(target, scope, error) < 0)
		return -1;
	return scope_has_leaf(target->context) ? make_leaf(target, scope, error) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct unit_property *)a)->name, ((const struct unit_property *)b)->name);
}

/*
 * systemd keeps values that are set at run time in drop-ins until the next boot, also across restarts of the
 * service. The properties are sorted: otherwise systemd reads the drop-ins in another order than it wrote
 * them, and reports in the service's status that its files have changed.
 */
static int change_own_unit(const struct target *target, struct scope *scope, struct error *error)
{
	const char *unit = target->context->decision.unit;
	const char *drop_ins = target->context->host->cgroup.manager_drop_ins;
	cleanup_drop_ins struct drop_ins before = {0};

	ask_limits(target, &scope->asked);
	if (check_unit(target, scope, error) < 0)
		return -1;
	if (!scope->asked.count)
		return 0; /* the unit has these values already */
	qsort(scope->asked.items, scope->asked.count, sizeof *scope->asked.items, compare_names);
	scope->bus = unit_bus_open(target->context->host->cgroup.bus, error);
	if (!scope->bus)
		return -1;
	unit_bus_read(scope->bus, unit, &scope->asked, &scope->before);
	drop_ins_list(drop_ins, unit, &before);
	if (unit_bus_set(scope->bus, unit, &scope->asked, error) < 0)
		return -1;
	scope->touched = true;
	drop_ins_list(drop_ins, unit, &scope->drop_ins);
	drop_ins_subtract(&scope->drop_ins, &before);
	return 0;
}

static void undo(struct target *target, struct step *step);

static int apply_group(struct target *target, struct step *step, struct error *error)
{
	const struct context *context = target->context;
	struct scope *scope = xcalloc(1, sizeof *scope);

	*scope = (struct scope){.group = context_limits_group(context), .directory = -1};
	target->scope = scope;
	if ((context->decision.own_unit ? change_own_unit(target, scope, error)
					: start_scope(target, scope, error)) < 0) {
		undo(target, step);
		return -1;
	}
	value_set(&step->actual, value_text(context->decision.group_path));
	step->status = STATUS_APPLIED;
	return 0;
}

/* ---- apply: limits ---- */

static bool says(const struct step *step, const struct unit_properties *wanted)
{
	cleanup_properties struct unit_properties actual = {0};
	return unit_properties_of(step->setting, &step->actual, &actual, NULL) == 0 &&
	       unit_properties_equal(&actual, wanted);
}

/* Without a file because systemd enables no controller for a value that a new group has anyway, such as
 * CPUQuota=infinity: then the group has that value. */
static bool has_it_without_a_file(struct step *step, const struct unit_properties *wanted)
{
	value_clear(&step->actual);
	if (!step->setting->fresh ||
	    !setting_value_parse(step->setting, step->setting->fresh, &step->actual) || !says(step, wanted)) {
		value_clear(&step->actual);
		return false;
	}
	step->status = STATUS_SATISFIED;
	return true;
}

/* systemd puts a drop-in of the unit's name over what is asked of it. */
static void hint_drop_ins(const struct target *target, const char *property, struct error *error)
{
	const char *unit = target->context->decision.unit;
	cleanup_free char *files = unit_bus_drop_ins(target->scope->bus, unit);
	if (files)
		error_hint(error,
			   "remove %s= from the drop-ins of %s, or request the value that they set: %s",
			   property, unit, files);
}

/* systemd writes a unit's limits at once when it starts the unit, but shortly after the reply when it changes
 * one. */
static int await_limit(const struct target *target, struct step *step, const struct unit_properties *wanted,
		       struct error *error)
{
	for (int look = 0; look < LOOKS; look++) {
		error_clear(error);
		if (cgroup_read_value(target->scope->directory, step, error) == 0 && says(step, wanted)) {
			step->status = STATUS_APPLIED;
			return 0;
		}
		if (error->errnum == ENOENT && has_it_without_a_file(step, wanted)) {
			error_clear(error);
			return 0;
		}
		if (cgroup_no_swap_anyway(target, step, error->errnum)) {
			error_clear(error);
			value_set(&step->actual, value_copy(&step->wanted));
			step->status = STATUS_SATISFIED;
			return 0;
		}
		pause_a_moment();
	}
	if (error->message)
		return -1;
	cleanup_free char *asked = value_kernel_text(&step->wanted, "max");
	cleanup_free char *actual = value_kernel_text(&step->actual, "max");
	error_set(error, 0, "%s is %s after siplaunch set %s to %s through systemd", step->path,
		  *actual ? actual : "empty", wanted->items[0].name, asked);
	if (!*actual)
		cpuset_hint(step, error);
	else
		hint_drop_ins(target, wanted->items[0].name, error);
	return -1;
}

static int apply_limit(struct target *target, struct step *step, struct error *error)
{
	cleanup_properties struct unit_properties wanted = {0};
	if (!target->scope)
		return error_set(error, 0, "%s: siplaunch has no unit to set it for", step->setting->name);
	if (unit_properties_of(step->setting, &step->wanted, &wanted, NULL) < 0)
		return cgroup_fs_limit(target, step, error);
	const struct unit_property *asked = unit_properties_find(&target->scope->asked, wanted.items[0].name);
	if (asked && !asked->unknown) {
		if (await_limit(target, step, &wanted, error) < 0)
			return -1;
		if (protect_is(step) && step->wanted.number[0])
			return protect_check(target, step, target->scope->group, error);
		return cpuset_check(target, target->scope->directory, step, error);
	}
	error_set(error, 0, "this systemd cannot set %s for %s", wanted.items[0].name,
		  target->context->decision.unit);
	return error_hint(
		error,
		"use a later systemd, or start siplaunch from a unit with Delegate=yes, or continue without "
		"it: --policy cgroup/%s=prefer",
		step->setting->name);
}

/* systemd has moved this process; it only has to join the leaf. */
static int apply_join(struct target *target, struct step *step, struct error *error)
{
	if (target->made)
		return cgroup_fs_join(target, step, error);
	value_set(&step->actual, (struct value){0});
	if (!target->scope)
		return error_set(error, 0, "join %s: %s was not started", step->path,
				 target->context->decision.unit);
	cleanup_free char *group = target_own_group(target);
	value_set(&step->actual, value_text(group));
	if (!value_equal(&step->wanted, &step->actual))
		return error_set(error, 0, "%s was joined, but /proc/self/cgroup says %s",
				 target->scope->group, group ? group : "nothing");
	step->status = STATUS_APPLIED;
	return 0;
}

static int apply(struct target *target, struct step *step, struct error *error)
{
	if (step->setting->id == SETTING_GROUP)
		return apply_group(target, step, error);
	return step->setting->id == SETTING_GROUP_PROCS ? apply_join(target, step, error)
							: apply_limit(target, step, error);
}

/* ---- undo ---- */

static void await_removal(const struct target *target, const char *group)
{
	for (int look = 0; look < LOOKS; look++) {
		cleanup_close int directory = open_unit_group(target, group);
		if (directory < 0)
			return;
		pause_a_moment();
	}
}

/*
 * Leaves the scope and its leaf, which systemd removes together. If the original group no longer exists,
 * because this process was the last in it, the scope ends with this process: nothing to do.
 */
static void leave_scope(struct target *target, struct error *error)
{
	struct scope *scope = target->scope;
	if (target->made)
		group_release(target->made);
	free(target->made);
	target->made = NULL;
	if (!scope->touched || target->origin_procs < 0 || pseudo_write_fd(target->origin_procs, "0") < 0)
		return;
	cleanup_free char *pids = scope->directory < 0 ? xstrdup("") : group_pids(scope->directory);
	if (*pids) {
		error_set(error, EBUSY, "stop %s: it contains %s", target->context->decision.unit, pids);
		error_hint(error, "%s stop %s",
			   host_systemctl(target->context->host, target->context->decision.group_path),
			   target->context->decision.unit);
	} else if (unit_bus_stop(scope->bus, target->context->decision.unit, error) == 0) {
		await_removal(target, scope->group);
	}
}

/* Restores the values before, and removes the drop-ins: at the next start they would count as the
 * administrator's limits. */
static void restore_unit(const struct target *target, struct error *error)
{
	struct scope *scope = target->scope;
	const char *unit = target->context->decision.unit;
	if (!scope->touched || unit_bus_set(scope->bus, unit, &scope->before, error) < 0)
		return;
	drop_ins_remove(target->context->host->cgroup.manager_drop_ins, unit, &scope->drop_ins, error);
}

static void undo(struct target *target, struct step *step)
{
	if (!target->scope)
		return;
	if (target->context->decision.own_unit)
		restore_unit(target, &step->why);
	else
		leave_scope(target, &step->why);
	scope_release(target->scope);
	target->scope = NULL;
}

#else

bool cgroup_systemd_available(void)
{
	return false;
}

void scope_release(struct scope *scope)
{
	(void)scope; /* there is none */
}

static int apply(struct target *target, struct step *step, struct error *error)
{
	(void)target;
	error_set(error, 0, "%s: this build of siplaunch cannot talk to systemd", step->setting->name);
	return error_hint(error,
			  "install a build with libsystemd, or start it from a unit with Delegate=yes");
}

static void undo(struct target *target, struct step *step)
{
	(void)target, (void)step; /* nothing to undo */
}

#endif

const struct group_manager group_manager_systemd = {
	.judge = cgroup_systemd_judge,
	.apply = apply,
	.undo = undo,
};
