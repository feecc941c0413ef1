/* SPDX-License-Identifier: MIT */
#include "tune/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/value.h"
#include "sizing/sizing.h"

/* The search does not distinguish sizes that differ by less than this share, because rounds take long. 1 MiB
 * below 64. */
#define SAME_SHARE 32

/* A pool of which less is free than this share may be what made a load fail. */
#define FULL_SHARE 10

/* Percent added to the limit for each last round with an OOM kill: the budget's constants are then too
 * small. */
static const unsigned headrooms[] = {0, 10, 25, 50};

const char *round_end_name(enum round_end end)
{
	static const char *const names[] = {
		[ROUND_PASSED] = "passed",
		[ROUND_NOT_STARTED] = "not-started",
		[ROUND_ROUTER_ENDED] = "router-ended",
		[ROUND_OUT_OF_MEMORY] = "out-of-memory",
		[ROUND_STARVED] = "starved",
		[ROUND_LOAD_FAILED] = "load-failed",
		[ROUND_LOAD_TIMED_OUT] = "load-timed-out",
		[ROUND_CHECK_FAILED] = "check-failed",
	};
	return names[end];
}

/* ---- what one candidate has shown ---- */

struct rounds {
	const struct search_terms *terms;
	const struct round *items;
	size_t count;
};

static bool same(const struct candidate *a, const struct candidate *b)
{
	return a->purpose == b->purpose && a->shared_mib == b->shared_mib &&
	       a->private_mib == b->private_mib && a->headroom_percent == b->headroom_percent;
}

static bool is_full(uint64_t used_bytes, uint64_t size_mib)
{
	return used_bytes && used_bytes >= size_mib * MIB - size_mib * MIB / FULL_SHARE;
}

/* Whether the sizes certainly caused the failure: then one round is enough. A load that failed while the
 * pools were not full may have failed by chance. */
static bool is_certain(const struct round *round)
{
	if (round->end == ROUND_LOAD_FAILED || round->end == ROUND_CHECK_FAILED)
		return round->starved || is_full(round->shared_used_bytes, round->candidate.shared_mib);
	return round->end != ROUND_PASSED;
}

enum standing { UNTRIED, PASSES, FAILS, UNDECIDED };

struct record {
	enum standing standing;
	bool uncertain;      /* FAILS: because of a single round whose failure has no explanation */
	bool has_statistics; /* and statistics were available for an explanation */
	bool mixed;
	bool shared_full, private_free; /* as far as the router reports it */
	bool out_of_memory;             /* the certain cause of the failure */
};

/* Two of three rounds decide if a failure has no explanation. */
static struct record record_of(const struct rounds *rounds, const struct candidate *candidate)
{
	struct record record = {0};
	unsigned passed = 0, failed = 0;
	bool certain = false;

	for (size_t i = 0; i < rounds->count; i++) {
		const struct round *round = &rounds->items[i];
		if (!same(&round->candidate, candidate))
			continue;
		*(round->end == ROUND_PASSED ? &passed : &failed) += 1;
		record.has_statistics |= round->shared_used_bytes != 0;
		record.shared_full |= is_full(round->shared_used_bytes, candidate->shared_mib);
		record.private_free |= round->private_used_bytes &&
				       !is_full(round->private_used_bytes, candidate->private_mib);
		if (!is_certain(round))
			continue;
		certain = true;
		record.out_of_memory = round->end == ROUND_OUT_OF_MEMORY;
	}
	record.mixed = passed && failed;
	record.uncertain = !certain && !passed && failed == 1;
	if (!passed && !failed)
		record.standing = UNTRIED;
	else if (certain || failed > passed)
		record.standing = FAILS;
	else
		record.standing = passed > failed ? PASSES : UNDECIDED;
	return record;
}

/* Whether a failure is due to the shared pool. For a last round, only if its other sizes were certainly
 * sufficient. */
static bool blames_shared(const struct rounds *rounds, const struct candidate *candidate,
			  const struct record *record)
{
	bool generous = candidate->private_mib >= rounds->terms->private_generous;
	bool others = record->out_of_memory || !(generous || (record->shared_full && record->private_free));
	return candidate->purpose == PURPOSE_SEARCH || !others;
}

/* ---- what is known of the shared pool ---- */

/* passes and fails as in struct search. */
static void bracket(const struct rounds *rounds, struct search *search)
{
	search->passes_mib = search->fails_mib = 0;
	for (size_t i = 0; i < rounds->count; i++) {
		const struct candidate *candidate = &rounds->items[i].candidate;
		struct record record = record_of(rounds, candidate);
		if (record.standing == FAILS && blames_shared(rounds, candidate, &record))
			search->fails_mib = larger_of(search->fails_mib, candidate->shared_mib);
	}
	for (size_t i = 0; i < rounds->count; i++) {
		const struct candidate *candidate = &rounds->items[i].candidate;
		uint64_t mib = candidate->shared_mib;
		if (record_of(rounds, candidate).standing == PASSES && mib > search->fails_mib &&
		    (!search->passes_mib || mib < search->passes_mib))
			search->passes_mib = mib;
	}
}

static unsigned count_flaky(const struct rounds *rounds)
{
	unsigned flaky = 0;
	for (size_t i = 0; i < rounds->count; i++) {
		bool first = true;
		for (size_t j = 0; j < i && first; j++)
			first = !same(&rounds->items[j].candidate, &rounds->items[i].candidate);
		flaky += first && record_of(rounds, &rounds->items[i].candidate).mixed;
	}
	return flaky;
}

/* The need according to the statistics, in bytes: the smallest maximum use over the rounds that passed with
 * `shared_mib` (0: with any size). 0: not reported. */
static uint64_t used_at(const struct rounds *rounds, uint64_t shared_mib)
{
	uint64_t min = 0;
	for (size_t i = 0; i < rounds->count; i++) {
		const struct round *round = &rounds->items[i];
		if (round->end != ROUND_PASSED || !round->shared_used_bytes ||
		    (shared_mib && round->candidate.shared_mib != shared_mib))
			continue;
		uint64_t mib = pages_for(round->shared_used_bytes, MIB);
		min = min ? smaller_of(min, mib) : mib;
	}
	return min;
}

/* The size, or the nearest one between `below` and `above` that the router accepts; 0: none. */
static uint64_t honoured(const struct search_terms *terms, uint64_t mib, uint64_t below, uint64_t above)
{
	if (mib != terms->shared_avoid || !terms->shared_avoid)
		return mib > below && mib < above ? mib : 0;
	if (mib + 1 < above)
		return mib + 1;
	return mib > below + 1 ? mib - 1 : 0;
}

/*
 * The next size between one that fails and one that passes. If statistics report the use, the search starts
 * there and doubles its steps: fragmentation requires more; a router that uses any size completely needs
 * less. It never goes beyond the middle, where it starts without statistics.
 */
static uint64_t between(const struct rounds *rounds, uint64_t fails, uint64_t passes, const char **why)
{
	const struct search_terms *terms = rounds->terms;
	uint64_t middle = fails + (passes - fails) / 2, step = larger_of(passes / SAME_SHARE, 1);
	uint64_t used = used_at(rounds, 0), used_at_most = used_at(rounds, terms->shared_max);
	uint64_t mib = middle;

	*why = "half-way";
	if (used > fails && used < passes) {
		*why = "the maximum use";
		mib = used;
	} else if (used && used <= fails) {
		*why = "more than was used: fragmentation";
		mib = smaller_of(middle, fails + larger_of(step, 2 * (fails - used)));
	} else if (used_at_most && used_at_most < terms->shared_max && used_at_most >= passes) {
		*why = "less than was used";
		uint64_t down = larger_of(step, 2 * (used_at_most - passes));
		mib = passes > down ? larger_of(middle, passes - down) : middle;
	}
	return honoured(terms, mib, fails, passes);
}

/* ---- what is asked of the last round ---- */

/* In whole MiB. */
static uint64_t with_margin(const struct search_terms *terms, uint64_t bytes)
{
	return pages_for(mul_div_u64(bytes, 100 + terms->margin_percent, 100), MIB);
}

static uint64_t shared_to_confirm(const struct search_terms *terms, uint64_t passes_mib)
{
	uint64_t mib = smaller_of(with_margin(terms, passes_mib * MIB), terms->shared_max);
	return mib == terms->shared_avoid ? mib + 1 : mib;
}

static uint64_t private_to_confirm(const struct rounds *rounds)
{
	const struct search_terms *terms = rounds->terms;
	uint64_t used = 0;

	for (size_t i = 0; i < rounds->count; i++)
		if (rounds->items[i].end == ROUND_PASSED)
			used = larger_of(used, rounds->items[i].private_used_bytes);
	if (!used)
		return terms->private_usual;
	return smaller_of(larger_of(with_margin(terms, used), terms->private_min), terms->private_generous);
}

/* A last round that was OOM-killed leads to a larger limit, one with another failure to a larger private
 * pool. */
static bool confirmation(const struct rounds *rounds, uint64_t passes_mib, struct candidate *candidate)
{
	const struct search_terms *terms = rounds->terms;
	size_t headroom = 0;

	*candidate = (struct candidate){
		.purpose = PURPOSE_CONFIRM,
		.shared_mib = shared_to_confirm(terms, passes_mib),
		.private_mib = private_to_confirm(rounds),
	};
	for (size_t i = 0; i < rounds->count; i++) {
		const struct candidate *tried = &rounds->items[i].candidate;
		struct record record = record_of(rounds, tried);
		if (tried->purpose != PURPOSE_CONFIRM || record.standing != FAILS || record.uncertain)
			continue;
		if (record.out_of_memory)
			headroom++;
		else if (!blames_shared(rounds, tried, &record))
			candidate->private_mib =
				larger_of(candidate->private_mib,
					  smaller_of(2 * tried->private_mib, terms->private_generous));
	}
	if (headroom >= ARRAY_SIZE(headrooms))
		return false;
	candidate->headroom_percent = headrooms[headroom];
	return true;
}

/* ---- the decision ---- */

static struct search try(struct search search, struct candidate candidate, const char *why)
{
	search.state = SEARCH_TRY;
	search.candidate = candidate;
	search.why = why;
	return search;
}

static struct candidate to_search(const struct search_terms *terms, uint64_t shared_mib)
{
	return (struct candidate){
		.purpose = PURPOSE_SEARCH, .shared_mib = shared_mib, .private_mib = terms->private_generous};
}

/* A candidate that needs another round: its rounds are undecided, or its only failure has no explanation.
 * Without statistics the second case applies only to the highest size, to a confirmation, or with `last`. */
static const struct candidate *to_repeat(const struct rounds *rounds, bool last, uint64_t fails_mib)
{
	for (size_t i = 0; i < rounds->count; i++) {
		const struct candidate *candidate = &rounds->items[i].candidate;
		struct record record = record_of(rounds, candidate);
		bool decides = candidate->shared_mib >= fails_mib;
		bool highest = candidate->shared_mib == rounds->terms->shared_max;
		bool confirms = candidate->purpose == PURPOSE_CONFIRM;
		if (record.standing == UNDECIDED ||
		    (record.uncertain && decides && (record.has_statistics || highest || confirms || last)))
			return candidate;
	}
	return NULL;
}

static bool keeps_margin(const struct search_terms *terms, const struct round *round)
{
	const struct candidate *candidate = &round->candidate;
	return with_margin(terms, round->shared_used_bytes) <= candidate->shared_mib &&
	       with_margin(terms, round->private_used_bytes) <= candidate->private_mib;
}

static bool is_found(const struct rounds *rounds, struct search *search)
{
	const struct round *last = rounds->count ? &rounds->items[rounds->count - 1] : NULL;
	if (!last || last->candidate.purpose != PURPOSE_CONFIRM ||
	    record_of(rounds, &last->candidate).standing != PASSES)
		return false;
	search->state = SEARCH_FOUND;
	search->candidate = last->candidate;
	search->margin_kept = keeps_margin(rounds->terms, last);
	return true;
}

/* True if passes_mib and fails_mib are so close that a further round is not worth its time; else *next is the
 * next size. */
static bool is_narrow(const struct rounds *rounds, const struct search *search, uint64_t *next,
		      const char **why)
{
	uint64_t passes = search->passes_mib;
	uint64_t fails = larger_of(search->fails_mib, rounds->terms->shared_min - 1);
	if (passes - fails <= larger_of(passes / SAME_SHARE, 1))
		return true;
	*next = between(rounds, fails, passes, why);
	return !*next;
}

static struct search confirm(const struct rounds *rounds, struct search search)
{
	struct candidate candidate;
	if (!confirmation(rounds, search.passes_mib, &candidate)) {
		search.state = SEARCH_UNCONFIRMED;
		return search;
	}
	return try(search, candidate, "as the profile would set it");
}

struct search search_next(const struct search_terms *terms, const struct round *items, size_t count,
			  uint32_t rounds_left)
{
	const struct rounds rounds = {.terms = terms, .items = items, .count = count};
	struct search search = {.state = SEARCH_UNFINISHED, .flaky = count_flaky(&rounds)};
	const char *why = NULL;
	uint64_t next = 0;

	bracket(&rounds, &search);
	bool passes = search.passes_mib != 0;
	search.complete = passes && is_narrow(&rounds, &search, &next, &why);
	if (is_found(&rounds, &search) || !rounds_left)
		return search;
	if (rounds_left == 1 && passes)
		return confirm(&rounds, search);
	const struct candidate *again = to_repeat(&rounds, search.complete, search.fails_mib);
	if (again)
		return try(search, *again, "again: the failure has no explanation");
	if (!count)
		return try(search, to_search(terms, terms->shared_max), "the maximum that the memory allows");
	if (!passes) {
		search.state = SEARCH_NOTHING_PASSES;
		return search;
	}
	return search.complete ? confirm(&rounds, search) : try(search, to_search(terms, next), why);
}

/* ---- the estimate ---- */

#define PLAYED_MAX 64 /* far more than any search takes */

/* Without statistics each size is equally likely. */
static uint64_t likely_need(const struct rounds *rounds)
{
	struct search known = {0};
	bracket(rounds, &known);
	uint64_t fails = larger_of(known.fails_mib, rounds->terms->shared_min - 1);
	uint64_t passes = known.passes_mib ? known.passes_mib : rounds->terms->shared_max;
	uint64_t used = used_at(rounds, 0);
	return used > fails ? smaller_of(used, passes) : fails + (passes - fails + 1) / 2;
}

uint32_t search_expected(const struct search_terms *terms, const struct round *items, size_t count,
			 uint32_t rounds_left)
{
	const struct rounds known = {.terms = terms, .items = items, .count = count};
	cleanup_free struct round *played = xcalloc(count + PLAYED_MAX, sizeof *played);
	uint64_t need = likely_need(&known);
	bool has_use = !count || used_at(&known, 0);

	if (count)
		memcpy(played, items, count * sizeof *items);
	for (uint32_t more = 0; more < PLAYED_MAX && more < rounds_left; more++) {
		struct search search = search_next(terms, played, count + more, rounds_left - more);
		if (search.state != SEARCH_TRY)
			return more;
		uint64_t mib = search.candidate.shared_mib;
		played[count + more] = (struct round){
			.candidate = search.candidate,
			.end = mib >= need ? ROUND_PASSED : ROUND_NOT_STARTED,
			.shared_used_bytes = has_use ? smaller_of(mib, need) * MIB : 0,
		};
	}
	return rounds_left < PLAYED_MAX ? rounds_left : PLAYED_MAX;
}
