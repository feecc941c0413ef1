/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_BATCH_H
#define SIPLAUNCH_BASE_BATCH_H
/*
 * Files that belong together, for a directory that others may write to as well. Each is written under a name
 * that nobody could have prepared, and put in place, by a rename, when all of them are complete: a reader
 * sees a file as it was or as it is to be, and a failure leaves none that was not there. No symbolic link
 * below the directory is followed.
 */
#include <stddef.h>
#include <sys/types.h>

struct error;
struct trust_terms;

struct batch {
	char *path; /* the directory's, for messages */
	int directory;
	struct batch_file *files;
	size_t file_count;
	struct batch_folder *folders; /* those that were made */
	size_t folder_count;
};
#define BATCH_NONE              \
	{                       \
		.directory = -1 \
	}

/*
 * The directory must be there; its own path may have symbolic links. `terms` say who may put another one in
 * its place (who writes into it is not asked); NULL for an ordinary user. 0, or -1.
 */
int batch_open(struct batch *batch, const char *path, const struct trust_terms *terms, struct error *error);

/*
 * Adds a file, "plan.json" or "profiles/seccomp/sip-router.json", with `mode` whatever the umask is; folders
 * on the way are made with 0755. 0, or -1.
 */
int batch_add(struct batch *batch, const char *name, mode_t mode, const void *bytes, size_t length,
	      struct error *error);

/* The same with what can be read from a descriptor, from its offset 0. */
int batch_add_copy(struct batch *batch, const char *name, mode_t mode, int from, struct error *error);

/* Puts the files in place, in the order in which they were added. 0, or -1 with those that are new taken away
 * again. */
int batch_commit(struct batch *batch, struct error *error);

/* Removes what was not put in place. */
void batch_close(struct batch *batch);

#define cleanup_batch __attribute__((cleanup(batch_close)))

#endif
