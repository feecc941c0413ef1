/* SPDX-License-Identifier: MIT */
#include "inspect/find.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/host.h"
#include "inspect/inspection.h"
#include "stats/running.h"

int inspection_check(int proc, pid_t pid, struct process_stats *process, struct error *error)
{
	if (process_stats_read(proc, pid, process, error) < 0) {
		if (error->errnum == ESRCH)
			error_set(error, 0, "there is no process %d", (int)pid);
		return -1;
	}
	if (process->kernel_thread)
		return error_set(error, 0, "process %d (%s) is a kernel thread, not a router", (int)pid,
				 process->comm);
	if (process->state == 'Z')
		return error_set(
			error, 0,
			"process %d (%s) has ended: it is a zombie that its parent, %d, has not reaped",
			(int)pid, process->comm, (int)process->parent);
	return 0;
}

/* ---- several, or none ---- */

/* "kamailio.service, 4711": what selects each of the routers. Caller frees. */
static char *selectors(const struct running_routers *found)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < found->count; i++)
		text_append(&text, ", ", "%s", found->items[i].selector);
	return text;
}

static int too_many(const struct inspect_request *request, const struct running_routers *found,
		    struct error *error)
{
	if (request->running.name)
		error_set(error, 0, "%zu programs match \"%s\"", found->count, request->running.name);
	else if (request->running.cgroup)
		error_set(error, 0, "%zu routers run in %s", found->count, request->running.cgroup);
	else
		error_set(error, 0, "%zu routers run here", found->count);
	return error_hint(error, "give one of those listed: siplaunch %s %s", request->command,
			  found->items[0].selector);
}

/* No router found. An ordinary user cannot see other users' processes if /proc is mounted with hidepid: the
 * hint says so. */
static int nothing_found(const struct inspect_request *request, const struct running_routers *all,
			 struct error *error)
{
	if (request->running.name)
		error_set(error, 0, "no running process is named \"%s\", and no unit with a router in it",
			  request->running.name);
	else
		error_set(error, 0, "no OpenSIPS and no Kamailio runs here");
	if (!all->count)
		return error_hint(
			error, "%sgive the pid of the process",
			geteuid() == 0 ? "" : "run it as root if /proc hides other users' processes, or ");
	cleanup_free char *list = selectors(all);
	return error_hint(error, "running here: %s", list);
}

/* Takes the only one; keeps several for the report. */
static int choose(const struct inspect_request *request, struct running_routers *found,
		  struct inspection *inspection, struct error *error)
{
	if (found->count == 1) {
		inspection->pid = found->items[0].pid;
		return 0;
	}
	inspection->candidates = *found;
	*found = (struct running_routers){0};
	return too_many(request, &inspection->candidates, error);
}

/* ---- by a group ---- */

/* "/sip.slice/a" for itself, for "sip.slice/a", and for "/sys/fs/cgroup/sip.slice/a". Caller frees. */
static char *group_named(const struct host *host, const char *path)
{
	size_t length = strlen(host->cgroup.mount);
	bool below = strncmp(path, host->cgroup.mount, length) == 0 && (path[length] == '/' || !path[length]);
	cleanup_free char *copy = xstrdup(below ? path + length : path);
	for (size_t end = strlen(copy); end > 0 && copy[end - 1] == '/'; end--)
		copy[end - 1] = '\0';
	const char *root = host->cgroup.mount_root ? host->cgroup.mount_root : "/";
	return path_join(root, host_below_mount(host, copy));
}

static int no_such_group(const struct host *host, const char *path, struct error *error)
{
	struct statfs info;
	if (statfs(path, &info) == 0 && info.f_type != CGROUP2_SUPER_MAGIC)
		error_set(error, 0, "%s exists, but is not a cgroup v2 group", path);
	else if (error->errnum)
		error_set(error, error->errnum, "open the group %s", path);
	return error_hint(error, "give a path below %s, such as the one behind \"0::\" in /proc/PID/cgroup",
			  host->cgroup.mount);
}

static int open_group(const struct inspect_request *request, struct inspection *inspection,
		      struct error *error)
{
	const struct host *host = &inspection->session.host;

	if (!host->cgroup.mount)
		return error_set(error, 0, "no cgroup v2 file system is mounted here");
	inspection->group = group_named(host, request->running.cgroup);
	cleanup_close int mount = open(host->cgroup.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		return error_set(error, errno, "open %s", host->cgroup.mount);
	int directory = group_directory_open(mount, host_below_mount(host, inspection->group), error);
	if (directory >= 0)
		return directory;
	inspection->nothing = error->errnum == ENOENT; /* the group goes with its router */
	return no_such_group(host, request->running.cgroup, error);
}

/* The router's limit may be in a child of the named group: the leaf of a scope, or of a delegated unit. */
static void take_own_group(struct inspection *inspection)
{
	char *own = host_group_of(inspection->target.proc, inspection->pid);
	size_t length = strlen(inspection->group);

	if (own && strncmp(own, inspection->group, length) == 0) {
		free(inspection->group);
		inspection->group = own;
		return;
	}
	free(own);
}

/* If no router is in the group: takes its first process, if it has one. */
static void take_leader(const struct pids *pids, struct inspection *inspection)
{
	struct processes processes;
	processes_read(inspection->target.proc, pids, &processes);
	const struct process_stats *leader = processes_main(&processes);
	inspection->pid = leader ? leader->pid : 0;
	processes_clear(&processes);
}

static int choose_in_group(const struct inspect_request *request, const struct running *running,
			   const struct pids *pids, struct inspection *inspection, struct error *error)
{
	cleanup_running_routers struct running_routers found = {0};

	running_among(inspection->target.proc, running, pids, &found);
	if (!found.count) {
		take_leader(pids, inspection);
		return 0;
	}
	if (choose(request, &found, inspection, error) < 0)
		return -1;
	take_own_group(inspection);
	return 0;
}

static int find_by_group(const struct inspect_request *request, const struct running *running,
			 struct inspection *inspection, struct error *error)
{
	struct pids pids;
	cleanup_close int directory = open_group(request, inspection, error);

	if (directory < 0)
		return -1;
	if (group_processes(directory, &pids, error) < 0)
		return error_context(error, "%s", inspection->group);
	inspection->outside = pids.outside;
	int result = choose_in_group(request, running, &pids, inspection, error);
	pids_clear(&pids);
	return result;
}

/* ---- by a process, by a name, without either ---- */

/* Process 1 always exists: if it is not visible, /proc is mounted with hidepid, and other users' processes
 * are hidden. */
static bool sees_every_process(const struct running *running)
{
	return running_program(running, 1) != NULL;
}

static int find_by_pid(const struct inspect_request *request, const struct running *running,
		       struct inspection *inspection, struct error *error)
{
	struct process_stats process;
	pid_t pid = process_of_thread(inspection->target.proc, request->running.pid);
	int result = inspection_check(inspection->target.proc, pid, &process, error);

	process_stats_clear(&process);
	inspection->nothing = !running_program(running, pid) && sees_every_process(running);
	if (result < 0)
		return -1;
	inspection->given = request->running.pid;
	inspection->pid = running_main(running, pid);
	return 0;
}

static int find_by_name(const struct inspect_request *request, const struct running *running,
			struct inspection *inspection, struct error *error)
{
	cleanup_running_routers struct running_routers all = {0}, named = {0};
	struct running_routers *found = request->running.name ? &named : &all;
	int proc = inspection->target.proc;

	running_routers(proc, running, &all);
	if (request->running.name)
		running_named(proc, running, request->running.name, &named);
	inspection->nothing = !found->count && sees_every_process(running);
	return found->count ? choose(request, found, inspection, error) : nothing_found(request, &all, error);
}

static int find(const struct inspect_request *request, const struct running *running,
		struct inspection *inspection, struct error *error)
{
	if (request->running.pid)
		return find_by_pid(request, running, inspection, error);
	return request->running.cgroup ? find_by_group(request, running, inspection, error)
				       : find_by_name(request, running, inspection, error);
}

int inspection_find(const struct inspect_request *request, struct inspection *inspection, struct error *error)
{
	struct running *running = &inspection->running;

	if (running_read(inspection->target.proc, running, error) < 0 ||
	    find(request, running, inspection, error) < 0)
		return -1;
	const struct program *program = running_program(running, inspection->pid);
	inspection->program = program ? xstrdup(program->name) : NULL;
	return 0;
}
