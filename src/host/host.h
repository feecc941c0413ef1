/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_HOST_H
#define SIPLAUNCH_HOST_HOST_H
/*
 * What this machine or container is, as it stands: read once, through directory descriptors, so that a test
 * can hand in a tree of its own. It decides nothing. Whatever is read from /proc or /sys may be malformed:
 * such a value is "not known" (and a note says so), never zero and never a crash.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/value.h"

struct error;

/* The three roots. For a live machine opened on /proc, /sys and /. */
struct host_roots {
	int root; /* mount points of mountinfo are opened below it */
	int proc;
	int sys;
	bool live;         /* false for a fixture: no probe child, no real system calls about ourselves */
	const char *group; /* the group that is to be made, below host->cgroup.base: what would hold there is
			      told too; NULL */
	const char *scope; /* the same for the group that systemd would make, below the mount's root; used
			      where there is no base. NULL */
	const char *const *group_files; /* the files of our own group whose content is wanted where no group
					   can be made: "memory.oom.group", then NULL. NULL: none */
	bool ask_systemd; /* how systemd can be reached is wanted even where a group can be made by hand */
	bool in_group; /* host_read's `pid` was launched in the group that it is in: nothing is to be made */
	bool protection; /* memory.low and memory.min of what is above are wanted: two calls more for each */
	bool no_probe;   /* live, but fresh_ipc and the like are not wanted: saves a fork and some 30 calls */
	const char *const *sysctls; /* those IPC limits that are wanted, such as "kernel.sem", then NULL: each
				       is three calls, and three more in the probe child. NULL: all of them */
	bool fresh_only; /* `ipc` and proc_sys_writable are not wanted where we are in the machine's namespace
			  * and fresh_ipc is known
			  */
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

/* One group on the way from ours to the visible root. UNLIMITED where there is no limit or none could be
 * read. */
struct ancestor {
	char *path; /* as in /proc/self/cgroup; the visible root's is the mount's root, "/" mostly */
	uint64_t memory_max, memory_high, swap_max;
	uint64_t pids_max, pids_current; /* v2 only; pids_current is 0 where there is no pids_max */
	uint64_t memory_low, memory_min; /* with host_roots.protection; UNLIMITED: not asked, and the root */
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
	const char *failed; /* not known: the first file below /proc that could not be read or understood;
			       NULL: none was looked at */
	int errnum;         /* why `failed` could not be read; 0: its text is not understood */
	uint64_t shmmax_bytes, shmall_pages, shmmni, msgmax_bytes, msgmnb_bytes, msgmni;
	uint64_t sem[4]; /* SEMMSL SEMMNS SEMOPM SEMMNI */
	uint64_t shm_rmid_forced;
	uint64_t mqueue_queues_max, mqueue_msg_max, mqueue_msgsize_max, mqueue_msg_default,
		mqueue_msgsize_default;
};

struct rlimit_pair {
	bool known;
	uint64_t soft, hard;
};

/* The limits of one resource (RLIMIT_NOFILE) in the text of /proc/PID/limits. False when it has no such line
 * or a malformed one; *pair is as it was then. */
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
		int writable_errno;  /* what the kernel said where the directory is not writable; else 0 */
		bool namespace_root; /* path is "/" of a cgroup namespace that is not the initial one */
		char *base;          /* the group below which we may make groups; NULL where nowhere */
		char *base_reason;   /* why there, or why nowhere; never NULL */
		bool systemd;        /* /run/systemd/system exists */
		char *unit;          /* the innermost .service or .scope of our path, or NULL */
		bool unit_delegated;
		char *bus; /* where the machine's systemd can be talked to: "/run/dbus/system_bus_socket";
			      NULL: nowhere */
		bool user_manager; /* our group belongs to a user's own systemd, which the machine's does
				      not look into */
		unsigned root_controllers; /* available at the mount's root; read only where there is no base
					    */
		bool run_time_limits;      /* our unit's memory limits were set while it ran (systemctl
					      set-property
					      --runtime, or siplaunch at an earlier start): no word of its unit
					      file */
	} cgroup;
	struct group_value {
		const char *file; /* of host_roots.group_files */
		char *text;       /* NULL: there is no such file, or it cannot be read */
	} * group_values;
	size_t group_value_count;
	struct ancestor
		*ancestors; /* ours first, the visible root last; empty where no memory controller is seen */
	size_t ancestor_count;
	struct ancestor *placed; /* the same for host_roots.group: its parent first. Levels that are not there
				    yet, or have no memory controller, have no row */
	size_t placed_count;
	struct {
		/* What binds us where we are: the smallest memory.max and memory.high of all ancestors;
		 * with v1 its hierarchical_memory_limit. UNLIMITED when none. */
		uint64_t visible_limit;
		char *visible_limit_source; /* "/sip.slice memory.max", or NULL */
		/* What would bind a group that we make below `base`: of base and its ancestors only. A shell
		 * in /user/x that launches into /sip.slice leaves the limit of /user/x behind. UNLIMITED
		 * without a base (there it is what would bind host_roots.scope); with the memory controller
 on v1 the same as visible_limit, since a v2
		 * group moves nobody there. */
		uint64_t placed_limit;
		char *placed_limit_source;
		uint64_t total_bytes, available_bytes, swap_total_bytes; /* of the machine; 0: not known */
		uint64_t page_bytes;
		int total_errno; /* why /proc/meminfo could not be read; else 0 */
		char *shmem_thp; /* the selected word of transparent_hugepage/shmem_enabled; NULL */
	} memory;
	unsigned cpus;        /* online and allowed to us; 0: not known */
	unsigned cpus_online; /* whoever may use them; 0: not known */
	uint64_t cap_effective, cap_permitted, cap_inheritable, cap_bounding, cap_ambient;
	uid_t euid; /* (uid_t)-1: not known; egid alike */
	gid_t egid;
	gid_t *groups;
	size_t group_count;
	bool no_new_privs;
	unsigned seccomp_mode; /* 0 none, 1 strict, 2 filter */
	bool initial_user_namespace;
	bool setgroups_denied; /* /proc/self/setgroups says deny */
	struct id_map {
		uint64_t inside, outside, count;
	} * uid_map, *gid_map; /* of our user namespace */
	size_t uid_map_count, gid_map_count;
	bool proc_sys_writable;      /* the sysctls of our IPC namespace: not read-only, and our euid may */
	int proc_sys_errno;          /* why not: EROFS, EACCES …; 0 where they are, or were not looked at */
	ino_t ipc_namespace;         /* inode; 0 when not known */
	bool initial_ipc_namespace;  /* inode 4026531839 (PROC_IPC_INIT_INO, include/linux/proc_ns.h) */
	struct ipc_limits ipc;       /* in our namespace */
	struct ipc_limits fresh_ipc; /* in a new one, seen by a probe child; not known where it was refused */
	int unshare_ipc_errno; /* what unshare(CLONE_NEWIPC) said to the probe child; 0 when it works or was
				  not asked */
	char *probe_failure;   /* why the probe child did not answer, a sentence: "… was killed by signal 31
				  (Bad system call)"; NULL */
	bool can_write_fresh_ipc; /* the probe child could open kernel/sem for writing there */
	int fresh_ipc_errno;      /* why it could not; 0 where it could, or did not try */
	bool has_oom_score_adj;
	int oom_score_adj_errno; /* why it could not be read; else 0 */
	int oom_score_adj;
	int oom_score_adj_min; /* the lowest that we may write, found by trying in the probe child: the kernel
				  shows the inherited floor nowhere. oom_score_adj where nothing was tried */
	struct rlimit_pair rlimits[RLIM_NLIMITS];
	uint64_t nr_open; /* fs.nr_open; 0 when not known */
	enum runtime runtime;
	char *runtime_evidence; /* "/.dockerenv exists"; NULL for none */
	bool is_pid1;
	char *kernel; /* "6.1.0-18-amd64" */
	char **notes; /* what could not be read or was malformed, a sentence each */
	size_t note_count;
	char *shortage;     /* while it is read (host_shortage() in read.h): the first call that failed so, */
	int shortage_errno; /* and its errno */
};

/*
 * Reads everything. Some 110 system calls, and 55 for the probe child; a launch, which wants few IPC limits,
 * 85 and 20. `pid` is whose place is described: 0 for ourselves. For another process the groups are those
 * around its group (its parent is "ours"), as if we were to launch beside it; with in_group its own is
 * "ours". 0, or -1 when not even /proc can be read, or a file could not be read for lack of descriptors,
 * memory or processes: what it says is then not known.
 */
int host_read(const struct host_roots *roots, pid_t pid, struct host *host, struct error *error);
void host_clear(struct host *host);

/*
 * Makes it the description of a place like ours in another container of the same pod, whose memory limit is
 * `bytes` (UNLIMITED: not known), as `source` says: our own cgroup, its limits and what is above it are not
 * that place's.
 */
void host_assume_limit(struct host *host, uint64_t bytes, const char *source);

/* The innermost unit of systemd that we are in is a service. */
bool host_in_service(const struct host *host);

/* A path as in /proc/PID/cgroup below the mount: "" for the mount's root, "sip.slice/a". Points into `path`.
 */
const char *host_below_mount(const struct host *host, const char *path);

/* What a file of our own group says, or NULL: not asked for, not there. */
const char *host_group_value(const struct host *host, const char *file);

#endif
