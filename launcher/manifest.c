/* SPDX-License-Identifier: MIT */
#include "manifest.h"

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/json.h"

/* The child of that name, made as `fresh` where there is none; takes over `fresh`. */
static json_t *child(json_t *object, const char *name, json_t *fresh)
{
	json_t *found = json_object_get(object, name);
	if (found)
		json_decref(fresh);
	else if (json_object_set_new(object, name, fresh) < 0)
		alloc_failed();
	return found ? found : fresh;
}

/* The list's one element; a container needs its name, by which kubectl tells it from others. */
static json_t *element(json_t *list, const char *name)
{
	if (!json_array_size(list)) {
		json_t *fresh = json_checked(json_object());
		if (strcmp(name, "containers") == 0)
			json_object_set_new(fresh, "name", json_checked(json_string(MANIFEST_CONTAINER)));
		json_array_append_new(list, fresh);
	}
	return json_array_get(list, 0);
}

static bool contains(const json_t *list, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), value))
			return true;
	return false;
}

static void append_new(json_t *list, const json_t *values)
{
	for (size_t i = 0; i < json_array_size(values); i++) {
		const json_t *value = json_array_get(values, i);
		if (!contains(list, value))
			json_array_append_new(list, json_checked(json_deep_copy(value)));
	}
}

void manifest_put(json_t *manifest, const char *path, const json_t *value)
{
	cleanup_free char *copy = xstrdup(path);
	char *rest = copy;
	for (char *name; (name = strsep(&rest, "."));) {
		char *brackets = strstr(name, "[]");
		if (brackets)
			*brackets = '\0';
		if (!rest && !brackets) {
			if (json_object_set_new(manifest, name, json_checked(json_deep_copy(value))) < 0)
				alloc_failed();
			return;
		}
		json_t *below = child(manifest, name, json_checked(brackets ? json_array() : json_object()));
		if (!rest)
			append_new(below, value);
		else
			manifest = brackets ? element(below, name) : below;
	}
}

/* ---- YAML ---- */

static int write_out(void *out, unsigned char *buffer, size_t size)
{
	return fwrite(buffer, 1, size, out) == size;
}

/* libyaml fails for want of memory, or of a valid text; an event that was not made is not emitted. */
static void emit(yaml_emitter_t *emitter, yaml_event_t *event, int made)
{
	if (made)
		(void)yaml_emitter_emit(emitter, event);
}

static void emit_scalar(yaml_emitter_t *emitter, const char *text, bool quoted)
{
	yaml_event_t event;
	emit(emitter, &event,
	     yaml_scalar_event_initialize(
		     &event, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text), !quoted, quoted,
		     quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE));
}

static void emit_node(yaml_emitter_t *emitter, json_t *node);

static void emit_object(yaml_emitter_t *emitter, json_t *node)
{
	yaml_event_t event;
	const char *key;
	json_t *value;
	emit(emitter, &event,
	     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
	json_object_foreach(node, key, value)
	{
		emit_scalar(emitter, key, false);
		emit_node(emitter, value);
	}
	emit(emitter, &event, yaml_mapping_end_event_initialize(&event));
}

static void emit_array(yaml_emitter_t *emitter, json_t *node)
{
	yaml_event_t event;
	emit(emitter, &event,
	     yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
	for (size_t i = 0; i < json_array_size(node); i++)
		emit_node(emitter, json_array_get(node, i));
	emit(emitter, &event, yaml_sequence_end_event_initialize(&event));
}

static void emit_node(yaml_emitter_t *emitter, json_t *node)
{
	if (json_is_object(node)) {
		emit_object(emitter, node);
	} else if (json_is_array(node)) {
		emit_array(emitter, node);
	} else if (json_is_string(node)) {
		emit_scalar(emitter, json_string_value(node), true);
	} else {
		cleanup_free char *text = json_dumps(node, JSON_ENCODE_ANY);
		emit_scalar(emitter, text ? text : "null", false);
	}
}

static char *manifest_yaml(json_t *manifest)
{
	yaml_emitter_t emitter;
	yaml_event_t event;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out || !yaml_emitter_initialize(&emitter)) {
		alloc_failed();
		return out ? (fclose(out), text) : xstrdup("");
	}
	yaml_emitter_set_output(&emitter, write_out, out);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, -1);
	emit(&emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(&emitter, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	emit_node(&emitter, manifest);
	emit(&emitter, &event, yaml_document_end_event_initialize(&event, 1));
	emit(&emitter, &event, yaml_stream_end_event_initialize(&event));
	yaml_emitter_delete(&emitter);
	fclose(out);
	return text;
}

void manifest_print(FILE *out, json_t *manifest, unsigned indent)
{
	cleanup_free char *yaml = manifest_yaml(manifest);
	char *rest = yaml;
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			fprintf(out, "%*s%s\n", (int)indent, "", line);
}
