/* SPDX-License-Identifier: MIT */
/* What seccomp profiles may say, and what is said of those that may not: a folder of fixtures each. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "profile/profile.h"
#include "seccomp/seccomp.h"

#define FILTERS FIXTURES "/seccomp/"
#define CAP(n)  (UINT64_C(1) << (n))

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

static int check_invalid(const char *name)
{
	struct seccomp_profile profile;
	struct problems problems = {0};
	const struct seccomp_request request = {.name = "profile.json", .kernel = "6.1.0-18-amd64"};
	cleanup_free char *folder = xasprintf(FILTERS "invalid/%s", name);
	cleanup_free char *expected = NULL;
	size_t length;

	assert_int_equal(chdir(folder), 0);
	int result = seccomp_profile_load(&request, &profile, &problems);
	cleanup_free char *text = problems_text(&problems);
	problems_clear(&problems);
	file_read(AT_FDCWD, "problems", 1 << 16, &expected, &length, NULL);
	if (result < 0 && expected && strcmp(expected, text) == 0)
		return 0;
	if (result == 0)
		seccomp_profile_clear(&profile);
	print_error("%s:\n%s", name, text);
	return 1;
}

static void what_is_wrong_is_told_with_its_place_and_all_at_once(void **state)
{
	cleanup_closedir DIR *directory = opendir(FILTERS "invalid");
	const struct dirent *entry;
	int count = 0, failed = 0;

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		if (*entry->d_name == '.')
			continue;
		failed += check_invalid(entry->d_name);
		count++;
	}
	assert_true(count >= 12);
	assert_int_equal(failed, 0);
}

static void load(const char *file, uint64_t capabilities, const char *kernel, struct seccomp_profile *profile)
{
	struct problems problems = {0};
	cleanup_free char *path = xasprintf(FILTERS "valid/%s.json", file);
	const struct seccomp_request request = {.name = path, .capabilities = capabilities, .kernel = kernel};
	if (seccomp_profile_load(&request, profile, &problems) == 0)
		return;
	cleanup_free char *text = problems_text(&problems);
	fail_msg("%s", text);
}

static const struct warning_case {
	const char *file, *warning;
} warning_cases[] = {
	{"calls-that-nobody-knows",
	 "does not know these system calls, so that each fails with ENOSYS: wreite (write?), "
	 "quantum_leap"},
	{"decided-already", "/syscalls/1: setns has been decided by /syscalls/0, as with runc and crun"},
	{"one-argument-twice",
	 "/syscalls/0/args: an argument is compared more than once, and one match of all these is "
	 "enough"},
	{"second-value-for-nothing", "/syscalls/0/args/0/valueTwo: only SCMP_CMP_MASKED_EQ has a valueTwo"},
	{"of-another-machine", "/architectures: it is not written for "},
	{"a-rule-for-all-arguments-decides",
	 "/syscalls/1: never matches: /syscalls/0 decides kill for all arguments, as with runc and crun"},
	{"a-rule-for-all-arguments-decides-that-comes-later",
	 "/syscalls/0: never matches: /syscalls/1 decides kill for all arguments"},
	{"a-condition-that-nothing-fits",
	 "/syscalls/0: never matches: no number fits \"argument 2 is less than 0\""},
	{"threads-that-cannot-start",
	 "clone3 fails with EPERM: glibc 2.34 and later falls back to clone on ENOSYS only, so that no thread "
	 "can start. Add a rule for clone3 with SCMP_ACT_ERRNO and errnoRet 38, or answer ENOSYS to newer "
	 "calls"},
	{"threads-that-cannot-start-by-name", "clone3 fails with EPERM: glibc 2.34"},
};

static void what_may_surprise_is_a_warning(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(warning_cases); i++) {
		cleanup_seccomp_profile struct seccomp_profile profile = {0};
		load(warning_cases[i].file, 0, NULL, &profile);
		if (profile.warning_count != 1 || !strstr(profile.warnings[0], warning_cases[i].warning))
			fail_msg("%s: %zu warnings, the first: %s", warning_cases[i].file,
				 profile.warning_count, profile.warning_count ? profile.warnings[0] : "-");
	}
}

static void what_is_well_has_no_warning(void **state)
{
	static const char *const files[] = {"the-more-exact-rule-first",
					    "an-exception-that-says-what-the-default-says",
					    "comments-and-empty-texts", "small-router"};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_seccomp_profile struct seccomp_profile profile = {0};
		load(files[i], 0, "6.1.0", &profile);
		if (profile.warning_count)
			fail_msg("%s: %s", files[i], profile.warnings[0]);
	}
}

/* A thread can start, since clone3 is newer than any call that the filter names. */
static void calls_that_are_newer_than_the_filter_can_be_unknown_to_it(void **state)
{
	struct seccomp_request request = {.name = FILTERS "valid/threads-that-cannot-start.json",
					  .newer_enosys = true};
	cleanup_seccomp_profile struct seccomp_profile profile = {0};
	struct problems problems = {0};

	(void)state;
	assert_int_equal(seccomp_profile_load(&request, &profile, &problems), 0);
	assert_int_equal(profile.warning_count, 0);
	assert_true(seccomp_profile_answers_newer(&profile));
	assert_int_equal(seccomp_profile_newest(&profile, &profile.architectures[0]),
			 SYS_execve > SYS_clone ? SYS_execve : SYS_clone);
}

static const struct left_out_case {
	const char *file;
	uint64_t capabilities;
	const char *kernel;
	unsigned rule;
	const char *reason;
} left_out_cases[] = {
	{"capabilities", 0, NULL, 0, "it applies only with CAP_SYS_BOOT"},
	{"capabilities", CAP(22), NULL, 0, NULL},
	{"capabilities", CAP(18), NULL, 1, "it applies only with CAP_SYS_ADMIN"},
	{"capabilities", CAP(18) | CAP(21), NULL, 1, NULL},
	{"capabilities", CAP(22), NULL, 2, "it does not apply with CAP_SYS_BOOT"},
	{"capabilities", 0, NULL, 2, NULL},
	{"capabilities", CAP(21) | CAP(22), NULL, 4, "it does not apply with CAP_SYS_ADMIN"},
	{"architectures-and-kernels", 0, "4.7.9", 1, "it applies to kernels from 4.8"},
	{"architectures-and-kernels", 0, "4.8.0-rc1", 1, NULL},
	{"architectures-and-kernels", 0, "4.10", 1, NULL},
	{"architectures-and-kernels", 0, "5.0", 1, NULL},
	{"architectures-and-kernels", 0, "unheard of", 1, "it applies to kernels from 4.8"},
	{"architectures-and-kernels", 0, NULL, 1, "it applies to kernels from 4.8"},
	{"architectures-and-kernels", 0, "6.1.0", 3, "it applies to other architectures"},
	{"architectures-and-kernels", 0, "6.1.0", 5, "it applies to kernels before 6.1"},
	{"architectures-and-kernels", 0, "6.0.99", 5, NULL},
	{"comments-and-empty-texts", 0, NULL, 0, NULL},
	{"comments-and-empty-texts", 0, "4.8.0", 1, NULL},
	{"comments-and-empty-texts", 0, "4.7.9", 1, "it applies to kernels from 4.8"},
	{"comments-and-empty-texts", 0, "6.1.0", 2, NULL},
	{"comments-and-empty-texts", 0, "6.2.0", 3, "it applies to kernels before 6.2"},
};

static void rules_count_by_capability_architecture_and_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(left_out_cases); i++) {
		const struct left_out_case *c = &left_out_cases[i];
		cleanup_seccomp_profile struct seccomp_profile profile = {0};
		load(c->file, c->capabilities, c->kernel, &profile);
		const char *reason = profile.rules[c->rule].left_out;
		if (c->reason ? !reason || strcmp(reason, c->reason) != 0 : reason != NULL)
			fail_msg("case %zu: %s", i, reason ? reason : "it counts");
	}
}

static void an_inline_filter_is_named_by_its_pointer_in_the_profile(void **state)
{
	json_auto_t *content = json_pack("{s:s, s:[{s:[s], s:s}]}", "defaultAction", "SCMP_ACT_ERRNO",
					 "syscalls", "names", "read", "action", "SCMP_ACT_ALLOWED");
	const struct seccomp_request request = {.content = content, .file = "router.json"};
	struct seccomp_profile profile;
	struct problems problems = {0};

	(void)state;
	assert_int_equal(seccomp_profile_load(&request, &profile, &problems), -1);
	cleanup_free char *text = problems_text(&problems);
	assert_string_equal(text, "router.json:0:0: /seccomp/syscalls/0/action: must be an action such as "
				  "\"SCMP_ACT_ALLOW\" or \"SCMP_ACT_ERRNO\", not \"SCMP_ACT_ALLOWED\"\n"
				  "    did you mean \"SCMP_ACT_ALLOW\"?\n");
	problems_clear(&problems);
}

/* DIR/seccomp/NAME.json */
static char *make_search(void)
{
	char *directory = xstrdup("/tmp/seccomp-XXXXXX");
	assert_non_null(mkdtemp(directory));
	cleanup_free char *folder = path_join(directory, "seccomp");
	cleanup_free char *file = path_join(folder, "sip-router.json");
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(symlink(FILTERS "valid/small-router.json", file), 0);
	return directory;
}

static void remove_search(char *directory)
{
	cleanup_free char *folder = path_join(directory, "seccomp");
	cleanup_free char *file = path_join(folder, "sip-router.json");
	unlink(file);
	rmdir(folder);
	rmdir(directory);
	free(directory);
}

static void a_bare_name_is_looked_for_in_the_folder_seccomp_of_the_search_path(void **state)
{
	char *directory = make_search();
	const char *const directories[] = {directory};
	const struct profile_search search = {.directories = directories, .directory_count = 1};
	struct seccomp_request request = {.name = "sip-router", .search = &search};
	struct seccomp_profile profile;
	struct problems problems = {0};

	(void)state;
	assert_int_equal(seccomp_profile_load(&request, &profile, &problems), 0);
	assert_string_equal(profile.name, "sip-router");
	assert_string_equal(profile.file + strlen(directory), "/seccomp/sip-router.json");
	seccomp_profile_clear(&profile);

	request.name = "sip-ruter";
	assert_int_equal(seccomp_profile_load(&request, &profile, &problems), -1);
	cleanup_free char *text = problems_text(&problems);
	assert_string_equal(text,
			    "sip-ruter:0:0: : no such seccomp profile\n    did you mean \"sip-router\"?\n");
	problems_clear(&problems);
	remove_search(directory);
}

static void what_a_call_ends_in_is_known_by_its_name(void **state)
{
	static const struct {
		const char *name;
		uint32_t action;
		bool conditional;
	} calls[] = {{"read", SECCOMP_RET_ALLOW, false},
		     {"mount", SECCOMP_RET_ERRNO | 1, false},
		     {"socket", SECCOMP_RET_ERRNO | 38, true},
		     {"io_uring_setup", SECCOMP_RET_ERRNO | 38, false}};
	cleanup_seccomp_profile struct seccomp_profile profile = {0};

	(void)state;
	load("small-router", 0, NULL, &profile);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		bool conditional;
		assert_int_equal(seccomp_profile_action(&profile, calls[i].name, &conditional),
				 calls[i].action);
		assert_int_equal(conditional, calls[i].conditional);
	}
}

static void architectures_that_are_asked_for_are_in_the_program(void **state)
{
	struct seccomp_request request = {.name = FILTERS "valid/architectures-and-kernels.json",
					  .kernel = "6.1.0"};
	struct problems problems = {0};
	unsigned short counts[2];

	(void)state;
	for (int all = 0; all < 2; all++) {
		cleanup_seccomp_profile struct seccomp_profile profile = {0};
		cleanup_seccomp_filter struct seccomp_filter filter = {0};
		cleanup_error struct error error = {0};
		request.all_architectures = all;
		assert_int_equal(seccomp_profile_load(&request, &profile, &problems), 0);
		assert_int_equal(seccomp_filter_compile(&profile, &filter, &error), 0);
		counts[all] = filter.count;
#ifdef __x86_64__
		assert_int_equal(profile.architecture_count, all ? 3 : 1);
#endif
	}
#ifdef __x86_64__
	assert_true(counts[1] > counts[0]);
#else
	assert_true(counts[1] >= counts[0]);
#endif
}

#ifdef __SANITIZE_ADDRESS__
#define SLOWER 8
#else
#define SLOWER 1
#endif

/* As many names as a file may hold, none of which there is. They took 3.2 s, and take 0.1 s. */
static void names_that_are_not_known_take_no_time(void **state)
{
	struct seccomp_request request = {.content = json_pack("{s:s}", "defaultAction", "SCMP_ACT_ERRNO")};
	cleanup_seccomp_profile struct seccomp_profile profile = {0};
	struct problems problems = {0};
	json_t *names = json_array();
	(void)state;

	for (int i = 0; i < 16000; i++)
		json_array_append_new(names, json_sprintf("call%d", i));
	json_object_set_new(request.content, "syscalls",
			    json_pack("[{s:o, s:s}]", "names", names, "action", "SCMP_ACT_ALLOW"));
	clock_t before = clock();
	assert_int_equal(seccomp_profile_load(&request, &profile, &problems), 0);
	assert_true(clock() - before < 2 * SLOWER * CLOCKS_PER_SEC);
	assert_int_equal(profile.unknown_count, 16000);
	json_decref(request.content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_are_not_known_take_no_time),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place_and_all_at_once),
		cmocka_unit_test(what_may_surprise_is_a_warning),
		cmocka_unit_test(what_is_well_has_no_warning),
		cmocka_unit_test(calls_that_are_newer_than_the_filter_can_be_unknown_to_it),
		cmocka_unit_test(rules_count_by_capability_architecture_and_kernel),
		cmocka_unit_test(an_inline_filter_is_named_by_its_pointer_in_the_profile),
		cmocka_unit_test(a_bare_name_is_looked_for_in_the_folder_seccomp_of_the_search_path),
		cmocka_unit_test(what_a_call_ends_in_is_known_by_its_name),
		cmocka_unit_test(architectures_that_are_asked_for_are_in_the_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
