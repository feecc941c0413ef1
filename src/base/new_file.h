/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_NEW_FILE_H
#define SIPLAUNCH_BASE_NEW_FILE_H
/*
 * A file that is written whole, by a name that a person gave, perhaps as root. The directory is opened and
 * judged first (trust.h): one in which somebody else could put a link, a FIFO or another directory in the
 * file's way is refused. The file is made under a name that nobody could have prepared, and put in place by
 * a rename or a link(2), so that a reader sees the old one or the new one, and nothing is ever written
 * through what is there. What it says is not known here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/trust.h"

struct error;

struct new_file {
	char *path; /* as it was given, for messages */
	struct trust_place place;
	int in_place;    /* what is there, open for writing; -1: nothing */
	bool given;      /* it is a descriptor that we were started with, for others as well */
	char *temporary; /* the complete file's name in the directory, until it is in place; NULL */
	bool judged;     /* by `terms`; not for an ordinary user */
	struct trust_terms terms;
};
#define NEW_FILE_NONE                                       \
	{                                                   \
		.place = {.directory = -1}, .in_place = -1, \
	}

/* Whether there may be a file of that name. */
enum new_file_kind {
	NEW_FILE_FRESH,    /* there may be nothing, not even a symbolic link */
	NEW_FILE_REPLACES, /* it is replaced, behind symbolic links; a device or a pipe is written to */
};

/*
 * Checks that it can be written, before the work that it takes to fill it, and holds its directory. `terms`
 * say who else may write there; NULL for an ordinary user, who has no privilege to lose. 0, or -1.
 */
int new_file_open(struct new_file *file, const char *path, enum new_file_kind kind,
		  const struct trust_terms *terms, struct error *error);

/* The complete file beside its place, synced to the disk; one from before is removed. 0, or -1. */
int new_file_prepare(struct new_file *file, const void *bytes, size_t length, mode_t mode,
		     struct error *error);

/* The path that the prepared file has meanwhile, beginning with "/" or "./". Fresh. */
char *new_file_prepared_path(const struct new_file *file);

/* Gives the prepared file its name. It never replaces what has appeared there: EEXIST. 0, or -1. */
int new_file_place(struct new_file *file, struct error *error);

/*
 * All of it at once, in place of what is there, whose mode is kept without the right to write of others (a
 * new one: 0644). What is no regular file, a mount of its own (/dev/termination-log), or in a directory that
 * takes no new file, is written into. 0, or -1 with what was there as it was, unless that was written into.
 */
int new_file_replace(const struct new_file *file, const void *bytes, size_t length, struct error *error);

/* Removes what was prepared and is not in place. */
void new_file_close(struct new_file *file);

#define cleanup_new_file __attribute__((cleanup(new_file_close)))

/*
 * Makes a file of mode 0600 in `directory` whose name begins with a dot and `name`, and cannot be guessed:
 * *temporary, fresh. A descriptor to write to, or -1 with errno; *temporary is NULL then.
 */
int temporary_create(int directory, const char *name, char **temporary);

/*
 * 0 when nobody but who is trusted can change what is on the trail; -1 with an error that begins with `what`
 * and a hint.
 */
int new_file_judge(const struct trust_trail *trail, const struct trust_terms *terms, const char *what,
		   struct error *error);

#endif
