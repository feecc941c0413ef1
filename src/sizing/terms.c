/* SPDX-License-Identifier: MIT */
#include "sizing/terms.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"

#define PAGE_TABLE_ENTRY_BYTES 8 /* on every 64-bit Linux */

unsigned shared_times(const struct budget_request *request)
{
	return request->second.as_shared ? 2 : 1;
}

uint64_t table_bytes_of_mib(const struct budget_request *request)
{
	return MIB / request->page_bytes * PAGE_TABLE_ENTRY_BYTES;
}

/* The page tables of a pool that every process maps: an entry for each page. With huge pages a table for each
 * GiB, and the pool rounded up to whole huge pages. */
static struct wide shared_table_bytes(const struct budget_request *request, uint64_t mib)
{
	if (!request->huge_pages)
		return wide_product(request->processes, mib * table_bytes_of_mib(request));
	uint64_t tables = pages_for(mib, GIB / MIB);
	struct wide bytes = wide_product(request->processes, tables * request->page_bytes);
	wide_add(&bytes, wide_of(mib ? HUGE_PAGE_BYTES : 0));
	return bytes;
}

struct wide page_table_bytes(const struct frame *frame, uint64_t shared_mib, uint64_t private_mib)
{
	const struct budget_request *request = frame->request;
	uint64_t shared = shared_mib * shared_times(request) + pages_for(request->second.bytes, MIB);
	struct wide bytes = shared_table_bytes(request, shared);

	wide_add(&bytes, wide_product(request->processes, private_mib * table_bytes_of_mib(request)));
	return bytes;
}

uint64_t huge_pages_save(const struct budget_request *request, const struct budget *budget)
{
	struct budget_request huge = *request;
	const struct frame frame = {.request = &huge};

	huge.huge_pages = true;
	struct wide with = page_table_bytes(&frame, budget->shared_mib, budget->private_mib);
	huge.huge_pages = false;
	struct wide without = page_table_bytes(&frame, budget->shared_mib, budget->private_mib);
	return wide_excess(without, with);
}

static void term_set(struct budget *budget, enum term_id id, struct wide bytes, enum source source,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Saturates at 2^64 - 1 bytes, which exceeds every limit as well. */
static void term_set(struct budget *budget, enum term_id id, struct wide bytes, enum source source,
		     const char *format, ...)
{
	static const struct {
		const char *id, *label;
	} names[TERM_COUNT] = {
		[TERM_SHARED] = {"shared", "shared pool"},
		[TERM_PRIVATE] = {"private", "private pools"},
		[TERM_PAGE_TABLES] = {"pageTables", "page tables"},
		[TERM_SECOND] = {"secondPool", "second pool"},
		[TERM_PER_PROCESS] = {"perProcess", "processes"},
		[TERM_BASE] = {"base", "base"},
		[TERM_CONNECTIONS] = {"connections", "connections"},
		[TERM_CONNECTION_HEAP] = {"connectionHeap", "heap of TCP"},
		[TERM_PROGRAMS] = {"otherPrograms", "other programs"},
		[TERM_RESERVE] = {"reserve", "reserve"},
	};
	struct term *term = &budget->terms[id];
	va_list args;

	*term = (struct term){
		.id = names[id].id,
		.label = names[id].label,
		.bytes = wide_saturated(bytes),
		.source = source,
	};
	va_start(args, format);
	vsnprintf(term->formula, sizeof term->formula, format, args);
	va_end(args);
}

static enum source measured(const struct frame *frame)
{
	bool same_page = frame->request->page_bytes == 4 * KIB;
	return same_page ? frame->costs->source : SOURCE_DEFAULT;
}

static uint64_t second_bytes(const struct budget_request *request, uint64_t shared_mib)
{
	return request->second.as_shared ? shared_mib * MIB : request->second.bytes;
}

static void terms_of_pools(const struct frame *frame, struct budget *budget)
{
	const struct budget_request *request = frame->request;
	uint64_t shared = budget->shared_mib, private = budget->private_mib, n = request->processes;

	term_set(budget, TERM_SHARED, wide_product(shared, MIB),
		 request->shared_fixed ? request->shared_source : SOURCE_COMPUTED, "%s",
		 request->shared_fixed ? "as given" : "what is left, in whole MiB");
	term_set(budget, TERM_PRIVATE, wide_product(n * MIB, private),
		 request->private_fixed ? request->private_source : SOURCE_COMPUTED,
		 "%" PRIu64 " x %" PRIu64 " MiB", n, private);
	uint64_t second = second_bytes(request, shared);
	uint64_t mapped = shared + second / MIB + (second % MIB != 0);
	struct wide tables = page_table_bytes(frame, shared, private);
	if (request->huge_pages)
		term_set(budget, TERM_PAGE_TABLES, tables, SOURCE_COMPUTED,
			 "%" PRIu64 " x %" PRIu64 " MiB x %d / %" PRIu64 ", the shared pool by huge pages", n,
			 private, PAGE_TABLE_ENTRY_BYTES, request->page_bytes);
	else
		term_set(budget, TERM_PAGE_TABLES, tables, SOURCE_COMPUTED,
			 "%" PRIu64 " x (%" PRIu64 " + %" PRIu64 ") MiB x %d / %" PRIu64, n, mapped, private,
			 PAGE_TABLE_ENTRY_BYTES, request->page_bytes);
	term_set(budget, TERM_SECOND, wide_of(second), SOURCE_COMPUTED, "%s",
		 request->second.as_shared ? "a file as large as the shared pool"
					   : "a file of the configured size");
}

struct wide connection_heap_bytes(const struct budget_request *request, const struct costs *costs)
{
	if (!request->connections_in_heap)
		return wide_of(0);
	struct wide bytes = wide_product(request->connections, costs->connection_heap_bytes);
	wide_add(&bytes, wide_product(request->tls_connections, costs->tls_heap_bytes));
	return bytes;
}

static void term_of_heap(const struct frame *frame, struct budget *budget)
{
	const struct budget_request *request = frame->request;
	const struct costs *costs = frame->costs;
	uint64_t each = costs->connection_heap_bytes;
	cleanup_free char *all =
		each ? xasprintf("%" PRIu64 " x %" PRIu64 " KiB", request->connections, each / KIB) : NULL;
	cleanup_free char *tls = request->tls_connections
					 ? xasprintf("%" PRIu64 " TLS x %" PRIu64 " KiB",
						     request->tls_connections, costs->tls_heap_bytes / KIB)
					 : NULL;

	term_set(budget, TERM_CONNECTION_HEAP, connection_heap_bytes(request, costs),
		 request->connections_source, "%s%s%s", all ? all : "", all && tls ? " + " : "",
		 tls ? tls : "");
}

static void terms_of_rest(const struct frame *frame, struct budget *budget)
{
	const struct budget_request *request = frame->request;
	uint64_t n = request->processes, connection = frame->costs->connection_bytes;

	term_set(budget, TERM_PER_PROCESS, wide_product(n, frame->per_process_bytes),
		 request->per_process.fixed ? request->per_process.source : measured(frame),
		 "%" PRIu64 " x %" PRIu64 " KiB", n, frame->per_process_bytes / KIB);
	term_set(budget, TERM_BASE, wide_of(frame->base_bytes),
		 request->base.fixed ? request->base.source : measured(frame), "%s",
		 request->base.fixed ? "as given" : "code in use and start-up heap");
	term_set(budget, TERM_CONNECTIONS, wide_product(request->connections, connection),
		 request->connections_source, "%" PRIu64 " x %" PRIu64 " KiB", request->connections,
		 connection / KIB);
	term_of_heap(frame, budget);
	term_set(budget, TERM_PROGRAMS, wide_of(request->programs.fixed ? request->programs.bytes : 0),
		 request->programs.source, "as given");
	term_set(budget, TERM_RESERVE, wide_of(frame->reserve_bytes),
		 request->reserve.fixed ? request->reserve.source : SOURCE_DEFAULT, "%s",
		 request->reserve.fixed ? "as given" : "5 % of the limit, at least 32 MiB");
}

bool terms_fill(const struct frame *frame, struct budget *budget)
{
	struct wide needed = {0};

	terms_of_pools(frame, budget);
	terms_of_rest(frame, budget);
	for (int id = 0; id < TERM_COUNT; id++)
		wide_add(&needed, wide_of(budget->terms[id].bytes));
	uint64_t sum = wide_saturated(needed);
	if (sum > budget->limit_bytes)
		return false;
	uint64_t pools = budget->terms[TERM_SHARED].bytes + budget->terms[TERM_PRIVATE].bytes;
	budget->unassigned_bytes = budget->limit_bytes - sum;
	budget->utilization = (double)pools / (double)budget->limit_bytes;
	return true;
}

bool term_absent(const struct budget *budget, enum term_id id)
{
	bool rare = id == TERM_SECOND || id == TERM_CONNECTION_HEAP || id == TERM_PROGRAMS;
	return rare && budget->terms[id].bytes == 0;
}

/* The formula of a pool whose minimum size follows from what the start allocates. Caller frees. */
static char *min_formula(const char *formula, const struct start *start, uint64_t pool_mib)
{
	bool min = start->bytes && pool_mib <= pages_for(start->bytes, MIB);
	if (!min)
		return xstrdup(formula);
	return xasprintf("%s: the start takes %s", formula, start->parts);
}

static char *refused_formula(const struct budget_request *request, const struct budget *budget,
			     enum term_id id)
{
	const char *formula = budget->terms[id].formula;
	if (id == TERM_SHARED && !request->shared_fixed)
		return min_formula("the minimum", &request->shared_start, budget->shared_mib);
	if (id == TERM_PRIVATE && !request->private_fixed)
		return min_formula(formula, &request->private_start, budget->private_mib);
	return xstrdup(formula);
}

void terms_line(FILE *text, const char *label, struct wide bytes, const char *formula)
{
	double mib = wide_double(bytes) / (double)MIB;
	fprintf(text, "\n  %-14s %12.1f MiB%s%s", label, mib, *formula ? "   " : "", formula);
}

int terms_refuse(const struct budget_request *request, const struct budget *budget, struct error *error)
{
	cleanup_free char *arithmetic = NULL;
	size_t length = 0;
	struct wide needed = {0};

	FILE *text = open_memstream(&arithmetic, &length);
	if (!text)
		return error_set(error, 0, "the budget does not fit");
	for (const struct term *term = budget->terms; term < budget->terms + TERM_COUNT; term++) {
		enum term_id id = (enum term_id)(term - budget->terms);
		cleanup_free char *formula = refused_formula(request, budget, id);
		wide_add(&needed, wide_of(term->bytes));
		if (!term_absent(budget, id))
			terms_line(text, term->label, wide_of(term->bytes), formula);
	}
	terms_line(text, "needed", needed, "");
	terms_line(text, "limit", wide_of(budget->limit_bytes), budget->limit_source);
	fclose(text);
	return error_set(error, 0, "%s with %" PRIu64 " process%s does not fit into %" PRIu64 " MiB:%s",
			 request->costs->router, request->processes, request->processes == 1 ? "" : "es",
			 budget->limit_bytes / MIB, arithmetic);
}
