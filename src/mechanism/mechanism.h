/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_MECHANISM_H
#define SIPLAUNCH_MECHANISM_MECHANISM_H
/*
 * A mechanism is one of the kernel's ways to set things: a room with four doors. The table lists them in the
 * order of application, which is what makes a launch safe: memory is charged where it is first touched, so
 * the group comes first; limits that need privileges come before the identity that has none.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "plan/plan.h"

/* Whose settings: our own before exec, a child's, or those of a router that is already running (read only).
 */
enum role { ROLE_SELF, ROLE_CHILD, ROLE_OBSERVED };

struct place {
	int proc;                 /* directory: /proc */
	int cgroup;               /* directory: where cgroup2 is mounted; -1 without */
	const char *cgroup_mount; /* its path, for messages and for libcgroup */
	int origin_procs; /* cgroup.procs of the group we came from, opened before anything was written; -1 */
	struct group *made; /* what the cgroup mechanism made and must put back (cgroup_group.h); NULL */
	bool fresh_ipc;     /* the IPC namespace was made by us and ends with us */
	pid_t pid;          /* OBSERVED: whose; else getpid() */
	enum role role;
	bool supervised; /* SELF: a supervisor made the group and puts it back; we only leave it */
	pid_t parent;    /* SELF: our parent process as it was at the start; 0: in another PID namespace */
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
 * Opens our own place before anything is written: where cgroup2 is mounted (its magic is checked: a tmpfs
 * with the right file names would take every write), and the cgroup.procs through which we can go back. 0, or
 * -1.
 */
int place_open(struct place *place, const struct context *context, struct error *error);
/* Closes descriptors, among them the group's lock; frees argv. What was applied stays. */
void place_close(struct place *place);
/* "self/NAME" or "PID/NAME", below place->proc. Ours is "self": in a PID namespace of another /proc, getpid()
 * is not. */
char *place_path(const struct place *place, const char *name);

struct mechanism {
	const char *name; /* as in the profile's policy block and the settings table */
	/* Adds steps, marking those that cannot work here as denied. Pure: looks at the context only. */
	int (*plan)(const struct context *context, struct plan *plan, struct error *error);
	/* apply and read are NULL for a mechanism that only checks: its steps are denied, or none. */
	/* Does one step, then reads it back into step->actual and sets its status. 0, or -1. */
	int (*apply)(struct place *place, struct step *step, struct error *error);
	/* Fills step->actual with what is there now. 0, or -1 with why it cannot be told. */
	int (*read)(const struct place *place, struct step *step, struct error *error);
	/* Puts back what outlives us. Never fails; what stays behind is named in step->why. NULL: nothing
	 * does. */
	void (*undo)(struct place *place, struct step *step);
};

extern const struct mechanism mechanism_cgroup, mechanism_oom, mechanism_rlimit, mechanism_ipc,
	mechanism_sysctl, mechanism_directories, mechanism_identity, mechanism_parent, mechanism_arguments,
	mechanism_router, mechanism_seccomp;

/* The table, in the order of application; NULL behind its end. */
const struct mechanism *mechanism_at(size_t index);
const struct mechanism *mechanism_find(const char *name);

/* Asks every mechanism for its steps, in order. Steps with policy "skip" get that status. 0, or -1. */
int plan_build(const struct context *context, struct plan *plan, struct error *error);

/* The same for one mechanism only. */
int plan_build_one(const struct mechanism *mechanism, const struct context *context, struct plan *plan,
		   struct error *error);

/*
 * A launch has two halves: what is done to the router's group from outside, by a supervisor if there is one,
 * and what the process that will be the router does to itself, joining the group first of all.
 */
enum stage {
	STAGE_OUTSIDE = 1 << 0,
	STAGE_SELF = 1 << 1,
	STAGE_BOTH = STAGE_OUTSIDE | STAGE_SELF,
	STAGE_LAST = 1 << 2, /* the filter, right before exec */
};
/* OUTSIDE: the directories, and the group where manager cgroupfs makes it: a scope must have its process from
 * the start. */
enum stage step_stage(const struct context *context, const struct step *step);

/*
 * Applies those steps of `stages` that are PLANNED, in order. When a required one fails, everything that
 * outlives us is put back, in reverse order, and -1 is returned with that step's error. A refused "prefer"
 * step becomes a warning.
 */
int plan_apply(struct plan *plan, struct place *place, unsigned stages, struct error *error);

/* Puts back what outlives us, in reverse order: for failures after plan_apply. */
void plan_undo(struct plan *plan, struct place *place);

/* Reads every step's actual value; one that cannot be read keeps NONE and its reason. */
void plan_read(struct plan *plan, const struct place *place);

/* Adds a step for every setting of the table that the plan has not: what `inspect` walks. */
void plan_observe(struct plan *plan);

#endif
