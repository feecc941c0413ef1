/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_EXPRESSION_H
#define SIPLAUNCH_ROUTER_EXPRESSION_H
/*
 * The expressions of Kamailio's #!ifexp and #!defexp (core/utils/snexpr.h): numbers, texts in quotes, defined
 * names, parentheses, and the arithmetic, comparing and logical operators. Private to this room.
 */
#include <stdbool.h>

struct preprocessor;

enum expression_kind {
	EXPRESSION_NUMBER,
	EXPRESSION_TEXT,
	EXPRESSION_WRONG,   /* Kamailio cannot evaluate it: false, and no value */
	EXPRESSION_UNKNOWN, /* it depends on the router's version, or uses what siplaunch does not evaluate */
};

struct expression_value {
	enum expression_kind kind;
	float number; /* a float, as in Kamailio: 2^24 + 1 becomes 2^24 */
	char *text;   /* owned */
};

/* Evaluates the text of an expression. The caller clears the result. */
struct expression_value expression_evaluate(const struct preprocessor *names, const char *text);
void expression_clear(struct expression_value *value);

/* Its value for #!ifexp. */
bool expression_holds(const struct expression_value *value);

/* Its value for #!defexp; "" if it is wrong. Caller frees. */
char *expression_text(const struct expression_value *value);

#endif
