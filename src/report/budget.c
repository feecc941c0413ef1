/* SPDX-License-Identifier: MIT */
#include "report/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "output/pieces.h"
#include "sizing/sizing.h"
#include "text/format.h"

/* The bar with its brackets, two columns in. */
#define BAR_COLUMNS_MAX 72
#define BAR_FRAME       4

/* The column of a term's formula. */
#define FORMULA_COLUMN 52

static const struct glyph glyphs[TERM_COUNT] = {
	[TERM_SHARED] = {"█", '#', PAINT_BLUE},         [TERM_PRIVATE] = {"▓", '=', PAINT_CYAN},
	[TERM_PAGE_TABLES] = {"▒", '%', PAINT_MAGENTA}, [TERM_PER_PROCESS] = {"▚", 'p', PAINT_YELLOW},
	[TERM_BASE] = {"▤", 'b', PAINT_YELLOW},         [TERM_CONNECTIONS] = {"▪", 'c', PAINT_RED},
	[TERM_PROGRAMS] = {"▞", 'o', PAINT_RED},        [TERM_RESERVE] = {"░", '.', PAINT_GREEN},
	[TERM_CONNECTION_HEAP] = {"▫", 'h', PAINT_RED}, [TERM_SECOND] = {"▙", '&', PAINT_BLUE},
};

static void draw_bar(FILE *out, const struct budget *budget, const struct style *style)
{
	uint64_t amounts[TERM_COUNT];

	for (size_t i = 0; i < TERM_COUNT; i++)
		amounts[i] = budget->terms[i].bytes;
	fputs("  ", out);
	unsigned room = style->columns - BAR_FRAME;
	output_bar(out, amounts, glyphs, TERM_COUNT, budget->limit_bytes,
		   room < BAR_COLUMNS_MAX ? room : BAR_COLUMNS_MAX, style);
	fputc('\n', out);
}

static void print_row(FILE *out, const char *label, uint64_t bytes, uint64_t whole, const char *source,
		      const char *formula, const struct style *style)
{
	cleanup_free char *size = format_bytes(bytes);
	cleanup_free char *share = format_share(bytes, whole);
	fprintf(out, "%-14s %10s %7s  %-12s ", label, size, share, source);
	output_column(out, formula, FORMULA_COLUMN, style);
}

static void print_term(FILE *out, const struct budget *budget, enum term_id id, const struct style *style)
{
	const struct term *term = &budget->terms[id];
	fputs("  ", out);
	output_glyph(out, style, &glyphs[id], 1);
	fputc(' ', out);
	print_row(out, term->label, term->bytes, budget->limit_bytes, source_name(term->source),
		  term->formula, style);
}

void report_budget(FILE *out, const struct budget *budget, const struct style *style)
{
	cleanup_free char *limit = format_bytes(budget->limit_bytes);
	cleanup_free char *source = format_printable(budget->limit_source);

	cleanup_free char *text = xasprintf("%s: %s (%s)", limit, source, source_name(budget->limit_origin));
	fprintf(out, "%smemory%s ", style_paint(style, PAINT_BOLD), style_paint(style, PAINT_RESET));
	output_wrapped(out, text, strlen("memory "), style);
	draw_bar(out, budget, style);
	for (enum term_id id = 0; id < TERM_COUNT; id++)
		if (!term_absent(budget, id))
			print_term(out, budget, id, style);
	fputs("    ", out);
	print_row(out, "unassigned", budget->unassigned_bytes, budget->limit_bytes, "",
		  "what whole MiB leave over", style);
	cleanup_free char *sizes =
		xasprintf("%" PRIu64 " processes (%s), -m %" PRIu64 " -M %" PRIu64
			  ": the pools get %.1f %% of the limit",
			  budget->processes, source_name(budget->processes_source), budget->shared_mib,
			  budget->private_mib, 100 * budget->utilization);
	output_sentence(out, sizes, style);
}
