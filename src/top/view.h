/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_VIEW_H
#define SIPLAUNCH_TOP_VIEW_H
/*
 * The state of the live view, and how keys change it. Pure: samples and keys in, a canvas out (screen.h). A
 * key that needs more than the view returns an action, which the loop in top.c performs.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/group.h"
#include "top/history.h"
#include "top/rows.h"

struct sample;

/* A character stands for itself. */
enum key {
	KEY_NONE = 0,
	KEY_CONTROL_L = 'L' - '@',
	KEY_TABULATOR = '\t',
	KEY_RETURN = '\r',
	KEY_ESCAPE = 0x1b,
	KEY_DELETE_BACK = 0x7f,
	KEY_ARROW_UP = 0x100,
	KEY_ARROW_DOWN,
	KEY_ARROW_LEFT,
	KEY_ARROW_RIGHT,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_FIRST, /* Home */
	KEY_LAST,  /* End */
};

enum action {
	ACTION_NONE,
	ACTION_QUIT,
	ACTION_REDRAW,  /* redraw everything: another program wrote to the screen */
	ACTION_ROUTERS, /* back to the list of routers */
	ACTION_CHOOSE,  /* the router in `selected` */
	ACTION_RECORD,  /* to the file in `prompt` */
	ACTION_STOP_RECORDING,
	ACTION_SEEK, /* to the sample `seek` of the recording */
};

enum page { PAGE_PROCESSES, PAGE_MODULES, PAGE_ROUTERS };

#define PROMPT_MAX 256

/* One of several routers. */
struct router_row {
	pid_t pid;
	char *name, *selector; /* as in struct running_router; owned */
	uint64_t processes;
	struct value limit, current, kills;
};

struct top_view {
	enum page page;
	bool help;

	/* the router */
	const struct sample *sample; /* NULL: none yet; not owned */
	struct history history;
	size_t at;                /* the moment of `sample` */
	struct group_stats first; /* of the first sample, for counts since then */
	bool has_first;
	uint64_t page_bytes, machine_bytes; /* 0: not known */
	struct process_rows rows;
	bool ended; /* the router has */

	/* the list of routers */
	struct router_row *routers;
	size_t router_count, selected;
	bool has_routers; /* the view can go back to a list */

	/* what keys change */
	enum column sort;
	bool reverse;
	bool zoom; /* the graphs' height is their largest number, not the limit */
	size_t scroll;
	unsigned interval_s;
	bool paused;
	bool recording;
	bool asking; /* for the file name in `prompt` */
	char prompt[PROMPT_MAX];
	char *message; /* shown in place of the keys until the next key; owned; NULL */
	bool alarm;    /* the message is an error */

	/* a recording */
	bool replay;
	int speed; /* a power of two: 3 is eight times as fast, -1 half as fast */
	size_t seek;
	bool complete; /* the last sample is shown */
};

#define SPEED_MIN (-4)
#define SPEED_MAX 10

/* Initialises the view. */
void view_open(struct top_view *view, unsigned interval_s, bool replay);
void view_close(struct top_view *view);

/* Clears all data about the current router, before another one is shown. */
void view_forget(struct top_view *view);

/* Shows a sample; its moment is history.moments[at]. The sample is borrowed until the next one. */
void view_show(struct top_view *view, const struct sample *sample, size_t at);

/* Shows one line in place of the keys. Takes ownership of `text`. */
void view_say(struct top_view *view, bool alarm, char *text);

/* Sets the list. Takes ownership of the rows; keeps the selected router selected. */
void view_routers(struct top_view *view, struct router_row *routers, size_t count);

/* Handles a key (enum key); the table has `rows` lines on the screen. */
enum action view_key(struct top_view *view, int key, size_t rows);

/* The table now has `rows` lines on the screen: limits scrolling, so that no line below its end is shown. */
void view_scrolled(struct top_view *view, size_t rows);

/* The number of lines in the table, visible or not. */
size_t view_lines(const struct top_view *view);

#endif
