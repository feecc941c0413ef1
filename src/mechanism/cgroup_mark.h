/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_MARK_H
#define SIPLAUNCH_MECHANISM_CGROUP_MARK_H
/*
 * siplaunch marks its changes on the tree itself, as extended attributes of the directories, so that the last
 * launcher that uses a group can undo the changes of all: "trusted.siplaunch.made" on a group,
 * "trusted.siplaunch.enabled" on one that enables controllers. Without CAP_SYS_ADMIN they are "user."
 * attributes (Linux 5.7); if neither can be written, each launcher knows only its own changes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Controllers that siplaunch switched on in a directory, and the newest group in it before that. */
struct enabled {
	unsigned controllers; /* enum controller bits */
	uint64_t newest;      /* inode number; newer groups have larger ones. 0: there was none */
	bool changing; /* a launcher is switching them on or off: visible to the next one only after a SIGKILL
			*/
};

/* A directory made with this mode is marked at once; mark_made() removes the sticky bit, which has no
 * other meaning there. 0, or -1 with errno. */
#define MARK_MODE (S_ISVTX | 0755)
int mark_made(int directory);
/* True if a launcher was killed before it could mark the directory that it had made. */
bool mark_is_unfinished(int directory);
/* 1: siplaunch made the directory; 0: it did not; -1 with errno. */
int mark_is_made(int directory);

void mark_enabled(int directory, const struct enabled *enabled);

/* 1; 0 with *enabled unchanged: there is no mark, or a malformed one; -1 with errno. */
int mark_read_enabled(int directory, struct enabled *enabled);
/* 0; -1 with errno, and *name the attribute that stays. */
int mark_remove_enabled(int directory, const char **name);

#endif
