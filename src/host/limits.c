/* SPDX-License-Identifier: MIT */
/*
 * The memory limits of the groups from this process's to the visible root, and the protection of their
 * siblings. A missing file is no limit: the root has none, and neither has a group without the controller.
 */
#include "host/read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

/*
 * "No limit" in cgroup v1 is PAGE_COUNTER_MAX pages in bytes, 2^63 rounded down to the page
 * (mm/page_counter.c); 64 KiB is the largest page.
 */
#define V1_UNLIMITED ((UINT64_C(1) << 63) - 64 * KIB)

#define CHILDREN_MAX 4096

static uint64_t v1_limit(uint64_t bytes)
{
	return bytes >= V1_UNLIMITED ? UNLIMITED : bytes;
}

/* "max" or bytes. */
static bool limit_parse(const char *text, uint64_t *bytes)
{
	if (strcmp(text, "max") == 0) {
		*bytes = UNLIMITED;
		return true;
	}
	return parse_numbers(text, bytes, 1);
}

/* UNLIMITED if the file is missing; *seen is set if it exists. */
static uint64_t limit_read(struct host *host, const struct hierarchy *hierarchy, const char *path,
			   const char *file, bool *seen)
{
	char text[SMALL_TEXT];
	uint64_t bytes = UNLIMITED;
	const struct tree tree = hierarchy_tree(hierarchy);
	cleanup_free char *name = group_file(hierarchy, path, file);

	if (!tree_text(host, &tree, name, OPTIONAL, text))
		return UNLIMITED;
	*seen = true;
	if (limit_parse(text, &bytes))
		return bytes;
	cleanup_free char *found = quoted_bytes(text);
	host_note(host, "%s/%s is neither \"max\" nor a number of bytes: %s", hierarchy->mount, name, found);
	return UNLIMITED;
}

/* pids.current is needed only if there is a limit. */
static void read_row_pids(struct host *host, const struct hierarchy *v2, struct ancestor *row)
{
	bool there = false;

	row->pids_max = limit_read(host, v2, row->path, "pids.max", &there);
	if (row->pids_max == UNLIMITED)
		return;
	uint64_t current = limit_read(host, v2, row->path, "pids.current", &there);
	row->pids_current = current == UNLIMITED ? 0 : current;
}

/* False where the files of this controller are known not to be there. */
static bool may_have(const struct host *host, const struct hierarchy *v2, const struct ancestor *row,
		     unsigned controller)
{
	return strcmp(row->path, v2->path) != 0 || own_group_may_have(host, controller);
}

/* False without a memory controller. The three files exist together, except memory.swap.max on kernels
 * without swap. A missing group, one without memory controller, and the real root do not even have the
 * first. */
static bool read_row_v2(struct host *host, const struct hierarchy *v2, struct ancestor *row)
{
	bool there = false;

	row->memory_high = row->swap_max = UNLIMITED;
	row->memory_max = row->pids_max = UNLIMITED;
	if (may_have(host, v2, row, CONTROLLER_PIDS))
		read_row_pids(host, v2, row);
	if (may_have(host, v2, row, CONTROLLER_MEMORY))
		row->memory_max = limit_read(host, v2, row->path, "memory.max", &there);
	if (!there)
		return false;
	row->memory_high = limit_read(host, v2, row->path, "memory.high", &there);
	row->swap_max = limit_read(host, v2, row->path, "memory.swap.max", &there);
	return true;
}

/* The real root has neither file, and protects everything. */
static void read_protection(const struct reader *reader, const struct hierarchy *v2, struct ancestor *row)
{
	bool there = false;

	row->memory_low = row->memory_min = UNLIMITED;
	if (!reader->questions->protection || row->v1)
		return;
	row->memory_low = limit_read(reader->host, v2, row->path, "memory.low", &there);
	row->memory_min = limit_read(reader->host, v2, row->path, "memory.min", &there);
}

static bool read_row_v1(struct host *host, const struct hierarchy *v1, struct ancestor *row)
{
	bool there = false;

	row->v1 = true;
	row->memory_max = v1_limit(limit_read(host, v1, row->path, "memory.limit_in_bytes", &there));
	row->memory_high = row->swap_max = row->pids_max = UNLIMITED;
	if (row->memory_max == UNLIMITED)
		return there;
	/* v1 counts memory and swap together */
	uint64_t both = v1_limit(limit_read(host, v1, row->path, "memory.memsw.limit_in_bytes", &there));
	if (both != UNLIMITED)
		row->swap_max = both > row->memory_max ? both - row->memory_max : 0;
	return true;
}

static DIR *group_opendir(struct host *host, const struct hierarchy *hierarchy, const char *path)
{
	cleanup_free char *name = group_file(hierarchy, path, "");
	int fd = open_beneath(hierarchy->directory, name, O_RDONLY | O_DIRECTORY);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		host_shortage(host, errno, "open the group %s", path);
	if (fd >= 0 && !directory)
		close(fd);
	return directory;
}

/*
 * Adds up the limits of the groups directly below. Does nothing if the row itself has no limit: it cannot be
 * oversubscribed, and a host's root may have thousands of groups. Ignores malformed files below. Skips
 * `except`, an empty group that the launch will make again.
 */
static void read_children(struct host *host, const struct hierarchy *hierarchy, struct ancestor *row,
			  const char *except)
{
	const char *file = row->v1 ? "memory.limit_in_bytes" : "memory.max";
	unsigned looked_at = 0;

	if (row->memory_max == UNLIMITED)
		return;
	cleanup_closedir DIR *directory = group_opendir(host, hierarchy, row->path);
	for (struct dirent *entry; directory && looked_at < CHILDREN_MAX && (entry = readdir(directory));) {
		char text[SMALL_TEXT];
		uint64_t bytes;
		if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
			continue;
		if (except && strcmp(entry->d_name, except) == 0)
			continue;
		looked_at++;
		cleanup_free char *path = path_join(entry->d_name, file);
		if (pseudo_read_small(dirfd(directory), path, text, sizeof text) < 0) {
			host_shortage(host, errno, "read %s below the group %s", path, row->path);
			continue;
		}
		if (!limit_parse(text, &bytes))
			continue;
		if (row->v1)
			bytes = v1_limit(bytes);
		if (bytes == UNLIMITED)
			continue;
		row->children_limited++;
		if (__builtin_add_overflow(row->children_max_bytes, bytes, &row->children_max_bytes))
			row->children_max_bytes = UNLIMITED - 1; /* saturated, not "no limit" */
	}
}

static void clear_rows(struct ancestor **rows, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		free((*rows)[i].path);
	free(*rows);
	*rows = NULL;
	*count = 0;
}

/* True if a memory controller was found; without one there are no rows. */
static bool read_ancestors(const struct reader *reader, const struct hierarchy *hierarchy, bool v1)
{
	struct host *host = reader->host;
	bool seen = !v1 && (host->cgroup.controllers & CONTROLLER_MEMORY);
	if (hierarchy->directory < 0)
		return false;
	cleanup_free char *path = xstrdup(hierarchy->path);
	do {
		struct ancestor *row = ARRAY_ADD(host->ancestors, host->ancestor_count);
		row->path = xstrdup(path);
		seen |= v1 ? read_row_v1(host, hierarchy, row) : read_row_v2(host, hierarchy, row);
		read_protection(reader, hierarchy, row);
		read_children(host, hierarchy, row, NULL);
	} while (path_ascend(path, hierarchy->mount_root));
	if (!seen)
		clear_rows(&host->ancestors, &host->ancestor_count);
	return seen;
}

static void lower(uint64_t *limit, char **source, uint64_t bytes, const char *path, const char *file)
{
	if (bytes >= *limit)
		return;
	*limit = bytes;
	free(*source);
	*source = xasprintf("%s %s", path, file);
}

static void smallest(const struct ancestor *rows, size_t count, uint64_t *limit, char **source)
{
	*limit = UNLIMITED;
	for (size_t i = 0; i < count; i++) {
		const struct ancestor *row = &rows[i];
		lower(limit, source, row->memory_max, row->path,
		      row->v1 ? "memory.limit_in_bytes" : "memory.max");
		lower(limit, source, row->memory_high, row->path, "memory.high");
	}
}

static const struct ancestor *ancestor_find(const struct host *host, const char *path)
{
	for (size_t i = 0; i < host->ancestor_count; i++)
		if (!host->ancestors[i].v1 && strcmp(host->ancestors[i].path, path) == 0)
			return &host->ancestors[i];
	return NULL;
}

/* Reads one level above the new group; a missing one, or one without limits, has no row. Levels that are also
 * above this process were read before, except for their children: the new group itself must not count as one.
 */
static void read_placed_level(const struct reader *reader, const struct hierarchy *v2, const char *path,
			      const char *below)
{
	struct host *host = reader->host;
	struct ancestor row = {.path = xstrdup(path)};
	const struct ancestor *known = ancestor_find(host, path);

	if (known) {
		row.memory_max = known->memory_max;
		row.memory_high = known->memory_high;
		row.swap_max = known->swap_max;
		row.pids_max = known->pids_max;
		row.pids_current = known->pids_current;
	} else if (!read_row_v2(host, v2, &row) && row.pids_max == UNLIMITED) {
		free(row.path);
		return;
	}
	read_protection(reader, v2, &row);
	read_children(host, v2, &row, below);
	*ARRAY_ADD(host->placed, host->placed_count) = row;
}

static bool group_text(const struct reader *reader, const struct hierarchy *v2, const char *path,
		       const char *file, char text[SMALL_TEXT])
{
	const struct tree tree = hierarchy_tree(v2);
	cleanup_free char *name = group_file(v2, path, file);
	return tree_text(reader->host, &tree, name, OPTIONAL, text);
}

/* cgroup.events of the lowest group that exists says whether it or a group above it is frozen; only then are
 * the levels read. The real root has neither file. */
static void read_frozen(const struct reader *reader, const struct hierarchy *v2, const char *group)
{
	cleanup_free char *path = xstrdup(group);
	char text[SMALL_TEXT];

	do {
		if (!path_ascend(path, v2->mount_root))
			return;
	} while (!group_text(reader, v2, path, "cgroup.events", text));
	if (!strstr(text, "frozen 1"))
		return;
	while (!group_text(reader, v2, path, "cgroup.freeze", text) || strcmp(text, "1") != 0)
		if (!path_ascend(path, v2->mount_root))
			return;
	reader->host->cgroup.frozen = xstrdup(path);
}

/*
 * The levels above the new group: its existing parents below the base, which may have limits, then the base
 * and the groups above it.
 */
static void read_placed(const struct reader *reader, const struct hierarchy *v2, const char *base,
			const char *group)
{
	struct host *host = reader->host;
	cleanup_free char *path = path_join(base, group ? group : "");
	cleanup_free char *below = NULL;

	if (!path_below(v2->mount_root, path)) /* not a valid name: a profile's name was checked */
		return;
	if (group)
		read_frozen(reader, v2, path);
	else
		read_placed_level(reader, v2, path, NULL);
	for (;;) {
		free(below);
		below = xstrdup(strrchr(path, '/') + 1);
		if (!path_ascend(path, v2->mount_root))
			break;
		read_placed_level(reader, v2, path, below);
	}
	smallest(host->placed, host->placed_count, &host->memory.placed_limit,
		 &host->memory.placed_limit_source);
}

/*
 * cgroup v1 reports the limit in force: hierarchical_memory_limit is the minimum of all ancestors, including
 * those that a container cannot see, and excluding those with memory.use_hierarchy 0.
 */
static void apply_hierarchical(struct host *host, const struct hierarchy *v1)
{
	uint64_t bytes;

	const struct tree tree = hierarchy_tree(v1);
	cleanup_free char *name = group_file(v1, v1->path, "memory.stat");
	cleanup_free char *text = tree_whole(host, &tree, name, REQUIRED);
	if (!text)
		return;
	cleanup_free char *number = line_after(text, "hierarchical_memory_limit ");
	if (!number || !parse_u64(number, &bytes)) {
		cleanup_free char *found = quoted_bytes(number ? number : "");
		host_note(host, "%s/%s has no usable hierarchical_memory_limit: %s", v1->mount, name, found);
		return;
	}
	bytes = v1_limit(bytes);
	if (bytes == host->memory.visible_limit)
		return;
	host->memory.visible_limit = bytes;
	free(host->memory.visible_limit_source);
	host->memory.visible_limit_source =
		bytes == UNLIMITED ? NULL : xasprintf("%s memory.stat hierarchical_memory_limit", v1->path);
}

void read_limits(const struct reader *reader, const struct hierarchy *v2, const struct hierarchy *v1_memory)
{
	struct host *host = reader->host;

	host->memory.visible_limit = host->memory.placed_limit = UNLIMITED;
	if (reader->questions->process_only)
		return;
	bool v1 = !read_ancestors(reader, v2, false) && read_ancestors(reader, v1_memory, true);
	smallest(host->ancestors, host->ancestor_count, &host->memory.visible_limit,
		 &host->memory.visible_limit_source);
	if (v1) {
		/* making a v2 group does not move the process in the v1 hierarchy */
		apply_hierarchical(host, v1_memory);
		host->memory.placed_limit = host->memory.visible_limit;
		if (host->memory.visible_limit_source)
			host->memory.placed_limit_source = xstrdup(host->memory.visible_limit_source);
	} else if (host->cgroup.base) {
		read_placed(reader, v2, host->cgroup.base, reader->questions->group);
	} else if (host->cgroup.bus && reader->questions->scope && v2->directory >= 0) {
		read_placed(reader, v2, host->cgroup.manager_group, reader->questions->scope);
	}
}

static void assume(uint64_t *limit, char **limit_source, uint64_t bytes, const char *source)
{
	free(*limit_source);
	*limit = bytes;
	*limit_source = bytes == UNLIMITED ? NULL : xstrdup(source);
}

void host_assume_limit(struct host *host, uint64_t bytes, const char *source)
{
	clear_rows(&host->ancestors, &host->ancestor_count);
	clear_rows(&host->placed, &host->placed_count);
	assume(&host->memory.visible_limit, &host->memory.visible_limit_source, bytes, source);
	assume(&host->memory.placed_limit, &host->memory.placed_limit_source, bytes, source);
	free(host->cgroup.unit); /* the other container is not in our systemd unit either */
	host->cgroup.unit = NULL;
	host->cgroup.run_time_limits = false;
}
