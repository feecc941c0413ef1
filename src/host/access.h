/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_ACCESS_H
#define SIPLAUNCH_HOST_ACCESS_H
/*
 * What another user may do with files here, asked of the kernel by a child that becomes that user: mode bits,
 * access control lists, capabilities and read-only file systems all count. Reads only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

/* Who asks. `same`: we ourselves, and the rest does not count. */
struct access_user {
	bool same;
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
	bool keeps_groups; /* ours stay */
	uint64_t capabilities;
};

struct access_question {
	const char *path;
	int mode;   /* R_OK, W_OK | X_OK … of access(2) */
	int errnum; /* the answer: 0, or why not */
};

/*
 * Answers every question, with effective ids, groups and capabilities. 0; -1 where we cannot become that user
 * (EPERM for an ordinary one) or have no process for it, and which call it was: the answers are then for
 * ourselves, so that only ENOENT and ENOTDIR mean anything.
 */
int access_ask(const struct access_user *user, struct access_question *questions, size_t count,
	       struct error *error);

/* In a child: becomes that user for good, with those of our capabilities that it has. 0, or -1 with errno. */
int access_become(const struct access_user *user);

#endif
