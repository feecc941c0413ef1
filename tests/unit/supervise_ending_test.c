/* SPDX-License-Identifier: MIT */
/*
 * What a supervised router's end is called, the status that stands for it, and the record of it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "launch/signals.h"
#include "supervise/ending.h"
#include "supervise/last_record.h"

/* As waitpid(2) encodes them. */
#define EXITED(CODE)   ((CODE) << 8)
#define KILLED(SIGNAL) (SIGNAL)
#define DUMPED(SIGNAL) ((SIGNAL) | 0x80)

static void every_end_has_its_name_and_a_true_status(void **state)
{
	static const struct {
		struct ended ended;
		const char *outcome;
		int status;
		const char *message; /* part of it */
	} cases[] = {
		{{.wait_status = EXITED(0), .asked = SIGTERM, .serves = true},
		 "stopped",
		 0,
		 "stopped after SIGTERM"},
		{{.wait_status = EXITED(0), .asked = SIGINT}, "stopped", 0, "stopped after SIGINT"},
		{{.wait_status = EXITED(0)}, "finished", 0, "exited with status 0"},
		{{.wait_status = EXITED(0), .left = 2}, "finished", 0, "exited with status 0"},
		{{.wait_status = EXITED(0), .serves = true}, "unasked", 1, "without a stop request"},
		{{.wait_status = EXITED(0), .serves = true, .left = 1, .foreground_hint = "-F"},
		 "background",
		 1,
		 "into the background"},
		{{.wait_status = EXITED(255), .serves = true}, "failed", 255, "exited with status 255"},
		{{.wait_status = EXITED(1), .asked = SIGTERM}, "failed", 1, "exited with status 1"},
		{{.wait_status = KILLED(SIGSEGV)}, "killed", 139, "killed by SIGSEGV"},
		{{.wait_status = DUMPED(SIGABRT)}, "killed", 134, "and dumped core"},
		{{.wait_status = KILLED(SIGTERM), .asked = SIGTERM}, "killed", 143, "killed by SIGTERM"},
		{{.wait_status = KILLED(SIGKILL)}, "killed", 137, "killed by SIGKILL"},
		{{.wait_status = KILLED(SIGKILL), .asked = SIGTERM, .forced = true, .stop_timeout = 10},
		 "forced",
		 137,
		 "10 s after SIGTERM"},
		{{.wait_status = EXITED(0), .asked = SIGTERM, .forced = true}, "stopped", 0, "stopped after"},
		{{.wait_status = KILLED(SIGKILL), .oom_killed = true},
		 "out-of-memory",
		 137,
		 "was OOM-killed"},
		{{.wait_status = EXITED(0), .oom_killed = true, .serves = true},
		 "out-of-memory",
		 137,
		 "exited with status 0 after a process"},
		{{.wait_status = EXITED(255), .oom_killed = true, .asked = SIGTERM},
		 "out-of-memory",
		 137,
		 "exited with status 255 after"},
		{{.wait_status = EXITED(255), .oom_killed = true, .ended_ms = 100000, .oom_kill_ms = 10001},
		 "out-of-memory",
		 137,
		 "exited with status 255 after"},
		{{.wait_status = EXITED(255), .oom_killed = true, .ended_ms = 100000, .oom_kill_ms = 10000},
		 "failed",
		 255,
		 "exited with status 255"},
		{{.wait_status = KILLED(SIGKILL), .oom_killed = true, .ended_ms = 3600001, .oom_kill_ms = 1},
		 "killed",
		 137,
		 "killed by SIGKILL"},
		{{.wait_status = EXITED(0),
		  .oom_killed = true,
		  .ended_ms = 100,
		  .oom_kill_ms = 105,
		  .serves = true},
		 "out-of-memory",
		 137,
		 "exited with status 0 after a process"},
		{{.wait_status = EXITED(0), .oom_killed = true, .asked = SIGTERM},
		 "stopped",
		 0,
		 "stopped after SIGTERM"},
		{{.wait_status = KILLED(SIGKILL), .oom_killed = true, .asked = SIGTERM, .forced = true},
		 "forced",
		 137,
		 "was killed"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ended ended = cases[i].ended;
		ended.name = "kamailio";
		cleanup_verdict struct verdict verdict = judge_ending(&ended);
		if (strcmp(outcome_name(verdict.outcome), cases[i].outcome) != 0 ||
		    verdict.status != cases[i].status || !strstr(verdict.message, cases[i].message))
			fail_msg("case %zu: %s, %d, %s", i, outcome_name(verdict.outcome), verdict.status,
				 verdict.message);
		assert_ptr_equal(strstr(verdict.message, "kamailio "), verdict.message);
	}
}

static void the_hint_says_what_to_change(void **state)
{
	struct ended ended = {.name = "opensips", .serves = true, .left = 3, .foreground_hint = "-F"};
	(void)state;
	cleanup_verdict struct verdict background = judge_ending(&ended);
	assert_string_equal(background.hint, "keep it in the foreground: -F");
	ended = (struct ended){.name = "opensips",
			       .wait_status = KILLED(SIGKILL),
			       .asked = SIGTERM,
			       .forced = true,
			       .stop_timeout = 10};
	cleanup_verdict struct verdict forced = judge_ending(&ended);
	assert_non_null(strstr(forced.hint, "--stop-timeout 30"));
	/* the option takes a day at most */
	ended.stop_timeout = 43200;
	cleanup_verdict struct verdict half_a_day = judge_ending(&ended);
	assert_string_equal(half_a_day.hint, "give it longer to stop: --stop-timeout 86400");
	ended.stop_timeout = 86400;
	cleanup_verdict struct verdict a_day = judge_ending(&ended);
	assert_null(a_day.hint);
}

static void a_kill_whose_count_is_gone_is_no_oom_kill_and_no_other(void **state)
{
	static const struct {
		struct ended ended;
		const char *hint; /* part of it; NULL: none */
	} cases[] = {
		{{.wait_status = KILLED(SIGKILL)}, NULL},
		{{.wait_status = KILLED(SIGSEGV), .group_gone = true}, NULL},
		{{.wait_status = KILLED(SIGKILL), .group_gone = true}, "and with it the count"},
		{{.wait_status = KILLED(SIGKILL), .group_gone = true, .above = "/sip.slice"},
		 "not OOM-killed: /sip.slice has had no OOM kill"},
		{{.wait_status = KILLED(SIGKILL),
		  .group_gone = true,
		  .above = "/sip.slice",
		  .killed_above = true},
		 "and with it the count; /sip.slice has had one meanwhile"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ended ended = cases[i].ended;
		ended.name = "kamailio";
		cleanup_verdict struct verdict verdict = judge_ending(&ended);
		assert_string_equal(outcome_name(verdict.outcome), "killed");
		if (!cases[i].hint)
			assert_null(verdict.hint);
		else if (!verdict.hint || !strstr(verdict.hint, cases[i].hint))
			fail_msg("case %zu: %s", i, verdict.hint ? verdict.hint : "no hint");
	}
}

static void signals_have_one_meaning_each(void **state)
{
	const struct {
		int number, code;
		enum signal_meaning meaning;
	} cases[] = {
		{SIGTERM, SI_USER, SIGNAL_STOP},       {SIGINT, SI_KERNEL, SIGNAL_STOP},
		{SIGQUIT, SI_USER, SIGNAL_STOP},       {SIGHUP, SI_USER, SIGNAL_FORWARD},
		{SIGWINCH, SI_KERNEL, SIGNAL_FORWARD}, {SIGRTMIN + 3, SI_QUEUE, SIGNAL_FORWARD},
		{SIGPWR, SI_USER, SIGNAL_FORWARD},     {SIGCHLD, CLD_EXITED, SIGNAL_CHILD},
		{SIGTSTP, SI_KERNEL, SIGNAL_SUSPEND},  {SIGCONT, SI_USER, SIGNAL_RESUME},
		{SIGPIPE, SI_USER, SIGNAL_FORWARD},    {SIGTTOU, SI_KERNEL, SIGNAL_OURS},
		{SIGXFSZ, SI_KERNEL, SIGNAL_OURS},     {SIGXFSZ, SI_USER, SIGNAL_FORWARD},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct signalfd_siginfo info = {.ssi_signo = (uint32_t)cases[i].number,
						      .ssi_code = cases[i].code};
		if (signal_meaning(&info) != cases[i].meaning)
			fail_msg("signal %d: %d", cases[i].number, (int)signal_meaning(&info));
	}
	/* the kernel's, for a reader of ours that is gone */
	const struct signalfd_siginfo pipe = {
		.ssi_signo = SIGPIPE, .ssi_code = SI_USER, .ssi_pid = (uint32_t)getpid()};
	assert_int_equal(signal_meaning(&pipe), SIGNAL_OURS);
	cleanup_free char *term = signal_name(SIGTERM), *real = signal_name(SIGRTMIN + 3),
			  *none = signal_name(0);
	assert_string_equal(term, "SIGTERM");
	assert_string_equal(real, "SIGRTMIN+3");
	assert_string_equal(none, "signal 0");
}

static char *long_text(size_t length, const char *unit)
{
	char *text = xcalloc(length * strlen(unit) + 1, 1), *end = text;
	for (size_t i = 0; i < length; i++)
		end = stpcpy(end, unit);
	return text;
}

/* What takes most room as JSON: control characters become six bytes each; and no character may be cut in two.
 */
static void the_record_fits_into_what_kubernetes_keeps(void **state)
{
	static const char *const units[] = {"x", "\001", "\xc3\xa4", "\xff", "\"", "\xf0\x9f\x98\x80"};
	struct evidence evidence = {.any = true, .processes = UINT32_MAX};
	struct overflow overflow = {.term = "connections",
				    .used = INT64_MAX,
				    .budgeted = INT64_MAX,
				    .key = "sizing.connections",
				    .value = "99999999999999999999",
				    .limit_mib = INT64_MAX / MIB};
	(void)state;
	for (size_t i = 0; i < GROUP_NUMBER_COUNT; i++)
		evidence.stats.numbers[i] = value_number(VALUE_BYTES, INT64_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		cleanup_free char *text = long_text(4000, units[i]);
		const struct last_record record = {
			.outcome = OUTCOME_OUT_OF_MEMORY,
			.status = 137,
			.message = text,
			.hint = text,
			.detail = text,
			.errno_name = "ENOTRECOVERABLE",
			.router = "opensips",
			.profile = text,
			.command = text,
			.group = text,
			.pid = INT32_MAX,
			.exit_code = 255,
			.signal = "SIGRTMIN+30",
			.launched = {.tv_sec = 1800000000},
			.ended = {.tv_sec = 1800000000},
			.asked = "SIGTERM",
			.has_memory = true,
			.events = {.max = INT64_MAX, .oom = INT64_MAX, .oom_kill = INT64_MAX},
			.limit = value_number(VALUE_BYTES, INT64_MAX),
			.peak = value_number(VALUE_BYTES, INT64_MAX),
			.evidence = &evidence,
			.overflow = &overflow,
		};
		json_t *object = last_record_json(&record);
		size_t size = json_dumpb(object, NULL, 0, JSON_COMPACT);
		if (size + 1 > LAST_RECORD_BYTES)
			fail_msg("units of %s: %zu bytes", units[i], size);
		const char *message = json_string_value(json_object_get(object, "message"));
		assert_non_null(message);
		assert_non_null(strstr(message, "…"));
		json_decref(object);
	}
}

static void what_is_not_known_is_null(void **state)
{
	const struct last_record record = {
		.outcome = OUTCOME_REFUSED, .status = 125, .message = "no", .exit_code = -1};
	(void)state;
	json_t *object = last_record_json(&record);
	cleanup_free char *text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	assert_string_equal(
		text,
		"{\"siplaunch\":\"" SIPLAUNCH_VERSION
		"\",\"schema\":1,\"outcome\":\"refused\",\"status\":125,\"message\":\"no\","
		"\"hint\":null,\"detail\":null,\"errno\":null,\"router\":null,\"profile\":null,\"command\":null,"
		"\"group\":null,\"pid\":null,\"exitCode\":null,\"signal\":null,\"launched\":null,\"ended\":null,"
		"\"stopRequest\":null,\"forced\":false,\"memory\":null,\"processes\":null}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_end_has_its_name_and_a_true_status),
		cmocka_unit_test(the_hint_says_what_to_change),
		cmocka_unit_test(a_kill_whose_count_is_gone_is_no_oom_kill_and_no_other),
		cmocka_unit_test(signals_have_one_meaning_each),
		cmocka_unit_test(the_record_fits_into_what_kubernetes_keeps),
		cmocka_unit_test(what_is_not_known_is_null),
	};
	return cmocka_run_group_tests_name("supervise_ending", tests, NULL, NULL);
}
