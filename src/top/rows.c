/* SPDX-License-Identifier: MIT */
#include "top/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "text/format.h"

const struct column_row columns[COLUMN_COUNT] = {
	[COLUMN_PID] = {"PID", "pid", 7, 4, true, true},
	[COLUMN_SHARE] = {"USE%", "share of the pool", 6, 1, false, true},
	[COLUMN_USED] = {"USED", "used", 6, 0, false, true},
	[COLUMN_MAX] = {"MAX", "maximum used", 6, 5, false, true},
	[COLUMN_FREE] = {"FREE", "free", 6, 3, true, true},
	[COLUMN_FRAGMENTS] = {"FRAG", "fragments", 6, 7, false, true},
	[COLUMN_RSS] = {"RSS", "resident memory", 6, 2, false, false},
	[COLUMN_SCORE] = {"OOM", "oom_score", 5, 6, false, false},
	[COLUMN_FILES] = {"FDS", "open files", 5, 8, false, false},
	[COLUMN_NAME] = {"PROCESS", "name", 0, 0, true, true},
};

void rows_clear(struct process_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->items[i].name);
	free(rows->items);
	*rows = (struct process_rows){0};
}

static void rows_make(struct process_rows *rows, size_t count)
{
	rows_clear(rows);
	rows->items = xcalloc(count + 1, sizeof *rows->items);
	rows->count = count;
	for (size_t i = 0; i < count; i++)
		rows->items[i].order = i;
}

static struct value share_of(const struct value *used, const struct value *total)
{
	if (used->kind == VALUE_NONE || total->kind == VALUE_NONE || !total->number[0])
		return (struct value){0};
	return value_number(VALUE_COUNT, mul_div_u64(used->number[0], 1000, total->number[0]));
}

static void fill(struct process_row *row, const struct private_pool *private)
{
	const struct pool_stats *pool = &private->pool;
	const struct value *used = pool_in_use(pool);

	row->name = xstrdup(private->name ? private->name : "");
	if (private->pid)
		row->numbers[COLUMN_PID] = value_number(VALUE_COUNT, (uint64_t) private->pid);
	row->numbers[COLUMN_SHARE] = share_of(used, &pool->total);
	row->numbers[COLUMN_USED] = *used;
	row->numbers[COLUMN_MAX] = pool->max_used;
	row->numbers[COLUMN_FREE] = pool->free;
	row->numbers[COLUMN_FRAGMENTS] = pool->fragments;
}

void rows_of_sample(struct process_rows *rows, const struct sample *sample)
{
	rows_make(rows, sample->private_count);
	for (size_t i = 0; i < rows->count; i++)
		fill(&rows->items[i], &sample->privates[i]);
}

void rows_of_pids(struct process_rows *rows, const struct pids *pids)
{
	rows_make(rows, pids->count);
	for (size_t i = 0; i < rows->count; i++) {
		rows->items[i].name = xstrdup("");
		rows->items[i].numbers[COLUMN_PID] = value_number(VALUE_COUNT, (uint64_t)pids->items[i]);
	}
}

/* ---- the order ---- */

struct order {
	enum column column;
	int sign;
};

static int sign_of(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Unknown numbers come last in both directions. */
static int compare_numbers(const struct value *a, const struct value *b, int sign)
{
	bool a_known = a->kind != VALUE_NONE, b_known = b->kind != VALUE_NONE;
	if (!a_known || !b_known)
		return b_known - a_known;
	return sign * sign_of(a->number[0], b->number[0]);
}

static int compare(const void *first, const void *second, void *data)
{
	const struct process_row *a = first, *b = second;
	const struct order *order = data;
	int result;

	if (order->column == COLUMN_NAME) {
		int names = strcmp(a->name, b->name);
		result = names > 0 ? order->sign : names < 0 ? -order->sign : 0;
	} else {
		result = compare_numbers(&a->numbers[order->column], &b->numbers[order->column], order->sign);
	}
	return result ? result : sign_of(a->order, b->order);
}

void rows_sort(struct process_rows *rows, enum column column, bool reverse)
{
	struct order order = {column, columns[column].ascending != reverse ? 1 : -1};
	if (rows->count)
		qsort_r(rows->items, rows->count, sizeof *rows->items, compare, &order);
}

/* ---- cells ---- */

char *short_bytes(const struct value *bytes)
{
	static const char units[] = "BKMGTPE";
	if (bytes->kind == VALUE_NONE)
		return xstrdup("-");
	if (bytes->number[0] == UNLIMITED)
		return xstrdup("max");
	double number = (double)bytes->number[0];
	size_t unit = 0;
	/* 1023.5 would be printed as 1024 */
	for (; number >= 1023.5 && units[unit + 1]; unit++)
		number /= 1024;
	int decimals = unit == 0 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
	return xasprintf("%.*f%c", decimals, number, units[unit]);
}

char *row_text(const struct process_row *row, enum column column)
{
	if (column == COLUMN_NAME)
		return xstrdup(*row->name ? row->name : "-");
	const struct value *number = &row->numbers[column];
	if (number->kind == VALUE_BYTES)
		return short_bytes(number);
	if (column == COLUMN_SHARE && number->kind != VALUE_NONE)
		return xasprintf("%" PRIu64 ".%" PRIu64, number->number[0] / 10, number->number[0] % 10);
	return format_value(number, false);
}
