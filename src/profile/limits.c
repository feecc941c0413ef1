/* SPDX-License-Identifier: MIT */
/* A number that a row of the settings table bounds: its syntax, and the message for an invalid one.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "profile/decode.h"

struct grammar setting_grammar(const struct setting *setting)
{
	return (struct grammar){
		.automatic = setting->allows_auto,
		.percent = setting->mechanism == MECHANISM_CGROUP && setting->kind == VALUE_BYTES,
		/* /proc/sys has no word for "unlimited" */
		.unlimited = setting->mechanism != MECHANISM_SYSCTL && setting->maximum == UNLIMITED,
	};
}

static char *number_allowed(const struct setting *setting)
{
	if (setting->kind == VALUE_BYTES && setting->maximum == UNLIMITED)
		return xstrdup("a size such as \"64MiB\"");
	const char *what = setting->kind == VALUE_PAGES ? "a number of pages" : "a number";
	if (setting->kind == VALUE_BYTES)
		what = "a size";
	if (setting->maximum != UNLIMITED)
		return xasprintf("%s from %" PRIu64 " to %" PRIu64, what, setting->minimum, setting->maximum);
	return setting->minimum ? xasprintf("%s from %" PRIu64, what, setting->minimum) : xstrdup(what);
}

/* "a", "a or b", "a, b or c". Caller frees. */
static char *join_alternatives(const char *const *words, size_t count)
{
	char *text = xstrdup(words[0]);
	for (size_t i = 1; i < count; i++) {
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s", before, i + 1 < count ? ", " : " or ", words[i]);
	}
	return text;
}

bool setting_has_lines(const struct setting *setting)
{
	return setting->kind == VALUE_TEXT && setting->mechanism == MECHANISM_CGROUP && !setting->systemd;
}

char *setting_allowed(const struct setting *setting)
{
	if (setting->kind == VALUE_TEXT)
		return xstrdup("a line of text as the kernel reads it");
	const struct grammar grammar = setting_grammar(setting);
	bool several = setting->arity > 1 && setting->mechanism == MECHANISM_SYSCTL;
	cleanup_free char *number = several ? xasprintf("%u numbers from %" PRIu64 " to %" PRIu64,
							setting->arity, setting->minimum, setting->maximum)
					    : number_allowed(setting);
	const char *words[4] = {number};
	size_t count = 1;
	if (grammar.percent)
		words[count++] = "a percentage such as \"75%\"";
	if (grammar.unlimited)
		words[count++] = "\"max\"";
	if (grammar.automatic)
		words[count++] = "\"auto\"";
	return join_alternatives(words, count);
}

void must_be_setting(const struct decoder *decoder, const struct node *node, const struct setting *setting)
{
	cleanup_free char *allowed = setting_allowed(setting);
	const char *text = json_string_value(node->value);
	const char *hint = text && setting->kind == VALUE_BYTES ? size_hint(text) : NULL;
	must_be(decoder, node, allowed, hint);
}

/* Reads a number in the syntax of its kind: sizes have units, counts do not. */
static bool read_number(const struct decoder *decoder, const struct node *node, const struct setting *setting,
			struct size *size)
{
	const char *text = json_string_value(node->value);

	*size = (struct size){.kind = SIZE_BYTES};
	if (!text)
		return node_number(decoder, node, &size->bytes);
	if (setting->kind != VALUE_BYTES && parse_u64(text, &size->bytes))
		return true;
	if (size_parse(text, size) != NULL)
		return false;
	return setting->kind == VALUE_BYTES || size->kind == SIZE_AUTO || size->kind == SIZE_UNLIMITED;
}

/* The number 2^64-1 is OCI's way to write "unlimited"; for a sysctl it is a number like any other. */
static bool number_fits(const struct setting *setting, const struct size *size)
{
	const struct grammar grammar = setting_grammar(setting);
	switch (size->kind) {
	case SIZE_AUTO:
		return grammar.automatic;
	case SIZE_PERCENT:
		return grammar.percent;
	case SIZE_UNLIMITED:
		return grammar.unlimited;
	case SIZE_BYTES:
		return size->bytes >= setting->minimum && size->bytes <= setting->maximum;
	case SIZE_UNSET:
		break;
	}
	return false;
}

bool decode_limit(const struct decoder *decoder, const struct node *node, const struct setting *setting,
		  struct size *size)
{
	bool is_word = json_is_string(node->value) && !strpbrk(json_string_value(node->value), "0123456789");
	if (!read_number(decoder, node, setting, size)) {
		must_be_setting(decoder, node, setting);
		return false;
	}
	if (size->kind == SIZE_UNLIMITED && !is_word) /* size_parse() reads 2^64-1 as "unlimited" */
		*size = (struct size){.kind = SIZE_BYTES, .bytes = UNLIMITED};
	if (!number_fits(setting, size)) {
		must_be_setting(decoder, node, setting);
		return false;
	}
	if (size->kind == SIZE_BYTES && size->bytes == UNLIMITED && setting_grammar(setting).unlimited)
		*size = (struct size){.kind = SIZE_UNLIMITED};
	return true;
}
