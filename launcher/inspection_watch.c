/* SPDX-License-Identifier: MIT */
/* inspect --watch: where its samples are shown, on the terminal's screen, as pages or as lines of JSON. */
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/held_signals.h"
#include "commands.h"
#include "inspect/inspection.h"
#include "inspect/watching.h"
#include "log/log.h"
#include "observation/inspect.h"
#include "options.h"
#include "output/live_page.h"
#include "output/style.h"
#include "stats/sample_lines.h"

/* What is watched, and where it is shown. */
struct watch {
	const struct options *options;
	struct inspection *inspection;
	struct live_page live; /* held.fd -1: pages are printed one after the other */
	int stop;              /* as in struct watching */
};

static void print_page(const struct watch *watch)
{
	const struct style style = style_for(&watch->options->output, stdout);
	report_watch(stdout, watch->inspection, &style, watch->options->output.verbose);
}

/* False: its reader is gone. */
static bool draw(const struct watch *watch)
{
	const struct style style = style_for(&watch->options->output, stdout);
	cleanup_free char *page = report_watch_fitted(watch->inspection, &style, watch->live.rows,
						      watch->options->output.verbose);
	return live_page_draw(&watch->live, page) == 0;
}

static bool show(void *to)
{
	const struct watch *watch = to;

	if (!watch->inspection->sampled)
		return true;
	if (watch->live.held.fd >= 0)
		return draw(watch);
	if (watch->options->output.format == OUTPUT_JSON) {
		cleanup_free char *line = sample_line(&watch->inspection->sample);
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

static int repeat(struct watch *watch, struct error *error)
{
	const struct watching watching = {
		.inspection = watch->inspection,
		.interval_s = watch->options->inspect.watch,
		.stop = watch->stop,
		.show = show,
		.attend = attend,
		.wake = watch->live.held.fd,
		.to = watch,
	};
	return watching_run(&watching, error);
}

/* On a screen. At the end the terminal shows its earlier contents again, and the last page is printed below
 * them. */
static int repeat_on_screen(struct watch *watch, struct error *error)
{
	if (live_page_open(&watch->live, error) < 0)
		return -1;
	int result = repeat(watch, error);
	live_page_close(&watch->live);
	if (watch->inspection->sampled)
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

int inspection_watch(const struct options *options, struct inspection *inspection)
{
	cleanup_error struct error error = {0};
	struct watch watch = {.options = options, .inspection = inspection, .live.held.fd = -1};
	struct held_signals held;

	if (!inspection->pid)
		error_set(&error, 0, "%s %s: there is nothing to watch", inspection_nobody(inspection),
			  inspection->group);
	if (error.message || signals_hold(ending_signals, &held, &error) < 0) {
		log_error(&options->output, &error);
		return EXIT_SIPLAUNCH;
	}
	watch.stop = held.fd;
	if (options->output.format == OUTPUT_JSON)
		write_whole_lines();
	bool on_screen = options->output.format != OUTPUT_JSON && style_moves_cursor(STDOUT_FILENO);
	int result = on_screen ? repeat_on_screen(&watch, &error) : repeat(&watch, &error);
	close(held.fd);
	/* the ending signals stay blocked: one that stopped the watch must not also kill the process */
	if (result == 0)
		return EXIT_OK;
	log_error(&options->output, &error);
	return EXIT_SIPLAUNCH;
}
