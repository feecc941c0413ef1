/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_NEAREST_H
#define SIPLAUNCH_BASE_NEAREST_H
/* The name that a person meant with a misspelt one, for hints. */
#include <stddef.h>

/*
 * The nearest of `count` candidates (edit distance at most a third of the length of `name`), or NULL.
 * An edit is one character more, less or replaced, or two neighbours in the wrong order.
 */
const char *nearest_name(const char *name, const char *const *candidates, size_t count);

/* The same as a hint: `did you mean "…"?`, or NULL. Caller frees. */
char *did_you_mean(const char *name, const char *const *candidates, size_t count);

#endif
