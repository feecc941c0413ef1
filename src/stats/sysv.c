/* SPDX-License-Identifier: MIT */
#include "stats/sysv.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/value.h"
#include "host/namespace.h"

/* 32768 objects of each kind (IPCMNI), and lines of at most 170 characters. */
#define SYSVIPC_LIMIT ((size_t)8 << 20)

struct table {
	const char *file;
	const char *column; /* the column to add up; the heading gives its position */
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
		return error_set(error, 0, "/proc/%s is malformed", table->file);
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

/* 0, or the errno; EINVAL for a table of another form. */
static int look(void *answer, const void *data)
{
	cleanup_error struct error error = {0};
	if (sysv_read(*(const int *)data, answer, &error) == 0)
		return 0;
	return error.errnum ? error.errnum : EINVAL;
}

int sysv_read_of(int proc, pid_t pid, struct sysv_stats *stats, struct error *error)
{
	*stats = (struct sysv_stats){0};
	if (ipc_namespace_is_ours(proc, pid))
		return sysv_read(proc, stats, error);
	return ipc_namespace_ask(proc, pid, "read /proc/sysvipc", look, &proc, stats, sizeof *stats, error);
}

bool sysv_unused(const struct sysv_stats *stats)
{
	return stats->segments == 0 && stats->arrays == 0 && stats->queues == 0;
}
