/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_MECHANISM_H
#define SIPLAUNCH_MECHANISM_MECHANISM_H
/*
 * A mechanism is one kind of kernel setting, with four functions. The table lists them in the order of
 * application, which makes a launch safe: memory is charged to the group that first touches it, so the group
 * comes first; limits that need privileges come before the identity, which drops them.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "plan/plan.h"

/* Whose settings: siplaunch's own before exec, a child's, or those of a running router (read only). */
enum role { ROLE_SELF, ROLE_CHILD, ROLE_OBSERVED };

struct target {
	int proc;                 /* directory: /proc */
	int cgroup;               /* directory: where cgroup2 is mounted; -1 without */
	const char *cgroup_mount; /* its path, for messages and for libcgroup */
	int origin_procs;         /* cgroup.procs of siplaunch's former group, opened before any write; -1 */
	struct group *made;       /* what the cgroup mechanism made and must undo (cgroup_group.h); NULL */
	bool fresh_ipc;           /* siplaunch made the IPC namespace, which ends with it */
	pid_t pid;                /* OBSERVED: whose; else getpid() */
	enum role role;
	bool supervised; /* SELF: a supervisor made the group and removes it; this process only leaves it */
	pid_t parent;    /* SELF: the parent process at the start; 0: in another PID namespace */
	struct plan
		*plan; /* what is being applied: a scope is started with all of its limits at once; NULL */
	struct scope *scope;           /* what manager systemd started or changed (cgroup_systemd.h); NULL */
	const struct context *context; /* NULL when OBSERVED without a profile */
	const char *group;             /* the router's group as in /proc/PID/cgroup; NULL: none */
	struct made_directory *directories; /* what the directories mechanism made or changed, for its undo */
	size_t directory_count;
	char **argv; /* arguments mechanism: what will be executed; SELF: replaced, owned. OBSERVED: the real
			one */
};

/*
 * Opens siplaunch's own target before any write: the cgroup2 mount (checks its magic, because a tmpfs with
 * the right file names would accept every write), and the cgroup.procs to return to its former group. 0, or
 * -1.
 */
int target_open(struct target *target, const struct context *context, struct error *error);
/* Closes descriptors, including the group's lock; frees argv. Applied settings stay. */
void target_close(struct target *target);
/* "self/NAME" or "PID/NAME", below target->proc. For siplaunch itself it is "self": if /proc belongs to
 * another PID namespace, getpid() names another process there. */
char *target_path(const struct target *target, const char *name);
/* The group of the target's process, as host_group_of() returns it. Caller frees. */
char *target_own_group(const struct target *target);

struct mechanism {
	enum mechanism_id id;
	/* Adds steps, and marks those that cannot work here as denied. Pure: reads only the context. */
	int (*plan)(const struct context *context, struct plan *plan, struct error *error);
	/* apply and read are NULL for a mechanism that only checks: it adds denied steps, or none. */
	/* Does one step, then reads it back into step->actual and sets its status. 0, or -1. */
	int (*apply)(struct target *target, struct step *step, struct error *error);
	/* Fills step->actual with the current value. 0, or -1 with why it is not known. */
	int (*read)(const struct target *target, struct step *step, struct error *error);
	/* Undoes what outlives siplaunch. Never fails; step->why names what stays. NULL: nothing to undo. */
	void (*undo)(struct target *target, struct step *step);
};

extern const struct mechanism mechanism_cgroup, mechanism_oom, mechanism_rlimit, mechanism_ipc,
	mechanism_sysctl, mechanism_directories, mechanism_identity, mechanism_parent, mechanism_arguments,
	mechanism_router, mechanism_seccomp;

/* The table, in the order of application; NULL behind its end. */
const struct mechanism *mechanism_at(size_t index);

/* Asks every mechanism for its steps, in order. Steps with policy "skip" get that status. 0, or -1. */
int plan_build(const struct context *context, struct plan *plan, struct error *error);

/* The same for one mechanism only. */
int plan_build_one(const struct mechanism *mechanism, const struct context *context, struct plan *plan,
		   struct error *error);

/*
 * A launch has two halves: settings of the router's group from outside, by a supervisor if there is one, and
 * settings that the process that becomes the router makes itself, after it joined the group.
 */
enum stage {
	STAGE_OUTSIDE = 1 << 0,
	STAGE_SELF = 1 << 1,
	STAGE_BOTH = STAGE_OUTSIDE | STAGE_SELF,
	STAGE_LAST = 1 << 2, /* the filter, right before exec */
};
/* The half that a step belongs to. OUTSIDE: the directories, and the group with manager cgroupfs. With
 * manager systemd the group is SELF: a scope must have its process from the start. */
enum stage step_stage(const struct context *context, const struct step *step);

/*
 * Applies those steps of `stages` that are PLANNED, in order. If a required one fails, undoes everything that
 * outlives siplaunch, in reverse order, and returns -1 with that step's error. A refused "prefer" step
 * becomes a warning.
 */
int plan_apply(struct plan *plan, struct target *target, unsigned stages, struct error *error);

/* Undoes what outlives siplaunch, in reverse order: for failures after plan_apply(). */
void plan_undo(struct plan *plan, struct target *target);

/* Reads every step's actual value; one that cannot be read keeps NONE and its reason. */
void plan_read(struct plan *plan, const struct target *target);

/* Adds a step for every setting of the table that the plan does not have, for `inspect`. */
void plan_observe(struct plan *plan);

#endif
