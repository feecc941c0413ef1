/* SPDX-License-Identifier: MIT */
#include "report/report.h"

#include <string.h>

#include "base/alloc.h"
#include "output/pieces.h"
#include "plan/plan.h"
#include "text/format.h"

#define NAME_COLUMNS   18
#define STATUS_COLUMNS 9
#define CHANGE_COLUMNS 34
#define CHANGE_INDENT  (4 + NAME_COLUMNS + 1 + STATUS_COLUMNS + 1)
#define DETAIL_INDENT  6

static enum paint paint_of(const struct step *step)
{
	switch (step->status) {
	case STATUS_APPLIED:
	case STATUS_SATISFIED:
		return PAINT_GREEN;
	case STATUS_PLANNED:
		return PAINT_CYAN;
	case STATUS_ADOPTED:
	case STATUS_CLAMPED:
		return PAINT_YELLOW;
	case STATUS_DENIED:
	case STATUS_FAILED:
		return step->policy == POLICY_REQUIRE ? PAINT_RED : PAINT_YELLOW;
	case STATUS_SKIPPED:
		break;
	}
	return PAINT_DIM;
}

/* The value in force, and the requested one if that differs: "512 MiB (536870912), not 4 GiB". */
static char *held_text(const struct step *step)
{
	const struct value *held = step->actual.kind == VALUE_NONE ? &step->partial : &step->actual;
	cleanup_free char *actual = format_value(held, true);
	cleanup_free char *wanted = format_value(&step->wanted, false);
	if (held->kind == VALUE_NONE)
		return xasprintf("cannot be read; %s was requested", wanted);
	return value_equal(held, &step->wanted) ? xstrdup(actual) : xasprintf("%s, not %s", actual, wanted);
}

/* "max -> 512 MiB (536870912)"; one value where nothing changes. */
static char *change_text(const struct step *step, const struct style *style)
{
	const struct value *before = &step->current;
	if (step->status == STATUS_CLAMPED || step->status == STATUS_ADOPTED)
		return held_text(step);
	cleanup_free char *wanted = format_value(&step->wanted, true);
	if (before->kind == VALUE_NONE || value_equal(before, &step->wanted))
		return xstrdup(wanted);
	cleanup_free char *current = format_value(before, false);
	return xasprintf("%s %s %s", current, style->utf8 ? "→" : "->", wanted);
}

/* Text in a column; longer text shifts the rest of the line. */
static void print_column(FILE *out, const char *text, size_t columns)
{
	size_t width = format_width(text);
	fprintf(out, "%s%*s", text, (int)(width < columns ? columns - width : 0) + 1, "");
}

static void print_detail(FILE *out, const char *label, const char *text, const struct style *style)
{
	fprintf(out, "%*s%s", DETAIL_INDENT, "", label);
	output_wrapped(out, text, DETAIL_INDENT + format_width(label), style);
}

static void print_dim(FILE *out, const char *text, const struct style *style)
{
	fputs(style_paint(style, PAINT_DIM), out);
	print_detail(out, "", text, style);
	fputs(style_paint(style, PAINT_RESET), out);
}

/* What changes, and the reason beside it where there is room, else below it. */
static void print_change(FILE *out, const struct step *step, const struct style *style)
{
	cleanup_free char *change = change_text(step, style);
	cleanup_free char *reason = format_printable(step->reason ? step->reason : "");
	size_t used = CHANGE_INDENT + CHANGE_COLUMNS + 1 + format_width(reason);

	if (*reason && format_width(change) <= CHANGE_COLUMNS && used <= style->columns) {
		print_column(out, change, CHANGE_COLUMNS);
		fprintf(out, "%s%s%s\n", style_paint(style, PAINT_DIM), reason,
			style_paint(style, PAINT_RESET));
		return;
	}
	output_column(out, change, CHANGE_INDENT, style);
	if (*reason)
		print_dim(out, reason, style);
}

/* `before` is the step above: its reason is not repeated. */
static void print_refusal(FILE *out, const struct step *step, const struct step *before,
			  const struct style *style)
{
	bool again = before && before->why.message && step->why.message &&
		     strcmp(before->why.message, step->why.message) == 0;
	if (again) {
		print_detail(out, "! ", "as above", style);
	} else if (step->why.message) {
		cleanup_free char *text = error_text(&step->why);
		print_detail(out, "! ", text, style);
	}
	if (step->why.hint && !(again && before->why.hint && strcmp(before->why.hint, step->why.hint) == 0))
		print_detail(out, style->utf8 ? "» " : "> ", step->why.hint, style);
}

static void print_step(FILE *out, const struct step *step, const struct step *before,
		       const struct style *style, bool verbose)
{
	const char *status = status_name(step->status);

	fputs("    ", out);
	print_column(out, step->setting->name, NAME_COLUMNS);
	fputs(style_paint(style, paint_of(step)), out);
	print_column(out, status, STATUS_COLUMNS);
	fputs(style_paint(style, PAINT_RESET), out);
	print_change(out, step, style);
	print_refusal(out, step, before, style);
	if (verbose) {
		cleanup_free char *where =
			xasprintf("%s (%s, policy %s)", step->path ? step->path : "no path",
				  source_name(step->source), policy_name(step->policy));
		print_dim(out, where, style);
	}
}

void report_steps(FILE *out, const struct plan *plan, const struct style *style, bool verbose)
{
	const struct step *before = NULL;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->status == STATUS_SKIPPED && !verbose)
			continue;
		if (!before || before->setting->mechanism != step->setting->mechanism)
			fprintf(out, "  %s%s%s\n", style_paint(style, PAINT_BOLD),
				mechanism_name(step->setting->mechanism), style_paint(style, PAINT_RESET));
		print_step(out, step, before, style, verbose);
		before = step;
	}
}
