/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/error.h"
#include "base/json.h"
#include "log/log.h"
#include "options.h"
#include "output/pieces.h"
#include "report/report.h"
#include "report/seccomp.h"
#include "seccomp/seccomp.h"
#include "text/format.h"

/* What a profile becomes. */
struct result {
	struct seccomp_profile profile;
	struct seccomp_filter filter;
	struct problems problems;
	struct error error;
};

static void result_clear(struct result *result)
{
	seccomp_profile_clear(&result->profile);
	seccomp_filter_clear(&result->filter);
	problems_clear(&result->problems);
	error_clear(&result->error);
}
#define cleanup_result __attribute__((cleanup(result_clear)))

static int read_capabilities(const struct options *options, uint64_t *mask)
{
	*mask = 0;
	for (size_t i = 0; i < options->seccomp.capabilities.count; i++) {
		cleanup_error struct error error = {0};
		const char *name = options->seccomp.capabilities.items[i];
		int number = capability_number(name);
		if (number >= 0) {
			*mask |= CAPABILITY_BIT(number);
			continue;
		}
		error_set(&error, 0, "--capability must be a name such as CAP_NET_BIND_SERVICE, not \"%s\"",
			  name);
		log_error(&options->output, &error);
		return -1;
	}
	return 0;
}

/* 0, or -1 with problems or an error in the result. */
static int make(const struct options *options, const char *name, uint64_t capabilities, struct result *result)
{
	const struct profile_search search = selection_search(&options->selection);
	struct utsname machine;
	const struct seccomp_request request = {
		.name = name,
		.search = &search,
		.capabilities = capabilities,
		.kernel = uname(&machine) == 0 ? machine.release : NULL,
		.all_architectures = options->seccomp.all_architectures,
		.newer_enosys = options->seccomp.newer_enosys,
	};
	if (seccomp_profile_load(&request, &result->profile, &result->problems) < 0)
		return -1;
	return seccomp_filter_compile(&result->profile, &result->filter, &result->error);
}

static int explain(const struct options *options, const struct result *result)
{
	if (result->problems.count)
		log_problems(&options->output, &result->problems);
	else
		log_error(&options->output, &result->error);
	return EXIT_USAGE;
}

static int show(const struct options *options, uint64_t capabilities)
{
	cleanup_result struct result result = {0};
	const struct style style = style_for(&options->output, stdout);

	if (make(options, options->operands.items[0], capabilities, &result) < 0)
		return explain(options, &result);
	if (options->output.format == OUTPUT_JSON)
		output_json_print(stdout, report_seccomp_json(&result.profile, &result.filter));
	else
		report_seccomp(stdout, &result.profile, &result.filter, &style);
	return EXIT_OK;
}

/* If libseccomp cannot compile the filter, that is a problem of the whole file, without a line. */
static void error_to_problem(struct result *result, const char *file)
{
	const struct json_place place = {.file = file};
	cleanup_free char *text = error_text(&result->error);
	problem_add(&result->problems, &place, "", false, text, result->error.hint);
}

/* What is printed is the result of a check, so it goes to standard output. */
static bool check_one(const struct options *options, const char *file, uint64_t capabilities, json_t *all)
{
	cleanup_result struct result result = {0};
	const struct style style = style_for(&options->output, stdout);
	/* A file is meant, also where its name could be a profile's. */
	cleanup_free char *path = strchr(file, '/') ? xstrdup(file) : xasprintf("./%s", file);

	bool good = make(options, path, capabilities, &result) == 0;
	if (!good && !result.problems.count)
		error_to_problem(&result, file);
	report_problems(stdout, &result.problems, all, &style);
	cleanup_free char *safe = format_printable(file);
	if (good && !all)
		printf("%s: ok, %zu system calls, %u instructions\n", safe, result.profile.call_count,
		       result.filter.count);
	if (good && !all)
		output_notes(stdout, "warnings", result.profile.warnings, result.profile.warning_count,
			     PAINT_YELLOW, &style);
	return good;
}

static int check(const struct options *options, uint64_t capabilities)
{
	json_t *all = options->output.format == OUTPUT_JSON ? json_checked(json_array()) : NULL;
	bool good = true;

	for (size_t i = 0; i < options->operands.count; i++)
		good &= check_one(options, options->operands.items[i], capabilities, all);
	if (all)
		output_json_print(stdout, all);
	return good ? EXIT_OK : EXIT_REFUSED;
}

/* As bubblewrap's --seccomp and others read it. */
static int export(const struct options *options, uint64_t capabilities)
{
	cleanup_result struct result result = {0};

	if (isatty(STDOUT_FILENO)) {
		error_set(&result.error, 0, "the program is binary, and standard output is a terminal");
		error_hint(&result.error, "send it to a file: siplaunch seccomp export NAME > FILE");
		log_error(&options->output, &result.error);
		return EXIT_USAGE;
	}
	if (make(options, options->operands.items[0], capabilities, &result) < 0)
		return explain(options, &result);
	fwrite(result.filter.instructions, sizeof *result.filter.instructions, result.filter.count, stdout);
	return EXIT_OK;
}

int command_seccomp(const struct options *options)
{
	uint64_t capabilities;

	if (read_capabilities(options, &capabilities) < 0)
		return EXIT_USAGE;
	switch (options->seccomp.action) {
	case SECCOMP_SHOW:
		return show(options, capabilities);
	case SECCOMP_CHECK:
		return check(options, capabilities);
	case SECCOMP_EXPORT:
		break;
	}
	return export(options, capabilities);
}
