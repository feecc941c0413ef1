/* SPDX-License-Identifier: MIT */
#include "inspect/sampling.h"

#include <string.h>
#include <unistd.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/held_signals.h"
#include "inspect/inspection.h"

/* Finds the management interface, or sets the reason why there is none. */
static void find_management(const struct inspect_request *request, struct inspection *inspection)
{
	cleanup_error struct error error = {0};
	const struct session *session = &inspection->session;

	if (management_find(inspection->target.proc, inspection->pid, session->router, &session->estimate,
			    request->running.management, &inspection->management, &error) == 0)
		return;
	management_clear(&inspection->management);
	cleanup_free char *text = error_text(&error);
	inspection->no_management = error.hint ? xasprintf("%s: %s", text, error.hint) : xstrdup(text);
}

/* Enough points for the fit, in bounded memory for any duration of --watch. */
#define SEEN_MAX 4096

static void keep(struct inspection *inspection)
{
	if (inspection->seen.count >= SEEN_MAX)
		observation_thin(&inspection->seen);
	if (inspection->sample.has_pools)
		observation_add(&inspection->seen, &inspection->sample, NULL);
}

void inspection_objects(const struct inspection *inspection, struct objects_seen *objects)
{
	struct observation seen = inspection->seen;
	struct run all = {.first = 0, .last = seen.count - 1};

	/* all samples are of the same process */
	seen.runs = &all;
	seen.run_count = seen.count > 0;
	objects_see(&seen, inspection->session.router->costs, objects);
}

int inspection_sample_again(struct inspection *inspection, const int *cancel, struct error *error)
{
	bool asked = inspection->management.kind != MANAGEMENT_NONE;
	const struct sample_target target = {
		.proc = inspection->target.proc,
		.directory = inspection->directory,
		.pid = inspection->pid,
		.group = inspection->group,
		.router = inspection->session.router,
		.management = asked ? &inspection->management : NULL,
		.no_management = inspection->no_management,
		.modules = inspection->modules,
		.estimate = &inspection->session.estimate,
		.timeout_ms = ASK_TIMEOUT_MS,
		.cancel = cancel,
	};

	cleanup_sample struct sample before = inspection->sample;
	inspection->sampled = sample_take(&target, &inspection->sample, error) == 0;
	if (!inspection->sampled) {
		sample_clear(&inspection->sample);
		inspection->sample = before;
		before = (struct sample){0};
		return -1;
	}
	sample_keep_modules(&inspection->sample, &before);
	keep(inspection);
	return 0;
}

void inspection_sample(const struct inspect_request *request, int directory, struct inspection *inspection)
{
	struct held_signals held; /* so that a query's files are removed before the process ends */

	bool has_pools = inspection->session.router->sizes_by_arguments || request->running.management;
	if (!inspection->pid || !(has_pools || request->samples))
		return;
	inspection->modules = request->modules;
	inspection->directory = inspection->has_group && inspection->by_group ? dup(directory) : -1;
	find_management(request, inspection);
	if (signals_hold(ending_signals, &held, NULL) < 0)
		return;
	inspection_sample_again(inspection, &held.fd, NULL);
	signals_release(&held);
}

uint64_t inspection_start_ticks(const struct inspection *inspection)
{
	struct process_stats process;
	uint64_t ticks = process_stats_read(inspection->target.proc, inspection->pid, &process, NULL) == 0
				 ? process.start_ticks
				 : 0;
	process_stats_clear(&process);
	return ticks;
}

bool inspection_is_same(const struct inspection *inspection, uint64_t start_ticks)
{
	return start_ticks && inspection_start_ticks(inspection) == start_ticks;
}
