/* SPDX-License-Identifier: MIT */
#include "html/chart_path.h"

#include <math.h>
#include <stdbool.h>

#define GAP_INTERVALS 3

int64_t path_time(const struct thin *thin, size_t bucket)
{
	const struct thin_bucket *of = &thin->buckets[bucket];
	return of->from_ms + (of->to_ms - of->from_ms) / 2;
}

double path_x(const struct thin *thin, int64_t at_ms)
{
	int64_t from = thin->buckets[0].from_ms, to = thin->buckets[thin->count - 1].to_ms;
	return to == from ? 0.5 : (double)(at_ms - from) / (double)(to - from);
}

double path_y(const struct path_edges *edges, double number)
{
	return 1 - number / edges->top;
}

static void point(FILE *out, char command, const struct path_edges *edges, size_t bucket, double number)
{
	fprintf(out, "%c%.1f %.1f", command, path_x(edges->thin, path_time(edges->thin, bucket)) * PATH_WIDTH,
		path_y(edges, number) * PATH_HEIGHT);
}

static bool has_point(const struct path_edges *edges, size_t bucket)
{
	return edges->thin->buckets[bucket].samples && !isnan(edges->upper[bucket]);
}

/* The next bucket from `bucket` on that has a number, or the number of buckets. */
static size_t next_point(const struct path_edges *edges, size_t bucket)
{
	while (bucket < edges->thin->count && !has_point(edges, bucket))
		bucket++;
	return bucket;
}

/* Whether the path is broken between two buckets. */
static bool is_broken(const struct path_edges *edges, size_t from, size_t to)
{
	const struct thin *thin = edges->thin;
	int64_t between = thin->buckets[to].from_ms - thin->buckets[from].to_ms;
	int64_t interval = thin_interval_ms(thin);
	bool missing = interval && between / GAP_INTERVALS > interval;

	for (size_t i = from + 1; i < to; i++)
		missing |= thin->buckets[i].samples != 0; /* samples without this number */
	return missing || thin_high(thin, edges->restarts, to) > 0;
}

/* The last bucket of the unbroken piece that begins with `bucket`. */
static size_t piece_end(const struct path_edges *edges, size_t bucket)
{
	for (;;) {
		size_t next = next_point(edges, bucket + 1);
		if (next == edges->thin->count || is_broken(edges, bucket, next))
			return bucket;
		bucket = next;
	}
}

static void line_piece(FILE *out, const struct path_edges *edges, size_t from, size_t to)
{
	point(out, 'M', edges, from, edges->upper[from]);
	if (from == to)
		fputs("h0", out); /* a line of length 0 is a dot, because of its round ends */
	for (size_t i = next_point(edges, from + 1); i <= to && i < edges->thin->count;
	     i = next_point(edges, i + 1))
		point(out, 'L', edges, i, edges->upper[i]);
}

void path_line(FILE *out, const struct path_edges *edges)
{
	size_t count = edges->thin->count;
	for (size_t from = next_point(edges, 0), to; from < count; from = next_point(edges, to + 1)) {
		to = piece_end(edges, from);
		line_piece(out, edges, from, to);
	}
}

void path_area(FILE *out, const struct path_edges *edges)
{
	size_t count = edges->thin->count;
	for (size_t from = next_point(edges, 0), to; from < count; from = next_point(edges, to + 1)) {
		to = piece_end(edges, from);
		line_piece(out, edges, from, to);
		for (size_t i = to + 1; i-- > from;)
			if (has_point(edges, i))
				point(out, 'L', edges, i, edges->lower[i]);
		fputc('Z', out);
	}
}

void path_marks(FILE *out, const struct thin *thin, size_t track)
{
	for (size_t i = 0; i < thin->count; i++)
		if (thin_high(thin, track, i) > 0)
			fprintf(out, "M%.1f 0V%.0f", path_x(thin, path_time(thin, i)) * PATH_WIDTH,
				PATH_HEIGHT);
}
