/* SPDX-License-Identifier: MIT */
/* Whether the router that answered is the one that was asked: by the pids that it names, in any PID
 * namespace. */
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
#include "base/error.h"
#include "stats/answerer.h"
#include "stats/process.h"
#include "stats/sample.h"

#define MANY 3

static const struct {
	const char *name;
	const char *status[MANY]; /* of the router's own processes 100, 101, …; "": there is none */
	pid_t first;              /* what the router answers: its first process, and those of its pools */
	pid_t pools[MANY];
	pid_t other;    /* in the error; 0: it is the router's own answer */
	pid_t main_pid; /* known from before; 0: not */
} cases[] = {
	{"its own", {"NSpid:\t100\n", "NSpid:\t101\n"}, 0, {100, 101}, 0, 0},
	{"its own first process alone", {"NSpid:\t100\n"}, 100, {7, 8}, 0, 0},
	{"one process is left of it", {"NSpid:\t100\n", "NSpid:\t101\n"}, 0, {7, 101}, 0, 0},
	{"another's", {"NSpid:\t100\n", "NSpid:\t101\n"}, 0, {200, 201}, 200, 0},
	{"another's, by its first process", {"NSpid:\t100\n"}, 200, {0}, 200, 0},
	{"its own in a container", {"NSpid:\t100\t1\n", "NSpid:\t101\t7\n"}, 1, {7}, 0, 0},
	{"in a container's container", {"NSpid:\t100\t12\t1\n"}, 0, {1}, 0, 0},
	{"our pids are not a container's", {"NSpid:\t100\t1\n", "NSpid:\t101\t7\n"}, 100, {101}, 100, 0},
	{"a pool without a pid", {"NSpid:\t100\n"}, 0, {0, 200}, 200, 0},
	{"nothing is named", {"NSpid:\t100\n"}, 0, {0}, 0, 0},
	{"a kernel that says no NSpid", {"Pid:\t100\n"}, 0, {200}, 0, 0},
	{"a line that is cut off", {"NSpid:\n"}, 0, {200}, 0, 0},
	{"a process that has ended", {""}, 0, {200}, 0, 0},
	{"its main process, known from before", {NULL}, 0, {7, 1}, 0, 1},
	{"another one's main process", {"NSpid:\t100\t5\n"}, 0, {7, 8}, 7, 1},
};

static void write_status(int proc, int pid, const char *line)
{
	char path[32];
	snprintf(path, sizeof path, "%d", pid);
	assert_int_equal(mkdirat(proc, path, 0700), 0);
	snprintf(path, sizeof path, "%d/status", pid);
	int fd = openat(proc, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "Name:\tkamailio\n%sThreads:\t1\n", line) > 0);
	close(fd);
}

static void check(int proc, size_t at)
{
	struct private_pool pools[MANY] = {0};
	pid_t pids[MANY];
	struct pids own = {.items = pids};
	struct sample sample = {.reported_pid = cases[at].first, .privates = pools, .private_count = MANY};
	cleanup_error struct error error = {0};

	for (int i = 0; i < MANY && cases[at].status[i]; i++) {
		own.items[own.count++] = 100 + i;
		if (*cases[at].status[i])
			write_status(proc, 100 + i, cases[at].status[i]);
	}
	for (int i = 0; i < MANY; i++)
		pools[i].pid = cases[at].pools[i];
	assert_int_equal(answerer_check(proc, cases[at].main_pid, &own, &sample, &error),
			 cases[at].other ? -1 : 0);
	if (!cases[at].other)
		return;
	cleanup_free char *said = xasprintf(": its process %d does not belong to", (int)cases[at].other);
	assert_non_null(strstr(error.message, said));
}

static void an_answer_is_taken_from_the_router_itself_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char base[] = "/tmp/answerer.XXXXXX";
		print_message("%s\n", cases[i].name);
		assert_non_null(mkdtemp(base));
		int proc = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		check(proc, i);
		close(proc);
		cleanup_free char *remove = xasprintf("rm -r %s", base);
		assert_int_equal(system(remove), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_taken_from_the_router_itself_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
