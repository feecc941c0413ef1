/* SPDX-License-Identifier: MIT */
#include "stats/smaps.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/value.h"

/* A mapping takes about 700 bytes: 24,000 mappings. The kernel's own bound (vm.max_map_count) is 65530. */
#define SMAPS_LIMIT ((size_t)48 << 20)

/* malloc() puts a header in front, and the kernel joins neighbouring anonymous mappings. */
#define SLACK_BYTES (2 * MIB)

/* "7f0000000000-7f0000800000 rw-p 00000000 00:00 0    PATH"; all others are "Name:  value kB". */
static bool parse_header(const char *line, struct mapping *mapping)
{
	uint64_t start, end;
	char permissions[5];
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n", &start, &end, permissions, &path) !=
		    3 ||
	    end < start || strlen(permissions) != 4)
		return false;
	*mapping = (struct mapping){
		.size_bytes = end - start,
		.writable = permissions[1] == 'w',
		.shared = permissions[3] == 's',
		.path = xstrdup(path ? line + path : ""),
	};
	return true;
}

static void parse_field(const char *line, struct mapping *mapping)
{
	static const struct {
		const char *name;
		size_t offset;
	} fields[] = {
		{"Rss:", offsetof(struct mapping, rss_bytes)},
		{"Pss:", offsetof(struct mapping, pss_bytes)},
		{"Private_Clean:", offsetof(struct mapping, private_bytes)},
		{"Private_Dirty:", offsetof(struct mapping, private_dirty_bytes)},
		{"Anonymous:", offsetof(struct mapping, anonymous_bytes)},
	};
	uint64_t kib;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		size_t length = strlen(fields[i].name);
		if (strncmp(line, fields[i].name, length) != 0)
			continue;
		if (sscanf(line + length, "%" SCNu64 " kB", &kib) == 1 && kib <= UINT64_MAX / KIB)
			*(uint64_t *)((char *)mapping + fields[i].offset) = kib * KIB;
	}
}

static int parse_line(char *line, void *data)
{
	struct mappings *mappings = data;
	struct mapping mapping;

	if (parse_header(line, &mapping))
		*ARRAY_ADD(mappings->items, mappings->count) = mapping;
	else if (mappings->count)
		parse_field(line, &mappings->items[mappings->count - 1]);
	return 0;
}

void mappings_parse(char *text, struct mappings *mappings)
{
	*mappings = (struct mappings){0};
	each_line(text, parse_line, mappings);
	for (size_t i = 0; i < mappings->count; i++) /* Private_Clean until here */
		mappings->items[i].private_bytes += mappings->items[i].private_dirty_bytes;
}

void mappings_clear(struct mappings *mappings)
{
	for (size_t i = 0; i < mappings->count; i++)
		free(mappings->items[i].path);
	free(mappings->items);
	*mappings = (struct mappings){0};
}

static bool may_be_pool(const struct mapping *mapping, bool shared)
{
	/* Both routers: mmap of /dev/zero, or MAP_ANONYMOUS | MAP_SHARED, which the kernel shows in the same
	 * way. */
	if (shared)
		return mapping->shared && strncmp(mapping->path, "/dev/zero", strlen("/dev/zero")) == 0;
	return !mapping->shared && mapping->writable && !*mapping->path;
}

static const struct mapping *find_pool(const struct mappings *mappings, bool shared, uint64_t bytes)
{
	const struct mapping *best = NULL;
	uint64_t max = bytes + bytes / 2 + SLACK_BYTES;

	if (bytes == 0 || max < bytes)
		return NULL;
	for (size_t i = 0; i < mappings->count; i++) {
		const struct mapping *mapping = &mappings->items[i];
		/* With malloc()'s header the pool is larger than -M; a mapping of exactly that size is a
		 * thread's stack. */
		bool fits = shared ? mapping->size_bytes >= bytes : mapping->size_bytes > bytes;
		if (!may_be_pool(mapping, shared) || !fits || mapping->size_bytes > max)
			continue;
		if (!best || mapping->size_bytes < best->size_bytes)
			best = mapping;
	}
	return best;
}

static struct pool_use use_of(const struct mapping *pool)
{
	if (!pool)
		return (struct pool_use){0};
	return (struct pool_use){true, pool->size_bytes, pool->rss_bytes, pool->pss_bytes};
}

/*
 * The anonymous pages of this process alone. In a private mapping of a file, only pages that were written to
 * are anonymous, and a clean page can be the file's own. In anonymous memory all pages are.
 */
static uint64_t own_bytes(const struct mapping *mapping)
{
	bool of_file = *mapping->path == '/';
	if (mapping->shared)
		return 0;
	return smaller_of(of_file ? mapping->private_dirty_bytes : mapping->private_bytes,
			  mapping->anonymous_bytes);
}

/* Shared memory looks like a file, but is charged as memory: mm/shmem.c, ipc/shm.c. */
static bool is_of_file(const struct mapping *mapping)
{
	static const char *const memory[] = {"/dev/zero", "/dev/shm/", "/SYSV", "/memfd:", "/anon_hugepage"};
	for (size_t i = 0; i < ARRAY_SIZE(memory); i++)
		if (strncmp(mapping->path, memory[i], strlen(memory[i])) == 0)
			return false;
	return *mapping->path == '/';
}

/* The share in pages of the file itself, in proportion: smaps does not divide Pss by kind of page. */
static uint64_t file_bytes(const struct mapping *mapping)
{
	if (!is_of_file(mapping) || mapping->rss_bytes <= mapping->anonymous_bytes)
		return 0;
	return mul_div_u64(mapping->pss_bytes, mapping->rss_bytes - mapping->anonymous_bytes,
			   mapping->rss_bytes);
}

void process_memory_add_up(const struct mappings *mappings, uint64_t shared_bytes, uint64_t private_bytes,
			   struct process_memory *memory)
{
	const struct mapping *private_pool = find_pool(mappings, false, private_bytes);

	*memory = (struct process_memory){
		.pid = memory->pid,
		.shared_pool = use_of(find_pool(mappings, true, shared_bytes)),
		.private_pool = use_of(private_pool),
	};
	for (size_t i = 0; i < mappings->count; i++) {
		const struct mapping *mapping = &mappings->items[i];
		if (mapping == private_pool)
			continue;
		memory->own_bytes += own_bytes(mapping);
		memory->file_bytes += file_bytes(mapping);
	}
}

int process_memory_read(int proc, pid_t pid, uint64_t shared_bytes, uint64_t private_bytes,
			struct process_memory *memory, struct error *error)
{
	cleanup_free char *path = xasprintf("%d/smaps", (int)pid);
	cleanup_free char *text = NULL;
	struct mappings mappings;

	*memory = (struct process_memory){.pid = pid};
	if (pseudo_read(proc, path, SMAPS_LIMIT, &text) < 0)
		return error_set(error, errno, "read /proc/%s", path);
	mappings_parse(text, &mappings);
	if (mappings.count)
		process_memory_add_up(&mappings, shared_bytes, private_bytes, memory);
	bool empty = mappings.count == 0;
	mappings_clear(&mappings);
	return empty ? error_set(error, ENODATA, "read /proc/%s", path) : 0;
}
