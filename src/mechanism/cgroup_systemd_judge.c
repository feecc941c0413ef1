/* SPDX-License-Identifier: MIT */
/* Manager systemd: which limits it can set, without a query. */
#include "mechanism/cgroup_systemd.h"

#include "mechanism/cgroup_manager.h"

#ifdef SIPLAUNCH_HAVE_SYSTEMD
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/unit_properties.h"

bool scope_has_leaf(const struct context *context)
{
	cleanup_free char *group = context_limits_group(context);
	return strcmp(group, context->decision.group_path) != 0;
}

char *scope_label(const struct context *context)
{
	cleanup_free char *group = context_limits_group(context);
	return path_join(context->host->cgroup.mount, host_below_mount(context->host, group));
}

/* The limits of siplaunch's own service: a value that is already set, by its unit file or an earlier start,
 * stays. */
static void judge_own(const struct context *context, struct step *step)
{
	const char *text = host_group_value(context->host, step->setting->name);
	if (text)
		setting_value_parse(step->setting, text, &step->current);
	if (step->current.kind != VALUE_NONE && cgroup_value_holds(step, &step->current))
		step->status = STATUS_SATISFIED;
	else if (step->setting->id == SETTING_MEMORY_OOM_GROUP)
		step_deny(step, context, 0,
			  "systemd takes the OOMPolicy of %s from its unit file only, not at run time",
			  context->decision.unit);
}

/* A user's systemd marks no unit that it delegates (src/core/cgroup.c, cgroup_xattr_apply): there the usual
 * hint, Delegate=yes, does not help. */
static void hint_scope(const struct context *context, struct step *step)
{
	if (context->host->cgroup.user_manager)
		error_hint(
			&step->why,
			"start siplaunch from a shell, where it makes a scope and a leaf for it, or continue "
			"without it: --policy cgroup/%s=prefer",
			step->setting->name);
}

static void deny_controller(const struct context *context, struct step *step)
{
	const struct host *host = context->host;
	unsigned controller = controller_of(step->setting->name);

	if (!controller || (controller & ~SYSTEMD_CONTROLLERS) || !host->cgroup.user_manager) {
		cgroup_deny_controller(context, step, "to systemd here");
	} else {
		step_deny(step, context, 0, "the %s controller is not delegated to %s",
			  controller_name(controller), host->cgroup.manager_group);
		error_hint(
			&step->why,
			"as root: systemctl edit user@%ld.service, section [Service]: Delegate=%s, and log "
			"in again; or continue without it: --policy cgroup/%s=prefer",
			(long)host->cgroup.user, controller_name(controller), step->setting->name);
	}
}

static void judge_limit(const struct context *context, struct step *step)
{
	const struct host *host = context->host;
	unsigned available = (host->cgroup.manager_controllers & SYSTEMD_CONTROLLERS) |
			     (context->decision.own_unit ? host->cgroup.controllers : 0);
	cleanup_properties struct unit_properties properties = {0};
	cleanup_error struct error why = {0};

	if (cgroup_lacks_controller(step, available)) {
		deny_controller(context, step);
	} else if (unit_properties_of(step->setting, &step->wanted, &properties, &why) < 0) {
		if (scope_has_leaf(context))
			return;
		step_deny(step, context, 0, "%s", why.message);
		if (context->decision.own_unit)
			hint_scope(context, step);
	} else if (context->decision.own_unit) {
		judge_own(context, step);
	} else if (host->cgroup.mount) {
		cleanup_free char *label = scope_label(context);
		free(step->path);
		step->path = path_join(label, step->setting->name);
	}
}

void cgroup_systemd_judge(const struct context *context, struct step *step)
{
	if (step->setting->id == SETTING_GROUP_PROCS && context->decision.own_unit)
		step->status = STATUS_SATISFIED;
	else if (step->setting->id != SETTING_GROUP_PROCS && step->setting->id != SETTING_GROUP)
		judge_limit(context, step);
}

#else

void cgroup_systemd_judge(const struct context *context, struct step *step)
{
	step_deny(step, context, 0, "this build of siplaunch cannot talk to systemd");
	error_hint(&step->why, "install a build with libsystemd, or start it from a unit with Delegate=yes");
}

#endif
