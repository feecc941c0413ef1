/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_ROWS_H
#define SIPLAUNCH_TOP_ROWS_H
/*
 * The table of processes: numbers from the router and from /proc, sorted. Pure; processes.h reads /proc.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/value.h"
#include "stats/sample.h"

enum column {
	COLUMN_PID,
	COLUMN_SHARE, /* of the private pool that is in use, in tenths of a percent */
	COLUMN_USED,
	COLUMN_MAX,
	COLUMN_FREE,
	COLUMN_FRAGMENTS,
	COLUMN_RSS, /* from here on: from /proc */
	COLUMN_SCORE,
	COLUMN_FILES,
	COLUMN_NAME,
	COLUMN_COUNT,
};

struct column_row {
	const char *title; /* as the header has it */
	const char *name;  /* "sorted by NAME" */
	unsigned width;
	unsigned importance; /* columns with a small number are dropped last */
	bool ascending;      /* the usual order; else the largest first */
	bool replayed;       /* a recording has it */
};
extern const struct column_row columns[COLUMN_COUNT];

struct process_row {
	char *name;                        /* the router's name for it, else the kernel's; owned */
	struct value numbers[COLUMN_NAME]; /* by enum column */
	size_t order;                      /* its position in the sample */
	bool looked_up;                    /* the columns from /proc are filled */
};

struct process_rows {
	struct process_row *items;
	size_t count;
};

/* Replaces the rows: one for each private pool of the sample. */
void rows_of_sample(struct process_rows *rows, const struct sample *sample);

/* Replaces the rows: one for each process, for a router that does not report its pools. The names are filled
 * later, from /proc. */
void rows_of_pids(struct process_rows *rows, const struct pids *pids);

void rows_sort(struct process_rows *rows, enum column column, bool reverse);
void rows_clear(struct process_rows *rows);

/* A cell as the table shows it: "12.3M", "85.0%", "-". Caller frees. */
char *row_text(const struct process_row *row, enum column column);

/* Bytes in at most five columns: "512B", "1023K", "12.3M", "1.21G". Caller frees. */
char *short_bytes(const struct value *bytes);

#endif
