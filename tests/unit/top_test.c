/* SPDX-License-Identifier: MIT */
/*
 * The live view without a terminal: screens of the samples in tests/fixtures/top/samples.jsonl, which a real
 * Kamailio wrote while phones registered, compared with the texts beside it. After a change that is wanted,
 * UPDATE_SCREENS=1 writes them anew: look at them.
 */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "top/canvas.h"
#include "top/graph.h"
#include "top/replay.h"
#include "top/screen.h"
#include "top/view.h"

#define SAMPLES FIXTURES "/top/samples.jsonl"

/* ---- what a canvas shows ---- */

static void dump_row(const struct canvas *canvas, unsigned y, FILE *out)
{
	unsigned end = canvas->width;
	while (end > 0 && strcmp(canvas_cell(canvas, end - 1, y)->text, " ") == 0)
		end--;
	for (unsigned x = 0; x < end; x++)
		fputs(canvas_cell(canvas, x, y)->text, out);
	fputc('\n', out);
}

static char *dump(const struct canvas *canvas)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	for (unsigned y = 0; y < canvas->height; y++)
		dump_row(canvas, y, out);
	fclose(out);
	return text;
}

static char *screen_of(struct top_view *view, unsigned width, unsigned height, bool utf8)
{
	cleanup_canvas struct canvas canvas = canvas_make(width, height, utf8);
	view_scrolled(view, layout_of(view, width, height).table);
	rows_sort(&view->rows, view->sort, view->reverse);
	screen_draw(&canvas, view);
	return dump(&canvas);
}

static void write_expected(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void assert_screen(struct top_view *view, const char *name, unsigned width, unsigned height, bool utf8)
{
	cleanup_free char *path = xasprintf("%s/top/%s.txt", FIXTURES, name);
	cleanup_free char *actual = screen_of(view, width, height, utf8), *expected = NULL;
	size_t length;

	if (getenv("UPDATE_SCREENS"))
		write_expected(path, actual);
	assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &expected, &length, NULL), 0);
	if (strcmp(actual, expected) != 0)
		fail_msg("%s: expected\n%sbut is\n%s", name, expected, actual);
}

/* ---- a recording ---- */

struct recording {
	struct top_view view;
	struct replay replay;
};

static void open_recording(struct recording *recording, const char *path)
{
	struct error error = {0};
	view_open(&recording->view, 2, true);
	if (replay_open(&recording->replay, path, &recording->view, &error) < 0)
		fail_msg("%s", error.message);
}

static void close_recording(struct recording *recording)
{
	view_close(&recording->view);
	replay_close(&recording->replay);
}

static void seek_last(struct recording *recording)
{
	size_t last = recording->view.history.count - 1;
	assert_int_equal(replay_seek(&recording->replay, last, &recording->view, NULL), 0);
}

static void press(struct top_view *view, const char *keys, size_t rows)
{
	for (; *keys; keys++)
		view_key(view, *keys, rows);
}

/* ---- screens ---- */

static void a_screen_of_every_size_shows_what_fits(void **state)
{
	static const struct {
		const char *name;
		unsigned width, height;
		bool utf8;
	} cases[] = {
		{"80x24", 80, 24, true}, {"80x24-ascii", 80, 24, false}, {"120x40", 120, 40, true},
		{"40x10", 40, 10, true}, {"200x60", 200, 60, true},      {"40x10-ascii", 40, 10, false},
		{"20x5", 20, 5, true},
	};
	struct recording recording;
	(void)state;

	open_recording(&recording, SAMPLES);
	seek_last(&recording);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_screen(&recording.view, cases[i].name, cases[i].width, cases[i].height, cases[i].utf8);
	close_recording(&recording);
}

static void every_page_is_drawn_on_any_size_within_its_cells(void **state)
{
	static const char *const pages[] = {"", "m", "?"};
	struct recording recording;
	(void)state;

	open_recording(&recording, SAMPLES);
	seek_last(&recording);
	for (size_t page = 0; page < ARRAY_SIZE(pages); page++) {
		press(&recording.view, pages[page], 10);
		for (unsigned width = 1; width < 90; width += 3)
			for (unsigned height = 1; height < 50; height++)
				free(screen_of(&recording.view, width, height, height % 2));
	}
	cleanup_free char *nothing = screen_of(&recording.view, 0, 0, true);
	assert_string_equal(nothing, "");
	close_recording(&recording);
}

static void the_modules_and_the_keys_have_a_page_each(void **state)
{
	struct recording recording;
	(void)state;

	open_recording(&recording, SAMPLES);
	press(&recording.view, "m", 10);
	assert_screen(&recording.view, "modules", 80, 24, true);
	press(&recording.view, "m?", 10);
	assert_screen(&recording.view, "help", 80, 24, true);
	close_recording(&recording);
}

static void a_sample_without_pools_says_why(void **state)
{
	struct recording recording;
	(void)state;

	open_recording(&recording, FIXTURES "/top/silent.jsonl");
	assert_screen(&recording.view, "silent", 80, 24, true);
	press(&recording.view, "m", 10);
	cleanup_free char *screen = screen_of(&recording.view, 80, 24, true);
	assert_non_null(strstr(screen, "memory by module not known"));
	close_recording(&recording);
}

/* The file has no size of the machine. */
static void a_recording_without_a_limit_has_no_share_of_one(void **state)
{
	char router[] = "kamailio";
	struct sample sample = {.pid = 1, .router = router, .processes = 2};
	struct top_view view;
	(void)state;

	view_open(&view, 2, true);
	sample.shm_mib = value_number(VALUE_MIB, 64);
	sample.pkg_mib = value_number(VALUE_MIB, 8);
	history_add(&view.history, &sample, 0);
	view_show(&view, &sample, 0);
	cleanup_free char *screen = screen_of(&view, 80, 24, true);
	assert_non_null(strstr(screen, "promised [█"));
	assert_null(strchr(screen, '%'));
	view.machine_bytes = GIB;
	cleanup_free char *live = screen_of(&view, 80, 24, true);
	assert_non_null(strstr(live, "7.8 %"));
	view_close(&view);
}

static struct router_row router_row(pid_t pid, const char *selector, uint64_t limit)
{
	return (struct router_row){
		.pid = pid,
		.name = xstrdup("kamailio"),
		.selector = xstrdup(selector),
		.processes = 13,
		.limit = value_number(VALUE_BYTES, limit),
		.current = value_number(VALUE_BYTES, 400 * MIB),
		.kills = value_number(VALUE_COUNT, 2),
	};
}

static void show_routers(struct top_view *view)
{
	struct router_row *rows = xcalloc(3, sizeof *rows);
	rows[0] = router_row(175, "edge.service", 512 * MIB);
	rows[1] = router_row(4711, "/sip.slice/core", UNLIMITED);
	rows[2] = router_row(4194304, "4194304", 16384 * GIB);
	view_routers(view, rows, 3);
	view->page = PAGE_ROUTERS;
}

static void several_routers_stand_side_by_side_to_be_chosen(void **state)
{
	struct top_view view;
	(void)state;

	view_open(&view, 2, false);
	show_routers(&view);
	assert_screen(&view, "routers", 80, 24, true);
	view_key(&view, KEY_ARROW_DOWN, 20);
	assert_int_equal(view_key(&view, KEY_RETURN, 20), ACTION_CHOOSE);
	assert_int_equal(view.routers[view.selected].pid, 4711);
	show_routers(&view); /* read anew: the same one stays selected */
	assert_int_equal(view.routers[view.selected].pid, 4711);
	view_close(&view);
}

static void what_a_name_holds_does_not_reach_the_terminal(void **state)
{
	cleanup_canvas struct canvas canvas = canvas_make(40, 2, true);
	(void)state;

	canvas_text(&canvas, 0, 0, 40,
		    "a\033[2Jb\nc\xc2\x9b"
		    "d",
		    0);
	cleanup_free char *text = dump(&canvas);
	for (const char *at = text; *at; at++)
		assert_true(*at == '\n' || (unsigned char)*at >= 0x20);
	assert_non_null(strstr(text, "a\\x1b[2Jb c"));
}

static void a_text_that_is_too_long_is_cut_and_says_so(void **state)
{
	cleanup_canvas struct canvas canvas = canvas_make(10, 1, false);
	(void)state;

	assert_int_equal(canvas_text(&canvas, 4, 0, 40, "0123456789", 0), 6);
	cleanup_free char *text = dump(&canvas);
	assert_string_equal(text, "    01234~\n");
}

/* ---- graphs ---- */

static void a_number_above_nothing_is_seen_and_none_leaves_its_graph(void **state)
{
	cleanup_canvas struct canvas canvas = canvas_make(5, 2, true);
	const double numbers[10] = {NAN, 0, 0.001, 0.5, 1, 7, INFINITY, -1, NAN, 1};
	struct area area = {0, 0, 5, 2};
	(void)state;

	graph_draw(&canvas, &area, numbers, 1, 0);
	cleanup_free char *text = dump(&canvas);
	assert_string_equal(text, "  ⣿⡇⢸\n ⣸⣿⡇⢸\n");
}

static void a_span_keeps_its_peak_and_a_gap_stays_one(void **state)
{
	struct history history = {0};
	struct sample sample = {.pid = 1};
	double numbers[6];
	const int64_t at[] = {1000, 1400, 2000, 9000};
	const uint64_t used[] = {5, 9, 3, 4};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		sample.at_ms = at[i];
		sample.shared.used = value_number(VALUE_BYTES, used[i]);
		history_add(&history, &sample, 0);
	}
	history_spans(&history, 2, SERIES_SHARED, 1000, numbers, 2);
	assert_true(numbers[0] == 5 && numbers[1] == 9);
	history_spans(&history, 3, SERIES_SHARED, 1000, numbers, 6);
	assert_true(numbers[5] == 4 && isnan(numbers[4]) && isnan(numbers[2]));
	history_clear(&history);
}

static void requests_a_second_are_not_known_over_a_restart(void **state)
{
	struct history history = {0};
	struct sample sample = {.pid = 1, .at_ms = 1000, .requests = value_number(VALUE_COUNT, 100)};
	(void)state;

	history_add(&history, &sample, 0);
	sample.at_ms = 3000;
	sample.requests.number[0] = 150;
	history_add(&history, &sample, 0);
	sample.pid = 2;
	sample.at_ms = 5000;
	sample.requests.number[0] = 200;
	history_add(&history, &sample, 0);
	assert_true(isnan(history.moments[0].numbers[SERIES_REQUESTS]));
	assert_true(history.moments[1].numbers[SERIES_REQUESTS] == 25);
	assert_true(isnan(history.moments[2].numbers[SERIES_REQUESTS]));
	history_clear(&history);
}

/* 2 of 100 MiB in use, and the last samples without an answer. */
static void a_router_that_falls_silent_keeps_the_height_of_its_graphs(void **state)
{
	struct private_pool pool = {.pool = {.used = value_number(VALUE_BYTES, MIB),
					     .total = value_number(VALUE_BYTES, 50 * MIB)}};
	struct sample sample = {.pid = 1, .has_pools = true, .privates = &pool, .private_count = 1};
	struct top_view view;
	(void)state;

	view_open(&view, 2, false);
	sample.shared.used = value_number(VALUE_BYTES, 2 * MIB);
	sample.shared.total = value_number(VALUE_BYTES, 100 * MIB);
	sample.memory_max = value_number(VALUE_BYTES, GIB);
	for (sample.at_ms = 2000; sample.at_ms < 20000; sample.at_ms += 2000)
		history_add(&view.history, &sample, 0);
	char router[] = "kamailio", why[] = "no answer";
	struct sample silent = {.pid = 1, .at_ms = 20000, .router = router, .no_pools = why};
	history_add(&view.history, &silent, 0);
	view_show(&view, &silent, 9);
	cleanup_free char *screen = screen_of(&view, 80, 24, true);
	assert_null(strstr(screen, "⣿"));
	const double *wholes = view.history.moments[9].wholes;
	assert_true(wholes[SERIES_SHARED] == 100 * MIB && wholes[SERIES_PRIVATE] == 50 * MIB);
	assert_true(isnan(wholes[SERIES_GROUP])); /* the limit comes from the kernel */
	silent.pid = 2;
	history_add(&view.history, &silent, 0);
	assert_true(isnan(view.history.moments[10].wholes[SERIES_SHARED]));
	view_close(&view);
}

static void the_oldest_samples_go_when_there_are_too_many(void **state)
{
	struct history history = {.max = 8};
	struct sample sample = {.pid = 1};
	(void)state;

	for (sample.at_ms = 1; sample.at_ms <= 20; sample.at_ms++)
		history_add(&history, &sample, 0);
	assert_in_range(history.count, 6, 8);
	assert_int_equal(history.moments[history.count - 1].at_ms, 20);
	history_clear(&history);
}

/* ---- the table ---- */

static void sizes_are_short_in_the_table(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0B"},           {1023, "1023B"},    {1024, "1.00K"},          {10239, "10.0K"},
		{102297, "99.9K"},   {102400, "100K"},   {1048063, "1023K"},       {1048064, "1.00M"},
		{12582912, "12.0M"}, {UNLIMITED, "max"}, {UNLIMITED - 1, "16.0E"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct value value = value_number(VALUE_BYTES, cases[i].bytes);
		cleanup_free char *text = short_bytes(&value);
		assert_string_equal(text, cases[i].text);
	}
}

static void what_is_not_known_is_sorted_last_in_both_directions(void **state)
{
	struct process_rows rows = {.items = xcalloc(4, sizeof *rows.items), .count = 4};
	(void)state;

	for (size_t i = 0; i < 4; i++) {
		rows.items[i].name = xasprintf("%zu", i);
		rows.items[i].order = i;
		if (i != 1)
			rows.items[i].numbers[COLUMN_USED] = value_number(VALUE_BYTES, i == 0 ? 5 : 7);
	}
	rows_sort(&rows, COLUMN_USED, false);
	assert_string_equal(rows.items[0].name, "2");
	assert_string_equal(rows.items[1].name, "3");
	assert_string_equal(rows.items[3].name, "1");
	rows_sort(&rows, COLUMN_USED, true);
	assert_string_equal(rows.items[0].name, "0");
	assert_string_equal(rows.items[3].name, "1");
	rows_clear(&rows);
}

/* ---- keys ---- */

static void a_key_scrolls_no_further_than_the_table(void **state)
{
	struct recording recording;
	struct top_view *view = &recording.view;
	(void)state;

	open_recording(&recording, SAMPLES);
	size_t lines = view_lines(view);
	assert_true(lines > 5);
	view_key(view, KEY_ARROW_UP, 5);
	assert_int_equal(view->scroll, 0);
	view_key(view, KEY_LAST, 5);
	assert_int_equal(view->scroll, lines - 5);
	view_key(view, KEY_PAGE_DOWN, 5);
	assert_int_equal(view->scroll, lines - 5);
	view_scrolled(view, lines + 1); /* the terminal has become larger */
	assert_int_equal(view->scroll, 0);
	close_recording(&recording);
}

static void sorting_passes_over_columns_that_a_recording_lacks(void **state)
{
	struct recording recording;
	(void)state;

	open_recording(&recording, SAMPLES);
	for (size_t i = 0; i < 2 * COLUMN_COUNT; i++) {
		press(&recording.view, "s", 5);
		assert_true(columns[recording.view.sort].replayed);
	}
	press(&recording.view, "r", 5);
	assert_true(recording.view.reverse);
	close_recording(&recording);
}

static void the_interval_has_a_shortest_and_a_longest(void **state)
{
	struct top_view view;
	(void)state;

	view_open(&view, 7, false);
	press(&view, "+", 5);
	assert_int_equal(view.interval_s, 10);
	press(&view, "--", 5);
	assert_int_equal(view.interval_s, 3);
	press(&view, "----", 5);
	assert_int_equal(view.interval_s, 1);
	press(&view, "++++++++++++++++", 5);
	assert_int_equal(view.interval_s, 3600);
	view_close(&view);
}

static void a_recording_is_stepped_through_and_ends(void **state)
{
	struct recording recording;
	struct top_view *view = &recording.view;
	(void)state;

	open_recording(&recording, SAMPLES);
	assert_int_equal(view_key(view, KEY_ARROW_RIGHT, 5), ACTION_SEEK);
	assert_true(view->paused && view->seek == 1);
	assert_int_equal(view_key(view, '}', 5), ACTION_SEEK);
	assert_int_equal(view->seek, view->history.count - 1);
	seek_last(&recording);
	assert_true(view->complete);
	view_key(view, KEY_ARROW_RIGHT, 5);
	assert_int_equal(view->seek, view->history.count - 1);
	view_key(view, '[', 5);
	assert_true(view->seek < view->history.count - 1);
	view_key(view, ' ', 5); /* plays from the begin again */
	assert_false(view->paused);
	close_recording(&recording);
}

static void a_frame_of_a_fast_recording_passes_over_samples(void **state)
{
	struct recording recording;
	size_t number;
	(void)state;

	open_recording(&recording, SAMPLES);
	int wait = replay_next(&recording.view, &number);
	assert_int_equal(number, 1);
	assert_in_range(wait, 900, 1100);
	press(&recording.view, "+++++++++++++", 5);
	assert_int_equal(recording.view.speed, SPEED_MAX);
	wait = replay_next(&recording.view, &number);
	assert_true(number > 1 && wait < 200);
	close_recording(&recording);
}

static void the_name_of_a_file_is_typed(void **state)
{
	struct top_view view;
	struct sample sample = {.pid = 1};
	(void)state;

	view_open(&view, 2, false);
	history_add(&view.history, &sample, 0);
	view_show(&view, &sample, 0);
	press(&view, "w", 5);
	assert_true(view.asking && strstr(view.prompt, ".jsonl"));
	press(&view,
	      "\x15"
	      "qqx\x7f",
	      5); /* q is a letter there */
	assert_int_equal(view_key(&view, KEY_RETURN, 5), ACTION_RECORD);
	assert_string_equal(view.prompt, "qq");
	view.recording = true;
	assert_int_equal(view_key(&view, 'w', 5), ACTION_STOP_RECORDING);
	view.recording = false;
	press(&view, "w\x1b", 5);
	assert_false(view.asking);
	view_close(&view);
}

static void only_samples_are_replayed(void **state)
{
	struct error error = {0};
	struct recording recording;
	(void)state;

	view_open(&recording.view, 2, true);
	assert_int_equal(replay_open(&recording.replay, FIXTURES "/top/80x24.txt", &recording.view, &error),
			 -1);
	assert_non_null(strstr(error.message, "80x24.txt, line 1: "));
	close_recording(&recording);
	assert_int_equal(replay_open(&recording.replay, "/nonexistent", &recording.view, &error), -1);
	assert_non_null(strstr(error.message, "open /nonexistent"));
	error_clear(&error);
	replay_close(&recording.replay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_screen_of_every_size_shows_what_fits),
		cmocka_unit_test(every_page_is_drawn_on_any_size_within_its_cells),
		cmocka_unit_test(the_modules_and_the_keys_have_a_page_each),
		cmocka_unit_test(a_sample_without_pools_says_why),
		cmocka_unit_test(a_recording_without_a_limit_has_no_share_of_one),
		cmocka_unit_test(several_routers_stand_side_by_side_to_be_chosen),
		cmocka_unit_test(what_a_name_holds_does_not_reach_the_terminal),
		cmocka_unit_test(a_text_that_is_too_long_is_cut_and_says_so),
		cmocka_unit_test(a_number_above_nothing_is_seen_and_none_leaves_its_graph),
		cmocka_unit_test(a_span_keeps_its_peak_and_a_gap_stays_one),
		cmocka_unit_test(requests_a_second_are_not_known_over_a_restart),
		cmocka_unit_test(a_router_that_falls_silent_keeps_the_height_of_its_graphs),
		cmocka_unit_test(the_oldest_samples_go_when_there_are_too_many),
		cmocka_unit_test(sizes_are_short_in_the_table),
		cmocka_unit_test(what_is_not_known_is_sorted_last_in_both_directions),
		cmocka_unit_test(a_key_scrolls_no_further_than_the_table),
		cmocka_unit_test(sorting_passes_over_columns_that_a_recording_lacks),
		cmocka_unit_test(the_interval_has_a_shortest_and_a_longest),
		cmocka_unit_test(a_recording_is_stepped_through_and_ends),
		cmocka_unit_test(a_frame_of_a_fast_recording_passes_over_samples),
		cmocka_unit_test(the_name_of_a_file_is_typed),
		cmocka_unit_test(only_samples_are_replayed),
	};

	setenv("TZ", "UTC", 1);
	setenv("LC_ALL", "C.UTF-8", 1); /* before the first text is looked at */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
