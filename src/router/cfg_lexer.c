/* SPDX-License-Identifier: MIT */
#include "router/cfg_lexer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Max depth of includes: MAX_INCLUDE_DEPTH of Kamailio's core/cfg.lex; CFG_MAX_INCLUDE_DEPTH of OpenSIPS's
 * cfg_pp.h, which counts the main file. */
#define PREPROCESSED_DEPTH_MAX 10
#define PLAIN_DEPTH_MAX        19

int lexer_open(struct cfg_lexer *lexer, enum cfg_dialect dialect, const struct router_command *command,
	       struct estimate *estimate, struct error *error)
{
	lexer->dialect = dialect;
	lexer->input.estimate = estimate;
	lexer->input.paths = command->paths;
	lexer->input.depth_max = dialect == DIALECT_PREPROCESSED ? PREPROCESSED_DEPTH_MAX : PLAIN_DEPTH_MAX;
	lexer->preprocessor.estimate = estimate;
	lexer->at_line_start = true;
	return input_open(&lexer->input, command->config, error);
}

void lexer_clear(struct cfg_lexer *lexer)
{
	text_clear(&lexer->token.text);
	preprocessor_clear(&lexer->preprocessor);
	input_clear(&lexer->input);
}

static void read_parentheses(struct cfg_input *input, struct text *text)
{
	unsigned depth = 0;
	do {
		int c = input_take(input);
		if (c == INPUT_END)
			return;
		text_add(text, c);
		depth += c == '(';
		depth -= c == ')';
	} while (depth > 0);
}

/* "$var(a)", "$(ru{uri.user})", "$avp(i:1)": '#', quotes and braces in them have no meaning. */
static void read_variable(struct cfg_input *input, struct text *text)
{
	text_reset(text);
	text_add(text, '$');
	while (input_peek(input) == '$' || is_word(input_peek(input)))
		text_add(text, input_take(input));
	if (input_peek(input) == '(')
		read_parentheses(input, text);
}

/* OpenSIPS requires the file of both words (cfg_pp.c); Kamailio continues without the file of an
 * import_file. */
static bool is_include(const struct cfg_lexer *lexer, const char *word, bool *optional)
{
	bool import = strcmp(word, "import_file") == 0;
	*optional = import && lexer->dialect == DIALECT_PREPROCESSED;
	return import || strcmp(word, "include_file") == 0;
}

/* The path must be in quotes: double ones for Kamailio (sr_push_yy_state), either for OpenSIPS (cfg_pp.c). */
static void read_include(struct cfg_lexer *lexer, bool optional)
{
	struct cfg_input *input = &lexer->input;
	struct text path = {0};

	if (lexer->dialect == DIALECT_PREPROCESSED)
		scan_white(input);
	else
		scan_blanks(input);
	int quote = input_peek(input);
	if (quote == '"' || (quote == '\'' && lexer->dialect == DIALECT_PLAIN)) {
		scan_string(input, false, &path);
		bool known = preprocessor_substitute(&lexer->preprocessor, &path, input_place(input));
		if (lexer->dialect == DIALECT_PLAIN)
			scan_to_line_end(input); /* OpenSIPS replaces the whole line by the file */
		if (known)
			input_include(input, path.data, optional);
		lexer->at_line_start = true;
	} else {
		estimate_unread(input->estimate, input_place(input), "an include without a quoted path");
	}
	text_clear(&path);
}

/* "#!include_file" is the same as "include_file". */
static bool take_prefixed_include(struct cfg_lexer *lexer)
{
	static const char *const includes[] = {"#!include_file", "!!include_file", "#!import_file",
					       "!!import_file"};
	for (size_t i = 0; i < ARRAY_SIZE(includes); i++)
		if (input_take_text(&lexer->input, includes[i])) {
			read_include(lexer, includes[i][3] == 'm');
			return true;
		}
	return false;
}

/* OpenSIPS resolves includes line by line before it runs its lexer, so also within comments. */
static bool take_include_of_line(struct cfg_lexer *lexer)
{
	if (lexer->dialect != DIALECT_PLAIN)
		return false;
	scan_blanks(&lexer->input);
	if (!input_take_text(&lexer->input, "include_file") && !input_take_text(&lexer->input, "import_file"))
		return false;
	read_include(lexer, false);
	return true;
}

/* In both routers comments nest, and a comment may end in another file than it began in. */
static void skip_comment(struct cfg_lexer *lexer)
{
	struct cfg_input *input = &lexer->input;
	struct place_in_config start = input_place(input);
	unsigned depth = 0;
	do {
		if (input_take_text(input, "/*")) {
			depth++;
		} else if (input_take_text(input, "*/")) {
			depth--;
		} else if (input_peek(input) == INPUT_END) {
			if (input_next_file(input))
				continue;
			estimate_unread(input->estimate, start, "a comment begins here and has no end");
			return;
		} else if (input_take(input) == '\n') {
			while (take_include_of_line(lexer))
				;
		}
	} while (depth > 0);
}

/* Skips white space, comments and directives. True if it consumed something: call it again. */
static bool skip_noise(struct cfg_lexer *lexer)
{
	struct cfg_input *input = &lexer->input;
	bool preprocessed = lexer->dialect == DIALECT_PREPROCESSED;
	int c = input_peek(input), next = input_peek_at(input, 1);

	if (is_blank(c)) {
		scan_blanks(input);
	} else if (c == '\n') {
		input_take(input);
		lexer->at_line_start = true;
	} else if (preprocessed && (preprocessor_directive(&lexer->preprocessor, input))) {
		lexer->at_line_start = true;
	} else if (preprocessed && take_prefixed_include(lexer)) {
		lexer->at_line_start = true;
	} else if (c == '#' || (preprocessed && c == '/' && next == '/')) {
		scan_line(input);
		lexer->at_line_start = true;
	} else if (c == '/' && next == '*') {
		skip_comment(lexer);
	} else if (c == '\\' && next == '\n') {
		input_take(input);
		input_take(input);
	} else {
		return false;
	}
	return true;
}

/* Reads a word. False if it was an include or a macro, which changed the input: try again. */
static bool read_word(struct cfg_lexer *lexer)
{
	struct token *token = &lexer->token;
	bool optional;

	scan_word(&lexer->input, &token->text);
	/* OpenSIPS resolves includes line by line before it runs its lexer */
	if ((lexer->dialect == DIALECT_PREPROCESSED || token->starts_line) &&
	    is_include(lexer, token->text.data, &optional)) {
		read_include(lexer, optional);
		return false;
	}
	const char *value = preprocessor_value(&lexer->preprocessor, token->text.data);
	if (value && preprocessor_is_keyword(token->text.data))
		value = NULL;
	if (value && !lexer->skipping)
		preprocessor_note_name(&lexer->preprocessor, token->text.data);
	if (value)
		input_expand(&lexer->input, value);
	token->kind = TOKEN_WORD;
	return !value;
}

static void read_string(struct cfg_lexer *lexer)
{
	struct token *token = &lexer->token;
	scan_string(&lexer->input, lexer->dialect == DIALECT_PREPROCESSED, &token->text);
	if (!lexer->skipping)
		preprocessor_substitute(&lexer->preprocessor, &token->text, token->place);
	token->kind = TOKEN_STRING;
}

/* Reads one token where one begins. False: the input changed, try again. */
static bool read_token(struct cfg_lexer *lexer)
{
	struct token *token = &lexer->token;
	int c = input_peek(&lexer->input);

	token->place = input_place(&lexer->input);
	token->starts_line = lexer->at_line_start;
	token->character = 0;
	lexer->at_line_start = false;
	if (is_word(c))
		return read_word(lexer);
	if (c == '"' || c == '\'') {
		read_string(lexer);
		return true;
	}
	token->kind = TOKEN_CHARACTER;
	token->character = input_take(&lexer->input);
	if (c == '$')
		read_variable(&lexer->input, &token->text);
	return true;
}

void lexer_advance(struct cfg_lexer *lexer)
{
	for (;;) {
		if (input_peek(&lexer->input) == INPUT_END) {
			if (input_next_file(&lexer->input))
				continue;
			lexer->token.kind = TOKEN_END;
			lexer->token.place = input_place(&lexer->input);
			return;
		}
		if (!skip_noise(lexer) && read_token(lexer))
			return;
	}
}

bool lexer_at_character(const struct cfg_lexer *lexer, int character)
{
	return lexer->token.kind == TOKEN_CHARACTER && lexer->token.character == character;
}

bool lexer_at_word(const struct cfg_lexer *lexer, const char *word)
{
	return lexer->token.kind == TOKEN_WORD && strcasecmp(lexer->token.text.data, word) == 0;
}

bool lexer_precedes(struct cfg_lexer *lexer, int character)
{
	size_t ahead = 0;
	while (is_blank(input_peek_at(&lexer->input, ahead)))
		ahead++;
	return input_peek_at(&lexer->input, ahead) == character;
}

bool lexer_accept(struct cfg_lexer *lexer, int character)
{
	if (!lexer_at_character(lexer, character))
		return false;
	lexer_advance(lexer);
	return true;
}

bool lexer_accept_word(struct cfg_lexer *lexer, const char *word)
{
	if (!lexer_at_word(lexer, word))
		return false;
	lexer_advance(lexer);
	return true;
}

/* YES and NO of both cfg.lex. */
static bool parse_boolean(const char *word, int64_t *number)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "disable", "enable"};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0) {
			*number = i % 2;
			return true;
		}
	return false;
}

/* Both routers keep a number in an int; false if it does not fit. */
static bool parse_number(const char *word, int64_t *number)
{
	size_t length = strlen(word);
	bool binary = length > 1 && word[length - 1] == 'b' && strspn(word, "01") == length - 1;
	char *end;

	if (word[0] < '0' || word[0] > '9')
		return parse_boolean(word, number);
	errno = 0;
	*number = strtoll(word, &end, binary ? 2 : 0);
	return errno == 0 && *number <= INT32_MAX && (binary || *end == '\0');
}

bool lexer_take_number(struct cfg_lexer *lexer, int64_t *number)
{
	bool negative = lexer_accept(lexer, '-');
	int64_t read;
	if (lexer->token.kind != TOKEN_WORD || !parse_number(lexer->token.text.data, &read))
		return false;
	*number = negative ? -read : read;
	lexer_advance(lexer);
	return true;
}

char *lexer_take_text(struct cfg_lexer *lexer)
{
	if (lexer->token.kind != TOKEN_WORD && lexer->token.kind != TOKEN_STRING)
		return NULL;
	char *text = xstrdup(lexer->token.text.data);
	lexer_advance(lexer);
	return text;
}

static bool is_condition(const char *word)
{
	static const char *const words[] = {"if", "while", "switch"};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(words[i], word) == 0)
			return true;
	return false;
}

static void count_string(const struct token *token, struct script *script)
{
	script->strings++;
	for (size_t i = 0; i < token->text.length; i++)
		script->string_variables += token->text.data[i] == '$';
}

/* Adds the current token to the counts. A word directly before a parenthesis is a call. */
static void count_token(struct cfg_lexer *lexer)
{
	struct script *script = &lexer->script;
	const struct token *token = &lexer->token;

	if (token->kind == TOKEN_STRING)
		count_string(token, script);
	else if (token->kind == TOKEN_WORD && is_condition(token->text.data))
		script->conditions++;
	else if (token->kind == TOKEN_WORD)
		script->calls += input_peek(&lexer->input) == '(';
	else if (token->kind == TOKEN_CHARACTER && token->character == ';')
		script->statements++;
	else if (token->kind == TOKEN_CHARACTER && token->character == '$')
		script->variables++;
}

bool lexer_skip_block(struct cfg_lexer *lexer)
{
	unsigned depth = 0;
	lexer->skipping = true;
	do {
		depth += lexer_at_character(lexer, '{');
		depth -= lexer_at_character(lexer, '}');
		count_token(lexer);
		if (depth == 0)
			lexer->skipping = false; /* strings after the block are read again */
		lexer_advance(lexer);
	} while (depth > 0 && lexer->token.kind != TOKEN_END);
	lexer->skipping = false;
	return depth == 0 || lexer->input.stopped;
}
