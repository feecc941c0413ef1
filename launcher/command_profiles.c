/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_value.h"
#include "options.h"
#include "plan/plan.h"
#include "report/log.h"
#include "report/report.h"
#include "text/format.h"

#define cleanup_profile  __attribute__((cleanup(profile_clear)))
#define cleanup_problems __attribute__((cleanup(problems_clear)))

struct entry {
	char *name, *description, *file;
};

struct listing {
	struct entry *entries;
	size_t count;
};

static void listing_clear(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		free(listing->entries[i].name);
		free(listing->entries[i].description);
		free(listing->entries[i].file);
	}
	free(listing->entries);
}

static int keep_entry(const char *name, const char *file, const char *description, void *data)
{
	struct listing *listing = data;
	struct entry *entry = ARRAY_ADD(listing->entries, listing->count);
	entry->name = xstrdup(name);
	entry->file = xstrdup(file);
	entry->description = description ? xstrdup(description) : NULL;
	return 0;
}

static size_t widest(const struct listing *listing, size_t member)
{
	size_t width = 0;
	for (size_t i = 0; i < listing->count; i++) {
		const char *text = *(char **)((char *)&listing->entries[i] + member);
		size_t own = text ? format_width(text) : 0;
		width = own > width ? own : width;
	}
	return width;
}

static void print_padded(const char *text, size_t columns)
{
	cleanup_free char *safe = format_printable(text);
	size_t width = format_width(safe);
	printf("%s%*s", safe, (int)(width < columns ? columns - width : 0) + 2, "");
}

/* The description wrapped, and the file below it. */
static void print_entry(const struct entry *entry, size_t names, const char *file, size_t columns)
{
	cleanup_free char *description = format_printable(entry->description ? entry->description : "-");

	print_padded(entry->name, names);
	format_wrapped(stdout, description, names + 2, columns);
	bool fits = names + 2 + format_width(file) <= columns;
	printf("\n%*s%s\n", fits ? (int)names + 2 : 2, "", file);
}

static void print_table(const struct listing *listing, const struct style *style)
{
	size_t names = widest(listing, offsetof(struct entry, name));
	size_t descriptions = widest(listing, offsetof(struct entry, description));
	size_t files = widest(listing, offsetof(struct entry, file));
	bool fits = names + 2 + descriptions + 2 + files <= style->columns;

	for (size_t i = 0; i < listing->count; i++) {
		const struct entry *entry = &listing->entries[i];
		cleanup_free char *file = format_printable(entry->file);
		if (!fits) {
			print_entry(entry, names, file, style->columns);
			continue;
		}
		print_padded(entry->name, names);
		print_padded(entry->description ? entry->description : "-", descriptions);
		puts(file);
	}
}

static json_t *table_json(const struct listing *listing)
{
	json_t *profiles = json_checked(json_array());
	for (size_t i = 0; i < listing->count; i++) {
		const struct entry *entry = &listing->entries[i];
		json_array_append_new(
			profiles,
			json_checked(json_pack("{s:o, s:o, s:o}", "name", json_from_text(entry->name),
					       "description", json_from_text(entry->description), "file",
					       json_from_text(entry->file))));
	}
	return profiles;
}

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
	__attribute__((cleanup(listing_clear))) struct listing listing = {0};

	const struct style style = style_for(&options->output, stdout);

	profile_list(&search, keep_entry, &listing);
	if (options->output.format == OUTPUT_JSON)
		report_json_print(stdout, table_json(&listing));
	else
		print_table(&listing, &style);
	if (!listing.count)
		complain_of_nothing(options);
	return listing.count ? EXIT_OK : EXIT_REFUSED;
}

/* Only said here: it is run that would refuse it. */
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
	report_json_print(stdout, json_incref(profile.resolved));
	warn_of_others(options, &profile);
	return EXIT_OK;
}

/* A result is what a check prints, so its problems go to standard output. */
static void print_check(const struct options *options, const char *file, const struct problems *problems,
			json_t *all)
{
	const struct style style = style_for(&options->output, stdout);

	for (size_t i = 0; i < problems->count; i++) {
		if (all) {
			json_array_append_new(all, report_problem_json(&problems->items[i]));
			continue;
		}
		cleanup_free char *text = report_problem_text(&problems->items[i], &style);
		fputs(text, stdout);
	}
	if (!problems->count && !all) {
		cleanup_free char *safe = format_printable(file);
		printf("%s: ok\n", safe);
	}
}

static bool check_one(const struct options *options, const struct profile_search *search, const char *file,
		      json_t *all)
{
	cleanup_profile struct profile profile = {0};
	cleanup_problems struct problems problems = {0};
	/* A file is meant, also where its name could be a profile's. */
	cleanup_free char *path = strchr(file, '/') ? xstrdup(file) : xasprintf("./%s", file);
	const struct profile_request request = selection_request(&options->selection, path, search);

	bool good = profile_load(&request, &profile, &problems) == 0;
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
		report_json_print(stdout, all);
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
