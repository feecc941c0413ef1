/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CGROUP "/sys/fs/cgroup"

static void add_file(FILE *out, const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	fprintf(out, "%s %.*s\n", path, (int)strcspn(text, "\n"), text);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Directories only where `kind` is "group". */
static void add_tree(FILE *out, const char *kind, const char *path, int depth)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_entry, by_name);
	for (int i = 0; i < count; i++) {
		char below[PATH_MAX];
		snprintf(below, sizeof below, "%.2000s/%.255s", path, entries[i]->d_name);
		bool directory = entries[i]->d_type == DT_DIR;
		if (directory || strcmp(kind, "group") != 0)
			fprintf(out, "%s %s\n", kind, below);
		if (directory && depth > 0)
			add_tree(out, kind, below, depth - 1);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void add_controllers(FILE *out)
{
	char text[1024], *rest = text;
	FILE *file = fopen(CGROUP "/cgroup.subtree_control", "re");
	if (file && fgets(text, sizeof text, file))
		for (char *name; (name = strsep(&rest, " \n"));)
			if (*name)
				fprintf(out, "controller %s\n", name);
	if (file)
		fclose(file);
}

static void each_mark(void (*each)(const char *name, void *data), void *data)
{
	char names[4096];
	ssize_t length = listxattr(CGROUP, names, sizeof names);
	for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1)
		each(names + at, data);
}

/* Where "trusted." is refused, siplaunch takes "user.". */
static void add_mark(const char *name, void *out)
{
	const char *dot = strchr(name, '.');
	if (dot && strstr(name, "siplaunch"))
		fprintf(out, "attribute %s of " CGROUP "\n", dot + 1);
}

char *state_now(void)
{
	static const char *const files[] = {"/proc/sys/kernel/sem", "/proc/sys/kernel/shmmax",
					    "/proc/sys/kernel/shmall", "/proc/self/oom_score_adj",
					    "/proc/self/cgroup"};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		die("allocate");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		add_file(out, files[i]);
	add_controllers(out);
	each_mark(add_mark, out);
	add_tree(out, "group", CGROUP, 8);
	add_tree(out, "file", "/run", 0);
	add_tree(out, "file", "/run/siplaunch-fault", 8);
	add_tree(out, "file", "/dev/shm", 0);
	fclose(out);
	return text;
}

static bool has_line(const char *text, const char *line, size_t length)
{
	for (; *text; text += strcspn(text, "\n") + 1)
		if (strncmp(text, line, length) == 0 && text[length] == '\n')
			return true;
	return false;
}

char *state_difference(const char *before, const char *after)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		die("allocate");
	for (; *after; after += strcspn(after, "\n") + 1) {
		size_t length = strcspn(after, "\n");
		if (!has_line(before, after, length))
			fprintf(out, "%.*s\n", (int)length, after);
	}
	fclose(out);
	return text;
}

static void remove_tree(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_entry, by_name);
	for (int i = 0; i < count; i++) {
		char below[PATH_MAX];
		snprintf(below, sizeof below, "%.2000s/%.255s", path, entries[i]->d_name);
		if (entries[i]->d_type == DT_DIR)
			remove_tree(below);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	rmdir(path);
}

static void remove_mark(const char *name, void *data)
{
	(void)data;
	if (strstr(name, "siplaunch"))
		removexattr(CGROUP, name);
}

static void switch_off(const char *controller)
{
	int fd = open(CGROUP "/cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, controller, strlen(controller)) < 0)
		die("switch a controller off");
	close(fd);
}

void state_clean(void)
{
	/* processes that were killed leave their groups a moment later */
	for (int i = 0; i < 200 && access(CGROUP "/sip.slice", F_OK) == 0; i++) {
		remove_tree(CGROUP "/sip.slice");
		usleep(i ? 10000 : 0);
	}
	switch_off("-memory");
	switch_off("-pids");
	each_mark(remove_mark, NULL);
	remove_tree("/run/siplaunch-fault");
}
