/* SPDX-License-Identifier: MIT */
/* The pieces of a page: escaping, ticks, paths with gaps, and which document is which. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "html/chart.h"
#include "html/chart_path.h"
#include "html/kind.h"
#include "html/markup.h"
#include "html/scale.h"

/* ---- text ---- */

static void whatever_a_text_has_it_stays_text(void **state)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	(void)state;

	html_element(out, "td class=\"x\"", "</td><img src=x onerror='alert(1)'>&\"\x01\x7F\n\xC3\xA4");
	html_text(out, NULL);
	fclose(out);
	assert_string_equal(
		text, "<td class=\"x\">&lt;/td&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;&quot;"
		      "&#xFFFD;&#xFFFD;\n\xC3\xA4</td>");
	free(text);
}

/* ---- axes ---- */

static void ticks_are_round_numbers_and_reach_the_highest(void **state)
{
	static const struct {
		double highest;
		enum unit unit;
		double step;
		unsigned count;
	} rows[] = {
		{512.0 * 1048576, UNIT_BYTES, 128.0 * 1048576, 4},
		{513.0 * 1048576, UNIT_BYTES, 128.0 * 1048576, 5},
		{0, UNIT_BYTES, 16384, 4},
		{NAN, UNIT_COUNT, 1, 5},
		{3200, UNIT_COUNT, 1000, 4},
		{83, UNIT_RATE, 20, 5},
		{100, UNIT_PERCENT, 20, 5},
		{0x1p63, UNIT_BYTES, 0x1p61, 4},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct scale scale = scale_for(rows[i].highest, rows[i].unit);
		if (scale.step != rows[i].step || scale.count != rows[i].count)
			fail_msg("row %zu: %u steps of %f", i, scale.count, scale.step);
		assert_false(scale_top(&scale) < rows[i].highest);
	}
}

static void numbers_have_their_unit(void **state)
{
	static const struct {
		double number;
		enum unit unit;
		const char *text;
	} rows[] = {
		{134217728, UNIT_BYTES, "128 MiB"},
		{1500, UNIT_COUNT, "1,500"},
		{12.4, UNIT_PERCENT, "12 %"},
		{0.5, UNIT_PERCENT, "0.50 %"},
		{2.5, UNIT_RATE, "2.5 /s"},
		{NAN, UNIT_BYTES, "-"},
		{0, UNIT_COUNT, "0"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = scale_text(rows[i].number, rows[i].unit);
		assert_string_equal(text, rows[i].text);
	}
}

static void times_have_round_ticks_in_local_time(void **state)
{
	/* 25 November 2025, 06:40 UTC: 12:10 in India */
	const int64_t from = INT64_C(1764052800000), minute = 60000;
	struct time_ticks ticks;
	(void)state;

	setenv("TZ", "IST-5:30", 1);
	tzset();
	time_ticks(from, from + 60 * minute, &ticks);
	assert_in_range(ticks.count, 5, 9);
	assert_string_equal(ticks.text[0], "12:10");
	assert_string_equal(ticks.text[1], "12:20");
	time_ticks(from, from + 10 * 1440 * minute, &ticks);
	assert_string_equal(ticks.text[0], "26 Nov");
	time_ticks(from, from, &ticks);
	assert_int_equal(ticks.count, 1);
	time_ticks(0, INT64_C(253402300799999), &ticks);
	assert_in_range(ticks.count, 1, TIME_TICKS_MAX);
	cleanup_free char *text = date_text(from), *zone = zone_text(from);
	assert_string_equal(text, "25 Nov 2025, 12:10:00");
	assert_string_equal(zone, "IST");
	assert_int_equal(zone_seconds(from), 19800);
}

/* ---- pictures ---- */

enum { USED, RESTARTS, TRACKS };

static void open_thin(struct thin *thin, const double *used, const double *restarts, const int *at_s,
		      size_t count)
{
	static const struct thin_track tracks[TRACKS] = {
		[USED] = {THIN_RANGE, 0}, [RESTARTS] = {THIN_SUM, 0}};
	thin_open(thin, tracks, TRACKS);
	for (size_t i = 0; i < count; i++) {
		const double numbers[TRACKS] = {used[i], restarts[i]};
		thin_add(thin, at_s[i] * INT64_C(1000), numbers);
	}
}

/* The attribute d of a line through all numbers, of which 100 is the top. */
static char *line_of(const struct thin *thin)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	struct path_edges edges = {
		.thin = thin, .restarts = RESTARTS, .top = 100, .upper = thin->high, .lower = thin->low};
	path_line(out, &edges);
	fclose(out);
	return text;
}

static void a_line_breaks_where_samples_are_missing_and_at_a_restart(void **state)
{
	static const struct {
		double used[5], restarts[5];
		int at_s[5];
		const char *line;
	} rows[] = {
		{{0, 50, 100, 50, 0},
		 {0},
		 {0, 1, 2, 3, 4},
		 "M0.0 200.0L250.0 100.0L500.0 0.0L750.0 100.0L1000.0 200.0"},
		{{50, 50, 50, 50, 50},
		 {0},
		 {0, 1, 2, 9, 10},
		 "M0.0 100.0L100.0 100.0L200.0 100.0M900.0 100.0L1000.0 100.0"},
		{{50, NAN, 50, 50, 50},
		 {0},
		 {0, 1, 2, 3, 4},
		 "M0.0 100.0h0M500.0 100.0L750.0 100.0L1000.0 100.0"},
		{{50, 50, 50, 50, 50},
		 {0, 0, 1, 0, 0},
		 {0, 1, 2, 3, 4},
		 "M0.0 100.0L250.0 100.0M500.0 100.0L750.0 100.0L1000.0 100.0"},
		{{NAN, NAN, NAN, NAN, NAN}, {0}, {0, 1, 2, 3, 4}, ""},
		{{50, 50, 50, 50, 50}, {0}, {7, 7, 7, 7, 7}, "M500.0 100.0h0"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_thin struct thin thin = {0};
		open_thin(&thin, rows[i].used, rows[i].restarts, rows[i].at_s, 5);
		cleanup_free char *line = line_of(&thin);
		assert_string_equal(line, rows[i].line);
	}
}

static void a_chart_says_in_words_and_in_a_table_what_it_shows(void **state)
{
	static const double used[] = {1048576, 2097152, 4194304}, restarts[] = {0, 0, 0};
	static const int at_s[] = {100, 102, 104};
	const struct chart_series series = {
		.name = "a <b>", .shape = CHART_LINE, .colour = 1, .track = USED, .lower = USED};
	const struct chart_level levels[] = {{"limit", 5242880}, {"far away", 1e15}};
	cleanup_thin struct thin thin = {0};
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	(void)state;

	open_thin(&thin, used, restarts, at_s, 3);
	const struct chart chart = {.id = "x",
				    .title = "T & t",
				    .unit = UNIT_BYTES,
				    .thin = &thin,
				    .restarts = RESTARTS,
				    .series = &series,
				    .series_count = 1,
				    .levels = levels,
				    .level_count = 2};
	assert_true(chart_has_numbers(&chart));
	chart_write(out, &chart);
	fclose(out);
	static const char *const parts[] = {
		"<title id=\"x-t\">T &amp; t</title><desc id=\"x-d\">a &lt;b&gt;: 1 MiB to 4 MiB. limit: 5 MiB. ",
		"data-values=\"1048576,2097152,4194304\"><bdi>a &lt;b&gt;</bdi> <b>4 MiB</b>",
		"far away <b>909.5 TiB</b>, above the picture",
		"<td>2 MiB</td>",
		"M0.0 166.7L500.0 133.3L1000.0 66.7",
		"M0 33.3H1000",
	};
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strstr(text, parts[i]))
			fail_msg("not in it: %s\n%s", parts[i], text);
	assert_null(strstr(text, "<b>:"));
	free(text);
}

/* ---- documents ---- */

static void each_document_is_recognised_and_checked(void **state)
{
	static const struct {
		const char *text;
		enum kind kind;
		const char *error; /* NULL: none */
	} rows[] = {
		{"{\"at\": 1, \"processes\": 1}", KIND_SAMPLES, NULL},
		{"{}", KIND_NONE, NULL},
		{"[1]", KIND_NONE, NULL},
		{"{\"outcome\": \"stopped\", \"status\": 0, \"message\": \"m\"}", KIND_RECORD, NULL},
		{"{\"outcome\": \"stopped\", \"status\": 0}", KIND_RECORD, "message must be a string"},
		{"{\"outcome\": \"stopped\", \"status\": -1, \"message\": \"m\"}", KIND_RECORD,
		 "status must be a number, not below 0"},
		{"{\"rounds\": [], \"needed\": {}, \"result\": \"found\"}", KIND_TUNING, NULL},
		{"{\"rounds\": [7], \"needed\": {}, \"result\": \"found\"}", KIND_TUNING,
		 "rounds: element 0 must be an object"},
		{"{\"rounds\": [{\"round\": 1}], \"needed\": {}, \"result\": \"found\"}", KIND_TUNING,
		 "rounds: element 0: shared must be a number, not below 0"},
		{"{\"steps\": [], \"budget\": null, \"command\": []}", KIND_PLAN, NULL},
		{"{\"steps\": [], \"budget\": {\"limit\": \"a\"}, \"command\": []}", KIND_PLAN,
		 "budget: limit must be a number, not below 0"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error error = {0};
		json_auto_t *document = json_loads(rows[i].text, 0, NULL);
		enum kind kind = kind_of(document);
		assert_int_equal(kind, rows[i].kind);
		if (kind == KIND_NONE || kind == KIND_SAMPLES)
			continue;
		assert_int_equal(kind_check(kind, document, &error), rows[i].error ? -1 : 0);
		if (rows[i].error)
			assert_string_equal(error.message, rows[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_a_text_has_it_stays_text),
		cmocka_unit_test(ticks_are_round_numbers_and_reach_the_highest),
		cmocka_unit_test(numbers_have_their_unit),
		cmocka_unit_test(times_have_round_ticks_in_local_time),
		cmocka_unit_test(a_line_breaks_where_samples_are_missing_and_at_a_restart),
		cmocka_unit_test(a_chart_says_in_words_and_in_a_table_what_it_shows),
		cmocka_unit_test(each_document_is_recognised_and_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
