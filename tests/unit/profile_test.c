/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "profile/profile.h"

#define PROFILES FIXTURES "/profiles/"

/* ---- fixture folders: profile.json, perhaps args, and what comes of it ---- */

struct arguments {
	char *text;
	const char *sets[32], *policies[32], *workloads[32];
	size_t set_count, policy_count, workload_count;
};

static int add_argument(char *line, void *data)
{
	struct arguments *arguments = data;
	char *value = strchr(line, ' ');
	assert_non_null(value);
	*value++ = '\0';
	if (strcmp(line, "--policy") == 0)
		arguments->policies[arguments->policy_count++] = value;
	else if (strcmp(line, "--workload") == 0)
		arguments->workloads[arguments->workload_count++] = value;
	else
		arguments->sets[arguments->set_count++] = value;
	return 0;
}

static char *read_file(const char *path)
{
	char *text;
	size_t length;
	file_read(AT_FDCWD, path, 1 << 20, &text, &length, NULL);
	return text;
}

static char *problems_text(const struct problems *problems)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];
		cleanup_free char *before = text;
		text = xasprintf("%s%s:%u:%u: %s: %s\n%s%s%s", before, problem->file, problem->line,
				 problem->column, problem->pointer, problem->message,
				 problem->hint ? "    " : "", problem->hint ? problem->hint : "",
				 problem->hint ? "\n" : "");
	}
	return text;
}

/* Loads the profile of the current directory with its args; what it extends by name is looked for in search/.
 */
static int load_here(struct profile *profile, struct problems *problems)
{
	static const char *const directories[] = {"search"};
	static const struct profile_search search = {.directories = directories, .directory_count = 1};
	struct arguments arguments = {.text = read_file("args")};
	if (arguments.text)
		each_line(arguments.text, add_argument, &arguments);
	const struct profile_request request = {
		.name = "profile.json",
		.search = &search,
		.sets = arguments.sets,
		.set_count = arguments.set_count,
		.policies = arguments.policies,
		.policy_count = arguments.policy_count,
		.workloads = arguments.workloads,
		.workload_count = arguments.workload_count,
	};
	int result = profile_load(&request, profile, problems);
	free(arguments.text);
	return result;
}

static int check_resolved(const char *name, const struct profile *profile)
{
	json_auto_t *expected = json_load_file("resolved.json", 0, NULL);
	if (expected && json_equal(expected, profile->resolved))
		return 0;
	cleanup_free char *text = json_dumps(profile->resolved, JSON_INDENT(2));
	print_error("%s:\n%s\n", name, text);
	return 1;
}

static int check_problems(const char *name, const struct problems *problems)
{
	cleanup_free char *expected = read_file("problems");
	cleanup_free char *text = problems_text(problems);
	if (expected && strcmp(expected, text) == 0)
		return 0;
	print_error("%s:\n%s", name, text);
	return 1;
}

static int check_fixture(const char *name)
{
	struct profile profile;
	struct problems problems;
	int result = load_here(&profile, &problems);
	int failed = access("resolved.json", F_OK) == 0 ? result != 0 || check_resolved(name, &profile)
							: check_problems(name, &problems);
	if (result != 0 && failed && problems.count)
		check_problems(name, &problems);
	if (result == 0)
		profile_clear(&profile);
	problems_clear(&problems);
	return failed;
}

/* Calls `check` in every folder of a kind; it returns how many things are wrong there. */
static void in_every_folder(const char *kind, int (*check)(const char *name), size_t at_least)
{
	cleanup_free char *path = xasprintf(PROFILES "%s", kind);
	cleanup_closedir DIR *folder = opendir(path);
	const struct dirent *entry;
	size_t count = 0;
	int failures = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		if (*entry->d_name == '.')
			continue;
		assert_int_equal(fchdir(dirfd(folder)), 0);
		assert_int_equal(chdir(entry->d_name), 0);
		failures += check(entry->d_name);
		count++;
	}
	assert_in_range(count, at_least, 10000);
	if (failures)
		fail_msg("%d of %zu differ", failures, count);
}

static void every_valid_profile_resolves_as_recorded(void **state)
{
	(void)state;
	in_every_folder("valid", check_fixture, 30);
}

static void every_invalid_profile_has_exactly_the_recorded_problems(void **state)
{
	(void)state;
	in_every_folder("invalid", check_fixture, 80);
}

static void what_no_schema_can_tell_has_exactly_the_recorded_problems(void **state)
{
	(void)state;
	in_every_folder("beyond-schema", check_fixture, 30);
}

static void overrides_do_what_is_recorded(void **state)
{
	(void)state;
	in_every_folder("overrides", check_fixture, 15);
}

/* ---- a profile from text ---- */

struct loaded {
	struct profile profile;
	struct problems problems;
	int result;
};

/* A memory file is a regular one, and leaves nothing behind. */
static int memory_file(const char *text, size_t length, char path[64])
{
	int fd = memfd_create("profile", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), (ssize_t)length);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static void load_bytes(struct loaded *loaded, const char *text, size_t length, const char *set)
{
	char path[64];
	int fd = memory_file(text, length, path);
	const struct profile_request request = {.name = path, .sets = &set, .set_count = set != NULL};
	loaded->result = profile_load(&request, &loaded->profile, &loaded->problems);
	close(fd);
}

static void load_text(struct loaded *loaded, const char *text, const char *set)
{
	load_bytes(loaded, text, strlen(text), set);
}

static void loaded_clear(struct loaded *loaded)
{
	profile_clear(&loaded->profile);
	problems_clear(&loaded->problems);
}
#define cleanup_loaded __attribute__((cleanup(loaded_clear)))

static void load_good(struct loaded *loaded, const char *text, const char *set)
{
	load_text(loaded, text, set);
	if (loaded->result != 0) {
		cleanup_free char *problems = problems_text(&loaded->problems);
		fail_msg("%s: %s", text, problems);
	}
}

static void silence_gives_the_documented_defaults(void **state)
{
	cleanup_loaded struct loaded loaded = {0};
	const struct profile *profile = &loaded.profile;
	(void)state;
	load_good(&loaded, "{}", NULL);
	assert_string_equal(profile->router, "auto");
	assert_int_equal(profile->sizing.memory.size.kind, SIZE_UNSET);
	assert_int_equal(profile->sizing.processes.kind, COUNT_UNSET);
	assert_null(profile->cgroup.path);
	assert_int_equal(profile->cgroup.manager, MANAGER_AUTO);
	assert_false(profile->has_oom_score_adj);
	assert_int_equal(profile->ipc.namespace, IPC_INHERIT);
	assert_int_equal(profile->ipc.sem_sets, 128);
	assert_int_equal(profile->ipc.sem_per_set, 250);
	assert_int_equal(profile->ipc.sem_ops_per_call, 100);
	assert_int_equal(profile->ipc.semaphores_source, SOURCE_DEFAULT);
	assert_int_equal(profile->no_new_privileges, UNSET);
	assert_false(profile->has_capabilities || profile->has_umask || profile->has_additional_gids);
	assert_null(profile->user);
	assert_int_equal(profile->handoff, HANDOFF_AUTO);
	assert_int_equal(json_object_size(profile->resolved), 0);
}

static void every_field_is_decoded(void **state)
{
	cleanup_free char *text = read_file(PROFILES "valid/everything/profile.json");
	cleanup_loaded struct loaded loaded = {0};
	const struct profile *profile = &loaded.profile;
	(void)state;
	load_good(&loaded, text, NULL);
	assert_string_equal(profile->router, "opensips");
	assert_true(profile->sizing.memory.size.bytes == 4 * GIB);
	assert_int_equal(profile->sizing.processes.number, 40);
	assert_true(profile->sizing.shared.size.bytes == 2 * GIB);
	assert_int_equal(profile->sizing.private_pool.size.bytes, 16 * MIB);
	assert_int_equal(profile->sizing.reserve.size.kind, SIZE_PERCENT);
	assert_int_equal(profile->sizing.reserve.size.hundredths, 250);
	assert_int_equal(profile->sizing.workload.registrations.number, 100000);
	assert_int_equal(profile->sizing.workload.dialogs.number, 5000);
	assert_int_equal(profile->sizing.workload.calls_per_second.number, 50);
	assert_int_equal(profile->sizing.workload.transaction_seconds.number, 20);
	assert_int_equal(profile->sizing.workload.tcp_connections.number, 2000);
	assert_int_equal(profile->sizing.workload.aor_bytes.number, 40);
	assert_int_equal(profile->sizing.workload.contact_bytes.number, 120);
	assert_int_equal(profile->sizing.workload.call_id_bytes.number, 41);
	assert_int_equal(profile->sizing.workload.user_agent_bytes.kind, COUNT_NUMBER);
	assert_int_equal(profile->sizing.workload.user_agent_bytes.number, 0);
	assert_int_equal(profile->sizing.workload.instance_bytes.number, 48);
	assert_int_equal(profile->sizing.workload.received_bytes.number, 23);
	assert_int_equal(profile->sizing.workload.path_bytes.number, 65535);
	assert_int_equal(profile->sizing.measured.start.number, 4000000);
	assert_int_equal(profile->sizing.measured.registration.number, 1464);
	assert_int_equal(profile->sizing.measured.dialog.number, 1876);
	assert_int_equal(profile->sizing.measured.transaction.number, 17000);
	assert_string_equal(profile->sizing.measured.on, "2026-11-26");
	assert_string_equal(profile->sizing.measured.version, "opensips 3.6.8 (x86_64/linux)");
	assert_int_equal(profile->sizing.per_process.size.bytes, 480 * KIB);
	assert_int_equal(profile->sizing.base.size.bytes, 24 * MIB);
	assert_int_equal(profile->sizing.connections.number, 10000);
	assert_int_equal(profile->sizing.connections.source, SOURCE_PROFILE);
	assert_string_equal(profile->cgroup.path, "sip.slice/opensips");
	assert_int_equal(profile->cgroup.manager, MANAGER_CGROUPFS);
	assert_int_equal(profile->oom_score_adj, -900);
	assert_int_equal(profile->ipc.namespace, IPC_PRIVATE);
	assert_int_equal(profile->ipc.sem_sets, 64);
	assert_int_equal(profile->ipc.sem_per_set, 100);
	assert_int_equal(profile->ipc.sem_ops_per_call, 50);
	assert_string_equal(profile->seccomp.name, "sip-router");
	assert_string_equal(profile->user, "opensips");
	assert_string_equal(profile->group, "1500");
	assert_int_equal(profile->additional_gid_count, 2);
	assert_int_equal(profile->additional_gids[1], 1502);
	assert_int_equal(profile->umask, 0027);
	assert_true(profile->capabilities ==
		    (UINT64_C(1) << CAP_NET_BIND_SERVICE | UINT64_C(1) << CAP_NET_RAW));
	assert_int_equal(profile->no_new_privileges, YES);
	assert_int_equal(profile->handoff, HANDOFF_EXEC);
	assert_int_equal(profile->parent_signal, PARENT_SIGNAL_QUIT);
}

static const struct requested *find_wish(const struct requested *requests, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(requests[i].setting->name, name) == 0)
			return &requests[i];
	fail_msg("%s is missing", name);
	return NULL;
}

static void assert_kernel_text(const struct requested *requested, const char *expected)
{
	cleanup_free char *text = value_kernel_text(&requested->value, "max");
	assert_string_equal(text, expected);
}

static void wishes_carry_the_values_that_the_kernel_is_given(void **state)
{
	cleanup_free char *text = read_file(PROFILES "valid/everything/profile.json");
	cleanup_loaded struct loaded loaded = {0};
	(void)state;
	load_good(&loaded, text, NULL);
	static const struct {
		const char *name, *value;
	} unified[] =
		{
			{"memory.high", "max"},      {"memory.min", "0"},
			{"memory.swap.max", "0"},    {"memory.swap.high", "1610612736"},
			{"memory.zswap.max", "max"}, {"memory.oom.group", "1"},
			{"cpu.weight", "100"},       {"cpu.max", "max 100000"},
			{"cpuset.cpus", "0-3,6"},    {"io.max", "8:0 rbps=1048576"},
		},
	  sysctls[] = {
		  {"kernel.shmmni", "4096"},
		  {"kernel.sem", "250 32000 100 128"},
		  {"kernel.msgmnb", "16384"},
		  {"kernel.msgmni", "32000"},
	  };
	const struct profile *profile = &loaded.profile;
	for (size_t i = 0; i < ARRAY_SIZE(unified); i++)
		assert_kernel_text(find_wish(profile->unified, profile->unified_count, unified[i].name),
				   unified[i].value);
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++)
		assert_kernel_text(find_wish(profile->sysctls, profile->sysctl_count, sysctls[i].name),
				   sysctls[i].value);
	assert_true(find_wish(profile->unified, profile->unified_count, "memory.max")->automatic);
	assert_true(find_wish(profile->unified, profile->unified_count, "pids.max")->automatic);
	assert_true(find_wish(profile->sysctls, profile->sysctl_count, "kernel.shmall")->automatic);
	const struct requested *low = find_wish(profile->unified, profile->unified_count, "memory.low");
	assert_int_equal(low->size.kind, SIZE_PERCENT);
	assert_int_equal(low->size.hundredths, 5000);
	assert_int_equal(low->value.kind, VALUE_NONE);
}

static void numbers_above_int64_are_exact(void **state)
{
	cleanup_free char *text = read_file(PROFILES "valid/oci-unlimited/profile.json");
	cleanup_loaded struct loaded loaded = {0};
	const struct profile *profile = &loaded.profile;
	(void)state;
	load_good(&loaded, text, NULL);
	assert_int_equal(find_wish(profile->unified, profile->unified_count, "memory.max")->size.kind,
			 SIZE_UNLIMITED);
	assert_kernel_text(find_wish(profile->unified, profile->unified_count, "pids.max"), "max");
	assert_true(profile->rlimits[0].soft == UNLIMITED && profile->rlimits[0].hard == UNLIMITED);
	const struct requested *shmmax = find_wish(profile->sysctls, profile->sysctl_count, "kernel.shmmax");
	const struct requested *shmall = find_wish(profile->sysctls, profile->sysctl_count, "kernel.shmall");
	assert_true(shmmax->value.number[0] == UINT64_MAX);
	assert_true(shmall->value.number[0] == UINT64_C(18446744073692774399));
}

static void rlimits_keep_the_half_that_is_not_given(void **state)
{
	cleanup_free char *text = read_file(PROFILES "valid/everything/profile.json");
	cleanup_loaded struct loaded loaded = {0};
	(void)state;
	load_good(&loaded, text, NULL);
	const struct rlimit_request *rlimits = loaded.profile.rlimits;
	assert_int_equal(loaded.profile.rlimit_count, 4);
	assert_int_equal(rlimits[0].setting->id, SETTING_RLIMIT_NOFILE);
	assert_int_equal(rlimits[0].soft, 65536);
	assert_true(rlimits[1].soft == UNLIMITED && rlimits[1].hard == UNLIMITED);
	assert_false(rlimits[2].has_soft);
	assert_int_equal(rlimits[2].hard, 64 * MIB);
	assert_true(rlimits[3].has_soft && !rlimits[3].has_hard);
}

static void oom_adj_is_converted_as_the_kernel_did(void **state)
{
	static const int expected[] = {-1000, -941, -882, -823, -764, -705, -647, -588, -529, -470, -411,
				       -352,  -294, -235, -176, -117, -58,  0,    58,   117,  176,  235,
				       294,   352,  411,  470,  529,  588,  647,  705,  764,  823,  1000};
	(void)state;
	for (int old = -17; old <= 15; old++) {
		cleanup_loaded struct loaded loaded = {0};
		cleanup_free char *text = xasprintf("{\"oomAdj\": %d}", old);
		load_good(&loaded, text, NULL);
		assert_int_equal(loaded.profile.oom_score_adj, expected[old + 17]);
	}
}

static void what_the_command_line_sets_says_so(void **state)
{
	static const char text[] =
		"{\"sizing\": {\"memory\": \"1GiB\", \"processes\": 3}, \"user\": \"k\", \"oomScoreAdj\": -5,"
		"\"rlimits\": [{\"type\": \"RLIMIT_CORE\", \"soft\": 0, \"hard\": 0}]}";
	static const struct {
		const char *set;
		enum source memory, processes, user, oom, rlimit;
	} cases[] = {
		{NULL, SOURCE_PROFILE, SOURCE_PROFILE, SOURCE_PROFILE, SOURCE_PROFILE, SOURCE_PROFILE},
		{"sizing.memory=2GiB", SOURCE_COMMAND_LINE, SOURCE_PROFILE, SOURCE_PROFILE, SOURCE_PROFILE,
		 SOURCE_PROFILE},
		{"sizing.processes=9", SOURCE_PROFILE, SOURCE_COMMAND_LINE, SOURCE_PROFILE, SOURCE_PROFILE,
		 SOURCE_PROFILE},
		{"user=0", SOURCE_PROFILE, SOURCE_PROFILE, SOURCE_COMMAND_LINE, SOURCE_PROFILE,
		 SOURCE_PROFILE},
		{"oomAdj=-3", SOURCE_PROFILE, SOURCE_PROFILE, SOURCE_PROFILE, SOURCE_COMMAND_LINE,
		 SOURCE_PROFILE},
		{"rlimits.RLIMIT_CORE=:5", SOURCE_PROFILE, SOURCE_PROFILE, SOURCE_PROFILE, SOURCE_PROFILE,
		 SOURCE_COMMAND_LINE},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_loaded struct loaded loaded = {0};
		load_good(&loaded, text, cases[i].set);
		assert_int_equal(loaded.profile.sizing.memory.source, cases[i].memory);
		assert_int_equal(loaded.profile.sizing.processes.source, cases[i].processes);
		assert_int_equal(loaded.profile.user_source, cases[i].user);
		assert_int_equal(loaded.profile.oom_source, cases[i].oom);
		assert_int_equal(loaded.profile.rlimits[0].source, cases[i].rlimit);
	}
}

static void the_most_specific_policy_holds(void **state)
{
	cleanup_loaded struct loaded silent = {0}, loaded = {0};
	const struct profile *profile = &loaded.profile;
	(void)state;
	load_good(&silent, "{}", NULL);
	assert_int_equal(profile_policy(&silent.profile, setting_find(MECHANISM_CGROUP, "memory.max")),
			 POLICY_REQUIRE);
	load_good(
		&loaded,
		"{\"policy\": {\"default\": \"prefer\", \"cgroup\": \"require\", \"cgroup/pids.max\": \"skip\"}}",
		"policy.sysctl=skip");
	assert_int_equal(profile_policy(profile, setting_find(MECHANISM_OOM, "oom_score_adj")),
			 POLICY_PREFER);
	assert_int_equal(profile_policy(profile, setting_find(MECHANISM_CGROUP, "memory.max")),
			 POLICY_REQUIRE);
	assert_int_equal(profile_policy(profile, setting_find(MECHANISM_CGROUP, "pids.max")), POLICY_SKIP);
	assert_int_equal(profile_policy(profile, setting_find(MECHANISM_SYSCTL, "kernel.sem")), POLICY_SKIP);
}

static int check_round_trip(const char *name)
{
	cleanup_loaded struct loaded again = {0};
	struct profile profile;
	struct problems problems;
	assert_int_equal(load_here(&profile, &problems), 0);
	cleanup_free char *text = json_dumps(profile.resolved, 0);
	load_text(&again, text, NULL);
	int failed = again.result != 0 || !json_equal(profile.resolved, again.profile.resolved);
	if (failed)
		print_error("%s: %s\n", name, text);
	profile_clear(&profile);
	return failed;
}

static void a_resolved_profile_loads_again_and_resolves_to_itself(void **state)
{
	(void)state;
	in_every_folder("valid", check_round_trip, 30);
}

/* ---- files ---- */

static void assert_problem(const char *path, const char *message)
{
	struct profile profile;
	struct problems problems;
	const struct profile_request request = {.name = path};
	assert_int_equal(profile_load(&request, &profile, &problems), -1);
	assert_int_equal(problems.count, 1);
	assert_int_equal(problems.items[0].line, 0);
	assert_non_null(strstr(problems.items[0].message, message));
	problems_clear(&problems);
}

static void what_is_no_regular_file_is_refused(void **state)
{
	char directory[] = "/tmp/siplaunch-test-XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(directory));
	cleanup_free char *fifo = path_join(directory, "fifo.json");
	cleanup_free char *missing = path_join(directory, "missing.json");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_problem(fifo, "not a regular file"); /* and does not wait for a writer */
	assert_problem(directory, "not a regular file");
	assert_problem("/dev/null", "not a regular file");
	assert_problem(missing, "no such profile");
	unlink(fifo);
	rmdir(directory);
}

static void a_profile_above_one_mib_is_refused(void **state)
{
	cleanup_loaded struct loaded fine = {0}, large = {0};
	size_t limit = PROFILE_BYTES_MAX;
	cleanup_free char *text = xcalloc(limit + 2, 1);
	(void)state;
	memset(text, ' ', limit + 1);
	memcpy(text, "{}", 2);
	load_bytes(&fine, text, limit, NULL);
	assert_int_equal(fine.result, 0);
	load_bytes(&large, text, limit + 1, NULL);
	assert_int_equal(large.result, -1);
	assert_non_null(strstr(large.problems.items[0].message, "larger than 1048576 bytes"));
}

struct listed {
	char *text;
};

static int list_one(const char *name, const char *file, const char *description, void *data)
{
	struct listed *listed = data;
	cleanup_free char *before = listed->text;
	listed->text = xasprintf("%s%s|%s|%s\n", before, name, file, description ? description : "-");
	return 0;
}

static const char *third(void)
{
	return PROFILES "search/third";
}

static void the_first_folder_of_the_search_path_wins(void **state)
{
	static const char *const directories[] = {PROFILES "search/first", PROFILES "search/none"};
	const struct profile_search search = {.directories = directories,
					      .directory_count = 2,
					      .environment = "::" PROFILES "search/second:",
					      .installed = third};
	struct listed listed = {xstrdup("")};
	(void)state;
	assert_int_equal(profile_list(&search, list_one, &listed), 0);
	assert_string_equal(listed.text, "a|" PROFILES "search/first/a.json|first\n"
					 "b|" PROFILES "search/second/b.json|second\n"
					 "broken|" PROFILES "search/third/broken.json|-\n"
					 "c|" PROFILES "search/third/c.json|-\n");
	free(listed.text);
	cleanup_free char *found = profile_locate("b", &search);
	assert_string_equal(found, PROFILES "search/second/b.json");
	assert_null(profile_locate("nothing", &search));
}

static int stop_at_b(const char *name, const char *file, const char *description, void *data)
{
	(void)file;
	(void)description;
	++*(int *)data;
	return strcmp(name, "b") == 0 ? 7 : 0;
}

static void listing_ends_when_the_caller_says_so(void **state)
{
	const struct profile_search search = {.environment =
						      PROFILES "search/second:" PROFILES "search/third"};
	int calls = 0;
	(void)state;
	assert_int_equal(profile_list(&search, stop_at_b, &calls), 7);
	assert_int_equal(calls, 2);
}

static const char *shipped(void)
{
	return SHIPPED;
}

static void a_misspelt_name_gets_the_nearest_known_one(void **state)
{
	const struct profile_search search = {.installed = shipped};
	const struct profile_request request = {.name = "kamailio-4gb", .search = &search};
	struct profile profile;
	struct problems problems;
	(void)state;
	assert_int_equal(profile_load(&request, &profile, &problems), -1);
	assert_string_equal(problems.items[0].hint, "did you mean \"kamailio-4g\"?");
	problems_clear(&problems);
}

/* ---- the shipped profiles ---- */

static int load_shipped(const char *name, const char *file, const char *description, void *data)
{
	const struct profile_search *search = data;
	const struct profile_request request = {.name = name, .search = search};
	struct profile profile;
	struct problems problems;
	if (profile_load(&request, &profile, &problems) < 0) {
		cleanup_free char *text = problems_text(&problems);
		fail_msg("%s: %s", file, text);
	}
	assert_non_null(description);
	assert_string_equal(profile.file, file);
	assert_string_equal(profile.description, description);
	/* a router's own, and what runs anything: none */
	if (strncmp(name, "kamailio", 8) == 0 || strncmp(name, "opensips", 8) == 0)
		assert_string_equal(profile.seccomp.name, "sip-router");
	else
		assert_null(profile.seccomp.name);
	profile_clear(&profile);
	return 0;
}

static void every_shipped_profile_loads_by_name(void **state)
{
	static const char *const names[] = {"container",     "generic",       "kamailio",     "kamailio-4g",
					    "kamailio-512m", "kamailio-user", "opensips",     "opensips-16g",
					    "opensips-1g",   "opensips-4g",   "opensips-user"};
	struct profile_search search = {.installed = shipped};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *file = profile_locate(names[i], &search);
		assert_non_null(file);
	}
	assert_int_equal(profile_list(&search, load_shipped, &search), 0);
}

/* ---- hostile files ---- */

static void load_anything(const char *text, size_t length)
{
	cleanup_loaded struct loaded loaded = {0};
	load_bytes(&loaded, text, length, NULL);
	assert_true((loaded.result == 0) == (loaded.problems.count == 0));
}

static int cut_everywhere(const char *name)
{
	cleanup_free char *text = read_file("profile.json");
	size_t length = strlen(text);
	(void)name;
	for (size_t i = 0; i < length; i++)
		load_anything(text, i);
	return 0;
}

static void a_profile_cut_anywhere_is_loaded_or_refused(void **state)
{
	(void)state;
	in_every_folder("valid", cut_everywhere, 30);
}

static int flip_everywhere(const char *name)
{
	static const unsigned char flips[] = {0x01, 0x20, 0x80};
	cleanup_free char *text = read_file("profile.json");
	size_t length = strlen(text);
	(void)name;
	for (size_t i = 0; i < length; i++) {
		char byte = text[i];
		for (size_t j = 0; j < sizeof flips; j++) {
			text[i] = (char)(byte ^ flips[j]);
			load_anything(text, length);
		}
		text[i] = byte;
	}
	return 0;
}

static void a_profile_with_any_byte_changed_is_loaded_or_refused(void **state)
{
	(void)state;
	in_every_folder("valid", flip_everywhere, 30);
}

static void thousands_of_unknown_keys_are_all_reported(void **state)
{
	enum { KEYS = 16000 };
	cleanup_loaded struct loaded loaded = {0};
	cleanup_free char *text = xcalloc(KEYS * 16 + 16, 1);
	char *end = text;
	(void)state;
	*end++ = '{';
	for (int i = 0; i < KEYS; i++)
		end += sprintf(end, "%s\"k%d\":1", i ? "," : "", i);
	*end = '}';
	load_text(&loaded, text, NULL);
	assert_int_equal(loaded.problems.count, KEYS);
	assert_string_equal(loaded.problems.items[KEYS - 1].pointer, "/k15999");
}

/* ---- memory.max of a group that the pools are sized for ---- */

static const struct requested *memory_max(const struct profile *profile)
{
	for (size_t i = 0; i < profile->unified_count; i++)
		if (strcmp(profile->unified[i].setting->name, "memory.max") == 0)
			return &profile->unified[i];
	return NULL;
}

static void a_group_that_is_sized_for_has_a_limit(void **state)
{
	static const struct {
		const char *text;
		bool there, automatic;
	} rows[] = {
		{"{\"cgroup\":{\"path\":\"a/b\"},\"sizing\":{\"memory\":\"512MiB\"}}", true, true},
		{"{\"cgroup\":{\"path\":\"a/b\"},\"sizing\":{\"memory\":\"50%\"}}", true, true},
		{"{\"cgroup\":{\"path\":\"a/b\"},\"sizing\":{\"memory\":\"512MiB\"},"
		 "\"resources\":{\"unified\":{\"memory.max\":null}}}",
		 true, true},
		{"{\"cgroup\":{\"path\":\"a/b\"},\"sizing\":{\"memory\":\"512MiB\"},"
		 "\"resources\":{\"unified\":{\"memory.max\":\"max\"}}}",
		 true, false},
		{"{\"cgroup\":{\"path\":\"a/b\"},\"sizing\":{\"memory\":\"512MiB\"},"
		 "\"resources\":{\"unified\":{\"memory.max\":\"600MiB\"}}}",
		 true, false},
		{"{\"cgroup\":{\"path\":\"a/b\"}}", false, false},
		{"{\"sizing\":{\"memory\":\"512MiB\"}}", false, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded loaded;
		load_bytes(&loaded, rows[i].text, strlen(rows[i].text), NULL);
		assert_int_equal(loaded.result, 0);
		const struct requested *requested = memory_max(&loaded.profile);
		assert_int_equal(requested != NULL, rows[i].there);
		if (requested)
			assert_int_equal(requested->automatic, rows[i].automatic);
		loaded_clear(&loaded);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_valid_profile_resolves_as_recorded),
		cmocka_unit_test(every_invalid_profile_has_exactly_the_recorded_problems),
		cmocka_unit_test(what_no_schema_can_tell_has_exactly_the_recorded_problems),
		cmocka_unit_test(overrides_do_what_is_recorded),
		cmocka_unit_test(a_group_that_is_sized_for_has_a_limit),
		cmocka_unit_test(silence_gives_the_documented_defaults),
		cmocka_unit_test(every_field_is_decoded),
		cmocka_unit_test(wishes_carry_the_values_that_the_kernel_is_given),
		cmocka_unit_test(numbers_above_int64_are_exact),
		cmocka_unit_test(rlimits_keep_the_half_that_is_not_given),
		cmocka_unit_test(oom_adj_is_converted_as_the_kernel_did),
		cmocka_unit_test(what_the_command_line_sets_says_so),
		cmocka_unit_test(the_most_specific_policy_holds),
		cmocka_unit_test(a_resolved_profile_loads_again_and_resolves_to_itself),
		cmocka_unit_test(what_is_no_regular_file_is_refused),
		cmocka_unit_test(a_profile_above_one_mib_is_refused),
		cmocka_unit_test(the_first_folder_of_the_search_path_wins),
		cmocka_unit_test(listing_ends_when_the_caller_says_so),
		cmocka_unit_test(a_misspelt_name_gets_the_nearest_known_one),
		cmocka_unit_test(every_shipped_profile_loads_by_name),
		cmocka_unit_test(a_profile_cut_anywhere_is_loaded_or_refused),
		cmocka_unit_test(a_profile_with_any_byte_changed_is_loaded_or_refused),
		cmocka_unit_test(thousands_of_unknown_keys_are_all_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
