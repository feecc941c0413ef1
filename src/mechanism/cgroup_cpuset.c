/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_cpuset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/mechanism.h"
#include "settings/cgroup_file.h"

/* A list of CPUs or nodes with a file of those in force; cpuset.cpus.exclusive, which has no row in the
 * settings table, counts only in a partition. */
static bool is_set(const struct setting *setting)
{
	return controller_of(setting->name) == CONTROLLER_CPUSET && setting->form == TEXT_LIST &&
	       setting->fresh;
}

static bool are_cpus(const struct setting *setting)
{
	return setting->id == SETTING_CPUSET_CPUS;
}

int cpuset_check(struct target *target, int directory, struct step *step, struct error *error)
{
	const struct setting *setting = step->setting;
	if (!is_set(setting) || !*step->wanted.text)
		return 0;
	cleanup_free char *file = xasprintf("%s.effective", setting->name), *text = NULL;
	if (pseudo_read_record(directory, file, &text) < 0)
		return error_set(error, errno, "read %s.effective", step->path);
	const char *what = are_cpus(setting) ? "CPUs" : "memory nodes";
	const struct value in_force = {.kind = VALUE_TEXT, .text = text};
	if (cgroup_text_holds(setting, step->wanted.text, text))
		return 0;
	if (setting_adoptable(setting, &step->wanted, &in_force)) {
		plan_warn(target->plan,
			  "%s is %s, but only %s %s are in force: the kernel leaves out those that "
			  "are offline or that a group above does not have",
			  step->path, step->wanted.text, what, text);
		return 0;
	}
	error_set(
		error, 0,
		"%s is %s, but %s %s are in force: of those written none is online and in every group above",
		step->path, step->wanted.text, what, text);
	return error_hint(
		error,
		"request %s out of %s, or bring the others online and add them to %s of the groups above",
		what, text, setting->name);
}

int cpuset_hint(const struct step *step, struct error *error)
{
	if (!is_set(step->setting))
		return 0;
	if (are_cpus(step->setting))
		return error_hint(error, "the machine has these CPUs: cat /sys/devices/system/cpu/possible");
	return error_hint(error, "these nodes have memory: cat /sys/devices/system/node/has_memory");
}
