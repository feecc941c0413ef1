/* SPDX-License-Identifier: MIT */
/* IPC limits of this namespace and of a new one, and whether siplaunch can write them. */
#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/fs.h"

/* PROC_IPC_INIT_INO of include/linux/proc_ns.h: the same on every kernel. */
#define INITIAL_IPC_NAMESPACE 4026531839u

static const struct {
	const char *path; /* below proc */
	size_t offset, count;
	bool always; /* with CONFIG_SYSVIPC; the others are newer or have an option of their own */
} limit_files[] = {
	{"sys/kernel/shmmax", offsetof(struct ipc_limits, shmmax_bytes), 1, true},
	{"sys/kernel/shmall", offsetof(struct ipc_limits, shmall_pages), 1, true},
	{"sys/kernel/shmmni", offsetof(struct ipc_limits, shmmni), 1, true},
	{SEM_FILE, offsetof(struct ipc_limits, sem), 4, true},
	{"sys/kernel/msgmax", offsetof(struct ipc_limits, msgmax_bytes), 1, true},
	{"sys/kernel/msgmnb", offsetof(struct ipc_limits, msgmnb_bytes), 1, true},
	{"sys/kernel/msgmni", offsetof(struct ipc_limits, msgmni), 1, true},
	{"sys/kernel/shm_rmid_forced", offsetof(struct ipc_limits, shm_rmid_forced), 1, false},
	{"sys/fs/mqueue/queues_max", offsetof(struct ipc_limits, mqueue_queues_max), 1, false},
	{"sys/fs/mqueue/msg_max", offsetof(struct ipc_limits, mqueue_msg_max), 1, false},
	{"sys/fs/mqueue/msgsize_max", offsetof(struct ipc_limits, mqueue_msgsize_max), 1, false},
	{"sys/fs/mqueue/msg_default", offsetof(struct ipc_limits, mqueue_msg_default), 1, false},
	{"sys/fs/mqueue/msgsize_default", offsetof(struct ipc_limits, mqueue_msgsize_default), 1, false},
};

/* "kernel.sem" is sys/kernel/sem. */
static bool is_file_of(const char *sysctl, const char *path)
{
	path += strlen("sys/");
	while (*sysctl && (*sysctl == *path || (*sysctl == '.' && *path == '/'))) {
		sysctl++;
		path++;
	}
	return *sysctl == *path;
}

static bool is_wanted(const char *const *sysctls, const char *path)
{
	if (!sysctls)
		return true;
	while (*sysctls && !is_file_of(*sysctls, path))
		sysctls++;
	return *sysctls;
}

const uint64_t *ipc_limit(const struct ipc_limits *limits, const char *sysctl)
{
	for (size_t i = 0; i < ARRAY_SIZE(limit_files); i++)
		if (is_file_of(sysctl, limit_files[i].path))
			return (const uint64_t *)((const char *)limits + limit_files[i].offset);
	return NULL;
}

static void fail_with(struct ipc_limits *limits, const char *path, int errnum)
{
	if (limits->failed)
		return;
	limits->failed = path;
	limits->errnum = errnum;
}

void ipc_limits_read(int proc, int sem, const char *const *sysctls, struct ipc_limits *limits)
{
	char text[256];

	*limits = (struct ipc_limits){0};
	for (size_t i = 0; i < ARRAY_SIZE(limit_files); i++) {
		uint64_t numbers[4];
		if (!is_wanted(sysctls, limit_files[i].path))
			continue;
		const char *path = limit_files[i].path;
		ssize_t length = sem >= 0 && strcmp(path, SEM_FILE) == 0
					 ? pseudo_read_fd(sem, text, sizeof text)
					 : pseudo_read_small(proc, path, text, sizeof text);
		if (length < 0 && errno == ENOENT && !limit_files[i].always)
			continue;
		if (length < 0 || !parse_numbers(text, numbers, limit_files[i].count)) {
			fail_with(limits, path, length < 0 ? errno : 0);
			continue;
		}
		memcpy((char *)limits + limit_files[i].offset, numbers,
		       limit_files[i].count * sizeof *numbers);
	}
	limits->known = !limits->failed;
}

static void note_limits(struct host *host, const struct ipc_limits *limits, const char *whose)
{
	const char *failed = limits->failed;
	if (!failed || host_shortage(host, limits->errnum, "read /proc/%s%s", failed, whose))
		return;
	if (limits->errnum)
		host_note(host, "the IPC limits%s are not known: /proc/%s cannot be read: %s", whose, failed,
			  strerror(limits->errnum));
	else
		host_note(host, "the IPC limits%s are not known: /proc/%s is not understood", whose, failed);
}

/* ---- through the probe child ---- */

static struct probe run_probe(const struct reader *reader, const struct probe_request *request)
{
	struct probe probe;
	cleanup_error struct error error = {0};
	if (probe_run(request, &probe, &error) == 0 ||
	    host_shortage(reader->host, error.errnum, "%s", error.message))
		return probe;
	free(reader->host->probe_failure);
	reader->host->probe_failure = error_text(&error);
	host_note(reader->host, "%s", reader->host->probe_failure);
	return probe;
}

static void read_fresh(const struct reader *reader)
{
	struct host *host = reader->host;
	const struct probe_request request = {
		.proc = reader->roots->proc,
		.ipc_namespace = -1,
		.sysctls = reader->questions->sysctls,
		.try_oom = !reader->pid && host->has_oom_score_adj,
		.oom_score_adj = host->oom_score_adj,
	};
	const struct probe probe = run_probe(reader, &request);

	host->unshare_ipc_errno = probe.namespace_errno;
	host->fresh_ipc = probe.ipc;
	host->fresh_ipc_errno = probe.sem_errno;
	host->can_write_fresh_ipc = !host->probe_failure && !probe.namespace_errno && !probe.sem_errno;
	host->oom_score_adj_min = probe.oom_score_adj_min;
	host_shortage(host, probe.namespace_errno, "unshare(CLONE_NEWIPC) in a probe process");
	host_shortage(host, probe.sem_errno, "open /proc/" SEM_FILE " in a new IPC namespace");
	host_shortage(host, probe.oom_errno, "open /proc/self/oom_score_adj in a probe process");
	note_limits(host, &probe.ipc, " in a new IPC namespace");
}

static bool has_capability(const struct host *host, int capability)
{
	return host->initial_user_namespace && host->cap_effective & CAPABILITY_BIT(capability);
}

/* __set_oom_adj() in fs/proc/base.c: raising the score is always permitted. */
static bool score_is_permitted(const struct reader *reader)
{
	const int *score = reader->questions->oom_score_adj;
	return !score || *score >= reader->host->oom_score_adj ||
	       has_capability(reader->host, CAP_SYS_RESOURCE);
}

/*
 * True if unshare(CLONE_NEWIPC) and setting its limits will work. copy_namespaces() and copy_ipcs() require
 * CAP_SYS_ADMIN; a seccomp filter can refuse unshare(2), and a read-only /proc/sys the limits. If we have a
 * namespace of our own, the launch stays in it.
 */
static bool namespace_is_permitted(const struct host *host, const struct mounts *mounts)
{
	if (host->ipc_namespace && !host->initial_ipc_namespace)
		return true;
	return host->initial_ipc_namespace && has_capability(host, CAP_SYS_ADMIN) &&
	       host->seccomp_mode == 0 && !mounts->proc_sys_read_only;
}

/* True if a launch need not probe: a child costs a fork, a namespace and 25 calls, and the launch reads the
 * same values next. */
static bool trial_is_needless(const struct reader *reader, const struct mounts *mounts)
{
	return reader->questions->applies && !reader->pid && score_is_permitted(reader) &&
	       namespace_is_permitted(reader->host, mounts);
}

/* Another process's namespace can only be read from inside. */
static void read_foreign(const struct reader *reader)
{
	cleanup_free char *path = process_path(reader->pid, "ns/ipc");
	cleanup_close int namespace = openat(reader->roots->proc, path, O_RDONLY | O_CLOEXEC);
	struct probe probe = {.namespace_errno = namespace < 0 ? errno : 0};
	if (namespace >= 0) {
		const struct probe_request request = {.proc = reader->roots->proc,
						      .ipc_namespace = namespace,
						      .sysctls = reader->questions->sysctls};
		probe = run_probe(reader, &request);
	}
	reader->host->ipc = probe.ipc;
	note_limits(reader->host, &probe.ipc, " of that process");
	if (probe.namespace_errno &&
	    !host_shortage(reader->host, probe.namespace_errno, "enter /proc/%s", path))
		host_note(reader->host, "/proc/%s cannot be entered: %s", path,
			  strerror(probe.namespace_errno));
}

/* A fixture has the values of a new namespace in a separate tree. */
static void read_fixture_fresh(const struct reader *reader)
{
	cleanup_close int proc =
		openat(reader->roots->root, ".fresh-ipc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return;
	ipc_limits_read(proc, -1, NULL, &reader->host->fresh_ipc);
	reader->host->can_write_fresh_ipc = reader->host->proc_sys_writable;
}

static bool is_foreign(const struct reader *reader)
{
	const struct reader ourselves = {
		.roots = reader->roots, .questions = reader->questions, .host = reader->host};
	return reader->pid && reader->roots->live && reader->host->ipc_namespace &&
	       reader->host->ipc_namespace != namespace_inode(&ourselves, "ipc");
}

static void read_own(const struct reader *reader)
{
	struct host *host = reader->host;
	ipc_limits_read(reader->roots->proc, -1, reader->questions->sysctls, &host->ipc);
	note_limits(host, &host->ipc, "");
}

/* True if the router will leave the machine's namespace for the new one that was read. */
static bool own_is_left(const struct reader *reader)
{
	const struct host *host = reader->host;
	return reader->questions->fresh_only && host->initial_ipc_namespace &&
	       (host->fresh_ipc.known || host->untried_ipc);
}

void read_ipc(const struct reader *reader, const struct mounts *mounts)
{
	struct host *host = reader->host;
	const struct tree proc = {reader->roots->proc, "/proc"};

	host->proc_subset = mounts->proc_subset;
	host->ipc_namespace = namespace_inode(reader, "ipc");
	host->initial_ipc_namespace = host->ipc_namespace == INITIAL_IPC_NAMESPACE;
	if (reader->roots->live && !reader->questions->no_probe) {
		host->untried_ipc = trial_is_needless(reader, mounts);
		if (!host->untried_ipc)
			read_fresh(reader);
	}
	if (own_is_left(reader))
		return;
	if (mounts->proc_subset)
		host->proc_sys_errno = ENOENT;
	else if (mounts->proc_sys_read_only)
		host->proc_sys_errno = EROFS;
	else if (reader->roots->live && !tree_access(host, &proc, SEM_FILE, W_OK))
		host->proc_sys_errno = errno;
	host->proc_sys_writable = !host->proc_sys_errno;
	if (is_foreign(reader))
		read_foreign(reader);
	else
		read_own(reader);
	if (!reader->roots->live)
		read_fixture_fresh(reader);
}
