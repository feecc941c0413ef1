/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TUNE_SEARCH_H
#define SIPLAUNCH_TUNE_SEARCH_H
/*
 * The search of `siplaunch tune`: from the results of the rounds so far to what is to be tried next, or to
 * the answer. Pure: no I/O, no clock, no chance; the same results give the same decisions.
 *
 * The shared pool is searched, with a generous private pool and all the memory that the profile has, so that
 * nothing else is tested. The private pool comes from the highest use that was seen; it, the memory limit and
 * the margin are proved together by the last round.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a round ended. */
enum round_end {
	ROUND_PASSED,
	ROUND_NOT_STARTED,    /* the router ended, or did not answer in time, before the load began */
	ROUND_ROUTER_ENDED,   /* while there was load */
	ROUND_OUT_OF_MEMORY,  /* a process was killed for the memory limit */
	ROUND_STARVED,        /* the load passed, but the router could not allocate: its statistics say so */
	ROUND_LOAD_FAILED,    /* its status was not 0 */
	ROUND_LOAD_TIMED_OUT, /* it took much longer than in a round that passed */
	ROUND_CHECK_FAILED,   /* the load's status was 0, the check's was not */
};

/* As the JSON has it: "passed", "not-started". */
const char *round_end_name(enum round_end end);

enum purpose {
	PURPOSE_SEARCH,  /* all the memory that there is, a generous private pool */
	PURPOSE_CONFIRM, /* exactly as the profile would say it */
};

struct candidate {
	enum purpose purpose;
	uint64_t shared_mib, private_mib; /* -m, -M */
	unsigned headroom_percent;        /* to confirm: on top of the smallest limit that the budget takes */
};

struct round {
	struct candidate candidate;
	enum round_end end;
	bool starved;                /* an allocation failed, however it ended */
	uint64_t shared_used_bytes;  /* the most that was used of the shared pool; 0: not told */
	uint64_t private_used_bytes; /* alike, of the fullest private pool */
};

/* What the search is about. All in MiB; least <= most. */
struct search_terms {
	uint64_t shared_least, shared_most; /* the router's own minimum; what the memory allows */
	uint64_t shared_avoid;              /* a size that the router does not honour; 0: none */
	uint64_t private_least;             /* the router's own minimum */
	uint64_t private_usual;             /* where nothing is told of private pools */
	uint64_t private_generous;          /* for the search; >= private_usual */
	unsigned margin_percent;            /* that the pools are to have above what was needed */
};

#define ROUNDS_UNBOUNDED UINT32_MAX

enum search_state {
	SEARCH_TRY,            /* `candidate` is next */
	SEARCH_FOUND,          /* `candidate` has passed the last round */
	SEARCH_NOTHING_PASSES, /* not even shared_most */
	SEARCH_UNFINISHED,     /* no rounds are left; nothing was confirmed */
	SEARCH_UNCONFIRMED,    /* sizes that pass were found, but no memory limit for them holds */
};

struct search {
	enum search_state state;
	struct candidate candidate;
	const char *why;     /* TRY: why this one, a few words */
	uint64_t passes_mib; /* the smallest shared pool that passes above all that fail; 0: none */
	uint64_t fails_mib;  /* the largest that fails; 0: none does */
	bool complete;       /* nothing is left between the two that matters */
	bool margin_kept;    /* FOUND: the last round left the margin free, as far as was told */
	unsigned flaky;      /* candidates that both passed and failed */
};

/*
 * Decides. `rounds_left` is how many may still be run: with one left what is known by then is confirmed.
 */
struct search search_next(const struct search_terms *terms, const struct round *rounds, size_t count,
			  uint32_t rounds_left);

/*
 * How many rounds are likely to follow: the search, played on against a router of which holds what is known.
 * For the estimate of the time left.
 */
uint32_t search_expected(const struct search_terms *terms, const struct round *rounds, size_t count,
			 uint32_t rounds_left);

#endif
