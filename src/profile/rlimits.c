/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "profile/decode.h"

/* Reads one half of an rlimit: true if it is given and valid. */
static bool rlimit_half(struct decoder *decoder, const struct node *entry, const char *name,
			const struct setting *setting, uint64_t *number, enum source *source)
{
	cleanup_free char *pointer = json_pointer(entry->pointer, name);
	const struct node node = {json_object_get(entry->value, name), pointer};
	struct size size;

	if (!is_given(entry->value, name))
		return false;
	if (!json_is_string(node.value) && !json_is_integer(node.value)) {
		must_be_setting(decoder, &node, setting);
		return false;
	}
	if (!decode_limit(decoder, &node, setting, &size))
		return false;
	*number = size_bytes(&size, 0, 0);
	if (decoder_source(decoder, &node) == SOURCE_COMMAND_LINE)
		*source = SOURCE_COMMAND_LINE;
	return true;
}

/* "nofile", "NOFILE": what ulimit, docker and systemd call it. */
static const char *rlimit_nearest(const char *type)
{
	cleanup_free char *name = xasprintf("RLIMIT_%s", type);
	for (char *letter = name; *letter; letter++)
		if (*letter >= 'a' && *letter <= 'z')
			*letter = (char)(*letter - 'a' + 'A');
	const struct setting *setting = setting_find(MECHANISM_RLIMIT, name);
	return setting ? setting->name : setting_nearest(MECHANISM_RLIMIT, type);
}

static const struct setting *rlimit_setting(const struct decoder *decoder, const struct node *entry)
{
	cleanup_free char *pointer = json_pointer(entry->pointer, "type");
	const struct node node = {json_object_get(entry->value, "type"), pointer};
	const char *type = json_string_value(node.value);
	const struct setting *setting = type ? setting_find(MECHANISM_RLIMIT, type) : NULL;

	if (!is_given(entry->value, "type")) {
		problem_here(decoder, entry, NULL, "\"type\" is missing");
	} else if (!setting) {
		const char *nearest = type ? rlimit_nearest(type) : NULL;
		cleanup_free char *hint = nearest ? xasprintf("did you mean \"%s\"?", nearest) : NULL;
		must_be(decoder, &node, "a limit of setrlimit(2) such as \"RLIMIT_NOFILE\"", hint);
	}
	return setting;
}

static bool rlimit_is_new(const struct decoder *decoder, const struct node *entry,
			  const struct setting *setting)
{
	const struct profile *profile = decoder_profile(decoder);
	for (size_t i = 0; i < profile->rlimit_count; i++) {
		if (profile->rlimits[i].setting != setting)
			continue;
		problem_here(decoder, entry, "keep one of them", "%s occurs twice", setting->name);
		return false;
	}
	return true;
}

static void refuse_order(const struct decoder *decoder, const struct node *entry,
			 const struct setting *setting)
{
	cleanup_free char *soft_pointer = json_pointer(entry->pointer, "soft");
	cleanup_free char *hard_pointer = json_pointer(entry->pointer, "hard");
	const struct node soft = {json_object_get(entry->value, "soft"), soft_pointer};
	const struct node hard = {json_object_get(entry->value, "hard"), hard_pointer};
	cleanup_free char *soft_text = node_text(decoder, &soft);
	cleanup_free char *hard_text = node_text(decoder, &hard);
	problem_here(decoder, &soft, "the soft limit is in force; the hard limit is its maximum",
		     "the soft limit of %s, %s, is above its hard limit, %s", setting->name, soft_text,
		     hard_text);
}

static void rlimit_decode(struct decoder *decoder, const struct node *entry, const struct key *key)
{
	if (!node_check_type(decoder, entry, key))
		return;
	decode_object(decoder, entry, key); /* unknown keys */
	const struct setting *setting = rlimit_setting(decoder, entry);
	if (!setting || !rlimit_is_new(decoder, entry, setting))
		return;
	struct profile *profile = decoder_profile(decoder);
	struct rlimit_request requested = {.setting = setting, .source = SOURCE_PROFILE};
	requested.has_soft = rlimit_half(decoder, entry, "soft", setting, &requested.soft, &requested.source);
	requested.has_hard = rlimit_half(decoder, entry, "hard", setting, &requested.hard, &requested.source);
	if (!is_given(entry->value, "soft") && !is_given(entry->value, "hard"))
		problem_here(decoder, entry, "give one or both", "%s has neither \"soft\" nor \"hard\"",
			     setting->name);
	if (requested.has_soft && requested.has_hard && requested.soft > requested.hard)
		refuse_order(decoder, entry, setting);
	*ARRAY_ADD(profile->rlimits, profile->rlimit_count) = requested;
}

void decode_rlimits(struct decoder *decoder, const struct node *node, const struct key *key)
{
	each_element(decoder, node, key->entry, rlimit_decode);
}
