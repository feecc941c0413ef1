/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_PROCESS_H
#define SIPLAUNCH_STATS_PROCESS_H
/*
 * The processes of a running router in /proc: their identity, parents and OOM scores. A process may end
 * between any two reads; then it is omitted, or the rest is not known. It reads through a descriptor of proc,
 * so that a test can pass a folder.
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
	uint64_t start_ticks; /* since boot: pid and start_ticks together identify a process */
	struct value oom_score, oom_score_adj; /* SCORE; NONE: not known, or not read */
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

/* Its oom_score and oom_score_adj, which only a list of processes shows. */
void process_scores_read(int proc, struct process_stats *stats);

/* How long it has been running, in hundredths of a second (start_ticks against /proc/uptime, which has two
 * decimals). False: not known. */
bool process_uptime(int proc, const struct process_stats *stats, uint64_t *hundredths);

/* Reads those of the pids that still exist, in the same order. */
void processes_read(int proc, const struct pids *pids, struct processes *processes);
void processes_clear(struct processes *processes);

/* 0, or -1 if some of them could not be read and would be missing silently. */
int processes_complete(const struct processes *processes, struct error *error);

/* Every pid that proc shows, ascending. 0, or -1 when proc cannot be listed. pids_clear() for 0. */
int process_every(int proc, struct pids *pids, struct error *error);

/* A process and all its descendants, ascending. 0, or -1 when proc cannot be listed, or not all of it read.
 */
int process_tree(int proc, pid_t root, struct pids *pids, struct error *error);

/* The process with that pid, or NULL. */
const struct process_stats *processes_find(const struct processes *processes, pid_t pid);

/* The process whose parent is not among them, the oldest if there are several; NULL if there is none. Ignores
 * zombies. */
const struct process_stats *processes_main(const struct processes *processes);

/* True if the process is `root`, or descends from it through processes of the list. */
bool process_descends(const struct processes *processes, const struct process_stats *process, pid_t root);

/*
 * The command line: a NULL-terminated array of strings (caller frees). NULL with the reason when it cannot be
 * read; without any element for kernel threads and zombies.
 */
char **process_command(int proc, pid_t pid, struct error *error);

/* Its environment, in the same form: "NAME=VALUE" strings, as they were when it was executed. */
char **process_environment(int proc, pid_t pid, struct error *error);

/* Its pid in its own PID namespace, which it has from getpid(2) and reports itself; 0: not known. */
pid_t process_inner_pid(int proc, pid_t pid);

/* The process that a thread belongs to: proc lists no threads, but has a directory for each. The id itself if
 * it is a process's, or not known. */
pid_t process_of_thread(int proc, pid_t id);

/* How many descriptors it has open; 0: not known. */
uint64_t process_open_files(int proc, pid_t pid);

/* True if /proc/PID/WHAT ("root", "ns/net") is the same as ours, or cannot be read. */
bool process_shares(int proc, pid_t pid, const char *what);

/* The file that a process executes; inode 0: it cannot be read. */
struct process_file {
	dev_t device;
	ino_t inode;
};

/* False where it cannot be read. */
bool process_file_of(int proc, pid_t pid, struct process_file *file);

/* True if the same path leads the process and us to the same file: the root directory and the mount namespace
 * are the same. */
bool process_shares_files(int proc, pid_t pid);

#endif
