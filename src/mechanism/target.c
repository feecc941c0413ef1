/* SPDX-License-Identifier: MIT */
#include "mechanism/mechanism.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/cgroup_group.h"
#include "mechanism/cgroup_systemd.h"
#include "mechanism/directories.h"
#include "router/router.h"

static int open_directory(const char *path, struct error *error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set(error, errno, "open %s", path) : fd;
}

static int check_cgroup2(int directory, const struct host *host, struct error *error)
{
	const char *mount = host->cgroup.mount;
	struct statfs info;
	if (fstatfs(directory, &info) < 0)
		return error_set(error, errno, "get the file system type of %s (fstatfs)", mount);
	if (info.f_type == CGROUP2_SUPER_MAGIC)
		return 0;
	error_set(error, 0, "%s is not a cgroup2 file system", mount);
	if (host->runtime != RUNTIME_NONE)
		return error_hint(error, "start the container with nothing mounted over its %s", mount);
	return error_hint(error, "remove what is mounted over it: umount %s", mount);
}

/* Only for a group that the plan makes, or one that a supervisor watches. */
static int open_cgroup(struct target *target, const struct context *context, struct error *error)
{
	const struct host *host = context->host;

	if (!host->cgroup.mount || (!target->group && context->decision.handoff != HANDOFF_SUPERVISE))
		return 0;
	target->cgroup_mount = host->cgroup.mount;
	target->cgroup = open_directory(host->cgroup.mount, error);
	if (target->cgroup < 0 || check_cgroup2(target->cgroup, host, error) < 0)
		return -1;
	if (!host->cgroup.directory)
		return 0;
	/* Without it siplaunch could not move back after a failure. If it cannot be written or no longer
	 * exists, joining another group is not permitted either. */
	cleanup_free char *procs =
		xasprintf("%s%scgroup.procs", host->cgroup.directory, *host->cgroup.directory ? "/" : "");
	target->origin_procs = open_beneath(target->cgroup, procs, O_WRONLY);
	if (target->origin_procs >= 0 || errno == EACCES || errno == EPERM || errno == EROFS ||
	    errno == ENOENT)
		return 0;
	return error_set(error, errno, "open %s/%s for writing", host->cgroup.mount, procs);
}

int target_open(struct target *target, const struct context *context, struct error *error)
{
	*target = (struct target){
		.proc = -1,
		.cgroup = -1,
		.origin_procs = -1,
		.pid = getpid(),
		.role = ROLE_SELF,
		.context = context,
		.group = context->decision.group_path,
	};
	target->proc = open_directory("/proc", error); /* host_roots_open() has checked that it is procfs */
	if (target->proc < 0 || open_cgroup(target, context, error) < 0) {
		target_close(target);
		return -1;
	}
	return 0;
}

void target_close(struct target *target)
{
	const int fds[] = {target->proc, target->cgroup, target->origin_procs};
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (target->made)
		group_release(target->made);
	free(target->made);
	if (target->scope)
		scope_release(target->scope);
	directories_release(target);
	argv_free(target->argv);
	*target = (struct target){.proc = -1, .cgroup = -1, .origin_procs = -1};
}

char *target_path(const struct target *target, const char *name)
{
	return target->role == ROLE_SELF ? xasprintf("self/%s", name)
					 : xasprintf("%d/%s", (int)target->pid, name);
}

char *target_own_group(const struct target *target)
{
	return host_group_of(target->proc, target->role == ROLE_SELF ? 0 : target->pid);
}
