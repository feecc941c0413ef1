/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_PREPROCESSOR_H
#define SIPLAUNCH_ROUTER_PREPROCESSOR_H
/*
 * Kamailio's preprocessor (core/cfg.lex, core/ppcfg.c): names, conditions, substitutions in strings. What
 * depends on more than the configuration (the router's version, its environment, pseudo-variables, regular
 * expressions) is an uncertainty. Private to this room.
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
	bool everywhere; /* flag g; else the first only */
};

/* An #!ifdef, and whether its lines count at this moment. */
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
	size_t condition_count, inactive; /* how many there are, how many of them do not hold */
	struct text word, string;         /* scratch */
	bool environment_ours;            /* the router will have the environment that we have */
};

enum define_mode { DEFINE_ONCE, DEFINE_TRY, DEFINE_AGAIN };

/* `value` may be empty, not NULL. */
void preprocessor_define(struct preprocessor *preprocessor, enum define_mode mode, const char *name,
			 const char *value, struct place_in_config place);

/* "/from/to/flags" of #!subst; with `define`, "!NAME!value!flags" of #!substdef; `quoted`: #!substdefs. */
void preprocessor_substitution(struct preprocessor *preprocessor, const char *rule, bool define, bool quoted,
			       struct place_in_config place);

/*
 * When a directive comes next ("#!define …", "!!ifdef …"), reads it, and what it switches off, and returns
 * true. Includes are the lexer's.
 */
bool preprocessor_directive(struct preprocessor *preprocessor, struct cfg_input *input);

/* The value of a variable of the environment, with a doubt where the router's may be another. NULL: it has
 * none, which is a doubt with `must`. */
const char *preprocessor_environment(const struct preprocessor *preprocessor, const char *variable, bool must,
				     struct place_in_config place);

/* Whether a name is KAMAILIO_5, KAMAILIO_5_6 …: defined by the version. */
bool preprocessor_names_version(const char *name);

/* Whether a name is one that the router defines itself, by its version or its system. */
bool preprocessor_names_router(const char *name);

/* A text with the values of its "$env(NAME)" and "$def(NAME)", as #!substdef and modparamx have them. Fresh
 * string; NULL when one has no value, or it has other pseudo-variables: only the router knows them. */
char *preprocessor_evaluate(const struct preprocessor *preprocessor, const char *text,
			    struct place_in_config place);

/* The replacement of a name, or NULL. */
const char *preprocessor_value(const struct preprocessor *preprocessor, const char *name);

/* Applies the substitutions to a string in place. */
void preprocessor_substitute(struct preprocessor *preprocessor, struct text *string,
			     struct place_in_config place);

/* At the end of the configuration: a condition that is still open is an uncertainty. */
void preprocessor_finish(struct preprocessor *preprocessor);

void preprocessor_clear(struct preprocessor *preprocessor);

#endif
