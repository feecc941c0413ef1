/* SPDX-License-Identifier: MIT */
#include "report_remedies.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/shell.h"
#include "format.h"
#include "format_paste.h"
#include "host/host.h"
#include "manifest.h"
#include "options.h"
#include "plan/remedy.h"
#include "report.h"
#include "session.h"

/* What stands for the container's own name, which nothing inside of it knows. */
#define MANIFEST_CONTAINER "CONTAINER"

/* ---- blocks ---- */

/* Fragments that are not those of an item before: user and group have one option, all caps one field. */
static bool is_first(const struct remedies *remedies, size_t index)
{
	const char *fragment = remedies->items[index].fragment;
	for (size_t i = 0; i < index; i++)
		if (remedies->items[i].fragment && strcmp(remedies->items[i].fragment, fragment) == 0)
			return false;
	return true;
}

static bool has_fragments(const struct remedies *remedies)
{
	for (size_t i = 0; i < remedies->count; i++)
		if (remedies->items[i].fragment)
			return true;
	return false;
}

/* The parts of a command: options with their values, quoted for a shell. */
struct parts {
	char **items;
	size_t count;
};

static void parts_add(struct parts *parts, char *part)
{
	*ARRAY_ADD(parts->items, parts->count) = part;
}

static void parts_clear(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		free(parts->items[i]);
	free(parts->items);
}

#define cleanup_parts __attribute__((cleanup(parts_clear)))

static void engine_parts(const struct remedies *remedies, struct parts *parts)
{
	parts_add(parts, xasprintf("%s run", tool_name(remedies->tool)));
	for (size_t i = 0; i < remedies->count; i++)
		if (remedies->items[i].fragment && is_first(remedies, i))
			parts_add(parts, xstrdup(remedies->items[i].fragment));
	parts_add(parts, xstrdup("IMAGE"));
}

/* One option as it was given, also where it came from the environment: sudo hands that on to nobody. */
static void option_parts(const struct options *options, const struct option_row *row, struct parts *parts)
{
	const void *field = (const char *)options + row->field;
	const struct texts *texts = field;
	const char *text = NULL;

	switch (row->form) {
	case FORM_SWITCH:
		if (row->field && *(const bool *)field)
			parts_add(parts, xasprintf("--%s", row->name));
		return;
	case FORM_TEXT:
		text = *(const char *const *)field;
		break;
	case FORM_LIST:
	case FORM_PAIRS:
		for (size_t i = 0; i < texts->count; i++) {
			cleanup_free char *word = shell_quote(texts->items[i]);
			parts_add(parts, xasprintf("--%s %s", row->name, word));
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
			parts_add(parts, xasprintf("--%s %u", row->name, *(const unsigned *)field));
		return;
	}
	if (!text)
		return;
	cleanup_free char *word = shell_quote(text);
	bool optional = row->argument[0] == '['; /* the next word would not be its */
	parts_add(parts, xasprintf("--%s%c%s", row->name, optional ? '=' : ' ', word));
}

/* The launch as it was typed, with what it takes in front. */
static void shell_parts(const struct options *options, const struct session *session,
			const struct remedies *remedies, struct parts *parts)
{
	if (!remedies->as_root && !remedies->delegated)
		return;
	if (remedies->as_root)
		parts_add(parts, xstrdup("sudo"));
	if (options->profile_path && remedies->as_root) {
		cleanup_free char *path = shell_quote(options->profile_path);
		parts_add(parts, xasprintf("env SIPLAUNCH_PROFILE_PATH=%s", path));
	}
	if (remedies->delegated)
		parts_add(parts, xstrdup("systemd-run --scope -p Delegate=yes"));
	bool init = options->command == COMMAND_INIT;
	parts_add(parts, xstrdup(init ? "siplaunch init" : "siplaunch"));
	for (size_t i = 0; i < option_row_count; i++)
		if ((option_rows[i].commands & (1u << (init ? COMMAND_INIT : COMMAND_RUN))) &&
		    !(option_rows[i].commands & (1u << COMMAND_HELP)))
			option_parts(options, &option_rows[i], parts);
	parts_add(parts, xstrdup("--"));
	for (size_t i = 0; session->argv[i]; i++)
		parts_add(parts, shell_quote(session->argv[i]));
}

static void command_parts(const struct options *options, const struct session *session,
			  const struct remedies *remedies, struct parts *parts)
{
	bool engine = remedies->tool == TOOL_DOCKER || remedies->tool == TOOL_PODMAN;
	if (engine && has_fragments(remedies))
		engine_parts(remedies, parts);
	else if (remedies->tool == TOOL_SHELL)
		shell_parts(options, session, remedies, parts);
}

/* Fresh. */
static char *command_of(const struct parts *parts)
{
	char *command = xstrdup("");
	for (size_t i = 0; i < parts->count; i++)
		command = shell_join(command, parts->items[i]);
	return command;
}

static json_t *manifest_of(const struct remedies *remedies)
{
	json_t *manifest = json_checked(json_object());
	for (size_t i = 0; i < remedies->count; i++)
		if (remedies->items[i].path)
			tool_field_put(manifest, remedies->items[i].path, remedies->items[i].value,
				       MANIFEST_CONTAINER);
	return manifest;
}

static char *drop_in_of(const struct remedies *remedies)
{
	char *text = xstrdup("[Service]\n");
	for (size_t i = 0; i < remedies->count; i++) {
		if (!remedies->items[i].fragment || !is_first(remedies, i))
			continue;
		cleanup_free char *before = text;
		text = xasprintf("%s%s\n", before, remedies->items[i].fragment);
	}
	return text;
}

/* ---- text ---- */

#define BLOCK_INDENT 2

static void print_command(FILE *out, const struct parts *parts, const struct style *style)
{
	cleanup_free char *command = command_of(parts), *safe = format_printable(command);
	fprintf(out, "%*s", BLOCK_INDENT, "");
	paste_print(out, safe, BLOCK_INDENT, style->columns);
	fputc('\n', out);
}

static void print_drop_in(FILE *out, const struct remedies *remedies)
{
	cleanup_free char *text = drop_in_of(remedies), *safe = format_printable(text);
	cleanup_free char *name = shell_quote(remedies->unit), *unit = format_printable(name);
	char *rest = safe;
	fprintf(out, "%*s# systemctl edit %s\n", BLOCK_INDENT, "", unit);
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			fprintf(out, "%*s%s\n", BLOCK_INDENT, "", line);
	fprintf(out, "%*s# systemctl restart %s\n", BLOCK_INDENT, "", unit);
}

static const char *lead_of(const struct remedies *remedies)
{
	switch (remedies->tool) {
	case TOOL_DOCKER:
	case TOOL_PODMAN:
	case TOOL_COMPOSE:
		return "IMAGE and what else the container was started with are your own:";
	case TOOL_POD:
		return "in the pod's manifest (of a Deployment: below its spec.template); " MANIFEST_CONTAINER
		       " is the container's own name:";
	case TOOL_UNIT:
		return "in a drop-in of the unit:";
	case TOOL_SYSCTL:
	case TOOL_SHELL:
		break;
	}
	return NULL;
}

static void print_lead(FILE *out, const char *lead, const struct style *style)
{
	fprintf(out, "%*s%s", BLOCK_INDENT, "", style_paint(style, PAINT_DIM));
	format_wrapped(out, lead, BLOCK_INDENT, style->columns);
	fprintf(out, "%s\n\n", style_paint(style, PAINT_RESET));
}

static void print_block(FILE *out, const struct options *options, const struct session *session,
			const struct remedies *remedies, const struct style *style)
{
	cleanup_parts struct parts parts = {0};
	command_parts(options, session, remedies, &parts);
	bool block = parts.count || (remedies->tool != TOOL_SHELL && has_fragments(remedies));
	const char *lead = block ? lead_of(remedies) : NULL;

	report_heading(out, "To make this start as the profile asks:", style);
	if (!block)
		return;
	if (lead)
		print_lead(out, lead, style);
	if (parts.count) {
		print_command(out, &parts, style);
	} else if (remedies->tool == TOOL_POD) {
		json_t *manifest = manifest_of(remedies);
		manifest_print(out, manifest, BLOCK_INDENT);
		json_decref(manifest);
	} else {
		print_drop_in(out, remedies);
	}
}

static bool same_note(const struct remedy *a, const struct remedy *b)
{
	return a->note && b->note && strcmp(a->note, b->note) == 0 && !a->fragment == !b->fragment;
}

/* Neighbours with the same note are told together: a missing group has a dozen settings. */
static void print_notes(FILE *out, const struct remedies *remedies, const struct style *style)
{
	bool apart = true;
	for (size_t i = 0; i < remedies->count;) {
		const struct remedy *first = &remedies->items[i];
		cleanup_free char *names =
			xasprintf("%s/%s", first->setting->mechanism, first->setting->name);
		for (i++; i < remedies->count && same_note(first, &remedies->items[i]); i++) {
			const struct setting *setting = remedies->items[i].setting;
			bool other = strcmp(setting->mechanism, first->setting->mechanism) != 0;
			char *before = names;
			names = xasprintf("%s, %s%s%s", before, other ? setting->mechanism : "",
					  other ? "/" : "", setting->name);
			free(before);
		}
		if (!first->note)
			continue;
		if (apart)
			fputc('\n', out);
		apart = false;
		cleanup_free char *text = xasprintf("%s: %s", names, first->note);
		cleanup_free char *safe = format_printable(text);
		fprintf(out, "  %s-%s ", style_paint(style, first->fragment ? PAINT_DIM : PAINT_YELLOW),
			style_paint(style, PAINT_RESET));
		format_wrapped(out, safe, 4, style->columns);
		fputc('\n', out);
	}
}

void report_remedies(FILE *out, const struct options *options, const struct session *session,
		     const struct style *style)
{
	cleanup_remedies struct remedies remedies = {0};
	remedies_collect(&session->context, &session->plan, &remedies);
	if (!remedies.count)
		return;
	print_block(out, options, session, &remedies, style);
	print_notes(out, &remedies, style);
	if (!remedies.also)
		return;
	fprintf(out, "  %s-%s ", style_paint(style, PAINT_DIM), style_paint(style, PAINT_RESET));
	format_wrapped(out, remedies.also, 4, style->columns);
	fputc('\n', out);
}

/* ---- JSON ---- */

static json_t *missing_json(const struct remedies *remedies)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < remedies->count; i++) {
		const struct remedy *item = &remedies->items[i];
		json_array_append_new(array,
				      json_checked(json_pack("{s:s, s:s, s:s, s:o, s:o}", "mechanism",
							     item->setting->mechanism, "name",
							     item->setting->name, "status", item->status,
							     "fragment", report_json_text(item->fragment),
							     "note", report_json_text(item->note))));
	}
	return array;
}

static json_t *command_json(const struct parts *parts)
{
	if (!parts->count)
		return json_null();
	cleanup_free char *command = command_of(parts);
	return report_json_text(command);
}

json_t *report_remedies_json(const struct options *options, const struct session *session)
{
	cleanup_remedies struct remedies remedies = {0};
	cleanup_parts struct parts parts = {0};
	if (!session->context.host)
		return json_null();
	remedies_collect(&session->context, &session->plan, &remedies);
	if (!remedies.count)
		return json_null();
	command_parts(options, session, &remedies, &parts);
	json_t *object = json_checked(json_object());
	json_object_set_new(object, "tool", report_json_text(tool_name(remedies.tool)));
	if (remedies.tool == TOOL_POD) {
		json_object_set_new(object, "manifest",
				    has_fragments(&remedies) ? manifest_of(&remedies) : json_null());
	} else if (remedies.tool == TOOL_UNIT) {
		cleanup_free char *text = drop_in_of(&remedies);
		json_object_set_new(object, "unit", report_json_text(remedies.unit));
		json_object_set_new(object, "dropIn",
				    has_fragments(&remedies) ? report_json_text(text) : json_null());
	} else {
		json_object_set_new(object, "command", command_json(&parts));
	}
	json_object_set_new(object, "missing", missing_json(&remedies));
	if (remedies.tool == TOOL_POD)
		json_object_set_new(object, "also", report_json_text(remedies.also));
	return object;
}
