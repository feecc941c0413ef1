/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/value.h"
#include "tests/unit/router_fixture.h"

/* What came out of a case, against its lines in `expected`. */
struct outcome {
	const struct router *router;
	struct router_command command;
	struct estimate estimate;
	struct error error;
	struct network network;
	bool refused, estimated;
	char **argv;
	size_t warnings_expected;
};

static void check_number(uint64_t number, const char *text)
{
	assert_int_equal(number, strtoull(text, NULL, 10));
}

static void check_flag(bool flag, const char *text)
{
	assert_string_equal(flag ? "yes" : "no", text);
}

static void check_contains(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text ? text : "(nothing)", part);
}

static void check_warning(struct outcome *outcome, const char *text)
{
	outcome->warnings_expected++;
	for (size_t i = 0; i < outcome->estimate.warning_count; i++)
		if (strcmp(outcome->estimate.warnings[i], text) == 0)
			return;
	for (size_t i = 0; i < outcome->estimate.warning_count; i++)
		print_message("  %s\n", outcome->estimate.warnings[i]);
	fail_msg("no warning says \"%s\"", text);
}

/* router_arguments() with -m 512 and -M 16, behind argv[0], with a space between. */
static void check_arguments(const struct outcome *outcome, const char *text)
{
	char **arguments = router_arguments(outcome->router, &outcome->command, outcome->argv, 512, 16);
	char *joined = xstrdup("");

	assert_string_equal(arguments[0], outcome->argv[0]);
	for (size_t i = 1; arguments[i]; i++) {
		char *longer = xasprintf("%s%s%s", joined, i > 1 ? " " : "", arguments[i]);
		free(joined);
		joined = longer;
	}
	assert_string_equal(joined, text);
	free(joined);
	argv_free(arguments);
}

/* The line "LINE COUNT TEXT": what a line of router.cfg adds. */
static void check_line(const struct outcome *outcome, const char *text)
{
	char *end;
	unsigned long line = strtoul(text, &end, 10), processes = strtoul(end, &end, 10);
	for (size_t i = 0; i < outcome->estimate.line_count; i++) {
		const struct estimate_line *found = &outcome->estimate.lines[i];
		if (found->line == line && found->processes == processes && strstr(found->why, end + 1))
			return;
	}
	fail_msg("no estimate line is \"%s\"", text);
}

static bool check_command(const struct outcome *outcome, const char *key, const char *value)
{
	const struct router_command *command = &outcome->command;
	if (strcmp(key, "command.shm_mib") == 0)
		check_number(command->shm_mib, value);
	else if (strcmp(key, "command.shm_index") == 0)
		check_number((uint64_t)command->shm_index, value);
	else if (strcmp(key, "command.pkg_mib") == 0)
		check_number(command->pkg_mib, value);
	else if (strcmp(key, "command.pkg_index") == 0)
		check_number((uint64_t)command->pkg_index, value);
	else if (strcmp(key, "command.workers_udp") == 0)
		check_number((uint64_t)command->workers_udp, value);
	else if (strcmp(key, "command.workers_tcp") == 0)
		check_number((uint64_t)command->workers_tcp, value);
	else if (strcmp(key, "command.foreground") == 0)
		check_flag(command->foreground, value);
	else if (strcmp(key, "command.no_fork") == 0)
		check_flag(command->no_fork, value);
	else if (strcmp(key, "command.only_checks") == 0)
		check_flag(command->only_checks, value);
	else if (strcmp(key, "command.config") == 0)
		assert_string_equal(command->config, value);
	else if (strcmp(key, "command.user") == 0)
		assert_string_equal(command->user, value);
	else if (strcmp(key, "command.group") == 0)
		assert_string_equal(command->group, value);
	else if (strcmp(key, "arguments") == 0)
		check_arguments(outcome, value);
	else
		return false;
	assert_false(outcome->refused);
	return true;
}

static void ensure_estimate(struct outcome *outcome)
{
	if (!outcome->estimated)
		outcome->router->estimate(outcome->router, &outcome->command, &outcome->network,
					  &outcome->estimate);
	outcome->estimated = true;
}

/* All of them, the best first, with a space between; "nowhere". */
static void check_management(const struct estimate *estimate, const char *text)
{
	cleanup_free char *joined = NULL;
	size_t size;
	FILE *out = open_memstream(&joined, &size);
	for (size_t i = 0; i < estimate->management_count; i++)
		fprintf(out, "%s%s", i ? " " : "", estimate->management[i]);
	fclose(out);
	assert_string_equal(size ? joined : "nowhere", text);
}

/* "BYTES WHAT": a part of what the start takes. */
static void check_part(const struct router_pool *pool, const char *text)
{
	char *end;
	uint64_t bytes = strtoull(text, &end, 10);
	for (size_t i = 0; i < pool->part_count; i++)
		if (pool->parts[i].bytes == bytes && strcmp(pool->parts[i].what, end + 1) == 0)
			return;
	for (size_t i = 0; i < pool->part_count; i++)
		print_message("  %" PRIu64 " %s\n", pool->parts[i].bytes, pool->parts[i].what);
	fail_msg("no part is \"%s\"", text);
}

/* "shared.least 3", in MiB; "shared.needed 3"; "shared.part 2100000 tm"; the same of the private pool. */
static bool check_pool(const struct router_pool *pool, const char *key, const char *value)
{
	if (strcmp(key, "least") == 0)
		check_number((pool->min_bytes + MIB - 1) / MIB, value);
	else if (strcmp(key, "needed") == 0)
		check_number((pool->needed_bytes + MIB - 1) / MIB, value);
	else if (strcmp(key, "part") == 0)
		check_part(pool, value);
	else
		return false;
	return true;
}

static bool check_pools(const struct estimate *estimate, const char *key, const char *value)
{
	if (strncmp(key, "shared.", 7) == 0)
		return check_pool(&estimate->shared, key + 7, value);
	if (strncmp(key, "private.", 8) == 0)
		return check_pool(&estimate->private_pool, key + 8, value);
	if (strcmp(key, "second.mib") == 0)
		check_number(estimate->second.used ? estimate->second.mib : 1, value);
	else if (strcmp(key, "second.path") == 0)
		assert_string_equal(estimate->second.used ? estimate->second.path : "none", value);
	else
		return false;
	return true;
}

static void check_bound(uint64_t number, const char *text)
{
	check_number(number, strcmp(text, "any") == 0 ? "18446744073709551615" : text);
}

static bool check_estimate(struct outcome *outcome, const char *key, const char *value)
{
	struct estimate *estimate = &outcome->estimate;

	assert_false(outcome->refused);
	ensure_estimate(outcome);
	if (strcmp(key, "processes") == 0)
		check_number(estimate->processes, value);
	else if (strcmp(key, "from") == 0)
		check_number(estimate_from(estimate), value);
	else if (strcmp(key, "to") == 0)
		check_bound(estimate_to(estimate), value);
	else if (strcmp(key, "extra_threads") == 0)
		check_number(estimate->extra_threads, value);
	else if (strcmp(key, "threads_per_cpu") == 0)
		check_number(estimate->threads_per_cpu, value);
	else if (strcmp(key, "per_address") == 0)
		check_number(estimate->per_address, value);
	else if (strcmp(key, "foreground") == 0)
		check_flag(estimate->foreground, value);
	else if (strcmp(key, "exact") == 0)
		check_flag(estimate->exact, value);
	else if (strcmp(key, "from_config") == 0)
		check_flag(estimate->from_config, value);
	else if (strcmp(key, "tcp_connections") == 0)
		check_number(estimate->tcp_connections, value);
	else if (strcmp(key, "tls") == 0)
		check_flag(estimate->tls, value);
	else if (strcmp(key, "tls_in_heap") == 0)
		check_flag(estimate->connections_in == CONNECTIONS_TLS_IN_HEAP, value);
	else if (strcmp(key, "open_files") == 0)
		check_number(estimate->open_files_limit, value);
	else if (strcmp(key, "shm_mib") == 0)
		check_number(estimate->cfg_shm_mib, value);
	else if (strcmp(key, "shm_force_alloc") == 0)
		check_flag(estimate->shm_force_alloc, value);
	else if (strcmp(key, "shared_touched") == 0)
		check_flag(estimate->shared_touched, value);
	else if (strcmp(key, "warning") == 0)
		check_warning(outcome, value);
	else if (strcmp(key, "line") == 0)
		check_line(outcome, value);
	else if (strcmp(key, "management") == 0)
		check_management(estimate, value);
	else
		return check_pools(estimate, key, value);
	return true;
}

static void check_expectation(struct outcome *outcome, char *line)
{
	char *value = strchr(line, ' ');
	if (!value)
		fail_msg("\"%s\" is no \"key value\"", line);
	*value++ = '\0';
	if (strcmp(line, "error") == 0) {
		assert_true(outcome->refused);
		check_contains(outcome->error.message, value);
	} else if (strcmp(line, "hint") == 0) {
		check_contains(outcome->error.hint, value);
	} else if (!check_command(outcome, line, value) && !check_estimate(outcome, line, value)) {
		fail_msg("\"%s\" is no key", line);
	}
}

/* An estimate is the sum of its lines, and a number that is not exact says why. */
static void check_consistency(const struct outcome *outcome)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < outcome->estimate.line_count; i++)
		sum += outcome->estimate.lines[i].processes;
	assert_int_equal(sum, outcome->estimate.processes);
	assert_true(outcome->estimate.exact || outcome->estimate.warning_count > 0);
	assert_true(!outcome->estimate.exact || outcome->estimate.more == 0);
	assert_true(outcome->estimate.exact || outcome->estimate.fewer || outcome->estimate.more);
	assert_int_equal(outcome->warnings_expected, outcome->estimate.warning_count);
}

static void run_fixture(void **state)
{
	const struct fixture *fixture = *state;
	char **needs = fixture_lines(fixture, "needs"), **expected = fixture_lines(fixture, "expected");
	struct outcome outcome = {.router = router_find("auto", fixture->router)};
	bool installed = !needs[0] || access(needs[0], R_OK) == 0;

	argv_free(needs);
	if (!installed) {
		argv_free(expected);
		skip();
	}
	assert_non_null(expected[0]);
	outcome.argv = fixture_argv(fixture);
	outcome.network = fixture_network(fixture);
	outcome.refused = outcome.router->read_command(outcome.router, outcome.argv, &outcome.command,
						       &outcome.error) != 0;
	for (size_t i = 0; expected[i]; i++)
		check_expectation(&outcome, expected[i]);
	if (outcome.estimated)
		check_consistency(&outcome);
	if (outcome.refused)
		assert_non_null(outcome.error.message);

	router_command_clear(&outcome.command);
	estimate_clear(&outcome.estimate);
	error_clear(&outcome.error);
	network_clear(&outcome.network);
	argv_free(outcome.argv);
	argv_free(expected);
}

static void a_router_is_found_by_name_or_by_the_command(void **state)
{
	(void)state;
	assert_string_equal(router_find("kamailio", "bash")->name, "kamailio");
	assert_string_equal(router_find("opensips", NULL)->name, "opensips");
	assert_string_equal(router_find("generic", "kamailio")->name, "generic");
	assert_string_equal(router_find("auto", "/usr/sbin/kamailio")->name, "kamailio");
	assert_string_equal(router_find(NULL, "opensips")->name, "opensips");
	assert_string_equal(router_find("auto", "opensips-cli")->name, "generic");
	assert_string_equal(router_find("auto", NULL)->name, "generic");
	assert_string_equal(router_find(NULL, "/opt/kamailio/")->name, "generic");
}

static void the_generic_router_adds_nothing_and_reads_nothing(void **state)
{
	(void)state;
	char *argv[] = {"bash", "-m", "abc", NULL};
	const struct router *router = router_find("auto", argv[0]);
	struct router_command command;
	struct estimate estimate;

	assert_int_equal(router->read_command(router, argv, &command, NULL), 0);
	char **arguments = router_arguments(router, &command, argv, 512, 16);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(arguments[i], argv[i]);
	assert_null(arguments[3]);
	router->estimate(router, &command, NULL, &estimate);
	assert_int_equal(estimate.processes, 1);
	assert_false(estimate.exact);
	argv_free(arguments);
	estimate_clear(&estimate);
	router_command_clear(&command);
}

static void a_size_of_zero_adds_no_argument(void **state)
{
	(void)state;
	char *argv[] = {"kamailio", "-DD", NULL};
	const struct router *router = router_find("auto", argv[0]);
	struct router_command command;

	assert_int_equal(router->read_command(router, argv, &command, NULL), 0);
	char **arguments = router_arguments(router, &command, argv, 0, 16);
	assert_string_equal(arguments[1], "-M");
	assert_string_equal(arguments[2], "16");
	assert_string_equal(arguments[3], "-DD");
	assert_null(arguments[4]);
	argv_free(arguments);
	router_command_clear(&command);
}

static void operands_end_the_options_where_the_environment_says_so(void **state)
{
	(void)state;
	char *argv[] = {"kamailio", "operand", "-m", "70", NULL};
	const struct router *router = router_find("auto", argv[0]);
	struct router_command command;

	setenv("POSIXLY_CORRECT", "1", 1);
	assert_int_equal(router->read_command(router, argv, &command, NULL), 0);
	unsetenv("POSIXLY_CORRECT");
	assert_int_equal(command.shm_mib, 0);
	router_command_clear(&command);
}

struct tests {
	struct CMUnitTest *items;
	size_t count;
};

static void add_test(struct tests *tests, const char *name, CMUnitTestFunction function, void *state)
{
	struct CMUnitTest *test = ARRAY_ADD(tests->items, tests->count);
	*test = (struct CMUnitTest){.name = name, .test_func = function, .initial_state = state};
}

static void add_fixture(const struct fixture *found, void *data)
{
	struct fixture *fixture = xcalloc(1, sizeof *fixture);
	*fixture = (struct fixture){.router = xstrdup(found->router),
				    .name = xasprintf("%s: %s", found->router, found->name),
				    .directory = xstrdup(found->directory)};
	add_test(data, fixture->name, run_fixture, fixture);
}

static void clear_tests(struct tests *tests)
{
	for (size_t i = 0; i < tests->count; i++) {
		struct fixture *fixture = tests->items[i].initial_state;
		if (!fixture)
			continue;
		free(fixture->router);
		free(fixture->name);
		free(fixture->directory);
		free(fixture);
	}
	free(tests->items);
}

int main(void)
{
	struct tests tests = {0};

	add_test(&tests, "a router is found by name or by the command",
		 a_router_is_found_by_name_or_by_the_command, NULL);
	add_test(&tests, "the generic router adds nothing and reads nothing",
		 the_generic_router_adds_nothing_and_reads_nothing, NULL);
	add_test(&tests, "a size of zero adds no argument", a_size_of_zero_adds_no_argument, NULL);
	add_test(&tests, "operands end the options where the environment says so",
		 operands_end_the_options_where_the_environment_says_so, NULL);
	fixtures_each(add_fixture, &tests);
	/* fewer would mean that the fixtures were not found */
	int failed = tests.count < 44;
	failed += _cmocka_run_group_tests("router", tests.items, tests.count, NULL, NULL);
	clear_tests(&tests);
	return failed;
}
