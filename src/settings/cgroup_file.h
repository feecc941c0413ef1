/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SETTINGS_CGROUP_FILE_H
#define SIPLAUNCH_SETTINGS_CGROUP_FILE_H
/*
 * The files of a cgroup v2 group that the settings table has no row for: what may be written, and whether
 * what the kernel prints is what was written. OCI's "unified" may name any file, and a kernel may have more
 * than are known here. Pure: no I/O.
 */
#include <stdbool.h>

#include "settings/settings.h"

/* What is wrong with a name. */
struct cgroup_file_fault {
	const char *what;    /* "unknown cgroup file": the name follows */
	const char *why;     /* "it only reports what is there"; NULL */
	const char *instead; /* the name that was meant, or that cgroup v2 has for it; NULL */
};

/* Whether a profile may set the file of that name, as far as the name tells; else *fault says why not. */
bool cgroup_file_settable(const char *name, struct cgroup_file_fault *fault);

/* A row for a file that cgroup_file_settable() lets pass: its value is text, written as it stands. Fresh:
 * setting_free(). */
struct setting *setting_of_file(const char *name);
void setting_free(struct setting *setting);

/* Where it comes among all that are written: the row's place in the table; others follow, a file that another
 * one builds on before that. */
size_t setting_rank(const struct setting *setting);

/*
 * Whether a text that was written to a group's file is what it says now. The kernel completes and rewrites:
 * "0,1" reads "0-1", "max" in cpu.max "max 100000", "8:0 rbps=1M" "8:0 rbps=1048576 wbps=max riops=max
 * wiops=max", "50" in cpu.uclamp.min "50.00"; a device without a limit has no line; hugetlb rounds down to
 * whole pages.
 */
bool cgroup_text_holds(const char *name, const char *wanted, const char *actual);

#endif
