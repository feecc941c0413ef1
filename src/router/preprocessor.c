/* SPDX-License-Identifier: MIT */
#include "router/preprocessor.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "router/expression.h"

/* MAX_DEFINES and MAX_IFDEFS of core/cfg.lex. */
#define DEFINES_MAX    512
#define CONDITIONS_MAX 512
/* Ours: rules that feed each other could make a string grow without end. */
#define SUBSTITUTIONS_MAX 64
#define SUBSTITUTED_MAX   ((size_t)64 << 10)

static size_t define_position(const struct preprocessor *preprocessor, const char *name, bool *found)
{
	size_t low = 0, high = preprocessor->define_count;
	*found = false;
	while (low < high && !*found) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(preprocessor->defines[middle].name, name);
		*found = order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return *found ? high : low;
}

const char *preprocessor_value(const struct preprocessor *preprocessor, const char *name)
{
	bool found;
	size_t position = define_position(preprocessor, name, &found);
	return found ? preprocessor->defines[position].value : NULL;
}

static void insert_define(struct preprocessor *preprocessor, size_t position, const char *name,
			  const char *value)
{
	(void)ARRAY_ADD(preprocessor->defines, preprocessor->define_count);
	struct define *at = &preprocessor->defines[position];
	memmove(at + 1, at, (preprocessor->define_count - 1 - position) * sizeof *at);
	*at = (struct define){.name = xstrdup(name), .value = xstrdup(value)};
}

void preprocessor_define(struct preprocessor *preprocessor, enum define_mode mode, const char *name,
			 const char *value, struct place_in_config place)
{
	bool found;
	size_t position = define_position(preprocessor, name, &found);

	if (!found && preprocessor->define_count >= DEFINES_MAX) {
		estimate_unread(preprocessor->estimate, place, "more names are defined than kamailio takes");
	} else if (!found) {
		insert_define(preprocessor, position, name, value);
	} else if (mode == DEFINE_AGAIN) {
		char *copy = xstrdup(value);
		free(preprocessor->defines[position].value);
		preprocessor->defines[position].value = copy;
	} else if (mode == DEFINE_ONCE) {
		estimate_unread(preprocessor->estimate, place,
				"%s is already defined: kamailio refuses to start", name);
	}
}

/* The part up to an unescaped separator; moves *at behind it. NULL when there is none. */
static char *cut_part(const char **at, char separator)
{
	for (const char *p = *at; *p; p++) {
		if (*p != separator || (p > *at && p[-1] == '\\'))
			continue;
		char *part = xstrndup(*at, (size_t)(p - *at));
		*at = p + 1;
		return part;
	}
	return NULL;
}

void preprocessor_substitution(struct preprocessor *preprocessor, const char *rule, bool define, bool quoted,
			       struct place_in_config place)
{
	const char *at = rule[0] ? rule + 1 : rule;
	cleanup_free char *from = cut_part(&at, rule[0]), *written = from ? cut_part(&at, rule[0]) : NULL;
	cleanup_free char *value = written ? preprocessor_evaluate(preprocessor, written, place) : NULL;
	const char *to = value ? value : written;

	if (!to || !from[0]) {
		estimate_unread(preprocessor->estimate, place, "'%s' is not a substitution", rule);
		return;
	}
	if (strpbrk(to, "$\\") || strpbrk(from, "[](){}.*+?|^$\\") || strchr(at, 'i'))
		estimate_unread(preprocessor->estimate, place,
				"the substitution '%s' is more than a literal text: it is not followed",
				rule);
	cleanup_free char *text = quoted ? xasprintf("\"%s\"", to) : xstrdup(to);
	if (define)
		preprocessor_define(preprocessor, DEFINE_ONCE, from, text, place);

	if (preprocessor->substitution_count >= SUBSTITUTIONS_MAX) {
		estimate_unread(preprocessor->estimate, place, "too many substitutions: not followed");
		return;
	}
	struct substitution *added = ARRAY_ADD(preprocessor->substitutions, preprocessor->substitution_count);
	*added = (struct substitution){
		.from = xstrdup(from), .to = xstrdup(to), .everywhere = strchr(at, 'g') != NULL};
}

/* False when the string would grow too long; it is left as it was then. */
static bool apply(const struct substitution *substitution, struct text *string)
{
	const char *at = string->data, *found = strstr(at, substitution->from);
	if (!found)
		return true;
	struct text result = {0};
	do {
		while (at < found)
			text_add(&result, *at++);
		for (const char *to = substitution->to; *to; to++)
			text_add(&result, *to);
		at += strlen(substitution->from);
		found = substitution->everywhere ? strstr(at, substitution->from) : NULL;
	} while (found && result.length <= SUBSTITUTED_MAX);
	while (*at && result.length <= SUBSTITUTED_MAX)
		text_add(&result, *at++);
	if (result.length > SUBSTITUTED_MAX) {
		text_clear(&result);
		return false;
	}
	if (result.length == 0)
		text_reset(&result);
	text_clear(string);
	*string = result;
	return true;
}

void preprocessor_substitute(const struct preprocessor *preprocessor, struct text *string,
			     struct place_in_config place)
{
	for (size_t i = 0; i < preprocessor->substitution_count; i++) {
		if (apply(&preprocessor->substitutions[i], string))
			continue;
		estimate_unread(preprocessor->estimate, place, "a substitution makes this string too long");
		return;
	}
}

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
	DIRECTIVE_IFDEF,
	DIRECTIVE_IFNDEF,
	DIRECTIVE_IFEXP,
	DIRECTIVE_ELSE,
	DIRECTIVE_ENDIF,
	DIRECTIVE_ENVIRONMENT,
	DIRECTIVE_EXPRESSION,
	DIRECTIVE_SUBST,
	DIRECTIVE_SUBSTDEF,
	DIRECTIVE_SUBSTDEFS,
};

/* What must follow the word, else the line is only a comment. */
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
	{"substdefs", DIRECTIVE_SUBSTDEFS, FOLLOWS_ANYTHING},
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

/* The directive that comes next; its word is taken only when there is one. */
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

static void push_condition(struct preprocessor *preprocessor, struct cfg_input *input,
			   struct place_in_config place, bool holds)
{
	if (preprocessor->condition_count >= CONDITIONS_MAX) {
		estimate_unread(preprocessor->estimate, place,
				"conditions are nested deeper than kamailio takes");
		input->stopped = true;
		return;
	}
	struct condition *condition = ARRAY_ADD(preprocessor->conditions, preprocessor->condition_count);
	*condition = (struct condition){.holds = holds, .place = place};
	preprocessor->inactive += !holds;
}

/* The value in the environment, with a doubt where the router's may be another; NULL: it has none. */
static const char *environment_value(const struct preprocessor *preprocessor, const char *variable, bool must,
				     struct place_in_config place)
{
	const char *value = getenv(variable);
	if (!value && must)
		estimate_unread(preprocessor->estimate, place,
				"%s is not in the environment: kamailio refuses to start", variable);
	else if (preprocessor->environment_ours && value)
		estimate_warn(preprocessor->estimate, place,
			      "%s is taken from the environment, and must be the same for the router",
			      variable);
	else if (!preprocessor->environment_ours)
		estimate_unread(preprocessor->estimate, place,
				value ? "%s depends on the environment: its value of this moment is taken"
				      : "%s is not in the environment",
				variable);
	return value;
}

static bool is_alone(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0 && strchr(text, ')') != NULL;
}

char *preprocessor_evaluate(const struct preprocessor *preprocessor, const char *text,
			    struct place_in_config place)
{
	struct text result = {0};

	text_reset(&result);
	while (*text && result.length <= SUBSTITUTED_MAX) {
		bool environment = is_alone(text, "$env(");
		if (!environment && !is_alone(text, "$def(")) {
			if (*text == '$')
				break;
			text_add(&result, *text++);
			continue;
		}
		const char *end = strchr(text, ')');
		cleanup_free char *name = xstrndup(text + 5, (size_t)(end - text - 5));
		const char *value = environment ? environment_value(preprocessor, name, false, place)
						: preprocessor_value(preprocessor, name);
		if (!value)
			break;
		for (const char *c = value; *c; c++)
			text_add(&result, *c);
		text = end + 1;
	}
	if (!*text)
		return result.data;
	text_clear(&result);
	return NULL;
}

/* KAMAILIO_5, KAMAILIO_5_6 … are the router's own (pp_define_core in core/ppcfg.c); no router older than 5 is
 * looked for. */
static bool names_version(const char *name)
{
	return strncmp(name, "KAMAILIO_", 9) == 0 && name[9] >= '5' && name[9] <= '9';
}

bool preprocessor_names_router(const char *name)
{
	return names_version(name) || strcmp(name, "KAMAILIO_VERSION") == 0 || strcmp(name, "OS_NAME") == 0;
}

static void read_condition(struct preprocessor *preprocessor, struct cfg_input *input, bool wanted)
{
	struct place_in_config place = input_place(input);

	scan_blanks(input);
	scan_word(input, &preprocessor->word);
	scan_line(input);
	if (active(preprocessor) && names_version(preprocessor->word.data) &&
	    !preprocessor_value(preprocessor, preprocessor->word.data))
		estimate_unread(preprocessor->estimate, place,
				"%s depends on the version: taken as not defined", preprocessor->word.data);
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
				"#!ifexp depends on more than the configuration: its lines are taken");
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
	scan_line(input);
	if (preprocessor->condition_count == 0)
		return;
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
	const char *value = environment_value(preprocessor, equals ? equals + 1 : name, must, place);
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
		return; /* kamailio will complain of it */
	scan_string(input, true, &preprocessor->string);
	preprocessor_substitution(preprocessor, preprocessor->string.data, define, quoted, place);
}

static void read_directive(struct preprocessor *preprocessor, struct cfg_input *input,
			   enum directive directive)
{
	/* the directive's own word, before it is overwritten: it says how strict defenv is */
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
		read_substitution(preprocessor, input, true, false);
		break;
	case DIRECTIVE_SUBSTDEFS:
		read_substitution(preprocessor, input, true, true);
		break;
	}
}

static bool is_conditional(enum directive directive)
{
	return directive == DIRECTIVE_IFDEF || directive == DIRECTIVE_IFNDEF ||
	       directive == DIRECTIVE_IFEXP || directive == DIRECTIVE_ELSE || directive == DIRECTIVE_ENDIF;
}

/* In IFDEF_SKIP only conditions are seen, but those anywhere: also within comments and strings. */
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

void preprocessor_finish(struct preprocessor *preprocessor)
{
	if (preprocessor->condition_count)
		estimate_unread(preprocessor->estimate, preprocessor->conditions[0].place,
				"this condition is never closed: kamailio refuses to start");
}

void preprocessor_clear(struct preprocessor *preprocessor)
{
	for (size_t i = 0; i < preprocessor->define_count; i++) {
		free(preprocessor->defines[i].name);
		free(preprocessor->defines[i].value);
	}
	for (size_t i = 0; i < preprocessor->substitution_count; i++) {
		free(preprocessor->substitutions[i].from);
		free(preprocessor->substitutions[i].to);
	}
	free(preprocessor->defines);
	free(preprocessor->substitutions);
	free(preprocessor->conditions);
	text_clear(&preprocessor->word);
	text_clear(&preprocessor->string);
	*preprocessor = (struct preprocessor){0};
}
