/* SPDX-License-Identifier: MIT */
/*
 * inspect --watch: a sample every so many seconds, until somebody stops it or the router ends. The beat is
 * kept: what one sample takes is no drift of the next, and those that a slow one made impossible are left
 * out.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "commands.h"
#include "inspection.h"
#include "inspection_sample.h"
#include "log.h"
#include "report.h"
#include "report_inspect.h"

#define CLEAR "\033[H\033[2J"

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* True when the next beat has come, false when somebody wants it to end. */
static bool wait_for_beat(int fd, int64_t *beat, unsigned interval_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int64_t now = now_ms();

	*beat += interval_ms;
	if (*beat < now)
		*beat += (now - *beat + interval_ms - 1) / interval_ms * interval_ms;
	while ((now = now_ms()) < *beat)
		if (poll(&poll_fd, 1, (int)(*beat - now)) > 0)
			return false;
	return poll(&poll_fd, 1, 0) <= 0;
}

/* One line that is there at once, for whoever reads along. */
static void print_line(const struct inspection *inspection)
{
	json_t *object = sample_json(&inspection->sample);
	cleanup_free char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	if (!line)
		alloc_failed();
	printf("%s\n", line);
}

static void print(const struct options *options, const struct inspection *inspection)
{
	const struct style style = style_for(options, stdout);

	if (options->format == OUTPUT_JSON) {
		print_line(inspection);
	} else {
		bool terminal = isatty(STDOUT_FILENO);
		fputs(terminal ? CLEAR : "", stdout);
		report_watch(stdout, inspection, &style, options->verbose);
		fputs(terminal ? "" : "\n", stdout);
	}
	fflush(stdout);
}

/* Another process may have got its number. */
static bool is_same(const struct inspection *inspection, uint64_t start_ticks)
{
	struct process_stats process;
	bool same = process_stats_read(inspection->place.proc, inspection->pid, &process, NULL) == 0 &&
		    process.start_ticks == start_ticks;
	process_stats_clear(&process);
	return same;
}

static uint64_t start_of(const struct inspection *inspection)
{
	struct process_stats process;
	uint64_t ticks = process_stats_read(inspection->place.proc, inspection->pid, &process, NULL) == 0
				 ? process.start_ticks
				 : 0;
	process_stats_clear(&process);
	return ticks;
}

/* 0 when it was called off; -1 when the router is gone. */
static int watch(const struct options *options, struct inspection *inspection, int fd, struct error *error)
{
	uint64_t start = start_of(inspection);
	int64_t beat = now_ms();

	while (!ferror(stdout)) {
		if (inspection->sampled)
			print(options, inspection);
		if (!wait_for_beat(fd, &beat, options->watch * 1000))
			return 0;
		if (inspection_sample_again(inspection, &fd, error) < 0 || !is_same(inspection, start))
			return error_set(error, 0, "process %d has ended: there is nothing more to watch",
					 (int)inspection->pid);
		if (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) > 0)
			return 0; /* half a sample is none */
	}
	return 0;
}

int inspection_watch(const struct options *options, struct inspection *inspection)
{
	cleanup_error struct error error = {0};
	struct held_signals held;

	if (!inspection->pid)
		error_set(&error, 0, "%s %s: there is nothing to watch", inspection_nobody(inspection),
			  inspection->group);
	if (error.message || signals_hold(&held, &error) < 0) {
		log_error(options, &error);
		return EXIT_SIPLAUNCH;
	}
	int result = watch(options, inspection, held.fd, &error);
	close(held.fd);
	/* what has called it off stays blocked: it has done its work */
	if (result == 0)
		return EXIT_OK;
	log_error(options, &error);
	return EXIT_SIPLAUNCH;
}
