/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_MEMBERS_H
#define SIPLAUNCH_SUPERVISE_MEMBERS_H
/*
 * The processes of a supervised router: those of its own group; in a shared group, siplaunch's descendants,
 * because siplaunch adopts the router's orphans. siplaunch never kills children that it had before the launch
 * (for example from a shell that executed it).
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "stats/group.h"

struct members {
	int proc;           /* directory: /proc; not owned */
	int group;          /* directory: its own group; -1: shared. Not owned */
	pid_t main;         /* 0: not yet, or no more */
	struct pids before; /* siplaunch's descendants before the launch */
	bool foreign_proc; /* /proc belongs to another PID namespace: its PIDs must not be used for kill(2) */
};

/* Records siplaunch's descendants before the router starts. */
void members_open(struct members *members, int proc);
void members_clear(struct members *members);

/* Excludes one more process that is not the router's, with its descendants as long as it lives. */
void members_except(struct members *members, pid_t pid);

/* False only if certainly none of them lives: true also if descriptors or memory run out. */
bool members_live(const struct members *members);

/* How many of them live, as far as /proc shows. */
size_t members_count(const struct members *members);

/* Sends each of them the signal. */
void members_signal(const struct members *members, int signal);

/* Kills all of them at once, including processes that they are forking: with cgroup.kill, since Linux
 * 5.14. */
void members_kill(const struct members *members);

#endif
