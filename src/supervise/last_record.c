/* SPDX-License-Identifier: MIT */
#include "supervise/last_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/new_file.h"

/* ---- the object ---- */

/*
 * The bytes that a text may take as JSON. All texts and the rest of the object, whose numbers are bounded,
 * stay below LAST_RECORD_BYTES.
 */
#define NAME_BYTES  96
#define GROUP_BYTES 256
#define TEXT_BYTES  512

/* Back to where a UTF-8 character begins. */
static size_t character_start(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/* A string, cut so that it takes at most `max` bytes as JSON; null for NULL. */
static json_t *bounded(const char *text, size_t max)
{
	json_t *whole = json_from_text(text);
	size_t keep = json_is_string(whole) ? json_string_length(whole) : 0;

	while (json_dumpb(whole, NULL, 0, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) > max && keep > 0) {
		keep = character_start(json_string_value(whole), keep <= max ? keep - 1 : max);
		cleanup_free char *part = xstrndup(json_string_value(whole), keep);
		cleanup_free char *cut = xasprintf("%s…", part);
		json_decref(whole);
		whole = json_from_text(keep ? cut : "");
	}
	return whole;
}

static json_t *time_json(const struct timespec *time)
{
	char text[64];
	struct tm parts;
	if (!time->tv_sec || !gmtime_r(&time->tv_sec, &parts))
		return json_null();
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
	return json_checked(json_string(text));
}

static json_t *count_json(uint64_t count)
{
	return json_checked(json_integer((json_int_t)count));
}

static json_t *charged_json(const struct evidence *evidence)
{
	static const struct {
		const char *name;
		unsigned id;
	} rows[] = {
		{"anon", GROUP_STAT_ANON},
		{"file", GROUP_STAT_FILE},
		{"shmem", GROUP_STAT_SHMEM},
		{"kernel", GROUP_STAT_KERNEL},
		{"kernel_stack", GROUP_STAT_KERNEL_STACK},
		{"pagetables", GROUP_STAT_PAGETABLES},
		{"slab", GROUP_STAT_SLAB},
		{"sock", GROUP_STAT_SOCK},
	};
	if (!evidence || !evidence->any)
		return json_null();
	json_t *charged = json_checked(json_object());
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		json_put(charged, rows[i].name, json_from_value(&evidence->stats.numbers[rows[i].id]));
	json_put(charged, "processes", evidence->processes ? count_json(evidence->processes) : json_null());
	return charged;
}

json_t *overflow_json(const struct overflow *overflow)
{
	if (!overflow || !overflow->term)
		return json_null();
	return json_checked(json_pack("{s:s, s:o, s:o, s:s, s:s, s:o}", "term", overflow->term, "used",
				      count_json(overflow->used), "budgeted", count_json(overflow->budgeted),
				      "key", overflow->key, "value", overflow->value, "memory",
				      count_json(overflow->limit_mib * MIB)));
}

static json_t *memory_json(const struct last_record *record)
{
	if (!record->has_memory)
		return json_null();
	return json_checked(json_pack(
		"{s:o, s:o, s:{s:o, s:o, s:o}, s:o, s:o}", "limit", json_from_value(&record->limit), "peak",
		json_from_value(&record->peak), "events", "max", count_json(record->events.max), "oom",
		count_json(record->events.oom), "oom_kill", count_json(record->events.oom_kill), "charged",
		charged_json(record->evidence), "overflow", overflow_json(record->overflow)));
}

static json_t *processes_json(const struct last_record *record)
{
	if (!record->processes)
		return json_null();
	json_t *budgeted = record->processes_budgeted ? count_json(record->processes_budgeted) : json_null();
	return json_checked(
		json_pack("{s:o, s:o}", "counted", count_json(record->processes), "budgeted", budgeted));
}

json_t *last_record_json(const struct last_record *record)
{
	return json_checked(json_pack(
		"{s:s, s:i, s:s, s:i, s:o, s:o, s:o, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:o, s:o, "
		"s:s?, s:b, s:o, s:o}",
		"siplaunch", SIPLAUNCH_VERSION, "schema", SCHEMA_LAST_RECORD, "outcome",
		outcome_name(record->outcome), "status", record->status, "message",
		bounded(record->message, TEXT_BYTES), "hint", bounded(record->hint, TEXT_BYTES), "detail",
		bounded(record->detail, NAME_BYTES), "errno", record->errno_name, "router",
		bounded(record->router, NAME_BYTES), "profile", bounded(record->profile, NAME_BYTES),
		"command", bounded(record->command, NAME_BYTES), "group", bounded(record->group, GROUP_BYTES),
		"pid", record->pid ? json_checked(json_integer(record->pid)) : json_null(), "exitCode",
		record->exit_code >= 0 ? json_checked(json_integer(record->exit_code)) : json_null(),
		"signal", record->signal, "launched", time_json(&record->launched), "ended",
		time_json(&record->ended), "stopRequest", record->asked, "forced", record->forced, "memory",
		memory_json(record), "processes", processes_json(record)));
}

/* ---- the file ---- */

int last_file_open(const char *path, const struct trust_terms *terms, struct new_file *file,
		   struct error *error)
{
	*file = (struct new_file)NEW_FILE_NONE;
	if (path && strcmp(path, "-") == 0)
		path = "/dev/stdout";
	return !path || new_file_open(file, path, NEW_FILE_REPLACES, terms, error) == 0
		       ? 0
		       : error_context(error, "--report");
}

int last_file_write(const struct new_file *file, const struct last_record *record, struct error *error)
{
	if (!file->path)
		return 0;
	json_t *object = last_record_json(record);
	cleanup_free char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	if (!line)
		return error_set(error, ENOMEM, "write %s", file->path);
	cleanup_free char *text = xasprintf("%s\n", line);
	return new_file_replace(file, text, strlen(text), error) < 0 ? error_context(error, "--report") : 0;
}
