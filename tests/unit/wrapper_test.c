/* SPDX-License-Identifier: MIT */
/* Which word of a command is the router's own. Each wrapper's options are those of its manual page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "router/wrapper.h"

/* Words with a blank between them; "_" in a word is a blank of its own. */
static char **words_of(const char *text, char *copy)
{
	char **argv = NULL, *rest = NULL;
	size_t count = 0;
	strcpy(copy, text);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		for (char *c = word; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		*ARRAY_ADD(argv, count) = word;
	}
	*ARRAY_ADD(argv, count) = NULL;
	return argv;
}

static const struct wrapped_case {
	const char *command;
	enum wrapped_kind kind;
	size_t start;
} cases[] = {
	{"kamailio -DD", WRAPPED_PROGRAM, 0},
	{"/usr/bin/env kamailio", WRAPPED_PROGRAM, 1},
	{"env A=1 B=2 kamailio -m=1", WRAPPED_PROGRAM, 3},
	{"env -i -u X -uY --unset=Z --unset W -C /tmp --chdir=/ -- A=1 kamailio", WRAPPED_PROGRAM, 13},
	{"env - A=1 kamailio", WRAPPED_PROGRAM, 3},
	{"env -vi kamailio", WRAPPED_PROGRAM, 2},
	{"env", WRAPPED_UNREAD, 0},
	{"env A=1", WRAPPED_UNREAD, 0},
	{"env -u", WRAPPED_UNREAD, 0},
	{"env -S kamailio_-DD", WRAPPED_UNREAD, 0},
	{"env --split-string=kamailio_-DD", WRAPPED_UNREAD, 0},
	{"env --ignore-environment=1 kamailio", WRAPPED_UNREAD, 0},
	{"nice kamailio", WRAPPED_PROGRAM, 1},
	{"nice -n 5 kamailio -n 7", WRAPPED_PROGRAM, 3},
	{"nice -n5 kamailio", WRAPPED_PROGRAM, 2},
	{"nice -5 kamailio", WRAPPED_PROGRAM, 2},
	{"nice --5 kamailio", WRAPPED_PROGRAM, 2},
	{"nice --adjustment=5 kamailio", WRAPPED_PROGRAM, 2},
	{"nice --adjustment 5 kamailio", WRAPPED_PROGRAM, 3},
	{"nice - kamailio", WRAPPED_UNREAD, 0},
	{"ionice -c 2 -n 0 -t kamailio", WRAPPED_PROGRAM, 6},
	{"ionice -p 12", WRAPPED_UNREAD, 0},
	{"setpriv --reuid 5 --regid=5 --clear-groups --nnp kamailio", WRAPPED_PROGRAM, 6},
	{"setpriv --dump", WRAPPED_UNREAD, 0},
	{"chrt -f 10 kamailio -f x", WRAPPED_PROGRAM, 3},
	{"chrt --rr 10 kamailio", WRAPPED_PROGRAM, 3},
	{"chrt -d -T 100 --sched-period=200 0 kamailio", WRAPPED_PROGRAM, 6},
	{"chrt 10", WRAPPED_UNREAD, 0},
	{"taskset -c 0-3 kamailio", WRAPPED_PROGRAM, 3},
	{"taskset -ac 0-3 kamailio", WRAPPED_PROGRAM, 3},
	{"stdbuf -oL -e 0 kamailio", WRAPPED_PROGRAM, 4},
	{"timeout -k 5 --signal=INT 1h kamailio", WRAPPED_PROGRAM, 5},
	{"setsid -w nohup kamailio", WRAPPED_PROGRAM, 3},
	{"tini -g -p SIGTERM -e 143 -- kamailio", WRAPPED_PROGRAM, 7},
	{"/sbin/docker-init -- kamailio", WRAPPED_PROGRAM, 2},
	{"dumb-init -c --rewrite 15:3 kamailio", WRAPPED_PROGRAM, 4},
	{"dumb-init -r15:3 -- kamailio", WRAPPED_PROGRAM, 3},
	{"catatonit -gL kamailio", WRAPPED_PROGRAM, 2},
	{"gosu kamailio:kamailio kamailio -DD", WRAPPED_PROGRAM, 2},
	{"su-exec kamailio kamailio", WRAPPED_PROGRAM, 2},
	{"tini -- env A=1 nice -n 5 chrt -f 1 kamailio", WRAPPED_PROGRAM, 10},
	{"env nice -S kamailio", WRAPPED_UNREAD, 1},
	{"env A=1 ./entry.sh -DD", WRAPPED_PROGRAM, 2},
	/* an option behind the assignments is the command's name */
	{"env A=1 -u B kamailio", WRAPPED_PROGRAM, 2},
	/* shells */
	{"sh", WRAPPED_SHELL, 0},
	{"/bin/bash -l", WRAPPED_SHELL, 0},
	{"bash -o pipefail", WRAPPED_SHELL, 0},
	{"sh ./entry.sh -DD", WRAPPED_SCRIPT, 1},
	{"bash -eu -o pipefail ./entry.sh", WRAPPED_SCRIPT, 4},
	{"bash --rcfile x ./entry.sh", WRAPPED_SCRIPT, 3},
	{"dash +e -- ./entry.sh", WRAPPED_SCRIPT, 3},
	{"env A=1 sh -x ./entry.sh", WRAPPED_SCRIPT, 4},
	{"sh -c exec_kamailio", WRAPPED_SHELL_TEXT, 0},
	{"sh -ec exec_kamailio_$@", WRAPPED_SHELL_TEXT, 0},
	{"sh -c exec_kamailio x -DD", WRAPPED_SHELL_TEXT, 0},
	{"sh -c exec_kamailio_$@ x -DD", WRAPPED_TEXT, 3},
	{"bash -euo pipefail -c exec_kamailio_$* x", WRAPPED_TEXT, 5},
	{"nice sh -c -e exec_kamailio_${@:1} x -DD", WRAPPED_TEXT, 5},
};

static void the_word_behind_the_wrappers_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char copy[256];
		cleanup_free char **argv = words_of(cases[i].command, copy);
		cleanup_wrapped struct wrapped wrapped = {0};
		wrapped_read(argv, &wrapped);
		if (wrapped.kind != cases[i].kind || wrapped.start != cases[i].start)
			fail_msg("%s: kind %d, word %zu", cases[i].command, (int)wrapped.kind, wrapped.start);
	}
}

/* More wrappers than anybody writes are not followed for ever. */
static void a_command_of_nothing_but_wrappers_has_an_end(void **state)
{
	static char nice[] = "nice";
	char *argv[1001];
	cleanup_wrapped struct wrapped wrapped = {0};
	(void)state;
	for (size_t i = 0; i < 1000; i++)
		argv[i] = nice;
	argv[1000] = NULL;
	wrapped_read(argv, &wrapped);
	assert_int_equal(wrapped.start, 16);
}

static const struct environment_case {
	const char *command, *base, *expected;
} environments[] = {
	{"kamailio", "A=1 B=2", "A=1 B=2"},
	{"env C=3 kamailio", "A=1 B=2", "A=1 B=2 C=3"},
	{"env A=5 kamailio", "A=1 AA=2", "AA=2 A=5"},
	{"env -u A kamailio", "A=1 AA=2", "AA=2"},
	{"env -u A A=3 kamailio", "A=1", "A=3"},
	{"env A=3 env -u A kamailio", "A=1 B=2", "B=2"},
	{"env -i kamailio", "A=1 B=2", ""},
	{"env - C=3 kamailio", "A=1 B=2", "C=3"},
	{"env A= kamailio", "A=1", "A="},
};

static void the_environment_is_what_env_leaves(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(environments); i++) {
		char copy[256], base_copy[256], text[256] = "";
		cleanup_free char **argv = words_of(environments[i].command, copy);
		cleanup_free char **base = words_of(environments[i].base, base_copy);
		cleanup_wrapped struct wrapped wrapped = {0};
		wrapped_read(argv, &wrapped);
		cleanup_free char **made = wrapped_environment(&wrapped, base);
		for (char **entry = made; *entry; entry++) {
			strcat(text, entry == made ? "" : " ");
			strcat(text, *entry);
		}
		assert_string_equal(text, environments[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_word_behind_the_wrappers_is_found),
		cmocka_unit_test(a_command_of_nothing_but_wrappers_has_an_end),
		cmocka_unit_test(the_environment_is_what_env_leaves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
