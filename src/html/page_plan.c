/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "html/chart.h"
#include "html/markup.h"
#include "html/page.h"
#include "html/page_parts.h"

/* ---- the budget ---- */

static void write_term(FILE *out, const json_t *term, unsigned colour, double limit)
{
	cleanup_free char *size = page_bytes(term, "bytes");
	cleanup_free char *share = xasprintf("%.1f %%", 100 * page_number(term, "bytes") / limit);

	fprintf(out, "<tr><th scope=\"row\"><span class=\"swatch c%u\"></span>", colour);
	html_text(out, page_text(term, "label"));
	fputs("</th>", out);
	html_element(out, "td class=\"number\"", size);
	html_element(out, "td class=\"number\"", share);
	html_element(out, "td", page_text(term, "source"));
	html_element(out, "td", page_text(term, "formula"));
	fputs("</tr>\n", out);
}

static void write_terms(FILE *out, const json_t *terms, double limit)
{
	size_t i;
	const json_t *term;

	fputs("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">term</th><th scope=\"col\" class=\"number\">size</th>"
	      "<th scope=\"col\" class=\"number\">share</th><th scope=\"col\">source</th><th scope=\"col\">formula</th></tr></thead><tbody>\n",
	      out);
	json_array_foreach(terms, i, term)
	{
		write_term(out, term, (unsigned)(i % CHART_COLOURS) + 1, limit);
	}
	fputs("</tbody></table></div>\n", out);
}

/* If the terms exceed the limit, their sum is the whole bar. */
static void write_budget(FILE *out, const char *section, const json_t *budget)
{
	const json_t *terms = json_object_get(budget, "terms"), *term;
	double limit = page_number(budget, "limit"), whole = 0;
	cleanup_free char *id = xasprintf("%s-budget", section);
	cleanup_free char *size = page_bytes(budget, "limit");
	cleanup_free char *title = xasprintf("Memory %s: %s", size, page_text(budget, "limitSource"));
	size_t i, count = json_array_size(terms);

	cleanup_free struct bar_part *parts = xcalloc(count + 1, sizeof *parts);
	json_array_foreach(terms, i, term)
	{
		parts[i] = (struct bar_part){page_text(term, "label"), page_number(term, "bytes"),
					     (unsigned)(i % CHART_COLOURS) + 1};
		whole += parts[i].bytes > 0 ? parts[i].bytes : 0;
	}
	html_element(out, "h3", title);
	if (whole > limit)
		html_element(out, "p class=\"failed\"", "The terms are more than the limit.");
	page_bar(out, id, title, parts, count, number_max(limit, whole));
	write_terms(out, terms, limit);
}

static void write_sizes(FILE *out, const json_t *budget)
{
	cleanup_free char *shared = page_bytes(budget, "shared"), *private = page_bytes(budget, "private");
	cleanup_free char *processes = page_count(budget, "processes"),
			  *unassigned = page_bytes(budget, "unassigned");

	html_fact(out, "shared pool (-m)", shared);
	html_fact(out, "private pool of a process (-M)", private);
	html_fact(out, "processes", processes);
	html_fact(out, "unassigned", unassigned);
}

/* ---- the steps that would be refused ---- */

static void write_refused(FILE *out, const json_t *steps)
{
	size_t i, count = 0;
	const json_t *step;

	json_array_foreach(steps, i, step)
	{
		const char *status = page_text(step, "status"), *reason = page_text(step, "reason");
		if (strcmp(status, "denied") != 0 && strcmp(status, "failed") != 0)
			continue;
		if (!count++)
			fputs("<h3>What is refused</h3>\n<table>\n", out);
		html_fact(out, page_text(step, "name"), reason ? reason : status);
	}
	if (count)
		fputs("</table>\n", out);
}

/* ---- the section ---- */

/* The command as one line, for reading. */
static char *command_text(const json_t *command)
{
	char *text = xstrdup("");
	size_t i;
	const json_t *word;

	json_array_foreach(command, i, word)
	{
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s", before, i ? " " : "",
				 json_is_string(word) ? json_string_value(word) : "?");
	}
	return text;
}

void page_plan(struct page *page, const char *name, const json_t *plan)
{
	FILE *out = page->out;
	const json_t *budget = json_object_get(plan, "budget"), *error = json_object_get(plan, "error");
	cleanup_free char *section = xasprintf("s%u", ++page->sections);
	cleanup_free char *command = command_text(json_object_get(plan, "command"));
	cleanup_free char *heading =
		xasprintf("Plan for %s", page_text(plan, "router") ? page_text(plan, "router") : "a command");

	fprintf(out, "<section id=\"%s\">", section);
	html_element(out, "h2", heading);
	if (page_text(error, "message"))
		html_element(out, "pre class=\"failed\"", page_text(error, "message"));
	fputs("<table class=\"facts\">\n", out);
	html_fact(out, "command", command);
	html_fact(out, "profile", page_text(plan, "profile"));
	if (json_is_object(budget))
		write_sizes(out, budget);
	html_fact(out, "file", name);
	fputs("</table>\n", out);
	if (json_array_size(json_object_get(budget, "terms")))
		write_budget(out, section, budget);
	page_capacity(out, section, plan);
	write_refused(out, json_object_get(plan, "steps"));
	page_list(out, "Warnings", json_object_get(plan, "warnings"));
	fputs("</section>\n", out);
}
