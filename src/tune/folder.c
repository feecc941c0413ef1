/* SPDX-License-Identifier: MIT */
/*
 * The folder of a tune: the output of its rounds, and the reports of their supervisors. tune trusts its
 * contents, so no other user may write to it, and files of an earlier run are removed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/new_file.h"
#include "session/trust.h"
#include "tune/tune.h"

#define REPORT "report.json"

#define LOG_BYTES_MAX    ((size_t)64 << 20)
#define REPORT_BYTES_MAX ((size_t)64 << 10) /* a report has at most 3072 bytes (last_record.h) */
#define LAST_LINES       12

/* ---- opening ---- */

/* "01-load.log": a name that tune_file() makes. */
static bool is_a_rounds(const char *name)
{
	static const char *const tails[] = {"-report.json", "-router.log", "-load.log", "-check.log",
					    "-ready.log"};
	size_t digits = strspn(name, "0123456789");
	for (size_t i = 0; digits >= 2 && i < ARRAY_SIZE(tails); i++)
		if (strcmp(name + digits, tails[i]) == 0)
			return true;
	return false;
}

/* Removes what rounds made, or everything. 0, or -1. */
static int empty(const struct tuning *tuning, bool everything, struct error *error)
{
	int copy = openat(tuning->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	if (!entries) {
		error_set(error, errno, "list %s", tuning->folder);
		cleanup_close_(&copy);
		return -1;
	}
	/* cppcheck-suppress readdirCalled ; the stream is ours alone, and readdir_r is deprecated */
	for (const struct dirent *entry; (entry = readdir(entries));)
		if ((everything || is_a_rounds(entry->d_name)) &&
		    unlinkat(tuning->directory, entry->d_name, 0) < 0 && !everything && errno != ENOENT)
			return error_set(error, errno, "remove %s/%s of an earlier run", tuning->folder,
					 entry->d_name);
	return 0;
}

static int enter(struct tuning *tuning, struct error *error)
{
	cleanup_trust_trail struct trust_trail trail = TRUST_TRAIL_NONE;
	struct trust_terms room;

	tuning->directory = trust_enter(&trail, tuning->folder, true);
	if (tuning->directory < 0)
		return error_set(error, errno, "open the folder %s", tuning->folder);
	if (new_file_judge(&trail, written_terms(tuning->request->selection, &room), tuning->folder, error) <
	    0)
		return -1;
	if (faccessat(tuning->directory, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return error_set(error, errno, "write into %s", tuning->folder);
	return empty(tuning, false, error);
}

/* Creates the folder of --keep, only below directories that no other user can change. */
static int make_kept(const struct tuning *tuning, struct error *error)
{
	cleanup_trust_trail struct trust_trail trail = TRUST_TRAIL_NONE;
	cleanup_trust_place struct trust_place place = {.directory = -1};
	struct trust_terms room;

	if (trust_locate(&trail, tuning->folder, false, &place) < 0)
		return error_set(error, errno, "create %s", tuning->folder);
	if (new_file_judge(&trail, written_terms(tuning->request->selection, &room), tuning->folder, error) <
	    0)
		return -1;
	if (mkdirat(place.directory, place.name, 0777) < 0 && errno != EEXIST)
		return error_set(error, errno, "create %s", tuning->folder);
	return 0;
}

static int make_temporary(struct tuning *tuning, struct error *error)
{
	const char *base = getenv("TMPDIR");
	tuning->folder = xasprintf("%s/siplaunch-tune.XXXXXX", base && *base ? base : "/tmp");
	if (mkdtemp(tuning->folder))
		return 0;
	error_set(error, errno, "create the folder %s", tuning->folder);
	free(tuning->folder);
	tuning->folder = NULL;
	return error_hint(error, "set TMPDIR to use another directory, or --keep for one that stays");
}

int tune_folder_open(struct tuning *tuning, struct error *error)
{
	const char *keep = tuning->request->keep;
	tuning->folder = keep ? xstrdup(keep) : NULL;
	if (keep ? make_kept(tuning, error) < 0 : make_temporary(tuning, error) < 0)
		return -1;
	return enter(tuning, error);
}

void tune_folder_close(struct tuning *tuning)
{
	if (tuning->folder && !tuning->request->keep) {
		if (tuning->directory >= 0)
			empty(tuning, true, NULL);
		rmdir(tuning->folder);
	}
	cleanup_close_(&tuning->directory);
	free(tuning->folder);
}

/* ---- its files ---- */

static char *name_of(const struct tune_round *round, const char *name)
{
	return xasprintf("%02u-%s", round->number, name);
}

char *tune_report_path(const struct tuning *tuning, const struct tune_round *round)
{
	cleanup_free char *name = name_of(round, REPORT);
	return path_join(tuning->folder, name);
}

int tune_log_open(const struct tuning *tuning, const struct tune_round *round, const char *name,
		  struct error *error)
{
	struct stat info;
	cleanup_free char *file = name_of(round, name);
	/* O_NONBLOCK: an existing FIFO must not block */
	int fd = openat(tuning->directory, file,
			O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_set(error, errno, "create %s/%s", tuning->folder, file);
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && fcntl(fd, F_SETFL, O_APPEND) == 0)
		return fd;
	close(fd);
	return error_set(error, 0, "%s/%s is not a regular file", tuning->folder, file);
}

/* Reads a regular file of the own user. 0, or -1. */
static int read_own(const struct tuning *tuning, const char *file, size_t limit, char **text, size_t *length)
{
	struct stat info;
	cleanup_close int fd =
		openat(tuning->directory, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	*text = NULL;
	if (fd < 0 || fstat(fd, &info) < 0 || info.st_uid != geteuid())
		return -1;
	return file_read_fd(fd, &info, file, limit, text, length, NULL);
}

char *tune_last_lines(const struct tuning *tuning, const struct tune_round *round, const char *name)
{
	cleanup_free char *file = name_of(round, name), *text = NULL;
	size_t length;

	if (read_own(tuning, file, LOG_BYTES_MAX, &text, &length) < 0)
		return xstrdup("");
	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	const char *start = text + length;
	for (unsigned lines = 0; start > text; start--)
		if (start[-1] == '\n' && ++lines == LAST_LINES)
			break;
	return xstrdup(start);
}

json_t *tune_report_read(const struct tuning *tuning, const struct tune_round *round)
{
	cleanup_free char *file = name_of(round, REPORT), *text = NULL;
	size_t length;
	if (read_own(tuning, file, REPORT_BYTES_MAX, &text, &length) < 0)
		return NULL;
	return json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
}
