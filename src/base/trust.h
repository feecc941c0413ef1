/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_TRUST_H
#define SIPLAUNCH_BASE_TRUST_H
/*
 * Files that root obeys: who else could change them. trust_open() opens a file and collects the owners and
 * modes of the file, of every directory above it, and of those above each symbolic link on the way.
 * trust_judge() decides; it is separate because the trusted users are known only when the host is known, and
 * pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct stat;

/* A file or directory that others than root may be able to change. */
struct trust_finding {
	char *path;
	uid_t uid;
	gid_t gid;
	mode_t mode;      /* with the type: S_ISDIR and the like */
	bool read_only;   /* the mount that it was reached through */
	bool access_list; /* the mode's group bits are the mask of an access list (acl(5)) */
};

/* What trust_open() collected, for any number of files. */
struct trust_trail {
	struct trust_finding *findings;
	size_t finding_count;
	char *directory; /* the last file's, often also the next file's */
	int descriptor;  /* of it; -1 */
	bool followed;   /* the directories above it were checked */
	bool lost_above; /* trust_open() failed at a directory above the file, not at the file */
};
#define TRUST_TRAIL_NONE         \
	{                        \
		.descriptor = -1 \
	}

/*
 * Opens a file for reading without waiting for a FIFO's writer, and adds doubtful owners and modes to the
 * trail. `info` is the result of fstat(2); the file need not be regular. A descriptor, or -1 with errno.
 */
int trust_open(struct trust_trail *trail, const char *path, struct stat *info);

/* What failed, for an error: "open", or "stat the directories above" (a file). */
const char *trust_failed(const struct trust_trail *trail);

/* The directory and the name of a file to write. */
struct trust_place {
	int directory; /* O_PATH; -1 */
	char *name;    /* in it: not a symbolic link when it was checked */
	bool magic;    /* a magic link of /proc, such as self/fd/1, whose target has no name */
};

/*
 * Opens the directory of a file, which need not exist. Follows symbolic links on the way, also the last one
 * unless `keep_last_link`; its target need not exist. Adds doubtful owners and modes of links and directories
 * to the trail; does not check the file itself. 0, or -1 with errno; clear it in both cases.
 */
int trust_locate(struct trust_trail *trail, const char *path, bool keep_last_link, struct trust_place *place);
void trust_place_clear(struct trust_place *place);

#define cleanup_trust_place __attribute__((cleanup(trust_place_clear)))

/*
 * Opens a directory for files with known names. With `itself`, write access to the directory counts too, not
 * only the ability to replace it. A descriptor, or -1 with errno.
 */
int trust_enter(struct trust_trail *trail, const char *path, bool itself);

/* Moves the findings so far to the caller: trust_findings_clear(), then free(). */
struct trust_finding *trust_take(struct trust_trail *trail, size_t *count);
void trust_trail_clear(struct trust_trail *trail);

#define cleanup_trust_trail __attribute__((cleanup(trust_trail_clear)))

void trust_findings_clear(struct trust_finding *findings, size_t count);

/* Who may change files that root obeys, in addition to root. */
struct trust_terms {
	const uid_t *callers; /* on whose behalf we run */
	size_t caller_count;
	bool container;     /* in a container nobody can write to a read-only mount */
	bool written;       /* the file is written, not read: a stranger's link must not choose the target */
	bool overflow_free; /* no user of this user namespace has the overflow id */
};
#define TRUST_OVERFLOW_ID 65534 /* the default of /proc/sys/fs/overflowuid */

/* Whether these terms trust `uid` like root. */
bool trust_in_user(const struct trust_terms *terms, uid_t uid);

/*
 * 0 if these terms accept all findings. Else -1 with an error that names each path and who can change it, and
 * a hint with the commands that fix it. A group with the owner's number counts as the owner's private group,
 * as in pam_umask(8).
 */
int trust_judge(const struct trust_finding *findings, size_t count, const struct trust_terms *terms,
		struct error *error);

#endif
