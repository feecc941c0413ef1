/* SPDX-License-Identifier: MIT */
#include "report/remedies.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/shell.h"
#include "host/host.h"
#include "output/pieces.h"
#include "plan/remedy.h"
#include "session/session.h"
#include "text/format.h"
#include "text/paste.h"
#include "text/yaml.h"

/* A placeholder for the container's name, which is not known inside the container. */
#define MANIFEST_CONTAINER "CONTAINER"

/* ---- blocks ---- */

/* Whether no earlier item has the same fragment: user and group share one option, all capabilities one
 * field. */
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

/* The launch as typed, with the necessary options in front. */
static void shell_parts(const struct session *session, const struct remedies *remedies, struct parts *parts)
{
	if (!remedies->as_root && !remedies->delegated)
		return;
	if (remedies->as_root)
		parts_add(parts, xstrdup("sudo"));
	const struct purpose *purpose = &session->purpose;
	const char *search = purpose->selection->environment;
	if (search && remedies->as_root) {
		cleanup_free char *path = shell_quote(search);
		parts_add(parts, xasprintf("env SIPLAUNCH_PROFILE_PATH=%s", path));
	}
	if (remedies->delegated)
		parts_add(parts, xstrdup("systemd-run --scope -p Delegate=yes"));
	parts_add(parts, xstrdup(purpose->what == PURPOSE_PREPARE_POD ? "siplaunch init" : "siplaunch"));
	for (size_t i = 0; purpose->words && i < purpose->words->count; i++)
		parts_add(parts, xstrdup(purpose->words->items[i]));
	parts_add(parts, xstrdup("--"));
	for (size_t i = 0; session->argv[i]; i++)
		parts_add(parts, shell_quote(session->argv[i]));
}

static void command_parts(const struct session *session, const struct remedies *remedies, struct parts *parts)
{
	bool engine = remedies->tool == TOOL_DOCKER || remedies->tool == TOOL_PODMAN;
	if (engine && has_fragments(remedies))
		engine_parts(remedies, parts);
	else if (remedies->tool == TOOL_SHELL)
		shell_parts(session, remedies, parts);
}

/* Caller frees. */
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
	fprintf(out, "%*s# %s edit %s\n", BLOCK_INDENT, "", remedies->systemctl, unit);
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			fprintf(out, "%*s%s\n", BLOCK_INDENT, "", line);
	fprintf(out, "%*s# %s restart %s\n", BLOCK_INDENT, "", remedies->systemctl, unit);
}

static const char *lead_of(const struct remedies *remedies)
{
	switch (remedies->tool) {
	case TOOL_DOCKER:
	case TOOL_PODMAN:
	case TOOL_COMPOSE:
		return "Replace IMAGE, and keep the container's other options:";
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

static void print_block(FILE *out, const struct session *session, const struct remedies *remedies,
			const struct style *style)
{
	cleanup_parts struct parts parts = {0};
	command_parts(session, remedies, &parts);
	bool block = parts.count || (remedies->tool != TOOL_SHELL && has_fragments(remedies));
	const char *lead = block ? lead_of(remedies) : NULL;

	output_heading(out, "To start as the profile requests:", style);
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

/* Prints a note once for consecutive settings with the same note: a missing group affects a dozen
 * settings. */
static void print_notes(FILE *out, const struct remedies *remedies, const struct style *style)
{
	bool apart = true;
	for (size_t i = 0; i < remedies->count;) {
		const struct remedy *first = &remedies->items[i];
		cleanup_free char *names =
			xasprintf("%s/%s", mechanism_name(first->setting->mechanism), first->setting->name);
		for (i++; i < remedies->count && same_note(first, &remedies->items[i]); i++) {
			const struct setting *setting = remedies->items[i].setting;
			bool other = setting->mechanism != first->setting->mechanism;
			text_append(&names, ", ", "%s%s%s", other ? mechanism_name(setting->mechanism) : "",
				    other ? "/" : "", setting->name);
		}
		if (!first->note)
			continue;
		if (apart)
			fputc('\n', out);
		apart = false;
		cleanup_free char *text = xasprintf("%s: %s", names, first->note);
		fprintf(out, "  %s-%s ", style_paint(style, first->fragment ? PAINT_DIM : PAINT_YELLOW),
			style_paint(style, PAINT_RESET));
		output_wrapped(out, text, 4, style);
	}
}

void report_remedies(FILE *out, const struct session *session, const struct style *style)
{
	cleanup_remedies struct remedies remedies = {0};
	remedies_collect(&session->context, &session->plan, &remedies);
	if (!remedies.count)
		return;
	print_block(out, session, &remedies, style);
	print_notes(out, &remedies, style);
	if (!remedies.also)
		return;
	fprintf(out, "  %s-%s ", style_paint(style, PAINT_DIM), style_paint(style, PAINT_RESET));
	output_wrapped(out, remedies.also, 4, style);
}

/* ---- JSON ---- */

static json_t *missing_json(const struct remedies *remedies)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < remedies->count; i++) {
		const struct remedy *item = &remedies->items[i];
		json_append(array, json_checked(json_pack("{s:s, s:s, s:s, s:o, s:o}", "mechanism",
							  mechanism_name(item->setting->mechanism), "name",
							  item->setting->name, "status", item->status,
							  "fragment", json_from_text(item->fragment), "note",
							  json_from_text(item->note))));
	}
	return array;
}

static json_t *command_json(const struct parts *parts)
{
	if (!parts->count)
		return json_null();
	cleanup_free char *command = command_of(parts);
	return json_from_text(command);
}

json_t *report_remedies_json(const struct session *session)
{
	cleanup_remedies struct remedies remedies = {0};
	cleanup_parts struct parts parts = {0};
	if (!session->context.host)
		return json_null();
	remedies_collect(&session->context, &session->plan, &remedies);
	if (!remedies.count)
		return json_null();
	command_parts(session, &remedies, &parts);
	json_t *object = json_checked(json_object());
	json_put(object, "tool", json_from_text(tool_name(remedies.tool)));
	if (remedies.tool == TOOL_POD) {
		json_put(object, "manifest", has_fragments(&remedies) ? manifest_of(&remedies) : json_null());
	} else if (remedies.tool == TOOL_UNIT) {
		cleanup_free char *text = drop_in_of(&remedies);
		json_put(object, "unit", json_from_text(remedies.unit));
		json_put(object, "dropIn", has_fragments(&remedies) ? json_from_text(text) : json_null());
	} else {
		json_put(object, "command", command_json(&parts));
	}
	json_put(object, "missing", missing_json(&remedies));
	if (remedies.tool == TOOL_POD)
		json_put(object, "also", json_from_text(remedies.also));
	return object;
}
