/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "profile/decode.h"

#define QUOTED_MAX 60 /* bytes of a value that a message shows */

/* Keys come from files: what would move a terminal's cursor is written as JSON writes it. */
static char *printable(const char *text)
{
	char *copy = xcalloc(6 * strlen(text) + 1, 1), *end = copy;
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;
		if (byte < 0x20 || byte == 0x7F)
			end += sprintf(end, "\\u%04x", byte);
		else
			*end++ = *text;
	}
	return copy;
}

void problem_add(struct problems *problems, const struct json_place *place, const char *pointer, bool at_key,
		 const char *message, const char *hint)
{
	struct problem *problem = ARRAY_ADD(problems->items, problems->count);
	problem->file = xstrdup(place && place->file ? place->file : "");
	if (place) {
		problem->line = at_key ? place->key_line : place->line;
		problem->column = at_key ? place->key_column : place->column;
	}
	problem->pointer = printable(pointer);
	problem->message = printable(message);
	problem->hint = hint ? printable(hint) : NULL;
}

void problems_clear(struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		free(problems->items[i].file);
		free(problems->items[i].pointer);
		free(problems->items[i].message);
		free(problems->items[i].hint);
	}
	free(problems->items);
	*problems = (struct problems){0};
}

struct file_order {
	char *const *files;
	size_t count;
};

static size_t file_rank(const struct file_order *order, const char *file)
{
	size_t i = 0;
	while (i < order->count && strcmp(order->files[i], file) != 0)
		i++;
	return i;
}

static int compare_unsigned(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int problem_compare(const void *left, const void *right, void *order)
{
	const struct problem *a = left, *b = right;
	int difference = compare_unsigned(file_rank(order, a->file), file_rank(order, b->file));
	if (!difference)
		difference = compare_unsigned(a->line, b->line);
	if (!difference)
		difference = compare_unsigned(a->column, b->column);
	return difference ? difference : strcmp(a->pointer, b->pointer);
}

void problems_sort(struct problems *problems, char *const *files, size_t file_count)
{
	struct file_order order = {files, file_count};
	if (problems->count > 1)
		qsort_r(problems->items, problems->count, sizeof *problems->items, problem_compare, &order);
}

/* A line is enough to recognise a value by; the cut falls between two characters. */
static char *shorten(char *text)
{
	size_t length = strlen(text);
	if (length <= QUOTED_MAX)
		return xstrdup(text);
	length = QUOTED_MAX;
	while (length > 0 && (text[length] & 0xC0) == 0x80)
		length--;
	return xasprintf("%.*s…", (int)length, text);
}

static char *json_line(const json_t *value)
{
	cleanup_free char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	return text ? shorten(text) : xstrdup("a value that is not UTF-8");
}

char *node_text(const struct decoder *decoder, const struct node *node)
{
	const struct json_place *place = json_document_place(decoder->document, node->pointer);
	if (json_is_integer(node->value) && place && place->number &&
	    strcmp(place->pointer, node->pointer) == 0)
		return shorten(place->number);
	return json_line(node->value);
}

char *quoted(const char *text)
{
	json_auto_t *string = json_string(text);
	return json_line(string);
}

void problem_here(const struct decoder *decoder, const struct node *node, const char *hint,
		  const char *format, ...)
{
	va_list args;
	char *message = NULL;

	va_start(args, format);
	int length = vasprintf(&message, format, args);
	va_end(args);
	if (length < 0)
		alloc_failed();
	problem_add(decoder->problems, json_document_place(decoder->document, node->pointer), node->pointer,
		    false, message, hint);
	free(message);
}

void must_be(const struct decoder *decoder, const struct node *node, const char *allowed, const char *hint)
{
	cleanup_free char *value = node_text(decoder, node);
	problem_here(decoder, node, hint, "must be %s, not %s", allowed, value);
}

char *known_names(const struct key *members)
{
	char *list = xstrdup("known here:");
	for (const struct key *key = members; key->name; key++) {
		cleanup_free char *before = list;
		list = xasprintf("%s%s %s", before, key == members ? "" : ",", key->name);
	}
	return list;
}

static const char *foreign_hint(const struct foreign_key *foreign, const char *name)
{
	for (; foreign && foreign->name; foreign++)
		if (strcmp(foreign->name, name) == 0)
			return foreign->hint;
	return NULL;
}

static const char *nearest_member(const struct key *members, const char *name)
{
	const char *names[64];
	size_t count = 0;
	for (; members->name && count < ARRAY_SIZE(names); members++)
		names[count++] = members->name;
	return nearest_name(name, names, count);
}

/* What a person may have meant: a foreign key's place here, the nearest key, or all there are. Fresh. */
static char *unknown_hint(const struct key *object, const char *name)
{
	const char *foreign = foreign_hint(object->foreign, name);
	if (foreign)
		return xstrdup(foreign);
	const char *nearest = nearest_member(object->members, name);
	return nearest ? xasprintf("did you mean \"%s\"?", nearest) : known_names(object->members);
}

void unknown_key(const struct decoder *decoder, const char *pointer, const char *name,
		 const struct key *object)
{
	cleanup_free char *key = quoted(name);
	cleanup_free char *message = xasprintf("unknown key %s", key);
	cleanup_free char *hint = unknown_hint(object, name);
	problem_add(decoder->problems, json_document_place(decoder->document, pointer), pointer, true,
		    message, hint);
}
