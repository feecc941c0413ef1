/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_value.h"
#include "report/report.h"
#include "session/session.h"
#include "text/format.h"

static const struct style plain = {.columns = 100};

static void sizes_are_shown_in_the_unit_that_keeps_them_exact(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *expected;
	} cases[] = {
		{0, "0 bytes"},
		{1, "1 bytes"},
		{1023, "1023 bytes"},
		{KIB, "1 KiB"},
		{KIB + 1, "1.0 KiB"},
		{1536, "1.5 KiB"},
		{512 * KIB, "512 KiB"},
		{MIB - 1, "1024.0 KiB"},
		{MIB, "1 MiB"},
		{8000 * KIB, "7.8 MiB"},
		{22937600, "21.9 MiB"},
		{512 * MIB, "512 MiB"},
		{GIB, "1 GiB"},
		{1025 * MIB, "1025 MiB"},
		{1536 * MIB, "1536 MiB"},
		{4 * GIB, "4 GiB"},
		{4 * GIB + 1, "4.0 GiB"},
		{GIB << 10, "1 TiB"},
		{UNLIMITED - (1 << 24), "16.0 EiB"},
		{UNLIMITED, "unlimited"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = format_bytes(cases[i].bytes);
		assert_string_equal(text, cases[i].expected);
	}
}

static void values_are_shown_with_their_unit(void **state)
{
	static const uint64_t limits[] = {1024, UNLIMITED}, sem[] = {250, 32000, 100, 128},
			      sizes[] = {8 * MIB, GIB};
	struct {
		struct value value;
		const char *exact, *brief;
	} cases[] = {
		{{0}, "-", "-"},
		{value_number(VALUE_BYTES, 512 * MIB), "512 MiB (536870912)", "512 MiB"},
		{value_number(VALUE_BYTES, 0), "0 bytes", "0 bytes"},
		{value_number(VALUE_BYTES, UNLIMITED), "unlimited", "unlimited"},
		{value_number(VALUE_PAGES, 98304), "98304 pages", "98304 pages"},
		{value_number(VALUE_PAGES, UNLIMITED), "unlimited", "unlimited"},
		{value_number(VALUE_COUNT, 92), "92", "92"},
		{value_number(VALUE_MODE, 027), "0027", "0027"},
		{value_number(VALUE_MIB, 320), "320 MiB", "320 MiB"},
		{value_score(-999), "-999", "-999"},
		{value_score(-1), "-1", "-1"},
		{value_number(VALUE_FLAG, 1), "1", "1"},
		{value_text("a\033[31mb"), "a\\x1b[31mb", "a\\x1b[31mb"},
		{value_numbers(VALUE_COUNT, 2, limits), "1024:unlimited", "1024:unlimited"},
		{value_numbers(VALUE_BYTES, 2, sizes), "8 MiB:1 GiB", "8 MiB:1 GiB"},
		{value_numbers(VALUE_COUNT, 4, sem), "250 32000 100 128", "250 32000 100 128"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *exact = format_value(&cases[i].value, true);
		cleanup_free char *brief = format_value(&cases[i].value, false);
		assert_string_equal(exact, cases[i].exact);
		assert_string_equal(brief, cases[i].brief);
		value_clear(&cases[i].value);
	}
}

static void assert_cells(const uint64_t *amounts, size_t count, uint64_t whole, unsigned width)
{
	unsigned cells[8], sum = 0;
	format_bar(amounts, count, whole, width, cells);
	for (size_t i = 0; i < count; i++) {
		sum += cells[i];
		assert_int_equal(cells[i] > 0, amounts[i] > 0);
	}
	assert_true(sum <= width);
}

static void a_bar_shows_every_term_and_never_overflows(void **state)
{
	static const uint64_t even[] = {25, 25, 25, 25}, tiny[] = {1, 1, 997, 1}, sparse[] = {0, 100, 0, 0},
			      huge[] = {UNLIMITED / 2, UNLIMITED / 4, 1, 0};
	unsigned cells[4];
	(void)state;
	assert_cells(even, 4, 100, 72);
	assert_cells(tiny, 4, 1000, 72);
	assert_cells(sparse, 4, 200, 72);
	assert_cells(huge, 4, UNLIMITED, 72);
	format_bar(even, 4, 200, 72, cells);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(cells[i], 9);
	format_bar(even, 4, 0, 72, cells); /* no limit known: the terms alone */
	assert_int_equal(cells[0], 1);
	format_bar(tiny, 4, 1, 10, cells); /* more than the whole: full, not beyond */
	assert_int_equal(cells[0] + cells[1] + cells[2] + cells[3], 10);
}

static void assert_wrapped(const char *text, const char *expected)
{
	char *wrapped = NULL;
	size_t size;
	FILE *out = open_memstream(&wrapped, &size);
	format_wrapped(out, text, 2, 12);
	fclose(out);
	assert_string_equal(wrapped, expected);
	free(wrapped);
}

static void text_is_broken_at_spaces_and_keeps_its_indentation(void **state)
{
	(void)state;
	assert_wrapped("", "");
	assert_wrapped("one two three four\nfive an-endless-word six",
		       "one two\n  three four\n  five\n  an-endless-word\n  six");
	assert_wrapped("one  two", "one  two");
	assert_wrapped("a one,two,three,four b", "a one,two,\n  three,four\n  b");
}

/* ---- commands to paste ---- */

static char *wrapped(const char *text, size_t columns)
{
	char *lines = NULL;
	size_t size;
	FILE *out = open_memstream(&lines, &size);
	format_wrapped(out, text, 4, columns);
	fclose(out);
	return lines;
}

/* The text as a shell joins it: what a backslash continues, and the indentation. */
static char *joined(const char *text)
{
	char *result = xcalloc(strlen(text) + 1, 1), *end = result;
	while (*text) {
		bool continued = strncmp(text, " \\\n", 3) == 0;
		if (continued || *text == '\n') {
			text += continued ? 3 : 1;
			text += strspn(text, " ");
			*end++ = continued ? ' ' : '\n';
		} else {
			*end++ = *text++;
		}
	}
	return result;
}

static void assert_pasteable(const char *text, const char *command)
{
	for (size_t columns = 20; columns <= 140; columns++) {
		cleanup_free char *lines = wrapped(text, columns);
		cleanup_free char *pasted = joined(lines);
		assert_non_null(strstr(pasted, command));
		bool broken = strstr(lines, " \\\n") != NULL;
		assert_true(!broken || 4 + strlen(command) > columns - 2);
	}
}

static void a_command_in_a_hint_stays_whole_or_is_continued_with_a_backslash(void **state)
{
	(void)state;
	assert_pasteable(
		"as root: install -d -o 110 -g 120 -m 0755 /run/kamailio; or name another: -Y DIRECTORY",
		"install -d -o 110 -g 120 -m 0755 /run/kamailio");
	assert_pasteable("chown root /etc/kamailio && chmod go-w /etc/kamailio",
			 "chown root /etc/kamailio && chmod go-w /etc/kamailio");
	assert_pasteable(
		"stop them first: systemctl stop kamailio.service, or give this router another cgroup.path",
		"systemctl stop kamailio.service,");
	assert_pasteable(
		"find out who made it (ls -ld '/srv/a  (b); c'); then remove it: rm '/srv/a  (b); c'",
		"(ls -ld '/srv/a  (b); c');");
	assert_pasteable("no router to tune: siplaunch tune --load COMMAND -- ROUTER...",
			 "siplaunch tune --load COMMAND -- ROUTER...");
}

static void prose_that_has_the_name_of_a_program_is_wrapped_as_prose(void **state)
{
	static const char *const texts[] = {
		"install the package that has the module, or correct mpath, whichever is the less work",
		"who made it: siplaunch makes none in /etc before the router has been started there",
		"siplaunch inspect shows while it runs what the memory of all of its processes is spent on",
		"it uses chown and sysctl and systemctl as the administrator of this machine would have",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_free char *lines = wrapped(texts[i], 30);
		assert_null(strstr(lines, "\\"));
	}
}

static void a_command_is_broken_only_between_the_words_of_a_shell(void **state)
{
	(void)state;
	cleanup_free char *quoted = wrapped("as root: rm '/a file' $'tab\\tand\\' quote' \"x y\" it\\'s", 16);
	assert_string_equal(quoted, "as root:\n"
				    "    rm \\\n"
				    "      '/a file' \\\n"
				    "      $'tab\\tand\\' quote' \\\n"
				    "      \"x y\" \\\n"
				    "      it\\'s");
	cleanup_free char *option = wrapped("say how many: --set sizing.processes=40; or lower it", 36);
	assert_string_equal(option, "say how many:\n"
				    "    --set sizing.processes=40; or\n"
				    "    lower it");
}

/* Columns of a terminal, not bytes and not characters. */
static void wide_and_combining_characters_take_their_columns(void **state)
{
	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		fail_msg("no locale C.UTF-8");
	assert_int_equal(format_width("路由器"), 6);
	assert_int_equal(format_width("e\xcc\x81te\xcc\x81"), 3);
	assert_wrapped("路由器 路由 x", "路由器\n  路由 x");
	assert_wrapped("e\xcc\x81te\xcc\x81 e\xcc\x81te\xcc\x81 abc x",
		       "e\xcc\x81te\xcc\x81 e\xcc\x81te\xcc\x81\n  abc x");
	setlocale(LC_CTYPE, "C");
}

static void assert_json(json_t *value, const char *expected)
{
	cleanup_free char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	assert_string_equal(text, expected);
	json_decref(value);
}

static void values_keep_every_digit_in_json(void **state)
{
	static const uint64_t limits[] = {1024, UNLIMITED}, sem[] = {250, 32000, 100, 128};
	struct {
		struct value value;
		const char *expected;
	} cases[] = {
		{{0}, "null"},
		{value_number(VALUE_BYTES, 536870912), "536870912"},
		{value_number(VALUE_BYTES, INT64_MAX), "9223372036854775807"},
		{value_number(VALUE_BYTES, (uint64_t)INT64_MAX + 1), "\"9223372036854775808\""},
		{value_number(VALUE_PAGES, UNLIMITED - (1 << 24)), "\"18446744073692774399\""},
		{value_number(VALUE_BYTES, UNLIMITED), "\"max\""},
		{value_score(-900), "-900"},
		{value_score(-1), "-1"},
		{value_number(VALUE_FLAG, 1), "1"},
		{value_numbers(VALUE_COUNT, 2, limits), "[1024,\"max\"]"},
		{value_number(VALUE_MODE, 027), "\"0027\""},
		{value_numbers(VALUE_COUNT, 4, sem), "[250,32000,100,128]"},
		{value_text("a\"b"), "\"a\\\"b\""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_json(json_from_value(&cases[i].value), cases[i].expected);
		value_clear(&cases[i].value);
	}
}

static void bytes_that_are_no_utf8_do_not_break_the_json(void **state)
{
	(void)state;
	assert_json(json_from_text(NULL), "null");
	assert_json(json_from_text("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
	assert_json(json_from_text("\xff/a\xc3"), "\"\xef\xbf\xbd/a\xef\xbf\xbd\"");
	assert_json(json_from_text("\xc3\xbc\xe2\x82z"), "\"\xc3\xbc\xef\xbf\xbd\xef\xbf\xbdz\"");
	assert_json(json_from_text("\033\n"), "\"\\u001B\\n\"");
}

static void fill_steps(struct plan *plan)
{
	struct step *max = ARRAY_ADD(plan->steps, plan->count);
	max->setting = setting_find(MECHANISM_CGROUP, "memory.max");
	max->path = xstrdup("/sys/fs/cgroup/sip.slice/k/memory.max");
	max->current = value_number(VALUE_BYTES, UNLIMITED);
	max->wanted = value_number(VALUE_BYTES, 512 * MIB);
	max->source = SOURCE_COMPUTED;
	max->reason = xstrdup("the budget's limit");

	struct step *oom = ARRAY_ADD(plan->steps, plan->count);
	oom->setting = setting_find(MECHANISM_CGROUP, "memory.oom.group");
	oom->wanted = value_number(VALUE_FLAG, 1);
	oom->current = value_number(VALUE_FLAG, 1);
	oom->status = STATUS_SATISFIED;

	struct step *sem = ARRAY_ADD(plan->steps, plan->count);
	sem->setting = setting_find(MECHANISM_SYSCTL, "kernel.sem");
	sem->wanted = value_numbers(VALUE_COUNT, 4, (uint64_t[]){250, 32000, 100, 128});
	sem->status = STATUS_DENIED;
	error_set(&sem->why, 13, "cannot write kernel.sem");
	error_hint(&sem->why, "docker run --sysctl 'kernel.sem=250 32000 100 128'");

	struct step *skipped = ARRAY_ADD(plan->steps, plan->count);
	skipped->setting = setting_find(MECHANISM_SYSCTL, "kernel.shmmax");
	skipped->status = STATUS_SKIPPED;
}

static char *steps_text(const struct style *style, bool verbose)
{
	char *text = NULL;
	size_t size;
	struct plan plan = {0};
	fill_steps(&plan);
	FILE *out = open_memstream(&text, &size);
	report_steps(out, &plan, style, verbose);
	fclose(out);
	plan_clear(&plan);
	return text;
}

static void a_step_says_what_changes_and_a_refusal_what_to_do(void **state)
{
	cleanup_free char *text = steps_text(&plain, false);
	(void)state;
	assert_string_equal(
		text,
		"  cgroup\n"
		"    memory.max         planned   unlimited -> 512 MiB (536870912)   the budget's limit\n"
		"    memory.oom.group   satisfied 1\n"
		"  sysctl\n"
		"    kernel.sem         denied    250 32000 100 128\n"
		"      ! cannot write kernel.sem: Permission denied (EACCES)\n"
		"      > docker run --sysctl 'kernel.sem=250 32000 100 128'\n");
}

static void verbose_shows_files_policies_and_what_is_skipped(void **state)
{
	cleanup_free char *text = steps_text(&plain, true);
	(void)state;
	assert_non_null(strstr(text, "/sys/fs/cgroup/sip.slice/k/memory.max (computed, policy require)\n"));
	assert_non_null(strstr(text, "    kernel.shmmax"));
}

static void colours_come_only_when_asked_for(void **state)
{
	const struct style colored = {.color = true, .utf8 = true, .columns = 100};
	cleanup_free char *with = steps_text(&colored, false), *without = steps_text(&plain, false);
	(void)state;
	assert_null(strchr(without, '\033'));
	assert_non_null(strstr(with, "\033[31mdenied    \033[0m"));
	assert_non_null(strstr(with, "unlimited → 512 MiB"));
}

static void a_step_in_json_has_the_documented_keys_in_their_order(void **state)
{
	static const char *const keys[] = {"mechanism", "name",   "path",   "current", "wanted", "actual",
					   "source",    "policy", "status", "reason",  "hint"};
	struct plan plan = {0};
	size_t i = 0;
	const char *key;
	json_t *value;
	(void)state;
	fill_steps(&plan);
	json_t *step = report_step_json(&plan.steps[2]);
	assert_int_equal(json_object_size(step), ARRAY_SIZE(keys));
	json_object_foreach(step, key, value) assert_string_equal(key, keys[i++]);
	assert_string_equal(json_string_value(json_object_get(step, "reason")),
			    "cannot write kernel.sem: Permission denied (EACCES)");
	assert_true(json_is_null(json_object_get(step, "actual")));
	json_decref(step);
	plan_clear(&plan);
}

static void the_budget_is_drawn_to_scale(void **state)
{
	char *text = NULL;
	size_t size;
	struct budget budget = {
		.limit_bytes = 512 * MIB,
		.limit_source = "sizing.memory",
		.limit_origin = SOURCE_PROFILE,
		.processes = 14,
		.shared_mib = 256,
		.private_mib = 8,
		.unassigned_bytes = 144 * MIB,
		.utilization = 368.0 / 512,
	};
	static const char *const ids[TERM_COUNT] = {"shared", "private",     "pageTables", "perProcess",
						    "base",   "connections", "reserve"};
	(void)state;
	for (size_t i = 0; i < TERM_COUNT; i++)
		budget.terms[i] = (struct term){.id = ids[i], .label = ids[i], .source = SOURCE_COMPUTED};
	budget.terms[TERM_SHARED].bytes = 256 * MIB;
	budget.terms[TERM_PRIVATE].bytes = 112 * MIB;
	FILE *out = open_memstream(&text, &size);
	report_budget(out, &budget, &plain);
	fclose(out);
	assert_non_null(strstr(text, "memory 512 MiB: sizing.memory (profile)\n"));
	assert_non_null(strstr(
		text, "  [####################################===============                     ]\n"));
	assert_non_null(strstr(text, "  # shared            256 MiB  50.0 %  computed"));
	assert_non_null(strstr(text, "    unassigned        144 MiB  28.1 %"));
	assert_non_null(
		strstr(text, "14 processes (default), -m 256 -M 8: the pools get 71.9 % of the limit\n"));
	free(text);
}

static void the_handover_is_told_in_one_line(void **state)
{
	char *const argv[] = {"/usr/sbin/kamailio", "-DD", NULL};
	struct session session = {.argv = argv};
	(void)state;
	fill_steps(&session.plan);
	session.plan.steps[0].status = STATUS_APPLIED;
	session.context.decision.sized = true;
	session.context.decision.group_path = xstrdup("/sip.slice/kamailio");
	session.context.decision.budget = (struct budget){
		.limit_bytes = 512 * MIB, .processes = 14, .shared_mib = 384, .private_mib = 4};
	cleanup_free char *text = session_summary(&session);
	assert_string_equal(
		text, "kamailio in /sip.slice/kamailio: 512 MiB = shared 384 + 14 x 4 private + 72 for page "
		      "tables, processes and reserve; 1 step applied, 1 already so, 1 refused");
	session.context.decision.sized = false;
	free(session.context.decision.group_path);
	session.context.decision.group_path = NULL;
	cleanup_free char *unsized = session_summary(&session);
	assert_string_equal(unsized, "kamailio: 1 step applied, 1 already so, 1 refused");
	plan_clear(&session.plan);
}

static void a_problem_says_where_what_and_what_is_allowed(void **state)
{
	struct problem problem = {.file = "p.json",
				  .line = 3,
				  .column = 7,
				  .pointer = "/sizing/memory",
				  .message = "\"4GB\" is ambiguous",
				  .hint = "write 4GiB"};
	(void)state;
	cleanup_free char *text = report_problem_text(&problem, &plain);
	assert_string_equal(text, "p.json:3:7: /sizing/memory: \"4GB\" is ambiguous\n    write 4GiB\n");
	assert_json(report_problem_json(&problem),
		    "{\"file\":\"p.json\",\"line\":3,\"column\":7,\"pointer\":\"/sizing/memory\","
		    "\"message\":\"\\\"4GB\\\" is ambiguous\",\"hint\":\"write 4GiB\"}");
	problem = (struct problem){.file = "--set", .pointer = "", .message = "unknown key \"a\""};
	cleanup_free char *bare = report_problem_text(&problem, &plain);
	assert_string_equal(bare, "--set: unknown key \"a\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_shown_in_the_unit_that_keeps_them_exact),
		cmocka_unit_test(values_are_shown_with_their_unit),
		cmocka_unit_test(a_bar_shows_every_term_and_never_overflows),
		cmocka_unit_test(text_is_broken_at_spaces_and_keeps_its_indentation),
		cmocka_unit_test(a_command_in_a_hint_stays_whole_or_is_continued_with_a_backslash),
		cmocka_unit_test(prose_that_has_the_name_of_a_program_is_wrapped_as_prose),
		cmocka_unit_test(a_command_is_broken_only_between_the_words_of_a_shell),
		cmocka_unit_test(wide_and_combining_characters_take_their_columns),
		cmocka_unit_test(values_keep_every_digit_in_json),
		cmocka_unit_test(bytes_that_are_no_utf8_do_not_break_the_json),
		cmocka_unit_test(a_step_says_what_changes_and_a_refusal_what_to_do),
		cmocka_unit_test(verbose_shows_files_policies_and_what_is_skipped),
		cmocka_unit_test(colours_come_only_when_asked_for),
		cmocka_unit_test(a_step_in_json_has_the_documented_keys_in_their_order),
		cmocka_unit_test(the_budget_is_drawn_to_scale),
		cmocka_unit_test(the_handover_is_told_in_one_line),
		cmocka_unit_test(a_problem_says_where_what_and_what_is_allowed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
