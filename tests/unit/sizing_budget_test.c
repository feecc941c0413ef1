/* SPDX-License-Identifier: MIT */
/*
 * Runs every tests/fixtures/budgets/NAME.json: a request, and what is to come of it. A new case is a new
 * file. Sizes are in MiB, but for "page" (bytes) and "perProcessKiB"; what is left out is automatic, or 0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <glob.h>
#include <jansson.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/router.h"
#include "sizing/sizing.h"

static uint64_t number_of(const json_t *value)
{
	assert_true(json_is_integer(value) && json_integer_value(value) >= 0);
	return (uint64_t)json_integer_value(value);
}

/* A pool or a term that is fixed as soon as the fixture names it. */
static void fix(bool *fixed, uint64_t *bytes, enum source *source, uint64_t number)
{
	*fixed = true;
	*bytes = number;
	*source = SOURCE_PROFILE;
}

static void request_set(struct budget_request *request, const char *key, const json_t *value)
{
	if (strcmp(key, "router") == 0) {
		request->costs = router_find(json_string_value(value), NULL)->costs;
		return;
	}
	uint64_t number = number_of(value);
	if (strcmp(key, "limit") == 0)
		request->limit_bytes = number * MIB;
	else if (strcmp(key, "limitBytes") == 0)
		request->limit_bytes = number;
	else if (strcmp(key, "processes") == 0)
		request->processes = number;
	else if (strcmp(key, "page") == 0)
		request->page_bytes = number;
	else if (strcmp(key, "connections") == 0)
		request->connections = number;
	else if (strcmp(key, "connectionsInHeap") == 0)
		request->connections_in_heap = number != 0;
	else if (strcmp(key, "tlsConnections") == 0)
		request->tls_connections = number;
	else if (strcmp(key, "sharedMin") == 0)
		request->shared_min_mib = number;
	else if (strcmp(key, "sharedMax") == 0)
		request->shared_max_mib = number;
	else if (strcmp(key, "sharedAvoid") == 0)
		request->shared_avoid_mib = number;
	else if (strcmp(key, "privateMin") == 0)
		request->private_min_mib = number;
	else if (strcmp(key, "privateMax") == 0)
		request->private_max_mib = number;
	else if (strcmp(key, "shared") == 0)
		fix(&request->shared_fixed, &request->shared_bytes, &request->shared_source, number * MIB);
	else if (strcmp(key, "sharedBytes") == 0)
		fix(&request->shared_fixed, &request->shared_bytes, &request->shared_source, number);
	else if (strcmp(key, "private") == 0)
		fix(&request->private_fixed, &request->private_bytes, &request->private_source, number * MIB);
	else if (strcmp(key, "reserve") == 0)
		fix(&request->reserve.fixed, &request->reserve.bytes, &request->reserve.source, number * MIB);
	else if (strcmp(key, "base") == 0)
		fix(&request->base.fixed, &request->base.bytes, &request->base.source, number * MIB);
	else if (strcmp(key, "programs") == 0)
		fix(&request->programs.fixed, &request->programs.bytes, &request->programs.source,
		    number * MIB);
	else if (strcmp(key, "sharedStart") == 0)
		request->shared_start = (struct start){.bytes = number, .parts = "tm 2.0 MiB"};
	else if (strcmp(key, "privateStart") == 0)
		request->private_start = (struct start){.bytes = number, .parts = "tables 10.3 MiB"};
	else if (strcmp(key, "hugePages") == 0)
		request->huge_pages = number != 0;
	else if (strcmp(key, "secondPool") == 0)
		request->second.bytes = number * MIB;
	else if (strcmp(key, "secondPoolAsShared") == 0)
		request->second.as_shared = number != 0;
	else if (strcmp(key, "wanted") == 0)
		request->shared_wanted_bytes = number * MIB;
	else if (strcmp(key, "wantedRequired") == 0)
		request->wanted_required = number != 0;
	else if (strcmp(key, "reserveHundredths") == 0)
		request->reserve_hundredths = (unsigned)number;
	else if (strcmp(key, "perProcessKiB") == 0)
		fix(&request->per_process.fixed, &request->per_process.bytes, &request->per_process.source,
		    number * KIB);
	else
		fail_msg("unknown key in the request: %s", key);
}

static void expect_text(const char *what, const char *text, const json_t *parts)
{
	size_t i;
	json_t *part;

	json_array_foreach(parts, i, part) if (!text || !strstr(text, json_string_value(part)))
		fail_msg("the %s lacks \"%s\":\n%s", what, json_string_value(part), text ? text : "(none)");
}

static void expect_term(const struct budget *budget, const char *id, const json_t *expected)
{
	for (int i = 0; i < TERM_COUNT; i++) {
		const struct term *term = &budget->terms[i];
		if (strcmp(term->id, id) != 0)
			continue;
		assert_int_equal(term->bytes, number_of(json_object_get(expected, "bytes")));
		assert_string_equal(term->formula, json_string_value(json_object_get(expected, "formula")));
		assert_string_equal(source_name(term->source),
				    json_string_value(json_object_get(expected, "source")));
		return;
	}
	fail_msg("no term is called %s", id);
}

static void expect(const struct budget *budget, int result, const struct error *error, const char *key,
		   json_t *value)
{
	const char *id;
	json_t *term;

	if (strcmp(key, "fits") == 0)
		assert_int_equal(result, json_is_true(value) ? 0 : -1);
	else if (strcmp(key, "shared") == 0)
		assert_int_equal(budget->shared_mib, number_of(value));
	else if (strcmp(key, "private") == 0)
		assert_int_equal(budget->private_mib, number_of(value));
	else if (strcmp(key, "unassigned") == 0)
		assert_int_equal(budget->unassigned_bytes, number_of(value));
	else if (strcmp(key, "utilization") == 0)
		assert_true(budget->utilization >= json_number_value(value));
	else if (strcmp(key, "silent") == 0)
		assert_string_equal(budget->warning, "");
	else if (strcmp(key, "warning") == 0)
		expect_text("warning", budget->warning, value);
	else if (strcmp(key, "message") == 0)
		expect_text("message", error->message, value);
	else if (strcmp(key, "hint") == 0)
		expect_text("hint", error->hint, value);
	else if (strcmp(key, "terms") == 0)
		json_object_foreach(value, id, term) expect_term(budget, id, term);
	else
		fail_msg("unknown key in what is expected: %s", key);
}

static void run_case(const char *path)
{
	json_error_t where;
	json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &where), *value;
	const char *key;
	struct budget_request request = {
		.page_bytes = 4096,
		.limit_source = (char[]){"sizing.memory"},
		.limit_origin = SOURCE_PROFILE,
		.connections_source = SOURCE_COMPUTED,
	};
	struct budget budget;
	cleanup_error struct error error = {0};

	print_message("           %s\n", strrchr(path, '/') + 1);
	if (!document)
		fail_msg("line %d: %s", where.line, where.text);
	json_object_foreach(json_object_get(document, "request"), key, value)
		request_set(&request, key, value);
	int result = budget_solve(&request, &budget, &error);
	assert_true(json_is_boolean(json_object_get(json_object_get(document, "expect"), "fits")));
	json_object_foreach(json_object_get(document, "expect"), key, value)
		expect(&budget, result, &error, key, value);
	json_decref(document);
}

static void every_fixture_gives_what_it_says(void **state)
{
	(void)state;
	glob_t found;
	assert_int_equal(glob(FIXTURES "/budgets/*.json", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_case(found.gl_pathv[i]);
	assert_true(found.gl_pathc >= 20);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_fixture_gives_what_it_says)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
