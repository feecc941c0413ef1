/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PROFILE_LISTING_H
#define SIPLAUNCH_PROFILE_LISTING_H
/* Every profile of a search path, with its description and its file. */
#include <stddef.h>

struct profile_search;

struct profile_listing {
	struct profile_entry {
		char *name, *file;
		char *description; /* NULL: none, or the file is invalid */
	} * entries;
	size_t count;
};

/* Reads the search path. The entries are sorted by name; of several profiles with one name, the first in the
 * path. profile_listing_clear() afterwards. */
void profile_listing_read(const struct profile_search *search, struct profile_listing *listing);
void profile_listing_clear(struct profile_listing *listing);

#define cleanup_profile_listing __attribute__((cleanup(profile_listing_clear)))

#endif
