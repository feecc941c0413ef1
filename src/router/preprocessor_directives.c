/* SPDX-License-Identifier: MIT */
/* The lines that begin with #! or !!: definitions, conditions, and the lines that these deactivate. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "router/expression.h"
#include "router/preprocessor.h"

#define CONDITIONS_MAX 512 /* MAX_IFDEFS of core/cfg.lex */

/* Whether lines count here: every open condition must hold. */
static bool active(const struct preprocessor *preprocessor)
{
	return preprocessor->inactive == 0;
}

enum directive {
	DIRECTIVE_NONE,
	DIRECTIVE_DEFINE,
	DIRECTIVE_TRY,
	DIRECTIVE_AGAIN,
	DIRECTIVE_UNDEFINE,
	DIRECTIVE_IFDEF,
	DIRECTIVE_IFNDEF,
	DIRECTIVE_IFEXP,
	DIRECTIVE_ELSE,
	DIRECTIVE_ENDIF,
	DIRECTIVE_ENVIRONMENT,
	DIRECTIVE_EXPRESSION,
	DIRECTIVE_SUBST,
	DIRECTIVE_SUBSTDEF,
};

/* What must follow the directive's word; otherwise the line is a comment. */
enum follows { FOLLOWS_BLANK, FOLLOWS_LINE_END, FOLLOWS_ANYTHING };

static const struct {
	const char *word;
	enum directive directive;
	enum follows follows;
} directives[] = {
	{"define", DIRECTIVE_DEFINE, FOLLOWS_BLANK},
	{"def", DIRECTIVE_DEFINE, FOLLOWS_BLANK},
	{"trydefine", DIRECTIVE_TRY, FOLLOWS_BLANK},
	{"trydef", DIRECTIVE_TRY, FOLLOWS_BLANK},
	{"redefine", DIRECTIVE_AGAIN, FOLLOWS_BLANK},
	{"redef", DIRECTIVE_AGAIN, FOLLOWS_BLANK},
	{"undefine", DIRECTIVE_UNDEFINE, FOLLOWS_BLANK},
	{"undef", DIRECTIVE_UNDEFINE, FOLLOWS_BLANK},
	{"tryundefine", DIRECTIVE_UNDEFINE, FOLLOWS_BLANK},
	{"tryundef", DIRECTIVE_UNDEFINE, FOLLOWS_BLANK},
	{"ifdef", DIRECTIVE_IFDEF, FOLLOWS_BLANK},
	{"ifndef", DIRECTIVE_IFNDEF, FOLLOWS_BLANK},
	{"ifexp", DIRECTIVE_IFEXP, FOLLOWS_BLANK},
	{"else", DIRECTIVE_ELSE, FOLLOWS_LINE_END},
	{"endif", DIRECTIVE_ENDIF, FOLLOWS_LINE_END},
	{"defexp", DIRECTIVE_EXPRESSION, FOLLOWS_BLANK},
	{"defexps", DIRECTIVE_EXPRESSION, FOLLOWS_BLANK},
	{"defenv", DIRECTIVE_ENVIRONMENT, FOLLOWS_ANYTHING},
	{"defenvs", DIRECTIVE_ENVIRONMENT, FOLLOWS_ANYTHING},
	{"trydefenv", DIRECTIVE_ENVIRONMENT, FOLLOWS_ANYTHING},
	{"trydefenvs", DIRECTIVE_ENVIRONMENT, FOLLOWS_ANYTHING},
	{"subst", DIRECTIVE_SUBST, FOLLOWS_ANYTHING},
	{"substdef", DIRECTIVE_SUBSTDEF, FOLLOWS_ANYTHING},
	{"substdefs", DIRECTIVE_SUBSTDEF, FOLLOWS_ANYTHING},
};

static bool follows_as_it_must(struct cfg_input *input, size_t ahead, enum follows follows)
{
	if (follows == FOLLOWS_ANYTHING)
		return true;
	if (follows == FOLLOWS_BLANK)
		return is_blank(input_peek_at(input, ahead));
	while (is_blank(input_peek_at(input, ahead)))
		ahead++;
	return input_peek_at(input, ahead) == '\n';
}

/* The directive that comes next; consumes its word only if it is one. */
static enum directive take_directive(struct preprocessor *preprocessor, struct cfg_input *input)
{
	int first = input_peek(input);
	if ((first != '#' && first != '!') || input_peek_at(input, 1) != '!')
		return DIRECTIVE_NONE;

	size_t ahead = 2;
	text_reset(&preprocessor->word);
	for (; is_word(input_peek_at(input, ahead)); ahead++)
		text_add(&preprocessor->word, input_peek_at(input, ahead));
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
		if (strcmp(directives[i].word, preprocessor->word.data) != 0 ||
		    !follows_as_it_must(input, ahead, directives[i].follows))
			continue;
		while (ahead-- > 0)
			input_take(input);
		return directives[i].directive;
	}
	return DIRECTIVE_NONE;
}

static void read_line(struct cfg_input *input, struct text *line)
{
	text_reset(line);
	for (int c = input_take(input); c != '\n' && c != INPUT_END; c = input_take(input))
		text_add(line, c);
}

/* #!defexp NAME EXPRESSION */
static void define_expression(struct preprocessor *preprocessor, bool quoted, struct place_in_config place)
{
	struct expression_value value = expression_evaluate(preprocessor, preprocessor->string.data);
	cleanup_free char *text = expression_text(&value);
	cleanup_free char *defined =
		quoted && value.kind != EXPRESSION_WRONG ? xasprintf("\"%s\"", text) : xstrdup(text);

	if (value.kind == EXPRESSION_UNKNOWN)
		estimate_unread(preprocessor->estimate, place,
				"%s is defined by an expression that depends on more than the configuration",
				preprocessor->word.data);
	else
		preprocessor_define(preprocessor, DEFINE_ONCE, preprocessor->word.data, defined, place);
	expression_clear(&value);
}

static void read_defined_expression(struct preprocessor *preprocessor, struct cfg_input *input, bool quoted)
{
	struct place_in_config place = input_place(input);
	scan_blanks(input);
	scan_word(input, &preprocessor->word);
	read_line(input, &preprocessor->string);
	if (preprocessor->word.length == 0)
		estimate_unread(preprocessor->estimate, place, "a definition without a name");
	else
		define_expression(preprocessor, quoted, place);
}

static void read_define(struct preprocessor *preprocessor, struct cfg_input *input, enum define_mode mode)
{
	struct place_in_config place = input_place(input);
	struct text *value = &preprocessor->string;

	scan_blanks(input);
	scan_word(input, &preprocessor->word);
	scan_blanks(input);
	text_reset(value);
	for (int c = input_take(input); c != '\n' && c != INPUT_END; c = input_take(input)) {
		/* not as the first character: DEFINE_EOL knows no continuation */
		if (c == '\\' && value->length && input_peek(input) == '\n')
			input_take(input);
		else
			text_add(value, c);
	}
	if (preprocessor->word.length == 0)
		estimate_unread(preprocessor->estimate, place, "a definition without a name");
	else
		preprocessor_define(preprocessor, mode, preprocessor->word.data, value->data, place);
}

/* A comment before 6.2. A name that is not defined stays so. */
static void read_undefine(struct preprocessor *preprocessor, struct cfg_input *input)
{
	struct place_in_config place = input_place(input);

	scan_blanks(input);
	scan_word(input, &preprocessor->word);
	scan_line(input);
	if (preprocessor_value(preprocessor, preprocessor->word.data))
		estimate_unread(preprocessor->estimate, place,
				"kamailio before 6.2 ignores #!undef: assumed that %s stays defined",
				preprocessor->word.data);
}

static void push_condition(struct preprocessor *preprocessor, struct cfg_input *input,
			   struct place_in_config place, bool holds)
{
	if (preprocessor->condition_count >= CONDITIONS_MAX) {
		estimate_unread(preprocessor->estimate, place,
				"conditions are nested deeper than kamailio accepts");
		input->stopped = true;
		return;
	}
	struct condition *condition = ARRAY_ADD(preprocessor->conditions, preprocessor->condition_count);
	*condition = (struct condition){.holds = holds, .place = place};
	preprocessor->inactive += !holds;
}

static void read_condition(struct preprocessor *preprocessor, struct cfg_input *input, bool wanted)
{
	struct place_in_config place = input_place(input);

	scan_blanks(input);
	scan_word(input, &preprocessor->word);
	scan_line(input);
	if (active(preprocessor) && preprocessor_names_version(preprocessor->word.data) &&
	    !preprocessor_value(preprocessor, preprocessor->word.data))
		estimate_unread(preprocessor->estimate, place,
				"%s depends on the version: assumed to be not defined",
				preprocessor->word.data);
	bool defined = preprocessor_value(preprocessor, preprocessor->word.data) != NULL;
	push_condition(preprocessor, input, place, defined == wanted);
}

static void read_expression(struct preprocessor *preprocessor, struct cfg_input *input)
{
	struct place_in_config place = input_place(input);
	read_line(input, &preprocessor->string);
	struct expression_value value = expression_evaluate(preprocessor, preprocessor->string.data);
	if (active(preprocessor) && value.kind == EXPRESSION_UNKNOWN)
		estimate_unread(preprocessor->estimate, place,
				"#!ifexp depends on more than the configuration: its lines are used");
	push_condition(preprocessor, input, place,
		       value.kind == EXPRESSION_UNKNOWN || expression_holds(&value));
	expression_clear(&value);
}

static void turn_condition(struct preprocessor *preprocessor, struct cfg_input *input)
{
	scan_line(input);
	if (preprocessor->condition_count == 0)
		return;
	struct condition *condition = &preprocessor->conditions[preprocessor->condition_count - 1];
	preprocessor->inactive -= !condition->holds;
	condition->holds = !condition->holds;
	preprocessor->inactive += !condition->holds;
}

static void pop_condition(struct preprocessor *preprocessor, struct cfg_input *input)
{
	struct place_in_config place = input_place(input);
	scan_line(input);
	if (preprocessor->condition_count == 0) {
		if (preprocessor->surplus_ends++ == 0)
			preprocessor->first_surplus = place;
		return;
	}
	preprocessor->condition_count--;
	preprocessor->inactive -= !preprocessor->conditions[preprocessor->condition_count].holds;
}

/* NAME, or NAME=VARIABLE. */
static void read_environment(struct preprocessor *preprocessor, struct cfg_input *input, bool must,
			     bool quoted)
{
	struct place_in_config place = input_place(input);
	scan_white(input);
	scan_nonblank(input, &preprocessor->string);

	char *name = preprocessor->string.data, *equals = strchr(name, '=');
	const char *value = preprocessor_environment(preprocessor, equals ? equals + 1 : name, must, place);
	if (!value)
		return;
	if (equals)
		*equals = '\0';
	cleanup_free char *text = quoted ? xasprintf("\"%s\"", value) : xstrdup(value);
	preprocessor_define(preprocessor, DEFINE_ONCE, name, text, place);
}

static void read_substitution(struct preprocessor *preprocessor, struct cfg_input *input, bool define,
			      bool quoted)
{
	struct place_in_config place = input_place(input);
	scan_white(input);
	int c = input_peek(input);
	if (c != '"' && c != '\'')
		return; /* kamailio reports it */
	scan_string(input, true, &preprocessor->string);
	preprocessor_substitution(preprocessor, preprocessor->string.data, define, quoted, place);
}

static void read_directive(struct preprocessor *preprocessor, struct cfg_input *input,
			   enum directive directive)
{
	/* reads the directive's word before it is overwritten: "trydefenv" is less strict than "defenv" */
	bool trying = preprocessor->word.data[0] == 't';
	bool quoted = preprocessor->word.data[preprocessor->word.length - 1] == 's';

	switch (directive) {
	case DIRECTIVE_NONE:
		break;
	case DIRECTIVE_DEFINE:
		read_define(preprocessor, input, DEFINE_ONCE);
		break;
	case DIRECTIVE_TRY:
		read_define(preprocessor, input, DEFINE_TRY);
		break;
	case DIRECTIVE_AGAIN:
		read_define(preprocessor, input, DEFINE_AGAIN);
		break;
	case DIRECTIVE_UNDEFINE:
		read_undefine(preprocessor, input);
		break;
	case DIRECTIVE_IFDEF:
		read_condition(preprocessor, input, true);
		break;
	case DIRECTIVE_IFNDEF:
		read_condition(preprocessor, input, false);
		break;
	case DIRECTIVE_IFEXP:
		read_expression(preprocessor, input);
		break;
	case DIRECTIVE_ELSE:
		turn_condition(preprocessor, input);
		break;
	case DIRECTIVE_ENDIF:
		pop_condition(preprocessor, input);
		break;
	case DIRECTIVE_ENVIRONMENT:
		read_environment(preprocessor, input, !trying, quoted);
		break;
	case DIRECTIVE_EXPRESSION:
		read_defined_expression(preprocessor, input, quoted);
		break;
	case DIRECTIVE_SUBST:
		read_substitution(preprocessor, input, false, false);
		break;
	case DIRECTIVE_SUBSTDEF:
		read_substitution(preprocessor, input, true, quoted);
		break;
	}
}

static bool is_conditional(enum directive directive)
{
	return directive == DIRECTIVE_IFDEF || directive == DIRECTIVE_IFNDEF ||
	       directive == DIRECTIVE_IFEXP || directive == DIRECTIVE_ELSE || directive == DIRECTIVE_ENDIF;
}

/* As in cfg.lex's state IFDEF_SKIP, only conditions are recognised, even within comments and strings. */
static void skip_inactive(struct preprocessor *preprocessor, struct cfg_input *input)
{
	while (!active(preprocessor)) {
		enum directive directive = take_directive(preprocessor, input);
		if (is_conditional(directive))
			read_directive(preprocessor, input, directive);
		else if (directive == DIRECTIVE_NONE && input_take(input) == INPUT_END &&
			 !input_next_file(input))
			return;
	}
}

bool preprocessor_directive(struct preprocessor *preprocessor, struct cfg_input *input)
{
	enum directive directive = take_directive(preprocessor, input);
	if (directive == DIRECTIVE_NONE)
		return false;
	read_directive(preprocessor, input, directive);
	skip_inactive(preprocessor, input);
	return true;
}

/* pp_ifdef_level_check() in core/ppcfg.c compares only their numbers. */
void preprocessor_finish(struct preprocessor *preprocessor)
{
	if (preprocessor->condition_count > preprocessor->surplus_ends)
		estimate_unread(preprocessor->estimate, preprocessor->conditions[0].place,
				"this condition is never closed: kamailio refuses to start");
	if (preprocessor->condition_count < preprocessor->surplus_ends)
		estimate_unread(preprocessor->estimate, preprocessor->first_surplus,
				"this #!endif closes no condition: kamailio refuses to start");
}
