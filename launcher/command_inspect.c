/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "base/exit_status.h"
#include "commands.h"
#include "inspect/inspection.h"
#include "inspect/profile_write.h"
#include "log/log.h"
#include "log/progress.h"
#include "metrics/gather.h"
#include "metrics/metrics.h"
#include "observation/inspect.h"
#include "observation/openmetrics.h"
#include "options.h"
#include "output/pieces.h"

struct inspect_request inspect_request_of(const struct options *options)
{
	bool compares = options->command == COMMAND_INSPECT && options->selection.name;
	return (struct inspect_request){
		.command = commands[options->command].name,
		.running = options->running,
		.selection = compares ? &options->selection : NULL,
		.modules = options->inspect.modules ? MODULES_ALWAYS : MODULES_IF_CHEAP,
		.measures = options->command == COMMAND_INSPECT && !options->inspect.watch &&
			    options->output.format != OUTPUT_OPENMETRICS,
		.samples = options->inspect.watch > 0 || options->output.format == OUTPUT_OPENMETRICS,
	};
}

int refuse_inspection(const struct output *output, const struct inspection *inspection,
		      const struct error *error)
{
	if (inspection->session.state == SESSION_BAD_PROFILE) {
		log_problems(output, &inspection->session.problems);
		return EXIT_USAGE;
	}
	log_error(output, error);
	if (!inspection->candidates.count)
		return EXIT_SIPLAUNCH;
	if (output->format == OUTPUT_JSON)
		output_json_print(stdout, report_candidates_json(&inspection->candidates));
	else
		report_candidates(stdout, &inspection->candidates);
	return EXIT_USAGE;
}

static void print(const struct options *options, const struct inspection *inspection)
{
	if (options->output.format == OUTPUT_JSON) {
		output_json_print(stdout, report_inspect_json(inspection));
		return;
	}
	const struct style style = style_for(&options->output, stdout);
	report_inspect(stdout, inspection, &style, options->output.verbose);
}

/* Reports "no drift" only if everything could be compared. */
static int verdict(const struct options *options, const struct inspection *inspection)
{
	cleanup_error struct error error = {0};
	if (inspection->drifts.count)
		return EXIT_REFUSED;
	if (!inspection->unknown.count)
		return EXIT_OK;
	error_set(&error, 0, "%zu of the profile's settings could not be compared",
		  inspection->unknown.count);
	const char *hint = inspection_hint(inspection);
	if (hint)
		error_hint(&error, "%s", hint);
	log_error(&options->output, &error);
	return EXIT_SIPLAUNCH;
}

static int print_metrics(const struct options *options, const struct inspect_request *request)
{
	cleanup_error struct error error = {0};
	cleanup_inspection struct inspection inspection = {0};
	cleanup_metrics struct metrics metrics = {0};
	const struct events events = log_events(&options->output);

	if (metrics_gather(request, &events, &inspection, &metrics, &error) == 0) {
		report_openmetrics(stdout, &metrics);
		return EXIT_OK;
	}
	if (inspection.session.state == SESSION_BAD_PROFILE) {
		log_problems(&options->output, &inspection.session.problems);
		return EXIT_USAGE;
	}
	log_error(&options->output, &error);
	return inspection.candidates.count ? EXIT_USAGE : EXIT_SIPLAUNCH;
}

int command_inspect(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_inspection struct inspection inspection = {0};

	const struct events events = log_events(&options->output);
	const struct inspect_request request = inspect_request_of(options);
	if (options->output.format == OUTPUT_OPENMETRICS)
		return print_metrics(options, &request);
	progress_say(&options->output, "look at the router", NULL);
	int opened = inspection_open(&request, &inspection, &error);
	progress_say(&options->output, NULL, NULL);
	if (opened < 0) {
		if (options->detached && !error.hint)
			error_hint(&error, "for an interval, write --watch=%s", options->detached);
		return refuse_inspection(&options->output, &inspection, &error);
	}
	if (options->inspect.watch)
		return inspection_watch(options, &request, &inspection);
	if (options->inspect.write_profile &&
	    profile_write(&options->selection, options->inspect.write_profile, &inspection, &events, &error) <
		    0)
		return refuse_inspection(&options->output, &inspection, &error);
	print(options, &inspection);
	return verdict(options, &inspection);
}
