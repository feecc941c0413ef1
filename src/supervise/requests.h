/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_REQUESTS_H
#define SIPLAUNCH_SUPERVISE_REQUESTS_H
/*
 * What a supervisor does about signals: forwards them, counts requests to stop, reaps, and does job control
 * where there is a terminal (terminal.h). Internal to the supervisor.
 */
struct supervisor;

/* Handles every pending signal. Does not wait. */
void supervisor_read_signals(struct supervisor *supervisor);

/* Reaps every child that has ended, and stores the wait status of the router's main process. */
void supervisor_reap(struct supervisor *supervisor);

#endif
