/* SPDX-License-Identifier: MIT */
/* Compares the profile's requested values with the values in force. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "inspect/inspection.h"
#include "settings/cgroup_file.h"
#include "sizing/excess.h"
#include "text/format.h"

#define STARTING_HUNDREDTHS 100

/*
 * The profile's path is relative to the base at the launch; systemd expresses it in unit names; and a router
 * that is launched in a service stays in the service's group.
 */
static bool same_group(const struct inspection *inspection, const struct step *step, const char *actual)
{
	const char *path = inspection->session.profile.cgroup.path;
	return strcmp(actual, step->wanted.text) == 0 || cgroup_is_services(actual) ||
	       (path && cgroup_path_fits(path, actual));
}

/* The plan checked the existing directory. A mode that the profile does not give, or a directory that the
 * router can use as it is, is no drift. */
static bool directory_agrees(const struct step *step, const struct value *actual)
{
	return step->status == STATUS_SATISFIED || step->status == STATUS_ADOPTED ||
	       value_equal(actual, &step->wanted);
}

static bool agrees(const struct inspection *inspection, const struct step *step, const struct value *actual)
{
	if (step->setting->mechanism == MECHANISM_DIRECTORIES)
		return directory_agrees(step, actual);
	if (actual->kind == VALUE_TEXT && step->wanted.kind == VALUE_TEXT &&
	    step->setting->mechanism == MECHANISM_CGROUP)
		return step->setting->id == SETTING_GROUP || step->setting->id == SETTING_GROUP_PROCS
			       ? same_group(inspection, step, actual->text)
			       : cgroup_text_holds(step->setting, step->wanted.text, actual->text);
	if (step->setting->mechanism != MECHANISM_SYSCTL || step->source != SOURCE_COMPUTED ||
	    actual->count != step->wanted.count)
		return value_equal(actual, &step->wanted);
	for (unsigned i = 0; i < actual->count; i++) /* "auto": at least the need */
		if (actual->number[i] < step->wanted.number[i])
			return false;
	return true;
}

/* A kernel without swap has no memory.swap.max, and the profile requests no swap. */
static bool no_swap_anyway(const struct inspection *inspection, const struct step *step)
{
	return step->setting->id == SETTING_MEMORY_SWAP_MAX && step->why.errnum == ENOENT &&
	       step->wanted.number[0] == 0 && inspection->session.host.memory.swap_total_bytes == 0;
}

static char *explain(const struct step *step, pid_t pid, const struct value *actual)
{
	cleanup_free char *wanted = format_value(&step->wanted, true);
	cleanup_free char *found = format_value(actual, true);
	cleanup_free char *process = pid ? xasprintf(" of process %d", (int)pid) : xstrdup("");
	bool minimum = step->setting->mechanism == MECHANISM_SYSCTL && step->source == SOURCE_COMPUTED;
	return xasprintf("%s%s is %s, the profile requests %s%s (%s)", step->setting->name, process, found,
			 minimum ? "at least " : "", wanted, source_name(step->source));
}

static struct drift *add(struct drifts *drifts, const struct step *step, const struct value *actual)
{
	struct drift *drift = ARRAY_ADD(drifts->items, drifts->count);
	drift->step = step;
	drift->mechanism = mechanism_name(step->setting->mechanism);
	drift->name = step->setting->name;
	drift->wanted = value_copy(&step->wanted);
	drift->actual = value_copy(actual);
	return drift;
}

static void add_drift(struct inspection *inspection, const struct step *step, pid_t pid,
		      const struct value *actual)
{
	struct drift *drift = add(&inspection->drifts, step, actual);
	drift->pid = pid;
	drift->text = explain(step, pid, actual);
}

static void add_unknown(struct inspection *inspection, const struct step *step, const char *why)
{
	static const struct value not_known;
	struct drift *unknown = add(&inspection->unknown, step, &not_known);
	unknown->text = xasprintf("%s cannot be compared: %s", step->setting->name, why);
}

static void add_not_permitted(struct inspection *inspection, const struct step *step)
{
	struct drift *item = add(&inspection->not_permitted, step, &step->actual);
	cleanup_free char *difference = explain(step, 0, &step->actual);
	cleanup_free char *why = error_text(&step->why);
	item->text = xasprintf("%s, which its policy only prefers: %s", difference, why);
}

/* oom_score_adj is per process: a child can have another value than the launched process. */
static void compare_scores(struct inspection *inspection, const struct step *step)
{
	const struct processes *processes = &inspection->processes;
	for (size_t i = 0; i < processes->count; i++) {
		const struct process_stats *process = &processes->items[i];
		bool own = inspection->own && inspection->own[i];
		if (!own || process->pid == inspection->pid || process->oom_score_adj.kind == VALUE_NONE)
			continue;
		if (!value_equal(&process->oom_score_adj, &step->wanted))
			add_drift(inspection, step, process->pid, &process->oom_score_adj);
	}
}

/* In an adopted group the plan already compared each limit with the value in force. */
static bool is_adopted(const struct inspection *inspection, const struct step *step)
{
	const struct context *context = &inspection->session.context;
	bool judged = step->status == STATUS_ADOPTED || step->status == STATUS_CLAMPED ||
		      step->status == STATUS_SATISFIED;
	return judged && context->decision.manager == MANAGER_ADOPT && !context->decision.manager_refused &&
	       step->setting->mechanism == MECHANISM_CGROUP;
}

/* The sizes depend on the number of processes, which is not known if the configuration cannot be read. */
static bool follows_from_config(const struct inspection *inspection, const struct step *step)
{
	const struct context *context = &inspection->session.context;
	return context->decision.sized && context->decision.budget.processes_source == SOURCE_DEFAULT &&
	       inspection->session.estimate.unread && step->source == SOURCE_COMPUTED &&
	       (step->setting->mechanism == MECHANISM_ARGUMENTS ||
		step->setting->mechanism == MECHANISM_SYSCTL || step->setting->id == SETTING_PIDS_MAX);
}

static bool is_merely_preferred(const struct step *step)
{
	bool short_of = step->status == STATUS_DENIED || step->partial.kind != VALUE_NONE;
	return short_of && step->policy == POLICY_PREFER;
}

static void compare_known(struct inspection *inspection, const struct step *step)
{
	bool per_process = step->setting->mechanism != MECHANISM_CGROUP;

	if (agrees(inspection, step, &step->actual))
		return;
	if (is_merely_preferred(step))
		add_not_permitted(inspection, step);
	else if (follows_from_config(inspection, step))
		add_unknown(inspection, step, inspection->session.estimate.unread);
	else
		add_drift(inspection, step, per_process ? inspection->pid : 0, &step->actual);
}

static void compare_step(struct inspection *inspection, const struct step *step)
{
	if (step->wanted.kind == VALUE_NONE || step->policy == POLICY_SKIP || is_adopted(inspection, step))
		return;
	if (step->setting->id == SETTING_GROUP_PROCS)
		return; /* the same path as "group", which reports it */
	if (step->actual.kind != VALUE_NONE) {
		compare_known(inspection, step);
	} else if (!no_swap_anyway(inspection, step)) {
		cleanup_free char *why = error_text(&step->why);
		add_unknown(inspection, step, why);
	}
	if (step->setting->id == SETTING_OOM_SCORE_ADJ && !is_merely_preferred(step))
		compare_scores(inspection, step);
}

/* ---- the number of processes ---- */

static uint64_t pool_mib(const struct inspection *inspection, enum setting_id id, uint64_t budgeted)
{
	const struct step *step = plan_find((struct plan *)&inspection->session.plan, id);
	return step && step->actual.kind == VALUE_MIB ? step->actual.number[0] : budgeted;
}

/* If the configuration cannot be read, the number of processes for which the router was sized is not
 * known. */
static bool sizes_are_unknown(const struct inspection *inspection)
{
	for (size_t i = 0; i < inspection->unknown.count; i++)
		if (inspection->unknown.items[i].step->setting->mechanism == MECHANISM_ARGUMENTS)
			return true;
	return false;
}

/* A router forks one process after the other: if its newest is this young, others may follow. */
static bool may_be_starting(const struct inspection *inspection)
{
	for (size_t i = 0; i < inspection->processes.count; i++) {
		uint64_t hundredths;
		if (inspection->own[i] &&
		    process_uptime(inspection->target.proc, &inspection->processes.items[i], &hundredths) &&
		    hundredths < STARTING_HUNDREDTHS)
			return true;
	}
	return false;
}

static char *processes_hint(const struct inspection *inspection, const struct excess *excess)
{
	char *set = excess_hint(excess);
	if (!may_be_starting(inspection))
		return set;
	cleanup_free char *settled = set;
	return xasprintf(
		"%s; but one of them started less than a second ago, and more may follow: inspect the router "
		"again first",
		settled);
}

static void compare_processes(struct inspection *inspection)
{
	const struct context *context = &inspection->session.context;
	const struct budget *budget = &context->decision.budget;
	struct excess excess;

	if (!context->decision.sized || inspection->own_count <= budget->processes ||
	    sizes_are_unknown(inspection))
		return;
	uint64_t count = running_count_staying(inspection->target.proc, inspection->pid);
	if (!excess_find(&context->decision.request, count,
			 pool_mib(inspection, SETTING_SHARED_POOL, budget->shared_mib),
			 pool_mib(inspection, SETTING_PRIVATE_POOL, budget->private_mib), &excess))
		return;
	struct drift *drift = ARRAY_ADD(inspection->drifts.items, inspection->drifts.count);
	drift->mechanism = "sizing";
	drift->name = "processes";
	drift->wanted = value_number(VALUE_COUNT, budget->processes);
	drift->actual = value_number(VALUE_COUNT, count);
	drift->text = excess_text(&excess);
	drift->hint = processes_hint(inspection, &excess);
}

void inspection_compare(struct inspection *inspection)
{
	for (size_t i = 0; i < inspection->session.plan.count; i++)
		compare_step(inspection, &inspection->session.plan.steps[i]);
	compare_processes(inspection);
}

char *inspection_sysv_text(const struct inspection *inspection)
{
	const struct sysv_stats *sysv = &inspection->sysv;
	const char *subject = "kernel.sem, kernel.shm* and kernel.msg* do not limit this router";

	if (inspection->no_sysv.message) {
		cleanup_free char *why = error_text(&inspection->no_sysv);
		return xasprintf("whether there are any System V objects is not known: %s", why);
	}
	if (sysv_unused(sysv))
		return xasprintf(
			"%s: it uses none (its IPC namespace has no System V segment, array or queue)",
			subject);
	cleanup_free char *segment_bytes = format_bytes(sysv->segment_bytes);
	cleanup_free char *queue_bytes = format_bytes(sysv->queue_bytes);
	return xasprintf(
		"%llu segments (%s), %llu semaphore arrays (%llu semaphores), %llu message queues (%s)%s",
		(unsigned long long)sysv->segments, segment_bytes, (unsigned long long)sysv->arrays,
		(unsigned long long)sysv->semaphores, (unsigned long long)sysv->queues, queue_bytes,
		inspection->session.host.initial_ipc_namespace
			? "; the namespace is the machine's, so that they may be other programs'"
			: "");
}
