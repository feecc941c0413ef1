/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TUNE_SEARCH_H
#define SIPLAUNCH_TUNE_SEARCH_H
/*
 * The search of `siplaunch tune`: from the results of the rounds so far to the next candidate, or to the
 * answer. Pure: no I/O, no clock, no randomness; the same results give the same decisions.
 *
 * It searches the shared pool, with a generous private pool and all of the profile's memory, so that a round
 * tests only the shared pool. The private pool's size follows from its maximum use; the last round tests it
 * together with the memory limit and the margin.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a round ended. */
enum round_end {
	ROUND_PASSED,
	ROUND_NOT_STARTED,    /* the router exited, or did not answer in time, before the load began */
	ROUND_ROUTER_ENDED,   /* the router exited during the load */
	ROUND_OUT_OF_MEMORY,  /* a process was OOM-killed */
	ROUND_STARVED,        /* the load passed, but the router's statistics report failed allocations */
	ROUND_LOAD_FAILED,    /* the load's exit status was not 0 */
	ROUND_LOAD_TIMED_OUT, /* it took much longer than in a round that passed */
	ROUND_CHECK_FAILED,   /* the load's exit status was 0, the check's was not */
};

/* As the JSON has it: "passed", "not-started". */
const char *round_end_name(enum round_end end);

enum search_aim {
	PURPOSE_SEARCH,  /* with all memory of the profile, and a generous private pool */
	PURPOSE_CONFIRM, /* with the limit and sizes that the new profile would set */
};

struct candidate {
	enum search_aim purpose;
	uint64_t shared_mib, private_mib; /* -m, -M */
	unsigned headroom_percent;        /* PURPOSE_CONFIRM: added to the smallest limit of the budget */
};

struct round {
	struct candidate candidate;
	enum round_end end;
	bool starved;                /* an allocation failed, whatever `end` is */
	uint64_t shared_used_bytes;  /* the maximum use of the shared pool; 0: not reported */
	uint64_t private_used_bytes; /* the same of the fullest private pool */
};

/* The bounds of the search. All in MiB; least <= most. */
struct search_terms {
	uint64_t shared_min, shared_max; /* the router's own minimum; what the memory allows */
	uint64_t shared_avoid;           /* a size that the router does not accept; 0: none */
	uint64_t private_min;            /* the router's own minimum */
	uint64_t private_usual;          /* if the router does not report its private pools */
	uint64_t private_generous;       /* for the search; >= private_usual */
	unsigned margin_percent;         /* added to the need of the pools */
};

#define ROUNDS_UNBOUNDED UINT32_MAX

enum search_state {
	SEARCH_TRY,            /* `candidate` is next */
	SEARCH_FOUND,          /* `candidate` has passed the last round */
	SEARCH_NOTHING_PASSES, /* even shared_max fails */
	SEARCH_UNFINISHED,     /* no rounds are left, and no size is confirmed */
	SEARCH_UNCONFIRMED,    /* sizes that pass were found, but no memory limit for them passes */
};

struct search {
	enum search_state state;
	struct candidate candidate;
	const char *why;     /* TRY: why this one, in a few words */
	uint64_t passes_mib; /* the smallest shared pool that passes and is larger than all that fail; 0: none
			      */
	uint64_t fails_mib;  /* the largest shared pool that fails; 0: none */
	bool complete;       /* the search between these two is complete */
	bool margin_kept;    /* FOUND: the use in the last round left the margin free, as far as the router
				reported it */
	unsigned flaky;      /* candidates that both passed and failed */
};

/*
 * Decides what is next. `rounds` are the results so far. `rounds_left` is how many rounds may still run: the
 * last one confirms the result so far.
 */
struct search search_next(const struct search_terms *terms, const struct round *rounds, size_t count,
			  uint32_t rounds_left);

/*
 * How many rounds are likely to follow: simulates the rest of the search with the results so far. For the
 * estimate of the remaining time.
 */
uint32_t search_expected(const struct search_terms *terms, const struct round *rounds, size_t count,
			 uint32_t rounds_left);

#endif
