/* SPDX-License-Identifier: MIT */
#include "observation/inspect.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "inspect/inspection.h"
#include "output/pieces.h"
#include "router/router.h"
#include "text/format.h"

#define LABEL_COLUMNS 25

static void print_row(FILE *out, const char *label, const char *text, const struct style *style)
{
	fprintf(out, "  %-*s ", LABEL_COLUMNS, label);
	output_column(out, text, LABEL_COLUMNS + 3, style);
}

/* ---- who it is ---- */

/* "16 in its group, 14 of them its own": the rest are programs that it executed, or strangers. */
static char *count_text(const struct inspection *inspection)
{
	size_t all = inspection->processes.count, own = inspection->own_count;
	const char *where = inspection->by_group ? "in its group" : "with its descendants";
	cleanup_free char *strangers =
		inspection->strangers
			? xasprintf(", %zu of them not children of the router", inspection->strangers)
			: xstrdup("");
	if (own == 0 || own == all)
		return xasprintf("%zu %s%s", all, where, strangers);
	return xasprintf("%zu %s, %zu of them its own%s", all, where, own, strangers);
}

static char *processes_text(const struct inspection *inspection)
{
	if (!inspection->pid && inspection->outside)
		return xasprintf("%s the group, but %zu outside it", inspection_nobody(inspection),
				 inspection->outside);
	if (!inspection->pid)
		return xstrdup("no process lives in the group");
	cleanup_free char *given =
		inspection->given && inspection->given != inspection->pid
			? xasprintf(" (main process; %d was given)", (int)inspection->given)
			: xstrdup("");
	cleanup_free char *count = count_text(inspection);
	return xasprintf("%d%s; %s", (int)inspection->pid, given, count);
}

static char *group_text(const struct inspection *inspection)
{
	if (!inspection->group)
		return xstrdup("not known: /proc shows no cgroup v2 group");
	if (!inspection->has_group)
		return xasprintf("%s (no group of its own: nothing limits it there)", inspection->group);
	return xasprintf("%s%s", inspection->group,
			 inspection->has_memory ? "" : " (without the memory controller)");
}

static const char *seccomp_name(unsigned mode)
{
	static const char *const names[] = {"none", "strict", "a filter"};
	return mode < ARRAY_SIZE(names) ? names[mode] : "not known";
}

/* A text if the configuration's number of processes differs from the running ones; NULL: it does not. Caller
 * frees. */
static char *counted_text(const struct inspection *inspection)
{
	const struct estimate *estimate = &inspection->session.estimate;
	size_t own = inspection->own_count;

	if (!estimate->from_config || !own || own == estimate->processes)
		return NULL;
	if (inspection->compared && own > estimate->processes)
		return NULL; /* the drift reports it */
	cleanup_free char *run = own == 1 ? xstrdup("1 process runs") : xasprintf("%zu processes run", own);
	if (estimate->exact && own >= estimate_from(estimate) && own < estimate->processes)
		return xasprintf("%s, its configuration makes %" PRIu64 " to %" PRIu64
				 ": more start under load",
				 run, estimate_from(estimate), estimate->processes);
	return xasprintf("%s, its configuration makes %" PRIu64 "%s: %s", run, estimate->processes,
			 estimate->exact ? "" : " by estimate",
			 own > estimate->processes
				 ? "a plan would count too few; set sizing.processes"
				 : "a plan would keep private pools for processes that do not run");
}

static void print_facts(FILE *out, const struct inspection *inspection, const struct style *style)
{
	cleanup_free char *processes = processes_text(inspection);
	cleanup_free char *group = group_text(inspection);

	output_fact(out, "process", processes, style);
	output_fact(out, "group", group, style);
	if (!inspection->pid)
		return;
	cleanup_free char *counted = counted_text(inspection);
	if (counted)
		output_fact(out, "counted", counted, style);
	cleanup_free char *command = format_command(inspection->argv);
	output_fact(out, "command", command, style);
	output_fact(out, "router", inspection->session.router->name, style);
	output_fact(out, "seccomp", seccomp_name(inspection->session.host.seccomp_mode), style);
	if (inspection->compared)
		output_fact(out, "profile", inspection->session.profile.name, style);
}

/* ---- memory ---- */

/* "low 0, high 0, max 12, …" of the rows of one file. */
static char *events_text(const struct group_stats *stats, const char *file)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < GROUP_NUMBER_COUNT; i++) {
		if (!group_numbers[i].key || strcmp(group_numbers[i].file, file) != 0)
			continue;
		cleanup_free char *number = format_value(&stats->numbers[i], false);
		text_append(&text, ", ", "%s %s", group_numbers[i].key, number);
	}
	return text;
}

static void print_group(FILE *out, const struct inspection *inspection, const struct style *style)
{
	const struct group_stats *stats = &inspection->stats;

	if (!inspection->has_group)
		return;
	output_heading(out, "use of the group", style);
	for (size_t i = 0; i < GROUP_NUMBER_COUNT; i++) {
		if (group_numbers[i].key)
			continue;
		cleanup_free char *text = format_value(&stats->numbers[i], true);
		bool known = stats->numbers[i].kind != VALUE_NONE;
		print_row(out, group_numbers[i].file, known ? text : "not known", style);
	}
	if (!inspection->has_memory)
		return;
	cleanup_free char *events = events_text(stats, "memory.events");
	cleanup_free char *terms = events_text(stats, "memory.stat");
	print_row(out, "memory.events", events, style);
	print_row(out, "memory.stat", terms, style);
}

static char *per_process_text(const struct measurement *m)
{
	cleanup_free char *each = format_bytes(m->per_process_bytes);
	cleanup_free char *own = format_bytes(m->own_bytes), *kernel = format_bytes(m->kernel_bytes);
	return xasprintf("%s = (%s of own anonymous pages + %s of kernel memory) / %" PRIu64 " process%s",
			 each, own, kernel, m->processes, m->processes == 1 ? "" : "es");
}

static char *base_text(const struct measurement *m)
{
	cleanup_free char *base = format_bytes(m->base_bytes), *heap = format_bytes(m->start_heap_bytes);
	cleanup_free char *file = format_bytes(m->file_bytes), *other = format_bytes(m->other_shared_bytes);
	return xasprintf(
		"%s = %s of heap from before the forks + %s of mapped files + %s of other shared memory",
		base, heap, file, other);
}

static void print_measurement(FILE *out, const struct inspection *inspection, const struct style *style)
{
	const struct measurement *m = &inspection->measurement;

	output_heading(out, "measured outside the pools, now", style);
	if (inspection->unmeasured.message) {
		cleanup_free char *why = error_text(&inspection->unmeasured);
		cleanup_free char *text = xasprintf("not known: %s", why);
		output_sentence(out, text, style);
		return;
	}
	cleanup_free char *per_process = per_process_text(m), *base = base_text(m);
	cleanup_free char *shared = format_bytes(m->shared_used_bytes),
			  *pools = format_bytes(m->private_used_bytes);
	cleanup_free char *used = xasprintf("%s of the shared pool, %s of all private pools", shared, pools);
	print_row(out, "p, of each process", per_process, style);
	print_row(out, "B, of all together", base, style);
	print_row(out, "touched", used, style);
	output_sentence(
		out, "This is one sample: under load and after weeks these values are larger. For a profile:",
		style);
	fprintf(out, "    \"sizing\": { \"perProcess\": \"%" PRIu64 "KiB\", \"base\": \"%" PRIu64 "KiB\" }\n",
		m->per_process_bytes / KIB, m->base_bytes / KIB);
}

/* ---- settings ---- */

static bool has_drift(const struct inspection *inspection, const struct step *step)
{
	for (size_t i = 0; i < inspection->drifts.count; i++)
		if (inspection->drifts.items[i].step == step)
			return true;
	return false;
}

/* True for a setting without information: a limit of "max", a file that this kernel lacks. */
static bool is_dull(const struct step *step, const struct router *router)
{
	if (step->wanted.kind != VALUE_NONE)
		return false;
	if (step->setting->mechanism == MECHANISM_ARGUMENTS)
		return !router->sizes_by_arguments;
	if (step->actual.kind == VALUE_NONE)
		return step->why.errnum == ENOENT || step->setting->mechanism == MECHANISM_CGROUP;
	if (step->actual.kind == VALUE_TEXT)
		return !*step->actual.text;
	for (unsigned i = 0; i < step->actual.count; i++)
		if (step->actual.number[i] != UNLIMITED)
			return false;
	return step->actual.count > 0;
}

static char *setting_text(const struct inspection *inspection, const struct step *step)
{
	if (step->actual.kind == VALUE_NONE) {
		if (step->why.errnum == EACCES || step->why.errnum == EPERM)
			return xstrdup("not known: permission denied");
		cleanup_free char *why = error_text(&step->why);
		return xasprintf("not known: %s", why);
	}
	cleanup_free char *text = format_value(&step->actual, true);
	if (!has_drift(inspection, step))
		return xasprintf(step->caveat ? "%s (%s)" : "%s", text, step->caveat);
	cleanup_free char *wanted = format_value(&step->wanted, true);
	return xasprintf("%s  <- drift: requested %s", text, wanted);
}

static void print_setting(FILE *out, const struct inspection *inspection, const struct step *step,
			  const struct style *style)
{
	cleanup_free char *text = setting_text(inspection, step);
	fputs(style_paint(style, has_drift(inspection, step) ? PAINT_RED : PAINT_RESET), out);
	print_row(out, step->setting->name, text, style);
	fputs(style_paint(style, PAINT_RESET), out);
}

static bool is_shown(const struct inspection *inspection, const struct step *step, bool verbose)
{
	if (is_dull(step, inspection->session.router) && !verbose)
		return false;
	return inspection->pid || step->setting->mechanism == MECHANISM_CGROUP;
}

/* In the table's order; several directories are steps of one setting. */
static void print_settings(FILE *out, const struct inspection *inspection, const struct style *style,
			   bool verbose)
{
	const struct plan *plan = &inspection->session.plan;
	enum mechanism_id mechanism = MECHANISM_COUNT;

	for (size_t i = 0; i < settings_count; i++) {
		for (size_t j = 0; j < plan->count; j++) {
			const struct step *step = &plan->steps[j];
			if (step->setting != &settings[i] || !is_shown(inspection, step, verbose))
				continue;
			if (mechanism != settings[i].mechanism)
				output_heading(out, mechanism_name(settings[i].mechanism), style);
			mechanism = settings[i].mechanism;
			print_setting(out, inspection, step, style);
		}
	}
}

/* ---- processes, System V, drift ---- */

static void print_processes(FILE *out, const struct inspection *inspection, const struct style *style)
{
	if (!inspection->processes.count)
		return;
	output_heading(out, "processes", style);
	fputs("      pid  oom_score  oom_score_adj  name\n", out);
	for (size_t i = 0; i < inspection->processes.count; i++) {
		const struct process_stats *process = &inspection->processes.items[i];
		cleanup_free char *score = format_value(&process->oom_score, false);
		cleanup_free char *adjustment = format_value(&process->oom_score_adj, false);
		cleanup_free char *name = format_printable(process->comm);
		fprintf(out, "  %7d  %9s  %13s  %s%s\n", (int)process->pid, score, adjustment, name,
			process->state == 'Z' ? " (zombie)" : "");
	}
}

static void print_drifts(FILE *out, const struct drifts *drifts, enum paint paint, const struct style *style)
{
	for (size_t i = 0; i < drifts->count; i++) {
		const struct drift *drift = &drifts->items[i];
		cleanup_free char *text =
			drift->hint ? xasprintf("%s; %s", drift->text, drift->hint) : xstrdup(drift->text);
		fprintf(out, "  %s-%s ", style_paint(style, paint), style_paint(style, PAINT_RESET));
		output_wrapped(out, text, 4, style);
	}
}

static void print_verdict(FILE *out, const struct inspection *inspection, const struct style *style)
{
	if (!inspection->compared)
		return;
	if (inspection->not_permitted.count) {
		output_heading(out, "preferred, and not permitted here", style);
		print_drifts(out, &inspection->not_permitted, PAINT_YELLOW, style);
	}
	output_heading(out, "drift from the profile", style);
	print_drifts(out, &inspection->drifts, PAINT_RED, style);
	print_drifts(out, &inspection->unknown, PAINT_YELLOW, style);
	if (!inspection->drifts.count && !inspection->unknown.count)
		fprintf(out, "  %snone%s\n", style_paint(style, PAINT_GREEN),
			style_paint(style, PAINT_RESET));
}

void report_inspect(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose)
{
	print_facts(out, inspection, style);
	if (inspection->sampled)
		report_sample(out, inspection, style, verbose);
	print_group(out, inspection, style);
	if (inspection->pid)
		print_measurement(out, inspection, style);
	print_settings(out, inspection, style, verbose);
	if (inspection->pid) {
		cleanup_free char *sysv = inspection_sysv_text(inspection);
		output_heading(out, "System V IPC", style);
		output_sentence(out, sysv, style);
	}
	print_processes(out, inspection, style);
	const char *hint = inspection_hint(inspection);
	if (hint) {
		output_heading(out, "not everything could be read", style);
		output_sentence(out, hint, style);
	}
	print_verdict(out, inspection, style);
}
