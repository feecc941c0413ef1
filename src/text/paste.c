/* SPDX-License-Identifier: MIT */
#include "text/paste.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/text.h"
#include "text/format.h"

#define CONTINUED_INDENT 2

/* The beginnings of commands in hints. Words that also occur in prose need their option: "install -d", not
 * "install it". */
static const char *const programs[] = {
	"chmod ",   "chown ",     "docker run ",   "groupadd -", "install -", "journalctl -", "kubectl ",
	"ls -",     "mount -",    "podman run ",   "rm ",        "rmdir ",    "siplaunch --", "sudo ",
	"sysctl -", "systemctl ", "systemd-run -", "umount ",    "useradd -",
};

/* siplaunch's own commands; a test compares them with its command table. */
static const char *const own_commands[] = {
	"run", "plan", "doctor", "init", "export", "inspect", "advise", "tune", "profiles", "seccomp", "help",
};

/* "siplaunch inspect ...", but not "siplaunch makes ...". */
static bool is_own_command(const char *text)
{
	if (!text_begins_with(text, "siplaunch "))
		return false;
	text += strlen("siplaunch ");
	cleanup_free char *name = xstrndup(text, strcspn(text, " ;,.)\n"));
	for (size_t i = 0; i < ARRAY_SIZE(own_commands); i++)
		if (strcmp(own_commands[i], name) == 0)
			return true;
	return false;
}

static bool is_program(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (text_begins_with(text, programs[i]))
			return true;
	return false;
}

/* The length of the quoted part at the start of the text: "'a b'", "$'a\n'", "\ "; 0 for a plain
 * character. */
static size_t quoted_length(const char *text)
{
	bool ansi = text[0] == '$' && text[1] == '\'';
	char quote = text[ansi];
	size_t i = ansi + (size_t)1;

	if (text[0] == '\\' && text[1])
		return 2;
	if (quote != '\'' && quote != '"')
		return 0;
	while (text[i] && text[i] != quote) {
		bool escape = text[i] == '\\' && text[i + 1] && (ansi || quote == '"');
		i += escape ? 2 : 1;
	}
	return i + (text[i] != '\0');
}

/* The length of the next character or quoted part; the apostrophe of "pod's" is not a quote. */
static size_t next_length(const char *start, const char *at)
{
	size_t quoted = at > start && ascii_is_alnum(at[-1]) ? 0 : quoted_length(at);
	return quoted ? quoted : 1;
}

static bool ends_command(const char *text)
{
	bool last = text[1] == '\0' || text[1] == ' ' || text[1] == '\n';
	return *text == '\n' || *text == ')' || (last && strchr(";,.:?", *text)) ||
	       text_begins_with(text, " (");
}

size_t paste_length(const char *text, const char *at)
{
	bool first = at == text || at[-1] == '\n';
	bool introduced =
		at >= text + 2 && (text_begins_with(at - 2, ": ") || text_begins_with(at - 2, "? "));
	bool bracketed = at > text && at[-1] == '(';
	size_t length = 0;

	if (!(first || introduced || bracketed) || !(is_program(at) || (!first && is_own_command(at))))
		return 0;
	while (at[length] && !ends_command(at + length))
		length += next_length(at, at + length);
	return length;
}

/* The length in bytes of the shell's word at the start of `text`, with its quotes. */
static size_t paste_word_length(const char *text)
{
	size_t length = 0;
	while (text[length] && text[length] != ' ' && text[length] != '\n')
		length += next_length(text, text + length);
	return length;
}

/* "VALUE" or "-900", but no further option. */
static bool is_value(const char *text)
{
	return text[0] && (text[0] != '-' || ascii_is_digit(text[1]));
}

/* The next word of a command, an option with its value. */
static size_t part_length(const char *text, size_t room)
{
	size_t length = paste_word_length(text);
	bool valued = strncmp(text, "--", 2) == 0 && length > 2 && text[length] == ' ' &&
		      is_value(text + length + 1);
	size_t pair = valued ? length + 1 + paste_word_length(text + length + 1) : length;
	return pair <= room ? pair : length;
}

void paste_print(FILE *out, const char *command, size_t indent, size_t columns)
{
	size_t column = indent, taken = indent + CONTINUED_INDENT + strlen(" \\");
	size_t room = columns > taken ? columns - taken : 0;

	for (const char *rest = command; *rest;) {
		cleanup_free char *word = xstrndup(rest, part_length(rest, room));
		bool first = rest == command;
		rest += strlen(word);
		rest += strspn(rest, " ");
		size_t width = format_width(word), after = *rest ? strlen(" \\") : 0;
		if (!first && column + 1 + width + after > columns) {
			fprintf(out, " \\\n%*s", (int)(indent + CONTINUED_INDENT), "");
			column = indent + CONTINUED_INDENT;
		} else if (!first) {
			fputc(' ', out);
			column++;
		}
		fputs(word, out);
		column += width;
	}
}
