/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/shell.h"
#include "options.h"

static void add_option(const struct options *options, const struct option_row *row, struct texts *words)
{
	const void *field = (const char *)options + row->field;
	const struct texts *texts = field;
	const char *text = NULL;

	switch (row->form) {
	case FORM_SWITCH:
		if (row->field && *(const bool *)field)
			texts_add(words, xasprintf("--%s", row->name));
		return;
	case FORM_TEXT:
		text = *(const char *const *)field;
		break;
	case FORM_LIST:
	case FORM_PAIRS:
		for (size_t i = 0; i < texts->count; i++) {
			cleanup_free char *word = shell_quote(texts->items[i]);
			texts_add(words, xasprintf("--%s %s", row->name, word));
		}
		return;
	case FORM_CHOICE:
		if (*(const int *)field)
			text = row->choices[*(const int *)field];
		break;
	case FORM_SECONDS:
	case FORM_TIME: /* a number without a unit is seconds */
	case FORM_COUNT:
	case FORM_PERCENT:
		if (*(const unsigned *)field)
			texts_add(words, xasprintf("--%s %u", row->name, *(const unsigned *)field));
		return;
	}
	if (!text)
		return;
	cleanup_free char *word = shell_quote(text);
	bool optional = row->argument[0] == '['; /* the next word would not be taken as its argument */
	texts_add(words, xasprintf("--%s%c%s", row->name, optional ? '=' : ' ', word));
}

void options_words(struct options *options)
{
	enum command_id command = options->command == COMMAND_INIT ? COMMAND_INIT : COMMAND_RUN;

	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].commands & 1u << command &&
		    !(option_rows[i].commands & 1u << COMMAND_HELP))
			add_option(options, &option_rows[i], &options->words);
}

struct purpose options_purpose(const struct options *options)
{
	return (struct purpose){
		.what = options->command == COMMAND_INIT ? PURPOSE_PREPARE_POD : PURPOSE_LAUNCH,
		.selection = &options->selection,
		.argv = options->argv,
		.words = &options->words,
		.typed = options->argv && options->argv[0],
		.plan = options->launch.plan,
		.host = options->launch.host,
		.supervise = options->launch.supervise,
		.parent_signal = options->launch.parent_signal,
		.applies = options->command == COMMAND_RUN,
		.shows_capacity = options->command == COMMAND_PLAN,
		.memory_limit = options->init.memory_limit,
		.router_config = options->init.router_config,
	};
}
