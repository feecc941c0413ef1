/* SPDX-License-Identifier: MIT */
#include "metrics/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/json_value.h"

/* Text of the router or the machine: control characters (C0, DEL, and C1, which begins with C2 in UTF-8) are
 * replaced, so that the file is safe to print on a terminal. */
static char *label_text(const char *text)
{
	char *valid = text_as_utf8(text);
	for (char *at = valid; *at; at++) {
		bool is_c1 = (unsigned char)at[0] == 0xC2 && (unsigned char)at[1] < 0xA0;
		if (ascii_is_control(*at) || is_c1)
			*at = '?';
		if (is_c1)
			*++at = '?';
	}
	return valid;
}

static void add_labels(struct series *series, const char *const *labels)
{
	for (; *labels; labels += 2) {
		if (!labels[1] || !*labels[1])
			continue;
		struct label *label = ARRAY_ADD(series->labels, series->label_count);
		label->name = labels[0];
		label->value = label_text(labels[1]);
	}
}

static struct series series_of(const struct destination *to, const char *const *labels)
{
	struct series series = {0};
	add_labels(&series, LABELS("select", to->select, "router", to->router, "cgroup", to->group, "number",
				   to->number));
	add_labels(&series, labels);
	return series;
}

static void series_clear(struct series *series)
{
	for (size_t i = 0; i < series->label_count; i++)
		free(series->labels[i].value);
	free(series->labels);
}

static bool same_labels(const struct series *a, const struct series *b)
{
	if (a->label_count != b->label_count)
		return false;
	for (size_t i = 0; i < a->label_count; i++)
		if (strcmp(a->labels[i].name, b->labels[i].name) != 0 ||
		    strcmp(a->labels[i].value, b->labels[i].value) != 0)
			return false;
	return true;
}

static bool is_there(const struct family *family, const struct series *series)
{
	for (size_t i = 0; i < family->count; i++)
		if (same_labels(&family->series[i], series))
			return true;
	return false;
}

void destination_number(struct destination *to)
{
	bool taken = true;
	for (size_t number = 1; taken; number++) {
		if (number > 1)
			snprintf(to->number, sizeof to->number, "%zu", number);
		struct series series = series_of(to, NO_LABELS);
		taken = is_there(&to->metrics->families[METRIC_UP], &series);
		series_clear(&series);
	}
}

/* label_text() can make texts equal that differ only in invalid UTF-8, so duplicates are possible. */
void put(const struct destination *to, enum metric_id id, const char *const *labels, double number)
{
	struct family *family = &to->metrics->families[id];
	struct series series = series_of(to, labels);

	series.number = number;
	if (is_there(family, &series))
		series_clear(&series);
	else
		*ARRAY_ADD(family->series, family->count) = series;
}

void put_known(const struct destination *to, enum metric_id id, const char *const *labels,
	       const struct value *value)
{
	if (value->kind == VALUE_NONE)
		return;
	put(to, id, labels, value->number[0] == UNLIMITED ? INFINITY : (double)value->number[0]);
}

void metrics_clear(struct metrics *metrics)
{
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		for (size_t j = 0; j < metrics->families[i].count; j++)
			series_clear(&metrics->families[i].series[j]);
		free(metrics->families[i].series);
	}
	*metrics = (struct metrics){0};
}
