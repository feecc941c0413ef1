/* SPDX-License-Identifier: MIT */
/*
 * OpenSIPS: all in its core. Private pools are statistics named after the process's number in `ps`
 * ("pkmem:5-total_size"); the attendant and the timers have none. No version counts failed allocations.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "stats/ask.h"

#define PRIVATE_PREFIX "pkmem:"

/* A counter that has wrapped below 0 is none. */
static void read_objects(const json_t *result, struct sample *sample)
{
	const char *name;
	json_t *number;

	json_object_foreach((json_t *)result, name, number)
	{
		struct value value = {0};
		if (answer_number(result, name, VALUE_COUNT, &value, NULL) == 0 && value.kind != VALUE_NONE)
			count_objects(sample, name, value.number[0]);
	}
}

int opensips_shared(const json_t *result, struct sample *sample, struct error *error)
{
	struct pool_stats *pool = &sample->shared;

	if (!json_is_object(result))
		return error_set(error, 0, "the answer with statistics is no object");
	if (answer_number(result, "shmem:total_size", VALUE_BYTES, &pool->total, error) < 0 ||
	    answer_number(result, "shmem:used_size", VALUE_BYTES, &pool->used, error) < 0 ||
	    answer_number(result, "shmem:real_used_size", VALUE_BYTES, &pool->real_used, error) < 0 ||
	    answer_number(result, "shmem:max_used_size", VALUE_BYTES, &pool->max_used, error) < 0 ||
	    answer_number(result, "shmem:free_size", VALUE_BYTES, &pool->free, error) < 0 ||
	    answer_number(result, "shmem:fragments", VALUE_COUNT, &pool->fragments, error) < 0 ||
	    answer_number(result, "core:rcv_requests", VALUE_COUNT, &sample->requests, error) < 0 ||
	    answer_number(result, "core:rcv_replies", VALUE_COUNT, &sample->replies, error) < 0)
		return -1;
	if (pool->total.kind == VALUE_NONE)
		return error_set(error, 0, "the answer does not tell the shared pool's size");
	read_objects(result, sample);
	return 0;
}

/* The number in "pkmem:NUMBER-NAME", and NAME. */
static bool split_key(const char *key, uint64_t *id, const char **name)
{
	if (strncmp(key, PRIVATE_PREFIX, strlen(PRIVATE_PREFIX)) != 0)
		return false;
	const char *number = key + strlen(PRIVATE_PREFIX), *dash = strchr(number, '-');
	if (!dash)
		return false;
	cleanup_free char *digits = xstrndup(number, (size_t)(dash - number));
	*name = dash + 1;
	return parse_u64(digits, id);
}

static struct private_pool *private_of(struct sample *sample, uint64_t id)
{
	/* what belongs together mostly comes together */
	for (size_t i = sample->private_count; i-- > 0;)
		if (sample->privates[i].id == id)
			return &sample->privates[i];
	if (sample->private_count >= PRIVATES_MAX)
		return NULL;
	struct private_pool *private = ARRAY_ADD(sample->privates, sample->private_count);
	private->id = id;
	return private;
}

static struct value *member_of(struct pool_stats *pool, const char *name, enum value_kind *kind)
{
	*kind = VALUE_BYTES;
	if (strcmp(name, "total_size") == 0)
		return &pool->total;
	if (strcmp(name, "used_size") == 0)
		return &pool->used;
	if (strcmp(name, "real_used_size") == 0)
		return &pool->real_used;
	if (strcmp(name, "max_used_size") == 0)
		return &pool->max_used;
	if (strcmp(name, "free_size") == 0)
		return &pool->free;
	*kind = VALUE_COUNT;
	return strcmp(name, "fragments") == 0 ? &pool->fragments : NULL;
}

static int by_id(const void *a, const void *b)
{
	const struct private_pool *x = a, *y = b;
	return (x->id > y->id) - (x->id < y->id);
}

int opensips_privates(const json_t *result, struct sample *sample, struct error *error)
{
	const char *key, *name;
	json_t *number;
	enum value_kind kind;
	uint64_t id;

	if (!json_is_object(result))
		return error_set(error, 0, "the answer with statistics is no object");
	json_object_foreach((json_t *)result, key, number)
	{
		if (!split_key(key, &id, &name))
			continue;
		struct private_pool *private = private_of(sample, id);
		if (!private)
			return error_set(error, 0, "the answer has more than %d private pools", PRIVATES_MAX);
		struct value *value = member_of(&private->pool, name, &kind);
		if (value && answer_number(result, key, kind, value, error) < 0)
			return -1;
	}
	if (sample->private_count)
		qsort(sample->privates, sample->private_count, sizeof *sample->privates, by_id);
	return 0;
}

/* Names and pids for the private pools that are there. */
int opensips_processes(const json_t *result, struct sample *sample, struct error *error)
{
	const json_t *list = json_object_get(result, "Processes");

	if (!json_is_array(list))
		return error_set(error, 0, "the answer to ps has no list of processes");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i), *type = json_object_get(entry, "Type");
		struct value id = {0}, pid = {0};
		if (answer_number(entry, "ID", VALUE_COUNT, &id, error) < 0 ||
		    answer_number(entry, "PID", VALUE_COUNT, &pid, error) < 0)
			return -1;
		const struct private_pool wanted = {.id = id.number[0]};
		struct private_pool *private =
			id.kind == VALUE_NONE || !sample->private_count
				? NULL
				: bsearch(&wanted, sample->privates, sample->private_count,
					  sizeof *sample->privates, by_id);
		if (!private || private->name)
			continue;
		private->pid = pid.number[0] <= INT_MAX ? (pid_t)pid.number[0] : 0;
		private->name = json_is_string(type) ? xstrdup(json_string_value(type)) : NULL;
	}
	return 0;
}

typedef int read_function(const json_t *result, struct sample *sample, struct error *error);

/* Takes the parameters over. */
static int ask_and_read(const struct management *management, const char *method, json_t *parameters,
			read_function *read, const struct patience *patience, struct sample *sample,
			struct error *error)
{
	json_t *result = NULL;
	int done = ask(management, true, method, parameters, patience, &result, error);
	json_decref(parameters);
	if (done == 0)
		done = read(result, sample, error);
	json_decref(result);
	return done;
}

static int read_version(const json_t *result, struct sample *sample, struct error *error)
{
	(void)error;
	sample->version = answer_version(json_object_get(result, "Server"));
	return 0;
}

int ask_opensips(struct management *management, const struct patience *patience, struct sample *sample,
		 struct error *error)
{
	json_t *shared =
		json_checked(json_pack("[[s, s, s, s, s, s, s]]", "shmem:", "rcv_requests", "rcv_replies",
				       "usrloc:", "active_dialogs", "early_dialogs", "inuse_transactions"));
	json_t *privates = json_checked(json_pack("[[s]]", PRIVATE_PREFIX));

	if (ask_and_read(management, "get_statistics", shared, opensips_shared, patience, sample, error) <
	    0) {
		json_decref(privates);
		return -1;
	}
	if (ask_and_read(management, "get_statistics", privates, opensips_privates, patience, sample, error) <
		    0 ||
	    ask_and_read(management, "ps", NULL, opensips_processes, patience, sample, error) < 0)
		return -1;
	return ask_and_read(management, "version", NULL, read_version, patience, sample, error);
}
