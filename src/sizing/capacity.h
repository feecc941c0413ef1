/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_CAPACITY_H
#define SIPLAUNCH_SIZING_CAPACITY_H
/*
 * How much memory a workload needs, and which workload a memory limit supports. A workload is in numbers that
 * an operator knows; the router keeps objects for it in its shared pool, whose sizes are measured
 * (footprint.h). Pure, like the whole room; sums and products saturate, they never wrap.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/value.h"
#include "sizing/footprint.h"
#include "sizing/registration.h"
#include "sizing/sizing.h"

enum workload_key {
	WORKLOAD_REGISTRATIONS,
	WORKLOAD_DIALOGS,     /* concurrent calls, including ringing ones */
	WORKLOAD_CALLS,       /* new calls a second */
	WORKLOAD_SECONDS,     /* how long the INVITE transaction of a call is kept */
	WORKLOAD_CONNECTIONS, /* TCP */
	WORKLOAD_TLS,         /* connections with TLS, not included in those */
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
	const char *version; /* "kamailio 5.6.3 (x86_64/linux)"; NULL: not known. Both are borrowed */
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
		uint64_t start, connection, tls; /* bytes of one, from its configuration; 0: the table's */
		uint64_t queue, queues; /* max unsent data of a connection, and of all connections, in bytes;
					   0: not configured */
	} counted;
};
bool workload_given(const struct workload *workload); /* true if any number is given */
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
	uint64_t each;                     /* bytes of one object; 0: not known */
	uint64_t texts_bytes;              /* of each: the blocks of its texts; 0: it has none */
	uint64_t bytes;                    /* count * each; 0: not known */
	char formula[64]; /* how the count is computed, "100 a second x 15 s"; "" if the workload gives it */
};

struct need {
	struct need_term terms[OBJECT_COUNT];
	bool measured; /* every object of the workload is measured, by the table or here; if false, the sums
			  below are 0 */
	const struct footprints *with;   /* the row of the table; NULL: the router is not measured */
	const char *version, *allocator; /* the workload's */
	struct learned learned;          /* the sizes measured on this router */
	struct registration_texts texts; /* of a registration */
	uint64_t margin_bytes, shared_bytes,
		private_bytes; /* shared: includes the margin; private: of one process */
};
void need_compute(const struct costs *costs, const struct workload *workload, struct need *need);

/* "TLS connections": the first object of the workload whose size is not measured; NULL: all are. Static
 * text. */
const char *need_unmeasured(const struct need *need);

/* Sets the error for a workload that does not fit into a shared pool of `shared_mib`: its message is the
 * arithmetic, term by term. Returns -1. */
int need_refuse(const struct need *need, uint64_t shared_mib, struct error *error);

/* A copy of `base` with the workload's connections, unless sizing.connections gives them, and with the bytes
 * that S should hold (shared_wanted_bytes). */
struct budget_request workload_request(const struct budget_request *base, const struct workload *workload);

/* For each key alone, the smallest limit for a number of it: numbers from 0 to 1.5 times what the limit
 * supports. */
#define LIMIT_POINTS 13
struct capacity_limits {
	struct {
		uint64_t number;
		uint64_t limit_bytes; /* whole MiB; 0: no limit is enough */
	} of[WORKLOAD_KEYS][LIMIT_POINTS];
	bool known[WORKLOAD_KEYS]; /* false: not measured, 0, or so large that the limit does not bound it */
};

struct capacity {
	bool given; /* there is a workload; need, fits, smallest_limit_bytes and thousandths are about it */
	struct need need;
	bool fits;                     /* false also if it is not measured */
	uint64_t smallest_limit_bytes; /* that supports it, whole MiB; 0: none, or not measured */
	uint64_t thousandths;          /* the maximum multiple of the workload: 2400 is 2.4 times */
	bool any_measured;
	/* The maximum of each key alone that the limit supports, with the workload's WORKLOAD_SECONDS.
	 * WORKLOAD_SECONDS itself has no maximum. */
	struct {
		bool measured;
		uint64_t number;
	} max[WORKLOAD_KEYS];
	uint64_t private_mib; /* the M for these maxima: the minimum of an automatic M, or the given M */
};

/*
 * Fills `capacity` for one limit. `budget` is the solution of workload_request(): `fits` refers to its pools.
 * A maximum assumes the smallest private pools, as the budget does for such a workload, so a larger limit
 * never supports less.
 */
void capacity_compute(const struct budget_request *base, const struct workload *workload,
		      const struct budget *budget, struct capacity *capacity);

/* The shared pool as the workload grows: 0 at the first point, `thousandths` of the workload at the last. */
#define CURVE_POINTS 121
struct capacity_curve {
	uint64_t thousandths; /* 0: no curve: the workload is not measured, or needs no memory */
	struct {
		uint64_t need_bytes; /* what the workload needs of the pool, with the margin */
		uint64_t pool_bytes; /* the largest pool that the limit leaves for it; 0: none */
	} at[CURVE_POINTS];
	uint64_t numbers[WORKLOAD_KEYS]; /* the workload's number of each key that grows; 0: none */
};

/* Fills the curve up to 1.25 times the larger of the workload and of what the limit supports. */
void capacity_curve(const struct budget_request *base, const struct workload *workload,
		    const struct capacity *capacity, struct capacity_curve *curve);
/* Fills the limits around capacity->max. Slow, for reports only: each point is a separate search. */
void capacity_limits(const struct budget_request *base, const struct workload *workload,
		     const struct capacity *capacity, struct capacity_limits *limits);

#endif
