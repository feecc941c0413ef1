/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_PROCESS_H
#define SIPLAUNCH_STATS_PROCESS_H
/*
 * What /proc says of the processes of a running router: who they are, whose children, how the OOM killer
 * sees them. A process may end between any two reads; then it is left out, or what is missing is not known.
 * It reads through a descriptor of proc, so that a test can hand in a folder.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/value.h"
#include "stats/group.h"

struct error;

struct process_stats {
	pid_t pid, parent;
	char *comm; /* control characters in it have become '?' */
	char state; /* 'S', 'R', 'Z' … as in /proc/PID/stat */
	bool kernel_thread;
	uint64_t start_ticks;                  /* since boot: with the pid it names one process for good */
	struct value oom_score, oom_score_adj; /* SCORE; NONE: not known */
};

struct processes {
	struct process_stats *items;
	size_t count;
	pid_t unread; /* the first that is there and could not be read, since this process had no descriptor
			 or memory left (EMFILE, ENOMEM …), 0: none; */
	int errnum;   /* why */
};

/* One process. 0, or -1: ESRCH when there is none of that pid. */
int process_stats_read(int proc, pid_t pid, struct process_stats *stats, struct error *error);
void process_stats_clear(struct process_stats *stats);

/* Those of the pids that still are there, in the same order. */
void processes_read(int proc, const struct pids *pids, struct processes *processes);
void processes_clear(struct processes *processes);

/* 0, or -1 where some of them could not be read: they would be missing without a word. */
int processes_complete(const struct processes *processes, struct error *error);

/* Every pid that proc shows, ascending. 0, or -1 when proc cannot be listed. pids_clear() for 0. */
int process_every(int proc, struct pids *pids, struct error *error);

/* A process and all its descendants, ascending. 0, or -1 when proc cannot be listed, or not all of it read.
 */
int process_tree(int proc, pid_t root, struct pids *pids, struct error *error);

/* The one whose parent is not among them, the oldest if there are several; NULL for none. Zombies do not
 * count. */
const struct process_stats *processes_main(const struct processes *processes);

/* It is `root`, or descends from it by way of others of them. */
bool process_descends(const struct processes *processes, const struct process_stats *process, pid_t root);

/* How many of them are neither `root` nor descend from it. */
size_t processes_strangers(const struct processes *processes, pid_t root);

/*
 * The command line: a fresh NULL-terminated array of fresh strings. NULL with the reason when it cannot be
 * read; without any element for kernel threads and zombies.
 */
char **process_command(int proc, pid_t pid, struct error *error);

/* Its environment, alike: "NAME=VALUE" strings, as they were when it was executed. */
char **process_environment(int proc, pid_t pid, struct error *error);

/* True where /proc/PID/WHAT ("root", "ns/net") is the same as ours, or that cannot be read. */
bool process_shares(int proc, pid_t pid, const char *what);

/* True where both execute the same file, or that cannot be read of either. */
bool process_executes_same(int proc, pid_t a, pid_t b);

/* True where the same path leads both of us to the same file: one root directory, one mount namespace. */
bool process_shares_files(int proc, pid_t pid);

#endif
