/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_SIZING_H
#define SIPLAUNCH_SIZING_SIZING_H
/*
 * The memory budget and the semaphore arithmetic. Pure: numbers in, numbers out; no I/O, no clock, no
 * globals.
 *
 *   limit >= S + N*M + N*(S+M+F)*8/page + F + N*p + B + C*c + H + P + R
 *
 * F is a file that the router maps as a second shared pool, H the connections in libc's heap, P the reserve
 * for other programs in its group; all three are mostly 0.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/value.h"

struct error;
struct footprints;

#define PRIVATE_LEAST_MIB 2                   /* an automatic M is not lower */
#define LIMIT_MAX         (UINT64_C(1) << 60) /* bytes: no larger limit is computed with */

/* What one router costs, as measured (src/router/NAME_costs.c). */
struct costs {
	const char *router;         /* "kamailio" */
	uint64_t per_process_bytes; /* p: dirty data, stacks, kernel stack, slab */
	uint64_t base_bytes;        /* B: hot code and start-up heap */
	uint64_t connection_bytes;  /* c */
	/* in the libc heap of a process, in versions that keep connections there: one with its request
	 * buffer, and what TLS adds */
	uint64_t connection_heap_bytes, tls_heap_bytes;
	uint64_t private_default_mib; /* what an automatic M is, where there is room */
	uint64_t private_most_mib;    /* how far it grows where there is much */
	enum source source;           /* SOURCE_MEASURED or SOURCE_DEFAULT */
	const char
		*provenance; /* "Kamailio 5.6.3, Debian 12, Linux 6.1, 2026-11: tests/bench/coefficients" */
	const struct footprints *const *footprints; /* NULL-terminated, the default allocator's first; NULL:
						       not measured */
	/* of a TCP connection in the shared pool, where the configuration sets its buffers: what it takes
	 * beside its read buffer, and the defaults of that buffer, of one connection's unsent data, and of
	 * all unsent data */
	uint64_t connection_pool_bytes, read_buffer_bytes, write_queue_bytes, write_queues_bytes;
};

/* The use of a pool by the router's start. An automatic size is not below it; a given size may be. */
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
	const char *shared_name,
		*private_name; /* where they are given: "-m" or "sizing.shared"; NULL: the latter */
	uint64_t shared_min_mib, private_min_mib, shared_max_mib,
		private_max_mib;   /* the router's bounds; max 0: none */
	uint64_t shared_avoid_mib; /* 0: none */
	struct start shared_start, private_start;
	struct {
		bool as_shared; /* as large as the shared pool */
		uint64_t bytes; /* else this; 0: there is none */
	} second;               /* a file that is mapped as a second shared pool */
	bool huge_pages;        /* the shared pools are mapped by huge pages */
	struct {
		bool fixed;
		uint64_t bytes;
		enum source source;
	} per_process, base, reserve,
		programs; /* programs: beside the router in its group; not fixed: none */
	uint64_t connections;
	enum source connections_source;
	bool connections_in_heap;     /* the router keeps them in the libc heap, beside its pools */
	uint64_t tls_connections;     /* of them, those that may speak TLS */
	bool connections_fixed;       /* sizing.connections: a workload's number does not count */
	uint64_t shared_wanted_bytes; /* what a workload keeps: M steps down for it. 0: none */
	bool wanted_required;         /* a limit that does not hold it is not enough */
	/* sizes that were given as a share of the limit, 7500 is 75 %; 0: in bytes. `bytes` above are for
	 * limit_bytes */
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
	uint64_t unassigned_bytes; /* what whole MiB leave over */
	double utilization;        /* (S + N*M) / L */
	char warning[320];         /* "" or why M is smaller than usual, or that a fixed -m is not honoured */
};

/* "sizing.private to 26MiB", "-M to 26": a size in the form in which it can be given there. Caller frees. */
char *pool_size_text(const char *name, uint64_t mib);

/* How many bytes of page tables huge pages would save, with the pools that the budget has. */
uint64_t huge_pages_save(const struct budget_request *request, const struct budget *budget);

/* Whether a report leaves a term out: one that most routers do not have. */
bool term_absent(const struct budget *budget, enum term_id id);

/*
 * Solves the budget. 0, or -1 when it does not fit: the error's message is the arithmetic, term by term, and
 * the hint the smallest sufficient limit (whole MiB). In both cases budget->terms have the last attempt. They
 * are empty, without id, for a request that is itself out of bounds (no process, half a MiB).
 */
int budget_solve(const struct budget_request *request, struct budget *budget, struct error *error);

/* The smallest limit in bytes (whole MiB) for which budget_solve succeeds with everything else as it is, and
 * S holds what is wanted of it; 0: none below 2^60. */
uint64_t budget_smallest_limit(const struct budget_request *request);

/* The same request for another limit in bytes, with the sizes that are shares of it. */
struct budget_request budget_with_limit(const struct budget_request *request, uint64_t limit_bytes);

/* Whether budget_solve succeeds and S holds what is wanted of it. What holds for a limit does for a larger
 * one. */
bool budget_carries(const struct budget_request *request);

/* The least M that budget_solve chooses, or the one that is given. */
uint64_t budget_private_least_mib(const struct budget_request *request);

/* kernel.sem from sets, semaphores per set and operations a call: SEMMSL SEMMNS SEMOPM SEMMNI. -1 with the
 * reason when the kernel would refuse it (SEMMNI > 32768, a product above INT_MAX …). */
int semaphores_compute(uint64_t sets, uint64_t per_set, uint64_t ops_per_call, uint64_t sem[4],
		       struct error *error);

/* Pages that hold `bytes`, rounded up. */
uint64_t pages_for(uint64_t bytes, uint64_t page_bytes);

#endif
