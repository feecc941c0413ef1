/* SPDX-License-Identifier: MIT */
#include "stats/sample_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

/* One line: its text without the newline, and how it ended. */
struct line {
	char *text; /* SAMPLE_LINE_MAX bytes of room */
	size_t length;
	bool too_long;
	bool ended; /* by a newline */
};

/* False at the end of the stream. The rest of a line that is too long is passed over. */
static bool next_line(FILE *stream, struct line *line)
{
	int byte;
	line->length = 0;
	line->too_long = line->ended = false;
	while ((byte = getc_unlocked(stream)) != EOF) {
		if (byte == '\n') {
			line->ended = true;
			return true;
		}
		if (line->length < SAMPLE_LINE_MAX)
			line->text[line->length++] = (char)byte;
		else
			line->too_long = true;
	}
	return line->length > 0;
}

static bool is_blank(const struct line *line)
{
	for (size_t i = 0; i < line->length; i++)
		if (line->text[i] != ' ' && line->text[i] != '\t' && line->text[i] != '\r')
			return false;
	return true;
}

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

/* 0, or -1 when the sample is not taken. */
static int take_line(const struct line *line, sample_taker *take, void *data, struct sample_lines *lines,
		     struct error *error)
{
	cleanup_error struct error fault = {0};
	cleanup_sample struct sample sample = {0};
	json_auto_t *object = NULL;

	bool whole = read_line(line, &object, &fault) == 0;
	if (!whole && !line->ended && !line->too_long) {
		lines->unfinished = true;
		return 0;
	}
	if (!whole || sample_from_json(object, &sample, &fault) < 0) {
		add_fault(lines, &fault);
		return 0;
	}
	lines->samples++;
	return take(&sample, data, error) < 0 ? error_context(error, "line %zu", lines->lines) : 0;
}

int sample_lines_read(FILE *stream, sample_taker *take, void *data, struct sample_lines *lines,
		      struct error *error)
{
	cleanup_free char *room = xcalloc(SAMPLE_LINE_MAX, 1);
	struct line line = {.text = room};

	*lines = (struct sample_lines){0};
	while (next_line(stream, &line)) {
		lines->lines++;
		if (!is_blank(&line) && take_line(&line, take, data, lines, error) < 0)
			return -1;
	}
	return ferror(stream) ? error_set(error, errno, "read it") : 0;
}

void sample_lines_clear(struct sample_lines *lines)
{
	for (size_t i = 0; i < lines->fault_count && i < SAMPLE_FAULTS_MAX; i++)
		free(lines->faults[i].message);
	*lines = (struct sample_lines){0};
}
