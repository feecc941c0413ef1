/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/alloc.h"
#include "html/markup.h"
#include "html/page_parts.h"
#include "inspect/review.h"
#include "text/format.h"

static void write_row(FILE *out, const struct recommendation *row)
{
	cleanup_free char *current = format_value(&row->current, false);
	cleanup_free char *recommended = format_value(&row->recommended, false);

	fputs("<tr class=\"plain\">", out);
	html_element(out, "th scope=\"row\"", row->setting);
	html_element(out, "td class=\"number\"", current);
	html_element(out, "td class=\"number\"", recommended);
	fprintf(out, "<td class=\"%s\">", change_name(row->change));
	html_text(out, change_name(row->change));
	fputs("</td>", out);
	html_element(out, "td", confidence_name(row->confidence));
	fputs("</tr>\n<tr class=\"reason-row\"><td class=\"reason\" colspan=\"5\">", out);
	html_text(out, row->reason);
	fputs("</td></tr>\n", out);
}

static void write_corrections(FILE *out, const struct advice *advice)
{
	for (size_t i = 0; i < advice->correction_count; i++) {
		fputs("<tr>", out);
		html_element(out, "th scope=\"row\"", advice->corrections[i].key);
		html_element(out, "td class=\"number\"", "");
		html_element(out, "td class=\"number\"", advice->corrections[i].value);
		fputs("<td class=\"set\">set</td><td></td></tr>\n", out);
	}
}

/* Writes the objects that the router counts; nothing if it counts none. */
static void write_objects(FILE *out, const struct objects_seen *objects)
{
	bool any = false;
	for (enum counted counted = 0; counted < COUNTED_KINDS; counted++) {
		if (!objects->of[counted].count.known)
			continue;
		if (!any)
			fputs("<h4>Bytes of the shared pool that one of them needs</h4>\n<ul>\n", out);
		any = true;
		cleanup_free char *text = object_text(objects, counted);
		cleanup_free char *line = xasprintf("%s: %s", counted_plural(counted), text);
		html_element(out, "li", line);
	}
	if (any)
		fputs("</ul>\n", out);
}

static void write_profile(FILE *out, const json_t *profile)
{
	if (!profile)
		return;
	cleanup_free char *text = json_dumps(profile, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	if (!text)
		alloc_failed();
	html_element(out, "h4", "The profile");
	html_element(out, "p",
		     "Save it as a file that ends in .json, and start the router with --profile FILE.");
	html_element(out, "pre tabindex=\"0\"", text);
}

void page_advice(FILE *out, const struct review *review, const json_t *profile)
{
	const struct advice *advice = &review->advice;

	fputs("<div class=\"advice\">", out);
	html_element(out, "h3", "What siplaunch advises");
	fputs("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">setting</th><th scope=\"col\" "
	      "class=\"number\">now</th><th scope=\"col\" class=\"number\">advised</th><th "
	      "scope=\"col\">change</th><th scope=\"col\">sure</th></tr></thead><tbody>\n",
	      out);
	for (size_t i = 0; i < ADVICE_ROWS; i++)
		if (advice->rows[i].setting)
			write_row(out, &advice->rows[i]);
	write_corrections(out, advice);
	fputs("</tbody></table></div>\n", out);
	for (size_t i = 0; i < advice->note_count; i++)
		html_element(out, "p", advice->notes[i]);
	write_objects(out, &advice->objects);
	write_profile(out, profile);
	fputs("</div>\n", out);
}
