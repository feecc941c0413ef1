/* SPDX-License-Identifier: MIT */
/* The lists of the manual pages, and the tables of docs/. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "generate.h"

/* ---- siplaunch(1) ---- */

static void put_lower(const char *text)
{
	for (; *text && *text != ']'; text++)
		if (*text == '|')
			fputs(" | ", stdout);
		else if (*text == '=')
			fputs(" Ns = Ns Ar ", stdout);
		else
			putchar(tolower((unsigned char)*text));
}

/* ".It Fl p , Fl -profile Ar name | path" */
static void put_option(const struct option_row *row)
{
	printf(".It ");
	if (row->letter)
		printf("Fl %c , ", row->letter);
	printf("Fl -%s", row->name);
	if (row->argument && row->argument[0] == '[') {
		printf(" , Fl -%s Ns = Ns Ar ", row->name);
		put_lower(row->argument + strlen("[="));
	} else if (row->argument) {
		printf(row->choices ? " Cm " : " Ar ");
		put_lower(row->argument);
	}
	putchar('\n');
}

static void put_owners(const struct option_row *row)
{
	const char *before = ".Pq Cm ";
	if (row->commands == (1u << COMMAND_COUNT) - 1)
		return;
	for (size_t id = 0; id < COMMAND_COUNT; id++) {
		if (!(row->commands & 1u << id))
			continue;
		printf("%s%s", before, commands[id].name);
		before = " , ";
	}
	putchar('\n');
}

void emit_options(const char *arguments)
{
	(void)arguments;
	for (size_t i = 0; i < option_row_count; i++) {
		if (!option_rows[i].manual)
			generate_fail("--%s has no manual text in launcher/options_table.c",
				      option_rows[i].name);
		put_option(&option_rows[i]);
		put_owners(&option_rows[i]);
		print_mdoc(option_rows[i].manual, true);
	}
}

/* ---- siplaunch-profile(5) ---- */

static void put_item(const char *name, const char *doc, const char *allowed)
{
	if (!doc)
		generate_fail("%s has no doc", name);
	printf(".It Ql %s\n", name);
	print_mdoc(doc, false);
	if (!allowed)
		return;
	cleanup_free char *value = xasprintf("Value: %s.", allowed);
	print_mdoc(value, false);
}

static void put_members(const struct key *object, const char *prefix)
{
	for (const struct key *key = object->members; key->name; key++) {
		cleanup_free char *path = xasprintf("%s.%s", prefix, key->name);
		if (!key->members && !key->entry)
			put_item(path, key->doc, key->allowed);
	}
}

/* The key at a dotted path. Ends the program where there is none. */
static const struct key *key_at(const char *path)
{
	const struct key *key = &profile_key;
	for (const char *rest = path; *rest; rest += *rest == '.') {
		size_t length = strcspn(rest, ".");
		const struct key *object = key->members ? key : key->entry;
		for (key = object ? object->members : NULL; key && key->name; key++)
			if (strlen(key->name) == length && strncmp(key->name, rest, length) == 0)
				break;
		if (!key || !key->name)
			generate_fail("a profile has no key %s", path);
		rest += length;
	}
	return key;
}

static void put_path(char *path)
{
	size_t length = strlen(path);
	bool star = length > 2 && strcmp(path + length - 2, ".*") == 0;
	if (star)
		path[length - 2] = '\0';
	const struct key *key = key_at(path);
	if (!star)
		put_item(path, key->doc, key->allowed);
	else
		put_members(key->members ? key : key->entry, path);
}

/* Each "NAME" is a key, each "NAME.*" what it holds itself. */
void emit_keys(const char *arguments)
{
	cleanup_free char *copy = xstrdup(arguments);
	char *rest = NULL;
	for (char *path = strtok_r(copy, " \n", &rest); path; path = strtok_r(NULL, " \n", &rest))
		put_path(path);
}

void emit_settings(const char *arguments)
{
	cleanup_free char *mechanism = xstrndup(arguments, strcspn(arguments, "\n"));
	enum mechanism_id id;
	if (!mechanism_named(mechanism, &id))
		generate_fail("no mechanism %s", mechanism);
	for (size_t i = 0; i < settings_count; i++) {
		if (!setting_is_key(&settings[i], id))
			continue;
		cleanup_free char *text = setting_text(&settings[i]);
		cleanup_free char *allowed = setting_allowed(&settings[i]);
		put_item(settings[i].name, text, allowed);
	}
}

/* ---- tables of docs/ ---- */

/* What a paragraph of Markdown's table has: the first sentence. */
static void put_first_sentence(const char *text)
{
	const char *end = strstr(text, ". ");
	printf("%.*s", end ? (int)(end - text) + 1 : (int)strcspn(text, "\n"), text);
}

void emit_key_table(const char *arguments)
{
	(void)arguments;
	puts("| key | what |\n| --- | --- |");
	for (const struct key *key = profile_key.members; key->name; key++) {
		const struct key *object = key->members ? key : key->entry;
		printf("| `%s` | ", key->name);
		put_first_sentence(key->doc);
		const char *before = " Keys: ";
		for (const struct key *below = object ? object->members : NULL; below && below->name;
		     below++) {
			printf("%s`%s`", before, below->name);
			before = ", ";
		}
		puts(" |");
	}
}

/* A form of another tool: the value is "…". */
static void put_form(const char *form)
{
	fputs(form ? " | `" : " | ", stdout);
	for (; form && *form; form++) {
		if (*form != '%') {
			printf("%s%c", *form == '|' ? "\\" : "", *form);
			continue;
		}
		fputs("…", stdout);
		form++; /* "%s", "%1" */
	}
	if (form)
		putchar('`');
}

void emit_setting_table(const char *arguments)
{
	(void)arguments;
	puts("| setting | what | docker, podman | pod | systemd |\n| --- | --- | --- | --- | --- |");
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings[i];
		printf("| `%s/%s` | %s", mechanism_name(setting->mechanism), setting->name, setting->help);
		put_form(setting->docker ? setting->docker : setting->podman);
		if (setting->podman && !setting->docker)
			printf(" (podman)");
		put_form(setting->pod);
		put_form(setting->systemd);
		puts(" |");
	}
}
