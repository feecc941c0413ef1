/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_CAPACITY_H
#define SIPLAUNCH_SIZING_CAPACITY_H
/*
 * How much memory so many phones need, and how many a memory limit carries. A workload is what an operator
 * counts; a router keeps objects for it in its shared pool, and what one of each takes is measured
 * (footprint.h). Pure, like the whole room; absurd numbers saturate, they never wrap.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/value.h"
#include "sizing/footprint.h"
#include "sizing/registration.h"
#include "sizing/sizing.h"

enum workload_key {
	WORKLOAD_REGISTRATIONS,
	WORKLOAD_DIALOGS,     /* calls at a time, including ringing ones */
	WORKLOAD_CALLS,       /* new calls a second */
	WORKLOAD_SECONDS,     /* how long the INVITE transaction of a call is kept */
	WORKLOAD_CONNECTIONS, /* TCP */
	WORKLOAD_TLS,         /* connections with TLS, beside those */
	WORKLOAD_KEYS,
};

/* Sizes measured on this router (sizing.measured of the profile): they override the tables. */
enum learned_object {
	LEARNED_START,
	LEARNED_REGISTRATION,
	LEARNED_DIALOG,
	LEARNED_TRANSACTION,
	LEARNED_COUNT
};
struct learned {
	bool known[LEARNED_COUNT];
	uint64_t bytes[LEARNED_COUNT];
	const char *on;      /* the date, "2026-11-26"; NULL: not known */
	const char *version; /* "kamailio 5.6.3 (x86_64/linux)"; NULL: not known. Neither is owned */
};

struct workload {
	struct {
		bool given;
		uint64_t number;
		enum source source;
	} of[WORKLOAD_KEYS];
	struct registration_texts texts; /* of a registration */
	struct learned learned;
	const char *version,
		*allocator; /* the router's, from its program and its option; NULL: not known, the default */
	struct {
		uint64_t start, connection, tls; /* bytes, where its configuration says so; 0: the table's */
		uint64_t queue,
			queues; /* unsent data of a connection at most, and of all; 0: not configured */
	} counted;
};
bool workload_given(const struct workload *workload); /* any of the numbers */
const char *workload_key_name(enum workload_key key); /* "callsPerSecond", as the profile has it */

struct need_term {
	const char *id, *label; /* "inviteTransactions", "INVITE transactions" */
	uint64_t count;
	enum source source; /* of the count */
	enum {
		EACH_UNKNOWN,  /* not measured */
		EACH_MEASURED, /* a footprint */
		EACH_TEXTS,    /* a footprint, and the blocks of its texts */
		EACH_LEARNED,  /* on this very router */
		EACH_COUNTED,  /* from its configuration */
	} basis;
	const struct footprint *footprint; /* NULL: not in the table */
	uint64_t each;                     /* bytes of one; 0 where it is not known */
	uint64_t texts_bytes;              /* of each: the blocks of its texts; 0: it has none */
	uint64_t bytes;                    /* 0 where it is not known */
	char formula[64];                  /* "100 a second x 15 s"; "" where the count is given as it is */
};

struct need {
	struct need_term terms[OBJECT_COUNT];
	bool measured; /* all that the workload has, here or for the table; else the sums below are 0 */
	const struct footprints *with;   /* the row of the table; NULL: the router is not measured */
	const char *version, *allocator; /* the workload's */
	struct learned learned;          /* what of it was measured here, by whom and when */
	struct registration_texts texts; /* of a registration */
	uint64_t margin_bytes, shared_bytes,
		private_bytes; /* shared: with the margin; private: a process's */
};
void need_compute(const struct costs *costs, const struct workload *workload, struct need *need);

/* "TLS connections": the first object that the workload has and nobody has measured; NULL: none. */
const char *need_unmeasured(const struct need *need);

/* The arithmetic of a workload that does not fit into so large a shared pool, term by term. Returns -1. */
int need_refuse(const struct need *need, uint64_t shared_mib, struct error *error);

/* `base` with the workload: its connections, unless sizing.connections gives them, and the size that S
 * should hold. */
struct budget_request workload_request(const struct budget_request *base, const struct workload *workload);

/* The smallest limit for so many of one key alone, from none to half as many again as the limit supports. */
#define LIMIT_POINTS 13
struct capacity_limits {
	struct {
		uint64_t number;
		uint64_t limit_bytes; /* whole MiB; 0: no limit is enough */
	} of[WORKLOAD_KEYS][LIMIT_POINTS];
	bool known[WORKLOAD_KEYS]; /* false: not measured, or no number uses any of it up */
};

struct capacity {
	bool given; /* there is a workload: need, fits, smallest_limit_bytes and thousandths are its own */
	struct need need;
	bool fits;                     /* false also where it is not measured */
	uint64_t smallest_limit_bytes; /* that carries it, whole MiB; 0: none, or not measured */
	uint64_t thousandths;          /* the maximum multiple of the workload: 2400 is 2.4 times */
	bool any_measured;
	/* The maximum of each alone that the limit supports, by WORKLOAD_SECONDS except for that key; a
	 * key that is not measured has no number. */
	struct {
		bool measured;
		uint64_t number;
	} most[WORKLOAD_KEYS];
	uint64_t
		private_mib; /* the M that leaves so much: the least that an automatic one is, or the given */
};

/*
 * Fills all of it for one limit. `budget` is the solution of workload_request(): `fits` refers to its pools.
 * A maximum assumes the smallest private pools, as the budget does for such a workload, so a larger limit
 * never supports less.
 */
void capacity_compute(const struct budget_request *base, const struct workload *workload,
		      const struct budget *budget, struct capacity *capacity);

/* The shared pool against the workload: nothing of it at the first point, `thousandths` of it at the last. */
#define CURVE_POINTS 121
struct capacity_curve {
	uint64_t thousandths; /* 0: no curve, because it is not measured or nothing grows */
	struct {
		uint64_t need_bytes; /* what the workload needs of the pool, with the margin */
		uint64_t pool_bytes; /* the largest pool that the limit leaves for it; 0: none */
	} at[CURVE_POINTS];
	uint64_t numbers[WORKLOAD_KEYS]; /* what the workload has of each key that grows; 0: none */
};

/* Fills it beyond the workload and what the limit carries of it, a quarter further than the larger one. */
void capacity_curve(const struct budget_request *base, const struct workload *workload,
		    const struct capacity *capacity, struct capacity_curve *curve);
/* The curves of capacity->most. Each point is a search of its own: for reports. */
void capacity_limits(const struct budget_request *base, const struct workload *workload,
		     const struct capacity *capacity, struct capacity_limits *limits);

#endif
