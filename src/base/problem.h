/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_PROBLEM_H
#define SIPLAUNCH_BASE_PROBLEM_H
/*
 * All errors of a file that a person wrote, each with its line, column and JSON pointer. For decoders of JSON
 * documents (json.h): profiles and seccomp filters. The meaning of a document is not known here, and nothing
 * is printed.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

/* One error, its position, and what is allowed. */
struct problem {
	char *file;            /* or "--set", "--policy" */
	unsigned line, column; /* from 1; 0 for the command line. Columns count characters, tabs as one. */
	char *pointer;         /* JSON pointer, "" for the whole document */
	char *message;         /* with the value: `"4GB" is ambiguous` */
	char *hint;            /* allowed values or the nearest known key; may be NULL */
};
struct problems {
	struct problem *items;
	size_t count;
};
void problems_clear(struct problems *problems);

/* `at_key`: the position of the key, not of its value. The place and the hint may be NULL; texts are copied,
 * with control characters written as JSON writes them. */
void problem_add(struct problems *problems, const struct json_place *place, const char *pointer, bool at_key,
		 const char *message, const char *hint);

/* The same at the value that `pointer` leads to; NULL hint: none. */
void problem_at(struct problems *problems, const struct json_document *document, const char *pointer,
		const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));
void problem_atv(struct problems *problems, const struct json_document *document, const char *pointer,
		 const char *hint, const char *format, va_list args) __attribute__((format(printf, 5, 0)));

/* `must be ALLOWED, not VALUE`; where there is no value (NULL), it is "absent". */
void problem_must_be(struct problems *problems, const struct json_document *document, const char *pointer,
		     const json_t *value, const char *allowed, const char *hint);

/* `unknown key "NAME"`, at the key. */
void problem_unknown_key(struct problems *problems, const struct json_document *document, const char *pointer,
			 const char *name, const char *hint);

/* Sorts by file (in the order given; others last), line and column. */
void problems_sort(struct problems *problems, char *const *files, size_t file_count);

/*
 * Scans and decodes the text of a file, as json_document_read(); every place in the document then points to
 * `file`. 0, with a problem for each duplicate key; -1 after a syntax error, which is reported alone, because
 * other findings would be uncertain.
 */
int document_parse(const char *file, char *text, size_t length, struct json_document *document,
		   struct problems *problems);

/* "profiles/a.json:3:7: /sizing/memory: MESSAGE", without the hint, and without what the problem does not
 * have. Caller frees. */
char *problem_text(const struct problem *problem);

/* A value as JSON writes it, at most a line of it, with its digits where json_t could not hold them.
 * Caller frees. */
char *document_text(const struct json_document *document, const char *pointer, const json_t *value);

/* A JSON integer >= 0, also beyond int64. */
bool document_number(const struct json_document *document, const char *pointer, const json_t *value,
		     uint64_t *number);

/* A piece of text as JSON writes it, in quotes, at most a line of it. Caller frees. */
char *quoted(const char *text);

#endif
