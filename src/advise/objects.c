/* SPDX-License-Identifier: MIT */
#include "advise/objects.h"

#include <float.h>
#include <inttypes.h>

#include "base/alloc.h"
#include "sizing/footprint.h"

/* The min noise of a pool's use: a block of another size, a timer's list. A fit with a smaller residual, such
 * as one through two points, is not more certain. */
#define NOISE_BYTES 16384.0

/* Counts with a higher correlation cannot be separated. The same holds for a count that the others together
 * explain: a variance inflation factor above 10, the usual bound. */
#define TOGETHER_CORRELATION 0.9
#define INFLATION_MAX        10

/* A count whose effect on the pool is at most this share of all counts' effect is ignored as noise. */
#define NEGLIGIBLE_SHARE 0.03

#define CERTAIN 2.0 /* standard errors: 95 % */

#define LOW_PERCENT    25
#define MEDIUM_PERCENT 10
#define HIGH_PERCENT   3

/* A square root by Newton's method: libm would be a further library to load at every launch. */
static double root(double square)
{
	double guess = square > 1 ? square : 1;
	for (int i = 0; i < 100 && square > 0; i++)
		guess = (guess + square / guess) / 2;
	return square > 0 ? guess : 0;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* The samples that count, as sums around their mean. */
struct fit {
	size_t samples;
	double mean_used, mean[COUNTED_KINDS];
	double cross[COUNTED_KINDS][COUNTED_KINDS], with_used[COUNTED_KINDS], used_used;
	double min[COUNTED_KINDS], max[COUNTED_KINDS];
	bool counted[COUNTED_KINDS];
	unsigned kept[COUNTED_KINDS]; /* the kinds that are solved for */
	size_t kept_count;
	double inverse[COUNTED_KINDS][COUNTED_KINDS], slope[COUNTED_KINDS]; /* by index in kept */
	double variance;
	double passed_over; /* bytes that the ignored counts may explain */
};

const char *counted_name(enum counted counted)
{
	static const char *const names[] = {"registration", "dialog", "transaction"};
	return names[counted];
}

const char *counted_plural(enum counted counted)
{
	static const char *const names[] = {"registrations", "dialogs", "transactions"};
	return names[counted];
}

const char *sureness_name(const struct object_seen *object)
{
	static const char *const names[] = {"none", "low", "medium", "high"};
	return names[object->kind == SEEN_BYTES ? object->sure : SURE_NOT];
}

bool object_is_learned(const struct object_seen *object)
{
	return object->kind == SEEN_BYTES && object->sure >= SURE_MEDIUM;
}

/* ---- the samples ---- */

static const struct run *latest_run(const struct observation *seen)
{
	return &seen->runs[seen->run_count - 1];
}

/* A kind is counted if every sample with the pool's use reports it. */
static void find_counted(const struct observation *seen, struct fit *fit)
{
	const struct run *run = latest_run(seen);

	for (size_t kind = 0; kind < COUNTED_KINDS; kind++)
		fit->counted[kind] = true;
	for (size_t i = run->first; i <= run->last; i++) {
		const struct point *point = &seen->points[i];
		fit->samples += point->shared_used.known;
		for (size_t kind = 0; kind < COUNTED_KINDS; kind++)
			fit->counted[kind] &= !point->shared_used.known || point->counts[kind].known;
	}
}

static void add_means(const struct observation *seen, struct fit *fit)
{
	const struct run *run = latest_run(seen);
	double part = 1.0 / (double)fit->samples;

	for (size_t kind = 0; kind < COUNTED_KINDS; kind++)
		fit->min[kind] = DBL_MAX, fit->max[kind] = 0;
	for (size_t i = run->first; i <= run->last; i++) {
		const struct point *point = &seen->points[i];
		if (!point->shared_used.known)
			continue;
		fit->mean_used += part * (double)point->shared_used.is;
		for (size_t kind = 0; kind < COUNTED_KINDS; kind++) {
			double count = (double)point->counts[kind].is;
			fit->mean[kind] += part * count;
			fit->min[kind] = count < fit->min[kind] ? count : fit->min[kind];
			fit->max[kind] = larger(fit->max[kind], count);
		}
	}
}

static void add_products(const struct observation *seen, struct fit *fit)
{
	const struct run *run = latest_run(seen);

	for (size_t i = run->first; i <= run->last; i++) {
		const struct point *point = &seen->points[i];
		double used = (double)point->shared_used.is - fit->mean_used, away[COUNTED_KINDS];
		if (!point->shared_used.known)
			continue;
		for (size_t kind = 0; kind < COUNTED_KINDS; kind++)
			away[kind] = (double)point->counts[kind].is - fit->mean[kind];
		for (size_t a = 0; a < COUNTED_KINDS; a++) {
			fit->with_used[a] += away[a] * used;
			for (size_t b = 0; b < COUNTED_KINDS; b++)
				fit->cross[a][b] += away[a] * away[b];
		}
		fit->used_used += used * used;
	}
}

/* ---- which kinds can be told apart ---- */

/* The size of an object in the tables, to estimate a count's effect. For a router that is not measured, the
 * size in the most expensive one. */
static double usual_bytes(const struct costs *costs, enum counted kind)
{
	static const enum object objects[] = {OBJECT_REGISTRATION, OBJECT_DIALOG, OBJECT_INVITE};
	static const double not_measured[] = {1712, 1929, 21075};
	static const struct registration_texts usual;
	const struct footprints *with = footprints_nearest(costs, NULL, NULL);
	if (!with)
		return not_measured[kind];
	uint64_t texts = kind == COUNTED_REGISTRATIONS ? texts_pool_bytes(&with->text_block, &usual) : 0;
	return (double)(with->of[objects[kind]].bytes + texts);
}

static double moved_bytes(const struct fit *fit, const struct costs *costs, enum counted kind)
{
	return fit->counted[kind] ? (fit->max[kind] - fit->min[kind]) * usual_bytes(costs, kind) : 0;
}

static void find_kept(struct fit *fit, const struct costs *costs)
{
	double all = 0;
	for (enum counted kind = 0; kind < COUNTED_KINDS; kind++)
		all += moved_bytes(fit, costs, kind);
	for (enum counted kind = 0; kind < COUNTED_KINDS; kind++) {
		double moved = moved_bytes(fit, costs, kind);
		if (moved > NEGLIGIBLE_SHARE * all)
			fit->kept[fit->kept_count++] = kind;
		else
			fit->passed_over += moved;
	}
}

static double correlation(const struct fit *fit, enum counted a, enum counted b)
{
	double both = fit->cross[a][b];
	return (both < 0 ? -both : both) / root(fit->cross[a][a] * fit->cross[b][b]);
}

/* Removes from the fit a kind that correlates with another one, or for which there are too few samples: the
 * remaining kinds represent it. */
static void join(struct fit *fit, struct objects_seen *objects)
{
	bool few = fit->samples <= fit->kept_count;
	size_t count = 0;

	for (size_t i = 0; i < fit->kept_count; i++) {
		enum counted kind = fit->kept[i];
		size_t same = 0;
		while (same < count && !few && correlation(fit, fit->kept[same], kind) < TOGETHER_CORRELATION)
			same++;
		if (same == count) {
			fit->kept[count++] = kind;
			continue;
		}
		objects->of[fit->kept[same]].with |= 1u << kind;
		objects->of[kind].with |= 1u << fit->kept[same];
	}
	fit->kept_count = count;
}

/* ---- solving ---- */

/* Inverts by Gauss-Jordan elimination, kept_count rows; false: the matrix is singular. */
static bool invert(struct fit *fit)
{
	double a[COUNTED_KINDS][2 * COUNTED_KINDS] = {0};
	size_t n = fit->kept_count;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			a[i][j] = fit->cross[fit->kept[i]][fit->kept[j]];
		a[i][n + i] = 1;
	}
	for (size_t i = 0; i < n; i++) {
		double pivot = a[i][i];
		if (pivot <= 1e-6 * fit->cross[fit->kept[i]][fit->kept[i]])
			return false;
		for (size_t j = 0; j < 2 * n; j++)
			a[i][j] /= pivot;
		for (size_t k = 0; k < n; k++)
			for (size_t j = 2 * n; k != i && j-- > 0;)
				a[k][j] -= a[k][i] * a[i][j];
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			fit->inverse[i][j] = a[i][n + j];
	return true;
}

static void solve(struct fit *fit)
{
	double left = fit->used_used;
	size_t freedom = fit->samples - fit->kept_count - 1;

	for (size_t i = 0; i < fit->kept_count; i++) {
		for (size_t j = 0; j < fit->kept_count; j++)
			fit->slope[i] += fit->inverse[i][j] * fit->with_used[fit->kept[j]];
		left -= fit->slope[i] * fit->with_used[fit->kept[i]];
	}
	double seen = freedom && left > 0 ? left / (double)freedom : 0;
	double noise = NOISE_BYTES + fit->passed_over;
	fit->variance = larger(seen, noise * noise / 2);
}

/* ---- what is said ---- */

static uint64_t whole(double bytes)
{
	return !(bytes > 0) ? 0 : bytes >= 1e18 ? (uint64_t)1e18 : (uint64_t)(bytes + 0.5);
}

static void judge(struct object_seen *object, double bytes, double uncertainty)
{
	double percent = bytes > 0 ? 100 * uncertainty / bytes : DBL_MAX;

	if (percent > LOW_PERCENT)
		return;
	object->kind = object->with ? SEEN_TOGETHER : SEEN_BYTES;
	object->bytes = whole(bytes);
	object->uncertainty = whole(uncertainty);
	object->sure = percent <= HIGH_PERCENT     ? SURE_HIGH
		       : percent <= MEDIUM_PERCENT ? SURE_MEDIUM
						   : SURE_LOW;
}

/* The start is the fitted use with all counts at 0; its uncertainty follows from that of the slopes. */
static void judge_start(const struct fit *fit, struct objects_seen *objects)
{
	double start = fit->mean_used, spread = 1.0 / (double)fit->samples;

	for (size_t i = 0; i < fit->kept_count; i++) {
		start -= fit->slope[i] * fit->mean[fit->kept[i]];
		for (size_t j = 0; j < fit->kept_count; j++)
			spread += fit->mean[fit->kept[i]] * fit->inverse[i][j] * fit->mean[fit->kept[j]];
	}
	double uncertainty = CERTAIN * root(fit->variance * spread);
	if (start <= 0 || uncertainty > start * MEDIUM_PERCENT / 100)
		return;
	objects->start = (struct known){true, whole(start)};
	objects->start_uncertainty = whole(uncertainty);
}

static void judge_all(const struct fit *fit, struct objects_seen *objects)
{
	bool together = false;

	for (size_t i = 0; i < fit->kept_count; i++) {
		enum counted kind = fit->kept[i];
		if (fit->cross[kind][kind] * fit->inverse[i][i] <= INFLATION_MAX)
			judge(&objects->of[kind], fit->slope[i],
			      CERTAIN * root(fit->variance * fit->inverse[i][i]));
	}
	for (size_t kind = 0; kind < COUNTED_KINDS; kind++) {
		struct object_seen *object = &objects->of[kind];
		together |= object->with != 0;
		if (object->with && object->kind != SEEN_TOGETHER)
			object->kind = SEEN_TOGETHER, object->bytes = 0;
	}
	if (!together)
		judge_start(fit, objects);
}

/* The bound: the smallest quotient of the pool's use and the count, over all samples. */
static void bound(const struct observation *seen, const struct fit *fit, struct objects_seen *objects)
{
	const struct run *run = latest_run(seen);

	for (size_t kind = 0; kind < COUNTED_KINDS; kind++) {
		struct object_seen *object = &objects->of[kind];
		for (size_t i = run->first; i <= run->last; i++) {
			const struct point *point = &seen->points[i];
			if (point->counts[kind].known)
				object->count = point->counts[kind];
			if (!point->shared_used.known || !point->counts[kind].known ||
			    !point->counts[kind].is)
				continue;
			uint64_t each = point->shared_used.is / point->counts[kind].is;
			if (object->kind == SEEN_NOTHING || each < object->at_most)
				object->at_most = each;
			object->kind = SEEN_BOUND;
		}
		if (fit->counted[kind] && fit->samples)
			object->span = whole(fit->max[kind] - fit->min[kind]);
	}
}

void objects_see(const struct observation *seen, const struct costs *costs, struct objects_seen *objects)
{
	struct fit fit = {0};

	*objects = (struct objects_seen){0};
	if (!seen->run_count)
		return;
	find_counted(seen, &fit);
	objects->samples = fit.samples;
	if (fit.samples)
		add_means(seen, &fit);
	bound(seen, &fit, objects);
	if (fit.samples < 2)
		return;
	add_products(seen, &fit);
	find_kept(&fit, costs);
	join(&fit, objects);
	if (!fit.kept_count || !invert(&fit))
		return;
	solve(&fit);
	judge_all(&fit, objects);
}

/* "dialogs and transactions". The caller frees it. */
static char *others_text(unsigned with)
{
	char *text = xstrdup("");
	for (enum counted kind = 0; kind < COUNTED_KINDS; kind++)
		if (with & 1u << kind)
			text_append(&text, " and ", "%s", counted_plural(kind));
	return text;
}

static char *bytes_text(const struct objects_seen *objects, const struct object_seen *object)
{
	return xasprintf("%" PRIu64 " bytes each, +/- %" PRIu64 " (%s): the count changed by %" PRIu64
			 " in %zu samples",
			 object->bytes, object->uncertainty, sureness_name(object), object->span,
			 objects->samples);
}

static char *together_text(const struct object_seen *object, enum counted counted)
{
	cleanup_free char *others = others_text(object->with);
	cleanup_free char *bytes = object->bytes
					   ? xasprintf(", one %s together with these takes %" PRIu64 " bytes",
						       counted_name(counted), object->bytes)
					   : xstrdup("");
	return xasprintf("cannot be separated from %s: they rose and fell together%s", others, bytes);
}

char *object_text(const struct objects_seen *objects, enum counted counted)
{
	const struct object_seen *object = &objects->of[counted];

	if (!object->count.known)
		return xstrdup("the router does not count them");
	switch (object->kind) {
	case SEEN_BYTES:
		return bytes_text(objects, object);
	case SEEN_TOGETHER:
		return together_text(object, counted);
	case SEEN_BOUND:
		return xasprintf("at most %" PRIu64 " bytes each, if all used memory belonged to them: %s",
				 object->at_most,
				 objects->samples < 2 ? "one sample does not show more"
						      : "the count changed too little to show more");
	case SEEN_NOTHING:
		break;
	}
	return xstrdup("there was none");
}
