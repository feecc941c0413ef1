/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

json_t *json_checked(json_t *value)
{
	if (!value) {
		alloc_failed();
		abort();
	}
	return value;
}

static void place_clear(struct json_place *place)
{
	free(place->pointer);
	free(place->number);
}

/* A text may have thousands of places: the capacity doubles when the count reaches a power of two. */
static void append_place(struct json_document *document, struct json_place place)
{
	size_t count = document->place_count++;
	if ((count & (count - 1)) == 0)
		document->places =
			xrealloc(document->places, count ? 2 * count : 1, sizeof *document->places);
	document->places[count] = place;
}

void json_document_put(struct json_document *document, struct json_place place)
{
	if (!document->index)
		document->index = json_checked(json_object());
	const json_t *known = json_object_get(document->index, place.pointer);
	if (known) {
		struct json_place *old = &document->places[json_integer_value(known)];
		place_clear(old);
		*old = place;
		return;
	}
	json_t *number = json_checked(json_integer((json_int_t)document->place_count));
	json_object_set_new_nocheck(document->index, place.pointer, number);
	append_place(document, place);
}

const struct json_place *json_document_place(const struct json_document *document, const char *pointer)
{
	cleanup_free char *around = xstrdup(pointer);
	for (;;) {
		const json_t *number = json_object_get(document->index, around);
		if (number)
			return &document->places[json_integer_value(number)];
		char *slash = strrchr(around, '/');
		if (!slash)
			return NULL;
		*slash = '\0';
	}
}

size_t json_pointer_token_length(const char *token)
{
	size_t length = 1;
	for (; *token; token++)
		length += *token == '~' || *token == '/' ? 2 : 1;
	return length;
}

void json_pointer_append(char *end, const char *token)
{
	*end++ = '/';
	for (; *token; token++) {
		if (*token != '~' && *token != '/') {
			*end++ = *token;
			continue;
		}
		*end++ = '~';
		*end++ = *token == '~' ? '0' : '1';
	}
	*end = '\0';
}

char *json_pointer(const char *parent, const char *key)
{
	size_t length = strlen(parent);
	char *pointer = xrealloc(NULL, length + json_pointer_token_length(key) + 1, 1);
	memcpy(pointer, parent, length);
	json_pointer_append(pointer + length, key);
	return pointer;
}

char *json_pointer_index(const char *parent, size_t index)
{
	return xasprintf("%s/%zu", parent, index);
}

void json_document_clear(struct json_document *document)
{
	for (size_t i = 0; i < document->place_count; i++)
		place_clear(&document->places[i]);
	for (size_t i = 0; i < document->fault_count; i++) {
		free(document->faults[i].pointer);
		free(document->faults[i].message);
		free(document->faults[i].hint);
	}
	free(document->places);
	free(document->faults);
	json_decref(document->index);
	json_decref(document->root);
	*document = (struct json_document){0};
}
