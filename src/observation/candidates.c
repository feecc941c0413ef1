/* SPDX-License-Identifier: MIT */
#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "observation/inspect.h"
#include "stats/running.h"
#include "text/format.h"

void report_candidates(FILE *out, const struct running_routers *found)
{
	fputs("    pid  processes  program         named as\n", out);
	for (size_t i = 0; i < found->count; i++) {
		const struct running_router *router = &found->items[i];
		cleanup_free char *name = format_printable(router->name);
		cleanup_free char *selector = format_printable(router->selector);
		fprintf(out, "%7d  %9zu  %-14s  %s\n", (int)router->pid, router->processes, name, selector);
	}
}

static json_t *candidate_json(const struct running_routers *found, size_t index)
{
	const struct running_router *router = &found->items[index];
	return json_checked(json_pack("{s:i, s:o, s:o, s:I, s:o}", "pid", (int)router->pid, "name",
				      json_from_text(router->name), "group", json_from_text(router->group),
				      "processes", (json_int_t)router->processes, "select",
				      json_from_text(router->selector)));
}

json_t *report_candidates_json(const struct running_routers *found)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < found->count; i++)
		json_append(array, candidate_json(found, i));
	json_t *document = json_document_begin(SCHEMA_CANDIDATES);
	json_put(document, "routers", array);
	return document;
}
