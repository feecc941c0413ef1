/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LOG_PROGRESS_H
#define SIPLAUNCH_LOG_PROGRESS_H
/*
 * One line on a terminal with the current work and its duration. A thread draws it, so that it is updated
 * while the program waits. It is not drawn before 0.7 s, on anything but a terminal, in the background, with
 * --quiet, or with --log-format json. The log removes the line while it writes.
 */
struct output;

/*
 * Sets the current work: "read samples"; and a text after its duration: "42 %", or NULL. The duration starts
 * when `doing` changes. `doing` NULL: the work is done, and the line is removed; call it so before anything
 * is printed.
 */
void progress_say(const struct output *output, const char *doing, const char *rest);

/* Call these before and after anything is written to standard error meanwhile. */
void progress_pause(void);
void progress_resume(void);

#endif
