/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/trust.h"

/* ---- gathering ---- */

/* Who can change `path` after `setup` in an empty folder: a part of what is said, NULL for nobody. */
struct way {
	const char *name, *setup, *path, *who, *remedy;
	bool as_root; /* things must be given to others */
};

static const struct way ways[] = {
	{"a file of ours in a folder of ours", "touch f", "f", NULL, NULL, false},
	{"a file that everybody can write", "touch f; chmod 666 f", "f", "/f is writable by everybody",
	 "chmod go-w /", false},
	{"a folder that everybody can write", "mkdir -m 777 d; touch d/f", "d/f",
	 "/d is writable by everybody", "/d", false},
	{"a folder further up", "mkdir -m 777 d; mkdir -p d/e/g; touch d/e/g/f", "d/e/g/f",
	 "/d is writable by everybody", "/d", false},
	{"a sticky folder", "mkdir -m 1777 d; touch d/f", "d/f", NULL, NULL, false},
	{"a way back out of an open folder", "mkdir -m 777 d; touch f", "d/../f", NULL, NULL, false},
	{"a link to an open folder", "mkdir -m 777 d; touch d/f; ln -s d/f l", "l",
	 "/d is writable by everybody", "/d", false},
	{"a link in an open folder", "mkdir -m 777 d; touch f; ln -s ../f d/l", "d/l",
	 "/d is writable by everybody", "/d", false},
	{"a link to a folder with an open one above", "mkdir -m 777 d; mkdir d/e; touch d/e/f; ln -s d/e l",
	 "l/f", "/d is writable by everybody", "/d", false},
	{"a chain of links through an open folder", "mkdir -m 777 d; touch f; ln -s ../f d/m; ln -s d/m l",
	 "l", "/d is writable by everybody", "/d", false},
	{"an absolute link", "mkdir -m 777 d; touch d/f; ln -s \"$PWD/d/f\" l", "l",
	 "/d is writable by everybody", "/d", false},
	{"somebody's file", "touch f; chown 4242 f", "f", "/f belongs to uid 4242", "chown root /", true},
	{"somebody's folder", "mkdir d; touch d/f; chown 4242 d", "d/f", "/d belongs to uid 4242", "/d",
	 true},
	{"somebody's sticky folder", "mkdir -m 1777 d; touch d/f; chown 4242 d", "d/f",
	 "/d belongs to uid 4242", "/d", true},
	{"somebody's file in a sticky folder", "mkdir -m 1777 d; touch d/f; chown 4242 d/f", "d/f",
	 "/d/f belongs to uid 4242", "/d/f", true},
	{"somebody's link in a sticky folder", "mkdir -m 1777 d; touch f; ln -s ../f d/l; chown -h 4242 d/l",
	 "d/l", "/d/l belongs to uid 4242", "chown -h root /", true},
	{"a group's file", "touch f; chown 0:4242 f; chmod 664 f", "f", "/f is writable by group 4242",
	 "chmod g-w /", true},
	{"a file of root's group", "touch f; chown 0:0 f; chmod 664 f", "f", NULL, NULL, true},
};

static char folder[] = "/tmp/siplaunch-trust-XXXXXX";

static int empty_folder(void)
{
	cleanup_free char *command = xasprintf("rm -rf %s && mkdir -m 755 %s", folder, folder);
	return system(command);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	cleanup_free char *command = xasprintf("rm -rf %s", folder);
	return system(command);
}

static bool says(const char *text, const char *part)
{
	return part ? text && strstr(text, part) : !text;
}

static unsigned check_path(const struct way *way, const char *path)
{
	struct trust_trail trail = TRUST_TRAIL_NONE;
	cleanup_error struct error error = {0};
	struct stat info;
	uid_t self = geteuid();
	const struct trust_terms terms = {.callers = &self, .caller_count = 1};

	int fd = trust_open(&trail, path, &info);
	bool opened = fd >= 0;
	cleanup_close_(&fd);
	trust_judge(trail.findings, trail.finding_count, &terms, &error);
	trust_trail_clear(&trail);
	if (opened && says(error.message, way->who) && says(error.hint, way->remedy))
		return 0;
	print_error("%s (%s): %s; %s\n", way->name, path, error.message, error.hint);
	return 1;
}

/* Each as it is, then through a link, which is walked by hand, and from the folder itself. */
static void every_way_to_a_file_is_looked_at(void **state)
{
	unsigned failed = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const struct way *way = &ways[i];
		if (way->as_root && geteuid() != 0)
			continue;
		assert_int_equal(empty_folder(), 0);
		cleanup_free char *command =
			xasprintf("umask 022; cd %s && %s && ln -s . here", folder, way->setup);
		assert_int_equal(system(command), 0);
		cleanup_free char *direct = xasprintf("%s/%s", folder, way->path);
		cleanup_free char *linked = xasprintf("%s/here/%s", folder, way->path);
		assert_int_equal(chdir(folder), 0);
		failed += check_path(way, direct) + check_path(way, linked) + check_path(way, way->path);
		assert_int_equal(chdir("/"), 0);
	}
	assert_int_equal(failed, 0);
}

static void what_cannot_be_opened_has_the_kernels_errno(void **state)
{
	static const struct {
		const char *setup, *path;
		int errnum;
	} cases[] = {
		{"true", "none", ENOENT},
		{"true", "none/f", ENOENT},
		{"ln -s none l", "l", ENOENT},
		{"touch f", "f/g", ENOTDIR},
		{"ln -s b a; ln -s a b", "a", ELOOP},
		{"ln -s l/f l", "l", ELOOP},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trust_trail trail = TRUST_TRAIL_NONE;
		struct stat info;
		assert_int_equal(empty_folder(), 0);
		cleanup_free char *command = xasprintf("cd %s && %s", folder, cases[i].setup);
		assert_int_equal(system(command), 0);
		cleanup_free char *path = xasprintf("%s/%s", folder, cases[i].path);
		assert_int_equal(trust_open(&trail, path, &info), -1);
		assert_int_equal(errno, cases[i].errnum);
		assert_int_equal(trail.finding_count, 0);
		trust_trail_clear(&trail);
	}
}

static void a_fifo_does_not_hang_and_is_told_from_a_file(void **state)
{
	struct trust_trail trail = TRUST_TRAIL_NONE;
	struct stat info;
	(void)state;
	assert_int_equal(empty_folder(), 0);
	cleanup_free char *path = xasprintf("%s/fifo", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	int fd = trust_open(&trail, path, &info);
	assert_true(fd >= 0 && S_ISFIFO(info.st_mode));
	cleanup_close_(&fd);
	trust_trail_clear(&trail);
}

/* ---- judging ---- */

static const uid_t alice[] = {1000};

static const struct {
	struct trust_finding finding;
	struct trust_terms terms;
	const char *who; /* NULL: nobody else */
} verdicts[] = {
	{{"/x", 0, 0, S_IFREG | 0644, false, false}, {0}, NULL},
	{{"/x", 0, 0, S_IFREG | 0664, false, false}, {0}, NULL},
	{{"/x", 0, 0, S_IFREG | 0664, false, true},
	 {0},
	 "/x is writable by others of its access list (getfacl)"},
	{{"/x", 0, 0, S_IFREG | 0644, false, true}, {0}, NULL},
	{{"/x", 0, 50, S_IFDIR | 02775, false, false}, {0}, "/x is writable by group 50"},
	{{"/x", 0, 50, S_IFDIR | 01775, false, false}, {0}, NULL},
	{{"/x", 0, 0, S_IFREG | 01666, false, false}, {0}, "/x is writable by everybody"},
	{{"/x", 1000, 1000, S_IFREG | 0644, false, false}, {0}, "/x belongs to uid 1000"},
	{{"/x", 1000, 1000, S_IFREG | 0664, false, false}, {.callers = alice, .caller_count = 1}, NULL},
	{{"/x", 1000, 100, S_IFREG | 0664, false, false},
	 {.callers = alice, .caller_count = 1},
	 "/x is writable by group 100"},
	{{"/x", 1001, 1001, S_IFREG | 0644, false, false},
	 {.callers = alice, .caller_count = 1},
	 "/x belongs to uid 1001"},
	{{"/x", 0, 0, S_IFLNK | 0777, false, false}, {0}, NULL},
	{{"/x", 1000, 0, S_IFLNK | 0777, false, false}, {0}, "/x belongs to uid 1000"},
	/* a ConfigMap's folder; the same on a host, where others may have it writable */
	{{"/x", 0, 0, S_IFDIR | 0777, true, false}, {.container = true}, NULL},
	{{"/x", 1000, 0, S_IFREG | 0644, true, false}, {.container = true}, NULL},
	{{"/x", 0, 0, S_IFDIR | 0777, false, false}, {.container = true}, "/x is writable by everybody"},
	{{"/x", 0, 0, S_IFDIR | 0777, true, false}, {0}, "/x is writable by everybody"},
	/* the machine's root, seen from a user namespace */
	{{"/x", 65534, 65534, S_IFDIR | 0755, false, false}, {.overflow_free = true}, NULL},
	{{"/x", 65534, 65534, S_IFDIR | 0777, false, false},
	 {.overflow_free = true},
	 "/x is writable by everybody"},
	{{"/x", 65534, 65534, S_IFDIR | 0755, false, false}, {0}, "/x belongs to uid 65534"},
};

static void who_else_can_change_a_file_depends_on_who_is_trusted(void **state)
{
	unsigned failed = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		cleanup_error struct error error = {0};
		int result = trust_judge(&verdicts[i].finding, 1, &verdicts[i].terms, &error);
		bool same = verdicts[i].who ? error.message && strcmp(error.message, verdicts[i].who) == 0
					    : !error.message;
		if (!same || result != (verdicts[i].who ? -1 : 0)) {
			print_error("verdict %zu: %s\n", i, error.message);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

static void all_that_is_wrong_is_said_with_a_command_for_each(void **state)
{
	const struct trust_finding findings[] = {
		{"/a b", 0, 0, S_IFDIR | 0777, false, false},
		{"/good", 0, 0, S_IFDIR | 0775, false, false},
		{"/c", 7, 0, S_IFREG | 0600, false, false},
	};
	cleanup_error struct error error = {0};
	(void)state;
	assert_int_equal(trust_judge(findings, ARRAY_SIZE(findings), &(struct trust_terms){0}, &error), -1);
	assert_string_equal(error.message, "/a b is writable by everybody, /c belongs to uid 7");
	assert_string_equal(error.hint, "chmod go-w '/a b' && chown root /c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_a_file_is_looked_at),
		cmocka_unit_test(what_cannot_be_opened_has_the_kernels_errno),
		cmocka_unit_test(a_fifo_does_not_hang_and_is_told_from_a_file),
		cmocka_unit_test(who_else_can_change_a_file_depends_on_who_is_trusted),
		cmocka_unit_test(all_that_is_wrong_is_said_with_a_command_for_each),
	};
	return cmocka_run_group_tests_name("trust", tests, make_folder, remove_folder);
}
