/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_LIVE_H
#define SIPLAUNCH_TOP_LIVE_H
/* Running routers as the source of a view: one router that is sampled, or a list to choose from. */
#include <stdbool.h>
#include <stdint.h>

#include "inspect/inspection.h"

struct error;
struct top_view;

struct live {
	struct inspect_request request; /* as it was given */
	struct inspection inspection;   /* the current router, if `opened` */
	bool opened;
	uint64_t start_ticks;   /* of its main process: another process may get the same pid */
	struct session listing; /* the machine, for the list */
	bool lists;
};

/*
 * Finds the router. If several match, view->routers lists them, and view->page is PAGE_ROUTERS. 0, or -1 with
 * the reason. live_close() in both cases.
 */
int live_open(struct live *live, const struct inspect_request *request, struct top_view *view,
	      struct error *error);
void live_close(struct live *live);

/* Shows a router of the list. 0, or -1 with the reason. */
int live_choose(struct live *live, pid_t pid, struct top_view *view, struct error *error);

/* Shows the list again, or without a list searches the router again. 0, or -1 with the reason. */
int live_search(struct live *live, struct top_view *view, struct error *error);

/* Reads the list again; without a list, checks whether the router runs again. */
void live_list(struct live *live, struct top_view *view);

/* Takes the next sample; `cancel` as in struct sample_target. 0, or -1: the router has exited. */
int live_sample(struct live *live, const int *cancel, struct top_view *view, struct error *error);

/* Reads the columns from /proc for the `rows` lines of the table that are on the screen, and sorts the
 * table. */
void live_look_up(struct live *live, struct top_view *view, size_t rows);

#endif
