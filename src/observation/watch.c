/* SPDX-License-Identifier: MIT */
/*
 * A page of inspect --watch, in full or fitted to the rows of a screen. Sections without room are dropped by
 * rank, and the last line names them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/text.h"
#include "inspect/inspection.h"
#include "observation/inspect.h"
#include "observation/sample.h"
#include "output/pieces.h"
#include "text/format.h"

/* ---- the page ---- */

static char *at_text(const struct sample *sample)
{
	time_t seconds = (time_t)(sample->at_ms / 1000);
	struct tm now;
	char at[32] = "";

	if (localtime_r(&seconds, &now))
		strftime(at, sizeof at, "%F %T", &now);
	return xstrdup(at);
}

static void print_facts(FILE *out, const struct inspection *inspection, const struct style *style)
{
	const struct sample *sample = &inspection->sample;
	int64_t uptime = (int64_t)value_or_zero(&sample->uptime_s);
	cleanup_free char *at = at_text(sample);
	cleanup_free char *up = format_duration(uptime * 1000);
	cleanup_free char *who =
		xasprintf("%s, pid %d, %" PRIu64 " process%s, up %s; %s", sample->router, (int)sample->pid,
			  sample->processes, sample->processes == 1 ? "" : "es", up, at);

	output_fact(out, "router", who, style);
	output_fact(out, "group", sample->group ? sample->group : "not known", style);
}

static void print_events(FILE *out, const struct inspection *inspection, const struct style *style)
{
	const struct group_stats *stats = &inspection->sample.stats;
	cleanup_free char *peak = format_value(&stats->numbers[GROUP_MEMORY_PEAK], false);
	cleanup_free char *high = format_value(&stats->numbers[GROUP_EVENT_HIGH], false);
	cleanup_free char *max = format_value(&stats->numbers[GROUP_EVENT_MAX], false);
	cleanup_free char *oom = format_value(&stats->numbers[GROUP_EVENT_OOM], false);
	cleanup_free char *kill = format_value(&stats->numbers[GROUP_EVENT_OOM_KILL], false);
	cleanup_free char *events = xasprintf("high %s, max %s, oom %s, oom_kill %s", high, max, oom, kill);

	sample_print_text(out, "memory.peak", peak, style);
	sample_print_text(out, "memory.events", events, style);
}

void report_watch(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose)
{
	print_facts(out, inspection, style);
	report_sample(out, inspection, style, verbose);
	print_events(out, inspection, style);
}

/* ---- the page for a screen ---- */

/* The min number of process rows that is worth more than an optional section. */
#define ROWS_WORTH_IT 5

/* The rank of print_events(). */
#define EVENTS_RANK 1

/* Lines are cut at the screen's edge rather than wrapped, which would take several rows. */
#define LINE_COLUMNS 1000

struct fit {
	const struct inspection *inspection;
	const struct style *style;
	bool verbose;
	unsigned rank; /* sections up to this rank are shown */
	size_t max;    /* max rows of processes */
	bool dense;    /* without empty lines */
	/* the result */
	char *page;
	size_t lines;
	size_t left_out; /* processes */
};

/* An empty line is a newline at the start, or one after another. */
static void remove_empty_lines(char *text)
{
	char *to = text;
	for (const char *from = text; *from; from++)
		if (*from != '\n' || (to > text && to[-1] != '\n'))
			*to++ = *from;
	*to = '\0';
}

/* The last line: "… 31 more processes (siplaunch top shows all)". Caller frees; "" where nothing is left out.
 */
static char *rest_text(const struct fit *fit)
{
	char *text = fit->left_out
			     ? xasprintf("%zu more process%s", fit->left_out, fit->left_out == 1 ? "" : "es")
			     : xstrdup("");
	for (size_t i = 0; i < sample_sections_count; i++)
		if (sample_sections[i].rank > fit->rank)
			text_append(&text, ", ", "%s", sample_sections[i].name);
	if (fit->rank < EVENTS_RANK)
		text_append(&text, ", ", "events");
	return text;
}

static void make_page(struct fit *fit)
{
	struct style line = *fit->style;
	size_t length = 0;

	line.columns = LINE_COLUMNS;
	free(fit->page);
	FILE *out = open_memstream(&fit->page, &length);
	if (!out)
		alloc_failed();
	print_facts(out, fit->inspection, &line);
	for (size_t i = 0; i < sample_sections_count; i++) {
		const struct section *section = &sample_sections[i];
		if (!section->print)
			fit->left_out = sample_print_privates(out, fit->inspection, fit->style, fit->verbose,
							      fit->max);
		else if (section->rank <= fit->rank)
			section_print(section, out, fit->inspection, fit->style, fit->verbose);
	}
	if (fit->rank >= EVENTS_RANK)
		print_events(out, fit->inspection, fit->style);
	if (fclose(out) != 0)
		alloc_failed();
	if (fit->dense)
		remove_empty_lines(fit->page);
	cleanup_free char *rest = rest_text(fit);
	fit->lines = text_lines(fit->page) + (*rest != '\0');
}

/* Finds the max rows of processes with which the page fits. A binary search: fewer rows never need more
 * lines. */
static void choose_rows(struct fit *fit, size_t rows)
{
	size_t fits = 0, above = fit->inspection->sample.private_count + 1;

	while (above - fits > 1) {
		fit->max = fits + (above - fits) / 2;
		make_page(fit);
		*(fit->lines <= rows ? &fits : &above) = fit->max;
	}
	fit->max = fits;
	make_page(fit);
}

static unsigned highest_rank(void)
{
	unsigned highest = 0;
	for (size_t i = 0; i < sample_sections_count; i++)
		highest = sample_sections[i].rank > highest ? sample_sections[i].rank : highest;
	return highest;
}

/* The page in `rows` rows; the last one names what is not shown. Caller frees. */
static char *finish(const struct fit *fit, size_t rows)
{
	const char *dots = fit->style->utf8 ? "…" : "...", *who = " (siplaunch top shows all)";
	const char *dim = style_paint(fit->style, PAINT_DIM), *reset = style_paint(fit->style, PAINT_RESET);
	cleanup_free char *rest = rest_text(fit);
	char *end = fit->page;

	if (!*rest)
		return fit->page;
	for (size_t row = 1; row < rows && *end; row++)
		end += strcspn(end, "\n") + 1;
	*end = '\0';
	bool room = strlen("... ") + strlen(rest) + strlen(who) <= fit->style->columns;
	cleanup_free char *page = fit->page;
	return xasprintf("%s%s%s %s%s%s\n", page, dim, dots, rest, room ? who : "", reset);
}

static bool is_worth_less(const struct fit *fit)
{
	return fit->rank >= SECTION_OPTIONAL && fit->left_out && fit->max < ROWS_WORTH_IT;
}

/* Drops first the empty lines, then rows of processes, then sections by rank. */
char *report_watch_fitted(const struct inspection *inspection, const struct style *style, size_t rows,
			  bool verbose)
{
	struct fit fit = {.inspection = inspection,
			  .style = style,
			  .verbose = verbose,
			  .rank = highest_rank(),
			  .max = SIZE_MAX};

	make_page(&fit);
	if (fit.lines > rows) {
		fit.dense = true;
		make_page(&fit);
	}
	if (fit.lines > rows)
		choose_rows(&fit, rows);
	while (fit.rank && (fit.lines > rows || is_worth_less(&fit))) {
		fit.rank--;
		choose_rows(&fit, rows);
	}
	return finish(&fit, rows);
}
