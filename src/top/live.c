/* SPDX-License-Identifier: MIT */
#include "top/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "host/host.h"
#include "inspect/sampling.h"
#include "router/router.h"
#include "top/processes.h"
#include "top/view.h"

/* ---- the list ---- */

/* Samples everything except the pools: siplaunch does not query the routers of a list. */
static void sample_briefly(const struct live *live, int mount, const struct running_router *router,
			   struct sample *sample)
{
	const struct host *host = &live->listing.host;
	cleanup_close int directory =
		router->group && mount >= 0
			? group_directory_open(mount, host_below_mount(host, router->group), NULL)
			: -1;
	const struct sample_target target = {
		.proc = live->listing.roots.proc,
		.directory = directory,
		.pid = router->pid,
		.group = router->group,
		.router = router_find(NULL, router->name),
	};
	if (sample_take(&target, sample, NULL) < 0)
		sample_clear(sample);
}

static struct router_row row_of(const struct live *live, int mount, const struct running_router *router)
{
	cleanup_sample struct sample sample = {0};
	const struct value *numbers = sample.stats.numbers;

	sample_briefly(live, mount, router, &sample);
	return (struct router_row){
		.pid = router->pid,
		.name = xstrdup(router->name),
		.selector = xstrdup(router->selector),
		.processes = router->processes,
		.limit = sample.memory_max,
		.current = numbers[GROUP_MEMORY_CURRENT],
		.kills = numbers[GROUP_EVENT_OOM_KILL],
	};
}

static void show_list(const struct live *live, const struct running_routers *found, struct top_view *view)
{
	const char *path = live->listing.host.cgroup.mount;
	cleanup_close int mount = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct router_row *rows = xcalloc(found->count + 1, sizeof *rows);

	for (size_t i = 0; i < found->count; i++)
		rows[i] = row_of(live, mount, &found->items[i]);
	view_routers(view, rows, found->count);
}

/* Finds the routers for the list. For a named group it checks only the routers that were found there at
 * first. */
static void find_listed(const struct live *live, const struct running *running, const struct top_view *view,
			struct running_routers *found)
{
	int proc = live->listing.roots.proc;
	struct pids pids = {0};

	if (live->request.running.name) {
		running_named(proc, running, live->request.running.name, found);
		return;
	}
	if (!live->request.running.cgroup) {
		running_routers(proc, running, found);
		return;
	}
	for (size_t i = 0; i < view->router_count; i++)
		*ARRAY_ADD(pids.items, pids.count) = view->routers[i].pid;
	running_among(proc, running, &pids, found);
	pids_clear(&pids);
}

static int open_list(struct live *live, struct top_view *view, struct error *error)
{
	session_close(&live->listing);
	live->listing = (struct session){.roots = {.root = -1, .proc = -1}};
	live->lists = view->has_routers = true;
	view->page = PAGE_ROUTERS;
	if (inspection_host(0, &live->listing, error) < 0)
		return -1;
	show_list(live, &live->inspection.candidates, view);
	return 0;
}

/* ---- one router ---- */

static void close_router(struct live *live)
{
	if (live->opened)
		inspection_close(&live->inspection);
	live->opened = false;
}

/* The processes of a router that does not report its pools. */
static void list_processes(const struct inspection *inspection, struct top_view *view)
{
	struct pids pids = {0};
	int result = inspection->directory >= 0
			     ? group_processes(inspection->directory, &pids, NULL)
			     : process_tree(inspection->target.proc, inspection->pid, &pids, NULL);
	if (result < 0)
		return;
	rows_of_pids(&view->rows, &pids);
	pids_clear(&pids);
}

static void show_sample(struct live *live, struct top_view *view)
{
	const struct inspection *inspection = &live->inspection;

	history_add(&view->history, &inspection->sample, 0);
	view_show(view, &inspection->sample, view->history.count - 1);
	if (!inspection->sample.private_count)
		list_processes(inspection, view);
}

static int begin(struct live *live, struct top_view *view, struct error *error)
{
	struct inspection *inspection = &live->inspection;
	const struct host *host = &inspection->session.host;

	view_forget(view);
	view->page = PAGE_PROCESSES;
	view->page_bytes = host->memory.page_bytes;
	view->machine_bytes = host->memory.total_bytes;
	if (!inspection->pid)
		return error_set(error, 0, "%s %s: there is nothing to watch", inspection_nobody(inspection),
				 inspection->group);
	live->start_ticks = inspection_start_ticks(inspection);
	if (!inspection->sampled)
		return error_set(error, 0, "process %d has ended: there is nothing to watch",
				 (int)inspection->pid);
	show_sample(live, view);
	return 0;
}

static int find(struct live *live, const struct inspect_request *request, struct top_view *view,
		struct error *error)
{
	close_router(live);
	view_forget(view);
	live->opened = true;
	if (inspection_open(request, &live->inspection, error) == 0)
		return begin(live, view, error);
	if (!live->inspection.candidates.count)
		return -1;
	error_clear(error);
	int result = open_list(live, view, error);
	close_router(live);
	return result;
}

void live_list(struct live *live, struct top_view *view)
{
	cleanup_running struct running running = {0};
	cleanup_running_routers struct running_routers found = {0};

	if (!live->lists) {
		if (find(live, &live->request, view, NULL) < 0)
			view->page = PAGE_ROUTERS;
		return;
	}
	if (running_read(live->listing.roots.proc, &running, NULL) < 0)
		return;
	find_listed(live, &running, view, &found);
	show_list(live, &found, view);
}

int live_open(struct live *live, const struct inspect_request *request, struct top_view *view,
	      struct error *error)
{
	*live = (struct live){.request = *request, .listing = {.roots = {.root = -1, .proc = -1}}};
	return find(live, &live->request, view, error);
}

int live_choose(struct live *live, pid_t pid, struct top_view *view, struct error *error)
{
	struct inspect_request request = live->request;
	request.running = (struct running_choice){.pid = pid};
	return find(live, &request, view, error);
}

int live_search(struct live *live, struct top_view *view, struct error *error)
{
	if (!live->lists)
		return find(live, &live->request, view, error);
	close_router(live);
	view_forget(view);
	view->page = PAGE_ROUTERS;
	live_list(live, view);
	return 0;
}

int live_sample(struct live *live, const int *cancel, struct top_view *view, struct error *error)
{
	struct inspection *inspection = &live->inspection;

	if (inspection_sample_next(inspection, live->start_ticks, cancel, error) < 0)
		return error->errnum == ESRCH
			       ? error_set(error, 0, "process %d has ended", (int)inspection->pid)
			       : -1;
	show_sample(live, view);
	return 0;
}

void live_look_up(struct live *live, struct top_view *view, size_t rows)
{
	struct process_rows *table = &view->rows;
	bool all = view->sort >= COLUMN_RSS; /* the name may come from /proc as well */

	if (!live->opened || view->ended)
		return;
	for (size_t i = 0; all && i < table->count; i++)
		if (!table->items[i].looked_up)
			process_look_up(live->inspection.target.proc, &table->items[i]);
	rows_sort(table, view->sort, view->reverse);
	for (size_t i = view->scroll; i < table->count && i < view->scroll + rows; i++)
		if (!table->items[i].looked_up)
			process_look_up(live->inspection.target.proc, &table->items[i]);
}

void live_close(struct live *live)
{
	close_router(live);
	session_close(&live->listing);
}
