/* SPDX-License-Identifier: MIT */
#include "tune/tune.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "launch/signals.h"
#include "session/session.h"

const char *tune_verdict_name(enum tune_verdict verdict)
{
	static const char *const names[] = {
		[TUNE_FOUND] = "found",
		[TUNE_NOTHING_PASSES] = "nothing-passes",
		[TUNE_UNCONFIRMED] = "unconfirmed",
		[TUNE_UNFINISHED] = "unfinished",
		[TUNE_INTERRUPTED] = "interrupted",
	};
	return names[verdict];
}

uint64_t tune_limit(const struct tuning *tuning, const struct candidate *candidate)
{
	struct budget_request request = tuning->session->context.decision.request;
	uint64_t max = request.limit_bytes;

	if (candidate->purpose == PURPOSE_SEARCH)
		return max;
	request.shared_fixed = request.private_fixed = true;
	request.shared_bytes = candidate->shared_mib * MIB;
	request.private_bytes = candidate->private_mib * MIB;
	uint64_t min_bytes = budget_smallest_limit(&request);
	uint64_t limit = mul_div_u64(min_bytes, 100 + candidate->headroom_percent, 100);
	limit += (MIB - limit % MIB) % MIB;
	return min_bytes && limit < max ? limit : max;
}

struct round *tune_results(const struct tuning *tuning)
{
	struct round *results = xcalloc(tuning->count + 1, sizeof *results);
	for (size_t i = 0; i < tuning->count; i++)
		results[i] = tuning->rounds[i].result;
	return results;
}

/* ---- notes ---- */

static void note(struct tune_result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct tune_result *result, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = xvasprintf(format, args);
	va_end(args);
	char **place = ARRAY_ADD(result->notes, result->note_count);
	*place = text;
}

static void note_search(const struct tuning *tuning, struct tune_result *result)
{
	const struct search *search = &result->search;
	uint64_t fails = search->fails_mib, passes = search->passes_mib;

	if (passes && !search->complete && fails)
		note(result,
		     "-m %" PRIu64 " passes, -m %" PRIu64 " fails: siplaunch did not search between them",
		     passes, fails);
	else if (passes && !search->complete)
		note(result,
		     "-m %" PRIu64 " passes: siplaunch did not search further for a smaller size that fails",
		     passes);
	if (search->flaky)
		note(result,
		     "%u of the sizes both passed and failed: the load fails at random, and so does the "
		     "result depend on chance",
		     search->flaky);
	if (result->verdict == TUNE_FOUND && !search->margin_kept)
		note(result,
		     "the sizes pass, but without the margin of %u %%: the pools were fuller than that",
		     tuning->request->margin);
	if (result->verdict == TUNE_FOUND && search->candidate.headroom_percent)
		note(result,
		     "the limit is %u %% above the budget, because a process was OOM-killed with the "
		     "budget's limit; siplaunch inspect measures what this router needs outside its pools",
		     search->candidate.headroom_percent);
}

static void note_place(const struct tuning *tuning, struct tune_result *result)
{
	const struct tune_round *last = tuning->count ? &tuning->rounds[tuning->count - 1] : NULL;

	if (tuning->no_statistics)
		note(result,
		     "the router did not report its pools (%s): the search for -m used the load's exit "
		     "status alone, and -M is the profile's",
		     tuning->no_statistics);
	if (!tuning->own_limit)
		note(result,
		     "siplaunch cannot set a memory limit here, so every round ran with the existing one: "
		     "the limit above is computed, not tried");
	else if (last && !last->limit_held && result->verdict == TUNE_FOUND)
		note(result,
		     "siplaunch did not find this memory.max in force in the last round: the limit is "
		     "computed, not tried");
}

struct tune_result tune_result_make(const struct tuning *tuning, const struct search *search)
{
	static const enum tune_verdict verdicts[] = {
		[SEARCH_TRY] = TUNE_UNFINISHED,
		[SEARCH_FOUND] = TUNE_FOUND,
		[SEARCH_NOTHING_PASSES] = TUNE_NOTHING_PASSES,
		[SEARCH_UNFINISHED] = TUNE_UNFINISHED,
		[SEARCH_UNCONFIRMED] = TUNE_UNCONFIRMED,
	};
	struct tune_result result = {.verdict = verdicts[search->state], .search = *search};

	if (tuning->asked && result.verdict != TUNE_FOUND)
		result.verdict = TUNE_INTERRUPTED;
	if (result.verdict == TUNE_FOUND)
		result.memory_bytes = tune_limit(tuning, &search->candidate);
	note_search(tuning, &result);
	note_place(tuning, &result);
	return result;
}

void tune_result_clear(struct tune_result *result)
{
	for (size_t i = 0; i < result->note_count; i++)
		free(result->notes[i]);
	free(result->notes);
	*result = (struct tune_result){0};
}

/* ---- why nothing was found ---- */

/* The most informative round: the last one with the most memory. */
static const struct tune_round *most_informative(const struct tuning *tuning)
{
	for (size_t i = tuning->count; i-- > 0;)
		if (tuning->rounds[i].result.end != ROUND_PASSED &&
		    tuning->rounds[i].result.candidate.shared_mib == tuning->terms.shared_max)
			return &tuning->rounds[i];
	return &tuning->rounds[tuning->count - 1];
}

static const char *log_of_end(enum round_end end)
{
	switch (end) {
	case ROUND_LOAD_FAILED:
	case ROUND_LOAD_TIMED_OUT:
		return "load.log";
	case ROUND_CHECK_FAILED:
		return "check.log";
	default:
		return "router.log";
	}
}

static const char *meaning(enum round_end end, bool starved)
{
	switch (end) {
	case ROUND_NOT_STARTED:
		return "the router does not start with any size";
	case ROUND_LOAD_FAILED:
	case ROUND_CHECK_FAILED:
	case ROUND_LOAD_TIMED_OUT:
		return starved ? "more memory is needed than the profile has"
			       : "the load or the router is broken, or more memory is needed than the "
				 "profile has";
	case ROUND_ROUTER_ENDED:
		return "the router does not stay up with any size";
	default:
		return "more memory is needed than the profile has";
	}
}

static void explain_nothing(const struct tuning *tuning, struct error *error)
{
	const struct tune_round *round = most_informative(tuning);
	const struct candidate *candidate = &round->result.candidate;
	const char *log = log_of_end(round->result.end);
	cleanup_free char *lines = tune_last_lines(tuning, round, log);

	error_set(error, 0, "no size passes: with -m %" PRIu64 " -M %" PRIu64 ", the maximum, %s; %s",
		  candidate->shared_mib, candidate->private_mib, round->message,
		  meaning(round->result.end, round->result.starved));
	if (*lines)
		error_hint(error, "the end of its %s:\n%s", log, lines);
}

static void explain_unfinished(const struct tuning *tuning, struct error *error)
{
	bool rounds_over = tuning->count >= tuning->request->rounds;

	error_set(error, 0, "%s before a size was confirmed",
		  rounds_over ? "--rounds was reached" : "--budget was reached");
	error_hint(error, "%s", rounds_over ? "raise --rounds" : "raise --budget");
}

void tune_explain(const struct tuning *tuning, const struct tune_result *result, struct error *error)
{
	cleanup_free char *name = NULL;

	switch (result->verdict) {
	case TUNE_FOUND:
		break;
	case TUNE_NOTHING_PASSES:
		explain_nothing(tuning, error);
		break;
	case TUNE_UNCONFIRMED:
		error_set(error, 0,
			  "-m %" PRIu64 " passes, but not with a memory limit that the budget makes for it",
			  result->search.passes_mib);
		error_hint(
			error,
			"measure what this router needs outside its pools (sizing.perProcess, sizing.base): "
			"siplaunch inspect");
		break;
	case TUNE_UNFINISHED:
		explain_unfinished(tuning, error);
		break;
	case TUNE_INTERRUPTED:
		name = signal_name(tuning->asked);
		error_set(error, 0, "interrupted by %s", name);
		break;
	}
}
