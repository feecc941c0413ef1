/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_CPUS_H
#define SIPLAUNCH_HOST_CPUS_H
/*
 * How much CPU time a group may use: the smallest cpu.max of the group and of all groups above. Read on
 * demand, because a launch does not need it.
 */
#include <stdint.h>

struct error;
struct host;
struct host_roots;

struct cpu_quota {
	uint64_t thousandths; /* of a CPU: 1500 is one and a half; UNLIMITED: no cpu.max limits it */
	char *source;         /* "/sip.slice cpu.max"; NULL: no limit */
};

/* "150000 100000" or "max 100000" in thousandths of a CPU; UNLIMITED for "max" and for a malformed text. */
uint64_t cpu_quota_parse(const char *text);

/* How many CPUs a list such as "0-3,8" names; 0: it is malformed. */
unsigned cpu_list_count(const char *text);

/*
 * Reads the quota in force in the group `path` (as in /proc/PID/cgroup), as far as the mount shows the groups
 * above it. `path` NULL: in the group below which siplaunch may make groups, else in its own. A cpu.max that
 * is missing or cannot be read counts as no limit. cpu_quota_clear() afterwards. 0, or -1 where descriptors
 * or memory ran out (errno_is_shortage()).
 */
int cpu_quota_read(const struct host_roots *roots, const struct host *host, const char *path,
		   struct cpu_quota *quota, struct error *error);
void cpu_quota_clear(struct cpu_quota *quota);

#define cleanup_cpu_quota __attribute__((cleanup(cpu_quota_clear)))

#endif
