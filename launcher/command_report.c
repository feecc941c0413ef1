/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/event.h"
#include "base/fs.h"
#include "base/new_file.h"
#include "commands.h"
#include "html/input.h"
#include "html/page.h"
#include "inspect/sample_file.h"
#include "log/log.h"
#include "options.h"
#include "session/trust.h"

/* Standard output, unless a file is named. */
static const char *target_of(const struct options *options)
{
	const char *output = options->page.output;
	return output && strcmp(output, "-") != 0 ? output : NULL;
}

/* ---- reading ---- */

static int read_one(const struct options *options, const struct events *events, const char *name,
		    struct input *input)
{
	cleanup_error struct error error = {0};
	cleanup_fclose FILE *stream = sample_file_open(name, "report", &error);
	if (stream)
		return input_read(stream, sample_file_shown(name), options->sizes.margin, events, input);
	event_error(events, &error);
	return EXIT_USAGE;
}

/* Reads every file, also after an error, so that each mistake is reported. */
static int read_all(const struct options *options, struct input *inputs)
{
	const struct events events = log_events(&options->output);
	int status = EXIT_OK;
	for (size_t i = 0; i < options->operands.count; i++) {
		int of_file = read_one(options, &events, options->operands.items[i], &inputs[i]);
		status = status == EXIT_OK ? of_file : status;
	}
	return status;
}

/* ---- writing ---- */

/* What the browser's tab says: the only file, or what the page is. */
static char *title_of(const struct options *options)
{
	const char *name = sample_file_shown(options->operands.items[0]), *slash = strrchr(name, '/');
	return options->operands.count > 1 ? xstrdup("siplaunch report")
					   : xasprintf("siplaunch report: %s", slash ? slash + 1 : name);
}

/* The whole page, before anything of it is written. */
static char *compose(const struct options *options, const struct input *inputs, size_t *length)
{
	char *text = NULL;
	cleanup_free char *title = title_of(options);
	FILE *stream = open_memstream(&text, length);
	struct page page = {.out = stream};

	if (!stream)
		alloc_failed();
	page_begin(&page, title);
	for (size_t i = 0; i < options->operands.count; i++)
		input_write(&page, &inputs[i]);
	page_end(&page);
	if (fclose(stream) != 0)
		alloc_failed();
	return text;
}

static bool is_input(const char *name, const struct stat *target)
{
	struct stat info;
	int got = strcmp(name, "-") == 0 ? fstat(STDIN_FILENO, &info) : stat(name, &info);
	return got == 0 && info.st_dev == target->st_dev && info.st_ino == target->st_ino;
}

/* Refuses an output file that is also an input, under any of its names: the page would replace the only copy
 * of the recording. */
static int check_target(const struct options *options, struct error *error)
{
	const char *target = target_of(options);
	struct stat info;

	if (!target || stat(target, &info) < 0)
		return 0;
	for (size_t i = 0; i < options->operands.count; i++)
		if (is_input(options->operands.items[i], &info)) {
			error_set(
				error, 0,
				"--output: %s is also an input of report, which does not replace its inputs",
				target);
			return error_hint(error, "give the page a file of its own: --output report.html");
		}
	return 0;
}

/* Nothing but a regular file is replaced: a page in a device or a pipe is a mistake. */
static int open_target(const struct options *options, struct new_file *file, struct error *error)
{
	struct trust_terms room;
	struct stat info;
	const char *target = target_of(options);

	if (!target && isatty(STDOUT_FILENO)) {
		error_set(error, 0, "standard output is a terminal: siplaunch writes no page to it");
		return error_hint(error, "give a file: --output report.html");
	}
	if (!target)
		return 0;
	if (new_file_open(file, target, NEW_FILE_REPLACES, written_terms(&options->selection, &room), error) <
	    0)
		return error_context(error, "--output");
	if (file->in_place < 0 ||
	    (!file->place.magic && fstat(file->in_place, &info) == 0 && S_ISREG(info.st_mode)))
		return 0;
	error_set(error, 0, "--output: %s is not a regular file", target);
	return error_hint(error, "leave out --output: the page then goes to standard output");
}

static int write_page(const struct options *options, const struct new_file *file, const struct input *inputs,
		      struct error *error)
{
	size_t length = 0;
	cleanup_free char *text = compose(options, inputs, &length);

	if (target_of(options))
		return new_file_replace(file, text, length, error);
	return write_whole(STDOUT_FILENO, text, length) < 0
		       ? error_set(error, errno, "cannot write to standard output")
		       : 0;
}

int command_report(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_new_file struct new_file file = NEW_FILE_NONE;

	if (check_target(options, &error) < 0) {
		log_error(&options->output, &error);
		return EXIT_USAGE;
	}
	struct input *inputs = xcalloc(options->operands.count, sizeof *inputs);
	if (open_target(options, &file, &error) < 0) {
		log_error(&options->output, &error);
		free(inputs);
		return EXIT_SIPLAUNCH;
	}
	int status = read_all(options, inputs);
	if (status == EXIT_OK && write_page(options, &file, inputs, &error) < 0) {
		log_error(&options->output, &error);
		status = EXIT_SIPLAUNCH;
	}
	for (size_t i = 0; i < options->operands.count; i++)
		input_close(&inputs[i]);
	free(inputs);
	return status;
}
