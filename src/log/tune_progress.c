/* SPDX-License-Identifier: MIT */
#include "log/tune_progress.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_value.h"
#include "log/log.h"
#include "log/progress.h"
#include "text/format.h"
#include "tune/tune.h"

static int64_t usual_ms(const struct tuning *tuning)
{
	int64_t sum = 0;
	for (size_t i = 0; i < tuning->count; i++)
		sum += tuning->rounds[i].took_ms;
	return tuning->count ? sum / (int64_t)tuning->count : 0;
}

/* "about 3 more rounds, 1 min 20 s", or "" before anything is known. */
static char *estimate(const struct tuning *tuning, uint32_t rounds, int64_t spent_ms)
{
	if (!tuning->count)
		return xstrdup("");
	int64_t left = usual_ms(tuning) * rounds - spent_ms;
	if (tuning->deadline_ms && left > tuning->deadline_ms - clock_monotonic_ms())
		left = tuning->deadline_ms - clock_monotonic_ms();
	cleanup_free char *time = format_duration(left > 0 ? left : 0);
	return rounds ? xasprintf("about %u more round%s, %s", rounds, rounds == 1 ? "" : "s", time)
		      : xstrdup("");
}

void tune_progress(const struct output *output, const struct tuning *tuning, const struct tune_round *round,
		   const char *doing)
{
	if (!doing) {
		progress_say(output, NULL, NULL);
		return;
	}
	const struct candidate *candidate = &round->result.candidate;
	cleanup_free char *left = estimate(tuning, tuning->expected, clock_monotonic_ms() - round->begun_ms);
	cleanup_free char *text = xasprintf("round %u: -m %" PRIu64 " -M %" PRIu64 " (%s): %s", round->number,
					    candidate->shared_mib, candidate->private_mib, round->why, doing);
	progress_say(output, text, *left ? left : NULL);
}

static char *used_text(const struct tuning *tuning, const struct round *round)
{
	if (!tuning->has_statistics || !round->shared_used_bytes)
		return xstrdup("");
	cleanup_free char *shared = format_bytes(round->shared_used_bytes);
	cleanup_free char *private = format_bytes(round->private_used_bytes);
	return xasprintf(", used %s and %s", shared, private);
}

void tune_progress_round(const struct output *output, const struct tuning *tuning,
			 const struct tune_round *round)
{
	const struct candidate *candidate = &round->result.candidate;
	cleanup_free char *used = used_text(tuning, &round->result);
	cleanup_free char *time = format_duration(round->took_ms);
	cleanup_free char *left = estimate(tuning, tuning->expected, 0);
	cleanup_free char *message =
		xasprintf("round %u: -m %" PRIu64 " -M %" PRIu64 " (%s): %s%s, %s%s%s", round->number,
			  candidate->shared_mib, candidate->private_mib, round->why, round->message, used,
			  time, *left ? "; " : "", left);
	json_t *facts = json_checked(json_object());
	json_put(facts, "round", json_from_number(round->number));
	json_put(facts, "shared", json_from_number(candidate->shared_mib * MIB));
	json_put(facts, "private", json_from_number(candidate->private_mib * MIB));
	json_put(facts, "result", json_from_text(round_end_name(round->result.end)));
	json_put(facts, "milliseconds", json_checked(json_integer(round->took_ms)));
	json_put(facts, "roundsLeft", json_from_number(tuning->expected));
	log_event(output,
		  &(struct event){.level = EVENT_INFO, .name = "round", .message = message, .facts = facts});
}
