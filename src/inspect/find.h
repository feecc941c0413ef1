/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_FIND_H
#define SIPLAUNCH_INSPECT_FIND_H
/*
 * Finds the running router of a command line of inspect or advise: by any of its processes, a name, a unit or
 * a group, or as the only one that runs. Reading changes nothing.
 */
#include <sys/types.h>

struct error;
struct inspection;
struct inspect_request;
struct process_stats;

/*
 * Fills inspection->pid with the main process; for a group that was named also inspection->group, and then
 * the pid may be 0: nobody lives in it. `inspection->place.proc` is open. 0, or -1 with the reason; where
 * several routers match, they are in inspection->candidates.
 */
int inspection_find(const struct inspect_request *request, struct inspection *inspection,
		    struct error *error);

/* Reads the process. 0, or -1: it is gone, a kernel thread or a zombie. */
int inspection_check(int proc, pid_t pid, struct process_stats *process, struct error *error);

#endif
