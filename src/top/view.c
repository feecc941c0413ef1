/* SPDX-License-Identifier: MIT */
#include "top/view.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "stats/sample.h"

/* A day of samples at two seconds, in a few MB. */
#define HISTORY_MAX 43200

static const unsigned intervals[] = {1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600};

void view_open(struct top_view *view, unsigned interval_s, bool replay)
{
	*view = (struct top_view){
		.interval_s = interval_s,
		.replay = replay,
		.sort = COLUMN_USED,
		.history.max = replay ? 0 : HISTORY_MAX,
	};
}

void view_forget(struct top_view *view)
{
	view->sample = NULL;
	view->ended = view->has_first = false;
	view->scroll = view->at = 0;
	history_clear(&view->history);
	rows_clear(&view->rows);
	group_stats_clear(&view->first);
}

static void router_rows_clear(struct router_row *routers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(routers[i].name);
		free(routers[i].selector);
	}
	free(routers);
}

void view_close(struct top_view *view)
{
	view_forget(view);
	router_rows_clear(view->routers, view->router_count);
	free(view->message);
	*view = (struct top_view){0};
}

void view_say(struct top_view *view, bool alarm, char *text)
{
	free(view->message);
	view->message = text;
	view->alarm = alarm;
}

static void keep_first(struct top_view *view, const struct sample *sample)
{
	view->has_first = true;
	for (size_t i = 0; i < GROUP_NUMBER_COUNT; i++)
		value_set(&view->first.numbers[i], value_copy(&sample->stats.numbers[i]));
}

void view_show(struct top_view *view, const struct sample *sample, size_t at)
{
	if (!view->has_first)
		keep_first(view, sample);
	view->sample = sample;
	view->at = at;
	if (sample->private_count || view->replay)
		rows_of_sample(&view->rows, sample);
}

void view_routers(struct top_view *view, struct router_row *routers, size_t count)
{
	pid_t selected = view->router_count ? view->routers[view->selected].pid : 0;

	router_rows_clear(view->routers, view->router_count);
	view->routers = routers;
	view->router_count = count;
	view->selected = view->selected < count ? view->selected : 0;
	for (size_t i = 0; i < count; i++)
		if (routers[i].pid == selected)
			view->selected = i;
}

size_t view_lines(const struct top_view *view)
{
	switch (view->page) {
	case PAGE_MODULES:
		return view->sample ? view->sample->module_count : 0;
	case PAGE_ROUTERS:
		return view->router_count;
	case PAGE_PROCESSES:
		break;
	}
	return view->rows.count;
}

/* ---- keys ---- */

static void scroll_to(struct top_view *view, size_t line, size_t rows)
{
	size_t lines = view_lines(view), last = lines > rows ? lines - rows : 0;
	view->scroll = line < last ? line : last;
}

void view_scrolled(struct top_view *view, size_t rows)
{
	scroll_to(view, view->scroll, rows);
}

static size_t back(size_t from, size_t by)
{
	return from > by ? from - by : 0;
}

/* Moves the selection in the list; scrolls if necessary. */
static void select_router(struct top_view *view, size_t line, size_t rows)
{
	if (!view->router_count)
		return;
	view->selected = line < view->router_count ? line : view->router_count - 1;
	if (view->selected < view->scroll)
		view->scroll = view->selected;
	else if (rows && view->selected >= view->scroll + rows)
		view->scroll = view->selected - rows + 1;
}

/* False: the key does not move anything. */
static bool move(struct top_view *view, int key, size_t rows)
{
	bool list = view->page == PAGE_ROUTERS;
	size_t from = list ? view->selected : view->scroll, to;

	if (key == KEY_ARROW_UP || key == 'k')
		to = back(from, 1);
	else if (key == KEY_ARROW_DOWN || key == 'j')
		to = from + 1;
	else if (key == KEY_PAGE_UP)
		to = back(from, rows);
	else if (key == KEY_PAGE_DOWN)
		to = from + rows;
	else if (key == KEY_FIRST || key == 'g')
		to = 0;
	else if (key == KEY_LAST || key == 'G')
		to = view_lines(view);
	else
		return false;
	if (list)
		select_router(view, to, rows);
	else
		scroll_to(view, to, rows);
	return true;
}

static void sort_by(struct top_view *view, int step)
{
	int next = (int)view->sort;
	do
		next = (next + step + COLUMN_COUNT) % COLUMN_COUNT;
	while (view->replay && !columns[next].replayed);
	view->sort = (enum column)next;
	view->reverse = false;
	view->scroll = 0;
	view_say(view, false, xasprintf("sorted by %s", columns[next].name));
}

static void change_interval(struct top_view *view, bool longer)
{
	size_t count = ARRAY_SIZE(intervals);
	unsigned found = longer ? intervals[count - 1] : intervals[0];

	for (size_t i = 0; i < count; i++) {
		unsigned candidate = intervals[longer ? i : count - 1 - i];
		if (longer ? candidate > view->interval_s : candidate < view->interval_s) {
			found = candidate;
			break;
		}
	}
	view->interval_s = found;
	view_say(view, false, xasprintf("a sample every %u s", found));
}

static void change_speed(struct top_view *view, int step)
{
	int speed = view->speed + step;
	view->speed = speed < SPEED_MIN ? SPEED_MIN : speed > SPEED_MAX ? SPEED_MAX : speed;
}

static void faster_or_longer(struct top_view *view, bool plus)
{
	if (view->replay)
		change_speed(view, plus ? 1 : -1);
	else
		change_interval(view, plus);
}

/* A step with an arrow, a twentieth of the recording with a bracket. */
static enum action seek(struct top_view *view, int key)
{
	size_t count = view->history.count, jump = count / 20 + 1, to = view->at;

	if (key == KEY_ARROW_LEFT)
		to = back(to, 1);
	else if (key == KEY_ARROW_RIGHT)
		to = to + 1;
	else if (key == '[')
		to = back(to, jump);
	else if (key == ']')
		to = to + jump;
	else if (key == '{')
		to = 0;
	else if (key == '}')
		to = count;
	else
		return ACTION_NONE;
	view->paused = true;
	view->seek = to < count ? to : back(count, 1);
	return ACTION_SEEK;
}

/* ---- the name of a file ---- */

static enum action ask(struct top_view *view)
{
	time_t now = time(NULL);
	struct tm tm;

	if (view->recording)
		return ACTION_STOP_RECORDING;
	if (view->replay || !view->sample) {
		view_say(view, true, xstrdup("these samples are from a file: there is nothing to write"));
		return ACTION_NONE;
	}
	if (!localtime_r(&now, &tm) ||
	    strftime(view->prompt, sizeof view->prompt, "siplaunch-%Y%m%d-%H%M%S.jsonl", &tm) == 0)
		view->prompt[0] = '\0';
	view->asking = true;
	return ACTION_NONE;
}

static enum action edit(struct top_view *view, int key)
{
	size_t length = strlen(view->prompt);

	if (key == KEY_ESCAPE)
		view->asking = false;
	else if (key == KEY_DELETE_BACK && length)
		view->prompt[length - 1] = '\0';
	else if (key == 'U' - '@')
		view->prompt[0] = '\0';
	else if (key >= ' ' && key < 0x7f && length + 1 < sizeof view->prompt)
		view->prompt[length] = (char)key, view->prompt[length + 1] = '\0';
	else if (key == KEY_RETURN && length) {
		view->asking = false;
		return ACTION_RECORD;
	}
	return ACTION_NONE;
}

/* ---- all of them ---- */

static enum action go_back(struct top_view *view)
{
	view->scroll = 0;
	if (view->page == PAGE_MODULES) {
		view->page = PAGE_PROCESSES;
		return ACTION_NONE;
	}
	return view->page == PAGE_PROCESSES && (view->has_routers || view->ended) ? ACTION_ROUTERS
										  : ACTION_NONE;
}

static void turn_page(struct top_view *view)
{
	if (view->page == PAGE_ROUTERS)
		return;
	view->page = view->page == PAGE_MODULES ? PAGE_PROCESSES : PAGE_MODULES;
	view->scroll = 0;
}

static void toggle_pause(struct top_view *view)
{
	view->paused = !view->paused;
	if (view->replay && !view->paused && view->complete)
		view->seek = 0;
}

static enum action command(struct top_view *view, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		return ACTION_QUIT;
	case '?':
	case 'h':
		view->help = true;
		return ACTION_NONE;
	case 's':
	case 'S':
		sort_by(view, key == 's' ? 1 : -1);
		return ACTION_NONE;
	case 'r':
		view->reverse = !view->reverse;
		return ACTION_NONE;
	case 'z':
		view->zoom = !view->zoom;
		view_say(view, false,
			 xstrdup(view->zoom ? "graphs end at the largest number that they show"
					    : "graphs end at the limit or the pool's size"));
		return ACTION_NONE;
	case '+':
	case '=':
	case '-':
		faster_or_longer(view, key != '-');
		return ACTION_NONE;
	case 'p':
	case ' ':
		toggle_pause(view);
		return ACTION_NONE;
	case 'w':
		return ask(view);
	case 'm':
	case KEY_TABULATOR:
		turn_page(view);
		return ACTION_NONE;
	case KEY_RETURN:
		return view->page == PAGE_ROUTERS && view->router_count ? ACTION_CHOOSE : ACTION_NONE;
	case KEY_ESCAPE:
		return go_back(view);
	case KEY_CONTROL_L:
		return ACTION_REDRAW;
	default:
		return view->replay ? seek(view, key) : ACTION_NONE;
	}
}

enum action view_key(struct top_view *view, int key, size_t rows)
{
	view_say(view, false, NULL);
	if (view->asking)
		return edit(view, key);
	if (view->help) {
		view->help = false;
		return key == 'q' || key == KEY_ESCAPE || key == '?' || key == 'h'
			       ? ACTION_NONE
			       : view_key(view, key, rows);
	}
	if (move(view, key, rows))
		return ACTION_NONE;
	return command(view, key);
}
