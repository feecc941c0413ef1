/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_GROUP_JSON_H
#define SIPLAUNCH_STATS_GROUP_JSON_H
/*
 * A group's numbers as JSON: a file with one number is a member, one of keys an object. `inspect` and samples
 * have them in this form.
 */
#include <jansson.h>

struct error;
struct group_stats;

/* Adds all of them to the object; null: not known. */
void group_stats_json(json_t *object, const struct group_stats *stats);

/* Reads them back: 0, or -1 with what is wrong. A missing number is not known. */
int group_stats_from_json(const json_t *object, struct group_stats *stats, struct error *error);

#endif
