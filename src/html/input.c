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

static int read_samples(struct lines *stream, unsigned margin, const struct events *events,
			struct input *input)
{
	cleanup_error struct error error = {0};
	cleanup_sample_lines struct sample_lines lines = {0};
	struct reading reading = {.input = input};

	recording_open(&input->recording);
	input->review.margin_percent = margin;
	sample_progress_begin(&reading.progress, events, input->name, stream->stream);
	int result = sample_lines_read_on(stream, take_sample, &reading, &lines, &error);
	sample_progress_end(&reading.progress);
	if (result < 0) {
		error_context(&error, "%s", input->name);
		return refuse(events, &error);
	}
	int status = sample_file_judge(&lines, input->name, events);
	if (status == EXIT_OK && review_conclude(&input->review, &error) != EXIT_OK) {
		error_context(&error, "%s", input->name);
		return refuse(events, &error);
	}
	return status;
}

/* ---- one document ---- */

static int read_text(struct lines *stream, char **text, size_t *length, struct error *error)
{
	size_t room = 0;
	struct line line;

	while (lines_next(stream, &line)) {
		if (line.too_long || *length + line.length >= DOCUMENT_BYTES_MAX)
			return error_set(error, 0, "it is longer than %zu MiB", DOCUMENT_BYTES_MAX >> 20);
		if (*length + line.length + 2 > room) {
			room = 2 * (*length + line.length + 2);
			*text = xrealloc(*text, room, 1);
		}
		memcpy(*text + *length, line.text, line.length);
		*length += line.length;
		if (line.ended)
			(*text)[(*length)++] = '\n';
	}
	return ferror(stream->stream) ? error_set(error, errno, "read it") : 0;
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

static int read_document(struct lines *stream, const struct events *events, struct input *input)
{
	cleanup_error struct error error = {0};
	cleanup_free char *text = NULL;
	size_t length = 0, line = stream->number + 1;

	if (read_text(stream, &text, &length, &error) < 0) {
		error_context(&error, "%s", input->name);
		return refuse(events, &error);
	}
	if (parse(text, length, input->name, &input->document, &error) < 0)
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
	json_auto_t *first = json_loadb(line->text, line->length, 0, NULL);
	return json_is_object(first) && kind_of(first) == KIND_SAMPLES;
}

/* Finds the first line that is not blank; the next reader gets it again. */
static bool first_line(struct lines *stream, struct line *line)
{
	bool any;
	while ((any = lines_next(stream, line)) && line_is_blank(line))
		;
	if (any && !line->too_long)
		lines_again(stream, line);
	return any;
}

int input_read(FILE *stream, const char *name, unsigned margin, const struct events *events,
	       struct input *input)
{
	cleanup_error struct error error = {0};
	cleanup_lines struct lines lines = {0};
	struct line line;

	*input = (struct input){.name = name, .kind = KIND_SAMPLES};
	lines_open(&lines, stream, SAMPLE_LINE_MAX);
	if (!first_line(&lines, &line)) {
		error_set(&error, ferror(stream) ? errno : 0, ferror(stream) ? "read %s" : "%s is empty",
			  name);
		return refuse(events, &error);
	}
	if (line.too_long) {
		error_set(&error, 0, "%s:%zu: the line is longer than %zu bytes", name, lines.number,
			  SAMPLE_LINE_MAX);
		return refuse(events, &error);
	}
	return is_sample(&line) ? read_samples(&lines, margin, events, input)
				: read_document(&lines, events, input);
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
