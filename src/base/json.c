/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Where the scan is. `pointer` grows and shrinks with the nesting. */
struct scanner {
	char *text;
	size_t length, at;
	unsigned line, column;
	char pointer[JSON_POINTER_MAX + 1];
	size_t pointer_length;
	unsigned nesting;
	unsigned values;   /* includes duplicates, which share one place */
	bool in_duplicate; /* everything inside a duplicate is a duplicate too: reported once */
	struct json_document *document;
};

struct position {
	size_t at;
	unsigned line, column;
};

static bool scan_value(struct scanner *scanner, struct position key);

static struct position here(const struct scanner *scanner)
{
	return (struct position){scanner->at, scanner->line, scanner->column};
}

static struct json_fault *add_fault(struct scanner *scanner, struct position where)
{
	struct json_document *document = scanner->document;
	struct json_fault *fault = ARRAY_ADD(document->faults, document->fault_count);
	fault->pointer = xstrdup(scanner->pointer);
	fault->line = where.line;
	fault->column = where.column;
	return fault;
}

/* A syntax error is reported alone: what follows it cannot be trusted. Returns false, so that "return
 * fail(…)" ends a scan. */
__attribute__((format(printf, 4, 5))) static bool fail(struct scanner *scanner, struct position where,
						       const char *hint, const char *format, ...)
{
	struct json_document *document = scanner->document;
	va_list args;

	va_start(args, format);
	char *message = xvasprintf(format, args);
	va_end(args);
	while (document->fault_count > 0) {
		struct json_fault *old = &document->faults[--document->fault_count];
		free(old->pointer);
		free(old->message);
		free(old->hint);
	}
	struct json_fault *fault = add_fault(scanner, where);
	fault->message = message;
	fault->hint = hint ? xstrdup(hint) : NULL;
	return false;
}

static int peek(const struct scanner *scanner)
{
	return scanner->at < scanner->length ? (unsigned char)scanner->text[scanner->at] : -1;
}

/* Columns count characters: the continuation bytes of UTF-8 add none. */
static void advance(struct scanner *scanner)
{
	unsigned char byte = (unsigned char)scanner->text[scanner->at++];
	if (byte == '\n') {
		scanner->line++;
		scanner->column = 1;
	} else if ((byte & 0xC0) != 0x80) {
		scanner->column++;
	}
}

static void skip_space(struct scanner *scanner)
{
	for (int byte; (byte = peek(scanner)) == ' ' || byte == '\t' || byte == '\r' || byte == '\n';)
		advance(scanner);
}

/* What a person sees at this place, for "expected … , found …". */
static char *found(const struct scanner *scanner)
{
	int byte = peek(scanner);
	if (byte < 0)
		return xstrdup("the end of the file");
	if (byte < 0x20 || byte == 0x7F)
		return xasprintf("byte 0x%02x", (unsigned)byte);
	size_t size = 1;
	while (scanner->at + size < scanner->length && size < 4 &&
	       (scanner->text[scanner->at + size] & 0xC0) == 0x80)
		size++;
	return xasprintf("'%.*s'", (int)size, scanner->text + scanner->at);
}

/* A hint for what JSON does not have, but people write: comments and single quotes. */
static const char *habit_hint(const struct scanner *scanner)
{
	switch (peek(scanner)) {
	case '#':
	case '/':
		return "write the comment into \"description\": JSON has no comments";
	case '\'':
		return "write strings in double quotes";
	default:
		return NULL;
	}
}

static bool fail_expected(struct scanner *scanner, const char *what)
{
	cleanup_free char *seen = found(scanner);
	return fail(scanner, here(scanner), habit_hint(scanner), "expected %s, found %s", what, seen);
}

static bool scan_escape(struct scanner *scanner)
{
	struct position start = here(scanner);
	advance(scanner);
	int byte = peek(scanner);
	if (byte < 0x20)
		return fail(scanner, start, NULL, "the string is not closed");
	advance(scanner);
	if (byte != 'u') {
		if (strchr("\"\\/bfnrt", byte))
			return true;
		return fail(scanner, start, "write \\\\ for a backslash", "\\%c is not a JSON escape", byte);
	}
	bool zero = true;
	for (int i = 0; i < 4; i++) {
		int digit = peek(scanner);
		zero = zero && digit == '0';
		if (digit <= 0 || !strchr("0123456789abcdefABCDEF", digit))
			return fail(scanner, start, NULL, "\\u needs four hexadecimal digits");
		advance(scanner);
	}
	return !zero || fail(scanner, start, NULL, "\\u0000 is not allowed in a string");
}

/* Most of a text: bytes of strings that need no look of their own. */
static void skip_plain(struct scanner *scanner)
{
	const char *text = scanner->text;
	size_t at = scanner->at;
	unsigned column = scanner->column;

	for (; at < scanner->length; at++) {
		unsigned char byte = (unsigned char)text[at];
		if (byte < 0x20 || byte == '"' || byte == '\\')
			break;
		column += (byte & 0xC0) != 0x80;
	}
	scanner->at = at;
	scanner->column = column;
}

/* Begins at the opening quote, ends after the closing one. jansson decodes the bytes. */
static bool scan_string(struct scanner *scanner)
{
	struct position start = here(scanner);
	advance(scanner);
	for (;;) {
		skip_plain(scanner);
		int byte = peek(scanner);
		if (byte < 0 || byte == '\n')
			return fail(scanner, start, NULL,
				    "the string is not closed before the end of its line");
		if (byte < 0x20)
			return fail(scanner, here(scanner), byte == '\t' ? "write \\t for a tab" : NULL,
				    "byte 0x%02x is not allowed in a string", (unsigned)byte);
		if (byte == '\\') {
			if (!scan_escape(scanner))
				return false;
			continue;
		}
		advance(scanner);
		if (byte == '"')
			return true;
	}
}

static size_t scan_digits(struct scanner *scanner)
{
	size_t count = 0;
	for (; peek(scanner) >= '0' && peek(scanner) <= '9'; count++)
		advance(scanner);
	return count;
}

/* jansson refuses integers beyond int64, of which OCI documents have one: 18446744073709551615, "unlimited".
 * Any such token has at least as many bytes as the clamped one, so that the text keeps its length and
 * jansson's positions stay true. */
static char *clamp_integer(char *token, size_t length)
{
	const char *clamped = *token == '-' ? "-9223372036854775808" : "9223372036854775807";
	size_t limit = strlen(clamped);

	if (length < limit || (length == limit && memcmp(token, clamped, limit) <= 0))
		return NULL;
	char *digits = xstrndup(token, length);
	memset(token, ' ', length);
	memcpy(token, clamped, limit);
	return digits;
}

static bool scan_number(struct scanner *scanner, char **beyond)
{
	struct position start = here(scanner);
	bool integer = true;

	if (peek(scanner) == '-')
		advance(scanner);
	bool zero = peek(scanner) == '0';
	size_t digits = scan_digits(scanner);
	if (digits == 0)
		return fail_expected(scanner, "a digit");
	if (zero && digits > 1)
		return fail(scanner, start, "an octal umask is a string: \"0027\"",
			    "a number must not begin with 0");
	if (peek(scanner) == '.') {
		integer = false;
		advance(scanner);
		if (scan_digits(scanner) == 0)
			return fail_expected(scanner, "a digit");
	}
	if (peek(scanner) == 'e' || peek(scanner) == 'E') {
		integer = false;
		advance(scanner);
		if (peek(scanner) == '+' || peek(scanner) == '-')
			advance(scanner);
		if (scan_digits(scanner) == 0)
			return fail_expected(scanner, "a digit");
	}
	if (integer)
		*beyond = clamp_integer(scanner->text + start.at, scanner->at - start.at);
	return true;
}

static bool word_byte(int byte)
{
	return byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z');
}

static bool scan_word(struct scanner *scanner)
{
	static const char *const words[] = {"true", "false", "null"};
	struct position start = here(scanner);

	while (word_byte(peek(scanner)))
		advance(scanner);
	const char *word = scanner->text + start.at;
	size_t length = scanner->at - start.at;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (length == strlen(words[i]) && memcmp(word, words[i], length) == 0)
			return true;
	return fail(scanner, start, "write strings in double quotes; only true, false and null have none",
		    "expected a value, found %.*s", length > 40 ? 40 : (int)length, word);
}

/* Appends "/token"; false where the pointer would become too long. */
static bool pointer_push(struct scanner *scanner, const char *token)
{
	size_t length = scanner->pointer_length + json_pointer_token_length(token);
	if (length > JSON_POINTER_MAX)
		return false;
	json_pointer_append(scanner->pointer + scanner->pointer_length, token);
	scanner->pointer_length = length;
	return true;
}

static void pointer_cut(struct scanner *scanner, size_t length)
{
	scanner->pointer[length] = '\0';
	scanner->pointer_length = length;
}

/* The key as jansson will read it: "a" and "\u0061" are the same key. */
static char *key_text(const struct scanner *scanner, size_t start)
{
	const char *token = scanner->text + start;
	size_t length = scanner->at - start;
	if (memchr(token, '\\', length)) {
		json_auto_t *key = json_loadb(token, length, JSON_DECODE_ANY, NULL);
		if (json_is_string(key))
			return xstrdup(json_string_value(key));
	}
	return xstrndup(token + 1, length - 2);
}

static bool check_separator(struct scanner *scanner, char close, bool *more)
{
	skip_space(scanner);
	if (peek(scanner) == close) {
		advance(scanner);
		*more = false;
		return true;
	}
	if (peek(scanner) != ',')
		return fail_expected(scanner, close == '}' ? "',' or '}'" : "',' or ']'");
	struct position comma = here(scanner);
	advance(scanner);
	skip_space(scanner);
	if (peek(scanner) == close)
		return fail(scanner, comma, "remove the comma", "there is a comma before the closing '%c'",
			    close);
	return true;
}

static bool scan_member(struct scanner *scanner)
{
	struct position start = here(scanner);
	size_t length = scanner->pointer_length;

	if (peek(scanner) != '"')
		return fail_expected(scanner, "a key in double quotes");
	if (!scan_string(scanner))
		return false;
	cleanup_free char *key = key_text(scanner, start.at);
	skip_space(scanner);
	if (peek(scanner) != ':')
		return fail_expected(scanner, "':' after the key");
	advance(scanner);
	if (!pointer_push(scanner, key))
		return fail(scanner, start, NULL, "the keys on the path to here are longer than %d bytes",
			    JSON_POINTER_MAX);

	bool outer = scanner->in_duplicate;
	const json_t *before = outer ? NULL : json_object_get(scanner->document->index, scanner->pointer);
	if (before) {
		const struct json_place *first = &scanner->document->places[json_integer_value(before)];
		struct json_fault *fault = add_fault(scanner, start);
		fault->message = xasprintf("the key \"%s\" occurs twice", key);
		fault->hint = xasprintf("first at line %u, column %u: keep one of them", first->key_line,
					first->key_column);
		scanner->in_duplicate = true;
	}
	bool fine = scan_value(scanner, start);
	scanner->in_duplicate = outer;
	pointer_cut(scanner, length);
	return fine;
}

static bool scan_element(struct scanner *scanner, size_t index)
{
	char token[24];
	size_t length = scanner->pointer_length;

	snprintf(token, sizeof token, "%zu", index);
	if (!pointer_push(scanner, token))
		return fail(scanner, here(scanner), NULL,
			    "the keys on the path to here are longer than %d bytes", JSON_POINTER_MAX);
	bool fine = scan_value(scanner, (struct position){0});
	pointer_cut(scanner, length);
	return fine;
}

static bool scan_container(struct scanner *scanner, char close)
{
	bool more = true;

	if (++scanner->nesting > JSON_NESTING_MAX)
		return fail(scanner, here(scanner), NULL, "nested deeper than %d levels", JSON_NESTING_MAX);
	advance(scanner);
	skip_space(scanner);
	if (peek(scanner) == close) {
		advance(scanner);
		more = false;
	}
	for (size_t index = 0; more; index++) {
		skip_space(scanner);
		if (!(close == '}' ? scan_member(scanner) : scan_element(scanner, index)) ||
		    !check_separator(scanner, close, &more))
			return false;
	}
	scanner->nesting--;
	return true;
}

static bool scan_scalar(struct scanner *scanner, char **beyond)
{
	int byte = peek(scanner);
	if (byte == '"')
		return scan_string(scanner);
	if (byte == '-' || (byte >= '0' && byte <= '9'))
		return scan_number(scanner, beyond);
	if (word_byte(byte))
		return scan_word(scanner);
	return fail_expected(scanner, "a value");
}

/* `key` is the position of its key; line 0: it has none. */
static bool scan_value(struct scanner *scanner, struct position key)
{
	skip_space(scanner);
	struct position start = here(scanner);
	struct json_place place = {.line = start.line, .column = start.column};
	place.key_line = key.line ? key.line : start.line;
	place.key_column = key.line ? key.column : start.column;

	if (scanner->values++ == JSON_VALUES_MAX)
		return fail(scanner, start, NULL, "more than %d values", JSON_VALUES_MAX);
	int byte = peek(scanner);
	bool container = byte == '{' || byte == '[';
	if (!container && !scan_scalar(scanner, &place.number))
		return false;
	place.pointer = xstrdup(scanner->pointer);
	json_document_put(scanner->document, place);
	return !container || scan_container(scanner, byte == '{' ? '}' : ']');
}

static bool scan_text(struct scanner *scanner)
{
	if (scanner->length >= 3 && memcmp(scanner->text, "\xEF\xBB\xBF", 3) == 0)
		return fail(scanner, here(scanner), "save it as UTF-8 without one",
			    "the file begins with a byte order mark");
	if (!scan_value(scanner, (struct position){0}))
		return false;
	skip_space(scanner);
	return peek(scanner) < 0 || fail_expected(scanner, "the end of the file");
}

/* What only the decoder sees: malformed UTF-8, lone surrogates, \u0000, a real number out of range. */
static bool decode(struct scanner *scanner)
{
	json_error_t error;
	scanner->document->root = json_loadb(scanner->text, scanner->length, JSON_DECODE_ANY, &error);
	if (scanner->document->root)
		return true;
	struct position where = {.line = error.line > 0 ? (unsigned)error.line : 1,
				 .column = error.column > 0 ? (unsigned)error.column : 1};
	return fail(scanner, where, NULL, "%s", error.text);
}

int json_document_read(char *text, size_t length, struct json_document *document)
{
	struct scanner scanner = {
		.text = text, .length = length, .line = 1, .column = 1, .document = document};

	*document = (struct json_document){.index = json_checked(json_object())};
	return scan_text(&scanner) && decode(&scanner) ? 0 : -1;
}

bool json_is_within(const char *text, size_t length, size_t values)
{
	bool in_string = false;
	size_t count = 1;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string && text[i] == '\\')
			i++;
		else if (!in_string && memchr(",[{", text[i], 3))
			count++;
	}
	return count <= values;
}
