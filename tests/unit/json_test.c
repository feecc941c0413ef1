/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/json.h"

static int read_text(const char *text, struct json_document *document)
{
	cleanup_free char *copy = xstrdup(text);
	return json_document_read(copy, strlen(copy), document);
}

static void every_value_has_its_line_and_column(void **state)
{
	static const char text[] =
		"{\n\t\"sizing\": { \"memory\" : \"4GiB\" },\r\n  \"list\": [ 1,\n[], true ]\n}\n";
	static const struct {
		const char *pointer;
		unsigned line, column, key_line, key_column;
	} expected[] = {
		{"", 1, 1, 1, 1},        {"/sizing", 2, 12, 2, 2},  {"/sizing/memory", 2, 25, 2, 14},
		{"/list", 3, 11, 3, 3},  {"/list/0", 3, 13, 3, 13}, {"/list/1", 4, 1, 4, 1},
		{"/list/2", 4, 5, 4, 5},
	};
	cleanup_json_document struct json_document document = {0};
	(void)state;
	assert_int_equal(read_text(text, &document), 0);
	assert_int_equal(document.place_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct json_place *place = json_document_place(&document, expected[i].pointer);
		assert_non_null(place);
		assert_string_equal(place->pointer, expected[i].pointer);
		assert_int_equal(place->line, expected[i].line);
		assert_int_equal(place->column, expected[i].column);
		assert_int_equal(place->key_line, expected[i].key_line);
		assert_int_equal(place->key_column, expected[i].key_column);
	}
}

static void columns_count_characters_and_not_bytes(void **state)
{
	cleanup_json_document struct json_document document = {0};
	(void)state;
	assert_int_equal(read_text("{ \"é日😀\": 1, \"b\": 2 }", &document), 0);
	assert_int_equal(json_document_place(&document, "/é日😀")->column, 10);
	assert_int_equal(json_document_place(&document, "/b")->key_column, 13);
}

static void keys_with_slashes_tildes_and_escapes_have_one_pointer(void **state)
{
	cleanup_json_document struct json_document document = {0};
	cleanup_free char *pointer = json_pointer("/policy", "cgroup/~x");
	(void)state;
	assert_string_equal(pointer, "/policy/cgroup~1~0x");
	assert_int_equal(read_text("{ \"policy\": { \"cgroup\\/\\u007ex\": 7 } }", &document), 0);
	assert_string_equal(json_document_place(&document, pointer)->pointer, pointer);
}

static void an_unknown_pointer_gives_the_innermost_known_place(void **state)
{
	cleanup_json_document struct json_document document = {0};
	(void)state;
	assert_int_equal(read_text("{ \"a\": { \"b\": [] } }", &document), 0);
	assert_string_equal(json_document_place(&document, "/a/b/7/soft")->pointer, "/a/b");
	assert_string_equal(json_document_place(&document, "/x/y")->pointer, "");
}

static void integers_beyond_int64_keep_their_digits(void **state)
{
	static const struct {
		const char *text, *digits;
		json_int_t held;
	} cases[] = {
		{"0", NULL, 0},
		{"-0", NULL, 0},
		{"9007199254740993", NULL, 9007199254740993},
		{"9223372036854775807", NULL, INT64_MAX},
		{"9223372036854775808", "9223372036854775808", INT64_MAX},
		{"18446744073709551615", "18446744073709551615", INT64_MAX},
		{"99999999999999999999999999", "99999999999999999999999999", INT64_MAX},
		{"-9223372036854775808", NULL, INT64_MIN},
		{"-9223372036854775809", "-9223372036854775809", INT64_MIN},
		{"-18446744073709551615", "-18446744073709551615", INT64_MIN},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_json_document struct json_document document = {0};
		cleanup_free char *text = xasprintf("[%s, 5]", cases[i].text);
		assert_int_equal(read_text(text, &document), 0);
		assert_true(json_integer_value(json_array_get(document.root, 0)) == cases[i].held);
		assert_int_equal(json_integer_value(json_array_get(document.root, 1)), 5);
		const char *digits = json_document_place(&document, "/0")->number;
		if (cases[i].digits)
			assert_string_equal(digits, cases[i].digits);
		else
			assert_null(digits);
		assert_null(json_document_place(&document, "/1")->number);
	}
}

static void the_text_keeps_its_length_when_an_integer_is_clamped(void **state)
{
	cleanup_json_document struct json_document document = {0};
	(void)state;
	/* jansson's position of the malformed UTF-8 is that of the text as it was written. */
	assert_int_equal(read_text("[18446744073709551615, \"\xff\"]", &document), -1);
	assert_int_equal(document.faults[0].line, 1);
	assert_int_equal(document.faults[0].column, 24);
}

static void duplicates_are_all_found_and_said_once_each(void **state)
{
	cleanup_json_document struct json_document document = {0};
	(void)state;
	assert_int_equal(
		read_text("{\"a\":1,\"b\":{\"x\":1,\"x\":2},\n\"\\u0061\":2,\"b\":{\"x\":3}}", &document), 0);
	assert_int_equal(document.fault_count, 3);
	assert_string_equal(document.faults[0].pointer, "/b/x");
	assert_string_equal(document.faults[1].pointer, "/a");
	assert_int_equal(document.faults[1].line, 2);
	assert_int_equal(document.faults[1].column, 1);
	assert_string_equal(document.faults[1].hint, "first at line 1, column 2: keep one of them");
	assert_string_equal(document.faults[2].pointer, "/b");
	/* the last one counts, and it is its place that is known */
	assert_int_equal(json_integer_value(json_object_get(document.root, "a")), 2);
	assert_int_equal(json_document_place(&document, "/a")->line, 2);
}

static void equal_keys_of_different_objects_are_no_duplicates(void **state)
{
	cleanup_json_document struct json_document document = {0};
	(void)state;
	assert_int_equal(read_text("[{\"a\":1},{\"a\":2},{\"b\":{\"a\":1},\"c\":{\"a\":1}}]", &document), 0);
	assert_int_equal(document.fault_count, 0);
}

static char *nested(unsigned depth)
{
	char *text = xcalloc(2 * depth + 1, 1);
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return text;
}

static void nesting_ends_at_32_levels(void **state)
{
	cleanup_json_document struct json_document fine = {0}, deep = {0};
	cleanup_free char *at_limit = nested(JSON_NESTING_MAX), *beyond = nested(JSON_NESTING_MAX + 1);
	(void)state;
	assert_int_equal(read_text(at_limit, &fine), 0);
	assert_int_equal(read_text(beyond, &deep), -1);
	assert_string_equal(deep.faults[0].message, "nested deeper than 32 levels");
	assert_int_equal(deep.faults[0].column, 33);
}

static void a_text_of_open_brackets_is_refused_without_a_deep_stack(void **state)
{
	cleanup_json_document struct json_document document = {0};
	cleanup_free char *text = xcalloc((1 << 20) + 1, 1);
	(void)state;
	memset(text, '[', 1 << 20);
	assert_int_equal(read_text(text, &document), -1);
}

static void the_number_of_values_is_bounded(void **state)
{
	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		cleanup_json_document struct json_document document = {0};
		size_t elements = JSON_VALUES_MAX - 1 + extra; /* the array is a value too */
		cleanup_free char *text = xcalloc(2 * elements + 2, 1);
		for (size_t i = 0; i < elements; i++)
			memcpy(text + 2 * i, ",1", 2);
		text[0] = '[';
		text[2 * elements] = ']';
		assert_int_equal(read_text(text, &document), extra ? -1 : 0);
	}
}

static void duplicates_count_as_values(void **state)
{
	cleanup_json_document struct json_document document = {0};
	cleanup_free char *text = xcalloc(6 * JSON_VALUES_MAX + 2, 1);
	(void)state;
	for (size_t i = 0; i < JSON_VALUES_MAX; i++)
		memcpy(text + 6 * i, ",\"a\":1", 6);
	text[0] = '{';
	text[6 * JSON_VALUES_MAX] = '}';
	assert_int_equal(read_text(text, &document), -1);
}

static void values_are_counted_before_anything_is_allocated(void **state)
{
	static const struct {
		const char *text;
		size_t values;
	} texts[] = {{"", 1}, {"1", 1}, {"[1,2]", 3}, {"{\"a,[{\": \"\\\",[\"}", 2}, {"[[[", 4}, {"\"\\", 1}};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_true(json_is_within(texts[i].text, strlen(texts[i].text), texts[i].values));
		assert_false(json_is_within(texts[i].text, strlen(texts[i].text), texts[i].values - 1));
	}
}

static void the_length_of_pointers_is_bounded(void **state)
{
	cleanup_json_document struct json_document fine = {0}, beyond = {0};
	cleanup_free char *key = xcalloc(JSON_POINTER_MAX + 1, 1);
	(void)state;
	memset(key, 'k', JSON_POINTER_MAX - 1); /* and the slash */
	cleanup_free char *at_limit = xasprintf("{\"%s\": 1}", key);
	assert_int_equal(read_text(at_limit, &fine), 0);
	key[JSON_POINTER_MAX - 2] = '/'; /* two bytes in a pointer */
	cleanup_free char *longer = xasprintf("{\"%s\": 1}", key);
	assert_int_equal(read_text(longer, &beyond), -1);
}

static void a_syntax_error_says_where_and_what_was_expected(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *message;
	} cases[] = {
		{"", 1, 1, "expected a value, found the end of the file"},
		{"{", 1, 2, "expected a key in double quotes, found the end of the file"},
		{"{\n  \"a\": 1,\n}", 2, 9, "there is a comma before the closing '}'"},
		{"[1 2]", 1, 4, "expected ',' or ']', found '2'"},
		{"[1,,2]", 1, 4, "expected a value, found ','"},
		{"{\"a\" 1}", 1, 6, "expected ':' after the key, found '1'"},
		{"[1] x", 1, 5, "expected the end of the file, found 'x'"},
		{"[é]", 1, 2, "expected a value, found 'é'"},
		{"nul", 1, 1, "expected a value, found nul"},
		{"truely", 1, 1, "expected a value, found truely"},
		{"[01]", 1, 2, "a number must not begin with 0"},
		{"[1.]", 1, 4, "expected a digit, found ']'"},
		{"[1e+]", 1, 5, "expected a digit, found ']'"},
		{"\"abc", 1, 1, "the string is not closed before the end of its line"},
		{"\"ab\\", 1, 4, "the string is not closed"},
		{"\"\\x\"", 1, 2, "\\x is not a JSON escape"},
		{"\"\\u00g0\"", 1, 2, "\\u needs four hexadecimal digits"},
		{"\"\\u0000\"", 1, 2, "\\u0000 is not allowed in a string"},
		{"\"a\x01\"", 1, 3, "byte 0x01 is not allowed in a string"},
		{"\xEF\xBB\xBF{}", 1, 1, "the file begins with a byte order mark"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_json_document struct json_document document = {0};
		assert_int_equal(read_text(cases[i].text, &document), -1);
		assert_null(document.root);
		assert_int_equal(document.fault_count, 1);
		assert_string_equal(document.faults[0].message, cases[i].message);
		assert_int_equal(document.faults[0].line, cases[i].line);
		assert_int_equal(document.faults[0].column, cases[i].column);
	}
}

static void a_syntax_error_comes_alone_even_after_duplicates(void **state)
{
	cleanup_json_document struct json_document document = {0};
	(void)state;
	assert_int_equal(read_text("{\"a\":1,\"a\":2,\"a\":3,", &document), -1);
	assert_int_equal(document.fault_count, 1);
	assert_int_equal(document.faults[0].column, 20);
}

static void a_nul_byte_is_no_end_of_the_text(void **state)
{
	char text[] = "[1]\0[2]";
	cleanup_json_document struct json_document document = {0};
	(void)state;
	assert_int_equal(json_document_read(text, sizeof text - 1, &document), -1);
	assert_string_equal(document.faults[0].message, "expected the end of the file, found byte 0x00");
}

/* jansson is the judge of what is JSON; the scan before it may only be stricter where it has bounds of its
 * own. */
static void assert_same_verdict(const char *text, size_t length)
{
	cleanup_json_document struct json_document document = {0};
	json_error_t error;
	cleanup_free char *copy = xcalloc(length + 1, 1);
	memcpy(copy, text, length);

	json_auto_t *root = json_loadb(text, length, JSON_DECODE_ANY, &error);
	int result = json_document_read(copy, length, &document);
	bool too_big = !root && json_error_code(&error) == json_error_numeric_overflow;
	if ((result == 0) != (root != NULL) && !too_big)
		fail_msg("%.*s: jansson says %s, the scan %s", (int)length, text, root ? "fine" : error.text,
			 result == 0 ? "fine" : document.faults[0].message);
	if (root && !json_equal(root, document.root))
		fail_msg("%.*s: decoded differently", (int)length, text);
}

static const char sample[] =
	"{ \"a\\u00e9\\n\": [ -1.5e+3, 0, 18446744073709551615, true, false, null ],\r\n\t\"b\": { \"c\": \"é\\\"\" }, \"d\": {} }";

static void a_cut_text_gets_the_verdict_that_jansson_gives(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof sample; length++)
		assert_same_verdict(sample, length);
}

static void a_text_with_any_byte_changed_gets_the_verdict_that_jansson_gives(void **state)
{
	char text[sizeof sample];
	(void)state;
	for (size_t at = 0; at < sizeof sample - 1; at++) {
		memcpy(text, sample, sizeof sample);
		for (unsigned byte = 1; byte < 256; byte++) { /* after some tokens jansson overlooks a NUL */
			text[at] = (char)byte;
			assert_same_verdict(text, sizeof sample - 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_has_its_line_and_column),
		cmocka_unit_test(columns_count_characters_and_not_bytes),
		cmocka_unit_test(keys_with_slashes_tildes_and_escapes_have_one_pointer),
		cmocka_unit_test(an_unknown_pointer_gives_the_innermost_known_place),
		cmocka_unit_test(integers_beyond_int64_keep_their_digits),
		cmocka_unit_test(the_text_keeps_its_length_when_an_integer_is_clamped),
		cmocka_unit_test(duplicates_are_all_found_and_said_once_each),
		cmocka_unit_test(equal_keys_of_different_objects_are_no_duplicates),
		cmocka_unit_test(nesting_ends_at_32_levels),
		cmocka_unit_test(a_text_of_open_brackets_is_refused_without_a_deep_stack),
		cmocka_unit_test(the_number_of_values_is_bounded),
		cmocka_unit_test(duplicates_count_as_values),
		cmocka_unit_test(values_are_counted_before_anything_is_allocated),
		cmocka_unit_test(the_length_of_pointers_is_bounded),
		cmocka_unit_test(a_syntax_error_says_where_and_what_was_expected),
		cmocka_unit_test(a_syntax_error_comes_alone_even_after_duplicates),
		cmocka_unit_test(a_nul_byte_is_no_end_of_the_text),
		cmocka_unit_test(a_cut_text_gets_the_verdict_that_jansson_gives),
		cmocka_unit_test(a_text_with_any_byte_changed_gets_the_verdict_that_jansson_gives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
