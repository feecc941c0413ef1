/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_TARGET_H
#define SIPLAUNCH_LAUNCHER_TARGET_H
/*
 * Which running router the command line of inspect or advise means: by any of its processes, by a name, by a
 * unit, by a group, or as the only one that runs. Reading changes nothing.
 */
#include <sys/types.h>

struct error;
struct inspection;
struct options;
struct process_stats;

/*
 * Fills inspection->pid with the main process; for a group that was named also inspection->group, and then
 * the pid may be 0: nobody lives in it. `inspection->place.proc` is open. 0, or -1 with the reason; where
 * several routers match, they are in inspection->candidates.
 */
int target_find(const struct options *options, struct inspection *inspection, struct error *error);

/* Reads the process. 0, or -1: it is gone, a kernel thread or a zombie. */
int target_check(int proc, pid_t pid, struct process_stats *process, struct error *error);

/* Reports on standard error why inspection_open() failed, and on standard output the routers to choose from.
 * The exit status. */
int target_refuse(const struct options *options, const struct inspection *inspection,
		  const struct error *error);

#endif
