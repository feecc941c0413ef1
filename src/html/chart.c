/* SPDX-License-Identifier: MIT */
#include "html/chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/number.h"
#include "html/chart_path.h"
#include "html/markup.h"

/* A level is drawn only up to so many times the highest number: otherwise a router that uses 50 MiB of 64 GiB
 * would be a flat line. */
#define LEVEL_TIMES 8

#define TABLE_ROWS 40

static double highest_of(const struct chart *chart, size_t track)
{
	return thin_highest(chart->thin, track);
}

bool chart_has_numbers(const struct chart *chart)
{
	for (size_t i = 0; i < chart->series_count; i++)
		if (!isnan(highest_of(chart, chart->series[i].track)))
			return true;
	return false;
}

/* ---- the edges of each series ---- */

static void stack(const struct chart *chart, size_t track, struct path_edges *edges)
{
	for (size_t i = 0; i < chart->thin->count; i++) {
		double part = thin_high(chart->thin, track, i);
		edges->lower[i] = isnan(edges->upper[i]) ? 0 : edges->upper[i];
		if (!isnan(part))
			edges->upper[i] = edges->lower[i] + part;
	}
}

static void band(const struct chart *chart, const struct chart_series *series, struct path_edges *edges)
{
	for (size_t i = 0; i < chart->thin->count; i++) {
		edges->upper[i] = thin_high(chart->thin, series->track, i);
		edges->lower[i] = thin_low(chart->thin, series->lower, i);
		if (isnan(edges->lower[i]))
			edges->lower[i] = edges->upper[i];
	}
}

static struct path_edges edges_open(const struct chart *chart, double top)
{
	struct path_edges edges = {
		.thin = chart->thin,
		.restarts = chart->restarts,
		.top = top,
		.upper = xcalloc(THIN_BUCKETS, sizeof *edges.upper),
		.lower = xcalloc(THIN_BUCKETS, sizeof *edges.lower),
	};
	for (size_t i = 0; i < THIN_BUCKETS; i++)
		edges.upper[i] = NAN;
	return edges;
}

static void edges_close(struct path_edges *edges)
{
	free(edges->upper);
	free(edges->lower);
}
#define cleanup_edges __attribute__((cleanup(edges_close)))

/* The highest point of the chart: of the stacked areas, and of each line. */
static double highest_point(const struct chart *chart)
{
	cleanup_edges struct path_edges edges = edges_open(chart, 1);
	double highest = 0;

	for (size_t i = 0; i < chart->series_count; i++) {
		const struct chart_series *series = &chart->series[i];
		if (series->shape == CHART_AREA)
			stack(chart, series->track, &edges);
		else
			highest = number_max(highest, highest_of(chart, series->track));
	}
	for (size_t i = 0; i < chart->thin->count; i++)
		highest = number_max(highest, edges.upper[i]); /* number_max() passes over a NAN */
	return highest;
}

static bool is_drawn(const struct chart_level *level, double highest)
{
	return level->number <= highest * LEVEL_TIMES;
}

static struct scale scale_of(const struct chart *chart)
{
	double highest = highest_point(chart), top = highest;
	for (size_t i = 0; i < chart->level_count; i++)
		if (is_drawn(&chart->levels[i], highest))
			top = number_max(top, chart->levels[i].number);
	return scale_for(top * 1.02, chart->unit); /* keeps lines below the upper edge */
}

/* ---- the picture ---- */

static void write_grid(FILE *out, const struct chart *chart, const struct scale *scale)
{
	struct time_ticks ticks;
	const struct thin *thin = chart->thin;

	for (unsigned i = 0; i <= scale->count; i++) {
		double y = 100 - 100.0 * i / scale->count;
		cleanup_free char *text = scale_text(scale->step * i, chart->unit);
		fprintf(out, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%.2f%%\" y2=\"%.2f%%\"/>", y,
			y);
		fprintf(out, "<text class=\"y\" x=\"-8\" y=\"%.2f%%\" dy=\"0.32em\">", y);
		html_text(out, text);
		fputs("</text>\n", out);
	}
	time_ticks(thin->buckets[0].from_ms, thin->buckets[thin->count - 1].to_ms, &ticks);
	for (size_t i = 0; i < ticks.count; i++) {
		double x = 100 * path_x(thin, ticks.at_ms[i]);
		fprintf(out, "<line class=\"tick\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"100%%\" y2=\"100%%\"/>",
			x, x);
		fprintf(out, "<text class=\"x%s\" x=\"%.2f%%\" y=\"100%%\" dy=\"1.6em\">",
			i % 2 ? " minor" : "", x);
		html_text(out, ticks.text[i]);
		fputs("</text>\n", out);
	}
}

static void write_series(FILE *out, const struct chart_series *series, const struct path_edges *edges)
{
	bool area = series->shape == CHART_AREA;

	fprintf(out, "<path class=\"c%u %s\" d=\"", series->colour, area ? "area" : "band");
	path_area(out, edges);
	fputs("\"/>", out);
	fprintf(out, "<path class=\"c%u %s\" d=\"", series->colour,
		area             ? "edge"
		: series->dashed ? "line dashed"
				 : "line");
	path_line(out, edges);
	fputs("\"/>\n", out);
}

static void write_levels(FILE *out, const struct chart *chart, const struct path_edges *edges)
{
	double highest = highest_point(chart);
	for (size_t i = 0; i < chart->level_count; i++) {
		if (!is_drawn(&chart->levels[i], highest))
			continue;
		double y = path_y(edges, chart->levels[i].number) * PATH_HEIGHT;
		fprintf(out, "<path class=\"level l%zu\" d=\"M0 %.1fH%.0f\"/>\n", i + 1, y, PATH_WIDTH);
	}
}

static void write_data(FILE *out, const struct chart *chart, double top)
{
	cleanup_edges struct path_edges areas = edges_open(chart, top);
	cleanup_edges struct path_edges lines = edges_open(chart, top);

	fprintf(out,
		"<svg class=\"data\" width=\"100%%\" height=\"100%%\" viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\">\n",
		PATH_WIDTH, PATH_HEIGHT);
	for (size_t i = 0; i < chart->series_count; i++) {
		const struct chart_series *series = &chart->series[i];
		if (series->shape == CHART_AREA)
			stack(chart, series->track, &areas);
		else
			band(chart, series, &lines);
		write_series(out, series, series->shape == CHART_AREA ? &areas : &lines);
	}
	write_levels(out, chart, &lines);
	for (size_t i = 0; i < chart->mark_count; i++) {
		fprintf(out, "<path class=\"c%u mark m%zu\" d=\"", chart->marks[i].colour, i + 1);
		path_marks(out, chart->thin, chart->marks[i].track);
		fputs("\"/>\n", out);
	}
	fputs("</svg>\n", out);
}

/* Describes the chart in words, for readers who cannot see it: the min and max of each series. */
static void write_words(FILE *out, const struct chart *chart)
{
	for (size_t i = 0; i < chart->series_count; i++) {
		const struct chart_series *series = &chart->series[i];
		if (isnan(highest_of(chart, series->track)))
			continue;
		cleanup_free char *low = scale_text(thin_lowest(chart->thin, series->track), chart->unit);
		cleanup_free char *high = scale_text(highest_of(chart, series->track), chart->unit);
		html_text(out, series->name);
		fputs(": ", out);
		html_text(out, low);
		fputs(" to ", out);
		html_text(out, high);
		fputs(". ", out);
	}
	for (size_t i = 0; i < chart->level_count; i++) {
		cleanup_free char *text = scale_text(chart->levels[i].number, chart->unit);
		html_text(out, chart->levels[i].name);
		fputs(": ", out);
		html_text(out, text);
		fputs(". ", out);
	}
}

static void write_picture(FILE *out, const struct chart *chart)
{
	const struct scale scale = scale_of(chart);

	fprintf(out,
		"<div class=\"picture\"><svg class=\"chart\" role=\"img\" tabindex=\"0\" aria-labelledby=\"%s-t %s-d\">\n",
		chart->id, chart->id);
	fprintf(out, "<title id=\"%s-t\">", chart->id);
	html_text(out, chart->title);
	fprintf(out, "</title><desc id=\"%s-d\">", chart->id);
	write_words(out, chart);
	fputs("</desc>\n", out);
	write_grid(out, chart, &scale);
	write_data(out, chart, scale_top(&scale));
	fputs("<line class=\"cursor\" y1=\"0\" y2=\"100%\" x1=\"0\" x2=\"0\"/></svg>\n", out);
	fputs("<div class=\"tip\" role=\"status\" hidden></div></div>\n", out);
}

/* ---- the legend ---- */

/* The numbers for the script: whole numbers for bytes and counts; empty: not known. */
static void write_values(FILE *out, const struct chart *chart, size_t track)
{
	fputs(" data-values=\"", out);
	for (size_t i = 0, written = 0; i < chart->thin->count; i++) {
		if (!chart->thin->buckets[i].samples)
			continue;
		double number = thin_high(chart->thin, track, i);
		fputs(written++ ? "," : "", out);
		if (!isnan(number))
			fprintf(out, "%.*f", chart->unit == UNIT_BYTES || number >= 1000 ? 0 : 2, number);
	}
	fputc('"', out);
}

static void write_key(FILE *out, const struct chart *chart, const struct chart_series *series)
{
	cleanup_free char *high = scale_text(highest_of(chart, series->track), chart->unit);

	fprintf(out, "<li class=\"c%u %s\"", series->colour,
		series->shape == CHART_AREA ? "box"
		: series->dashed            ? "dashes"
					    : "stroke");
	write_values(out, chart, series->track);
	fputs("><bdi>", out);
	html_text(out, series->name);
	fputs("</bdi> ", out);
	html_element(out, "b", high);
	fputs("</li>\n", out);
}

static void write_legend(FILE *out, const struct chart *chart)
{
	double highest = highest_point(chart);

	fputs("<ul class=\"legend\" aria-label=\"Legend, each with its highest value\">\n", out);
	for (size_t i = 0; i < chart->series_count; i++)
		if (!isnan(highest_of(chart, chart->series[i].track)))
			write_key(out, chart, &chart->series[i]);
	for (size_t i = 0; i < chart->level_count; i++) {
		cleanup_free char *text = scale_text(chart->levels[i].number, chart->unit);
		bool drawn = is_drawn(&chart->levels[i], highest);
		fprintf(out, "<li class=\"level l%zu\">", i + 1);
		html_text(out, chart->levels[i].name);
		fputc(' ', out);
		html_element(out, "b", text);
		fputs(drawn ? "</li>\n" : ", above the picture</li>\n", out);
	}
	for (size_t i = 0; i < chart->mark_count; i++)
		if (highest_of(chart, chart->marks[i].track) > 0) {
			fprintf(out, "<li class=\"c%u mark m%zu\"", chart->marks[i].colour, i + 1);
			write_values(out, chart, chart->marks[i].track);
			fputc('>', out);
			html_text(out, chart->marks[i].name);
			fputs("</li>\n", out);
		}
	fputs("</ul>\n", out);
}

/* ---- the table ---- */

/* The highest number in a range of buckets. */
static double highest_among(const struct thin *thin, size_t track, size_t from, size_t to)
{
	double highest = NAN;
	for (size_t i = from; i < to; i++)
		highest = number_max(highest, thin_high(thin, track, i));
	return highest;
}

static void write_row(FILE *out, const struct chart *chart, size_t from, size_t to)
{
	cleanup_free char *time = date_text(path_time(chart->thin, from));

	fputs("<tr>", out);
	html_element(out, "th scope=\"row\"", time);
	for (size_t i = 0; i < chart->series_count; i++) {
		if (isnan(highest_of(chart, chart->series[i].track)))
			continue;
		double number = highest_among(chart->thin, chart->series[i].track, from, to);
		cleanup_free char *text = scale_text(number, chart->unit);
		html_element(out, "td", text);
	}
	fputs("</tr>\n", out);
}

static void write_table(FILE *out, const struct chart *chart)
{
	const struct thin *thin = chart->thin;
	size_t wide = (thin->count + TABLE_ROWS - 1) / TABLE_ROWS;

	fputs("<details><summary>Numbers</summary><div class=\"scroll\" tabindex=\"0\"><table class=\"numbers\">\n",
	      out);
	html_element(out, "caption", "The highest value from each time on");
	fputs("<thead><tr><th scope=\"col\">from</th>", out);
	for (size_t i = 0; i < chart->series_count; i++)
		if (!isnan(highest_of(chart, chart->series[i].track)))
			html_element(out, "th scope=\"col\"", chart->series[i].name);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0, end; i < thin->count; i = end) {
		for (; i < thin->count && !thin->buckets[i].samples; i++)
			;
		end = i + wide < thin->count ? i + wide : thin->count;
		if (i < thin->count)
			write_row(out, chart, i, end);
	}
	fputs("</tbody></table></div></details>\n", out);
}

void chart_write(FILE *out, const struct chart *chart)
{
	fprintf(out, "<figure class=\"chart\" id=\"%s\" data-unit=\"%s\"><figcaption>", chart->id,
		unit_name(chart->unit));
	html_element(out, "h3", chart->title);
	if (chart->about)
		html_element(out, "p", chart->about);
	fputs("</figcaption>\n", out);
	write_legend(out, chart);
	write_picture(out, chart);
	write_table(out, chart);
	fputs("</figure>\n", out);
}
