/* SPDX-License-Identifier: MIT */
#include "top/replay.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/lines.h"
#include "inspect/sample_file.h"
#include "stats/sample_lines.h"
#include "top/view.h"

#define FRAME_MS 50   /* faster changes are not visible */
#define GAP_MAX  5000 /* max time between two frames, for a longer gap between samples */

/* ---- the file ---- */

/* A pipe can be read only once: copies it to an unnamed temporary file. */
static FILE *copy_of(FILE *pipe)
{
	FILE *copy = tmpfile();
	char block[65536];
	size_t length;

	while (copy && (length = fread(block, 1, sizeof block, pipe)) > 0)
		if (fwrite(block, 1, length, copy) < length) {
			int errnum = errno;
			fclose(copy);
			errno = errnum;
			return NULL;
		}
	if (copy)
		rewind(copy);
	return copy;
}

static FILE *open_samples(const char *path, struct error *error)
{
	FILE *file = sample_file_open(path, "top --replay", error);

	if (file && fseeko(file, 0, SEEK_CUR) < 0 && errno == ESPIPE) {
		FILE *copy = copy_of(file);
		if (!copy)
			error_set(error, errno, "copy %s to a temporary file", sample_file_shown(path));
		fclose(file);
		file = copy;
	}
	return file;
}

struct index {
	struct lines lines;
	struct history *history;
	off_t end; /* of the sample before */
};

static int take(const struct sample *sample, void *data, struct error *error)
{
	struct index *index = data;
	(void)error;
	history_add(index->history, sample, index->end);
	index->end = lines_offset(&index->lines);
	return 0;
}

/* ---- one sample ---- */

/* Takes the first sample behind the offset; empty lines may precede it. */
static int steal(const struct sample *sample, void *data, struct error *error)
{
	struct sample *to = data;
	json_t *copy = sample_json(sample);
	int result = sample_from_json(copy, to, error);
	json_decref(copy);
	return result < 0 ? result : -1;
}

static int read_at(FILE *file, off_t offset, struct sample *sample, struct error *error)
{
	cleanup_sample_lines struct sample_lines lines = {0};

	if (fseeko(file, offset, SEEK_SET) < 0)
		return error_set(error, errno, "read the sample at byte %lld", (long long)offset);
	sample_lines_read(file, steal, sample, &lines, NULL);
	return sample->router ? 0
			      : error_set(error, 0, "the file has changed: its samples are no longer there");
}

int replay_seek(struct replay *replay, size_t number, struct top_view *view, struct error *error)
{
	struct sample sample = {0};

	if (read_at(replay->file, view->history.moments[number].offset, &sample, error) < 0)
		return -1;
	sample_clear(&replay->sample);
	replay->sample = sample;
	view_show(view, &replay->sample, number);
	view->complete = number + 1 == view->history.count;
	return 0;
}

/* ---- all of them ---- */

static int refuse(const char *shown, const struct sample_lines *lines, struct error *error)
{
	if (lines->fault_count) {
		error_set(error, 0, "%s, line %zu: %s", shown, lines->faults[0].line,
			  lines->faults[0].message);
		return error_hint(
			error,
			"give a file of samples, as this writes it: siplaunch inspect --watch --format json");
	}
	return error_set(error, 0, "there is no sample in %s", shown);
}

int replay_open(struct replay *replay, const char *path, struct top_view *view, struct error *error)
{
	cleanup_sample_lines struct sample_lines lines = {0};
	const char *shown = sample_file_shown(path);

	*replay = (struct replay){.file = open_samples(path, error)};
	if (!replay->file)
		return -1;
	struct index index = {.history = &view->history, .end = ftello(replay->file)};
	lines_open(&index.lines, replay->file, SAMPLE_LINE_MAX);
	int result = sample_lines_read_on(&index.lines, take, &index, &lines, error);
	lines_close(&index.lines);
	if (result < 0)
		return error_context(error, "%s", shown);
	if (!sample_lines_usable(&lines))
		return refuse(shown, &lines, error);
	view->paused = lines.samples == 1;
	return replay_seek(replay, 0, view, error);
}

void replay_close(struct replay *replay)
{
	if (replay->file)
		fclose(replay->file);
	sample_clear(&replay->sample);
	*replay = (struct replay){0};
}

/* ---- the pace ---- */

static int64_t gap_ms(const struct top_view *view, size_t number)
{
	int64_t gap = view->history.moments[number].at_ms - view->history.moments[number - 1].at_ms;
	gap = gap < 0 ? 0 : gap > GAP_MAX ? GAP_MAX : gap;
	return view->speed >= 0 ? gap >> view->speed : gap << -view->speed;
}

int replay_next(const struct top_view *view, size_t *number)
{
	int64_t wait = 0;
	size_t last = view->history.count - 1;

	for (*number = view->at; *number < last && wait < FRAME_MS;) {
		++*number;
		int64_t gap = gap_ms(view, *number);
		wait += gap ? gap : 1;
	}
	return (int)wait;
}
