/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "profile/decode.h"

/*
 * Inheritance at document level: objects merge key by key, everything else is replaced. A null stays in the
 * document, so that an unknown key with that value is still reported; decoding treats null as "not given".
 */
static void merge_objects(json_t *base, json_t *top)
{
	const char *key;
	json_t *value;
	json_object_foreach(top, key, value)
	{
		json_t *inherited = json_object_get(base, key);
		if (json_is_object(inherited) && json_is_object(value))
			merge_objects(inherited, value);
		else
			json_object_set_nocheck(base, key, value);
	}
}

static const char *entry_type(const json_t *entry)
{
	return json_string_value(json_object_get(entry, "type"));
}

/* The index of an entry with that type among the first `count`; `count` if there is none. Ignores entries
 * that were appended later, so that a type that occurs twice in one file is refused. */
static size_t find_type(const json_t *entries, size_t count, const char *type)
{
	size_t i = 0;
	for (; i < count; i++) {
		const char *other = entry_type(json_array_get(entries, i));
		if (type && other && strcmp(type, other) == 0)
			break;
	}
	return i;
}

/* OCI writes limits as an array, but they are a map by type: replacing the whole array would silently drop
 * inherited limits. Returns the new index of each entry of `top`; caller frees. */
static size_t *merge_rlimits(json_t *base, json_t *top)
{
	size_t inherited = json_array_size(base), count = json_array_size(top);
	size_t *moved = xcalloc(count, sizeof *moved);
	bool *taken = xcalloc(inherited, sizeof *taken);

	for (size_t i = 0; i < count; i++) {
		json_t *entry = json_array_get(top, i);
		size_t same = find_type(base, inherited, entry_type(entry));
		if (same < inherited && !taken[same]) {
			taken[same] = true;
			moved[i] = same;
			merge_objects(json_array_get(base, same), entry);
		} else {
			moved[i] = json_array_size(base);
			json_array_append(base, entry);
		}
	}
	free(taken);
	return moved;
}

/* oomScoreAdj and oomAdj set the same value: a profile that gives one of them replaces an inherited other
 * one. */
static void drop_oom_rival(json_t *base, const json_t *top)
{
	bool score = is_given(top, "oomScoreAdj"), old = is_given(top, "oomAdj");
	if (old && !score)
		json_object_del(base, "oomScoreAdj");
	if (score && !old)
		json_object_del(base, "oomAdj");
}

static void move_place(struct json_document *base, struct json_place place, const size_t *moved)
{
	static const char prefix[] = "/rlimits/";
	if (moved && strncmp(place.pointer, prefix, strlen(prefix)) == 0) {
		char *rest;
		size_t index = strtoul(place.pointer + strlen(prefix), &rest, 10);
		char *pointer = xasprintf("%s%zu%s", prefix, moved[index], rest);
		free(place.pointer);
		place.pointer = pointer;
	}
	json_document_put(base, place);
}

void document_overlay(struct json_document *base, struct json_document *top)
{
	cleanup_free size_t *moved = NULL;
	json_t *inherited = json_object_get(base->root, "rlimits");
	json_t *own = json_object_get(top->root, "rlimits");

	if (json_is_object(base->root) && json_is_object(top->root)) {
		drop_oom_rival(base->root, top->root);
		if (json_is_array(inherited) && json_is_array(own)) {
			moved = merge_rlimits(inherited, own);
			json_object_set(top->root, "rlimits", inherited);
		}
		merge_objects(base->root, top->root);
	} else {
		json_decref(base->root);
		base->root = json_incref(top->root);
	}
	for (size_t i = 0; i < top->place_count; i++)
		move_place(base, top->places[i], moved);
	top->place_count = 0; /* their strings are base's now */
	json_document_clear(top);
}
