/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/router.h"
#include "sizing/sizing.h"

static void the_order_is_semmsl_semmns_semopm_semmni(void **state)
{
	(void)state;
	uint64_t sem[4];
	assert_int_equal(semaphores_compute(128, 250, 100, sem, NULL), 0);
	assert_int_equal(sem[0], 250);
	assert_int_equal(sem[1], 32000);
	assert_int_equal(sem[2], 100);
	assert_int_equal(sem[3], 128);
}

static void the_kernels_own_bounds_are_reached_and_not_passed(void **state)
{
	(void)state;
	static const struct {
		uint64_t sets, per_set, ops;
		const char *complaint; /* NULL: taken */
	} cases[] = {
		{1, 1, 1, NULL},
		{32768, 1, 1, NULL},
		{32769, 1, 1, "SEMMNI"},
		{1, INT_MAX, INT_MAX, NULL},
		{1, (uint64_t)INT_MAX + 1, 1, "SEMMSL"},
		{1, 1, (uint64_t)INT_MAX + 1, "SEMOPM"},
		{32768, 65535, 1, NULL},
		{32768, 65536, 1, "SEMMNS"},
		{0, 1, 1, "SEMMNI"},
		{1, 0, 1, "SEMMSL"},
		{1, 1, 0, "SEMOPM"},
		{UINT64_MAX, UINT64_MAX, UINT64_MAX, "SEMMNI"},
		{2, UINT64_MAX, 1, "SEMMSL"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_error struct error error = {0};
		uint64_t sem[4];
		int got = semaphores_compute(cases[i].sets, cases[i].per_set, cases[i].ops, sem, &error);
		assert_int_equal(got, cases[i].complaint ? -1 : 0);
		if (!cases[i].complaint)
			continue;
		assert_non_null(strstr(error.message, cases[i].complaint));
		assert_non_null(error.hint);
	}
}

static void pages_are_rounded_up(void **state)
{
	(void)state;
	assert_int_equal(pages_for(0, 4096), 0);
	assert_int_equal(pages_for(1, 4096), 1);
	assert_int_equal(pages_for(4096, 4096), 1);
	assert_int_equal(pages_for(4097, 4096), 2);
	assert_int_equal(pages_for(320 * MIB, 65536), 5120);
	assert_true(pages_for(UINT64_MAX, 4096) == UINT64_C(1) << 52);
}

static void every_router_has_complete_costs(void **state)
{
	(void)state;
	for (size_t i = 0; routers[i]; i++) {
		const struct costs *row = routers[i]->costs;
		if (routers[i]->sizes_by_arguments)
			assert_string_equal(row->router, routers[i]->name);
		assert_true(row->per_process_bytes >= 100 * KIB && row->per_process_bytes <= 4 * MIB);
		assert_true(row->base_bytes >= MIB && row->base_bytes <= 100 * MIB);
		assert_true(row->connection_bytes >= 2 * KIB);
		assert_true(row->private_default_mib >= 2);
		assert_true(row->private_max_mib >= row->private_default_mib);
		assert_true(strlen(row->provenance) > 20);
	}
	assert_int_equal(router_find("kamailio", NULL)->costs->source, SOURCE_MEASURED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_is_semmsl_semmns_semopm_semmni),
		cmocka_unit_test(the_kernels_own_bounds_are_reached_and_not_passed),
		cmocka_unit_test(pages_are_rounded_up),
		cmocka_unit_test(every_router_has_complete_costs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
