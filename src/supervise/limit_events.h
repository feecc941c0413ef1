/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_LIMIT_EVENTS_H
#define SIPLAUNCH_SUPERVISE_LIMIT_EVENTS_H
/*
 * Memory limits that another process changes under a running router: an in-place resize, "systemctl
 * set-property", a plain write. The router keeps the pools that it started with, so a smaller limit can get
 * it OOM-killed, and a larger one is not used. There is no timer: a write to memory.max of the router's
 * group, or of a group above it that is visible, raises IN_MODIFY (vfs_write() calls fsnotify_modify(), also
 * for kernfs). The kernel itself never changes memory.max.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct supervisor;

/* One group whose memory.max is watched. */
struct watched_limit {
	char *group; /* as in /proc/PID/cgroup */
	int directory;
	uint64_t bytes;     /* at the last read; UNLIMITED: no limit */
	uint64_t oom_kills; /* of it and all below it, when the watch began; UNLIMITED: not known */
};

struct limit_watch {
	int events;                   /* inotify: poll it for POLLIN; -1: nothing is watched */
	struct watched_limit *levels; /* the router's group first, then those above it */
	size_t count;
};

/*
 * Watches the group `below` the descriptor `mount`, which /proc/PID/cgroup shows as `group`, and all groups
 * above it. If the kernel grants no inotify instance or watch, the watch is empty: events is -1.
 */
void limit_watch_open(struct limit_watch *watch, int mount, const char *below, const char *group);
void limit_watch_close(struct limit_watch *watch);

/*
 * The nearest watched group that still exists and whose OOM kills are known; *killed: a process of it, or of
 * a group below it, was OOM-killed since the watch began. NULL: there is none.
 */
const struct watched_limit *limit_watch_kills(const struct limit_watch *watch, bool *killed);

/* Reads the events, and reports each limit whose value has changed since the last read. */
void limit_events_look(struct supervisor *supervisor);

#endif
