/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_DIRECTORIES_H
#define SIPLAUNCH_MECHANISM_DIRECTORIES_H
/*
 * The directories mechanism: what systemd's RuntimeDirectory=, StateDirectory=, CacheDirectory= and
 * LogsDirectory= do (systemd.exec(5)), without a unit. Reading (directories_look.c), planning
 * (directories_plan.c, pure), and making, changing and undoing (directories.c).
 *
 * Below "/run", "/var/lib" and the other base directories, siplaunch follows no symbolic link, and does
 * everything through descriptors: a user who may write to a directory on the way can make a launch fail, but
 * cannot make it change another directory.
 */
#include "mechanism/mechanism.h"

struct directories {
	struct directory *items;
	size_t count;
};

/* Those of the profile, in the settings table's order; not read yet. */
void directories_of(const struct profile *profile, struct directories *directories);

/* Reads each of them below `root`, the root directory of the router. Not `live`: a fixture, in which
 * permissions are not known. */
void directories_look(int root, bool live, struct directories *directories);
void directories_clear(struct directories *directories);

/* ---- for the mechanism's own files and its tests ---- */

int directories_plan(const struct context *context, struct plan *plan, struct error *error);

/* "/run/kamailio 102:105 0755": path, owner, group, mode. Caller frees. */
char *directory_text(const char *path, uint64_t uid, uint64_t gid, unsigned mode);

/* How much of a path exists. */
struct directory_walk {
	int fd;        /* the last existing directory, opened with O_PATH; -1 */
	size_t length; /* of the path's part that names it */
};

/*
 * Walks `path` below `root`. Follows links only within `below`, the first part of the path, which only root
 * can change. 0 if all of it exists; -1 with errno: ENOENT with walk->fd open on the last existing directory,
 * anything else (ELOOP, ENOTDIR, EACCES) with walk->length of the directory before the obstacle. The caller
 * closes walk->fd in every case.
 */
int directory_walk(int root, const char *below, const char *path, struct directory_walk *walk);

/* The part of `path` with the component that follows its first `length` bytes. Caller frees. */
char *directory_next(const char *path, size_t length);

/* The error of directory_walk(): "/run/kamailio is a symbolic link", and what to do about it. Returns -1. */
int directory_obstacle(struct error *error, int errnum, const char *path, size_t length);

/* True for an owner whose directory may become the router's: root, the router's user, and siplaunch's own
 * user. */
bool directory_may_take(const struct context *context, uid_t owner);

/* Closes the descriptors for undo. Created directories stay. */
void directories_release(struct target *target);

#endif
