/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "commands.h"
#include "inspect/review.h"
#include "log/log.h"
#include "observation/advise.h"
#include "options.h"
#include "output/pieces.h"
#include "session/profile_file.h"

static void print(const struct options *options, const struct review *review)
{
	if (options->output.format == OUTPUT_JSON) {
		output_json_print(stdout, report_advise_json(review));
		return;
	}
	const struct style style = style_for(&options->output, stdout);
	report_advise(stdout, review, &style);
}

static int refuse(const struct options *options, const struct review *review, const struct error *error,
		  int status)
{
	if (review->inspection.candidates.count)
		return refuse_inspection(&options->output, &review->inspection, error);
	log_problems(&options->output, &review->problems);
	if (error->message)
		log_error(&options->output, error);
	return status;
}

int command_advise(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_review struct review review = {0};

	if (options->sizes.write &&
	    profile_file_check(&options->selection, options->sizes.write, &error) < 0) {
		log_error(&options->output, &error);
		return EXIT_SIPLAUNCH;
	}
	const struct events events = log_events(&options->output);
	const struct inspect_request running = inspect_request_of(options);
	const struct review_request request = {
		.selection = &options->selection,
		.files = options->operands,
		.running = &running,
		.margin = options->sizes.margin,
	};
	int status = review_open(&request, &events, &review, &error);
	if (status != EXIT_OK)
		return refuse(options, &review, &error, status);
	print(options, &review);
	if (options->sizes.write &&
	    advice_profile_write(&options->selection, options->sizes.write, &review, &events, &error) < 0) {
		log_error(&options->output, &error);
		return EXIT_SIPLAUNCH;
	}
	return EXIT_OK;
}
