/* SPDX-License-Identifier: MIT */
#include "html/input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/event.h"
#include "base/exit_status.h"
#include "base/json.h"
#include "base/lines.h"
#include "html/page.h"
#include "inspect/sample_file.h"
#include "profile/selection.h"
#include "stats/sample_lines.h"

/* A plan has about ten thousand values, a tune of a thousand rounds twenty thousand. */
#define DOCUMENT_BYTES_MAX  ((size_t)16 << 20)
#define DOCUMENT_VALUES_MAX ((size_t)1 << 18)

/* The max number of samples in the observation; enough for the advice. */
#define POINTS_MAX ((size_t)1 << 16)

static int refuse(const struct events *events, const struct error *error)
{
	event_error(events, error);
	return EXIT_USAGE;
}

/* ---- samples ---- */

/* Where the samples of a file go. */
struct reading {
	struct input *input;
	struct sample_progress progress;
};

static int take_sample(const struct sample *sample, void *data, struct error *error)
{
	struct reading *reading = data;
	struct input *input = reading->input;

	sample_progress_step(&reading->progress);
	if (input->review.seen.count >= POINTS_MAX)
		observation_thin(&input->review.seen);
	if (observation_add(&input->review.seen, sample, error) < 0)
		return -1;
	recording_add(&input->recording, sample);
	return 0;
}

static int read_samples(struct lines *stream, struct sample_lines *lines, unsigned margin,
			const struct events *events, struct input *input)
{
	cleanup_error struct error error = {0};
	struct reading reading = {.input = input};

	recording_open(&input->recording);
	input->review.margin_percent = margin;
	sample_progress_begin(&reading.progress, events, input->name, stream->stream);
	int result = sample_lines_read_on(stream, take_sample, &reading, lines, &error);
	sample_progress_end(&reading.progress);
	if (result < 0) {
		error_context(&error, "%s", input->name);
		return refuse(events, &error);
	}
	int status = sample_file_judge(lines, input->name, events);
	if (status == EXIT_OK && review_conclude(&input->review, &error) != EXIT_OK) {
		error_context(&error, "%s", input->name);
		return refuse(events, &error);
	}
	return status;
}

/* ---- one document ---- */

/* Lines that are no samples, as one text. */
struct document {
	char *text;
	size_t length, room;
	size_t line; /* the first one that is not blank */
};

static int add_line(struct document *document, const struct line *line, size_t number, struct error *error)
{
	if (line->too_long || document->length + line->length >= DOCUMENT_BYTES_MAX)
		return error_set(error, 0, "it is longer than %zu MiB", DOCUMENT_BYTES_MAX >> 20);
	if (document->length + line->length + 2 > document->room) {
		document->room = 2 * (document->length + line->length + 2);
		document->text = xrealloc(document->text, document->room, 1);
	}
	if (!document->line)
		document->line = number;
	memcpy(document->text + document->length, line->text, line->length);
	document->length += line->length;
	if (line->ended)
		document->text[document->length++] = '\n';
	return 0;
}

static int parse(const char *text, size_t length, const char *name, json_t **document, struct error *error)
{
	json_error_t fault;

	if (!json_is_within(text, length, DOCUMENT_VALUES_MAX))
		return error_set(error, 0, "%s: it has more than %zu values", name, DOCUMENT_VALUES_MAX);
	*document = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
	return *document ? 0
			 : error_set(error, 0, "%s:%d: column %d: %s", name, fault.line, fault.column,
				     fault.text);
}

static int refuse_kind(const char *name, size_t line, struct error *error)
{
	error_set(error, 0, "%s:%zu: this is not a document of siplaunch that report reads", name, line);
	return error_hint(error,
			  "report reads what these print: siplaunch inspect --watch --format json; siplaunch "
			  "tune --format json; siplaunch plan --format json; and the file of run --report");
}

static int read_document(const struct document *document, const struct events *events, struct input *input)
{
	cleanup_error struct error error = {0};
	size_t line = document->line;

	if (parse(document->text, document->length, input->name, &input->document, &error) < 0)
		return refuse(events, &error);
	input->kind = kind_of(input->document);
	if (input->kind == KIND_NONE || input->kind == KIND_SAMPLES) {
		refuse_kind(input->name, line, &error);
		return refuse(events, &error);
	}
	if (kind_check(input->kind, input->document, &error) < 0) {
		error_context(&error, "%s:%zu", input->name, line);
		return refuse(events, &error);
	}
	return EXIT_OK;
}

/* ---- either ---- */

/* A sample is a JSON object on one line. The first line of another document is not a complete object, or is
 * an object of another kind. */
static bool is_sample(const struct line *line)
{
	json_auto_t *first = line->too_long ? NULL : json_loadb(line->text, line->length, 0, NULL);
	return json_is_object(first) && kind_of(first) == KIND_SAMPLES;
}

/*
 * Reads up to the first sample, which the next reader gets again. A recording may begin within a line: it was
 * made with tail -c, or its beginning is a hole that the rotation of a log left. Such a line is in `passed`;
 * the same lines are in `document`, if there is no sample behind them. 1: there is one; 0: there is none.
 */
static int find_sample(struct lines *stream, const char *name, struct sample_lines *passed,
		       struct document *document, struct error *error)
{
	cleanup_error struct error too_long = {0};
	struct line line;

	while (lines_next(stream, &line)) {
		if (is_sample(&line)) {
			lines_again(stream, &line);
			return 1;
		}
		if (line_is_blank(&line) && !document->line)
			continue;
		sample_lines_pass(passed, &line, stream->number);
		if (too_long.message)
			break;
		if (stream->number == 1 && line.too_long)
			error_set(&too_long, 0, "%s:1: the line is longer than %zu bytes", name,
				  SAMPLE_LINE_MAX);
		else if (add_line(document, &line, stream->number, error) < 0)
			return error_context(error, "%s", name);
	}
	if (ferror(stream->stream))
		return error_set(error, errno, "read %s", name);
	if (too_long.message)
		return error_move(error, &too_long), -1;
	return document->line ? 0 : error_set(error, 0, "%s is empty", name);
}

int input_read(FILE *stream, const char *name, unsigned margin, const struct events *events,
	       struct input *input)
{
	cleanup_error struct error error = {0};
	cleanup_lines struct lines lines = {0};
	cleanup_sample_lines struct sample_lines passed = {0};
	struct document document = {0};

	*input = (struct input){.name = name, .kind = KIND_SAMPLES};
	lines_open(&lines, stream, SAMPLE_LINE_MAX);
	int found = find_sample(&lines, name, &passed, &document, &error);
	int status = found < 0 ? refuse(events, &error)
		     : found   ? read_samples(&lines, &passed, margin, events, input)
			       : read_document(&document, events, input);
	free(document.text);
	return status;
}

void input_write(struct page *page, const struct input *input)
{
	static const struct profile_selection none;
	json_t *profile;

	switch (input->kind) {
	case KIND_SAMPLES:
		profile = advice_profile_json(&none, &input->review);
		page_recording(page, input->name, &input->recording, &input->review, profile);
		json_decref(profile);
		break;
	case KIND_PLAN:
		page_plan(page, input->name, input->document);
		break;
	case KIND_TUNING:
		page_tuning(page, input->name, input->document);
		break;
	case KIND_RECORD:
		page_record(page, input->name, input->document);
		break;
	case KIND_NONE:
		break;
	}
}

void input_close(struct input *input)
{
	json_decref(input->document);
	recording_close(&input->recording);
	review_close(&input->review);
	*input = (struct input){0};
}
