/* SPDX-License-Identifier: MIT */
#include "output/pieces.h"

#include "base/alloc.h"
#include "text/format.h"

void output_heading(FILE *out, const char *text, const struct style *style)
{
	fprintf(out, "\n%s%s%s\n", style_paint(style, PAINT_BOLD), text, style_paint(style, PAINT_RESET));
}

void output_wrapped(FILE *out, const char *text, size_t indent, const struct style *style)
{
	format_wrapped(out, text, indent, style->columns);
	fputc('\n', out);
}

void output_sentence(FILE *out, const char *text, const struct style *style)
{
	fputs("  ", out);
	output_wrapped(out, text, 2, style);
}

void output_fact(FILE *out, const char *label, const char *text, const struct style *style)
{
	fprintf(out, "%s%-9s%s ", style_paint(style, PAINT_BOLD), label, style_paint(style, PAINT_RESET));
	output_wrapped(out, text, 10, style);
}

#define BESIDE_COLUMNS 16
#define BELOW_INDENT   6

void output_column(FILE *out, const char *text, size_t column, const struct style *style)
{
	cleanup_free char *safe = format_printable(text);
	size_t room = style->columns > column ? style->columns - column : 0;
	if (format_width(safe) > room && (room < BESIDE_COLUMNS || !format_has_room(safe, room))) {
		column = BELOW_INDENT;
		fprintf(out, "\n%*s", BELOW_INDENT, "");
	}
	output_wrapped(out, safe, column, style);
}

void output_notes(FILE *out, const char *heading, char *const *notes, size_t count, enum paint paint,
		  const struct style *style)
{
	if (!count)
		return;
	output_heading(out, heading, style);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "  %s-%s ", style_paint(style, paint), style_paint(style, PAINT_RESET));
		output_wrapped(out, notes[i], 4, style);
	}
}

void output_glyph(FILE *out, const struct style *style, const struct glyph *glyph, unsigned count)
{
	if (!count)
		return;
	fputs(style_paint(style, glyph->paint), out);
	for (unsigned i = 0; i < count; i++)
		if (style->utf8)
			fputs(glyph->utf8, out);
		else
			fputc(glyph->ascii, out);
	fputs(style_paint(style, PAINT_RESET), out);
}

void output_bar(FILE *out, const uint64_t *amounts, const struct glyph *glyphs, size_t count, uint64_t whole,
		unsigned columns, const struct style *style)
{
	cleanup_free unsigned *cells = xcalloc(count, sizeof *cells);
	unsigned used = 0;

	format_bar(amounts, count, whole, columns, cells);
	fputc('[', out);
	for (size_t i = 0; i < count; i++) {
		output_glyph(out, style, &glyphs[i], cells[i]);
		used += cells[i];
	}
	fprintf(out, "%*s]", (int)(columns - used), "");
}

void output_json_print(FILE *out, json_t *document)
{
	cleanup_free char *text = json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(document);
	if (!text)
		alloc_failed();
	else
		fprintf(out, "%s\n", text);
}
