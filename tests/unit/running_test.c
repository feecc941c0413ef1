/* SPDX-License-Identifier: MIT */
/* Which routers run, which process of each is the main one, and which are its own: in folders that look like
 * /proc. */
#include <errno.h>
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
#include "stats/running.h"
#include "stats/watch.h"

/* One process. `exe` is what its link says; NULL: it may not be read. `title`: argv[0], else exe. */
struct one {
	int pid, parent;
	const char *comm, *exe, *title, *group;
	char state; /* 0: 'S' */
};

struct tree {
	char base[32];
	int proc;
	struct running running;
};

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void write_file(const struct tree *tree, int pid, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%d/%s", tree->base, pid, name);
	write_text(path, text);
}

static void add_one(const struct tree *tree, const struct one *one)
{
	cleanup_free char *folder = xasprintf("%s/%d", tree->base, one->pid);
	cleanup_free char *exe = xasprintf("%s/exe", folder);
	cleanup_free char *stat =
		xasprintf("%d (%s) %c %d 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0\n", one->pid, one->comm,
			  one->state ? one->state : 'S', one->parent, one->pid);
	cleanup_free char *group = xasprintf("0::%s\n", one->group ? one->group : "/");

	assert_int_equal(mkdir(folder, 0755), 0);
	write_file(tree, one->pid, "stat", stat);
	write_file(tree, one->pid, "cgroup", group);
	write_file(tree, one->pid, "cmdline", one->title ? one->title : one->exe ? one->exe : "");
	if (one->exe)
		assert_int_equal(symlink(one->exe, exe), 0);
}

static void tree_make(struct tree *tree, const struct one *ones, size_t count)
{
	*tree = (struct tree){.base = "/tmp/running-test-XXXXXX"};
	assert_non_null(mkdtemp(tree->base));
	for (size_t i = 0; i < count; i++)
		add_one(tree, &ones[i]);
	tree->proc = open(tree->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(running_read(tree->proc, &tree->running, NULL), 0);
}

static void tree_remove(struct tree *tree)
{
	cleanup_free char *command = xasprintf("rm -r %s", tree->base);
	running_clear(&tree->running);
	close(tree->proc);
	assert_int_equal(system(command), 0);
}

#define TREE(NAME, ...)                                 \
	struct tree NAME;                               \
	const struct one NAME##_ones[] = {__VA_ARGS__}; \
	tree_make(&NAME, NAME##_ones, ARRAY_SIZE(NAME##_ones))

#define ONE(PID, PARENT, COMM, ...)                                            \
	{                                                                      \
		.pid = PID, .parent = PARENT, .comm = COMM, .exe = __VA_ARGS__ \
	}

#define KAMAILIO "/usr/sbin/kamailio"
#define OPENSIPS "/usr/sbin/opensips"

static void the_main_process_is_the_topmost_of_the_same_router(void **state)
{
	(void)state;
	TREE(tree, ONE(1, 0, "systemd", "/usr/lib/systemd/systemd"), ONE(50, 1, "bash", "/usr/bin/bash"),
	     ONE(100, 50, "kamailio", KAMAILIO), ONE(101, 100, "kamailio", KAMAILIO),
	     ONE(102, 101, "kamailio", KAMAILIO), ONE(200, 1, "opensips", OPENSIPS),
	     ONE(201, 200, "opensips", OPENSIPS), ONE(103, 102, "sleep", "/usr/bin/sleep"));
	assert_int_equal(running_main(&tree.running, 102), 100);
	assert_int_equal(running_main(&tree.running, 100), 100);
	assert_int_equal(running_main(&tree.running, 201), 200);
	/* a shell that started one router leads to it; pid 1, with two of them below, to neither */
	assert_int_equal(running_main(&tree.running, 50), 100);
	assert_int_equal(running_main(&tree.running, 1), 1);
	/* a program that the router has executed is not the router, nor is a process that has gone */
	assert_int_equal(running_main(&tree.running, 103), 103);
	assert_int_equal(running_main(&tree.running, 4711), 4711);
	tree_remove(&tree);
}

static void a_supervisor_leads_to_its_router_also_as_pid_1_of_a_container(void **state)
{
	(void)state;
	TREE(tree, ONE(1, 0, "siplaunch", "/siplaunch", .title = "/siplaunch"),
	     ONE(3, 1, "kamailio", KAMAILIO), ONE(4, 3, "kamailio", KAMAILIO), ONE(9, 0, "sh", "/bin/dash"));
	assert_int_equal(running_main(&tree.running, 1), 3);
	assert_int_equal(running_main(&tree.running, 4), 3);
	assert_int_equal(running_main(&tree.running, 9), 9);
	tree_remove(&tree);

	TREE(alone, ONE(1, 0, "kamailio", KAMAILIO), ONE(7, 1, "kamailio", KAMAILIO));
	assert_int_equal(running_main(&alone.running, 7), 1);
	tree_remove(&alone);
}

static void the_executable_decides_not_a_title_a_script_s_name_or_an_upgrade(void **state)
{
	(void)state;
	TREE(tree, ONE(10, 1, "kamailio", "/bin/dash", .title = "/bin/sh"), /* an init script */
	     ONE(20, 1, "kamailio", KAMAILIO " (deleted)", .title = "kamailio: main"),
	     ONE(21, 20, "udp receiver", KAMAILIO " (deleted)", .title = "kamailio: receiver"),
	     ONE(30, 1, "kamailio-5.8", "/opt/kamailio-5.8", .title = "kamailio"), /* a renamed file */
	     ONE(40, 1, "kamailio", NULL, .title = ""),                            /* another user's */
	     ONE(50, 1, "kamailio", "/bin/vim", .title = "vim"),
	     ONE(60, 1, "kamailio", KAMAILIO, .state = 'Z'));
	struct running_routers found;
	running_routers(tree.proc, &tree.running, &found);
	assert_int_equal(found.count, 3);
	assert_int_equal(found.items[0].pid, 20);
	assert_int_equal(found.items[0].processes, 2);
	assert_int_equal(found.items[1].pid, 30);
	assert_string_equal(found.items[1].name, "kamailio");
	assert_int_equal(found.items[2].pid, 40);
	running_routers_clear(&found);
	tree_remove(&tree);
}

static void the_main_process_that_has_ended_leaves_its_children_for_routers(void **state)
{
	(void)state;
	TREE(tree, ONE(10, 1, "kamailio", KAMAILIO, .state = 'Z'), ONE(11, 10, "kamailio", KAMAILIO),
	     ONE(12, 11, "kamailio", KAMAILIO));
	assert_int_equal(running_main(&tree.running, 12), 11);
	assert_int_equal(running_main(&tree.running, 10), 10);
	tree_remove(&tree);
}

static void parents_that_were_read_at_different_times_may_form_a_ring(void **state)
{
	(void)state;
	TREE(tree, ONE(10, 11, "kamailio", KAMAILIO), ONE(11, 10, "kamailio", KAMAILIO));
	running_main(&tree.running, 10);
	assert_true(running_count_own(&tree.running, 10) <= 2);
	tree_remove(&tree);
}

static void own_processes_execute_the_same_file_and_descend_from_the_main_one(void **state)
{
	char folder[] = "/tmp/running-files-XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(folder));
	cleanup_free char *router = xasprintf("%s/kamailio", folder), *other = xasprintf("%s/other", folder);
	assert_int_equal(close(creat(router, 0755)) | close(creat(other, 0755)), 0);
	TREE(tree, ONE(100, 1, "kamailio", router), ONE(101, 100, "kamailio", router),
	     ONE(102, 101, "kamailio", router), ONE(103, 102, "python3", other, .title = "kamailio"),
	     ONE(104, 100, "kamailio", NULL), ONE(200, 1, "kamailio", router));
	assert_int_equal(running_count_own(&tree.running, 100), 4);
	assert_true(running_is_own(&tree.running, 100, 102));
	assert_false(running_is_own(&tree.running, 100, 103));
	/* unreadable, the name decides */
	assert_true(running_is_own(&tree.running, 100, 104));
	assert_false(running_is_own(&tree.running, 100, 200));
	assert_int_equal(running_count_staying(tree.proc, 100), 4);
	assert_int_equal(running_count_staying(tree.proc, 4711), 0);
	tree_remove(&tree);
	unlink(router);
	unlink(other);
	rmdir(folder);
}

static void a_name_is_a_router_s_an_executable_s_or_a_unit_s(void **state)
{
	static const struct {
		const char *word;
		int pids[4];
	} cases[] = {
		{"kamailio", {100, 200, 300}},
		{"opensips", {400}},
		{"kamailio.service", {100}},
		{"edge", {200}},
		{"edge.service", {200}},
		{"sip-core.scope", {300}},
		{"sip-core", {300}},
		{"sip.slice", {200, 300}},
		{"sip", {0}},
		{"router", {0}}, /* a group that is no unit */
		{"rtpengine", {500}},
		{"rtpengin", {0}},
		{"kthreadd", {0}},
	};
	(void)state;
	TREE(tree, ONE(2, 0, "kworker", NULL),
	     ONE(100, 1, "kamailio", KAMAILIO, .group = "/system.slice/kamailio.service"),
	     ONE(101, 100, "kamailio", KAMAILIO, .group = "/system.slice/kamailio.service"),
	     ONE(200, 1, "kamailio", KAMAILIO, .group = "/sip.slice/edge.service/router"),
	     ONE(300, 1, "kamailio", KAMAILIO, .group = "/sip.slice/sip-core.scope"),
	     ONE(400, 1, "opensips", OPENSIPS, .group = "/user.slice/user-0.slice/session-1.scope"),
	     ONE(500, 1, "rtpengine", "/usr/bin/rtpengine"),
	     ONE(501, 500, "rtpengine", "/usr/bin/rtpengine"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct running_routers found;
		size_t n = 0;
		running_named(tree.proc, &tree.running, cases[i].word, &found);
		for (; n < found.count && cases[i].pids[n]; n++)
			assert_int_equal(found.items[n].pid, cases[i].pids[n]);
		if (n != found.count || cases[i].pids[n])
			fail_msg("%s: %zu found", cases[i].word, found.count);
		running_routers_clear(&found);
	}
	tree_remove(&tree);
}

static void each_router_has_a_selector_that_names_no_other(void **state)
{
	static const char *const selectors[] = {
		"kamailio.service", "/sip.slice/a", "sip-b.scope", "400", "500", "600"};
	(void)state;
	TREE(tree, ONE(100, 1, "kamailio", KAMAILIO, .group = "/system.slice/kamailio.service/router"),
	     ONE(200, 1, "kamailio", KAMAILIO, .group = "/sip.slice/a"),
	     ONE(300, 1, "kamailio", KAMAILIO, .group = "/sip.slice/sip-b.scope"),
	     ONE(400, 1, "kamailio", KAMAILIO, .group = "/user.slice/session-1.scope"),
	     ONE(500, 1, "opensips", OPENSIPS, .group = "/user.slice/session-1.scope"),
	     ONE(600, 1, "opensips", OPENSIPS, .group = "/../../other"));
	struct running_routers found;
	running_routers(tree.proc, &tree.running, &found);
	assert_int_equal(found.count, ARRAY_SIZE(selectors));
	for (size_t i = 0; i < found.count; i++)
		assert_string_equal(found.items[i].selector, selectors[i]);
	running_routers_clear(&found);

	pid_t items[] = {200, 400, 4711};
	const struct pids pids = {.items = items, .count = ARRAY_SIZE(items)};
	running_among(tree.proc, &tree.running, &pids, &found);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.items[1].pid, 400);
	/* also beside fewer of them it keeps its name */
	assert_string_equal(found.items[1].selector, "400");
	running_routers_clear(&found);
	tree_remove(&tree);
}

static void a_machine_without_a_router_has_none_to_name(void **state)
{
	struct running_routers found;
	(void)state;
	TREE(tree, ONE(1, 0, "init", "/sbin/init"));
	running_routers(tree.proc, &tree.running, &found);
	assert_int_equal(found.count, 0);
	running_named(tree.proc, &tree.running, "kamailio", &found);
	assert_int_equal(found.count, 0);
	running_routers_clear(&found);
	tree_remove(&tree);
}

/* ---- who is in a group that runs out of memory ---- */

static void give_memory(const struct tree *tree, int pid, unsigned long own_pages)
{
	cleanup_free char *statm = xasprintf("9999 %lu 100 1 0 1 0\n", own_pages + 100);
	write_file(tree, pid, "statm", statm);
}

/* The group of all processes of the tree, at a moment when its limit is reached. */
static struct evidence look(const struct tree *tree, const char *pids, int launched)
{
	struct watch watch;
	struct memory_events news;
	cleanup_free char *folder = xasprintf("%s/group", tree->base);
	cleanup_free char *events = xasprintf("%s/memory.events", folder),
			  *procs = xasprintf("%s/cgroup.procs", folder);

	assert_true(mkdir(folder, 0755) == 0 || errno == EEXIST);
	write_text(events, "max 0\noom 0\noom_kill 0\n");
	write_text(procs, pids);
	int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	watch_open(&watch, directory, true);
	watch_router(&watch, tree->proc, launched);
	write_text(events, "max 1\noom 1\noom_kill 1\n");
	assert_true(watch_look(&watch, 5000, &news));
	watch_close(&watch);
	close(directory);
	return watch.fullest;
}

static void a_script_that_the_router_executes_is_beside_it_and_a_wrapper_is_not_the_router(void **state)
{
	(void)state;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	/* launched was a shell, which did not exec */
	TREE(tree, ONE(100, 1, "sh", "/bin/dash"), ONE(101, 100, "kamailio", KAMAILIO),
	     ONE(102, 101, "kamailio", KAMAILIO), ONE(103, 102, "report", "/bin/dash"));
	give_memory(&tree, 100, 1);
	give_memory(&tree, 101, 5000);
	give_memory(&tree, 102, 5000);
	give_memory(&tree, 103, 70000);
	struct evidence evidence = look(&tree, "100\n101\n102\n103\n", 100);
	assert_int_equal(evidence.processes, 4);
	assert_int_equal(evidence.others, 2);
	assert_int_equal(evidence.others_bytes, 70001 * page);
	tree_remove(&tree);
}

static void where_nobody_is_known_to_be_the_router_nothing_is_beside_it(void **state)
{
	(void)state;
	TREE(tree, ONE(100, 1, "edge", "/opt/edge"), ONE(101, 100, "edge", "/opt/edge"));
	give_memory(&tree, 100, 9000);
	give_memory(&tree, 101, 9000);
	struct evidence evidence = look(&tree, "100\n101\n", 100);
	assert_int_equal(evidence.processes, 2);
	assert_int_equal(evidence.others, 0);
	assert_int_equal(evidence.others_bytes, 0);
	tree_remove(&tree);
}

/* A look at memory.stat with `anon` pages, and then at the processes: the hog and a child of the router still
 * have so many. */
static struct evidence look_late(unsigned long anon, unsigned long hog, unsigned long child, int launched)
{
	TREE(tree, ONE(100, 1, "kamailio", KAMAILIO), ONE(101, 100, "kamailio", KAMAILIO),
	     ONE(102, 1, "hog", "/usr/bin/hog"));
	cleanup_free char *folder = xasprintf("%s/group", tree.base);
	cleanup_free char *file = xasprintf("%s/memory.stat", folder);
	cleanup_free char *text = xasprintf("anon %lu\n", anon * (unsigned long)sysconf(_SC_PAGESIZE));
	give_memory(&tree, 100, 500);
	give_memory(&tree, 101, child);
	give_memory(&tree, 102, hog);
	assert_int_equal(mkdir(folder, 0755), 0);
	write_text(file, text);
	struct evidence evidence = look(&tree, "100\n101\n102\n", launched);
	tree_remove(&tree);
	return evidence;
}

static void memory_that_nobody_has_any_more_is_known_to_be_gone(void **state)
{
	(void)state;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct evidence evidence = look_late(41000, 40000, 500, 100);
	assert_int_equal(evidence.others_bytes, 40000 * page);
	assert_int_equal(evidence.gone_bytes, 0);
	/* the hog was killed in between: nobody else was, and so it had them */
	evidence = look_late(41000, 0, 500, 100);
	assert_int_equal(evidence.others_bytes, 40000 * page);
	assert_int_equal(evidence.gone_bytes, 0);
	/* a process of the router was, which had the same memory */
	evidence = look_late(41000, 500, 0, 100);
	assert_int_equal(evidence.others_bytes, 500 * page);
	assert_int_equal(evidence.gone_bytes, 0);
	/* both were: whose it was cannot be told */
	evidence = look_late(41000, 0, 0, 100);
	assert_int_equal(evidence.others_bytes, 0);
	assert_int_equal(evidence.gone_bytes, 40500 * page);
	/* the router has ended: whose process is whose cannot be told */
	evidence = look_late(41000, 40000, 500, 99);
	assert_int_equal(evidence.others, 0);
	assert_int_equal(evidence.gone_bytes, 41000 * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_that_nobody_has_any_more_is_known_to_be_gone),
		cmocka_unit_test(
			a_script_that_the_router_executes_is_beside_it_and_a_wrapper_is_not_the_router),
		cmocka_unit_test(where_nobody_is_known_to_be_the_router_nothing_is_beside_it),
		cmocka_unit_test(the_main_process_is_the_topmost_of_the_same_router),
		cmocka_unit_test(a_supervisor_leads_to_its_router_also_as_pid_1_of_a_container),
		cmocka_unit_test(the_executable_decides_not_a_title_a_script_s_name_or_an_upgrade),
		cmocka_unit_test(the_main_process_that_has_ended_leaves_its_children_for_routers),
		cmocka_unit_test(parents_that_were_read_at_different_times_may_form_a_ring),
		cmocka_unit_test(own_processes_execute_the_same_file_and_descend_from_the_main_one),
		cmocka_unit_test(a_name_is_a_router_s_an_executable_s_or_a_unit_s),
		cmocka_unit_test(each_router_has_a_selector_that_names_no_other),
		cmocka_unit_test(a_machine_without_a_router_has_none_to_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
