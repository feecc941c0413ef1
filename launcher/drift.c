/* SPDX-License-Identifier: MIT */
/* What a profile wants, against what the router has. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "format.h"
#include "inspection.h"

#define CPUS_MAX 8192 /* the greatest CONFIG_NR_CPUS */

static bool is(const struct step *step, const char *mechanism, const char *name)
{
	return strcmp(step->setting->mechanism, mechanism) == 0 && strcmp(step->setting->name, name) == 0;
}

/* "0-3,6" as a set. False for what is no such list. */
static bool parse_list(const char *text, bool set[CPUS_MAX])
{
	memset(set, 0, CPUS_MAX * sizeof *set);
	while (*text) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;
		if (end == text)
			return false;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last < first || last >= CPUS_MAX || (*end && *end != ','))
			return false;
		for (; first <= last; first++)
			set[first] = true;
		text = end + (*end == ',');
	}
	return true;
}

static bool same_list(const char *a, const char *b)
{
	cleanup_free bool *sets = xcalloc(2, CPUS_MAX * sizeof *sets);
	return parse_list(a, sets) && parse_list(b, sets + CPUS_MAX) &&
	       memcmp(sets, sets + CPUS_MAX, CPUS_MAX) == 0;
}

/* The kernel completes such a line: "max" reads back as "max 100000", one limit of a device as all four. */
static bool has_every_word(const char *actual, const char *wanted)
{
	cleanup_free char *copy = xstrdup(wanted);
	char *rest = NULL;
	for (char *word = strtok_r(copy, " \t\n", &rest); word; word = strtok_r(NULL, " \t\n", &rest)) {
		size_t length = strlen(word);
		const char *at = actual;
		while ((at = strstr(at, word))) {
			bool starts = at == actual || strchr(" \t\n", at[-1]);
			if (starts && (!at[length] || strchr(" \t\n", at[length])))
				break;
			at++;
		}
		if (!at)
			return false;
	}
	return true;
}

static bool same_cgroup_text(const struct step *step, const char *actual)
{
	if (strncmp(step->setting->name, "cpuset.", strlen("cpuset.")) == 0)
		return same_list(actual, step->wanted.text);
	return has_every_word(actual, step->wanted.text);
}

/*
 * The profile's path is relative to where siplaunch could make groups when it launched; where that was cannot
 * be told from the result, so that the path's end is what has to agree.
 */
static bool same_group(const struct inspection *inspection, const struct step *step, const char *actual)
{
	const char *path = inspection->session.profile.cgroup.path;
	if (strcmp(actual, step->wanted.text) == 0)
		return true;
	size_t length = strlen(actual), end = path ? strlen(path) : 0;
	return path && length > end && strcmp(actual + length - end, path) == 0 &&
	       actual[length - end - 1] == '/';
}

/* Planning has judged what is there: a mode that the profile does not name, or a directory of the place's own
 * that the router can use, is no drift. */
static bool directory_agrees(const struct step *step, const struct value *actual)
{
	return step->status == STATUS_SATISFIED || step->status == STATUS_ADOPTED ||
	       value_equal(actual, &step->wanted);
}

static bool agrees(const struct inspection *inspection, const struct step *step, const struct value *actual)
{
	if (is(step, "directories", step->setting->name))
		return directory_agrees(step, actual);
	if (actual->kind == VALUE_TEXT && step->wanted.kind == VALUE_TEXT &&
	    strcmp(step->setting->mechanism, "cgroup") == 0)
		return is(step, "cgroup", "group") || is(step, "cgroup", "cgroup.procs")
			       ? same_group(inspection, step, actual->text)
			       : same_cgroup_text(step, actual->text);
	if (strcmp(step->setting->mechanism, "sysctl") != 0 || step->source != SOURCE_COMPUTED ||
	    actual->count != step->wanted.count)
		return value_equal(actual, &step->wanted);
	for (unsigned i = 0; i < actual->count; i++) /* "auto": at least what is needed */
		if (actual->number[i] < step->wanted.number[i])
			return false;
	return true;
}

/* A kernel without swap has no memory.swap.max, and no swap is what was asked for. */
static bool no_swap_anyway(const struct inspection *inspection, const struct step *step)
{
	return is(step, "cgroup", "memory.swap.max") && step->why.errnum == ENOENT &&
	       step->wanted.number[0] == 0 && inspection->session.host.memory.swap_total_bytes == 0;
}

static char *explain(const struct step *step, pid_t pid, const struct value *actual)
{
	cleanup_free char *wanted = format_value(&step->wanted, true);
	cleanup_free char *found = format_value(actual, true);
	cleanup_free char *process = pid ? xasprintf(" of process %d", (int)pid) : xstrdup("");
	bool minimum = strcmp(step->setting->mechanism, "sysctl") == 0 && step->source == SOURCE_COMPUTED;
	return xasprintf("%s%s is %s, the profile wants %s%s (%s)", step->setting->name, process, found,
			 minimum ? "at least " : "", wanted, source_name(step->source));
}

static void add_drift(struct inspection *inspection, const struct step *step, pid_t pid,
		      const struct value *actual)
{
	struct drift *drift = ARRAY_ADD(inspection->drifts, inspection->drift_count);
	*drift = (struct drift){step, pid, value_copy(actual), explain(step, pid, actual)};
}

static void add_unknown(struct inspection *inspection, const struct step *step)
{
	cleanup_free char *why = error_text(&step->why);
	struct drift *unknown = ARRAY_ADD(inspection->unknown, inspection->unknown_count);
	*unknown = (struct drift){
		.step = step,
		.text = xasprintf("%s cannot be compared: %s", step->setting->name, why),
	};
}

/* oom_score_adj is each process's own: a child can have another one than the process that was launched. */
static void compare_scores(struct inspection *inspection, const struct step *step)
{
	const struct processes *processes = &inspection->processes;
	if (inspection->strangers)
		return;
	for (size_t i = 0; i < processes->count; i++) {
		const struct process_stats *process = &processes->items[i];
		if (process->pid == inspection->pid || process->state == 'Z' ||
		    process->oom_score_adj.kind == VALUE_NONE)
			continue;
		if (!value_equal(&process->oom_score_adj, &step->wanted))
			add_drift(inspection, step, process->pid, &process->oom_score_adj);
	}
}

static void compare_step(struct inspection *inspection, const struct step *step)
{
	if (step->wanted.kind == VALUE_NONE || step->policy == POLICY_SKIP)
		return;
	if (is(step, "cgroup", "cgroup.procs"))
		return; /* the same path as "group", which says it */
	if (step->actual.kind == VALUE_NONE) {
		if (!no_swap_anyway(inspection, step))
			add_unknown(inspection, step);
		return;
	}
	bool per_process = strcmp(step->setting->mechanism, "cgroup") != 0;
	if (!agrees(inspection, step, &step->actual))
		add_drift(inspection, step, per_process ? inspection->pid : 0, &step->actual);
	if (is(step, "oom", "oom_score_adj"))
		compare_scores(inspection, step);
}

void inspection_compare(struct inspection *inspection)
{
	for (size_t i = 0; i < inspection->session.plan.count; i++)
		compare_step(inspection, &inspection->session.plan.steps[i]);
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
