/* SPDX-License-Identifier: MIT */
/* Values of a document with their pointers, and the problems that all decoders report. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/nearest.h"
#include "base/value.h"
#include "seccomp/decode.h"

/* Go programs write null for omitted values. */
static json_t *not_null(json_t *value)
{
	return json_is_null(value) ? NULL : value;
}

struct item item_member(const struct item *object, const char *key)
{
	return (struct item){not_null(json_object_get(object->value, key)),
			     json_pointer(object->pointer, key)};
}

struct item item_element(const struct item *array, size_t index)
{
	return (struct item){json_array_get(array->value, index), json_pointer_index(array->pointer, index)};
}

void item_clear(struct item *item)
{
	free(item->pointer);
}

void item_must_be(const struct reader *reader, const struct item *item, const char *allowed, const char *hint)
{
	problem_must_be(reader->problems, reader->document, item->pointer, item->value, allowed, hint);
}

const char *item_string(const struct reader *reader, const struct item *item, const char *allowed)
{
	if (!item->value || json_is_string(item->value))
		return json_string_value(item->value);
	item_must_be(reader, item, allowed, NULL);
	return NULL;
}

bool item_is_array(const struct reader *reader, const struct item *item, const char *allowed)
{
	if (item->value && !json_is_array(item->value))
		item_must_be(reader, item, allowed, NULL);
	return json_is_array(item->value);
}

bool item_number(const struct reader *reader, const struct item *item, uint64_t *number)
{
	const char *digits = json_string_value(item->value);
	return digits ? parse_u64(digits, number)
		      : document_number(reader->document, item->pointer, item->value, number);
}

static void unknown_key(const struct reader *reader, const struct item *object, const char *key,
			const char *const *known, size_t count)
{
	cleanup_free char *pointer = json_pointer(object->pointer, key);
	cleanup_free char *hint = did_you_mean(key, known, count);
	problem_unknown_key(reader->problems, reader->document, pointer, key, hint);
}

/* True for keys that serve as comments: JSON has no others. */
static bool is_comment(const char *key)
{
	static const char *const names[] = {"comment", "comments", "_comment", "$comment"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], key) == 0)
			return true;
	return false;
}

bool item_check_keys(const struct reader *reader, const struct item *object, const char *const *known,
		     const char *allowed)
{
	size_t count = 0;
	const char *key;
	json_t *value;

	if (!json_is_object(object->value)) {
		item_must_be(reader, object, allowed, NULL);
		return false;
	}
	while (known[count])
		count++;
	json_object_foreach(object->value, key, value)
	{
		size_t i = 0;
		while (i < count && strcmp(known[i], key) != 0)
			i++;
		if (i == count && !is_comment(key))
			unknown_key(reader, object, key, known, count);
	}
	return true;
}

void seccomp_warn(struct seccomp_profile *profile, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = xvasprintf(format, args);
	va_end(args);
	*ARRAY_ADD(profile->warnings, profile->warning_count) = text;
}
