/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_MANIFEST_H
#define SIPLAUNCH_LAUNCHER_MANIFEST_H
/*
 * Trees as YAML, for Kubernetes manifests. Knows nothing of what the fields mean.
 */
#include <stdio.h>

#include <jansson.h>

/*
 * As a YAML block, each line indented by `indent`. Strings are quoted, so that "1" stays one; texts of
 * several lines are blocks of their own where YAML can have them so. A member "#NAME" of an object, a string,
 * is the comment above its member NAME, and "#" that above the object itself where it is an element of a
 * list.
 */
void manifest_print(FILE *out, json_t *manifest, unsigned indent);

/* The tree without its comments. A new reference. */
json_t *manifest_plain(json_t *manifest);

#endif
