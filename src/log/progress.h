/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LOG_PROGRESS_H
#define SIPLAUNCH_LOG_PROGRESS_H
/*
 * One line at a terminal that says what takes so long, and for how long it has: a thread draws it, so that it
 * goes on while the rest waits. Nothing is drawn before 0.7 s, on what is no terminal, in the background,
 * with --quiet or with --log-format json. The log takes the line away while it writes.
 */
struct output;

/*
 * What is done now: "read samples"; and what else is known, behind its time: "42 %", or NULL. The time counts
 * from when `doing` was another one. `doing` NULL: nothing any more, and the line is gone; to be called
 * before anything is printed.
 */
void progress_say(const struct output *output, const char *doing, const char *rest);

/* Around anything that is written to standard error meanwhile. */
void progress_pause(void);
void progress_resume(void);

#endif
