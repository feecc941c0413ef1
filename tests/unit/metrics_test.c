/* SPDX-License-Identifier: MIT */
/*
 * Metrics of inspections. Each folder below tests/fixtures/metrics is a case: `samples` has a router a line,
 * `expected` is the document.
 */
#include <dirent.h>
#include <fcntl.h>
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
#include "base/fs.h"
#include "inspect/inspection.h"
#include "metrics/metrics.h"
#include "named.h"
#include "observation/openmetrics.h"
#include "stats/sample_lines.h"

/* An inspection that was not opened: closing it must not close descriptors 0 to 2. */
static struct inspection inspection_of(const struct sample *sample)
{
	return (struct inspection){
		.session = {.roots = {.root = -1, .proc = -1},
			    .router = router_find(sample->router, NULL),
			    .host.memory.page_bytes = 4096},
		.target = {.proc = -1, .cgroup = -1, .origin_procs = -1},
		.directory = -1,
		.pid = sample->pid,
		.group = sample->group ? xstrdup(sample->group) : NULL,
		.sampled = true,
	};
}

/* The sample stays its reader's. */
static int add_sample(const struct sample *sample, void *data, struct error *error)
{
	struct inspection inspection = inspection_of(sample);
	(void)error;
	inspection.sample = *sample;
	metrics_add(data, &inspection);
	inspection.sample = (struct sample){0};
	inspection_close(&inspection);
	return 0;
}

static char *printed(const struct metrics *metrics)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	assert_non_null(out);
	report_openmetrics(out, metrics);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void add_case(const char *name, struct metrics *metrics)
{
	cleanup_free char *folder = path_join(FIXTURES "/metrics", name);
	cleanup_free char *path = path_join(folder, "samples");
	cleanup_fclose FILE *stream = fopen(path, "re");
	cleanup_sample_lines struct sample_lines lines = {0};

	assert_non_null(stream);
	assert_int_equal(sample_lines_read(stream, add_sample, metrics, &lines, NULL), 0);
	if (lines.fault_count)
		fail_msg("%s: line %zu: %s", name, lines.faults[0].line, lines.faults[0].message);
}

static bool case_agrees(const char *name)
{
	cleanup_metrics struct metrics metrics = {0};
	cleanup_free char *folder = path_join(FIXTURES "/metrics", name);
	cleanup_free char *path = path_join(folder, "expected");
	cleanup_free char *expected = NULL;
	size_t length;

	add_case(name, &metrics);
	if (file_read(AT_FDCWD, path, 65536, &expected, &length, NULL) < 0)
		expected = xstrdup("(there is no file `expected`)\n");
	cleanup_free char *text = printed(&metrics);
	if (strcmp(text, expected) != 0) /* longer than what print_error() prints */
		fprintf(stderr, "case %s: expected\n%sbut is\n%s", name, expected, text);
	return strcmp(text, expected) == 0;
}

static void each_router_becomes_the_expected_document(void **state)
{
	cleanup_closedir DIR *cases = opendir(FIXTURES "/metrics");
	size_t count = 0, wrong = 0;
	(void)state;

	assert_non_null(cases);
	for (const struct dirent *entry; (entry = readdir(cases));) {
		if (entry->d_name[0] == '.')
			continue;
		wrong += !case_agrees(entry->d_name);
		count++;
	}
	assert_int_equal(wrong, 0);
	assert_true(count >= 7);
}

/* ---- with a profile ---- */

static struct step *add_step(struct inspection *inspection, const char *mechanism, const char *name)
{
	struct plan *plan = &inspection->session.plan;
	struct step *step = ARRAY_ADD(plan->steps, plan->count);
	step->setting = setting_named(mechanism, name);
	assert_non_null(step->setting);
	step->wanted = value_number(VALUE_COUNT, 1);
	step->policy = POLICY_REQUIRE;
	return step;
}

/* By its number, since more steps may move it. */
static void add_drift(struct drifts *drifts, const struct inspection *inspection, size_t number)
{
	ARRAY_ADD(drifts->items, drifts->count)->step = &inspection->session.plan.steps[number];
}

static struct inspection compared(void)
{
	const struct sample sample = {.router = (char *)"kamailio", .group = (char *)"/g", .pid = 1};
	struct inspection inspection = inspection_of(&sample);
	inspection.compared = true;
	inspection.session.profile.name = xstrdup("kamailio-512m");
	return inspection;
}

static char *printed_of(const struct inspection *inspection)
{
	cleanup_metrics struct metrics metrics = {0};
	metrics_add(&metrics, inspection);
	return printed(&metrics);
}

static void assert_line(const char *text, const char *line)
{
	cleanup_free char *whole = xasprintf("\n%s\n", line);
	if (!strstr(text, whole))
		fail_msg("there is no line\n%s\nin\n%s", line, text);
}

#define DRIFT(MECHANISM, SETTING)                                                                          \
	"siplaunch_drift{router=\"kamailio\",cgroup=\"/g\",mechanism=\"" MECHANISM "\",setting=\"" SETTING \
	"\"} "

static void each_compared_setting_has_one_series_and_drift_is_1(void **state)
{
	struct inspection inspection = compared();
	(void)state;

	add_step(&inspection, "cgroup", "memory.max");
	add_step(&inspection, "oom", "oom_score_adj");
	add_step(&inspection, "sysctl", "kernel.sem");
	add_step(&inspection, "ipc", "namespace");
	add_step(&inspection, "cgroup", "pids.max")->policy = POLICY_SKIP;
	add_step(&inspection, "directories", "runtime");
	add_step(&inspection, "directories", "runtime"); /* another directory, the same setting */
	add_drift(&inspection.drifts, &inspection, 1);
	add_drift(&inspection.drifts, &inspection, 1); /* of another process */
	add_drift(&inspection.unknown, &inspection, 2);
	add_drift(&inspection.not_permitted, &inspection, 3);
	cleanup_free char *text = printed_of(&inspection);
	assert_line(text, DRIFT("cgroup", "memory.max") "0");
	assert_line(text, DRIFT("oom", "oom_score_adj") "1");
	const char *runtime = strstr(text, "setting=\"runtime\"} 0");
	assert_non_null(runtime);
	assert_null(strstr(runtime + 1, "setting=\"runtime\""));
	assert_null(strstr(text, "kernel.sem"));
	assert_null(strstr(text, "namespace"));
	assert_null(strstr(text, "pids.max"));
	assert_null(strstr(text, "setting=\"processes\""));
	assert_line(text, "siplaunch_settings_not_compared{router=\"kamailio\",cgroup=\"/g\"} 1");
	inspection_close(&inspection);
}

static void the_budget_is_its_terms_and_the_planned_processes(void **state)
{
	struct inspection inspection = compared();
	struct decision *decision = &inspection.session.context.decision;
	(void)state;

	decision->sized = true;
	decision->budget.processes = 15;
	decision->budget.unassigned_bytes = 4096;
	decision->budget.terms[TERM_SHARED] = (struct term){.id = "shared", .bytes = 404 * MIB};
	decision->budget.terms[TERM_BASE] = (struct term){.id = "base", .bytes = 20 * MIB};
	/* more processes than the budget counts: a drift of no step */
	ARRAY_ADD(inspection.drifts.items, inspection.drifts.count)->mechanism = "sizing";
	cleanup_free char *text = printed_of(&inspection);
	assert_line(text, "siplaunch_processes_planned{router=\"kamailio\",cgroup=\"/g\"} 15");
	assert_line(text,
		    "siplaunch_budget_bytes{router=\"kamailio\",cgroup=\"/g\",term=\"shared\"} 423624704");
	assert_line(text, "siplaunch_budget_bytes{router=\"kamailio\",cgroup=\"/g\",term=\"base\"} 20971520");
	assert_line(text,
		    "siplaunch_budget_bytes{router=\"kamailio\",cgroup=\"/g\",term=\"unassigned\"} 4096");
	assert_null(strstr(text, "term=\"connectionHeap\""));
	assert_line(text, DRIFT("sizing", "processes") "1");
	assert_line(text,
		    "siplaunch_router_info{router=\"kamailio\",cgroup=\"/g\",profile=\"kamailio-512m\"} "
		    "1");
	inspection_close(&inspection);
}

static void without_a_profile_nothing_is_said_of_drift(void **state)
{
	struct inspection inspection = compared();
	(void)state;

	inspection.compared = false;
	add_step(&inspection, "cgroup", "memory.max");
	cleanup_free char *text = printed_of(&inspection);
	assert_null(strstr(text, "drift"));
	assert_null(strstr(text, "planned"));
	assert_null(strstr(text, "profile="));
	inspection_close(&inspection);
}

/* ---- of the whole run ---- */

static void a_router_that_could_not_be_looked_at_is_down_and_counted(void **state)
{
	cleanup_metrics struct metrics metrics = {0};
	(void)state;

	metrics_add_failed(&metrics, "opensips", "/system.slice/opensips.service");
	metrics_add_failed(&metrics, "opensips", NULL);
	metrics_finish(&metrics, "opensips", 0.25);
	cleanup_free char *text = printed(&metrics);
	assert_line(text, "siplaunch_up{router=\"opensips\",cgroup=\"/system.slice/opensips.service\"} 0");
	assert_line(text, "siplaunch_up{router=\"opensips\"} 0");
	assert_line(text, "siplaunch_routers{select=\"opensips\"} 2");
	assert_line(text, "siplaunch_inspect_duration_seconds{select=\"opensips\"} 0.25");
	assert_line(text, "siplaunch_build_info{select=\"opensips\",version=\"" SIPLAUNCH_VERSION "\"} 1");
}

static void bytes_that_are_no_utf_8_and_names_that_then_are_equal_do_not_break_the_document(void **state)
{
	cleanup_metrics struct metrics metrics = {0};
	(void)state;

	metrics_add_failed(&metrics, "kamailio", "/a\xff");
	metrics_add_failed(&metrics, "kamailio", "/a\xfe");
	metrics_add_failed(&metrics, "kamailio", "/a\nb");
	cleanup_free char *text = printed(&metrics);
	assert_line(text, "siplaunch_up{router=\"kamailio\",cgroup=\"/a\xef\xbf\xbd\"} 0");
	assert_line(text, "siplaunch_up{router=\"kamailio\",cgroup=\"/a\xef\xbf\xbd\",number=\"2\"} 0");
	assert_line(text, "siplaunch_up{router=\"kamailio\",cgroup=\"/a?b\"} 0");
}

/* ---- the table ---- */

static bool has_label(const struct metric *metric, const char *label)
{
	size_t length = strlen(label);
	for (const char *at = metric->labels; at && *at; at += strcspn(at, ","), at += strspn(at, ", "))
		if (strcspn(at, ",") == length && strncmp(at, label, length) == 0)
			return true;
	return false;
}

static bool is_of_scope(const struct metric *metric, const char *label)
{
	static const char *const labels[] = {"router", "cgroup", "number"};
	if (metric->of_run)
		return strcmp(label, "select") == 0;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (strcmp(labels[i], label) == 0)
			return true;
	return false;
}

static void a_series_has_the_labels_that_its_row_names(void **state)
{
	cleanup_metrics struct metrics metrics = {0};
	size_t families = 0;
	(void)state;

	add_case("every-family-that-a-sample-has", &metrics);
	metrics_finish(&metrics, "kamailio", 1);
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const struct family *family = &metrics.families[i];
		families += family->count > 0;
		for (size_t j = 0; j < family->count; j++)
			for (size_t k = 0; k < family->series[j].label_count; k++) {
				const char *name = family->series[j].labels[k].name;
				if (!is_of_scope(&metric_rows[i], name) && !has_label(&metric_rows[i], name))
					fail_msg("%s has a label %s", metric_rows[i].name, name);
			}
	}
	/* all but the four that need a profile */
	assert_int_equal(families, METRIC_COUNT - 4);
}

static void names_and_texts_follow_the_conventions(void **state)
{
	(void)state;
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const struct metric *metric = &metric_rows[i];
		assert_int_equal(strncmp(metric->name, "siplaunch_", 10), 0);
		assert_int_equal(strspn(metric->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(metric->name));
		assert_null(strpbrk(metric->help, "\\\n|"));
		assert_int_equal(metric->help[strlen(metric->help) - 1], '.');
		assert_non_null(strstr(metric->query, metric->name));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(metric->name, metric_rows[j].name);
	}
	assert_string_equal(metric_unit(&metric_rows[METRIC_MEMORY_PRESSURE]), "seconds");
	assert_string_equal(metric_unit(&metric_rows[METRIC_POOL]), "bytes");
	assert_null(metric_unit(&metric_rows[METRIC_OOM_KILLS]));
	assert_true(metric_is_counter(&metric_rows[METRIC_OOM_KILLS]));
	assert_false(metric_is_counter(&metric_rows[METRIC_MEMORY_LIMIT]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_router_becomes_the_expected_document),
		cmocka_unit_test(each_compared_setting_has_one_series_and_drift_is_1),
		cmocka_unit_test(the_budget_is_its_terms_and_the_planned_processes),
		cmocka_unit_test(without_a_profile_nothing_is_said_of_drift),
		cmocka_unit_test(a_router_that_could_not_be_looked_at_is_down_and_counted),
		cmocka_unit_test(
			bytes_that_are_no_utf_8_and_names_that_then_are_equal_do_not_break_the_document),
		cmocka_unit_test(a_series_has_the_labels_that_its_row_names),
		cmocka_unit_test(names_and_texts_follow_the_conventions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
