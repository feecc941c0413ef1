/* SPDX-License-Identifier: MIT */
#include "base/number_list.h"

#include <string.h>

#include "base/alloc.h"
#include "base/value.h"

/* Adds "3" or "0-7"; changes the text. */
static bool add_range(char *range, struct number_list *list)
{
	uint64_t first, last;
	char *dash = strchr(range, '-');
	if (dash)
		*dash++ = '\0';
	if (!parse_u64(range, &first) || !parse_u64(dash ? dash : range, &last) || first > last ||
	    last >= NUMBER_LIST_MAX)
		return false;
	for (uint64_t bit = first; bit <= last; bit++)
		list->mask[bit / 8] |= (unsigned char)(1U << bit % 8);
	return true;
}

bool number_list_parse(const char *text, const char *separators, struct number_list *list)
{
	*list = (struct number_list){0};
	for (const char *at = text + strspn(text, separators); *at; at += strspn(at, separators)) {
		size_t length = strcspn(at, separators);
		cleanup_free char *range = xstrndup(at, length);
		if (!add_range(range, list))
			return false;
		at += length;
	}
	return true;
}

unsigned number_list_count(const struct number_list *list)
{
	unsigned count = 0;
	uint64_t word;
	/* most are empty: a look at each byte would be a fiftieth of a launch */
	for (size_t i = 0; i < sizeof list->mask; i += sizeof word) {
		memcpy(&word, list->mask + i, sizeof word);
		if (word)
			count += (unsigned)__builtin_popcountll(word);
	}
	return count;
}

void number_list_intersect(struct number_list *list, const struct number_list *other)
{
	uint64_t word, others;
	for (size_t i = 0; i < sizeof list->mask; i += sizeof word) {
		memcpy(&word, list->mask + i, sizeof word);
		memcpy(&others, other->mask + i, sizeof others);
		word &= others;
		memcpy(list->mask + i, &word, sizeof word);
	}
}

size_t number_list_bytes(const struct number_list *list)
{
	size_t bytes = sizeof list->mask;
	while (bytes > 0 && !list->mask[bytes - 1])
		bytes--;
	return bytes;
}
