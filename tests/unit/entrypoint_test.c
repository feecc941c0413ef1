/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "router/entrypoint.h"
#include "router/router.h"

#define WORDS_MAX 8

struct composition {
	const char *entrypoint;
	char *const argv[WORDS_MAX];
	const char *expected; /* each word in brackets; NULL: refused */
};

static char *brackets(char *const *words)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	for (; *words; words++)
		fprintf(out, "[%s]", *words);
	fclose(out);
	return text;
}

static void check(const struct composition *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char **words = entrypoint_command(rows[i].entrypoint, rows[i].argv);
		if (!rows[i].expected) {
			assert_null(words);
			continue;
		}
		assert_non_null(words);
		cleanup_free char *text = brackets(words);
		assert_string_equal(text, rows[i].expected);
		argv_free(words);
	}
}

static void options_alone_are_the_routers(void **state)
{
	(void)state;
	static const struct composition rows[] = {
		{"kamailio", {"-f", "/cfg", NULL}, "[kamailio][-f][/cfg]"},
		{"kamailio -DD -E", {"-f", "/cfg", NULL}, "[kamailio][-DD][-E][-f][/cfg]"},
		{"kamailio", {"--help", NULL}, "[kamailio][--help]"},
		{"kamailio", {"-", NULL}, "[kamailio][-]"},
		{"kamailio", {"-f", "a b", "", NULL}, "[kamailio][-f][a b][]"},
	};
	check(rows, ARRAY_SIZE(rows));
}

static void a_command_is_taken_as_it_is(void **state)
{
	(void)state;
	static const struct composition rows[] = {
		{"kamailio -DD -E", {"bash", NULL}, "[bash]"},
		{"kamailio -DD -E", {"kamailio", "-f", "/cfg", NULL}, "[kamailio][-f][/cfg]"},
		{"kamailio -DD -E", {"", "-f", NULL}, "[][-f]"},
	};
	check(rows, ARRAY_SIZE(rows));
}

static void an_option_that_is_given_is_not_doubled(void **state)
{
	(void)state;
	static const struct composition rows[] = {
		{"kamailio -DD -E", {"-DD", "-E", "-f", "/c", NULL}, "[kamailio][-DD][-E][-f][/c]"},
		{"kamailio -DD -E", {"-f", "/c", "-DDE", NULL}, "[kamailio][-f][/c][-DDE]"},
		{"kamailio -DD -E", {"-D", NULL}, "[kamailio][-E][-D]"},
		{"kamailio -DD -E", {"-f", "-DD", NULL}, "[kamailio][-DD][-E][-f][-DD]"},
		{"kamailio -DD -E", {"-f/E/D", NULL}, "[kamailio][-DD][-E][-f/E/D]"},
		{"kamailio -DD -E", {"-m", "x", "-DD", NULL}, "[kamailio][-DD][-E][-m][x][-DD]"},
		{"/usr/sbin/opensips -F", {"-F", "-f", "/c", NULL}, "[/usr/sbin/opensips][-F][-f][/c]"},
		{"kamailio -f /a", {"-f", "/b", NULL}, "[kamailio][-f][/a][-f][/b]"},
		{"router -x", {"-x", NULL}, "[router][-x][-x]"},
	};
	check(rows, ARRAY_SIZE(rows));
}

static void nothing_at_all_is_the_entrypoint(void **state)
{
	(void)state;
	static const struct composition rows[] = {
		{"opensips -F", {NULL}, "[opensips][-F]"},
	};
	check(rows, ARRAY_SIZE(rows));
}

static void blanks_separate_and_nothing_quotes(void **state)
{
	(void)state;
	static const struct composition rows[] = {
		{"  kamailio \t-DD\n -E  ", {NULL}, "[kamailio][-DD][-E]"},
		{"sh -c 'a b'", {NULL}, "[sh][-c]['a][b']"},
		{"", {"-f", NULL}, NULL},
		{" \t\n", {"bash", NULL}, NULL},
	};
	check(rows, ARRAY_SIZE(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_alone_are_the_routers),
		cmocka_unit_test(a_command_is_taken_as_it_is),
		cmocka_unit_test(an_option_that_is_given_is_not_doubled),
		cmocka_unit_test(nothing_at_all_is_the_entrypoint),
		cmocka_unit_test(blanks_separate_and_nothing_quotes),
	};
	return cmocka_run_group_tests_name("entrypoint", tests, NULL, NULL);
}
