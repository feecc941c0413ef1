/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_MARK_H
#define SIPLAUNCH_MECHANISM_CGROUP_MARK_H
/*
 * What siplaunch has made of the tree is written on the tree, as extended attributes of its directories, so
 * that the last launcher to use it can put it back, whichever made it: "trusted.siplaunch.made" on a group,
 * "trusted.siplaunch.enabled" on one that hands controllers down. Without CAP_SYS_ADMIN they are "user." ones
 * (Linux 5.7); where neither can be written each launcher knows of what it made itself only.
 */
#include <stdbool.h>
#include <stdint.h>

/* Controllers that were switched on in a directory, and its newest group before that. */
struct enabled {
	unsigned controllers; /* enum controller bits */
	uint64_t newest;      /* inode number; the kernel counts up. 0: there was none */
};

void mark_made(int directory);
bool mark_is_made(int directory);

void mark_enabled(int directory, const struct enabled *enabled);

/* False, and *enabled as it was, where there is no mark that can be read. */
bool mark_read_enabled(int directory, struct enabled *enabled);
void mark_remove_enabled(int directory);

#endif
