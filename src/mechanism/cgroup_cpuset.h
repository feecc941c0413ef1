/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_CPUSET_H
#define SIPLAUNCH_MECHANISM_CGROUP_CPUSET_H
/*
 * cpuset.cpus and cpuset.mems: which of the written CPUs and memory nodes are in force, and what to do where
 * the kernel refuses them. The managers of groups write; this only reads.
 */
struct error;
struct step;
struct target;

/*
 * The kernel accepts any CPU that the machine can have. In force are those that are online and that every
 * group above has; if that is none, those of the group above (Documentation/admin-guide/cgroup-v2.rst,
 * cpuset.cpus). Compares cpuset.cpus.effective in the group `directory` with what was written: -1 if the
 * router would get a CPU that was not requested; a warning of target->plan if it gets fewer. 0 for every
 * other setting.
 */
int cpuset_check(struct target *target, int directory, struct step *step, struct error *error);

/* For a cpuset file that the kernel did not take: the hint says which CPUs or nodes there are. 0 if it is
 * another setting, with the error unchanged; else -1. */
int cpuset_hint(const struct step *step, struct error *error);

#endif
