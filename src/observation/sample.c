/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "inspect/inspection.h"
#include "observation/inspect.h"
#include "observation/objects.h"
#include "observation/sample.h"
#include "output/pieces.h"
#include "stats/memory_shares.h"
#include "text/format.h"

/* Around the bar: its label and brackets, and "1023.9 MiB, 100.0 %" behind it. */
#define BAR_AROUND      34
#define BAR_COLUMNS_MAX 60
#define NAME_COLUMN     60
/* The table of the shares; where the terminal is narrower, the numbers of a row stand below its label. */
#define SHARES_COLUMNS 77

/* The same glyphs as in the budget's bar. */
const struct glyph share_glyphs[SHARE_COUNT] = {
	[SHARE_SHARED] = {"█", '#', PAINT_BLUE},         [SHARE_PRIVATE] = {"▓", '=', PAINT_CYAN},
	[SHARE_PAGE_TABLES] = {"▒", '%', PAINT_MAGENTA}, [SHARE_KERNEL] = {"▚", 'k', PAINT_YELLOW},
	[SHARE_SOCKETS] = {"▪", 's', PAINT_RED},         [SHARE_FILES] = {"░", '.', PAINT_GREEN},
};

static void shares_of(const struct inspection *inspection, struct memory_shares *shares)
{
	memory_shares_of(&inspection->sample, inspection->session.host.memory.page_bytes, shares);
}

/* ---- memory ---- */

/* The whole of the bars: the limit, or the machine's memory if there is no limit. */
static uint64_t whole_of(const struct inspection *inspection, const struct memory_shares *shares, char **what)
{
	bool limited = shares->limit.kind != VALUE_NONE && shares->limit.number[0] != UNLIMITED;
	const char *group = inspection->sample.group ? inspection->sample.group : "";

	*what = limited ? xasprintf("memory.max in force in %s", group)
			: xstrdup("no memory.max: the machine's memory");
	return limited ? shares->limit.number[0] : inspection->session.host.memory.total_bytes;
}

enum column { COLUMN_PROMISED, COLUMN_TOUCHED, COLUMN_USED, COLUMN_MAX };

static const struct value *cell(const struct memory_share *row, enum column column)
{
	switch (column) {
	case COLUMN_PROMISED:
		return &row->promised;
	case COLUMN_TOUCHED:
		return &row->touched;
	case COLUMN_USED:
		return &row->used;
	case COLUMN_MAX:
		break;
	}
	return &row->max;
}

static void print_bar(FILE *out, const char *label, const struct memory_shares *shares, enum column column,
		      const struct value *total, uint64_t whole, const struct style *style)
{
	uint64_t amounts[SHARE_COUNT];
	cleanup_free char *size = format_value(total, false);
	cleanup_free char *share = format_share(value_or_zero(total), whole);

	if (total->kind == VALUE_NONE) {
		fprintf(out, "  %-9s not known\n", label);
		return;
	}
	for (size_t i = 0; i < SHARE_COUNT; i++)
		amounts[i] = value_or_zero(cell(&shares->rows[i], column));
	fprintf(out, "  %-9s ", label);
	output_bar(out, amounts, share_glyphs, SHARE_COUNT, whole,
		   style->columns - BAR_AROUND < BAR_COLUMNS_MAX ? style->columns - BAR_AROUND
								 : BAR_COLUMNS_MAX,
		   style);
	fprintf(out, " %s, %s\n", size, share);
}

static void print_label(FILE *out, const char *label, const struct style *style)
{
	if (style->columns < SHARES_COLUMNS)
		fprintf(out, " %s\n    ", label);
	else
		fprintf(out, " %-21s", label);
}

static void print_cells(FILE *out, const struct value *values[4])
{
	for (size_t i = 0; i < 4; i++) {
		cleanup_free char *text = format_value(values[i], false);
		fprintf(out, " %12s", text);
	}
	fputc('\n', out);
}

static void print_rows(FILE *out, const struct memory_shares *shares, const struct style *style)
{
	static const struct value none;

	fprintf(out, "    %-*s %12s %12s %12s %12s\n", style->columns < SHARES_COLUMNS ? 0 : 21, "",
		"promised", "touched", "used", "at most");
	for (size_t i = 0; i < SHARE_COUNT; i++) {
		const struct memory_share *row = &shares->rows[i];
		fputs("  ", out);
		output_glyph(out, style, &share_glyphs[i], 1);
		print_label(out, row->label, style);
		print_cells(out,
			    (const struct value *[]){&row->promised, &row->touched, &row->used, &row->max});
	}
	fputs("   ", out);
	print_label(out, "in all", style);
	print_cells(out, (const struct value *[]){&shares->promised, &shares->touched, &shares->used, &none});
	const struct memory_share *private = &shares->rows[SHARE_PRIVATE];
	if (private->used.kind != VALUE_NONE && private->touched.kind != VALUE_NONE &&
	    private->used.number[0] > private->touched.number[0]) {
		fputs("  ", out);
		format_wrapped(
			out,
			"The processes use more of their private pools than they touched: what the router "
			"allocated before it forked, they share.",
			2, style->columns);
		fputc('\n', out);
	}
}

static void print_memory(FILE *out, const struct inspection *inspection, const struct style *style)
{
	struct memory_shares shares;
	cleanup_free char *what = NULL;

	shares_of(inspection, &shares);
	uint64_t whole = whole_of(inspection, &shares, &what);
	cleanup_free char *size = format_bytes(whole);
	cleanup_free char *heading = xasprintf("memory %s: %s", size, what);
	cleanup_free char *safe = format_printable(heading);
	fprintf(out, "\n%s", style_paint(style, PAINT_BOLD));
	format_wrapped(out, safe, 0, style->columns);
	fprintf(out, "%s\n", style_paint(style, PAINT_RESET));
	print_bar(out, "promised", &shares, COLUMN_PROMISED, &shares.promised, whole, style);
	print_bar(out, "touched", &shares, COLUMN_TOUCHED, &shares.touched, whole, style);
	print_bar(out, "used", &shares, COLUMN_USED, &shares.used, whole, style);
}

static void print_shares(FILE *out, const struct inspection *inspection, const struct style *style)
{
	struct memory_shares shares;
	shares_of(inspection, &shares);
	print_rows(out, &shares, style);
}

/* ---- the pools ---- */

void sample_print_text(FILE *out, const char *label, const char *text, const struct style *style)
{
	fprintf(out, "  %-25s ", label);
	output_column(out, text, 28, style);
}

static void print_shared(FILE *out, const struct pool_stats *pool, const struct style *style)
{
	cleanup_free char *total = format_value(&pool->total, false),
			  *free = format_value(&pool->free, false);
	cleanup_free char *real = format_value(&pool->real_used, false);
	cleanup_free char *used = format_value(&pool->used, false);
	cleanup_free char *max = format_value(&pool->max_used, false);
	cleanup_free char *fragments = format_value(&pool->fragments, false);
	cleanup_free char *text = xasprintf("%s: %s used (%s requested), %s at most; %s free, %s fragments",
					    total, real, used, max, free, fragments);
	sample_print_text(out, "shared pool", text, style);
}

#define PRIVATE_COLUMNS "  %9s %11s %11s %11s %10s  "

static void print_private_row(FILE *out, const char *first, const struct value *used, const struct value *max,
			      const struct value *min, const struct value *fragments, const char *name,
			      const struct style *style)
{
	cleanup_free char *a = format_value(used, false), *b = format_value(max, false);
	cleanup_free char *c = format_value(min, false), *d = format_value(fragments, false);
	fprintf(out, PRIVATE_COLUMNS, first, a, b, c, d);
	output_column(out, name, NAME_COLUMN, style);
}

static int compare_pools(const void *left, const void *right)
{
	const struct private_pool *const *one = left, *const *other = right;
	uint64_t first = value_or_zero(pool_in_use(&(*one)->pool));
	uint64_t second = value_or_zero(pool_in_use(&(*other)->pool));
	if (first != second)
		return first < second ? 1 : -1;
	return *one < *other ? -1 : *one > *other;
}

/* One line a process, the fullest pool first. Returns how many processes were left out. */
static size_t print_every(FILE *out, const struct sample *sample, size_t max, const struct style *style)
{
	cleanup_free const struct private_pool **sorted = xcalloc(sample->private_count, sizeof *sorted);

	for (size_t i = 0; i < sample->private_count; i++)
		sorted[i] = &sample->privates[i];
	qsort(sorted, sample->private_count, sizeof *sorted, compare_pools);
	fprintf(out, PRIVATE_COLUMNS, "pid", "used", "at most", "free", "fragments");
	output_column(out, "process", NAME_COLUMN, style);
	for (size_t i = 0; i < sample->private_count && i < max; i++) {
		const struct private_pool *private = sorted[i];
		const struct pool_stats *pool = &private->pool;
		cleanup_free char *pid = private->pid ? xasprintf("%d", (int)private->pid) : xstrdup("-");
		print_private_row(out, pid, pool_in_use(pool), &pool->max_used, &pool->free, &pool->fragments,
				  private->name ? private->name : "-", style);
	}
	return sample->private_count > max ? sample->private_count - max : 0;
}

static int compare_groups(const void *left, const void *right)
{
	const struct private_group *one = left, *other = right;
	uint64_t first = value_or_zero(&one->used_max), second = value_or_zero(&other->used_max);
	if (first != second)
		return first < second ? 1 : -1;
	return strcmp(one->name, other->name);
}

/* One line for all processes with the same job, the fullest pool first: -M must be enough for the worst one.
 * Returns the number of processes that are not shown. */
static size_t print_groups(FILE *out, const struct sample *sample, size_t max, const struct style *style)
{
	struct private_group *groups;
	size_t count, left_out = 0;

	private_groups_of(sample, &groups, &count);
	qsort(groups, count, sizeof *groups, compare_groups);
	fprintf(out, PRIVATE_COLUMNS, "processes", "used by one", "at most", "min free", "fragments");
	output_column(out, "private pools of", NAME_COLUMN, style);
	for (size_t i = 0; i < count; i++) {
		if (i >= max) {
			left_out += groups[i].count;
			continue;
		}
		cleanup_free char *number = xasprintf("%zu", groups[i].count);
		print_private_row(out, number, &groups[i].used_max, &groups[i].max_used, &groups[i].free_min,
				  &groups[i].fragments_max, groups[i].name, style);
	}
	private_groups_clear(groups, count);
	return left_out;
}

size_t sample_print_privates(FILE *out, const struct inspection *inspection, const struct style *style,
			     bool verbose, size_t max)
{
	const struct sample *sample = &inspection->sample;

	if (!sample->has_pools)
		return 0;
	if (!max)
		return sample->private_count;
	if (!sample->private_count) {
		sample_print_text(out, "private pools", "not reported: Kamailio needs the module kex for it",
				  style);
		return 0;
	}
	return verbose ? print_every(out, sample, max, style) : print_groups(out, sample, max, style);
}

static void print_pools(FILE *out, const struct inspection *inspection, const struct style *style)
{
	const struct sample *sample = &inspection->sample;

	if (!sample->has_pools) {
		output_heading(out, "pools", style);
		cleanup_free char *text = xasprintf("not known: %s", sample->no_pools);
		output_sentence(out, text, style);
		return;
	}
	cleanup_free char *where = management_text(&inspection->management);
	cleanup_free char *heading = xasprintf("pools, as %s reports them at %s",
					       sample->version ? sample->version : sample->router, where);
	cleanup_free char *safe = format_printable(heading);
	output_heading(out, safe, style);
	print_shared(out, &sample->shared, style);
}

static void print_objects(FILE *out, const struct inspection *inspection, const struct style *style)
{
	struct objects_seen objects;
	inspection_objects(inspection, &objects);
	report_objects(out, &objects, style);
}

/* ---- the rest ---- */

static char *pressure_text(const struct pressure *pressure)
{
	if (!pressure->known)
		return xstrdup("not known");
	return xasprintf("in %.2f %% of the last 10 s some waited for memory, in %.2f %% all",
			 pressure->some_avg10, pressure->full_avg10);
}

static void print_activity(FILE *out, const struct inspection *inspection, const struct style *style)
{
	const struct sample *sample = &inspection->sample;
	cleanup_free char *pressure = pressure_text(&sample->pressure);
	cleanup_free char *max = format_value(&sample->descriptors, false);
	cleanup_free char *limit = format_value(&sample->nofile, false);
	cleanup_free char *files = xasprintf("%s at most in one process, of %s", max, limit);

	if (sample->has_pools && sample->requests.kind != VALUE_NONE) {
		cleanup_free char *requests = format_value(&sample->requests, false);
		cleanup_free char *replies = format_value(&sample->replies, false);
		cleanup_free char *text = xasprintf("%s requests, %s replies received in %" PRIu64 " s",
						    requests, replies, value_or_zero(&sample->uptime_s));
		sample_print_text(out, "SIP", text, style);
	}
	sample_print_text(out, "open files", files, style);
	sample_print_text(out, "memory.pressure", pressure, style);
}

static void print_modules(FILE *out, const struct inspection *inspection, const struct style *style)
{
	report_modules(out, inspection, style, false);
}

static void print_every_module(FILE *out, const struct inspection *inspection, const struct style *style)
{
	report_modules(out, inspection, style, true);
}

const struct section sample_sections[] = {
	{print_memory, NULL, NULL, 0},
	{print_shares, NULL, "memory by kind", 3},
	{print_pools, NULL, NULL, 0},
	{NULL, NULL, NULL, 0}, /* the private pools */
	{print_modules, print_every_module, "modules", 5},
	{print_objects, NULL, "objects", 4},
	{print_activity, NULL, "activity", 2},
};
const size_t sample_sections_count = ARRAY_SIZE(sample_sections);

void section_print(const struct section *section, FILE *out, const struct inspection *inspection,
		   const struct style *style, bool verbose)
{
	(verbose && section->verbose ? section->verbose : section->print)(out, inspection, style);
}

void report_sample(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose)
{
	for (size_t i = 0; i < sample_sections_count; i++)
		if (sample_sections[i].print)
			section_print(&sample_sections[i], out, inspection, style, verbose);
		else
			sample_print_privates(out, inspection, style, verbose, SIZE_MAX);
}

/* ---- JSON ---- */

static json_t *row_json(const struct memory_share *row)
{
	json_t *object = json_checked(json_object());
	json_put(object, "promised", json_from_value(&row->promised));
	json_put(object, "touched", json_from_value(&row->touched));
	json_put(object, "used", json_from_value(&row->used));
	json_put(object, "usedAtMost", json_from_value(&row->max));
	return object;
}

json_t *report_memory_json(const struct inspection *inspection)
{
	struct memory_shares shares;
	json_t *object = json_checked(json_object());

	shares_of(inspection, &shares);
	json_put(object, "limit", json_from_value(&shares.limit));
	json_put(object, "promised", json_from_value(&shares.promised));
	json_put(object, "touched", json_from_value(&shares.touched));
	json_put(object, "used", json_from_value(&shares.used));
	for (size_t i = 0; i < SHARE_COUNT; i++)
		json_put(object, shares.rows[i].id, row_json(&shares.rows[i]));
	return object;
}
