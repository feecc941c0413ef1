/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_JSON_H
#define SIPLAUNCH_BASE_JSON_H
/*
 * JSON text with positions. jansson decodes, but does not report the position of a value, stops at the first
 * duplicate and has no integers above INT64_MAX; so one bounded scan before it collects these three. The scan
 * is strict RFC 8259, and its errors say what was expected. Nothing here knows what a document means.
 */
#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* Bounds of one text, so that a small hostile file cannot cost much memory or time. */
#define JSON_NESTING_MAX 32
#define JSON_VALUES_MAX  16384
#define JSON_POINTER_MAX 1024 /* bytes */

/* The position of a value. Lines and columns count from 1; columns count characters, a tab as one. */
struct json_place {
	char *pointer;    /* JSON pointer (RFC 6901); "" is the whole document */
	const char *file; /* for code that joins documents: not owned, NULL after reading */
	unsigned line, column;
	unsigned key_line, key_column; /* of its key; equal to line and column where it has none */
	char *number; /* the digits of an integer that json_t cannot hold; json_t has the nearest it can. NULL
			 otherwise */
};

/* What is wrong with the text itself. */
struct json_fault {
	char *pointer;
	unsigned line, column;
	char *message;
	char *hint; /* may be NULL */
};

struct json_document {
	json_t *root; /* NULL after a syntax error. Of duplicate keys the last one counts */
	struct json_place *places;
	size_t place_count;
	json_t *index;             /* pointer -> number of its place */
	struct json_fault *faults; /* every duplicate key; or the one syntax error, alone */
	size_t fault_count;
};

/*
 * Scans and decodes `length` bytes of text, which is changed in place: integers beyond int64 are clamped,
 * their digits kept in their place. 0 when there is a root (there may still be faults: duplicate keys), -1
 * after a syntax error.
 */
int json_document_read(char *text, size_t length, struct json_document *document);

/* The position of `pointer`; if it is not known, of the innermost known value around it. NULL for an empty
 * document. */
const struct json_place *json_document_place(const struct json_document *document, const char *pointer);

/* Adds a place, or replaces the one with the same pointer. Takes over the place's strings. */
void json_document_put(struct json_document *document, struct json_place place);

/* A JSON pointer one level deeper, with ~ and / escaped. Caller frees. */
char *json_pointer(const char *parent, const char *key);
char *json_pointer_index(const char *parent, size_t index);

/* The same into a buffer of the caller's: how many bytes "/token" takes, and writes it, with a NUL, at the
 * end of a pointer. */
size_t json_pointer_token_length(const char *token);
void json_pointer_append(char *end, const char *token);

/* Returns `value`. jansson's constructors return NULL only when memory runs out: that is handled as the x
 * functions of alloc.h do. */
json_t *json_checked(json_t *value) __attribute__((returns_nonnull));

/* True if a text has at most `values` values, counted by its commas and brackets. Allocates nothing: for use
 * before a decoder that allocates for each value. */
bool json_is_within(const char *text, size_t length, size_t values);

/* Frees everything; accepts a zeroed one. */
void json_document_clear(struct json_document *document);

#define cleanup_json_document __attribute__((cleanup(json_document_clear)))

#endif
