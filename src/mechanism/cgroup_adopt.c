/* SPDX-License-Identifier: MIT */
/*
 * Manager adopt: our group is the router's, and another tool, such as a container engine, has set its limits.
 * Nothing is written; each requested limit is compared with the one in force. siplaunch adopts what the
 * setting's row permits (setting.adopt) and refuses the rest, with the option that makes the engine set it.
 */
#include "mechanism/cgroup_manager.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "host/host.h"
#include "settings/cgroup_file.h"

static void adopted(struct step *step, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void adopted(struct step *step, enum status status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *reason = xvasprintf(format, args);
	va_end(args);
	free(step->reason);
	step->reason = reason;
	value_set(&step->actual, value_copy(&step->current));
	step->status = status;
}

/* ---- memory.max ---- */

/* The requested memory, which may be more than the limit in force; the computed limit never is. A memory.high
 * of the profile requests less. */
static uint64_t asked_bytes(const struct context *context, const struct step *step)
{
	const struct profile *profile = context->profile;
	const struct size *memory = &profile->sizing.memory.size;
	uint64_t asked = memory->bytes;

	if (step->source != SOURCE_COMPUTED || memory->kind != SIZE_BYTES)
		return step->wanted.number[0];
	const struct requested *high = profile_requested(profile, SETTING_MEMORY_HIGH);
	bool given = high && !high->automatic && high->size.kind == SIZE_BYTES;
	return given && high->size.bytes < asked ? high->size.bytes : asked;
}

static void judge_max(const struct context *context, struct step *step)
{
	const struct host *host = context->host;
	uint64_t limit = host->memory.visible_limit, asked = asked_bytes(context, step);

	if (limit == UNLIMITED && step->wanted.number[0] == UNLIMITED) {
		step->status = STATUS_SATISFIED;
	} else if (limit == UNLIMITED) {
		step_deny(step, context, 0, "no memory limit is in force here, and none can be set: %s",
			  context->decision.manager_reason);
	} else if (asked != UNLIMITED && asked > limit) {
		value_set(&step->wanted, value_number(VALUE_BYTES, asked));
		value_set(&step->current, value_number(VALUE_BYTES, limit));
		adopted(step, STATUS_CLAMPED, "%s is less than requested: the router is sized for it",
			host->memory.visible_limit_source);
	} else {
		value_set(&step->current, value_number(VALUE_BYTES, limit));
		adopted(step, STATUS_ADOPTED,
			asked == limit ? "%s"
				       : "%s is more than requested: the router is sized for the request",
			host->memory.visible_limit_source);
	}
}

/* ---- the other limits ---- */

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
			  step->setting->name, context->decision.manager_reason);
		return;
	}
	cleanup_free char *current = value_kernel_text(&step->current, "max");
	step_deny(step, context, 0, "%s is %s here, and siplaunch may not change it: %s", step->setting->name,
		  current, context->decision.manager_reason);
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

/* A container ends with its first process, which is the parent of all others in both routers: that has the
 * same effect as memory.oom.group. */
static void judge_oom_group(const struct context *context, struct step *step)
{
	if (value_equal(&step->current, &step->wanted))
		step->status = STATUS_SATISFIED;
	else if (step->wanted.number[0] && context->host->runtime == RUNTIME_NONE)
		deny_looser(context, step);
	else
		adopted(step, STATUS_ADOPTED,
			step->wanted.number[0] ? "the container ends with its first process"
					       : "an OOM kill kills the whole group");
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

static bool is_no_limit(const struct step *step)
{
	return step->setting->adopt == ADOPT_CEILING && step->wanted.count &&
	       step->wanted.number[0] == UNLIMITED;
}

/* By the rule of the setting's row. If the profile requests no limit, no limit in force is too tight, even
 * one that cannot be read. */
static void judge_by_rule(const struct context *context, struct step *step)
{
	const char *tighter =
		step->setting->id == SETTING_MEMORY_HIGH ? "sized below it" : "tighter than requested";
	if (setting_adoptable(step->setting, &step->wanted, &step->current))
		adopted(step, STATUS_ADOPTED, "%s",
			step->setting->adopt == ADOPT_CEILING ? tighter : "not less than requested");
	else if (step->current.kind == VALUE_NONE && is_no_limit(step))
		step->status = STATUS_SATISFIED;
	else
		deny_looser(context, step);
}

static void judge_limit(const struct context *context, struct step *step)
{
	const char *text = host_group_value(context->host, step->setting->name);

	if (text && !setting_value_parse(step->setting, text, &step->current))
		step->current = (struct value){0}; /* malformed is not known */
	if (cgroup_value_holds(step, &step->current))
		step->status = STATUS_SATISFIED;
	else if (step->setting->id == SETTING_MEMORY_SWAP_MAX)
		judge_swap(context, step);
	else if (step->setting->id == SETTING_MEMORY_OOM_GROUP)
		judge_oom_group(context, step);
	else if (step->setting->id == SETTING_PIDS_MAX)
		judge_pids(context, step);
	else
		judge_by_rule(context, step);
}

static void judge_group(const struct context *context, struct step *step)
{
	const char *path = context->host->cgroup.path;
	bool join = step->setting->id == SETTING_GROUP_PROCS;

	value_set(&step->current, value_text(path ? path : "the container's own"));
	if (join)
		value_set(&step->wanted, value_copy(&step->current));
	adopted(step, join ? STATUS_SATISFIED : STATUS_ADOPTED, "%s",
		join ? "siplaunch is in it" : context->decision.manager_reason);
}

static void judge(const struct context *context, struct step *step)
{
	if (context->host->cgroup.to_be_made)
		return;
	if (step->setting->id == SETTING_GROUP || step->setting->id == SETTING_GROUP_PROCS)
		judge_group(context, step);
	else if (step->setting->id == SETTING_MEMORY_MAX)
		judge_max(context, step);
	else
		judge_limit(context, step);
}

/* Every step is decided: nothing is applied later. */
const struct group_manager group_manager_adopt = {
	.judge = judge,
};
