/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SETTINGS_CGROUP_FILE_H
#define SIPLAUNCH_SETTINGS_CGROUP_FILE_H
/*
 * The files of a cgroup v2 group without a row in the settings table: which may be written, and whether the
 * kernel's text equals the written one. OCI's "unified" may name any file, and a kernel may have more than
 * are known here. Pure: no I/O.
 */
#include <stdbool.h>

#include "settings/settings.h"

/* What is wrong with a name. */
struct cgroup_file_fault {
	const char *what;    /* "unknown cgroup file": the name follows */
	const char *why;     /* "it only reports values"; NULL */
	const char *instead; /* the name that was meant, or that cgroup v2 has for it; NULL */
};

/* True if a profile may set the file of that name, judged by the name alone; else *fault says why not. */
bool cgroup_file_settable(const char *name, struct cgroup_file_fault *fault);

/* Makes a row for a file that cgroup_file_settable() accepts: its value is text, written unchanged. Caller
 * frees with setting_free(). */
struct setting *setting_of_file(const char *name);
void setting_free(struct setting *setting);

/* The position in the order of writing: the row's index in the table; other files follow, each after the
 * files that it depends on. */
size_t setting_rank(const struct setting *setting);

/*
 * True if the text `actual`, read from a group's file, means what was written, `wanted`. The kernel completes
 * and rewrites: "0,1" reads "0-1", "max" in cpu.max "max 100000", "8:0 rbps=1M" "8:0 rbps=1048576 wbps=max
 * riops=max wiops=max", "50" in cpu.uclamp.min "50.00"; a device without a limit has no line; hugetlb rounds
 * down to whole pages.
 */
bool cgroup_text_holds(const struct setting *setting, const char *wanted, const char *actual);

/* True if a limit that another tool has set can be adopted for the requested one: it is the same, or differs
 * in the direction that the setting's row permits. */
bool setting_adoptable(const struct setting *setting, const struct value *asked, const struct value *found);

/* Reads "50000 100000", "max 100000" or "50000" of cpu.max; no quota is UNLIMITED. False: it is none of
 * these. */
#define CPU_PERIOD_DEFAULT_US 100000 /* kernel/sched/core.c, default_cfs_period() */
bool cpu_quota_split(const char *text, uint64_t *quota_us, uint64_t *period_us);

#endif
