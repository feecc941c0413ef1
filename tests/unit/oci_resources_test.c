/* SPDX-License-Identifier: MIT */
/* What OCI's resources become: the numbers are those that runc and crun write. */
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
#include "profile/profile.h"

static const struct resources_case {
	const char *resources, *files;
} cases[] = {
	{"{}", ""},
	{"{'memory': {'limit': 536870912}}", "memory.max=536870912"},
	{"{'memory': {'limit': -1}}", "memory.max=max"},
	{"{'memory': {'limit': 0, 'reservation': 0, 'swap': 0}}", ""},
	{"{'memory': {'limit': 18446744073709551615}}", "memory.max=max"},
	{"{'memory': {'reservation': 1048576}}", "memory.low=1048576"},
	{"{'memory': {'reservation': -1}}", "memory.low=max"},
	/* swap is memory and swap together */
	{"{'memory': {'limit': 1000000, 'swap': 1500000}}", "memory.max=1000000 memory.swap.max=500000"},
	{"{'memory': {'limit': 1000000, 'swap': 1000000}}", "memory.max=1000000 memory.swap.max=0"},
	{"{'memory': {'limit': 1000000, 'swap': -1}}", "memory.max=1000000 memory.swap.max=max"},
	{"{'memory': {'swap': -1}}", "memory.swap.max=max"},
	{"{'pids': {'limit': 200}}", "pids.max=200"},
	{"{'pids': {'limit': -1}}", "pids.max=max"},
	{"{'pids': {'limit': 0}}", ""},
	/* shares and weights: both ends, and the defaults of both */
	{"{'cpu': {'shares': 0}}", ""},
	{"{'cpu': {'shares': 1}}", "cpu.weight=1"},
	{"{'cpu': {'shares': 2}}", "cpu.weight=1"},
	{"{'cpu': {'shares': 512}}", "cpu.weight=59"},
	{"{'cpu': {'shares': 1024}}", "cpu.weight=100"},
	{"{'cpu': {'shares': 262144}}", "cpu.weight=10000"},
	{"{'cpu': {'shares': 300000}}", "cpu.weight=10000"},
	{"{'cpu': {'quota': 50000, 'period': 20000}}", "cpu.max=50000 20000"},
	{"{'cpu': {'quota': 50000}}", "cpu.max=50000 100000"},
	{"{'cpu': {'quota': -1}}", "cpu.max=max 100000"},
	{"{'cpu': {'quota': -7, 'period': 50000}}", "cpu.max=max 50000"},
	{"{'cpu': {'period': 50000}}", "cpu.max=max 50000"},
	{"{'cpu': {'quota': 0, 'period': 0}}", ""},
	{"{'cpu': {'burst': 1000, 'idle': 1}}", "cpu.max.burst=1000 cpu.idle=1"},
	{"{'cpu': {'burst': 0, 'idle': 0, 'cpus': '', 'mems': ''}}", ""},
	{"{'cpu': {'cpus': '0-1', 'mems': '0'}}", "cpuset.cpus=0-1 cpuset.mems=0"},
	{"{'hugepageLimits': [{'pageSize': '2MB', 'limit': 0}, {'pageSize': '1GB', 'limit': -1}]}",
	 "hugetlb.2MB.max=0 hugetlb.1GB.max=max"},
	{"{'unified': {'pids.max': null}, 'pids': {'limit': 7}}", "pids.max=7"},
};

/* "FILE=VALUE FILE=VALUE", in the profile's order. */
static char *files_of(const struct profile *profile)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < profile->unified_count; i++) {
		const struct requested *requested = &profile->unified[i];
		cleanup_free char *before = text;
		cleanup_free char *value = value_kernel_text(&requested->value, "max");
		text = xasprintf("%s%s%s=%s", before, i ? " " : "", requested->setting->name, value);
	}
	return text;
}

static void check_case(const struct resources_case *c, const char *file)
{
	const struct profile_request request = {.name = file};
	struct profile profile;
	struct problems problems = {0};
	cleanup_free char *json = xasprintf("{'resources': %s}", c->resources);
	FILE *out = fopen(file, "we");

	assert_non_null(out);
	for (char *quote = json; (quote = strchr(quote, '\''));)
		*quote = '"';
	fputs(json, out);
	fclose(out);
	if (profile_load(&request, &profile, &problems) < 0)
		fail_msg("%s: %s", c->resources, problems.items[0].message);
	cleanup_free char *files = files_of(&profile);
	profile_clear(&profile);
	problems_clear(&problems);
	if (strcmp(files, c->files) != 0)
		fail_msg("%s: %s", c->resources, files);
}

static void they_become_the_files_that_runc_and_crun_write(void **state)
{
	char folder[] = "/tmp/oci-resources-XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(folder));
	cleanup_free char *file = xasprintf("%s/profile.json", folder);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(&cases[i], file);
	unlink(file);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(they_become_the_files_that_runc_and_crun_write)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
