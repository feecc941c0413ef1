/* SPDX-License-Identifier: MIT */
#include "last_record.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "report.h"

/* ---- the object ---- */

/*
 * What a text may take as JSON. All texts with the rest of the object, whose numbers are bounded, stay below
 * LAST_RECORD_BYTES.
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

/* A text, cut where it would take more than `most` bytes; null for NULL. */
static json_t *bounded(const char *text, size_t most)
{
	json_t *whole = report_json_text(text);
	size_t keep = json_is_string(whole) ? json_string_length(whole) : 0;

	while (json_dumpb(whole, NULL, 0, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) > most && keep > 0) {
		keep = character_start(json_string_value(whole), keep <= most ? keep - 1 : most);
		cleanup_free char *part = xstrndup(json_string_value(whole), keep);
		cleanup_free char *cut = xasprintf("%s…", part);
		json_decref(whole);
		whole = report_json_text(keep ? cut : "");
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
		json_object_set_new(charged, rows[i].name,
				    report_value_json(&evidence->stats.numbers[rows[i].id]));
	json_object_set_new(charged, "processes",
			    evidence->processes ? count_json(evidence->processes) : json_null());
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
		"{s:o, s:o, s:{s:o, s:o, s:o}, s:o, s:o}", "limit", report_value_json(&record->limit), "peak",
		report_value_json(&record->peak), "events", "max", count_json(record->events.max), "oom",
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
		"{s:s, s:s, s:i, s:o, s:o, s:o, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:o, s:o, s:s?, "
		"s:b, s:o, s:o}",
		"siplaunch", SIPLAUNCH_VERSION, "outcome", outcome_name(record->outcome), "status",
		record->status, "message", bounded(record->message, TEXT_BYTES), "hint",
		bounded(record->hint, TEXT_BYTES), "detail", bounded(record->detail, NAME_BYTES), "errno",
		record->errno_name, "router", bounded(record->router, NAME_BYTES), "profile",
		bounded(record->profile, NAME_BYTES), "command", bounded(record->command, NAME_BYTES),
		"group", bounded(record->group, GROUP_BYTES), "pid",
		record->pid ? json_checked(json_integer(record->pid)) : json_null(), "exitCode",
		record->exit_code >= 0 ? json_checked(json_integer(record->exit_code)) : json_null(),
		"signal", record->signal, "launched", time_json(&record->launched), "ended",
		time_json(&record->ended), "stopRequest", record->asked, "forced", record->forced, "memory",
		memory_json(record), "processes", processes_json(record)));
}

/* ---- the file ---- */

static char *directory_of(const char *path)
{
	cleanup_free char *copy = xstrdup(path);
	return xstrdup(dirname(copy));
}

/* The path behind symbolic links, which must not be replaced by a file; also of a file that is not there. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);
	if (real)
		return real;
	cleanup_free char *copy = xstrdup(path), *directory = directory_of(path);
	cleanup_free char *real_directory = realpath(directory, NULL);
	return xasprintf("%s/%s", real_directory ? real_directory : directory, basename(copy));
}

static int open_existing(struct last_file *file, struct error *error)
{
	/* O_NONBLOCK: a FIFO that nobody reads is an error, and not a launcher that hangs */
	file->in_place = open(file->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file->in_place < 0)
		return error_set(error, errno, "--report: open %s for writing", file->path);
	return 0;
}

int last_file_open(const char *path, struct last_file *file, struct error *error)
{
	struct stat info;

	*file = (struct last_file){.in_place = -1};
	if (!path)
		return 0;
	file->path = xstrdup(path);
	file->target = resolve(path);
	if (stat(path, &info) == 0)
		return open_existing(file, error);
	if (errno != ENOENT)
		return error_set(error, errno, "--report: look at %s", path);
	cleanup_free char *directory = directory_of(file->target);
	if (!*path || faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) < 0) {
		error_set(error, errno, "--report: create %s", path);
		return error_hint(error, "its directory must be there and writable");
	}
	return 0;
}

void last_file_close(struct last_file *file)
{
	if (file->in_place >= 0)
		close(file->in_place);
	free(file->path);
	free(file->target);
	*file = (struct last_file){.in_place = -1};
}

static int write_all(int fd, const char *text)
{
	size_t length = strlen(text);
	ssize_t n;
	do {
		n = write(fd, text, length);
	} while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n != length)
		errno = ENOSPC;
	return n == (ssize_t)length ? 0 : -1;
}

/* With the mode of the file that it replaces, if there is one. */
static mode_t mode_of(const struct last_file *file)
{
	struct stat info;
	bool known = file->in_place >= 0 && fstat(file->in_place, &info) == 0;
	return known ? info.st_mode & 0777 : 0644;
}

/* -1 with errno when it cannot be done that way, and then nothing has changed. */
static int replace(const struct last_file *file, const char *text)
{
	struct stat info;
	if (file->in_place >= 0 && fstat(file->in_place, &info) == 0 && !S_ISREG(info.st_mode))
		return -1; /* a terminal, a pipe: nothing to replace */
	cleanup_free char *temporary = xasprintf("%s.XXXXXX", file->target);
	cleanup_close int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -1;
	/* fsync: after a crash of the machine either the old or the new one is there, and not an empty one */
	if (fchmod(fd, mode_of(file)) == 0 && write_all(fd, text) == 0 && fsync(fd) == 0 &&
	    rename(temporary, file->target) == 0)
		return 0;
	int errnum = errno;
	unlink(temporary);
	errno = errnum;
	return -1;
}

static int overwrite(const struct last_file *file, const char *text)
{
	if (lseek(file->in_place, 0, SEEK_SET) < 0 && errno != ESPIPE)
		return -1;
	if (write_all(file->in_place, text) < 0)
		return -1;
	/* of an older and longer one nothing is to stay; what is no regular file has no length */
	if (ftruncate(file->in_place, (off_t)strlen(text)) < 0 && errno != EINVAL)
		return -1;
	return 0;
}

int last_file_write(const struct last_file *file, const struct last_record *record, struct error *error)
{
	if (!file->path)
		return 0;
	json_t *object = last_record_json(record);
	cleanup_free char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	if (!line)
		return error_set(error, ENOMEM, "write %s", file->path);
	cleanup_free char *text = xasprintf("%s\n", line);
	if (replace(file, text) == 0)
		return 0;
	if (file->in_place < 0)
		return error_set(error, errno, "--report: create %s", file->path);
	return overwrite(file, text) < 0 ? error_set(error, errno, "--report: write %s", file->path) : 0;
}
