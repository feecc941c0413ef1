/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_ENTRY_WARNING_H
#define SIPLAUNCH_SESSION_ENTRY_WARNING_H
/*
 * Commands that start the router by another program: entry scripts, shells, wrappers. What of the sizes does
 * not reach the router there becomes a warning of the plan, with what to do. So does a size that was chosen
 * for the entry point of the router's own image, where siplaunch replaces that.
 */
struct context;
struct plan;

/* `argv` is the command as it was typed. Reads the script, where it is one. */
void entry_warn(char *const *argv, const struct context *context, struct plan *plan);

#endif
