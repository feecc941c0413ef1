/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TEXT_YAML_H
#define SIPLAUNCH_TEXT_YAML_H
/*
 * Trees as YAML, for Kubernetes manifests. Knows nothing of what the fields mean.
 */
#include <stdio.h>

#include <jansson.h>

/*
 * As a YAML block, each line indented by `indent`. Strings are quoted, so that "1" stays one; texts of
 * several lines are blocks of their own where YAML can have them so. A member "#NAME" of an object, a string,
 * is the comment above its member NAME, and "#" that above the object itself where it is an element of a
 * list. Without libyaml it is JSON, which is YAML too, and has no comments.
 */
void manifest_print(FILE *out, json_t *manifest, unsigned indent);

/* Of libyaml, as the one that is installed says it; "none". */
const char *manifest_library_version(void);

/* The tree without its comments. A new reference. */
json_t *manifest_plain(json_t *manifest);

#endif
