/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SETTINGS_SETTINGS_H
#define SIPLAUNCH_SETTINGS_SETTINGS_H
/*
 * The table of everything that siplaunch can set: one row a setting, with its unit, bounds, the privilege it
 * needs and its name in every other tool. Validation, remedies, doctor and export walk it, so that each
 * tool's form is written once. Pure data: no I/O, no values in force.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/value.h"

enum privilege {
	PRIVILEGE_NONE,
	PRIVILEGE_CGROUP,       /* a cgroup that siplaunch may divide           */
	PRIVILEGE_SYS_RESOURCE, /* CAP_SYS_RESOURCE in the initial user namespace */
	PRIVILEGE_SYS_ADMIN,    /* CAP_SYS_ADMIN in our user namespace       */
	PRIVILEGE_IPC_OWNER, /* uid 0 of the user namespace that owns the IPC namespace, /proc/sys writable */
	PRIVILEGE_SETID,     /* CAP_SETUID and CAP_SETGID                 */
	PRIVILEGE_SETPCAP,   /* CAP_SETPCAP                               */
	PRIVILEGE_DIRECTORY, /* CAP_CHOWN, and CAP_FOWNER for the mode; the file system is writable */
};

/* Which limit of another tool can be adopted for a requested one. If neither a larger nor a smaller value is
 * safe, only the same value can. */
enum adopt {
	ADOPT_EXACT,
	ADOPT_CEILING,    /* less is fine */
	ADOPT_PROTECTION, /* more is fine */
};

/* The syntax of a text, for comparing it and for writing it in other tools' form. */
enum text_form {
	TEXT_LINES,        /* words, a line for each device or resource */
	TEXT_LIST,         /* "0-3,6" */
	TEXT_QUOTA,        /* "50000 100000" */
	TEXT_WEIGHT,       /* "default 100" */
	TEXT_WORDS,        /* "5060 5061": each is an option of its own */
	TEXT_CAPABILITIES, /* "CAP_NET_RAW CAP_NET_BIND_SERVICE", or "none" */
	TEXT_DIRECTORY,    /* "PATH USER:GROUP MODE" */
};

/* The kernel's ways to set things. */
enum mechanism_id {
	MECHANISM_CGROUP,
	MECHANISM_OOM,
	MECHANISM_RLIMIT,
	MECHANISM_IPC,
	MECHANISM_SYSCTL,
	MECHANISM_DIRECTORIES,
	MECHANISM_IDENTITY,
	MECHANISM_PARENT,
	MECHANISM_ARGUMENTS,
	MECHANISM_ROUTER, /* checked, never set */
	MECHANISM_SECCOMP,
	MECHANISM_COUNT,
};

/* As reports, profiles and --policy call it: "cgroup". */
const char *mechanism_name(enum mechanism_id id);

/* Reads such a name. False for an unknown one. */
bool mechanism_named(const char *name, enum mechanism_id *id);

/* The rows with code of their own. All others have SETTING_PLAIN. */
enum setting_id {
	SETTING_PLAIN,
	SETTING_GROUP,
	SETTING_MEMORY_SWAP_MAX,
	SETTING_MEMORY_MAX,
	SETTING_MEMORY_HIGH,
	SETTING_MEMORY_LOW,
	SETTING_MEMORY_MIN,
	SETTING_MEMORY_OOM_GROUP,
	SETTING_PIDS_MAX,
	SETTING_CPU_MAX,
	SETTING_CPUSET_CPUS,
	SETTING_GROUP_PROCS,
	SETTING_OOM_SCORE_ADJ,
	SETTING_RLIMIT_DATA,
	SETTING_RLIMIT_NPROC,
	SETTING_RLIMIT_MEMLOCK,
	SETTING_RLIMIT_AS,
	SETTING_RLIMIT_NOFILE,
	SETTING_IPC_NAMESPACE,
	SETTING_SHMMAX,
	SETTING_SHMALL,
	SETTING_SEM,
	SETTING_RUNTIME_DIRECTORIES,
	SETTING_UMASK,
	SETTING_ADDITIONAL_GIDS,
	SETTING_GID,
	SETTING_UID,
	SETTING_CAPABILITIES,
	SETTING_NO_NEW_PRIVILEGES,
	SETTING_DEATH_SIGNAL,
	SETTING_SHARED_POOL,
	SETTING_PRIVATE_POOL,
	SETTING_NEED_CONFIG,
	SETTING_NEED_INCLUDE,
	SETTING_NEED_MODULE,
	SETTING_NEED_PORT,
	SETTING_NEED_PID_FILE,
	SETTING_NEED_PROGRAM,
	SETTING_NEED_PROCESSES,
	SETTING_NEED_FOREGROUND,
	SETTING_NEED_RUNTIME_DIRECTORY,
	SETTING_FILTER,
	SETTING_ID_COUNT,
};

/* The kinds of directories, named as in systemd.exec(5): setting.directory. */
enum directory_kind { DIRECTORY_RUNTIME, DIRECTORY_STATE, DIRECTORY_CACHE, DIRECTORY_LOGS, DIRECTORY_KINDS };

struct setting {
	enum mechanism_id mechanism;
	enum setting_id id;
	const char *name; /* as the kernel and the profile call it: "memory.max", "RLIMIT_NOFILE" */
	enum value_kind kind;
	unsigned arity;            /* how many numbers a value has */
	uint64_t minimum, maximum; /* of each number; SCORE: cast from int64_t. UNLIMITED is always inside. */
	enum privilege privilege;
	bool allows_auto; /* the profile may have "auto" */
	const char *help; /* what it limits, one phrase */
	const char *doc;  /* more sentences for siplaunch-profile(5) and the schema, after `help`; NULL */
	enum adopt adopt;
	enum text_form form; /* of a TEXT */
	bool bounded_above;  /* it has no effect unless every group above has at least as much */
	const char *fresh; /* what a new group or IPC namespace has, as its file reads; NULL: no such value */
	/*
	 * How other tools write it; NULL: they cannot. In docker, podman and systemd %s is the value in the
	 * tool's own form, %1 and %2 are the words of a text, and "no|yes" is what a FLAG's 0 and 1 are.
	 */
	const char *docker; /* an option of docker run, and of podman run */
	const char *podman; /* podman's, where docker has none */
	const char *pod;    /* the field of a pod's manifest, as a dotted path; "[]" is an element of a list;
			       after "=", its value where that is not the setting's own */
	const char *pod_note;         /* what decides it in a pod without a field, or what else it needs */
	const char *systemd;          /* a directive of a unit */
	const char *engine_unlimited; /* what docker and podman call no limit; NULL: it has no such word */
	int resource;                 /* of an rlimit: RLIMIT_NOFILE */
	enum directory_kind directory;
	const char *below; /* directories: where their names begin, "/run"; else NULL */
	const char *calls; /* the system calls that set it and that another filter may refuse, "mkdirat
			      fchown"; NULL: it is written to a file, or asked for elsewhere */
};

extern const struct setting settings[];
extern const size_t settings_count;

/* The row with that id; never NULL. Not for SETTING_PLAIN. */
const struct setting *setting_of(enum setting_id id);

/* The row of that name; NULL: there is none. */
const struct setting *setting_find(enum mechanism_id mechanism, const char *name);

/* The known name within a mechanism that is nearest to `name` (edit distance at most a third of its length),
 * or NULL. */
const char *setting_nearest(enum mechanism_id mechanism, const char *name);

/*
 * Reads a setting's value from the text of its kernel file: numbers separated by white space, as many as the
 * setting has; "max" and "unlimited" are UNLIMITED. False when it is not of that form; *value is NONE then.
 */
bool setting_value_parse(const struct setting *setting, const char *text, struct value *value);

#endif
