/* SPDX-License-Identifier: MIT */
#include "html/page_parts.h"

#include <math.h>

#include "base/alloc.h"
#include "base/json_value.h"
#include "base/value.h"
#include "html/markup.h"
#include "html/scale.h"

double page_number(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);
	uint64_t number;
	if (json_is_real(member))
		return json_real_value(member);
	return json_to_number(member, &number) && number != UNLIMITED ? (double)number : NAN;
}

const char *page_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

char *page_bytes(const json_t *object, const char *key)
{
	return scale_text(page_number(object, key), UNIT_BYTES);
}

char *page_count(const json_t *object, const char *key)
{
	return scale_text(page_number(object, key), UNIT_COUNT);
}

void page_list(FILE *out, const char *heading, const json_t *texts)
{
	size_t i;
	const json_t *text;

	if (!json_array_size(texts))
		return;
	html_element(out, "h3", heading);
	fputs("<ul>\n", out);
	json_array_foreach(texts, i, text)
	{
		html_element(out, "li", json_string_value(text));
	}
	fputs("</ul>\n", out);
}

static void write_words(FILE *out, const struct bar_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *size = scale_text(parts[i].bytes, UNIT_BYTES);
		html_text(out, parts[i].name);
		fputs(": ", out);
		html_text(out, size);
		fputs(". ", out);
	}
}

void page_bar(FILE *out, const char *id, const char *title, const struct bar_part *parts, size_t count,
	      double whole)
{
	double from = 0;

	fprintf(out,
		"<svg class=\"bar\" role=\"img\" aria-labelledby=\"%s-t %s-d\" width=\"100%%\" height=\"44\">",
		id, id);
	fprintf(out, "<title id=\"%s-t\">", id);
	html_text(out, title);
	fprintf(out, "</title><desc id=\"%s-d\">", id);
	write_words(out, parts, count);
	fputs("</desc>\n<rect class=\"whole\" width=\"100%\" height=\"44\"/>\n", out);
	for (size_t i = 0; i < count; i++) {
		double share = 100 * parts[i].bytes / whole;
		if (!(share > 0))
			continue;
		fprintf(out, "<rect class=\"c%u\" x=\"%.3f%%\" width=\"%.3f%%\" height=\"44\"/>",
			parts[i].colour, from, share);
		fprintf(out, "<rect class=\"space\" x=\"%.3f%%\" width=\"%.3f%%\" height=\"44\"/>\n", from,
			share);
		from += share;
	}
	fputs("</svg>\n", out);
}

void page_bar_legend(FILE *out, const struct bar_part *parts, size_t count)
{
	fputs("<ul class=\"legend\">\n", out);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *size = scale_text(parts[i].bytes, UNIT_BYTES);
		if (!(parts[i].bytes > 0))
			continue;
		fprintf(out, "<li class=\"c%u box\">", parts[i].colour);
		html_text(out, parts[i].name);
		fputc(' ', out);
		html_element(out, "b", size);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}
