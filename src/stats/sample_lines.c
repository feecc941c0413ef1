/* SPDX-License-Identifier: MIT */
#include "stats/sample_lines.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/lines.h"
#include "stats/sample_members.h"

static int read_line(const struct line *line, json_t **object, struct error *error)
{
	json_error_t fault;
	if (line->too_long)
		return error_set(error, 0, "it is longer than %zu bytes", SAMPLE_LINE_MAX);
	*object = json_loadb(line->text, line->length, JSON_REJECT_DUPLICATES, &fault);
	return *object ? 0 : error_set(error, 0, "column %d: %s", fault.column, fault.text);
}

static void add_fault(struct sample_lines *lines, const struct error *error)
{
	if (lines->fault_count < SAMPLE_FAULTS_MAX)
		lines->faults[lines->fault_count] =
			(struct line_fault){lines->lines, xstrdup(error->message)};
	lines->fault_count++;
}

/* Reads a line that this siplaunch would not write in this form: as JSON, with a fault if it is malformed. */
static bool read_slowly(const struct line *line, struct sample *sample, struct sample_lines *lines)
{
	cleanup_error struct error fault = {0};
	json_auto_t *object = NULL;

	bool whole = read_line(line, &object, &fault) == 0;
	if (whole && sample_from_json(object, sample, &fault) == 0)
		return true;
	if (!whole && !line->ended && !line->too_long)
		lines->unfinished = true;
	else
		add_fault(lines, &fault);
	lines->damaged += !whole && !lines->unfinished;
	return false;
}

void sample_lines_pass(struct sample_lines *lines, const struct line *line, size_t number)
{
	cleanup_sample struct sample sample = {0};
	lines->lines = number;
	read_slowly(line, &sample, lines);
}

bool sample_lines_usable(const struct sample_lines *lines)
{
	return lines->damaged < lines->samples && lines->fault_count == lines->damaged;
}

/* 0, or -1 if `take` returns -1. */
static int take_line(const struct line *line, sample_taker *take, void *data, struct sample_lines *lines,
		     struct error *error)
{
	cleanup_sample struct sample sample = {0};

	bool scanned = !line->too_long && sample_scan(line->text, line->length, &sample);
	if (!scanned && !read_slowly(line, &sample, lines))
		return 0;
	lines->samples++;
	return take(&sample, data, error) < 0 ? error_context(error, "line %zu", lines->lines) : 0;
}

int sample_lines_read_on(struct lines *stream, sample_taker *take, void *data, struct sample_lines *lines,
			 struct error *error)
{
	struct line line;

	while (lines_next(stream, &line)) {
		lines->lines = stream->number;
		if (!line_is_blank(&line) && take_line(&line, take, data, lines, error) < 0)
			return -1;
	}
	return ferror(stream->stream) ? error_set(error, errno, "read it") : 0;
}

int sample_lines_read(FILE *stream, sample_taker *take, void *data, struct sample_lines *lines,
		      struct error *error)
{
	cleanup_lines struct lines all = {0};

	*lines = (struct sample_lines){0};
	lines_open(&all, stream, SAMPLE_LINE_MAX);
	return sample_lines_read_on(&all, take, data, lines, error);
}

char *sample_line(const struct sample *sample)
{
	json_t *object = sample_json(sample);
	cleanup_free char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	if (!line)
		alloc_failed();
	return xasprintf("%s\n", line);
}

void sample_lines_clear(struct sample_lines *lines)
{
	for (size_t i = 0; i < lines->fault_count && i < SAMPLE_FAULTS_MAX; i++)
		free(lines->faults[i].message);
	*lines = (struct sample_lines){0};
}
