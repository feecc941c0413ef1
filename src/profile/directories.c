/* SPDX-License-Identifier: MIT */
/* "directories": names below /run, /var/lib, /var/cache and /var/log, and their modes. */
#include <string.h>

#include "base/alloc.h"
#include "profile/decode.h"

#define NAMES_MAX 64

static struct directory_wish *wish_of(const struct decoder *decoder, const struct key *key)
{
	return (struct directory_wish *)((char *)decoder->profile + key->field);
}

/* Blanks separate names in a unit's RuntimeDirectory=, and a colon ends one there and in docker's --tmpfs. */
static const char *name_fault(const char *name)
{
	if (!is_line(name))
		return "it is empty or has control characters";
	if (*name == '/')
		return "remove the leading slash and what is the same for all of them, such as /run/";
	if (strpbrk(name, " :"))
		return "blanks and colons end a name for systemd and docker";
	return relative_path_fault(name);
}

static bool is_known(const struct directory_wish *wish, const char *name)
{
	for (size_t i = 0; i < wish->count; i++)
		if (strcmp(wish->names[i], name) == 0)
			return true;
	return false;
}

static void add_name(const struct decoder *decoder, const struct node *node, struct directory_wish *wish)
{
	const char *name = json_string_value(node->value);
	const char *fault = name ? name_fault(name) : NULL;
	if (!name || fault)
		must_be(decoder, node, "a relative path such as \"kamailio\"", fault);
	else if (is_known(wish, name))
		problem_here(decoder, node, "remove one of them", "it is listed twice");
	else
		*ARRAY_ADD(wish->names, wish->count) = xstrdup(name);
}

void decode_directories(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct directory_wish *wish = wish_of(decoder, key);
	json_t *element;
	size_t i;

	if (json_array_size(node->value) > NAMES_MAX) {
		problem_here(decoder, node, NULL, "more than %d directories", NAMES_MAX);
		return;
	}
	wish->source = decoder_source(decoder, node);
	json_array_foreach(node->value, i, element)
	{
		cleanup_free char *pointer = json_pointer_index(node->pointer, i);
		const struct node child = {element, pointer};
		add_name(decoder, &child, wish);
	}
}

void decode_directory_mode(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct directory_wish *wish = wish_of(decoder, key);
	if (decode_mode_bits(decoder, node, key, &wish->mode))
		wish->has_mode = true;
}
