/* SPDX-License-Identifier: MIT */
#include "router/estimate.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "router/pools.h"

#define WARNINGS_MAX 20
/* How many bytes of a longer sentence are kept: the beginning, with the name, and the end, with the
 * consequence. */
#define SHORT_START 400
#define SHORT_END   150

/* The start of the UTF-8 character that byte `at` is part of. */
static size_t character_start(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/* Shortens a sentence: a configuration can have a word of megabytes. Caller frees. */
__attribute__((format(printf, 1, 0))) static char *short_text(const char *format, va_list args)
{
	char *text = xvasprintf(format, args);
	size_t length = strlen(text);
	if (length <= SHORT_START + SHORT_END)
		return text;
	cleanup_free char *whole = text;
	size_t start = character_start(whole, SHORT_START), end = character_start(whole, length - SHORT_END);
	return xasprintf("%.*s … %s", (int)start, whole, whole + end);
}

void estimate_add(struct estimate *estimate, struct place_in_config place, uint64_t processes,
		  const char *format, ...)
{
	if (processes == 0)
		return;
	if (processes > UINT_MAX) /* so that the sum of all lines fits into 64 bits */
		processes = UINT_MAX;
	va_list args;
	va_start(args, format);
	char *why = short_text(format, args);
	va_end(args);

	struct estimate_line *line = ARRAY_ADD(estimate->lines, estimate->line_count);
	*line = (struct estimate_line){.file = place.file ? xstrdup(place.file) : NULL,
				       .line = place.line,
				       .processes = (unsigned)processes,
				       .why = why};
	estimate->processes += processes;
}

__attribute__((format(printf, 3, 0))) static void add_warning(struct estimate *estimate,
							      struct place_in_config place,
							      const char *format, va_list args)
{
	if (estimate->warning_count > WARNINGS_MAX)
		return;
	cleanup_free char *text = short_text(format, args);
	cleanup_free char *full =
		place.file ? xasprintf("%s:%u: %s", place.file, place.line, text) : xstrdup(text);
	if (texts_have((const char *const *)estimate->warnings, estimate->warning_count, full))
		return;
	char **warning = ARRAY_ADD(estimate->warnings, estimate->warning_count);
	bool last = estimate->warning_count > WARNINGS_MAX;
	*warning = xstrdup(last ? "the configuration has more uncertainties than are listed here" : full);
}

void estimate_warn(struct estimate *estimate, struct place_in_config place, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_warning(estimate, place, format, args);
	va_end(args);
}

static uint64_t add_up(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Like estimate_uncertain_by(), without a warning: another one named the cause. */
static void estimate_widen(struct estimate *estimate, uint64_t fewer, uint64_t more)
{
	estimate->fewer = add_up(estimate->fewer, fewer);
	estimate->more = add_up(estimate->more, more);
	estimate->exact = false;
}

/* At least 1: the main process. */
uint64_t estimate_from(const struct estimate *estimate)
{
	return estimate->processes > estimate->fewer ? estimate->processes - estimate->fewer : 1;
}

uint64_t estimate_to(const struct estimate *estimate)
{
	return add_up(estimate->processes, estimate->more);
}

void estimate_idle(struct estimate *estimate, uint64_t processes)
{
	estimate->fewer = add_up(estimate->fewer, processes);
}

void estimate_assumed(struct estimate *estimate, uint64_t each, uint64_t addresses)
{
	estimate->per_address += each;
	estimate_widen(estimate, each * (addresses - 1), UINT64_MAX);
}

void estimate_uncertain_by(struct estimate *estimate, struct place_in_config place, uint64_t fewer,
			   uint64_t more, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_warning(estimate, place, format, args);
	va_end(args);
	estimate_widen(estimate, fewer, more);
}

void estimate_uncertain(struct estimate *estimate, struct place_in_config place, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_warning(estimate, place, format, args);
	va_end(args);
	estimate_widen(estimate, UINT64_MAX, UINT64_MAX);
}

void estimate_unread(struct estimate *estimate, struct place_in_config place, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_warning(estimate, place, format, args);
	va_end(args);
	estimate_widen(estimate, UINT64_MAX, UINT64_MAX);
	estimate->gaps = true;
}

void estimate_management(struct estimate *estimate, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char **address = ARRAY_ADD(estimate->management, estimate->management_count);
	*address = xvasprintf(format, args);
	va_end(args);
}

void estimate_socket(struct estimate *estimate, struct place_in_config place, const char *transport,
		     const char *host, unsigned port, unsigned ports)
{
	*ARRAY_ADD_LONG(estimate->sockets, estimate->socket_count) =
		(struct estimate_socket){.transport = transport,
					 .host = xstrdup(host),
					 .port = port,
					 .ports = port ? ports : 0,
					 .file = place.file ? xstrdup(place.file) : NULL,
					 .line = place.line};
}

void estimate_opened(struct estimate *estimate, const char *path)
{
	for (size_t i = 0; i < estimate->file_count; i++)
		if (strcmp(estimate->files[i], path) == 0)
			return;
	*ARRAY_ADD(estimate->files, estimate->file_count) = xstrdup(path);
}

#define NAMED_MAX 256

void estimate_named(struct estimate *estimate, struct place_in_config place, const char *path)
{
	for (size_t i = 0; i < estimate->named_count; i++)
		if (strcmp(estimate->named[i].path, path) == 0)
			return;
	if (estimate->named_count >= NAMED_MAX)
		return;
	*ARRAY_ADD(estimate->named, estimate->named_count) =
		(struct named_path){xstrdup(path), place.file ? xstrdup(place.file) : NULL, place.line};
}

static void assume_start(struct router_pool *pool, uint64_t bytes)
{
	pool_add(pool, (struct place_in_config){0}, 0, bytes, "the usual modules");
	pool->needed_bytes = bytes;
	pool_finish(pool);
}

void estimate_default(const struct router *router, struct estimate *estimate, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	cleanup_free char *why = xvasprintf(format, args);
	va_end(args);

	struct router_need *needs = estimate->needs;
	size_t need_count = estimate->need_count;
	estimate->needs = NULL;
	estimate->need_count = 0;
	estimate_clear(estimate);
	estimate->unread = xstrdup(why);
	estimate->needs = needs;
	estimate->need_count = need_count;
	estimate->tcp_connections = router->connections_default;
	assume_start(&estimate->shared, router->shm_start_default);
	assume_start(&estimate->private_pool, router->pkg_start_default);
	estimate_add(estimate, (struct place_in_config){0}, router->processes_default,
		     "%s's own defaults, since its configuration is not known", router->name);
	estimate_uncertain(estimate, (struct place_in_config){0},
			   "%s; %" PRIu64 " process%s assumed, as with its defaults: set sizing.processes",
			   why, router->processes_default, router->processes_default == 1 ? " is" : "es are");
}

static void need_clear(struct router_need *need)
{
	for (size_t i = 0; i < need->path_count; i++)
		free(need->paths[i]);
	free(need->paths);
	free(need->name);
	free(need->origin);
}

void estimate_clear(struct estimate *estimate)
{
	for (size_t i = 0; i < estimate->need_count; i++)
		need_clear(&estimate->needs[i]);
	free(estimate->needs);
	free(estimate->needs_unasked);
	for (size_t i = 0; i < estimate->line_count; i++) {
		free(estimate->lines[i].file);
		free(estimate->lines[i].why);
	}
	for (size_t i = 0; i < estimate->warning_count; i++)
		free(estimate->warnings[i]);
	for (size_t i = 0; i < estimate->management_count; i++)
		free(estimate->management[i]);
	pool_clear(&estimate->shared);
	pool_clear(&estimate->private_pool);
	free(estimate->second.path);
	free(estimate->second.origin.file);
	free(estimate->unread);
	free(estimate->idle_protocol);
	for (size_t i = 0; i < estimate->socket_count; i++) {
		free(estimate->sockets[i].host);
		free(estimate->sockets[i].file);
	}
	for (size_t i = 0; i < estimate->file_count; i++)
		free(estimate->files[i]);
	free(estimate->sockets);
	free(estimate->files);
	for (size_t i = 0; i < estimate->named_count; i++) {
		free(estimate->named[i].path);
		free(estimate->named[i].file);
	}
	free(estimate->named);
	free(estimate->run_directory);
	free(estimate->lines);
	free(estimate->warnings);
	free(estimate->management);
	for (size_t i = 0; i < estimate->memory_group_count; i++)
		free(estimate->memory_groups[i]);
	free(estimate->memory_groups);
	*estimate = (struct estimate){0};
}
