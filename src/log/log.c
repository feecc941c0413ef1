/* SPDX-License-Identifier: MIT */
#include "log/log.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/libc.h"
#include "log/log_output.h"
#include "log/progress.h"
#include "output/output.h"
#include "output/style.h"
#include "plan/plan.h"
#include "report/remedies.h"
#include "report/report.h"
#include "session/session.h"
#include "text/format.h"

static void write_lines(const char *text)
{
	progress_pause();
	log_output(text);
	progress_resume();
}

void log_text(enum log_priority priority, const char *text)
{
	if (!style_is_journal(stderr)) {
		write_lines(text);
		return;
	}
	char *prefixed = NULL;
	size_t size;
	FILE *out = open_memstream(&prefixed, &size);
	if (!out) {
		write_lines(text);
		return;
	}
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		fprintf(out, "<%d>%.*s\n", (int)priority, (int)length, line);
		line += length + (line[length] == '\n');
	}
	fclose(out);
	write_lines(prefixed);
	free(prefixed);
}

/* Files, pipes and the journal get a message as one line, so that it can be searched; a terminal gets it
 * wrapped. */
static size_t message_columns(const struct style *style)
{
	return isatty(STDERR_FILENO) ? style->columns : SIZE_MAX;
}

/* The text, safe for a terminal, wrapped: it begins at `column`, further lines at `indent`. */
static char *indented(const char *text, size_t column, size_t indent, size_t columns)
{
	cleanup_free char *safe = format_printable(text);
	char *result = NULL, *rest = safe;
	size_t size;
	FILE *out = open_memstream(&result, &size);
	if (!out)
		return xstrdup(safe);
	for (char *line; (line = strsep(&rest, "\n")); column = indent) {
		if (columns - column < format_width(line))
			format_wrapped_from(out, line, column, indent, columns);
		else
			fputs(line, out);
		if (rest)
			fprintf(out, "\n%*s", (int)indent, "");
	}
	fclose(out);
	return result;
}

/* "  hint: text" as a line of its own, or "". */
static char *labelled(const struct output *output, const char *label, const char *text)
{
	if (!text)
		return xstrdup("");
	struct style style = style_for(output, stderr);
	size_t column = strlen(label) + 4;
	cleanup_free char *below = indented(text, column, column, message_columns(&style));
	return xasprintf("  %s: %s\n", label, below);
}

/* "Permission denied (EACCES)", or NULL if no call failed. */
static char *kernel_said(int errnum)
{
	if (!errnum)
		return NULL;
	const char *name = strerrorname_np(errnum);
	return xasprintf("%s (%s)", strerror(errnum), name ? name : "?");
}

void log_json(json_t *record)
{
	cleanup_free char *line = json_dumps(record, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(record);
	if (!line)
		return;
	cleanup_free char *text = xasprintf("%s\n", line);
	write_lines(text);
}

static json_t *error_json(const struct error *error)
{
	const char *name = error->errnum ? strerrorname_np(error->errnum) : NULL;
	return json_checked(json_pack("{s:s, s:o, s:o, s:o, s:o}", "level", "error", "message",
				      json_from_text(error->message), "errno", json_from_text(name), "detail",
				      json_from_text(error->errnum ? strerror(error->errnum) : NULL), "hint",
				      json_from_text(error->hint)));
}

void log_error(const struct output *output, const struct error *error)
{
	if (output->log_format == OUTPUT_JSON) {
		log_json(error_json(error));
		return;
	}
	struct style style = style_for(output, stderr);
	cleanup_free char *message = indented(error->message ? error->message : "unknown error",
					      strlen("siplaunch: "), 2, message_columns(&style));
	cleanup_free char *said = kernel_said(error->errnum);
	cleanup_free char *detail = labelled(output, "detail", said);
	cleanup_free char *hint = labelled(output, "hint", error->hint);
	cleanup_free char *text = xasprintf("%ssiplaunch:%s %s\n%s%s", style_paint(&style, PAINT_RED),
					    style_paint(&style, PAINT_RESET), message, detail, hint);
	log_text(LOG_ERROR, text);
}

/* A refused launch: the error, and the remedies. */
static void log_refusal(const struct output *output, const struct session *session, const struct error *error)
{
	if (output->log_format == OUTPUT_JSON) {
		json_t *record = error_json(error);
		json_put(record, "remedies", report_remedies_json(session));
		log_json(record);
		return;
	}
	const struct style style = style_for(output, stderr);
	log_error(output, error);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return;
	report_remedies(out, session, &style);
	fclose(out);
	log_text(LOG_NOTICE, text);
	free(text);
}

static void log_problem(const struct output *output, const struct problem *problem)
{
	if (output->log_format == OUTPUT_JSON) {
		json_t *record = report_problem_json(problem);
		json_put(record, "level", json_checked(json_string("error")));
		log_json(record);
		return;
	}
	struct style style = style_for(output, stderr);
	cleanup_free char *text = report_problem_text(problem, &style);
	log_text(LOG_ERROR, text);
}

void log_problems(const struct output *output, const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		log_problem(output, &problems->items[i]);
}

void log_warnings(const struct output *output, const struct plan *plan, size_t first)
{
	for (size_t i = first; i < plan->warning_count; i++)
		log_event(output, &(struct event){.level = EVENT_WARNING, .message = plan->warnings[i]});
}

static json_t *event_json(const struct event *event, const char *level)
{
	json_t *record = json_checked(json_pack("{s:s}", "level", level));
	if (event->name)
		json_put(record, "event", json_from_text(event->name));
	json_put(record, "message", json_from_text(event->message));
	if (event->name)
		json_put(record, "hint", json_from_text(event->hint));
	if (event->facts)
		json_object_update_missing(record, event->facts);
	return record;
}

static void print_event(const struct output *output, const struct event *event)
{
	static const char *const labels[] = {"siplaunch:", "siplaunch: warning:", "siplaunch:"};
	static const enum paint paints[] = {PAINT_RESET, PAINT_YELLOW, PAINT_RED};
	static const enum log_priority priorities[] = {LOG_NOTICE, LOG_WARNING, LOG_ERROR};
	struct style style = style_for(output, stderr);
	cleanup_free char *message =
		indented(event->message, strlen(labels[event->level]) + 1, 2, message_columns(&style));
	cleanup_free char *hint = labelled(output, "hint", event->hint);
	cleanup_free char *text =
		xasprintf("%s%s%s %s\n%s", style_paint(&style, paints[event->level]), labels[event->level],
			  style_paint(&style, PAINT_RESET), message, hint);
	log_text(priorities[event->level], text);
}

static void write_event(const struct output *output, const struct event *event)
{
	static const char *const levels[] = {"info", "warning", "error"}; /* progress does not come here */
	bool silent = output->quiet && event->level != EVENT_ERROR;

	if (event->error)
		log_error(output, event->error);
	else if (!silent && output->log_format == OUTPUT_JSON)
		log_json(event_json(event, levels[event->level]));
	else if (!silent)
		print_event(output, event);
}

static void report_lost(const struct output *output, unsigned count)
{
	cleanup_free char *message = xasprintf("%u message%s could not be written to standard error", count,
					       count == 1 ? "" : "s");
	write_event(output, &(struct event){.level = EVENT_WARNING, .name = "lost", .message = message});
}

void log_event(const struct output *output, const struct event *event)
{
	if (event->level == EVENT_PROGRESS) {
		progress_say(output, event->message, event->hint);
		return;
	}
	unsigned lost = log_output_lost();
	if (lost) {
		report_lost(output, lost);
		log_output_reported(lost);
	}
	write_event(output, event);
	json_decref(event->facts);
}

static void receive(const void *to, const struct event *event)
{
	log_event(to, event);
}

static void receive_refusal(const void *to, const struct session *session, const struct error *error)
{
	log_refusal(to, session, error);
}

static void receive_execution(const void *to, const struct session *session)
{
	log_handover(to, session);
}

struct events log_events(const struct output *output)
{
	return (struct events){.emit = receive, .to = output};
}

struct launch_observer log_launch(const struct output *output)
{
	return (struct launch_observer){
		.events = log_events(output), .refused = receive_refusal, .executes = receive_execution};
}

void log_session(const struct output *output, const struct session *session)
{
	if (session->state == SESSION_BAD_PROFILE)
		log_problems(output, &session->problems);
	else if (session->state != SESSION_READY)
		log_error(output, &session->error);
}

void log_usage(const struct error *error)
{
	cleanup_free char *message = format_printable(error->message ? error->message : "bad usage");
	cleanup_free char *text = xasprintf("siplaunch: %s\n%s\n", message, error->hint ? error->hint : "");
	log_text(LOG_ERROR, text);
}
