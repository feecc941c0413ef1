/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_MODULES_H
#define SIPLAUNCH_ROUTER_MODULES_H
/*
 * The modules that a configuration loads, their parameters, and how many processes each starts. Which
 * modules there are is each router's own table. Private to this room.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/cfg_lexer.h"

struct module_parameter {
	char *module; /* a name, or several with '|' between them */
	char *name;
	char *text;     /* NULL for a number */
	int64_t number; /* of a number, or of a text that is one */
	bool unknown;   /* only the router knows its value, when it starts */
	struct place_in_config place;
};

struct loaded_module {
	char *name; /* without directory and ".so" */
	struct place_in_config place;
};

struct module_set {
	struct estimate *estimate;
	struct router_paths paths; /* whose files the modules read */
	unsigned generation; /* major version of OpenSIPS, derived from the words that the configuration uses:
				2; 3 for 3 and later; 0: not known */
	struct loaded_module *loaded;
	size_t loaded_count;
	struct module_parameter *parameters; /* in the order in which they were read */
	size_t parameter_count;
	size_t pattern_bytes; /* of the parameters' modules, together */
};

/* How many processes a module starts: the sum of `fixed`, `parameter` and `count`. */
struct module_rule {
	const char *module;
	unsigned fixed;
	const char *parameter; /* plus this parameter's number, at least 0; NULL: none */
	int64_t otherwise;     /* when it is not set */
	uint64_t (*count)(const struct module_set *modules); /* plus this; NULL: none */
	const char *finding;  /* why the number is not exact; NULL: it is exact */
	uint64_t fewer, more; /* by how much it may then be too large or too small */
};
#define ANY_NUMBER UINT64_MAX

struct module_parameter_name {
	const char *module, *parameter;
};

struct module_table {
	const struct module_rule *rules;
	size_t rule_count;
	const char *const *silent; /* modules known to start none; NULL-terminated */
	/* parameters with names like a number of processes: either the rules use them, or they start no
	 * processes */
	const struct module_parameter_name *known;
	size_t known_count;
};

/* Adds "tm.so" or "/usr/lib/…/tm.so"; a module that is loaded twice counts once. Returns the module's name
 * (borrowed), or NULL if there are too many. */
const char *modules_load(struct module_set *modules, const char *path, struct place_in_config place);

/* Reads `("module", "name", value)` after the word modparam. `evaluated`: after modparamx, which evaluates
 * pseudo-variables in the value. */
void modules_read_parameter(struct module_set *modules, struct cfg_lexer *lexer, bool evaluated);

/* Reads "module:name:i|s:value" of Kamailio's --modparam. */
void modules_parse_parameter(struct module_set *modules, const char *text);

/* Whether a setting's name suggests that it decides the number of processes. */
bool names_processes(const char *setting);

/* The last value of a parameter, or `otherwise`. Adds an uncertainty if only the router knows the value. The
 * text is borrowed. */
int64_t modules_number(const struct module_set *modules, const char *module, const char *name,
		       int64_t otherwise);
const char *modules_text(const struct module_set *modules, const char *module, const char *name,
			 const char *otherwise);

/* For parameters that may be set several times: the next value from *position on (start with 0); NULL at the
 * end. */
const struct module_parameter *modules_each(const struct module_set *modules, const char *module,
					    const char *name, size_t *position);

/* How many times a parameter is set. */
uint64_t modules_count(const struct module_set *modules, const char *module, const char *name);

/* "key=value;key=value" as the modules' parse_params() reads it: the number of a key, or `otherwise`. */
int64_t attribute_number(const char *attributes, const char *key, int64_t otherwise);

/* Adds every loaded module's processes. */
void modules_estimate(const struct module_set *modules, const struct module_table *table,
		      struct estimate *estimate);

/* Adds the paths among the parameters' values to the estimate: files and directories that the modules read.
 */
void modules_name_paths(const struct module_set *modules, struct estimate *estimate);

/* Whether a module is loaded. */
bool modules_has(const struct module_set *modules, const char *module);

void modules_clear(struct module_set *modules);

#endif
