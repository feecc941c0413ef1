/* SPDX-License-Identifier: MIT */
#include "session/values_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/error.h"
#include "base/problem.h"

static bool is_name(const char *name)
{
	return (ascii_is_upper(*name) || *name == '_') &&
	       !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
}

/* Characters that single quotes on one line cannot hold. */
static bool fits(const char *value)
{
	for (const char *c = value; *c; c++)
		if (*c == '\'' || ascii_is_control(*c))
			return false;
	return true;
}

char *values_text(const struct named_value *values, size_t count, struct error *error)
{
	cleanup_free char *text = xstrdup("");
	for (size_t i = 0; i < count; i++) {
		if (!is_name(values[i].name)) {
			error_set(error, 0, "\"%s\" is no name of a variable", values[i].name);
			return NULL;
		}
		if (!values[i].value)
			continue;
		if (!fits(values[i].value)) {
			cleanup_free char *quote = quoted(values[i].value);
			error_set(
				error, 0,
				"%s: %s has a single quote or a control character in it, which no line of a "
				"file for a shell and for Kubernetes can hold",
				values[i].name, quote);
			return NULL;
		}
		cleanup_free char *before = text;
		text = xasprintf("%s%s='%s'\n", before, values[i].name, values[i].value);
	}
	if (strlen(text) > VALUES_BYTES_MAX) {
		error_set(error, 0, "the values take more than the %zu bytes that Kubernetes reads",
			  VALUES_BYTES_MAX);
		return NULL;
	}
	char *result = text;
	text = NULL;
	return result;
}
