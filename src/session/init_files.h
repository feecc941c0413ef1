/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_INIT_FILES_H
#define SIPLAUNCH_SESSION_INIT_FILES_H
/*
 * What siplaunch init leaves in a volume for the router's container: the plan, the profile with its filters,
 * the sizes for a shell, and siplaunch itself (docs/plan-file.md). Adds to a batch, and writes nothing under
 * its final name: batch_commit() does. install.h installs siplaunch without a plan.
 */
#include <stdbool.h>

struct batch;
struct error;
struct profile_selection;
struct session;

/*
 * Opens the volume, a directory that exists, as the batch's directory. As root it refuses one that others
 * can replace. 0, or -1 with an error whose hint says what a volume is.
 */
int init_volume_open(struct batch *batch, const char *directory, const struct profile_selection *selection,
		     struct error *error);

/*
 * Adds the files of a session that was opened for PURPOSE_PREPARE_POD and whose steps were applied;
 * `with_binary`: also siplaunch, which has to be static. plan.json is the last file: if it exists, everything
 * that it needs exists. 0, or -1.
 */
int init_files_add(struct batch *batch, const struct session *session, bool with_binary, struct error *error);

#endif
