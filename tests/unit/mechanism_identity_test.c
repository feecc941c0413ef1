/* SPDX-License-Identifier: MIT */
/* What an identity does to a process, on the kernel that we run on, and how it is read. */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "context.h"
#include "mechanism/capabilities.h"

#define CAP(name) (UINT64_C(1) << CAP_##name)

static void keep_bind(struct world *world)
{
	world_user(world);
	world->profile.has_capabilities = true;
	world->profile.capabilities = CAP(NET_BIND_SERVICE);
}

static void keep_none(struct world *world)
{
	keep_bind(world);
	world->profile.capabilities = 0;
}

static void with_umask(struct world *world)
{
	world->profile.has_umask = true;
	world->profile.umask = 027;
}

static void no_new_privileges(struct world *world)
{
	world->profile.no_new_privileges = YES;
}

/* The capability part of a live host; the rest is as world_make() has it, which is true of root. */
static void read_own_capabilities(struct host *host)
{
	struct capability_sets sets;
	char status[8192] = "";
	int fd = open("/proc/self/status", O_RDONLY);
	CHECK(fd >= 0 && read(fd, status, sizeof status - 1) > 0 && capability_sets_read(status, &sets));
	close(fd);
	host->cap_effective = sets.effective;
	host->cap_permitted = sets.permitted;
	host->cap_inheritable = sets.inheritable;
	host->cap_bounding = sets.bounding;
	host->cap_ambient = sets.ambient;
}

/* Plans and does all of it in this very process, as a launch would. */
static void apply_all(struct world *world)
{
	struct target target = target_here(&world->context);
	CHECK(mechanism_identity.plan(&world->context, &world->plan, &world->error) == 0);
	for (size_t i = 0; i < world->plan.count; i++) {
		struct step *step = &world->plan.steps[i];
		if (step->status == STATUS_SATISFIED)
			continue;
		CHECK(step->status == STATUS_PLANNED);
		if (mechanism_identity.apply(&target, step, &world->error) < 0)
			fprintf(stderr, "%s: %s\n", step->setting->name, world->error.message);
		CHECK(step->status == STATUS_APPLIED && value_equal(&step->actual, &step->wanted));
	}
	close(target.proc);
}

/* What a program has that is executed now: exec is what decides in the end. */
static struct capability_sets sets_after_exec(void)
{
	struct capability_sets sets = {0};
	char status[8192] = "";
	int ends[2];
	CHECK(pipe(ends) == 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl("/bin/cat", "cat", "/proc/self/status", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	size_t length = 0;
	for (ssize_t n; (n = read(ends[0], status + length, sizeof status - 1 - length)) > 0;)
		length += (size_t)n;
	CHECK(waitpid(child, NULL, 0) == child && capability_sets_read(status, &sets));
	close(ends[0]);
	return sets;
}

static bool can_bind_low_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7)};
	address.sin_addr.s_addr = htonl(INADDR_ANY);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
	close(fd);
	return bound;
}

static void become_nobody_that_binds(void)
{
	struct world world;
	world_make(&world);
	world_user(&world);
	keep_bind(&world);
	with_umask(&world);
	no_new_privileges(&world);
	read_own_capabilities(&world.host);
	gid_t before[] = {4, 27}, more[] = {5, 980}, groups[4];
	CHECK(setgroups(2, before) == 0);
	world.host.groups = before;
	world.host.group_count = 2;
	world.profile.has_additional_gids = true;
	world.profile.additional_gids = more;
	world.profile.additional_gid_count = 2;
	apply_all(&world);

	uid_t r, e, s;
	CHECK(getresuid(&r, &e, &s) == 0 && r == 990 && e == 990 && s == 990);
	CHECK(getresgid(&r, &e, &s) == 0 && r == 980 && e == 980 && s == 980);
	CHECK(getgroups(4, groups) == 2 && groups[0] == 5 && groups[1] == 980);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0);
	CHECK(umask(0) == 027);
	CHECK(can_bind_low_port());
	struct capability_sets sets = sets_after_exec();
	CHECK(capability_sets_are(&sets, CAP(NET_BIND_SERVICE)));
	CHECK(setresuid(0, 0, 0) < 0);
	world_clear(&world);
}

static void become_user(void)
{
	struct world world;
	world_make(&world);
	world_user(&world);
	read_own_capabilities(&world.host);
	gid_t before[] = {27}, groups[4];
	CHECK(setgroups(1, before) == 0);
	world.host.groups = before;
	world.host.group_count = 1;
	apply_all(&world);
	CHECK(getgroups(4, groups) == 0);
	struct capability_sets sets = sets_after_exec();
	CHECK(sets.effective == 0 && sets.permitted == 0 && sets.ambient == 0);
	CHECK(sets.bounding == world.host.cap_bounding);
	world_clear(&world);
}

static void become_user_without_any_capability(void)
{
	struct world world;
	world_make(&world);
	keep_none(&world);
	read_own_capabilities(&world.host);
	apply_all(&world);
	struct capability_sets sets = sets_after_exec();
	CHECK(capability_sets_are(&sets, 0));
	world_clear(&world);
}

static void stay_root_with_a_few(void)
{
	struct world world;
	world_make(&world);
	world.profile.has_capabilities = true;
	world.profile.capabilities = CAP(NET_BIND_SERVICE) | CAP(NET_RAW);
	read_own_capabilities(&world.host);
	apply_all(&world);
	CHECK(geteuid() == 0);
	struct capability_sets sets = sets_after_exec();
	CHECK(capability_sets_are(&sets, CAP(NET_BIND_SERVICE) | CAP(NET_RAW)));
	world_clear(&world);
}

/* An identity step alone, done without the right to it. */
static void refused(const char *name, struct value wanted, int errnum, const char *message)
{
	struct world world;
	world_make(&world);
	world_user(&world);
	keep_bind(&world);
	struct target target = target_here(&world.context);
	struct step step = {.setting = setting_find(MECHANISM_IDENTITY, name), .wanted = wanted};
	CHECK(mechanism_identity.apply(&target, &step, &world.error) == -1);
	CHECK(world.error.errnum == errnum && contains(world.error.message, message));
	CHECK(step.status != STATUS_APPLIED);
	close(target.proc);
	value_clear(&step.wanted);
	world_clear(&world);
}

static void try_without_rights(void)
{
	CHECK(setresuid(65534, 65534, 65534) == 0);
	refused("user", value_number(VALUE_COUNT, 990), EPERM, "user id to 990");
	refused("group", value_number(VALUE_COUNT, 980), EPERM, "group id to 980");
	refused("additionalGids", value_text("none"), EPERM, "supplementary groups to none");
	refused("capabilities", value_text("CAP_NET_BIND_SERVICE"), EPERM, "CAP_SETPCAP");
}

/* umask(2) takes the nine bits that it knows of whatever it is given. */
static void set_what_the_kernel_changes(void)
{
	struct world world;
	world_make(&world);
	struct target target = target_here(&world.context);
	struct step step = {.setting = setting_find(MECHANISM_IDENTITY, "umask"),
			    .wanted = value_number(VALUE_MODE, 01027)};
	CHECK(mechanism_identity.apply(&target, &step, &world.error) == -1);
	CHECK(contains(world.error.message, "umask is 0027 after it was set to 1027"));
	CHECK(step.status != STATUS_APPLIED);
	close(target.proc);
	world_clear(&world);
}

static void what_reads_back_as_something_else_is_not_applied(void **state)
{
	(void)state;
	in_child(set_what_the_kernel_changes);
}

static bool has_rights(void)
{
	struct host host = {0};
	read_own_capabilities(&host);
	uint64_t needed = CAP(SETUID) | CAP(SETGID) | CAP(SETPCAP) | CAP(NET_BIND_SERVICE) | CAP(NET_RAW);
	return geteuid() == 0 && !(needed & ~host.cap_effective);
}

/* Only root can become somebody else. */
static void live(void (*body)(void))
{
	if (!has_rights())
		skip();
	in_child(body);
}

static void a_user_keeps_a_capability_in_all_five_sets_over_exec(void **state)
{
	(void)state;
	live(become_nobody_that_binds);
}

static void a_user_without_a_keep_list_has_no_capability_and_none_of_our_groups(void **state)
{
	(void)state;
	live(become_user);
}

static void an_empty_keep_list_empties_all_five_sets(void **state)
{
	(void)state;
	live(become_user_without_any_capability);
}

static void root_with_a_keep_list_has_no_more_than_that_after_exec(void **state)
{
	(void)state;
	live(stay_root_with_a_few);
}

static void the_kernels_refusal_is_reported_with_its_errno(void **state)
{
	(void)state;
	live(try_without_rights);
}

static const struct read_case {
	const char *name, *step, *status;
	const char *actual; /* NULL: an error */
} read_cases[] = {
	{"a umask is octal", "umask", "Name:\tx\nUmask:\t0027\n", "0027"},
	{"a kernel before 4.7 tells no umask", "umask", "Name:\tx\n", NULL},
	{"a umask that is none", "umask", "Umask:\t0928\n", NULL},
	{"a uid", "user", "Uid:\t990\t990\t990\t990\n", "990"},
	{"a uid of which one differs shows", "user", "Uid:\t990\t990\t0\t990\n", "0"},
	{"three uids are malformed", "user", "Uid:\t990\t990\t990\n", NULL},
	{"a negative gid is malformed", "group", "Gid:\t-1\t-1\t-1\t-1\n", NULL},
	{"a gid", "group", "Uid:\t1\t1\t1\t1\nGid:\t980\t980\t980\t980\n", "980"},
	{"no groups", "additionalGids", "Gid:\t5\t5\t5\t5\nGroups:\t \n", "none"},
	{"groups without the own one", "additionalGids", "Gid:\t5\t5\t5\t5\nGroups:\t4 5 27 \n", "4 27"},
	{"groups without a line", "additionalGids", "Gid:\t5\t5\t5\t5\n", NULL},
	{"five equal sets are one list", "capabilities",
	 "CapInh:\t0000000000000400\nCapPrm:\t0000000000000400\nCapEff:\t0000000000000400\n"
	 "CapBnd:\t0000000000000400\nCapAmb:\t0000000000000400\n",
	 "CAP_NET_BIND_SERVICE"},
	{"sets that differ are told apart", "capabilities",
	 "CapInh:\t0\nCapPrm:\t400\nCapEff:\t400\nCapBnd:\t2400\nCapAmb:\t0\n",
	 "effective=CAP_NET_BIND_SERVICE permitted=CAP_NET_BIND_SERVICE inheritable=none "
	 "bounding=CAP_NET_BIND_SERVICE,CAP_NET_RAW ambient=none"},
	{"and so is an ambient set that alone is another", "capabilities",
	 "CapInh:\t400\nCapPrm:\t400\nCapEff:\t400\nCapBnd:\t400\nCapAmb:\t0\n",
	 "effective=CAP_NET_BIND_SERVICE permitted=CAP_NET_BIND_SERVICE inheritable=CAP_NET_BIND_SERVICE "
	 "bounding=CAP_NET_BIND_SERVICE ambient=none"},
	{"capabilities that are no number", "capabilities", "CapEff:\tall\n", NULL},
	{"no_new_privs", "noNewPrivileges", "NoNewPrivs:\t1\n", "1"},
	{"an empty file", "noNewPrivileges", "", NULL},
};

static void write_status(int proc, const char *text)
{
	int fd = openat(proc, "7/status", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void an_observed_identity_is_read_from_its_status_file(void **state)
{
	(void)state;
	char directory[] = "/tmp/siplaunch-status-XXXXXX";
	assert_non_null(mkdtemp(directory));
	struct target target = {
		.proc = open(directory, O_RDONLY | O_DIRECTORY), .role = ROLE_OBSERVED, .pid = 7};
	assert_int_equal(mkdirat(target.proc, "7", 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(read_cases); i++) {
		const struct read_case *c = &read_cases[i];
		struct step step = {.setting = setting_find(MECHANISM_IDENTITY, c->step)};
		struct error error = {0};
		print_message("  %s\n", c->name);
		write_status(target.proc, c->status);
		assert_int_equal(mechanism_identity.read(&target, &step, &error), c->actual ? 0 : -1);
		cleanup_free char *actual = value_kernel_text(&step.actual, NULL);
		assert_string_equal(actual, c->actual ? c->actual : "");
		assert_true(c->actual || contains(error.message, "/proc/7/status does not contain"));
		value_clear(&step.actual);
		error_clear(&error);
	}
	unlinkat(target.proc, "7/status", 0);
	unlinkat(target.proc, "7", AT_REMOVEDIR);
	close(target.proc);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_keeps_a_capability_in_all_five_sets_over_exec),
		cmocka_unit_test(a_user_without_a_keep_list_has_no_capability_and_none_of_our_groups),
		cmocka_unit_test(an_empty_keep_list_empties_all_five_sets),
		cmocka_unit_test(root_with_a_keep_list_has_no_more_than_that_after_exec),
		cmocka_unit_test(the_kernels_refusal_is_reported_with_its_errno),
		cmocka_unit_test(what_reads_back_as_something_else_is_not_applied),
		cmocka_unit_test(an_observed_identity_is_read_from_its_status_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
