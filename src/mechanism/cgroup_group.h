/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_GROUP_H
#define SIPLAUNCH_MECHANISM_CGROUP_GROUP_H
/*
 * Making a cgroup v2 group level by level, and taking it away again. Only directories, controllers, locks and
 * the evacuation of a group that has processes; limits and joining are cgroup.c's.
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
	struct enabled enabled; /* what we added to the parent's cgroup.subtree_control */
	struct enabled mark;    /* that, and what launchers before us did: to be written on the parent */
	struct {
		bool raised;
		uint64_t keep; /* what it had beyond what its groups asked for */
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
	bool by_library; /* libcgroup finds its way here (cgroup_fs.c) */
};

struct group_request {
	int mount;            /* directory: where cgroup2 is mounted */
	const char *base;     /* below the mount, "" for the mount itself */
	const char *path;     /* below the base: "sip.slice/kamailio" */
	unsigned controllers; /* enum controller bits that the group needs */
	unsigned optional;    /* those of them that it can do without */
	bool may_evacuate;    /* the base's processes may be moved into a leaf */
	const char *label;    /* the base's directory for messages: "/sys/fs/cgroup" */
};

/*
 * Makes the group with its controllers and locks it against a second launcher. An empty stale group is
 * removed and made anew: old events and charges would stay in it. A populated one is refused with its pids
 * (EBUSY). 0, or -1 with nothing left behind.
 */
int group_make(const struct group_request *request, struct group *group, struct error *error);

/*
 * Takes away what group_make made: our process is moved out first (`origin_procs` is its old group's
 * cgroup.procs), then groups, controllers and evacuation are put back. What is in use by others stays until
 * the last of them does the same. A group that has come in the place of ours is not touched. 0, or -1 with
 * what stays behind and how it is removed by hand.
 */
int group_unmake(struct group *group, int origin_procs, struct error *error);

/* Once we have joined: removes the leaf that took the base's processes if we were the only one. */
void group_tidy(const struct group *group);

/* Once the router runs: a second launcher is to see who lives there. The group stays ours to take away. */
void group_unlock(struct group *group);

/* The directory of a level: the parent of the next, or the group's own. */
int group_level_directory(const struct group *group, size_t i);

/* Closes descriptors and with them the lock; the group stays. */
void group_release(struct group *group);

#endif
