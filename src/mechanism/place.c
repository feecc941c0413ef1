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

static int check_cgroup2(int directory, const char *mount, struct error *error)
{
	struct statfs info;
	if (fstatfs(directory, &info) < 0)
		return error_set(error, errno, "ask for the file system of %s (fstatfs)", mount);
	if (info.f_type == CGROUP2_SUPER_MAGIC)
		return 0;
	error_set(error, 0, "%s is not a cgroup2 file system", mount);
	return error_hint(error, "something else is mounted over it: umount %s", mount);
}

static int open_cgroup(struct place *place, const struct host *host, struct error *error)
{
	if (!host->cgroup.mount)
		return 0;
	place->cgroup_mount = host->cgroup.mount;
	place->cgroup = open_directory(host->cgroup.mount, error);
	if (place->cgroup < 0 || check_cgroup2(place->cgroup, host->cgroup.mount, error) < 0)
		return -1;
	if (!host->cgroup.directory)
		return 0;
	/* Without it we could not go back after a failure; where it may not be written, or is not there any
	 * more, we may not join either. */
	cleanup_free char *procs =
		xasprintf("%s%scgroup.procs", host->cgroup.directory, *host->cgroup.directory ? "/" : "");
	place->origin_procs = open_beneath(place->cgroup, procs, O_WRONLY);
	if (place->origin_procs >= 0 || errno == EACCES || errno == EPERM || errno == EROFS ||
	    errno == ENOENT)
		return 0;
	return error_set(error, errno, "open %s/%s for writing", host->cgroup.mount, procs);
}

int place_open(struct place *place, const struct context *context, struct error *error)
{
	*place = (struct place){
		.proc = -1,
		.cgroup = -1,
		.origin_procs = -1,
		.pid = getpid(),
		.role = ROLE_SELF,
		.context = context,
		.group = context->group_path,
	};
	place->proc = open_directory("/proc", error); /* that it is one was seen when the host was read */
	if (place->proc < 0 || open_cgroup(place, context->host, error) < 0) {
		place_close(place);
		return -1;
	}
	return 0;
}

void place_close(struct place *place)
{
	const int fds[] = {place->proc, place->cgroup, place->origin_procs};
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (place->made)
		group_release(place->made);
	free(place->made);
	if (place->scope)
		scope_release(place->scope);
	directories_release(place);
	argv_free(place->argv);
	*place = (struct place){.proc = -1, .cgroup = -1, .origin_procs = -1};
}

char *place_path(const struct place *place, const char *name)
{
	return place->role == ROLE_SELF ? xasprintf("self/%s", name)
					: xasprintf("%d/%s", (int)place->pid, name);
}
