/* SPDX-License-Identifier: MIT */
/* The texts of the tables as mdoc(7). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "generate.h"

#define LINE_WIDTH 78

/* The line that is being written. */
struct line {
	size_t width;      /* 0: nothing yet */
	bool in_siplaunch; /* the page: its commands are marked */
};

/* A word of the text: what stands before and behind what is marked, and the mark. */
struct word {
	size_t before; /* opening parentheses */
	char mark;     /* '`', '*', '[', '(' of "name(1)", or 0 */
	const char *text;
	size_t length;
	const char *behind;
	size_t behind_length;
	bool ends_sentence;
};

static void put_escaped(const char *text, size_t length, bool literal)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\\')
			fputs("\\e", stdout);
		else if (text[i] == '"' && literal)
			fputs("\\(dq", stdout);
		else if (text[i] == '-' && literal)
			fputs("\\-", stdout);
		else
			putchar(text[i]);
}

static void end_line(struct line *line)
{
	if (line->width)
		putchar('\n');
	line->width = 0;
}

static void put_plain(struct line *line, const char *text, size_t length)
{
	if (line->width && line->width + 1 + length > LINE_WIDTH)
		end_line(line);
	if (line->width)
		putchar(' ');
	else if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	put_escaped(text, length, false);
	line->width += length + 1;
}

static bool only(const char *text, size_t length, const char *set)
{
	return length && strspn(text, set) >= length;
}

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define LOWER "abcdefghijklmnopqrstuvwxyz-"

static bool begins(const struct word *word, const char *with)
{
	size_t length = strlen(with);
	return word->length > length && strncmp(word->text, with, length) == 0;
}

static bool ends(const struct word *word, const char *with)
{
	size_t length = strlen(with);
	return word->length > length && strncmp(word->text + word->length - length, with, length) == 0;
}

static bool is_path(const struct word *word)
{
	return !memchr(word->text, ' ', word->length) && !memchr(word->text, '"', word->length) &&
	       (begins(word, "/") || ends(word, ".json") || ends(word, ".md") || ends(word, ".log"));
}

static bool is_constant(const struct word *word)
{
	return only(word->text, word->length, UPPER) &&
	       (begins(word, "SIG") || begins(word, "CAP_") || begins(word, "RLIMIT_"));
}

/* The macro for what stands in backticks; *skip characters of it are the macro's own. */
static const char *macro_of_code(const struct word *word, bool in_siplaunch, size_t *skip)
{
	cleanup_free char *text = xstrndup(word->text, word->length);
	*skip = 1;
	if (begins(word, "$") && only(text + 1, word->length - 1, UPPER))
		return "Ev";
	if (begins(word, "-") &&
	    (word->length == 2 || (begins(word, "--") && only(text, word->length, LOWER))))
		return "Fl";
	*skip = 0;
	if (is_path(word))
		return "Pa";
	if (is_constant(word))
		return "Dv";
	if (begins(word, "E") && only(text, word->length, UPPER) && word->length < 8)
		return "Er";
	return in_siplaunch && command_find(text) ? "Cm" : "Ql";
}

/* An argument that a macro takes as it is. */
static void put_argument(const char *text, size_t length)
{
	bool quote = memchr(text, ' ', length);
	if ((length == 1 && strchr(".,:;()[]?!|", *text)) || (length <= 3 && isupper((unsigned char)*text)))
		fputs("\\&", stdout); /* no delimiter, no macro */
	if (quote)
		putchar('"');
	put_escaped(text, length, true);
	if (quote)
		putchar('"');
}

static void put_marked(struct line *line, const struct word *word)
{
	size_t skip = 0;
	const char *macro = word->mark == '`'   ? macro_of_code(word, line->in_siplaunch, &skip)
			    : word->mark == '*' ? "Ar"
			    : word->mark == '(' ? "Xr"
						: "Sx";
	end_line(line);
	printf(".%s ", macro);
	for (size_t i = 0; i < word->before; i++)
		fputs("( ", stdout);
	if (word->mark == '(') /* name(1) */
		printf("%.*s %c", (int)word->length - 3, word->text, word->text[word->length - 2]);
	else if (word->mark == '[')
		printf("%.*s", (int)word->length, word->text);
	else
		put_argument(word->text + skip, word->length - skip);
	size_t delimiters = strspn(word->behind, ".,:;)?!");
	for (size_t i = 0; i < word->behind_length && i < delimiters; i++)
		printf(" %c", word->behind[i]);
	if (delimiters < word->behind_length)
		printf(" Ns No %.*s", (int)(word->behind_length - delimiters), word->behind + delimiters);
	putchar('\n');
}

/* "name(1)": its length, or 0. */
static size_t page_length(const char *text)
{
	size_t name = strspn(text, LOWER "_0123456789");
	return name && text[name] == '(' && strchr("12345678", text[name + 1]) && text[name + 2] == ')'
		       ? name + 3
		       : 0;
}

/* True where the next word begins a sentence after one that ends in a full stop. */
static bool sentence_ends(const char *word, size_t length, const char *next)
{
	while (length && word[length - 1] == ')')
		length--;
	next += strspn(next, "(");
	return length && strchr(".?!", word[length - 1]) &&
	       (isupper((unsigned char)*next) || isdigit((unsigned char)*next) || strchr("`*\"", *next) ||
		strncmp(next, "siplaunch", 9) == 0);
}

static void find_mark(struct word *word, const char *text)
{
	word->text = text + 1;
	const char *end = *text == '[' && isupper((unsigned char)text[1])    ? strchr(text, ']')
			  : *text == '`' || (*text == '*' && text[1] != ' ') ? strchr(text + 1, *text)
									     : NULL;
	if (end && end > word->text) {
		word->mark = *text;
		word->length = (size_t)(end - word->text);
		word->behind = end + 1;
	} else if ((word->length = page_length(text))) {
		word->mark = '(';
		word->text = text;
		word->behind = text + word->length;
	} else {
		word->text = word->behind = text;
	}
	word->behind_length = strcspn(word->behind, " ");
}

/* Reads the word at `text`, and returns where the next one begins. */
static const char *next_word(const char *text, struct word *word)
{
	*word = (struct word){.before = strspn(text, "(")};
	find_mark(word, text + word->before);
	const char *end = word->behind + word->behind_length, *next = end + strspn(end, " ");
	word->ends_sentence = !*next || sentence_ends(word->behind, word->behind_length, next);
	return next;
}

static void print_paragraph(const char *text, struct line *line)
{
	while (*text) {
		struct word word;
		const char *next = next_word(text, &word);
		if (word.mark)
			put_marked(line, &word);
		else
			put_plain(line, text, word.before + word.behind_length);
		if (word.ends_sentence)
			end_line(line);
		text = next;
	}
}

void print_mdoc(const char *text, bool in_siplaunch)
{
	struct line line = {.in_siplaunch = in_siplaunch};
	while (*text) {
		size_t length = strcspn(text, "\n");
		cleanup_free char *paragraph = xstrndup(text, length);
		print_paragraph(paragraph, &line);
		text += length + (text[length] == '\n');
		if (*text)
			puts(".Pp");
	}
}
