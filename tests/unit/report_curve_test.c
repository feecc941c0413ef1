/* SPDX-License-Identifier: MIT */
/*
 * The curve of a workload: tests/fixtures/curves/NAME is what is printed for the case NAME. A new case is a
 * row here and a file there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "plan/plan.h"
#include "report/capacity.h"
#include "router/router.h"
#include "text/format.h"

#define ABSURD (UINT64_MAX - 1)

static const struct curve_case {
	const char *name;
	uint64_t numbers[WORKLOAD_KEYS]; /* 0: not given */
	uint64_t limit_mib, shared_mib;  /* shared 0: automatic */
	unsigned columns;
	bool utf8, color;
} cases[] = {
	{"fits", {[WORKLOAD_REGISTRATIONS] = 100000, [WORKLOAD_CALLS] = 50}, 512, 0, 80, true, false},
	{"fits-ascii", {[WORKLOAD_REGISTRATIONS] = 100000, [WORKLOAD_CALLS] = 50}, 512, 0, 80, false, false},
	{"does-not-fit", {[WORKLOAD_REGISTRATIONS] = 1000000}, 512, 0, 80, true, false},
	{"tiny", {[WORKLOAD_DIALOGS] = 1}, 512, 0, 80, true, false},
	{"absurd", {[WORKLOAD_REGISTRATIONS] = ABSURD, [WORKLOAD_DIALOGS] = ABSURD}, 512, 0, 80, true, false},
	{"labels-side-by-side", {[WORKLOAD_REGISTRATIONS] = 181818}, 512, 0, 80, false, false},
	{"connections-outside-the-pool", {[WORKLOAD_TLS] = 2000}, 512, 0, 80, true, false},
	{"given-pool", {[WORKLOAD_DIALOGS] = 20000}, 512, 50, 80, true, false},
	{"narrow", {[WORKLOAD_REGISTRATIONS] = 100000, [WORKLOAD_TLS] = 100}, 512, 0, 40, true, false},
	{"wide-in-colour", {[WORKLOAD_CALLS] = 300}, 1024, 0, 120, true, true},
};

static void plan_for(const struct curve_case *given, struct context *context)
{
	struct workload workload = {0};
	struct budget_request base = {
		.limit_bytes = given->limit_mib * MIB,
		.page_bytes = 4096,
		.processes = 14,
		.costs = router_find("kamailio", NULL)->costs,
		.shared_min_mib = 1,
		.private_min_mib = 1,
		.connections = 100,
		.shared_fixed = given->shared_mib != 0,
		.shared_bytes = given->shared_mib * MIB,
	};
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		workload.of[key].given = given->numbers[key] != 0;
		workload.of[key].number = given->numbers[key];
	}
	struct budget_request loaded = workload_request(&base, &workload);
	budget_solve(&loaded, &context->decision.budget, NULL);
	capacity_compute(&base, &workload, &context->decision.budget, &context->decision.capacity);
	capacity_curve(&base, &workload, &context->decision.capacity, &context->decision.curve);
}

/* Caller frees. */
static char *drawn(const struct curve_case *given)
{
	cleanup_free struct context *context = xcalloc(1, sizeof *context);
	const struct style style = {.columns = given->columns, .utf8 = given->utf8, .color = given->color};
	char *text = NULL;
	size_t length = 0;

	plan_for(given, context);
	FILE *out = open_memstream(&text, &length);
	assert_non_null(out);
	report_curve(out, context, &style);
	fclose(out);
	return text;
}

/* Caller frees. */
static char *expected(const char *name)
{
	char path[4096], *text = xcalloc(1, 16384);

	snprintf(path, sizeof path, "%s/curves/%s", FIXTURES, name);
	FILE *file = fopen(path, "r");
	if (!file)
		fail_msg("no %s", path);
	text[fread(text, 1, 16383, file)] = '\0';
	fclose(file);
	return text;
}

static void each_curve_is_drawn_as_its_fixture_shows_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = drawn(&cases[i]);
		cleanup_free char *fixture = expected(cases[i].name);
		if (strcmp(text, fixture) == 0)
			continue;
		fprintf(stderr, "%s is drawn as:\n%s", cases[i].name, text); /* too long for fail_msg() */
		fail();
	}
}

static void a_workload_without_objects_has_no_curve(void **state)
{
	(void)state;
	const struct curve_case seconds = {"", {[WORKLOAD_SECONDS] = 30}, 512, 0, 80, true, false};
	const struct curve_case nothing = {"", {0}, 512, 0, 80, true, false};
	cleanup_free char *of_seconds = drawn(&seconds), *of_nothing = drawn(&nothing);

	assert_string_equal(of_seconds, "");
	assert_string_equal(of_nothing, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_curve_is_drawn_as_its_fixture_shows_it),
		cmocka_unit_test(a_workload_without_objects_has_no_curve),
	};
	setenv("LC_ALL", "C.UTF-8", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
