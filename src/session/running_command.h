/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_RUNNING_COMMAND_H
#define SIPLAUNCH_SESSION_RUNNING_COMMAND_H
/*
 * A running router's command line, turned back into the command that siplaunch was given, so that planning
 * computes the pools anew instead of finding its own result; and where the router's files are.
 */
#include <sys/types.h>

#include "router/router.h"

/*
 * An argv for planning: without the -m and -M directly after the program's name, where siplaunch inserts its
 * own; a later one is the user's and is in force, as at the launch. `executable` is the base name of the
 * running file, used if argv[0] is a title; or NULL. Caller frees with argv_free().
 */
char **running_command(char *const *argv, const char *executable);

/* Owns what command->paths points to. */
struct running_paths {
	char *root, *directory;
};

/*
 * Fills command->paths with the running process's root directory, where its files are not ours, and with the
 * directory in which a relative -f exists: its working directory, else the one that it was started from
 * ($PWD), else that of -w. running_paths_clear() when the command is no longer used.
 */
void running_paths_read(int proc, pid_t pid, struct router_command *command, struct running_paths *paths);
void running_paths_clear(struct running_paths *paths);

#endif
