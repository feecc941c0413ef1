/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_PREPROCESSOR_H
#define SIPLAUNCH_ROUTER_PREPROCESSOR_H
/*
 * Kamailio's preprocessor (core/cfg.lex, core/ppcfg.c): names, conditions, substitutions in strings. Anything
 * else that decides the text (the router's version, its environment, pseudo-variables, regular expressions)
 * adds an uncertainty. Private to this room.
 */
#include <stdbool.h>
#include <stddef.h>

#include "router/cfg_scan.h"

struct define {
	char *name, *value;
};

/* A literal text and its replacement in strings. */
struct substitution {
	char *from, *to;
	bool everywhere;  /* flag g; else the first only */
	char *unfollowed; /* the rule, if only the router knows the replacement; else NULL */
	struct place_in_config place;
};

/* An open #!ifdef, and whether its current lines are active. */
struct condition {
	bool holds;
	struct place_in_config place;
};

struct preprocessor {
	struct estimate *estimate;
	struct define *defines; /* sorted by name */
	size_t define_count;
	struct substitution *substitutions;
	size_t substitution_count;
	size_t substituted;               /* bytes of the strings that the substitutions made */
	struct condition *conditions;     /* the open ones, outermost first */
	size_t condition_count, inactive; /* the number of open conditions, and of those that do not hold */
	size_t surplus_ends;              /* the number of #!endif without a condition */
	struct place_in_config first_surplus; /* the first of them */
	struct text word, string;             /* scratch */
	bool environment_ours;                /* the router inherits siplaunch's environment */
};

enum define_mode { DEFINE_ONCE, DEFINE_TRY, DEFINE_AGAIN };

/* `value` may be empty, not NULL. */
void preprocessor_define(struct preprocessor *preprocessor, enum define_mode mode, const char *name,
			 const char *value, struct place_in_config place);

/* "/from/to/flags" of #!subst; with `define`, "!NAME!value!flags" of #!substdef; `quoted`: #!substdefs. If
 * only the router knows the replacement, that is an uncertainty where it is used, not here. */
void preprocessor_substitution(struct preprocessor *preprocessor, const char *rule, bool define, bool quoted,
			       struct place_in_config place);

/*
 * If a directive comes next ("#!define …", "!!ifdef …"), reads it and skips the lines that it deactivates;
 * returns true. The lexer handles includes.
 */
bool preprocessor_directive(struct preprocessor *preprocessor, struct cfg_input *input);

/* The value of an environment variable; NULL if it is not set. Adds an uncertainty if the router's
 * environment may differ, and with `must` if the variable is not set. */
const char *preprocessor_environment(const struct preprocessor *preprocessor, const char *variable, bool must,
				     struct place_in_config place);

/* Whether a name is KAMAILIO_5, KAMAILIO_5_6 …: defined by the version. */
bool preprocessor_names_version(const char *name);

/* Whether a name is one that the router defines itself, by its version or its system. */
bool preprocessor_names_router(const char *name);

/* A text with its "$env(NAME)" and "$def(NAME)" replaced by their values, as #!substdef and modparamx do.
 * Caller frees; NULL if one of them has no value, or the text has other pseudo-variables, which only the
 * router knows. */
char *preprocessor_evaluate(const struct preprocessor *preprocessor, const char *text,
			    struct place_in_config place);

/* The replacement of a defined name, or NULL. Borrowed. */
const char *preprocessor_value(const struct preprocessor *preprocessor, const char *name);

/* Whether the router's lexer takes the word before it looks for a defined name: such a name is never
 * replaced, except in conditions. */
bool preprocessor_is_keyword(const char *word);

/* Whether only the router knows a defined name's replacement. */
bool preprocessor_is_unfollowed(const struct preprocessor *preprocessor, const char *name);

/* Call it where a name's replacement is read: adds an uncertainty if only the router knows it. */
void preprocessor_note_name(const struct preprocessor *preprocessor, const char *name);

/* Applies the substitutions to a string in place. False, with an uncertainty, if only the router knows the
 * result. */
bool preprocessor_substitute(struct preprocessor *preprocessor, struct text *string,
			     struct place_in_config place);

/* At the end of the configuration: a condition that is still open is an uncertainty, and so is an #!endif
 * that closed none. */
void preprocessor_finish(struct preprocessor *preprocessor);

void preprocessor_clear(struct preprocessor *preprocessor);

#endif
