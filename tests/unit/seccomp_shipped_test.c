/* SPDX-License-Identifier: MIT */
/* The programs that the build made of the shipped filters are those that would be made of them now, and
 * nothing but their own text, requested without more, gets one. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "seccomp/seccomp.h"
#include "seccomp/shipped.h"

static void load(const struct seccomp_request *request, struct seccomp_profile *profile)
{
	struct problems problems = {0};
	assert_int_equal(seccomp_profile_load(request, profile, &problems), 0);
	problems_clear(&problems);
}

static struct seccomp_filter compile(const struct seccomp_profile *profile)
{
	struct seccomp_filter filter;
	struct error error = {0};
	assert_int_equal(seccomp_filter_compile(profile, &filter, &error), 0);
	return filter;
}

static void compare(const char *file)
{
	const struct seccomp_request brief = {.name = file, .program_only = true};
	/* a machine that has what the generator did not ask for */
	const struct seccomp_request full = {.name = file, .capabilities = UINT64_MAX, .kernel = "9999.99"};
	cleanup_seccomp_profile struct seccomp_profile unread = {0}, read = {0};

	load(&brief, &unread);
	load(&full, &read);
	assert_non_null(unread.shipped);
	assert_ptr_equal(unread.shipped, read.shipped);
	assert_int_equal(unread.rule_count, 0);
	assert_true(read.rule_count > 0);

	cleanup_seccomp_filter struct seccomp_filter linked = compile(&unread);
	read.shipped = NULL;
	cleanup_seccomp_filter struct seccomp_filter made = compile(&read);
	assert_true(linked.shipped);
	assert_false(made.shipped);
	assert_string_equal(linked.name, made.name);
	assert_int_equal(linked.count, made.count);
	assert_memory_equal(linked.instructions, made.instructions, made.count * sizeof *made.instructions);
	assert_int_equal(linked.flags, made.flags);
	assert_int_equal(linked.permits_read, made.permits_read);
	assert_int_equal(linked.permits_exec, made.permits_exec);
}

static void each_program_is_the_one_that_would_be_made(void **state)
{
	glob_t files;
	(void)state;
	assert_int_equal(glob(SHIPPED "/seccomp/*.json", 0, NULL, &files), 0);
	assert_int_equal(files.gl_pathc, seccomp_shipped_count);
	for (size_t i = 0; i < files.gl_pathc; i++)
		compare(files.gl_pathv[i]);
	globfree(&files);
}

static void another_text_has_none(void **state)
{
	const struct seccomp_request request = {.name = "x"};
	(void)state;
	for (size_t i = 0; i < seccomp_shipped_count; i++) {
		const struct seccomp_shipped *shipped = &seccomp_shipped[i];
		cleanup_free char *text = xcalloc(shipped->length + 1, 1);
		memcpy(text, shipped->text, shipped->length);
		assert_ptr_equal(seccomp_shipped_find(&request, text, shipped->length), shipped);
		assert_null(seccomp_shipped_find(&request, text, shipped->length - 1));
		assert_null(seccomp_shipped_find(&request, text, shipped->length + 1));
		text[shipped->length - 1] ^= 1;
		assert_null(seccomp_shipped_find(&request, text, shipped->length));
		text[shipped->length - 1] ^= 1;
		text[0] ^= 1;
		assert_null(seccomp_shipped_find(&request, text, shipped->length));
	}
}

static void a_request_for_more_code_has_none(void **state)
{
	const struct seccomp_shipped *shipped = &seccomp_shipped[0];
	const struct seccomp_request newer = {.name = "x", .newer_enosys = true};
	const struct seccomp_request all = {.name = "x", .all_architectures = true};
	(void)state;
	assert_null(seccomp_shipped_find(&newer, shipped->text, shipped->length));
	assert_null(seccomp_shipped_find(&all, shipped->text, shipped->length));
}

/* What would make the program of one machine wrong on another. */
static void a_program_that_depends_on_more_than_its_text_is_not_shipped(void **state)
{
	static const struct {
		const char *syscalls;
		bool possible;
	} cases[] = {
		{"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}", true},
		{"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {}}", false},
		{"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\": "
		 "\"4.8\"}}",
		 false},
		{"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"excludes\": {\"caps\": "
		 "[\"CAP_SYS_ADMIN\"]}}",
		 false},
		{"{\"names\": [\"no_such_call\"], \"action\": \"SCMP_ACT_ALLOW\"}", false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = xasprintf(
			"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [%s]}", cases[i].syscalls);
		json_t *content = json_loads(text, 0, NULL);
		const struct seccomp_request request = {.content = content, .file = "profile"};
		cleanup_seccomp_profile struct seccomp_profile profile = {0};
		load(&request, &profile);
		assert_null(profile.shipped);
		assert_int_equal(seccomp_shipped_is_possible(&profile), cases[i].possible);
		json_decref(content);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_program_is_the_one_that_would_be_made),
		cmocka_unit_test(another_text_has_none),
		cmocka_unit_test(a_request_for_more_code_has_none),
		cmocka_unit_test(a_program_that_depends_on_more_than_its_text_is_not_shipped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
