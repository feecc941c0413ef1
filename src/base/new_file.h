/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_NEW_FILE_H
#define SIPLAUNCH_BASE_NEW_FILE_H
/*
 * Writes a whole file under a name that a person gave, perhaps as root. It first opens and checks the
 * directory (trust.h), and refuses one in which another user could plant a link, a FIFO or a directory. It
 * writes under an unpredictable name, and then uses rename(2) or link(2): a reader sees the old or the new
 * file, and nothing is written through an existing one. The contents are not known here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/trust.h"

struct error;

struct new_file {
	char *path; /* as it was given, for messages */
	struct trust_place place;
	int in_place;    /* the existing file, open for writing; -1: none */
	bool given;      /* it is an inherited descriptor, which other processes may share */
	char *temporary; /* the complete file's name in the directory, until it is in place; NULL */
	bool judged;     /* by `terms`; not for an ordinary user */
	struct trust_terms terms;
};
#define NEW_FILE_NONE                                       \
	{                                                   \
		.place = {.directory = -1}, .in_place = -1, \
	}

/* Whether a file of that name may exist. */
enum new_file_kind {
	NEW_FILE_FRESH,    /* nothing may exist there, not even a symbolic link */
	NEW_FILE_REPLACES, /* an existing file is replaced, after symbolic links are followed; a device or a
			      pipe is written to */
};

/*
 * Checks that the file can be written, before the caller makes its contents, and keeps its directory open.
 * `terms` say who else may write there; NULL for an ordinary user, who has no privilege to lose. 0, or -1.
 */
int new_file_open(struct new_file *file, const char *path, enum new_file_kind kind,
		  const struct trust_terms *terms, struct error *error);

/* Writes and syncs the complete file under its temporary name; removes an earlier one. 0, or -1. */
int new_file_prepare(struct new_file *file, const void *bytes, size_t length, mode_t mode,
		     struct error *error);

/* The temporary path of the prepared file, beginning with "/" or "./". Caller frees. */
char *new_file_prepared_path(const struct new_file *file);

/* Gives the prepared file its name. Never replaces an existing file: EEXIST. 0, or -1. */
int new_file_place(struct new_file *file, struct error *error);

/*
 * Writes all of it and replaces the existing file. Keeps its mode, without write permission for group and
 * others (a new file: 0644). Writes directly into a file that is not regular, is a mount of its own
 * (/dev/termination-log), or is in a directory that accepts no new file. 0, or -1 with the old file
 * unchanged, unless it was written into.
 */
int new_file_replace(const struct new_file *file, const void *bytes, size_t length, struct error *error);

/* Removes a prepared file that did not get its name. */
void new_file_close(struct new_file *file);

#define cleanup_new_file __attribute__((cleanup(new_file_close)))

/*
 * Makes a file of mode 0600 in `directory`. Its name begins with a dot and `name`, cannot be guessed, and is
 * put into *temporary (caller frees). A descriptor to write to; or -1 with errno and *temporary NULL.
 */
int temporary_create(int directory, const char *name, char **temporary);

/*
 * 0 if only trusted users can change the path; -1 with an error that begins with `what` and a hint.
 */
int new_file_judge(const struct trust_trail *trail, const struct trust_terms *terms, const char *what,
		   struct error *error);

#endif
