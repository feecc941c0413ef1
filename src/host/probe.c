/* SPDX-License-Identifier: MIT */
/*
 * Some facts can only be found by trying: whether unshare(CLONE_NEWIPC) is permitted, the initial values of a
 * new IPC namespace (kernel defaults, not its parent's), the minimum of oom_score_adj. A child tries, so that
 * this process does not change.
 */
#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/helper.h"

/* ---- in the helper: system calls only, no allocation, no stdio ---- */

static bool oom_score_adj_write(int fd, int score)
{
	char digits[8], *start = digits + sizeof digits;
	unsigned magnitude = (unsigned)(score < 0 ? -score : score);
	do
		*--start = (char)('0' + magnitude % 10);
	while (magnitude /= 10);
	if (score < 0)
		*--start = '-';
	return pwrite(fd, start, (size_t)(digits + sizeof digits - start), 0) > 0;
}

/*
 * Below the inherited minimum the kernel returns EACCES (__set_oom_adj in fs/proc/base.c), and shows the
 * minimum nowhere. It is nearly always -1000 (privileged) or the score itself: two tries.
 */
static int lowest_oom_score_adj(int proc, int current, int *errnum)
{
	int refused = -1000, allowed = current;

	cleanup_close int fd = openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	*errnum = fd < 0 ? errno : 0;
	if (fd < 0 || current <= -1000)
		return current;
	if (oom_score_adj_write(fd, -1000))
		return -1000;
	if (!oom_score_adj_write(fd, current - 1))
		return current;
	while (allowed - refused > 1) {
		int middle = refused + (allowed - refused) / 2;
		if (oom_score_adj_write(fd, middle))
			allowed = middle;
		else
			refused = middle;
	}
	return allowed;
}

static void look(const struct probe_request *request, struct probe *probe)
{
	*probe = (struct probe){.oom_score_adj_min = request->oom_score_adj};
	if (request->try_oom)
		probe->oom_score_adj_min =
			lowest_oom_score_adj(request->proc, request->oom_score_adj, &probe->oom_errno);
	int entered = request->ipc_namespace < 0 ? unshare(CLONE_NEWIPC)
						 : setns(request->ipc_namespace, CLONE_NEWIPC);
	if (entered < 0) {
		probe->namespace_errno = errno;
		return;
	}
	/* opened only now: a descriptor from before would show the old namespace */
	cleanup_close int sem = openat(request->proc, SEM_FILE, O_RDWR | O_CLOEXEC);
	probe->sem_errno = sem < 0 ? errno : 0;
	ipc_limits_read(request->proc, sem, request->sysctls, &probe->ipc);
}

static void look_and_answer(void *answer, const void *data)
{
	look(data, answer);
}

int probe_run(const struct probe_request *request, struct probe *probe, struct error *error)
{
	const bool fresh = request->ipc_namespace < 0;
	const struct helper helper = {
		.name = fresh ? "the probe process that tries unshare(CLONE_NEWIPC)"
			      : "the probe process that tries setns(CLONE_NEWIPC)",
		.look = look_and_answer,
		.data = request,
		.size = sizeof *probe,
	};
	*probe = (struct probe){.oom_score_adj_min = request->oom_score_adj};
	return helper_ask(&helper, probe, error);
}
