/* SPDX-License-Identifier: MIT */
/*
 * What the stats room makes of a kernel's texts: each folder below tests/fixtures/stats/KIND is a case, and
 * its file `expected` is what the reader's result looks like, rendered here line by line.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "router/router.h"
#include "stats/group.h"
#include "stats/measure.h"
#include "stats/process.h"
#include "stats/smaps.h"
#include "stats/sysv.h"

/* ---- cases ---- */

typedef void render_function(int directory, FILE *out);

/* Renders one case and compares; a case that differs is printed whole. */
static bool case_agrees(int kind, const char *name, render_function *render)
{
	cleanup_free char *actual = NULL, *expected = NULL;
	size_t size, length;
	cleanup_close int directory = openat(kind, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(directory >= 0);

	FILE *out = open_memstream(&actual, &size);
	render(directory, out);
	fclose(out);
	if (file_read(directory, "expected", 65536, &expected, &length, NULL) < 0)
		expected = xstrdup("(there is no file `expected`)\n");
	if (strcmp(actual, expected) == 0)
		return true;
	print_error("case %s: expected\n%sbut is\n%s", name, expected, actual);
	return false;
}

static void check_cases(const char *kind, size_t min, render_function *render)
{
	cleanup_free char *path = path_join(FIXTURES "/stats", kind);
	cleanup_closedir DIR *cases = opendir(path);
	size_t count = 0, wrong = 0;

	assert_non_null(cases);
	for (const struct dirent *entry; (entry = readdir(cases));) {
		if (entry->d_name[0] == '.')
			continue;
		wrong += !case_agrees(dirfd(cases), entry->d_name, render);
		count++;
	}
	assert_int_equal(wrong, 0);
	assert_true(count >= min);
}

static char *text_of(int directory, const char *file)
{
	char *text;
	size_t length;
	return file_read(directory, file, 65536, &text, &length, NULL) < 0 ? xstrdup("") : text;
}

static void print_error_line(FILE *out, const struct error *error)
{
	cleanup_free char *text = error_text(error);
	fprintf(out, "error: %s\n", text);
}

static void print_pids(FILE *out, const char *label, const struct pids *pids)
{
	fprintf(out, "%s:", label);
	for (size_t i = 0; i < pids->count; i++)
		fprintf(out, " %d", (int)pids->items[i]);
	fputc('\n', out);
}

/* ---- groups ---- */

static void render_group(int directory, FILE *out)
{
	cleanup_error struct error error = {0};
	struct group_stats stats;
	struct pids pids;

	group_stats_read(directory, &stats);
	for (size_t i = 0; i < GROUP_NUMBER_COUNT; i++) {
		const struct value *number = &stats.numbers[i];
		fprintf(out, "%s%s%s: ", group_numbers[i].file, group_numbers[i].key ? " " : "",
			group_numbers[i].key ? group_numbers[i].key : "");
		if (number->kind == VALUE_NONE)
			fputs("not known\n", out);
		else
			fprintf(out, "%" PRIu64 "\n", number->number[0]);
	}
	group_stats_clear(&stats);
	if (group_processes(directory, &pids, &error) < 0)
		print_error_line(out, &error);
	else
		print_pids(out, "processes", &pids);
	if (pids.outside)
		fprintf(out, "outside: %zu\n", pids.outside);
	pids_clear(&pids);
}

static void a_groups_numbers_and_processes_are_read_by_name(void **state)
{
	(void)state;
	check_cases("group", 4, render_group);
}

static void no_group_outside_of_the_mount_is_opened(void **state)
{
	static const char *const paths[] = {
		"..", "/..", "nested/../..", "/nested/..", "../stats/group", "nested/..//"};
	cleanup_close int mount = open(FIXTURES "/stats/group", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_error struct error error = {0};
		assert_int_equal(group_directory_open(mount, paths[i], &error), -1);
		assert_non_null(strstr(error.message, "outside"));
	}
}

static void a_group_is_opened_with_or_without_a_leading_slash(void **state)
{
	static const char *const paths[] = {"/", "", "nested/workers", "/nested/workers/", "//nested"};
	cleanup_close int mount = open(FIXTURES "/stats/group", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_close int fd = group_directory_open(mount, paths[i], NULL);
		assert_true(fd >= 0);
	}
	cleanup_error struct error error = {0};
	assert_int_equal(group_directory_open(mount, "/absent", &error), -1);
	assert_int_equal(error.errnum, ENOENT);
}

/* ---- processes ---- */

static void render_processes(int directory, FILE *out, struct processes *processes)
{
	for (size_t i = 0; i < processes->count; i++) {
		struct process_stats *process = &processes->items[i];
		process_scores_read(directory, process);
		cleanup_free char *score = value_kernel_text(&process->oom_score, NULL);
		cleanup_free char *adjustment = value_kernel_text(&process->oom_score_adj, NULL);
		fprintf(out, "%d: \"%s\" %c parent %d start %" PRIu64 " score %s adj %s%s\n",
			(int)process->pid, process->comm, process->state, (int)process->parent,
			process->start_ticks, score, adjustment, process->kernel_thread ? " kernel" : "");
	}
}

static void render_proc(int directory, FILE *out)
{
	cleanup_free char *root_text = text_of(directory, "root");
	pid_t root = (pid_t)strtol(root_text, NULL, 10);
	struct pids everything = {0}, tree;
	struct processes processes;

	for (pid_t pid = 1; pid < 300; pid++)
		*ARRAY_ADD(everything.items, everything.count) = pid;
	processes_read(directory, &everything, &processes);
	render_processes(directory, out, &processes);
	assert_int_equal(process_tree(directory, root, &tree, NULL), 0);
	print_pids(out, "tree", &tree);
	size_t strangers = 0;
	for (size_t i = 0; i < processes.count; i++)
		strangers += !process_descends(&processes, &processes.items[i], root);
	fprintf(out, "strangers: %zu\n", strangers);
	pids_clear(&everything);
	processes_clear(&processes);

	processes_read(directory, &tree, &processes);
	const struct process_stats *leader = processes_main(&processes);
	fprintf(out, "main: %d\n", leader ? (int)leader->pid : 0);
	processes_clear(&processes);
	pids_clear(&tree);
}

static void processes_are_read_whatever_their_names_hold(void **state)
{
	(void)state;
	check_cases("proc", 3, render_proc);
}

static void a_process_that_could_not_be_read_is_not_missing_without_a_word(void **state)
{
	cleanup_error struct error error = {0};
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t items[] = {getpid()};
	const struct pids ourselves = {.items = items, .count = 1};
	struct processes processes;
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	processes_read(proc, &ourselves, &processes);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(processes.count, 0);
	assert_int_equal(processes_complete(&processes, &error), -1);
	assert_int_equal(error.errnum, EMFILE);
	processes_clear(&processes);
	items[0] = INT_MAX; /* one that is not there is no gap */
	processes_read(proc, &ourselves, &processes);
	assert_int_equal(processes_complete(&processes, NULL), 0);
	processes_clear(&processes);
}

static void a_process_that_is_not_there_is_said_so(void **state)
{
	cleanup_error struct error error = {0};
	cleanup_close int proc = open(FIXTURES "/stats/proc/router", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct process_stats stats;
	(void)state;
	assert_int_equal(process_stats_read(proc, 4711, &stats, &error), -1);
	assert_int_equal(error.errnum, ESRCH);
}

static void how_long_a_process_has_been_running(void **state)
{
	const uint64_t rate = (uint64_t)sysconf(_SC_CLK_TCK);
	const struct {
		const char *uptime;
		uint64_t start_ticks, hundredths;
		bool known;
	} rows[] = {
		{"1234.56 99.00\n", 1234 * rate, 56, true},
		{"1234.56 99.00\n", 1230 * rate + rate / 2, 406, true},
		{"1234.05 99.00\n", 1234 * rate, 5, true},
		{"1234.56 99.00\n", 1300 * rate, 0, true}, /* it has started since */
		{"1234.56 99.00\n", UINT64_MAX, 0, true},
		{"1234\n", 0, 0, false},
		{"18446744073709551615.00 0.00\n", 0, 0, false},
		{"long\n", 0, 0, false},
	};
	char folder[] = "/tmp/stats-test-XXXXXX";
	assert_non_null(mkdtemp(folder));
	cleanup_close int proc = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct process_stats process = {.start_ticks = rows[i].start_ticks};
		uint64_t hundredths = 0;
		int file = openat(proc, "uptime", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		assert_int_equal(write(file, rows[i].uptime, strlen(rows[i].uptime)),
				 (ssize_t)strlen(rows[i].uptime));
		close(file);
		assert_int_equal(process_uptime(proc, &process, &hundredths), rows[i].known);
		assert_int_equal(hundredths, rows[i].hundredths);
	}
	assert_int_equal(unlinkat(proc, "uptime", 0), 0);
	assert_false(process_uptime(proc, &(struct process_stats){0}, &(uint64_t){0}));
	assert_int_equal(rmdir(folder), 0);
}

static void our_own_command_line_and_name_are_found(void **state)
{
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct process_stats stats;
	(void)state;
	assert_int_equal(process_stats_read(proc, getpid(), &stats, NULL), 0);
	assert_string_equal(stats.comm, "stats_test");
	assert_int_equal(stats.parent, getppid());
	assert_true(stats.start_ticks > 0);
	assert_false(stats.kernel_thread);
	process_stats_clear(&stats);

	char **argv = process_command(proc, getpid(), NULL);
	assert_non_null(argv);
	assert_string_equal(argv[0], program_invocation_name);
	argv_free(argv);
}

/* Starts `body` in a child that then waits to be killed; returns when it has said that it is ready. */
static pid_t start_child(bool (*body)(void))
{
	int ends[2];
	char ready = 0;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
		ready = body() ? 'y' : 'n';
		if (write(ends[1], &ready, 1) == 1)
			pause();
		_exit(1);
	}
	assert_true(child > 0);
	assert_int_equal(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	close(ends[1]);
	if (ready == 'y')
		return child;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}

static void end_child(pid_t child)
{
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static bool nothing(void)
{
	return true;
}

static void a_zombie_has_a_state_and_no_command_line_and_no_memory(void **state)
{
	cleanup_error struct error error = {0};
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct process_stats stats;
	struct process_memory memory;
	siginfo_t info;
	(void)state;

	pid_t child = start_child(nothing);
	kill(child, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(process_stats_read(proc, child, &stats, NULL), 0);
	assert_int_equal(stats.state, 'Z');
	process_stats_clear(&stats);
	char **argv = process_command(proc, child, NULL);
	assert_non_null(argv);
	assert_null(argv[0]);
	argv_free(argv);
	assert_int_equal(process_memory_read(proc, child, MIB, MIB, &memory, &error), -1);
	assert_true(error.errnum == ENODATA || error.errnum == ESRCH || error.errnum == ENOENT);
	end_child(child);
}

/* ---- memory ---- */

static void print_pool(FILE *out, const char *label, const struct pool_use *pool)
{
	if (!pool->found)
		fprintf(out, "%s: not found\n", label);
	else
		fprintf(out, "%s: size %" PRIu64 " rss %" PRIu64 " pss %" PRIu64 "\n", label,
			pool->size_bytes, pool->rss_bytes, pool->pss_bytes);
}

static void render_smaps(int directory, FILE *out)
{
	cleanup_error struct error error = {0};
	cleanup_free char *pools = text_of(directory, "pools");
	uint64_t shared_mib, private_mib;
	struct process_memory memory;

	assert_int_equal(sscanf(pools, "%" SCNu64 " %" SCNu64, &shared_mib, &private_mib), 2);
	if (process_memory_read(directory, 1, shared_mib * MIB, private_mib * MIB, &memory, &error) < 0) {
		print_error_line(out, &error);
		return;
	}
	print_pool(out, "shared pool", &memory.shared_pool);
	print_pool(out, "private pool", &memory.private_pool);
	fprintf(out, "own: %" PRIu64 "\nfiles: %" PRIu64 "\n", memory.own_bytes, memory.file_bytes);
}

static void the_pools_are_found_among_a_process_s_mappings(void **state)
{
	(void)state;
	check_cases("smaps", 6, render_smaps);
}

static bool read_pool_use(const char *rss, const char *pss, struct pool_use *pool)
{
	pool->found = parse_u64(rss, &pool->rss_bytes) && parse_u64(pss, &pool->pss_bytes);
	return pool->found;
}

static size_t read_memory(int directory, struct process_memory **memory)
{
	cleanup_free char *text = text_of(directory, "processes");
	char shared_rss[32], shared_pss[32], private_rss[32], private_pss[32];
	size_t count = 0;

	*memory = NULL;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		struct process_memory *process = ARRAY_ADD(*memory, count);
		assert_int_equal(sscanf(line, "%d %31s %31s %31s %31s %" SCNu64 " %" SCNu64, &process->pid,
					shared_rss, shared_pss, private_rss, private_pss, &process->own_bytes,
					&process->file_bytes),
				 7);
		read_pool_use(shared_rss, shared_pss, &process->shared_pool);
		read_pool_use(private_rss, private_pss, &process->private_pool);
	}
	return count;
}

static void render_measurement(int directory, FILE *out)
{
	cleanup_error struct error error = {0};
	cleanup_free char *router = text_of(directory, "router");
	struct process_memory *memory;
	struct group_stats stats;
	struct measurement m;

	bool pools = !*router;
	size_t count = read_memory(directory, &memory);
	group_stats_read(directory, &stats);
	int result = measure(&stats, memory, count, 4096, pools, pools, &m, &error);
	group_stats_clear(&stats);
	free(memory);
	if (result < 0) {
		print_error_line(out, &error);
		return;
	}
	fprintf(out, "processes: %" PRIu64 "\nper process: %" PRIu64 "\nbase: %" PRIu64 "\n", m.processes,
		m.per_process_bytes, m.base_bytes);
	fprintf(out, "own: %" PRIu64 "\nkernel: %" PRIu64 "\npool tables: %" PRIu64 "\n", m.own_bytes,
		m.kernel_bytes, m.pool_table_bytes);
	fprintf(out, "start heap: %" PRIu64 "\nfiles: %" PRIu64 "\nother shared: %" PRIu64 "\n",
		m.start_heap_bytes, m.file_bytes, m.other_shared_bytes);
	fprintf(out, "shared used: %" PRIu64 "\nprivate used: %" PRIu64 "\n", m.shared_used_bytes,
		m.private_used_bytes);
}

static void p_and_b_are_what_is_neither_pool_nor_its_page_tables(void **state)
{
	(void)state;
	check_cases("measure", 7, render_measurement);
}

/* ---- System V ---- */

static void print_sysv(FILE *out, const struct sysv_stats *stats)
{
	fprintf(out, "segments: %" PRIu64 ", %" PRIu64 " bytes\n", stats->segments, stats->segment_bytes);
	fprintf(out, "arrays: %" PRIu64 ", %" PRIu64 " semaphores\n", stats->arrays, stats->semaphores);
	fprintf(out, "queues: %" PRIu64 ", %" PRIu64 " bytes\n", stats->queues, stats->queue_bytes);
	fprintf(out, "unused: %s\n", sysv_unused(stats) ? "yes" : "no");
}

static void render_sysv(int directory, FILE *out)
{
	cleanup_error struct error error = {0};
	struct sysv_stats stats;
	if (sysv_read(directory, &stats, &error) < 0)
		print_error_line(out, &error);
	else
		print_sysv(out, &stats);
}

static void system_v_objects_are_counted(void **state)
{
	(void)state;
	check_cases("sysv", 6, render_sysv);
}

static bool make_objects(void)
{
	if (unshare(CLONE_NEWIPC) < 0)
		return false;
	int queue = msgget(IPC_PRIVATE, 0600);
	struct {
		long type;
		char text[16];
	} message = {1, ""};
	return shmget(IPC_PRIVATE, 12288, 0600) >= 0 && shmget(IPC_PRIVATE, 4096, 0600) >= 0 &&
	       semget(IPC_PRIVATE, 5, 0600) >= 0 && queue >= 0 &&
	       msgsnd(queue, &message, sizeof message.text, 0) == 0;
}

static void the_objects_of_another_namespace_are_seen_and_ours_is_kept(void **state)
{
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char before[64] = "", after[64] = "";
	struct sysv_stats stats;
	(void)state;

	assert_true(readlink("/proc/self/ns/ipc", before, sizeof before - 1) > 0);
	pid_t child = start_child(make_objects);
	if (!child)
		skip(); /* not root */
	assert_int_equal(sysv_read_of(proc, child, &stats, NULL), 0);
	assert_int_equal(stats.segments, 2);
	assert_int_equal(stats.segment_bytes, 16384);
	assert_int_equal(stats.arrays, 1);
	assert_int_equal(stats.semaphores, 5);
	assert_int_equal(stats.queues, 1);
	assert_int_equal(stats.queue_bytes, 16);
	assert_true(readlink("/proc/self/ns/ipc", after, sizeof after - 1) > 0);
	assert_string_equal(before, after);
	end_child(child);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* the child that looked is reaped */
}

static void the_namespace_of_a_process_that_ended_is_an_error(void **state)
{
	cleanup_error struct error error = {0};
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sysv_stats stats;
	(void)state;
	pid_t child = start_child(nothing);
	end_child(child);
	assert_int_equal(sysv_read_of(proc, child, &stats, &error), -1);
	assert_int_equal(error.errnum, ENOENT);
	assert_true(sysv_unused(&stats));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_groups_numbers_and_processes_are_read_by_name),
		cmocka_unit_test(no_group_outside_of_the_mount_is_opened),
		cmocka_unit_test(a_group_is_opened_with_or_without_a_leading_slash),
		cmocka_unit_test(processes_are_read_whatever_their_names_hold),
		cmocka_unit_test(a_process_that_could_not_be_read_is_not_missing_without_a_word),
		cmocka_unit_test(a_process_that_is_not_there_is_said_so),
		cmocka_unit_test(how_long_a_process_has_been_running),
		cmocka_unit_test(our_own_command_line_and_name_are_found),
		cmocka_unit_test(a_zombie_has_a_state_and_no_command_line_and_no_memory),
		cmocka_unit_test(the_pools_are_found_among_a_process_s_mappings),
		cmocka_unit_test(p_and_b_are_what_is_neither_pool_nor_its_page_tables),
		cmocka_unit_test(system_v_objects_are_counted),
		cmocka_unit_test(the_objects_of_another_namespace_are_seen_and_ours_is_kept),
		cmocka_unit_test(the_namespace_of_a_process_that_ended_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
