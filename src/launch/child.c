/* SPDX-License-Identifier: MIT */
#include "launch/child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/exit_status.h"
#include "base/fs.h"
#include "base/value.h"
#include "launch/handover.h"
#include "launch/launch.h"
#include "launch/signals.h"
#include "launch/terminal.h"
#include "mechanism/mechanism.h"

/* The message through the pipe if the child fails. It is smaller than PIPE_BUF, so it arrives whole. */
struct failure {
	int status, errnum;
	char message[1024], hint[1024]; /* "" for none */
};
_Static_assert(sizeof(struct failure) <= PIPE_BUF, "a failure must arrive whole");

static void close_pipe(const int (*ends)[2])
{
	cleanup_close_(&(*ends)[0]);
	cleanup_close_(&(*ends)[1]);
}
#define cleanup_pipe __attribute__((cleanup(close_pipe)))

static void copy_text(char *to, size_t size, const char *text)
{
	size_t length = text ? strnlen(text, size - 1) : 0;
	memcpy(to, text ? text : "", length);
	to[length] = '\0';
}

/* The pipe for out_of_memory(), in the child. */
static int child_pipe = -1;
static void (*supervisors_out_of_memory)(void);

/* Must not allocate memory. */
static void out_of_memory(void)
{
	static const struct failure failure = {
		.status = EXIT_SIPLAUNCH,
		.errnum = ENOMEM,
		.message = "allocate memory in the router's process, before exec",
	};
	ssize_t ignored = write(child_pipe, &failure, sizeof failure);
	(void)ignored;
	supervisors_out_of_memory();
	_exit(EXIT_SIPLAUNCH);
}

static void report_failure(int pipe, int status, const struct error *error)
{
	struct failure failure = {.status = status, .errnum = error->errnum};
	copy_text(failure.message, sizeof failure.message, error->message);
	copy_text(failure.hint, sizeof failure.hint, error->hint);
	ssize_t ignored = write(pipe, &failure, sizeof failure);
	(void)ignored; /* the supervisor is gone: no reader */
}

/* Waits until the supervisor is ready for the router, and the child's group is the terminal's foreground
 * group: the router may prompt there. */
static void wait_at_gate(int gate)
{
	char none;
	while (read(gate, &none, 1) < 0 && errno == EINTR)
		;
	close(gate);
}

/* Signals stay blocked until right before exec: one that arrives while the plan is applied waits for the
 * router. */
static int become_router(struct launch *launch, const struct signals *signals, pid_t supervisor,
			 struct error *error)
{
	launch->target->supervised = true;
	launch->target->pid = getpid();
	launch->target->parent = supervisor;
	if (launch_apply(launch, STAGE_SELF, error) < 0)
		return EXIT_SIPLAUNCH;
	handover_take_over(supervisor);
	signals_give_back(signals);
	launch_execute(launch, error);
	return EXIT_NOT_EXECUTABLE;
}

static int make_pipe(int ends[2], struct error *error)
{
	return pipe2(ends, O_CLOEXEC) < 0 ? error_set(error, errno, "make a pipe to the router's process")
					  : 0;
}

int child_start(struct launch *launch, const struct signals *signals, struct terminal *terminal,
		struct child *child, struct error *error)
{
	cleanup_pipe int result[2] = {-1, -1}, gate[2] = {-1, -1};
	pid_t supervisor = getpid();

	*child = (struct child){.gate = -1, .result = -1};
	if (make_pipe(result, error) < 0 || make_pipe(gate, error) < 0)
		return -1;
	pid_t pid = fork();
	if (pid < 0)
		return error_set(error, errno, "fork the router's process");
	if (pid == 0) {
		cleanup_error struct error failure = {0};
		close(result[0]);
		close(gate[1]);
		terminal_part(terminal);
		wait_at_gate(gate[0]);
		child_pipe = result[1];
		supervisors_out_of_memory = alloc_failed;
		alloc_failed = out_of_memory;
		int status = become_router(launch, signals, supervisor, &failure);
		report_failure(result[1], status, &failure);
		_exit(status);
	}
	terminal_lend(terminal, pid);
	fcntl(result[0], F_SETFL, O_NONBLOCK);
	*child = (struct child){.pid = pid, .gate = gate[1], .result = result[0]};
	gate[1] = result[0] = -1;
	return 0;
}

void child_release(struct child *child)
{
	cleanup_close_(&child->gate);
	child->gate = -1;
}

/* "PID (comm) S …": the flags are the ninth field, and comm may have any bytes (proc(5)). */
static bool parse_flags(const char *stat, uint64_t *flags)
{
	const char *at = strrchr(stat, ')');
	for (int field = 2; at && field < 9; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return false;
	cleanup_free char *digits = xstrndup(at + 1, strcspn(at + 1, " "));
	return parse_u64(digits, flags);
}

/* include/linux/sched.h: exec clears it in begin_new_exec(), before it closes descriptors. */
#define PF_FORKNOEXEC UINT64_C(0x40)

/* True if the child has certainly not executed a program; works for a zombie too. */
static bool has_not_executed(int proc, pid_t pid)
{
	cleanup_free char *path = xasprintf("%d/stat", (int)pid), *stat = NULL;
	uint64_t flags;
	return proc >= 0 && pseudo_read_record(proc, path, &stat) >= 0 && parse_flags(stat, &flags) &&
	       flags & PF_FORKNOEXEC;
}

void child_note_end(struct child *child, int proc, const siginfo_t *info)
{
	bool ended =
		info->si_code == CLD_EXITED || info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED;
	if (child->result < 0 || info->si_pid != child->pid || !ended || !has_not_executed(proc, child->pid))
		return;
	child->end_code = info->si_code;
	child->end_status = info->si_status;
}

/* The child closed the pipe without exec, so it is dying. Waits for its end, but does not reap it. */
static int lost(struct child *child, struct error *error)
{
	siginfo_t info = {.si_code = child->end_code};

	info.si_status = child->end_status;
	child->lost = true;
	while (!child->end_code && waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT) < 0 &&
	       errno == EINTR)
		;
	if (info.si_code == CLD_EXITED)
		error_set(error, 0, "the router's process exited with status %d before exec", info.si_status);
	else
		error_set(error, 0, "the router's process was killed by signal %d (%s) before exec",
			  info.si_status, strsignal(info.si_status));
	return EXIT_SIPLAUNCH;
}

static ssize_t read_failure(int pipe, struct failure *failure)
{
	ssize_t length;
	do {
		length = read(pipe, failure, sizeof *failure);
	} while (length < 0 && errno == EINTR);
	return length;
}

/* Kills the child: it may be at any step, and no process would receive its result. */
static int unheard(struct child *child, int errnum, struct error *error)
{
	child->lost = true;
	kill(child->pid, SIGKILL);
	error_set(error, errnum, "read from the pipe to the router's process");
	return EXIT_SIPLAUNCH;
}

int child_read(struct child *child, int proc, struct error *error)
{
	struct failure failure;
	ssize_t n = read_failure(child->result, &failure);
	int errnum = errno;
	close(child->result);
	child->result = -1;
	if (n < 0)
		return unheard(child, errnum, error);
	if (n != sizeof failure)
		return child->end_code || has_not_executed(proc, child->pid) ? lost(child, error) : 0;
	error_set(error, failure.errnum, "%s", failure.message);
	if (*failure.hint)
		error_hint(error, "%s", failure.hint);
	return failure.status;
}
