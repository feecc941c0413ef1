/* SPDX-License-Identifier: MIT */
#include "stats/sysv.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/value.h"

/* 32768 objects of each kind (IPCMNI), and lines of at most 170 characters. */
#define SYSVIPC_LIMIT ((size_t)8 << 20)

struct table {
	const char *file;
	const char *column; /* what is added up; its place is told by the heading */
	size_t index;
	bool heading_read;
	uint64_t rows, sum;
};

static size_t index_of(char *heading, const char *column)
{
	char *rest = NULL;
	size_t index = 0;
	for (char *word = strtok_r(heading, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest), index++)
		if (strcmp(word, column) == 0)
			return index;
	return SIZE_MAX;
}

static int add_row(char *line, void *data)
{
	struct table *table = data;
	char *rest = NULL, *word;
	uint64_t number;

	if (!table->heading_read) {
		table->heading_read = true;
		table->index = index_of(line, table->column);
		return table->index == SIZE_MAX;
	}
	word = strtok_r(line, " \t", &rest);
	for (size_t i = 0; word && i < table->index; i++)
		word = strtok_r(NULL, " \t", &rest);
	if (!word || !parse_u64(word, &number) || __builtin_add_overflow(table->sum, number, &table->sum))
		return 1;
	table->rows++;
	return 0;
}

static int read_table(int proc, struct table *table, struct error *error)
{
	cleanup_free char *text = NULL;
	if (pseudo_read(proc, table->file, SYSVIPC_LIMIT, &text) < 0)
		return error_set(error, errno, "read /proc/%s", table->file);
	if (each_line(text, add_row, table) != 0 || !table->heading_read)
		return error_set(error, 0, "/proc/%s is not of its form", table->file);
	return 0;
}

int sysv_read(int proc, struct sysv_stats *stats, struct error *error)
{
	struct table segments = {.file = "sysvipc/shm", .column = "size"};
	struct table arrays = {.file = "sysvipc/sem", .column = "nsems"};
	struct table queues = {.file = "sysvipc/msg", .column = "cbytes"};

	*stats = (struct sysv_stats){0};
	if (read_table(proc, &segments, error) < 0 || read_table(proc, &arrays, error) < 0 ||
	    read_table(proc, &queues, error) < 0)
		return -1;
	*stats = (struct sysv_stats){segments.rows, segments.sum, arrays.rows,
				     arrays.sum,    queues.rows,  queues.sum};
	return 0;
}

/* What the child says: how far it came, and what it saw. One write, well below PIPE_BUF. */
struct answer {
	int errnum; /* of opening or joining the namespace */
	bool joined, read;
	struct sysv_stats stats;
};

static struct answer look(int proc, pid_t pid)
{
	struct answer answer = {0};
	cleanup_free char *path = xasprintf("%d/ns/ipc", (int)pid);
	cleanup_close int namespace = openat(proc, path, O_RDONLY | O_CLOEXEC);

	if (namespace < 0 || setns(namespace, CLONE_NEWIPC) < 0) {
		answer.errnum = errno;
		return answer;
	}
	answer.joined = true;
	cleanup_error struct error error = {0};
	answer.read = sysv_read(proc, &answer.stats, &error) == 0;
	answer.errnum = error.errnum;
	return answer;
}

static ssize_t ask_child(int proc, pid_t pid, struct answer *answer)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t child = fork();
	if (child == 0) {
		*answer = look(proc, pid);
		_exit(write(ends[1], answer, sizeof *answer) == sizeof *answer ? 0 : 1);
	}
	int errnum = errno;
	close(ends[1]);
	ssize_t length = -1;
	if (child > 0) {
		do {
			length = read(ends[0], answer, sizeof *answer);
		} while (length < 0 && errno == EINTR);
		errnum = errno;
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	errno = errnum;
	return length;
}

static bool in_our_namespace(int proc, pid_t pid)
{
	char own[64], theirs[64];
	cleanup_free char *path = xasprintf("%d/ns/ipc", (int)pid);
	ssize_t a = readlinkat(proc, "self/ns/ipc", own, sizeof own);
	ssize_t b = readlinkat(proc, path, theirs, sizeof theirs);
	return a > 0 && a == b && memcmp(own, theirs, (size_t)a) == 0;
}

int sysv_read_of(int proc, pid_t pid, struct sysv_stats *stats, struct error *error)
{
	struct answer answer;

	*stats = (struct sysv_stats){0};
	if (in_our_namespace(proc, pid))
		return sysv_read(proc, stats, error);
	ssize_t length = ask_child(proc, pid, &answer);
	if (length != (ssize_t)sizeof answer)
		return error_set(error, length < 0 ? errno : EIO, "look into the IPC namespace of pid %d",
				 (int)pid);
	if (!answer.joined)
		return error_set(error, answer.errnum, "join the IPC namespace of pid %d", (int)pid);
	if (!answer.read)
		return error_set(error, answer.errnum, "read /proc/sysvipc in the IPC namespace of pid %d",
				 (int)pid);
	*stats = answer.stats;
	return 0;
}

bool sysv_unused(const struct sysv_stats *stats)
{
	return stats->segments == 0 && stats->arrays == 0 && stats->queues == 0;
}
