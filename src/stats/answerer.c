/* SPDX-License-Identifier: MIT */
#include "stats/answerer.h"

#include "base/error.h"
#include "stats/process.h"
#include "stats/sample.h"

static bool is_named(const struct sample *sample, pid_t pid)
{
	if (sample->reported_pid == pid)
		return true;
	for (size_t i = 0; i < sample->private_count; i++)
		if (sample->privates[i].pid == pid)
			return true;
	return false;
}

/* A pid that the answers name; 0: they name none. */
static pid_t named(const struct sample *sample)
{
	if (sample->reported_pid)
		return sample->reported_pid;
	for (size_t i = 0; i < sample->private_count; i++)
		if (sample->privates[i].pid)
			return sample->privates[i].pid;
	return 0;
}

int answerer_check(int proc, pid_t main_pid, const struct pids *own, const struct sample *sample,
		   struct error *error)
{
	pid_t other = named(sample);

	/* as a rule, without a look at /proc */
	if (!other || (main_pid && is_named(sample, main_pid)))
		return 0;
	for (size_t i = 0; i < own->count; i++) {
		/* not known: proves nothing */
		pid_t pid = process_inner_pid(proc, own->items[i]);
		if (!pid || is_named(sample, pid))
			return 0;
	}
	error_set(error, 0, "another router answered: its process %d does not belong to this router",
		  (int)other);
	return error_hint(error, "give each router an address of its own in its configuration");
}
