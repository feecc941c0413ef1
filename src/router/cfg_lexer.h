/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_CFG_LEXER_H
#define SIPLAUNCH_ROUTER_CFG_LEXER_H
/*
 * The tokens of a configuration, one at a time: words, strings, single characters. The lexer itself handles
 * comments, includes and, for Kamailio, the preprocessor. It follows the routers' cfg.lex as far as global
 * settings need it, and skips route blocks. Private to this room.
 */
#include <stdbool.h>
#include <stdint.h>

#include "router/cfg_scan.h"
#include "router/preprocessor.h"

enum cfg_dialect {
	DIALECT_PREPROCESSED, /* with a preprocessor, // comments, and includes anywhere: Kamailio */
	DIALECT_PLAIN,        /* with includes on lines of their own: OpenSIPS */
};

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_CHARACTER };

struct token {
	enum token_kind kind;
	int character;    /* TOKEN_CHARACTER: '=', '{', … */
	struct text text; /* WORD: letters, digits and underscores; STRING: its content; '$': the whole
			     variable */
	bool starts_line; /* only blanks before it on its line */
	struct place_in_config place;
};

/* Counts of the routes' contents, to estimate their size in memory. */
struct script {
	uint64_t statements; /* semicolons */
	uint64_t calls;      /* words before a parenthesis */
	uint64_t conditions; /* if, while, switch */
	uint64_t variables;  /* $var outside of strings */
	uint64_t strings;
	uint64_t string_variables; /* $var within */
};

struct cfg_lexer {
	enum cfg_dialect dialect;
	struct cfg_input input;
	struct preprocessor preprocessor; /* Kamailio's; empty for OpenSIPS */
	struct token token;               /* the current one */
	bool at_line_start;
	bool skipping;        /* within a block that is skipped: strings are not read */
	struct script script; /* of the blocks that were skipped */
};

/* Opens the command's configuration; the first lexer_advance() reads the first token. 0, or -1 with the
 * reason. lexer_clear() in both cases. */
int lexer_open(struct cfg_lexer *lexer, enum cfg_dialect dialect, const struct router_command *command,
	       struct estimate *estimate, struct error *error);
void lexer_clear(struct cfg_lexer *lexer);

void lexer_advance(struct cfg_lexer *lexer);

bool lexer_at_character(const struct cfg_lexer *lexer, int character);
bool lexer_at_word(const struct cfg_lexer *lexer, const char *word); /* ignores case */

/* Whether that character follows the current token, perhaps after blanks. */
bool lexer_precedes(struct cfg_lexer *lexer, int character);

/* Consumes the current token if it is that one; false otherwise. */
bool lexer_accept(struct cfg_lexer *lexer, int character);
bool lexer_accept_word(struct cfg_lexer *lexer, const char *word);

/* Consumes a number as cfg.lex reads it: decimal, 0x…, 0…, …b, yes/no and their synonyms, perhaps after a
 * minus, which is consumed in any case. False if there is no number, or it does not fit into an int: *number
 * is then unchanged. */
bool lexer_take_number(struct cfg_lexer *lexer, int64_t *number);

/* Consumes the current word or string and returns a copy (caller frees); NULL if it is neither. */
char *lexer_take_text(struct cfg_lexer *lexer);

/* Skips from '{' past its '}', and counts what is in between into lexer->script. False if the configuration
 * ends before. True if a bound stopped the input, which has its own warning. */
bool lexer_skip_block(struct cfg_lexer *lexer);

#endif
