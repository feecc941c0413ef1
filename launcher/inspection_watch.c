/* SPDX-License-Identifier: MIT */
/*
 * inspect --watch: a sample every so many seconds, until somebody stops it or the router ends. The beat is
 * kept: what one sample takes is no drift of the next, and those that a slow one made impossible are left
 * out.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "commands.h"
#include "inspect/inspection.h"
#include "inspect/sampling.h"
#include "options.h"
#include "report/inspect.h"
#include "report/live_page.h"
#include "report/log.h"
#include "report/report.h"
#include "stats/sample_lines.h"

/* What waits, and what is drawn meanwhile. */
struct watch {
	const struct options *options;
	struct inspection *inspection;
	struct live_page live; /* signals -1: pages are printed one after the other */
	int stop;              /* readable when somebody wants it to end */
	int64_t beat;
};

static void print_page(const struct watch *watch)
{
	const struct style style = style_for(&watch->options->output, stdout);
	report_watch(stdout, watch->inspection, &style, watch->options->output.verbose);
}

/* False: nobody reads it any more. */
static bool draw(const struct watch *watch)
{
	const struct style style = style_for(&watch->options->output, stdout);
	cleanup_free char *page = report_watch_fitted(watch->inspection, &style, watch->live.rows,
						      watch->options->output.verbose);
	return live_page_draw(&watch->live, page) == 0;
}

static bool show(const struct watch *watch)
{
	if (!watch->inspection->sampled)
		return true;
	if (watch->live.signals >= 0)
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

static bool is_stopped(const struct watch *watch)
{
	return poll(&(struct pollfd){.fd = watch->stop, .events = POLLIN}, 1, 0) > 0;
}

/* True when the next beat has come, false when it has to end. */
static bool wait_for_beat(struct watch *watch)
{
	int64_t now = clock_monotonic_ms(), interval_ms = (int64_t)watch->options->inspect.watch * 1000;

	watch->beat += interval_ms;
	if (watch->beat < now)
		watch->beat += (now - watch->beat + interval_ms - 1) / interval_ms * interval_ms;
	while ((now = clock_monotonic_ms()) < watch->beat) {
		struct pollfd polled[] = {{.fd = watch->stop, .events = POLLIN},
					  {.fd = watch->live.signals, .events = POLLIN}};
		poll(polled, ARRAY_SIZE(polled), (int)(watch->beat - now));
		if (polled[0].revents)
			return false;
		if (polled[1].revents && live_page_attend(&watch->live) && !show(watch))
			return false;
	}
	return !is_stopped(watch);
}

/* 0 when it was called off; -1 when the router is gone. */
static int repeat(struct watch *watch, struct error *error)
{
	struct inspection *inspection = watch->inspection;
	uint64_t start = inspection_start_ticks(inspection);

	watch->beat = clock_monotonic_ms();
	while (show(watch)) {
		if (!wait_for_beat(watch))
			return 0;
		if (inspection_sample_again(inspection, &watch->stop, error) < 0 ||
		    !inspection_is_same(inspection, start))
			return error_set(error, 0, "process %d has ended: there is nothing more to watch",
					 (int)inspection->pid);
		if (is_stopped(watch))
			return 0; /* half a sample is none */
	}
	return 0;
}

/* On a screen, which shows what was there before in the end; the last page is left below that. */
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

int inspection_watch(const struct options *options, struct inspection *inspection)
{
	cleanup_error struct error error = {0};
	struct watch watch = {.options = options, .inspection = inspection, .live = {.signals = -1}};
	struct held_signals held;

	if (!inspection->pid)
		error_set(&error, 0, "%s %s: there is nothing to watch", inspection_nobody(inspection),
			  inspection->group);
	if (error.message || signals_hold(&held, &error) < 0) {
		log_error(&options->output, &error);
		return EXIT_SIPLAUNCH;
	}
	watch.stop = held.fd;
	bool on_screen = options->output.format != OUTPUT_JSON && live_page_is_possible();
	int result = on_screen ? repeat_on_screen(&watch, &error) : repeat(&watch, &error);
	close(held.fd);
	/* what has called it off stays blocked: it has done its work */
	if (result == 0)
		return EXIT_OK;
	log_error(&options->output, &error);
	return EXIT_SIPLAUNCH;
}
