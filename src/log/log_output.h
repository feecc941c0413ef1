/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LOG_LOG_OUTPUT_H
#define SIPLAUNCH_LOG_LOG_OUTPUT_H
/*
 * Standard error, for messages. A reader that has gone ends nobody (no SIGPIPE), and one that reads nothing
 * holds no supervisor up. What a message looks like is log.c's business.
 */
#include <stdbool.h>

/*
 * From here on a message waits at most a second for its reader, and not at all as long as the one before it
 * was lost. For a supervisor, which has signals to forward, before it forks.
 */
void log_output_hurry(void);

/* Writes it at once. False: it is lost, or a part of it is. */
bool log_output(const char *text);

/* How many messages were lost. */
unsigned log_output_lost(void);

/* A message has just said that `lost` were: if it was not lost itself, that is done. */
void log_output_told(unsigned lost);

#endif
