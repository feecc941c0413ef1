/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_CONTROLLERS_H
#define SIPLAUNCH_MECHANISM_CGROUP_CONTROLLERS_H
/*
 * The controllers that a group enables for its children: its cgroup.subtree_control, as enum controller bits
 * (host.h). Callers decide which are needed, and which may be switched off.
 */
struct error;

/* Sets *missing to those of `wanted` that the group `directory` does not enable yet. 0, or -1 with errno if
 * the file cannot be read. */
int controllers_missing(int directory, unsigned wanted, unsigned *missing);

/* "-memory -pids", as cgroup.subtree_control takes them. Caller frees. */
char *controllers_text(unsigned controllers, char sign);

/*
 * Switches on `missing`; adds those switched on to *enabled, also on failure. `label` is the group's path for
 * messages. 0, or -1 with the kernel's reason if one that is not in `optional` is refused.
 */
int controllers_enable(int directory, unsigned missing, unsigned optional, const char *label,
		       unsigned *enabled, struct error *error);

/* The group has processes of its own, so none of `required` can be switched on: -1 with the reason; 0 if
 * `required` is empty. */
int controllers_refuse_busy(int directory, unsigned required, const char *label, struct error *error);

/*
 * Switches `controllers` off; the limits in groups below that need them are lost. If a group below enables
 * one itself, the kernel refuses (EBUSY), and all of them stay on: that counts as success. 0, or -1 with
 * errno of any other failure.
 */
int controllers_disable(int directory, unsigned controllers);

#endif
