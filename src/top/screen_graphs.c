/* SPDX-License-Identifier: MIT */
/* The last minutes as graphs. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/number.h"
#include "output/style.h"
#include "text/format.h"
#include "top/canvas.h"
#include "top/graph.h"
#include "top/screen.h"
#include "top/view.h"

#define GAP 2 /* columns between two graphs */

static const char *const names[SERIES_COUNT] = {
	[SERIES_SHARED] = "shared pool",
	[SERIES_GROUP] = "group",
	[SERIES_PRIVATE] = "fullest private pool",
	[SERIES_REQUESTS] = "requests",
};

static char *size_text_of(double bytes)
{
	return format_bytes((uint64_t)bytes);
}

/* "46.2 MiB of 150 MiB, 30.8 %"; where there is no room for that, "30.8 %". */
static char *part_text(double now, double whole, bool brief)
{
	cleanup_free char *size = size_text_of(now);
	if (isnan(whole))
		return xstrdup(size);
	cleanup_free char *all = size_text_of(whole);
	cleanup_free char *share = format_share((uint64_t)now, (uint64_t)whole);
	return brief ? xstrdup(share) : xasprintf("%s of %s, %s", size, all, share);
}

static char *heading_of(enum series series, double now, double whole, double max, bool brief)
{
	if (isnan(now))
		return xstrdup("not known");
	if (series != SERIES_REQUESTS)
		return part_text(now, whole, brief);
	return brief ? xasprintf("%.1f/s", now) : xasprintf("%.1f a second, at most %.1f", now, max);
}

static double max_of(const double *numbers, size_t count)
{
	double max = NAN;
	for (size_t i = 0; i < count; i++)
		max = number_max(max, numbers[i]);
	return max;
}

static void draw_heading(struct canvas *canvas, const struct area *area, enum series series, double now,
			 double whole, double max)
{
	unsigned x =
		area->x + canvas_text(canvas, area->x, area->y, area->width, names[series], PAINT_BOLD) + 1;
	unsigned room = area->x + area->width > x ? area->x + area->width - x : 0;
	cleanup_free char *full = heading_of(series, now, whole, max, false);
	bool brief = format_width(full) > room;
	cleanup_free char *text = heading_of(series, now, whole, max, brief);
	canvas_right(canvas, x, area->y, room, text, isnan(now) ? PAINT_DIM : PAINT_RESET);
}

static void draw_graph(struct canvas *canvas, const struct area *area, const struct top_view *view,
		       enum series series, int64_t span_ms)
{
	size_t count = graph_numbers(canvas, area->width);
	cleanup_free double *numbers = xcalloc(count + 1, sizeof *numbers);
	const struct moment *moment = &view->history.moments[view->at];
	double whole = moment->wholes[series], now = moment->numbers[series];

	history_spans(&view->history, view->at, series, span_ms, numbers, count);
	double max = max_of(numbers, count);
	draw_heading(canvas, area, series, now, whole, max);
	struct area below = {area->x, area->y + 1, area->width, area->height - 1};
	canvas_glyphs(canvas, below.x, below.y + below.height - 1, below.width, "⡀", ' ', PAINT_DIM);
	unsigned ink = isnan(whole) || isnan(now) ? PAINT_CYAN : screen_level(now, whole);
	graph_draw(canvas, &below, numbers, isnan(whole) || view->zoom ? max : whole, ink);
}

static unsigned width_of(const struct canvas *canvas, const struct layout *layout)
{
	unsigned around = 2 + GAP * (layout->graph_columns - 1);
	return canvas->width > around ? (canvas->width - around) / layout->graph_columns : 0;
}

size_t screen_graph_numbers(const struct canvas *canvas, const struct layout *layout)
{
	return graph_numbers(canvas, width_of(canvas, layout));
}

unsigned screen_graphs(struct canvas *canvas, unsigned y, const struct top_view *view,
		       const struct layout *layout)
{
	int64_t step = history_step_ms(&view->history, view->at, (int64_t)view->interval_s * 1000);
	unsigned beside = layout->graph_columns, rows = layout->graph_rows;

	if (!rows || view->at >= view->history.count)
		return y + rows * layout->graph_height;
	unsigned width = width_of(canvas, layout);
	for (unsigned i = 0; i < rows * beside && i < SERIES_COUNT; i++) {
		struct area area = {
			.x = 1 + i % beside * (width + GAP),
			.y = y + i / beside * layout->graph_height,
			.width = width,
			.height = layout->graph_height,
		};
		draw_graph(canvas, &area, view, (enum series)i, step);
	}
	return y + rows * layout->graph_height;
}
