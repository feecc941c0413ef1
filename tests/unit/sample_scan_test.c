/* SPDX-License-Identifier: MIT */
/*
 * The fast reader of samples beside the one that reads any JSON: what the fast one reads, the other reads the
 * same; and what siplaunch writes, the fast one reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <glob.h>

#include "base/alloc.h"
#include "base/lines.h"
#include "stats/sample.h"
#include "stats/sample_lines.h"
#include "stats/sample_members.h"

/* What the exact reader makes of a line: its JSON again; NULL: it is no sample. */
static char *read_exactly(const char *text, size_t length)
{
	cleanup_sample struct sample sample = {0};
	json_auto_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	if (!object || sample_from_json(object, &sample, NULL) < 0)
		return NULL;
	json_auto_t *again = sample_json(&sample);
	return json_dumps(again, JSON_COMPACT);
}

/* Whether the fast reader takes it; then both must agree. */
static bool agrees(const char *text, size_t length)
{
	cleanup_sample struct sample sample = {0};
	if (!sample_scan(text, length, &sample))
		return false;
	cleanup_free char *exactly = read_exactly(text, length);
	json_auto_t *object = sample_json(&sample);
	cleanup_free char *scanned = json_dumps(object, JSON_COMPACT);
	if (!exactly)
		fail_msg("only the fast reader takes %.*s", (int)length, text);
	assert_string_equal(scanned, exactly);
	return true;
}

static char *everything(void)
{
	json_auto_t *object = json_load_file(FIXTURES "/stats/sample/memory-by-module/sample.json", 0, NULL);
	assert_non_null(object);
	cleanup_sample struct sample sample = {0};
	assert_int_equal(sample_from_json(object, &sample, NULL), 0);
	json_auto_t *again = sample_json(&sample);
	return json_dumps(again, JSON_COMPACT);
}

static void what_siplaunch_writes_is_read_fast_with_and_without_spaces(void **state)
{
	cleanup_free char *compact = everything();
	json_auto_t *object = json_loads(compact, 0, NULL);
	cleanup_free char *spaced = json_dumps(object, 0);
	(void)state;

	assert_true(agrees(compact, strlen(compact)));
	assert_true(agrees(spaced, strlen(spaced)));
}

static void recorded_samples_are_read_the_same(void **state)
{
	glob_t files;
	size_t fast = 0, count = 0;
	(void)state;

	assert_int_equal(glob(FIXTURES "/advice/*/samples.jsonl", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		cleanup_fclose FILE *stream = fopen(files.gl_pathv[i], "r");
		cleanup_lines struct lines lines = {0};
		struct line line;
		assert_non_null(stream);
		lines_open(&lines, stream, SAMPLE_LINE_MAX);
		for (; lines_next(&lines, &line); count++)
			fast += agrees(line.text, line.length);
	}
	globfree(&files);
	assert_in_range(count, 100, 100000);
	assert_true(fast > count * 9 / 10);
}

static void no_change_of_a_character_makes_the_readers_disagree(void **state)
{
	static const char instead[] = "\"\\{}[],: 0129-.eEnx\x7F\xC3\t";
	cleanup_free char *line = everything();
	size_t length = strlen(line);
	(void)state;

	for (size_t at = 0; at < length; at++) {
		char before = line[at];
		for (size_t i = 0; i < sizeof instead; i++) { /* with the zero byte */
			line[at] = instead[i];
			agrees(line, length);
		}
		line[at] = before;
		agrees(line, at); /* and what was cut off */
	}
}

static void a_line_without_what_must_be_there_is_left_to_the_other_reader(void **state)
{
	static const char *const required[] = {"at", "pid", "router", "processes"};
	cleanup_free char *whole = everything();
	struct sample sample;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		json_auto_t *object = json_loads(whole, 0, NULL);
		json_object_del(object, required[i]);
		cleanup_free char *text = json_dumps(object, JSON_COMPACT);
		assert_false(sample_scan(text, strlen(text), &sample));
		assert_null(sample.router);
	}
}

/* ---- base/lines.h ---- */

static FILE *stream_of(const char *text, size_t length)
{
	FILE *stream = tmpfile();
	assert_non_null(stream);
	assert_int_equal(fwrite(text, 1, length, stream), length);
	rewind(stream);
	return stream;
}

static void a_line_that_is_too_long_is_passed_over_and_the_next_one_is_whole(void **state)
{
	enum { MOST = 100, LONG = 300000 };
	cleanup_free char *text = xcalloc(LONG + 8, 1);
	cleanup_lines struct lines lines = {0};
	struct line line;
	(void)state;

	memset(text, 'x', LONG);
	memcpy(text + LONG, "\nab\n\ncd", 7);
	cleanup_fclose FILE *stream = stream_of(text, LONG + 7);
	lines_open(&lines, stream, MOST);
	assert_true(lines_next(&lines, &line) && line.too_long && line.ended && line.length == MOST);
	assert_true(lines_next(&lines, &line) && line.length == 2 && memcmp(line.text, "ab", 2) == 0);
	lines_again(&lines, &line);
	assert_true(lines_next(&lines, &line) && line.length == 2 && lines.number == 2);
	assert_true(lines_next(&lines, &line) && line.length == 0 && line_is_blank(&line));
	assert_true(lines_next(&lines, &line) && line.length == 2 && !line.ended && lines.number == 4);
	assert_false(lines_next(&lines, &line));
}

static void what_follows_a_line_that_is_a_little_too_long_is_not_lost(void **state)
{
	static const char text[] = "12345678901\nab\n";
	cleanup_lines struct lines lines = {0};
	struct line line;
	(void)state;

	cleanup_fclose FILE *stream = stream_of(text, sizeof text - 1);
	lines_open(&lines, stream, 10);
	assert_true(lines_next(&lines, &line) && line.too_long && line.ended && line.length == 10);
	assert_true(lines_next(&lines, &line) && line.length == 2 && lines.number == 2);
	assert_false(lines_next(&lines, &line));
}

static void lines_of_every_length_around_the_chunks_come_whole(void **state)
{
	enum { COUNT = 700 };
	cleanup_free char *text = xcalloc(COUNT * COUNT, 1);
	cleanup_lines struct lines lines = {0};
	size_t length = 0, number = 0;
	struct line line;
	(void)state;

	for (size_t i = 0; i < COUNT; i++) {
		memset(text + length, 'a' + (int)(i % 26), i);
		length += i;
		text[length++] = '\n';
	}
	cleanup_fclose FILE *stream = stream_of(text, length);
	lines_open(&lines, stream, COUNT);
	for (; lines_next(&lines, &line); number++) {
		assert_true(line.length == number && line.ended && !line.too_long);
		assert_true(number == 0 || line.text[number - 1] == 'a' + (int)(number % 26));
	}
	assert_int_equal(number, COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_siplaunch_writes_is_read_fast_with_and_without_spaces),
		cmocka_unit_test(recorded_samples_are_read_the_same),
		cmocka_unit_test(no_change_of_a_character_makes_the_readers_disagree),
		cmocka_unit_test(a_line_without_what_must_be_there_is_left_to_the_other_reader),
		cmocka_unit_test(a_line_that_is_too_long_is_passed_over_and_the_next_one_is_whole),
		cmocka_unit_test(what_follows_a_line_that_is_a_little_too_long_is_not_lost),
		cmocka_unit_test(lines_of_every_length_around_the_chunks_come_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
