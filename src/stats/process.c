/* SPDX-License-Identifier: MIT */
#include "stats/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"

/* PF_KTHREAD, include/linux/sched.h; the flags are in /proc/PID/stat. */
#define KERNEL_THREAD 0x00200000

/* 52 numbers of at most 20 digits, and a name of at most 64 bytes (fs/proc/array.c, do_task_stat). */
#define STAT_BYTES 2048

/* Above the 6 MiB that execve() takes (fs/exec.c, a quarter of an 8 MiB stack limit's three). */
#define COMMAND_LIMIT ((size_t)8 << 20)

/* Reads a single-record file with one read(2): a sample reads one for each process. */
static ssize_t read_of(int proc, pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "%d/%s", (int)pid, file);
	return pseudo_read_small(proc, path, text, size);
}

static struct value score_of(int proc, pid_t pid, const char *file)
{
	char text[64];
	uint64_t number;
	if (read_of(proc, pid, file, text, sizeof text) < 0)
		return (struct value){0};
	bool negative = *text == '-';
	if (!parse_u64(text + negative, &number) || number > INT_MAX)
		return (struct value){0};
	return value_score(negative ? -(int64_t)number : (int64_t)number);
}

static char *readable(const char *name, size_t length)
{
	char *copy = xstrndup(name, length);
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return copy;
}

/*
 * "PID (COMM) STATE PPID …", fs/proc/array.c. A COMM may have spaces and brackets in it, so that its end is
 * the last bracket of the line. Flags are field 9, the start time field 22.
 */
static bool parse_stat(const char *text, struct process_stats *stats)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned flags;
	unsigned long long start;
	int parent;
	char state;

	if (!open || !close || close < open)
		return false;
	if (sscanf(close + 1,
		   " %c %d %*d %*d %*d %*d %u %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", &state,
		   &parent, &flags, &start) != 4)
		return false;
	stats->comm = readable(open + 1, (size_t)(close - open - 1));
	stats->state = state;
	stats->parent = parent;
	stats->kernel_thread = flags & KERNEL_THREAD;
	stats->start_ticks = start;
	return true;
}

int process_stats_read(int proc, pid_t pid, struct process_stats *stats, struct error *error)
{
	char text[STAT_BYTES];

	*stats = (struct process_stats){.pid = pid};
	if (read_of(proc, pid, "stat", text, sizeof text) < 0) {
		int errnum = errno == ENOENT ? ESRCH : errno;
		return error_set(error, errnum, "read /proc/%d/stat", (int)pid);
	}
	if (!parse_stat(text, stats))
		return error_set(error, 0, "/proc/%d/stat reads \"%.60s\", which is malformed", (int)pid,
				 text);
	return 0;
}

void process_scores_read(int proc, struct process_stats *stats)
{
	stats->oom_score = score_of(proc, stats->pid, "oom_score");
	stats->oom_score_adj = score_of(proc, stats->pid, "oom_score_adj");
}

bool process_uptime(int proc, const struct process_stats *stats, uint64_t *hundredths)
{
	char text[128];
	unsigned long long seconds;
	unsigned fraction;
	long rate = sysconf(_SC_CLK_TCK);

	if (rate <= 0 || pseudo_read_small(proc, "uptime", text, sizeof text) < 0 ||
	    sscanf(text, "%llu.%2u", &seconds, &fraction) != 2 || seconds > INT64_MAX / 100)
		return false;
	uint64_t ticks = (uint64_t)rate, now = seconds * 100 + fraction;
	uint64_t started = stats->start_ticks / ticks * 100 + stats->start_ticks % ticks * 100 / ticks;
	*hundredths = now > started ? now - started : 0;
	return true;
}

void process_stats_clear(struct process_stats *stats)
{
	free(stats->comm);
	value_clear(&stats->oom_score);
	value_clear(&stats->oom_score_adj);
	*stats = (struct process_stats){0};
}

/* True for errors of this process only: it has ended, is hidden from us (hidepid), or its text is
 * malformed. */
static bool is_of_the_process(int errnum)
{
	return errnum == ESRCH || errnum == EACCES || errnum == EPERM || errnum == 0;
}

void processes_read(int proc, const struct pids *pids, struct processes *processes)
{
	*processes = (struct processes){.items = xcalloc(pids->count, sizeof *processes->items)};
	for (size_t i = 0; i < pids->count; i++) {
		cleanup_error struct error error = {0};
		if (process_stats_read(proc, pids->items[i], &processes->items[processes->count], &error) ==
		    0)
			processes->count++;
		else if (!processes->unread && !is_of_the_process(error.errnum)) {
			processes->unread = pids->items[i];
			processes->errnum = error.errnum;
		}
	}
}

int processes_complete(const struct processes *processes, struct error *error)
{
	if (!processes->unread)
		return 0;
	return error_set(error, processes->errnum, "read /proc/%d/stat", (int)processes->unread);
}

void processes_clear(struct processes *processes)
{
	for (size_t i = 0; i < processes->count; i++)
		process_stats_clear(&processes->items[i]);
	free(processes->items);
	*processes = (struct processes){0};
}

static int compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;
	return (x > y) - (x < y);
}

int process_every(int proc, struct pids *pids, struct error *error)
{
	*pids = (struct pids){0};
	int copy = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	uint64_t pid;

	if (!entries) {
		int errnum = errno;
		if (copy >= 0)
			close(copy);
		return error_set(error, errnum, "list /proc");
	}
	/* cppcheck-suppress readdirCalled ; the stream is ours alone, and readdir_r is deprecated */
	for (const struct dirent *entry; errno = 0, (entry = readdir(entries));)
		if (parse_u64(entry->d_name, &pid) && pid > 0 && pid <= INT_MAX)
			*ARRAY_ADD(pids->items, pids->count) = (pid_t)pid;
	if (errno) {
		error_set(error, errno, "list /proc");
		pids_clear(pids);
		return -1;
	}
	if (pids->count)
		qsort(pids->items, pids->count, sizeof *pids->items, compare);
	return 0;
}

const struct process_stats *processes_find(const struct processes *processes, pid_t pid)
{
	for (size_t i = 0; i < processes->count; i++)
		if (processes->items[i].pid == pid)
			return &processes->items[i];
	return NULL;
}

/* Bounded by the number of processes: parents that were read at different times could form a ring. */
bool process_descends(const struct processes *processes, const struct process_stats *process, pid_t root)
{
	for (size_t i = 0; process && i <= processes->count; i++) {
		if (process->pid == root)
			return true;
		process = processes_find(processes, process->parent);
	}
	return false;
}

int process_tree(int proc, pid_t root, struct pids *pids, struct error *error)
{
	struct pids all = {0};
	struct processes processes;

	*pids = (struct pids){0};
	if (process_every(proc, &all, error) < 0)
		return -1;
	processes_read(proc, &all, &processes);
	int result = processes_complete(&processes, error);
	for (size_t i = 0; i < processes.count; i++)
		if (process_descends(&processes, &processes.items[i], root))
			*ARRAY_ADD(pids->items, pids->count) = processes.items[i].pid;
	processes_clear(&processes);
	pids_clear(&all);
	if (result < 0)
		pids_clear(pids);
	return result;
}

const struct process_stats *processes_main(const struct processes *processes)
{
	const struct process_stats *oldest = NULL;
	for (size_t i = 0; i < processes->count; i++) {
		const struct process_stats *process = &processes->items[i];
		if (process->state == 'Z' || processes_find(processes, process->parent))
			continue;
		if (!oldest || process->start_ticks < oldest->start_ticks)
			oldest = process;
	}
	return oldest;
}

/* The NUL-separated arguments; a program that wrote its title over them leaves one text and many NULs. */
static char **split(const char *block, size_t length)
{
	size_t count = 0;
	char **argv = xcalloc(1, sizeof *argv);
	while (length > 0 && block[length - 1] == '\0')
		length--;
	for (size_t at = 0; at < length; at += strlen(block + at) + 1) {
		argv = xrealloc(argv, count + 2, sizeof *argv);
		argv[count++] = xstrdup(block + at);
		argv[count] = NULL;
	}
	return argv;
}

/* Not pseudo_read, which refuses the NUL bytes that separate the words. */
static char **read_words(int proc, pid_t pid, const char *file, struct error *error)
{
	cleanup_free char *path = xasprintf("%d/%s", (int)pid, file);
	cleanup_free char *block = NULL;
	size_t length = 0;
	ssize_t n = -1;

	cleanup_close int fd = openat(proc, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0) {
		do {
			block = xrealloc(block, length + 4096 + 1, 1);
			n = read(fd, block + length, 4096);
			length += n > 0 ? (size_t)n : 0;
		} while (n > 0 && length < COMMAND_LIMIT);
	}
	if (n < 0) {
		error_set(error, errno == ENOENT ? ESRCH : errno, "read /proc/%s", path);
		return NULL;
	}
	block[length] = '\0';
	return split(block, length);
}

char **process_command(int proc, pid_t pid, struct error *error)
{
	return read_words(proc, pid, "cmdline", error);
}

char **process_environment(int proc, pid_t pid, struct error *error)
{
	return read_words(proc, pid, "environ", error);
}

bool process_shares(int proc, pid_t pid, const char *what)
{
	cleanup_free char *own_path = xasprintf("/proc/self/%s", what);
	cleanup_free char *path = xasprintf("%d/%s", (int)pid, what);
	struct stat own, theirs;
	if (stat(own_path, &own) < 0 || fstatat(proc, path, &theirs, 0) < 0)
		return true;
	return own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino;
}

bool process_shares_files(int proc, pid_t pid)
{
	return process_shares(proc, pid, "root") && process_shares(proc, pid, "ns/mnt");
}

bool process_file_of(int proc, pid_t pid, struct process_file *file)
{
	char link[32];
	struct stat info;

	snprintf(link, sizeof link, "%d/exe", (int)pid);
	*file = (struct process_file){0};
	if (fstatat(proc, link, &info, 0) < 0)
		return false;
	*file = (struct process_file){.device = info.st_dev, .inode = info.st_ino};
	return true;
}

/* The last number in the line of /proc/ID/status that begins with the name; 0: not known. */
static pid_t status_pid(int proc, pid_t id, const char *name)
{
	cleanup_free char *path = xasprintf("%d/status", (int)id);
	cleanup_free char *before = xasprintf("\n%s:", name);
	cleanup_free char *text = NULL;
	uint64_t number;

	if (pseudo_read(proc, path, PSEUDO_LIMIT, &text) < 0)
		return 0;
	const char *line = strstr(text, before);
	if (!line)
		return 0;
	line++;
	cleanup_free char *pids = xstrndup(line, strcspn(line, "\n"));
	const char *last = strrchr(pids, '\t');
	return last && parse_u64(last + 1, &number) && number <= INT_MAX ? (pid_t)number : 0;
}

/* "NSpid:	1518	1": the pid in each namespace, from that of this proc inwards (fs/proc/array.c,
 * task_state()). */
pid_t process_inner_pid(int proc, pid_t pid)
{
	return status_pid(proc, pid, "NSpid");
}

pid_t process_of_thread(int proc, pid_t id)
{
	pid_t pid = status_pid(proc, id, "Tgid");
	return pid ? pid : id;
}

/* Since Linux 6.2 the directory's size is the number of its entries (proc_fd.c); before, they are counted. */
uint64_t process_open_files(int proc, pid_t pid)
{
	char path[32];
	struct stat info;
	uint64_t count = 0;

	snprintf(path, sizeof path, "%d/fd", (int)pid);
	if (fstatat(proc, path, &info, 0) == 0 && info.st_size > 0)
		return (uint64_t)info.st_size;
	int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !entries)
		close(fd);
	/* cppcheck-suppress readdirCalled ; the stream is ours alone, and readdir_r is deprecated */
	for (const struct dirent *entry; entries && (entry = readdir(entries));)
		count += entry->d_name[0] != '.';
	return count;
}
