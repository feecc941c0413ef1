/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_LAST_RECORD_H
#define SIPLAUNCH_SUPERVISE_LAST_RECORD_H
/*
 * The file of --report: one JSON object on one line that says how a supervised router ended, or why it was
 * not launched. Described in docs/report-json.md; a change there is a change of the interface. It never is
 * larger than LAST_RECORD_BYTES: Kubernetes keeps 4096 bytes of a termination message.
 */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <jansson.h>

#include "stats/overflow.h"
#include "stats/watch.h"
#include "supervise/ending.h"

struct error;
struct new_file;
struct trust_terms;

#define LAST_RECORD_BYTES 3072

/* The object's contents. Start from a zeroed one; pointers are not owned. */
struct last_record {
	enum outcome outcome;
	int status;
	const char *message, *hint, *detail; /* detail: the kernel's error of a launch; NULL */
	const char *errno_name;              /* alike: "EACCES" */
	const char *router, *profile, *command, *group;
	int pid;            /* of the router; 0: it did not start */
	int exit_code;      /* of the router; -1: none, it ended by a signal or was not launched */
	const char *signal; /* "SIGSEGV", or NULL */
	struct timespec launched, ended;
	const char *asked; /* "SIGTERM"; NULL: no stop request */
	bool forced;
	bool has_memory;                 /* its group's memory.events could be followed */
	struct memory_events events;     /* since the launch */
	struct value limit, peak;        /* memory.max and memory.peak of the group */
	const struct evidence *evidence; /* NULL: no event */
	const struct overflow *overflow; /* NULL: no term can be named */
	uint64_t processes;          /* the maximum that was counted soon after the start; 0: not counted */
	uint64_t processes_budgeted; /* 0: no budget was made */
};

/* The object. A new reference. */
json_t *last_record_json(const struct last_record *record);

/* Its member "overflow", null where no term could be named. A new reference. */
json_t *overflow_json(const struct overflow *overflow);

/*
 * Checks that the file can be written, before anything is launched (base/new_file.h). `path` "-": standard
 * output; NULL: no file.
 * 0, or -1.
 */
int last_file_open(const char *path, const struct trust_terms *terms, struct new_file *file,
		   struct error *error);

/* Writes the record, and replaces an existing file. 0, or -1. */
int last_file_write(const struct new_file *file, const struct last_record *record, struct error *error);

#endif
