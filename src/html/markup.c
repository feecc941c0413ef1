/* SPDX-License-Identifier: MIT */
#include "html/markup.h"

#include <string.h>

/* A character reference for a byte with a meaning in HTML; U+FFFD for a control character; NULL: write the
 * byte itself. */
static const char *reference(unsigned char byte)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F ? "&#xFFFD;" : NULL;
	}
}

void html_text(FILE *out, const char *text)
{
	for (; text && *text; text++) {
		const char *instead = reference((unsigned char)*text);
		if (instead)
			fputs(instead, out);
		else
			fputc(*text, out);
	}
}

void html_element(FILE *out, const char *element, const char *text)
{
	fprintf(out, "<%s>", element);
	html_text(out, text);
	fprintf(out, "</%.*s>", (int)strcspn(element, " "), element);
}

void html_fact(FILE *out, const char *name, const char *text)
{
	if (!text)
		return;
	fputs("<tr>", out);
	html_element(out, "th scope=\"row\"", name);
	html_element(out, "td", text);
	fputs("</tr>\n", out);
}
