/* SPDX-License-Identifier: MIT */
/*
 * Kamailio: the statistics and pkg.stats are of the module kex, which may not be loaded; core.shmmem is in
 * its core, but counts bytes in 32 bits (core_cmd.c): a pool of 5,000 MiB says 904. Hence the statistics
 * first, which are text, and KiB without them. No version counts allocations that failed, and none keeps the
 * most that a private pool was.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "stats/ask.h"

enum { UNKNOWN_PRIVATES = 1, UNKNOWN_STATISTICS = 2, UNKNOWN_TRANSACTIONS = 4 };

/* jsonrpcs has one buffer of 65,456 bytes for a datagram, in which an entry takes up to 260. */
#define DATAGRAM_PROCESSES 200

static const struct {
	const char *statistic, *member;
	enum value_kind kind;
	size_t offset;
} shared_numbers[] = {
	{"shmem:total_size", "total", VALUE_BYTES, offsetof(struct pool_stats, total)},
	{"shmem:used_size", "used", VALUE_BYTES, offsetof(struct pool_stats, used)},
	{"shmem:real_used_size", "real_used", VALUE_BYTES, offsetof(struct pool_stats, real_used)},
	{"shmem:max_used_size", "max_used", VALUE_BYTES, offsetof(struct pool_stats, max_used)},
	{"shmem:free_size", "free", VALUE_BYTES, offsetof(struct pool_stats, free)},
	{"shmem:fragments", "fragments", VALUE_COUNT, offsetof(struct pool_stats, fragments)},
};

static struct value *shared_number(struct pool_stats *pool, size_t i)
{
	return (struct value *)((char *)pool + shared_numbers[i].offset);
}

static int check_shared(const struct pool_stats *pool, struct error *error)
{
	return pool->total.kind == VALUE_NONE
		       ? error_set(error, 0, "the answer does not tell the shared pool's size")
		       : 0;
}

int kamailio_shared_kib(const json_t *result, struct pool_stats *pool, struct error *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(shared_numbers); i++) {
		struct value *value = shared_number(pool, i);
		if (answer_number(result, shared_numbers[i].member, shared_numbers[i].kind, value, error) < 0)
			return -1;
		if (value->kind != VALUE_BYTES)
			continue;
		if (value->number[0] > INT64_MAX / KIB)
			return error_set(error, 0, "the answer's %s is no size", shared_numbers[i].member);
		value->number[0] *= KIB;
	}
	return check_shared(pool, error);
}

static int read_private(const json_t *entry, struct private_pool *private, struct error *error)
{
	struct value id = {0}, pid = {0};
	const json_t *name = json_object_get(entry, "desc");

	if (!json_is_object(entry))
		return error_set(error, 0, "an entry of pkg.stats is no object");
	if (answer_number(entry, "entry", VALUE_COUNT, &id, error) < 0 ||
	    answer_number(entry, "pid", VALUE_COUNT, &pid, error) < 0 ||
	    answer_number(entry, "total_size", VALUE_BYTES, &private->pool.total, error) < 0 ||
	    answer_number(entry, "used", VALUE_BYTES, &private->pool.used, error) < 0 ||
	    answer_number(entry, "real_used", VALUE_BYTES, &private->pool.real_used, error) < 0 ||
	    answer_number(entry, "free", VALUE_BYTES, &private->pool.free, error) < 0 ||
	    answer_number(entry, "total_frags", VALUE_COUNT, &private->pool.fragments, error) < 0)
		return -1;
	private->id = id.number[0];
	private->pid = pid.number[0] <= INT_MAX ? (pid_t)pid.number[0] : 0;
	private->name = json_is_string(name) ? xstrdup(json_string_value(name)) : NULL;
	return 0;
}

/* Slots that no process has (yet) come with pid 0. */
static int add_private(const json_t *entry, struct sample *sample, struct error *error)
{
	struct private_pool private = {0};

	int done = read_private(entry, &private, error);
	if (done < 0 || !private.pid) {
		free(private.name);
		return done;
	}
	*ARRAY_ADD(sample->privates, sample->private_count) = private;
	return 0;
}

int kamailio_privates(const json_t *result, struct sample *sample, struct error *error)
{
	if (json_is_object(result)) /* over ctl one process is no list */
		return add_private(result, sample, error);
	if (!json_is_array(result))
		return error_set(error, 0, "the answer to pkg.stats is no list");
	if (json_array_size(result) > PRIVATES_MAX)
		return error_set(error, 0, "the answer has more than %d private pools", PRIVATES_MAX);
	for (size_t i = 0; i < json_array_size(result); i++)
		if (add_private(json_array_get(result, i), sample, error) < 0)
			return -1;
	return 0;
}

/* "core:rcv_requests = 12" */
static int read_statistic(const char *text, const char *name, enum value_kind kind, struct value *value,
			  struct error *error)
{
	size_t length = strlen(name);
	uint64_t number;

	if (strncmp(text, name, length) != 0 || strncmp(text + length, " = ", 3) != 0)
		return 0;
	if (!parse_u64(text + length + 3, &number) || number > INT64_MAX)
		return error_set(error, 0, "the answer's %s is no number from 0 on", name);
	*value = value_number(kind, number);
	return 0;
}

/* "usrloc:location_contacts = 5000". A counter that has wrapped below 0 is none. */
static void read_objects(const char *text, struct sample *sample)
{
	const char *equals = strstr(text, " = ");
	uint64_t number;

	if (!equals || !parse_u64(equals + 3, &number) || number > INT64_MAX)
		return;
	cleanup_free char *name = xstrndup(text, (size_t)(equals - text));
	count_objects(sample, name, number);
}

static int read_line(const char *text, struct sample *sample, struct error *error)
{
	read_objects(text, sample);
	for (size_t i = 0; i < ARRAY_SIZE(shared_numbers); i++)
		if (read_statistic(text, shared_numbers[i].statistic, shared_numbers[i].kind,
				   shared_number(&sample->shared, i), error) < 0)
			return -1;
	if (read_statistic(text, "core:rcv_requests", VALUE_COUNT, &sample->requests, error) < 0)
		return -1;
	return read_statistic(text, "core:rcv_replies", VALUE_COUNT, &sample->replies, error);
}

int kamailio_statistics(const json_t *result, struct sample *sample, struct error *error)
{
	if (!json_is_array(result))
		return error_set(error, 0, "the answer with statistics is no list");
	for (size_t i = 0; i < json_array_size(result); i++) {
		const json_t *line = json_array_get(result, i);
		if (!json_is_string(line))
			return error_set(error, 0, "a statistic in the answer is no text");
		if (read_line(json_string_value(line), sample, error) < 0)
			return -1;
	}
	return check_shared(&sample->shared, error);
}

/* tm's own count: the statistics of tmx are up to two seconds old (tmx_mod.c). */
int kamailio_transactions(const json_t *result, struct sample *sample, struct error *error)
{
	if (!json_is_object(result))
		return error_set(error, 0, "the answer to tm.stats is no object");
	return answer_number(result, "current", VALUE_COUNT, &sample->transactions, error);
}

typedef int read_function(const json_t *result, struct sample *sample, struct error *error);

/* Optional: without kex it is not known, and not asked for again. Takes the parameters over. */
static int ask_optional(struct management *management, unsigned question, const char *method,
			json_t *parameters, read_function *read, const struct patience *patience,
			struct sample *sample, struct error *error)
{
	json_t *result = NULL;
	cleanup_error struct error why = {0};

	int done = management->unknowns & question
			   ? -1
			   : ask(management, false, method, parameters, patience, &result, &why);
	json_decref(parameters);
	if (done == 0)
		done = read(result, sample, error);
	else if (management->unknowns & question || why.errnum == ENOSYS)
		done = 0, management->unknowns |= question;
	else
		error_move(error, &why);
	json_decref(result);
	return done;
}

/* One by one where all would not fit into one datagram. */
static int ask_privates(struct management *management, const struct patience *patience, struct sample *sample,
			struct error *error)
{
	bool datagrams = management->kind == MANAGEMENT_UNIX || management->kind == MANAGEMENT_UDP;

	if (!datagrams || sample->processes <= DATAGRAM_PROCESSES)
		return ask_optional(management, UNKNOWN_PRIVATES, "pkg.stats", NULL, kamailio_privates,
				    patience, sample, error);
	for (uint64_t i = 0; i < sample->processes; i++) {
		json_t *which = json_checked(json_pack("[s, I]", "index", (json_int_t)i));
		if (ask_optional(management, UNKNOWN_PRIVATES, "pkg.stats", which, kamailio_privates,
				 patience, sample, error) < 0)
			return -1;
		if (management->unknowns & UNKNOWN_PRIVATES)
			break;
	}
	return 0;
}

static int ask_shared(struct management *management, const struct patience *patience, struct sample *sample,
		      struct error *error)
{
	json_t *result;
	json_t *names = json_checked(
		json_pack("[s, s, s, s, s]", "shmem:", "rcv_requests", "rcv_replies", "usrloc:", "dialog:"));

	if (ask_optional(management, UNKNOWN_STATISTICS, "stats.get_statistics", names, kamailio_statistics,
			 patience, sample, error) < 0)
		return -1;
	if (!(management->unknowns & UNKNOWN_STATISTICS))
		return 0;
	json_t *unit = json_checked(json_pack("[s]", "k"));
	int done = ask(management, false, "core.shmmem", unit, patience, &result, error);
	json_decref(unit);
	if (done == 0)
		done = kamailio_shared_kib(result, &sample->shared, error);
	json_decref(result);
	return done;
}

int ask_kamailio(struct management *management, const struct patience *patience, struct sample *sample,
		 struct error *error)
{
	json_t *result;

	if (ask_shared(management, patience, sample, error) < 0 ||
	    ask_optional(management, UNKNOWN_TRANSACTIONS, "tm.stats", NULL, kamailio_transactions, patience,
			 sample, error) < 0 ||
	    ask_privates(management, patience, sample, error) < 0 ||
	    ask(management, false, "core.version", NULL, patience, &result, error) < 0)
		return -1;
	sample->version = answer_version(result);
	json_decref(result);
	return 0;
}
