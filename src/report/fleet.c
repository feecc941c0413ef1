/* SPDX-License-Identifier: MIT */
#include "report/fleet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "output/pieces.h"
#include "report/build.h"
#include "report/capacity.h"
#include "report/report.h"
#include "session/session.h"
#include "text/format.h"

static void say(FILE *out, const struct style *style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A sentence of its own line, or lines. */
static void say(FILE *out, const struct style *style, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cleanup_free char *text = xvasprintf(format, args);
	va_end(args);
	output_sentence(out, text, style);
}

char *report_fleet_text(const struct fleet *fleet)
{
	cleanup_free char *each = format_bytes(fleet->memory_bytes), *all = format_bytes(fleet->total_bytes);
	if (fleet->pods == 1)
		return xasprintf("1 pod of %s carries the workload; while it is down, nothing does", each);
	return xasprintf("%u pods of %s, %s in all: while one is down, %s", fleet->pods, each, all,
			 fleet->pods == 2 ? "the other carries the workload"
					  : "the others carry the workload");
}

/* ---- what each gets ---- */

static const char *division(const struct fleet *fleet)
{
	return fleet->pods == 1   ? "one pod carries the whole workload, and there is no spare:"
	       : fleet->pods == 2 ? "while one pod is down, the other carries the whole workload:"
				  : "while one pod is down, the workload is divided among the others:";
}

static void print_shares(FILE *out, const struct fleet *fleet, const struct style *style)
{
	say(out, style, "%s", division(fleet));
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		if (!fleet->of[key].given)
			continue;
		cleanup_free char *whole = format_count(fleet->of[key].whole);
		cleanup_free char *share = format_count(fleet->of[key].share);
		fprintf(out, "    %-19s %13s", report_workload_name(key), whole);
		if (fleet->remaining > 1)
			fprintf(out, " / %u = %s each", fleet->remaining, share);
		fputc('\n', out);
	}
}

char *report_fleet_shares(const struct fleet *fleet)
{
	char *text = xstrdup("");
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		if (!fleet->of[key].given)
			continue;
		cleanup_free char *whole = format_count(fleet->of[key].whole);
		cleanup_free char *share = format_count(fleet->of[key].share);
		text_append(&text, ", ", "%s %s / %u = %s each", whole, report_workload_name(key),
			    fleet->remaining, share);
	}
	return text;
}

/* The parts of a pod's memory, and the part that does not shrink with more pods. */
static void print_memory(FILE *out, const struct fleet *fleet, const struct style *style)
{
	cleanup_free char *idle = format_bytes(fleet->idle_bytes);
	uint64_t part = fleet->smallest_bytes - fleet->idle_bytes;
	cleanup_free char *share = part ? format_bytes(part) : xstrdup("less than 1 MiB");
	cleanup_free char *smallest = format_bytes(fleet->smallest_bytes);
	cleanup_free char *paid = format_bytes(fleet->pods * fleet->idle_bytes);

	say(out, style, "%s needs %s: %s for its part of the workload, and %s for an idle router",
	    fleet->pods == 1 ? "it" : "each pod", smallest, share, idle);
	if (fleet->pods > 1)
		say(out, style,
		    "an idle router's processes, private pools, start and reserve do not divide, every pod "
		    "pays for them: %u x %s = %s",
		    fleet->pods, idle, paid);
}

/* ---- other numbers of pods ---- */

static void print_size(FILE *out, const struct fleet *fleet, const struct fleet_size *size,
		       const struct style *style)
{
	bool chosen = size->pods == fleet->pods;
	cleanup_free char *each = size->memory_bytes ? format_bytes(size->memory_bytes) : xstrdup("none");
	cleanup_free char *all = size->memory_bytes ? format_bytes(size->total_bytes) : xstrdup("");
	const char *note = size->pods == fleet->cheapest.pods ? "  cheapest"
			   : size->pods == 1                  ? "  no spare"
							      : "";

	fprintf(out, "  %s%s %6u %13s %13s%s%s\n", chosen ? style_paint(style, PAINT_BOLD) : "",
		chosen ? ">" : " ", size->pods, each, all, note,
		chosen ? style_paint(style, PAINT_RESET) : "");
}

/* Which number of pods has the smallest total, and by how much that is less. */
static void print_cheapest(FILE *out, const struct fleet *fleet, const struct style *style)
{
	const struct fleet_size *cheapest = &fleet->cheapest;
	cleanup_free char *each = format_bytes(cheapest->memory_bytes);
	cleanup_free char *own = format_bytes(fleet->memory_bytes);

	if (!cheapest->pods)
		return;
	if (cheapest->total_bytes < fleet->total_bytes) {
		cleanup_free char *less = format_bytes(fleet->total_bytes - cheapest->total_bytes);
		say(out, style, "cheapest in all: %u pods of %s take %s less than %u pod%s of %s",
		    cheapest->pods, each, less, fleet->pods, fleet->pods == 1 ? "" : "s", own);
	} else if (fleet->pods > 1) {
		say(out, style, "cheapest in all: no other number of pods takes less");
	} else {
		say(out, style, "cheapest in all with a spare: %u pods of %s", cheapest->pods, each);
	}
}

static void print_sizes(FILE *out, const struct fleet *fleet, const struct style *style)
{
	output_heading(out, "how many pods, of which size", style);
	fprintf(out, "    %6s %13s %13s\n", "pods", "each at least", "in all");
	for (size_t i = 0; i < fleet->size_count; i++)
		print_size(out, fleet, &fleet->sizes[i], style);
	print_cheapest(out, fleet, style);
}

/* ---- all of it ---- */

static void print_facts(FILE *out, const struct session *session, const struct style *style)
{
	cleanup_free char *command = format_command(session->arguments);
	cleanup_free char *profile = report_profile(&session->profile);
	cleanup_free char *pods = report_fleet_text(&session->fleet);

	output_fact(out, "command", command, style);
	output_fact(out, "router", session->router->name, style);
	report_config(out, session, style);
	output_fact(out, "profile", profile, style);
	output_fact(out, "pods", pods, style);
}

static void print_next(FILE *out, const struct fleet *fleet, const struct style *style)
{
	fputc('\n', out);
	cleanup_free char *set = fleet->memory_given ? xasprintf(" --set sizing.memory=%" PRIu64 "MiB",
								 fleet->memory_bytes / MIB)
						     : xstrdup("");
	cleanup_free char *text = xasprintf("to deploy them, with the same profile, workload and command: "
					    "siplaunch export kubernetes --replicas %u%s",
					    fleet->pods, set);
	output_wrapped(out, text, 0, style);
}

void report_fleet(FILE *out, const struct session *session, const struct style *style, bool verbose)
{
	const struct fleet *fleet = &session->fleet;
	const struct plan *plan = &session->plan;

	print_facts(out, session, style);
	output_heading(out, "what each pod carries", style);
	print_shares(out, fleet, style);
	print_memory(out, fleet, style);
	print_sizes(out, fleet, style);
	fputc('\n', out);
	report_budget(out, &session->context.decision.budget, style);
	report_capacity(out, &session->context, style, verbose);
	output_notes(out, "warnings", plan->warnings, plan->warning_count, PAINT_YELLOW, style);
	print_next(out, fleet, style);
}

/* ---- JSON ---- */

static json_t *size_json(const struct fleet_size *size)
{
	bool known = size->memory_bytes != 0;
	return json_checked(json_pack("{s:I, s:o, s:o}", "pods", (json_int_t)size->pods, "memory",
				      known ? json_from_number(size->memory_bytes) : json_null(), "total",
				      known ? json_from_number(size->total_bytes) : json_null()));
}

static json_t *shares_json(const struct fleet *fleet)
{
	json_t *object = json_checked(json_object());
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		if (fleet->of[key].given)
			json_put(object, workload_key_name(key),
				 json_pack("{s:o, s:o}", "all", json_from_number(fleet->of[key].whole),
					   "each", json_from_number(fleet->of[key].share)));
	return object;
}

json_t *report_fleet_json(const struct fleet *fleet)
{
	if (!fleet->pods)
		return json_null();
	json_t *object = json_checked(json_object()), *sizes = json_checked(json_array());
	for (size_t i = 0; i < fleet->size_count; i++)
		json_append(sizes, size_json(&fleet->sizes[i]));
	json_put(object, "pods", json_integer(fleet->pods));
	json_put(object, "remaining", json_integer(fleet->remaining));
	json_put(object, "memory", json_from_number(fleet->memory_bytes));
	json_put(object, "total", json_from_number(fleet->total_bytes));
	json_put(object, "smallest", json_from_number(fleet->smallest_bytes));
	json_put(object, "idle", json_from_number(fleet->idle_bytes));
	json_put(object, "workload", shares_json(fleet));
	json_put(object, "sizes", sizes);
	json_put(object, "cheapest", fleet->cheapest.pods ? size_json(&fleet->cheapest) : json_null());
	return object;
}
