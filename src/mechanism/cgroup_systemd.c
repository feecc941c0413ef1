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
	bool touched;  /* started, with us in it; own unit: changed */
	struct unit_properties asked;
	struct unit_properties before; /* own unit: what was there */
	struct drop_ins drop_ins;      /* own unit: where systemd keeps what we asked for */
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

/* ---- judge ---- */

static bool has_leaf(const struct context *context)
{
	cleanup_free char *group = context_limits_group(context);
	return strcmp(group, context->group_path) != 0;
}

static char *unit_label(const struct context *context)
{
	cleanup_free char *group = context_limits_group(context);
	return path_join(context->host->cgroup.mount, host_below_mount(context->host, group));
}

/* CGROUP_MASK_V2 in systemd's src/basic/cgroup-util.h: it enables no others in its units' groups. */
#define SYSTEMD_CONTROLLERS \
	((unsigned)(CONTROLLER_CPU | CONTROLLER_CPUSET | CONTROLLER_IO | CONTROLLER_MEMORY | CONTROLLER_PIDS))

/* A service's own limits: what is so already stays so, by its unit file or by an earlier start. */
static void judge_own(const struct context *context, struct step *step)
{
	const char *text = host_group_value(context->host, step->setting->name);
	if (text)
		setting_value_parse(step->setting, text, &step->current);
	if (step->current.kind != VALUE_NONE && cgroup_value_holds(step, &step->current))
		step->status = STATUS_SATISFIED;
	else if (cgroup_step_is(step, "memory.oom.group"))
		step_deny(step, context, 0,
			  "systemd takes the OOMPolicy of %s from its unit file only, not at run time",
			  context->unit);
}

static void judge_limit(const struct context *context, struct step *step)
{
	const struct host *host = context->host;
	unsigned available = (host->cgroup.root_controllers & SYSTEMD_CONTROLLERS) | host->cgroup.controllers;
	cleanup_properties struct unit_properties properties = {0};
	cleanup_error struct error why = {0};

	if (cgroup_lacks_controller(step, available)) {
		bool foreign = controller_of(step->setting->name) & ~SYSTEMD_CONTROLLERS;
		cgroup_deny_controller(
			context, step,
			foreign ? "in groups of systemd, which hands down cpu, cpuset, io, memory "
				  "and pids only"
				: "to systemd here");
	} else if (unit_properties_of(step->setting, &step->wanted, &properties, &why) < 0) {
		if (has_leaf(context))
			return;
		step_deny(step, context, 0, "%s", why.message);
		if (context->own_unit)
			error_hint(&step->why, "set Delegate=yes in %s: systemctl edit %s", context->unit,
				   context->unit);
	} else if (context->own_unit) {
		judge_own(context, step);
	} else if (host->cgroup.mount) {
		cleanup_free char *label = unit_label(context);
		free(step->path);
		step->path = path_join(label, step->setting->name);
	}
}

static void judge(const struct context *context, struct step *step)
{
	if (cgroup_step_is(step, "cgroup.procs") && context->own_unit)
		step->status = STATUS_SATISFIED;
	else if (!cgroup_step_is(step, "cgroup.procs") && !cgroup_step_is(step, "group"))
		judge_limit(context, step);
}

/* ---- apply: the unit ---- */

/* Every planned limit that systemd has a property for. */
static void ask_limits(const struct place *place, struct unit_properties *properties)
{
	for (size_t i = 0; i < place->plan->count; i++) {
		const struct step *step = &place->plan->steps[i];
		if (step->status == STATUS_PLANNED && strcmp(step->setting->mechanism, "cgroup") == 0)
			unit_properties_of(step->setting, &step->wanted, properties, NULL);
	}
}

static void ask_scope(const struct place *place, struct unit_properties *properties)
{
	const struct context *context = place->context;
	const struct profile *profile = context->profile;
	cleanup_free char *description = xasprintf("%s, started by siplaunch", context->router->name);

	unit_property_text(properties, "Description", description);
	unit_property_text(properties, "Slice", context->slice);
	/* one that failed would keep its name */
	unit_property_text(properties, "CollectMode", "inactive-or-failed");
	if (has_leaf(context))
		unit_property_number(properties, "Delegate", PROPERTY_B, 1);
	/* systemd-oomd looks at no oom_score_adj (systemd.resource-control(5)) */
	if (profile->has_oom_score_adj && profile->oom_score_adj < 0)
		unit_property_text(properties, "ManagedOOMPreference", "avoid");
	/* 0 is who calls, whatever systemd's PID namespace calls us */
	unit_property_number(properties, "PIDs", PROPERTY_U_ARRAY, 0);
	ask_limits(place, properties);
}

static int open_unit_group(const struct place *place, const char *group)
{
	const char *below = host_below_mount(place->context->host, group);
	return open_beneath(place->cgroup, below, O_RDONLY | O_DIRECTORY);
}

/* There is a unit of that name: refused when in use, else taken away. */
static int clear_leftover(const struct place *place, struct unit_bus *bus, struct error *error)
{
	const char *unit = place->context->unit;
	cleanup_free char *group = unit_bus_group(bus, unit);
	cleanup_close int directory = group ? open_unit_group(place, group) : -1;
	cleanup_free char *pids = directory < 0 ? NULL : group_pids(directory);

	if (pids && *pids) {
		error_set(error, EBUSY, "%s is in use by %s", unit, pids);
		return error_hint(error,
				  "stop them first: systemctl stop %s, or give this router another "
				  "cgroup.path",
				  unit);
	}
	if (unit_bus_stop(bus, unit, error) < 0)
		return error_context(error, "take away the %s that is left over", unit);
	return 0;
}

/* Of two launchers one goes first: what the other one then finds has a process in it. */
static int start_locked(const struct place *place, struct scope *scope, struct error *error)
{
	const char *unit = place->context->unit;
	if (unit_bus_start(scope->bus, unit, &scope->asked, error) == 0)
		return 0;
	if (error->errnum != EEXIST)
		return -1;
	error_clear(error);
	if (clear_leftover(place, scope->bus, error) < 0)
		return -1;
	return unit_bus_start(scope->bus, unit, &scope->asked, error);
}

static int start_unit(const struct place *place, struct scope *scope, struct error *error)
{
	const char *mount = place->context->host->cgroup.mount;
	ask_scope(place, &scope->asked);
	cleanup_close int lock = tree_lock(place->cgroup, mount, error);
	return lock < 0 ? -1 : start_locked(place, scope, error);
}

static int check_unit(const struct place *place, struct scope *scope, struct error *error)
{
	cleanup_free char *group = cgroup_group_of(place);
	if (!group || strcmp(group, scope->group) != 0)
		return error_set(error, 0, "systemd was to put us into %s, but /proc/self/cgroup says %s",
				 scope->group, group ? group : "nothing");
	scope->directory = open_unit_group(place, scope->group);
	if (scope->directory < 0)
		return error_set(error, errno, "open the group %s", scope->group);
	return 0;
}

/* Below the unit's group, which has to be empty of processes for that: they wait in a leaf of their own. */
static int make_leaf(struct place *place, const struct scope *scope, struct error *error)
{
	const struct context *context = place->context;
	cleanup_free char *label = unit_label(context);
	struct group_request request = {
		.mount = place->cgroup,
		.base = host_below_mount(context->host, scope->group),
		.path = SCOPE_LEAF,
		.label = label,
		.may_evacuate = true,
	};
	cgroup_needed_controllers(context, context->host->cgroup.root_controllers, &request);
	return cgroup_fs_make(place, &request, error);
}

static int start_scope(struct place *place, struct scope *scope, struct error *error)
{
	scope->bus = unit_bus_open(place->context->host->cgroup.bus, error);
	if (!scope->bus || start_unit(place, scope, error) < 0)
		return -1;
	scope->touched = true;
	if (check_unit(place, scope, error) < 0)
		return -1;
	return has_leaf(place->context) ? make_leaf(place, scope, error) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct unit_property *)a)->name, ((const struct unit_property *)b)->name);
}

/*
 * What is set at run time is kept in drop-ins until the next boot, over restarts of the service. Sorted,
 * since systemd else finds the drop-ins in another order than it wrote them, and tells whoever asks for the
 * service's status that its files have changed.
 */
static int change_own_unit(const struct place *place, struct scope *scope, struct error *error)
{
	const char *unit = place->context->unit;
	cleanup_drop_ins struct drop_ins before = {0};

	ask_limits(place, &scope->asked);
	if (check_unit(place, scope, error) < 0)
		return -1;
	if (!scope->asked.count)
		return 0; /* it is so already */
	qsort(scope->asked.items, scope->asked.count, sizeof *scope->asked.items, compare_names);
	scope->bus = unit_bus_open(place->context->host->cgroup.bus, error);
	if (!scope->bus)
		return -1;
	unit_bus_read(scope->bus, unit, &scope->asked, &scope->before);
	drop_ins_list(unit, &before);
	if (unit_bus_set(scope->bus, unit, &scope->asked, error) < 0)
		return -1;
	scope->touched = true;
	drop_ins_list(unit, &scope->drop_ins);
	drop_ins_subtract(&scope->drop_ins, &before);
	return 0;
}

static void undo(struct place *place, struct step *step);

static int apply_group(struct place *place, struct step *step, struct error *error)
{
	const struct context *context = place->context;
	struct scope *scope = xcalloc(1, sizeof *scope);

	*scope = (struct scope){.group = context_limits_group(context), .directory = -1};
	place->scope = scope;
	if ((context->own_unit ? change_own_unit(place, scope, error) : start_scope(place, scope, error)) <
	    0) {
		undo(place, step);
		return -1;
	}
	value_set(&step->actual, value_text(context->group_path));
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

/* systemd tells the kernel of a unit's limits at once when it starts it, and else when it comes to it. */
static int await_limit(const struct place *place, struct step *step, const struct unit_properties *wanted,
		       struct error *error)
{
	for (int look = 0; look < LOOKS; look++) {
		error_clear(error);
		if (cgroup_read_value(place->scope->directory, step, error) == 0 && says(step, wanted)) {
			step->status = STATUS_APPLIED;
			return 0;
		}
		if (cgroup_no_swap_anyway(place, step, error->errnum)) {
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
	return error_set(error, 0, "%s is %s after systemd was asked for %s %s", step->path, actual,
			 wanted->items[0].name, asked);
}

static int apply_limit(struct place *place, struct step *step, struct error *error)
{
	cleanup_properties struct unit_properties wanted = {0};
	if (!place->scope)
		return error_set(error, 0, "%s: there is no unit of ours to set it for", step->setting->name);
	if (unit_properties_of(step->setting, &step->wanted, &wanted, NULL) < 0)
		return cgroup_fs_limit(place, step, error);
	const struct unit_property *asked = unit_properties_find(&place->scope->asked, wanted.items[0].name);
	if (asked && !asked->unknown) {
		if (await_limit(place, step, &wanted, error) < 0)
			return -1;
		return protect_is(step) && step->wanted.number[0]
			       ? protect_check(place, step, place->scope->group, error)
			       : 0;
	}
	error_set(error, 0, "this systemd cannot set %s for %s", wanted.items[0].name, place->context->unit);
	return error_hint(error,
			  "it came with a later systemd: start siplaunch from a unit with Delegate=yes, "
			  "which needs no systemd for it, or go on without: --policy cgroup/%s=prefer",
			  step->setting->name);
}

/* systemd has moved us; only the leaf is left to be joined. */
static int apply_join(struct place *place, struct step *step, struct error *error)
{
	if (place->made)
		return cgroup_fs_join(place, step, error);
	value_set(&step->actual, (struct value){0});
	if (!place->scope)
		return error_set(error, 0, "join %s: %s was not started", step->path, place->context->unit);
	cleanup_free char *group = cgroup_group_of(place);
	value_set(&step->actual, value_text(group));
	if (!value_equal(&step->wanted, &step->actual))
		return error_set(error, 0, "%s was joined, but /proc/self/cgroup says %s",
				 place->scope->group, group ? group : "nothing");
	step->status = STATUS_APPLIED;
	return 0;
}

static int apply(struct place *place, struct step *step, struct error *error)
{
	if (cgroup_step_is(step, "group"))
		return apply_group(place, step, error);
	return cgroup_step_is(step, "cgroup.procs") ? apply_join(place, step, error)
						    : apply_limit(place, step, error);
}

/* ---- undo ---- */

static void await_removal(const struct place *place, const char *group)
{
	for (int look = 0; look < LOOKS; look++) {
		cleanup_close int directory = open_unit_group(place, group);
		if (directory < 0)
			return;
		pause_a_moment();
	}
}

/*
 * Out of the scope and its leaf, which systemd removes together. Where the group that we came from is gone,
 * because we were the last in it, the scope goes when we end: nothing is to be done.
 */
static void leave_scope(struct place *place, struct error *error)
{
	struct scope *scope = place->scope;
	if (place->made)
		group_release(place->made);
	free(place->made);
	place->made = NULL;
	if (!scope->touched || place->origin_procs < 0 || pseudo_write_fd(place->origin_procs, "0") < 0)
		return;
	cleanup_free char *pids = scope->directory < 0 ? xstrdup("") : group_pids(scope->directory);
	if (*pids) {
		error_set(error, EBUSY, "stop %s: in it are %s", place->context->unit, pids);
		error_hint(error, "systemctl stop %s", place->context->unit);
	} else if (unit_bus_stop(scope->bus, place->context->unit, error) == 0) {
		await_removal(place, scope->group);
	}
}

/* As it was, and without the drop-ins: at the next start they would pass for somebody's wish. */
static void restore_unit(const struct place *place, struct error *error)
{
	struct scope *scope = place->scope;
	const char *unit = place->context->unit;
	if (!scope->touched || unit_bus_set(scope->bus, unit, &scope->before, error) < 0)
		return;
	drop_ins_remove(unit, &scope->drop_ins, error);
}

static void undo(struct place *place, struct step *step)
{
	if (!place->scope)
		return;
	if (place->context->own_unit)
		restore_unit(place, &step->why);
	else
		leave_scope(place, &step->why);
	scope_release(place->scope);
	place->scope = NULL;
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

static void judge(const struct context *context, struct step *step)
{
	step_deny(step, context, 0, "this build of siplaunch cannot talk to systemd");
	error_hint(&step->why, "install a build with libsystemd, or start it from a unit with Delegate=yes");
}

static int apply(struct place *place, struct step *step, struct error *error)
{
	(void)place;
	error_set(error, 0, "%s: this build of siplaunch cannot talk to systemd", step->setting->name);
	return error_hint(error,
			  "install a build with libsystemd, or start it from a unit with Delegate=yes");
}

static void undo(struct place *place, struct step *step)
{
	(void)place, (void)step; /* nothing was done */
}

#endif

const struct group_manager group_manager_systemd = {
	.judge = judge,
	.apply = apply,
	.undo = undo,
};
