/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_STATEMENTS_H
#define SIPLAUNCH_ROUTER_STATEMENTS_H
/*
 * The statements of a configuration, each read by its row of the router's table. Private to this room.
 */
#include "router/cfg_lexer.h"

/* What a reader is given: the name that was read, and where. */
struct statement {
	const char *name;
	size_t what; /* of its row */
	struct place_in_config place;
};

struct statement_row {
	const char *name;
	/* Reads on behind the name; `config` is the router's. NULL: the statement is known, and does not
	 * matter. */
	void (*read)(void *config, const struct statement *statement);
	size_t what; /* the reader's own: which of its settings this is */
};

/*
 * Reads the text to its end; blocks (routes) are passed over. A setting that has no row, and is named as
 * those that decide how many processes there are, is a doubt.
 */
void statements_read(struct cfg_lexer *lexer, const struct statement_row *rows, size_t count,
		     struct estimate *estimate, void *config);

/* Reads "= NUMBER" behind the name of a setting. False: it is no assignment, or, with a doubt, no number. */
bool statement_number(struct cfg_lexer *lexer, struct estimate *estimate, const char *name, int64_t *number);

#endif
