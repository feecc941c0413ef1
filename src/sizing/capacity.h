/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_CAPACITY_H
#define SIPLAUNCH_SIZING_CAPACITY_H
/*
 * How much memory so many phones need, and how many a memory limit carries. A workload is what an operator
 * counts; a router keeps objects for it in its shared pool, and what one of each takes is measured
 * (footprint.c). Pure, like the whole room; absurd numbers saturate, they never wrap.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/value.h"
#include "sizing/footprint.h"
#include "sizing/registration.h"
#include "sizing/sizing.h"

enum workload_key {
	WORKLOAD_REGISTRATIONS,
	WORKLOAD_DIALOGS,     /* calls that are up at a time, ringing ones among them */
	WORKLOAD_CALLS,       /* new calls a second */
	WORKLOAD_SECONDS,     /* how long the INVITE transaction of a call is kept */
	WORKLOAD_CONNECTIONS, /* TCP */
	WORKLOAD_TLS,         /* connections with TLS, beside those */
	WORKLOAD_KEYS,
};

/* What was measured on this very router (sizing.measured of the profile): it wins over the tables. */
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
	const char *on;      /* the date, "2026-11-26"; NULL: not told */
	const char *version; /* "kamailio 5.6.3 (x86_64/linux)"; NULL: not told. Neither is owned */
};

struct workload {
	struct {
		bool given;
		uint64_t number;
		enum source source;
	} of[WORKLOAD_KEYS];
	struct registration_texts texts; /* of a registration */
	struct learned learned;
	const char *version, *allocator; /* the router's, as its program and its option say; NULL: not known,
					    the default */
	struct {
		uint64_t start, connection, tls; /* bytes, where its configuration says so; 0: the table's */
		uint64_t queue,
			queues; /* unsent data of a connection at most, and of all; 0: not configured */
	} counted;
};
bool workload_given(const struct workload *workload);       /* any of the numbers */
const char *workload_key_name(enum workload_key key);       /* "callsPerSecond", as the profile has it */
uint64_t workload_seconds(const struct workload *workload); /* as given, else the default */

struct need_term {
	const char *id, *label; /* "inviteTransactions", "INVITE transactions" */
	uint64_t count;
	enum source source; /* of the count */
	enum {
		EACH_UNKNOWN,  /* not measured */
		EACH_MEASURED, /* footprint.c */
		EACH_TEXTS,    /* footprint.c, and the blocks of its texts */
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
void need_compute(const char *router, const struct workload *workload, struct need *need);

/* The arithmetic of a workload that does not fit into so large a shared pool, term by term. Returns -1. */
int need_refuse(const struct need *need, uint64_t shared_mib, struct error *error);

/* `base` as the workload makes it: its connections, unless sizing.connections says how many, and what S
 * should hold. */
struct budget_request workload_request(const struct budget_request *base, const struct workload *workload);

struct capacity {
	bool given; /* there is a workload: need, fits, smallest_limit_bytes and thousandths are its own */
	struct need need;
	bool fits;                     /* false also where it is not measured */
	uint64_t smallest_limit_bytes; /* that carries it, whole MiB; 0: none, or not measured */
	uint64_t thousandths;          /* of the workload that the limit carries at most: 2400 is 2.4 times */
	bool any_measured;
	/* What the limit carries at most of each alone, by WORKLOAD_SECONDS but for that key; a key that is
	 * not measured has no number. */
	struct {
		bool measured;
		uint64_t number;
	} most[WORKLOAD_KEYS];
	uint64_t
		private_mib; /* the M that leaves so much: the least that an automatic one is, or the given */
};

/*
 * Fills all of it for one limit. `budget` is the solution of workload_request(): whether the workload fits is
 * said of its pools. At most means with private pools as small as they may get, and that is what the budget
 * makes of such a workload, so a larger limit never carries less.
 */
void capacity_compute(const struct budget_request *base, const struct workload *workload,
		      const struct budget *budget, struct capacity *capacity);

#endif
