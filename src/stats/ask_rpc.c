/* SPDX-License-Identifier: MIT */
/*
 * Kamailio: the statistics and pkg.stats are of the module kex, which may not be loaded; core.shmmem is in
 * its core, but counts bytes in 32 bits (core_cmd.c): a pool of 5,000 MiB says 904. Hence the statistics
 * first, which are text, and KiB without them. No version counts failed allocations, or has the maximum use
 * of a private pool.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "stats/ask.h"
#include "stats/modules.h"

enum { UNKNOWN_PRIVATES = 1, UNKNOWN_STATISTICS = 2, UNKNOWN_TRANSACTIONS = 4, UNKNOWN_PROCESSES = 8 };

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
		       ? error_set(error, 0, "the answer does not contain the shared pool's size")
		       : 0;
}

int rpc_shared_kib(const json_t *result, struct pool_stats *pool, struct error *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(shared_numbers); i++) {
		struct value *value = shared_number(pool, i);
		if (answer_number(result, shared_numbers[i].member, shared_numbers[i].kind, value, error) < 0)
			return -1;
		if (value->kind != VALUE_BYTES)
			continue;
		if (value->number[0] > INT64_MAX / KIB)
			return error_set(error, 0, "the answer's %s is not a size", shared_numbers[i].member);
		value->number[0] *= KIB;
	}
	return check_shared(pool, error);
}

static int read_private(const json_t *entry, struct private_pool *private, struct error *error)
{
	struct value id = {0}, pid = {0};
	const json_t *name = json_object_get(entry, "desc");

	if (!json_is_object(entry))
		return error_set(error, 0, "an entry of pkg.stats is not an object");
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

/* Slots without a process have pid 0. */
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

int rpc_privates(const json_t *result, struct sample *sample, struct error *error)
{
	if (json_is_object(result)) /* over ctl a single process is not in a list */
		return add_private(result, sample, error);
	if (!json_is_array(result))
		return error_set(error, 0, "the answer to pkg.stats is not a list");
	if (json_array_size(result) > PRIVATES_MAX)
		return error_set(error, 0, "the answer has more than %d private pools", PRIVATES_MAX);
	for (size_t i = 0; i < json_array_size(result); i++)
		if (add_private(json_array_get(result, i), sample, error) < 0)
			return -1;
	return 0;
}

/* [5091, "main process - attendant", 5092, "slow timer"] */
int rpc_processes(const json_t *result, struct sample *sample, struct error *error)
{
	const json_t *first = json_array_get(result, 0);
	json_int_t pid = json_integer_value(first);

	if (!json_is_integer(first) || pid <= 0 || pid > INT_MAX)
		return error_set(error, 0, "the answer to core.ps does not begin with a pid");
	sample->reported_pid = (pid_t)pid;
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
		return error_set(error, 0, "the answer's %s is not a number, 0 or more", name);
	*value = value_number(kind, number);
	return 0;
}

/* "usrloc:location_contacts = 5000". Ignores a counter that has wrapped below 0. */
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

int rpc_statistics(const json_t *result, struct sample *sample, struct error *error)
{
	if (!json_is_array(result))
		return error_set(error, 0, "the answer with statistics is not a list");
	for (size_t i = 0; i < json_array_size(result); i++) {
		const json_t *line = json_array_get(result, i);
		if (!json_is_string(line))
			return error_set(error, 0, "a statistic in the answer is not a string");
		if (read_line(json_string_value(line), sample, error) < 0)
			return -1;
	}
	return check_shared(&sample->shared, error);
}

/* tm's own count: the statistics of tmx are up to two seconds old (tmx_mod.c). */
int rpc_transactions(const json_t *result, struct sample *sample, struct error *error)
{
	if (!json_is_object(result))
		return error_set(error, 0, "the answer to tm.stats is not an object");
	return answer_number(result, "current", VALUE_COUNT, &sample->transactions, error);
}

/* ---- memory by module ---- */

/* kex reports it if the core was built to record each allocation's module (DBG_SR_MEMORY), as packages
 * are. */
#define MODULE_HEADING "Module: "

/* "62000000 (250000)": bytes, and in how many pieces. */
static bool read_line_bytes(const json_t *line, uint64_t *bytes)
{
	const char *text = json_string_value(line), *end = text ? strchr(text, ' ') : NULL;
	if (!end)
		return false;
	cleanup_free char *digits = xstrndup(text, (size_t)(end - text));
	return parse_u64(digits, bytes) && *bytes <= INT64_MAX;
}

/*
 * The lines of a module and their sum: "shm_str_dup(859)": "20943440 (250000)", …, "Total": 103722048. Total
 * is an int, and wraps at 4 GiB (mod_stats.c, rpc_mod_print()). Lines are exact, but of several places with
 * one name only one line is left. So the result is the smallest number that is not below the lines' sum and
 * wraps to Total.
 */
static int read_module(const json_t *lines, uint64_t *bytes, struct error *error)
{
	const json_t *total = json_object_get(lines, "Total"), *line;
	const char *name;
	uint64_t sum = 0, number;

	if (!json_is_integer(total))
		return error_set(error, 0, "a module in the answer has no Total");
	json_object_foreach((json_t *)lines, name, line)
	{
		if (line == total)
			continue;
		if (!read_line_bytes(line, &number) || sum + number > INT64_MAX)
			return error_set(error, 0, "the answer's %.100s is not a size", name);
		sum += number;
	}
	*bytes = sum + (uint32_t)((uint64_t)json_integer_value(total) - sum);
	return 0;
}

static int add_module(const char *name, const json_t *lines, struct sample *sample, struct error *error)
{
	uint64_t bytes = 0;
	if (read_module(lines, &bytes, error) < 0)
		return -1;
	struct module_memory *module = modules_add(sample, name, strlen(name), error);
	if (!module)
		return -1;
	uint64_t before = value_or_zero(&module->shared);
	module->shared = value_number(VALUE_BYTES, bytes > UINT64_MAX - before ? UINT64_MAX : before + bytes);
	return 0;
}

/* "Module: usrloc", its lines, "", and so on. */
int rpc_modules(const json_t *result, struct sample *sample, struct error *error)
{
	const char *name = NULL;

	if (!json_is_array(result))
		return error_set(error, 0, "the answer with modules is not a list");
	for (size_t i = 0; i < json_array_size(result); i++) {
		const json_t *element = json_array_get(result, i);
		const char *text = json_string_value(element);
		if (text && strncmp(text, MODULE_HEADING, strlen(MODULE_HEADING)) == 0)
			name = text + strlen(MODULE_HEADING);
		else if (json_is_object(element) && name) {
			if (add_module(name, element, sample, error) < 0)
				return -1;
		} else if (!text || *text)
			return error_set(error, 0, "the answer with modules has something else in it");
	}
	return 0;
}

static int without_kex(const char *what, struct error *error)
{
	error_clear(error);
	error_set(error, ENOSYS, "%s", what);
	return error_hint(error, "Kamailio 5.3 and later report memory by module with the module kex");
}

int ask_rpc_modules(const struct sample_target *target, const struct deadline *deadline,
		    struct sample *sample, struct error *error)
{
	json_t *result = NULL;

	if (target->management->unknowns & UNKNOWN_STATISTICS)
		return without_kex("the router has no statistics", error);
	json_t *which = json_checked(json_pack("[s, s]", "all", "shm"));
	struct question question = {.method = "mod.mem_statsx", .parameters = which, .repeats = true};
	int done = ask_question(target->management, PROTOCOL_RPC, &question, deadline, &result, error);
	json_decref(which);
	if (done == 0)
		done = rpc_modules(result, sample, error);
	else if (error->errnum == ENOSYS)
		done = without_kex("the router does not know mod.mem_statsx", error);
	json_decref(result);
	if (done == 0 && !sample->module_count) {
		error_set(error, ENOSYS, "the router does not keep which module allocated what");
		error_hint(error, "build Kamailio with MEMDBG=1, as its packages are");
		return -1;
	}
	return done;
}

/* ---- the queries ---- */

typedef int read_function(const json_t *result, struct sample *sample, struct error *error);

/* An optional query: without kex it is unknown, and not repeated. Takes over the parameters. */
static int ask_optional(struct management *management, unsigned question, const char *method,
			json_t *parameters, read_function *read, const struct deadline *deadline,
			struct sample *sample, struct error *error)
{
	json_t *result = NULL;
	cleanup_error struct error why = {0};

	int done = management->unknowns & question
			   ? -1
			   : ask(management, PROTOCOL_RPC, method, parameters, deadline, &result, &why);
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

static bool fits_datagram(const struct management *management, const struct sample *sample)
{
	if (management->kind == MANAGEMENT_UDP)
		return sample->processes <= RPC_UDP_PROCESSES;
	return management->kind != MANAGEMENT_UNIX || sample->processes <= RPC_UNIX_PROCESSES;
}

/* Queries one process at a time if all of them would not fit into one datagram. */
static int ask_privates(struct management *management, const struct deadline *deadline, struct sample *sample,
			struct error *error)
{
	if (fits_datagram(management, sample))
		return ask_optional(management, UNKNOWN_PRIVATES, "pkg.stats", NULL, rpc_privates, deadline,
				    sample, error);
	for (uint64_t i = 0; i < sample->processes; i++) {
		json_t *which = json_checked(json_pack("[s, I]", "index", (json_int_t)i));
		if (ask_optional(management, UNKNOWN_PRIVATES, "pkg.stats", which, rpc_privates, deadline,
				 sample, error) < 0)
			return -1;
		if (management->unknowns & UNKNOWN_PRIVATES)
			break;
	}
	return 0;
}

/* Which router answers: pkg.stats says it as well. */
static int ask_processes(struct management *management, const struct deadline *deadline,
			 struct sample *sample, struct error *error)
{
	if (!(management->unknowns & UNKNOWN_PRIVATES) || !fits_datagram(management, sample))
		return 0;
	return ask_optional(management, UNKNOWN_PROCESSES, "core.ps", NULL, rpc_processes, deadline, sample,
			    error);
}

static int ask_shared(struct management *management, const struct deadline *deadline, struct sample *sample,
		      struct error *error)
{
	json_t *result;
	json_t *names = json_checked(
		json_pack("[s, s, s, s, s]", "shmem:", "rcv_requests", "rcv_replies", "usrloc:", "dialog:"));

	if (ask_optional(management, UNKNOWN_STATISTICS, "stats.get_statistics", names, rpc_statistics,
			 deadline, sample, error) < 0)
		return -1;
	if (!(management->unknowns & UNKNOWN_STATISTICS))
		return 0;
	json_t *unit = json_checked(json_pack("[s]", "k"));
	int done = ask(management, PROTOCOL_RPC, "core.shmmem", unit, deadline, &result, error);
	json_decref(unit);
	if (done == 0)
		done = rpc_shared_kib(result, &sample->shared, error);
	json_decref(result);
	return done;
}

static int ask_version(struct management *management, const struct deadline *deadline, struct error *error)
{
	json_t *result;

	if (management->version)
		return 0;
	if (ask(management, PROTOCOL_RPC, "core.version", NULL, deadline, &result, error) < 0)
		return -1;
	management->version = answer_version(result);
	json_decref(result);
	return 0;
}

int ask_rpc(struct management *management, const struct deadline *deadline, struct sample *sample,
	    struct error *error)
{
	if (ask_shared(management, deadline, sample, error) < 0 ||
	    ask_optional(management, UNKNOWN_TRANSACTIONS, "tm.stats", NULL, rpc_transactions, deadline,
			 sample, error) < 0 ||
	    ask_privates(management, deadline, sample, error) < 0 ||
	    ask_processes(management, deadline, sample, error) < 0 ||
	    ask_version(management, deadline, error) < 0)
		return -1;
	sample->version = management->version ? xstrdup(management->version) : NULL;
	return 0;
}
