/* SPDX-License-Identifier: MIT */
/*
 * What is advised. Each folder below tests/fixtures/advice is a case: `samples.jsonl` what was seen,
 * `profile.json` what is wished (may be missing), `expected.json` what must come out of it:
 *
 *   rows    by setting; of each row the members that are given: change, current, recommended, enough,
 *           confidence; reason: texts that must be in it
 *   notes   texts, each in one of the notes
 *   no      texts that are in no note and no reason
 *   objects texts, each in one of the lines "registrations: …", "dialogs: …", "transactions: …", "start: …"
 *   corrections, margin, confidence, error
 *
 * Then laws, held against a grid of observations.
 */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "advise/advise.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/json_value.h"
#include "profile/profile.h"
#include "router/router.h"
#include "sizing/sizing.h"
#include "stats/sample_lines.h"

/* Where a case says nothing else. */
#define MARGIN_OF_CASES 25

static int add(const struct sample *sample, void *data, struct error *error)
{
	return observation_add(data, sample, error);
}

static int observe(const char *path, struct observation *seen, struct error *error)
{
	cleanup_sample_lines struct sample_lines lines = {0};
	cleanup_fclose FILE *stream = fopen(path, "re");
	assert_non_null(stream);
	if (sample_lines_read(stream, add, seen, &lines, error) < 0)
		return -1;
	if (lines.fault_count)
		fail_msg("%s:%zu: %s", path, lines.faults[0].line, lines.faults[0].message);
	return observation_finish(seen, error);
}

static bool load_profile(const char *folder, struct profile *profile)
{
	cleanup_free char *path = path_join(folder, "profile.json");
	const struct profile_search search = {0};
	const struct profile_request request = {.name = path, .search = &search};
	struct problems problems = {0};

	if (access(path, F_OK) != 0)
		return false;
	if (profile_load(&request, profile, &problems) < 0)
		fail_msg("%s: %s", path, problems.items[0].message);
	problems_clear(&problems);
	return true;
}

/* ---- comparing ---- */

static unsigned differs(const char *name, const char *what, const char *expected, const char *actual)
{
	print_error("%s: %s: expected %s, but is %s\n", name, what, expected, actual);
	return 1;
}

static unsigned compare_text(const char *name, const char *what, const json_t *expected, const char *actual)
{
	const char *text = json_string_value(expected);
	return text && strcmp(text, actual) != 0 ? differs(name, what, text, actual) : 0;
}

static unsigned compare_value(const char *name, const char *what, const json_t *expected,
			      const struct value *value)
{
	if (!expected)
		return 0;
	json_auto_t *actual = json_from_value(value);
	cleanup_free char *a = json_dumps(expected, JSON_ENCODE_ANY);
	cleanup_free char *b = json_dumps(actual, JSON_ENCODE_ANY);
	return json_equal(expected, actual) ? 0 : differs(name, what, a, b);
}

static unsigned compare_row(const char *name, const char *setting, const json_t *expected,
			    const struct recommendation *row)
{
	const json_t *piece;
	size_t i;
	unsigned wrong = 0;
	cleanup_free char *what = xasprintf("%s of %s", setting, name);

	wrong += compare_text(what, "change", json_object_get(expected, "change"), change_name(row->change));
	wrong += compare_text(what, "confidence", json_object_get(expected, "confidence"),
			      confidence_name(row->confidence));
	wrong += compare_value(what, "current", json_object_get(expected, "current"), &row->current);
	wrong += compare_value(what, "recommended", json_object_get(expected, "recommended"),
			       &row->recommended);
	wrong += compare_value(what, "enough", json_object_get(expected, "enough"), &row->enough);
	json_array_foreach(json_object_get(expected, "reason"), i,
			   piece) if (!strstr(row->reason, json_string_value(piece))) wrong +=
		differs(what, "reason", json_string_value(piece), row->reason);
	return wrong;
}

static const struct recommendation *row_of(const struct advice *advice, const char *setting)
{
	for (size_t i = 0; i < ADVICE_ROWS; i++)
		if (advice->rows[i].setting && strcmp(advice->rows[i].setting, setting) == 0)
			return &advice->rows[i];
	return NULL;
}

static char *all_texts(const struct advice *advice)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	for (size_t i = 0; i < advice->note_count; i++)
		fprintf(out, "%s\n", advice->notes[i]);
	for (size_t i = 0; i < ADVICE_ROWS; i++)
		if (advice->rows[i].reason)
			fprintf(out, "%s: %s\n", advice->rows[i].setting, advice->rows[i].reason);
	fclose(out);
	return text;
}

static unsigned compare_texts(const char *name, const json_t *expected, const struct advice *advice)
{
	const json_t *piece;
	size_t i;
	unsigned wrong = 0;
	cleanup_free char *all = all_texts(advice);

	json_array_foreach(json_object_get(expected, "notes"), i,
			   piece) if (!strstr(all, json_string_value(piece))) wrong +=
		differs(name, "note", json_string_value(piece), all);
	json_array_foreach(json_object_get(expected, "no"), i,
			   piece) if (strstr(all, json_string_value(piece))) wrong +=
		differs(name, "no such text", json_string_value(piece), all);
	return wrong;
}

static unsigned compare_corrections(const char *name, const json_t *expected, const struct advice *advice)
{
	json_auto_t *actual = json_object();
	for (size_t i = 0; i < advice->correction_count; i++)
		json_object_set_new(actual, advice->corrections[i].key,
				    json_string(advice->corrections[i].value));
	cleanup_free char *text = json_dumps(actual, 0);
	return !expected || json_equal(expected, actual) ? 0 : differs(name, "corrections", "others", text);
}

static unsigned compare_objects(const char *name, const json_t *expected, const struct objects_seen *objects)
{
	cleanup_free char *all = NULL;
	const json_t *piece;
	size_t size, i;
	unsigned wrong = 0;
	FILE *out = open_memstream(&all, &size);

	for (enum counted counted = 0; counted < COUNTED_KINDS; counted++) {
		cleanup_free char *text = object_text(objects, counted);
		fprintf(out, "%s: %s\n", counted_plural(counted), text);
	}
	if (objects->start.known)
		fprintf(out, "start: %" PRIu64 "\n", objects->start.is);
	else
		fprintf(out, "start: not known\n");
	fclose(out);
	json_array_foreach(expected, i, piece) if (!strstr(all, json_string_value(piece))) wrong +=
		differs(name, "objects", json_string_value(piece), all);
	return wrong;
}

static unsigned compare(const char *name, const json_t *expected, const struct advice *advice)
{
	const char *setting;
	json_t *wanted;
	unsigned wrong = 0;

	json_object_foreach(json_object_get(expected, "rows"), setting, wanted)
	{
		const struct recommendation *row = row_of(advice, setting);
		if (row && json_is_null(wanted))
			wrong += differs(name, setting, "no row", row->reason);
		else if (!row && !json_is_null(wanted))
			wrong += differs(name, setting, "a row", "none");
		else if (row)
			wrong += compare_row(name, setting, wanted, row);
	}
	wrong += compare_text(name, "confidence", json_object_get(expected, "confidence"),
			      confidence_name(advice->confidence));
	wrong += compare_corrections(name, json_object_get(expected, "corrections"), advice);
	wrong += compare_objects(name, json_object_get(expected, "objects"), &advice->objects);
	return wrong + compare_texts(name, expected, advice);
}

static unsigned margin_of(const json_t *expected)
{
	const json_t *margin = json_object_get(expected, "margin");
	return margin ? (unsigned)json_integer_value(margin) : MARGIN_OF_CASES;
}

/* What is recommended is what the budget takes: the launch that follows is not refused. Nothing is to be held
 * where nothing could be said. */
static unsigned check_fits(const char *name, const struct advice_request *request,
			   const struct advice *advice)
{
	uint64_t of[ADVICE_ROWS];
	for (size_t i = 0; i < ADVICE_ROWS; i++) {
		const struct recommendation *row = &advice->rows[i];
		const struct value *value =
			row->recommended.kind != VALUE_NONE ? &row->recommended : &row->current;
		if (!row->setting || value->kind == VALUE_NONE || advice->rows[i].change == CHANGE_UNKNOWN)
			return 0;
		of[i] = value->number[0];
	}
	const struct budget_request launch = {
		.limit_bytes = of[ADVICE_MEMORY_MAX],
		.page_bytes = request->page_bytes,
		.processes = of[ADVICE_PROCESSES],
		.costs = request->router->costs,
		.shared_fixed = true,
		.private_fixed = true,
		.shared_bytes = of[ADVICE_SHARED] * MIB,
		.private_bytes = of[ADVICE_PRIVATE] * MIB,
		.connections = request->profile && request->profile->sizing.connections.kind == COUNT_NUMBER
				       ? request->profile->sizing.connections.number
				       : request->router->connections_default,
	};
	struct budget budget;
	cleanup_error struct error error = {0};
	if (budget_solve(&launch, &budget, &error) == 0)
		return 0;
	return differs(name, "the budget", "to take it", error.message);
}

static unsigned run_case(const char *name)
{
	cleanup_free char *folder = path_join(FIXTURES "/advice", name);
	cleanup_free char *samples = path_join(folder, "samples.jsonl");
	cleanup_free char *path = path_join(folder, "expected.json");
	json_error_t fault;
	json_auto_t *expected = json_load_file(path, 0, &fault);
	cleanup_observation struct observation seen = {0};
	cleanup_advice struct advice advice = {0};
	cleanup_error struct error error = {0};
	struct profile profile = {0};

	if (!expected)
		fail_msg("%s:%d: %s", path, fault.line, fault.text);
	const json_t *refusal = json_object_get(expected, "error");
	if (observe(samples, &seen, &error) < 0)
		return refusal ? compare_text(name, "error", refusal, error.message)
			       : differs(name, "error", "none", error.message);
	if (refusal)
		return differs(name, "error", json_string_value(refusal), "none");
	const struct advice_request request = {
		.seen = &seen,
		.router = router_find(seen.router, NULL),
		.profile = load_profile(folder, &profile) ? &profile : NULL,
		.page_bytes = 4096,
		.margin_percent = margin_of(expected),
	};
	advise(&request, &advice);
	unsigned wrong = compare(name, expected, &advice);
	wrong += advice.correction_count ? 0 : check_fits(name, &request, &advice);
	profile_clear(&profile);
	return wrong;
}

static void each_case_is_advised_as_expected(void **state)
{
	cleanup_closedir DIR *cases = opendir(FIXTURES "/advice");
	unsigned count = 0, wrong = 0;
	(void)state;

	assert_non_null(cases);
	for (const struct dirent *entry; (entry = readdir(cases)); count += entry->d_name[0] != '.')
		if (entry->d_name[0] != '.')
			wrong += run_case(entry->d_name);
	assert_int_equal(wrong, 0);
	assert_true(count >= 25);
}

/* ---- laws ---- */

/* What a router used, and what it has. */
struct situation {
	const char *router;
	uint64_t shared_mib, private_mib, limit_mib, processes, files; /* in force */
	uint64_t shared_used, fragments, private_used, descriptors;    /* bytes, pieces, bytes */
	bool busy;
};

static struct sample sample_of(const struct situation *s)
{
	struct sample sample = {
		.at_ms = 1000,
		.pid = 7,
		.router = (char *)s->router,
		.uptime_s = value_number(VALUE_COUNT, 7200),
		.memory_max = value_number(VALUE_BYTES, s->limit_mib * MIB),
		.processes = s->processes,
		.shm_mib = value_number(VALUE_MIB, s->shared_mib),
		.pkg_mib = value_number(VALUE_MIB, s->private_mib),
		.nofile = value_number(VALUE_COUNT, s->files),
		.descriptors = value_number(VALUE_COUNT, s->descriptors),
		.requests = value_number(VALUE_COUNT, s->busy ? 100000 : 100),
		.has_pools = true,
	};
	sample.shared.real_used = value_number(VALUE_BYTES, s->shared_used / 2);
	sample.shared.max_used = value_number(VALUE_BYTES, s->shared_used);
	sample.shared.fragments = value_number(VALUE_COUNT, s->fragments);
	sample.stats.numbers[GROUP_STAT_SHMEM] = value_number(VALUE_BYTES, s->shared_used);
	sample.stats.numbers[GROUP_STAT_ANON] = value_number(VALUE_BYTES, 10 * MIB);
	return sample;
}

/* Two samples, of an hour: what has no maximum is judged by the watch. */
static struct situation advised(const struct situation *s, enum change changes[ADVICE_ROWS])
{
	struct private_pool pool = {.pool = {.real_used = value_number(VALUE_BYTES, s->private_used)}};
	struct profile profile = {.sizing = {.processes = {COUNT_NUMBER, s->processes, SOURCE_PROFILE}}};
	cleanup_observation struct observation seen = {0};
	cleanup_advice struct advice advice = {0};
	struct situation after = *s;

	for (int hour = 0; hour < 2; hour++) {
		struct sample sample = sample_of(s);
		sample.at_ms += INT64_C(3600000) * hour;
		sample.uptime_s.number[0] += 3600u * (unsigned)hour;
		sample.requests.number[0] += (s->busy ? 50000u : 1u) * (unsigned)hour;
		sample.privates = &pool;
		sample.private_count = 1;
		assert_int_equal(observation_add(&seen, &sample, NULL), 0);
	}
	assert_int_equal(observation_finish(&seen, NULL), 0);
	const struct advice_request request = {
		.seen = &seen,
		.router = router_find(s->router, NULL),
		.profile = &profile,
		.page_bytes = 4096,
		.margin_percent = MARGIN_OF_CASES,
	};
	advise(&request, &advice);
	assert_int_equal(check_fits("a situation", &request, &advice), 0);
	after.shared_mib = advice.rows[ADVICE_SHARED].recommended.number[0];
	after.private_mib = advice.rows[ADVICE_PRIVATE].recommended.number[0];
	after.processes = advice.rows[ADVICE_PROCESSES].recommended.number[0];
	after.files = advice.rows[ADVICE_NOFILE].recommended.number[0];
	after.limit_mib = advice.rows[ADVICE_MEMORY_MAX].recommended.number[0] / MIB;
	for (size_t i = 0; i < ADVICE_ROWS; i++)
		changes[i] = advice.rows[i].change;
	return after;
}

typedef void law(const struct situation *situation);

#define EACH(VALUE, ...) \
	for (const uint64_t *VALUE##_at = (const uint64_t[]){__VA_ARGS__, 0}; *VALUE##_at; VALUE##_at++)

/* Calls the law for each; prints the situation where it does not hold. */
static void for_each_situation(law *holds)
{
	static const char *const names[] = {"kamailio", "opensips"};
	for (size_t i = 0; i < 4; i++)
		EACH(shared, 32, 63, 65, 404, 4096)
	EACH(used, MIB, 20 * MIB, 50 * MIB, 52 * MIB, 63 * MIB, 300 * MIB, 400 * MIB)
	EACH(pieces, 1, 800, 100000)
	EACH(private, 4, 8, 64)
	EACH(own, 100 * KIB, 3 * MIB, 4 * MIB)
	EACH(files, 1024, 65536, 1u << 30)
	{
		const struct situation s = {
			.router = names[i / 2],
			.busy = i % 2,
			.shared_mib = *shared_at,
			.private_mib = *private_at,
			.limit_mib = 600,
			.processes = 15,
			.files = *files_at,
			.shared_used = *used_at,
			.fragments = *pieces_at,
			.private_used = *own_at,
			.descriptors = 300,
		};
		if (s.shared_used <= s.shared_mib * MIB)
			holds(&s);
	}
}

static void fail_situation(const struct situation *s, const char *sentence)
{
	print_error("%s, -m %" PRIu64 " -M %" PRIu64 ", %" PRIu64 " files, %" PRIu64
		    " processes, limit %" PRIu64 " MiB; used %" PRIu64 " in %" PRIu64 " pieces, %" PRIu64
		    " private; busy: %d\n",
		    s->router, s->shared_mib, s->private_mib, s->files, s->processes, s->limit_mib,
		    s->shared_used, s->fragments, s->private_used, s->busy);
	fail_msg("does not hold: %s", sentence);
}

static void is_a_fixed_point(const struct situation *situation)
{
	enum change changes[ADVICE_ROWS];
	const struct situation once = advised(situation, changes);

	advised(&once, changes);
	for (size_t i = 0; i < ADVICE_ROWS; i++)
		if (changes[i] != CHANGE_KEEP)
			fail_situation(situation, "advice that was taken changes no more");
}

static void is_monotone(const struct situation *situation)
{
	enum change changes[ADVICE_ROWS];
	struct situation less = advised(situation, changes), grown = *situation;

	grown.shared_used += grown.shared_used / 10;
	grown.private_used += grown.private_used / 10;
	grown.fragments += grown.fragments / 10;
	grown.descriptors *= 2;
	struct situation more = advised(&grown, changes);
	if (more.shared_mib < less.shared_mib || more.private_mib < less.private_mib ||
	    more.limit_mib < less.limit_mib)
		fail_situation(situation, "more use never gives less memory");
}

static void takes_nothing_from_the_idle(const struct situation *situation)
{
	enum change changes[ADVICE_ROWS];
	struct situation after = advised(situation, changes);
	if (!situation->busy &&
	    (after.shared_mib < situation->shared_mib || after.private_mib < situation->private_mib ||
	     after.limit_mib < situation->limit_mib || after.files < situation->files))
		fail_situation(situation, "nothing is lowered where little was seen");
}

static void leaves_the_margin(const struct situation *situation)
{
	enum change changes[ADVICE_ROWS];
	struct situation after = advised(situation, changes);
	const struct router *router = router_find(situation->router, NULL);
	if (after.shared_mib * MIB < situation->shared_used * 5 / 4 ||
	    after.private_mib * MIB < situation->private_used * 3 / 2)
		fail_situation(situation, "what was used fits with its margin");
	if (after.shared_mib != situation->shared_mib &&
	    (after.shared_mib == router->shm_avoid_mib || after.shared_mib < router->shm_min_mib))
		fail_situation(situation, "the router takes what is advised");
	if (after.descriptors * 3 / 2 > after.files)
		fail_situation(situation, "the descriptors fit");
}

static void advice_that_was_taken_changes_no_more(void **state)
{
	(void)state;
	for_each_situation(is_a_fixed_point);
}

static void more_use_never_gives_less_memory(void **state)
{
	(void)state;
	for_each_situation(is_monotone);
}

static void nothing_is_lowered_where_little_was_seen(void **state)
{
	(void)state;
	for_each_situation(takes_nothing_from_the_idle);
}

static void what_was_used_fits_with_its_margin(void **state)
{
	(void)state;
	for_each_situation(leaves_the_margin);
}

/* ---- the ends of what can be said ---- */

/* Ages and times whose differences would leave 64 bits; a sanitizer sees it. */
static void no_age_of_a_router_is_too_much(void **state)
{
	static const uint64_t ages[] = {0,         UINT64_C(253402300799), INT64_MAX / 4000, INT64_MAX / 1000,
					INT64_MAX, UINT64_MAX - 1};
	static const int64_t times[] = {0, INT64_C(253402300799999)};
	char router[] = "kamailio";
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ages) * ARRAY_SIZE(ages); i++) {
		struct observation seen = {0};
		for (size_t j = 0; j < ARRAY_SIZE(times); j++) {
			uint64_t age = ages[j ? i / ARRAY_SIZE(ages) : i % ARRAY_SIZE(ages)];
			const struct sample sample = {.at_ms = times[j],
						      .pid = 1,
						      .router = router,
						      .processes = 1,
						      .uptime_s = value_number(VALUE_COUNT, age)};
			assert_int_equal(observation_add(&seen, &sample, NULL), 0);
		}
		observation_finish(&seen, NULL);
		observation_clear(&seen);
	}
}

static void there_is_an_end_to_samples(void **state)
{
	struct observation seen = {.count = OBSERVATION_MAX};
	cleanup_error struct error error = {0};
	(void)state;
	assert_int_equal(observation_add(&seen, &(struct sample){0}, &error), -1);
	assert_non_null(strstr(error.message, "more than 10000000 samples"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case_is_advised_as_expected),
		cmocka_unit_test(advice_that_was_taken_changes_no_more),
		cmocka_unit_test(more_use_never_gives_less_memory),
		cmocka_unit_test(nothing_is_lowered_where_little_was_seen),
		cmocka_unit_test(what_was_used_fits_with_its_margin),
		cmocka_unit_test(no_age_of_a_router_is_too_much),
		cmocka_unit_test(there_is_an_end_to_samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
