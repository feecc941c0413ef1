/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_PROFILE_FILE_H
#define SIPLAUNCH_SESSION_PROFILE_FILE_H
/*
 * A profile that siplaunch writes: first under a temporary name, so that it can be loaded and planned, then
 * under its own (base/new_file.h). It appears whole or not at all, and never replaces another file.
 */
#include <jansson.h>
#include <sys/types.h>

struct error;
struct new_file;
struct problems;
struct profile_selection;
struct profile;
struct session;

/*
 * Refuses a file that is there already, a directory that others can write to, and "-", which is no file to
 * other tools. To be closed with new_file_close(). 0, or -1.
 */
int profile_file_open(const struct profile_selection *selection, const char *path, struct new_file *file,
		      struct error *error);

/* The same check, before the work of making the profile. 0, or -1. */
int profile_file_check(const struct profile_selection *selection, const char *path, struct error *error);

/*
 * The value of "extends" in a profile that builds on this one: the name, if siplaunch finds it in its default
 * directories; else the file's absolute path. A new reference.
 */
json_t *profile_file_parent(const struct profile_selection *selection, const struct profile *profile);

/* Writes it under a new temporary name. 0, or -1. */
int profile_file_write(struct new_file *file, const json_t *profile, struct error *error);

/*
 * Opens a session with the written file as --profile, for the router `observed` (0: none runs) that was
 * started with `argv`. As session_open().
 */
int profile_file_plan(const struct profile_selection *selection, const struct new_file *file,
		      char *const *argv, pid_t observed, struct session *session);

/* The error for a written file that cannot be loaded: `what` and the first of its problems. -1. */
int profile_file_refused(const struct problems *problems, const char *what, struct error *error);

#endif
