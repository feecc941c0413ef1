/* SPDX-License-Identifier: MIT */
#include "router/modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Far more than any router has; they keep the searches below fast for any file. */
#define LOADED_MAX     1024
#define PARAMETERS_MAX 8192
#define PATTERNS_MAX   ((size_t)1 << 20) /* bytes: each is compared with each module */

const char *modules_load(struct module_set *modules, const char *path, struct place_in_config place)
{
	const char *slash = strrchr(path, '/'), *start = slash ? slash + 1 : path;
	size_t length = strlen(start);
	if (length > 3 && strcmp(start + length - 3, ".so") == 0)
		length -= 3;
	cleanup_free char *name = xstrndup(start, length);

	for (size_t i = 0; i < modules->loaded_count; i++)
		if (strcmp(modules->loaded[i].name, name) == 0)
			return modules->loaded[i].name;
	if (modules->loaded_count >= LOADED_MAX) {
		estimate_uncertain(modules->estimate, place, "too many modules: %s is ignored", name);
		return NULL;
	}
	struct loaded_module *module = ARRAY_ADD(modules->loaded, modules->loaded_count);
	*module = (struct loaded_module){.name = name, .place = place};
	name = NULL;
	return module->name;
}

static void free_parameter(struct module_parameter *parameter)
{
	free(parameter->module);
	free(parameter->name);
	free(parameter->text);
}

/* Reads a decimal int that ends the text or stands before a `;`; otherwise *number is unchanged. */
static void parse_int(const char *text, int64_t *number)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (end != text && (*end == '\0' || *end == ';') && errno == 0 && value >= INT32_MIN &&
	    value <= INT32_MAX)
		*number = value;
}

/* Takes ownership of the parameter. */
static void add_parameter(struct module_set *modules, struct module_parameter parameter)
{
	if (modules->parameter_count >= PARAMETERS_MAX) {
		estimate_uncertain(modules->estimate, parameter.place,
				   "too many modparams: the rest is ignored");
		free_parameter(&parameter);
		return;
	}
	modules->pattern_bytes += strlen(parameter.module);
	if (modules->pattern_bytes > PATTERNS_MAX) {
		estimate_uncertain(modules->estimate, parameter.place,
				   "the names of modules in modparams are too long: the rest is ignored");
		free_parameter(&parameter);
		return;
	}
	if (parameter.text)
		parse_int(parameter.text, &parameter.number);
	struct module_parameter *added = ARRAY_ADD(modules->parameters, modules->parameter_count);
	*added = parameter;
}

/* A number, a string, or an expression that only the router can evaluate. */
static void read_value(struct cfg_lexer *lexer, bool evaluated, struct module_parameter *parameter)
{
	if (lexer->token.kind == TOKEN_STRING)
		parameter->text = lexer_take_text(lexer);
	else if (evaluated && lexer_at_character(lexer, '$'))
		parameter->text = xstrdup(lexer->token.text.data);
	else
		parameter->unknown = !lexer_take_number(lexer, &parameter->number);
	if (!evaluated || !parameter->text || !strchr(parameter->text, '$'))
		return;
	char *value = preprocessor_evaluate(&lexer->preprocessor, parameter->text, parameter->place);
	parameter->unknown = !value;
	if (value) {
		free(parameter->text);
		parameter->text = value;
	}
}

void modules_read_parameter(struct module_set *modules, struct cfg_lexer *lexer, bool evaluated)
{
	struct module_parameter parameter = {.place = lexer->token.place};

	if (!lexer_accept(lexer, '('))
		return;
	parameter.module = lexer_take_text(lexer);
	if (parameter.module && lexer_accept(lexer, ','))
		parameter.name = lexer_take_text(lexer);
	if (!parameter.name || !lexer_accept(lexer, ',')) {
		free_parameter(&parameter);
		return; /* the router will refuse it */
	}
	read_value(lexer, evaluated, &parameter);
	add_parameter(modules, parameter);
}

/* Cuts the part before the next colon off; NULL when there is none. */
static char *part_before_colon(const char **at)
{
	const char *colon = strchr(*at, ':');
	if (!colon)
		return NULL;
	char *part = xstrndup(*at, (size_t)(colon - *at));
	*at = colon + 1;
	return part;
}

void modules_parse_parameter(struct module_set *modules, const char *text)
{
	struct module_parameter parameter = {.module = part_before_colon(&text)};
	parameter.name = parameter.module ? part_before_colon(&text) : NULL;
	cleanup_free char *type = parameter.name ? part_before_colon(&text) : NULL;

	if (!type) {
		free_parameter(&parameter);
		return; /* the router will refuse it */
	}
	parameter.text = xstrdup(text);
	add_parameter(modules, parameter);
}

/* Whether `name` is one of "a|b|c"; the router's expression ignores case. */
static bool names_module(const char *pattern, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = pattern;; at++) {
		const char *end = strchrnul(at, '|');
		if ((size_t)(end - at) == length && strncasecmp(at, name, length) == 0)
			return true;
		if (!*end)
			return false;
		at = end;
	}
}

/* Both routers accept a regular expression for the module; siplaunch supports "a|b", the only form in use. */
static bool is_pattern(const char *module)
{
	return strpbrk(module, "[](){}.*+?^$\\") != NULL;
}

const struct module_parameter *modules_each(const struct module_set *modules, const char *module,
					    const char *name, size_t *position)
{
	while (*position < modules->parameter_count) {
		const struct module_parameter *parameter = &modules->parameters[(*position)++];
		if (strcmp(parameter->name, name) != 0)
			continue;
		if (is_pattern(parameter->module))
			estimate_uncertain(modules->estimate, parameter->place,
					   "the module '%s' is a pattern: it is not followed",
					   parameter->module);
		if (!names_module(parameter->module, module))
			continue;
		if (!parameter->unknown)
			return parameter;
		estimate_uncertain(modules->estimate, parameter->place,
				   "%s's %s is known only when the router starts", module, name);
	}
	return NULL;
}

uint64_t modules_count(const struct module_set *modules, const char *module, const char *name)
{
	size_t position = 0;
	uint64_t count = 0;
	while (modules_each(modules, module, name, &position))
		count++;
	return count;
}

static const struct module_parameter *last_parameter(const struct module_set *modules, const char *module,
						     const char *name)
{
	const struct module_parameter *last = NULL, *next;
	size_t position = 0;
	while ((next = modules_each(modules, module, name, &position)))
		last = next;
	return last;
}

int64_t modules_number(const struct module_set *modules, const char *module, const char *name,
		       int64_t otherwise)
{
	const struct module_parameter *parameter = last_parameter(modules, module, name);
	return parameter ? parameter->number : otherwise;
}

const char *modules_text(const struct module_set *modules, const char *module, const char *name,
			 const char *otherwise)
{
	const struct module_parameter *parameter = last_parameter(modules, module, name);
	return parameter ? (parameter->text ? parameter->text : "") : otherwise;
}

int64_t attribute_number(const char *attributes, const char *key, int64_t otherwise)
{
	size_t length = strlen(key);
	for (const char *at = attributes; *at;) {
		at += strspn(at, " \t\r\n;");
		if (strncasecmp(at, key, length) == 0) {
			const char *equals = at + length + strspn(at + length, " \t");
			if (*equals == '=') {
				parse_int(equals + 1, &otherwise);
				return otherwise;
			}
		}
		at += strcspn(at, ";");
	}
	return otherwise;
}

static const struct module_rule *find_rule(const struct module_table *table, const char *module)
{
	for (size_t i = 0; i < table->rule_count; i++)
		if (strcmp(table->rules[i].module, module) == 0)
			return &table->rules[i];
	return NULL;
}

static bool is_silent(const struct module_table *table, const char *module)
{
	for (const char *const *name = table->silent; *name; name++)
		if (strcmp(*name, module) == 0)
			return true;
	return false;
}

static void estimate_module(const struct module_set *modules, const struct module_table *table,
			    const struct loaded_module *module, struct estimate *estimate)
{
	const struct module_rule *rule = find_rule(table, module->name);
	if (!rule) {
		if (!is_silent(table, module->name))
			estimate_uncertain_by(estimate, module->place, 0, ANY_NUMBER,
					      "module %s is not known here: assumed to start no process",
					      module->name);
		return;
	}
	uint64_t processes = rule->fixed;
	int64_t set =
		rule->parameter ? modules_number(modules, rule->module, rule->parameter, rule->otherwise) : 0;
	processes += set > 0 ? (uint64_t)set : 0;
	processes += rule->count ? rule->count(modules) : 0;
	estimate_add(estimate, module->place, processes, "module %s", module->name);
	if (rule->finding)
		estimate_uncertain_by(estimate, module->place, rule->fewer, rule->more, "module %s: %s",
				      module->name, rule->finding);
}

bool names_processes(const char *setting)
{
	static const char *const parts[] = {"workers",   "children",  "processes", "procs", "timers",
					    "consumers", "instances", "receivers", "num_"};
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (strstr(setting, parts[i]))
			return true;
	return false;
}

static bool is_known_parameter(const struct module_table *table, const char *module, const char *parameter)
{
	for (size_t i = 0; i < table->known_count; i++)
		if (strcmp(table->known[i].module, module) == 0 &&
		    strcmp(table->known[i].parameter, parameter) == 0)
			return true;
	return false;
}

/* An unknown parameter of a known module, newer than the table. For an unknown module, the module itself is
 * the uncertainty. */
static void note_unknown_parameter(const struct module_table *table, const struct loaded_module *module,
				   const struct module_parameter *parameter, struct estimate *estimate)
{
	if (!names_module(parameter->module, module->name) ||
	    is_known_parameter(table, module->name, parameter->name) ||
	    !(find_rule(table, module->name) || is_silent(table, module->name)))
		return;
	estimate_uncertain_by(estimate, parameter->place, 0, ANY_NUMBER,
			      "%s's parameter %s is not known here: assumed to start no process",
			      module->name, parameter->name);
}

static void uncertain_parameters(const struct module_set *modules, const struct module_table *table,
				 struct estimate *estimate)
{
	for (size_t i = 0; i < modules->parameter_count; i++) {
		size_t asked = names_processes(modules->parameters[i].name) ? modules->loaded_count : 0;
		for (size_t j = 0; j < asked; j++)
			note_unknown_parameter(table, &modules->loaded[j], &modules->parameters[i], estimate);
	}
}

void modules_estimate(const struct module_set *modules, const struct module_table *table,
		      struct estimate *estimate)
{
	for (size_t i = 0; i < modules->loaded_count; i++)
		estimate_module(modules, table, &modules->loaded[i], estimate);
	uncertain_parameters(modules, table, estimate);
}

/* The path in "/etc/tls.cfg", "[domain]/etc/cert.pem" of tls_mgm, "sqlite:///var/lib/a.db", "tls.cfg"; NULL:
 * none. */
static const char *path_in(const char *text)
{
	const char *bracket = *text == '[' ? strchr(text, ']') : NULL, *start = bracket ? bracket + 1 : text;
	const char *scheme = strstr(start, "://");
	if (scheme && strcspn(start, "/") == (size_t)(scheme + 1 - start))
		start = scheme[3] == '/' ? scheme + 3 : "";
	bool plain = *start && !strpbrk(start, " \t\r\n=;,|:()<>\"'$*\\");
	return plain && start[1] && (*start == '/' || strchr(start, '.')) ? start : NULL;
}

void modules_name_paths(const struct module_set *modules, struct estimate *estimate)
{
	for (size_t i = 0; i < modules->parameter_count; i++) {
		const struct module_parameter *parameter = &modules->parameters[i];
		const char *path = parameter->text && !parameter->unknown ? path_in(parameter->text) : NULL;
		if (path)
			estimate_named(estimate, parameter->place, path);
	}
}

bool modules_has(const struct module_set *modules, const char *module)
{
	for (size_t i = 0; i < modules->loaded_count; i++)
		if (strcmp(modules->loaded[i].name, module) == 0)
			return true;
	return false;
}

void modules_clear(struct module_set *modules)
{
	for (size_t i = 0; i < modules->loaded_count; i++)
		free(modules->loaded[i].name);
	for (size_t i = 0; i < modules->parameter_count; i++)
		free_parameter(&modules->parameters[i]);
	free(modules->loaded);
	free(modules->parameters);
	*modules = (struct module_set){0};
}
