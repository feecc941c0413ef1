/* SPDX-License-Identifier: MIT */
/* Lists of processes, with those of other PID namespaces in them, which the kernel shows as 0. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "mechanism/cgroup_tree.h"

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/siplaunch-tree-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	cleanup_free char *command = xasprintf("rm -rf '%s'", folder);
	(void)state;
	return chdir("/") == 0 ? system(command) : -1;
}

static void write_procs(const char *directory, const char *text)
{
	cleanup_free char *path = path_join(directory, "cgroup.procs");
	mkdir(directory, 0755);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void who_has_no_number_here_is_said_to_be_outside(void **state)
{
	static const struct {
		const char *procs, *below, *text;
	} cases[] = {
		{"", "", ""},
		{"12\n34\n", "", "pids 12 34"},
		{"12\n", "34\n", "pids 12 34"},
		{"0\n", "", "1 process outside this PID namespace"},
		{"0\n0\n", "0\n", "3 processes outside this PID namespace"},
		{"0\n7\n0\n", "", "pids 7 and 2 processes outside this PID namespace"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n0\n", "18\n",
		 "pids 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 and 2 more and 1 process outside this PID "
		 "namespace"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_procs("group", cases[i].procs);
		write_procs("group/below", cases[i].below);
		cleanup_close int directory = open_directory("group");
		cleanup_free char *text = group_pids(directory);
		assert_string_equal(text, cases[i].text);
	}
}

/* "0" in cgroup.procs is whoever writes it: siplaunch itself would move. */
static void who_has_no_number_here_is_not_moved_and_neither_are_we(void **state)
{
	unsigned outside = 0;
	char text[64];
	(void)state;
	write_procs("from", "0\n0\n");
	write_procs("to", "untouched");
	cleanup_close int from = open_directory("from"), to = open_directory("to");
	assert_int_equal(group_move_all(from, to, &outside), 0);
	assert_int_equal(outside, 2);
	assert_int_equal(pseudo_read_small(to, "cgroup.procs", text, sizeof text), strlen("untouched"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(who_has_no_number_here_is_said_to_be_outside),
		TEST(who_has_no_number_here_is_not_moved_and_neither_are_we),
	};
	return cmocka_run_group_tests_name("cgroup_processes", tests, NULL, NULL);
}
