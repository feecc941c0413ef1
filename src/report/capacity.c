/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "output/pieces.h"
#include "plan/plan.h"
#include "report/capacity.h"
#include "text/format.h"

/* The unit of each key's number. */
static const char *const said[WORKLOAD_KEYS] = {
	[WORKLOAD_REGISTRATIONS] = "registrations", [WORKLOAD_DIALOGS] = "dialogs",
	[WORKLOAD_CALLS] = "calls a second",        [WORKLOAD_CONNECTIONS] = "TCP connections",
	[WORKLOAD_TLS] = "TLS connections",
};

const char *report_workload_name(enum workload_key key)
{
	return said[key];
}

#define COLUMNS        "    %-19s %10s %9s %10s  "
#define SOURCE_COLUMN  57
#define FORMULA_COLUMN 70
#define FORMULA_ROOM   20

/* The source of a number and its formula in two columns. On a narrow terminal only one: the formula, else the
 * source. */
static void print_origin(FILE *out, const char *source, const char *text, const struct style *style)
{
	if (style->columns < FORMULA_COLUMN + FORMULA_ROOM) {
		output_column(out, *text ? text : source, SOURCE_COLUMN, style);
		return;
	}
	fprintf(out, "%-12s ", source);
	output_column(out, text, FORMULA_COLUMN, style);
}

/* "648 + texts 944 bytes", "measured here, 2026-11-26": where the bytes of one come from, if not from the
 * table alone. Caller frees. */
static char *basis_text(const struct need_term *term, const struct learned *learned)
{
	if (term->basis == EACH_TEXTS)
		return xasprintf("%" PRIu64 " + texts %" PRIu64 " bytes", term->each - term->texts_bytes,
				 term->texts_bytes);
	if (term->basis == EACH_COUNTED)
		return xstrdup("from its configuration");
	if (term->basis == EACH_LEARNED)
		return xasprintf("%" PRIu64 " bytes, measured here%s%s", term->each, learned->on ? " " : "",
				 learned->on ? learned->on : "");
	return xstrdup("");
}

/* The start has no number, because its count is always 1. */
static void print_term(FILE *out, const struct need *need, enum object object, const struct style *style)
{
	const struct need_term *term = &need->terms[object];
	bool counted = object != OBJECT_START;
	cleanup_free char *count = counted ? format_count(term->count) : xstrdup("");
	if (term->basis == EACH_UNKNOWN) {
		fprintf(out, COLUMNS, term->label, count, "", "");
		print_origin(out, "", "not measured", style);
		return;
	}
	cleanup_free char *bytes = format_bytes(term->bytes);
	cleanup_free char *each = counted ? format_bytes(term->each) : xstrdup("");
	cleanup_free char *basis = basis_text(term, &need->learned);
	cleanup_free char *origin =
		xasprintf("%s%s%s", term->formula, *term->formula && *basis ? "; " : "", basis);
	fprintf(out, COLUMNS, term->label, count, each, bytes);
	print_origin(out, source_name(counted ? term->source : SOURCE_MEASURED), origin, style);
}

static void print_sum(FILE *out, const char *label, uint64_t bytes, const char *source, const char *text,
		      const struct style *style)
{
	cleanup_free char *size = format_bytes(bytes);
	fprintf(out, COLUMNS, label, "", "", size);
	print_origin(out, source, text, style);
}

static void print_verdict(FILE *out, const struct context *context, const struct style *style)
{
	const struct capacity *capacity = &context->decision.capacity;
	const struct budget *budget = &context->decision.budget;
	cleanup_free char *private = format_bytes(capacity->need.private_bytes);
	uint64_t hundredths = capacity->thousandths / 10;

	cleanup_free char *verdict =
		xasprintf("%s into the shared pool of %" PRIu64 " MiB; the limit supports %" PRIu64
			  ".%02" PRIu64 " times this workload",
			  capacity->fits ? "it fits" : "it does not fit", budget->shared_mib,
			  hundredths / 100, hundredths % 100);
	output_sentence(out, verdict, style);
	if (!capacity->fits && capacity->smallest_limit_bytes) {
		cleanup_free char *limit = format_bytes(capacity->smallest_limit_bytes);
		cleanup_free char *smallest =
			xasprintf("the smallest memory limit that supports it is %s", limit);
		output_sentence(out, smallest, style);
	}
	if (!capacity->need.private_bytes)
		return;
	cleanup_free char *pools =
		xasprintf("private pools do not grow with it: %s were used of one (measured), -M is %" PRIu64,
			  private, budget->private_mib);
	output_sentence(out, pools, style);
}

static void print_need(FILE *out, const struct context *context, const struct style *style)
{
	const struct need *need = &context->decision.capacity.need;

	output_heading(out, "workload", style);
	for (enum object object = 0; object < OBJECT_COUNT; object++)
		if (need->terms[object].count)
			print_term(out, need, object, style);
	if (!need->measured) {
		fputs("  whether it fits is not known\n", out);
		return;
	}
	print_sum(out, "margin", need->margin_bytes, source_name(SOURCE_DEFAULT), "10 % of the objects",
		  style);
	print_sum(out, "needed", need->shared_bytes, "", "of the shared pool", style);
	print_verdict(out, context, style);
}

/* "about 280,000 registrations, or 200,000 dialogs, or …", for all keys that are measured. Caller frees. */
static char *most_text(const struct capacity *capacity)
{
	char *text = xstrdup("");
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		if (!capacity->max[key].measured)
			continue;
		cleanup_free char *number = format_about(capacity->max[key].number);
		text_append(&text, ", or ", "%s %s", number, said[key]);
	}
	return text;
}

/* What the sizes were measured with: the table's router, this router, or both, each for some objects. Caller
 * frees. */
static char *version_text(const struct need *need)
{
	bool here = false, table = false;
	for (size_t i = 0; i < OBJECT_COUNT; i++) {
		here |= need->terms[i].basis == EACH_LEARNED;
		if (need->terms[i].basis == EACH_MEASURED || need->terms[i].basis == EACH_TEXTS)
			table = true;
	}
	if (!table || !need->with)
		return xstrdup("here");
	cleanup_free char *with = footprints_text(need->with, need->version, need->allocator);
	return xasprintf("%swith %s", here ? "here, and " : "", with);
}

static void print_how(FILE *out, const struct capacity *capacity, const struct style *style)
{
	const struct footprints *with = capacity->need.with;
	for (size_t i = 0; i < OBJECT_COUNT; i++) {
		const struct footprint *row = capacity->need.terms[i].footprint;
		if (!row || capacity->need.terms[i].basis == EACH_LEARNED)
			continue;
		cleanup_free char *text =
			xasprintf("%s: %" PRIu64 " bytes (%s, %s; %s): %s", capacity->need.terms[i].label,
				  row->bytes, with->version, with->allocator, with->modules[i], with->how[i]);
		fputs("    ", out);
		output_wrapped(out, text, 4, style);
	}
}

void report_capacity(FILE *out, const struct context *context, const struct style *style, bool verbose)
{
	const struct capacity *capacity = &context->decision.capacity;

	if (capacity->given)
		print_need(out, context, style);
	if (!capacity->any_measured) {
		if (verbose || capacity->given)
			output_sentence(out, "the maximum workload of the router is not measured", style);
		return;
	}
	cleanup_free char *max = most_text(capacity), *version = version_text(&capacity->need);
	cleanup_free char *smaller = capacity->private_mib < context->decision.budget.private_mib
					     ? xasprintf(" with -M %" PRIu64, capacity->private_mib)
					     : xstrdup("");
	cleanup_free char *text =
		xasprintf("supports at most, each alone%s, about %s (measured %s)", smaller, max, version);
	output_sentence(out, text, style);
	if (verbose)
		print_how(out, capacity, style);
	report_curve(out, context, style);
}
