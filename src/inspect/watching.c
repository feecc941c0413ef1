/* SPDX-License-Identifier: MIT */
#include "inspect/watching.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "inspect/inspection.h"
#include "inspect/sampling.h"

static bool is_stopped(const struct watching *watching)
{
	return poll(&(struct pollfd){.fd = watching->stop, .events = POLLIN}, 1, 0) > 0;
}

/* True at the beat, false if it must stop. */
static bool wait_for_beat(const struct watching *watching, int64_t *beat_ms)
{
	int64_t now_ms = clock_monotonic_ms();

	*beat_ms = clock_next_beat(*beat_ms, (int64_t)watching->interval_s * 1000, now_ms);
	while ((now_ms = clock_monotonic_ms()) < *beat_ms) {
		struct pollfd polled[] = {{.fd = watching->stop, .events = POLLIN},
					  {.fd = watching->wake, .events = POLLIN}};
		poll(polled, ARRAY_SIZE(polled), (int)(*beat_ms - now_ms));
		if (polled[0].revents)
			return false;
		if (polled[1].revents && watching->attend(watching->to) && !watching->show(watching->to))
			return false;
	}
	return !is_stopped(watching);
}

/* ---- over a restart ---- */

static void discard(struct inspection *inspection)
{
	inspection_close(inspection);
	free(inspection);
}

/* A router that does not answer within this time will not do so: siplaunch takes its processes as they are.
 */
#define START_S 10

/* It answers, which it does once all of its processes run, or it had the time to start them. */
static bool has_started(const struct inspection *next)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	uint64_t start_s = inspection_start_ticks(next) / (uint64_t)sysconf(_SC_CLK_TCK);
	return next->sampled && (next->sample.has_pools || (uint64_t)now.tv_sec >= start_s + START_S);
}

/* In a group that was asked for, the first process may be siplaunch, before it executes the router. */
static bool is_same_kind(const struct inspection *next, const struct inspection *before)
{
	return next->pid && next->session.router == before->session.router;
}

static void tell(const struct watching *watching, char *message)
{
	cleanup_free char *text = message;
	watching->tell(watching->to, text);
}

/* The new router of that name or group. NULL: there is none yet; `error` says why if another reason than
 * that keeps siplaunch from it. */
static struct inspection *find_next(const struct watching *watching, struct error *error)
{
	const struct inspection *before = watching->inspection;
	struct inspect_request request = *watching->request;
	struct inspection *next = xcalloc(1, sizeof *next);

	if (!request.running.name && !request.running.cgroup)
		request.running.name = before->program;
	if (inspection_open(&request, next, error) < 0) {
		if (next->nothing)
			error_clear(error);
	} else if (is_same_kind(next, before) && has_started(next) &&
		   watching->adopt(watching->to, next, error) == 0) {
		return next;
	}
	discard(next);
	return NULL;
}

/* Waits until it runs again, and continues with the new one. False: it must stop. */
static bool follow(struct watching *watching, int64_t *beat_ms)
{
	cleanup_error struct error error = {0};
	cleanup_free char *reason = NULL;
	const char *router = watching->inspection->session.router->name;
	struct inspection *next;

	tell(watching, xasprintf("%s, process %d, has ended: siplaunch waits until it runs again", router,
				 (int)watching->inspection->pid));
	while (!(next = find_next(watching, &error))) {
		cleanup_free char *text = error.message ? error_text(&error) : NULL;
		if (text && (!reason || strcmp(text, reason) != 0)) {
			watching->tell(watching->to, text);
			free(reason);
			reason = xstrdup(text);
		}
		error_clear(&error);
		if (!wait_for_beat(watching, beat_ms))
			return false;
	}
	tell(watching, xasprintf("%s runs again, as process %d", router, (int)next->pid));
	if (watching->followed)
		discard(watching->followed);
	watching->inspection = watching->followed = next;
	return true;
}

/* ---- all of it ---- */

static int ended(const struct inspection *inspection, struct error *error)
{
	return error_set(error, 0, "process %d has ended: there is nothing more to watch",
			 (int)inspection->pid);
}

int watching_run(struct watching *watching, struct error *error)
{
	uint64_t start = inspection_start_ticks(watching->inspection);
	int64_t beat_ms = clock_monotonic_ms();

	while (watching->show(watching->to)) {
		if (!wait_for_beat(watching, &beat_ms))
			return 0;
		if (inspection_sample_next(watching->inspection, start, &watching->stop, error) < 0) {
			if (error->errnum != ESRCH)
				return -1;
			if (watching->request->running.pid)
				return ended(watching->inspection, error);
			error_clear(error);
			if (!follow(watching, &beat_ms))
				return 0;
			start = inspection_start_ticks(watching->inspection);
		}
		if (is_stopped(watching))
			return 0; /* the sample is incomplete */
	}
	return 0;
}

void watching_close(struct watching *watching)
{
	if (watching->followed)
		discard(watching->followed);
	watching->followed = NULL;
}
