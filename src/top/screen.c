/* SPDX-License-Identifier: MIT */
#include "top/screen.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "stats/sample.h"
#include "text/format.h"
#include "top/canvas.h"
#include "top/view.h"

#define TABLE_MIN  5 /* a heading and four rows, which the graphs must leave */
#define GRAPH_MIN  3 /* heading and two lines */
#define GRAPH_MAX  14
#define GRAPH_WIDE 36 /* columns that a graph's heading needs */

/* ---- the layout ---- */

static unsigned fixed_lines(const struct layout *layout)
{
	return 1 + layout->group + layout->bars + layout->legend + layout->facts + layout->footer +
	       layout->gap * 2;
}

/* How many of the four graphs are side by side; never three, because two rows of two look better than three
 * and one. */
static unsigned graphs_beside(unsigned width)
{
	unsigned room = width / GRAPH_WIDE;
	return room >= SERIES_COUNT ? SERIES_COUNT : room >= 2 ? 2 : 1;
}

static void place_graphs(struct layout *layout, unsigned left)
{
	layout->graph_columns = graphs_beside(layout->width);
	unsigned rows = SERIES_COUNT / layout->graph_columns;
	unsigned room = left > TABLE_MIN ? left - TABLE_MIN : 0;

	layout->graph_rows = room / GRAPH_MIN < rows ? room / GRAPH_MIN : rows;
	if (!layout->graph_rows)
		return;
	unsigned high = left * 45 / 100 / layout->graph_rows;
	layout->graph_height = high < GRAPH_MIN ? GRAPH_MIN : high > GRAPH_MAX ? GRAPH_MAX : high;
}

struct layout layout_of(const struct top_view *view, unsigned width, unsigned height)
{
	struct layout layout = {.width = width, .height = height, .footer = height >= 6};

	if (view->page == PAGE_ROUTERS) {
		unsigned fixed = 2 + layout.footer;
		layout.table = height > fixed ? height - fixed : 0;
		return layout;
	}
	layout.group = height >= 16;
	layout.bars = height >= 13 ? 3 : height >= 8;
	layout.legend = height >= 20 && width >= 60;
	unsigned facts = screen_fact_lines(view, width), room = height >= 30   ? 3
								: height >= 18 ? 2
									       : height >= 9;
	layout.facts = facts < room ? facts : room;
	layout.gap = height >= 30;
	unsigned fixed = fixed_lines(&layout), left = height > fixed ? height - fixed : 0;
	place_graphs(&layout, left);
	unsigned taken = layout.graph_rows * layout.graph_height + 1;
	layout.table = left > taken ? left - taken : 0;
	return layout;
}

/* ---- pieces ---- */

unsigned screen_level(double part, double whole)
{
	if (!(whole > 0) || part < whole * 0.70)
		return PAINT_GREEN;
	return part < whole * 0.85 ? PAINT_YELLOW : PAINT_RED;
}

unsigned screen_note(struct canvas *canvas, unsigned y, unsigned rows, const char *text, unsigned ink)
{
	cleanup_free char *wrapped = NULL;
	size_t length = 0;
	unsigned row = 0;

	FILE *stream = open_memstream(&wrapped, &length);
	if (!stream)
		alloc_failed();
	format_wrapped(stream, text, 0, canvas->width > 2 ? canvas->width - 2 : 1);
	if (fclose(stream) != 0)
		alloc_failed();
	for (char *rest = wrapped, *line; row < rows && (line = strsep(&rest, "\n")); row++)
		canvas_text(canvas, 1, y + row, canvas->width, line, ink);
	return row;
}

void screen_position(struct canvas *canvas, unsigned y, const struct top_view *view, unsigned rows)
{
	size_t lines = view_lines(view), last = view->scroll + rows;
	if (lines <= rows)
		return;
	cleanup_free char *text =
		xasprintf(" %zu-%zu of %zu ", view->scroll + 1, last < lines ? last : lines, lines);
	unsigned width = (unsigned)strlen(text);
	if (width < canvas->width)
		canvas_text(canvas, canvas->width - width, y, width, text, PAINT_BOLD | INK_REVERSE);
}

/* ---- first line ---- */

/* The version is "kamailio 5.6.3 (x86_64/linux)". */
static char *who(const struct sample *sample)
{
	const char *version = sample->version ? sample->version : sample->router;
	cleanup_free char *name = xstrndup(version, strcspn(version, "("));
	size_t end = strlen(name);

	while (end > 0 && name[end - 1] == ' ')
		name[--end] = '\0';
	return xasprintf("%s  pid %d  %" PRIu64 " process%s", name, (int)sample->pid, sample->processes,
			 sample->processes == 1 ? "" : "es");
}

static char *uptime_text(const struct sample *sample)
{
	if (sample->uptime_s.kind == VALUE_NONE)
		return xstrdup("");
	cleanup_free char *time = format_duration((int64_t)sample->uptime_s.number[0] * 1000);
	return xasprintf("  up %s", time);
}

static char *time_text(const struct sample *sample, bool with_date)
{
	time_t seconds = (time_t)(sample->at_ms / 1000);
	char text[32] = "";
	struct tm now;

	if (localtime_r(&seconds, &now))
		strftime(text, sizeof text, with_date ? "  %F %T " : "  %T ", &now);
	return xstrdup(text);
}

static char *speed_text(int speed)
{
	return speed >= 0 ? xasprintf("%dx", 1 << speed) : xasprintf("1/%dx", 1 << -speed);
}

static char *state_text(const struct top_view *view)
{
	if (view->ended)
		return xstrdup("ENDED");
	if (!view->replay)
		return view->paused ? xstrdup("PAUSED") : xasprintf("every %u s", view->interval_s);
	cleanup_free char *speed = speed_text(view->speed);
	const char *state = view->complete ? "END" : view->paused ? "PAUSED" : "REPLAY";
	return xasprintf("%s %zu/%zu %s", state, view->at + 1, view->history.count, speed);
}

/* Draws a text at the right end, left of column `from`, if there is room. Returns the column where the right
 * part begins. */
static unsigned draw_right(struct canvas *canvas, unsigned from, const char *text, unsigned ink)
{
	unsigned width = (unsigned)format_width(text);
	if (width > from)
		return from;
	canvas_text(canvas, from - width, 0, width, text, ink);
	return from - width;
}

static void draw_title(struct canvas *canvas, const struct top_view *view)
{
	const struct sample *sample = view->page == PAGE_ROUTERS ? NULL : view->sample;
	cleanup_free char *left =
		sample ? who(sample)
		       : xasprintf(view->router_count == 1 ? "%zu router runs here" : "%zu routers run here",
				   view->router_count);
	cleanup_free char *state = state_text(view);
	cleanup_free char *time =
		sample ? time_text(sample, view->replay && canvas->width >= 90) : xstrdup(" ");
	cleanup_free char *uptime = sample ? uptime_text(sample) : xstrdup("");
	unsigned end = draw_right(canvas, canvas->width, canvas->width >= 60 ? time : " ", PAINT_RESET);

	end = draw_right(canvas, end, state, INK_STRONG);
	end = view->recording ? draw_right(canvas, end, "WRITING  ", INK_STRONG) : end;
	unsigned room = end > 2 ? end - 2 : 0;
	unsigned x = 1 + canvas_text(canvas, 1, 0, room, left, INK_STRONG);
	if (x + format_width(uptime) < end)
		canvas_text(canvas, x, 0, room, uptime, PAINT_RESET);
	canvas_tint(canvas, 0, INK_REVERSE);
}

static char *group_text(const struct sample *sample)
{
	if (!sample->group)
		return xstrdup("group not known");
	return xasprintf("group %s", sample->group);
}

/* ---- last line ---- */

struct hint {
	const char *key, *text;
};

static unsigned draw_hint(struct canvas *canvas, unsigned x, const struct hint *hint)
{
	unsigned y = canvas->height - 1;
	unsigned needed = (unsigned)(strlen(hint->key) + strlen(hint->text)) + 1;

	if (x + needed > canvas->width)
		return canvas->width;
	x += canvas_text(canvas, x, y, canvas->width, hint->key, PAINT_BOLD | INK_REVERSE);
	return x + 1 + canvas_text(canvas, x, y, canvas->width, hint->text, PAINT_RESET) + 1;
}

static void draw_hints(struct canvas *canvas, const struct top_view *view)
{
	static const struct hint live[] = {{"q", " quit"},    {"?", " help"},    {"s", " sort"},
					   {"m", " modules"}, {"p", " pause"},   {"+-", " interval"},
					   {"w", " write"},   {"r", " reverse"}, {NULL, NULL}};
	static const struct hint replay[] = {{"q", " quit"},   {"?", " help"},    {"space", " play"},
					     {"</>", " step"}, {"[]", " jump"},   {"+-", " speed"},
					     {"s", " sort"},   {"m", " modules"}, {NULL, NULL}};
	static const struct hint routers[] = {
		{"q", " quit"}, {"?", " help"}, {"Enter", " look at it"}, {"+-", " interval"}, {NULL, NULL}};
	const struct hint *hints = view->page == PAGE_ROUTERS ? routers : view->replay ? replay : live;
	unsigned x = 0;

	if (view->has_routers && view->page != PAGE_ROUTERS)
		x = draw_hint(canvas, x, &(struct hint){"Esc", " routers"});
	for (; hints->key; hints++)
		x = draw_hint(canvas, x, hints);
}

static void draw_prompt(struct canvas *canvas, const struct top_view *view)
{
	unsigned y = canvas->height - 1;
	unsigned x = canvas_text(canvas, 0, y, canvas->width, "Write samples to: ", PAINT_BOLD);
	x += canvas_text(canvas, x, y, canvas->width, view->prompt, PAINT_RESET);
	canvas_glyphs(canvas, x, y, 1, " ", ' ', INK_REVERSE);
}

/* Draws the last line. A message is shown even if the layout has no line of keys. */
static void draw_footer(struct canvas *canvas, const struct top_view *view, const struct layout *layout)
{
	unsigned y = canvas->height - 1;

	if (view->asking || view->message)
		canvas_blank(canvas, 0, y, canvas->width, 1);
	if (view->asking)
		draw_prompt(canvas, view);
	else if (view->message)
		canvas_text(canvas, 1, y, canvas->width, view->message,
			    view->alarm ? PAINT_RED | INK_STRONG : INK_STRONG);
	else if (layout->footer)
		draw_hints(canvas, view);
}

/* ---- all of it ---- */

/* Draws the time span of the graphs at their left end. */
static void draw_span(struct canvas *canvas, unsigned y, const struct top_view *view,
		      const struct layout *layout)
{
	int64_t step = history_step_ms(&view->history, view->at, (int64_t)view->interval_s * 1000);
	cleanup_free char *time = format_duration(step * (int64_t)screen_graph_numbers(canvas, layout));
	cleanup_free char *text = xasprintf("graphs: %s", time);

	if (layout->graph_rows)
		canvas_right(canvas, 0, y, canvas->width - 1, text, PAINT_DIM);
}

static void draw_router(struct canvas *canvas, const struct top_view *view, const struct layout *layout)
{
	unsigned y = 1;

	if (layout->group) {
		cleanup_free char *group = group_text(view->sample);
		draw_span(canvas, y, view, layout);
		canvas_text(canvas, 1, y++, canvas->width - 24, group, PAINT_DIM);
	}
	y = screen_memory(canvas, y, view, layout) + layout->gap;
	y = screen_graphs(canvas, y, view, layout) + layout->gap;
	if (view->page == PAGE_MODULES)
		screen_modules(canvas, y, view, layout->table);
	else
		screen_processes(canvas, y, view, layout->table);
}

void screen_draw(struct canvas *canvas, const struct top_view *view)
{
	const struct layout layout = layout_of(view, canvas->width, canvas->height);

	canvas_blank(canvas, 0, 0, canvas->width, canvas->height);
	if (!canvas->width || !canvas->height)
		return;
	draw_title(canvas, view);
	if (view->help)
		screen_help(canvas, view);
	else if (view->page == PAGE_ROUTERS)
		screen_routers(canvas, 1, view, layout.table);
	else if (view->sample)
		draw_router(canvas, view, &layout);
	draw_footer(canvas, view, &layout);
}
