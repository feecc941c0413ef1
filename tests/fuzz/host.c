/* SPDX-License-Identifier: MIT */
/* What a machine or container says of itself: the input is its proc, sys and cgroup tree, as the folders of
 * tests/fixtures/hosts are. "main" may name the group that is to be made. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "fuzz.h"
#include "host/cpus.h"
#include "host/host.h"
#include "virtual.h"

static void read_quota(const struct host_roots *roots, const struct host *host)
{
	cleanup_cpu_quota struct cpu_quota quota = {0};
	cpu_quota_read(roots, host, NULL, &quota, NULL);
}

static void read_machine_of(const char *group)
{
	static const char *const files[] = {"memory.oom.group", "pids.max", NULL};
	struct host_roots roots;
	struct host host;

	if (host_roots_open("/.", &roots, NULL) < 0)
		return;
	const struct host_questions questions = {
		.group = *group ? group : NULL,
		.scope = *group ? "sip.slice/x.scope" : NULL,
		.group_files = files,
		.ask_systemd = true,
		.protection = true,
	};
	if (host_read(&roots, &questions, &host, NULL) == 0) {
		if (host.note_count > 65 || !host.cgroup.base_reason)
			abort();
		read_quota(&roots, &host);
		host_clear(&host);
	}
	host_roots_close(&roots);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	virtual_begin(data, size);
	char *group = virtual_text(VIRTUAL_MAIN);
	group[strcspn(group, "\n")] = '\0';
	read_machine_of(group);
	virtual_end();
	return 0;
}
