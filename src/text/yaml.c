/* SPDX-License-Identifier: MIT */
#include "text/yaml.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/text.h"
#include "text/format.h"
#include "text/libyaml.h"

LIBRARY_DEFINE(libyaml, LIBYAML_FUNCTIONS, "libyaml-0.so.2", "install libyaml (Debian: libyaml-0-2)")

/*
 * libyaml has no events for comments. So comments are stored separately, with the number of the line that
 * they precede. That number is known: in block style every member and every element begins a line, except the
 * first member of an element, which follows its dash.
 */
enum { COLUMNS = 110 };

struct writer {
	yaml_emitter_t emitter;
	size_t line; /* the number of the next line */
	struct note {
		size_t line;
		const char *text;
	} * notes;
	size_t note_count;
};

static int write_out(void *out, unsigned char *buffer, size_t size)
{
	return fwrite(buffer, 1, size, out) == size;
}

/* libyaml fails if memory runs out, or on invalid text; an event that could not be made is not emitted. */
static void emit(struct writer *writer, yaml_event_t *event, int made)
{
	if (made)
		(void)yaml_emitter_emit(&writer->emitter, event);
}

static void note(struct writer *writer, const char *text)
{
	if (text)
		*ARRAY_ADD(writer->notes, writer->note_count) = (struct note){writer->line, text};
}

/* True for a text that a literal block preserves exactly, and that libyaml writes as one: lines that begin
 * and end with a visible character, and a newline at the end. */
static bool is_block(const char *text)
{
	size_t length = strlen(text);
	if (!length || text[length - 1] != '\n' || *text == ' ' || *text == '\n')
		return false;
	for (const char *c = text; *c; c++)
		if (*c == '\n' ? (c[-1] == ' ' || c[-1] == '\n') : (*c < ' ' || *c > '~'))
			return false;
	return true;
}

static void emit_text(struct writer *writer, const char *text, yaml_scalar_style_t style)
{
	yaml_event_t event;
	emit(writer, &event,
	     yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text),
					  style == YAML_PLAIN_SCALAR_STYLE, 1, style));
}

static void emit_string(struct writer *writer, const char *text)
{
	bool block = is_block(text);
	emit_text(writer, text, block ? YAML_LITERAL_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	writer->line += block ? text_lines(text) : 0;
}

static void emit_node(struct writer *writer, json_t *node, bool begun);

/* `begun`: its first member continues the line of a dash. */
static void emit_object(struct writer *writer, json_t *node, bool begun)
{
	yaml_event_t event;
	const char *key;
	json_t *value;
	emit(writer, &event,
	     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
	json_object_foreach(node, key, value)
	{
		if (*key == '#')
			continue;
		cleanup_free char *name = xasprintf("#%s", key);
		writer->line += !begun;
		begun = false;
		note(writer, json_string_value(json_object_get(node, name)));
		emit_text(writer, key, YAML_PLAIN_SCALAR_STYLE);
		emit_node(writer, value, false);
	}
	emit(writer, &event, yaml_mapping_end_event_initialize(&event));
}

static void emit_array(struct writer *writer, json_t *node, bool begun)
{
	yaml_event_t event;
	emit(writer, &event,
	     yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
	for (size_t i = 0; i < json_array_size(node); i++) {
		json_t *element = json_array_get(node, i);
		writer->line += !begun;
		begun = false;
		note(writer, json_string_value(json_object_get(element, "#")));
		emit_node(writer, element, true);
	}
	emit(writer, &event, yaml_sequence_end_event_initialize(&event));
}

static void emit_node(struct writer *writer, json_t *node, bool begun)
{
	if (json_is_object(node)) {
		emit_object(writer, node, begun);
	} else if (json_is_array(node)) {
		emit_array(writer, node, begun);
	} else if (json_is_string(node)) {
		emit_string(writer, json_string_value(node));
	} else {
		cleanup_free char *text = json_dumps(node, JSON_ENCODE_ANY);
		emit_text(writer, text ? text : "null", YAML_PLAIN_SCALAR_STYLE);
	}
}

static char *manifest_json(json_t *manifest)
{
	json_t *plain = manifest_plain(manifest);
	char *text = json_dumps(plain, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(plain);
	return text ? text : xstrdup("");
}

static char *manifest_yaml(struct writer *writer, json_t *manifest)
{
	yaml_event_t event;
	char *text = NULL;
	size_t size;
	if (libyaml_load(NULL) < 0)
		return manifest_json(manifest);
	FILE *out = open_memstream(&text, &size);

	if (!out || !yaml_emitter_initialize(&writer->emitter)) {
		alloc_failed();
		return out ? (fclose(out), text) : xstrdup("");
	}
	yaml_emitter_set_output(&writer->emitter, write_out, out);
	yaml_emitter_set_unicode(&writer->emitter, 0); /* no characters that reorder or hide text */
	yaml_emitter_set_width(&writer->emitter, -1);
	emit(writer, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(writer, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	emit_node(writer, manifest, false);
	emit(writer, &event, yaml_document_end_event_initialize(&event, 1));
	emit(writer, &event, yaml_stream_end_event_initialize(&event));
	yaml_emitter_delete(&writer->emitter);
	fclose(out);
	return text;
}

void manifest_print(FILE *out, json_t *manifest, unsigned indent)
{
	struct writer writer = {0};
	cleanup_free char *yaml = manifest_yaml(&writer, manifest);
	char *rest = yaml;
	size_t number = 0, next = 0;
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (!*line)
			continue;
		number++;
		for (; next < writer.note_count && writer.notes[next].line == number; next++)
			format_comment(out, writer.notes[next].text, indent + strspn(line, " "), COLUMNS);
		fprintf(out, "%*s%s\n", (int)indent, "", line);
	}
	free(writer.notes);
}

const char *manifest_library_version(void)
{
	return libyaml_load(NULL) < 0 ? "none" : yaml_get_version_string();
}

json_t *manifest_plain(json_t *manifest)
{
	json_t *copy;
	if (json_is_object(manifest)) {
		const char *key;
		json_t *value;
		copy = json_checked(json_object());
		json_object_foreach(manifest, key, value) if (*key != '#')
			json_put(copy, key, manifest_plain(value));
	} else if (json_is_array(manifest)) {
		copy = json_checked(json_array());
		for (size_t i = 0; i < json_array_size(manifest); i++)
			json_append(copy, manifest_plain(json_array_get(manifest, i)));
	} else {
		copy = json_checked(json_deep_copy(manifest));
	}
	return copy;
}
