/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_VALUES_FILE_H
#define SIPLAUNCH_SESSION_VALUES_FILE_H
/*
 * A file of NAME='value' lines, for those who want the sizes without siplaunch. A POSIX shell reads it with
 * ".", and Kubernetes with fileKeyRef (1.34 and later; pkg/kubelet/util/env, ParseEnv): in single quotes
 * every character is literal in both. Pure.
 */
#include <stddef.h>

struct error;

#define VALUES_BYTES_MAX ((size_t)64 << 10) /* Kubernetes reads no more */

struct named_value {
	const char *name;  /* [A-Z_][A-Z0-9_]* */
	const char *value; /* NULL: not known, and then not in the file */
};

/* The file's text (caller frees). NULL with an error that names the value: it has a single quote or a control
 * character, its name is not a shell variable's, or it is too long. */
char *values_text(const struct named_value *values, size_t count, struct error *error);

#endif
