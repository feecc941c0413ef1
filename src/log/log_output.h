/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LOG_LOG_OUTPUT_H
#define SIPLAUNCH_LOG_LOG_OUTPUT_H
/*
 * Standard error, for messages. A reader that is gone does not end siplaunch (no SIGPIPE), and a reader that
 * does not read does not block a supervisor. log.c formats the messages.
 */
#include <stdbool.h>

/*
 * From this call on, a message waits at most one second for its reader, and not at all if the message before
 * was lost. For a supervisor, which has to forward signals; call it before the fork.
 */
void log_output_hurry(void);

/* Writes the text at once. False if it is lost, completely or partly. */
bool log_output(const char *text);

/* How many messages were lost. */
unsigned log_output_lost(void);

/* Call after a message that reports `lost` lost messages: resets the count, unless that message was lost
 * too. */
void log_output_reported(unsigned lost);

#endif
