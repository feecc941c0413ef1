/* SPDX-License-Identifier: MIT */
/*
 * What a workload needs and what a limit carries: the table's arithmetic by hand, and the laws that hold of
 * any table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/router.h"
#include "sizing/capacity.h"

static const struct costs *costs_of(const char *router)
{
	return router_find(router, NULL)->costs;
}

static struct budget_request request_of(uint64_t limit_bytes, uint64_t processes)
{
	return (struct budget_request){
		.limit_bytes = limit_bytes,
		.page_bytes = 4096,
		.processes = processes,
		.costs = costs_of("kamailio"),
		.shared_min_mib = 1,
		.private_min_mib = 1,
		.shared_avoid_mib = 64,
		.connections = 2048,
	};
}

/* By key: UINT64_MAX is "not given". */
static struct workload workload_of(uint64_t registrations, uint64_t dialogs, uint64_t calls, uint64_t seconds,
				   uint64_t connections)
{
	const uint64_t numbers[WORKLOAD_KEYS] = {registrations, dialogs,     calls,
						 seconds,       connections, UINT64_MAX};
	struct workload workload = {0};
	for (int key = 0; key < WORKLOAD_KEYS; key++)
		if (numbers[key] != UINT64_MAX) {
			workload.of[key].given = true;
			workload.of[key].number = numbers[key];
			workload.of[key].source = SOURCE_PROFILE;
		}
	return workload;
}

#define NONE UINT64_MAX

static struct need need_of(struct workload workload)
{
	struct need need;
	need_compute(costs_of("kamailio"), &workload, &need);
	assert_true(need.measured);
	return need;
}

static uint64_t each(enum object object)
{
	const struct footprints *with = footprints_nearest(costs_of("kamailio"), NULL, NULL);
	const struct registration_texts usual = {0};
	assert_non_null(with);
	return with->of[object].bytes +
	       (object == OBJECT_REGISTRATION ? texts_pool_bytes(&with->text_block, &usual) : 0);
}

static void solve(const struct budget_request *base, const struct workload *workload, struct budget *budget,
		  struct capacity *capacity)
{
	struct budget_request request = workload_request(base, workload);
	assert_int_equal(budget_solve(&request, budget, NULL), 0);
	capacity_compute(base, workload, budget, capacity);
}

/* Which router is there, and which row is taken for it. */
static const struct {
	const char *router, *version, *allocator, *measured, *measured_allocator, *text;
} versions[] = {
	{"kamailio", "5.6.3", NULL, "Kamailio 5.6.3", "q_malloc", "Kamailio 5.6.3"},
	{"kamailio", "5.6.3", "qm", "Kamailio 5.6.3", "q_malloc", "Kamailio 5.6.3"},
	{"kamailio", "5.5.0", NULL, "Kamailio 5.6.3", "q_malloc", "Kamailio 5.6.3; this is 5.5.0"},
	{"kamailio", "5.7.2", NULL, "Kamailio 5.6.3", "q_malloc", "Kamailio 5.6.3; this is 5.7.2"},
	{"kamailio", "5.8.4", NULL, "Kamailio 6.0.1", "q_malloc", "Kamailio 6.0.1; this is 5.8.4"},
	{"kamailio", "6.1.0-dev2", NULL, "Kamailio 6.0.1", "q_malloc", "Kamailio 6.0.1; this is 6.1.0-dev2"},
	{"kamailio", "6.0.1", "tlsf", "Kamailio 6.0.1", "q_malloc",
	 "Kamailio 6.0.1; allocator tlsf is not measured, q_malloc is"},
	{"kamailio", NULL, NULL, "Kamailio 6.0.1", "q_malloc",
	 "Kamailio 6.0.1; the version here is not known: this is the most expensive one measured"},
	{"opensips", "2.4.11", NULL, "OpenSIPS 3.4.18", "f_malloc", "OpenSIPS 3.4.18; this is 2.4.11"},
	{"opensips", "3.4.18", NULL, "OpenSIPS 3.4.18", "f_malloc", "OpenSIPS 3.4.18"},
	{"opensips", "3.5.2", NULL, "OpenSIPS 3.6.8", "f_malloc", "OpenSIPS 3.6.8; this is 3.5.2"},
	{"opensips", "3.6.8", "F_MALLOC_DBG", "OpenSIPS 3.6.8", "f_malloc", "OpenSIPS 3.6.8"},
	{"opensips", "4.0.1", NULL, "OpenSIPS 4.0.1", "f_malloc", "OpenSIPS 4.0.1"},
	{"opensips", "4.1.0-beta", NULL, "OpenSIPS 4.0.1", "f_malloc", "OpenSIPS 4.0.1; this is 4.1.0-beta"},
	{"opensips", "3.6.8", "Q_MALLOC_DBG", "OpenSIPS 3.6.8", "q_malloc", "OpenSIPS 3.6.8"},
	{"opensips", "4.0.1", "HP_MALLOC", "OpenSIPS 4.0.1", "f_malloc",
	 "OpenSIPS 4.0.1; allocator HP_MALLOC is not measured, f_malloc is"},
	{"opensips", NULL, NULL, "OpenSIPS 3.6.8", "f_malloc",
	 "OpenSIPS 3.6.8; the version here is not known: this is the most expensive one measured"},
	{"opensips", "9", NULL, "OpenSIPS 3.6.8", "f_malloc", "OpenSIPS 3.6.8; this is 9"},
};

static void the_row_that_is_taken_is_named_with_what_differs_from_this_router(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		const struct footprints *with = footprints_nearest(
			costs_of(versions[i].router), versions[i].version, versions[i].allocator);
		cleanup_free char *text = footprints_text(with, versions[i].version, versions[i].allocator);
		assert_string_equal(text, versions[i].text);
	}
}

static void what_a_workload_needs_is_of_the_routers_version_and_allocator(void **state)
{
	(void)state;
	struct workload workload = workload_of(1000, 200, 30, NONE, 10);
	struct need need;

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		const struct footprints *with = footprints_nearest(
			costs_of(versions[i].router), versions[i].version, versions[i].allocator);
		workload.version = versions[i].version;
		workload.allocator = versions[i].allocator;
		need_compute(costs_of(versions[i].router), &workload, &need);
		assert_ptr_equal(need.with, with);
		assert_int_equal(need.terms[OBJECT_BYE].bytes, 150 * with->of[OBJECT_BYE].bytes);
		assert_int_equal(need.private_bytes, with->private_bytes);
	}
}

static void every_row_says_how_it_was_measured(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		const struct footprints *with = footprints_nearest(
			costs_of(versions[i].router), versions[i].version, versions[i].allocator);
		assert_non_null(with);
		assert_string_equal(with->version, versions[i].measured);
		assert_string_equal(with->allocator, versions[i].measured_allocator);
		assert_true(with->private_bytes > 0);
		for (enum object object = 0; object < OBJECT_COUNT; object++) {
			if (object == OBJECT_TLS && strcmp(with->allocator_option, "Q_MALLOC") == 0)
				continue; /* not measured */
			assert_true(with->of[object].bytes > 0 && with->of[object].bytes < UINT64_C(1) << 32);
			assert_true(with->of[object].error_hundredths > 0);
			assert_true(with->of[object].error_hundredths <= 1600);
			assert_true(*with->modules[object] && *with->how[object]);
		}
	}
}

/* What usrloc's texts were, and what a registration then took: 2,000 of each (docs/measurements.md). */
static const struct {
	const char *router, *version, *allocator;
	uint64_t lengths[TEXT_COUNT]; /* AoR, contact, Call-ID, User-Agent, instance, received, Path */
	uint64_t bytes;
} measured_registrations[] = {
	{"kamailio", "5.6.3", NULL, {29, 51, 36, 28, 0, 22, 0}, 1352},
	{"kamailio", "5.6.3", NULL, {29, 51, 36, 28, 0, 0, 0}, 1224},
	{"kamailio", "5.6.3", NULL, {50, 100, 36, 45, 47, 0, 0}, 1464},
	{"kamailio", "5.6.3", NULL, {50, 100, 36, 45, 47, 22, 0}, 1592},
	{"kamailio", "5.6.3", NULL, {29, 56, 36, 28, 0, 22, 0}, 1361},
	{"kamailio", "5.6.3", NULL, {29, 120, 36, 28, 0, 22, 0}, 1425},
	{"kamailio", "5.6.3", NULL, {33, 51, 36, 28, 0, 22, 0}, 1361},
	{"kamailio", "5.6.3", NULL, {29, 51, 80, 28, 0, 22, 0}, 1402},
	{"kamailio", "5.6.3", NULL, {29, 51, 36, 0, 0, 22, 0}, 1329},
	{"kamailio", "5.6.3", NULL, {29, 51, 36, 80, 0, 22, 0}, 1410},
	{"kamailio", "5.6.3", NULL, {29, 51, 36, 28, 47, 22, 0}, 1507},
	{"opensips", "3.6.8", NULL, {29, 51, 36, 28, 0, 22, 0}, 1304},
	{"opensips", "3.6.8", NULL, {29, 51, 36, 28, 0, 0, 0}, 1224},
	{"opensips", "3.6.8", NULL, {50, 100, 36, 45, 47, 0, 0}, 1416},
	{"opensips", "3.6.8", NULL, {50, 100, 36, 45, 47, 22, 0}, 1496},
	{"opensips", "3.6.8", NULL, {29, 120, 36, 28, 0, 22, 0}, 1368},
	{"opensips", "3.6.8", NULL, {33, 51, 36, 28, 0, 22, 0}, 1312},
	{"opensips", "3.6.8", NULL, {29, 51, 80, 28, 0, 22, 0}, 1344},
	{"opensips", "3.6.8", NULL, {29, 51, 36, 0, 0, 22, 0}, 1281},
	{"opensips", "3.6.8", NULL, {29, 51, 36, 80, 0, 22, 0}, 1360},
	{"opensips", "3.6.8", NULL, {29, 51, 36, 28, 80, 22, 0}, 1440},
	{"opensips", "3.4.18", NULL, {29, 51, 36, 28, 0, 22, 0}, 1305},
	{"opensips", "4.0.1", NULL, {29, 51, 36, 28, 0, 22, 0}, 1304},
	{"opensips", "4.0.1", NULL, {29, 179, 36, 28, 0, 22, 0}, 1435},
	{"opensips", "3.6.8", "Q_MALLOC", {29, 51, 36, 28, 0, 22, 0}, 1705},
	{"opensips", "3.6.8", "Q_MALLOC", {29, 51, 36, 28, 0, 0, 0}, 1584},
	{"opensips", "3.6.8", "Q_MALLOC", {29, 179, 36, 28, 0, 22, 0}, 1835},
	{"kamailio", "6.0.1", NULL, {29, 51, 36, 28, 0, 22, 0}, 1457},
	{"kamailio", "6.0.1", NULL, {29, 179, 36, 28, 0, 22, 0}, 1585},
};

static void a_registration_takes_what_its_texts_took_when_they_were_measured(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(measured_registrations); i++) {
		struct workload workload = workload_of(1, NONE, NONE, NONE, NONE);
		struct need need;
		for (enum registration_text text = 0; text < TEXT_COUNT; text++) {
			workload.texts.of[text].given = true;
			workload.texts.of[text].bytes = measured_registrations[i].lengths[text];
		}
		workload.version = measured_registrations[i].version;
		workload.allocator = measured_registrations[i].allocator;
		need_compute(costs_of(measured_registrations[i].router), &workload, &need);
		uint64_t each = need.terms[OBJECT_REGISTRATION].each, seen = measured_registrations[i].bytes;
		if (each > seen + seen / 200 || seen > each + each / 200)
			fail_msg("row %zu: %" PRIu64 " bytes, measured %" PRIu64, i, each, seen);
		assert_int_equal(need.terms[OBJECT_REGISTRATION].basis, EACH_TEXTS);
	}
}

static void a_longer_text_never_takes_less(void **state)
{
	(void)state;
	static const uint64_t lengths[] = {0, 1, 7, 8, 9, 100, 65535, UINT64_MAX};
	static const char *const names[] = {"kamailio", "opensips"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct text_block *block =
			&footprints_nearest(costs_of(names[i]), NULL, NULL)->text_block;
		for (enum registration_text text = 0; text < TEXT_COUNT; text++) {
			uint64_t before = 0;
			for (size_t k = 0; k < ARRAY_SIZE(lengths); k++) {
				struct registration_texts texts = {0};
				texts.of[text].given = true;
				texts.of[text].bytes = lengths[k];
				uint64_t now = texts_pool_bytes(block, &texts);
				assert_true(now >= before && now > 0);
				before = now;
			}
		}
	}
}

static void what_this_router_was_seen_to_take_wins_over_the_table(void **state)
{
	(void)state;
	struct workload workload = workload_of(1000, 200, 30, 20, NONE);
	workload.learned.known[LEARNED_REGISTRATION] = workload.learned.known[LEARNED_TRANSACTION] = true;
	workload.learned.bytes[LEARNED_REGISTRATION] = 1700;
	workload.learned.bytes[LEARNED_TRANSACTION] = 15000;
	workload.texts.of[TEXT_CONTACT].given = true;
	workload.texts.of[TEXT_CONTACT].bytes = 5000;
	struct need need = need_of(workload);
	uint64_t kept = 1000 * 1700 + 200 * each(OBJECT_DIALOG) + (30 * 20 + 30 * 5) * 15000;
	assert_int_equal(need.shared_bytes, each(OBJECT_START) + kept + kept / 10);
	assert_int_equal(need.terms[OBJECT_REGISTRATION].basis, EACH_LEARNED);
	assert_int_equal(need.terms[OBJECT_DIALOG].basis, EACH_MEASURED);
	assert_int_equal(need.terms[OBJECT_BYE].each, 15000);

	/* and lets a router be planned for that is in no table */
	for (enum learned_object object = 0; object < LEARNED_COUNT; object++) {
		workload.learned.known[object] = true;
		workload.learned.bytes[object] = object == LEARNED_START ? 4000000 : 10000;
	}
	need_compute(costs_of("generic"), &workload, &need);
	assert_true(need.measured);
	assert_int_equal(need.shared_bytes, 4000000 + (1000 + 200 + 750) * 11000);
}

static void nobody_has_measured_a_generic_program(void **state)
{
	(void)state;
	struct workload workload = workload_of(10, NONE, NONE, NONE, NONE);
	struct budget_request base = request_of(GIB, 14);
	struct budget budget;
	struct capacity capacity;

	base.costs = costs_of("generic");
	solve(&base, &workload, &budget, &capacity);
	assert_true(capacity.given);
	assert_false(capacity.need.measured || capacity.any_measured || capacity.fits);
	assert_int_equal(capacity.need.shared_bytes, 0);
	assert_int_equal(capacity.smallest_limit_bytes, 0);
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		assert_false(capacity.max[key].measured);
	assert_null(footprints_nearest(costs_of("generic"), "5.6.3", "qm"));
}

static void nothing_to_do_needs_what_is_there_at_the_start(void **state)
{
	(void)state;
	struct need none = need_of((struct workload){0}), zeros = need_of(workload_of(0, 0, 0, 15, 0));
	assert_int_equal(none.shared_bytes, each(OBJECT_START));
	assert_int_equal(zeros.shared_bytes, each(OBJECT_START));
	assert_int_equal(zeros.margin_bytes, 0);
}

static void a_need_is_the_sum_of_its_objects_and_a_tenth(void **state)
{
	(void)state;
	struct need need = need_of(workload_of(1000, 200, 30, 20, 4));
	uint64_t kept = 1000 * each(OBJECT_REGISTRATION) + 200 * each(OBJECT_DIALOG) +
			30 * 20 * each(OBJECT_INVITE) + 30 * 5 * each(OBJECT_BYE) +
			4 * each(OBJECT_CONNECTION);
	assert_int_equal(need.margin_bytes, kept / 10);
	assert_int_equal(need.shared_bytes, each(OBJECT_START) + kept + kept / 10);
	assert_int_equal(need.terms[OBJECT_INVITE].count, 600);
	assert_string_equal(need.terms[OBJECT_INVITE].formula, "30 a second x 20 s");
	assert_int_equal(need.terms[OBJECT_BYE].count, 150);
	/* a transaction is kept for 15 s where nobody says how long */
	assert_int_equal(need_of(workload_of(NONE, NONE, 30, NONE, NONE)).terms[OBJECT_INVITE].count, 450);
}

static const uint64_t amounts[] = {0, 1, 7, 100, 12345, 1000000, UINT64_C(1) << 40, UINT64_MAX - 1};

static void more_of_anything_never_needs_less(void **state)
{
	(void)state;
	for (int key = 0; key < WORKLOAD_KEYS; key++) {
		uint64_t before = 0;
		for (size_t i = 0; i < ARRAY_SIZE(amounts); i++) {
			struct workload workload = workload_of(5, 6, 7, 8, 9);
			workload.of[key].number = amounts[i];
			uint64_t now = need_of(workload).shared_bytes;
			assert_true(now >= before);
			before = now;
		}
	}
}

static void absurd_numbers_saturate(void **state)
{
	(void)state;
	uint64_t max = UINT64_MAX - 1;
	struct workload workload = workload_of(max, max, max, max, max);
	struct budget_request base = request_of(UINT64_C(1) << 60, 14);
	struct budget_request loaded = workload_request(&base, &workload);
	struct budget budget;
	struct capacity capacity;

	assert_int_equal(need_of(workload).shared_bytes, UINT64_MAX);
	assert_false(budget_carries(&loaded));
	assert_int_equal(budget_solve(&loaded, &budget, NULL), -1);
	workload.of[WORKLOAD_CONNECTIONS].number = 1;
	solve(&base, &workload, &budget, &capacity);
	assert_false(capacity.fits);
	assert_int_equal(capacity.smallest_limit_bytes, 0);
	assert_int_equal(capacity.thousandths, 0);
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		assert_true(capacity.max[key].measured == (key != WORKLOAD_SECONDS));
}

/* What is said to be carried at most is carried when it is asked for, and one more is not. */
static void hold_most(const struct budget_request *base, const struct workload *workload,
		      const struct capacity *capacity)
{
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		if (!capacity->max[key].measured)
			continue;
		struct workload one = {0};
		one.of[WORKLOAD_SECONDS] = workload->of[WORKLOAD_SECONDS];
		one.of[key].given = true;
		one.of[key].number = capacity->max[key].number;
		struct budget_request request = workload_request(base, &one);
		/* not even the default number of connections need fit where only their own is judged */
		if (one.of[key].number)
			assert_true(budget_carries(&request));
		one.of[key].number++;
		request = workload_request(base, &one);
		assert_false(budget_carries(&request));
	}
}

static void hold_verdict(const struct budget_request *base, const struct workload *workload,
			 const struct budget *budget, const struct capacity *capacity)
{
	struct budget_request probe = workload_request(base, workload);

	assert_int_equal(capacity->fits, budget->shared_mib * MIB >= capacity->need.shared_bytes);
	assert_int_equal(capacity->fits, capacity->thousandths >= 1000);
	assert_int_equal(capacity->fits, base->limit_bytes >= capacity->smallest_limit_bytes);
	probe.limit_bytes = capacity->smallest_limit_bytes;
	assert_true(budget_carries(&probe));
	probe.limit_bytes -= MIB;
	assert_false(budget_carries(&probe));
}

static const struct workload_numbers {
	uint64_t registrations, dialogs, calls, seconds, connections;
} mixes[] = {
	{1000, NONE, NONE, NONE, NONE},   {100000, 5000, 50, NONE, 2000},  {1, 1, 1, 1, 1},
	{NONE, 200000, 300, 30, NONE},    {NONE, NONE, NONE, NONE, 30000}, {2000000, NONE, NONE, NONE, 0},
	{250000, 10000, 100, 15, 100000},
};

static struct capacity_curve curve_of(const struct budget_request *base, const struct workload *workload)
{
	struct capacity_curve curve;
	struct capacity capacity;
	struct budget budget;

	solve(base, workload, &budget, &capacity);
	capacity_curve(base, workload, &capacity, &curve);
	if (!curve.thousandths)
		return curve;
	uint64_t largest = capacity.thousandths > 1000 ? capacity.thousandths : 1000;
	assert_true(curve.thousandths > largest);
	assert_true(curve.at[CURVE_POINTS - 1].need_bytes > capacity.need.shared_bytes);
	for (uint64_t i = 0; i < CURVE_POINTS; i++) {
		uint64_t thousandths = curve.thousandths * i / (CURVE_POINTS - 1);
		bool carried = curve.at[i].pool_bytes && curve.at[i].need_bytes <= curve.at[i].pool_bytes;
		assert_int_equal(carried, thousandths <= capacity.thousandths);
	}
	return curve;
}

static void a_curve_crosses_the_pool_where_the_limit_ends_the_workload(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mixes); i++) {
		const struct workload workload =
			workload_of(mixes[i].registrations, mixes[i].dialogs, mixes[i].calls,
				    mixes[i].seconds, mixes[i].connections);
		struct budget_request base = request_of(4 * GIB, 14);
		struct capacity_curve curve = curve_of(&base, &workload);
		assert_true(curve.thousandths);
		assert_int_equal(curve.at[0].need_bytes, each(OBJECT_START));
		for (size_t point = 1; point < CURVE_POINTS; point++) {
			assert_true(curve.at[point].need_bytes >= curve.at[point - 1].need_bytes);
			assert_true(curve.at[point].pool_bytes <= curve.at[point - 1].pool_bytes ||
				    mixes[i].connections != NONE);
		}
	}
}

static void a_curve_has_the_numbers_of_what_grows(void **state)
{
	(void)state;
	const struct workload calls = workload_of(NONE, NONE, 50, 30, NONE);
	const struct workload seconds = workload_of(NONE, NONE, NONE, 30, NONE);
	struct budget_request base = request_of(512 * MIB, 14);
	struct capacity_curve curve = curve_of(&base, &calls);

	assert_int_equal(curve.numbers[WORKLOAD_CALLS], 50);
	assert_int_equal(curve.numbers[WORKLOAD_SECONDS], 0);
	assert_int_equal(curve_of(&base, &seconds).thousandths, 0);
}

static void a_larger_limit_never_carries_less(void **state)
{
	(void)state;
	static const uint64_t processes[] = {1, 6, 14, 38, 102};

	for (size_t i = 0; i < ARRAY_SIZE(mixes) * ARRAY_SIZE(processes); i++) {
		const struct workload_numbers *mix = &mixes[i % ARRAY_SIZE(mixes)];
		const struct workload workload = workload_of(mix->registrations, mix->dialogs, mix->calls,
							     mix->seconds, mix->connections);
		struct capacity before = {0};
		for (uint64_t limit = 100 * MIB; limit < 20 * GIB; limit += limit / 23) {
			struct budget_request base =
				request_of(limit / MIB * MIB, processes[i / ARRAY_SIZE(mixes)]);
			struct budget_request loaded = workload_request(&base, &workload);
			struct capacity capacity;
			struct budget budget;
			if (budget_solve(&loaded, &budget, NULL) < 0)
				continue;
			capacity_compute(&base, &workload, &budget, &capacity);
			hold_most(&base, &workload, &capacity);
			hold_verdict(&base, &workload, &budget, &capacity);
			for (int key = 0; key < WORKLOAD_KEYS; key++)
				assert_true(capacity.max[key].number >= before.max[key].number);
			assert_true(capacity.thousandths >= before.thousandths);
			assert_true(capacity.fits || !before.fits);
			before = capacity;
		}
		assert_true(before.fits && before.thousandths >= 1000);
	}
}

static void private_pools_give_way_to_what_is_to_be_carried(void **state)
{
	(void)state;
	struct budget_request base = request_of(GIB, 38);
	struct workload none = {0};
	struct budget budget, loaded;
	struct capacity capacity;

	solve(&base, &none, &budget, &capacity);
	assert_int_equal(budget.private_mib, 8);
	assert_int_equal(capacity.private_mib, 2);
	struct workload workload =
		workload_of(capacity.max[WORKLOAD_REGISTRATIONS].number, NONE, NONE, NONE, NONE);
	solve(&base, &workload, &loaded, &capacity);
	assert_int_equal(loaded.private_mib, 2);
	assert_true(loaded.shared_mib > budget.shared_mib);
	assert_true(capacity.fits);
	assert_non_null(strstr(loaded.warning, "private pools are 2 MiB"));
}

static void a_given_shared_pool_is_what_counts(void **state)
{
	(void)state;
	struct budget_request base = request_of(4 * GIB, 14);
	struct workload workload = workload_of(1000000, NONE, NONE, NONE, NONE);
	struct budget budget;
	struct capacity capacity;

	base.shared_fixed = true;
	base.shared_bytes = 100 * MIB;
	solve(&base, &workload, &budget, &capacity);
	assert_false(capacity.fits);
	assert_int_equal(capacity.smallest_limit_bytes, 0);
	assert_int_equal(capacity.max[WORKLOAD_REGISTRATIONS].number,
			 (100 * MIB - each(OBJECT_START)) * 10 / 11 / each(OBJECT_REGISTRATION));
}

/* Half a registration is none: the limit that carries no whole one carries no part of it. */
static void a_part_of_a_thing_counts_as_a_whole_one(void **state)
{
	(void)state;
	struct budget_request base = request_of(512 * MIB, 14);
	struct workload workload = workload_of(1, NONE, NONE, NONE, NONE);
	struct budget budget;
	struct capacity capacity;

	workload.learned.known[LEARNED_REGISTRATION] = true;
	workload.learned.bytes[LEARNED_REGISTRATION] = GIB;
	solve(&base, &workload, &budget, &capacity);
	assert_false(capacity.fits);
	assert_int_equal(capacity.thousandths, 0);
}

static void connections_that_are_given_are_not_the_workloads(void **state)
{
	(void)state;
	struct budget_request base = request_of(GIB, 14);
	struct workload workload = workload_of(NONE, NONE, NONE, NONE, 500);

	assert_int_equal(workload_request(&base, &workload).connections, 500);
	assert_int_equal(workload_request(&base, &workload).connections_source, SOURCE_PROFILE);
	base.connections_fixed = true;
	assert_int_equal(workload_request(&base, &workload).connections, 2048);
	base.connections_fixed = false;
	workload = workload_of(1, NONE, NONE, NONE, NONE);
	assert_int_equal(workload_request(&base, &workload).connections, 2048);
}

static void connections_with_tls_are_counted_beside_the_others(void **state)
{
	(void)state;
	struct budget_request base = request_of(GIB, 14);
	struct workload workload = workload_of(NONE, NONE, NONE, NONE, 500);

	/* the router has a TLS socket, and nobody says how many use it: all may */
	base.tls_connections = base.connections;
	assert_int_equal(workload_request(&base, &workload).tls_connections, 500);
	workload.of[WORKLOAD_TLS].given = true;
	workload.of[WORKLOAD_TLS].number = 300;
	assert_int_equal(workload_request(&base, &workload).connections, 800);
	assert_int_equal(workload_request(&base, &workload).tls_connections, 300);
	struct need need = need_of(workload);
	assert_int_equal(need.terms[OBJECT_TLS].bytes, 300 * each(OBJECT_TLS));
	assert_int_equal(need.terms[OBJECT_CONNECTION].bytes, 500 * each(OBJECT_CONNECTION));
	workload.of[WORKLOAD_TLS].number = UINT64_MAX;
	workload.of[WORKLOAD_CONNECTIONS].number = UINT64_MAX;
	assert_int_equal(workload_request(&base, &workload).connections, UINT64_MAX);
	base.connections_fixed = true;
	assert_int_equal(workload_request(&base, &workload).tls_connections, 2048);
}

static void what_is_left_in_the_pool_of_a_connection_in_the_heap_counts(void **state)
{
	(void)state;
	struct workload workload = {.version = "4.0.1"};
	struct need need;

	workload.of[WORKLOAD_TLS].given = true;
	workload.of[WORKLOAD_TLS].number = 1000;
	need_compute(costs_of("opensips"), &workload, &need);
	assert_int_equal(need.terms[OBJECT_TLS].bytes, 1552000);
	assert_true(need.measured);
	/* nobody has measured it with this allocator */
	workload.version = "3.6.8";
	workload.allocator = "Q_MALLOC";
	need_compute(costs_of("opensips"), &workload, &need);
	assert_int_equal(need.terms[OBJECT_TLS].basis, EACH_UNKNOWN);
	assert_false(need.measured);
}

static void what_does_not_fit_is_added_up(void **state)
{
	(void)state;
	struct need need = need_of(workload_of(1000000, NONE, 10, NONE, NONE));
	cleanup_error struct error error = {0};

	assert_int_equal(need_refuse(&need, 440, &error), -1);
	assert_non_null(strstr(error.message, "does not fit into a shared pool of 440 MiB"));
	assert_non_null(strstr(error.message, "1000000 x "));
	assert_non_null(strstr(error.message, "INVITE transactions"));
	assert_null(strstr(error.message, "dialogs"));
}

static void what_the_configuration_says_stands_in_place_of_the_table(void **state)
{
	(void)state;
	struct workload workload = {
		.counted = {.start = 6900000, .connection = 66464, .queue = 64 * KIB, .queues = 10 * MIB}};
	struct need need;

	workload.of[WORKLOAD_CONNECTIONS].given = true;
	workload.of[WORKLOAD_CONNECTIONS].number = 100;
	need_compute(costs_of("kamailio"), &workload, &need);
	assert_int_equal(need.terms[OBJECT_START].bytes, 6900000);
	assert_int_equal(need.terms[OBJECT_START].basis, EACH_COUNTED);
	/* 100 queues of 64 KiB are below the bound for all of them, 1000 are not */
	assert_int_equal(need.terms[OBJECT_CONNECTION].bytes, 100 * (66464 + 64 * KIB));
	workload.of[WORKLOAD_CONNECTIONS].number = 1000;
	need_compute(costs_of("kamailio"), &workload, &need);
	assert_int_equal(need.terms[OBJECT_CONNECTION].bytes, 1000 * 66464 + 10 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_configuration_says_stands_in_place_of_the_table),
		cmocka_unit_test(the_row_that_is_taken_is_named_with_what_differs_from_this_router),
		cmocka_unit_test(what_a_workload_needs_is_of_the_routers_version_and_allocator),
		cmocka_unit_test(every_row_says_how_it_was_measured),
		cmocka_unit_test(a_registration_takes_what_its_texts_took_when_they_were_measured),
		cmocka_unit_test(a_longer_text_never_takes_less),
		cmocka_unit_test(what_this_router_was_seen_to_take_wins_over_the_table),
		cmocka_unit_test(nobody_has_measured_a_generic_program),
		cmocka_unit_test(nothing_to_do_needs_what_is_there_at_the_start),
		cmocka_unit_test(a_need_is_the_sum_of_its_objects_and_a_tenth),
		cmocka_unit_test(more_of_anything_never_needs_less),
		cmocka_unit_test(absurd_numbers_saturate),
		cmocka_unit_test(a_larger_limit_never_carries_less),
		cmocka_unit_test(private_pools_give_way_to_what_is_to_be_carried),
		cmocka_unit_test(a_given_shared_pool_is_what_counts),
		cmocka_unit_test(a_part_of_a_thing_counts_as_a_whole_one),
		cmocka_unit_test(connections_that_are_given_are_not_the_workloads),
		cmocka_unit_test(connections_with_tls_are_counted_beside_the_others),
		cmocka_unit_test(what_is_left_in_the_pool_of_a_connection_in_the_heap_counts),
		cmocka_unit_test(what_does_not_fit_is_added_up),
		cmocka_unit_test(a_curve_crosses_the_pool_where_the_limit_ends_the_workload),
		cmocka_unit_test(a_curve_has_the_numbers_of_what_grows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
