/* SPDX-License-Identifier: MIT */
/* inspect --watch: where its samples are shown, on the terminal's screen, as pages or as lines of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/event.h"
#include "base/held_signals.h"
#include "commands.h"
#include "inspect/inspection.h"
#include "inspect/profile_write.h"
#include "inspect/watching.h"
#include "log/log.h"
#include "observation/inspect.h"
#include "options.h"
#include "output/live_page.h"
#include "output/style.h"
#include "stats/sample_lines.h"
#include "text/format.h"

/* What is watched, and where it is shown. */
struct watch {
	const struct options *options;
	struct watching watching;
	struct live_page live; /* held.fd -1: pages are printed one after the other */
	char *note;            /* on the screen, above the last values of a router that ended; NULL */
	const struct inspection *noted; /* of that router */
	struct profile_draft draft;
};

static void print_page(const struct watch *watch)
{
	const struct style style = style_for(&watch->options->output, stdout);
	report_watch(stdout, watch->watching.inspection, &style, watch->options->output.verbose);
}

/* False: its reader is gone. */
static bool draw(const struct watch *watch)
{
	const struct style style = style_for(&watch->options->output, stdout);
	bool has_note = watch->note && watch->noted == watch->watching.inspection && watch->live.rows > 1;
	size_t rows = watch->live.rows - has_note;
	cleanup_free char *page =
		report_watch_fitted(watch->watching.inspection, &style, rows, watch->options->output.verbose);
	cleanup_free char *noted = has_note ? xasprintf("%s\n%s", watch->note, page) : NULL;
	return live_page_draw(&watch->live, noted ? noted : page) == 0;
}

static bool show(void *to)
{
	const struct watch *watch = to;

	if (!watch->watching.inspection->sampled)
		return true;
	if (watch->live.held.fd >= 0)
		return draw(watch);
	if (watch->options->output.format == OUTPUT_JSON) {
		cleanup_free char *line = sample_line(&watch->watching.inspection->sample);
		fputs(line, stdout);
	} else {
		print_page(watch);
		fputc('\n', stdout);
	}
	return fflush(stdout) == 0;
}

static bool attend(void *to)
{
	struct watch *watch = to;
	return live_page_attend(&watch->live);
}

/* On a screen the message is its first line, while the router does not run. */
static void tell(void *to, const char *message)
{
	struct watch *watch = to;
	const struct events events = log_events(&watch->options->output);

	if (watch->live.held.fd < 0) {
		event_warning(&events, message);
		return;
	}
	free(watch->note);
	watch->note = format_printable(message);
	watch->noted = watch->watching.inspection;
	draw(watch);
}

/* The profile is made while the router runs, and written after the last sample, because the size of the
 * router's objects is fitted over all samples. */
static int adopt(void *to, const struct inspection *next, struct error *error)
{
	struct watch *watch = to;
	const char *path = watch->options->inspect.write_profile;

	if (!path)
		return 0;
	if (watch->draft.profile)
		profile_learn(watch->draft.profile, watch->watching.inspection);
	return profile_draft_make(&watch->options->selection, path, next, &watch->draft, error);
}

/* On a screen. At the end the terminal shows its earlier contents again, and the last page is printed below
 * them. */
static int repeat_on_screen(struct watch *watch, struct error *error)
{
	if (live_page_open(&watch->live, error) < 0)
		return -1;
	watch->watching.wake = watch->live.held.fd;
	int result = watching_run(&watch->watching, error);
	live_page_close(&watch->live);
	if (watch->watching.inspection->sampled)
		print_page(watch);
	return result;
}

/* Each line becomes one write(2), so that two recorders which append to one file do not mix within a line.
 * Without memory for the buffer, stdio's own is used. */
static void write_whole_lines(void)
{
	static char *buffer; /* in use until exit */
	buffer = alloc_try(SAMPLE_LINE_MAX);
	if (buffer)
		setvbuf(stdout, buffer, _IOFBF, SAMPLE_LINE_MAX);
}

static int run(struct watch *watch, struct error *error)
{
	struct held_signals held;

	if (signals_hold(ending_signals, &held, error) < 0)
		return -1;
	watch->watching.stop = held.fd;
	bool is_json = watch->options->output.format == OUTPUT_JSON;
	if (is_json)
		write_whole_lines();
	int result = !is_json && style_moves_cursor(STDOUT_FILENO) ? repeat_on_screen(watch, error)
								   : watching_run(&watch->watching, error);
	close(held.fd);
	/* the ending signals stay blocked: one that stopped the watch must not also kill the process */
	return result;
}

/* Also for a router that ended: its samples cannot be taken again. */
static int write_profile(struct watch *watch, struct error *error)
{
	const struct options *options = watch->options;
	const struct events events = log_events(&options->output);

	if (!watch->draft.profile)
		return 0;
	profile_learn(watch->draft.profile, watch->watching.inspection);
	return profile_draft_write(&options->selection, options->inspect.write_profile, &watch->draft,
				   &events, error);
}

int inspection_watch(const struct options *options, const struct inspect_request *request,
		     struct inspection *inspection)
{
	cleanup_error struct error error = {0}, unwritten = {0};
	struct watch watch = {
		.options = options,
		.watching = {.inspection = inspection,
			     .request = request,
			     .interval_s = options->inspect.watch,
			     .show = show,
			     .attend = attend,
			     .wake = -1,
			     .adopt = adopt,
			     .tell = tell},
		.live.held.fd = -1,
	};

	watch.watching.to = &watch;
	int result = -1;
	if (!inspection->pid)
		error_set(&error, 0, "%s %s: there is nothing to watch", inspection_nobody(inspection),
			  inspection->group);
	else if (adopt(&watch, inspection, &error) == 0)
		result = run(&watch, &error);
	int written = write_profile(&watch, &unwritten);
	if (result < 0 && written == 0 && watch.draft.profile)
		error_hint(&error, "%s has what siplaunch observed until then",
			   options->inspect.write_profile);
	if (result < 0)
		log_error(&options->output, &error);
	if (written < 0)
		log_error(&options->output, &unwritten);
	profile_draft_clear(&watch.draft);
	watching_close(&watch.watching);
	free(watch.note);
	return result < 0 || written < 0 ? EXIT_SIPLAUNCH : EXIT_OK;
}
