/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_PROGRAM_FIND_H
#define SIPLAUNCH_SESSION_PROGRAM_FIND_H
/* Where the file of a command is, as execvp(3) would find it. */
#include <stdbool.h>

struct context;
struct error;

/*
 * Finds the command's file as execvp(3) does, and checks that the target user may execute it. The path
 * (caller frees), or NULL with *status EXIT_NOT_FOUND or EXIT_NOT_EXECUTABLE.
 */
char *program_find(const char *command, const struct context *context, int *status, struct error *error);

/* True where PATH, or the path itself, has a file of that name that we may execute. */
bool program_exists(const char *command);

#endif
