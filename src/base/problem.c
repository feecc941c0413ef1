/* SPDX-License-Identifier: MIT */
#include "base/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/value.h"

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

void problem_atv(struct problems *problems, const struct json_document *document, const char *pointer,
		 const char *hint, const char *format, va_list args)
{
	cleanup_free char *message = xvasprintf(format, args);
	problem_add(problems, json_document_place(document, pointer), pointer, false, message, hint);
}

void problem_at(struct problems *problems, const struct json_document *document, const char *pointer,
		const char *hint, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	problem_atv(problems, document, pointer, hint, format, args);
	va_end(args);
}

void problem_must_be(struct problems *problems, const struct json_document *document, const char *pointer,
		     const json_t *value, const char *allowed, const char *hint)
{
	cleanup_free char *text = value ? document_text(document, pointer, value) : xstrdup("absent");
	problem_at(problems, document, pointer, hint, "must be %s, not %s", allowed, text);
}

void problem_unknown_key(struct problems *problems, const struct json_document *document, const char *pointer,
			 const char *name, const char *hint)
{
	cleanup_free char *key = quoted(name);
	cleanup_free char *message = xasprintf("unknown key %s", key);
	problem_add(problems, json_document_place(document, pointer), pointer, true, message, hint);
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

/* Adds the faults of the JSON text itself. */
static void add_faults(struct problems *problems, const char *file, const struct json_document *document)
{
	if (!document->root)
		problems_clear(problems);
	for (size_t i = 0; i < document->fault_count; i++) {
		const struct json_fault *fault = &document->faults[i];
		const struct json_place place = {.file = file, .line = fault->line, .column = fault->column};
		problem_add(problems, &place, fault->pointer, false, fault->message, fault->hint);
	}
}

int document_parse(const char *file, char *text, size_t length, struct json_document *document,
		   struct problems *problems)
{
	json_document_read(text, length, document);
	add_faults(problems, file, document);
	for (size_t i = 0; i < document->place_count; i++)
		document->places[i].file = file;
	return document->root ? 0 : -1;
}

/* A line is enough to recognise a value by; the cut falls between two characters. */
static char *shorten(const char *text)
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
	cleanup_free char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	return text ? shorten(text) : xstrdup("a value that is not UTF-8");
}

/* The digits of an integer that the scan has clamped; NULL for any other value. */
static const char *beyond_int64(const struct json_document *document, const char *pointer,
				const json_t *value)
{
	const struct json_place *place = json_document_place(document, pointer);
	bool own = json_is_integer(value) && place && strcmp(place->pointer, pointer) == 0;
	return own ? place->number : NULL;
}

char *document_text(const struct json_document *document, const char *pointer, const json_t *value)
{
	const char *digits = beyond_int64(document, pointer, value);
	return digits ? shorten(digits) : json_line(value);
}

bool document_number(const struct json_document *document, const char *pointer, const json_t *value,
		     uint64_t *number)
{
	const char *digits = beyond_int64(document, pointer, value);
	if (digits)
		return parse_u64(digits, number);
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*number = (uint64_t)json_integer_value(value);
	return true;
}

/* "profiles/a.json:3:7", or just the file where there is no line. */
static char *position(const struct problem *problem)
{
	if (!problem->line)
		return xstrdup(problem->file ? problem->file : "profile");
	return xasprintf("%s:%u:%u", problem->file, problem->line, problem->column);
}

char *problem_text(const struct problem *problem)
{
	cleanup_free char *where = position(problem);
	bool whole = !problem->pointer || !*problem->pointer;
	return xasprintf("%s: %s%s%s", where, whole ? "" : problem->pointer, whole ? "" : ": ",
			 problem->message);
}

char *quoted(const char *text)
{
	json_auto_t *string = json_string(text);
	return json_line(string);
}
