/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "base/alloc.h"
#include "inspect/review.h"
#include "observation/advise.h"
#include "observation/objects.h"
#include "output/pieces.h"
#include "router/router.h"
#include "text/format.h"

#define REASON_COLUMN 6

/* "24 hours", for what may be no time at all. */
static char *span_text(uint64_t seconds)
{
	uint64_t minutes = seconds / 60;
	if (seconds < 120)
		return xasprintf("%" PRIu64 " s", seconds);
	return minutes < 120 ? xasprintf("%" PRIu64 " min", minutes)
			     : xasprintf("%" PRIu64 " h", minutes / 60);
}

static char *seen_text(const struct observation *seen, const struct advice *advice)
{
	cleanup_free char *watched = span_text(seen->watch.seconds);
	cleanup_free char *lived = span_text(seen->life.seconds);
	cleanup_free char *rate = advice->requests_per_second < 0 ? xstrdup("")
								  : xasprintf(", %.1f requests a second",
									      advice->requests_per_second);
	cleanup_free char *span = seen->count > 1 ? xasprintf("%zu samples over %s", seen->count, watched)
						  : xstrdup("one sample");
	return xasprintf("%s of a router that ran for %s%s", span, lived, rate);
}

static void print_facts(FILE *out, const struct review *review, const struct style *style)
{
	const struct observation *seen = &review->seen;
	cleanup_free char *text = seen_text(seen, &review->advice);

	output_fact(out, "router", seen->version ? seen->version : seen->router, style);
	output_fact(out, "group", seen->group ? seen->group : "none", style);
	if (review->has_profile)
		output_fact(out, "profile", review->profile.name, style);
	output_fact(out, "seen", text, style);
}

static enum paint paint_of(enum change change)
{
	static const enum paint paints[] = {
		[CHANGE_KEEP] = PAINT_DIM,   [CHANGE_RAISE] = PAINT_RED,   [CHANGE_LOWER] = PAINT_GREEN,
		[CHANGE_SET] = PAINT_YELLOW, [CHANGE_UNKNOWN] = PAINT_DIM,
	};
	return paints[change];
}

static void print_row(FILE *out, const struct recommendation *row, const struct style *style)
{
	cleanup_free char *current = format_value(&row->current, false);
	cleanup_free char *recommended = format_value(&row->recommended, false);
	cleanup_free char *reason = format_printable(row->reason ? row->reason : "");

	fprintf(out, "  %-14s %12s %12s   %s%-8s%s %s\n", row->setting, current, recommended,
		style_paint(style, paint_of(row->change)), change_name(row->change),
		style_paint(style, PAINT_RESET), confidence_name(row->confidence));
	fprintf(out, "%*s%s", REASON_COLUMN, "", style_paint(style, PAINT_DIM));
	format_wrapped(out, reason, REASON_COLUMN, style->columns);
	fprintf(out, "%s\n", style_paint(style, PAINT_RESET));
}

static void print_corrections(FILE *out, const struct advice *advice)
{
	for (size_t i = 0; i < advice->correction_count; i++)
		fprintf(out, "  %-14s %12s %12s   set\n", advice->corrections[i].key, "",
			advice->corrections[i].value);
}

void report_advise(FILE *out, const struct review *review, const struct style *style)
{
	const struct advice *advice = &review->advice;

	print_facts(out, review, style);
	fprintf(out, "\n%s  %-14s %12s %12s   %-8s %s%s\n", style_paint(style, PAINT_BOLD), "", "now",
		"advised", "change", "sure", style_paint(style, PAINT_RESET));
	for (size_t i = 0; i < ADVICE_ROWS; i++)
		if (advice->rows[i].setting)
			print_row(out, &advice->rows[i], style);
	print_corrections(out, advice);
	report_objects(out, &advice->objects, style);
	for (size_t i = 0; i < advice->note_count; i++) {
		cleanup_free char *note = format_printable(advice->notes[i]);
		fputs(i ? "" : "\n", out);
		fprintf(out, "%snote%s ", style_paint(style, PAINT_YELLOW), style_paint(style, PAINT_RESET));
		output_wrapped(out, note, 5, style);
	}
}
