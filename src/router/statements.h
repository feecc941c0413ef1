/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_STATEMENTS_H
#define SIPLAUNCH_ROUTER_STATEMENTS_H
/*
 * The statements of a configuration, each read by its row of the router's table. Private to this room.
 */
#include "router/cfg_lexer.h"

/* The argument of a reader: the name that was read, and where. */
struct statement {
	const char *name;
	size_t what; /* of its row */
	struct place_in_config place;
};

struct statement_row {
	const char *name;
	/* Reads the text behind the name; `config` is the router's. NULL: the statement is known, and is
	 * ignored. */
	void (*read)(void *config, const struct statement *statement);
	size_t what; /* for the reader: which setting this is */
};

/*
 * Reads the text to its end, and skips blocks (routes). A setting without a row, whose name suggests a number
 * of processes (names_processes()), adds an uncertainty.
 */
void statements_read(struct cfg_lexer *lexer, const struct statement_row *rows, size_t count,
		     struct estimate *estimate, void *config);

/* Reports that the block that begins at `start` has no end: the text behind it is not read. A brace is
 * missing, or the file is a template. */
void statement_unclosed(struct estimate *estimate, struct place_in_config start);

/* Reads "= NUMBER" behind the name of a setting. False: it is not an assignment, or its value is not a
 * number, which adds an uncertainty. */
bool statement_number(struct cfg_lexer *lexer, struct estimate *estimate, const char *name, int64_t *number);

#endif
