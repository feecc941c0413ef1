/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_JSON_VALUE_H
#define SIPLAUNCH_BASE_JSON_VALUE_H
/*
 * Values and texts as members of a JSON document, and numbers back from one: the one way in which everything
 * that is printed as JSON writes them (docs/plan-json.md, "Values"). Pure.
 */
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct value;

/* A text; NULL is null. What is no UTF-8 in it (file names, names of processes) becomes U+FFFD. */
json_t *json_from_text(const char *text);

/*
 * A value: NONE is null, UNLIMITED "max", a number above INT64_MAX a string of its digits, since readers do
 * not keep those exactly; several numbers are an array; a MODE is a string in octal.
 */
json_t *json_from_value(const struct value *value);

/* The same of a single number of any kind but SCORE and MODE. */
json_t *json_from_number(uint64_t number);

/* A number as json_from_value writes one. False for anything else, negative numbers and fractions too. */
bool json_to_number(const json_t *json, uint64_t *number);

/* Sets a member; takes over the reference. */
void json_put(json_t *object, const char *key, json_t *value);

#endif
