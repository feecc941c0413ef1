/* SPDX-License-Identifier: MIT */
#include "report/report.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "profile/profile.h"
#include "text/format.h"

char *report_problem_text(const struct problem *problem, const struct style *style)
{
	cleanup_free char *line = problem_text(problem);
	cleanup_free char *hint = problem->hint ? xasprintf("    %s\n", problem->hint) : xstrdup("");
	cleanup_free char *text = xasprintf("%s\n%s", line, hint);
	cleanup_free char *safe = format_printable(text);
	return xasprintf("%s%s%s", style_paint(style, PAINT_RED), safe, style_paint(style, PAINT_RESET));
}

json_t *report_problem_json(const struct problem *problem)
{
	return json_checked(
		json_pack("{s:o, s:I, s:I, s:o, s:o, s:o}", "file", json_from_text(problem->file), "line",
			  (json_int_t)problem->line, "column", (json_int_t)problem->column, "pointer",
			  json_from_text(problem->pointer), "message", json_from_text(problem->message),
			  "hint", json_from_text(problem->hint)));
}

void report_problems(FILE *out, const struct problems *problems, json_t *all, const struct style *style)
{
	for (size_t i = 0; i < problems->count; i++) {
		if (all) {
			json_append(all, report_problem_json(&problems->items[i]));
			continue;
		}
		cleanup_free char *text = report_problem_text(&problems->items[i], style);
		fputs(text, out);
	}
}
