/* SPDX-License-Identifier: MIT */
#include "base/json_decode.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/nearest.h"

void *decoder_field(const struct decoder *decoder, const struct key *key)
{
	return (char *)decoder->target + key->field;
}

bool node_number(const struct decoder *decoder, const struct node *node, uint64_t *number)
{
	return document_number(decoder->document, node->pointer, node->value, number);
}

bool node_check_type(const struct decoder *decoder, const struct node *node, const struct key *key)
{
	if (key->types & TYPE(json_typeof(node->value)))
		return true;
	bool fraction = json_is_real(node->value) && key->types & TYPE_INTEGER;
	must_be(decoder, node, key->allowed,
		fraction && !key->hint ? "write a whole number, without a decimal point or an exponent"
				       : key->hint);
	return false;
}

char *node_text(const struct decoder *decoder, const struct node *node)
{
	return document_text(decoder->document, node->pointer, node->value);
}

void problem_here(const struct decoder *decoder, const struct node *node, const char *hint,
		  const char *format, ...)
{
	va_list args;
	va_start(args, format);
	problem_atv(decoder->problems, decoder->document, node->pointer, hint, format, args);
	va_end(args);
}

void must_be(const struct decoder *decoder, const struct node *node, const char *allowed, const char *hint)
{
	problem_must_be(decoder->problems, decoder->document, node->pointer, node->value, allowed, hint);
}

char *known_names(const struct key *members)
{
	char *list = xstrdup("known here:");
	for (const struct key *key = members; key->name; key++) {
		cleanup_free char *before = list;
		list = xasprintf("%s%s %s", before, key == members ? "" : ",", key->name);
	}
	return list;
}

const char *nearest_member(const struct key *members, const char *name)
{
	const char *names[64];
	size_t count = 0;
	for (; members->name && count < ARRAY_SIZE(names); members++)
		names[count++] = members->name;
	return nearest_name(name, names, count);
}

static const char *foreign_hint(const struct foreign_key *foreign, const char *name)
{
	for (; foreign && foreign->name; foreign++)
		if (strcmp(foreign->name, name) == 0)
			return foreign->hint;
	return NULL;
}

/* The key that may have been meant: a foreign key's place here, the nearest key, or all known ones. Caller
 * frees. */
static char *unknown_hint(const struct key *object, const char *name)
{
	const char *foreign = foreign_hint(object->foreign, name);
	if (foreign)
		return xstrdup(foreign);
	const char *nearest = nearest_member(object->members, name);
	return nearest ? xasprintf("did you mean \"%s\"?", nearest) : known_names(object->members);
}

bool is_line(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7F)
			return false;
	return true;
}

bool is_given(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	return value && !json_is_null(value);
}

void each_member(struct decoder *decoder, const struct node *node, const struct key *key,
		 void (*each)(struct decoder *, const struct node *, const char *, const struct key *))
{
	const char *name;
	json_t *value;

	json_object_foreach(node->value, name, value)
	{
		cleanup_free char *pointer = json_pointer(node->pointer, name);
		const struct node child = {value, pointer};
		each(decoder, &child, name, key->entry);
	}
}

void each_element(struct decoder *decoder, const struct node *array, const struct key *key,
		  decode_function *each)
{
	json_t *value;
	size_t i;

	json_array_foreach(array->value, i, value)
	{
		cleanup_free char *pointer = json_pointer_index(array->pointer, i);
		const struct node child = {value, pointer};
		each(decoder, &child, key);
	}
}

void decode_ignore(struct decoder *decoder, const struct node *node, const struct key *key)
{
	(void)decoder;
	(void)node;
	(void)key;
}

void decode_object(struct decoder *decoder, const struct node *node, const struct key *key)
{
	const char *name;
	json_t *value;

	json_object_foreach(node->value, name, value)
	{
		cleanup_free char *pointer = json_pointer(node->pointer, name);
		const struct node child = {value, pointer};
		const struct key *member = key->members;
		while (member->name && strcmp(member->name, name) != 0)
			member++;
		if (!member->name) {
			cleanup_free char *hint = unknown_hint(key, name);
			problem_unknown_key(decoder->problems, decoder->document, pointer, name, hint);
		} else if ((!json_is_null(value) || member->required) &&
			   node_check_type(decoder, &child, member)) {
			member->decode(decoder, &child, member);
		}
	}
	for (const struct key *member = key->members; member->name; member++)
		if (member->required && !json_object_get(node->value, member->name))
			problem_here(decoder, node, NULL, "\"%s\" is missing", member->name);
}

void decode_text(struct decoder *decoder, const struct node *node, const struct key *key)
{
	const char *text = json_string_value(node->value);
	char **target = decoder_field(decoder, key);
	if (!is_line(text)) {
		must_be(decoder, node, key->allowed, key->hint);
		return;
	}
	free(*target);
	*target = xstrdup(text);
}

bool decode_choice_number(const struct decoder *decoder, const struct node *node, const struct key *key,
			  unsigned *number)
{
	const char *word = json_string_value(node->value);
	for (*number = 0; key->choices[*number]; ++*number)
		if (strcmp(key->choices[*number], word) == 0)
			return true;
	cleanup_free char *hint = did_you_mean(word, key->choices, *number);
	must_be(decoder, node, key->allowed, hint ? hint : key->hint);
	return false;
}

void decode_word(struct decoder *decoder, const struct node *node, const struct key *key)
{
	unsigned number;
	if (decode_choice_number(decoder, node, key, &number))
		decode_text(decoder, node, key);
}

bool decode_bounded(const struct decoder *decoder, const struct node *node, const struct key *key,
		    uint64_t *number)
{
	if (node_number(decoder, node, number) && *number >= key->minimum && *number <= key->maximum &&
	    (!key->multiple || *number % key->multiple == 0))
		return true;
	must_be(decoder, node, key->allowed, key->hint);
	return false;
}

void decode_number(struct decoder *decoder, const struct node *node, const struct key *key)
{
	uint64_t number;
	if (decode_bounded(decoder, node, key, &number))
		memcpy(decoder_field(decoder, key), &number, sizeof number);
}
