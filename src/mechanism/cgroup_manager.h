/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_MANAGER_H
#define SIPLAUNCH_MECHANISM_CGROUP_MANAGER_H
/*
 * The ways to have a group, behind the cgroup mechanism: make it in the file system (cgroup_fs.c), have
 * systemd make it (cgroup_systemd.c), or take the one that is there as it is (cgroup_adopt.c). Each judges
 * the planned steps, without I/O, and applies them. What all share stands in cgroup.c. Nothing of it is for
 * other rooms.
 */
#include "mechanism/mechanism.h"

struct group_manager {
	/* Whether a step is available here: leaves it PLANNED, or makes it SATISFIED, ADOPTED, CLAMPED,
	 * DENIED with why. Pure. */
	void (*judge)(const struct context *context, struct step *step);
	/* As the mechanism's apply: the step "group" comes first, then the limits, "cgroup.procs" last. */
	int (*apply)(struct place *place, struct step *step, struct error *error);
	/* Everything at once, called for the step "group". What stays behind is named in step->why. */
	void (*undo)(struct place *place, struct step *step);
};

extern const struct group_manager group_manager_fs, group_manager_systemd, group_manager_adopt;

/* ---- shared by the managers (cgroup.c) ---- */

bool cgroup_step_is(const struct step *step, const char *name);

/* Whether `pids` (of pids.max) are fewer than the router starts; then *what is "10 processes and 128
 * threads", for the caller to free. Threads that only some versions have do not count. */
bool cgroup_pids_too_few(const struct context *context, uint64_t pids, char **what);

/* The "0::" line of /proc/PID/cgroup. A fresh string, or NULL. */
char *cgroup_group_of(const struct place *place);

/* Reads a limit's file in `directory` into step->actual. 0, or -1. */
int cgroup_read_value(int directory, struct step *step, struct error *error);

/* Whether what a limit's file says is what was wanted, in the kernel's words. */
bool cgroup_value_holds(const struct step *step, const struct value *actual);

/* Reads it back after a write and compares: APPLIED, or -1 with what it reads instead. */
int cgroup_verify(int directory, struct step *step, struct error *error);

/* The controller that the step's file belongs to is not among `available`, or no known one. */
bool cgroup_lacks_controller(const struct step *step, unsigned available);

/* Denies the step for that reason: `where` is "in / (see its cgroup.controllers)". */
void cgroup_deny_controller(const struct context *context, struct step *step, const char *where);

/* ---- limits of a group below a base, by the file system (cgroup_fs.c) ---- */

struct group_request;

/* The controllers that the profile's limits need, of those available: request->controllers and ->optional. */
void cgroup_needed_controllers(const struct context *context, unsigned available,
			       struct group_request *request);

/* Makes place->made. 0, or -1. */
int cgroup_fs_make(struct place *place, const struct group_request *request, struct error *error);

/* Kernels without swap have no memory.swap.max; on a machine without swap, no swap is what is there already.
 */
bool cgroup_no_swap_anyway(const struct place *place, const struct step *step, int errnum);

/* One limit into place->made, through libcgroup; reads it back. */
int cgroup_fs_limit(struct place *place, struct step *step, struct error *error);

/* Moves place->pid into place->made, whose path is place->group; reads it back. */
int cgroup_fs_join(struct place *place, struct step *step, struct error *error);

#endif
