/* SPDX-License-Identifier: MIT */
/* The user namespace: which ids exist in it, and whether it is the machine's own. */
#include "host/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

/* PROC_USER_INIT_INO of include/linux/proc_ns.h: the same on every kernel. */
#define INITIAL_USER_NAMESPACE 4026531837u

ino_t namespace_inode(const struct reader *reader, const char *name)
{
	char link[64];
	uint64_t inode;

	cleanup_free char *relative = xasprintf("ns/%s", name);
	cleanup_free char *path = process_path(reader->pid, relative);
	ssize_t length = readlinkat(reader->roots->proc, path, link, sizeof link - 1);
	if (length < 0) {
		const struct tree proc = {reader->roots->proc, "/proc"};
		note_unreadable(reader->host, &proc, path, OPTIONAL, errno);
		return 0;
	}
	link[length] = '\0';
	char *number = strchr(link, '[');
	char *end = number ? strchr(number, ']') : NULL;
	if (end)
		*end = '\0';
	if (!end || end[1] || strncmp(link, name, strlen(name)) != 0 || !parse_u64(number + 1, &inode)) {
		cleanup_free char *found = quoted_bytes(link);
		host_note(reader->host, "/proc/%s is not a namespace link: %s", path, found);
		return 0;
	}
	return (ino_t)inode;
}

struct map {
	struct id_map **items;
	size_t *count;
	bool malformed;
};

static int map_line(char *line, void *data)
{
	struct map *map = data;
	uint64_t numbers[3];
	if (!parse_numbers(line, numbers, 3)) {
		map->malformed = true;
		return 0;
	}
	*ARRAY_ADD(*map->items, *map->count) =
		(struct id_map){.inside = numbers[0], .outside = numbers[1], .count = numbers[2]};
	return 0;
}

static void read_map(const struct reader *reader, const char *name, struct id_map **items, size_t *count)
{
	const struct tree proc = {reader->roots->proc, "/proc"};
	struct map map = {.items = items, .count = count};

	cleanup_free char *path = process_path(reader->pid, name);
	cleanup_free char *text = tree_whole(reader->host, &proc, path, REQUIRED);
	if (!text)
		return;
	cleanup_free char *found = quoted_bytes(text);
	each_line(text, map_line, &map);
	if (map.malformed)
		host_note(reader->host, "/proc/%s has lines that are not three numbers: %s", path, found);
}

static void add_identity(struct id_map **items, size_t *count)
{
	*ARRAY_ADD(*items, *count) = (struct id_map){.count = UINT32_MAX};
}

static bool is_identity(const struct id_map *map, size_t count)
{
	return count == 1 && map->inside == 0 && map->outside == 0 && map->count == UINT32_MAX;
}

void read_user_namespace(const struct reader *reader)
{
	struct host *host = reader->host;
	const struct tree proc = {reader->roots->proc, "/proc"};
	char setgroups[SMALL_TEXT];
	const ino_t inode = namespace_inode(reader, "user");

	if (inode == INITIAL_USER_NAMESPACE) { /* its maps are compiled in (kernel/user.c) */
		host->initial_user_namespace = true;
		add_identity(&host->uid_map, &host->uid_map_count);
		add_identity(&host->gid_map, &host->gid_map_count);
		return;
	}
	read_map(reader, "uid_map", &host->uid_map, &host->uid_map_count);
	read_map(reader, "gid_map", &host->gid_map, &host->gid_map_count);
	cleanup_free char *path = process_path(reader->pid, "setgroups");
	if (tree_text(host, &proc, path, OPTIONAL, setgroups))
		host->setgroups_denied = strcmp(setgroups, "deny") == 0;
	/* a nested namespace can have the same map: so the map decides only if the inode is not known */
	host->initial_user_namespace = inode == 0 && is_identity(host->uid_map, host->uid_map_count);
}
