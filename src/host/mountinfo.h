/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_MOUNTINFO_H
#define SIPLAUNCH_HOST_MOUNTINFO_H
/*
 * Private to the host room: /proc/self/mountinfo (proc_pid_mountinfo(5)), reduced to the mounts that matter
 * here.
 */
#include <stdbool.h>
#include <stddef.h>

struct host;

struct mount {
	char *root;    /* which part of the file system is mounted; a group, for cgroup file systems */
	char *point;   /* where */
	char *type;    /* "cgroup2" */
	char *options; /* the super block's: "rw,memory", "rw,lowerdir=…" */
	bool read_only;
};

struct mounts {
	struct mount *cgroup2; /* in the order of mounting */
	size_t cgroup2_count;
	struct mount *v1_memory;
	size_t v1_memory_count;
	unsigned v1_controllers; /* enum controller bits that v1 hierarchies hold */
	bool proc_sys_read_only;
	bool proc_subset;  /* /proc has processes only (subset=pid, since Linux 5.8) */
	struct mount root; /* what is mounted on "/"; NULLs when not known */
};

/*
 * Splits one line in place and decodes the kernel's octal escapes. Fields point into the line. False for a
 * malformed line.
 */
bool mount_parse(char *line, struct mount *mount);

/* Parses a whole mountinfo in place; malformed lines are noted and skipped. */
void mounts_parse(char *text, struct mounts *mounts, struct host *host);

void mounts_clear(struct mounts *mounts);

#endif
