/* SPDX-License-Identifier: MIT */
#include "top/processes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "stats/process.h"
#include "top/rows.h"

/* The second number of /proc/PID/statm, in pages (fs/proc/array.c). */
static struct value resident(int proc, pid_t pid)
{
	cleanup_free char *path = xasprintf("%d/statm", (int)pid);
	char text[128];
	unsigned long long pages;
	long page_bytes = sysconf(_SC_PAGESIZE);

	if (page_bytes <= 0 || pseudo_read_small(proc, path, text, sizeof text) < 0 ||
	    sscanf(text, "%*u %llu", &pages) != 1)
		return (struct value){0};
	return value_number(VALUE_BYTES, mul_div_u64(pages, (uint64_t)page_bytes, 1));
}

static struct value score(int proc, pid_t pid)
{
	cleanup_free char *path = xasprintf("%d/oom_score", (int)pid);
	char text[32];
	uint64_t number;

	if (pseudo_read_small(proc, path, text, sizeof text) < 0 || !parse_u64(text, &number))
		return (struct value){0};
	return value_number(VALUE_COUNT, number);
}

static void take_name(int proc, pid_t pid, struct process_row *row)
{
	struct process_stats process;

	if (process_stats_read(proc, pid, &process, NULL) == 0) {
		free(row->name);
		row->name = xstrdup(process.comm);
	}
	process_stats_clear(&process);
}

void process_look_up(int proc, struct process_row *row)
{
	pid_t pid = (pid_t)row->numbers[COLUMN_PID].number[0];

	row->looked_up = true;
	if (pid <= 0)
		return;
	row->numbers[COLUMN_RSS] = resident(proc, pid);
	row->numbers[COLUMN_SCORE] = score(proc, pid);
	uint64_t files = process_open_files(proc, pid);
	if (files)
		row->numbers[COLUMN_FILES] = value_number(VALUE_COUNT, files);
	if (!*row->name)
		take_name(proc, pid, row);
}
