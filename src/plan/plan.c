/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "host/host.h"
#include "plan/remedy.h"

const char *status_name(enum status status)
{
	static const char *const names[] = {
		[STATUS_PLANNED] = "planned", [STATUS_APPLIED] = "applied", [STATUS_SATISFIED] = "satisfied",
		[STATUS_ADOPTED] = "adopted", [STATUS_CLAMPED] = "clamped", [STATUS_DENIED] = "denied",
		[STATUS_SKIPPED] = "skipped", [STATUS_FAILED] = "failed",
	};
	return names[status];
}

struct step *plan_add(struct plan *plan, const struct context *context, const struct setting *setting,
		      char *path, struct value wanted, enum source source)
{
	struct step *step = ARRAY_ADD(plan->steps, plan->count);
	step->setting = setting;
	step->path = path;
	step->wanted = wanted;
	step->source = source;
	step->policy = profile_policy(context->profile, setting);
	step->status = STATUS_PLANNED;
	return step;
}

struct step *plan_step(const struct plan *plan, const struct setting *setting)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].setting == setting)
			return &plan->steps[i];
	return NULL;
}

struct step *plan_find(const struct plan *plan, enum setting_id id)
{
	return plan_step(plan, setting_of(id));
}

void step_deny(struct step *step, const struct context *context, int errnum, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	error_setv(&step->why, errnum, format, args);
	va_end(args);
	step->status = STATUS_DENIED;
	step->why.hint = remedy_text(step->setting, &step->wanted, context->host);
}

void step_deny_call(struct step *step, const struct context *context, const struct refused_call *call)
{
	error_set(&step->why, call->errnum,
		  "the system call filter that is already in force does not permit %s(2)%s%s", call->name,
		  call->failure ? ": " : "", call->failure ? call->failure : "");
	step->status = STATUS_DENIED;
	step->filtered = true;
	step->why.hint = remedy_of_calls_text(step->setting, context->host);
}

void step_clamp(struct step *step, struct value obtainable)
{
	if (step->policy != POLICY_PREFER || value_equal(&obtainable, &step->current)) {
		value_clear(&obtainable);
		return;
	}
	value_set(&step->partial, obtainable);
	step->status = STATUS_CLAMPED;
}

bool step_to_apply(const struct step *step)
{
	return step->status == STATUS_PLANNED ||
	       (step->status == STATUS_CLAMPED && step->partial.kind != VALUE_NONE);
}

const struct value *step_target(const struct step *step)
{
	return step->partial.kind == VALUE_NONE ? &step->wanted : &step->partial;
}

void plan_warn(struct plan *plan, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = xvasprintf(format, args);
	va_end(args);
	*ARRAY_ADD(plan->warnings, plan->warning_count) = text;
}

bool plan_refused(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->policy == POLICY_REQUIRE &&
		    (step->status == STATUS_DENIED || step->status == STATUS_FAILED))
			return true;
	}
	return false;
}

static void step_clear(struct step *step)
{
	free(step->path);
	free(step->reason);
	free(step->caveat);
	value_clear(&step->current);
	value_clear(&step->wanted);
	value_clear(&step->actual);
	value_clear(&step->lacking);
	value_clear(&step->partial);
	error_clear(&step->why);
}

void plan_clear(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		step_clear(&plan->steps[i]);
	for (size_t i = 0; i < plan->warning_count; i++)
		free(plan->warnings[i]);
	free(plan->steps);
	free(plan->warnings);
	free(plan->condition);
	*plan = (struct plan){0};
}
