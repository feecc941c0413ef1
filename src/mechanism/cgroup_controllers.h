/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_CONTROLLERS_H
#define SIPLAUNCH_MECHANISM_CGROUP_CONTROLLERS_H
/*
 * Which controllers a group hands down: its cgroup.subtree_control, as enum controller bits (host.h). Which
 * are wanted, and whether they may be taken back, is for others to know.
 */
struct error;

/* Those of `wanted` that it does not hand down yet. 0, or -1 with errno where that cannot be read. */
int controllers_missing(int directory, unsigned wanted, unsigned *missing);

/* "-memory -pids", as cgroup.subtree_control takes them. Caller frees. */
char *controllers_text(unsigned controllers, char sign);

/*
 * Switches on `missing`; what was switched on is added to *enabled, also on failure. `label` is the group's
 * path for messages. 0, or -1 when one that is not in `optional` is refused, with what the kernel means by
 * that.
 */
int controllers_enable(int directory, unsigned missing, unsigned optional, const char *label,
		       unsigned *enabled, struct error *error);

/* Switches them off. Limits below that need one go with it; where a group below hands one down itself, the
 * kernel refuses all of them (EBUSY), and they stay. 0, or -1 with errno of another refusal. */
int controllers_disable(int directory, unsigned controllers);

#endif
