/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_ENTRY_WARNING_H
#define SIPLAUNCH_SESSION_ENTRY_WARNING_H
/*
 * Commands that start the router through another program: entry scripts, shells, wrappers. A size that such a
 * program does not pass to the router becomes a warning of the plan, with a remedy. So does a size that was
 * set for the entry point of the router's image, if siplaunch replaces that entry point.
 */
struct context;
struct plan;

/* `argv` is the command as it was typed. Reads the script, where it is one. */
void entry_warn(char *const *argv, const struct context *context, struct plan *plan);

#endif
