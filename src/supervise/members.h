/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_MEMBERS_H
#define SIPLAUNCH_SUPERVISE_MEMBERS_H
/*
 * The processes of a supervised router: those of its own group; in a shared group, siplaunch's descendants,
 * because siplaunch adopts the router's orphans. siplaunch never kills children that it had before (of a
 * shell that executed it).
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "stats/group.h"

struct members {
	int proc;           /* directory: /proc; not owned */
	int group;          /* directory: its own group; -1: shared. Not owned */
	pid_t main;         /* 0: not yet, or no more */
	struct pids before; /* the children that were there first */
	bool foreign_proc;  /* /proc is another PID namespace's: its numbers are not to be killed */
};

/* Remembers who is there before the router. */
void members_open(struct members *members, int proc);
void members_clear(struct members *members);

/* One more that is somebody else's, with what descends from it as long as it lives. */
void members_except(struct members *members, pid_t pid);

/* Whether any of them may live: also where that cannot be seen, since descriptors or memory ran out. */
bool members_live(const struct members *members);

/* How many live, as far as can be seen. */
size_t members_count(const struct members *members);

/* Sends each of them the signal. */
void members_signal(const struct members *members, int signal);

/* Kills all of them at once, with whom they may be forking: cgroup.kill, since Linux 5.14. */
void members_kill(const struct members *members);

#endif
