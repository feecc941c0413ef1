/* SPDX-License-Identifier: MIT */
#include "router/expression.h"

#include <math.h> /* NAN */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "router/preprocessor.h"

/* siplaunch's own bounds: nesting of parentheses and signs, and bytes of a concatenated text. */
#define DEPTH_MAX 64
#define TEXT_MAX  4096

struct reader {
	const struct preprocessor *names;
	const char *at;
	unsigned depth;
};

void expression_clear(struct expression_value *value)
{
	free(value->text);
	*value = (struct expression_value){.kind = EXPRESSION_UNKNOWN};
}

/* Truncates towards 0. A float beyond 1e9 has no fraction. */
static float whole(float number)
{
	return number > -1e9F && number < 1e9F ? (float)(long)number : number;
}

static struct expression_value number_of(float number)
{
	return (struct expression_value){.kind = EXPRESSION_NUMBER, .number = number};
}

static struct expression_value text_of(const char *text, size_t length)
{
	return (struct expression_value){.kind = EXPRESSION_TEXT, .text = xstrndup(text, length)};
}

static struct expression_value of_kind(enum expression_kind kind)
{
	return (struct expression_value){.kind = kind};
}

static void skip_blanks(struct reader *reader)
{
	while (ascii_is_space(*reader->at))
		reader->at++;
}

/* snexpr_parse_number(): digits with perhaps a point; NAN for anything else. */
static float parse_number(const char *text)
{
	size_t digits = strspn(text, "0123456789."), points = 0;
	for (const char *c = text; *c; c++)
		points += *c == '.';
	return *text && !text[digits] && points < 2 && digits > points ? strtof(text, NULL) : NAN;
}

/* The value of a name: 0 if it is not defined, 1 if its replacement is empty, else a text. */
static struct expression_value value_of_name(const struct preprocessor *names, const char *name)
{
	const char *value = preprocessor_value(names, name);
	if (!value)
		return preprocessor_names_router(name) ? of_kind(EXPRESSION_UNKNOWN) : number_of(0);
	if (preprocessor_is_unfollowed(names, name))
		return of_kind(EXPRESSION_UNKNOWN);
	size_t length = strlen(value);
	if (length == 0)
		return number_of(1);
	bool quoted = length >= 2 && (value[0] == '"' || value[0] == '\'') && value[0] == value[length - 1];
	return quoted ? text_of(value + 1, length - 2) : text_of(value, length);
}

static struct expression_value read_expression(struct reader *reader, int level);

static struct expression_value read_parentheses(struct reader *reader)
{
	reader->at++;
	struct expression_value value = read_expression(reader, 0);
	skip_blanks(reader);
	if (*reader->at == ')') {
		reader->at++;
		return value;
	}
	expression_clear(&value);
	return value;
}

static struct expression_value read_text(struct reader *reader)
{
	const char *start = reader->at + 1, *end = strchr(start, *reader->at);
	if (!end || memchr(start, '\\', (size_t)(end - start)))
		return of_kind(EXPRESSION_UNKNOWN);
	reader->at = end + 1;
	return text_of(start, (size_t)(end - start));
}

static struct expression_value read_name(struct reader *reader)
{
	const char *start = reader->at;
	while (is_word((unsigned char)*reader->at))
		reader->at++;
	cleanup_free char *name = xstrndup(start, (size_t)(reader->at - start));
	skip_blanks(reader);
	return *reader->at == '(' ? of_kind(EXPRESSION_UNKNOWN) : value_of_name(reader->names, name);
}

static struct expression_value read_number(struct reader *reader)
{
	size_t length = strspn(reader->at, "0123456789.");
	cleanup_free char *text = xstrndup(reader->at, length);
	float number = parse_number(text);
	reader->at += length;
	return isnan(number) || is_word((unsigned char)*reader->at) ? of_kind(EXPRESSION_UNKNOWN)
								    : number_of(number);
}

static struct expression_value read_operand(struct reader *reader);

/* '-' and '!' want a number. */
static struct expression_value read_sign(struct reader *reader)
{
	char sign = *reader->at++;
	struct expression_value value = read_operand(reader);
	if (value.kind == EXPRESSION_NUMBER)
		value.number = sign == '-' ? -value.number : value.number == 0;
	else if (value.kind == EXPRESSION_TEXT) {
		expression_clear(&value);
		value.kind = EXPRESSION_WRONG;
	}
	return value;
}

static struct expression_value read_operand(struct reader *reader)
{
	struct expression_value value = of_kind(EXPRESSION_UNKNOWN);

	skip_blanks(reader);
	char c = *reader->at;
	if (reader->depth >= DEPTH_MAX)
		return value;
	reader->depth++;
	if (c == '-' || c == '!')
		value = read_sign(reader);
	else if (c == '(')
		value = read_parentheses(reader);
	else if (c == '"' || c == '\'')
		value = read_text(reader);
	else if (ascii_is_digit(c) || c == '.')
		value = read_number(reader);
	else if (is_word((unsigned char)c))
		value = read_name(reader);
	reader->depth--;
	return value;
}

enum operation {
	OR,
	AND,
	EQUAL,
	NOT_EQUAL,
	LESS_EQUAL,
	GREATER_EQUAL,
	LESS,
	GREATER,
	PLUS,
	MINUS,
	TIMES,
	DIVIDE,
	REMAINDER,
};

/* Of two operators with a common prefix the longer comes first. A higher level binds closer. */
static const struct {
	const char *text;
	enum operation operation;
	int level;
} operators[] = {
	{"||", OR, 1},         {"&&", AND, 2},           {"==", EQUAL, 3}, {"!=", NOT_EQUAL, 3},
	{"<=", LESS_EQUAL, 3}, {">=", GREATER_EQUAL, 3}, {"<", LESS, 3},   {">", GREATER, 3},
	{"+", PLUS, 4},        {"-", MINUS, 4},          {"*", TIMES, 5},  {"/", DIVIDE, 5},
	{"%", REMAINDER, 5},
};

/* The next operator, if it binds closer than `level`; else -1. "**", "<<" and ">>" of snexpr are not
 * supported: -1. */
static int next_operator(struct reader *reader, int level)
{
	static const char *const others[] = {"**", "<<", ">>"};

	skip_blanks(reader);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strncmp(reader->at, others[i], 2) == 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (strncmp(reader->at, operators[i].text, strlen(operators[i].text)) == 0)
			return operators[i].level > level ? (int)i : -1;
	return -1;
}

char *expression_text(const struct expression_value *value)
{
	if (value->kind == EXPRESSION_TEXT)
		return xstrdup(value->text);
	if (value->kind != EXPRESSION_NUMBER)
		return xstrdup("");
	return xasprintf("%.0f", (double)whole(value->number));
}

/* snexpr_format_num() */
static char *text_of_number(float number)
{
	return number == whole(number) ? xasprintf("%.0f", (double)number)
				       : xasprintf("%.4g", (double)number);
}

/* Converts the right value to the kind of the left one. */
static void convert(const struct expression_value *left, struct expression_value *right)
{
	if (left->kind == right->kind)
		return;
	struct expression_value converted = number_of(right->text ? parse_number(right->text) : 0);
	if (left->kind == EXPRESSION_TEXT)
		converted = (struct expression_value){.kind = EXPRESSION_TEXT,
						      .text = text_of_number(right->number)};
	free(right->text);
	*right = converted;
}

static bool compare(enum operation operation, float a, float b)
{
	switch (operation) {
	case EQUAL:
		return a == b;
	case NOT_EQUAL:
		return a != b;
	case LESS:
		return a < b;
	case LESS_EQUAL:
		return a <= b;
	case GREATER:
		return a > b;
	default:
		return a >= b;
	}
}

static struct expression_value calculate(enum operation operation, float a, float b)
{
	switch (operation) {
	case PLUS:
		return number_of(a + b);
	case MINUS:
		return number_of(a - b);
	case TIMES:
		return number_of(a * b);
	case DIVIDE:
		return b == 0 ? of_kind(EXPRESSION_WRONG) : number_of(a / b);
	default:
		return b == 0 ? of_kind(EXPRESSION_UNKNOWN) : number_of(a - b * whole(a / b));
	}
}

/* Both are numbers or texts. As in snexpr_eval(), the left value's kind decides for + and for comparisons;
 * the other operators require numbers. */
static struct expression_value combine(enum operation operation, const struct expression_value *left,
				       struct expression_value *right)
{
	bool texts = left->kind == EXPRESSION_TEXT;
	if (operation <= GREATER) {
		convert(left, right);
		return number_of(texts ? compare(operation, (float)strcmp(left->text, right->text), 0)
				       : compare(operation, left->number, right->number));
	}
	if (operation == PLUS) {
		convert(left, right);
		if (texts && strlen(left->text) > TEXT_MAX)
			return of_kind(EXPRESSION_UNKNOWN);
		if (texts)
			return (struct expression_value){.kind = EXPRESSION_TEXT,
							 .text = xasprintf("%s%s", left->text, right->text)};
	} else if (texts || right->kind == EXPRESSION_TEXT) {
		return of_kind(EXPRESSION_WRONG);
	}
	return calculate(operation, left->number, right->number);
}

/* && and || use a text's address as a number: the result is not known. */
static struct expression_value decide(enum operation operation, const struct expression_value *left,
				      const struct expression_value *right)
{
	bool known = left->kind == EXPRESSION_NUMBER, holds = known && left->number != 0;
	if (known && holds == (operation == OR))
		return number_of(left->number);
	if (!known || right->kind != EXPRESSION_NUMBER)
		return of_kind(EXPRESSION_UNKNOWN);
	return number_of(right->number);
}

static struct expression_value apply(enum operation operation, struct expression_value *left,
				     struct expression_value *right)
{
	if (operation <= AND)
		return decide(operation, left, right);
	if (left->kind == EXPRESSION_UNKNOWN || right->kind == EXPRESSION_UNKNOWN)
		return of_kind(EXPRESSION_UNKNOWN);
	if (left->kind == EXPRESSION_WRONG || right->kind == EXPRESSION_WRONG)
		return of_kind(EXPRESSION_WRONG);
	return combine(operation, left, right);
}

/* Operators of the same level from left to right. */
static struct expression_value read_expression(struct reader *reader, int level)
{
	struct expression_value left = read_operand(reader);

	for (int next; (next = next_operator(reader, level)) >= 0;) {
		reader->at += strlen(operators[next].text);
		struct expression_value right = read_expression(reader, operators[next].level);
		struct expression_value result = apply(operators[next].operation, &left, &right);
		free(left.text);
		free(right.text);
		left = result;
	}
	return left;
}

struct expression_value expression_evaluate(const struct preprocessor *names, const char *text)
{
	struct reader reader = {.names = names, .at = text};
	struct expression_value value = read_expression(&reader, 0);

	skip_blanks(&reader);
	if (*reader.at)
		expression_clear(&value);
	return value;
}

bool expression_holds(const struct expression_value *value)
{
	return value->kind == EXPRESSION_TEXT ? value->text[0] != '\0'
					      : value->kind == EXPRESSION_NUMBER && value->number != 0;
}
