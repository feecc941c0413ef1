/* SPDX-License-Identifier: MIT */
/* Files that are written by name: what others have put in the way, at once or in a loop, and what fails. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/new_file.h"

#define NOBODY 65534
#define BEFORE "root's own"
#define OURS   "ours"

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/siplaunch-new-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 && chmod(folder, 0755) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	cleanup_free char *command = xasprintf("rm -rf '%s'", folder);
	(void)state;
	return chdir("/") == 0 ? system(command) : -1;
}

static void shell(const char *script)
{
	cleanup_free char *command = xasprintf("umask 022; %s", script);
	assert_int_equal(system(command), 0);
}

static char *content(const char *path)
{
	char *text = NULL;
	size_t length;
	return file_read(AT_FDCWD, path, 65536, &text, &length, NULL) < 0 ? xstrdup("") : text;
}

static bool holds(const char *path, const char *expected)
{
	cleanup_free char *text = content(path);
	return strcmp(text, expected) == 0;
}

/* How many names begin with a dot: temporary files that were left. */
static unsigned left_over(const char *path)
{
	cleanup_closedir DIR *directory = opendir(path);
	unsigned count = 0;
	assert_non_null(directory);
	for (const struct dirent *entry; (entry = readdir(directory));)
		count += entry->d_name[0] == '.' && strspn(entry->d_name, ".") != strlen(entry->d_name);
	return count;
}

/* As root would write: 0, or -1. */
static int write_to(const char *path, enum new_file_kind kind, const char *text, struct error *error)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	uid_t self = geteuid();
	const struct trust_terms terms = {.callers = &self, .caller_count = 1, .written = true};

	if (new_file_open(&file, path, kind, &terms, error) < 0)
		return -1;
	if (kind == NEW_FILE_REPLACES)
		return new_file_replace(&file, text, strlen(text), error);
	if (new_file_prepare(&file, text, strlen(text), 0644, error) < 0)
		return -1;
	return new_file_place(&file, error);
}

/* ---- what is in the way ---- */

/* `victim` is root's file that nothing may change; `refused` a part of what is said, NULL: it is written. */
static const struct way {
	const char *setup, *path, *refused, *hint;
	bool as_root;
	bool new_too;          /* a fresh file is refused alike, or made alike */
	const char *elsewhere; /* where it is then; NULL: at `path` */
} ways[] = {
	{"true", "f", NULL, NULL, false, true, NULL},
	{"echo old >f", "f", NULL, NULL, false, false, NULL},
	{"mkdir d", "d/../f", NULL, NULL, false, true, "f"},
	{"mkdir -m 1777 d", "d/f", NULL, NULL, false, true, NULL},
	{"mkdir d; ln -s d l", "l/f", NULL, NULL, false, true, "d/f"},
	{"ln -s new l", "l", NULL, NULL, false, false, "new"},
	{"mkdir d; ln -s \"$PWD/d/new\" l", "l", NULL, NULL, false, false, "d/new"},
	{"ln victim f", "f", NULL, NULL, false, false, NULL},
	{"true", "", "create ", NULL, false, true, NULL},
	{"true", "none/f", "create none/f", "its directory exists", false, true, NULL},
	{"mkdir f", "f", "write f", NULL, false, true, NULL},
	{"mkdir f", "f/", "write f/", NULL, false, true, NULL},
	{"ln -s l l", "l", "create l", NULL, false, false, NULL},
	{"mkfifo f", "f", "open f for writing", NULL, false, false, NULL},
	{"mkdir -m 777 d", "d/f", "/d is writable by everybody", "chmod go-w /", false, true, NULL},
	{"mkdir -m 777 d; mkdir d/e", "d/e/f", "/d is writable by everybody", "chmod go-w /", false, true,
	 NULL},
	{"mkdir -m 777 d; ln -s ../victim d/f", "d/f", "/d is writable by everybody", "chmod go-w /", false,
	 false, NULL},
	{"mkdir -m 777 d; mkdir e; ln -s ../e d/e", "d/e/f", "/d is writable by everybody", "chmod go-w /",
	 false, true, NULL},
	{"mkdir d; setfacl -m u:4242:rwx d", "d/f", "/d is writable by others of its access list",
	 "chmod g-w /", true, true, NULL},
	{"mkdir d; chgrp 4242 d; chmod g+w d", "d/f", "/d is writable by group 4242", "chmod g-w /", true,
	 true, NULL},
	{"mkdir d; chown 4242 d", "d/f", "/d belongs to uid 4242", "chown root /", true, true, NULL},
	{"mkdir d; ln -s ../victim d/f; chown 4242 d", "d/f", "/d belongs to uid 4242", "chown root /", true,
	 false, NULL},
	{"mkdir -m 1777 d; ln -s ../victim d/f; chown -h 4242 d/f", "d/f", "d/f belongs to uid 4242", "rm /",
	 true, false, NULL},
	{"mkdir -m 1777 d; mkdir e; ln -s ../e d/e; chown -h 4242 d/e", "d/e/f", "/d/e belongs to uid 4242",
	 "rm /", true, true, NULL},
	{"mkdir -m 1777 d; echo his >d/f; chown 4242 d/f", "d/f", "d/f belongs to uid 4242", "rm d/f; ", true,
	 false, NULL},
	{"mkdir -m 1777 d; mkfifo d/f; chown 4242 d/f", "d/f", "d/f belongs to uid 4242", "rm d/f; ", true,
	 false, NULL},
	{"mkdir -m 1777 d; ln victim d/f", "d/f", NULL, NULL, false, false, NULL},
	{"echo his >f; chown 4242 f", "f", NULL, NULL, true, false, NULL},
};

static bool says(const char *text, const char *part)
{
	return !part || (text && strstr(text, part));
}

static unsigned check_way(const struct way *way, enum new_file_kind kind)
{
	cleanup_error struct error error = {0};
	struct stat info;

	shell("rm -rf ./* && printf \"" BEFORE "\" >victim");
	shell(way->setup);
	int result = write_to(way->path, kind, OURS, &error);
	const char *at = way->elsewhere ? way->elsewhere : way->path;
	bool well = way->refused
			    ? result < 0 && says(error.message, way->refused) && says(error.hint, way->hint)
			    : result == 0 && holds(at, OURS) && stat(at, &info) == 0 &&
				      info.st_uid == geteuid() && (info.st_mode & 07777) == 0644;
	if (well && holds("victim", BEFORE) && left_over(".") == 0)
		return 0;
	print_error("%s, %s: %d %s; %s\n", way->setup, way->path, result, error.message, error.hint);
	return 1;
}

static void every_way_to_a_file_is_looked_at_and_nothing_is_written_through_it(void **state)
{
	unsigned failed = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (ways[i].as_root && geteuid() != 0)
			continue;
		failed += check_way(&ways[i], NEW_FILE_REPLACES);
		if (ways[i].new_too)
			failed += check_way(&ways[i], NEW_FILE_FRESH);
	}
	assert_int_equal(failed, 0);
}

static void a_fresh_file_takes_the_place_of_nothing(void **state)
{
	static const char *const there[] = {"echo old >f", "ln -s victim f", "ln -s nothing f",
					    "mkfifo f",    "mkdir f",        "ln victim f"};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(there); i++) {
		cleanup_error struct error error = {0};
		shell("rm -rf ./* && printf \"" BEFORE "\" >victim");
		shell(there[i]);
		assert_int_equal(write_to("f", NEW_FILE_FRESH, OURS, &error), -1);
		assert_int_equal(error.errnum, EEXIST);
		assert_true(holds("victim", BEFORE));
		assert_int_not_equal(access("nothing", F_OK), 0);
	}
}

static void what_appears_meanwhile_is_not_replaced_by_a_fresh_file(void **state)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	cleanup_error struct error error = {0};
	(void)state;
	assert_int_equal(new_file_open(&file, "f", NEW_FILE_FRESH, NULL, NULL), 0);
	assert_int_equal(new_file_prepare(&file, OURS, strlen(OURS), 0640, NULL), 0);
	cleanup_free char *prepared = new_file_prepared_path(&file);
	assert_int_equal(strncmp(prepared, "./.f.", 5), 0);
	assert_true(holds(prepared, OURS));
	shell("printf his >f");
	assert_int_equal(new_file_place(&file, &error), -1);
	assert_int_equal(error.errnum, EEXIST);
	new_file_close(&file);
	assert_true(holds("f", "his"));
	assert_int_equal(left_over("."), 0);
}

static void an_ordinary_user_is_not_judged(void **state)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	(void)state;
	shell("mkdir -m 777 d; echo old >d/old; ln -s old d/f");
	assert_int_equal(new_file_open(&file, "d/f", NEW_FILE_REPLACES, NULL, NULL), 0);
	assert_int_equal(new_file_replace(&file, OURS, strlen(OURS), NULL), 0);
	assert_true(holds("d/old", OURS));
}

static void the_mode_is_kept_without_the_right_to_write_of_others(void **state)
{
	struct stat info;
	(void)state;
	shell("echo old >f; chmod 4662 f");
	assert_int_equal(write_to("f", NEW_FILE_REPLACES, OURS, NULL), 0);
	assert_int_equal(stat("f", &info), 0);
	assert_int_equal(info.st_mode & 07777, 0640);
}

/* A directory that was replaced after it was looked at is not written to. */
static void what_was_opened_is_written_to_whatever_has_its_name_now(void **state)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	(void)state;
	shell("mkdir d e; printf \"" BEFORE "\" >e/f");
	assert_int_equal(new_file_open(&file, "d/f", NEW_FILE_REPLACES, NULL, NULL), 0);
	shell("mv d was; ln -s e d");
	assert_int_equal(new_file_replace(&file, OURS, strlen(OURS), NULL), 0);
	assert_true(holds("e/f", BEFORE));
	assert_true(holds("was/f", OURS));
}

/* ---- descriptors ---- */

static void a_descriptor_that_was_given_is_written_to_where_it_is(void **state)
{
	(void)state;
	int fd = open("f", O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "before ", 7), 7);
	cleanup_free char *path = xasprintf("/proc/self/fd/%d", fd),
			  *short_path = xasprintf("/dev/fd/%d", fd);
	assert_int_equal(write_to(path, NEW_FILE_REPLACES, OURS, NULL), 0);
	assert_int_equal(write_to(short_path, NEW_FILE_REPLACES, " again", NULL), 0);
	assert_int_equal(write(fd, " after", 6), 6);
	close(fd);
	assert_true(holds("f", "before " OURS " again after"));
	assert_int_equal(write_to(path, NEW_FILE_REPLACES, OURS, NULL), -1);
}

static void a_fifo_that_somebody_reads_is_written_to(void **state)
{
	char text[16];
	(void)state;
	assert_int_equal(mkfifo("f", 0600), 0);
	int fd = open("f", O_RDONLY | O_NONBLOCK);
	assert_int_equal(write_to("f", NEW_FILE_REPLACES, OURS, NULL), 0);
	assert_int_equal(read(fd, text, sizeof text), strlen(OURS));
	close(fd);
	assert_int_equal(write_to("/dev/null", NEW_FILE_REPLACES, OURS, NULL), 0);
}

/* ---- others at the same time ---- */

static void become_nobody(void)
{
	if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive a test that is killed */
}

/* Puts something else into the way, as fast as it can. */
static pid_t attack(const char *directory)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	become_nobody();
	/* not to outlive a test that failed; the change of the user has cleared it before */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || chdir(directory) < 0)
		_exit(1);
	for (int ignored = 0;; (void)ignored) {
		ignored = symlink("../victim", "f");
		unlink("f");
		ignored = link("../victim", "f"); /* fs.protected_hardlinks may refuse */
		unlink("f");
		mkfifo("f", 0666);
		unlink("f");
		close(open("f", O_WRONLY | O_CREAT, 0666));
		rename("f", "g");
		ignored = symlink("..", "e");
		unlink("e");
		mkdir("e", 0777);
		ignored = symlink("../../victim", "e/f");
		unlink("e/f");
		rmdir("e");
	}
}

static void nobody_in_a_folder_of_his_or_of_everybody_can_lead_root_to_its_file(void **state)
{
	unsigned written = 0;
	struct stat info;
	(void)state;
	if (geteuid() != 0)
		skip();
	shell("printf \"" BEFORE "\" >victim; mkdir his; chown 65534 his; mkdir -m 1777 sticky");
	pid_t attackers[] = {attack("his"), attack("sticky")};
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(write_to("his/f", NEW_FILE_REPLACES, OURS, NULL), -1);
		assert_int_equal(write_to("his/e/f", NEW_FILE_REPLACES, OURS, NULL), -1);
		assert_int_equal(write_to("sticky/e/f", NEW_FILE_REPLACES, OURS, NULL), -1);
		written += write_to("sticky/f", i % 2 ? NEW_FILE_REPLACES : NEW_FILE_FRESH, OURS, NULL) == 0;
		unlink("sticky/f");
	}
	for (size_t i = 0; i < ARRAY_SIZE(attackers); i++) {
		assert_int_equal(waitpid(attackers[i], NULL, WNOHANG), 0);
		kill(attackers[i], SIGKILL);
		waitpid(attackers[i], NULL, 0);
	}
	assert_true(written > 0);
	assert_true(holds("victim", BEFORE));
	assert_int_equal(stat("victim", &info), 0);
	assert_int_equal(info.st_mode & 0777, 0644);
	assert_int_equal(left_over("sticky"), 0);
	assert_int_equal(access("f", F_OK), -1);
}

/* Each fills it with a byte of its own. */
static int write_often(char byte)
{
	char text[20001];
	memset(text, byte, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (unsigned i = 0; i < 20; i++)
		if (write_to("f", NEW_FILE_REPLACES, text, NULL) < 0)
			return 1;
	return 0;
}

static void of_eight_at_once_one_is_there_whole(void **state)
{
	pid_t pids[8];
	int status;
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(write_often((char)('a' + i)));
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		cleanup_free char *text = content("f");
		assert_true(!*text ||
			    (strlen(text) == 20000 && text[strspn(text, (char[]){*text, 0})] == '\0'));
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(left_over("."), 0);
}

/* ---- what fails ---- */

static void after_a_failure_the_old_file_is_as_it_was(void **state)
{
	cleanup_error struct error error = {0};
	struct rlimit before, small;
	(void)state;
	shell("printf old >f");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){2, before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int replaced = write_to("f", NEW_FILE_REPLACES, OURS, &error),
	    made = write_to("g", NEW_FILE_FRESH, OURS, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(replaced, -1);
	assert_int_equal(error.errnum, EFBIG);
	assert_int_equal(made, -1);
	assert_true(holds("f", "old"));
	assert_int_not_equal(access("g", F_OK), 0);
	assert_int_equal(left_over("."), 0);
}

static void a_name_as_long_as_names_can_be_is_no_reason_to_fail(void **state)
{
	char name[256];
	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(write_to(name, NEW_FILE_REPLACES, OURS, NULL), 0);
	assert_true(holds(name, OURS));
}

/* ---- directories ---- */

static void a_directory_for_files_is_judged_with_or_without_itself(void **state)
{
	static const struct {
		const char *setup, *path;
		unsigned findings, with_itself;
	} cases[] = {
		{"mkdir d", "d", 0, 0},
		{"mkdir -m 777 d", "d", 0, 1},
		{"mkdir -m 777 d; mkdir d/e", "d/e", 1, 1},
		{"mkdir -m 777 d; ln -s d l", "l", 0, 1},
		{"mkdir -m 777 d; mkdir e; ln -s ../e d/l", "d/l", 1, 1},
		{"mkdir -m 777 d; mkdir e; ln -s ../e d/l", "d/l/", 1, 1},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_trust_trail struct trust_trail without = TRUST_TRAIL_NONE, with = TRUST_TRAIL_NONE;
		shell("rm -rf ./*");
		shell(cases[i].setup);
		cleanup_close int a = trust_enter(&without, cases[i].path, false);
		cleanup_close int b = trust_enter(&with, cases[i].path, true);
		assert_true(a >= 0 && b >= 0);
		/* what is above, /tmp, has its own */
		const struct trust_terms terms = {.callers = (uid_t[]){geteuid()}, .caller_count = 1};
		assert_int_equal(trust_judge(without.findings, without.finding_count, &terms, NULL),
				 cases[i].findings ? -1 : 0);
		assert_int_equal(trust_judge(with.findings, with.finding_count, &terms, NULL),
				 cases[i].with_itself ? -1 : 0);
	}
}

/* Another process's root is followed as the kernel does, and not read as "/". */
static void a_link_of_proc_leads_where_the_kernel_says(void **state)
{
	struct stat there, here;
	(void)state;
	shell("mkdir d; touch d/f");
	cleanup_free char *path = xasprintf("/proc/%d/cwd/d/../d/f", (int)getpid());
	cleanup_trust_trail struct trust_trail trail = TRUST_TRAIL_NONE;
	cleanup_close int fd = trust_open(&trail, path, &there);
	assert_true(fd >= 0);
	assert_int_equal(stat("d/f", &here), 0);
	assert_int_equal(there.st_ino, here.st_ino);
	shell("mv d/f f; rmdir d; mkdir gone");
	assert_int_equal(chdir("gone"), 0);
	assert_int_equal(rmdir("../gone"), 0); /* its text has " (deleted)" behind it */
	cleanup_free char *deleted = xasprintf("/proc/%d/cwd/.", (int)getpid());
	cleanup_close int again = trust_open(&trail, deleted, &there);
	assert_true(again >= 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(every_way_to_a_file_is_looked_at_and_nothing_is_written_through_it),
		TEST(a_fresh_file_takes_the_place_of_nothing),
		TEST(what_appears_meanwhile_is_not_replaced_by_a_fresh_file),
		TEST(an_ordinary_user_is_not_judged),
		TEST(the_mode_is_kept_without_the_right_to_write_of_others),
		TEST(what_was_opened_is_written_to_whatever_has_its_name_now),
		TEST(a_descriptor_that_was_given_is_written_to_where_it_is),
		TEST(a_fifo_that_somebody_reads_is_written_to),
		TEST(nobody_in_a_folder_of_his_or_of_everybody_can_lead_root_to_its_file),
		TEST(of_eight_at_once_one_is_there_whole),
		TEST(after_a_failure_the_old_file_is_as_it_was),
		TEST(a_name_as_long_as_names_can_be_is_no_reason_to_fail),
		TEST(a_directory_for_files_is_judged_with_or_without_itself),
		TEST(a_link_of_proc_leads_where_the_kernel_says),
	};
	return cmocka_run_group_tests_name("new_file", tests, NULL, NULL);
}
