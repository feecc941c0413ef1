/* SPDX-License-Identifier: MIT */
#include "mechanism/mechanism.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "host/host.h"
#include "plan/remedy.h"

static const struct mechanism *const table[] = {
	&mechanism_cgroup,      /* memory stays charged to the group that touched it first */
	&mechanism_oom,         /* lowering it needs CAP_SYS_RESOURCE: before identity */
	&mechanism_rlimit,      /* raising a hard limit needs it too */
	&mechanism_ipc,         /* before sysctl, which writes into the namespace we are in */
	&mechanism_sysctl,      /* needs uid 0 of that namespace's owner: before identity */
	&mechanism_directories, /* their owner is another user: before identity */
	&mechanism_identity,    /* from here on without privileges */
	&mechanism_parent,      /* after identity, which would clear it */
	&mechanism_arguments,   &mechanism_router, /* only checks */
	&mechanism_seccomp,                        /* later system calls must pass the router's filter */
};

const struct mechanism *mechanism_at(size_t index)
{
	return index < ARRAY_SIZE(table) ? table[index] : NULL;
}

static const struct mechanism *mechanism_of(enum mechanism_id id)
{
	size_t i = 0;
	while (table[i]->id != id)
		i++;
	return table[i];
}

static void skip_by_policy(const struct context *context, struct plan *plan)
{
	(void)context;
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].policy == POLICY_SKIP)
			plan->steps[i].status = STATUS_SKIPPED;
}

/* systemd makes the group of a unit, but not a leaf below it. */
static bool makes_group(const struct context *context)
{
	const char *path = context->decision.group_path;
	return context->decision.manager == MANAGER_CGROUPFS ||
	       (context->decision.manager == MANAGER_SYSTEMD && path && text_ends_with(path, "/" SCOPE_LEAF));
}

/*
 * A filter in force may refuse a call with an errno, or kill: then nothing could be undone, and a step that
 * drops privileges is followed by others. No limit of a group can be set where the group cannot be made.
 */
static void deny_by_filter(const struct context *context, struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct step *step = &plan->steps[i];
		bool in_group = step->setting->mechanism == MECHANISM_CGROUP;
		const struct refused_call *call =
			host_refused_call(context->host, step->setting->calls, NULL);
		if (call && (!in_group || makes_group(context)) && step_to_apply(step))
			step_deny_call(step, context, call);
	}
}

/* Rules on all steps, after each mechanism has planned its own. One sees what those before it decided. */
static void (*const judges[])(const struct context *context, struct plan *plan) = {
	skip_by_policy, /* a skipped step is denied nothing */
	deny_by_filter, /* of the steps that would be applied */
};

static void judge(const struct context *context, struct plan *plan)
{
	for (size_t i = 0; i < ARRAY_SIZE(judges); i++)
		judges[i](context, plan);
}

int plan_build(const struct context *context, struct plan *plan, struct error *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i]->plan(context, plan, error) < 0)
			return -1;
	judge(context, plan);
	return 0;
}

int plan_build_one(const struct mechanism *mechanism, const struct context *context, struct plan *plan,
		   struct error *error)
{
	if (mechanism->plan(context, plan, error) < 0)
		return -1;
	judge(context, plan);
	return 0;
}

/* "4096:65536", as tools and profiles write pairs. Caller frees. */
static char *pair_text(const struct value *value)
{
	char *text = value_kernel_text(value, "unlimited");
	for (char *space = strchr(text, ' '); space; space = strchr(space, ' '))
		*space = ':';
	return text;
}

/* The limit in force is less than requested, and was accepted. */
static void warn_clamped(struct plan *plan, const struct step *step)
{
	cleanup_free char *partial = pair_text(&step->partial), *wanted = pair_text(&step->wanted);
	plan_warn(plan, "%s/%s is applied in part, as %s and not %s: %s%s%s",
		  mechanism_name(step->setting->mechanism), step->setting->name, partial, wanted,
		  step->why.message, step->why.hint ? "; " : "", step->why.hint ? step->why.hint : "");
}

/* Warns once for neighbours that were refused for the same reason: a missing group has a dozen settings. */
static void warn_denied(struct plan *plan)
{
	const char *last = NULL;
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->status == STATUS_CLAMPED && step->partial.kind != VALUE_NONE)
			warn_clamped(plan, step);
		if (step->status != STATUS_DENIED || step->policy != POLICY_PREFER)
			continue;
		if (!last || strcmp(last, step->why.message) != 0)
			plan_warn(plan, "%s/%s is not applied: %s", mechanism_name(step->setting->mechanism),
				  step->setting->name, step->why.message);
		last = step->why.message;
	}
}

static int refuse(const struct step *step, struct error *error)
{
	error_set(error, step->why.errnum, "%s", step->why.message);
	if (step->why.hint)
		error_hint(error, "%s", step->why.hint);
	return error_context(error, "%s/%s", mechanism_name(step->setting->mechanism), step->setting->name);
}

/* 0 to continue; -1 if the step was required. */
static int step_failed(struct plan *plan, struct target *target, struct step *step, struct error *failure)
{
	error_move(&step->why, failure);
	if (step->status != STATUS_CLAMPED)
		step->status = STATUS_FAILED;
	if (!step->why.hint && target->context && remedy_helps(step->why.errnum))
		step->why.hint = remedy_text(step->setting, &step->wanted, target->context->host);
	if (step->policy == POLICY_REQUIRE)
		return -1;
	cleanup_free char *text = error_text(&step->why);
	plan_warn(plan, "%s/%s is not applied: %s", mechanism_name(step->setting->mechanism),
		  step->setting->name, text);
	return 0;
}

enum stage step_stage(const struct context *context, const struct step *step)
{
	if (step->setting->mechanism == MECHANISM_SECCOMP)
		return STAGE_LAST;
	if (step->setting->mechanism == MECHANISM_DIRECTORIES)
		return STAGE_OUTSIDE; /* a supervisor stays root, and can remove them after a failure */
	bool outside = context->decision.manager == MANAGER_CGROUPFS &&
		       step->setting->mechanism == MECHANISM_CGROUP &&
		       step->setting->id != SETTING_GROUP_PROCS;
	return outside ? STAGE_OUTSIDE : STAGE_SELF;
}

/* Undoing the applied steps uses the rest of the reserve (alloc_reserve). */
static int no_memory(struct plan *plan, struct target *target, const struct step *step, struct error *error)
{
	error_set(error, ENOMEM, "allocate memory before %s/%s is applied",
		  mechanism_name(step->setting->mechanism), step->setting->name);
	plan_undo(plan, target);
	return -1;
}

int plan_apply(struct plan *plan, struct target *target, unsigned stages, struct error *error)
{
	target->plan = plan;
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].status == STATUS_DENIED && plan->steps[i].policy == POLICY_REQUIRE)
			return refuse(&plan->steps[i], error);
	if (stages & STAGE_OUTSIDE) /* the first of the two processes reports it */
		warn_denied(plan);
	for (size_t i = 0; i < plan->count; i++) {
		struct error failure = {0};
		struct step *step = &plan->steps[i];
		if (!step_to_apply(step) || !(step_stage(target->context, step) & stages))
			continue;
		if (!alloc_reserve())
			return no_memory(plan, target, step, error);
		const struct mechanism *mechanism = mechanism_of(step->setting->mechanism);
		if (mechanism->apply(target, step, &failure) == 0 ||
		    step_failed(plan, target, step, &failure) == 0)
			continue;
		refuse(step, error);
		plan_undo(plan, target);
		return -1;
	}
	return 0;
}

void plan_undo(struct plan *plan, struct target *target)
{
	for (size_t i = plan->count; i-- > 0;) {
		struct step *step = &plan->steps[i];
		const struct mechanism *mechanism = mechanism_of(step->setting->mechanism);
		bool touched = step->status == STATUS_APPLIED || step->status == STATUS_FAILED;
		if (mechanism->undo && touched)
			mechanism->undo(target, step);
	}
}

void plan_read(struct plan *plan, const struct target *target)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct error failure = {0};
		struct step *step = &plan->steps[i];
		const struct mechanism *mechanism = mechanism_of(step->setting->mechanism);
		if (!mechanism->read)
			continue;
		value_clear(&step->actual);
		if (mechanism->read(target, step, &failure) == 0)
			continue;
		value_clear(&step->actual);
		error_move(&step->why, &failure);
	}
}

static void observe(struct plan *plan, const struct setting *setting)
{
	const struct mechanism *mechanism = mechanism_of(setting->mechanism);
	if (plan_step(plan, setting) || !mechanism->read)
		return;
	struct step *step = ARRAY_ADD(plan->steps, plan->count);
	step->setting = setting;
	step->source = SOURCE_KERNEL;
	step->status = STATUS_SKIPPED;
}

void plan_observe(struct plan *plan)
{
	for (size_t i = 0; i < settings_count; i++)
		observe(plan, &settings[i]);
}
