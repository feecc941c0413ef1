/* SPDX-License-Identifier: MIT */
/* How many processes, and how many descriptors each. */
#include <inttypes.h>

#include "advise/rows.h"
#include "profile/profile.h"
#include "router/reactor.h"
#include "router/router.h"

#define FILES_STEP 1024
/* OpenSIPS 4.0 closes every descriptor up to the limit when it starts: 87 s for 2^30. No process of a router
 * needs a million. */
#define FILES_SANE  (UINT64_C(1) << 20)
#define FILES_USUAL 65536 /* what the shipped profiles set */

/* ---- processes ---- */

struct known processes_counted(const struct advice_request *request, bool *fixed)
{
	const struct profile *profile = request->profile;
	*fixed = profile && profile->sizing.processes.kind == COUNT_NUMBER;
	if (*fixed)
		return (struct known){true, profile->sizing.processes.number};
	if (request->estimate && request->estimate->from_config)
		return (struct known){true, request->estimate->processes};
	return (struct known){0};
}

void processes_advise(const struct frame *frame)
{
	const struct observation *seen = frame->request->seen;
	struct recommendation *row = row_begin(frame, ADVICE_PROCESSES, "processes", "sizing.processes",
					       frame->advice->confidence);
	bool fixed;
	struct known counted = processes_counted(frame->request, &fixed);

	if (seen->processes == 0) {
		row_unknown(row, VALUE_COUNT, counted);
		row_say(row, "no process was counted");
		return;
	}
	if (seen->min_processes < seen->processes)
		row_say(row,
			"between %" PRIu64 " and %" PRIu64 " were running: the sizes are for the maximum",
			seen->min_processes, seen->processes);
	else
		row_say(row, "%" PRIu64 " were running", seen->processes);
	if (!counted.known)
		row_say(row, "the profile gives no number");
	else
		row_say(row, "%s %" PRIu64, fixed ? "the profile says" : "the configuration makes",
			counted.is);
	row_decide(row, VALUE_COUNT, counted, seen->processes, fixed && row->confidence >= CONFIDENCE_MEDIUM);
}

/* ---- descriptors ---- */

/* There is no maximum of open descriptors either, so the margin doubles. 0: not known. */
uint64_t nofile_needed(const struct frame *frame)
{
	const struct advice_request *request = frame->request;
	if (!request->seen->descriptors.known)
		return 0;
	uint64_t files = with_margin(request->seen->descriptors.is, 2 * request->margin_percent);
	uint64_t steps = files / FILES_STEP + 1;
	return mul_div_u64(steps, FILES_STEP, 1);
}

/* The limit to recommend: the one in force if it is enough, but not more than FILES_SANE or than the
 * reactor's size. */
static uint64_t nofile_best(const struct frame *frame, uint64_t needed, uint64_t current,
			    struct recommendation *row)
{
	struct known private_mib = row_result(&frame->advice->rows[ADVICE_PRIVATE]);
	const struct router *router = frame->request->router;
	uint64_t best = current > needed ? current : needed;

	if (best > FILES_SANE) {
		row_say(row, "some versions close each of them when they start, which takes minutes");
		best = needed > FILES_USUAL ? needed : FILES_USUAL;
	}
	uint64_t max = private_mib.known ? reactor_files(router, private_mib.is) : UNLIMITED;
	if (best > max) {
		row_say(row, "%s's reactor takes at most 10 %% of -M, and has room for %" PRIu64,
			router->name, max);
		uint64_t whole = max / FILES_STEP * FILES_STEP;
		best = whole > needed ? whole : needed;
	}
	return best;
}

/* With a low confidence it keeps a sufficient limit, even above the reactor's size: that does no harm.
 */
void nofile_advise(const struct frame *frame, uint64_t needed)
{
	const struct observation *seen = frame->request->seen;
	struct recommendation *row = row_begin(frame, ADVICE_NOFILE, "RLIMIT_NOFILE", "rlimits",
					       confidence_of(frame, &seen->watch));
	struct known current = seen->now.nofile;

	if (needed == 0 || !current.known) {
		row_unknown(row, VALUE_COUNT, current);
		row_say(row, "%s",
			needed ? "the limit could not be read"
			       : "the descriptors of its processes could not be counted");
		return;
	}
	row_say(row, "at most %" PRIu64 " were open in one process", seen->descriptors.is);
	uint64_t best = nofile_best(frame, needed, current.is, row);
	row_decide(row, VALUE_COUNT, current, best, row->confidence >= CONFIDENCE_MEDIUM);
	row->enough = value_number(VALUE_COUNT, needed);
}
