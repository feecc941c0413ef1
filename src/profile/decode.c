/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "profile/decode.h"

_Static_assert(sizeof(enum manager) == sizeof(unsigned) && sizeof(enum handoff) == sizeof(unsigned) &&
		       sizeof(enum tristate) == sizeof(unsigned) &&
		       sizeof(enum parent_signal) == sizeof(unsigned),
	       "decode_choice and decode_flag write enums as unsigned");

enum source decoder_source(const struct decoder *decoder, const struct node *node)
{
	const struct json_place *place = json_document_place(decoder->document, node->pointer);
	return place && place->line == 0 ? SOURCE_COMMAND_LINE : SOURCE_PROFILE;
}

/* "YYYY-MM-DD", a day that exists. */
static bool is_date(const char *text)
{
	static const unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned month, day;

	for (size_t i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
	month = (unsigned)(text[5] - '0') * 10 + (unsigned)(text[6] - '0');
	day = (unsigned)(text[8] - '0') * 10 + (unsigned)(text[9] - '0');
	return !text[10] && month >= 1 && month <= ARRAY_SIZE(days) && day >= 1 && day <= days[month - 1];
}

void decode_date(struct decoder *decoder, const struct node *node, const struct key *key)
{
	if (is_date(json_string_value(node->value)))
		decode_text(decoder, node, key);
	else
		must_be(decoder, node, key->allowed, key->hint);
}

void decode_choice(struct decoder *decoder, const struct node *node, const struct key *key)
{
	unsigned number;
	if (decode_choice_number(decoder, node, key, &number))
		memcpy(decoder_field(decoder, key), &number, sizeof number);
	if (key->field == offsetof(struct profile, ipc.namespace))
		decoder_profile(decoder)->ipc.namespace_source = decoder_source(decoder, node);
	if (key->field == offsetof(struct profile, parent_signal))
		decoder_profile(decoder)->parent_signal_source = decoder_source(decoder, node);
}

void decode_flag(struct decoder *decoder, const struct node *node, const struct key *key)
{
	const unsigned state = json_is_true(node->value) ? YES : NO;
	memcpy(decoder_field(decoder, key), &state, sizeof state);
}

const char *size_hint(const char *text)
{
	struct size size;
	const char *general = size_parse("", &size);
	const char *reason = size_parse(text, &size);
	return reason == general ? NULL : reason; /* the general reason repeats the text of "must be" */
}

/* The two whole MiB around a number of bytes. */
static char *mib_hint(uint64_t bytes)
{
	uint64_t mib = bytes / MIB;
	if (mib == 0)
		return xstrdup("the nearest is \"1MiB\"");
	return xasprintf("the nearest are \"%" PRIu64 "MiB\" and \"%" PRIu64 "MiB\"", mib, mib + 1);
}

/* True if the key accepts this size; else reports the problem. */
static bool size_fits(const struct decoder *decoder, const struct node *node, const struct key *key,
		      const struct size *size)
{
	bool zero = (size->kind == SIZE_BYTES && size->bytes == 0) ||
		    (size->kind == SIZE_PERCENT && size->hundredths == 0);

	if (size->kind == SIZE_UNLIMITED || (zero && !(key->size_takes & SIZE_TAKES_ZERO)) ||
	    (size->kind == SIZE_PERCENT && !(key->size_takes & SIZE_TAKES_PERCENT))) {
		must_be(decoder, node, key->allowed, key->hint);
		return false;
	}
	if ((key->size_takes & SIZE_TAKES_WHOLE_MIB) && size->kind == SIZE_BYTES && size->bytes % MIB != 0) {
		cleanup_free char *hint = mib_hint(size->bytes);
		must_be(decoder, node, key->allowed, hint);
		return false;
	}
	return true;
}

void decode_size(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct size_field *target = decoder_field(decoder, key);
	const char *text = json_string_value(node->value);
	struct size size = {.kind = SIZE_BYTES};

	if (text ? size_parse(text, &size) != NULL : !node_number(decoder, node, &size.bytes)) {
		must_be(decoder, node, key->allowed, text ? size_hint(text) : key->hint);
		return;
	}
	if (size.kind == SIZE_BYTES && size.bytes == UNLIMITED)
		size = (struct size){.kind = SIZE_UNLIMITED};
	if (size_fits(decoder, node, key, &size))
		*target = (struct size_field){size, decoder_source(decoder, node)};
}

void decode_count(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct count_field *target = decoder_field(decoder, key);
	struct count_field count = {.kind = COUNT_NUMBER, .source = decoder_source(decoder, node)};
	const char *text = json_string_value(node->value);

	if (text && strcmp(text, "auto") == 0)
		count.kind = COUNT_AUTO;
	else if (!decode_bounded(decoder, node, key, &count.number))
		return;
	*target = count;
}

void decode_semaphores(struct decoder *decoder, const struct node *node, const struct key *key)
{
	decoder_profile(decoder)->ipc.semaphores_source = decoder_source(decoder, node);
	decode_object(decoder, node, key);
}

/* A signed number between `low` and `high`. */
static bool score(const struct decoder *decoder, const struct node *node, const struct key *key,
		  json_int_t low, json_int_t high, int *number)
{
	json_int_t value = json_integer_value(node->value);
	if (value < low || value > high) {
		must_be(decoder, node, key->allowed, key->hint);
		return false;
	}
	*number = (int)value;
	return true;
}

static void set_score(struct decoder *decoder, const struct node *node, int adjust)
{
	decoder_profile(decoder)->has_oom_score_adj = true;
	decoder_profile(decoder)->oom_score_adj = adjust;
	decoder_profile(decoder)->oom_source = decoder_source(decoder, node);
}

void decode_score(struct decoder *decoder, const struct node *node, const struct key *key)
{
	int adjust;
	if (score(decoder, node, key, -1000, 1000, &adjust))
		set_score(decoder, node, adjust);
}

/* Converts like a write to /proc/PID/oom_adj (fs/proc/base.c, oom_adj_write): 15 becomes the maximum, 1000,
 * and -17 (OOM_DISABLE) becomes -1000. */
void decode_oom_adj(struct decoder *decoder, const struct node *node, const struct key *key)
{
	int adjust;
	if (score(decoder, node, key, -17, 15, &adjust))
		set_score(decoder, node, adjust == 15 ? 1000 : adjust * 1000 / 17);
}

const char *relative_path_fault(const char *path)
{
	if (strlen(path) > 1024)
		return "it is longer than 1024 bytes";
	for (const char *rest = path;; rest++) {
		size_t length = strcspn(rest, "/");
		if (length == 0)
			return "a component is empty";
		if (length > 255)
			return "a component is longer than 255 bytes";
		if ((length == 1 && *rest == '.') || (length == 2 && strncmp(rest, "..", 2) == 0))
			return "\".\" and \"..\" are not followed";
		rest += length;
		if (!*rest)
			return NULL;
	}
}

/* Why a path cannot name a group below siplaunch's; NULL: it can. */
static const char *path_fault(const char *path)
{
	if (*path == '/')
		return "it is relative to the group that siplaunch may divide: remove the leading slash";
	return relative_path_fault(path);
}

void decode_cgroup_path(struct decoder *decoder, const struct node *node, const struct key *key)
{
	const char *path = json_string_value(node->value);
	const char *fault = is_line(path) ? path_fault(path) : "it is empty or has control characters";
	if (fault)
		must_be(decoder, node, key->allowed, fault);
	else
		decode_text(decoder, node, key);
}
