/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "commands.h"
#include "inspection.h"
#include "inspection_sample.h"
#include "log.h"
#include "profile_file.h"
#include "profile_write.h"
#include "report.h"
#include "report_inspect.h"
#include "target.h"

static void print(const struct options *options, const struct inspection *inspection)
{
	if (options->format == OUTPUT_JSON) {
		report_json_print(stdout, report_inspect_json(inspection));
		return;
	}
	const struct style style = style_for(options, stdout);
	report_inspect(stdout, inspection, &style, options->verbose);
}

/* "No drift" is said only of what was seen. */
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
	log_error(options, &error);
	return EXIT_SIPLAUNCH;
}

/* The profile is written when somebody stops it: all samples say what this router's objects take. */
static int watch(const struct options *options, struct inspection *inspection)
{
	cleanup_error struct error error = {0};

	if (options->write_profile && profile_file_check(options, options->write_profile, &error) < 0) {
		log_error(options, &error);
		return EXIT_SIPLAUNCH;
	}
	int status = inspection_watch(options, inspection);
	if (status != EXIT_OK || !options->write_profile)
		return status;
	return profile_write(options, inspection, &error) < 0 ? target_refuse(options, inspection, &error)
							      : EXIT_OK;
}

int command_inspect(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_inspection struct inspection inspection = {0};

	if (inspection_open(options, &inspection, &error) < 0)
		return target_refuse(options, &inspection, &error);
	if (options->watch)
		return watch(options, &inspection);
	if (options->write_profile && profile_write(options, &inspection, &error) < 0)
		return target_refuse(options, &inspection, &error);
	print(options, &inspection);
	return verdict(options, &inspection);
}
