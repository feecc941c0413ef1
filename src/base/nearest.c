/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#define NAME_MAX_COMPARED 63

/* Levenshtein distance; names longer than any key count as far away. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_COMPARED + 1];
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a > NAME_MAX_COMPARED || length_b > NAME_MAX_COMPARED)
		return SIZE_MAX;
	for (size_t j = 0; j <= length_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			size_t changed = diagonal + (a[i - 1] != b[j - 1]);
			size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			diagonal = row[j];
			row[j] = changed < shorter ? changed : shorter;
		}
	}
	return row[length_b];
}

const char *nearest_name(const char *name, const char *const *candidates, size_t count)
{
	const char *best = NULL;
	size_t best_distance = strlen(name) < 6 ? 2 : strlen(name) / 3 + 1; /* beyond it: another name */

	for (size_t i = 0; i < count; i++) {
		size_t distance =
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
