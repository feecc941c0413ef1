/* SPDX-License-Identifier: MIT */
/*
 * A launch reads fewer facts of the machine than a plan does (host_questions.process_only, values_only): on
 * every machine of tests/fixtures/hosts it plans the same as if it had read all of them.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json_value.h"
#include "report/report.h"
#include "session/session.h"

static char *const command[] = {"true", NULL};

struct plan_made {
	json_t *document; /* NULL: refused */
	char *refusal;
	bool all_read; /* the memory of the machine is known */
};

/* What a launch's report has of a plan; the rest is about the machine itself. */
static json_t *plan_of(const struct session *session)
{
	static const char *const members[] = {"command",  "budget",    "steps", "warnings",
					      "remedies", "condition", "start"};
	json_auto_t *whole = report_plan_json(session);
	json_t *plan = json_checked(json_object());
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		json_object_set(plan, members[i], json_object_get(whole, members[i]));
	return plan;
}

static char folder[] = "/tmp/siplaunch-facts-XXXXXX";
static char *profile_path;

static void write_profile(const char *text)
{
	FILE *file = fopen(profile_path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static struct plan_made make_plan(const char *host, bool applies)
{
	const char *filters = "profiles";
	const struct profile_selection selection = {
		.name = profile_path, .insecure = true, .directories = {&filters, 1}};
	const struct purpose purpose = {.what = PURPOSE_LAUNCH,
					.selection = &selection,
					.argv = command,
					.host = host,
					.applies = applies};
	cleanup_session struct session session = {0};
	struct plan_made made = {0};

	if (session_open(&purpose, &session) == 0)
		made.document = plan_of(&session);
	else if (session.state == SESSION_BAD_PROFILE)
		fail_msg("the profile of this test: %s", session.problems.items[0].message);
	else
		made.refusal = error_text(&session.error);
	made.all_read = session.host.memory.total_bytes != 0;
	return made;
}

static void plan_made_clear(struct plan_made *made)
{
	json_decref(made->document);
	free(made->refusal);
}

/* False if the launch plans something else. */
static bool agree(const char *host, const char *profile, bool *read_less)
{
	write_profile(profile);
	struct plan_made plan = make_plan(host, false), launch = make_plan(host, true);
	bool same = plan.document ? json_equal(plan.document, launch.document)
				  : launch.refusal && strcmp(plan.refusal, launch.refusal) == 0;

	*read_less = plan.all_read && !launch.all_read;
	if (!same) {
		cleanup_free char *a = plan.document ? json_dumps(plan.document, 0) : NULL;
		cleanup_free char *b = launch.document ? json_dumps(launch.document, 0) : NULL;
		print_error("%s with %s:\n  plan   %s\n  launch %s\n", host, profile, a ? a : plan.refusal,
			    b ? b : launch.refusal);
	}
	plan_made_clear(&plan);
	plan_made_clear(&launch);
	return same;
}

/* `sized`: the plan depends on the memory or on groups, so a launch reads those too. */
static const struct {
	const char *text;
	bool sized;
} profiles[] = {
	{"{\"router\": \"generic\"}", false},
	{"{\"router\": \"generic\", \"oomScoreAdj\": 300, \"capabilities\": [], \"noNewPrivileges\": true,"
	 " \"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"soft\": 4096, \"hard\": 4096}]}",
	 false},
	{"{\"router\": \"generic\", \"oomScoreAdj\": -999, \"user\": \"4242\", \"group\": \"4242\","
	 " \"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"soft\": 99999999, \"hard\": 99999999}]}",
	 false},
	{"{\"router\": \"generic\", \"capabilities\": [\"CAP_NET_BIND_SERVICE\", \"CAP_SYS_ADMIN\"],"
	 " \"umask\": \"0077\", \"policy\": {\"identity\": \"prefer\", \"rlimit\": \"prefer\"},"
	 " \"rlimits\": [{\"type\": \"RLIMIT_NPROC\", \"soft\": \"unlimited\", \"hard\": \"unlimited\"}]}",
	 false},
	{"{\"router\": \"generic\", \"ipc\": {\"namespace\": \"private\"},"
	 " \"sysctl\": {\"kernel.sem\": \"auto\"}}",
	 false},
	{"{\"router\": \"generic\", \"ipc\": {\"namespace\": \"inherit\"},"
	 " \"sysctl\": {\"kernel.sem\": \"auto\", \"kernel.shmmax\": 1073741824}}",
	 false},
	{"{\"router\": \"generic\", \"directories\": {\"runtime\": [\"siplaunch-test\"]}, \"parentDeathSignal\": \"SIGTERM\","
	 " \"seccomp\": \"sip-router\"}",
	 false},
	{"{\"router\": \"generic\", \"handoff\": \"supervise\"}", true},
	{"{\"router\": \"generic\", \"oomScoreAdj\": -1000}", true},
	{"{\"router\": \"generic\", \"sizing\": {\"memory\": \"10GiB\"}}", true},
	{"{\"router\": \"generic\", \"cgroup\": {\"path\": \"a\"}}", true},
	{"{\"router\": \"generic\", \"cgroup\": {\"path\": \"a\"},"
	 " \"resources\": {\"unified\": {\"memory.max\": \"64MiB\", \"pids.max\": 100}}}",
	 true},
	{"{\"router\": \"generic\", \"resources\": {\"unified\": {\"memory.max\": \"50%\"}}}", true},
	{"{\"router\": \"kamailio\", \"sizing\": {\"processes\": 10}}", true},
};

static void a_launch_plans_what_a_plan_of_the_whole_machine_does(void **state)
{
	(void)state;
	unsigned fixtures = 0, differences = 0;
	cleanup_closedir DIR *directory = opendir(FIXTURES "/hosts");
	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		if (entry->d_name[0] == '.')
			continue;
		cleanup_free char *host = path_join(FIXTURES "/hosts", entry->d_name);
		fixtures++;
		for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
			bool read_less;
			differences += !agree(host, profiles[i].text, &read_less);
			if (read_less && profiles[i].sized)
				fail_msg("%s with %s: the memory was not read", host, profiles[i].text);
		}
	}
	assert_true(fixtures >= 18);
	assert_int_equal(differences, 0);
}

/* Otherwise the test above would compare a plan with itself. */
static void a_launch_that_nothing_sizes_reads_less(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		bool read_less;
		agree(FIXTURES "/hosts/systemd-host", profiles[i].text, &read_less);
		assert_int_equal(read_less, !profiles[i].sized);
	}
}

static int make_folder(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	profile_path = path_join(folder, "profile.json");
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(profile_path);
	free(profile_path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_launch_plans_what_a_plan_of_the_whole_machine_does),
		cmocka_unit_test(a_launch_that_nothing_sizes_reads_less),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
