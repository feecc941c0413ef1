/* SPDX-License-Identifier: MIT */
#include "generate.h"

#include <stdio.h>
#include <string.h>

#include "metrics/metrics.h"

/* "a, b" as `a`, `b`. */
static void put_labels(const char *labels)
{
	for (const char *at = labels; at && *at; at += strcspn(at, ","), at += strspn(at, ", "))
		printf("%s`%.*s`", at == labels ? "" : ", ", (int)strcspn(at, ","), at);
}

static void put_metric(const struct metric *metric)
{
	const char *unit = metric_unit(metric);

	if (strchr(metric->query, '|'))
		generate_fail("%s: its query ends a cell of the table", metric->name);
	printf("| `%s` | %s%s%s | ", metric->name, metric_is_counter(metric) ? "counter" : "gauge",
	       unit ? ", " : "", unit ? unit : "");
	put_labels(metric->labels);
	printf(" | %s | `%s` |\n", metric->help, metric->query);
}

void emit_metric_table(const char *arguments)
{
	bool of_run = strncmp(arguments, "RUN", 3) == 0;

	if (!of_run && strncmp(arguments, "ROUTER", 6) != 0)
		generate_fail("metric-table RUN or ROUTER");
	puts("| metric | type, unit | labels | what | query |\n| --- | --- | --- | --- | --- |");
	for (size_t i = 0; i < METRIC_COUNT; i++)
		if (metric_rows[i].of_run == of_run)
			put_metric(&metric_rows[i]);
}
