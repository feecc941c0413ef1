/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "log/log.h"
#include "options.h"
#include "output/pieces.h"
#include "plan/plan.h"
#include "profile/listing.h"
#include "report/profiles.h"
#include "report/report.h"
#include "seccomp/seccomp.h"
#include "text/format.h"

#define cleanup_profile  __attribute__((cleanup(profile_clear)))
#define cleanup_problems __attribute__((cleanup(problems_clear)))

static void complain_of_nothing(const struct options *options)
{
	cleanup_error struct error error = {0};
	error_set(&error, 0, "no profile in --profile-dir, $SIPLAUNCH_PROFILE_PATH or %s",
		  SIPLAUNCH_PROFILE_DIRS);
	error_hint(&error, "name the folder that has them: --profile-dir DIR");
	log_error(&options->output, &error);
}

static int list(const struct options *options)
{
	const struct profile_search search = selection_search(&options->selection);
	cleanup_profile_listing struct profile_listing listing = {0};

	const struct style style = style_for(&options->output, stdout);

	profile_listing_read(&search, &listing);
	if (options->output.format == OUTPUT_JSON)
		output_json_print(stdout, report_profiles_json(&listing));
	else
		report_profiles(stdout, &listing, &style);
	if (!listing.count)
		complain_of_nothing(options);
	return listing.count ? EXIT_OK : EXIT_REFUSED;
}

/* A warning here; run refuses such a profile. */
static void warn_of_others(const struct options *options, const struct profile *profile)
{
	cleanup_error struct error error = {0};
	struct plan warnings = {0};
	const uid_t callers[] = {geteuid(), options->selection.sudo_uid};
	const struct trust_terms terms = {.callers = callers,
					  .caller_count = options->selection.by_sudo ? 2 : 1};

	if (trust_judge(profile->findings, profile->finding_count, &terms, &error) == 0)
		return;
	plan_warn(&warnings, "others can change the profile %s: %s; to end that: %s", profile->name,
		  error.message, error.hint);
	log_warnings(&options->output, &warnings, 0);
	plan_clear(&warnings);
}

static int show(const struct options *options)
{
	cleanup_profile struct profile profile = {0};
	cleanup_problems struct problems problems = {0};
	const struct profile_search search = selection_search(&options->selection);
	const struct profile_request request =
		selection_request(&options->selection, options->operands.items[0], &search);

	if (profile_load(&request, &profile, &problems) < 0) {
		log_problems(&options->output, &problems);
		return EXIT_USAGE;
	}
	output_json_print(stdout, json_incref(profile.resolved));
	warn_of_others(options, &profile);
	return EXIT_OK;
}

/* The problems are the result of a check, so they go to standard output. */
static void print_check(const struct options *options, const char *file, const struct problems *problems,
			json_t *all)
{
	const struct style style = style_for(&options->output, stdout);

	report_problems(stdout, problems, all, &style);
	if (!problems->count && !all) {
		cleanup_free char *safe = format_printable(file);
		printf("%s: ok\n", safe);
	}
}

/* run would refuse the profile for its filter as well. */
static bool check_filter(const struct profile *profile, const struct profile_search *search,
			 struct problems *problems)
{
	cleanup_seccomp_profile struct seccomp_profile filter = {0};
	const struct seccomp_request request = seccomp_request_of(profile, search);

	return (!request.name && !request.content) || seccomp_profile_load(&request, &filter, problems) == 0;
}

static bool check_one(const struct options *options, const struct profile_search *search, const char *file,
		      json_t *all)
{
	cleanup_profile struct profile profile = {0};
	cleanup_problems struct problems problems = {0};
	/* A file is meant, also where its name could be a profile's. */
	cleanup_free char *path = strchr(file, '/') ? xstrdup(file) : xasprintf("./%s", file);
	const struct profile_request request = selection_request(&options->selection, path, search);

	bool good =
		profile_load(&request, &profile, &problems) == 0 && check_filter(&profile, search, &problems);
	print_check(options, file, &problems, all);
	warn_of_others(options, &profile);
	return good;
}

static int check(const struct options *options)
{
	const struct profile_search search = selection_search(&options->selection);
	json_t *all = options->output.format == OUTPUT_JSON ? json_checked(json_array()) : NULL;
	bool good = true;

	for (size_t i = 0; i < options->operands.count; i++)
		good &= check_one(options, &search, options->operands.items[i], all);
	if (all)
		output_json_print(stdout, all);
	return good ? EXIT_OK : EXIT_REFUSED;
}

int command_profiles(const struct options *options)
{
	switch (options->profiles) {
	case PROFILES_LIST:
		return list(options);
	case PROFILES_SHOW:
		return show(options);
	case PROFILES_CHECK:
		break;
	}
	return check(options);
}
