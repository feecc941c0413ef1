/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_JSON_VALUE_H
#define SIPLAUNCH_BASE_JSON_VALUE_H
/*
 * Values and texts as members of a JSON document, and numbers back from one. Everything that siplaunch prints
 * as JSON uses these functions (docs/plan-json.md, "Values"). json_from_*() return a new reference. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct error;
struct value;

/* A copy of a text with U+FFFD in place of what is not UTF-8 (file and process names may be anything). Caller
 * frees. */
char *text_as_utf8(const char *text);

/* A string, or null for NULL. What is not UTF-8 becomes U+FFFD. */
json_t *json_from_text(const char *text);

/*
 * A value: NONE is null, UNLIMITED "max", a number above INT64_MAX a string of its digits, since readers do
 * not keep those exactly; several numbers are an array; a MODE is a string in octal.
 */
json_t *json_from_value(const struct value *value);

/* The same of a single number of any kind but SCORE and MODE. */
json_t *json_from_number(uint64_t number);

/* A size as a profile has it: "512MiB". */
json_t *json_from_mib(uint64_t mib);

/* An array of texts. */
json_t *json_from_texts(char *const *texts, size_t count);

/* {"message", "hint"}. */
json_t *json_from_error(const struct error *error);

/* A number as json_from_value writes one. False for anything else, negative numbers and fractions too. */
bool json_to_number(const json_t *json, uint64_t *number);

/*
 * The versions of the documents' schemas. A version is raised when a member of the document is removed or
 * changes its meaning; a new member does not raise it (docs/interfaces.md). The plan of init has its version
 * in plan_file.h.
 */
enum json_schema {
	SCHEMA_ADVICE = 1,
	SCHEMA_CANDIDATES = 1,
	SCHEMA_DOCTOR = 1,
	SCHEMA_EXPORT = 1,
	SCHEMA_INSPECTION = 1,
	SCHEMA_LAST_RECORD = 1,
	SCHEMA_PLAN = 1,
	SCHEMA_SAMPLE = 1,
	SCHEMA_SECCOMP = 1,
	SCHEMA_TUNING = 1,
};

/* A document's object with its first members: siplaunch's version, and the schema's. A new reference. */
json_t *json_document_begin(enum json_schema schema) __attribute__((returns_nonnull));

/*
 * Checks the schema version of a document. 0 for `schema`, and for a document without a version, which an
 * earlier siplaunch wrote; -1 with both versions for any other.
 */
int json_document_check(const json_t *document, enum json_schema schema, struct error *error);

/* Sets a member, appends an element; both take over the reference. */
void json_put(json_t *object, const char *key, json_t *value);
void json_append(json_t *array, json_t *value);

#endif
