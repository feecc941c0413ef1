/* SPDX-License-Identifier: MIT */
/* What the kernel prints of what was written to a group's file; each pair was seen, or stands in its source.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "settings/cgroup_file.h"

static const struct text_case {
	const char *name, *wanted, *actual;
	bool holds;
} cases[] = {
	{"cgroup.max.descendants", "10", "10", true},
	{"cgroup.max.descendants", "10", "11", false},
	{"cgroup.max.depth", "max", "max", true},
	{"cpu.weight.nice", "-5", "-5", true},
	{"cpu.weight.nice", "-5", "5", false},
	/* CPUs and nodes */
	{"cpuset.cpus", "0,1,2", "0-2", true},
	{"cpuset.cpus", "2,0-1,6", "0-2,6", true},
	{"cpuset.cpus", "0-2", "0-3", false},
	{"cpuset.cpus", "0-2", "", false},
	{"cpuset.mems", "0", "0\n", true},
	{"cpuset.cpus.exclusive", "1,2", "1-2", true},
	{"cpuset.cpus.partition", "root", "root", true},
	{"cpuset.cpus.partition", "root", "root invalid (Parent is not a partition root)", false},
	{"cpuset.cpus.partition", "isolated", "isolated invalid (cpuset.cpus is empty)", false},
	{"cpuset.cpus.partition", "root", "member", false},
	/* sizes and their units */
	{"hugetlb.2MB.max", "5M", "4194304", true},
	{"hugetlb.2MB.max", "5M", "5242880", false},
	{"hugetlb.2MB.max", "4194304", "4194304", true},
	{"hugetlb.2MB.max", "0", "0", true},
	{"hugetlb.2MB.max", "max", "max", true},
	{"hugetlb.2MB.max", "2M", "max", false},
	{"hugetlb.1GB.rsvd.max", "3221225472", "3221225472", true},
	{"hugetlb.64KB.max", "100K", "65536", true},
	{"memory.of.a.later.kernel", "4097", "4096", true},
	{"memory.of.a.later.kernel", "8192", "4096", false},
	{"dmem.max", "drm/0000:03:00.0/vram0 1g", "drm/0000:03:00.0/vram0 1073741824\nmali max", true},
	{"misc.max", "18446744073709551615", "18446744073709551615", true},
	{"misc.max", "sev 99999999999999999999", "sev 5", false},
	/* fractions of a percent */
	{"cpu.uclamp.min", "50", "50.00", true},
	{"cpu.uclamp.min", "10.5", "10.50", true},
	{"cpu.uclamp.min", "10.5", "10.51", false},
	{"cpu.uclamp.max", "max", "max", true},
	{"cpu.uclamp.min", "50", "5", false},
	/* a period that nobody named */
	{"cpu.max", "max", "max 100000", true},
	{"cpu.max", "50000", "50000 100000", true},
	{"cpu.max", "50000 100000", "50000 100000", true},
	{"cpu.max", "100000", "50000 100000", false},
	/* a line for each device */
	{"io.max", "8:0 rbps=1048576", "8:0 rbps=1048576 wbps=max riops=max wiops=max", true},
	{"io.max", "8:0 rbps=1M wiops=7", "8:0 rbps=1048576 wbps=max riops=max wiops=7", true},
	{"io.max", "8:0 wiops=7 rbps=1M", "8:16 rbps=2 wbps=max\n8:0 rbps=1048576 wbps=max riops=max wiops=7",
	 true},
	{"io.max", "8:0 rbps=1048576", "8:0 rbps=2097152 wbps=max riops=max wiops=max", false},
	{"io.max", "8:0 rbps=1048576", "8:16 rbps=1048576 wbps=max riops=max wiops=max", false},
	{"io.max", "8:0 rbps=1048576", "", false},
	{"io.max", "8:0 rbps=max wbps=max", "", true},
	{"io.max", "8:0 rbps=max", "8:0 rbps=5 wbps=max riops=max wiops=max", false},
	{"io.max", "8:0 rbps=1\n8:16 rbps=2", "8:0 rbps=1 wbps=max\n8:16 rbps=2 wbps=max", true},
	{"io.max", "8:0 rbps=1\n8:16 rbps=2", "8:0 rbps=1 wbps=max", false},
	{"io.latency", "8:0 target=75000", "8:0 target=75000", true},
	{"io.latency", "8:0 target=75000", "8:0 target=75", false},
	{"io.weight", "200", "default 200", true},
	{"io.weight", "default 200", "default 200\n8:0 300", true},
	{"io.weight", "200", "default 100\n8:0 200", false},
	{"io.weight", "8:0 200", "default 100\n8:0 200", true},
	{"io.weight", "8:0 default", "default 100", true},
	{"io.bfq.weight", "200", "default 200", true},
	{"io.bfq.weight", "200", "200", true},
	{"rdma.max", "mlx4_0 hca_object=max hca_handle=2", "mlx4_0 hca_handle=2 hca_object=max", true},
	{"rdma.max", "mlx4_0 hca_handle=2", "ocrdma1 hca_handle=2 hca_object=max", false},
	{"misc.max", "res_a 1", "res_a 1\nres_b max", true},
	{"misc.max", "res_a 1", "res_a max\nres_b 1", false},
	{"misc.max", "res_a 1\nres_b 2\n", "res_a 1\nres_b 2", true},
};

static void what_was_written_is_known_in_the_kernels_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct setting *own = setting_of_file(cases[i].name);
		const struct setting *row = setting_find(MECHANISM_CGROUP, cases[i].name);
		if (cgroup_text_holds(row ? row : own, cases[i].wanted, cases[i].actual) != cases[i].holds)
			fail_msg("%s: \"%s\" reads \"%s\"", cases[i].name, cases[i].wanted, cases[i].actual);
		setting_free(own);
	}
}

static void a_file_without_a_row_gets_one_of_its_own(void **state)
{
	struct setting *file = setting_of_file("misc.max");
	(void)state;
	assert_int_equal(file->mechanism, MECHANISM_CGROUP);
	assert_string_equal(file->name, "misc.max");
	assert_int_equal(file->kind, VALUE_TEXT);
	assert_string_equal(file->podman, "--cgroup-conf misc.max=%s");
	assert_null(file->systemd);
	assert_null(file->fresh);
	setting_free(file);
}

/* A partition takes the CPUs that are there when it is written. */
static void a_file_comes_behind_what_it_builds_on(void **state)
{
	static const char *const order[] = {"cgroup.max.depth", "cpuset.cpus.exclusive",
					    "cpuset.cpus.partition", "of.a.later.kernel"};
	size_t before = setting_rank(setting_find(MECHANISM_CGROUP, "cpuset.cpus"));
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		struct setting *file = setting_of_file(order[i]);
		assert_true(setting_rank(file) > before);
		before = setting_rank(file);
		setting_free(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_known_in_the_kernels_words),
		cmocka_unit_test(a_file_without_a_row_gets_one_of_its_own),
		cmocka_unit_test(a_file_comes_behind_what_it_builds_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
