/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_FIND_H
#define SIPLAUNCH_INSPECT_FIND_H
/*
 * Finds the running router that the command line of inspect or advise names: by any of its processes, a name,
 * a unit or a group, or as the only one that runs. Changes nothing on the machine.
 */
#include <sys/types.h>

struct error;
struct inspection;
struct inspect_request;
struct process_stats;

/*
 * Fills inspection->pid with the main process. For a named group also inspection->group; the pid is then 0 if
 * no process is in it. On entry inspection->target.proc is open. 0, or -1 with the reason; if several routers
 * match, they are in inspection->candidates.
 */
int inspection_find(const struct inspect_request *request, struct inspection *inspection,
		    struct error *error);

/* Reads the statistics of a process; `proc` is an open /proc. 0, or -1: the process has exited, or is a
 * kernel thread or a zombie. */
int inspection_check(int proc, pid_t pid, struct process_stats *process, struct error *error);

#endif
