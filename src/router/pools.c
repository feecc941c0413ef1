/* SPDX-License-Identifier: MIT */
#include "router/pools.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/value.h"

#define EXPONENT_MAX 31
#define PARTS_NAMED  3

void pool_add(struct router_pool *pool, struct place_in_config place, uint64_t certain, uint64_t usual,
	      const char *format, ...)
{
	va_list args;

	if (usual == 0)
		return;
	va_start(args, format);
	char *what = xvasprintf(format, args);
	va_end(args);
	*ARRAY_ADD(pool->parts, pool->part_count) =
		(struct pool_part){.what = what,
				   .file = place.file ? xstrdup(place.file) : NULL,
				   .line = place.line,
				   .bytes = usual};
	pool->certain_bytes += certain;
	pool->usual_bytes += usual;
}

static const struct loaded_module *find_module(const struct module_set *modules, const char *name)
{
	for (size_t i = 0; i < modules->loaded_count; i++)
		if (strcmp(modules->loaded[i].name, name) == 0)
			return &modules->loaded[i];
	return NULL;
}

/* How many entries a parameter requests; 0 for an invalid one. */
static uint64_t entries(int64_t number, bool exponent)
{
	if (number < 0 || (exponent && number > EXPONENT_MAX))
		return 0;
	return exponent ? UINT64_C(1) << number : (uint64_t)number;
}

uint64_t pool_add_module(struct router_pool *pool, const struct module_set *modules,
			 const struct module_pool *row)
{
	const struct loaded_module *module = find_module(modules, row->module);
	if (!module)
		return 0;
	uint64_t bytes = row->fixed;
	if (row->parameter)
		bytes += row->each *
			 entries(modules_number(modules, row->module, row->parameter, row->otherwise),
				 row->exponent);
	pool_add(pool, module->place, bytes, bytes, "%s", row->module);
	return bytes;
}

void pool_add_modules(struct router_pool *pool, const struct module_set *modules, uint64_t each)
{
	uint64_t bytes = modules->loaded_count * each;
	pool_add(pool, (struct place_in_config){0}, 0, bytes, "%zu modules", modules->loaded_count);
}

void pool_add_script(struct router_pool *pool, const struct script *script, const struct script_costs *costs)
{
	uint64_t bytes = script->statements * costs->statement + script->calls * costs->call +
			 script->conditions * costs->condition + script->variables * costs->variable +
			 script->strings * costs->string + script->string_variables * costs->string_variable;
	pool_add(pool, (struct place_in_config){0}, 0, bytes, "routes of %" PRIu64 " statements",
		 script->statements);
}

static int larger_first(const void *a, const void *b)
{
	uint64_t left = ((const struct pool_part *)a)->bytes, right = ((const struct pool_part *)b)->bytes;
	return (left < right) - (left > right);
}

/* "tm 2.0 MiB, core 0.6 MiB, 14 more": names the largest parts. Caller frees. */
static char *parts_text(const struct router_pool *pool)
{
	char *text = NULL;
	size_t length = 0, named = pool->part_count < PARTS_NAMED ? pool->part_count : PARTS_NAMED;

	FILE *out = open_memstream(&text, &length);
	if (!out)
		return NULL;
	for (size_t i = 0; i < named; i++) {
		const struct pool_part *part = &pool->parts[i];
		bool large = part->bytes >= MIB;
		fprintf(out, "%s%s %.*f %s", i ? ", " : "", part->what, large,
			(double)part->bytes / (double)(large ? MIB : KIB), large ? "MiB" : "KiB");
	}
	if (named < pool->part_count)
		fprintf(out, ", %zu more", pool->part_count - named);
	fclose(out);
	return text;
}

void pool_finish(struct router_pool *pool)
{
	if (!pool->part_count)
		return;
	qsort(pool->parts, pool->part_count, sizeof *pool->parts, larger_first);
	pool->text = parts_text(pool);
}

void pool_clear(struct router_pool *pool)
{
	for (size_t i = 0; i < pool->part_count; i++) {
		free(pool->parts[i].what);
		free(pool->parts[i].file);
	}
	free(pool->parts);
	free(pool->text);
	*pool = (struct router_pool){0};
}
