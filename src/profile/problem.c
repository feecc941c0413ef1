/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "profile/decode.h"

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
	cleanup_free char *value = node_text(decoder, node);
	problem_here(decoder, node, hint, "must be %s, not %s", allowed, value);
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

static const char *foreign_hint(const struct foreign_key *foreign, const char *name)
{
	for (; foreign && foreign->name; foreign++)
		if (strcmp(foreign->name, name) == 0)
			return foreign->hint;
	return NULL;
}

static const char *nearest_member(const struct key *members, const char *name)
{
	const char *names[64];
	size_t count = 0;
	for (; members->name && count < ARRAY_SIZE(names); members++)
		names[count++] = members->name;
	return nearest_name(name, names, count);
}

/* What a person may have meant: a foreign key's place here, the nearest key, or all there are. Fresh. */
static char *unknown_hint(const struct key *object, const char *name)
{
	const char *foreign = foreign_hint(object->foreign, name);
	if (foreign)
		return xstrdup(foreign);
	const char *nearest = nearest_member(object->members, name);
	return nearest ? xasprintf("did you mean \"%s\"?", nearest) : known_names(object->members);
}

void unknown_key(const struct decoder *decoder, const char *pointer, const char *name,
		 const struct key *object)
{
	cleanup_free char *key = quoted(name);
	cleanup_free char *message = xasprintf("unknown key %s", key);
	cleanup_free char *hint = unknown_hint(object, name);
	problem_add(decoder->problems, json_document_place(decoder->document, pointer), pointer, true,
		    message, hint);
}
