/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_PROFILE_FILE_H
#define SIPLAUNCH_LAUNCHER_PROFILE_FILE_H
/*
 * A profile that siplaunch writes: to a temporary file beside it, where it can be loaded and planned, and
 * then into its place. It appears whole or not at all, and never in place of another file.
 */
#include <jansson.h>

struct error;
struct options;
struct profile;

/* 0, or -1 where there is a file of that name already: before all the work that it takes to fill it. */
int profile_file_check(const char *path, struct error *error);

/* The name that it has meanwhile: a path also for --profile. Fresh. */
char *profile_file_temporary(const char *path);

/*
 * What a profile that builds on this one has in "extends": a bare name stays one where it is found without
 * help, else it is the file's absolute path. A new reference.
 */
json_t *profile_file_parent(const struct options *options, const struct profile *profile);

/* Writes it out, afresh each time. 0, or -1. */
int profile_file_write(const char *path, const json_t *profile, struct error *error);

/* Gives the temporary file its name; the caller unlinks the temporary one in any case. 0, or -1. */
int profile_file_place(const char *temporary, const char *path, struct error *error);

#endif
