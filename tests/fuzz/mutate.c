/* SPDX-License-Identifier: MIT */
/*
 * How JSON is changed: half of the time as bytes, which mostly breaks it, half of the time as a document, so
 * that what is behind the decoder is reached. Names come from the tables of keys and settings.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "profile/decode.h"
#include "settings/settings.h"

static uint64_t state;

static size_t below(size_t bound)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return bound ? (size_t)(state >> 33) % bound : 0;
}

/* ---- words ---- */

static const char **words;
static size_t word_count;

static void add_keys(const struct key *key)
{
	for (const char *const *choice = key->choices; choice && *choice; choice++)
		*ARRAY_ADD(words, word_count) = *choice;
	for (const struct key *member = key->members; member && member->name; member++) {
		*ARRAY_ADD(words, word_count) = member->name;
		add_keys(member);
	}
	if (key->entry)
		add_keys(key->entry);
}

static const char *word(void)
{
	static const char *const others[] = {
		"",         "auto", "max", "unlimited", "75%",   "4GiB", "1.5MiB", "0755",   "CAP_X",
		"a/b",      "..",   "/",   "0-3",       "names", "name", "args",   "action", "SCMP_ACT_ALLOW",
		"errnoRet", "index"};
	if (!words) {
		add_keys(&profile_key);
		for (size_t i = 0; i < settings_count; i++)
			*ARRAY_ADD(words, word_count) = settings[i].name;
	}
	return below(4) ? words[below(word_count)] : others[below(ARRAY_SIZE(others))];
}

/* ---- values ---- */

static json_t *number(void)
{
	static const json_int_t bounds[] = {0,     1,       -1,        2,         15,        1000,     4096,
					    65535, 1 << 20, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
	return json_integer(below(4) ? bounds[below(ARRAY_SIZE(bounds))] : (json_int_t)below(100));
}

static json_t *scalar(void)
{
	switch (below(9)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(below(2));
	case 2:
		return json_real(below(2) ? 1.5 : -1e300);
	case 3:
		return below(2) ? json_object() : json_array();
	case 4:
	case 5:
	case 6:
		return number();
	default:
		return json_string(word());
	}
}

/* A value somewhere in the document. */
static json_t *somewhere(json_t *value)
{
	while (below(4)) {
		json_t *next = NULL;
		if (json_is_array(value))
			next = json_array_get(value, below(json_array_size(value)));
		else if (json_is_object(value) && json_object_size(value)) {
			void *at = json_object_iter(value);
			for (size_t i = below(json_object_size(value)); i > 0; i--)
				at = json_object_iter_next(value, at);
			next = json_object_iter_value(at);
		}
		if (!next)
			break;
		value = next;
	}
	return value;
}

static void change_array(json_t *array, json_t *root)
{
	size_t at = below(json_array_size(array) + 1);

	switch (below(3)) {
	case 0:
		json_array_remove(array, at);
		break;
	case 1:
		json_array_insert_new(array, at, scalar());
		break;
	default:
		json_array_insert_new(array, at, json_deep_copy(somewhere(root)));
	}
}

static void change_object(json_t *object, json_t *root)
{
	void *at = json_object_iter(object);
	for (size_t i = below(json_object_size(object)); at && i > 0; i--)
		at = json_object_iter_next(object, at);
	cleanup_free char *key = at ? xstrdup(json_object_iter_key(at)) : NULL;

	switch (key ? below(5) : 4) {
	case 0:
		json_object_del(object, key);
		break;
	case 1: /* another name for it */
		json_object_set(object, word(), json_object_get(object, key));
		json_object_del(object, key);
		break;
	case 2:
		json_object_set_new(object, key, scalar());
		break;
	case 3:
		json_object_set_new(object, key, json_deep_copy(somewhere(root)));
		break;
	default:
		json_object_set_new(object, word(), below(2) ? scalar() : json_deep_copy(somewhere(root)));
	}
}

static void change(json_t *root)
{
	json_t *value = somewhere(root);
	if (json_is_array(value))
		change_array(value, root);
	else if (json_is_object(value))
		change_object(value, root);
	else if (json_is_array(root))
		change_array(root, root);
	else
		change_object(root, root);
}

/* ---- bytes ---- */

/* A document in the input that begins with a bracket; NULL: none was found. */
static json_t *document(const uint8_t *data, size_t size, size_t *start, size_t *length)
{
	for (int attempt = 0; size && attempt < 4; attempt++) {
		json_error_t error;
		size_t at = below(2) ? below(size) : 0;
		while (at < size && data[at] != '{' && data[at] != '[')
			at++;
		json_t *root = at < size ? json_loadb((const char *)data + at, size - at,
						      JSON_DISABLE_EOF_CHECK, &error)
					 : NULL;
		if (!root)
			continue;
		*start = at;
		*length = (size_t)error.position;
		return root;
	}
	return NULL;
}

/* The size with the document in place of what was there; 0: it would be too large. */
static size_t splice(uint8_t *data, size_t size, size_t max_size, size_t start, size_t length,
		     const char *text)
{
	size_t more = strlen(text);
	if (size - length + more > max_size)
		return 0;
	memmove(data + start + more, data + start + length, size - start - length);
	memcpy(data + start, text, more);
	return size - length + more;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size_t start, length, result = 0;

	state = seed;
	json_t *root = below(2) ? document(data, size, &start, &length) : NULL;
	if (root) {
		for (size_t i = 0; i <= below(3); i++)
			change(root);
		cleanup_free char *text = json_dumps(root, JSON_COMPACT);
		if (text)
			result = splice(data, size, max_size, start, length, text);
		json_decref(root);
	}
	return result ? result : LLVMFuzzerMutate(data, size, max_size);
}
