/* SPDX-License-Identifier: MIT */
/* What /proc and a group say of running processes: the input has "proc/PID/…" and, below "group", the files
 * of the router's cgroup. "main" is what a person calls the router. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "fuzz.h"
#include "host/host.h"
#include "router/router.h"
#include "stats/measure.h"
#include "stats/memory_shares.h"
#include "stats/running.h"
#include "stats/sample.h"
#include "stats/sysv.h"
#include "stats/watch.h"
#include "virtual.h"

#define PROCESSES_MAX 16

static void look_at_sample(const struct sample *sample)
{
	struct memory_shares shares;
	struct private_group *groups = NULL;
	size_t count = 0;
	struct sample again = {0};
	json_t *json = sample_json(sample);

	memory_shares_of(sample, 4096, &shares);
	private_groups_of(sample, &groups, &count);
	private_groups_clear(groups, count);
	/* what one siplaunch writes, another reads */
	if (sample_from_json(json, &again, NULL) < 0)
		abort();
	sample_clear(&again);
	json_decref(json);
}

static void take_sample(int proc, int group, pid_t pid)
{
	cleanup_error struct error error = {0};
	struct sample sample = {0};
	const struct sample_target target = {
		.proc = proc,
		.directory = group,
		.pid = pid,
		.group = "/group",
		.router = router_find("kamailio", NULL),
	};

	if (sample_take(&target, &sample, &error) == 0)
		look_at_sample(&sample);
	sample_clear(&sample);
}

static void measure_all(int proc, int group, const struct running *running)
{
	cleanup_error struct error error = {0};
	struct process_memory memory[PROCESSES_MAX] = {0};
	struct group_stats stats = {0};
	struct measurement measurement;
	unsigned shared_mib = 256, private_mib = 8;
	size_t count = 0;

	sscanf(virtual_text("proc/pools"), "%u %u", &shared_mib, &private_mib);
	for (size_t i = 0; i < running->processes.count && count < PROCESSES_MAX; i++)
		if (process_memory_read(proc, running->processes.items[i].pid, shared_mib * MIB,
					private_mib * MIB, &memory[count], NULL) == 0)
			count++;
	if (group >= 0)
		group_stats_read(group, &stats);
	measure(&stats, memory, count, 4096, shared_mib > 0, private_mib > 0, &measurement, &error);
	group_stats_clear(&stats);
}

static void look_at_process(int proc, int group, const struct running *running, pid_t pid)
{
	cleanup_running_routers struct running_routers routers_ = {0};
	const struct pids one = {.items = &pid, .count = 1};

	pid_t main_pid = running_main(running, pid);
	running_count_own(running, main_pid);
	running_among(proc, running, &one, &routers_);
	argv_free(process_environment(proc, pid, NULL));
	free(host_group_of(proc, pid));
	take_sample(proc, group, main_pid);
}

static void watch_group(int proc, int group, pid_t router)
{
	struct watch watch;
	struct memory_events news;

	watch_open(&watch, group, true);
	watch_router(&watch, proc, router);
	watch_look(&watch, 1000, &news);
	watch_look(&watch, 100000, &news);
	watch_limit_of_kill(&watch);
	watch_close(&watch);
}

static void look(int proc, int group, const char *word)
{
	cleanup_running struct running running = {0};
	cleanup_running_routers struct running_routers all = {0}, named = {0};
	struct sysv_stats sysv;

	if (running_read(proc, &running, NULL) < 0)
		return;
	running_routers(proc, &running, &all);
	running_named(proc, &running, word, &named);
	for (size_t i = 0; i < running.processes.count && i < 4; i++)
		look_at_process(proc, group, &running, running.processes.items[i].pid);
	measure_all(proc, group, &running);
	sysv_read(proc, &sysv, NULL);
	if (group >= 0)
		watch_group(proc, group, running.processes.count ? running.processes.items[0].pid : 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	virtual_begin(data, size);
	int proc = open("proc", O_RDONLY | O_DIRECTORY), group = open("group", O_RDONLY | O_DIRECTORY);
	char *word = virtual_text(VIRTUAL_MAIN);
	word[strcspn(word, "\n")] = '\0';
	if (proc >= 0)
		look(proc, group, word);
	if (proc >= 0)
		close(proc);
	if (group >= 0)
		close(group);
	virtual_end();
	return 0;
}
