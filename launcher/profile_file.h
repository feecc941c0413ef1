/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_PROFILE_FILE_H
#define SIPLAUNCH_LAUNCHER_PROFILE_FILE_H
/*
 * A profile that siplaunch writes: beside its place first, where it can be loaded and planned, and then into
 * it (base/new_file.h). It appears whole or not at all, and never in place of another file.
 */
#include <jansson.h>

struct error;
struct new_file;
struct options;
struct profile;

/*
 * Refuses a file that is there already, and a directory that others can write to. To be closed with
 * new_file_close(). 0, or -1.
 */
int profile_file_open(const struct options *options, const char *path, struct new_file *file,
		      struct error *error);

/* The same before all the work that it takes to fill it. 0, or -1. */
int profile_file_check(const struct options *options, const char *path, struct error *error);

/*
 * What a profile that builds on this one has in "extends": a bare name stays one where it is found without
 * help, else it is the file's absolute path. A new reference.
 */
json_t *profile_file_parent(const struct options *options, const struct profile *profile);

/* Writes it out beside its place, afresh each time: new_file_prepared_path() is for --profile. 0, or -1. */
int profile_file_write(struct new_file *file, const json_t *profile, struct error *error);

#endif
