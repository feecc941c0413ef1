/* SPDX-License-Identifier: MIT */
/* How the router's file is found, and that looking for it with the router's eyes changes nothing of ours. */
#include <errno.h>
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

#include "commands.h"
#include "context.h"
#include "launch/handover.h"
#include "session/program_find.h"

/* ---- PATH ---- */

static void make_program(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && fchmod(fd, mode) == 0);
	close(fd);
}

/* Looked for from /tmp/here, which has a program of that name as "/" has: neither is in PATH. */
static const struct path_case {
	const char *path, *found; /* NULL: not there; "-": there, and not executable */
} path_cases[] = {
	{"/tmp/there", "/tmp/there/router"},
	{"/tmp/none:/tmp/there", "/tmp/there/router"},
	/* an empty element would be the current directory, which others may fill */
	{":/tmp/none", NULL},
	{"/tmp/none:", NULL},
	{"/tmp/none::/tmp/none", NULL},
	{"::/tmp/there", "/tmp/there/router"},
	{"../there:.", NULL},
	{"/tmp/locked", "-"},
	{"/tmp/locked:/tmp/there", "/tmp/there/router"},
	{"/tmp/folder:/tmp/there", "/tmp/there/router"},
	{"/tmp/folder", NULL},
};

static void make_root(void)
{
	CHECK(mkdir("/tmp", 0755) == 0 && mkdir("/tmp/here", 0755) == 0 && mkdir("/tmp/there", 0755) == 0);
	CHECK(mkdir("/tmp/locked", 0755) == 0 && mkdir("/tmp/folder", 0755) == 0);
	CHECK(mkdir("/tmp/folder/router", 0755) == 0);
	make_program("/router", 0755);
	make_program("/tmp/here/router", 0755);
	make_program("/tmp/there/router", 0755);
	make_program("/tmp/locked/router", 0644);
}

static void find_in_each_path(void)
{
	const struct context context = {0};
	make_root();
	CHECK(chdir("/tmp/here") == 0);
	for (size_t i = 0; i < ARRAY_SIZE(path_cases); i++) {
		const struct path_case *test = &path_cases[i];
		int status = 0;
		CHECK(setenv("PATH", test->path, 1) == 0);
		cleanup_free char *found = program_find("router", &context, &status, NULL);
		fprintf(stderr, "  PATH=%s: %s, %d\n", test->path, found ? found : "none", status);
		if (test->found && *test->found == '/')
			CHECK(found && strcmp(found, test->found) == 0);
		else
			CHECK(!found && status == (test->found ? EXIT_NOT_EXECUTABLE : EXIT_NOT_FOUND));
	}
}

/* ---- another user's eyes ---- */

/* setfsuid(2) and setfsgid(2) tell what is there when they are asked for what cannot be. */
static bool file_ids_are(uid_t uid, gid_t gid)
{
	return setfsuid((uid_t)-1) == (int)uid && setfsgid((gid_t)-1) == (int)gid;
}

static void look_as_another_user(void)
{
	struct world world;
	int status = 0;
	world_make(&world);
	world_user(&world);
	make_root();
	make_program("/tmp/mine", 0700);

	cleanup_free char *found = program_find("/tmp/there/router", &world.context, &status, NULL);
	CHECK(found && file_ids_are(0, 0));
	/* a core file and a debugger of ours are allowed as before */
	CHECK(prctl(PR_GET_DUMPABLE) == 1);
	/* root may, user 990 may not */
	cleanup_free char *refused = program_find("/tmp/mine", &world.context, &status, &world.error);
	CHECK(!refused && status == EXIT_NOT_EXECUTABLE && world.error.errnum == EACCES);
	CHECK(contains(world.error.hint, "user sip must be able to execute it"));
	CHECK(file_ids_are(0, 0) && geteuid() == 0);
	/* nor by a group that is ours alone */
	const gid_t ours = 4711;
	make_program("/tmp/group", 0750);
	CHECK(setgroups(1, &ours) == 0 && chown("/tmp/group", 0, ours) == 0);
	cleanup_free char *of_ours = program_find("/tmp/group", &world.context, &status, NULL);
	CHECK(!of_ours && status == EXIT_NOT_EXECUTABLE);
	/* and root writes files as root again */
	make_program("/tmp/after", 0600);
	struct stat info;
	CHECK(stat("/tmp/after", &info) == 0 && info.st_uid == 0 && info.st_gid == 0);
}

/* ---- descriptors ---- */

static bool survives_exec(int fd)
{
	int flags = fcntl(fd, F_GETFD);
	return flags >= 0 && !(flags & FD_CLOEXEC);
}

/* Descriptors 3 to 6 are open, of which systemd has passed two to the process LISTEN_PID. */
static void pass_descriptors(pid_t listen_pid, unsigned survivors)
{
	cleanup_free char *pid = xasprintf("%d", (int)listen_pid);
	CHECK(setenv("LISTEN_PID", pid, 1) == 0 && setenv("LISTEN_FDS", "2", 1) == 0);
	for (int fd = 3; fd <= 6; fd++)
		CHECK(dup2(STDERR_FILENO, fd) == fd);
	handover_close_on_exec();
	for (int fd = 0; fd <= 6; fd++)
		CHECK(survives_exec(fd) == (fd < 3 + (int)survivors));
}

static void pass_to_us(void)
{
	pass_descriptors(getpid(), 2);
}

static void pass_to_our_parent(void)
{
	pass_descriptors(getppid(), 0);
}

static void the_router_inherits_what_systemd_passed_to_it_and_no_other_descriptor(void **state)
{
	(void)state;
	in_child(pass_to_us);
	in_child(pass_to_our_parent);
}

static void in_a_root(void (*body)(void))
{
	char root[] = "/tmp/siplaunch-handover-XXXXXX";
	int status = 0;
	if (geteuid() != 0)
		skip(); /* chroot(2) */
	assert_non_null(mkdtemp(root));
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		CHECK(chmod(root, 0755) == 0 && chdir(root) == 0 && chroot(".") == 0);
		umask(022);
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	cleanup_free char *remove = xasprintf("rm -rf %s", root);
	assert_int_equal(system(remove), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void an_empty_element_of_path_is_not_the_current_directory(void **state)
{
	(void)state;
	in_a_root(find_in_each_path);
}

static void looking_as_the_router_s_user_leaves_our_own_ids_as_they_were(void **state)
{
	(void)state;
	in_a_root(look_as_another_user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_router_inherits_what_systemd_passed_to_it_and_no_other_descriptor),
		cmocka_unit_test(an_empty_element_of_path_is_not_the_current_directory),
		cmocka_unit_test(looking_as_the_router_s_user_leaves_our_own_ids_as_they_were),
	};
	return cmocka_run_group_tests_name("handover", tests, NULL, NULL);
}
