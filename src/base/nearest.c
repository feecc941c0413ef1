/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/value.h"

#define NAME_MAX_COMPARED 63

/*
 * The optimal string alignment distance: an inserted, removed or replaced character counts 1, as do two
 * neighbours in the wrong order. Names longer than any key count as far away.
 */
static uint64_t edit_distance(const char *a, const char *b)
{
	uint64_t rows[3][NAME_MAX_COMPARED + 1]; /* row i is at i % 3 */
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a > NAME_MAX_COMPARED || length_b > NAME_MAX_COMPARED)
		return UINT64_MAX;
	for (size_t j = 0; j <= length_b; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		uint64_t *row = rows[i % 3];
		const uint64_t *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			uint64_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = smaller_of(replaced, smaller_of(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = smaller_of(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[length_a % 3][length_b];
}

const char *nearest_name(const char *name, const char *const *candidates, size_t count)
{
	const char *best = NULL;
	uint64_t best_distance = strlen(name) < 6 ? 2 : strlen(name) / 3 + 1; /* beyond it: another name */

	for (size_t i = 0; i < count; i++) {
		uint64_t distance =
			strcasecmp(name, candidates[i]) == 0 ? 0 : edit_distance(name, candidates[i]);
		if (distance < best_distance) {
			best = candidates[i];
			best_distance = distance;
		}
	}
	return best;
}

char *did_you_mean(const char *name, const char *const *candidates, size_t count)
{
	const char *nearest = nearest_name(name, candidates, count);
	return nearest ? xasprintf("did you mean \"%s\"?", nearest) : NULL;
}
