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
#include <sys/stat.h>

/* Controllers that were switched on in a directory, and its newest group before that. */
struct enabled {
	unsigned controllers; /* enum controller bits */
	uint64_t newest;      /* inode number; the kernel counts up. 0: there was none */
	bool changing; /* a launcher is switching them on or off: seen by the next one only if it was killed
			*/
};

/* Where a directory is made with this mode it is marked from its first moment; mark_made() takes the sticky
 * bit away, which means nothing else there. 0, or -1 with errno. */
#define MARK_MODE (S_ISVTX | 0755)
int mark_made(int directory);
/* A launcher was killed before it could mark what it had made. */
bool mark_is_unfinished(int directory);
/* 1, or 0; -1 with errno. */
int mark_is_made(int directory);

void mark_enabled(int directory, const struct enabled *enabled);

/* 1; 0, and *enabled as it was: there is no mark, or one that says nothing; -1 with errno. */
int mark_read_enabled(int directory, struct enabled *enabled);
/* 0; -1 with errno, and *name the attribute that stays. */
int mark_remove_enabled(int directory, const char **name);

#endif
