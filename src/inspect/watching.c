/* SPDX-License-Identifier: MIT */
#include "inspect/watching.h"

#include <errno.h>
#include <poll.h>

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
static bool wait_for_beat(const struct watching *watching, int64_t beat_ms)
{
	int64_t now_ms;

	while ((now_ms = clock_monotonic_ms()) < beat_ms) {
		struct pollfd polled[] = {{.fd = watching->stop, .events = POLLIN},
					  {.fd = watching->wake, .events = POLLIN}};
		poll(polled, ARRAY_SIZE(polled), (int)(beat_ms - now_ms));
		if (polled[0].revents)
			return false;
		if (polled[1].revents && watching->attend(watching->to) && !watching->show(watching->to))
			return false;
	}
	return !is_stopped(watching);
}

int watching_run(const struct watching *watching, struct error *error)
{
	struct inspection *inspection = watching->inspection;
	uint64_t start = inspection_start_ticks(inspection);
	int64_t interval_ms = (int64_t)watching->interval_s * 1000, beat_ms = clock_monotonic_ms();

	while (watching->show(watching->to)) {
		beat_ms = clock_next_beat(beat_ms, interval_ms, clock_monotonic_ms());
		if (!wait_for_beat(watching, beat_ms))
			return 0;
		if (inspection_sample_next(inspection, start, &watching->stop, error) < 0)
			return error->errnum == ESRCH
				       ? error_set(error, 0,
						   "process %d has ended: there is nothing more to watch",
						   (int)inspection->pid)
				       : -1;
		if (is_stopped(watching))
			return 0; /* the sample is incomplete */
	}
	return 0;
}
