/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "html/markup.h"
#include "html/page_parts.h"
#include "html/scale.h"

/* The box of the SVG, which the browser stretches. */
#define BOX_WIDTH  1000.0
#define BOX_HEIGHT 200.0

/* One curve: the smallest limit for a number of something. */
struct curve {
	const char *section, *key, *label;
	const json_t *points; /* [[number, bytes], …] */
	double max, limit;
	struct scale x, y;
};

static const struct {
	const char *key, *label;
} labels[] = {
	{"registrations", "Registrations"},    {"dialogs", "Dialogs at a time"},
	{"callsPerSecond", "Calls a second"},  {"tcpConnections", "TCP connections"},
	{"tlsConnections", "TLS connections"},
};

/* ---- the points ---- */

static double number_at(const json_t *points, size_t i, size_t column)
{
	return json_number_value(json_array_get(json_array_get(points, i), column));
}

/* The curve ends where no limit is enough. */
static size_t point_count(const json_t *points)
{
	size_t count = 0;
	while (count < json_array_size(points) && number_at(points, count, 1) > 0)
		count++;
	return count;
}

static double highest(const struct curve *curve, size_t column)
{
	double max = 0;
	for (size_t i = 0; i < point_count(curve->points); i++)
		max = number_max(max, number_at(curve->points, i, column));
	return max;
}

/* ---- the picture ---- */

static void write_axes(FILE *out, const struct curve *curve)
{
	for (unsigned i = 0; i <= curve->y.count; i++) {
		double y = 100 - 100.0 * i / curve->y.count;
		cleanup_free char *text = scale_text(curve->y.step * i, UNIT_BYTES);
		fprintf(out, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%.2f%%\" y2=\"%.2f%%\"/>", y,
			y);
		fprintf(out, "<text class=\"y\" x=\"-8\" y=\"%.2f%%\" dy=\"0.32em\">", y);
		html_text(out, text);
		fputs("</text>\n", out);
	}
	for (unsigned i = 0; i <= curve->x.count; i++) {
		double x = 100.0 * i / curve->x.count;
		cleanup_free char *text = scale_text(curve->x.step * i, UNIT_COUNT);
		fprintf(out, "<text class=\"x%s\" x=\"%.2f%%\" y=\"100%%\" dy=\"1.6em\">",
			i % 2 ? " minor" : "", x);
		html_text(out, text);
		fputs("</text>\n", out);
	}
}

static void write_path(FILE *out, const struct curve *curve)
{
	double right = scale_top(&curve->x), top = scale_top(&curve->y);
	double limit = BOX_HEIGHT * (1 - curve->limit / top), max = BOX_WIDTH * curve->max / right;

	fprintf(out,
		"<svg class=\"data\" width=\"100%%\" height=\"100%%\" viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\">\n",
		BOX_WIDTH, BOX_HEIGHT);
	fputs("<path class=\"c1 line\" d=\"", out);
	for (size_t i = 0; i < point_count(curve->points); i++)
		fprintf(out, "%c%.1f %.1f", i ? 'L' : 'M', BOX_WIDTH * number_at(curve->points, i, 0) / right,
			BOX_HEIGHT * (1 - number_at(curve->points, i, 1) / top));
	fputs("\"/>\n", out);
	fprintf(out, "<path class=\"level l1\" d=\"M0 %.1fH%.0f\"/>", limit, BOX_WIDTH);
	fprintf(out, "<path class=\"c8 line dashed\" d=\"M%.1f %.1fV%.0f\"/></svg>\n", max, limit,
		BOX_HEIGHT);
}

static void write_legend(FILE *out, const struct curve *curve)
{
	cleanup_free char *limit = scale_text(curve->limit, UNIT_BYTES),
			  *max = scale_text(curve->max, UNIT_COUNT);

	fputs("<ul class=\"legend\"><li class=\"c1 stroke\">the smallest limit</li><li class=\"level l1\">the limit of this plan ",
	      out);
	html_element(out, "b", limit);
	fputs("</li><li class=\"c8 dashes\">it supports ", out);
	html_element(out, "b", max);
	fputs("</li></ul>\n", out);
}

static void write_table(FILE *out, const struct curve *curve)
{
	fputs("<details><summary>Numbers</summary><table class=\"numbers\"><thead><tr><th scope=\"col\">number</th>"
	      "<th scope=\"col\">smallest limit</th></tr></thead><tbody>\n",
	      out);
	for (size_t i = 0; i < point_count(curve->points); i++) {
		cleanup_free char *number = scale_text(number_at(curve->points, i, 0), UNIT_COUNT);
		cleanup_free char *limit = scale_text(number_at(curve->points, i, 1), UNIT_BYTES);
		html_fact(out, number, limit);
	}
	fputs("</tbody></table></details>\n", out);
}

static void write_curve(FILE *out, struct curve *curve)
{
	cleanup_free char *max = scale_text(curve->max, UNIT_COUNT);
	cleanup_free char *id = xasprintf("%s-%s", curve->section, curve->key);

	curve->x = scale_for(highest(curve, 0), UNIT_COUNT);
	curve->y = scale_for(number_max(highest(curve, 1), curve->limit) * 1.02, UNIT_BYTES);
	fprintf(out, "<figure id=\"%s\"><figcaption>", id);
	html_element(out, "h4", curve->label);
	fputs("</figcaption>\n", out);
	write_legend(out, curve);
	fprintf(out,
		"<svg class=\"chart\" role=\"img\" tabindex=\"0\" aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">",
		id, id, id);
	html_text(out, curve->label);
	fprintf(out,
		"</title><desc id=\"%s-d\">The limit that each number needs. The limit of this plan supports %s.</desc>\n",
		id, max);
	write_axes(out, curve);
	write_path(out, curve);
	fputs("</svg>\n", out);
	write_table(out, curve);
	fputs("</figure>\n", out);
}

/* ---- the workload ---- */

static void write_object(FILE *out, const json_t *object)
{
	cleanup_free char *count = page_count(object, "count"), *each = page_count(object, "each");
	cleanup_free char *bytes = page_bytes(object, "bytes");

	fputs("<tr>", out);
	html_element(out, "th scope=\"row\"", page_text(object, "object"));
	html_element(out, "td class=\"number\"", count);
	html_element(out, "td class=\"number\"", each);
	html_element(out, "td class=\"number\"", bytes);
	fputs("</tr>\n", out);
}

static void write_need(FILE *out, const json_t *need)
{
	const json_t *objects = json_object_get(need, "objects"), *object;
	cleanup_free char *margin = page_bytes(need, "margin"), *shared = page_bytes(need, "shared");
	size_t i;

	html_element(out, "h3", "The workload");
	fputs("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">of the shared pool</th><th scope=\"col\" class=\"number\">count</th>"
	      "<th scope=\"col\" class=\"number\">bytes each</th><th scope=\"col\" class=\"number\">in all</th></tr></thead><tbody>\n",
	      out);
	json_array_foreach(objects, i, object)
	{
		if (page_number(object, "count") > 0)
			write_object(out, object);
	}
	fputs("<tr><th scope=\"row\">margin</th><td></td><td></td>", out);
	html_element(out, "td class=\"number\"", margin);
	fputs("</tr><tr><th scope=\"row\">needed</th><td></td><td></td>", out);
	html_element(out, "td class=\"number\"", shared);
	fputs("</tr></tbody></table></div>\n", out);
}

void page_capacity(FILE *out, const char *section, const json_t *plan)
{
	const json_t *capacity = json_object_get(plan, "capacity"),
		     *limits = json_object_get(capacity, "limits");
	const json_t *need = json_object_get(capacity, "need"), *max = json_object_get(capacity, "most");
	double limit = page_number(json_object_get(plan, "budget"), "limit");

	if (json_is_object(need))
		write_need(out, need);
	if (!json_object_size(limits) || isnan(limit))
		return;
	html_element(out, "h3", "What the limit supports, each alone");
	fputs("<div class=\"curves\">\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		struct curve curve = {
			.section = section,
			.key = labels[i].key,
			.label = labels[i].label,
			.points = json_object_get(limits, labels[i].key),
			.max = page_number(max, labels[i].key),
			.limit = limit,
		};
		if (point_count(curve.points) > 1 && !isnan(curve.max))
			write_curve(out, &curve);
	}
	fputs("</div>\n", out);
}
