/* SPDX-License-Identifier: MIT */
#include "metrics/gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/event.h"
#include "inspect/inspection.h"
#include "metrics/metrics.h"
#include "router/router.h"
#include "stats/process.h"

/* Adds one of several routers; `found` describes it. */
static void add_one(const struct inspect_request *of_all, const struct events *events,
		    const struct running_router *found, struct metrics *metrics)
{
	cleanup_error struct error error = {0};
	cleanup_inspection struct inspection inspection = {0};
	struct inspect_request request = *of_all;

	request.running = (struct running_choice){.pid = found->pid};
	if (inspection_open(&request, &inspection, &error) == 0) {
		metrics_add(metrics, &inspection);
		return;
	}
	event_error(events, &error);
	metrics_add_failed(metrics, router_find(NULL, found->name)->name, found->group);
}

/* A router and its command line in one text. */
struct ordered {
	const struct running_router *router;
	char *command;
};

static int by_command(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;
	int order = strcmp(x->command, y->command);
	return order ? order : (x->router->pid > y->router->pid) - (x->router->pid < y->router->pid);
}

static char *command_text(int proc, pid_t pid)
{
	char **argv = process_command(proc, pid, NULL), *text = NULL;
	for (size_t i = 0; argv && argv[i]; i++)
		text_append(&text, " ", "%s", argv[i]);
	argv_free(argv);
	return text ? text : xstrdup("");
}

/* By their command lines: routers of one name in one cgroup are numbered in the order in which they are
 * added, and a restart changes a pid, but not which configuration a router reads. Caller frees. */
static struct ordered *order(int proc, const struct running_routers *found)
{
	struct ordered *ordered = xcalloc(found->count, sizeof *ordered);
	for (size_t i = 0; i < found->count; i++)
		ordered[i] = (struct ordered){&found->items[i], command_text(proc, found->items[i].pid)};
	qsort(ordered, found->count, sizeof *ordered, by_command);
	return ordered;
}

/* Adds several routers. Refuses options that apply to one router only. */
static int add_all(const struct inspect_request *request, const struct events *events,
		   const struct inspection *inspection, struct metrics *metrics, struct error *error)
{
	const struct running_routers *found = &inspection->candidates;
	const char *option = request->selection ? "--profile" : request->running.management ? "--mi" : NULL;
	if (option) {
		error_set(error, 0, "%s is for one router, and %zu match", option, found->count);
		return error_hint(error, "name one: siplaunch inspect --format openmetrics %s %s", option,
				  found->items[0].selector);
	}
	cleanup_free struct ordered *ordered = order(inspection->target.proc, found);
	for (size_t i = 0; i < found->count; i++) {
		add_one(request, events, ordered[i].router, metrics);
		free(ordered[i].command);
	}
	return 0;
}

/* Adds the only matching router, for which inspection_open() failed with `error`. */
static int add_failed(const struct events *events, const struct inspection *inspection,
		      struct metrics *metrics, struct error *error)
{
	if (inspection->nothing)
		return 0;
	if (!inspection->pid || inspection->session.state == SESSION_BAD_PROFILE)
		return -1;
	event_error(events, error);
	metrics_add_failed(metrics, router_find(NULL, inspection->program)->name, inspection->group);
	return 0;
}

static int add_matching(const struct inspect_request *request, const struct events *events,
			struct inspection *inspection, struct metrics *metrics, struct error *error)
{
	if (inspection_open(request, inspection, error) < 0)
		return inspection->candidates.count ? add_all(request, events, inspection, metrics, error)
						    : add_failed(events, inspection, metrics, error);
	if (inspection->pid)
		metrics_add(metrics, inspection);
	return 0;
}

/* The selector as typed; NULL for a pid, which must not be a label. */
static const char *selector_of(const struct running_choice *choice)
{
	return choice->name ? choice->name : choice->cgroup;
}

int metrics_gather(const struct inspect_request *request, const struct events *events,
		   struct inspection *inspection, struct metrics *metrics, struct error *error)
{
	int64_t start = clock_monotonic_us();

	if (add_matching(request, events, inspection, metrics, error) < 0)
		return -1;
	metrics_finish(metrics, selector_of(&request->running), (double)(clock_monotonic_us() - start) / 1e6);
	return 0;
}
