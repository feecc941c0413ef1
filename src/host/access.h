/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_ACCESS_H
#define SIPLAUNCH_HOST_ACCESS_H
/*
 * What another user may do with files here. siplaunch acts as that user while it asks the kernel, so that
 * mode bits, access control lists, capabilities and read-only file systems all count. Reads only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

/* The user. `same`: siplaunch's own, and the rest is ignored. `apart`: a process of its own asks, because a
 * filter in force may kill whoever changes its identity. */
struct access_user {
	bool same, apart;
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
	bool keeps_groups; /* siplaunch's own groups stay */
	uint64_t capabilities;
};

struct access_question {
	const char *path;
	int mode;   /* R_OK, W_OK | X_OK … of access(2) */
	int errnum; /* the result: 0, or the errno */
};

/*
 * Answers every question, with effective ids, groups and capabilities. 0; -1 with the failed call if
 * siplaunch cannot change to that user (EPERM for an ordinary user) or cannot fork: then the results are for
 * siplaunch's own user, and only ENOENT and ENOTDIR are meaningful.
 */
int access_ask(const struct access_user *user, struct access_question *questions, size_t count,
	       struct error *error);

/* Called where siplaunch acted as another user and the kernel refuses it its own ids again (a security module
 * may): it must not return. NULL, the default: abort(3) is called. */
extern void (*access_not_returned)(const struct error *error);

/* In a child: changes to that user irreversibly, and keeps those of its own capabilities that the user
 * has. 0, or -1 with errno. */
int access_become(const struct access_user *user);

#endif
