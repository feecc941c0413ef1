/* SPDX-License-Identifier: MIT */
/* What the keys do, and what the table means. */
#include "base/alloc.h"
#include "output/style.h"
#include "top/canvas.h"
#include "top/screen.h"
#include "top/view.h"

struct help_line {
	const char *keys, *text;
};

static const struct help_line both[] = {
	{"arrows j k", "scroll the table; PgUp, PgDn, Home, End as well"},
	{"s S", "sort by the next column, by the one before"},
	{"r", "reverse the order"},
	{"z", "graphs end at their largest number, or at the limit"},
	{"m Tab", "memory by module, and back to the processes"},
	{"Esc", "back: from the modules, and to the list of routers"},
	{"Ctrl-L", "draw the screen anew"},
	{"q Ctrl-C", "quit"},
};

static const struct help_line live[] = {
	{"+ -", "longer, shorter interval between samples"},
	{"p space", "pause: take no samples; again: continue"},
	{"w", "write samples to a file from now on; again: stop"},
};

static const struct help_line replay[] = {
	{"p space", "play and pause"},
	{"left right", "one sample back, one forward"},
	{"[ ]", "a twentieth of the recording back, forward"},
	{"{ }", "to its first sample, to its last"},
	{"+ -", "faster, slower"},
};

static const struct help_line meaning[] = {
	{"promised", "what the pools and their page tables can grow to"},
	{"touched", "what the kernel has charged to the group: memory.current"},
	{"used", "what the router reports as used in its pools"},
	{"USE% USED", "of a process's private pool; MAX, FREE, FRAG as well"},
	{"RSS OOM FDS", "resident memory, oom_score, open files"},
	{"12.3M", "K, M, G are KiB, MiB, GiB"},
};

static unsigned draw_lines(struct canvas *canvas, unsigned y, const struct help_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++, y++) {
		canvas_text(canvas, 2, y, 12, lines[i].keys, PAINT_BOLD);
		canvas_text(canvas, 15, y, canvas->width, lines[i].text, PAINT_RESET);
	}
	return y;
}

void screen_help(struct canvas *canvas, const struct top_view *view)
{
	unsigned gap = canvas->height >= 24, y = 1 + gap;

	y = view->replay ? draw_lines(canvas, y, replay, ARRAY_SIZE(replay))
			 : draw_lines(canvas, y, live, ARRAY_SIZE(live));
	y = draw_lines(canvas, y, both, ARRAY_SIZE(both)) + gap;
	draw_lines(canvas, y, meaning, ARRAY_SIZE(meaning));
}
