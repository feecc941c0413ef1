/* SPDX-License-Identifier: MIT */
#include "inspect/inspection.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "host/host.h"
#include "inspect/find.h"
#include "inspect/sampling.h"
#include "session/running_command.h"

#define AS_ROOT "run siplaunch inspect as root, or as the user that the router runs as"

static bool is_denied(const struct error *error)
{
	return error->errnum == EACCES || error->errnum == EPERM;
}

static void hint_permission(struct error *error)
{
	if (is_denied(error))
		error_hint(error, AS_ROOT);
}

const char *inspection_hint(const struct inspection *inspection)
{
	const struct plan *plan = &inspection->session.plan;
	bool denied = is_denied(&inspection->unmeasured) || is_denied(&inspection->no_sysv);
	for (size_t i = 0; i < plan->count; i++)
		denied |= plan->steps[i].actual.kind == VALUE_NONE && is_denied(&plan->steps[i].why);
	return denied ? AS_ROOT : NULL;
}

/* ---- the process ---- */

/* A process that wiped its arguments still has a name. */
static int read_command(int proc, const struct process_stats *process, struct inspection *inspection,
			struct error *error)
{
	inspection->argv = process_command(proc, process->pid, error);
	if (!inspection->argv) {
		hint_permission(error);
		return -1;
	}
	if (!inspection->argv[0]) {
		inspection->argv = xrealloc(inspection->argv, 2, sizeof *inspection->argv);
		inspection->argv[0] = xstrdup(process->comm);
		inspection->argv[1] = NULL;
	}
	inspection->asked = running_command(inspection->argv, inspection->program);
	return 0;
}

/* ---- session and place ---- */

int inspection_host(pid_t pid, struct session *session, struct error *error)
{
	if (host_roots_open("/", &session->roots, error) < 0)
		return -1;
	/* no probe: nothing is planned with this host */
	session->questions = (struct host_questions){.pid = pid, .no_probe = true};
	return host_read(&session->roots, &session->questions, &session->host, error);
}

/* Fills the session like session_open(), but without a profile, so without a plan. */
static void fill_session(struct inspection *inspection)
{
	struct session *session = &inspection->session;

	session->argv = inspection->asked;
	session->router = router_find(inspection->asked ? NULL : "generic",
				      inspection->asked ? inspection->asked[0] : NULL);
	if (inspection->asked &&
	    session->router->read_command(session->router, session->argv, &session->command, NULL) < 0) {
		router_command_clear(&session->command);
		session->router = router_find("generic", NULL);
	}
	if (inspection->pid)
		running_paths_read(session->roots.proc, inspection->pid, &session->command, &session->paths);
	session->network = network_of(session->roots.proc, inspection->pid);
	if (session->router->sizes_by_arguments)
		session->router->estimate(session->router, &session->command, &session->network,
					  &session->estimate);
	session->context = (struct context){
		.profile = &session->profile,
		.host = &session->host,
		.router = session->router,
		.command = &session->command,
		.estimate = &session->estimate,
		.identity = &session->identity,
	};
}

static int open_session(const struct inspect_request *request, struct inspection *inspection,
			struct error *error)
{
	struct session *session = &inspection->session;

	session_close(session);
	*session = (struct session){.roots = {.root = -1, .proc = -1}};
	if (!request->selection) {
		if (inspection_host(inspection->pid, session, error) < 0)
			return -1;
		fill_session(inspection);
		return 0;
	}
	if (!inspection->pid)
		return error_set(error, 0, "%s %s: there is nothing to compare with a profile",
				 inspection_nobody(inspection), inspection->group);
	inspection->compared = true;
	const struct purpose purpose = {
		.what = PURPOSE_OBSERVE,
		.selection = request->selection,
		.argv = inspection->asked,
		.observed = inspection->pid,
		.group = inspection->group,
		.as_launcher = true,
	};
	if (session_open(&purpose, session) == 0)
		return 0;
	if (session->state != SESSION_BAD_PROFILE)
		error_move(error, &session->error);
	return -1;
}

static int open_place(struct inspection *inspection, struct error *error)
{
	struct target *target = &inspection->target;
	const struct host *host = &inspection->session.host;

	target->role = ROLE_OBSERVED;
	target->pid = inspection->pid;
	target->context = &inspection->session.context;
	target->group = inspection->group;
	target->argv = inspection->argv;
	target->cgroup_mount = host->cgroup.mount;
	if (host->cgroup.mount)
		target->cgroup = open(host->cgroup.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return target->cgroup < 0 && host->cgroup.mount
		       ? error_set(error, errno, "open %s", host->cgroup.mount)
		       : 0;
}

/* ---- what there is ---- */

/* A hierarchy's real root has no cgroup.type, no limits and no counters (CFTYPE_NOT_ON_ROOT). */
static int read_group(struct inspection *inspection)
{
	const struct host *host = &inspection->session.host;
	if (!inspection->group || inspection->target.cgroup < 0)
		return -1;
	int directory = group_directory_open(inspection->target.cgroup,
					     host_below_mount(host, inspection->group), NULL);
	if (directory < 0)
		return -1;
	inspection->has_group = faccessat(directory, "cgroup.type", F_OK, 0) == 0;
	if (inspection->has_group)
		group_stats_read(directory, &inspection->stats);
	inspection->has_memory = inspection->stats.numbers[GROUP_MEMORY_CURRENT].kind != VALUE_NONE;
	return directory;
}

/* A supervisor or an init that shares the group with its router is no stranger there. */
static size_t count_strangers(const struct processes *processes, pid_t pid)
{
	const struct process_stats *main = processes_find(processes, pid);
	size_t strangers = 0;
	for (size_t i = 0; i < processes->count; i++) {
		const struct process_stats *process = &processes->items[i];
		strangers += !process_descends(processes, process, pid) &&
			     !(main && process_descends(processes, main, process->pid));
	}
	return strangers;
}

static bool knows_all(const struct running *running, const struct processes *processes)
{
	for (size_t i = 0; i < processes->count; i++)
		if (!running_program(running, processes->items[i].pid) && processes->items[i].state != 'Z')
			return false;
	return true;
}

/*
 * Finds the router's own processes, as opposed to programs that it executed, and strangers. Reads the
 * processes again only if new ones appeared since the router was found.
 */
static int find_own(struct inspection *inspection, struct error *error)
{
	struct running *running = &inspection->running;
	const struct processes *processes = &inspection->processes;

	if (!knows_all(running, processes)) {
		running_clear(running);
		if (running_read(inspection->target.proc, running, error) < 0)
			return -1;
	}
	inspection->own = xcalloc(processes->count + 1, sizeof *inspection->own);
	for (size_t i = 0; i < processes->count; i++) {
		bool own = running_is_own(running, inspection->pid, processes->items[i].pid);
		inspection->own[i] = own;
		inspection->own_count += own;
	}
	return 0;
}

const char *inspection_nobody(const struct inspection *inspection)
{
	return inspection->outside ? "no process of this PID namespace lives in" : "no process lives in";
}

/*
 * The processes of a group with a memory controller share a limit, so all of them are shown. A group without
 * one may be a whole login session, so only the router's own processes are.
 */
static int read_processes(struct inspection *inspection, int directory, bool named, struct error *error)
{
	struct pids pids;
	int proc = inspection->target.proc;

	inspection->by_group = directory >= 0 && (named || inspection->has_memory);
	if (inspection->by_group ? group_processes(directory, &pids, error) < 0
				 : process_tree(proc, inspection->pid, &pids, error) < 0)
		return -1;
	processes_read(proc, &pids, &inspection->processes);
	pids_clear(&pids);
	if (processes_complete(&inspection->processes, error) < 0)
		return -1;
	for (size_t i = 0; i < inspection->processes.count; i++)
		process_scores_read(proc, &inspection->processes.items[i]);
	inspection->strangers = count_strangers(&inspection->processes, inspection->pid);
	return find_own(inspection, error);
}

/* The pool sizes in force, as the arguments mechanism found them; 0: none are known. */
static uint64_t pool_bytes(struct inspection *inspection, enum setting_id id)
{
	const struct step *step = plan_find(&inspection->session.plan, id);
	bool known = step && step->actual.kind == VALUE_MIB && step->actual.number[0] <= UINT64_MAX / MIB / 4;
	return known ? step->actual.number[0] * MIB : 0;
}

static bool has_ended(const struct error *error)
{
	return error->errnum == ESRCH || error->errnum == ENOENT || error->errnum == ENODATA;
}

static int measure_router(struct inspection *inspection, struct error *error)
{
	const struct processes *processes = &inspection->processes;
	uint64_t shared = pool_bytes(inspection, SETTING_SHARED_POOL),
		 private_pool = pool_bytes(inspection, SETTING_PRIVATE_POOL);
	size_t count = 0;

	if (!inspection->has_memory)
		return error_set(error, 0, "its group has no memory controller that counts");
	if (inspection->strangers)
		return error_set(error, 0, "%zu of the group's processes are not the router's",
				 inspection->strangers);
	cleanup_free struct process_memory *memory = xcalloc(processes->count, sizeof *memory);
	for (size_t i = 0; i < processes->count; i++) {
		if (process_memory_read(inspection->target.proc, processes->items[i].pid, shared,
					private_pool, &memory[count], error) == 0)
			count++;
		else if (!has_ended(error))
			return -1;
	}
	return measure(&inspection->stats, memory, count, inspection->session.host.memory.page_bytes,
		       shared > 0, private_pool > 0, &inspection->measurement, error);
}

static void read_rest(const struct inspect_request *request, struct inspection *inspection)
{
	cleanup_error struct error error = {0};

	plan_observe(&inspection->session.plan);
	plan_read(&inspection->session.plan, &inspection->target);
	if (request->measures && measure_router(inspection, &error) < 0) {
		hint_permission(&error);
		error_move(&inspection->unmeasured, &error);
	}
	error_clear(&error); /* a process exited meanwhile */
	if (!inspection->pid)
		error_set(&inspection->no_sysv, 0, "%s the group", inspection_nobody(inspection));
	else if (sysv_read_of(inspection->target.proc, inspection->pid, &inspection->sysv,
			      &inspection->no_sysv) < 0)
		hint_permission(&inspection->no_sysv);
}

/* Fails if another process got the pid meanwhile: part of the facts would be about that one. */
static int check_still_there(const struct inspection *inspection, const struct process_stats *before,
			     struct error *error)
{
	struct process_stats now;
	if (!inspection->pid)
		return 0;
	int result = process_stats_read(inspection->target.proc, inspection->pid, &now, error);
	bool same = result == 0 && now.start_ticks == before->start_ticks && now.state != 'Z';
	process_stats_clear(&now);
	return same ? 0
		    : error_set(error, 0, "process %d ended while siplaunch read it", (int)inspection->pid);
}

/* ---- all of it ---- */

/* Finds the router. A named group is searched below this machine's cgroup mount, which must be read first. */
static int find_target(const struct inspect_request *request, struct inspection *inspection,
		       struct error *error)
{
	if (request->running.cgroup && inspection_host(0, &inspection->session, error) < 0)
		return -1;
	return inspection_find(request, inspection, error);
}

static int gather(const struct inspect_request *request, struct inspection *inspection,
		  const struct process_stats *process, struct error *error)
{
	int proc = inspection->target.proc;

	if (inspection->pid && read_command(proc, process, inspection, error) < 0)
		return -1;
	if (!inspection->group)
		inspection->group = host_group_of(proc, inspection->pid);
	if (open_session(request, inspection, error) < 0 || open_place(inspection, error) < 0)
		return -1;
	cleanup_close int directory = read_group(inspection);
	if (read_processes(inspection, directory, request->running.cgroup != NULL, error) < 0)
		return -1;
	read_rest(request, inspection);
	inspection_sample(request, directory, inspection);
	return 0;
}

/* If the process has exited, that is the reason for any failure. */
static int look(const struct inspect_request *request, struct inspection *inspection,
		struct process_stats *process, struct error *error)
{
	if (find_target(request, inspection, error) < 0)
		return -1;
	if (inspection->pid &&
	    inspection_check(inspection->target.proc, inspection->pid, process, error) < 0) {
		hint_permission(error);
		return -1;
	}
	int result = gather(request, inspection, process, error);
	return check_still_there(inspection, process, error) < 0 ? -1 : result;
}

int inspection_open(const struct inspect_request *request, struct inspection *inspection, struct error *error)
{
	struct process_stats process = {0};

	*inspection = (struct inspection){
		.session = {.roots = {.root = -1, .proc = -1}},
		.target = {.proc = -1, .cgroup = -1, .origin_procs = -1},
		.directory = -1,
	};
	inspection->target.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (inspection->target.proc < 0)
		return error_set(error, errno, "open /proc");
	int result = look(request, inspection, &process, error);
	process_stats_clear(&process);
	if (result == 0 && inspection->compared)
		inspection_compare(inspection);
	return result;
}

static void drifts_clear(struct drifts *drifts)
{
	for (size_t i = 0; i < drifts->count; i++) {
		value_clear(&drifts->items[i].wanted);
		value_clear(&drifts->items[i].actual);
		free(drifts->items[i].text);
		free(drifts->items[i].hint);
	}
	free(drifts->items);
}

void inspection_close(struct inspection *inspection)
{
	inspection->target.argv = NULL; /* not owned by the target */
	management_clear(&inspection->management);
	free(inspection->no_management);
	sample_clear(&inspection->sample);
	observation_clear(&inspection->seen);
	if (inspection->directory >= 0)
		close(inspection->directory);
	target_close(&inspection->target);
	drifts_clear(&inspection->drifts);
	drifts_clear(&inspection->unknown);
	drifts_clear(&inspection->not_permitted);
	processes_clear(&inspection->processes);
	running_clear(&inspection->running);
	free(inspection->own);
	free(inspection->program);
	running_routers_clear(&inspection->candidates);
	group_stats_clear(&inspection->stats);
	error_clear(&inspection->unmeasured);
	error_clear(&inspection->no_sysv);
	session_close(&inspection->session);
	argv_free(inspection->argv);
	argv_free(inspection->asked);
	free(inspection->group);
	*inspection = (struct inspection){0};
}
