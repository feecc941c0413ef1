/* SPDX-License-Identifier: MIT */
/* Which group is ours, which is newer, which is empty: in folders, which have names and inodes as groups do.
 */
#include <errno.h>

#include "context.h"
#include "mechanism/cgroup_tree.h"

static char folder[40];

static int make(void **state)
{
	strcpy(folder, "/tmp/siplaunch-tree-XXXXXX");
	assert_non_null(mkdtemp(folder));
	int *root = xcalloc(1, sizeof *root);
	*root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(*root >= 0);
	*state = root;
	return 0;
}

static int clear(void **state)
{
	cleanup_free char *remove = xasprintf("rm -rf %s", folder);
	close(*(int *)*state);
	free(*state);
	return system(remove);
}

static void a_group_that_was_made_anew_under_its_name_is_another(void **state)
{
	int root = *(int *)*state;
	assert_int_equal(mkdirat(root, "router", 0755), 0);
	cleanup_close int ours = group_open(root, "router");
	assert_true(group_is_still(root, "router", ours));
	assert_int_equal(renameat(root, "router", root, "moved"), 0);
	assert_false(group_is_still(root, "router", ours));
	assert_int_equal(mkdirat(root, "router", 0755), 0);
	assert_false(group_is_still(root, "router", ours));
	assert_true(group_is_still(root, "moved", ours));
}

static void a_link_to_our_group_is_not_our_group(void **state)
{
	int root = *(int *)*state;
	assert_int_equal(mkdirat(root, "router", 0755), 0);
	cleanup_close int ours = group_open(root, "router");
	assert_int_equal(symlinkat("router", root, "link"), 0);
	assert_false(group_is_still(root, "link", ours));
}

static uint64_t inode_of(int root, const char *name)
{
	struct stat info;
	assert_int_equal(fstatat(root, name, &info, AT_SYMLINK_NOFOLLOW), 0);
	return info.st_ino;
}

static uint64_t newest_of(int root)
{
	uint64_t newest = 1;
	assert_int_equal(group_newest_child(root, &newest), 0);
	return newest;
}

static void the_newest_child_is_a_group_and_no_leaf_of_ours(void **state)
{
	int root = *(int *)*state;
	char newest[] = "a";
	assert_int_equal(newest_of(root), 0);
	for (char name[] = "a"; *name <= 'e'; ++*name) {
		assert_int_equal(mkdirat(root, name, 0755), 0);
		if (inode_of(root, name) > inode_of(root, newest))
			*newest = *name;
	}
	close(openat(root, "cgroup.procs", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	uint64_t number = inode_of(root, newest);
	assert_int_equal(newest_of(root), number);
	assert_int_equal(renameat(root, newest, root, EVACUATION_LEAF), 0);
	assert_true(newest_of(root) > 0 && newest_of(root) < number);
}

static void a_stale_group_goes_with_the_empty_ones_below_it_and_no_other(void **state)
{
	int root = *(int *)*state;
	assert_int_equal(mkdirat(root, "stale", 0755), 0);
	assert_int_equal(mkdirat(root, "stale/below", 0755), 0);
	assert_int_equal(mkdirat(root, "stale/below/deeper", 0755), 0);
	assert_int_equal(mkdirat(root, "beside", 0755), 0);
	assert_int_equal(group_remove_empty(root, "stale"), 0);
	assert_int_equal(faccessat(root, "stale", F_OK, 0), -1);
	assert_int_equal(faccessat(root, "beside", F_OK, 0), 0);
	assert_int_equal(group_remove_empty(root, "stale"), 0); /* gone is gone */
}

static void has_pids(int directory, unsigned outside, unsigned from, unsigned to, const char *expected)
{
	int fd = openat(directory, "cgroup.procs", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	FILE *file = fdopen(fd, "w");
	assert_non_null(file);
	for (unsigned i = 0; i < outside; i++)
		fputs("0\n", file);
	for (unsigned pid = from; pid < to; pid++)
		fprintf(file, "%u\n", pid);
	assert_int_equal(fclose(file), 0);
	cleanup_free char *text = group_own_pids(directory);
	assert_string_equal(text, expected);
}

static void of_many_processes_the_first_are_shown_and_the_others_counted(void **state)
{
	int root = *(int *)*state;
	has_pids(root, 0, 0, 0, "");
	has_pids(root, 0, 7, 8, "pids 7");
	has_pids(root, 0, 1, 17, "pids 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16");
	has_pids(root, 0, 1, 20, "pids 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 and 3 more");
	has_pids(root, 1, 0, 0, "1 process outside this PID namespace");
	has_pids(root, 2, 7, 9, "pids 7 8 and 2 processes outside this PID namespace");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_group_that_was_made_anew_under_its_name_is_another),
		TEST(a_link_to_our_group_is_not_our_group),
		TEST(the_newest_child_is_a_group_and_no_leaf_of_ours),
		TEST(of_many_processes_the_first_are_shown_and_the_others_counted),
		TEST(a_stale_group_goes_with_the_empty_ones_below_it_and_no_other),
	};
	return cmocka_run_group_tests_name("cgroup_tree", tests, NULL, NULL);
}
