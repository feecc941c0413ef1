/* SPDX-License-Identifier: MIT */
#include "settings/cgroup_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/nearest.h"
#include "base/text.h"

#define NAME_LENGTH_MAX 255 /* NAME_MAX, include/uapi/linux/limits.h */

/* Files that can be set and have no row, in the order of application:
 * Documentation/admin-guide/cgroup-v2.rst. A partition needs its CPUs first. */
static const char *const known[] = {
	"cgroup.max.descendants",
	"cgroup.max.depth",
	"cgroup.pressure",
	"cpu.weight.nice",
	"cpu.uclamp.min",
	"cpu.uclamp.max",
	"cpuset.cpus.exclusive",
	"cpuset.cpus.partition",
	"memory.zswap.writeback",
	"io.latency",
	"io.bfq.weight",
	"io.prio.class",
	"hugetlb.2MB.max",
	"hugetlb.1GB.max",
	"hugetlb.2MB.rsvd.max",
	"hugetlb.1GB.rsvd.max",
	"misc.max",
	"rdma.max",
	"dmem.max",
	"dmem.min",
	"dmem.low",
};

static const char reports_only[] = "it only reports values";
static const char command[] = "it is a command, not a limit";

/* Files that are not limits, by their whole name. */
static const struct refused {
	const char *name, *why, *instead;
} refused[] = {
	{"cgroup.procs", "siplaunch moves the router into the group", NULL},
	{"cgroup.threads", "siplaunch moves the router into the group", NULL},
	{"cgroup.subtree_control", "siplaunch enables the controllers that the profile's files need", NULL},
	{"cgroup.type", "only domain groups can limit memory", NULL},
	{"cgroup.freeze", "a router in a frozen group does not start", NULL},
	{"cgroup.kill", "it kills the processes in the group", NULL},
	{"cgroup.controllers", reports_only, NULL},
	{"cgroup.events", reports_only, NULL},
	{"cgroup.stat", reports_only, NULL},
	{"memory.reclaim", command, NULL},
	{"memory.force_empty", command, NULL},
	{"misc.capacity", reports_only, NULL},
	{"dmem.capacity", reports_only, NULL},
	/* cgroup v1 */
	{"memory.limit_in_bytes", "it is a file of cgroup v1", "memory.max"},
	{"memory.soft_limit_in_bytes", "it is a file of cgroup v1", "memory.low"},
	{"memory.memsw.limit_in_bytes", "it is a file of cgroup v1", "memory.swap.max"},
	{"memory.oom_control", "it is a file of cgroup v1", "memory.oom.group"},
	{"cpu.shares", "it is a file of cgroup v1", "cpu.weight"},
	{"cpu.cfs_quota_us", "it is a file of cgroup v1", "cpu.max"},
	{"cpu.cfs_period_us", "it is a file of cgroup v1", "cpu.max"},
};

/* By the end of the name: every controller has such files. "*.pressure" accepts triggers, which last as long
 * as the process that wrote them keeps the file open. */
static const struct {
	const char *end, *why;
} refused_ends[] = {
	{".current", reports_only},
	{".peak", reports_only},
	{".events", reports_only},
	{".events.local", reports_only},
	{".stat", reports_only},
	{".stat.local", reports_only},
	{".numa_stat", reports_only},
	{".effective", reports_only},
	{".pressure", "it accepts triggers of a process that waits for them"},
};

/* "CONTROLLER.PARAMETER" and no path. */
static bool is_file_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const char *dot = strchr(name, '.');
	return dot && dot != name && dot[1] && !strstr(name, "..") && !name[strspn(name, letters)] &&
	       strlen(name) <= NAME_LENGTH_MAX;
}

static const struct refused *refused_whole(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (strcmp(refused[i].name, name) == 0)
			return &refused[i];
	return NULL;
}

static const char *refused_end(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused_ends); i++)
		if (text_ends_with(name, refused_ends[i].end))
			return refused_ends[i].why;
	return NULL;
}

static size_t components(const char *name)
{
	size_t count = 1;
	for (; *name; name++)
		count += *name == '.';
	return count;
}

/*
 * A misspelt name would fail only when the router starts, and be skipped where the policy only prefers it. A
 * name with other components may be that of a newer kernel's file.
 */
static const char *misspelt(const char *name)
{
	const char *const nearest[] = {setting_nearest(MECHANISM_CGROUP, name),
				       nearest_name(name, known, ARRAY_SIZE(known))};
	for (size_t i = 0; i < ARRAY_SIZE(nearest); i++)
		if (nearest[i] && components(nearest[i]) == components(name) &&
		    strcmp(nearest[i], "cgroup.procs") != 0)
			return nearest[i];
	return NULL;
}

/* True for a well-formed name that cannot be set, with the reason. */
static bool is_refused(const char *name, struct cgroup_file_fault *fault)
{
	const struct refused *row = refused_whole(name);
	*fault = (struct cgroup_file_fault){
		.what = "siplaunch does not write the cgroup file",
		.why = row ? row->why : refused_end(name),
		.instead = row ? row->instead : NULL,
	};
	return fault->why != NULL;
}

bool cgroup_file_settable(const char *name, struct cgroup_file_fault *fault)
{
	bool has_row = setting_find(MECHANISM_CGROUP, name) && strchr(name, '.');
	if (is_refused(name, fault) && !texts_have(known, ARRAY_SIZE(known), name))
		return false;
	*fault = (struct cgroup_file_fault){.what = "unknown cgroup file"};
	if (has_row || texts_have(known, ARRAY_SIZE(known), name))
		return true;
	if (!is_file_name(name)) {
		fault->why = "the names are those of cgroup v2's files, such as memory.max";
		return false;
	}
	/* sizes of huge pages differ between machines, and by one letter */
	if (strncmp(name, "hugetlb.", strlen("hugetlb.")) != 0)
		fault->instead = misspelt(name);
	return !fault->instead;
}

/*
 * By the conventions of cgroup v2's names (Documentation/admin-guide/cgroup-v2.rst, "Conventions"): "max" and
 * "high" are limits, "min" and "low" protection, nothing is known about other names.
 */
static enum adopt adopt_by_name(const char *name)
{
	static const struct {
		const char *component;
		enum adopt adopt;
	} conventions[] = {
		{"max", ADOPT_CEILING},
		{"high", ADOPT_CEILING},
		{"min", ADOPT_PROTECTION},
		{"low", ADOPT_PROTECTION},
	};
	while ((name = strchr(name, '.'))) {
		size_t length = strcspn(++name, ".");
		for (size_t i = 0; i < ARRAY_SIZE(conventions); i++)
			if (strlen(conventions[i].component) == length &&
			    strncmp(conventions[i].component, name, length) == 0)
				return conventions[i].adopt;
	}
	return ADOPT_EXACT;
}

struct setting *setting_of_file(const char *name)
{
	struct setting *setting = xcalloc(1, sizeof *setting);
	const struct setting row = {
		.mechanism = MECHANISM_CGROUP,
		.name = xstrdup(name),
		.kind = VALUE_TEXT,
		.privilege = PRIVILEGE_CGROUP,
		.adopt = adopt_by_name(name),
		.form = strcmp(name, "cpuset.cpus.exclusive") == 0 ? TEXT_LIST : TEXT_LINES,
		.help = "a file of the group",
		.podman = xasprintf("--cgroup-conf %s=%%s", name),
	};
	memcpy(setting, &row, sizeof row);
	return setting;
}

void setting_free(struct setting *setting)
{
	free((char *)setting->name);
	free((char *)setting->podman);
	free(setting);
}

size_t setting_rank(const struct setting *setting)
{
	for (size_t i = 0; i < settings_count; i++)
		if (setting == &settings[i])
			return i;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(known[i], setting->name) == 0)
			return settings_count + i;
	return settings_count + ARRAY_SIZE(known);
}
