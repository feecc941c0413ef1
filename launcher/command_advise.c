/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "commands.h"
#include "consultation.h"
#include "log.h"
#include "profile_file.h"
#include "report.h"

static void print(const struct options *options, const struct consultation *consultation)
{
	if (options->format == OUTPUT_JSON) {
		report_json_print(stdout, report_advise_json(consultation));
		return;
	}
	const struct style style = style_for(options, stdout);
	report_advise(stdout, consultation, &style);
}

int command_advise(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_consultation struct consultation consultation = {0};

	if (options->write && profile_file_check(options, options->write, &error) < 0) {
		log_error(options, &error);
		return EXIT_SIPLAUNCH;
	}
	int status = consultation_open(options, &consultation);
	if (status != EXIT_OK)
		return status;
	print(options, &consultation);
	if (options->write && advice_profile_write(options, &consultation, &error) < 0) {
		log_error(options, &error);
		return EXIT_SIPLAUNCH;
	}
	return EXIT_OK;
}
