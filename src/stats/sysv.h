/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_SYSV_H
#define SIPLAUNCH_STATS_SYSV_H
/*
 * The System V objects of an IPC namespace. Usual builds of both routers keep their shared memory and locks
 * in anonymous mappings, so kernel.sem and kernel.shm* mostly limit nothing; this shows whether that is true.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct sysv_stats {
	uint64_t segments, segment_bytes; /* shared memory */
	uint64_t arrays, semaphores;      /* semaphore sets, and the semaphores in them */
	uint64_t queues, queue_bytes;     /* message queues, and the bytes of the messages in them */
};

/* Of the namespace that this process is in, from proc's sysvipc folder. 0, or -1. */
int sysv_read(int proc, struct sysv_stats *stats, struct error *error);

/*
 * Of the namespace of `pid`: a child, reaped before this returns, joins it and reads, because sysvipc shows
 * the namespace of the process that opens it. 0, or -1.
 */
int sysv_read_of(int proc, pid_t pid, struct sysv_stats *stats, struct error *error);

/* True if the namespace has no System V object. */
bool sysv_unused(const struct sysv_stats *stats);

#endif
