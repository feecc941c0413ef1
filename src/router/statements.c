/* SPDX-License-Identifier: MIT */
#include "router/statements.h"

#include <string.h>

#include "base/alloc.h"
#include "router/modules.h"

bool statement_number(struct cfg_lexer *lexer, struct estimate *estimate, const char *name, int64_t *number)
{
	if (!lexer_accept(lexer, '='))
		return false; /* not an assignment, so not the setting */
	if (lexer_take_number(lexer, number))
		return true;
	estimate_uncertain(estimate, lexer->token.place, "the value of %s is not known", name);
	return false;
}

static const struct statement_row *find(const struct statement_row *rows, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static void read_statement(struct cfg_lexer *lexer, const struct statement_row *rows, size_t count,
			   struct estimate *estimate, void *config)
{
	struct place_in_config place = lexer->token.place;
	cleanup_free char *name = lexer_take_text(lexer);
	const struct statement_row *row = find(rows, count, name);

	if (row && row->read)
		row->read(config, &(struct statement){.name = name, .what = row->what, .place = place});
	else if (!row && names_processes(name) && lexer_at_character(lexer, '='))
		estimate_uncertain_by(estimate, place, 0, ANY_NUMBER,
				      "the setting %s is not known here: assumed to start no process", name);
}

/* "gateway.timers = 5" declares a custom variable (cfg_var in core/cfg.y), not the setting. */
static void skip_variable(struct cfg_lexer *lexer)
{
	lexer_advance(lexer);
	if (lexer->token.kind == TOKEN_WORD)
		lexer_advance(lexer);
}

void statement_unclosed(struct estimate *estimate, struct place_in_config start)
{
	estimate_unread(estimate, start, "a block begins here and has no end");
}

static void skip_block(struct cfg_lexer *lexer, struct estimate *estimate)
{
	struct place_in_config start = lexer->token.place;
	if (!lexer_skip_block(lexer))
		statement_unclosed(estimate, start);
}

static void skip_token(struct cfg_lexer *lexer, struct estimate *estimate)
{
	if (lexer_at_character(lexer, '}'))
		estimate_unread(estimate, lexer->token.place,
				"this } closes no block: the router refuses to start");
	lexer_advance(lexer);
}

void statements_read(struct cfg_lexer *lexer, const struct statement_row *rows, size_t count,
		     struct estimate *estimate, void *config)
{
	lexer_advance(lexer);
	while (lexer->token.kind != TOKEN_END) {
		if (lexer->token.kind == TOKEN_WORD)
			read_statement(lexer, rows, count, estimate, config);
		else if (lexer_at_character(lexer, '{'))
			skip_block(lexer, estimate);
		else if (lexer_at_character(lexer, '.'))
			skip_variable(lexer);
		else
			skip_token(lexer, estimate);
	}
}
