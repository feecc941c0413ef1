/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/syscall.h>

#include "context.h"
#include "mechanism/directories.h"

/* The router of every case is user 990 with group 980; siplaunch is root unless a case says otherwise. */
static const struct plan_case {
	const char *name;
	/* the profile and what is there */
	bool has_mode, unprivileged, obstructed, missing, read_only, no_user, lasting;
	mode_t mode; /* the profile's */
	uid_t uid;
	gid_t gid;
	mode_t found;
	enum runtime runtime;
	/* what is to come of it */
	enum status status;
	const char *wanted, *message, *hint;
} plan_cases[] = {
	{.name = "one that is not there is made",
	 .missing = true,
	 .status = STATUS_PLANNED,
	 .wanted = "/run/kamailio 990:980 0755"},
	{.name = "with the profile's mode",
	 .missing = true,
	 .has_mode = true,
	 .mode = 0750,
	 .status = STATUS_PLANNED,
	 .wanted = "/run/kamailio 990:980 0750"},
	{.name = "one of the router's is satisfied",
	 .uid = 990,
	 .gid = 980,
	 .found = 0755,
	 .status = STATUS_SATISFIED,
	 .wanted = "/run/kamailio 990:980 0755"},
	{.name = "a mode that nobody named stays",
	 .uid = 990,
	 .gid = 980,
	 .found = 02770,
	 .status = STATUS_SATISFIED,
	 .wanted = "/run/kamailio 990:980 2770"},
	{.name = "but not one that lets everybody write",
	 .uid = 990,
	 .gid = 980,
	 .found = 0777,
	 .status = STATUS_PLANNED,
	 .wanted = "/run/kamailio 990:980 0755"},
	{.name = "nor one that keeps the router out",
	 .uid = 990,
	 .gid = 980,
	 .found = 0500,
	 .status = STATUS_PLANNED,
	 .wanted = "/run/kamailio 990:980 0755"},
	{.name = "the profile's mode changes another",
	 .has_mode = true,
	 .mode = 0700,
	 .uid = 990,
	 .gid = 980,
	 .found = 0755,
	 .status = STATUS_PLANNED,
	 .wanted = "/run/kamailio 990:980 0700"},
	{.name = "root's becomes the router's, with the mode that a unit gave it",
	 .found = 0770,
	 .status = STATUS_PLANNED,
	 .wanted = "/run/kamailio 990:980 0770"},
	{.name = "another group is changed",
	 .uid = 990,
	 .found = 0755,
	 .status = STATUS_PLANNED,
	 .wanted = "/run/kamailio 990:980 0755"},
	{.name = "a stranger's is refused",
	 .uid = 33,
	 .gid = 33,
	 .found = 0777,
	 .status = STATUS_DENIED,
	 .wanted = "/run/kamailio 990:980 0755",
	 .message = "belongs to user 33",
	 .hint = "chown 990:980 /run/kamailio"},
	{.name = "a shared one of root's is left as it is",
	 .found = 01777,
	 .status = STATUS_ADOPTED,
	 .wanted = "/run/kamailio 990:980 0755"},
	{.name = "who cannot change it takes one that the router can use",
	 .unprivileged = true,
	 .found = 0777,
	 .status = STATUS_ADOPTED,
	 .wanted = "/run/kamailio 990:980 0755"},
	{.name = "and is refused one that the router cannot use",
	 .unprivileged = true,
	 .found = 0755,
	 .status = STATUS_DENIED,
	 .wanted = "/run/kamailio 990:980 0755",
	 .message = "belongs to user 0",
	 .hint = "as root: install -d -o 990 -g 980 -m 0755 /run/kamailio"},
	{.name = "who is not root is told how root makes it",
	 .unprivileged = true,
	 .missing = true,
	 .read_only = true,
	 .status = STATUS_DENIED,
	 .wanted = "/run/kamailio 990:980 0755",
	 .message = "make the directory /run/kamailio in /run",
	 .hint = "as root: install -d -o 990 -g 980 -m 0755 /run/kamailio"},
	{.name = "docker's flag for a read-only root",
	 .missing = true,
	 .read_only = true,
	 .runtime = RUNTIME_DOCKER,
	 .status = STATUS_DENIED,
	 .wanted = "/run/kamailio 990:980 0755",
	 .hint = "docker run --tmpfs /run/kamailio:uid=990,gid=980,mode=0755"},
	{.name = "podman's, which takes no owner",
	 .missing = true,
	 .read_only = true,
	 .runtime = RUNTIME_PODMAN,
	 .status = STATUS_DENIED,
	 .wanted = "/run/kamailio 990:980 0755",
	 .hint = "podman run --tmpfs /run/kamailio:mode=1777"},
	{.name = "a volume for lasting data, which no option makes",
	 .lasting = true,
	 .missing = true,
	 .read_only = true,
	 .runtime = RUNTIME_PODMAN,
	 .status = STATUS_DENIED,
	 .wanted = "/run/kamailio 990:980 0755",
	 .hint = "the router's user may write: podman run --volume /srv/router:/run/kamailio"},
	{.name = "and for another user than root",
	 .lasting = true,
	 .missing = true,
	 .read_only = true,
	 .unprivileged = true,
	 .runtime = RUNTIME_DOCKER,
	 .status = STATUS_DENIED,
	 .wanted = "/run/kamailio 990:980 0755",
	 .hint = "docker run --volume /srv/router:/run/kamailio"},
	{.name = "a pod's volume",
	 .missing = true,
	 .read_only = true,
	 .runtime = RUNTIME_KUBERNETES,
	 .status = STATUS_DENIED,
	 .wanted = "/run/kamailio 990:980 0755",
	 .hint = "\"mountPath\": \"/run/kamailio\""},
	{.name = "an obstacle is refused with its own words",
	 .obstructed = true,
	 .status = STATUS_DENIED,
	 .wanted = "/run/kamailio 990:980 0755",
	 .message = "is a symbolic link",
	 .hint = "rm /run/kamailio"},
	{.name = "without a user it is ours",
	 .no_user = true,
	 .found = 0755,
	 .status = STATUS_SATISFIED,
	 .wanted = "/run/kamailio 0:0 0755"},
};

static struct directory found(const struct plan_case *test, const struct directory_request *requested)
{
	struct directory directory = {
		.setting = setting_find(MECHANISM_DIRECTORIES, test->lasting ? "state" : "runtime"),
		.path = xstrdup("/run/kamailio"),
		.requested = requested,
		.state = test->obstructed ? DIRECTORY_OBSTRUCTED
			 : test->missing  ? DIRECTORY_MISSING
					  : DIRECTORY_THERE,
		.uid = test->uid,
		.gid = test->gid,
		.mode = test->found};
	if (test->obstructed)
		directory_obstacle(&directory.why, ELOOP, directory.path, strlen("/run"));
	else if (test->read_only)
		error_set(&directory.why, test->unprivileged ? EACCES : EROFS,
			  "make the directory /run/kamailio in /run");
	return directory;
}

static void check_plan(const struct plan_case *test)
{
	struct world world;
	const struct directory_request requested = {
		.has_mode = test->has_mode, .mode = test->has_mode ? test->mode : DIRECTORY_MODE_DEFAULT};
	struct directory directory = found(test, &requested);

	world_make(&world);
	world.host.runtime = test->runtime;
	if (!test->no_user)
		world_user(&world);
	if (test->unprivileged) {
		world.host.cap_effective = world.host.cap_permitted = 0;
		world.host.euid = 990;
		world.host.egid = 980;
	}
	world.context.directories = &directory;
	world.context.directory_count = 1;
	assert_int_equal(directories_plan(&world.context, &world.plan, &world.error), 0);
	const struct step *step = &world.plan.steps[0];
	if (step->status != test->status || strcmp(step->wanted.text, test->wanted) != 0 ||
	    (test->message && !contains(step->why.message, test->message)) ||
	    (test->hint && !contains(step->why.hint, test->hint)))
		fail_msg("%s: %s, \"%s\", %s, hint %s", test->name, status_name(step->status),
			 step->wanted.text, step->why.message, step->why.hint);
	free(directory.path);
	error_clear(&directory.why);
	world_clear(&world);
}

static void every_directory_is_judged_by_what_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plan_cases); i++)
		check_plan(&plan_cases[i]);
}

/* ---- a root directory of its own, in a child ---- */

static struct world world;
static struct target target;
static struct directories directories;
static char *names[] = {(char *)(uintptr_t) "kamailio", (char *)(uintptr_t) "a/b/c"};

/* Everything that a case makes is below a folder that goes with it. */
static void enter(const char *root)
{
	world_make(&world);
	world_user(&world);
	world.profile.directories[DIRECTORY_RUNTIME] =
		(struct directory_request){.names = names, .count = 2, .mode = DIRECTORY_MODE_DEFAULT};
	target = target_here(&world.context);
	CHECK(chdir(root) == 0 && chroot(".") == 0);
	umask(077);
	CHECK(mkdir("/run", 0755) == 0 && chmod("/run", 0755) == 0 && mkdir("/secret", 0700) == 0);
}

static void plan(void)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	directories_clear(&directories);
	plan_clear(&world.plan);
	directories_of(&world.profile, &directories);
	directories_look(root, true, &directories);
	close(root);
	world.context.directories = directories.items;
	world.context.directory_count = directories.count;
	CHECK(directories_plan(&world.context, &world.plan, &world.error) == 0);
	CHECK(world.plan.count == 2);
}

static int apply(size_t index)
{
	return mechanism_directories.apply(&target, &world.plan.steps[index], &world.error);
}

static void undo(void)
{
	for (size_t i = 2; i-- > 0;)
		mechanism_directories.undo(&target, &world.plan.steps[i]);
}

static bool is(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	struct stat info;
	return lstat(path, &info) == 0 && info.st_uid == uid && info.st_gid == gid &&
	       (info.st_mode & 07777) == mode;
}

static bool gone(const char *path)
{
	struct stat info;
	return lstat(path, &info) < 0 && errno == ENOENT;
}

static void made_and_undone(void)
{
	plan();
	CHECK(apply(0) == 0 && apply(1) == 0);
	CHECK(world.plan.steps[0].status == STATUS_APPLIED);
	CHECK(is("/run/kamailio", 990, 980, 0755) && is("/run/a/b/c", 990, 980, 0755));
	CHECK(is("/run/a", 0, 0, 0755) && is("/run/a/b", 0, 0, 0755));
	undo();
	CHECK(gone("/run/kamailio") && gone("/run/a") && !gone("/run"));
}

static void changed_and_undone(void)
{
	CHECK(mkdir("/run/kamailio", 0700) == 0 && mkdir("/run/a", 0711) == 0);
	world.profile.directories[DIRECTORY_RUNTIME].has_mode = true;
	plan();
	CHECK(apply(0) == 0 && apply(1) == 0);
	CHECK(is("/run/kamailio", 990, 980, 0755));
	undo();
	CHECK(is("/run/kamailio", 0, 0, 0700));
	CHECK(gone("/run/a/b") && is("/run/a", 0, 0, 0711 & ~077)); /* what was there stays as it was */
}

static void one_in_the_other_is_made_and_undone(void)
{
	names[1] = (char *)(uintptr_t) "kamailio/sockets";
	plan();
	CHECK(plan_apply(&world.plan, &target, STAGE_OUTSIDE, &world.error) == 0);
	CHECK(is("/run/kamailio", 990, 980, 0755) && is("/run/kamailio/sockets", 990, 980, 0755));
	plan_undo(&world.plan, &target);
	CHECK(gone("/run/kamailio") && !world.plan.steps[0].why.message);
}

static void what_is_in_it_stays(void)
{
	plan();
	CHECK(apply(0) == 0);
	CHECK(mkdir("/run/kamailio/somebody", 0755) == 0);
	undo();
	CHECK(contains(world.plan.steps[0].why.message, "remove the directory /run/kamailio"));
	CHECK(!gone("/run/kamailio/somebody"));
}

static void a_link_that_comes_later(void)
{
	plan();
	CHECK(symlink("/secret", "/run/kamailio") == 0 && symlink("/secret", "/run/a") == 0);
	CHECK(apply(0) < 0 && contains(world.error.message, "/run/kamailio is a symbolic link"));
	CHECK(apply(1) < 0 && contains(world.error.message, "/run/a is a symbolic link"));
	CHECK(is("/secret", 0, 0, 0700) && gone("/secret/b"));
	CHECK(!gone("/run/kamailio") && !gone("/run/a")); /* they are not ours to remove */
}

static const char *planted;

/* In place of libc's, for whoever is faster than siplaunch: right before the directory is made a link is. */
int mkdirat(int directory, const char *name, mode_t mode)
{
	if (planted)
		CHECK(symlinkat(planted, directory, name) == 0);
	planted = NULL;
	return (int)syscall(SYS_mkdirat, directory, name, mode);
}

static void a_link_that_comes_right_before_the_directory_is_made(void)
{
	plan();
	planted = "/secret";
	CHECK(apply(0) < 0 && contains(world.error.message, "open the directory /run/kamailio"));
	CHECK(!planted && is("/secret", 0, 0, 0700));
}

static void a_stranger_who_was_faster(void)
{
	plan();
	CHECK(mkdir("/run/kamailio", 0755) == 0 && chown("/run/kamailio", 33, 33) == 0);
	CHECK(apply(0) < 0 && contains(world.error.message, "belongs to user 33"));
	undo();
	CHECK(is("/run/kamailio", 33, 33, 0700));
}

static void a_file_in_its_place(void)
{
	CHECK(mknod("/run/kamailio", S_IFREG | 0644, 0) == 0);
	plan();
	CHECK(world.plan.steps[0].status == STATUS_DENIED);
	CHECK(contains(world.plan.steps[0].why.message, "/run/kamailio is not a directory"));
}

/* As in an image that has nothing but the router. */
static void no_run_at_all(void)
{
	CHECK(rmdir("/run") == 0);
	plan();
	CHECK(world.plan.steps[0].status == STATUS_PLANNED);
	CHECK(apply(0) == 0 && is("/run/kamailio", 990, 980, 0755) && is("/run", 0, 0, 0755));
	undo();
	CHECK(gone("/run"));
}

/* Root's own link, such as /var/log on another disk, leads where it says, in this root. */
static void a_link_above_is_root_s(void)
{
	CHECK(rmdir("/run") == 0 && mkdir("/disk", 0755) == 0 && symlink("/disk", "/run") == 0);
	plan();
	CHECK(apply(0) == 0 && is("/disk/kamailio", 990, 980, 0755));
}

static void replaced_before_undo(void)
{
	plan();
	CHECK(apply(0) == 0);
	CHECK(rename("/run/kamailio", "/run/moved") == 0 && mkdir("/run/kamailio", 0755) == 0);
	undo();
	CHECK(!gone("/run/kamailio")); /* another one, and not the one that was made */
}

static void a_child_leaves_it_to_its_supervisor(void)
{
	plan();
	CHECK(apply(0) == 0);
	target.supervised = true;
	undo();
	CHECK(!gone("/run/kamailio"));
}

static void read_again(void)
{
	plan();
	struct step *step = &world.plan.steps[0];
	CHECK(mechanism_directories.read(&target, step, &world.error) < 0 && world.error.errnum == ENOENT);
	CHECK(apply(0) == 0 && chmod("/run/kamailio", 0700) == 0);
	CHECK(mechanism_directories.read(&target, step, &world.error) == 0);
	CHECK(strcmp(step->actual.text, "/run/kamailio 990:980 0700") == 0);
}

static void in_a_root(void (*body)(void))
{
	char root[] = "/tmp/siplaunch-directories-XXXXXX";
	int status = 0;
	assert_non_null(mkdtemp(root));
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		enter(root);
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	cleanup_free char *remove = xasprintf("rm -rf %s", root);
	assert_int_equal(system(remove), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define IN_A_ROOT(NAME)                         \
	static void test_##NAME(void **state)   \
	{                                       \
		(void)state;                    \
		if (geteuid() != 0)             \
			skip(); /* chroot(2) */ \
		in_a_root(NAME);                \
	}

IN_A_ROOT(made_and_undone)
IN_A_ROOT(changed_and_undone)
IN_A_ROOT(one_in_the_other_is_made_and_undone)
IN_A_ROOT(what_is_in_it_stays)
IN_A_ROOT(a_link_that_comes_later)
IN_A_ROOT(a_link_that_comes_right_before_the_directory_is_made)
IN_A_ROOT(a_stranger_who_was_faster)
IN_A_ROOT(a_file_in_its_place)
IN_A_ROOT(no_run_at_all)
IN_A_ROOT(a_link_above_is_root_s)
IN_A_ROOT(replaced_before_undo)
IN_A_ROOT(a_child_leaves_it_to_its_supervisor)
IN_A_ROOT(read_again)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_directory_is_judged_by_what_is_there),
		cmocka_unit_test(test_made_and_undone),
		cmocka_unit_test(test_changed_and_undone),
		cmocka_unit_test(test_one_in_the_other_is_made_and_undone),
		cmocka_unit_test(test_what_is_in_it_stays),
		cmocka_unit_test(test_a_link_that_comes_later),
		cmocka_unit_test(test_a_link_that_comes_right_before_the_directory_is_made),
		cmocka_unit_test(test_a_stranger_who_was_faster),
		cmocka_unit_test(test_a_file_in_its_place),
		cmocka_unit_test(test_no_run_at_all),
		cmocka_unit_test(test_a_link_above_is_root_s),
		cmocka_unit_test(test_replaced_before_undo),
		cmocka_unit_test(test_a_child_leaves_it_to_its_supervisor),
		cmocka_unit_test(test_read_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
