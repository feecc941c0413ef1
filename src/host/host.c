/* SPDX-License-Identifier: MIT */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/read.h"

static int open_directory(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Checks for procfs: in another directory with the same names, reads would return anything and writes would
 * succeed. */
static int check_proc(int directory, struct error *error)
{
	struct statfs info;
	if (fstatfs(directory, &info) < 0)
		return error_set(error, errno, "get the file system type of /proc (fstatfs)");
	if (info.f_type == PROC_SUPER_MAGIC)
		return 0;
	error_set(error, 0, "/proc is not a proc file system");
	return error_hint(error, "mount -t proc proc /proc");
}

int host_roots_open(const char *root, struct host_roots *roots, struct error *error)
{
	*roots = (struct host_roots){.root = -1, .proc = -1, .live = strcmp(root, "/") == 0};
	roots->root = open_directory(AT_FDCWD, root);
	if (roots->root < 0)
		return error_set(error, errno, "open %s", root);
	roots->proc = open_directory(roots->root, "proc");
	if (roots->proc < 0) {
		cleanup_free char *path = path_join(root, "proc");
		error_set(error, errno, "open %s", path);
		host_roots_close(roots);
		return -1;
	}
	if (!roots->live || check_proc(roots->proc, error) == 0)
		return 0;
	host_roots_close(roots);
	return -1;
}

void host_roots_close(struct host_roots *roots)
{
	const int fds[] = {roots->root, roots->proc};
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	roots->root = roots->proc = -1;
}

/*
 * What process_only needs of the mounts. The kernel writes mountinfo anew for each reader, and a node has
 * hundreds of lines. False where only they tell it: an overlay names the runtime that mounted it, and
 * subset=pid hides /proc/sys.
 */
static bool look_at_mounts(const struct reader *reader, struct mounts *mounts)
{
	const struct host_roots *roots = reader->roots;
	struct statfs root, sys;

	if (!reader->questions->process_only || !roots->live)
		return false;
	cleanup_close int directory = openat(roots->proc, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || fstatfs(directory, &sys) < 0 || fstatfs(roots->root, &root) < 0 ||
	    root.f_type == OVERLAYFS_SUPER_MAGIC)
		return false;
	mounts->proc_sys_read_only = sys.f_flags & ST_RDONLY;
	return true;
}

static void read_mounts(const struct reader *reader, struct mounts *mounts)
{
	const struct tree proc = {reader->roots->proc, "/proc"};
	if (look_at_mounts(reader, mounts))
		return;
	/* always our own mountinfo, also for another process: the files that we open are below our mounts */
	cleanup_free char *text = tree_whole(reader->host, &proc, "self/mountinfo", REQUIRED);
	if (text)
		mounts_parse(text, mounts, reader->host);
	else
		reader->host->cgroup.mounts_errno = errno;
}

static char *read_groups(struct reader *reader)
{
	const struct tree proc = {reader->roots->proc, "/proc"};
	cleanup_free char *name = process_path(reader->pid, "cgroup");
	char *text;
	if (pseudo_read_record(proc.directory, name, &text) >= 0)
		return text;
	reader->groups_errnum = errno;
	note_unreadable(reader->host, &proc, name, REQUIRED, errno);
	return xstrdup("");
}

/* Otherwise a file that could not be read would count as missing. */
static int check_shortage(struct host *host, struct error *error)
{
	if (!host->shortage)
		return 0;
	error_set(error, host->shortage_errno, "%s", host->shortage);
	if (host->shortage_errno == EAGAIN) /* of clone(2) */
		error_hint(error,
			   "raise the limit of processes: ulimit -u, and pids.max of this group and of those "
			   "above it");
	host_clear(host);
	return -1;
}

int host_read(const struct host_roots *roots, const struct host_questions *questions, struct host *host,
	      struct error *error)
{
	struct reader reader = {
		.roots = roots, .questions = questions, .pid = questions->pid, .host = host, .groups = ""};
	struct mounts mounts = {0};
	struct hierarchy v2, v1_memory;

	*host = (struct host){0};
	if (read_process(&reader, error) < 0) {
		host_clear(host);
		return -1;
	}
	read_user_namespace(&reader);
	read_machine(&reader);
	read_mounts(&reader, &mounts);
	cleanup_free char *groups = read_groups(&reader);
	reader.groups = groups;
	read_cgroup(&reader, &mounts, &v2, &v1_memory);
	read_runtime(&reader, &mounts);
	read_delegation(&reader, &v2);
	if (!host->cgroup.base || !(host->cgroup.base_controllers & CONTROLLER_MEMORY) || !questions->group ||
	    questions->ask_systemd)
		read_own_group(&reader, &v2);
	read_limits(&reader, &v2, &v1_memory);
	read_ipc(&reader, &mounts);
	if (roots->live && !questions->pid)
		probe_filter(host);
	hierarchy_clear(&v2);
	hierarchy_clear(&v1_memory);
	mounts_clear(&mounts);
	return check_shortage(host, error);
}

void host_clear(struct host *host)
{
	char *const texts[] = {
		host->cgroup.mount,
		host->cgroup.mount_root,
		host->cgroup.path,
		host->cgroup.directory,
		host->cgroup.type,
		host->cgroup.base,
		host->cgroup.base_reason,
		host->cgroup.frozen,
		host->cgroup.companions,
		host->cgroup.unit,
		host->cgroup.user_group,
		host->cgroup.bus,
		host->cgroup.manager_group,
		host->cgroup.manager_drop_ins,
		host->memory.shmem_thp,
		host->memory.visible_limit_source,
		host->runtime_evidence,
		host->memory.placed_limit_source,
		host->kernel,
		host->probe_failure,
		host->shortage,
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < host->ancestor_count; i++)
		free(host->ancestors[i].path);
	for (size_t i = 0; i < host->placed_count; i++)
		free(host->placed[i].path);
	free(host->placed);
	for (size_t i = 0; i < host->note_count; i++)
		free(host->notes[i]);
	for (size_t i = 0; i < host->refused_call_count; i++)
		free(host->refused_calls[i].failure);
	free(host->refused_calls);
	for (size_t i = 0; i < host->group_value_count; i++)
		free(host->group_values[i].text);
	free(host->group_values);
	free(host->ancestors);
	free(host->groups);
	free(host->uid_map);
	free(host->gid_map);
	free(host->notes);
	*host = (struct host){0};
}
