/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_SIZING_H
#define SIPLAUNCH_SIZING_SIZING_H
/*
 * The memory budget and the semaphore arithmetic. Pure: numbers in, numbers out; no I/O, no clock, no
 * globals.
 *
 *   limit >= S + N*M + N*(S+M+F)*8/page + F + N*p + B + C*c + H + P + R
 *
 * F is a file that the router maps as a second shared pool, H the connections in libc's heap, P the memory
 * for other programs in the router's group; all three are usually 0.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/value.h"

struct error;
struct footprints;

#define PRIVATE_MIN_MIB 2                   /* the minimum of an automatic M */
#define LIMIT_MAX       (UINT64_C(1) << 60) /* bytes: larger limits are not computed */

/* What one router costs, as measured (src/router/NAME_costs.c). */
struct costs {
	const char *router;         /* "kamailio" */
	uint64_t per_process_bytes; /* p: dirty data, stacks, kernel stack, slab */
	uint64_t base_bytes;        /* B: hot code and start-up heap */
	uint64_t connection_bytes;  /* c */
	/* in versions that keep connections in the libc heap: one connection with its request buffer, and
	 * what TLS adds */
	uint64_t connection_heap_bytes, tls_heap_bytes;
	uint64_t private_default_mib; /* an automatic M, if there is room */
	uint64_t private_max_mib;     /* the maximum of an automatic M, in a large limit */
	enum source source;           /* SOURCE_MEASURED or SOURCE_DEFAULT */
	const char
		*provenance; /* "Kamailio 5.6.3, Debian 12, Linux 6.1, 2026-11: tests/bench/coefficients" */
	const struct footprints *const *footprints; /* NULL-terminated, the default allocator's first; NULL:
						       not measured */
	/* of a TCP connection in the shared pool, if the configuration sets its buffers: its size without the
	 * read buffer; the defaults of the read buffer, of one connection's unsent data, and of all unsent
	 * data */
	uint64_t connection_pool_bytes, read_buffer_bytes, write_queue_bytes, write_queues_bytes;
};

/* What the router's start allocates in a pool. An automatic size is never smaller; a given size may be. */
struct start {
	uint64_t bytes;    /* 0: not known */
	const char *parts; /* "tm 2.0 MiB, core 0.6 MiB"; not owned; NULL with 0 bytes */
};

struct budget_request {
	uint64_t limit_bytes;
	char *limit_source; /* "sizing.memory", "/sip.slice memory.max", "75 % of MemTotal" … not owned */
	enum source limit_origin;
	uint64_t page_bytes;
	uint64_t processes; /* N >= 1 */
	enum source processes_source;
	const struct costs *costs; /* of the router */
	bool shared_fixed, private_fixed;
	uint64_t shared_bytes, private_bytes; /* when fixed; whole MiB */
	enum source shared_source, private_source;
	const char *shared_name, *private_name; /* the option or key that gives them: "-m", "sizing.shared";
						   NULL: "sizing.shared", "sizing.private" */
	uint64_t shared_min_mib, private_min_mib, shared_max_mib,
		private_max_mib;   /* the router's bounds; max 0: none */
	uint64_t shared_avoid_mib; /* 0: none */
	struct start shared_start, private_start;
	struct {
		bool as_shared; /* as large as the shared pool */
		uint64_t bytes; /* otherwise this size; 0: no such file */
	} second;               /* a file that is mapped as a second shared pool */
	bool huge_pages;        /* huge pages map the shared pools */
	struct {
		bool fixed;
		uint64_t bytes;
		enum source source;
	} per_process, base, reserve,
		programs; /* programs: other programs in the router's group; not fixed: 0 */
	uint64_t connections;
	enum source connections_source;
	bool connections_in_heap;     /* the router keeps them in the libc heap, not in its pools */
	uint64_t tls_connections;     /* of these, those that may use TLS */
	bool connections_fixed;       /* sizing.connections gives them: a workload's number is ignored */
	uint64_t shared_wanted_bytes; /* bytes that a workload needs in S: M steps down for it. 0: none */
	bool wanted_required;         /* a limit in which S cannot hold it is not enough */
	/* sizes given as a share of the limit: 7500 is 75 %; 0: given in bytes. The sizes above are computed
	 * for limit_bytes */
	unsigned shared_hundredths, reserve_hundredths;
};

enum term_id {
	TERM_SHARED,
	TERM_PRIVATE,
	TERM_PAGE_TABLES,
	TERM_SECOND,
	TERM_PER_PROCESS,
	TERM_BASE,
	TERM_CONNECTIONS,
	TERM_CONNECTION_HEAP,
	TERM_PROGRAMS,
	TERM_RESERVE,
	TERM_COUNT,
};

struct term {
	const char *id;    /* as in the JSON: "shared", "private", "pageTables" … */
	const char *label; /* "shared pool" */
	uint64_t bytes;    /* total */
	enum source source;
	char formula[96]; /* "14 x (320 + 8) MiB x 8 / 4096" */
};

struct budget {
	uint64_t limit_bytes;
	char limit_source[96];
	enum source limit_origin;
	uint64_t processes;
	enum source processes_source;
	uint64_t connections;
	uint64_t shared_mib;  /* -m */
	uint64_t private_mib; /* -M */
	struct term terms[TERM_COUNT];
	uint64_t unassigned_bytes; /* the rest after rounding the pools down to MiB */
	double utilization;        /* (S + N*M) / L */
	char warning[320]; /* why M is smaller than usual, or that the router does not honour a fixed -m; "":
			      no warning */
};

/* "sizing.private to 26MiB", "-M to 26": a size in the syntax of that option or key. Caller frees. */
char *pool_size_text(const char *name, uint64_t mib);

/* How many bytes of page tables huge pages would save, with the budget's pools. */
uint64_t huge_pages_save(const struct budget_request *request, const struct budget *budget);

/* Whether a report omits a term: one that most routers do not have, and that is 0. */
bool term_absent(const struct budget *budget, enum term_id id);

/*
 * Solves the budget. 0, or -1 if it does not fit: the error's message is the arithmetic, term by term, and
 * the hint is the smallest sufficient limit (whole MiB). In both cases budget->terms have the last attempt.
 * For a request that is itself out of bounds (no process, half a MiB) they are empty: their id is NULL.
 */
int budget_solve(const struct budget_request *request, struct budget *budget, struct error *error);

/* The smallest limit in bytes (whole MiB) for which budget_solve() succeeds with an otherwise unchanged
 * request, and S holds shared_wanted_bytes; 0: none below 2^60. */
uint64_t budget_smallest_limit(const struct budget_request *request);

/* The same request for another limit in bytes, with the sizes that are shares of it. */
struct budget_request budget_with_limit(const struct budget_request *request, uint64_t limit_bytes);

/* Whether budget_solve() succeeds and S holds shared_wanted_bytes. If true for a limit, it is true for any
 * larger one. */
bool budget_carries(const struct budget_request *request);

/* The minimum M of budget_solve() in MiB, or the given one. */
uint64_t budget_private_min_mib(const struct budget_request *request);

/* kernel.sem from sets, semaphores per set and operations a call: SEMMSL SEMMNS SEMOPM SEMMNI. -1 with the
 * reason when the kernel would refuse it (SEMMNI > 32768, a product above INT_MAX …). */
int semaphores_compute(uint64_t sets, uint64_t per_set, uint64_t ops_per_call, uint64_t sem[4],
		       struct error *error);

/* Pages that hold `bytes`, rounded up. */
uint64_t pages_for(uint64_t bytes, uint64_t page_bytes);

#endif
