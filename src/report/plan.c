/* SPDX-License-Identifier: MIT */
#include "report/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "output/pieces.h"
#include "report/build.h"
#include "report/capacity.h"
#include "session/session.h"
#include "text/format.h"

char *report_profile(const struct profile *profile)
{
	if (!profile->file)
		return xstrdup(profile->name);
	return strcmp(profile->file, profile->name) == 0 ? xstrdup(profile->file)
							 : xasprintf("%s (%s)", profile->name, profile->file);
}

const char *report_cgroup_mode(enum cgroup_mode mode)
{
	static const char *const names[] = {
		[HOST_CGROUP_NONE] = "no cgroups",
		[HOST_CGROUP_V1] = "cgroup v1",
		[HOST_CGROUP_HYBRID] = "cgroup v1 and v2 (hybrid)",
		[HOST_CGROUP_V2] = "cgroup v2",
	};
	return names[mode];
}

char *report_runtime(const struct host *host)
{
	return host->runtime == RUNTIME_NONE
		       ? xstrdup("no container")
		       : xasprintf("%s (%s)", runtime_name(host->runtime),
				   host->runtime_evidence ? host->runtime_evidence : "no evidence");
}

static char *host_text(const struct host *host)
{
	cleanup_free char *total = format_bytes(host->memory.total_bytes);
	cleanup_free char *runtime = report_runtime(host);
	return xasprintf("%s%s, %s, %s, %s of memory", host->kernel ? "Linux " : "unknown kernel",
			 host->kernel ? host->kernel : "", report_cgroup_mode(host->cgroup.mode), runtime,
			 total);
}

static char *identity_text(const struct identity *identity, const struct host *host)
{
	if (!identity->has_user && !identity->has_group)
		return xasprintf("stays uid %u, gid %u", host->euid, host->egid);
	cleanup_free char *user =
		identity->has_user
			? xasprintf("%s (uid %u)", identity->user_name ? identity->user_name : "user",
				    identity->uid)
			: xasprintf("stays uid %u", host->euid);
	cleanup_free char *group =
		identity->has_group
			? xasprintf("%s (gid %u)", identity->group_name ? identity->group_name : "group",
				    identity->gid)
			: xasprintf("stays gid %u", host->egid);
	return xasprintf("%s, %s", user, group);
}

/* What of a plan that fits applies: a size that the command or the profile gives takes precedence. */
static const char *applied_sizes(const struct budget *budget)
{
	bool shared = budget->terms[TERM_SHARED].source == SOURCE_PLAN;
	bool private = budget->terms[TERM_PRIVATE].source == SOURCE_PLAN;
	if (shared && private)
		return "it fits, and its sizes apply";
	if (!shared && !private)
		return "it fits, but both sizes are given elsewhere";
	return shared ? "it fits; its -m applies, and -M is given elsewhere"
		      : "it fits; its -M applies, and -m is given elsewhere";
}

/* How this launch uses the plan of init, if there is one. */
static void print_prepared(FILE *out, const struct session *session, const struct style *style)
{
	const struct context *context = &session->context;
	const char *used = !context->decision.sized ? "this launch needs nothing of it"
			   : context->decision.as_prepared
				   ? applied_sizes(&context->decision.budget)
				   : "it does not fit: siplaunch sizes the router again";
	if (!context->prepared)
		return;
	cleanup_free char *text = xasprintf("%s: %s", context->prepared->file, used);
	output_fact(out, "plan", text, style);
}

static void print_facts(FILE *out, const struct session *session, const struct style *style)
{
	const struct host *host = &session->host;
	cleanup_free char *command = format_command(session->arguments ? session->arguments : session->argv);
	cleanup_free char *profile = report_profile(&session->profile);
	cleanup_free char *machine = host_text(host);
	cleanup_free char *identity = identity_text(&session->identity, host);

	output_fact(out, "command", command, style);
	output_fact(out, "router", session->router->name, style);
	report_config(out, session, style);
	output_fact(out, "profile", profile, style);
	print_prepared(out, session, style);
	output_fact(out, "host", machine, style);
	output_fact(out, "group",
		    session->context.decision.group_path ? session->context.decision.group_path
							 : "none of its own",
		    style);
	output_fact(out, "identity", identity, style);
}

/* "in all", and the range if the number is not exact. Caller frees. */
static char *total_text(const struct estimate *estimate)
{
	uint64_t from = estimate_from(estimate), to = estimate_to(estimate);
	if (estimate->exact)
		return from == estimate->processes ? xstrdup("in all")
						   : xasprintf("in all at most; %" PRIu64 " when idle", from);
	if (to != UINT64_MAX)
		return xasprintf("in all; uncertain: %" PRIu64 " to %" PRIu64, from, to);
	if (from > 1)
		return xasprintf("in all; uncertain: at least %" PRIu64, from);
	return xstrdup("in all, as far as the configuration says");
}

/* Huge pages that the kernel may use, but that the budget does not assume. */
static void print_huge_pages(FILE *out, const struct context *context, const struct style *style)
{
	uint64_t saved = context->decision.huge_pages_bytes;
	if (saved < MIB)
		return;
	cleanup_free char *size = format_bytes(saved);
	cleanup_free char *share = format_share(saved, context->decision.budget.limit_bytes);
	cleanup_free char *text = xasprintf(
		"huge pages for shared memory are on here (%s): %s less page tables, %s; to count on them: "
		"--set sizing.hugePages=expected",
		context->host->memory.shmem_thp, size, share);
	output_sentence(out, text, style);
}

static void print_estimate(FILE *out, const struct estimate *estimate, const struct style *style)
{
	if (!estimate->line_count)
		return;
	output_heading(out, "processes", style);
	for (size_t i = 0; i < estimate->line_count; i++) {
		const struct estimate_line *line = &estimate->lines[i];
		cleanup_free char *place =
			line->line ? xasprintf("%s:%u: ", line->file, line->line) : xstrdup("");
		cleanup_free char *text = xasprintf("%s%s", place, line->why);
		fprintf(out, "  %5u  ", line->processes);
		output_wrapped(out, text, 9, style);
	}
	fprintf(out, "  %5" PRIu64 "  ", estimate->processes);
	cleanup_free char *total = total_text(estimate);
	output_wrapped(out, total, 9, style);
}

void report_plan(FILE *out, const struct session *session, const struct style *style, bool verbose)
{
	const struct plan *plan = &session->plan;

	print_facts(out, session, style);
	fputc('\n', out);
	if (session->context.decision.sized) {
		report_budget(out, &session->context.decision.budget, style);
		report_capacity(out, &session->context, style, verbose);
		print_huge_pages(out, &session->context, style);
	} else {
		cleanup_free char *none = xasprintf(
			"nothing is computed for %s",
			session->command.only_checks ? "a command that only checks" : session->router->name);
		fprintf(out, "%smemory%s ", style_paint(style, PAINT_BOLD), style_paint(style, PAINT_RESET));
		output_wrapped(out, none, strlen("memory "), style);
	}
	if (verbose)
		print_estimate(out, &session->estimate, style);
	output_heading(out, "steps", style);
	if (!plan->count)
		fputs("  nothing to set\n", out);
	report_steps(out, plan, style, verbose);
	output_notes(out, "warnings", plan->warnings, plan->warning_count, PAINT_YELLOW, style);
	if (verbose)
		output_notes(out, "notes on the host", session->host.notes, session->host.note_count,
			     PAINT_DIM, style);
}

void report_verdict(FILE *out, const struct plan *plan, const struct style *style)
{
	const struct step *first = NULL;
	unsigned refused = 0, planned = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		planned += step_to_apply(step);
		if (step->policy != POLICY_REQUIRE ||
		    (step->status != STATUS_DENIED && step->status != STATUS_FAILED))
			continue;
		first = first ? first : step;
		refused++;
	}
	if (!first) {
		cleanup_free char *starts =
			xasprintf("%u step%s to apply%s%s", planned, planned == 1 ? "" : "s",
				  plan->condition ? ", " : "", plan->condition ? plan->condition : "");
		fprintf(out, "\n%srun would start it:%s ",
			style_paint(style, plan->condition ? PAINT_YELLOW : PAINT_GREEN),
			style_paint(style, PAINT_RESET));
		output_wrapped(out, starts, strlen("run would start it: "), style);
		return;
	}
	cleanup_free char *more = refused > 1 ? xasprintf(" and %u more", refused - 1) : xstrdup("");
	cleanup_free char *text = xasprintf("%s/%s%s %s not available here, and the policy requires %s",
					    mechanism_name(first->setting->mechanism), first->setting->name,
					    more, refused > 1 ? "are" : "is", refused > 1 ? "them" : "it");
	fprintf(out, "\n%srun would refuse:%s ", style_paint(style, PAINT_RED),
		style_paint(style, PAINT_RESET));
	output_wrapped(out, text, strlen("run would refuse: "), style);
}
