/* SPDX-License-Identifier: MIT */
/*
 * Manager adopt: the group that we are in is the router's, and its limits are somebody else's word. Nothing
 * is written; each limit is compared with what holds. Tighter than asked is taken as it is; looser is
 * refused, with what makes the container's engine set it, where the profile gave the number itself.
 */
#include "mechanism/cgroup_manager.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "host/host.h"

static void adopted(struct step *step, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void adopted(struct step *step, enum status status, const char *format, ...)
{
	va_list args;
	char *reason = NULL;
	va_start(args, format);
	int length = vasprintf(&reason, format, args);
	va_end(args);
	if (length >= 0) {
		free(step->reason);
		step->reason = reason;
	}
	value_set(&step->actual, value_copy(&step->current));
	step->status = status;
}

/* ---- memory.max ---- */

/* What was asked for, which may be more than there is: the computed limit never is. A memory.high of the
 * profile's own asks for less. */
static uint64_t asked_bytes(const struct context *context, const struct step *step)
{
	const struct profile *profile = context->profile;
	const struct size *memory = &profile->sizing.memory.size;
	uint64_t asked = memory->bytes;

	if (step->source != SOURCE_COMPUTED || memory->kind != SIZE_BYTES)
		return step->wanted.number[0];
	for (size_t i = 0; i < profile->unified_count; i++) {
		const struct wish *wish = &profile->unified[i];
		if (!wish->automatic && strcmp(wish->setting->name, "memory.high") == 0 &&
		    wish->size.kind == SIZE_BYTES && wish->size.bytes < asked)
			asked = wish->size.bytes;
	}
	return asked;
}

static void judge_max(const struct context *context, struct step *step)
{
	const struct host *host = context->host;
	uint64_t limit = host->memory.visible_limit, asked = asked_bytes(context, step);

	if (limit == UNLIMITED && step->wanted.number[0] == UNLIMITED) {
		step->status = STATUS_SATISFIED;
	} else if (limit == UNLIMITED) {
		step_deny(step, context, 0, "no memory limit is in force here, and none can be set: %s",
			  context->manager_reason);
	} else if (asked != UNLIMITED && asked > limit) {
		value_set(&step->wanted, value_number(VALUE_BYTES, asked));
		value_set(&step->current, value_number(VALUE_BYTES, limit));
		adopted(step, STATUS_CLAMPED, "%s is less than was asked for: sized for it",
			host->memory.visible_limit_source);
	} else {
		value_set(&step->current, value_number(VALUE_BYTES, limit));
		adopted(step, STATUS_ADOPTED,
			asked == limit ? "%s" : "%s is more; the router is sized for its part",
			host->memory.visible_limit_source);
	}
}

/* ---- the others ---- */

static uint64_t smallest_swap(const struct host *host)
{
	uint64_t smallest = UNLIMITED;
	for (size_t i = 0; i < host->ancestor_count; i++)
		if (host->ancestors[i].swap_max < smallest)
			smallest = host->ancestors[i].swap_max;
	return smallest;
}

static void deny_looser(const struct context *context, struct step *step)
{
	if (step->current.kind == VALUE_NONE) {
		step_deny(step, context, 0, "%s cannot be read here, and siplaunch may not set it: %s",
			  step->setting->name, context->manager_reason);
		return;
	}
	cleanup_free char *current = value_kernel_text(&step->current, "max");
	step_deny(step, context, 0, "%s is %s here, and siplaunch may not change it: %s", step->setting->name,
		  current, context->manager_reason);
}

static void judge_swap(const struct context *context, struct step *step)
{
	const struct host *host = context->host;
	if (smallest_swap(host) <= step->wanted.number[0])
		step->status = STATUS_SATISFIED;
	else if (host->memory.total_bytes && !host->memory.swap_total_bytes)
		adopted(step, STATUS_SATISFIED, "this machine has no swap");
	else
		deny_looser(context, step);
}

/* A container ends with its first process, which both routers are the parent of all others of: what oom.group
 * is wanted for happens anyway. */
static void judge_oom_group(const struct context *context, struct step *step)
{
	if (value_equal(&step->current, &step->wanted))
		step->status = STATUS_SATISFIED;
	else if (step->wanted.number[0] && context->host->runtime == RUNTIME_NONE)
		deny_looser(context, step);
	else
		adopted(step, STATUS_ADOPTED,
			step->wanted.number[0] ? "the container ends with its first process"
					       : "an OOM kill takes all of the group");
}

static void judge_pids(const struct context *context, struct step *step)
{
	bool known = step->current.kind != VALUE_NONE;
	cleanup_free char *what = NULL;
	if (known && cgroup_pids_too_few(context, step->current.number[0], &what))
		step_deny(step, context, 0,
			  "pids.max is %" PRIu64 " here, less than the %s that the router starts",
			  step->current.number[0], what);
	else if (known &&
		 (step->source == SOURCE_COMPUTED || step->current.number[0] <= step->wanted.number[0]))
		adopted(step, STATUS_ADOPTED, "enough for the router");
	else
		deny_looser(context, step);
}

/* memory.high: less than was asked for is what the router is sized below, as any limit (visible_limit). */
static void judge_ceiling(const struct context *context, struct step *step)
{
	uint64_t wanted = step->wanted.number[0];
	if (step->current.kind == VALUE_NONE && wanted == UNLIMITED)
		step->status = STATUS_SATISFIED;
	else if (step->current.kind != VALUE_NONE && step->current.number[0] <= wanted)
		adopted(step, STATUS_ADOPTED, "sized below it");
	else
		deny_looser(context, step);
}

/* memory.low and memory.min: protection from neighbours, of which more is better. */
static void judge_protection(const struct context *context, struct step *step)
{
	if (step->current.kind != VALUE_NONE && step->current.number[0] >= step->wanted.number[0])
		adopted(step, STATUS_ADOPTED, "no less than was asked for");
	else
		deny_looser(context, step);
}

static const struct {
	const char *name;
	void (*judge)(const struct context *context, struct step *step);
} rules[] = {
	{"memory.swap.max", judge_swap},  {"memory.oom.group", judge_oom_group},
	{"pids.max", judge_pids},         {"memory.high", judge_ceiling},
	{"memory.low", judge_protection}, {"memory.min", judge_protection},
};

static void judge_limit(const struct context *context, struct step *step)
{
	const char *name = step->setting->name;
	const char *text = host_group_value(context->host, name);

	if (text && !setting_value_parse(step->setting, text, &step->current))
		step->current = (struct value){0}; /* malformed is not known */
	bool holds = cgroup_value_holds(step, &step->current);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (strcmp(rules[i].name, name) == 0 && !holds) {
			rules[i].judge(context, step);
			return;
		}
	if (holds)
		step->status = STATUS_SATISFIED;
	else
		deny_looser(context, step);
}

static void judge_group(const struct context *context, struct step *step)
{
	const char *path = context->host->cgroup.path;
	bool join = cgroup_step_is(step, "cgroup.procs");

	value_set(&step->current, value_text(path ? path : "the container's own"));
	if (join)
		value_set(&step->wanted, value_copy(&step->current));
	adopted(step, join ? STATUS_SATISFIED : STATUS_ADOPTED, "%s",
		join ? "we are in it" : context->manager_reason);
}

static void judge(const struct context *context, struct step *step)
{
	if (cgroup_step_is(step, "group") || cgroup_step_is(step, "cgroup.procs"))
		judge_group(context, step);
	else if (strcmp(step->setting->name, "memory.max") == 0)
		judge_max(context, step);
	else
		judge_limit(context, step);
}

/* No step is left to be applied. */
const struct group_manager group_manager_adopt = {
	.judge = judge,
};
