/* SPDX-License-Identifier: MIT */
#include "stats/running.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "host/host.h"
#include "router/router.h"

/* ---- programs ---- */

static const struct router *router_named(const char *name)
{
	const struct router *router = router_find(NULL, name);
	return router->sizes_by_arguments ? router : NULL;
}

static char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return xstrdup(slash ? slash + 1 : path);
}

/* The kernel appends " (deleted)" to the path of a file that was replaced, as an upgrade does. */
static char *executable_name(int proc, pid_t pid)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX];
	cleanup_free char *link = xasprintf("%d/exe", (int)pid);
	ssize_t length = readlinkat(proc, link, path, sizeof path - 1);

	if (length < 0)
		return NULL;
	path[length] = '\0';
	size_t end = (size_t)length, extra = sizeof deleted - 1;
	if (end > extra && strcmp(path + end - extra, deleted) == 0)
		path[end - extra] = '\0';
	return base_name(path);
}

/* argv[0] if that is a router's name: for a renamed executable, or one that we may not read. */
static char *called_name(int proc, pid_t pid)
{
	char **argv = process_command(proc, pid, NULL);
	char *name = argv && argv[0] ? base_name(argv[0]) : NULL;
	argv_free(argv);
	if (name && router_named(name))
		return name;
	free(name);
	return NULL;
}

/*
 * The executable decides, not the title that a process writes over its arguments, nor its comm: an init
 * script has the name of its service as comm, and a shell as executable.
 */
static void read_program(int proc, const struct process_stats *process, struct program *program)
{
	cleanup_free char *executable = executable_name(proc, process->pid);

	process_file_of(proc, process->pid, &program->file);
	if (!executable || !router_named(executable))
		program->name = called_name(proc, process->pid);
	if (!program->name)
		program->name = xstrdup(executable ? executable : process->comm);
	program->router = router_named(program->name);
}

static void drop_zombies(struct processes *processes)
{
	size_t kept = 0;
	for (size_t i = 0; i < processes->count; i++)
		if (processes->items[i].state == 'Z' || processes->items[i].state == 'X')
			process_stats_clear(&processes->items[i]);
		else
			processes->items[kept++] = processes->items[i];
	processes->count = kept;
}

static void read_programs(int proc, struct running *running)
{
	size_t count = running->processes.count;
	running->programs = xcalloc(count + 1, sizeof *running->programs);
	for (size_t i = 0; i < count; i++)
		if (!running->processes.items[i].kernel_thread)
			read_program(proc, &running->processes.items[i], &running->programs[i]);
		else
			running->programs[i].name = xstrdup(running->processes.items[i].comm);
}

static void running_read_some(int proc, const struct pids *pids, struct running *running)
{
	*running = (struct running){0};
	processes_read(proc, pids, &running->processes);
	drop_zombies(&running->processes);
	read_programs(proc, running);
}

void running_read_dying(int proc, const struct pids *pids, struct running *running)
{
	*running = (struct running){0};
	processes_read(proc, pids, &running->processes);
	read_programs(proc, running);
}

int running_read(int proc, struct running *running, struct error *error)
{
	struct pids pids;

	*running = (struct running){0};
	if (process_every(proc, &pids, error) < 0)
		return -1;
	running_read_some(proc, &pids, running);
	pids_clear(&pids);
	return 0;
}

void running_clear(struct running *running)
{
	for (size_t i = 0; running->programs && i < running->processes.count; i++)
		free(running->programs[i].name);
	free(running->programs);
	processes_clear(&running->processes);
	*running = (struct running){0};
}

/* ---- families ---- */

static int compare_pid(const void *key, const void *item)
{
	pid_t pid = *(const pid_t *)key, other = ((const struct process_stats *)item)->pid;
	return (pid > other) - (pid < other);
}

static ssize_t position(const struct running *running, pid_t pid)
{
	const struct processes *processes = &running->processes;
	const struct process_stats *found = processes->count
						    ? bsearch(&pid, processes->items, processes->count,
							      sizeof *processes->items, compare_pid)
						    : NULL;
	return found ? found - processes->items : -1;
}

const struct program *running_program(const struct running *running, pid_t pid)
{
	ssize_t at = position(running, pid);
	return at < 0 ? NULL : &running->programs[at];
}

static bool same_program(const struct program *a, const struct program *b)
{
	if (a->router || b->router)
		return a->router == b->router;
	return strcmp(a->name, b->name) == 0;
}

static bool same_file(const struct program *a, const struct program *b)
{
	if (a->file.inode && b->file.inode)
		return a->file.device == b->file.device && a->file.inode == b->file.inode;
	return same_program(a, b);
}

/* Bounded by the number of processes, as parents that were read at different times could form a ring. */
static size_t topmost(const struct running *running, size_t at)
{
	const struct processes *processes = &running->processes;
	for (size_t i = 0; i < processes->count; i++) {
		ssize_t parent = position(running, processes->items[at].parent);
		if (parent < 0 || !same_program(&running->programs[at], &running->programs[parent]))
			break;
		at = (size_t)parent;
	}
	return at;
}

static bool descends(const struct running *running, size_t at, pid_t root)
{
	const struct processes *processes = &running->processes;
	for (size_t i = 0; i <= processes->count; i++) {
		if (processes->items[at].pid == root)
			return true;
		ssize_t parent = position(running, processes->items[at].parent);
		if (parent < 0)
			break;
		at = (size_t)parent;
	}
	return false;
}

/* The only router whose main process descends from `pid`; 0: there is none, or there are several. */
static pid_t only_router_below(const struct running *running, pid_t pid)
{
	pid_t only = 0;
	for (size_t i = 0; i < running->processes.count; i++) {
		if (!running->programs[i].router || topmost(running, i) != i || !descends(running, i, pid))
			continue;
		if (only)
			return 0;
		only = running->processes.items[i].pid;
	}
	return only;
}

pid_t running_main(const struct running *running, pid_t pid)
{
	ssize_t at = position(running, pid);
	if (at < 0)
		return pid;
	if (running->programs[at].router)
		return running->processes.items[topmost(running, (size_t)at)].pid;
	pid_t below = only_router_below(running, pid);
	return below ? below : pid;
}

bool running_is_own(const struct running *running, pid_t main, pid_t pid)
{
	ssize_t at = position(running, pid), root = position(running, main);
	return at >= 0 && root >= 0 && descends(running, (size_t)at, main) &&
	       same_file(&running->programs[at], &running->programs[root]);
}

size_t running_count_own(const struct running *running, pid_t main)
{
	size_t count = 0;
	for (size_t i = 0; i < running->processes.count; i++)
		count += running_is_own(running, main, running->processes.items[i].pid);
	return count;
}

size_t running_count_staying(int proc, pid_t main)
{
	cleanup_running struct running before = {0}, now = {0};
	size_t count = 0;

	if (running_read(proc, &before, NULL) < 0 || running_read(proc, &now, NULL) < 0)
		return 0;
	for (size_t i = 0; i < before.processes.count; i++) {
		pid_t pid = before.processes.items[i].pid;
		count += running_is_own(&before, main, pid) && running_is_own(&now, main, pid);
	}
	return count;
}

/* ---- lists ---- */

static void add_router(int proc, const struct running *running, size_t at, struct running_routers *found)
{
	pid_t pid = running->processes.items[at].pid;
	struct running_router *router = ARRAY_ADD(found->items, found->count);
	*router = (struct running_router){
		.pid = pid,
		.name = xstrdup(running->programs[at].name),
		.group = host_group_of(proc, pid),
		.processes = running_count_own(running, pid),
	};
}

struct word {
	const char *text;
	size_t length;
};

/* The next component of a path; moves *at behind it. False at the end. */
static bool next_component(const char **at, struct word *component)
{
	*at += strspn(*at, "/");
	*component = (struct word){*at, strcspn(*at, "/")};
	*at += component->length;
	return component->length > 0;
}

static bool ends_with(const struct word *word, const char *end)
{
	size_t length = strlen(end);
	return word->length > length && strncmp(word->text + word->length - length, end, length) == 0;
}

/* The length of "kamailio" in "kamailio.service"; 0: the component is no service and no scope. */
static size_t unit_stem(const struct word *component)
{
	static const char *const suffixes[] = {".service", ".scope"};
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (ends_with(component, suffixes[i]))
			return component->length - strlen(suffixes[i]);
	return 0;
}

static bool is_unit(const struct word *component, const struct word *unit)
{
	size_t stem = unit_stem(component);
	bool whole = unit->length == component->length && (stem || ends_with(component, ".slice"));
	return (whole || (stem && unit->length == stem)) &&
	       strncmp(component->text, unit->text, unit->length) == 0;
}

/* The group is that unit's or below it. */
static bool in_unit(const char *group, const char *unit)
{
	const struct word wanted = {unit, strlen(unit)};
	struct word component;
	while (next_component(&group, &component))
		if (is_unit(&component, &wanted))
			return true;
	return false;
}

/* ---- how one is named ---- */

char *running_unit(const char *group)
{
	struct word component, unit = {0};
	while (next_component(&group, &component))
		if (unit_stem(&component))
			unit = component;
	return unit.text ? xstrndup(unit.text, unit.length) : NULL;
}

static bool names_another(const struct running_routers *found, size_t index, const char *unit)
{
	for (size_t i = 0; i < found->count; i++)
		if (i != index && found->items[i].group && in_unit(found->items[i].group, unit))
			return true;
	return false;
}

static bool shares_group(const struct running_routers *found, size_t index)
{
	const char *group = found->items[index].group;
	size_t length = strlen(group);
	for (size_t i = 0; i < found->count; i++) {
		const char *other = found->items[i].group;
		if (i != index && other && strncmp(other, group, length) == 0 &&
		    (!other[length] || other[length] == '/'))
			return true;
	}
	return false;
}

static char *selector_of(const struct running_routers *found, size_t index)
{
	const struct running_router *router = &found->items[index];
	char *unit = router->group ? running_unit(router->group) : NULL;
	if (unit && !names_another(found, index, unit))
		return unit;
	free(unit);
	/* one that is outside of our cgroup namespace begins with "/.." */
	bool nameable = router->group && strcmp(router->group, "/") != 0 && !strstr(router->group, "/..");
	if (nameable && !shares_group(found, index))
		return xstrdup(router->group);
	return xasprintf("%d", (int)router->pid);
}

/* ---- lists, sorted and filtered ---- */

static int by_pid(const void *a, const void *b)
{
	pid_t x = ((const struct running_router *)a)->pid, y = ((const struct running_router *)b)->pid;
	return (x > y) - (x < y);
}

static void sort_by_pid(struct running_routers *found)
{
	if (found->count)
		qsort(found->items, found->count, sizeof *found->items, by_pid);
}

void running_routers(int proc, const struct running *running, struct running_routers *found)
{
	*found = (struct running_routers){0};
	for (size_t i = 0; i < running->processes.count; i++)
		if (running->programs[i].router && topmost(running, i) == i)
			add_router(proc, running, i, found);
	sort_by_pid(found);
	for (size_t i = 0; i < found->count; i++)
		found->items[i].selector = selector_of(found, i);
}

static bool is_named(const struct running_router *router, const struct program *program, const char *word)
{
	return strcmp(router->name, word) == 0 ||
	       (program && program->router && strcmp(program->router->name, word) == 0) ||
	       (router->group && in_unit(router->group, word));
}

static void router_clear(struct running_router *router)
{
	free(router->name);
	free(router->group);
	free(router->selector);
}

static void keep(struct running_routers *found, const bool *wanted)
{
	size_t kept = 0;
	for (size_t i = 0; i < found->count; i++)
		if (wanted[i])
			found->items[kept++] = found->items[i];
		else
			router_clear(&found->items[i]);
	found->count = kept;
}

static void other_programs(int proc, const struct running *running, const char *word,
			   struct running_routers *found)
{
	for (size_t i = 0; i < running->processes.count; i++)
		if (!running->processes.items[i].kernel_thread &&
		    strcmp(running->programs[i].name, word) == 0 && topmost(running, i) == i)
			add_router(proc, running, i, found);
	sort_by_pid(found);
	for (size_t i = 0; i < found->count; i++)
		found->items[i].selector = xasprintf("%d", (int)found->items[i].pid);
}

void running_named(int proc, const struct running *running, const char *word, struct running_routers *found)
{
	running_routers(proc, running, found);
	cleanup_free bool *wanted = xcalloc(found->count + 1, sizeof *wanted);
	for (size_t i = 0; i < found->count; i++)
		wanted[i] = is_named(&found->items[i], running_program(running, found->items[i].pid), word);
	keep(found, wanted);
	if (!found->count)
		other_programs(proc, running, word, found);
}

void running_among(int proc, const struct running *running, const struct pids *pids,
		   struct running_routers *found)
{
	running_routers(proc, running, found);
	cleanup_free bool *wanted = xcalloc(found->count + 1, sizeof *wanted);
	for (size_t i = 0; i < found->count; i++)
		wanted[i] = pids_have(pids, found->items[i].pid);
	keep(found, wanted);
}

void running_routers_clear(struct running_routers *found)
{
	for (size_t i = 0; i < found->count; i++)
		router_clear(&found->items[i]);
	free(found->items);
	*found = (struct running_routers){0};
}
