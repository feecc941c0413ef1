/* SPDX-License-Identifier: MIT */
#include "plan/remedy_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "host/host.h"

static const struct step *step_of(const struct plan *plan, enum setting_id id)
{
	for (size_t i = 0; plan && i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->policy != POLICY_SKIP && step->setting->id == id)
			return step;
	}
	return NULL;
}

/* An adopted limit does not change, even if the router is sized for less. */
uint64_t remedy_planned_memory(const struct plan *plan, const struct host *host)
{
	const struct step *step = step_of(plan, SETTING_MEMORY_MAX);
	if (!step || !step->wanted.count)
		return host->memory.visible_limit;
	return step->status == STATUS_ADOPTED && step->actual.count ? step->actual.number[0]
								    : step->wanted.number[0];
}

uint64_t remedy_planned_swap(const struct plan *plan)
{
	const struct step *step = step_of(plan, SETTING_MEMORY_SWAP_MAX);
	return step && step->wanted.count ? step->wanted.number[0] : TOOL_NOT_SAID;
}

uint64_t remedy_planned_id(const struct plan *plan, enum setting_id id, uint64_t otherwise)
{
	const struct step *step = step_of(plan, id);
	return step && step->wanted.count ? step->wanted.number[0] : otherwise;
}

static bool is_missing(const struct step *step)
{
	if (step->policy == POLICY_SKIP)
		return false;
	return step->status == STATUS_DENIED || step->status == STATUS_FAILED ||
	       (step->status == STATUS_CLAMPED &&
		(step->setting->id == SETTING_MEMORY_MAX || step->partial.kind != VALUE_NONE));
}

/* What the environment has to grant: for some settings less than the requested value. */
static const struct value *needed(const struct step *step)
{
	return step->lacking.kind == VALUE_NONE ? &step->wanted : &step->lacking;
}

bool remedy_helps(int errnum)
{
	return errnum == 0 || errnum == EPERM || errnum == EACCES || errnum == EROFS;
}

/* The setting whose remedy the step's hint is: its own, or the group's where every limit waits for the group.
 * NULL: the mechanism has set a hint of its own, because the profile or the command is the cause, and not the
 * environment. */
static const struct setting *remedied(const struct step *step, const struct host *host)
{
	const struct setting *group = setting_of(SETTING_GROUP);
	cleanup_free char *usual = remedy_text(step->setting, needed(step), host);
	cleanup_free char *groups = remedy_text(group, &(struct value){0}, host);
	const char *hint = step->why.hint;

	if (!hint || (usual && strcmp(usual, hint) == 0))
		return step->setting;
	return step->setting->mechanism == MECHANISM_CGROUP && groups && strcmp(groups, hint) == 0 ? group
												   : NULL;
}

static void add(const struct context *context, const struct plan *plan, const struct step *step,
		struct remedies *remedies)
{
	const struct host *host = context->host;
	struct remedy *remedy = ARRAY_ADD(remedies->items, remedies->count);
	const struct setting *setting = step->filtered ? step->setting : remedied(step, host);
	bool own = !setting;
	bool place = step->status != STATUS_FAILED || remedy_helps(step->why.errnum);

	*remedy = (struct remedy){0};
	if (step->filtered)
		remedy_make_of_calls(remedies->tool, step->setting, host, remedy);
	else if (own)
		remedy->note = xstrdup(step->why.hint);
	else if (place)
		remedy_make(remedies->tool, setting, needed(step), host, plan, remedy);
	remedy->setting = step->setting;
	remedy->status = status_name(step->status);
	if (!remedy->fragment && !remedy->note)
		remedy->note = step->why.message ? error_text(&step->why) : NULL;
	bool root_helps = remedy->privilege || (own && step->setting->id == SETTING_GROUP &&
						context->decision.manager_refused && !host->cgroup.frozen);
	remedies->as_root |= root_helps && host->euid != 0 && host->runtime == RUNTIME_NONE;
}

/* With libsystemd, siplaunch would ask systemd for a scope. A build without it needs a delegated group, for
 * example from systemd-run. */
static bool needs_delegation(const struct context *context, const struct plan *plan)
{
	const struct host *host = context->host;
	const struct step *group = step_of(plan, SETTING_GROUP);
	return group && is_missing(group) && host->runtime == RUNTIME_NONE && host->cgroup.systemd &&
	       host->cgroup.mode == HOST_CGROUP_V2 && !host->cgroup.base && !context->systemd_built;
}

/* Unsafe sysctls need an option of the kubelet, which only the node's administrator can set; privileges of
 * the container are often easier to get. */
static const char *also(const struct context *context, const struct plan *plan, enum tool tool)
{
	bool missing = false;
	for (size_t i = 0; i < plan->count; i++)
		missing |=
			plan->steps[i].setting->mechanism == MECHANISM_SYSCTL && is_missing(&plan->steps[i]);
	if (!missing || tool != TOOL_POD || context->host->initial_ipc_namespace)
		return NULL;
	return context->purpose == PURPOSE_PREPARE_POD
		       ? "or, for the sysctls, without the kubelet's option: give this init container "
			 "securityContext.privileged: true, or procMount: Unmasked in a pod with hostUsers: "
			 "false"
		       : "or, for the sysctls, without the kubelet's option: set them in an init container, "
			 "with siplaunch init and securityContext.privileged: true, or procMount: Unmasked "
			 "in a pod with hostUsers: false";
}

void remedies_collect(const struct context *context, const struct plan *plan, struct remedies *remedies)
{
	*remedies = (struct remedies){.tool = remedy_tool(context->host)};
	if (remedies->tool == TOOL_UNIT) {
		remedies->unit = context->host->cgroup.unit;
		remedies->systemctl = host_systemctl(context->host, context->host->cgroup.path);
	}
	for (size_t i = 0; i < plan->count; i++)
		if (is_missing(&plan->steps[i]))
			add(context, plan, &plan->steps[i], remedies);
	remedies->also = also(context, plan, remedies->tool);
	remedies->delegated = remedies->tool == TOOL_SHELL && needs_delegation(context, plan);
}

void remedies_clear(struct remedies *remedies)
{
	for (size_t i = 0; i < remedies->count; i++)
		remedy_clear(&remedies->items[i]);
	free(remedies->items);
	*remedies = (struct remedies){0};
}
