/* SPDX-License-Identifier: MIT */
#include "text/format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "text/charset.h"
#include "text/paste.h"

char *format_bytes(uint64_t bytes)
{
	return size_text(bytes);
}

char *format_count(uint64_t number)
{
	if (number < 1000)
		return xasprintf("%" PRIu64, number);
	cleanup_free char *above = format_count(number / 1000);
	return xasprintf("%s,%03" PRIu64, above, number % 1000);
}

char *format_about(uint64_t number)
{
	static const struct {
		uint64_t one;
		const char *name;
	} large[] = {{UINT64_C(1000000000000), "trillion"}, {1000000000, "billion"}, {1000000, "million"}};
	uint64_t digit = 1;

	while (number / digit >= 100) /* two significant digits */
		digit *= 10;
	number -= number % digit;
	for (size_t i = 0; i < ARRAY_SIZE(large); i++) {
		if (number < large[i].one)
			continue;
		cleanup_free char *whole = format_count(number / large[i].one);
		uint64_t tenths = number % large[i].one / (large[i].one / 10);
		return tenths ? xasprintf("%s.%" PRIu64 " %s", whole, tenths, large[i].name)
			      : xasprintf("%s %s", whole, large[i].name);
	}
	return format_count(number);
}

static char *format_number(enum value_kind kind, uint64_t number)
{
	if (kind == VALUE_SCORE)
		return xasprintf("%" PRId64, (int64_t)number);
	if (kind == VALUE_MODE)
		return xasprintf("%04" PRIo64, number);
	if (number == UNLIMITED)
		return xstrdup("unlimited");
	return kind == VALUE_BYTES ? format_bytes(number) : xasprintf("%" PRIu64, number);
}

static const char *suffix_of(enum value_kind kind)
{
	return kind == VALUE_PAGES ? " pages" : kind == VALUE_MIB ? " MiB" : "";
}

char *format_value(const struct value *value, bool exact)
{
	if (value->kind == VALUE_NONE)
		return xstrdup("-");
	if (value->kind == VALUE_TEXT)
		return format_printable(value->text);
	if (value->count == 1) {
		uint64_t number = value->number[0];
		cleanup_free char *text = format_number(value->kind, number);
		if (value->kind == VALUE_BYTES && exact && number != UNLIMITED && number >= KIB)
			return xasprintf("%s (%" PRIu64 ")", text, number);
		return xasprintf("%s%s", text, number == UNLIMITED ? "" : suffix_of(value->kind));
	}
	const char *separator = value->count == 2 ? ":" : " "; /* soft:hard; kernel.sem as in its file */
	char *text = xstrdup("");
	for (unsigned i = 0; i < value->count; i++) {
		cleanup_free char *number = format_number(value->kind, value->number[i]);
		text_append(&text, separator, "%s", number);
	}
	return text;
}

char *format_share(uint64_t part, uint64_t whole)
{
	uint64_t tenths = whole ? mul_div_u64(part, 1000, whole) : 0;
	return xasprintf("%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
}

char *format_printable(const char *text)
{
	char *safe = xcalloc(4 * strlen(text) + 1, 1), *end = safe;
	while (*text) {
		int columns;
		size_t bytes = charset_next(text, &columns);
		if (columns >= 0 || *text == '\n')
			end = mempcpy(end, text, bytes);
		else
			end += sprintf(end, "\\x%02x", (unsigned char)*text);
		text += bytes;
	}
	return safe;
}

size_t format_prefix(const char *text, size_t columns)
{
	size_t used = 0, length = 0;

	while (text[length]) {
		int width;
		size_t bytes = charset_next(text + length, &width);
		if (width > 0 && used + (size_t)width > columns)
			break;
		used += width > 0 ? (size_t)width : 0;
		length += bytes;
	}
	return length;
}

size_t format_width(const char *text)
{
	size_t width = 0;
	while (*text) {
		int columns;
		size_t bytes = charset_next(text, &columns);
		width += columns > 0 ? (size_t)columns : 0;
		text += bytes;
	}
	return width;
}

/* "--set KEY=VALUE" is one word where it fits; a sentence's "--set," is not followed by its value. */
static size_t option_length(const char *text, size_t length, size_t room)
{
	if (strncmp(text, "--", 2) != 0 || text[length] != ' ' || strchr(";,.:?)", text[length - 1]))
		return length;
	size_t pair = length + 1 + strcspn(text + length + 1, " \n");
	return pair <= room ? pair : length;
}

/* The length of the next word; a list too long for any line ends after the last comma that fits, else after
 * its first. */
static size_t word_length(const char *text, size_t room)
{
	size_t length = 0;
	while (length <= room && text[length] && !strchr(" \n", text[length]))
		length++;
	if (length <= room)
		return option_length(text, length, room);
	for (size_t i = room; i > 0; i--)
		if (text[i - 1] == ',')
			return i;
	length = strcspn(text, ", \n");
	return text[length] == ',' ? length + 1 : length;
}

/* The length of the command to paste that begins here, with brackets and commas around it; 0 if none
 * begins. */
static size_t command_length(const char *text, const char *at)
{
	size_t bracket = *at == '(';
	size_t length = paste_length(text, at + bracket);
	return length ? bracket + length + strcspn(at + bracket + length, " \n") : 0;
}

bool format_has_room(const char *text, size_t room)
{
	while (*text) {
		cleanup_free char *word = xstrndup(text, word_length(text, room));
		if (format_width(word) > room)
			return false;
		text += strlen(word);
		text += *text == ' ' || *text == '\n';
	}
	return true;
}

void format_wrapped(FILE *out, const char *text, size_t indent, size_t columns)
{
	format_wrapped_from(out, text, indent, indent, columns);
}

void format_wrapped_from(FILE *out, const char *foreign, size_t column, size_t indent, size_t columns)
{
	cleanup_free char *safe = format_printable(foreign);
	const char *text = safe, *start = safe;
	bool first = true; /* the first word of its line: no space before it */

	columns = columns > indent ? columns : indent + 1;
	while (*text) {
		size_t command = command_length(start, text), room = columns - indent;
		cleanup_free char *word = xstrndup(text, command ? command : word_length(text, room));
		size_t width = format_width(word);
		if (column > indent && column + !first + width > columns) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		fputs(first ? "" : " ", out);
		if (command)
			paste_print(out, word, column + !first, columns);
		else
			fputs(word, out);
		column += width + !first;
		first = false;
		text += strlen(word);
		if (*text == '\n') {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		text += *text == ' ' || *text == '\n';
	}
}

void format_comment(FILE *out, const char *text, size_t indent, size_t columns)
{
	char *wrapped = NULL;
	size_t size;
	FILE *lines = open_memstream(&wrapped, &size);

	if (!lines) {
		alloc_failed();
		return;
	}
	format_wrapped(lines, text, 0, columns > indent + 2 ? columns - indent - 2 : 1);
	fclose(lines);
	char *rest = wrapped;
	for (char *line; (line = strsep(&rest, "\n"));)
		fprintf(out, "%*s#%s%s\n", (int)indent, "", *line ? " " : "", line);
	free(wrapped);
}

void format_bar(const uint64_t *amounts, size_t count, uint64_t whole, unsigned width, unsigned *cells)
{
	unsigned used = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t share = whole ? mul_div_u64(amounts[i], width, whole) : 0;
		cells[i] = share > width ? width : (unsigned)share;
		if (cells[i] == 0 && amounts[i] > 0)
			cells[i] = 1;
		used += cells[i];
	}
	/* The cells that small amounts got are taken from the largest ones. */
	while (used > width) {
		size_t largest = 0;
		for (size_t i = 1; i < count; i++)
			if (cells[i] > cells[largest])
				largest = i;
		cells[largest]--;
		used--;
	}
}

char *format_command(char *const *argv)
{
	char *text = xstrdup("");
	for (size_t i = 0; argv[i]; i++) {
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s", before, i ? " " : "", argv[i]);
	}
	return text;
}

char *format_duration(int64_t ms)
{
	int64_t seconds = (ms + 500) / 1000;
	if (seconds < 60)
		return xasprintf("%" PRId64 " s", seconds);
	if (seconds < 3600)
		return xasprintf("%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
	return xasprintf("%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds % 3600 / 60);
}
