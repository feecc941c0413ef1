/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PROFILE_PROFILE_H
#define SIPLAUNCH_PROFILE_PROFILE_H
/*
 * The profile: decode, inherit (extends), override (--set, --policy), validate. It has requested values only,
 * never facts of a machine. Every field keeps its source. It makes no system calls except to read the
 * profile's own files.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/problem.h"
#include "base/trust.h"
#include "base/value.h"
#include "settings/settings.h"

#define PROFILE_BYTES_MAX   ((size_t)1 << 20)
#define PROFILE_NESTING_MAX 32
#define PROFILE_EXTENDS_MAX 8

#define DIRECTORY_MODE_DEFAULT 0755 /* the default of RuntimeDirectoryMode=, systemd.exec(5) */

struct size_field {
	struct size size; /* SIZE_UNSET if the profile has no value */
	enum source source;
};

struct count_field {
	enum { COUNT_UNSET, COUNT_AUTO, COUNT_NUMBER } kind;
	uint64_t number;
	enum source source;
};

enum manager { MANAGER_AUTO, MANAGER_CGROUPFS, MANAGER_SYSTEMD, MANAGER_ADOPT };
enum ipc_namespace { IPC_INHERIT, IPC_PRIVATE };
enum handoff { HANDOFF_AUTO, HANDOFF_EXEC, HANDOFF_SUPERVISE };
/* The signal that the kernel sends the router when its parent process ends (PR_SET_PDEATHSIG). */
enum parent_signal {
	PARENT_SIGNAL_NONE,
	PARENT_SIGNAL_TERM,
	PARENT_SIGNAL_KILL,
	PARENT_SIGNAL_INT,
	PARENT_SIGNAL_QUIT,
};
enum seccomp_newer { SECCOMP_NEWER_DEFAULT, SECCOMP_NEWER_ENOSYS };
enum policy { POLICY_REQUIRE, POLICY_PREFER, POLICY_SKIP };
enum tristate { UNSET, NO, YES };
enum huge_pages { HUGE_PAGES_AUTO, HUGE_PAGES_EXPECTED };

/* One entry of resources.unified or of sysctl: a setting and its requested value. */
struct requested {
	const struct setting *setting;
	bool automatic;     /* "auto" */
	struct size size;   /* kind BYTES: "75%" and "4GiB" are allowed for memory.* */
	struct value value; /* otherwise, already parsed and within the setting's bounds */
	enum source source;
};

struct rlimit_request {
	const struct setting *setting; /* its id is the RLIMIT_ number */
	bool has_soft, has_hard;
	uint64_t soft, hard; /* UNLIMITED for none */
	enum source source;
};

/* One kind of "directories": names below its base directory, such as /run. */
struct directory_request {
	char **names; /* relative; no component is "", "." or ".." */
	size_t count;
	bool has_mode;
	mode_t mode; /* 0755 by default */
	enum source source;
};

struct policy_entry {
	char *key; /* "default", a mechanism, or "mechanism/step" */
	enum policy policy;
	enum source source;
};

struct profile {
	char *name; /* the requested name, "kamailio-512m", or the path */
	char *file; /* its file; NULL for a built-in profile */
	char *description;
	char *router; /* "opensips", "kamailio", "generic", "auto" */
	struct {
		struct size_field memory, shared, private_pool, reserve, per_process, base, programs;
		struct count_field processes, connections;
		enum huge_pages huge_pages; /* whether the budget assumes them for the shared pool */
		struct {
			struct count_field registrations, dialogs, calls_per_second, transaction_seconds,
				tcp_connections, tls_connections;
			/* the lengths of a registration's texts */
			struct count_field aor_bytes, contact_bytes, call_id_bytes, user_agent_bytes,
				instance_bytes, received_bytes, path_bytes;
		} workload; /* the workload of the router */
		struct {
			struct count_field start, registration, dialog, transaction; /* bytes */
			char *on, *version; /* the date of the measurement, and the version that the router
					       reported; may be NULL */
		} measured;                 /* sizes in the shared pool, from this router's own counters */
	} sizing;
	struct {
		char *path; /* NULL: no group asked for. Relative; no component is "", "." or ".." */
		enum manager manager;
	} cgroup;
	struct requested *unified; /* in the profile's order */
	size_t unified_count;
	struct setting **files; /* settings for the files of unified that the settings table lacks; owned */
	size_t file_count;
	bool has_oom_score_adj;
	int oom_score_adj;
	enum source oom_source;
	struct rlimit_request *rlimits;
	size_t rlimit_count;
	struct {
		enum ipc_namespace namespace;
		uint64_t sem_sets, sem_per_set, sem_ops_per_call; /* 128, 250, 100 by default */
		enum source namespace_source, semaphores_source;
	} ipc;
	struct requested *sysctls;
	size_t sysctl_count;
	struct {
		char *name;      /* name or path; NULL when inline or absent */
		json_t *content; /* inline OCI linux.seccomp, or NULL; integers > INT64_MAX are strings */
		char *folder;    /* the folder of the file that names it; NULL: the command line does */
		enum seccomp_newer newer; /* for system calls newer than any that the filter names */
	} seccomp;
	struct directory_request directories[DIRECTORY_KINDS];
	char *user, *group; /* names or decimal ids; NULL: no change */
	enum source user_source, group_source;
	bool has_additional_gids;
	gid_t *additional_gids;
	size_t additional_gid_count;
	bool has_capabilities;
	uint64_t capabilities; /* bit mask: the content of all five capability sets; CAP_X is bit X */
	bool has_umask;
	mode_t umask;
	enum tristate no_new_privileges;
	enum handoff handoff;
	enum parent_signal parent_signal;
	enum source parent_signal_source;
	struct policy_entry *policies;
	size_t policy_count;
	json_t *resolved; /* the merged document, after extends and overrides: `profiles show`. May
			     be NULL with values_only */
	char **sources;   /* its files, in the order of inheritance: its own first */
	char **folders;   /* the folder of each */
	size_t folder_count;
	struct trust_finding *findings; /* who else can change its files: for trust_judge() */
	size_t finding_count;
};

struct profile_search {
	const char *const
		*directories; /* --profile-dir, in order; then the environment's, then the installed ones */
	size_t directory_count;
	const char *environment;        /* $SIPLAUNCH_PROFILE_PATH, colon separated; may be NULL */
	const char *(*installed)(void); /* "/etc/siplaunch/profiles:/usr/share/siplaunch/profiles": asked only
					   where the others have it not; NULL: none */
	const char *folder; /* the folder in each directory to search, "seccomp"; NULL: the directories
			       themselves */
};

struct profile_request {
	const char *name;   /* a bare name, or a path (has a slash, or ends in .json) */
	const char *origin; /* for a name that nobody typed, as a clause: "SIPLAUNCH_PROFILE names it" */
	const struct profile_search *search;
	const char *const *sets; /* "sizing.memory=2GiB" */
	size_t set_count;
	const char *const *policies; /* "sysctl=prefer" */
	size_t policy_count;
	const char *const *workloads; /* "dialogs=20000" */
	size_t workload_count;
	bool values_only; /* nothing will print the profile or write it: it gets no `resolved` */
};

/*
 * Loads, inherits, overrides, decodes and checks a profile. 0, or -1 with all problems found; after a syntax
 * error, only that one. On failure the profile is cleared. On success call profile_clear().
 */
int profile_load(const struct profile_request *request, struct profile *profile, struct problems *problems);
void profile_clear(struct profile *profile);

/* The file of a bare name in the search path, or NULL. Caller frees. */
char *profile_locate(const char *name, const struct profile_search *search);

/* A hint: the nearest existing name, or the searched directories, with that of the file that names the
 * profile if `beside_file`. NULL for an absolute path. Caller frees. */
char *profile_search_hint(const char *name, bool beside_file, const struct profile_search *search);

/* Calls `each` for every profile in the search path, sorted by name; of several with one name, for the first.
 * `description` may be NULL. Stops at the first result of `each` that is not 0, and returns it; else 0. */
int profile_list(const struct profile_search *search,
		 int (*each)(const char *name, const char *file, const char *description, void *data),
		 void *data);

/* The keys of "policy" that are not mechanisms: for a workload that does not fit, a plan of init that does
 * not fit where the router starts, and a number of processes that is not certain. */
#define POLICY_WORKLOAD "workload"
#define POLICY_PLAN     "plan"
#define POLICY_ESTIMATE "estimate"

/* The most specific policy for a step: "mechanism/step", then "mechanism", then "default", then require. */
enum policy profile_policy(const struct profile *profile, const struct setting *setting);

/* The policy "workload", else "default", else require. */
enum policy profile_workload_policy(const struct profile *profile);

/* Whether sizing.workload has any amount; transactionSeconds and the lengths of texts are none. */
bool profile_has_workload(const struct profile *profile);

/* The entry of resources.unified for that setting, borrowed; NULL: none. */
const struct requested *profile_requested(const struct profile *profile, enum setting_id id);

/*
 * The policy "plan": what happens if a plan of init does not fit where the router starts. Its default is
 * prefer, and not the policy "default", which is for refused settings: siplaunch can always size the router
 * again.
 */
enum policy profile_plan_policy(const struct profile *profile);

/* The policy "estimate": what happens if the number of processes is uncertain and the plan depends on it. Its
 * default is prefer, too. */
enum policy profile_estimate_policy(const struct profile *profile);

const char *policy_name(enum policy policy);
const char *manager_name(enum manager manager);

#endif
