/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "commands.h"
#include "log/log.h"
#include "log/tune_progress.h"
#include "options.h"
#include "output/pieces.h"
#include "report/tune.h"
#include "session/profile_file.h"
#include "session/session.h"
#include "tune/tune.h"

static int status_of(const struct tuning *tuning, const struct tune_result *result)
{
	if (result->verdict == TUNE_INTERRUPTED)
		return 128 + tuning->asked;
	return result->verdict == TUNE_FOUND ? EXIT_OK : EXIT_REFUSED;
}

static int finish(const struct options *options, const struct tuning *tuning, const struct search *search)
{
	cleanup_error struct error error = {0};
	struct tune_result result = tune_result_make(tuning, search);
	int status = status_of(tuning, &result);

	if (options->output.format == OUTPUT_JSON) {
		output_json_print(stdout, report_tune_json(tuning, &result));
	} else {
		const struct style style = style_for(&options->output, stdout);
		report_tune(stdout, tuning, &result, &style);
	}
	if (result.verdict != TUNE_FOUND) {
		tune_explain(tuning, &result, &error);
		log_error(&options->output, &error);
	}
	if (result.verdict == TUNE_FOUND && options->sizes.write &&
	    tune_write_profile(tuning, &result, options->sizes.write, &error) < 0) {
		log_error(&options->output, &error);
		status = EXIT_SIPLAUNCH;
	}
	tune_result_clear(&result);
	return status;
}

static int check_file(const struct options *options, struct error *error)
{
	const char *write = options->sizes.write;
	return write ? profile_file_check(&options->selection, write, error) : 0;
}

static int tune(const struct options *options, struct tuning *tuning)
{
	cleanup_error struct error error = {0};
	struct search search;

	if (check_file(options, &error) == 0 && tuning_open(tuning, &error) == 0 &&
	    tuning_search(tuning, &search, &error) == 0)
		return finish(options, tuning, &search);
	log_error(&options->output, &error);
	return EXIT_SIPLAUNCH;
}

static void show_progress(const void *to, const struct tuning *tuning, const struct tune_round *round,
			  const char *doing)
{
	tune_progress(to, tuning, round, doing);
}

static void show_round(const void *to, const struct tuning *tuning, const struct tune_round *round)
{
	tune_progress_round(to, tuning, round);
}

static int tune_session(const struct options *options, struct session *session)
{
	const struct tune_request request = {
		.selection = &options->selection,
		.argv = options->argv,
		.load = options->tune.load,
		.check = options->tune.check,
		.ready = options->tune.ready,
		.management = options->running.management,
		.budget = options->tune.budget,
		.rounds = options->tune.rounds,
		.margin = options->sizes.margin,
		.keep = options->tune.keep,
	};
	const struct tune_observer observer = {
		.to = &options->output, .progress = show_progress, .round = show_round};
	const char *name = options->selection.name;
	struct tuning tuning = {
		.request = &request,
		.observer = &observer,
		.session = session,
		.profile = name ? name : router_of(NULL, options->argv)->name,
		.mount = -1,
		.directory = -1,
		.signals = {.fd = -1},
	};
	int status = tune(options, &tuning);
	tuning_close(&tuning);
	return status;
}

int command_tune(const struct options *options)
{
	/* tune searches the shared pool's size: the profile's value is ignored */
	struct profile_selection selection = selection_with(&options->selection, "sizing.shared=auto");
	struct purpose purpose = options_purpose(options);
	cleanup_session struct session session = {0};

	purpose.selection = &selection;
	purpose.supervise = true;
	int status = session_open(&purpose, &session);
	if (status < 0)
		log_session(&options->output, &session);
	if (status == 0)
		status = tune_session(options, &session);
	else
		status = session.state == SESSION_BAD_PROFILE ? EXIT_USAGE : EXIT_SIPLAUNCH;
	free(selection.sets.items);
	return status;
}
