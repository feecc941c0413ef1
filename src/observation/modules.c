/* SPDX-License-Identifier: MIT */
/* What each module has allocated in the shared pool. */
#include <string.h>

#include "base/alloc.h"
#include "inspect/inspection.h"
#include "observation/inspect.h"
#include "output/pieces.h"
#include "text/format.h"

#define ROWS_MAX     8 /* without --verbose; the others are one row */
#define NAME_COLUMNS 20
#define ROW_COLUMNS  (2 + NAME_COLUMNS + 12 + 9)
#define BAR_AROUND   (ROW_COLUMNS + 4) /* spaces and brackets */
#define BAR_MIN      10
#define BAR_MAX      40

/* The sum of all modules, or the use of the pool if that is more. */
static uint64_t whole_of(const struct sample *sample)
{
	uint64_t used = value_or_zero(&sample->shared.used), sum = 0;
	for (size_t i = 0; i < sample->module_count; i++)
		sum += value_or_zero(&sample->modules[i].shared);
	return used > sum ? used : sum;
}

/* A name that is too long for its column has its own line. */
static void print_name(FILE *out, const char *name, const struct style *style)
{
	cleanup_free char *safe = format_printable(name);
	size_t width = format_width(safe);
	bool fits = width <= NAME_COLUMNS && style->columns >= ROW_COLUMNS;

	fprintf(out, "  %s", safe);
	if (!fits)
		fprintf(out, "\n   ");
	else
		fprintf(out, "%*s", (int)(NAME_COLUMNS - width), "");
}

static void print_row(FILE *out, const char *name, uint64_t bytes, uint64_t whole, const struct style *style)
{
	static const struct glyph glyph = {"█", '#', PAINT_BLUE};
	cleanup_free char *size = format_bytes(bytes), *share = format_share(bytes, whole);
	unsigned columns = style->columns > BAR_AROUND ? style->columns - BAR_AROUND : 0;

	print_name(out, name, style);
	fprintf(out, " %11s %8s", size, share);
	if (columns >= BAR_MIN) {
		fputs("  ", out);
		output_bar(out, &bytes, &glyph, 1, whole, columns < BAR_MAX ? columns : BAR_MAX, style);
	}
	fputc('\n', out);
}

static void print_table(FILE *out, const struct sample *sample, const struct style *style, bool verbose)
{
	uint64_t whole = whole_of(sample), rest = whole;
	size_t shown = verbose || sample->module_count <= ROWS_MAX ? sample->module_count : ROWS_MAX;
	cleanup_free char *size = format_bytes(whole);
	cleanup_free char *heading = xasprintf("shared pool by module: %s requested", size);

	output_heading(out, heading, style);
	for (size_t i = 0; i < shown; i++) {
		uint64_t bytes = value_or_zero(&sample->modules[i].shared);
		print_row(out, sample->modules[i].name, bytes, whole, style);
		rest -= bytes;
	}
	size_t others = sample->module_count - shown;
	cleanup_free char *name = others ? xasprintf("%zu others", others) : xstrdup("in no module");
	if (rest)
		print_row(out, name, rest, whole, style);
}

/* Whether to print why there is no table: always if an option can change it; only if verbose for a router
 * that is built without these statistics. */
static bool says_why(const struct inspection *inspection, bool verbose)
{
	return inspection->sample.no_modules &&
	       (verbose || inspection->modules == MODULES_ALWAYS || !inspection->management.no_modules);
}

void report_modules(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose)
{
	const struct sample *sample = &inspection->sample;

	if (sample->module_count) {
		print_table(out, sample, style, verbose);
	} else if (says_why(inspection, verbose)) {
		cleanup_free char *text = xasprintf("not known: %s", sample->no_modules);
		output_heading(out, "shared pool by module", style);
		output_sentence(out, text, style);
	}
}
