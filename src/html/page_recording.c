/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/number.h"
#include "html/chart.h"
#include "html/chart_path.h"
#include "html/markup.h"
#include "html/page.h"
#include "html/page_parts.h"
#include "html/recording.h"
#include "text/format.h"

#define SERIES_MAX   12
#define EVENTS_SHOWN 50

/* A chart under construction: its series, levels and marks. */
struct sketch {
	struct chart chart;
	struct chart_series series[SERIES_MAX];
	struct chart_level levels[4];
};

static struct sketch sketch_of(const char *id, const char *title, const char *about, enum unit unit,
			       const struct recording *recording)
{
	return (struct sketch){.chart = {.id = id,
					 .title = title,
					 .about = about,
					 .unit = unit,
					 .thin = &recording->thin,
					 .restarts = RECORDING_RESTARTS}};
}

static void add(struct sketch *sketch, const char *name, enum chart_shape shape, unsigned colour,
		size_t track)
{
	sketch->series[sketch->chart.series_count++] = (struct chart_series){
		.name = name, .shape = shape, .colour = colour, .track = track, .lower = track};
}

static void add_dashed(struct sketch *sketch, const char *name, unsigned colour, size_t track)
{
	add(sketch, name, CHART_LINE, colour, track);
	sketch->series[sketch->chart.series_count - 1].dashed = true;
}

static void add_level(struct sketch *sketch, const char *name, double number)
{
	if (!isnan(number))
		sketch->levels[sketch->chart.level_count++] = (struct chart_level){name, number};
}

/* Its own name and number distinguish its ids from those of other sections. */
static void draw(FILE *out, struct sketch *sketch, const char *section)
{
	cleanup_free char *id = xasprintf("%s-%s", section, sketch->chart.id);

	sketch->chart.series = sketch->series;
	sketch->chart.levels = sketch->levels;
	sketch->chart.id = id;
	if (chart_has_numbers(&sketch->chart))
		chart_write(out, &sketch->chart);
}

/* ---- memory ---- */

static const struct chart_mark marks[] = {
	{"OOM kill", RECORDING_OOM_KILLS, 8},         {"restart", RECORDING_RESTARTS, 6},
	{"out of memory (oom)", RECORDING_OOMS, 2},   {"limit reached (max)", RECORDING_MAXIMA, 4},
	{"memory.high exceeded", RECORDING_HIGHS, 5},
};

static double promised(const struct recording *recording, enum memory_share_id share)
{
	return value_or_nan(&recording->shares.rows[share].promised);
}

/* A constant limit is drawn as a level; one that changed is drawn as a line. */
static void add_limit(struct sketch *sketch, const struct recording *recording, const char *name,
		      size_t track)
{
	double high = thin_highest(&recording->thin, track);
	if (high == thin_lowest(&recording->thin, track))
		add_level(sketch, name, high);
	else
		add_dashed(sketch, name, 8, track);
}

static void draw_memory(FILE *out, const struct recording *recording, const char *section)
{
	struct sketch sketch =
		sketch_of("memory", "Memory of the group",
			  "What the kernel charges, by kind, with the limit and the size of the pools.",
			  UNIT_BYTES, recording);
	double pools = promised(recording, SHARE_SHARED);

	for (size_t i = 0; i < SHARE_COUNT; i++)
		add(&sketch, recording->shares.rows[i].label, CHART_AREA, (unsigned)i + 1,
		    RECORDING_SHARES + i);
	if (thin_highest(&recording->thin, RECORDING_SWAP) > 0)
		add_dashed(&sketch, "swap", 7, RECORDING_SWAP);
	add_limit(&sketch, recording, "limit", RECORDING_LIMIT);
	add_level(&sketch, "size of the shared pool", pools);
	add_level(&sketch, "… with all private pools", pools + promised(recording, SHARE_PRIVATE));
	add_level(&sketch, "… and their page tables",
		  pools + promised(recording, SHARE_PRIVATE) + promised(recording, SHARE_PAGE_TABLES));
	sketch.chart.marks = marks;
	sketch.chart.mark_count = ARRAY_SIZE(marks);
	draw(out, &sketch, section);
}

/* The events of a bucket: "1 OOM kill, 3 limit reached (max)". */
static void write_event(FILE *out, const struct thin *thin, size_t bucket)
{
	const char *separator = "";
	cleanup_free char *time = date_text(thin->buckets[bucket].from_ms);

	fputs("<tr>", out);
	html_element(out, "th scope=\"row\"", time);
	fputs("<td>", out);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		double number = thin_high(thin, marks[i].track, bucket);
		if (!(number > 0))
			continue;
		cleanup_free char *count = scale_text(number, UNIT_COUNT);
		fputs(separator, out);
		html_text(out, marks[i].name);
		fputs(" ×", out);
		html_text(out, count);
		separator = ", ";
	}
	fputs("</td></tr>\n", out);
}

static bool has_event(const struct thin *thin, size_t bucket)
{
	bool any = false;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		any |= thin_high(thin, marks[i].track, bucket) > 0;
	return any;
}

static void write_events(FILE *out, const struct recording *recording)
{
	const struct thin *thin = &recording->thin;
	size_t count = 0, shown = 0;

	for (size_t i = 0; i < thin->count; i++)
		count += has_event(thin, i);
	if (!count)
		return;
	fprintf(out, "<details%s><summary>Events</summary><table>\n", count <= 10 ? " open" : "");
	for (size_t i = 0; i < thin->count && shown < EVENTS_SHOWN; i++)
		if (has_event(thin, i)) {
			write_event(out, thin, i);
			shown++;
		}
	fputs("</table>", out);
	if (count > shown)
		fprintf(out, "<p>There are events at %zu more times.</p>", count - shown);
	fputs("</details>\n", out);
}

/* ---- pools ---- */

static void draw_shared(FILE *out, const struct recording *recording, const char *section)
{
	struct sketch sketch = sketch_of("shared", "Shared pool",
					 "Used: what was requested; in all: with the allocator's own part.",
					 UNIT_BYTES, recording);

	add(&sketch, "used", CHART_LINE, 1, RECORDING_SHARED_USED);
	add(&sketch, "used in all", CHART_LINE, 3, RECORDING_SHARED_REAL);
	add_dashed(&sketch, "highest so far", 2, RECORDING_SHARED_MAX);
	add_limit(&sketch, recording, "size (-m)", RECORDING_SHARED_TOTAL);
	draw(out, &sketch, section);
}

/* The process whose private pool was the fullest of all; NULL: not known. */
static const char *fullest_name(const struct recording *recording)
{
	const struct thin *thin = &recording->thin;
	double highest = thin_highest(thin, RECORDING_PRIVATE_MAX);
	for (size_t i = 0; i < thin->count; i++) {
		double who = thin_high(thin, RECORDING_PRIVATE_WHO, i);
		if (thin_high(thin, RECORDING_PRIVATE_MAX, i) == highest && !isnan(who))
			return recording->names[(size_t)who];
	}
	return NULL;
}

static void draw_private(FILE *out, const struct recording *recording, const char *section)
{
	const char *name = fullest_name(recording);
	cleanup_free char *about =
		name ? xasprintf("From the emptiest to the fullest. The fullest was that of: %s.", name)
		     : xstrdup("From the emptiest to the fullest.");
	struct sketch sketch =
		sketch_of("private", "Private pools of the processes", about, UNIT_BYTES, recording);

	add(&sketch, "fullest", CHART_LINE, 1, RECORDING_PRIVATE_MAX);
	sketch.series[0].lower = RECORDING_PRIVATE_MIN;
	add(&sketch, "emptiest", CHART_LINE, 3, RECORDING_PRIVATE_MIN);
	if (recording->pkg_bytes.kind != VALUE_NONE)
		add_level(&sketch, "size (-M)", (double)recording->pkg_bytes.number[0]);
	draw(out, &sketch, section);
}

/* ---- modules ---- */

#define MODULES_SHOWN 8

/* The tracks with the highest numbers, in that order. */
static size_t largest_modules(const struct recording *recording, size_t *tracks)
{
	bool taken[RECORDING_MODULES] = {false};
	size_t count = 0;
	for (; count < MODULES_SHOWN; count++) {
		size_t best = RECORDING_MODULES;
		for (size_t i = 0; i < recording->module_count; i++) {
			double number = thin_highest(&recording->thin, RECORDING_MODULE + i);
			if (!taken[i] && !isnan(number) &&
			    (best == RECORDING_MODULES ||
			     number > thin_highest(&recording->thin, RECORDING_MODULE + best)))
				best = i;
		}
		if (best == RECORDING_MODULES)
			break;
		taken[best] = true;
		tracks[count] = best;
	}
	return count;
}

/* Adds up the modules that are not shown, in the track of all other modules. */
static void merge_others(struct thin *thin, const struct recording *recording, const size_t *shown,
			 size_t count)
{
	double *others = &thin->high[(RECORDING_MODULE + RECORDING_MODULES) * THIN_BUCKETS];
	for (size_t i = 0; i < thin->count; i++) {
		double rest = thin_high(thin, RECORDING_MODULES_SUM, i);
		for (size_t k = 0; k < count; k++) {
			double part = thin_high(thin, RECORDING_MODULE + shown[k], i);
			rest -= isnan(part) ? 0 : part;
		}
		others[i] = recording->module_count > count || rest > 0 ? rest : NAN;
	}
}

static void draw_modules(FILE *out, const struct recording *recording, const char *section)
{
	struct sketch sketch =
		sketch_of("modules", "Shared pool by module", "What each module of the router has allocated.",
			  UNIT_BYTES, recording);
	size_t shown[MODULES_SHOWN], count = largest_modules(recording, shown);
	const struct thin *thin = &recording->thin;
	struct thin with_others = *thin;

	cleanup_free double *high = xcalloc(thin->track_count * THIN_BUCKETS, sizeof *high);
	for (size_t i = 0; i < thin->track_count * THIN_BUCKETS; i++)
		high[i] = thin->high[i];
	with_others.high = high;
	merge_others(&with_others, recording, shown, count);
	sketch.chart.thin = &with_others;
	for (size_t i = 0; i < count; i++)
		add(&sketch, recording->modules[shown[i]], CHART_AREA, (unsigned)i + 1,
		    RECORDING_MODULE + shown[i]);
	add(&sketch, "other modules", CHART_AREA, CHART_COLOURS, RECORDING_MODULE + RECORDING_MODULES);
	draw(out, &sketch, section);
}

/* ---- load ---- */

/* Usually there is no pressure: then a sentence is better than a line at 0. */
static void draw_pressure(FILE *out, const struct recording *recording, const char *section)
{
	struct sketch sketch =
		sketch_of("pressure", "Waiting for memory",
			  "The share of time in which some or all tasks waited (memory.pressure).",
			  UNIT_PERCENT, recording);
	double max = thin_highest(&recording->thin, RECORDING_SOME);

	if (max == 0)
		fputs("<div><h3>Waiting for memory</h3><p class=\"soft\">No task waited for memory at any "
		      "time (memory.pressure).</p></div>\n",
		      out);
	if (max == 0 || isnan(max))
		return;
	add(&sketch, "some", CHART_LINE, 5, RECORDING_SOME);
	add(&sketch, "all", CHART_LINE, 8, RECORDING_FULL);
	draw(out, &sketch, section);
}

static void draw_load(FILE *out, const struct recording *recording, const char *section)
{
	struct sketch rate = sketch_of("requests", "SIP messages received", NULL, UNIT_RATE, recording);
	add(&rate, "requests", CHART_LINE, 1, RECORDING_REQUESTS);
	add(&rate, "replies", CHART_LINE, 2, RECORDING_REPLIES);
	draw(out, &rate, section);

	struct sketch objects = sketch_of("objects", "Registrations, dialogs, transactions",
					  "As the router counts them.", UNIT_COUNT, recording);
	add(&objects, "registrations", CHART_LINE, 1, RECORDING_REGISTRATIONS);
	add(&objects, "dialogs", CHART_LINE, 2, RECORDING_DIALOGS);
	add(&objects, "transactions", CHART_LINE, 3, RECORDING_TRANSACTIONS);
	draw(out, &objects, section);

	draw_pressure(out, recording, section);

	struct sketch processes = sketch_of("processes", "Processes", NULL, UNIT_COUNT, recording);
	add(&processes, "processes", CHART_LINE, 6, RECORDING_PROCESSES);
	draw(out, &processes, section);
}

/* ---- the section ---- */

/* The times of the buckets that have samples, for the script: ms since the first. */
static void write_times(FILE *out, const struct thin *thin)
{
	int64_t start = thin->buckets[0].from_ms;

	fprintf(out, " data-start=\"%" PRId64 "\" data-zone=\"%d\" data-times=\"", start,
		zone_seconds(start));
	for (size_t i = 0, written = 0; i < thin->count; i++)
		if (thin->buckets[i].samples)
			fprintf(out, "%s%" PRId64, written++ ? "," : "", path_time(thin, i) - start);
	fputc('"', out);
}

static void write_tile(FILE *out, const char *label, double number, enum unit unit, bool bad)
{
	if (isnan(number))
		return;
	cleanup_free char *text = scale_text(number, unit);
	fprintf(out, "<li%s>", bad ? " class=\"bad\"" : "");
	html_element(out, "b", text);
	html_element(out, "span", label);
	fputs("</li>\n", out);
}

static double sum_of(const struct thin *thin, size_t track)
{
	double all = 0;
	for (size_t i = 0; i < thin->count; i++)
		all += number_max(0, thin_high(thin, track, i));
	return all;
}

static void write_tiles(FILE *out, const struct recording *recording)
{
	const struct thin *thin = &recording->thin;
	double kills = sum_of(thin, RECORDING_OOM_KILLS), restarts = sum_of(thin, RECORDING_RESTARTS);

	fputs("<ul class=\"tiles\">\n", out);
	write_tile(out, "limit", thin_highest(thin, RECORDING_LIMIT), UNIT_BYTES, false);
	write_tile(out, "highest charge", thin_highest(thin, RECORDING_TOUCHED), UNIT_BYTES, false);
	write_tile(out, "shared pool, highest use",
		   number_max(thin_highest(thin, RECORDING_SHARED_MAX),
			      thin_highest(thin, RECORDING_SHARED_REAL)),
		   UNIT_BYTES, false);
	write_tile(out, "fullest private pool", thin_highest(thin, RECORDING_PRIVATE_MAX), UNIT_BYTES, false);
	write_tile(out, "requests, highest rate", thin_highest(thin, RECORDING_REQUESTS), UNIT_RATE, false);
	write_tile(out, "OOM kills", kills, UNIT_COUNT, kills > 0);
	write_tile(out, "restarts", restarts, UNIT_COUNT, restarts > 0);
	fputs("</ul>\n", out);
}

static void write_facts(FILE *out, const char *name, const struct recording *recording)
{
	const struct thin *thin = &recording->thin;
	int64_t from = thin->buckets[0].from_ms, to = thin->buckets[thin->count - 1].to_ms;
	cleanup_free char *begin = date_text(from), *end = date_text(to), *zone = zone_text(from);
	cleanup_free char *span = format_duration(to - from), *count = format_count(thin->samples);
	cleanup_free char *times = xasprintf("%s to %s %s (%s)", begin, end, zone, span);
	cleanup_free char *processes = format_count(recording->processes);

	fputs("<table class=\"facts\">\n", out);
	html_fact(out, "router", recording->version ? recording->version : recording->router);
	html_fact(out, "group", recording->group);
	html_fact(out, "processes", processes);
	html_fact(out, "samples", count);
	html_fact(out, "time", times);
	html_fact(out, "file", name);
	html_fact(out, "no statistics", recording->no_pools);
	fputs("</table>\n", out);
}

void page_recording(struct page *page, const char *name, const struct recording *recording,
		    const struct review *review, const json_t *profile)
{
	FILE *out = page->out;
	cleanup_free char *section = xasprintf("s%u", ++page->sections);

	fprintf(out, "<section id=\"%s\"", section);
	write_times(out, &recording->thin);
	fputc('>', out);
	html_element(out, "h2", recording->group ? recording->group : recording->router);
	write_facts(out, name, recording);
	write_tiles(out, recording);
	draw_memory(out, recording, section);
	write_events(out, recording);
	fputs("<div class=\"charts\">\n", out);
	draw_shared(out, recording, section);
	draw_private(out, recording, section);
	draw_modules(out, recording, section);
	draw_load(out, recording, section);
	fputs("</div>\n", out);
	page_advice(out, review, profile);
	fputs("</section>\n", out);
}
