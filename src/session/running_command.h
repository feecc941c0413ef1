/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_RUNNING_COMMAND_H
#define SIPLAUNCH_SESSION_RUNNING_COMMAND_H
/*
 * A running router's command line, turned back into what somebody asked siplaunch to launch, so that planning
 * computes the pools anew instead of finding its own result in it; and where the router's files are.
 */
#include <sys/types.h>

#include "router/router.h"

/*
 * A fresh argv for planning: without the -m and -M directly behind the program's name, where siplaunch puts
 * its own; one that stands further back is the user's, and wins as it did at launch. `executable` is the name
 * of the file that runs, which counts where argv[0] is a title; or NULL.
 */
char **running_command(char *const *argv, const char *executable);

/* Owns what command->paths points to. */
struct running_paths {
	char *root, *directory;
};

/*
 * Fills command->paths with the running process's root directory, where its files are not ours, and with the
 * directory in which a relative -f is there: its working directory, else the one that it was started from
 * ($PWD), else that of -w. running_paths_clear() when the command is no longer used.
 */
void running_paths_read(int proc, pid_t pid, struct router_command *command, struct running_paths *paths);
void running_paths_clear(struct running_paths *paths);

#endif
