/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_HANDOVER_H
#define SIPLAUNCH_LAUNCHER_HANDOVER_H
/*
 * The last steps before the router is what runs: finding its file, descriptors, exec. And the first of all:
 * descriptors 0 to 2 exist, so that no file of ours can become the router's standard error.
 */
#include <stdbool.h>

struct context;
struct error;

/* Opens /dev/null on those of 0, 1, 2 that are closed. To be called before anything else is opened. 0, or -1
 * with errno. */
int handover_open_standard(void);

/*
 * Finds the command's file as execvp would, and checks that the user who will run it may. A fresh path, or
 * NULL with *status EXIT_NOT_FOUND or EXIT_NOT_EXECUTABLE.
 */
char *handover_find(const char *command, const struct context *context, int *status, struct error *error);

/*
 * Marks every descriptor above 2 close-on-exec, but those that systemd passed to this process (LISTEN_FDS),
 * and executes. Returns only on failure, -1.
 */
int handover_exec(const char *path, char *const *argv, struct error *error);

#endif
