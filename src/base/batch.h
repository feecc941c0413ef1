/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_BATCH_H
#define SIPLAUNCH_BASE_BATCH_H
/*
 * Several files that belong together, in a directory that others may write to. Each is written under an
 * unpredictable name, and renamed when all of them are complete: a reader sees the old or the new file, and a
 * failure leaves no new file. No symbolic link below the directory is followed.
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
	struct batch_folder *folders; /* created ones */
	size_t folder_count;
};
#define BATCH_NONE              \
	{                       \
		.directory = -1 \
	}

/*
 * The directory must exist; its own path may have symbolic links. `terms` say who may replace the directory
 * (write access to it is not checked); NULL for an ordinary user. 0, or -1.
 */
int batch_open(struct batch *batch, const char *path, const struct trust_terms *terms, struct error *error);

/*
 * Adds a file, "plan.json" or "profiles/seccomp/sip-router.json", with `mode`, independent of the umask;
 * missing folders get mode 0755. 0, or -1.
 */
int batch_add(struct batch *batch, const char *name, mode_t mode, const void *bytes, size_t length,
	      struct error *error);

/* The same with the contents of a descriptor, from its offset 0. */
int batch_add_copy(struct batch *batch, const char *name, mode_t mode, int from, struct error *error);

/* Renames the files into place, in the order in which they were added. 0, or -1 with new files removed
 * again. */
int batch_commit(struct batch *batch, struct error *error);

/* Removes files that were not renamed into place. */
void batch_close(struct batch *batch);

#define cleanup_batch __attribute__((cleanup(batch_close)))

#endif
