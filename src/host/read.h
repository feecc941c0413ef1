/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_READ_H
#define SIPLAUNCH_HOST_READ_H
/*
 * Private to the host room: what its readers share. Each reader fills its part of struct host and writes a
 * note if the kernel's text is missing or malformed; none of them fails. A call that fails because this
 * process has too few resources is recorded (host_shortage), and makes host_read() fail.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "host/host.h"
#include "host/mountinfo.h"

/* Single-record files of proc and sysfs are far below this. */
#define SMALL_TEXT 4096

struct reader {
	const struct host_roots *roots;
	const struct host_questions *questions;
	pid_t pid; /* the questions'; 0: ourselves */
	struct host *host;
	const char *groups; /* /proc/PID/cgroup; "" where it cannot be read */
	int groups_errnum;  /* why */
};

/* A directory and its name in notes. */
struct tree {
	int directory;
	const char *name;
};

/* Adds a sentence to host->notes; after NOTES_MAX only one more, which says that notes are missing. */
#define NOTES_MAX 64
void host_note(struct host *host, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Records a call that failed for lack of resources (errno_is_shortage()), which says nothing about the
 * machine. host_read() fails with the first of them: otherwise a file that could not be read would count as
 * missing, and its limit as no limit. The format says what was attempted. False for any other errno, with
 * nothing recorded.
 */
bool host_shortage(struct host *host, int errnum, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Untrusted bytes in printable form: in quotes, \xNN for bytes that are not printable ASCII, cut after 40. */
char *quoted_bytes(const char *text);

/* "self/NAME" or "PID/NAME", below /proc. */
char *process_path(pid_t pid, const char *name);

/* Exactly `count` decimal numbers, separated by white space, and nothing else. */
bool parse_numbers(const char *text, uint64_t *numbers, size_t count);

/* An optional minus and digits, within int. */
bool parse_int(const char *text, int *number);

/* The text after `start` (and blanks) in the first line that begins with it, or NULL. Caller frees. */
char *line_after(const char *text, const char *start);

/* "memory pids io" as enum controller bits, separated by any of `separators`; unknown words are skipped. */
unsigned parse_controllers(const char *text, const char *separators);

enum presence {
	REQUIRED, /* a missing file is worth a note */
	OPTIONAL, /* absent on some kernels, in some namespaces, or at the hierarchy's root */
};

/* access(2) of `path` below `tree` with effective ids: F_OK, W_OK. False with errno. */
bool tree_access(struct host *host, const struct tree *tree, const char *path, int mode);

/* Reads a small text into `buffer`. False, with a note, when it cannot be read. */
bool tree_text(struct host *host, const struct tree *tree, const char *path, enum presence presence,
	       char buffer[SMALL_TEXT]);

/* Reads `count` (at most VALUE_NUMBERS_MAX) numbers. False, with a note and `numbers` unchanged, if they
 * cannot be read or the text is malformed. */
bool tree_numbers(struct host *host, const struct tree *tree, const char *path, enum presence presence,
		  uint64_t *numbers, size_t count);

/* Reads a larger text whole; the caller frees it. NULL, with a note, when it cannot be read. */
char *tree_whole(struct host *host, const struct tree *tree, const char *path, enum presence presence);

/* Notes why `path` below `tree` could not be read; nothing for a missing optional file. */
void note_unreadable(struct host *host, const struct tree *tree, const char *path, enum presence presence,
		     int errnum);

/* One hierarchy with the own group: cgroup v2, or v1's memory hierarchy. */
struct hierarchy {
	int directory;    /* of the mount; -1 if the own group is not visible */
	int errnum;       /* why the mount could not be opened */
	char *mount;      /* "/sys/fs/cgroup" */
	char *mount_root; /* the mount's root group, as in mountinfo */
	char *path;       /* our group, as in /proc/self/cgroup */
	bool read_only;
};
void hierarchy_clear(struct hierarchy *hierarchy);

/*
 * A group's place below the mount ("" at the mount's root), or NULL when the mount does not show it. Both are
 * relative to the reader's cgroup namespace, as the kernel prints them.
 */
const char *path_below(const char *mount_root, const char *path);

/* The group one level up: shortens `path` in place. False at the mount's root. */
bool path_ascend(char *path, const char *mount_root);

/* A file of a group below the mount's directory: "sip.slice/memory.max"; "." for the root's "". The group
 * must be one that path_below() finds. The caller frees it. */
char *group_file(const struct hierarchy *hierarchy, const char *path, const char *file);

/* The hierarchy as a tree, so that notes name files by their full path. */
struct tree hierarchy_tree(const struct hierarchy *hierarchy);

/* cgroup.c: mode, mount, path, controllers, unit; `v2` and `v1_memory` are for the readers after it. */
void read_cgroup(const struct reader *reader, const struct mounts *mounts, struct hierarchy *v2,
		 struct hierarchy *v1_memory);

/* cgroup.c: the mount shows a group of that path, and it exists. */
bool group_is_there(const struct reader *reader, const struct hierarchy *hierarchy, const char *path);

/* cgroup.c: the controllers in a group's cgroup.controllers; 0, with a note, when it cannot be read. */
unsigned read_controllers(const struct reader *reader, const struct hierarchy *v2, const char *path);
/* False where the own group is known not to have the controller: then none of its files is there. */
bool own_group_may_have(const struct host *host, unsigned controller);

/* cgroup.c: the mount is not read-only and our effective uid may write to the group's directory. */
bool group_writable(const struct reader *reader, const struct hierarchy *v2, const char *path);

/* delegation.c: unit_delegated, base, base_reason, base_controllers. After read_cgroup and read_runtime. */
void read_delegation(const struct reader *reader, const struct hierarchy *v2);

/* own_group.c: group_values, bus, manager_controllers and other facts for hosts without a base. After
 * read_delegation. */
void read_own_group(const struct reader *reader, const struct hierarchy *v2);

/* limits.c: ancestors, visible_limit, placed_limit. After read_own_group. */
void read_limits(const struct reader *reader, const struct hierarchy *v2, const struct hierarchy *v1_memory);

/* process.c: status, limits, oom_score_adj; -1 when /proc/PID/status cannot be read. */
int read_process(const struct reader *reader, struct error *error);

/* userns.c: the maps of our user namespace, and whether it is the initial one. */
void read_user_namespace(const struct reader *reader);

/* The inode of a namespace: ns/ipc is a link to "ipc:[4026531839]". 0 when not known. */
ino_t namespace_inode(const struct reader *reader, const char *name);

/* machine.c: memory, page size and the sysctls of the whole machine. */
void read_machine(const struct reader *reader);

/* machine.c: CPUs that are online and in `allowed` ("0-3,8", of Cpus_allowed_list; NULL when not known). */
void read_cpus(const struct reader *reader, const char *allowed);

/* ipc.c: the limits of our namespace and of a new one, proc_sys_writable, oom_score_adj_min. */
void read_ipc(const struct reader *reader, const struct mounts *mounts);

/* Reads below a proc directory, in the caller's namespace. `sysctls` as in host_questions; `sem` is a
 * descriptor of SEM_FILE if it is open already, or -1. Allocates nothing: a forked child may call it. */
#define SEM_FILE "sys/kernel/sem"
void ipc_limits_read(int proc, int sem, const char *const *sysctls, struct ipc_limits *limits);

/* probe.c: facts that only an attempt shows. A child makes the attempts; probe_run() reaps it. */
struct probe_request {
	int proc;                   /* directory */
	int ipc_namespace;          /* the namespace to read; -1: a new one */
	const char *const *sysctls; /* as in host_questions */
	bool try_oom;               /* find the lowest oom_score_adj that siplaunch may write */
	int oom_score_adj;          /* the current value */
};
struct probe {
	struct ipc_limits ipc;
	int namespace_errno; /* of unshare or setns */
	int sem_errno;       /* of opening kernel/sem for reading and writing there; 0: it opens */
	int oom_errno;       /* of opening oom_score_adj for writing; 0: it opens, or was not tried */
	int oom_score_adj_min;
};
/* 0; -1 with *probe unchanged. */
int probe_run(const struct probe_request *request, struct probe *probe, struct error *error);

/* filter.c: the calls that a filter in force does not permit. Tries nothing if there is none. */
void probe_filter(struct host *host);

/* runtime.c: the container runtime with its evidence. After read_cgroup. */
void read_runtime(const struct reader *reader, const struct mounts *mounts);

#endif
