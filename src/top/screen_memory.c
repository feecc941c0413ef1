/* SPDX-License-Identifier: MIT */
/* The limit as bars, and the numbers beside it. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "observation/inspect.h"
#include "output/style.h"
#include "stats/memory_shares.h"
#include "text/format.h"
#include "top/canvas.h"
#include "top/screen.h"
#include "top/view.h"

#define LABEL_COLUMNS 10 /* "promised" */
#define SIZE_COLUMNS  10 /* "1023.9 MiB" */
#define SHARE_COLUMNS 8  /* "100.0 %" */
#define BAR_MIN       4

/* ---- bars ---- */

enum share_column { PROMISED, TOUCHED, USED };

static const struct value *of_row(const struct memory_share *row, enum share_column column)
{
	return column == PROMISED ? &row->promised : column == TOUCHED ? &row->touched : &row->used;
}

static const struct value *of_all(const struct memory_shares *shares, enum share_column column)
{
	return column == PROMISED ? &shares->promised : column == TOUCHED ? &shares->touched : &shares->used;
}

/* What is 100 percent: the limit, else the machine's memory; 0: neither is known, as of a recording of a
 * router without a limit. */
static uint64_t whole_of(const struct top_view *view, const struct memory_shares *shares)
{
	bool limited = shares->limit.kind != VALUE_NONE && shares->limit.number[0] != UNLIMITED;
	return limited ? shares->limit.number[0] : view->machine_bytes;
}

/* The length of a bar that has no whole: the largest number shown. */
static uint64_t largest_of(const struct memory_shares *shares)
{
	uint64_t max = 1;
	for (enum share_column column = PROMISED; column <= USED; column++) {
		const struct value *all = of_all(shares, column);
		if (all->kind != VALUE_NONE && all->number[0] > max)
			max = all->number[0];
	}
	return max;
}

static void draw_cells(struct canvas *canvas, unsigned x, unsigned y, unsigned width,
		       const struct memory_shares *shares, enum share_column column, uint64_t whole)
{
	uint64_t amounts[SHARE_COUNT];
	unsigned cells[SHARE_COUNT];

	for (size_t i = 0; i < SHARE_COUNT; i++)
		amounts[i] = value_or_zero(of_row(&shares->rows[i], column));
	format_bar(amounts, SHARE_COUNT, whole, width, cells);
	for (size_t i = 0; i < SHARE_COUNT; x += cells[i++])
		canvas_glyphs(canvas, x, y, cells[i], share_glyphs[i].utf8, share_glyphs[i].ascii,
			      share_glyphs[i].paint);
}

/* Promised memory has a warning colour only above the limit: pools are sized to nearly fill it. */
static unsigned share_ink(enum share_column column, uint64_t amount, uint64_t whole)
{
	if (column == PROMISED)
		return amount > whole ? PAINT_RED : PAINT_RESET;
	return screen_level((double)amount, (double)whole);
}

static void draw_bar(struct canvas *canvas, unsigned y, const struct memory_shares *shares,
		     enum share_column column, uint64_t whole)
{
	static const char *const labels[] = {"promised", "touched", "used"};
	const struct value *all = of_all(shares, column);
	unsigned around = LABEL_COLUMNS + SIZE_COLUMNS + SHARE_COLUMNS + 5;
	unsigned bar = canvas->width > around + BAR_MIN ? canvas->width - around : 0;
	unsigned x = LABEL_COLUMNS;

	canvas_text(canvas, 1, y, LABEL_COLUMNS, labels[column], PAINT_BOLD);
	if (bar) {
		canvas_glyphs(canvas, x, y, 1, "[", '[', PAINT_DIM);
		draw_cells(canvas, x + 1, y, bar, shares, column, whole ? whole : largest_of(shares));
		canvas_glyphs(canvas, x + 1 + bar, y, 1, "]", ']', PAINT_DIM);
		x += bar + 3;
	}
	if (all->kind == VALUE_NONE) {
		canvas_text(canvas, x, y, canvas->width, "not known", PAINT_DIM);
		return;
	}
	cleanup_free char *size = format_value(all, false);
	canvas_right(canvas, x, y, SIZE_COLUMNS, size, PAINT_RESET);
	if (!whole)
		return;
	cleanup_free char *share = format_share(all->number[0], whole);
	canvas_right(canvas, x + SIZE_COLUMNS + 1, y, SHARE_COLUMNS, share,
		     share_ink(column, all->number[0], whole));
}

static void draw_legend(struct canvas *canvas, unsigned y)
{
	static const char *const names[] = {"shared", "private", "page tables", "kernel", "sockets", "files"};
	unsigned x = LABEL_COLUMNS + 1;

	for (size_t i = 0; i < SHARE_COUNT; i++) {
		canvas_glyphs(canvas, x, y, 1, share_glyphs[i].utf8, share_glyphs[i].ascii,
			      share_glyphs[i].paint);
		x += 2 + canvas_text(canvas, x + 2, y, canvas->width, names[i], PAINT_DIM) + 2;
	}
}

/* ---- numbers ---- */

/* The position of the next number. */
struct flow {
	struct canvas *canvas;
	unsigned x, y, last; /* the last line that it may use */
};

static void add(struct flow *flow, const char *label, const char *text, unsigned ink)
{
	unsigned width = (unsigned)(format_width(label) + 1 + format_width(text));

	if (flow->x > 1 && flow->x + width > flow->canvas->width) {
		flow->x = 1;
		flow->y++;
	}
	if (flow->y > flow->last)
		return;
	flow->x += canvas_text(flow->canvas, flow->x, flow->y, flow->canvas->width, label, PAINT_DIM) + 1;
	flow->x += canvas_text(flow->canvas, flow->x, flow->y, flow->canvas->width, text, ink) + 2;
}

static void add_value(struct flow *flow, const char *label, const struct value *value)
{
	if (value->kind == VALUE_NONE)
		return;
	cleanup_free char *text = format_value(value, false);
	add(flow, label, text, PAINT_BOLD);
}

/* "2 (+1)": how often, and how often since this view began. */
static void add_event(struct flow *flow, const char *label, const struct top_view *view, unsigned id)
{
	const struct value *now = &view->sample->stats.numbers[id], *first = &view->first.numbers[id];

	if (now->kind == VALUE_NONE)
		return;
	uint64_t before = first->kind == VALUE_NONE ? now->number[0] : first->number[0];
	bool more = now->number[0] > before;
	cleanup_free char *text =
		more ? xasprintf("%" PRIu64 " (+%" PRIu64 ")", now->number[0], now->number[0] - before)
		     : xasprintf("%" PRIu64, now->number[0]);
	add(flow, label, text, more ? PAINT_RED | INK_STRONG : now->number[0] ? PAINT_YELLOW : PAINT_BOLD);
}

static void add_events(struct flow *flow, const struct top_view *view)
{
	add_event(flow, "oom", view, GROUP_EVENT_OOM);
	add_event(flow, "oom_kill", view, GROUP_EVENT_OOM_KILL);
	add_event(flow, "max", view, GROUP_EVENT_MAX);
	add_event(flow, "high", view, GROUP_EVENT_HIGH);
}

static void add_pressure(struct flow *flow, const struct pressure *pressure)
{
	if (!pressure->known)
		return;
	cleanup_free char *text =
		xasprintf("some %.2f full %.2f %%", pressure->some_avg10, pressure->full_avg10);
	add(flow, "pressure", text, pressure->some_avg10 >= 10 ? PAINT_RED : PAINT_BOLD);
}

static void add_limit(struct flow *flow, const struct sample *sample)
{
	const struct value *limit = &sample->memory_max;

	if (limit->kind == VALUE_NONE || limit->number[0] == UNLIMITED)
		add(flow, "limit", limit->kind == VALUE_NONE ? "not known" : "none", PAINT_YELLOW);
	else
		add_value(flow, "limit", limit);
}

static void add_requests(struct flow *flow, const struct top_view *view)
{
	double rate = view->at < view->history.count
			      ? view->history.moments[view->at].numbers[SERIES_REQUESTS]
			      : -1;
	if (!(rate >= 0))
		return;
	cleanup_free char *text = xasprintf("%.1f/s", rate);
	add(flow, "requests", text, PAINT_BOLD);
}

static void add_files(struct flow *flow, const struct sample *sample)
{
	if (sample->descriptors.kind == VALUE_NONE)
		return;
	cleanup_free char *max = format_value(&sample->descriptors, false);
	cleanup_free char *limit = format_value(&sample->nofile, false);
	cleanup_free char *text = xasprintf("%s of %s", max, limit);
	bool limited = sample->nofile.kind != VALUE_NONE && sample->nofile.number[0] != UNLIMITED;
	bool scarce = limited && screen_level((double)sample->descriptors.number[0],
					      (double)sample->nofile.number[0]) == PAINT_RED;
	add(flow, "files", text, scarce ? PAINT_RED : PAINT_BOLD);
}

/* Draws the numbers, the most important ones first; drops those without room. Returns the last line used. */
static unsigned draw_facts(struct canvas *canvas, unsigned y, const struct top_view *view, unsigned last)
{
	const struct sample *sample = view->sample;
	const struct value *numbers = sample->stats.numbers;
	struct flow flow = {canvas, 1, y, last};

	add_limit(&flow, sample);
	add_value(&flow, "current", &numbers[GROUP_MEMORY_CURRENT]);
	add_value(&flow, "peak", &numbers[GROUP_MEMORY_PEAK]);
	add_value(&flow, "swap", &numbers[GROUP_SWAP_CURRENT]);
	add_events(&flow, view);
	add_pressure(&flow, &sample->pressure);
	add_requests(&flow, view);
	add_value(&flow, "registrations", &sample->registrations);
	add_value(&flow, "dialogs", &sample->dialogs);
	add_value(&flow, "transactions", &sample->transactions);
	add_files(&flow, sample);
	if (sample->failures.kind != VALUE_NONE && sample->failures.number[0])
		add_value(&flow, "failed allocations", &sample->failures);
	return flow.y;
}

unsigned screen_fact_lines(const struct top_view *view, unsigned width)
{
	/* a canvas without cells: only counts the lines */
	struct canvas nowhere = {.width = width};
	return view->sample ? draw_facts(&nowhere, 0, view, UINT_MAX) + 1 : 0;
}

unsigned screen_memory(struct canvas *canvas, unsigned y, const struct top_view *view,
		       const struct layout *layout)
{
	struct memory_shares shares;

	memory_shares_of(view->sample, view->page_bytes, &shares);
	uint64_t whole = whole_of(view, &shares);
	if (layout->bars == 1)
		draw_bar(canvas, y++, &shares, TOUCHED, whole);
	for (enum share_column column = PROMISED; layout->bars == 3 && column <= USED; column++)
		draw_bar(canvas, y++, &shares, column, whole);
	if (layout->legend)
		draw_legend(canvas, y++);
	if (layout->facts)
		draw_facts(canvas, y, view, y + layout->facts - 1);
	return y + layout->facts;
}
