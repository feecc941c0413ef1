/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "base/value.h"
#include "html/markup.h"
#include "html/page.h"
#include "html/page_parts.h"
#include "html/scale.h"
#include "text/format.h"

#define ROW_PIXELS 22.0

static bool has_passed(const json_t *round)
{
	return strcmp(page_text(round, "result"), "passed") == 0;
}

/* An axis of powers of two: each tried size is half of another one, until they are close. */
struct axis {
	double from, to; /* exponents */
};

/* The binary logarithm of a power of two; between two of them it grows as the number does. */
static double exponent(double number)
{
	int power;
	double mantissa = frexp(number, &power); /* from 1/2 up to 1 */
	return power - 2 + 2 * mantissa;
}

static struct axis axis_for(const json_t *rounds)
{
	size_t i;
	const json_t *round;
	double min = INFINITY, max = 0;

	json_array_foreach(rounds, i, round)
	{
		double size = page_number(round, "shared"), used = page_number(round, "sharedUsed");
		max = number_max(max, number_max(size, used));
		min = number_min(min, used > 0 ? number_min(size, used) : size);
	}
	min = number_max(min, (double)MIB);
	max = number_max(max, min);
	return (struct axis){.from = floor(exponent(min)), .to = floor(exponent(max)) + 1};
}

/* From 0 to 100, for a percentage. */
static double place(const struct axis *axis, double bytes)
{
	double share = (exponent(number_max(bytes, 1)) - axis->from) / (axis->to - axis->from);
	return 100 * number_min(1, number_max(0, share));
}

/* ---- the picture: a row for each round, the sizes from left to right ---- */

static void write_axis(FILE *out, const struct axis *axis, double height)
{
	for (int power = (int)axis->from; power <= (int)axis->to; power++) {
		double x = place(axis, ldexp(1, power));
		cleanup_free char *text = scale_text(ldexp(1, power), UNIT_BYTES);
		bool minor = (power - (int)axis->from) % 2 != 0;
		fprintf(out, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%.0f\"/>", x, x,
			height);
		fprintf(out, "<text class=\"x%s\" x=\"%.2f%%\" y=\"%.0f\" dy=\"1.5em\">",
			minor ? " minor" : "", x, height);
		html_text(out, text);
		fputs("</text>\n", out);
	}
}

/* A disc for a size that passed, a cross for one that failed: the shape differs as well as the colour. */
static void write_round(FILE *out, const json_t *round, const struct axis *axis, double y)
{
	bool passed = has_passed(round);
	double used = page_number(round, "sharedUsed");
	cleanup_free char *number = page_count(round, "round");

	fprintf(out, "<text class=\"y\" x=\"-8\" y=\"%.1f\" dy=\"0.32em\">", y);
	html_text(out, number);
	fputs("</text>", out);
	if (used > 0)
		fprintf(out, "<rect class=\"c9 used\" x=\"0\" width=\"%.2f%%\" y=\"%.1f\" height=\"6\"/>",
			place(axis, used), y - 3);
	fprintf(out, "<svg class=\"sign\" x=\"%.2f%%\" y=\"%.1f\"><path class=\"%s\" d=\"%s\"/></svg>\n",
		place(axis, page_number(round, "shared")), y, passed ? "pass" : "fail",
		passed ? "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0" : "M-5 -5L5 5M-5 5L5 -5");
}

static void write_line(FILE *out, const char *class, double bytes, const struct axis *axis, double height)
{
	double x = place(axis, bytes);
	if (bytes > 0)
		fprintf(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%.0f\"/>\n", class,
			x, x, height);
}

static void write_picture(FILE *out, const char *section, const json_t *tuning)
{
	const json_t *rounds = json_object_get(tuning, "rounds"), *round;
	const struct axis axis = axis_for(rounds);
	double height = ROW_PIXELS * (double)json_array_size(rounds);
	size_t i;

	fprintf(out,
		"<svg class=\"rounds\" role=\"img\" tabindex=\"0\" height=\"%.0f\" aria-labelledby=\"%s-t "
		"%s-d\">",
		height + 40, section, section);
	fprintf(out, "<title id=\"%s-t\">The shared pools that were tried, a row for each round</title>",
		section);
	fprintf(out, "<desc id=\"%s-d\">The table below has the same numbers.</desc>\n", section);
	write_axis(out, &axis, height);
	json_array_foreach(rounds, i, round)
	{
		write_round(out, round, &axis, ROW_PIXELS * ((double)i + 0.5));
	}
	write_line(out, "winner", page_number(json_object_get(tuning, "found"), "shared"), &axis, height);
	write_line(out, "enough", page_number(json_object_get(tuning, "needed"), "passes"), &axis, height);
	fputs("</svg>\n", out);
}

static void write_legend(FILE *out)
{
	fputs("<ul class=\"legend\"><li class=\"sign-pass\">passed</li><li class=\"sign-fail\">failed</li>"
	      "<li class=\"c9 box\">highest use in the round</li><li class=\"level winner-key\">the size "
	      "that was found</li><li class=\"level enough-key\">the smallest that passes, without a "
	      "margin</li></ul>\n",
	      out);
}

/* ---- the table ---- */

static void write_row(FILE *out, const json_t *round)
{
	cleanup_free char *number = page_count(round, "round"), *shared = page_bytes(round, "shared");
	cleanup_free char *private = page_bytes(round, "private"), *memory = page_bytes(round, "memory");
	cleanup_free char *used = page_bytes(round, "sharedUsed");
	double ms = page_number(round, "milliseconds");
	cleanup_free char *took = ms >= 0 && ms < 0x1p53 ? format_duration((int64_t)ms) : xstrdup("-");

	fputs("<tr>", out);
	html_element(out, "th scope=\"row\"", number);
	html_element(out, "td class=\"number\"", shared);
	html_element(out, "td class=\"number\"", private);
	html_element(out, "td class=\"number\"", memory);
	html_element(out, "td class=\"number\"", used);
	html_element(out, "td class=\"number\"", took);
	fprintf(out, "<td class=\"%s\">", has_passed(round) ? "passed" : "failed");
	html_text(out, page_text(round, "result"));
	fputs("</td>", out);
	html_element(out, "td", page_text(round, "message"));
	fputs("</tr>\n", out);
}

static void write_table(FILE *out, const json_t *rounds)
{
	size_t i;
	const json_t *round;

	fputs("<div class=\"scroll\" tabindex=\"0\"><table class=\"numbers\"><thead><tr><th "
	      "scope=\"col\">round</th><th scope=\"col\">-m</th>"
	      "<th scope=\"col\">-M</th><th scope=\"col\">limit</th><th scope=\"col\">used</th><th "
	      "scope=\"col\">took</th><th scope=\"col\" class=\"left\">result</th><th scope=\"col\" "
	      "class=\"left\"></th></tr></thead><tbody>\n",
	      out);
	json_array_foreach(rounds, i, round)
	{
		write_row(out, round);
	}
	fputs("</tbody></table></div>\n", out);
}

/* ---- the section ---- */

static void write_found(FILE *out, const json_t *tuning)
{
	const json_t *found = json_object_get(tuning, "found"), *needed = json_object_get(tuning, "needed");
	cleanup_free char *passes = page_bytes(needed, "passes"), *fails = page_bytes(needed, "fails");
	cleanup_free char *margin = scale_text(page_number(tuning, "margin"), UNIT_PERCENT);

	fputs("<table class=\"facts\">\n", out);
	html_fact(out, "router", page_text(tuning, "router"));
	html_fact(out, "profile", page_text(tuning, "profile"));
	html_fact(out, "smallest shared pool that passes", passes);
	html_fact(out, "largest that fails", fails);
	html_fact(out, "margin", margin);
	if (json_is_object(found)) {
		cleanup_free char *shared = page_bytes(found, "shared"),
				  *private = page_bytes(found, "private");
		cleanup_free char *memory = page_bytes(found, "memory");
		cleanup_free char *sizes =
			xasprintf("-m %s, -M %s, in a limit of %s", shared, private, memory);
		html_fact(out, "found, with the margin", sizes);
	}
}

void page_tuning(struct page *page, const char *name, const json_t *tuning)
{
	FILE *out = page->out;
	const json_t *rounds = json_object_get(tuning, "rounds");
	cleanup_free char *section = xasprintf("s%u", ++page->sections);
	cleanup_free char *heading = xasprintf("Sizes that were tried: %s", page_text(tuning, "result"));

	fprintf(out, "<section id=\"%s\">", section);
	html_element(out, "h2", heading);
	write_found(out, tuning);
	html_fact(out, "file", name);
	fputs("</table>\n", out);
	if (json_array_size(rounds)) {
		fputs("<figure><figcaption><h3>Shared pool, by round</h3></figcaption>\n", out);
		write_legend(out);
		write_picture(out, section, tuning);
		fputs("</figure>\n", out);
		write_table(out, rounds);
	}
	page_list(out, "Notes", json_object_get(tuning, "notes"));
	fputs("</section>\n", out);
}
