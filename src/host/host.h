/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_HOST_H
#define SIPLAUNCH_HOST_HOST_H
/*
 * The facts of this machine or container, read once, through directory descriptors, so that a test can pass a
 * tree of its own. It decides nothing. Any file of /proc or /sys may be malformed: then the value is "not
 * known" (and a note says so), never zero and never a crash.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/value.h"

struct error;

/* For a live machine opened on / and /proc. */
struct host_roots {
	int root; /* mount points of mountinfo are opened below it */
	int proc;
	bool live; /* false for a fixture: no probe child, no system calls about this process */
};

/* What host_read() reads, and for which process. All zero: everything, for this process. */
struct host_questions {
	pid_t pid;         /* the process whose environment is described; 0: ours */
	const char *group; /* the group to make, below host->cgroup.base: its effective limits are read too;
			      may be NULL */
	const char *scope; /* the same for the group that systemd would make, below its manager_group; used
			      where there is no base. NULL */
	const char *const *group_files; /* files of the own group to read if no group can be made:
					   "memory.oom.group", then NULL. NULL: none */
	bool ask_systemd;               /* read how to reach systemd even if a group can be made by hand */
	bool in_group;                  /* `pid` was launched in its present group: no group is made */
	bool protection; /* read memory.low and memory.min of the groups above: two more calls for each */
	bool no_probe;   /* live, but without fresh_ipc and the like: saves a fork and some 30 calls */
	bool applies;    /* a launch, which makes the IPC namespace next: a probe child only where it could be
			    refused */
	const int *oom_score_adj;   /* the value that the launch sets; NULL: none */
	const char *const *sysctls; /* the IPC limits to read, such as "kernel.sem", then NULL: each takes
				       three calls, and three more in the probe child. NULL: all of them */
	bool process_only; /* a launch that is not sized and gets no group: do not read the memory, the CPUs,
			      the limits in force and what siplaunch may do with groups. They are then as on a
			      machine where none of it is known; our own group's path is */
	bool fresh_only;   /* do not read `ipc` and proc_sys_writable if we are in the machine's namespace and
			      fresh_ipc is known, or untried_ipc is set */
};
/*
 * "/" is live. Any other directory is a fixture: a tree with proc/ and sys/ as they would be, mount points
 * below it, and what a tree cannot hold in files of its own: `page-size`; `.xattr/GROUP/user.delegate` with
 * "1" for an extended attribute; `.fresh-ipc/sys/…` for the limits of a new IPC namespace. There, writable is
 * what mountinfo does not call read-only.
 */
int host_roots_open(const char *root, struct host_roots *roots, struct error *error);
void host_roots_close(struct host_roots *roots);

/* HYBRID: v2 is mounted, but v1 hierarchies hold some of the controllers below. */
/* libcgroup 3 has a CGROUP_V1 and a CGROUP_MODE_HYBRID of its own. */
enum cgroup_mode { HOST_CGROUP_NONE, HOST_CGROUP_V1, HOST_CGROUP_HYBRID, HOST_CGROUP_V2 };

enum controller {
	CONTROLLER_MEMORY = 1 << 0,
	CONTROLLER_PIDS = 1 << 1,
	CONTROLLER_CPU = 1 << 2,
	CONTROLLER_CPUSET = 1 << 3,
	CONTROLLER_IO = 1 << 4,
	CONTROLLER_HUGETLB = 1 << 5,
	CONTROLLER_MISC = 1 << 6,
	CONTROLLER_RDMA = 1 << 7,
	CONTROLLER_DMEM = 1 << 8, /* Linux 6.14 */
	CONTROLLER_LAST = CONTROLLER_DMEM,
};
/* The controller that owns a cgroup file ("memory.max" -> CONTROLLER_MEMORY; 0 for cgroup.* and unknown
 * ones). */
unsigned controller_of(const char *file);
const char *controller_name(unsigned controller);

/* One group on the path from the own group to the visible root. UNLIMITED where there is no limit or none
 * could be read. */
struct ancestor {
	char *path; /* as in /proc/self/cgroup; the visible root's is the mount's root, "/" mostly */
	uint64_t memory_max, memory_high, swap_max;
	uint64_t pids_max, pids_current; /* v2 only; pids_current is 0 where there is no pids_max */
	uint64_t memory_low,
		memory_min; /* with host_questions.protection; UNLIMITED: not read, and the root */
	bool v1; /* from the v1 memory hierarchy: memory_high is UNLIMITED, swap_max is memsw less memory */
	/* Where memory_max is a limit: what the finite memory.max of its children (ours included) add up to,
	 * and how many have one. */
	uint64_t children_max_bytes;
	unsigned children_limited;
};

enum runtime {
	RUNTIME_NONE,
	RUNTIME_DOCKER,
	RUNTIME_PODMAN,
	RUNTIME_KUBERNETES,
	RUNTIME_CONTAINERD,
	RUNTIME_NSPAWN,
	RUNTIME_LXC,
	RUNTIME_OTHER, /* a container, but not one we know */
};
const char *runtime_name(enum runtime runtime);

struct ipc_limits {
	bool known;         /* all below; shm_rmid_forced and mqueue_* are 0 where the kernel has none */
	const char *failed; /* not known: the first file below /proc that could not be read or is malformed;
			       NULL: none was read */
	int errnum;         /* why `failed` could not be read; 0: its text is malformed */
	uint64_t shmmax_bytes, shmall_pages, shmmni, msgmax_bytes, msgmnb_bytes, msgmni;
	uint64_t sem[4]; /* SEMMSL SEMMNS SEMOPM SEMMNI */
	uint64_t shm_rmid_forced;
	uint64_t mqueue_queues_max, mqueue_msg_max, mqueue_msgsize_max, mqueue_msg_default,
		mqueue_msgsize_default;
};

/* The numbers of a sysctl ("kernel.sem"), as many as its file has; NULL for any other name. */
const uint64_t *ipc_limit(const struct ipc_limits *limits, const char *sysctl);

/* The type of the first argument of getrlimit(2). */
#ifdef __GLIBC__
typedef __rlimit_resource_t resource_t; /* an enum, where POSIX and others take an int */
#else
typedef int resource_t;
#endif

struct rlimit_pair {
	bool known;
	uint64_t soft, hard;
};

/* The limits of one resource (RLIMIT_NOFILE) in the text of /proc/PID/limits. False, with *pair unchanged, if
 * the line is missing or malformed. */
bool rlimit_parse(const char *limits, int resource, struct rlimit_pair *pair);

struct host {
	struct {
		enum cgroup_mode mode;
		char *mount;      /* of cgroup2: "/sys/fs/cgroup", "/sys/fs/cgroup/unified"; NULL without */
		char *mount_root; /* mountinfo's root field: which group the mount shows; "/" mostly */
		char *path;      /* our group, from the "0::" line, "/" at a namespace's root; NULL without */
		char *directory; /* our group below the mount: "" at its root, "sip.slice/a"; NULL when not
				    visible */
		char *type;      /* cgroup.type of our group: "domain", "threaded", …; NULL at the root */
		unsigned controllers;      /* available to our group: enum controller bits */
		unsigned base_controllers; /* available at `base` */
		int mounts_errno;          /* why /proc/self/mountinfo could not be read; else 0 */
		int controllers_errno;     /* why a cgroup.controllers could not be read; else 0 */
		bool writable;       /* the mount is not read-only and our group's directory is writable */
		int writable_errno;  /* the errno if the directory is not writable; otherwise 0 */
		bool to_be_made;     /* only described: what makes our group will set its limits */
		bool namespace_root; /* path is "/" of a cgroup namespace that is not the initial one */
		char *frozen; /* the nearest group above the one to make whose cgroup.freeze is 1: what joins
				 the new one stops at once; NULL: none */
		char *base;   /* the group below which siplaunch may make groups; NULL: none */
		char *base_reason; /* why that group, or why none; never NULL */
		bool systemd;      /* /run/systemd/system exists */
		char *unit;        /* the innermost .service or .scope of our path, or NULL */
		bool unit_delegated;
		char *user_group; /* our group is below this one of a user's own systemd: "/user.slice/
				     user-1000.slice/user@1000.service"; NULL: it is not */
		char *companions; /* "pids 12 34": the processes beside siplaunch in a service's group, where
				     no group can be made; NULL: none, or not read */
		/* The systemd that siplaunch can ask: the machine's, or for an ordinary user the user's own.
		 * Read only where there is no base. */
		char *bus;           /* its socket: "/run/dbus/system_bus_socket"; NULL: it has none */
		bool user_manager;   /* it is a user's own */
		uid_t user;          /* whose, as the machine sees it; with user_manager */
		char *manager_group; /* its groups are below this one: "/", or as user_group */
		unsigned manager_controllers; /* available there */
		char *manager_drop_ins;       /* where it keeps what is set at run time:
					       * "/run/systemd/system.control"
					       */
		bool run_time_limits;         /* the unit's memory limits were set while it ran (systemctl
						 set-property --runtime, or siplaunch at an earlier start), and are
						 not from its unit file */
	} cgroup;
	struct group_value {
		const char *file; /* of host_questions.group_files */
		char *text;       /* NULL: there is no such file, or it cannot be read */
	} * group_values;
	size_t group_value_count;
	struct ancestor
		*ancestors; /* ours first, the visible root last; empty where no memory controller is seen */
	size_t ancestor_count;
	struct ancestor *placed; /* the same for host_questions.group: its parent first. Levels that are not
				    there yet, or have no memory controller, have no row */
	size_t placed_count;
	struct {
		/* The limit in force for this process: the smallest memory.max and memory.high of all
		 * ancestors; with v1 its hierarchical_memory_limit. UNLIMITED when none. */
		uint64_t visible_limit;
		char *visible_limit_source; /* "/sip.slice memory.max", or NULL */
		/* The limit in force for a new group below `base`: of base and its ancestors only. A shell
		 * in /user/x that launches into /sip.slice leaves the limit of /user/x behind. UNLIMITED
		 * without a base (there it is what would bind host_questions.scope); with the memory
		 * controller on v1 the same as visible_limit, since a v2 group moves nobody there. */
		uint64_t placed_limit;
		char *placed_limit_source;
		uint64_t total_bytes, available_bytes, swap_total_bytes; /* of the machine; 0: not known */
		uint64_t page_bytes;
		int total_errno; /* why /proc/meminfo could not be read; else 0 */
		char *shmem_thp; /* the selected word of transparent_hugepage/shmem_enabled; NULL */
	} memory;
	unsigned cpus;        /* online and allowed to us; 0: not known */
	unsigned cpus_online; /* also those that we may not use; 0: not known */
	uint64_t cap_effective, cap_permitted, cap_inheritable, cap_bounding, cap_ambient;
	uid_t euid; /* (uid_t)-1: not known; egid alike */
	gid_t egid;
	gid_t *groups;
	size_t group_count;
	bool no_new_privs;
	unsigned seccomp_mode; /* 0 none, 1 strict, 2 filter */
	struct refused_call {
		const char *name; /* as the kernel has it here: "setresuid", "setresuid32" */
		int errnum;       /* 0: see `failure` */
		char *failure;    /* the probe child did not answer, a sentence: "… was killed by signal 31
				     (Bad system call)"; NULL */
	} * refused_calls;        /* what the filter in force does not permit, as probe children found */
	size_t refused_call_count;
	bool initial_user_namespace;
	bool setgroups_denied; /* /proc/self/setgroups says deny */
	struct id_map {
		uint64_t inside, outside, count;
	} * uid_map, *gid_map; /* of our user namespace */
	size_t uid_map_count, gid_map_count;
	bool proc_sys_writable;      /* the sysctls of our IPC namespace: not read-only, and our euid may */
	bool proc_subset;            /* /proc is mounted with subset=pid: it has no sys */
	int proc_sys_errno;          /* why not: EROFS, EACCES …; 0 where they are, or were not looked at */
	ino_t ipc_namespace;         /* inode; 0 when not known */
	bool initial_ipc_namespace;  /* inode 4026531839 (PROC_IPC_INIT_INO, include/linux/proc_ns.h) */
	struct ipc_limits ipc;       /* in our namespace */
	struct ipc_limits fresh_ipc; /* in a new one, read by a probe child; not known if it was refused */
	bool untried_ipc; /* no probe child ran: a new one can be made, and its limits are not known yet */
	int unshare_ipc_errno; /* errno of unshare(CLONE_NEWIPC) in the probe child; 0 if it works or was not
				  tried */
	char *probe_failure;   /* why the probe child did not answer, a sentence: "… was killed by signal 31
				  (Bad system call)"; NULL */
	bool can_write_fresh_ipc; /* the probe child could open kernel/sem for writing there */
	int fresh_ipc_errno;      /* why it could not; 0 where it could, or did not try */
	bool has_oom_score_adj;
	int oom_score_adj_errno; /* why it could not be read; else 0 */
	int oom_score_adj;
	int oom_score_adj_min; /* the lowest that this process may write, found by trying in the probe child:
				  the kernel shows the inherited minimum nowhere. oom_score_adj if it was not
				  tried */
	struct rlimit_pair rlimits[RLIM_NLIMITS];
	uint64_t nr_open; /* fs.nr_open; 0 when not known */
	enum runtime runtime;
	char *runtime_evidence; /* "/.dockerenv exists"; NULL for none */
	bool is_pid1;
	char *kernel; /* "6.1.0-18-amd64" */
	char **notes; /* what could not be read or was malformed, a sentence each */
	size_t note_count;
	char *shortage;     /* for host_read() only: the first call that failed for lack of resources
			       (host_shortage() in read.h), */
	int shortage_errno; /* and its errno */
};

/*
 * Reads what the questions ask for. It takes some 120 system calls, and 55 in the probe child; a launch,
 * which needs few IPC limits, takes 95 and 20, and with process_only 45. For another process, "our group" is
 * the parent of that process's group, as if we launched a router next to it; with in_group it is that
 * process's own group. 0; or -1 if not even /proc can be read, or if a file could not be read for lack of
 * descriptors, memory or processes. host_clear() in both cases.
 */
int host_read(const struct host_roots *roots, const struct host_questions *questions, struct host *host,
	      struct error *error);
void host_clear(struct host *host);

/*
 * Makes `host` describe another container of the same pod, with the memory limit `bytes` (UNLIMITED: not
 * known) from `source`: removes the own cgroup and its limits, which do not apply there.
 */
void host_assume_limit(struct host *host, uint64_t bytes, const char *source);

/*
 * The cgroup v2 group of a process, 0 for ourselves: the path of the "0::" line of /proc/PID/cgroup. The
 * caller frees it. NULL if there is no such line (errno unchanged), or with errno if the file cannot be read.
 */
char *host_group_of(int proc, pid_t pid);

/* The first of the system calls `names` ("mkdirat fchmod") that a filter in force does not permit, behind
 * `after` (NULL: of all). NULL where it permits them, where it was not tried (a copied host, another
 * process), and for names NULL. */
const struct refused_call *host_refused_call(const struct host *host, const char *names,
					     const struct refused_call *after);

/* Whether the limits of our own group can be read. Also false if a container has mounted the machine's tree,
 * which does not show the container's own group. */
bool host_sees_own_group(const struct host *host);

/* True if the innermost systemd unit that we are in is a service. */
bool host_in_service(const struct host *host);

/* True if that service belongs to the systemd that siplaunch can ask (host->cgroup.bus). */
bool host_service_is_askable(const struct host *host);

/* The command that changes the unit of a group: "systemctl --user" where it is the user's own, else
 * "systemctl". */
const char *host_systemctl(const struct host *host, const char *group);

/* A path as in /proc/PID/cgroup below the mount: "" for the mount's root, "sip.slice/a". Points into `path`.
 */
const char *host_below_mount(const struct host *host, const char *path);

/* The contents of a file of the own group; NULL: not requested, or missing. */
const char *host_group_value(const struct host *host, const char *file);

#endif
