/* SPDX-License-Identifier: MIT */
#include "stats/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fs.h"
#include "host/host.h"
#include "router/router.h"
#include "stats/answerer.h"
#include "stats/ask.h"
#include "stats/modules.h"
#include "stats/process.h"

#define LEVELS_MAX  64
#define SILENCE_MAX 4 /* after so many timeouts in a row, the next 15 samples do not query the router */

const struct value *pool_in_use(const struct pool_stats *pool)
{
	return pool->real_used.kind == VALUE_NONE ? &pool->used : &pool->real_used;
}

/* ---- the group ---- */

static struct value limit_in(int directory, const char *file)
{
	char text[64];
	uint64_t bytes;

	if (pseudo_read_small(directory, file, text, sizeof text) < 0)
		return (struct value){0};
	if (strcmp(text, "max") == 0)
		return value_number(VALUE_BYTES, UNLIMITED);
	return parse_u64(text, &bytes) ? value_number(VALUE_BYTES, bytes) : (struct value){0};
}

static void take_smaller(struct value *min, struct value limit)
{
	if (limit.kind == VALUE_NONE)
		return;
	if (min->kind == VALUE_NONE || limit.number[0] < min->number[0])
		*min = limit;
}

/* The limits of all groups above count as well. Directories above the mount are not groups. */
static void read_limits(int directory, struct sample *sample)
{
	int level = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; level >= 0 && i < LEVELS_MAX && faccessat(level, "cgroup.procs", F_OK, 0) == 0; i++) {
		take_smaller(&sample->memory_max, limit_in(level, "memory.max"));
		take_smaller(&sample->memory_high, limit_in(level, "memory.high"));
		int above = openat(level, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(level);
		level = above;
	}
	if (level >= 0)
		close(level);
}

/* "some avg10=0.12 avg60=… total=345", as kernel/sched/psi.c prints it; "." whatever the locale. */
static bool read_pressure_line(const char *text, const char *name, double *avg10, uint64_t *total)
{
	size_t length = strlen(name);
	const char *line = strncmp(text, name, length) == 0 ? text : strchr(text, '\n');
	unsigned whole, hundredths;
	unsigned long long sum;

	if (line != text && (!line || strncmp(++line, name, length) != 0))
		return false;
	if (sscanf(line + length, " avg10=%u.%2u avg60=%*u.%*u avg300=%*u.%*u total=%llu", &whole,
		   &hundredths, &sum) != 3 ||
	    whole > 100 || sum > INT64_MAX)
		return false;
	*avg10 = whole + hundredths / 100.0;
	*total = sum;
	return true;
}

void pressure_read(const char *text, struct pressure *pressure)
{
	struct pressure read = {.known = true};
	*pressure = (struct pressure){0};
	if (read_pressure_line(text, "some", &read.some_avg10, &read.some_total_us) &&
	    read_pressure_line(text, "full", &read.full_avg10, &read.full_total_us))
		*pressure = read;
}

static void read_group(const struct sample_target *target, struct sample *sample)
{
	char text[512];

	sample->group = target->group ? xstrdup(target->group) : NULL;
	if (target->directory < 0)
		return;
	group_stats_read(target->directory, &sample->stats);
	read_limits(target->directory, sample);
	if (pseudo_read_small(target->directory, "memory.pressure", text, sizeof text) >= 0)
		pressure_read(text, &sample->pressure);
}

/* ---- the processes ---- */

/* True if the process executes that file, or if either cannot be read. */
static bool executes(int proc, pid_t pid, const struct process_file *router)
{
	struct process_file file;
	return !process_file_of(proc, pid, &file) || !router->inode ||
	       (file.device == router->device && file.inode == router->inode);
}

/* The group may hold others as well: a supervisor that shares it, a sidecar, a program that the router has
 * executed. Those have no pools, and the budget does not count them. */
static void count_own(const struct sample_target *target, const struct processes *processes,
		      struct sample *sample, struct pids *own)
{
	struct process_file router;
	uint64_t max = 0;

	process_file_of(target->proc, target->pid, &router);
	for (size_t i = 0; i < processes->count; i++) {
		const struct process_stats *process = &processes->items[i];
		if (process->state == 'Z' || !process_descends(processes, process, target->pid) ||
		    !executes(target->proc, process->pid, &router))
			continue;
		uint64_t count = process_open_files(target->proc, process->pid);
		max = count > max ? count : max;
		*ARRAY_ADD(own->items, own->count) = process->pid;
	}
	sample->processes = own->count;
	if (max)
		sample->descriptors = value_number(VALUE_COUNT, max);
}

/* Without a group, or if it cannot be listed, reads all processes: count_own() selects those that descend
 * from the router's first one. Those are `own`. */
static int read_processes(const struct sample_target *target, struct sample *sample, struct pids *own,
			  struct error *error)
{
	struct pids pids = {0};
	struct processes processes;

	bool grouped = target->directory >= 0 && group_processes(target->directory, &pids, NULL) == 0;
	if (!grouped && process_every(target->proc, &pids, error) < 0)
		return -1;
	processes_read(target->proc, &pids, &processes);
	int result = processes_complete(&processes, error);
	if (result == 0)
		count_own(target, &processes, sample, own);
	processes_clear(&processes);
	pids_clear(&pids);
	return result;
}

static void read_nofile(const struct sample_target *target, struct sample *sample)
{
	cleanup_free char *path = xasprintf("%d/limits", (int)target->pid);
	cleanup_free char *text = NULL;
	struct rlimit_pair pair = {0};

	if (pseudo_read_record(target->proc, path, &text) >= 0 && rlimit_parse(text, RLIMIT_NOFILE, &pair))
		sample->nofile = value_number(VALUE_COUNT, pair.soft);
}

static void read_uptime(int proc, const struct process_stats *process, struct sample *sample)
{
	uint64_t hundredths;
	if (process_uptime(proc, process, &hundredths))
		sample->uptime_s = value_number(VALUE_COUNT, hundredths / 100);
}

/* ---- the router ---- */

static struct value whole_mib(const struct value *bytes)
{
	if (bytes->kind != VALUE_BYTES)
		return (struct value){0};
	return value_number(VALUE_MIB, (bytes->number[0] + MIB / 2) / MIB);
}

/* The sizes that the router reports. If it is not queried, those of its arguments: a configuration may have
 * others, but siplaunch sets -m. */
static void read_sizes(const struct sample_target *target, struct sample *sample)
{
	struct router_command command = {0};

	sample->shm_mib = whole_mib(&sample->shared.total);
	if (sample->private_count)
		sample->pkg_mib = whole_mib(&sample->privates[0].pool.total);
	char **argv = process_command(target->proc, target->pid, NULL);
	if (argv && argv[0] && target->router->sizes_by_arguments &&
	    target->router->read_command(target->router, argv, &command, NULL) == 0) {
		if (sample->shm_mib.kind == VALUE_NONE && command.shm_mib)
			sample->shm_mib = value_number(VALUE_MIB, command.shm_mib);
		if (sample->pkg_mib.kind == VALUE_NONE && command.pkg_mib)
			sample->pkg_mib = value_number(VALUE_MIB, command.pkg_mib);
	}
	router_command_clear(&command);
	argv_free(argv);
}

/* Drops what the router reported before a query failed: half an answer looks like a whole one. */
static void forget_pools(struct sample *sample)
{
	for (size_t i = 0; i < sample->private_count; i++)
		free(sample->privates[i].name);
	free(sample->privates);
	free(sample->version);
	sample->privates = NULL;
	sample->private_count = 0;
	sample->reported_pid = 0;
	sample->version = NULL;
	sample->shared = (struct pool_stats){0};
	sample->requests = sample->replies = (struct value){0};
	sample->registrations = sample->dialogs = sample->transactions = (struct value){0};
}

/*
 * True if this sample must not query the router. Unanswered queries may still be in its FIFO or socket: so
 * siplaunch adds more of them less and less often.
 */
static bool rests(struct management *management)
{
	if (!management->rest)
		return false;
	management->rest--;
	return true;
}

static void note_silence(struct management *management, const struct error *error)
{
	if (error->errnum != ETIMEDOUT) {
		management->silences = 0;
		return;
	}
	if (management->silences < SILENCE_MAX)
		management->silences++;
	management->rest = (1u << management->silences) / 2 - 1;
	management->rest = management->silences == SILENCE_MAX ? 15 : management->rest;
}

/* The queries of each protocol. */
static int (*const clients[])(struct management *, const struct deadline *, struct sample *,
			      struct error *) = {[PROTOCOL_MI] = ask_mi, [PROTOCOL_RPC] = ask_rpc};

/* What siplaunch remembers of another router is not this one's. */
static int check_answerer(const struct sample_target *target, const struct pids *own, struct sample *sample,
			  struct error *error)
{
	if (answerer_check(target->proc, target->management->main_pid, own, sample, error) == 0)
		return 0;
	free(target->management->version);
	target->management->version = NULL;
	target->management->unknowns = 0;
	return -1;
}

/* "; 8 of its 8 processes …", or "": a stopped process answers no query. Caller frees. */
static char *stopped_text(const struct sample_target *target, const struct pids *own)
{
	struct processes processes;
	size_t stopped = 0;

	processes_read(target->proc, own, &processes);
	for (size_t i = 0; i < processes.count; i++)
		stopped += processes.items[i].state == 'T' || processes.items[i].state == 't';
	processes_clear(&processes);
	if (!stopped)
		return xstrdup("");
	return xasprintf(
		"; stopped by a signal or a debugger: %zu of its %zu processes (kill -CONT continues "
		"them)",
		stopped, own->count);
}

static void ask_router(const struct sample_target *target, const struct pids *own, struct sample *sample)
{
	cleanup_error struct error error = {0};
	struct deadline deadline = deadline_in(target->timeout_ms, target->cancel);

	if (!target->management) {
		sample->no_pools =
			xstrdup(target->no_management ? target->no_management : "the router was not queried");
		return;
	}
	if (rests(target->management)) {
		sample->no_pools = xstrdup("the router did not answer before, and is not queried for now");
		return;
	}
	int done = clients[target->router->protocol](target->management, &deadline, sample, &error);
	note_silence(target->management, &error);
	if (done == 0)
		done = check_answerer(target, own, sample, &error);
	sample->has_pools = done == 0;
	if (done == 0) {
		modules_take(target, &deadline, sample);
		return;
	}
	forget_pools(sample);
	cleanup_free char *text = error_text(&error);
	cleanup_free char *where = management_text(target->management);
	cleanup_free char *stopped = stopped_text(target, own);
	sample->no_pools = error.hint ? xasprintf("%s: %s%s; %s", where, text, stopped, error.hint)
				      : xasprintf("%s: %s%s", where, text, stopped);
}

int sample_take(const struct sample_target *target, struct sample *sample, struct error *error)
{
	struct process_stats process;
	struct pids own = {0};

	*sample = (struct sample){
		.at_ms = clock_wall_ms(), .pid = target->pid, .router = xstrdup(target->router->name)};
	int result = process_stats_read(target->proc, target->pid, &process, error);
	if (result == 0 && process.state == 'Z')
		result = error_set(error, ESRCH, "process %d has ended", (int)target->pid);
	if (result == 0) {
		read_uptime(target->proc, &process, sample);
		read_group(target, sample);
		result = read_processes(target, sample, &own, error);
	}
	process_stats_clear(&process);
	if (result == 0) {
		read_nofile(target, sample);
		ask_router(target, &own, sample);
		read_sizes(target, sample);
	}
	pids_clear(&own);
	return result;
}
