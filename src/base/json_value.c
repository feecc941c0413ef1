/* SPDX-License-Identifier: MIT */
#include "base/json_value.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/value.h"

/* The length in bytes of the UTF-8 sequence at `text`, or 0 if there is none. jansson decides what is
 * valid. */
static size_t sequence_length(const char *text)
{
	for (size_t length = 1; length <= 4 && text[length - 1]; length++) {
		json_t *character = json_stringn(text, length);
		json_decref(character);
		if (character)
			return length;
	}
	return 0;
}

char *text_as_utf8(const char *text)
{
	char *valid = xcalloc(3 * strlen(text) + 1, 1), *end = valid;
	while (*text) {
		size_t length = sequence_length(text);
		end = length ? mempcpy(end, text, length) : stpcpy(end, "\xef\xbf\xbd");
		text += length ? length : 1;
	}
	return valid;
}

json_t *json_from_text(const char *text)
{
	if (!text)
		return json_null();
	json_t *string = json_string(text);
	if (string)
		return string;
	cleanup_free char *valid = text_as_utf8(text);
	return json_checked(json_string(valid));
}

json_t *json_from_number(uint64_t number)
{
	if (number == UNLIMITED)
		return json_checked(json_string("max"));
	if (number <= INT64_MAX)
		return json_checked(json_integer((json_int_t)number));
	cleanup_free char *text = xasprintf("%" PRIu64, number);
	return json_checked(json_string(text));
}

json_t *json_from_value(const struct value *value)
{
	if (value->kind == VALUE_NONE)
		return json_null();
	if (value->kind == VALUE_TEXT)
		return json_from_text(value->text);
	if (value->kind == VALUE_SCORE)
		return json_checked(json_integer((json_int_t)value->number[0]));
	if (value->kind == VALUE_MODE) { /* as a profile writes it: JSON has no octal numbers */
		cleanup_free char *text = value_kernel_text(value, NULL);
		return json_from_text(text);
	}
	if (value->count == 1)
		return json_from_number(value->number[0]);
	json_t *numbers = json_checked(json_array());
	for (unsigned i = 0; i < value->count; i++)
		json_append(numbers, json_from_number(value->number[i]));
	return numbers;
}

bool json_to_number(const json_t *json, uint64_t *number)
{
	if (json_is_integer(json) && json_integer_value(json) >= 0) {
		*number = (uint64_t)json_integer_value(json);
		return true;
	}
	if (!json_is_string(json))
		return false;
	if (strcmp(json_string_value(json), "max") == 0) {
		*number = UNLIMITED;
		return true;
	}
	return strlen(json_string_value(json)) == json_string_length(json) &&
	       parse_u64(json_string_value(json), number) && *number > INT64_MAX;
}

json_t *json_document_begin(enum json_schema schema)
{
	return json_checked(json_pack("{s:s, s:i}", "siplaunch", SIPLAUNCH_VERSION, "schema", (int)schema));
}

int json_document_check(const json_t *document, enum json_schema schema, struct error *error)
{
	const json_t *member = json_object_get(document, "schema");
	uint64_t number;

	if (!member || json_is_null(member))
		return 0;
	if (!json_to_number(member, &number))
		return error_set(error, 0, "schema must be a number, not below 0");
	if (number == (uint64_t)schema)
		return 0;
	error_set(error, 0, "schema %" PRIu64 " is not known to this siplaunch, which reads schema %d",
		  number, (int)schema);
	return error_hint(error, "use the siplaunch that wrote it, or a later one");
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		alloc_failed();
}

void json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		alloc_failed();
}

json_t *json_from_mib(uint64_t mib)
{
	cleanup_free char *text = xasprintf("%" PRIu64 "MiB", mib);
	return json_from_text(text);
}

json_t *json_from_texts(char *const *texts, size_t count)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < count; i++)
		json_append(array, json_from_text(texts[i]));
	return array;
}

json_t *json_from_error(const struct error *error)
{
	cleanup_free char *text = error_text(error);
	json_t *object = json_checked(json_object());
	json_put(object, "message", json_from_text(text));
	json_put(object, "hint", json_from_text(error->hint));
	return object;
}
