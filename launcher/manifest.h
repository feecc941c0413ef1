/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_MANIFEST_H
#define SIPLAUNCH_LAUNCHER_MANIFEST_H
/*
 * The part of a Kubernetes manifest that fields make together: each is a path and a value, and those of one
 * container stand under one element of its list. As a tree, and that tree as YAML. Knows nothing of what the
 * fields mean.
 */
#include <stdio.h>

#include <jansson.h>

/* What stands for the container's own name, which nothing inside of it knows. */
#define MANIFEST_CONTAINER "CONTAINER"

/*
 * Puts `value` at `path` ("spec.containers[].resources.limits.memory") of `manifest`, an object. "[]" within
 * the path is the one element of that list; at its end it adds the elements of `value`, an array, that are
 * not there yet.
 */
void manifest_put(json_t *manifest, const char *path, const json_t *value);

/* As a YAML block, each line indented by `indent`. Strings are quoted, so that "1" stays one. */
void manifest_print(FILE *out, json_t *manifest, unsigned indent);

#endif
