/* SPDX-License-Identifier: MIT */
#include "sizing/footprint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "sizing/sizing.h"

/* "3.6.8" as 36: distances between versions count in minor versions, ten of which are a major one. -1: not a
 * version. */
static long minor_versions(const char *version)
{
	char *end = NULL;
	long major = strtol(version, &end, 10);
	if (end == version || *end != '.' || major < 0 || major > 1000)
		return -1;
	long minor = strtol(end + 1, NULL, 10);
	return major * 10 + (minor < 0 ? 0 : minor > 9 ? 9 : minor);
}

/* Compares the sums over one object of each kind. */
static bool is_dearer(const struct footprints *a, const struct footprints *b)
{
	uint64_t sum_a = 0, sum_b = 0;
	for (enum object object = OBJECT_REGISTRATION; object < OBJECT_COUNT; object++) {
		sum_a += a->of[object].bytes;
		sum_b += b->of[object].bytes;
	}
	return sum_a > sum_b;
}

static bool is_nearer(const struct footprints *a, const struct footprints *b, long wanted)
{
	if (wanted < 0)
		return is_dearer(a, b);
	long away_a = labs(minor_versions(a->number) - wanted),
	     away_b = labs(minor_versions(b->number) - wanted);
	return away_a < away_b || (away_a == away_b && is_dearer(a, b));
}

static bool footprints_are_of_allocator(const struct footprints *with, const char *allocator)
{
	return strncasecmp(allocator, with->allocator_option, strlen(with->allocator_option)) == 0;
}

/* A row with the allocator to use: that of the option, else the first. NULL: nothing is measured. */
static const struct footprints *allocator_row(const struct costs *costs, const char *allocator)
{
	if (!costs->footprints)
		return NULL;
	for (const struct footprints *const *row = costs->footprints; allocator && *row; row++)
		if (footprints_are_of_allocator(*row, allocator))
			return *row;
	return *costs->footprints;
}

const struct footprints *footprints_nearest(const struct costs *costs, const char *version,
					    const char *allocator)
{
	const struct footprints *nearest = NULL;
	long wanted = version ? minor_versions(version) : -1;

	const struct footprints *measured = allocator_row(costs, allocator);
	if (!measured)
		return NULL;
	for (const struct footprints *const *row = costs->footprints; *row; row++) {
		if (strcmp((*row)->allocator, measured->allocator) != 0)
			continue;
		if (!nearest || is_nearer(*row, nearest, wanted))
			nearest = *row;
	}
	return nearest;
}

/* "measured with OpenSIPS 3.6.8; this is 3.5.2" and any other difference. */
char *footprints_text(const struct footprints *with, const char *version, const char *allocator)
{
	cleanup_free char *which = NULL, *memory = NULL;

	if (!version)
		which = xstrdup("; the version here is not known: this is the most expensive one measured");
	else if (strcmp(version, with->number) != 0)
		which = xasprintf("; this is %s", version);
	if (allocator && !footprints_are_of_allocator(with, allocator))
		memory = xasprintf("; allocator %s is not measured, %s is", allocator, with->allocator);
	return xasprintf("%s%s%s", with->version, which ? which : "", memory ? memory : "");
}
