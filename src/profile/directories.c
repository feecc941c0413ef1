/* SPDX-License-Identifier: MIT */
/* "directories": names below /run, /var/lib, /var/cache and /var/log, and their modes. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "profile/decode.h"

#define NAMES_MAX 64

static struct directory_request *requested_of(const struct decoder *decoder, const struct key *key)
{
	return decoder_field(decoder, key);
}

/* Blanks separate names in a unit's RuntimeDirectory=, where quotes and backslashes have a meaning too, and a
 * colon ends one there and in docker's --tmpfs. */
static const char *name_fault(const char *name)
{
	if (!is_line(name))
		return "it is empty or has control characters";
	if (*name == '/')
		return "remove the leading slash and the common directory, such as /run/";
	if (strpbrk(name, " :"))
		return "blanks and colons end a name for systemd and docker";
	if (strpbrk(name, "\"'\\"))
		return "quotes and backslashes have a meaning of their own for systemd";
	return relative_path_fault(name);
}

static void add_name(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct directory_request *requested = requested_of(decoder, key);
	const char *name = json_string_value(node->value);
	const char *fault = name ? name_fault(name) : NULL;
	if (!name || fault)
		must_be(decoder, node, "a relative path such as \"kamailio\"", fault);
	else if (texts_have((const char *const *)requested->names, requested->count, name))
		problem_here(decoder, node, "remove one of them", "it is listed twice");
	else
		*ARRAY_ADD(requested->names, requested->count) = xstrdup(name);
}

void decode_directories(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct directory_request *requested = requested_of(decoder, key);
	if (json_array_size(node->value) > NAMES_MAX) {
		problem_here(decoder, node, NULL, "more than %d directories", NAMES_MAX);
		return;
	}
	requested->source = decoder_source(decoder, node);
	each_element(decoder, node, key, add_name);
}

void decode_directory_mode(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct directory_request *requested = requested_of(decoder, key);
	if (decode_mode_bits(decoder, node, key, &requested->mode))
		requested->has_mode = true;
}
