/* SPDX-License-Identifier: MIT */
/*
 * The laws of the budget, held against a grid of requests. The oracle below adds up the terms in its own way;
 * it does not know how the solver finds a size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/router.h"
#include "sizing/sizing.h"

/* One point of the grid but for the limit. */
struct shape {
	const char *router;
	uint64_t processes, page_bytes, connections, private_mib, shared_mib, shared_max_mib;
	bool reserve_fixed;
	uint64_t reserve_bytes, shared_avoid_mib;
};

static struct budget_request request_of(const struct shape *shape, uint64_t limit_bytes)
{
	return (struct budget_request){
		.limit_bytes = limit_bytes,
		.page_bytes = shape->page_bytes,
		.processes = shape->processes,
		.costs = router_find(shape->router, NULL)->costs,
		.private_fixed = shape->private_mib != 0,
		.private_bytes = shape->private_mib * MIB,
		.shared_fixed = shape->shared_mib != 0,
		.shared_bytes = shape->shared_mib * MIB,
		.shared_min_mib = 4,
		.shared_max_mib = shape->shared_max_mib,
		.private_min_mib = 1,
		.shared_avoid_mib = shape->shared_avoid_mib,
		.reserve = {.fixed = shape->reserve_fixed, .bytes = shape->reserve_bytes},
		.connections = shape->connections,
	};
}

static void shape_print(const struct shape *shape, uint64_t limit_bytes)
{
	print_error("at limit %" PRIu64 ", %s, N %" PRIu64 ", page %" PRIu64 ", C %" PRIu64 ", M %" PRIu64
		    ", S %" PRIu64 " at most %" PRIu64 ", R %" PRIu64 " (fixed: %d)\n",
		    limit_bytes, shape->router, shape->processes, shape->page_bytes, shape->connections,
		    shape->private_mib, shape->shared_mib, shape->shared_max_mib, shape->reserve_bytes,
		    shape->reserve_fixed);
}

#define HOLD(condition)                                            \
	do {                                                       \
		if (!(condition)) {                                \
			shape_print(shape, limit_bytes);           \
			fail_msg("does not hold: %s", #condition); \
		}                                                  \
	} while (0)

static uint64_t oracle_page_tables(const struct shape *shape, uint64_t shared_mib, uint64_t private_mib)
{
	uint64_t entries = (shared_mib + private_mib) * (MIB / shape->page_bytes), bytes;
	assert_false(__builtin_mul_overflow(entries, 8 * shape->processes, &bytes));
	return bytes;
}

/* No sum of the grid reaches 2^64. */
static uint64_t terms_sum(const struct budget *budget)
{
	uint64_t sum = 0;
	for (int id = 0; id < TERM_COUNT; id++)
		assert_false(__builtin_add_overflow(sum, budget->terms[id].bytes, &sum));
	return sum;
}

/* What the terms say, apart from how they were found. */
static void hold_terms(const struct shape *shape, const struct budget *budget)
{
	uint64_t limit_bytes = budget->limit_bytes, n = shape->processes;
	uint64_t reserve = limit_bytes / 20 > 32 * MIB ? limit_bytes / 20 : 32 * MIB;

	HOLD(budget->terms[TERM_SHARED].bytes == budget->shared_mib * MIB);
	HOLD(budget->terms[TERM_PRIVATE].bytes == budget->private_mib * MIB * n);
	HOLD(budget->terms[TERM_PAGE_TABLES].bytes ==
	     oracle_page_tables(shape, budget->shared_mib, budget->private_mib));
	HOLD(budget->terms[TERM_PER_PROCESS].bytes % n == 0);
	HOLD(budget->terms[TERM_CONNECTIONS].bytes ==
	     shape->connections * router_find(shape->router, NULL)->costs->connection_bytes);
	HOLD(budget->terms[TERM_RESERVE].bytes == (shape->reserve_fixed ? shape->reserve_bytes : reserve));
}

/* One MiB more of S is refused, unless that is as much as the router takes. */
static void hold_maximal(const struct shape *shape, const struct budget *budget)
{
	uint64_t limit_bytes = budget->limit_bytes;
	struct shape more = *shape;

	more.shared_mib = budget->shared_mib + 1;
	more.private_mib = budget->private_mib;
	if (more.shared_mib == shape->shared_avoid_mib)
		more.shared_mib++;
	if (shape->shared_max_mib && more.shared_mib > shape->shared_max_mib)
		return;
	struct budget_request request = request_of(&more, limit_bytes);
	struct budget larger;
	HOLD(budget_solve(&request, &larger, NULL) < 0);
}

/* An M above the last resort leaves S its share: half of all private pools, eight times as much where M is
 * larger than usual. Where S was stepped over it is a MiB short of it. */
static void hold_share(const struct shape *shape, const struct budget *budget)
{
	uint64_t limit_bytes = budget->limit_bytes, pools = shape->processes * budget->private_mib;
	uint64_t shared = budget->shared_mib + (budget->shared_mib + 1 == shape->shared_avoid_mib);
	bool usual = budget->private_mib <= router_find(shape->router, NULL)->costs->private_default_mib;

	if (shape->private_mib || shape->shared_max_mib || budget->private_mib == PRIVATE_MIN_MIB)
		return;
	HOLD(usual ? 2 * shared >= pools - 1 : shared >= 8 * pools);
}

static void hold_refused(const struct shape *shape, const struct budget_request *request,
			 const struct budget *budget, const struct error *error)
{
	uint64_t limit_bytes = request->limit_bytes;
	struct budget_request probe = *request;
	struct budget other;

	HOLD(terms_sum(budget) > limit_bytes);
	HOLD(error->message && error->hint);
	probe.limit_bytes = budget_smallest_limit(request);
	HOLD(probe.limit_bytes > limit_bytes && probe.limit_bytes % MIB == 0);
	HOLD(budget_solve(&probe, &other, NULL) == 0);
	probe.limit_bytes -= MIB;
	HOLD(budget_solve(&probe, &other, NULL) < 0);
}

/* Solves, and holds everything that can be said of one budget alone. */
static bool solve(const struct shape *shape, uint64_t limit_bytes, struct budget *budget)
{
	struct budget_request request = request_of(shape, limit_bytes);
	cleanup_error struct error error = {0};

	if (budget_solve(&request, budget, &error) < 0) {
		hold_terms(shape, budget);
		hold_refused(shape, &request, budget, &error);
		return false;
	}
	HOLD(!error.message);
	hold_terms(shape, budget);
	HOLD(terms_sum(budget) <= limit_bytes);
	HOLD(terms_sum(budget) + budget->unassigned_bytes == limit_bytes);
	HOLD(shape->private_mib == 0 || budget->private_mib == shape->private_mib);
	if (shape->shared_mib) {
		HOLD(budget->shared_mib == shape->shared_mib);
		return true;
	}
	HOLD(budget->shared_mib >= 4 && budget->shared_mib != shape->shared_avoid_mib);
	HOLD(shape->shared_max_mib == 0 || budget->shared_mib <= shape->shared_max_mib);
	hold_maximal(shape, budget);
	hold_share(shape, budget);
	return true;
}

static uint64_t pools_mib(const struct budget *budget)
{
	return budget->shared_mib + budget->processes * budget->private_mib;
}

/* What may be said of two budgets that differ in the limit alone. */
static void hold_growth(const struct shape *shape, bool before_fits, const struct budget *before, bool fits,
			const struct budget *budget)
{
	uint64_t limit_bytes = budget->limit_bytes;

	HOLD(fits || !before_fits);
	if (!before_fits)
		return;
	HOLD(pools_mib(budget) >= pools_mib(before));
	HOLD(budget->private_mib >= before->private_mib);
	if (budget->private_mib == before->private_mib)
		HOLD(budget->shared_mib >= before->shared_mib);
}

/* What may be said of two budgets that differ in the number of processes alone. */
static void hold_crowd(const struct shape *shape, bool fewer_fits, const struct budget *fewer, bool fits,
		       const struct budget *budget)
{
	uint64_t limit_bytes = budget->limit_bytes;

	HOLD(fewer_fits || !fits);
	if (fits && budget->private_mib == fewer->private_mib)
		HOLD(budget->shared_mib <= fewer->shared_mib);
}

static const uint64_t process_counts[] = {1, 2, 3, 4, 7, 14, 38, 102, 255, 500, 1000, 2000};

/* 64 MiB to 1 TiB, eight steps to each doubling, none of them round. */
#define LIMITS ((14 * 8) + 1)
static uint64_t limit_at(unsigned step)
{
	uint64_t doubling = (64 * MIB) << (step / 8);
	return doubling + doubling / 8 * (step % 8) + (step % 3) * 1234567;
}

static void walk(struct shape shape)
{
	static struct budget of_limit[LIMITS]; /* for the next smaller number of processes */
	static bool fits_limit[LIMITS];

	for (size_t i = 0; i < ARRAY_SIZE(process_counts); i++) {
		struct budget before = {0};
		bool before_fits = false;
		shape.processes = process_counts[i];
		for (unsigned step = 0; step < LIMITS; step++) {
			struct budget budget;
			bool fits = solve(&shape, limit_at(step), &budget);
			hold_growth(&shape, before_fits, &before, fits, &budget);
			if (i > 0)
				hold_crowd(&shape, fits_limit[step], &of_limit[step], fits, &budget);
			of_limit[step] = before = budget;
			fits_limit[step] = before_fits = fits;
		}
	}
}

static void walk_connections(struct shape shape)
{
	static const uint64_t connections[] = {0, 2048, 100000};
	for (size_t i = 0; i < ARRAY_SIZE(connections); i++) {
		shape.connections = connections[i];
		walk(shape);
	}
}

static void walk_reserve(struct shape shape)
{
	walk_connections(shape);
	shape.reserve_fixed = true;
	walk_connections(shape);
	shape.reserve_bytes = 100 * MIB + 1;
	walk_connections(shape);
}

static void walk_pools(struct shape shape)
{
	static const uint64_t private_mib[] = {0, 1, 13};
	for (size_t i = 0; i < ARRAY_SIZE(private_mib); i++) {
		shape.private_mib = private_mib[i];
		walk_reserve(shape);
	}
	shape.private_mib = 0;
	shape.shared_mib = 64;
	walk_connections(shape);
	shape.shared_mib = 0;
	shape.shared_max_mib = 1000;
	walk_connections(shape);
}

static void laws_hold_with_4k_pages(void **state)
{
	(void)state;
	walk_pools((struct shape){.router = "kamailio", .page_bytes = 4096, .shared_avoid_mib = 64});
	walk_pools((struct shape){.router = "opensips", .page_bytes = 4096});
}

static void laws_hold_with_16k_pages(void **state)
{
	(void)state;
	walk_pools((struct shape){.router = "kamailio", .page_bytes = 16384, .shared_avoid_mib = 64});
}

static void laws_hold_with_64k_pages(void **state)
{
	(void)state;
	walk_pools((struct shape){.router = "opensips", .page_bytes = 65536});
}

/* Where the automatic M steps, and where S steps over what is not honoured, must not be between two grid
 * points. */
static void pools_never_shrink_in_small_steps_of_the_limit(void **state)
{
	(void)state;
	static const uint64_t avoided[] = {0, 7, 16, 28, 31, 32, 56, 64, 100, 128, 448, 896};

	for (size_t i = 0; i < ARRAY_SIZE(avoided); i++) {
		for (uint64_t n = 1; n <= 16; n++) {
			struct shape of = {.router = n % 2 ? "kamailio" : "opensips",
					   .page_bytes = 4096,
					   .processes = n,
					   .shared_avoid_mib = avoided[i]};
			const struct shape *shape = &of;
			struct budget before = {0};
			bool before_fits = false;
			for (uint64_t limit_bytes = 64 * MIB; limit_bytes < 2 * GIB; limit_bytes += 700001) {
				struct budget_request request = request_of(shape, limit_bytes);
				struct budget budget;
				bool fits = budget_solve(&request, &budget, NULL) == 0;
				HOLD(!fits || budget.shared_mib != avoided[i]);
				hold_growth(shape, before_fits, &before, fits, &budget);
				before = budget;
				before_fits = fits;
			}
		}
	}
}

/* The sum of the terms is a limit in which not a byte is left over. */
static void pools_that_fit_to_the_byte_are_not_made_smaller(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(process_counts); i++) {
		const struct shape of = {.router = "opensips",
					 .page_bytes = 4096,
					 .processes = process_counts[i],
					 .private_mib = 8,
					 .reserve_fixed = true,
					 .reserve_bytes = 32 * MIB},
				   *shape = &of;
		uint64_t limit_bytes = 32 * GIB + 12345;
		struct budget roomy, exact;
		HOLD(solve(shape, limit_bytes, &roomy));
		HOLD(roomy.unassigned_bytes > 0);
		limit_bytes = terms_sum(&roomy);
		HOLD(solve(shape, limit_bytes, &exact));
		HOLD(exact.shared_mib == roomy.shared_mib && exact.unassigned_bytes == 0);
	}
}

static void a_given_pool_carries_what_fits_into_it_and_not_a_byte_more(void **state)
{
	(void)state;
	const struct shape shape = {
		.router = "opensips", .page_bytes = 4096, .processes = 14, .shared_mib = 100};
	struct budget_request request = request_of(&shape, GIB);

	request.shared_wanted_bytes = 100 * MIB;
	assert_true(budget_carries(&request));
	request.shared_wanted_bytes++;
	assert_false(budget_carries(&request));
}

static void an_exbibyte_is_divided_without_overflow(void **state)
{
	(void)state;
	const struct shape of = {.router = "opensips",
				 .page_bytes = 4096,
				 .processes = 4194304,
				 .connections = UINT64_C(1) << 31},
			   *shape = &of;
	uint64_t limit_bytes = UINT64_C(1) << 60;
	struct budget budget;

	HOLD(solve(shape, limit_bytes, &budget));
	/* 95 % of 2^60, less 2^31 connections and 2^22 processes, shared by 1 + 2^22 * 8 / 4096 */
	assert_in_range(budget.shared_mib, UINT64_C(115) << 20, UINT64_C(128) << 20);
}

static void absurd_sizes_are_refused_not_wrapped(void **state)
{
	(void)state;
	struct shape shape = {.router = "kamailio", .page_bytes = 4096, .processes = 4194304};
	const struct budget_request sane = request_of(&shape, GIB);
	struct budget_request cases[] = {sane, sane, sane, sane, sane, sane,
					 sane, sane, sane, sane, sane, sane};
	cases[0].per_process.fixed = true, cases[0].per_process.bytes = UINT64_MAX;
	cases[1].base.fixed = true, cases[1].base.bytes = UINT64_MAX;
	cases[2].reserve.fixed = true, cases[2].reserve.bytes = UINT64_MAX;
	cases[3].shared_fixed = true, cases[3].shared_bytes = UINT64_MAX / MIB * MIB;
	cases[4].private_fixed = true, cases[4].private_bytes = UINT64_MAX / MIB * MIB;
	cases[5].limit_bytes = UINT64_MAX;
	cases[6].processes = UINT64_MAX;
	cases[7].connections = UINT64_MAX;
	cases[8].page_bytes = UINT64_C(1) << 63;
	cases[9].page_bytes = 0;
	cases[10].processes = 0;
	cases[11].private_min_mib = UINT64_MAX;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_error struct error error = {0};
		struct budget budget;
		assert_int_equal(budget_solve(&cases[i], &budget, &error), -1);
		assert_non_null(error.message);
		assert_non_null(error.hint);
		/* Of case 5 only the limit is wrong. */
		if (i != 5)
			assert_int_equal(budget_smallest_limit(&cases[i]), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(laws_hold_with_4k_pages),
		cmocka_unit_test(laws_hold_with_16k_pages),
		cmocka_unit_test(laws_hold_with_64k_pages),
		cmocka_unit_test(pools_never_shrink_in_small_steps_of_the_limit),
		cmocka_unit_test(pools_that_fit_to_the_byte_are_not_made_smaller),
		cmocka_unit_test(a_given_pool_carries_what_fits_into_it_and_not_a_byte_more),
		cmocka_unit_test(an_exbibyte_is_divided_without_overflow),
		cmocka_unit_test(absurd_sizes_are_refused_not_wrapped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
