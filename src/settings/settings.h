/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SETTINGS_SETTINGS_H
#define SIPLAUNCH_SETTINGS_SETTINGS_H
/*
 * The table of everything that siplaunch can set: one row a setting, with its unit, bounds, the privilege it
 * needs and its name in every other tool. Validation, remedies, doctor and export walk it, so that what a
 * tool can express is written down once. Pure data: no I/O, nothing about values in force.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/value.h"

enum privilege {
	PRIVILEGE_NONE,
	PRIVILEGE_CGROUP,       /* a cgroup that is ours to divide           */
	PRIVILEGE_SYS_RESOURCE, /* CAP_SYS_RESOURCE in the initial user namespace */
	PRIVILEGE_SYS_ADMIN,    /* CAP_SYS_ADMIN in our user namespace       */
	PRIVILEGE_IPC_OWNER, /* uid 0 of the user namespace that owns the IPC namespace, /proc/sys writable */
	PRIVILEGE_SETID,     /* CAP_SETUID and CAP_SETGID                 */
	PRIVILEGE_SETPCAP,   /* CAP_SETPCAP                               */
	PRIVILEGE_DIRECTORY, /* CAP_CHOWN, and CAP_FOWNER for the mode; the file system is writable */
};

/* The kinds of directories, named as in systemd.exec(5): setting.id of the mechanism "directories". */
enum directory_kind { DIRECTORY_RUNTIME, DIRECTORY_STATE, DIRECTORY_CACHE, DIRECTORY_LOGS, DIRECTORY_KINDS };

struct setting {
	const char *mechanism; /* "cgroup", "oom", "rlimit", "ipc", "sysctl", "directories", "identity",
				  "parent", "seccomp", "arguments", "router" (checked, never set) */
	const char *
		name; /* as the kernel and the profile call it: "memory.max", "kernel.sem", "RLIMIT_NOFILE" */
	enum value_kind kind;
	unsigned arity;            /* how many numbers a value has */
	uint64_t minimum, maximum; /* of each number; SCORE: cast from int64_t. UNLIMITED is always inside. */
	enum privilege privilege;
	int id;           /* the mechanism's own: RLIMIT_NOFILE's number; else 0 */
	bool allows_auto; /* "auto" may stand in the profile */
	const char *help; /* what it limits, one phrase */
	/*
	 * How other tools write it; NULL: they cannot. In docker, podman and systemd %s is the value in the
	 * tool's own form, %1 and %2 are the words of a text, and "no|yes" is what a FLAG's 0 and 1 are.
	 */
	const char *docker; /* an option of docker run, and of podman run */
	const char *podman; /* podman's, where docker has none */
	const char *pod; /* the field of a pod's manifest, as a dotted path; "[]" is an element of a list, "="
			    what its value is where it is not the setting's own */
	const char *pod_note; /* what decides about it in a pod otherwise, or what it takes besides */
	const char *systemd;  /* a directive of a unit */
	const char *below;    /* directories: where their names begin, "/run"; else NULL */
};

extern const struct setting settings[];
extern const size_t settings_count;

/* The row, or NULL. */
const struct setting *setting_find(const char *mechanism, const char *name);

/* name NULL: any of the mechanism's. */
bool setting_is(const struct setting *setting, const char *mechanism, const char *name);

/* What a new group or IPC namespace has, as its file reads; NULL for what has no such value. */
const char *setting_kernel_default(const struct setting *setting);

/* The known name within a mechanism that is nearest to `name` (edit distance at most a third of its length),
 * or NULL. */
const char *setting_nearest(const char *mechanism, const char *name);

/*
 * Reads what a kernel file says of a setting: numbers separated by white space, as many as the setting has;
 * "max" and "unlimited" are UNLIMITED. False when it is not of that form; *value is NONE then.
 */
bool setting_value_parse(const struct setting *setting, const char *text, struct value *value);

/* True where a mechanism of that name has at least one row. */
bool setting_mechanism_known(const char *mechanism);

/* The nearest of `count` candidates to `name`, or NULL when none is near enough to be meant. */
const char *nearest_name(const char *name, const char *const *candidates, size_t count);

#endif
