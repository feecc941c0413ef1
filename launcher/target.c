/* SPDX-License-Identifier: MIT */
#include "target.h"

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
#include "inspection.h"
#include "log.h"
#include "report.h"
#include "report_inspect.h"
#include "stats/running.h"

int target_check(int proc, pid_t pid, struct process_stats *process, struct error *error)
{
	if (process_stats_read(proc, pid, process, error) < 0) {
		if (error->errnum == ESRCH)
			error_set(error, 0, "there is no process %d", (int)pid);
		return -1;
	}
	if (process->kernel_thread)
		return error_set(error, 0, "process %d (%s) is a kernel thread, no router", (int)pid,
				 process->comm);
	if (process->state == 'Z')
		return error_set(
			error, 0,
			"process %d (%s) has ended: it is a zombie that its parent, %d, has not reaped",
			(int)pid, process->comm, (int)process->parent);
	return 0;
}

/* ---- several, or none ---- */

/* "kamailio.service, 4711": what names each of them. A fresh string. */
static char *selectors(const struct running_routers *found)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < found->count; i++) {
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s", before, *before ? ", " : "", found->items[i].selector);
	}
	return text;
}

static int too_many(const struct options *options, const struct running_routers *found, struct error *error)
{
	const char *command = commands[options->command].name;

	if (options->running)
		error_set(error, 0, "%zu programs match \"%s\"", found->count, options->running);
	else if (options->cgroup)
		error_set(error, 0, "%zu routers run in %s", found->count, options->cgroup);
	else
		error_set(error, 0, "%zu routers run here", found->count);
	return error_hint(error, "give one of those listed: siplaunch %s %s", command,
			  found->items[0].selector);
}

/* What a hidden /proc (mount option hidepid) keeps from an ordinary user is not seen. */
static int nothing_found(const struct options *options, const struct running_routers *all,
			 struct error *error)
{
	if (options->running)
		error_set(error, 0, "no running process is named \"%s\", and no unit with a router in it",
			  options->running);
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
static int choose(const struct options *options, struct running_routers *found, struct inspection *inspection,
		  struct error *error)
{
	if (found->count == 1) {
		inspection->pid = found->items[0].pid;
		return 0;
	}
	inspection->candidates = *found;
	*found = (struct running_routers){0};
	return too_many(options, &inspection->candidates, error);
}

/* ---- by a group ---- */

/* "/sip.slice/a" of that, of "sip.slice/a", and of "/sys/fs/cgroup/sip.slice/a". A fresh string. */
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
		error_set(error, 0, "%s is there, but is no cgroup v2 group", path);
	else if (error->errnum)
		error_set(error, error->errnum, "open the group %s", path);
	return error_hint(error, "give a path below %s, such as the one behind \"0::\" in /proc/PID/cgroup",
			  host->cgroup.mount);
}

static int open_group(const struct options *options, struct inspection *inspection, struct error *error)
{
	const struct host *host = &inspection->session.host;

	if (!host->cgroup.mount)
		return error_set(error, 0, "no cgroup v2 file system is mounted here");
	inspection->group = group_named(host, options->cgroup);
	cleanup_close int mount = open(host->cgroup.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		return error_set(error, errno, "open %s", host->cgroup.mount);
	int directory = group_directory_open(mount, host_below_mount(host, inspection->group), error);
	return directory < 0 ? no_such_group(host, options->cgroup, error) : directory;
}

/* A limit may be in a group below the one that was named: a scope's leaf, a delegated unit's. */
static void take_own_group(struct inspection *inspection)
{
	char *own = group_path_of(inspection->place.proc, inspection->pid);
	size_t length = strlen(inspection->group);

	if (own && strncmp(own, inspection->group, length) == 0) {
		free(inspection->group);
		inspection->group = own;
		return;
	}
	free(own);
}

/* Without a router in it: the first of its processes, if there is one. */
static void take_leader(const struct pids *pids, struct inspection *inspection)
{
	struct processes processes;
	processes_read(inspection->place.proc, pids, &processes);
	const struct process_stats *leader = processes_main(&processes);
	inspection->pid = leader ? leader->pid : 0;
	processes_clear(&processes);
}

static int choose_in_group(const struct options *options, const struct running *running,
			   const struct pids *pids, struct inspection *inspection, struct error *error)
{
	cleanup_running_routers struct running_routers found = {0};

	running_among(inspection->place.proc, running, pids, &found);
	if (!found.count) {
		take_leader(pids, inspection);
		return 0;
	}
	if (choose(options, &found, inspection, error) < 0)
		return -1;
	take_own_group(inspection);
	return 0;
}

static int find_by_group(const struct options *options, const struct running *running,
			 struct inspection *inspection, struct error *error)
{
	struct pids pids;
	cleanup_close int directory = open_group(options, inspection, error);

	if (directory < 0)
		return -1;
	if (group_processes(directory, &pids, error) < 0)
		return error_context(error, "%s", inspection->group);
	inspection->outside = pids.outside;
	int result = choose_in_group(options, running, &pids, inspection, error);
	pids_clear(&pids);
	return result;
}

/* ---- by a process, by a name, without either ---- */

static int find_by_pid(const struct options *options, const struct running *running,
		       struct inspection *inspection, struct error *error)
{
	struct process_stats process;
	int result = target_check(inspection->place.proc, options->pid, &process, error);

	process_stats_clear(&process);
	if (result < 0)
		return -1;
	inspection->given = options->pid;
	inspection->pid = running_main(running, options->pid);
	return 0;
}

static int find_by_name(const struct options *options, const struct running *running,
			struct inspection *inspection, struct error *error)
{
	cleanup_running_routers struct running_routers all = {0}, named = {0};
	struct running_routers *found = options->running ? &named : &all;
	int proc = inspection->place.proc;

	running_routers(proc, running, &all);
	if (options->running)
		running_named(proc, running, options->running, &named);
	return found->count ? choose(options, found, inspection, error) : nothing_found(options, &all, error);
}

static int find(const struct options *options, const struct running *running, struct inspection *inspection,
		struct error *error)
{
	if (options->pid)
		return find_by_pid(options, running, inspection, error);
	return options->cgroup ? find_by_group(options, running, inspection, error)
			       : find_by_name(options, running, inspection, error);
}

int target_find(const struct options *options, struct inspection *inspection, struct error *error)
{
	cleanup_running struct running running = {0};

	if (running_read(inspection->place.proc, &running, error) < 0 ||
	    find(options, &running, inspection, error) < 0)
		return -1;
	const struct program *program = running_program(&running, inspection->pid);
	inspection->program = program ? xstrdup(program->name) : NULL;
	return 0;
}

int target_refuse(const struct options *options, const struct inspection *inspection,
		  const struct error *error)
{
	if (inspection->session.state == SESSION_BAD_PROFILE) {
		log_problems(options, &inspection->session.problems);
		return EXIT_USAGE;
	}
	log_error(options, error);
	if (!inspection->candidates.count)
		return EXIT_SIPLAUNCH;
	if (options->format == OUTPUT_JSON)
		report_json_print(stdout, report_candidates_json(&inspection->candidates));
	else
		report_candidates(stdout, &inspection->candidates);
	return EXIT_USAGE;
}
