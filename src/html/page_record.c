/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/alloc.h"
#include "base/number.h"
#include "html/markup.h"
#include "html/page.h"
#include "html/page_parts.h"

/* A text for the limit is "max": the group has no limit. */
static char *limit_text(const json_t *memory)
{
	return page_text(memory, "limit") ? xstrdup("none") : page_bytes(memory, "limit");
}

static void write_overflow(FILE *out, const json_t *overflow)
{
	const char *term = page_text(overflow, "term");
	if (!term)
		return;
	bool counted = page_number(overflow, "used") < 1 << 20; /* processes, and not bytes */
	cleanup_free char *used = counted ? page_count(overflow, "used") : page_bytes(overflow, "used");
	cleanup_free char *budgeted =
		counted ? page_count(overflow, "budgeted") : page_bytes(overflow, "budgeted");
	cleanup_free char *text = xasprintf("%s: %s, where the budget counts %s", term, used, budgeted);
	cleanup_free char *enough = page_bytes(overflow, "memory");
	const char *key = page_text(overflow, "key"), *value = page_text(overflow, "value");

	html_fact(out, "term of the budget that was exceeded", text);
	if (key && value) {
		cleanup_free char *set = xasprintf("--set %s=%s", key, value);
		html_fact(out, "what to set", set);
	}
	html_fact(out, "limit that would be enough", enough);
}

static void write_events(FILE *out, const json_t *events)
{
	static const struct {
		const char *key, *label;
	} rows[] = {{"max", "limit reached (max)"},
		    {"oom", "out of memory (oom)"},
		    {"oom_kill", "processes that were OOM-killed"}};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *count = page_count(events, rows[i].key);
		html_fact(out, rows[i].label, count);
	}
}

/* The group's memory at its maximum: the parts do not overlap. */
static void write_charged(FILE *out, const char *id, const json_t *memory)
{
	const json_t *charged = json_object_get(memory, "charged");
	double limit = page_number(memory, "limit"), shmem = page_number(charged, "shmem");
	double tables = page_number(charged, "pagetables"), whole = 0;
	const struct bar_part parts[] = {
		{"shared memory", shmem, 1},
		{"private pools, heaps", page_number(charged, "anon"), 2},
		{"page tables", tables, 3},
		{"other kernel memory", page_number(charged, "kernel") - tables, 4},
		{"sockets", page_number(charged, "sock"), 5},
		{"files", page_number(charged, "file") - shmem, 6},
	};
	if (!json_is_object(charged))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		whole += parts[i].bytes > 0 ? parts[i].bytes : 0;
	html_element(out, "h3", "Memory at its maximum");
	page_bar(out, id, "Memory of the group at its maximum", parts, ARRAY_SIZE(parts),
		 number_max(limit, whole));
	page_bar_legend(out, parts, ARRAY_SIZE(parts));
}

static void write_memory(FILE *out, const json_t *memory)
{
	cleanup_free char *limit = limit_text(memory), *peak = page_bytes(memory, "peak");

	html_fact(out, "limit", limit);
	html_fact(out, "peak", peak);
	write_events(out, json_object_get(memory, "events"));
	write_overflow(out, json_object_get(memory, "overflow"));
}

static void write_process(FILE *out, const json_t *record)
{
	static const struct {
		const char *key, *label;
	} texts[] = {
		{"router", "router"},    {"profile", "profile"},          {"command", "command"},
		{"group", "group"},      {"launched", "launched (UTC)"},  {"ended", "ended (UTC)"},
		{"signal", "killed by"}, {"stopRequest", "stop request"}, {"detail", "the kernel's error"}};
	cleanup_free char *status = page_count(record, "status");

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		html_fact(out, texts[i].label, page_text(record, texts[i].key));
	html_fact(out, "exit status", status);
	const json_t *processes = json_object_get(record, "processes");
	if (!json_is_object(processes))
		return;
	cleanup_free char *counted = page_count(processes, "counted"),
			  *budgeted = page_count(processes, "budgeted");
	cleanup_free char *text = xasprintf("%s, the budget counts %s", counted, budgeted);
	html_fact(out, "processes", text);
}

void page_record(struct page *page, const char *name, const json_t *record)
{
	FILE *out = page->out;
	const json_t *memory = json_object_get(record, "memory");
	cleanup_free char *section = xasprintf("s%u", ++page->sections);
	cleanup_free char *heading = xasprintf("How the router ended: %s", page_text(record, "outcome"));
	cleanup_free char *bar = xasprintf("%s-charged", section);

	fprintf(out, "<section id=\"%s\">", section);
	html_element(out, "h2", heading);
	html_element(out, "p", page_text(record, "message"));
	if (page_text(record, "hint"))
		html_element(out, "p", page_text(record, "hint"));
	fputs("<table class=\"facts\">\n", out);
	write_process(out, record);
	if (json_is_object(memory))
		write_memory(out, memory);
	html_fact(out, "file", name);
	fputs("</table>\n", out);
	if (json_is_object(memory))
		write_charged(out, bar, memory);
	fputs("</section>\n", out);
}
