/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_TREE_H
#define SIPLAUNCH_MECHANISM_CGROUP_TREE_H
/*
 * Groups as directories with processes: listing one and those below it, emptying one, removing one.
 * Everything relative to directory descriptors. The purpose of a group is not known here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define EVACUATION_LEAF "siplaunch-origin" /* for the processes of a group that has to enable controllers */

#define GROUP_NESTING_MAX 16 /* depth of the groups below one that is searched or removed */

/* Opens the directory `name`, a name or a relative path, below `parent`; never through a symbolic link. A
 * descriptor, or -1 with errno. */
int group_open(int parent, const char *name);

/* Calls `each` for every group directly below, until one returns non-zero, which is returned; -1 with errno
 * when the directory cannot be read, or not to its end. */
int group_each_child(int directory, int (*each)(int parent, const char *name, void *data), void *data);

/* The inode number of the newest group directly below, other than EVACUATION_LEAF: kernfs counts up
 * (kernfs.h, kernfs_ino). *newest 0: there is none. 0, or -1 with errno when the directory cannot be read. */
int group_newest_child(int directory, uint64_t *newest);

/* 1: `name` below `parent` is that directory; 0: it is gone, or another directory has replaced it; -1 with
 * errno. */
int group_is_still(int parent, const char *name, int directory);

/* The processes in a group and below it: "pids 12 34 56", "pids 12 34 and 9 more", "2 processes outside this
 * PID namespace" or both with "and"; "" for none. Caller frees. */
char *group_pids(int directory);

/* The same without the processes in groups below. */
char *group_own_pids(int directory);

/* True if a process is in the group or in one below it. */
bool group_populated(int directory);

/* True if the process is in exactly that group; also true if its cgroup.procs cannot be read. */
bool group_holds(int directory, pid_t pid);

/* Removes a group without processes together with the groups below it; 0 also if it does not exist. -1 with
 * errno. */
int group_remove_empty(int parent, const char *name);

/* Moves every process of one group into another. *outside: the number of those outside this PID namespace,
 * which stay, because they have no PID here. 0, or -1 with errno: EBUSY if new processes keep appearing. */
int group_move_all(int from, int to, unsigned *outside);

#endif
