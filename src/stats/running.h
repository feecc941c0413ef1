/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_RUNNING_H
#define SIPLAUNCH_STATS_RUNNING_H
/*
 * Which routers run here: every process with the program that it executes, read once, and what follows from
 * that: the main process of a router, which processes are its own, which routers a name selects. It reads
 * through a descriptor of proc, so that a test can pass a folder. It decides nothing about settings, and
 * queries no router.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "stats/process.h"

struct error;
struct router;

/* What a process executes. */
struct program {
	char *name;                  /* base name of its executable, "kamailio"; never NULL */
	const struct router *router; /* that name's router; NULL: it is none */
	struct process_file file;    /* the executable */
};

struct running {
	struct processes processes; /* all that proc shows but zombies, by pid */
	struct program *programs;   /* in the same order */
};

/* Reads all of them. 0, or -1 when proc cannot be listed. running_clear() in both cases. */
int running_read(int proc, struct running *running, struct error *error);
/* The same for `pids`, including zombies, whose program is known by their comm only. */
void running_read_dying(int proc, const struct pids *pids, struct running *running);
void running_clear(struct running *running);

#define cleanup_running __attribute__((cleanup(running_clear)))

/*
 * The main process of the router that `pid` belongs to: its topmost ancestor that executes the same router.
 * If `pid` is not a router, and exactly one router descends from it (a supervisor, an init, a shell): that
 * one's. Else `pid` itself.
 */
pid_t running_main(const struct running *running, pid_t pid);

/* NULL: there is no such process. */
const struct program *running_program(const struct running *running, pid_t pid);

/* True if `pid` is `main`, or descends from it and executes the same file: not for other programs that the
 * router has executed. */
bool running_is_own(const struct running *running, pid_t main, pid_t pid);

/* How many processes are the router's own, the main one included. */
size_t running_count_own(const struct running *running, pid_t main);

/*
 * The same by two readings in a row: a process between fork and exec still looks like the router, so only
 * processes in both readings count. 0: proc cannot be listed, or `main` has ended.
 */
size_t running_count_staying(int proc, pid_t main);

/* A router to choose. */
struct running_router {
	pid_t pid;        /* of the main process */
	char *name;       /* of its program */
	char *group;      /* as in /proc/PID/cgroup; NULL: not known */
	size_t processes; /* its own */
	char *selector;   /* the argument that selects only this router: its unit, its group, or its pid */
};

struct running_routers {
	struct running_router *items;
	size_t count;
};

/* The innermost systemd service or scope of a group's path; NULL: none. Caller frees. */
char *running_unit(const char *group);

/* Every router, by pid. */
void running_routers(int proc, const struct running *running, struct running_routers *found);

/*
 * Those that `word` names: by the router's or the executable's name ("kamailio"), or by the systemd unit in
 * which they run, with or without ".service" or ".scope". If it names no router: other programs of that name,
 * with the topmost process of each.
 */
void running_named(int proc, const struct running *running, const char *word, struct running_routers *found);

/* Those whose main process is one of `pids`. */
void running_among(int proc, const struct running *running, const struct pids *pids,
		   struct running_routers *found);

void running_routers_clear(struct running_routers *found);

#define cleanup_running_routers __attribute__((cleanup(running_routers_clear)))

#endif
