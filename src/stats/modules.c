/* SPDX-License-Identifier: MIT */
#include "stats/modules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "router/router.h"
#include "stats/ask.h"
#include "text/format.h"

/* ---- the list ---- */

struct module_memory *modules_add(struct sample *sample, const char *name, size_t length, struct error *error)
{
	for (size_t i = 0; i < sample->module_count; i++) {
		const char *known = sample->modules[i].name;
		if (strncmp(known, name, length) == 0 && !known[length])
			return &sample->modules[i];
	}
	if (length < 1 || length > MODULE_NAME_MAX) {
		error_set(error, 0, "a module's name in the answer is not 1 to %d bytes long",
			  MODULE_NAME_MAX);
		return NULL;
	}
	if (sample->module_count >= MODULES_MAX) {
		error_set(error, 0, "the answer has more than %d modules", MODULES_MAX);
		return NULL;
	}
	struct module_memory *module = ARRAY_ADD(sample->modules, sample->module_count);
	module->name = xstrndup(name, length);
	return module;
}

void modules_forget(struct sample *sample)
{
	for (size_t i = 0; i < sample->module_count; i++)
		free(sample->modules[i].name);
	free(sample->modules);
	free(sample->no_modules);
	sample->modules = NULL;
	sample->module_count = 0;
	sample->no_modules = NULL;
}

void sample_keep_modules(struct sample *sample, struct sample *before)
{
	if (sample->module_count || sample->no_modules || !sample->has_pools)
		return;
	sample->modules = before->modules;
	sample->module_count = before->module_count;
	before->modules = NULL;
	before->module_count = 0;
}

/* The largest first; of the same size by name, so that a list does not change its order by itself. */
static int by_size(const void *a, const void *b)
{
	const struct module_memory *x = a, *y = b;
	uint64_t first = value_or_zero(&x->shared), second = value_or_zero(&y->shared);
	return first == second ? strcmp(x->name, y->name) : (first < second) - (first > second);
}

/* Removes modules without memory in the shared pool: they allocate elsewhere. */
static void drop_empty(struct sample *sample)
{
	size_t kept = 0;
	for (size_t i = 0; i < sample->module_count; i++)
		if (value_or_zero(&sample->modules[i].shared))
			sample->modules[kept++] = sample->modules[i];
		else
			free(sample->modules[i].name);
	sample->module_count = kept;
}

/* The modules together cannot have more bytes than the pool: otherwise a number in the answer is wrong. */
static int check_sum(const struct sample *sample, struct error *error)
{
	uint64_t left = value_or_zero(&sample->shared.total);
	for (size_t i = 0; i < sample->module_count; i++) {
		uint64_t bytes = value_or_zero(&sample->modules[i].shared);
		if (bytes > left)
			return error_set(error, 0,
					 "the answer gives the modules more than the shared pool's %" PRIu64
					 " bytes",
					 value_or_zero(&sample->shared.total));
		left -= bytes;
	}
	return 0;
}

/* ---- when ---- */

static bool is_due(const struct sample_target *target, int64_t now_ms)
{
	const struct management *management = target->management;
	return target->modules == MODULES_ALWAYS || !management->modules_at_ms ||
	       now_ms - management->modules_at_ms >= MODULES_PAUSE_MS;
}

/* Why the query would stop the router for too long; NULL: it would not. Caller frees. */
static char *too_dear(const struct sample_target *target, const struct sample *sample)
{
	uint64_t used = value_or_zero(&sample->shared.real_used);
	if (target->modules == MODULES_ALWAYS || !target->router->counts_when_asked ||
	    used <= MODULES_CHEAP_BYTES)
		return NULL;
	cleanup_free char *size = format_bytes(used);
	return xasprintf("the router stops while it counts, and %s of its shared pool are in use; --modules "
			 "queries it nevertheless",
			 size);
}

/* ---- the query ---- */

static int (*const clients[])(const struct sample_target *, const struct deadline *, struct sample *,
			      struct error *) = {
	[PROTOCOL_MI] = ask_mi_modules, [PROTOCOL_RPC] = ask_rpc_modules};

/* A router that cannot report it is not queried again, nor one that did not answer in time: it may still be
 * counting. */
static void note_failure(struct management *management, const struct error *error, struct sample *sample)
{
	bool never = error->errnum == ENOSYS;
	cleanup_free char *text = never ? xstrdup(error->message) : error_text(error);

	modules_forget(sample);
	sample->no_modules = error->hint ? xasprintf("%s: %s", text, error->hint) : xstrdup(text);
	if (never || error->errnum == ETIMEDOUT)
		management->no_modules = xstrdup(sample->no_modules);
}

void modules_take(const struct sample_target *target, const struct deadline *deadline, struct sample *sample)
{
	cleanup_error struct error error = {0};
	struct management *management = target->management;
	int64_t now_ms = clock_monotonic_ms();

	if (target->modules == MODULES_NEVER)
		return;
	sample->no_modules =
		management->no_modules ? xstrdup(management->no_modules) : too_dear(target, sample);
	if (sample->no_modules || !is_due(target, now_ms))
		return;
	management->modules_at_ms = now_ms;
	int done = clients[target->router->protocol](target, deadline, sample, &error);
	if (done == 0)
		done = check_sum(sample, &error);
	if (done < 0) {
		note_failure(management, &error, sample);
		return;
	}
	drop_empty(sample);
	if (sample->module_count)
		qsort(sample->modules, sample->module_count, sizeof *sample->modules, by_size);
}
