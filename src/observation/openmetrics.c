/* SPDX-License-Identifier: MIT */
/*
 * The common subset of OpenMetrics 1.0 and Prometheus' text format 0.0.4, to which UNIT and EOF are comments.
 * They differ in a counter's name in TYPE and HELP. This uses the text format's name, with "_total":
 * Prometheus accepts both, and node_exporter would lose type and help with the other one.
 */
#include "observation/openmetrics.h"

#include <math.h>

#include "metrics/metrics.h"

/* Escapes a label's value. The HELP texts of the table need no escapes. */
static void print_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '\\' || *text == '"')
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static void print_head(FILE *out, const struct metric *metric)
{
	const char *unit = metric_unit(metric);

	fprintf(out, "# HELP %s %s\n", metric->name, metric->help);
	fprintf(out, "# TYPE %s %s\n", metric->name, metric_is_counter(metric) ? "counter" : "gauge");
	/* OpenMetrics requires the unit at the end of the name: a counter ends in "_total" */
	if (unit && !metric_is_counter(metric))
		fprintf(out, "# UNIT %s %s\n", metric->name, unit);
}

/* Most are whole; the others are seconds. */
static void print_number(FILE *out, double number)
{
	if (isinf(number))
		fputs(" +Inf\n", out);
	else
		fprintf(out, number == trunc(number) ? " %.0f\n" : " %.15g\n", number);
}

static void print_series(FILE *out, const char *name, const struct series *series)
{
	fputs(name, out);
	for (size_t i = 0; i < series->label_count; i++) {
		fprintf(out, "%c%s=\"", i ? ',' : '{', series->labels[i].name);
		print_escaped(out, series->labels[i].value);
		fputc('"', out);
	}
	if (series->label_count)
		fputc('}', out);
	print_number(out, series->number);
}

void report_openmetrics(FILE *out, const struct metrics *metrics)
{
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const struct family *family = &metrics->families[i];
		if (family->count)
			print_head(out, &metric_rows[i]);
		for (size_t j = 0; j < family->count; j++)
			print_series(out, metric_rows[i].name, &family->series[j]);
	}
	fputs("# EOF\n", out);
}
