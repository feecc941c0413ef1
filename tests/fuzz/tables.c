/* SPDX-License-Identifier: MIT */
/*
 * Prints what the program's own tables hold, a line each, for dictionaries and for the check that the corpora
 * have all of it (tests/fuzz/collect):
 *
 *   key PATH            a key of a profile: "sizing.workload.dialogs"
 *   object PATH         one that holds others
 *   element KEY         one of an object in an array: "rlimits.type"
 *   setting MECHANISM NAME
 *   option COMMAND --NAME[=ARGUMENT]   an option of that command
 *   word WORD           what a key may be
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "launcher/options.h"
#include "profile/decode.h"
#include "settings/settings.h"

static bool is_array(const struct key *key)
{
	return key->types == TYPE_ARRAY;
}

static void print_keys(const struct key *object, const char *path, bool in_array)
{
	for (const char *const *choice = object->choices; choice && *choice; choice++)
		printf("word %s\n", *choice);
	for (const struct key *key = object->members; key && key->name; key++) {
		cleanup_free char *below = xasprintf("%s%s%s", path, *path ? "." : "", key->name);
		bool holds = key->members || (key->entry && !is_array(key));
		printf("%s %s\n", in_array ? "element" : holds ? "object" : "key", below);
		print_keys(key, below, in_array);
	}
	if (object->entry)
		print_keys(object->entry, path, in_array || is_array(object));
}

static void print_settings(void)
{
	for (size_t i = 0; i < settings_count; i++)
		printf("setting %s %s\n", mechanism_name(settings[i].mechanism), settings[i].name);
}

/* Of a form of option, an argument that it takes. */
static const char *argument_of(const struct option_row *row)
{
	switch (row->form) {
	case FORM_SWITCH:
		return NULL;
	case FORM_CHOICE:
		return row->choices[0];
	case FORM_PAIRS:
		return "sizing.memory=2GiB";
	case FORM_TIME:
	case FORM_COUNT:
	case FORM_PERCENT:
	case FORM_SECONDS:
		return "9";
	case FORM_TEXT:
	case FORM_LIST:
		break;
	}
	return "x";
}

static void print_options(void)
{
	for (size_t i = 0; i < option_row_count; i++)
		for (int id = 0; id < COMMAND_COUNT; id++) {
			const char *argument = argument_of(&option_rows[i]);
			if (option_rows[i].commands & 1u << id)
				printf("option %s --%s%s%s\n", commands[id].name, option_rows[i].name,
				       argument ? "=" : "", argument ? argument : "");
		}
}

int main(void)
{
	print_keys(&profile_key, "", false);
	print_settings();
	print_options();
	return 0;
}
