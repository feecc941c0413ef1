/* SPDX-License-Identifier: MIT */
#include "host/mountinfo.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/read.h"

/* fs/proc_namespace.c, mangle(): space, tab, newline, backslash and # become a backslash and three octal
 * digits. */
static void unescape(char *text)
{
	char *to = text;
	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' &&
		    from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool has_option(const char *options, const char *name)
{
	size_t length = strlen(name);
	while (options) {
		if (strncmp(options, name, length) == 0 && (options[length] == ',' || !options[length]))
			return true;
		options = strchr(options, ',');
		if (options)
			options++;
	}
	return false;
}

bool mount_parse(char *line, struct mount *mount)
{
	enum { ID, PARENT, DEVICE, ROOT, POINT, OPTIONS, FIXED };
	char *fields[FIXED], *word;

	for (int i = 0; i < FIXED; i++)
		if (!(fields[i] = strsep(&line, " ")))
			return false;
	do { /* any number of optional fields: shared:1 master:2 propagate_from:3 unbindable */
		word = strsep(&line, " ");
	} while (word && strcmp(word, "-") != 0);
	char *type = strsep(&line, " ");
	(void)strsep(&line, " "); /* the source, which may be empty */
	char *super = line;
	if (!word || !type || !super || fields[ROOT][0] != '/' || fields[POINT][0] != '/')
		return false;
	unescape(fields[ROOT]);
	unescape(fields[POINT]);
	*mount = (struct mount){
		.root = fields[ROOT],
		.point = fields[POINT],
		.type = type,
		.options = super,
		.read_only = has_option(fields[OPTIONS], "ro") || has_option(super, "ro"),
	};
	return true;
}

static void mount_clear(struct mount *mount)
{
	free(mount->root);
	free(mount->point);
	free(mount->type);
	free(mount->options);
	*mount = (struct mount){0};
}

static void mount_keep(struct mount *to, const struct mount *from)
{
	mount_clear(to);
	*to = (struct mount){
		.root = xstrdup(from->root),
		.point = xstrdup(from->point),
		.type = xstrdup(from->type),
		.options = xstrdup(from->options),
		.read_only = from->read_only,
	};
}

/* A later mount on the same point hides the earlier one. */
static void mount_add(struct mount **items, size_t *count, const struct mount *mount)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp((*items)[i].point, mount->point) == 0) {
			mount_keep(&(*items)[i], mount);
			return;
		}
	}
	mount_keep(ARRAY_ADD(*items, *count), mount);
}

struct parse {
	struct mounts *mounts;
	struct host *host;
};

static int parse_line(char *line, void *data)
{
	struct parse *parse = data;
	struct mounts *mounts = parse->mounts;
	struct mount mount;
	char start[64]; /* for the note: parsing changes the line */

	size_t length = strnlen(line, sizeof start - 1);
	memcpy(start, line, length);
	start[length] = '\0';
	if (!mount_parse(line, &mount)) {
		cleanup_free char *found = quoted_bytes(start);
		host_note(parse->host, "/proc/self/mountinfo has a malformed line: %s", found);
		return 0;
	}
	/* A later mount on /proc or /proc/sys covers earlier, deeper ones. */
	if (strcmp(mount.point, "/proc") == 0 || strcmp(mount.point, "/proc/sys") == 0)
		mounts->proc_sys_read_only = mount.read_only;
	if (strcmp(mount.point, "/proc") == 0)
		mounts->proc_subset = has_option(mount.options, "subset=pid");
	if (strcmp(mount.point, "/") == 0)
		mount_keep(&mounts->root, &mount);
	if (strcmp(mount.type, "cgroup2") == 0)
		mount_add(&mounts->cgroup2, &mounts->cgroup2_count, &mount);
	if (strcmp(mount.type, "cgroup") == 0) {
		unsigned controllers = parse_controllers(mount.options, ",");
		mounts->v1_controllers |= controllers;
		if (controllers & CONTROLLER_MEMORY)
			mount_add(&mounts->v1_memory, &mounts->v1_memory_count, &mount);
	}
	return 0;
}

void mounts_parse(char *text, struct mounts *mounts, struct host *host)
{
	struct parse parse = {.mounts = mounts, .host = host};
	each_line(text, parse_line, &parse);
}

void mounts_clear(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->cgroup2_count; i++)
		mount_clear(&mounts->cgroup2[i]);
	for (size_t i = 0; i < mounts->v1_memory_count; i++)
		mount_clear(&mounts->v1_memory[i]);
	free(mounts->cgroup2);
	free(mounts->v1_memory);
	mount_clear(&mounts->root);
	*mounts = (struct mounts){0};
}
