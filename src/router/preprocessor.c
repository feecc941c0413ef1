/* SPDX-License-Identifier: MIT */
#include "router/preprocessor.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define DEFINES_MAX 512 /* MAX_DEFINES of core/cfg.lex */
/* siplaunch's own bounds: rules whose results match other rules could make a string grow without end. */
#define SUBSTITUTIONS_MAX 512
#define SUBSTITUTED_MAX   ((size_t)64 << 10)
#define SUBSTITUTED_MIB   16 /* of all strings together */

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
		estimate_unread(preprocessor->estimate, place,
				"more names are defined than kamailio accepts");
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

/* The part up to an unescaped separator; moves *at behind it. NULL if there is no separator. */
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

static void note_unfollowed(const struct preprocessor *preprocessor, const char *rule,
			    struct place_in_config place)
{
	estimate_unread(preprocessor->estimate, place,
			"the substitution '%s' is more than a literal text: it is not followed", rule);
}

static const struct substitution *find_unfollowed(const struct preprocessor *preprocessor, const char *name)
{
	for (size_t i = 0; i < preprocessor->substitution_count; i++) {
		const struct substitution *substitution = &preprocessor->substitutions[i];
		if (substitution->unfollowed && strcmp(substitution->from, name) == 0)
			return substitution;
	}
	return NULL;
}

bool preprocessor_is_unfollowed(const struct preprocessor *preprocessor, const char *name)
{
	return find_unfollowed(preprocessor, name) != NULL;
}

void preprocessor_note_name(const struct preprocessor *preprocessor, const char *name)
{
	const struct substitution *substitution = find_unfollowed(preprocessor, name);
	if (substitution)
		note_unfollowed(preprocessor, substitution->unfollowed, substitution->place);
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
	bool known = !strpbrk(to, "$\\"), literal = !strpbrk(from, "[](){}.*+?|^$\\") && !strchr(at, 'i');
	if (!literal)
		note_unfollowed(preprocessor, rule, place);
	cleanup_free char *text = quoted ? xasprintf("\"%s\"", to) : xstrdup(to);
	if (define)
		preprocessor_define(preprocessor, DEFINE_ONCE, from, text, place);

	if (preprocessor->substitution_count >= SUBSTITUTIONS_MAX) {
		estimate_unread(preprocessor->estimate, place, "too many substitutions: not followed");
		return;
	}
	struct substitution *added = ARRAY_ADD(preprocessor->substitutions, preprocessor->substitution_count);
	*added = (struct substitution){.from = xstrdup(from),
				       .to = xstrdup(to),
				       .everywhere = strchr(at, 'g') != NULL,
				       .unfollowed = known ? NULL : xstrdup(rule),
				       .place = place};
}

/* False if the result would be too long; the string is then unchanged. */
static bool apply(const struct substitution *substitution, struct text *string, size_t *made)
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
	*made += result.length;
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

static void clear_substitutions(struct preprocessor *preprocessor)
{
	for (size_t i = 0; i < preprocessor->substitution_count; i++) {
		free(preprocessor->substitutions[i].from);
		free(preprocessor->substitutions[i].to);
		free(preprocessor->substitutions[i].unfollowed);
	}
	preprocessor->substitution_count = 0;
}

bool preprocessor_substitute(struct preprocessor *preprocessor, struct text *string,
			     struct place_in_config place)
{
	if (preprocessor->substitution_count && preprocessor->substituted > SUBSTITUTED_MIB << 20) {
		estimate_unread(preprocessor->estimate, place,
				"the substitutions make more than %d MiB of text: not followed from here on",
				SUBSTITUTED_MIB);
		clear_substitutions(preprocessor);
	}
	bool known = true;
	for (size_t i = 0; i < preprocessor->substitution_count; i++) {
		const struct substitution *substitution = &preprocessor->substitutions[i];
		if (substitution->unfollowed && strstr(string->data, substitution->from)) {
			note_unfollowed(preprocessor, substitution->unfollowed, substitution->place);
			known = false;
		}
		if (apply(substitution, string, &preprocessor->substituted))
			continue;
		estimate_unread(preprocessor->estimate, place, "a substitution makes this string too long");
		return false;
	}
	return known;
}

const char *preprocessor_environment(const struct preprocessor *preprocessor, const char *variable, bool must,
				     struct place_in_config place)
{
	const char *value = getenv(variable);
	if (!value && must)
		estimate_unread(preprocessor->estimate, place,
				"%s is not in the environment: kamailio refuses to start", variable);
	else if (preprocessor->environment_ours && value)
		estimate_warn(preprocessor->estimate, place,
			      "%s comes from the environment, and must be the same for the router", variable);
	else if (!preprocessor->environment_ours)
		estimate_unread(preprocessor->estimate, place,
				value ? "%s depends on the environment: its current value is used"
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
		const char *value = environment ? preprocessor_environment(preprocessor, name, false, place)
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

/* KAMAILIO_5, KAMAILIO_5_6 … are the router's own (pp_define_core in core/ppcfg.c); names of versions before
 * 5 are not recognised. */
bool preprocessor_names_version(const char *name)
{
	return strncmp(name, "KAMAILIO_", 9) == 0 && name[9] >= '5' && name[9] <= '9';
}

bool preprocessor_names_router(const char *name)
{
	return preprocessor_names_version(name) || strcmp(name, "KAMAILIO_VERSION") == 0 ||
	       strcmp(name, "OS_NAME") == 0;
}

void preprocessor_clear(struct preprocessor *preprocessor)
{
	for (size_t i = 0; i < preprocessor->define_count; i++) {
		free(preprocessor->defines[i].name);
		free(preprocessor->defines[i].value);
	}
	clear_substitutions(preprocessor);
	free(preprocessor->defines);
	free(preprocessor->substitutions);
	free(preprocessor->conditions);
	text_clear(&preprocessor->word);
	text_clear(&preprocessor->string);
	*preprocessor = (struct preprocessor){0};
}
