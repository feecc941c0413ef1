/* SPDX-License-Identifier: MIT */
#include "sizing/given.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/value.h"
#include "sizing/sizing.h"

/* One pool of a request. */
struct given {
	const char *name; /* "sizing.shared", "-m" */
	bool fixed;
	uint64_t *bytes;
	uint64_t min_mib, max_mib; /* what the router takes */
	const struct start *start;
	uint64_t wanted_bytes; /* that a workload must find in it */
};

static uint64_t max_of(uint64_t max_mib)
{
	return max_mib && max_mib < UINT64_MAX / MIB ? max_mib : UINT64_MAX / MIB;
}

static struct given shared_of(struct budget_request *request)
{
	return (struct given){
		.name = request->shared_name ? request->shared_name : "sizing.shared",
		.fixed = request->shared_fixed,
		.bytes = &request->shared_bytes,
		.min_mib = larger_of(request->shared_min_mib, 1),
		.max_mib = max_of(request->shared_max_mib),
		.start = &request->shared_start,
		.wanted_bytes = request->wanted_required ? request->shared_wanted_bytes : 0,
	};
}

static struct given private_of(struct budget_request *request)
{
	return (struct given){
		.name = request->private_name ? request->private_name : "sizing.private",
		.fixed = request->private_fixed,
		.bytes = &request->private_bytes,
		.min_mib = larger_of(request->private_min_mib, 1),
		.max_mib = max_of(request->private_max_mib),
		.start = &request->private_start,
	};
}

char *pool_size_text(const char *name, uint64_t mib)
{
	return xasprintf(*name == '-' ? "%s to %" PRIu64 : "%s to %" PRIu64 "MiB", name, mib);
}

/* A sufficient size in MiB: the router's minimum, and room for its start and for the workload. */
static uint64_t enough_mib(const struct given *pool)
{
	return larger_of(larger_of(pool->min_mib, pages_for(pool->start->bytes, MIB)),
			 pages_for(pool->wanted_bytes, MIB));
}

static bool too_small(const struct given *pool)
{
	return pool->fixed && *pool->bytes / MIB < pool->min_mib;
}

static bool must_be_raised(const struct given *pool)
{
	return too_small(pool) || (pool->fixed && *pool->bytes < pool->wanted_bytes);
}

/*
 * Names at once every size that is too small: "raise -M to 14 and sizing.shared to 76MiB, and the memory
 * limit to 3324 MiB". Caller frees.
 */
static char *raise_text(const struct budget_request *request)
{
	struct budget_request raised = *request;
	const struct given pools[] = {shared_of(&raised), private_of(&raised)};
	cleanup_free char *text = NULL;

	raised.shared_hundredths = 0;
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++) {
		if (!must_be_raised(&pools[i]))
			continue;
		*pools[i].bytes = enough_mib(&pools[i]) * MIB;
		cleanup_free char *size = pool_size_text(pools[i].name, enough_mib(&pools[i]));
		cleanup_free char *before = text;
		text = before ? xasprintf("%s and %s", before, size) : xasprintf("raise %s", size);
	}
	if (!raised.wanted_required)
		raised.shared_wanted_bytes = 0;
	uint64_t smallest = budget_smallest_limit(&raised);
	return smallest > request->limit_bytes
		       ? xasprintf("%s, and the memory limit to %" PRIu64 " MiB", text, smallest / MIB)
		       : xstrdup(text);
}

static int refuse_small(const struct given *pool, const struct budget_request *request, struct error *error)
{
	uint64_t mib = *pool->bytes / MIB;

	if (pool->start->parts)
		error_set(error, 0,
			  "%s is %" PRIu64
			  " MiB, which is too small for the router to start: the start takes %s",
			  pool->name, mib, pool->start->parts);
	else
		error_set(error, 0, "%s is %" PRIu64 " MiB, which the router does not accept", pool->name,
			  mib);
	if (!error)
		return -1;
	cleanup_free char *text = raise_text(request);
	return error_hint(error, "%s", text);
}

static int refuse_large(const struct given *pool, struct error *error)
{
	cleanup_free char *max = pool_size_text(pool->name, pool->max_mib);
	error_set(error, 0, "%s is %" PRIu64 " MiB, which the router does not accept", pool->name,
		  *pool->bytes / MIB);
	return error_hint(error, "lower %s", max);
}

static int check(const struct given *pool, const struct budget_request *request, struct error *error)
{
	if (!pool->fixed)
		return 0;
	if (*pool->bytes % MIB) {
		error_set(error, 0, "%s is %" PRIu64 " bytes, which is not a whole number of MiB", pool->name,
			  *pool->bytes);
		return error_hint(error, "%" PRIu64 "MiB or %" PRIu64 "MiB", *pool->bytes / MIB,
				  *pool->bytes / MIB + 1);
	}
	if (too_small(pool))
		return refuse_small(pool, request, error);
	return *pool->bytes / MIB > pool->max_mib ? refuse_large(pool, error) : 0;
}

int given_check(const struct budget_request *request, struct error *error)
{
	struct budget_request copy = *request;
	const struct given shared = shared_of(&copy), private_pool = private_of(&copy);

	return check(&shared, request, error) < 0 ? -1 : check(&private_pool, request, error);
}
