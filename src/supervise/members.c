/* SPDX-License-Identifier: MIT */
#include "supervise/members.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/value.h"
#include "stats/process.h"

/* True in a PID namespace whose /proc was not mounted anew: there /proc/self does not name getpid(). */
static bool proc_is_foreign(int proc)
{
	char name[32];
	uint64_t number;
	ssize_t length = readlinkat(proc, "self", name, sizeof name - 1);
	name[length < 0 ? 0 : length] = '\0';
	return !parse_u64(name, &number) || number != (uint64_t)getpid();
}

void members_open(struct members *members, int proc)
{
	*members = (struct members){.proc = proc, .group = -1, .foreign_proc = proc_is_foreign(proc)};
	if (!members->foreign_proc)
		process_tree(proc, getpid(), &members->before, NULL);
}

void members_clear(struct members *members)
{
	pids_clear(&members->before);
}

void members_except(struct members *members, pid_t pid)
{
	*ARRAY_ADD(members->before.items, members->before.count) = pid;
}

/* Drops the earlier processes and their descendants. 0, or -1 with none left: if their trees cannot be read,
 * they cannot be distinguished from the router's. */
static int drop_others(const struct members *members, struct pids *pids, struct error *error)
{
	size_t kept = 0;
	for (size_t i = 0; i < members->before.count; i++) {
		struct pids tree;
		pid_t root = members->before.items[i];
		if (root == getpid())
			continue;
		if (process_tree(members->proc, root, &tree, error) < 0) {
			pids_clear(pids);
			return -1;
		}
		for (size_t j = 0; j < pids->count; j++)
			if (pids_have(&tree, pids->items[j]))
				pids->items[j] = 0;
		pids_clear(&tree);
	}
	for (size_t i = 0; i < pids->count; i++)
		if (pids->items[i] && pids->items[i] != getpid())
			pids->items[kept++] = pids->items[i];
	pids->count = kept;
	return 0;
}

static int drop_dead(const struct members *members, struct pids *pids, struct error *error)
{
	struct processes processes;
	size_t kept = 0;
	processes_read(members->proc, pids, &processes);
	for (size_t i = 0; i < processes.count; i++)
		if (processes.items[i].state != 'Z' && processes.items[i].state != 'X')
			pids->items[kept++] = processes.items[i].pid;
	pids->count = kept;
	int result = processes_complete(&processes, error);
	processes_clear(&processes);
	return result;
}

/* 0; -1 if not all of them could be listed, because descriptors or memory ran out. */
static int list(const struct members *members, struct pids *pids)
{
	cleanup_error struct error error = {0};

	*pids = (struct pids){0};
	if (members->group >= 0)
		return group_processes(members->group, pids, &error) < 0 && errno_is_shortage(error.errnum)
			       ? -1
			       : 0;
	if (members->foreign_proc) { /* only the main process has a known PID */
		if (members->main > 0 && kill(members->main, 0) == 0)
			*ARRAY_ADD(pids->items, pids->count) = members->main;
		return 0;
	}
	if (process_tree(members->proc, getpid(), pids, &error) < 0 ||
	    drop_others(members, pids, &error) < 0 || drop_dead(members, pids, &error) < 0)
		return errno_is_shortage(error.errnum) ? -1 : 0;
	return 0;
}

bool members_live(const struct members *members)
{
	struct pids pids;
	bool live = list(members, &pids) < 0 || pids.count > 0;
	pids_clear(&pids);
	return live;
}

size_t members_count(const struct members *members)
{
	struct pids pids;
	list(members, &pids);
	size_t count = pids.count;
	pids_clear(&pids);
	return count;
}

void members_signal(const struct members *members, int signal)
{
	struct pids pids;
	list(members, &pids);
	for (size_t i = 0; i < pids.count; i++)
		kill(pids.items[i], signal);
	pids_clear(&pids);
}

void members_kill(const struct members *members)
{
	if (members->group >= 0 && pseudo_write(members->group, "cgroup.kill", "1") == 0)
		return;
	members_signal(members, SIGKILL);
}
