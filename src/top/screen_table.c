/* SPDX-License-Identifier: MIT */
/* The tables: processes, modules, routers. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "output/style.h"
#include "stats/sample.h"
#include "text/format.h"
#include "top/canvas.h"
#include "top/screen.h"
#include "top/view.h"

/* The min width of a name, before an optional column is shown. */
#define NAME_MIN        16
#define NAME_MIN_NARROW 8 /* on less than 48 */

#define HEADING (PAINT_BOLD | INK_REVERSE)

/* ---- processes ---- */

/* Whether a column has a number in any row: a recording has none from /proc; Kamailio reports no maximum of a
 * private pool. */
static bool is_known(const struct process_rows *rows, size_t column)
{
	for (size_t i = 0; i < rows->count; i++)
		if (rows->items[i].numbers[column].kind != VALUE_NONE)
			return true;
	return false;
}

/* Which columns have something to show, and room. */
static void choose_columns(const struct top_view *view, unsigned width, bool *shown)
{
	unsigned taken = (width < 48 ? NAME_MIN_NARROW : NAME_MIN) + 1;

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		shown[i] = i == COLUMN_NAME;
	for (unsigned importance = 0; importance < COLUMN_COUNT; importance++)
		for (size_t i = 0; i < COLUMN_NAME; i++) {
			if (columns[i].importance != importance || !is_known(&view->rows, i))
				continue;
			taken += columns[i].width + 1;
			shown[i] = taken <= width;
		}
}

static void draw_arrow(struct canvas *canvas, unsigned x, unsigned y, bool up, unsigned ink)
{
	canvas_glyphs(canvas, x, y, 1, up ? "↑" : "↓", up ? '^' : 'v', ink);
}

static void draw_heading(struct canvas *canvas, unsigned y, const struct top_view *view, const bool *shown)
{
	unsigned x = 0;

	canvas_glyphs(canvas, 0, y, canvas->width, " ", ' ', HEADING);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (!shown[i])
			continue;
		bool sorted = view->sort == i;
		unsigned ink = sorted ? PAINT_CYAN | INK_STRONG | INK_REVERSE : HEADING,
			 width = columns[i].width;
		if (i == COLUMN_NAME)
			width = canvas_text(canvas, x, y, canvas->width, columns[i].title, ink);
		else
			canvas_right(canvas, x, y, width, columns[i].title, ink);
		if (sorted)
			draw_arrow(canvas, x + width, y, columns[i].ascending != view->reverse, ink);
		x += columns[i].width + 1;
	}
}

static unsigned cell_ink(const struct process_row *row, enum column column)
{
	const struct value *share = &row->numbers[COLUMN_SHARE];
	if (column == COLUMN_SHARE && share->kind != VALUE_NONE)
		return screen_level((double)share->number[0], 1000);
	return column == COLUMN_PID ? PAINT_DIM : PAINT_RESET;
}

static void draw_process(struct canvas *canvas, unsigned y, const struct process_row *row, const bool *shown)
{
	unsigned x = 0;

	for (size_t i = 0; i < COLUMN_NAME; i++) {
		if (!shown[i])
			continue;
		cleanup_free char *text = row_text(row, (enum column)i);
		canvas_right(canvas, x, y, columns[i].width, text, cell_ink(row, (enum column)i));
		x += columns[i].width + 1;
	}
	cleanup_free char *name = row_text(row, COLUMN_NAME);
	canvas_text(canvas, x, y, canvas->width, name, PAINT_RESET);
}

void screen_processes(struct canvas *canvas, unsigned y, const struct top_view *view, unsigned rows)
{
	const struct sample *sample = view->sample;
	bool shown[COLUMN_COUNT];

	if (!sample->has_pools) {
		cleanup_free char *text = xasprintf(
			"pools not known: %s", sample->no_pools ? sample->no_pools : "the sample has none");
		unsigned taken = screen_note(canvas, y, rows < 4 ? rows : 4, text, PAINT_YELLOW);
		y += taken;
		rows -= taken;
	}
	choose_columns(view, canvas->width, shown);
	draw_heading(canvas, y, view, shown);
	screen_position(canvas, y, view, rows);
	for (unsigned i = 0; i < rows && view->scroll + i < view->rows.count; i++)
		draw_process(canvas, y + 1 + i, &view->rows.items[view->scroll + i], shown);
}

/* ---- modules ---- */

#define MODULE_COLUMNS 24

static void draw_module(struct canvas *canvas, unsigned y, const struct module_memory *module,
			const struct sample *sample)
{
	const struct pool_stats *pool = &sample->shared;
	const struct value *used = pool->used.kind == VALUE_NONE ? &pool->real_used : &pool->used;
	cleanup_free char *shared = format_value(&module->shared, false);
	cleanup_free char *private = format_value(&module->private, false);
	unsigned x = MODULE_COLUMNS + 1;

	canvas_text(canvas, 1, y, MODULE_COLUMNS - 1, module->name, PAINT_RESET);
	canvas_right(canvas, x, y, 10, shared, PAINT_RESET);
	canvas_right(canvas, x + 21, y, 10, private, PAINT_RESET);
	if (module->shared.kind == VALUE_NONE || used->kind == VALUE_NONE || !used->number[0])
		return;
	cleanup_free char *share = format_share(module->shared.number[0], used->number[0]);
	canvas_right(canvas, x + 11, y, 8, share, PAINT_RESET);
	unsigned from = x + 33, room = canvas->width > from + 1 ? canvas->width - from - 1 : 0;
	uint64_t cells = mul_div_u64(module->shared.number[0], room, used->number[0]);
	canvas_glyphs(canvas, from, y, cells > room ? room : (unsigned)cells, "█", '#', PAINT_BLUE);
}

void screen_modules(struct canvas *canvas, unsigned y, const struct top_view *view, unsigned rows)
{
	const struct sample *sample = view->sample;
	unsigned x = MODULE_COLUMNS + 1;

	canvas_glyphs(canvas, 0, y, canvas->width, " ", ' ', HEADING);
	canvas_text(canvas, 1, y, MODULE_COLUMNS, "MODULE", HEADING);
	canvas_right(canvas, x, y, 10, "SHARED", HEADING);
	canvas_right(canvas, x + 11, y, 8, "OF USED", HEADING);
	canvas_right(canvas, x + 21, y, 10, "PRIVATE", HEADING);
	screen_position(canvas, y, view, rows);
	if (!sample->module_count) {
		cleanup_free char *text =
			xasprintf("memory by module not known: %s",
				  sample->no_modules ? sample->no_modules : "the sample does not have it");
		screen_note(canvas, y + 1, rows, text, PAINT_YELLOW);
	}
	for (unsigned i = 0; i < rows && view->scroll + i < sample->module_count; i++)
		draw_module(canvas, y + 1 + i, &sample->modules[view->scroll + i], sample);
}

/* ---- routers ---- */

static char *bytes_text(const struct value *bytes)
{
	return bytes->kind == VALUE_BYTES && bytes->number[0] == UNLIMITED ? xstrdup("none")
									   : format_value(bytes, false);
}

static void draw_use(struct canvas *canvas, unsigned x, unsigned y, const struct router_row *router,
		     unsigned ink)
{
	const struct value *limit = &router->limit, *now = &router->current;

	if (now->kind == VALUE_NONE || limit->kind == VALUE_NONE || limit->number[0] == UNLIMITED ||
	    !limit->number[0])
		return;
	cleanup_free char *share = format_share(now->number[0], limit->number[0]);
	unsigned level = screen_level((double)now->number[0], (double)limit->number[0]);
	canvas_right(canvas, x, y, 8, share, ink ? ink : level);
}

static void draw_router(struct canvas *canvas, unsigned y, const struct router_row *router, bool selected)
{
	unsigned ink = selected ? INK_REVERSE : 0;
	cleanup_free char *pid = xasprintf("%d", (int)router->pid);
	cleanup_free char *processes = xasprintf("%" PRIu64, router->processes);
	cleanup_free char *limit = bytes_text(&router->limit), *now = bytes_text(&router->current);
	cleanup_free char *kills = format_value(&router->kills, false);
	/* a selector such as "kamailio.service" already has the name */
	cleanup_free char *name = strstr(router->selector, router->name)
					  ? xstrdup(router->selector)
					  : xasprintf("%s  %s", router->name, router->selector);

	canvas_glyphs(canvas, 0, y, canvas->width, " ", ' ', ink);
	canvas_right(canvas, 0, y, 7, pid, ink);
	canvas_right(canvas, 8, y, 5, processes, ink);
	canvas_right(canvas, 14, y, 10, limit, ink);
	canvas_right(canvas, 25, y, 10, now, ink);
	draw_use(canvas, 36, y, router, ink);
	canvas_right(canvas, 45, y, 5, kills, ink);
	canvas_text(canvas, 52, y, canvas->width, name, ink);
}

void screen_routers(struct canvas *canvas, unsigned y, const struct top_view *view, unsigned rows)
{
	canvas_glyphs(canvas, 0, y, canvas->width, " ", ' ', HEADING);
	canvas_right(canvas, 0, y, 7, "PID", HEADING);
	canvas_right(canvas, 8, y, 5, "PROCS", HEADING);
	canvas_right(canvas, 14, y, 10, "LIMIT", HEADING);
	canvas_right(canvas, 25, y, 10, "CURRENT", HEADING);
	canvas_right(canvas, 36, y, 8, "USED", HEADING);
	canvas_right(canvas, 45, y, 5, "KILLS", HEADING);
	canvas_text(canvas, 52, y, canvas->width, "ROUTER", HEADING);
	screen_position(canvas, y, view, rows);
	for (unsigned i = 0; i < rows && view->scroll + i < view->router_count; i++)
		draw_router(canvas, y + 1 + i, &view->routers[view->scroll + i],
			    view->scroll + i == view->selected);
}
