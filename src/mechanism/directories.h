/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_DIRECTORIES_H
#define SIPLAUNCH_MECHANISM_DIRECTORIES_H
/*
 * The directories mechanism: what systemd's RuntimeDirectory=, StateDirectory=, CacheDirectory= and
 * LogsDirectory= do (systemd.exec(5)), where no unit does it. Looking (directories_look.c), planning
 * (directories_plan.c, pure), and making, changing and undoing (directories.c).
 *
 * Below "/run" and its like no symbolic link is followed, and everything is done through descriptors: whoever
 * may write in a directory on the way can make a launch fail, but not make it change another directory.
 */
#include "mechanism/mechanism.h"

struct directories {
	struct directory *items;
	size_t count;
};

/* Those of the profile, in the settings table's order; nobody has looked at them yet. */
void directories_of(const struct profile *profile, struct directories *directories);

/* Looks at each of them below `root`, the root directory of whoever is to use them. Not `live`: a tree of
 * files that stands for one, in which nobody's rights are known. */
void directories_look(int root, bool live, struct directories *directories);
void directories_clear(struct directories *directories);

/* ---- for the mechanism's own files and its tests ---- */

int directories_plan(const struct context *context, struct plan *plan, struct error *error);

/* "/run/kamailio 102:105 0755": path, owner, group, mode. Fresh string. */
char *directory_text(const char *path, uint64_t uid, uint64_t gid, unsigned mode);

/* How far down a path there is something. */
struct directory_walk {
	int fd;        /* the last directory that is there, opened with O_PATH; -1 */
	size_t length; /* of the path's part that names it */
};

/*
 * Goes down `path` below `root`. Links are followed within `below`, the first part of the path, which only
 * root can change, and nowhere behind it. 0 where all of it is there; -1 with errno: ENOENT with walk->fd
 * open on the last one that is there, anything else (ELOOP, ENOTDIR, EACCES) with walk->length of the one
 * before the obstacle. The caller closes walk->fd in every case.
 */
int directory_walk(int root, const char *below, const char *path, struct directory_walk *walk);

/* The part of `path` with the component that follows its first `length` bytes. Fresh string. */
char *directory_next(const char *path, size_t length);

/* Says what directory_walk() met with: "/run/kamailio is a symbolic link", and what to do about it. -1. */
int directory_obstacle(struct error *error, int errnum, const char *path, size_t length);

/* True for an owner whose directory may become the router's: root, the router's user, and we ourselves. */
bool directory_may_take(const struct context *context, uid_t owner);

/* Closes what undoing needs. What was made stays. */
void directories_release(struct place *place);

#endif
