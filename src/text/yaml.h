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
 * several lines become literal blocks if YAML can represent them. A member "#NAME" of an object, a string, is
 * the comment above its member NAME; "#" is the comment above the object itself, if that is an element of a
 * list. Without libyaml it is JSON, which is YAML too, and has no comments.
 */
void manifest_print(FILE *out, json_t *manifest, unsigned indent);

/* The version of the installed libyaml, or "none". Static: not freed. */
const char *manifest_library_version(void);

/* A copy of the tree without its comments. A new reference. */
json_t *manifest_plain(json_t *manifest);

#endif
