/* SPDX-License-Identifier: MIT */
#include "profile/listing.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "profile/profile.h"

void profile_listing_clear(struct profile_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		free(listing->entries[i].name);
		free(listing->entries[i].description);
		free(listing->entries[i].file);
	}
	free(listing->entries);
}

static int keep_entry(const char *name, const char *file, const char *description, void *data)
{
	struct profile_listing *listing = data;
	struct profile_entry *entry = ARRAY_ADD(listing->entries, listing->count);
	entry->name = xstrdup(name);
	entry->file = xstrdup(file);
	entry->description = description ? xstrdup(description) : NULL;
	return 0;
}

void profile_listing_read(const struct profile_search *search, struct profile_listing *listing)
{
	profile_list(search, keep_entry, listing);
}
