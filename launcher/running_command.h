/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_RUNNING_COMMAND_H
#define SIPLAUNCH_LAUNCHER_RUNNING_COMMAND_H
/*
 * A running router's command line, turned back into what somebody asked siplaunch to launch: so that planning
 * computes the pools anew instead of finding its own result in it.
 */
#include <stdbool.h>
#include <sys/types.h>

/*
 * A fresh argv for planning:
 * - without the -m and -M directly behind the program's name, where siplaunch puts its own; one that stands
 *   further back is the user's, and wins as it did at launch;
 * - with the configuration's path as it can be opened from here: relative to the process's working directory,
 *   and below its root where that is not ours.
 */
char **running_command(int proc, pid_t pid, char *const *argv);

/* True where the process has the same root directory as we, or that cannot be told. */
bool running_has_our_root(int proc, pid_t pid);

#endif
