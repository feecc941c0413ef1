/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_TRUST_H
#define SIPLAUNCH_BASE_TRUST_H
/*
 * Files that root obeys: who else could change one. A file is opened, and what is opened is judged, with
 * every directory on the way to it: all of those above the one that it is in, and above each symbolic link
 * that led there. Gathering (trust_open) and judging (trust_judge) are apart, since who is trusted is known
 * only once the host is; judging is pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct stat;

/* What may not be root's alone to change. */
struct trust_doubt {
	char *path;
	uid_t uid;
	gid_t gid;
	mode_t mode;      /* with the type: S_ISDIR and the like */
	bool read_only;   /* the mount that it was reached through */
	bool access_list; /* the mode's group bits are those of others as well (acl(5), MASK) */
};

/* What was found on the way to files; one for any number of them. */
struct trust_trail {
	struct trust_doubt *doubts;
	size_t doubt_count;
	char *directory; /* the last file's, which the next may be in as well */
	int descriptor;  /* of it; -1 */
	bool followed;   /* what is above it has been looked at */
	bool lost_above; /* trust_open() failed at a directory above the file, not at the file */
};
#define TRUST_TRAIL_NONE         \
	{                        \
		.descriptor = -1 \
	}

/*
 * Opens a file for reading without waiting for a FIFO's writer, and adds to the trail what is doubtful about
 * it and its way. `info` is what it is, not necessarily a regular file. A descriptor, or -1 with errno.
 */
int trust_open(struct trust_trail *trail, const char *path, struct stat *info);

/* What failed, for an error: "open", or "stat the directories above" (a file). */
const char *trust_failed(const struct trust_trail *trail);

/* Where a file is to be written. */
struct trust_place {
	int directory; /* O_PATH; -1 */
	char *name;    /* in it: no symbolic link when it was looked at */
	bool magic;    /* but one of /proc, such as self/fd/1: what it leads to has no name of its own */
};

/*
 * Finds the directory that a file is in or is to be in, and opens that. Symbolic links on the way are
 * followed, the last one too unless it is kept; it may lead to nothing yet. The trail gets what is doubtful
 * about links and directories; the file itself is not looked at. 0, or -1 with errno; to be cleared in any
 * case.
 */
int trust_locate(struct trust_trail *trail, const char *path, bool keep_last_link, struct trust_place *place);
void trust_place_clear(struct trust_place *place);

#define cleanup_trust_place __attribute__((cleanup(trust_place_clear)))

/*
 * Opens a directory for files with known names; `itself`: who can write into it counts as well, and not only
 * who can put another one in its place. A descriptor, or -1 with errno.
 */
int trust_enter(struct trust_trail *trail, const char *path, bool itself);

/* Hands over the doubts so far; the trail goes on without them. */
struct trust_doubt *trust_take(struct trust_trail *trail, size_t *count);
void trust_trail_clear(struct trust_trail *trail);

#define cleanup_trust_trail __attribute__((cleanup(trust_trail_clear)))

void trust_doubts_clear(struct trust_doubt *doubts, size_t count);

/* Who may change what root obeys. Root may. */
struct trust_terms {
	const uid_t *callers; /* on whose behalf we run */
	size_t caller_count;
	bool container; /* what is mounted read-only cannot be written by anybody who is in here */
	bool written;   /* it is not read but written: what a stranger's link leads to is not his to say */
	bool overflow_free; /* no user of this user namespace has the id that stands for those outside */
};
#define TRUST_OVERFLOW_ID 65534 /* /proc/sys/fs/overflowuid, as everybody leaves it */

/* Whether what belongs to `uid` is under these terms as good as root's. */
bool trust_in_user(const struct trust_terms *terms, uid_t uid);

/*
 * 0 when none of the doubts is one under these terms. Else -1 with an error that names each path and who can
 * change it, and a hint with the commands that end that. A group counts as its owner's own where both have
 * the same number, as pam_umask(8) has it.
 */
int trust_judge(const struct trust_doubt *doubts, size_t count, const struct trust_terms *terms,
		struct error *error);

#endif
