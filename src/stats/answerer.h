/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_ANSWERER_H
#define SIPLAUNCH_STATS_ANSWERER_H
/*
 * Who answered. Two routers on one machine may have the same management address in their configurations: the
 * one that started last has the socket, and of a FIFO either of them reads. Private to this room.
 */
#include "stats/group.h"

struct error;
struct sample;

/*
 * 0 if the processes that the answers name are those of the router: its main process, by the pid that it
 * reports itself (0: not known), or one of `own`, by the pids that siplaunch sees. One that both have is
 * enough, because processes start and end. Also 0 if the answers name none. -1: they are another router's.
 */
int answerer_check(int proc, pid_t main_pid, const struct pids *own, const struct sample *sample,
		   struct error *error);

#endif
