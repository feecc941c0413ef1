/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "profile/decode.h"

static json_t *resolve_value(const struct json_document *document, const json_t *value, const char *pointer);

static json_t *resolve_object(const struct json_document *document, const json_t *object, const char *pointer)
{
	json_t *copy = json_checked(json_object());
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)object, name, value)
	{
		cleanup_free char *below = json_pointer(pointer, name);
		if (!json_is_null(value))
			json_put(copy, name, resolve_value(document, value, below));
	}
	return copy;
}

static json_t *resolve_array(const struct json_document *document, const json_t *array, const char *pointer)
{
	json_t *copy = json_checked(json_array());
	size_t i;
	json_t *value;
	json_array_foreach(array, i, value)
	{
		cleanup_free char *below = json_pointer_index(pointer, i);
		json_append(copy, resolve_value(document, value, below));
	}
	return copy;
}

static json_t *resolve_value(const struct json_document *document, const json_t *value, const char *pointer)
{
	if (json_is_object(value))
		return resolve_object(document, value, pointer);
	if (json_is_array(value))
		return resolve_array(document, value, pointer);
	const struct json_place *place = json_document_place(document, pointer);
	if (json_is_integer(value) && place && place->number && strcmp(place->pointer, pointer) == 0)
		return json_checked(json_string(place->number));
	return json_checked(json_deep_copy(value));
}

/* Keys that only the source file needs: "$schema" is relative to it, and "extends" is already merged. */
static bool is_of_file(const char *name)
{
	return strcmp(name, "$schema") == 0 || strcmp(name, "extends") == 0;
}

json_t *document_resolve(const struct json_document *document)
{
	json_t *resolved = json_checked(json_object());
	for (const struct key *key = profile_key.members; key->name; key++) {
		const json_t *value = json_object_get(document->root, key->name);
		if (!value || json_is_null(value) || is_of_file(key->name))
			continue;
		cleanup_free char *pointer = json_pointer("", key->name);
		json_put(resolved, key->name, resolve_value(document, value, pointer));
	}
	return resolved;
}
