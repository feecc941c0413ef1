/* SPDX-License-Identifier: MIT */
/* The machine that the test runs on: what is read must be what the system calls say, and nothing may stay
 * behind. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "host/host.h"
#include "host/read.h"

static struct host read_live(pid_t pid)
{
	struct host_roots roots;
	struct host host;
	cleanup_error struct error error = {0};
	assert_int_equal(host_roots_open("/", &roots, &error), 0);
	assert_true(roots.live);
	if (host_read(&roots, &(struct host_questions){.pid = pid}, &host, &error) < 0)
		fail_msg("%s", error.message);
	host_roots_close(&roots);
	return host;
}

/* Runs `body` in a process of its own, so that what it changes of itself does not matter. Its status. */
static int in_child(int (*body)(void))
{
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(body());
	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void what_is_read_agrees_with_the_system_calls(void **state)
{
	struct utsname names;
	cpu_set_t cpus;
	(void)state;
	struct host host = read_live(0);

	assert_int_equal(host.euid, geteuid());
	assert_int_equal(host.egid, getegid());
	assert_int_equal(host.group_count, getgroups(0, NULL));
	assert_int_equal(host.memory.page_bytes, sysconf(_SC_PAGESIZE));
	assert_int_equal(host.memory.total_bytes,
			 (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
	assert_int_equal(sched_getaffinity(0, sizeof cpus, &cpus), 0);
	assert_int_equal(host.cpus, CPU_COUNT(&cpus));
	assert_int_equal(host.cpus_online, sysconf(_SC_NPROCESSORS_ONLN));
	assert_int_equal(host.no_new_privs, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	assert_int_equal(host.is_pid1, getpid() == 1);
	assert_int_equal(uname(&names), 0);
	assert_string_equal(host.kernel, names.release);
	/* EINVAL beyond the kernel's last capability, where the bit is 0 */
	for (unsigned cap = 0; cap < 64; cap++)
		assert_int_equal(host.cap_bounding >> cap & 1, prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1);
	host_clear(&host);
}

/* valgrind answers getrlimit(RLIMIT_NOFILE) itself, with less than the kernel has. */
static bool under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");
	return preload && strstr(preload, "valgrind");
}

static void every_resource_limit_agrees_with_getrlimit(void **state)
{
	(void)state;
	if (under_valgrind())
		skip();
	struct host host = read_live(0);
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit;
		assert_int_equal(getrlimit((__rlimit_resource_t)resource, &limit), 0);
		assert_true(host.rlimits[resource].known);
		assert_true(host.rlimits[resource].soft == limit.rlim_cur);
		assert_true(host.rlimits[resource].hard == limit.rlim_max);
	}
	host_clear(&host);
}

static void our_group_and_namespaces_are_the_ones_that_we_see(void **state)
{
	struct stat info;
	(void)state;
	struct host host = read_live(0);

	assert_int_equal(stat("/proc/self/ns/ipc", &info), 0);
	assert_int_equal(host.ipc_namespace, info.st_ino);
	assert_non_null(host.cgroup.base_reason);
	if (host.cgroup.directory) {
		cleanup_free char *group = xasprintf("%s/%s", host.cgroup.mount, host.cgroup.directory);
		assert_int_equal(stat(group, &info), 0);
		assert_true(S_ISDIR(info.st_mode));
	}
	for (size_t i = 0; i < host.ancestor_count; i++)
		assert_true(host.ancestors[i].v1 ||
			    host.memory.visible_limit <= host.ancestors[i].memory_max);
	host_clear(&host);
}

static void a_fresh_ipc_namespace_is_probed_without_entering_it(void **state)
{
	(void)state;
	struct host host = read_live(0), again = read_live(0);
	assert_int_equal(host.ipc_namespace, again.ipc_namespace);
	if (host.unshare_ipc_errno == 0) {
		assert_true(host.fresh_ipc.known);
		assert_true(host.fresh_ipc.shmmni > 0);
		assert_true(host.fresh_ipc.sem[0] > 0);
	} else {
		assert_false(host.fresh_ipc.known);
		assert_false(host.can_write_fresh_ipc);
	}
	host_clear(&host);
	host_clear(&again);
}

static void the_probe_shows_a_fresh_namespace_and_not_the_callers(void **state)
{
	static const char other[] = "31000 1024000000 400 31000";
	(void)state;
	if (unshare(CLONE_NEWIPC) < 0)
		skip(); /* not permitted here */
	int fd = open("/proc/sys/kernel/sem", O_WRONLY);
	if (fd < 0)
		skip();
	assert_int_equal(write(fd, other, sizeof other - 1), sizeof other - 1);
	close(fd);
	struct host host = read_live(0);
	assert_int_equal(host.ipc.sem[0], 31000);
	assert_int_equal(host.fresh_ipc.sem[0], 32000);
	assert_false(host.initial_ipc_namespace);
	assert_true(host.proc_sys_writable);
	assert_true(host.can_write_fresh_ipc);
	host_clear(&host);
}

static void the_probe_child_is_gone_when_reading_ends(void **state)
{
	(void)state;
	struct host host = read_live(0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
	host_clear(&host);
}

static volatile sig_atomic_t children_heard_of;

static void on_child(int signal_number)
{
	(void)signal_number;
	children_heard_of++;
	waitpid(-1, NULL, WNOHANG);
}

static int read_with_sigchld(void (*handler)(int))
{
	signal(SIGCHLD, handler);
	struct host host = read_live(0);
	bool probed = host.fresh_ipc.known || host.unshare_ipc_errno;
	bool alone = waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD;
	bool disposition_kept = signal(SIGCHLD, SIG_DFL) == handler;
	host_clear(&host);
	return probed && alone && disposition_kept && !children_heard_of ? 0 : 1;
}

static int read_with_sigchld_ignored(void)
{
	return read_with_sigchld(SIG_IGN);
}

static int read_with_sigchld_handled(void)
{
	return read_with_sigchld(on_child);
}

static void the_probe_works_with_sigchld_ignored(void **state)
{
	(void)state;
	assert_int_equal(in_child(read_with_sigchld_ignored), 0);
}

static void the_probe_is_not_heard_of_by_a_sigchld_handler(void **state)
{
	(void)state;
	assert_int_equal(in_child(read_with_sigchld_handled), 0);
}

static int read_without_descriptors_left(void)
{
	int before = dup(0);
	close(before);
	for (int i = 0; i < 3; i++) {
		struct host host = read_live(0);
		host_clear(&host);
	}
	int after = dup(0);
	return before == after ? 0 : 1;
}

static void no_descriptor_stays_open(void **state)
{
	(void)state;
	assert_int_equal(in_child(read_without_descriptors_left), 0);
}

/* As nobody without capabilities: what is refused is reported as refused. */
static int read_unprivileged(void)
{
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		return 1;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* else /proc/self belongs to root */
	struct host host = read_live(0);
	bool right = host.euid == 65534 && host.cap_effective == 0 && host.unshare_ipc_errno == EPERM &&
		     !host.fresh_ipc.known && !host.can_write_fresh_ipc && !host.proc_sys_writable &&
		     !host.cgroup.writable && !host.cgroup.base &&
		     host.oom_score_adj_min == host.oom_score_adj;
	host_clear(&host);
	return right ? 0 : 2;
}

static void an_unprivileged_process_is_told_what_it_may_not(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(read_unprivileged), 0);
}

/* The kernel lets a process go back down to the floor that it inherited, and no further. */
static int find_oom_floor(void)
{
	struct host before = read_live(0);
	int score = before.oom_score_adj + 300;
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	bool raised = dprintf(fd, "%d", score) > 0;
	close(fd);
	if (!raised || setresuid(65534, 65534, 65534) < 0)
		return 1;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	struct host after = read_live(0);
	/* raising needs no privilege and leaves the floor; with CAP_SYS_RESOURCE it moves along */
	int floor = before.cap_effective >> 24 & 1 ? score : before.oom_score_adj;
	bool right = after.oom_score_adj == score && after.oom_score_adj_min == floor;
	if (!right)
		print_error("score %d, floor %d, expected %d\n", after.oom_score_adj, after.oom_score_adj_min,
			    floor);
	host_clear(&before);
	host_clear(&after);
	return right ? 0 : 2;
}

static void the_oom_floor_is_found_by_trying(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(find_oom_floor), 0);
}

/* ---- a delegated group ---- */

static char delegated[256], delegated_path[64];

static int read_in_delegated(void)
{
	cleanup_free char *procs = xasprintf("%s/cgroup.procs", delegated);
	int fd = open(procs, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return 77;
	close(fd);
	struct host host = read_live(0);
	bool right = host.cgroup.base && strcmp(host.cgroup.base, delegated_path) == 0 &&
		     strstr(host.cgroup.base_reason, "user.delegate=1") && host.cgroup.writable &&
		     strcmp(host.cgroup.path, delegated_path) == 0;
	if (!right)
		print_error("base %s: %s\n", host.cgroup.base ? host.cgroup.base : "none",
			    host.cgroup.base_reason);
	host_clear(&host);
	return right ? 0 : 1;
}

static void a_delegated_group_is_told_by_its_extended_attribute(void **state)
{
	(void)state;
	struct host host = read_live(0);
	bool usable = host.cgroup.mount && !host.cgroup.systemd && host.cgroup.directory &&
		      !*host.cgroup.directory && strcmp(host.cgroup.path, "/") == 0;
	if (usable) {
		snprintf(delegated_path, sizeof delegated_path, "/host-live-test-%d", (int)getpid());
		snprintf(delegated, sizeof delegated, "%s%s", host.cgroup.mount, delegated_path);
	}
	host_clear(&host);
	if (!usable || mkdir(delegated, 0755) < 0)
		skip();
	int status = setxattr(delegated, "user.delegate", "1", 1, 0) < 0 ? 77 : in_child(read_in_delegated);
	for (int tries = 0; rmdir(delegated) < 0 && errno == EBUSY && tries < 100; tries++)
		usleep(10000); /* an exited member leaves a little later */
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

static void another_process_is_read_with_its_own_ipc_namespace(void **state)
{
	int ready[2], quit[2];
	char byte;
	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(quit), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(quit[1]);
		int entered = unshare(CLONE_NEWIPC);
		int fd = open("/proc/sys/kernel/sem", O_WRONLY);
		bool written = entered == 0 && fd >= 0 && dprintf(fd, "31500 1024000000 400 31500") > 0;
		if (write(ready[1], written ? "y" : "n", 1) < 0)
			_exit(1);
		_exit(read(quit[0], &byte, 1) != 0);
	}
	close(ready[1]);
	close(quit[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	if (byte == 'y') {
		struct host host = read_live(pid);
		assert_true(host.ipc.known);
		assert_int_equal(host.ipc.sem[0], 31500);
		assert_false(host.initial_ipc_namespace);
		assert_false(host.is_pid1);
		host_clear(&host);
	}
	close(quit[1]);
	close(ready[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* What a launch asks for: its own sysctls, and of the machine's namespace nothing once the fresh one is
 * known. */
static void only_the_ipc_limits_that_are_wanted_are_read(void **state)
{
	static const char *const wanted[] = {"kernel.sem", "fs.mqueue.msg_max", NULL};
	struct host_roots roots;
	struct host host;
	(void)state;
	assert_int_equal(host_roots_open("/", &roots, NULL), 0);
	struct host_questions questions = {.sysctls = wanted};
	assert_int_equal(host_read(&roots, &questions, &host, NULL), 0);
	assert_true(host.ipc.known && host.ipc.sem[3] > 0);
	assert_int_equal(host.ipc.shmmni, 0);
	assert_true(!host.fresh_ipc.known || (host.fresh_ipc.sem[3] > 0 && !host.fresh_ipc.shmmni));
	host_clear(&host);

	questions.fresh_only = true;
	assert_int_equal(host_read(&roots, &questions, &host, NULL), 0);
	assert_int_equal(host.ipc.known, !(host.fresh_ipc.known && host.initial_ipc_namespace));
	host_clear(&host);
	questions.no_probe = true; /* nothing fresh is known: ours is read all the same */
	assert_int_equal(host_read(&roots, &questions, &host, NULL), 0);
	assert_true(host.ipc.known);
	host_clear(&host);
	host_roots_close(&roots);
}

/* With process_only /proc/sys is looked at through the kernel, and otherwise through mountinfo. */
static void a_launch_that_nothing_sizes_reads_its_own_process_alike(void **state)
{
	struct host_roots roots;
	struct host whole = read_live(0), own;
	(void)state;
	assert_int_equal(host_roots_open("/", &roots, NULL), 0);
	const struct host_questions questions = {.process_only = true};
	assert_int_equal(host_read(&roots, &questions, &own, NULL), 0);
	assert_int_equal(own.memory.total_bytes, 0);
	assert_int_equal(own.cpus, 0);
	assert_int_equal(own.ancestor_count, 0);
	assert_null(own.cgroup.mount);
	assert_non_null(own.cgroup.base_reason);
	assert_string_equal(own.cgroup.path ? own.cgroup.path : "",
			    whole.cgroup.path ? whole.cgroup.path : "");
	assert_string_equal(own.cgroup.unit ? own.cgroup.unit : "",
			    whole.cgroup.unit ? whole.cgroup.unit : "");
	assert_int_equal(own.runtime, whole.runtime);
	assert_int_equal(own.proc_sys_writable, whole.proc_sys_writable);
	assert_int_equal(own.proc_sys_errno, whole.proc_sys_errno);
	assert_int_equal(own.proc_subset, whole.proc_subset);
	assert_memory_equal(own.rlimits, whole.rlimits, sizeof own.rlimits);
	assert_int_equal(own.cap_effective, whole.cap_effective);
	host_clear(&own);
	host_clear(&whole);
	host_roots_close(&roots);
}

static void the_probe_can_be_left_out(void **state)
{
	struct host_roots roots;
	struct host host;
	(void)state;
	assert_int_equal(host_roots_open("/", &roots, NULL), 0);
	const struct host_questions questions = {.no_probe = true};
	assert_int_equal(host_read(&roots, &questions, &host, NULL), 0);
	assert_false(host.fresh_ipc.known);
	assert_int_equal(host.unshare_ipc_errno, 0);
	assert_int_equal(host.oom_score_adj_min, host.oom_score_adj);
	host_clear(&host);
	host_roots_close(&roots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_agrees_with_the_system_calls),
		cmocka_unit_test(every_resource_limit_agrees_with_getrlimit),
		cmocka_unit_test(our_group_and_namespaces_are_the_ones_that_we_see),
		cmocka_unit_test(a_fresh_ipc_namespace_is_probed_without_entering_it),
		cmocka_unit_test(only_the_ipc_limits_that_are_wanted_are_read),
		cmocka_unit_test(a_launch_that_nothing_sizes_reads_its_own_process_alike),
		cmocka_unit_test(the_probe_child_is_gone_when_reading_ends),
		cmocka_unit_test(the_probe_works_with_sigchld_ignored),
		cmocka_unit_test(the_probe_is_not_heard_of_by_a_sigchld_handler),
		cmocka_unit_test(no_descriptor_stays_open),
		cmocka_unit_test(an_unprivileged_process_is_told_what_it_may_not),
		cmocka_unit_test(the_oom_floor_is_found_by_trying),
		cmocka_unit_test(a_delegated_group_is_told_by_its_extended_attribute),
		cmocka_unit_test(another_process_is_read_with_its_own_ipc_namespace),
		cmocka_unit_test(the_probe_can_be_left_out),
		/* last: it leaves this process in another namespace */
		cmocka_unit_test(the_probe_shows_a_fresh_namespace_and_not_the_callers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
