/* SPDX-License-Identifier: MIT */
#include "inspect/sampling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/held_signals.h"
#include "inspect/inspection.h"

static bool is_same_address(const struct management *a, const struct management *b)
{
	cleanup_free char *one = management_text(a), *other = management_text(b);
	return strcmp(one, other) == 0;
}

/*
 * Finds the management interface, or sets the reason why there is none. Called again while there is no
 * answer: a router makes its sockets some time after its start, later changes its user, and loses a socket to
 * another router. What is remembered of the same address stays.
 */
static void find_management(struct inspection *inspection)
{
	cleanup_error struct error error = {0};
	cleanup_management struct management found = {0};
	struct management *management = &inspection->management;
	const struct session *session = &inspection->session;

	if (management_find(inspection->target.proc, inspection->pid, session->router, &session->estimate,
			    inspection->management_given, &found, &error) < 0) {
		cleanup_free char *text = error_text(&error);
		free(inspection->no_management);
		inspection->no_management =
			error.hint ? xasprintf("%s: %s", text, error.hint) : xstrdup(text);
		return;
	}
	if (management->kind != MANAGEMENT_NONE && is_same_address(management, &found)) {
		management->uid = found.uid;
		return;
	}
	management_clear(management);
	*management = found;
	found = (struct management){0};
}

/* A router that timed out still has its address, and the pauses between its queries. */
static bool needs_address(const struct inspection *inspection)
{
	return !inspection->sample.has_pools && !inspection->management.silences;
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

uint64_t inspection_start_ticks(const struct inspection *inspection)
{
	struct process_stats process;
	uint64_t ticks = process_stats_read(inspection->target.proc, inspection->pid, &process, NULL) == 0
				 ? process.start_ticks
				 : 0;
	process_stats_clear(&process);
	return ticks;
}

static int ended(const struct inspection *inspection, struct error *error)
{
	return error_set(error, ESRCH, "process %d has ended", (int)inspection->pid);
}

/* Of the process that started at `start_ticks`; 0: of whichever has the pid. */
static int sample_again(struct inspection *inspection, uint64_t start_ticks, const int *cancel,
			struct error *error)
{
	if (needs_address(inspection))
		find_management(inspection);
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

	struct sample sample;
	int result = sample_take(&target, &sample, error);
	if (result == 0 && start_ticks && inspection_start_ticks(inspection) != start_ticks)
		result = ended(inspection, error); /* meanwhile, or before: then it is another one's sample */
	inspection->sampled = result == 0;
	if (result < 0) {
		sample_clear(&sample);
		return -1;
	}
	sample_keep_modules(&sample, &inspection->sample);
	sample_clear(&inspection->sample);
	inspection->sample = sample;
	keep(inspection);
	return 0;
}

int inspection_sample_next(struct inspection *inspection, uint64_t start_ticks, const int *cancel,
			   struct error *error)
{
	return start_ticks ? sample_again(inspection, start_ticks, cancel, error) : ended(inspection, error);
}

void inspection_sample(const struct inspect_request *request, int directory, struct inspection *inspection)
{
	struct held_signals held; /* so that a query's files are removed before the process ends */

	bool has_pools = inspection->session.router->sizes_by_arguments || request->running.management;
	if (!inspection->pid || !(has_pools || request->samples))
		return;
	inspection->modules = request->modules;
	inspection->directory = inspection->has_group && inspection->by_group ? dup(directory) : -1;
	inspection->management_given = request->running.management;
	if (signals_hold(ending_signals, &held, NULL) < 0)
		return;
	sample_again(inspection, 0, &held.fd, NULL);
	signals_release(&held);
}
