/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "profile/decode.h"
#include "settings/settings.h"

/* One KEY=VALUE of the command line on its way into the document. */
struct override {
	struct json_document *document;
	struct problems *problems;
	const char *label; /* "--set", "--policy", "--workload" */
	char *key;         /* as it was typed */
	const char *text;  /* the value */
};

static void refuse(const struct override *override, const char *message, const char *hint)
{
	const struct json_place place = {.file = override->label};
	problem_add(override->problems, &place, "", false, message, hint);
}

/* The key with which `path` begins. No fixed key has a dot in its name; the text behind a map's name is one
 * key, including dots. */
static const struct key *first_member(const struct key *members, const char *path)
{
	size_t length = strcspn(path, ".");
	for (; members->name; members++)
		if (strlen(members->name) == length && strncmp(path, members->name, length) == 0)
			return members;
	return NULL;
}

static const char *nearest_path(const struct key *members, const char *path)
{
	cleanup_free char *first = xstrndup(path, strcspn(path, "."));
	const char *nearest = nearest_member(members, path);
	return nearest ? nearest : nearest_member(members, first);
}

static void refuse_unknown(const struct override *override, const struct key *object, const char *rest)
{
	cleanup_free char *key = quoted(override->key);
	cleanup_free char *message = xasprintf("unknown key %s", key);
	const char *nearest = nearest_path(object->members, rest);
	cleanup_free char *hint = nearest ? xasprintf("did you mean \"%.*s%s\"?", (int)(rest - override->key),
						      override->key, nearest)
					  : known_names(object->members);
	refuse(override, message, hint);
}

/* --set cannot change "extends": inheritance is already resolved. */
static bool refuse_extends(const struct override *override)
{
	if (strcmp(override->key, "extends") != 0)
		return false;
	refuse(override, "\"extends\" cannot be set here: it is resolved before --set",
	       "select the other profile with --profile, or write a profile file with \"extends\"");
	return true;
}

/* "sizing" alone is not a single value: names the keys below it. */
static void refuse_container(const struct override *override, const struct key *key)
{
	cleanup_free char *name = quoted(override->key);
	cleanup_free char *message = xasprintf("%s is not a single value", name);
	cleanup_free char *hint = NULL;
	if (key->members)
		hint = xasprintf("one of its keys is, such as %s.%s", override->key, key->members->name);
	else if (key->entry == &rlimit_entry)
		hint = xasprintf("write %s.RLIMIT_NOFILE=65536, or =SOFT:HARD", override->key);
	else if (key->entry)
		hint = xasprintf("write %s.KEY=VALUE", override->key);
	else
		hint = xasprintf("write a list as JSON, such as %s='[\"A\", \"B\"]'", override->key);
	refuse(override, message, hint);
}

/* The value as JSON if it is JSON of a type that the key accepts, else as a text. A new reference. */
static json_t *read_scalar(const char *text, unsigned types, char **number)
{
	cleanup_json_document struct json_document value = {0};
	cleanup_free char *copy = xstrdup(text);
	/* a key that accepts no text gets a fraction as a number, which it refuses */
	const unsigned taken =
		(TYPE_SCALAR & types) | TYPE_NULL | (types & TYPE_STRING ? 0 : TYPE(JSON_REAL));

	*number = NULL;
	if (json_document_read(copy, strlen(copy), &value) == 0 && (TYPE(json_typeof(value.root)) & taken)) {
		*number = value.places[0].number;
		value.places[0].number = NULL;
		return json_incref(value.root);
	}
	return json_checked(json_string(text));
}

/* Puts a scalar below `parent` and records that it comes from the command line. */
static void put_scalar(const struct override *override, json_t *parent, const char *parent_pointer,
		       const char *name, const char *text, unsigned types)
{
	char *number;
	json_put(parent, name, read_scalar(text, types, &number));
	json_document_put(override->document,
			  (struct json_place){.pointer = json_pointer(parent_pointer, name),
					      .file = override->label,
					      .number = number});
}

/* The object `name` in `parent`; adds it if missing. NULL if another type is there, which decoding reports.
 * Borrowed. */
static json_t *object_below(json_t *parent, const char *name)
{
	json_t *object = json_object_get(parent, name);
	if (!object || json_is_null(object)) {
		object = json_checked(json_object());
		json_put(parent, name, object);
	}
	return json_is_object(object) ? object : NULL;
}

static json_t *rlimits_array(json_t *root)
{
	json_t *rlimits = json_object_get(root, "rlimits");
	if (!rlimits || json_is_null(rlimits)) {
		rlimits = json_checked(json_array());
		json_put(root, "rlimits", rlimits);
	}
	return json_is_array(rlimits) ? rlimits : NULL;
}

/* The entry of a type; appends one if there is none. */
static json_t *rlimit_of_type(const struct override *override, json_t *rlimits, const char *type,
			      char **pointer)
{
	json_t *entry;
	size_t i;
	json_array_foreach(rlimits, i, entry)
	{
		const char *other = json_string_value(json_object_get(entry, "type"));
		if (other && strcmp(other, type) == 0) {
			*pointer = json_pointer_index("/rlimits", i);
			return entry;
		}
	}
	*pointer = json_pointer_index("/rlimits", i);
	json_document_put(override->document,
			  (struct json_place){.pointer = xstrdup(*pointer), .file = override->label});
	entry = json_checked(json_object());
	json_append(rlimits, entry);
	put_scalar(override, entry, *pointer, "type", type, TYPE_STRING);
	return entry;
}

/* RLIMIT_NOFILE=65536 sets both halves, 1024:65536 soft and hard, 1024: and :65536 one of them. */
static void set_rlimit(const struct override *override, const char *type)
{
	cleanup_free char *pointer = NULL;
	json_t *rlimits = rlimits_array(override->document->root);
	if (!rlimits)
		return;
	json_t *entry = rlimit_of_type(override, rlimits, type, &pointer);
	const char *colon = strchr(override->text, ':');
	cleanup_free char *soft =
		colon ? xstrndup(override->text, (size_t)(colon - override->text)) : xstrdup(override->text);
	const char *hard = colon ? colon + 1 : override->text;
	const unsigned types = TYPE_INTEGER | TYPE_STRING;
	if (*soft || !colon)
		put_scalar(override, entry, pointer, "soft", soft, types);
	if (*hard || !*soft)
		put_scalar(override, entry, pointer, "hard", hard, types);
}

/* Puts a list, given as JSON, for a key that accepts one; false if the text is not a list. */
static bool put_list(const struct override *override, json_t *parent, const char *parent_pointer,
		     const char *name)
{
	cleanup_json_document struct json_document list = {0};
	cleanup_free char *copy = xstrdup(override->text), *pointer = json_pointer(parent_pointer, name);
	if (json_document_read(copy, strlen(copy), &list) < 0 || list.fault_count ||
	    !(json_is_array(list.root) || json_is_null(list.root)) ||
	    json_object_set(parent, name, list.root) < 0)
		return false;
	for (size_t i = 0; i < list.place_count; i++) {
		struct json_place *place = &list.places[i];
		json_document_put(override->document,
				  (struct json_place){.pointer = xasprintf("%s%s", pointer, place->pointer),
						      .file = override->label,
						      .number = place->number});
		place->number = NULL;
	}
	return true;
}

/* The JSON types for the value of a cgroup file: "0" for cpuset.cpus is a text, not a number. */
static unsigned types_of_entry(const struct key *map, const char *name)
{
	if (map->decode != decode_unified)
		return map->entry->types;
	const struct setting *setting = setting_find(MECHANISM_CGROUP, name);
	return setting && setting->kind != VALUE_TEXT ? map->entry->types : TYPE_STRING;
}

/* `types`: the types of the key as which the text may be read. */
static void set_leaf(const struct override *override, json_t *parent, const char *pointer, const char *name,
		     const struct key *key, unsigned types)
{
	bool takes_list = (key->types & TYPE_ARRAY) && key->entry != &rlimit_entry;
	if (takes_list && put_list(override, parent, pointer, name))
		return;
	if (!(key->types & TYPE_SCALAR)) {
		refuse_container(override, key);
		return;
	}
	put_scalar(override, parent, pointer, name, override->text, types);
	if (strcmp(name, "oomAdj") == 0 && is_given(parent, name))
		json_object_del(parent, "oomScoreAdj");
	else if (strcmp(name, "oomScoreAdj") == 0 && is_given(parent, name))
		json_object_del(parent, "oomAdj");
}

/* Follows the dotted path down the table of keys. */
static void set_path(const struct override *override)
{
	const struct key *object = &profile_key;
	const char *rest = override->key;
	json_t *parent = override->document->root;
	cleanup_free char *pointer = xstrdup("");

	while (json_is_object(parent)) {
		const struct key *key = first_member(object->members, rest);
		if (!key) {
			refuse_unknown(override, object, rest);
			return;
		}
		rest += strlen(key->name);
		if (*rest == '\0' || (!key->members && !key->entry)) {
			if (*rest)
				refuse_unknown(override, object, rest - strlen(key->name));
			else
				set_leaf(override, parent, pointer, key->name, key, key->types);
			return;
		}
		rest++;
		if (key->entry == &rlimit_entry) {
			set_rlimit(override, rest);
			return;
		}
		cleanup_free char *above = pointer;
		pointer = json_pointer(above, key->name);
		parent = object_below(parent, key->name);
		if (key->entry && parent) {
			set_leaf(override, parent, pointer, rest, key->entry, types_of_entry(key, rest));
			return;
		}
		object = key;
	}
}

static bool refuse_encoding(const struct override *override, const char *argument)
{
	json_t *text = json_string(argument);
	if (!text)
		refuse(override, "the key or its value is not UTF-8", NULL);
	json_decref(text);
	return !text;
}

static void apply_one(struct override *override, const char *prefix, const char *argument)
{
	if (refuse_encoding(override, argument))
		return;
	const char *equals = strchr(argument, '=');
	if (!equals || equals == argument) {
		cleanup_free char *text = quoted(argument);
		cleanup_free char *message = xasprintf("%s has no %s", text, equals ? "key" : "\"=\"");
		refuse(override, message, "write KEY=VALUE");
		return;
	}
	override->key = xasprintf("%s%.*s", prefix, (int)(equals - argument), argument);
	override->text = equals + 1;
	if (!refuse_extends(override))
		set_path(override);
	free(override->key);
}

void override_apply(struct json_document *document, const struct profile_request *request,
		    struct problems *problems)
{
	struct override set = {document, problems, "--set", NULL, NULL};
	struct override policy = {document, problems, "--policy", NULL, NULL};
	struct override workload = {document, problems, "--workload", NULL, NULL};

	for (size_t i = 0; i < request->set_count; i++)
		apply_one(&set, "", request->sets[i]);
	for (size_t i = 0; i < request->policy_count; i++)
		apply_one(&policy, "policy.", request->policies[i]);
	for (size_t i = 0; i < request->workload_count; i++)
		apply_one(&workload, "sizing.workload.", request->workloads[i]);
}
