/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_GROUP_H
#define SIPLAUNCH_MECHANISM_CGROUP_GROUP_H
/*
 * Makes a cgroup v2 group level by level, and removes it again. Only directories, controllers, locks and
 * moving processes out of a group; cgroup.c sets limits and joins.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mechanism/cgroup_mark.h"

struct error;

/* One directory on the way from the base to the group. */
struct group_level {
	int parent; /* directory */
	char *name;
	char *label;            /* its path for messages */
	bool made;              /* by us */
	struct enabled enabled; /* controllers that siplaunch added to the parent's cgroup.subtree_control */
	struct enabled mark;    /* these, and those that earlier launchers added: for the parent's mark */
	struct {
		bool raised;
		uint64_t keep; /* protection above the sum that its groups request */
	} protection[2];       /* memory.low, memory.min (cgroup_protect.c) */
};

struct group {
	int directory; /* of the group; -1: not made */
	int lock;      /* of the group, while its router is started; -1 */
	struct group_level *levels;
	size_t level_count;
	int evacuated;   /* directory of the leaf that took the base's processes; -1: none was needed */
	int base;        /* directory of the base; -1 */
	char *label;     /* the base's path for messages */
	bool by_library; /* libcgroup uses this path (cgroup_fs.c) */
};

struct group_request {
	int mount;            /* directory: where cgroup2 is mounted */
	const char *base;     /* below the mount, "" for the mount itself */
	const char *path;     /* below the base: "sip.slice/kamailio" */
	unsigned controllers; /* enum controller bits that the group needs */
	unsigned optional;    /* the optional ones of them */
	bool may_evacuate;    /* the base's processes may be moved into a leaf */
	const char *label;    /* the base's directory for messages: "/sys/fs/cgroup" */
};

/*
 * Makes the group with its controllers and locks it against a second launcher. Removes an empty stale group
 * and makes it again, because old events and charges would stay in it. Refuses a populated one with its pids
 * (EBUSY). 0, or -1 with everything undone.
 */
int group_make(const struct group_request *request, struct group *group, struct error *error);

/*
 * Undoes group_make(): moves this process out (`origin_procs` is its old group's cgroup.procs), removes
 * groups, switches controllers off, and moves processes back. A level in use by others stays until the last
 * of them does the same. A new group of the same name is not touched. 0, or -1 with what stays and how to
 * remove it by hand.
 */
int group_unmake(struct group *group, int origin_procs, struct error *error);

/* After joining: removes the leaf for the base's processes if this process was the only one. */
void group_tidy(const struct group *group);

/* After the router started: releases the lock, so that a second launcher sees the group's processes.
 * siplaunch still removes the group later. */
void group_unlock(struct group *group);

/* The directory of a level: the parent of the next, or the group's own. */
int group_level_directory(const struct group *group, size_t i);

/* Closes descriptors and with them the lock; the group stays. */
void group_release(struct group *group);

#endif
