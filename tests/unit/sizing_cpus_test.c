/* SPDX-License-Identifier: MIT */
/* Workers beside CPUs: what is far and what is not, and how much CPU time a group has. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/cpus.h"
#include "host/host.h"
#include "sizing/cpus.h"

#define NO_QUOTA UNLIMITED

static const struct {
	const char *what;
	struct cpu_request request;
	enum cpu_verdict verdict;
	const char *says; /* NULL: nothing */
} cases[] = {
	{"nothing is known", {0, NO_QUOTA, NULL, false, 16, 0}, CPUS_FINE, NULL},
	{"a stock configuration on one CPU", {1, NO_QUOTA, NULL, false, 16, 0}, CPUS_FINE, NULL},
	{"the same on half a CPU", {4, 500, "/a cpu.max", false, 16, 0}, CPUS_FINE, NULL},
	{"the same on a quarter of one",
	 {4, 250, "/a cpu.max", false, 16, 0},
	 CPUS_FEW_FOR_WORKERS,
	 "16 workers share 0.25 CPUs (/a cpu.max)"},
	{"Debian's on five addresses and two CPUs", {2, NO_QUOTA, NULL, false, 48, 0}, CPUS_FINE, NULL},
	{"as many as a CPU takes", {1, NO_QUOTA, NULL, false, 32, 0}, CPUS_FINE, NULL},
	{"one more",
	 {1, NO_QUOTA, NULL, false, 33, 0},
	 CPUS_FEW_FOR_WORKERS,
	 "33 workers share 1 CPU (online)"},
	{"many workers in a small cpuset",
	 {2, NO_QUOTA, NULL, true, 100, 0},
	 CPUS_FEW_FOR_WORKERS,
	 "share 2 CPUs (cpuset)"},
	{"a stock configuration on a large machine", {128, NO_QUOTA, NULL, false, 16, 0}, CPUS_FINE, NULL},
	{"a large quota for two workers",
	 {64, 8000, "/a cpu.max", false, 2, 0},
	 CPUS_MANY_FOR_WORKERS,
	 "2 workers cannot use 8 CPUs (/a cpu.max)"},
	{"half as many workers as CPUs",
	 {64, 8000, "/a cpu.max", false, 4, 0},
	 CPUS_MANY_FOR_WORKERS,
	 "4 workers"},
	{"more than half", {64, 8000, "/a cpu.max", false, 5, 0}, CPUS_FINE, NULL},
	{"one worker on a few CPUs", {3, NO_QUOTA, NULL, true, 1, 0}, CPUS_FINE, NULL},
	{"one worker on a chosen cpuset",
	 {4, NO_QUOTA, NULL, true, 1, 0},
	 CPUS_MANY_FOR_WORKERS,
	 "1 worker cannot"},
	{"a quota above what is online", {2, 8000, "/a cpu.max", false, 2, 0}, CPUS_FINE, NULL},
	{"workers that are not known", {1, 100, "/a cpu.max", false, 0, 0}, CPUS_FINE, NULL},
	{"threads as many as CPUs", {8, NO_QUOTA, NULL, false, 8, 8}, CPUS_FINE, NULL},
	{"threads for another machine",
	 {64, 2000, "/a cpu.max", false, 8, 64},
	 CPUS_FEW_FOR_THREADS,
	 "tcp_threads is 64 on 2 CPUs (/a cpu.max)"},
	{"four threads on a tenth of a CPU", {4, 100, "/a cpu.max", false, 3, 4}, CPUS_FINE, NULL},
	{"numbers beyond all",
	 {UINT64_MAX, UINT64_MAX - 1, "/a", true, UINT64_MAX, UINT64_MAX},
	 CPUS_FEW_FOR_THREADS,
	 "tcp_threads is 18446744073709551615"},
};

static void only_extremes_are_far(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = cpus_text(&cases[i].request);
		if (cpus_judge(&cases[i].request) != cases[i].verdict)
			fail_msg("%s: %d", cases[i].what, cpus_judge(&cases[i].request));
		if (!cases[i].says != !text || (text && !strstr(text, cases[i].says)))
			fail_msg("%s: %s", cases[i].what, text ? text : "(nothing)");
		assert_true((cpu_verdict_name(cases[i].verdict) == NULL) == (text == NULL));
	}
}

static void a_quota_is_read_as_the_kernel_writes_it(void **state)
{
	(void)state;
	assert_int_equal(cpu_quota_parse("150000 100000"), 1500);
	assert_int_equal(cpu_quota_parse("1000 1000000"), 1);
	assert_true(cpu_quota_parse("max 100000") == UNLIMITED);
	assert_true(cpu_quota_parse("") == UNLIMITED && cpu_quota_parse("5") == UNLIMITED);
	assert_true(cpu_quota_parse("5 0") == UNLIMITED && cpu_quota_parse("-5 10") == UNLIMITED);
	assert_true(cpu_quota_parse("18446744073709551615 1") == UNLIMITED);
	assert_int_equal(cpu_list_count("0-3,8"), 5);
	assert_int_equal(cpu_list_count("0"), 1);
	assert_int_equal(cpu_list_count("3-1"), 0);
	assert_int_equal(cpu_list_count("all"), 0);
}

static void put(int root, const char *path, const char *text)
{
	cleanup_close int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void check(int root, const char *path, const char *base, uint64_t thousandths, const char *source)
{
	cleanup_cpu_quota struct cpu_quota quota = {0};
	const struct host_roots roots = {.root = root, .proc = -1};
	char mount[] = "/m", mount_root[] = "/", own[] = "/a/b";
	cleanup_free char *below = base ? xstrdup(base) : NULL;
	struct host host = {.cgroup = {.mount = mount, .mount_root = mount_root, .path = own, .base = below}};

	assert_int_equal(cpu_quota_read(&roots, &host, path, &quota, NULL), 0);
	assert_true(quota.thousandths == thousandths);
	if (source)
		assert_string_equal(quota.source, source);
	else
		assert_null(quota.source);
}

/* No descriptor left for any of them: nothing is known, and it is said. */
static void check_shortage(int root)
{
	cleanup_cpu_quota struct cpu_quota quota = {0};
	cleanup_error struct error error = {0};
	const struct host_roots roots = {.root = root, .proc = -1};
	char mount[] = "/m", mount_root[] = "/", own[] = "/a/b";
	struct host host = {.cgroup = {.mount = mount, .mount_root = mount_root, .path = own}};
	struct rlimit before, none;
	int lowest = dup(root);

	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (int more = 0; more < 2; more++) { /* the mount's, and a file's */
		none = (struct rlimit){(rlim_t)(lowest + more), before.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
		int result = cpu_quota_read(&roots, &host, NULL, &quota, &error);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		assert_int_equal(result, -1);
		assert_int_equal(error.errnum, EMFILE);
		assert_string_equal(error.message, more ? "read cpu.max of the group /a/b" : "open /m");
	}
}

static void the_smallest_quota_on_the_way_up_counts(void **state)
{
	char folder[] = "/tmp/cpus_test.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(folder));
	cleanup_close int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static const char *const directories[] = {"m", "m/a", "m/a/b", "m/c"};
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		assert_int_equal(mkdirat(root, directories[i], 0755), 0);
	put(root, "m/a/cpu.max", "150000 100000\n");
	put(root, "m/a/b/cpu.max", "400000 100000\n");
	put(root, "m/c/cpu.max", "max 100000\n");

	check(root, "/a/b", NULL, 1500, "/a cpu.max");
	check_shortage(root);
	check(root, "/a", NULL, 1500, "/a cpu.max");
	check(root, "/c", NULL, UNLIMITED, NULL);
	check(root, "/gone/x", NULL, UNLIMITED, NULL);
	check(root, NULL, "/c", UNLIMITED, NULL);
	check(root, "/a/b/made/later", NULL, 1500, "/a cpu.max"); /* a group that is not there yet */
	check(root, NULL, NULL, 1500, "/a cpu.max");
	put(root, "m/a/b/cpu.max", "10000 100000\n");
	check(root, "/a/b", NULL, 100, "/a/b cpu.max");

	static const char *const files[] = {"m/a/cpu.max", "m/a/b/cpu.max", "m/c/cpu.max"};
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(root, files[i], 0);
	for (size_t i = ARRAY_SIZE(directories); i-- > 0;)
		unlinkat(root, directories[i], AT_REMOVEDIR);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_extremes_are_far),
		cmocka_unit_test(a_quota_is_read_as_the_kernel_writes_it),
		cmocka_unit_test(the_smallest_quota_on_the_way_up_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
