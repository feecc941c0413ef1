/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_NAMESPACE_H
#define SIPLAUNCH_HOST_NAMESPACE_H
/*
 * Other processes' IPC namespaces. /proc/sys and /proc/sysvipc show the reader's own namespace: to read
 * another one, a process has to enter it. `proc` is a directory: /proc.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

/* Whether process `pid` is in this IPC namespace; false also if /proc does not show it. */
bool ipc_namespace_is_ours(int proc, pid_t pid);

/* Runs in that namespace, in a helper process (base/helper.h), and fills `answer`. Returns an errno, or 0. */
typedef int ipc_look(void *answer, const void *data);

/*
 * Has a helper process enter the IPC namespace of `pid` and call `look` there. `answer` has `size` bytes, at
 * most 2,048. 0; -1 with an error that names what failed: `what` is what look() does, "read /proc/sysvipc".
 */
int ipc_namespace_ask(int proc, pid_t pid, const char *what, ipc_look *look, const void *data, void *answer,
		      size_t size, struct error *error);

#endif
