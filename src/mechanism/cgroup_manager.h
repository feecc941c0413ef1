/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_MANAGER_H
#define SIPLAUNCH_MECHANISM_CGROUP_MANAGER_H
/*
 * The managers of a group, for the cgroup mechanism: make it in the file system (cgroup_fs.c), ask systemd
 * for it (cgroup_systemd.c), or adopt the current one (cgroup_adopt.c). Each judges the planned steps,
 * without I/O, and applies them. cgroup.c has the common parts. Not for other rooms.
 */
#include "mechanism/mechanism.h"

struct group_manager {
	/* Whether a step is possible here: leaves it PLANNED, or makes it SATISFIED, ADOPTED, CLAMPED,
	 * DENIED with the reason. Pure. */
	void (*judge)(const struct context *context, struct step *step);
	/* As the mechanism's apply: the step "group" comes first, then the limits, "cgroup.procs" last. */
	int (*apply)(struct target *target, struct step *step, struct error *error);
	/* Undoes everything, called for the step "group". step->why names what stays. */
	void (*undo)(struct target *target, struct step *step);
};

extern const struct group_manager group_manager_fs, group_manager_systemd, group_manager_adopt;

/* ---- shared by the managers (cgroup.c) ---- */

/* Whether `pids` (of pids.max) are fewer than the router starts; then *what is "10 processes and 128
 * threads", for the caller to free. Threads that only some versions have do not count. */
bool cgroup_pids_too_few(const struct context *context, uint64_t pids, char **what);

/* Reads a limit's file in `directory` into step->actual. 0, or -1. */
int cgroup_read_value(int directory, struct step *step, struct error *error);

/* Whether the text of a limit's file is the requested value. */
bool cgroup_value_holds(const struct step *step, const struct value *actual);

/* Reads a limit back after the write and compares. 0 with status APPLIED; or -1 with an error that has the
 * value read. */
int cgroup_verify(int directory, struct step *step, struct error *error);

/* True if the step's file belongs to a controller that is not in `available`, or to no known one. */
bool cgroup_lacks_controller(const struct step *step, unsigned available);

/* CGROUP_MASK_V2 in systemd's src/basic/cgroup-util.h: it enables no others in its units' groups. */
#define SYSTEMD_CONTROLLERS \
	((unsigned)(CONTROLLER_CPU | CONTROLLER_CPUSET | CONTROLLER_IO | CONTROLLER_MEMORY | CONTROLLER_PIDS))

/* Denies the step for that reason: `where` is "in / (see its cgroup.controllers)". */
void cgroup_deny_controller(const struct context *context, struct step *step, const char *where);

/* ---- limits of a group below a base, by the file system (cgroup_fs.c) ---- */

struct group_request;

/* The controllers that the profile's limits need, of those available: request->controllers and ->optional. */
void cgroup_needed_controllers(const struct context *context, unsigned available,
			       struct group_request *request);

/* Makes place->made. 0, or -1. */
int cgroup_fs_make(struct target *target, const struct group_request *request, struct error *error);

/* True if the limit "no swap" is satisfied although its file is missing (`errnum` ENOENT): kernels without
 * swap have no memory.swap.max, and the machine has no swap. */
bool cgroup_no_swap_anyway(const struct target *target, const struct step *step, int errnum);

/* One limit into place->made, through libcgroup; reads it back. */
int cgroup_fs_limit(struct target *target, struct step *step, struct error *error);

/* Moves place->pid into place->made, whose path is place->group; reads it back. */
int cgroup_fs_join(struct target *target, struct step *step, struct error *error);

#endif
