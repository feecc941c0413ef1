/* SPDX-License-Identifier: MIT */
/*
 * The curve below a workload: what it needs of the shared pool as it grows, and the pool that the limit
 * leaves for it. A cell of the plot is 2 x 4 dots of a braille character, or one ASCII character.
 */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "output/pieces.h"
#include "plan/plan.h"
#include "report/capacity.h"
#include "text/format.h"

#define PLOT_ROWS        8
#define PLOT_COLUMNS_MAX 60 /* as many points as CURVE_POINTS has for its dots */
#define LABEL_COLUMNS    18 /* "  TLS connections ", "  pool 1023.9 MiB " */

enum line { LINE_NEED, LINE_POOL, LINE_COUNT };

struct plot {
	const struct capacity_curve *curve;
	const struct style *style;
	bool fits;                   /* the workload */
	unsigned columns;            /* of cells, PLOT_ROWS rows */
	unsigned across, down;       /* dots of a cell */
	unsigned workload, limit;    /* the columns of both */
	unsigned need_row, pool_row; /* of the workload's need, and of the pool for it */
	uint64_t need, pool;         /* both, in bytes */
	uint64_t top;                /* bytes above the upper row */
	uint64_t max;                /* what the limit supports of the workload, in thousandths */
	uint8_t dots[LINE_COUNT][PLOT_ROWS][PLOT_COLUMNS_MAX]; /* by cell: dot (x, y) is bit y * across + x */
};

/* ---- where things are ---- */

static unsigned column_of(const struct plot *plot, uint64_t thousandths)
{
	return (unsigned)mul_div_u64(thousandths, plot->columns - 1, plot->curve->thousandths);
}

static unsigned dot_row(const struct plot *plot, uint64_t bytes)
{
	unsigned last = PLOT_ROWS * plot->down - 1;
	return last - (unsigned)mul_div_u64(bytes, last, plot->top);
}

static size_t point_at(const struct plot *plot, unsigned dot)
{
	return (size_t)dot * (CURVE_POINTS - 1) / (plot->columns * plot->across - 1);
}

static size_t point_of(const struct capacity_curve *curve, uint64_t thousandths)
{
	return (size_t)mul_div_u64(thousandths, CURVE_POINTS - 1, curve->thousandths);
}

static uint64_t top_of(const struct capacity_curve *curve)
{
	uint64_t top = 1;
	for (size_t i = 0; i < CURVE_POINTS; i++) {
		top = curve->at[i].need_bytes > top ? curve->at[i].need_bytes : top;
		top = curve->at[i].pool_bytes > top ? curve->at[i].pool_bytes : top;
	}
	return top;
}

/* The two labels need different rows: moves the larger one up. */
static void place_labels(struct plot *plot)
{
	plot->need_row = dot_row(plot, plot->need) / plot->down;
	plot->pool_row = dot_row(plot, plot->pool) / plot->down;
	if (plot->need_row != plot->pool_row)
		return;
	unsigned *upper = plot->need > plot->pool ? &plot->need_row : &plot->pool_row;
	unsigned *lower = plot->need > plot->pool ? &plot->pool_row : &plot->need_row;
	if (*upper)
		--*upper;
	else
		++*lower;
}

/* ---- lines ---- */

static void set_dot(struct plot *plot, enum line line, unsigned x, unsigned y)
{
	unsigned bit = y % plot->down * plot->across + x % plot->across;
	plot->dots[line][y / plot->down][x / plot->across] |= (uint8_t)(1U << bit);
}

/* A solid line: fills the gap between two dots. */
static void draw_need(struct plot *plot)
{
	unsigned before = dot_row(plot, plot->curve->at[0].need_bytes);

	for (unsigned x = 0; x < plot->columns * plot->across; x++) {
		unsigned now = dot_row(plot, plot->curve->at[point_at(plot, x)].need_bytes);
		for (unsigned y = now; y < before; y++)
			set_dot(plot, LINE_NEED, x, y);
		set_dot(plot, LINE_NEED, x, now);
		before = now;
	}
}

/* A dotted line: one dot a cell, as far as there is a pool. */
static void draw_pool(struct plot *plot)
{
	for (unsigned x = 0; x < plot->columns * plot->across; x += plot->across) {
		uint64_t bytes = plot->curve->at[point_at(plot, x)].pool_bytes;
		if (bytes)
			set_dot(plot, LINE_POOL, x, dot_row(plot, bytes));
	}
}

/* ---- cells ---- */

/* Unicode numbers the dots of a braille character by columns, and its lowest row last. */
static void put_braille(FILE *out, unsigned dots)
{
	static const uint8_t bits[8] = {0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};
	unsigned braille = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
		braille |= dots & 1U << i ? bits[i] : 0;
	fprintf(out, "\xe2%c%c", 0xa0 + (int)(braille >> 6), 0x80 + (int)(braille & 0x3f));
}

static void print_cell(FILE *out, const struct plot *plot, unsigned row, unsigned column)
{
	const struct style *style = plot->style;
	unsigned need = plot->dots[LINE_NEED][row][column], pool = plot->dots[LINE_POOL][row][column];
	bool is_workload = need && column == plot->workload && row == dot_row(plot, plot->need) / plot->down;
	enum paint paint = column > plot->limit ? PAINT_RED : PAINT_BLUE;

	if (!need && !pool) {
		fputc(' ', out);
		return;
	}
	if (is_workload)
		paint = plot->fits ? PAINT_GREEN : PAINT_RED;
	fputs(style_paint(style, need ? paint : PAINT_DIM), out);
	if (is_workload)
		fputs(style->utf8 ? "●" : "o", out);
	else if (style->utf8)
		put_braille(out, need | pool);
	else
		fputc(need ? '*' : '-', out);
	fputs(style_paint(style, PAINT_RESET), out);
}

/* The length of a row up to its last cell that is not empty. */
static unsigned row_length(const struct plot *plot, unsigned row)
{
	unsigned length = plot->columns;
	while (length && !plot->dots[LINE_NEED][row][length - 1] && !plot->dots[LINE_POOL][row][length - 1])
		length--;
	return length;
}

static void print_row(FILE *out, const struct plot *plot, unsigned row)
{
	bool need = row == plot->need_row, pool = row == plot->pool_row;
	cleanup_free char *size = need || pool ? format_bytes(need ? plot->need : plot->pool) : xstrdup("");

	fprintf(out, "  %-4s %*s ", need ? "need" : pool ? "pool" : "", LABEL_COLUMNS - 8, size);
	if (plot->style->utf8)
		fputs(need || pool ? "┤" : "│", out);
	else
		fputc(need || pool ? '+' : '|', out);
	for (unsigned column = 0; column < row_length(plot, row); column++)
		print_cell(out, plot, row, column);
	fputc('\n', out);
}

static void print_axis(FILE *out, const struct plot *plot)
{
	fprintf(out, "%*s%s", LABEL_COLUMNS, "", plot->style->utf8 ? "└" : "+");
	for (unsigned column = 0; column < plot->columns; column++) {
		bool tick = column == plot->workload || column == plot->limit;
		if (plot->style->utf8)
			fputs(tick ? "┴" : "─", out);
		else
			fputc(tick ? '+' : '-', out);
	}
	fputc('\n', out);
}

/* The left tick's text ends at the tick and the right one's begins at it, if there is room. */
static void print_ticks(FILE *out, const struct plot *plot, const char *label, const char *workload,
			const char *limit)
{
	bool workload_first = plot->workload <= plot->limit;
	unsigned left = workload_first ? plot->workload : plot->limit;
	unsigned right = workload_first ? plot->limit : plot->workload;
	const char *first = workload_first ? workload : limit, *second = workload_first ? limit : workload;
	int end = (int)left + (left < right), start = LABEL_COLUMNS + 1 + (int)right;
	int last = (int)plot->style->columns - (int)strlen(second);

	int used = fprintf(out, "  %-*s %*s", LABEL_COLUMNS - 2, label, end, first);
	int gap = (start < last ? start : last) - used;
	fprintf(out, "%*s%s\n", gap > 1 ? gap : 1, "", second);
}

/* Caller frees. */
static char *number_text(uint64_t number)
{
	return number < UINT64_C(1000000000000) ? format_count(number) : format_about(number);
}

static void print_numbers(FILE *out, const struct plot *plot)
{
	print_ticks(out, plot, "", "workload", "limit");
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		uint64_t number = plot->curve->numbers[key];
		if (!number)
			continue;
		cleanup_free char *workload = number_text(number);
		cleanup_free char *limit = format_about(mul_div_u64(number, plot->max, 1000));
		print_ticks(out, plot, report_workload_name(key), workload, limit);
	}
}

static void print_legend(FILE *out, const struct context *context, const struct style *style)
{
	cleanup_free char *text = xasprintf(
		"need of the shared pool as the workload grows (%s), and the largest pool that the "
		"limit leaves for it (%s), with -M %" PRIu64 ":",
		style->utf8 ? "⠒⠒" : "**", style->utf8 ? "⠂⠂" : "--", context->decision.capacity.private_mib);
	fputs("\n  ", out);
	output_wrapped(out, text, 2, style);
}

void report_curve(FILE *out, const struct context *context, const struct style *style)
{
	const struct capacity_curve *curve = &context->decision.curve;
	const struct capacity *capacity = &context->decision.capacity;
	unsigned room = style->columns - LABEL_COLUMNS - 1;

	if (!curve->thousandths)
		return;
	size_t point = point_of(curve, 1000);
	struct plot plot = {
		.curve = curve,
		.style = style,
		.fits = capacity->fits,
		.columns = room < PLOT_COLUMNS_MAX ? room : PLOT_COLUMNS_MAX,
		.across = style->utf8 ? 2 : 1,
		.down = style->utf8 ? 4 : 1,
		.need = capacity->need.shared_bytes < UNLIMITED ? capacity->need.shared_bytes : UNLIMITED - 1,
		.pool = curve->at[point].pool_bytes,
		.top = top_of(curve),
		.max = capacity->thousandths,
	};
	plot.workload = column_of(&plot, 1000);
	plot.limit = column_of(&plot, capacity->thousandths);
	place_labels(&plot);
	draw_need(&plot);
	draw_pool(&plot);
	print_legend(out, context, style);
	for (unsigned row = 0; row < PLOT_ROWS; row++)
		print_row(out, &plot, row);
	print_axis(out, &plot);
	print_numbers(out, &plot);
}
