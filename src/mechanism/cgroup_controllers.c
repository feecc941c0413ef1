/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_controllers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/cgroup_tree.h"

char *controllers_text(unsigned controllers, char sign)
{
	char *text = xstrdup("");
	for (unsigned bit = 1; bit && bit <= controllers; bit <<= 1) {
		if (!(controllers & bit))
			continue;
		cleanup_free char *before = text;
		text = xasprintf("%s%s%c%s", before, *before ? " " : "", sign, controller_name(bit));
	}
	return text;
}

int controllers_missing(int directory, unsigned wanted, unsigned *missing)
{
	cleanup_free char *text = NULL;
	char *rest = NULL;
	if (pseudo_read_record(directory, "cgroup.subtree_control", &text) < 0)
		return -1;
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		for (unsigned bit = 1; bit && bit <= wanted; bit <<= 1)
			if ((wanted & bit) && strcmp(word, controller_name(bit)) == 0)
				wanted &= ~bit;
	*missing = wanted;
	return 0;
}

/* Explains why the kernel refuses a controller (kernel/cgroup/cgroup.c, cgroup_subtree_control_write). */
static int controller_refused(int directory, unsigned controller, const char *label, int errnum,
			      struct error *error)
{
	error_set(error, errnum, "enable controller %s in %s/cgroup.subtree_control",
		  controller_name(controller), label);
	if (errnum == EBUSY) {
		cleanup_free char *pids = group_own_pids(directory);
		if (!*pids)
			return error_hint(error, "start again: its processes are ending");
		return error_hint(
			error,
			"a group with processes of its own cannot enable controllers for its children; it "
			"has %s: move them into a group below, or choose another cgroup.path",
			pids);
	}
	if (errnum == ENOENT)
		return error_hint(
			error, "enable the %s controller above %s, whose cgroup.controllers does not have it",
			controller_name(controller), label);
	if (errnum == EOPNOTSUPP)
		return error_hint(
			error,
			"choose a cgroup.path outside the threaded group %s: only domain groups can limit "
			"memory",
			label);
	if (errnum == EINVAL && controller == CONTROLLER_CPU)
		return error_hint(
			error,
			"move all real-time tasks into the root group: the kernel then enables the cpu "
			"controller");
	if (errnum == EACCES || errnum == EPERM)
		return error_hint(error, "run as root, or delegate %s to this user", label);
	return -1;
}

int controllers_refuse_busy(int directory, unsigned required, const char *label, struct error *error)
{
	return required ? controller_refused(directory, required & -required, label, EBUSY, error) : 0;
}

/* All in one write, which is atomic; if the kernel refuses it, one by one, to find which. */
int controllers_enable(int directory, unsigned missing, unsigned optional, const char *label,
		       unsigned *enabled, struct error *error)
{
	if (!missing)
		return 0;
	cleanup_free char *all = controllers_text(missing, '+');
	if (pseudo_write(directory, "cgroup.subtree_control", all) == 0) {
		*enabled |= missing;
		return 0;
	}
	for (unsigned bit = 1; bit && bit <= missing; bit <<= 1) {
		if (!(missing & bit))
			continue;
		cleanup_free char *one = controllers_text(bit, '+');
		if (pseudo_write(directory, "cgroup.subtree_control", one) == 0)
			*enabled |= bit;
		else if (!(optional & bit))
			return controller_refused(directory, bit, label, errno, error);
	}
	return 0;
}

int controllers_disable(int directory, unsigned controllers)
{
	cleanup_free char *text = controllers_text(controllers, '-');
	uint64_t newest = 0;
	if (pseudo_write(directory, "cgroup.subtree_control", text) >= 0)
		return 0;
	int errnum = errno;
	/* a group below enables it for its own children: it is in use, and stays on */
	bool used = errnum == EBUSY && group_newest_child(directory, &newest) == 0 && newest > 0;
	errno = errnum;
	return used ? 0 : -1;
}
