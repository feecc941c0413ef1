/* SPDX-License-Identifier: MIT */
#include "report/profiles.h"

#include <stddef.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "output/style.h"
#include "profile/listing.h"
#include "text/format.h"

static size_t widest(const struct profile_listing *listing, size_t member)
{
	size_t width = 0;
	for (size_t i = 0; i < listing->count; i++) {
		const char *text = *(char **)((char *)&listing->entries[i] + member);
		size_t own = text ? format_width(text) : 0;
		width = own > width ? own : width;
	}
	return width;
}

static void print_padded(FILE *out, const char *text, size_t columns)
{
	cleanup_free char *safe = format_printable(text);
	size_t width = format_width(safe);
	fprintf(out, "%s%*s", safe, (int)(width < columns ? columns - width : 0) + 2, "");
}

/* The description wrapped, and the file below it. */
static void print_entry(FILE *out, const struct profile_entry *entry, size_t names, const char *file,
			size_t columns)
{
	cleanup_free char *description = format_printable(entry->description ? entry->description : "-");

	print_padded(out, entry->name, names);
	format_wrapped(out, description, names + 2, columns);
	bool fits = names + 2 + format_width(file) <= columns;
	fprintf(out, "\n%*s%s\n", fits ? (int)names + 2 : 2, "", file);
}

void report_profiles(FILE *out, const struct profile_listing *listing, const struct style *style)
{
	size_t names = widest(listing, offsetof(struct profile_entry, name));
	size_t descriptions = widest(listing, offsetof(struct profile_entry, description));
	size_t files = widest(listing, offsetof(struct profile_entry, file));
	bool fits = names + 2 + descriptions + 2 + files <= style->columns;

	for (size_t i = 0; i < listing->count; i++) {
		const struct profile_entry *entry = &listing->entries[i];
		cleanup_free char *file = format_printable(entry->file);
		if (!fits) {
			print_entry(out, entry, names, file, style->columns);
			continue;
		}
		print_padded(out, entry->name, names);
		print_padded(out, entry->description ? entry->description : "-", descriptions);
		fprintf(out, "%s\n", file);
	}
}

json_t *report_profiles_json(const struct profile_listing *listing)
{
	json_t *profiles = json_checked(json_array());
	for (size_t i = 0; i < listing->count; i++) {
		const struct profile_entry *entry = &listing->entries[i];
		json_append(profiles,
			    json_checked(json_pack("{s:o, s:o, s:o}", "name", json_from_text(entry->name),
						   "description", json_from_text(entry->description), "file",
						   json_from_text(entry->file))));
	}
	return profiles;
}
