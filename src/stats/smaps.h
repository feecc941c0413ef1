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
	uint64_t anonymous_bytes; /* pages of no file */
	bool writable, shared;
	char *path; /* "" for anonymous memory; "[heap]", "/dev/zero (deleted)", "/usr/lib/…" */
};

struct mappings {
	struct mapping *items;
	size_t count;
};

/* Lines that are none of smaps are passed over: the kernel adds new ones. `text` is changed in place. */
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
 * the anonymous mapping that holds `private_bytes`: the smallest of those that are big enough and not half
 * as big again. 0 bytes: it has no such pool.
 */
void process_memory_add_up(const struct mappings *mappings, uint64_t shared_bytes, uint64_t private_bytes,
			   struct process_memory *memory);

/* Reads and adds up. 0, or -1; an empty file (a zombie, a kernel thread) is ENODATA. */
int process_memory_read(int proc, pid_t pid, uint64_t shared_bytes, uint64_t private_bytes,
			struct process_memory *memory, struct error *error);

#endif
