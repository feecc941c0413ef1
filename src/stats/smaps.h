/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_SMAPS_H
#define SIPLAUNCH_STATS_SMAPS_H
/*
 * The memory of one process by mapping, from /proc/PID/smaps: which mapping is the router's shared pool,
 * which its private one, and what else it has for itself. Parsing and adding up are pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct mapping {
	uint64_t size_bytes, rss_bytes;
	uint64_t pss_bytes;     /* its share: each page divided by the number of processes that map it */
	uint64_t private_bytes; /* pages that no other process maps */
	uint64_t private_dirty_bytes;
	uint64_t anonymous_bytes; /* pages that are not of a file */
	bool writable, shared;
	char *path; /* "" for anonymous memory; "[heap]", "/dev/zero (deleted)", "/usr/lib/…" */
};

struct mappings {
	struct mapping *items;
	size_t count;
};

/* Ignores unknown lines: newer kernels add some. `text` is changed in place. */
void mappings_parse(char *text, struct mappings *mappings);
void mappings_clear(struct mappings *mappings);

struct pool_use {
	bool found;
	uint64_t size_bytes;
	uint64_t rss_bytes; /* what this process has touched of it */
	uint64_t pss_bytes;
};

struct process_memory {
	pid_t pid;
	struct pool_use shared_pool, private_pool;
	uint64_t own_bytes;  /* anonymous pages of this process alone, outside its private pool */
	uint64_t file_bytes; /* its share of mapped files: code and read-only data */
};

/*
 * Adds up a process. The shared pool is the mapping of /dev/zero that holds `shared_bytes`, the private pool
 * the anonymous mapping that holds `private_bytes`: the smallest one that is large enough and at most half as
 * large again, plus 2 MiB. 0 bytes: the process has no such pool.
 */
void process_memory_add_up(const struct mappings *mappings, uint64_t shared_bytes, uint64_t private_bytes,
			   struct process_memory *memory);

/* Reads a process's smaps and adds it up. 0, or -1; ENODATA for an empty file (a zombie, a kernel thread). */
int process_memory_read(int proc, pid_t pid, uint64_t shared_bytes, uint64_t private_bytes,
			struct process_memory *memory, struct error *error);

#endif
