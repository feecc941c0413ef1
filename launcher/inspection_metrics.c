/* SPDX-License-Identifier: MIT */
/*
 * inspect --format openmetrics: every router that matches, in one document. A router that does not run, or
 * has drifted, is a result and no failure: the document says so, and an alert can be made of it.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "commands.h"
#include "inspect/inspection.h"
#include "metrics/metrics.h"
#include "options.h"
#include "report/log.h"
#include "report/openmetrics.h"
#include "router/router.h"

static bool is_bad_profile(const struct inspection *inspection)
{
	return inspection->session.state == SESSION_BAD_PROFILE;
}

/* One of several; `found` is how it was found. */
static void add_one(const struct options *options, const struct running_router *found,
		    struct metrics *metrics)
{
	cleanup_error struct error error = {0};
	cleanup_inspection struct inspection inspection = {0};
	struct inspect_request request = inspect_request_of(options);

	request.running = (struct running_choice){.pid = found->pid};
	if (inspection_open(&request, &inspection, &error) == 0) {
		metrics_add(metrics, &inspection);
		return;
	}
	log_error(&options->output, &error);
	metrics_add_failed(metrics, router_find(NULL, found->name)->name, found->group);
}

/* What belongs to one router cannot be applied to several. */
static int add_all(const struct options *options, const struct running_routers *found,
		   struct metrics *metrics, struct error *error)
{
	const char *option = options->selection.name       ? "--profile"
			     : options->running.management ? "--mi"
							   : NULL;
	if (option) {
		error_set(error, 0, "%s is for one router, and %zu match", option, found->count);
		return error_hint(error, "name one: siplaunch inspect --format openmetrics %s %s", option,
				  found->items[0].selector);
	}
	for (size_t i = 0; i < found->count; i++)
		add_one(options, &found->items[i], metrics);
	return 0;
}

/* The only one that matches, of which inspection_open() failed with `error`. */
static int add_failed(const struct options *options, const struct inspection *inspection,
		      struct metrics *metrics, struct error *error)
{
	if (inspection->nothing)
		return 0;
	if (!inspection->pid || is_bad_profile(inspection))
		return -1;
	log_error(&options->output, error);
	metrics_add_failed(metrics, router_find(NULL, inspection->program)->name, inspection->group);
	return 0;
}

static int gather(const struct options *options, struct inspection *inspection, struct metrics *metrics,
		  struct error *error)
{
	const struct inspect_request request = inspect_request_of(options);

	if (inspection_open(&request, inspection, error) < 0)
		return inspection->candidates.count
			       ? add_all(options, &inspection->candidates, metrics, error)
			       : add_failed(options, inspection, metrics, error);
	if (inspection->pid)
		metrics_add(metrics, inspection);
	return 0;
}

/* As it was given; a pid is no label. */
static const char *selector_of(const struct running_choice *choice)
{
	return choice->name ? choice->name : choice->cgroup;
}

int inspection_metrics(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_inspection struct inspection inspection = {0};
	cleanup_metrics struct metrics metrics = {0};
	int64_t start = clock_monotonic_us();

	if (gather(options, &inspection, &metrics, &error) < 0) {
		if (is_bad_profile(&inspection))
			log_problems(&options->output, &inspection.session.problems);
		else
			log_error(&options->output, &error);
		return is_bad_profile(&inspection) || inspection.candidates.count ? EXIT_USAGE
										  : EXIT_SIPLAUNCH;
	}
	metrics_finish(&metrics, selector_of(&options->running),
		       (double)(clock_monotonic_us() - start) / 1e6);
	report_openmetrics(stdout, &metrics);
	return EXIT_OK;
}
