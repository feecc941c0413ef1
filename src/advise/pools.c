/* SPDX-License-Identifier: MIT */
/* -m and -M. */
#include <inttypes.h>

#include "advise/rows.h"
#include "base/alloc.h"
#include "base/value.h"
#include "router/reactor.h"
#include "router/router.h"
#include "sizing/sizing.h"

/* A SIP message with its transaction takes some KiB: a smaller free fragment is not usable. */
#define PIECE_BYTES (2 * KIB)

/* With balanced allocations and frees there are half as many free fragments as used blocks (D. Knuth, The Art
 * of Computer Programming, 2.5, the fifty-percent rule): so free fragments of about that size waste at most
 * half of the used bytes. */
#define PIECES_PERCENT_MAX 50

/* A pool with this share of its size in use was full: the real need is not known. */
#define FULL_PERCENT 97

/* Free bytes in fragments that are too small to be used. */
static uint64_t scattered_bytes(const struct observation *seen)
{
	if (!seen->fragments.known || seen->fragments.is <= 1)
		return 0;
	uint64_t pieces = mul_div_u64(seen->fragments.is - 1, PIECE_BYTES, 1);
	uint64_t max = mul_div_u64(seen->shared_max.is, PIECES_PERCENT_MAX, 100);
	return pieces < max ? pieces : max;
}

/* The size within the router's bounds; the next larger one if the router does not honour it. */
static uint64_t taken(uint64_t mib, uint64_t min, uint64_t max, uint64_t avoid)
{
	mib = larger_of(mib, larger_of(min, 1));
	if (max && mib > max)
		mib = max;
	return avoid && mib == avoid ? mib + 1 : mib;
}

static void say_use(struct recommendation *row, uint64_t used, struct known mib, const char *whose)
{
	cleanup_free char *max = size_text(used);
	if (!mib.known || mib.is == 0)
		row_say(row, "maximum use %s%s", max, whose);
	else
		row_say(row, "maximum use %s of %" PRIu64 " MiB (%" PRIu64 " %%)%s", max, mib.is,
			mul_div_u64(used, 100, mul_div_u64(mib.is, MIB, 1)), whose);
}

static void say_growth(struct recommendation *row, const struct growth *growth, uint64_t used,
		       struct known mib)
{
	uint64_t whole = mul_div_u64(mib.is, MIB, 1);
	cleanup_free char *hourly = size_text(mul_div_u64(growth->bytes, 3600, growth->seconds));
	cleanup_free char *left = time_text(growth_fills_after(growth, whole > used ? whole - used : 0));

	row_say(row,
		"its use grows by %s an hour, although the load does not: the router has a leak, and a "
		"larger pool would only fail later; this one is full in about %s",
		hourly, left);
}

/* Keeps the size of a pool whose use grows although the load does not. */
static void decide(struct recommendation *row, struct known mib, uint64_t enough, bool may_lower,
		   const struct growth *growth, uint64_t used)
{
	if (growth->grows && mib.known) {
		row_decide(row, VALUE_MIB, mib, mib.is, false);
		row->enough = (struct value){0};
		say_growth(row, growth, used, mib);
		return;
	}
	row_decide(row, VALUE_MIB, mib, enough, may_lower);
}

static bool ran_full(struct known mib, uint64_t used)
{
	return mib.known && used >= mul_div_u64(mib.is, MIB * FULL_PERCENT, 100);
}

#define RAN_FULL "it ran full: its real need is not known; raise it, and sample again"

/* ---- -m ---- */

static void say_pieces(struct recommendation *row, const struct observation *seen, uint64_t scattered)
{
	cleanup_free char *lost = size_text(scattered);
	if (scattered >= seen->shared_max.is / 20 && scattered > 0)
		row_say(row,
			"it is fragmented: its free memory is in %" PRIu64
			" pieces, and up to %s of it counts as lost, in pieces too small for a SIP message",
			seen->fragments.is, lost);
}

static void say_full(struct recommendation *row, const struct observation *seen, bool full)
{
	if (seen->failures)
		row_say(row,
			"allocations failed %" PRIu64
			" times: its real need is not known; raise it, and sample again",
			seen->failures);
	else if (full)
		row_say(row, RAN_FULL);
}

/* Replaces a size that the router does not honour: it is in force only while the configuration does not set
 * another one. */
static void step_over(const struct router *router, struct recommendation *row)
{
	if (row->change != CHANGE_KEEP || !router->shm_avoid_mib ||
	    row->current.number[0] != router->shm_avoid_mib)
		return;
	row->change = CHANGE_RAISE;
	row->recommended = value_number(VALUE_MIB, router->shm_avoid_mib + 1);
	row_say(row, "%" PRIu64 " is the router's own default, and a size in its configuration overrides it",
		router->shm_avoid_mib);
}

void shared_advise(const struct frame *frame)
{
	const struct observation *seen = frame->request->seen;
	const struct router *router = frame->request->router;
	struct recommendation *row =
		row_begin(frame, ADVICE_SHARED, "-m", "sizing.shared", confidence_of(frame, &seen->life));
	struct known mib = seen->now.shm_mib;

	if (!seen->shared_max.known) {
		row_unknown(row, VALUE_MIB, mib);
		row_say(row, "the router did not report its use");
		return;
	}
	uint64_t scattered = scattered_bytes(seen), needed = seen->shared_max.is + scattered;
	bool full = seen->failures > 0 || ran_full(mib, seen->shared_max.is);
	if (full && mib.known)
		needed = larger_of(needed, mul_div_u64(mib.is, MIB, 1));
	uint64_t enough = pages_for(with_margin(needed, frame->request->margin_percent), MIB);
	enough = taken(enough, router->shm_min_mib, router->shm_max_mib, router->shm_avoid_mib);

	const struct growth growth = growth_of(seen, GROWING_SHARED);
	say_use(row, seen->shared_max.is, mib, "");
	if (seen->module)
		row_say(row, "%s has %" PRIu64 " %% of what modules have of it now", seen->module,
			seen->module_percent);
	say_pieces(row, seen, scattered);
	say_full(row, seen, full);
	decide(row, mib, enough, row->confidence >= CONFIDENCE_MEDIUM && !full, &growth,
	       seen->now.shared_used.is);
	step_over(router, row);
	if (!growth.grows)
		row_say(row, "%u %% above that: %" PRIu64 " MiB", frame->request->margin_percent, enough);
}

/* ---- -M ---- */

/* Kamailio reports no maximum of a private pool: a sample has the use between two messages, so the margin
 * doubles. */
static uint64_t private_margin(const struct frame *frame)
{
	return frame->request->margin_percent * (frame->request->seen->private_has_maximum ? 1u : 2u);
}

/* The min M in MiB. No sample shows the memory for reading the configuration, which the main process has
 * freed by then. */
static uint64_t private_min(const struct router *router, struct known mib)
{
	uint64_t min = mib.known && mib.is < PRIVATE_MIN_MIB ? mib.is : PRIVATE_MIN_MIB;
	return larger_of(min, router->pkg_min_mib);
}

static void say_margin(const struct frame *frame, struct recommendation *row, uint64_t enough)
{
	const struct observation *seen = frame->request->seen;
	if (seen->private_has_maximum)
		row_say(row, "%" PRIu64 " %% above that: %" PRIu64 " MiB", private_margin(frame), enough);
	else
		row_say(row,
			"the router keeps no maximum of it, so peaks between samples are missing: %" PRIu64
			" %% above that: %" PRIu64 " MiB",
			private_margin(frame), enough);
}

/* If RLIMIT_NOFILE stays, the router must be able to start with it. It did with the -M in force. */
static uint64_t min_to_start(const struct frame *frame)
{
	const struct observation *seen = frame->request->seen;
	const struct setting_now *now = &seen->now;
	if (!now->nofile.known || !now->pkg_mib.known ||
	    confidence_of(frame, &seen->watch) >= CONFIDENCE_MEDIUM)
		return 0;
	uint64_t min = reactor_min_mib(frame->request->router, now->nofile.is);
	return min < now->pkg_mib.is ? min : now->pkg_mib.is;
}

static uint64_t reactor_needs(const struct frame *frame, uint64_t files, struct recommendation *row,
			      uint64_t enough)
{
	uint64_t whole = reactor_whole_mib(frame->request->router, files);
	if (whole > enough)
		row_say(row, "for %" PRIu64 " descriptors the reactor needs %" PRIu64 " MiB", files, whole);
	return larger_of(larger_of(enough, whole), min_to_start(frame));
}

void private_advise(const struct frame *frame, uint64_t files_needed)
{
	const struct observation *seen = frame->request->seen;
	const struct router *router = frame->request->router;
	const struct watched *basis = seen->private_has_maximum ? &seen->life : &seen->watch;
	struct recommendation *row =
		row_begin(frame, ADVICE_PRIVATE, "-M", "sizing.private", confidence_of(frame, basis));
	struct known mib = seen->now.pkg_mib;

	if (!seen->private_max.known) {
		row_unknown(row, VALUE_MIB, mib);
		row_say(row, "the router did not report its use");
		return;
	}
	cleanup_free char *whose = seen->private_who ? xasprintf(", by %s", seen->private_who) : xstrdup("");
	say_use(row, seen->private_max.is, mib, whose);
	bool full = ran_full(mib, seen->private_max.is);
	if (full)
		row_say(row, RAN_FULL);
	uint64_t needed =
		full ? larger_of(seen->private_max.is, mul_div_u64(mib.is, MIB, 1)) : seen->private_max.is;
	uint64_t enough = pages_for(with_margin(needed, private_margin(frame)), MIB);
	enough = taken(enough, private_min(router, mib), router->pkg_max_mib, 0);
	say_margin(frame, row, enough);
	enough = taken(reactor_needs(frame, files_needed, row, enough), router->pkg_min_mib,
		       router->pkg_max_mib, 0);

	const struct growth growth = growth_of(seen, GROWING_PRIVATE);
	decide(row, mib, enough, row->confidence >= CONFIDENCE_MEDIUM && seen->failures == 0 && !full,
	       &growth, seen->private_max.is);
}
