/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "handover.h"
#include "launch.h"
#include "log.h"
#include "mechanism/mechanism.h"
#include "signals.h"
#include "terminal.h"

/* What goes through the pipe when there will be no router; within PIPE_BUF it arrives whole. */
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

static void tell(int pipe, int status, const struct error *error)
{
	struct failure failure = {.status = status, .errnum = error->errnum};
	copy_text(failure.message, sizeof failure.message, error->message);
	copy_text(failure.hint, sizeof failure.hint, error->hint);
	ssize_t ignored = write(pipe, &failure, sizeof failure);
	(void)ignored; /* the supervisor is gone: nobody to be told */
}

/* The group is the terminal's foreground one before the router may ask for anything there. */
static void wait_for_terminal(const struct terminal *terminal, int gate)
{
	char none;
	terminal_part(terminal);
	while (read(gate, &none, 1) < 0 && errno == EINTR)
		;
	close(gate);
}

/* Signals stay blocked until the very end: one that arrives while the plan is applied waits for the router.
 */
static int become_router(struct launch *launch, const struct signals *signals, pid_t supervisor,
			 struct error *error)
{
	launch->place->supervised = true;
	launch->place->pid = getpid();
	launch->place->parent = supervisor;
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
	cleanup_pipe int told[2] = {-1, -1}, gate[2] = {-1, -1};
	pid_t supervisor = getpid();

	*child = (struct child){.told = -1};
	if (make_pipe(told, error) < 0 || make_pipe(gate, error) < 0)
		return -1;
	pid_t pid = fork();
	if (pid < 0)
		return error_set(error, errno, "fork the router's process");
	if (pid == 0) {
		cleanup_error struct error failure = {0};
		close(told[0]);
		close(gate[1]);
		wait_for_terminal(terminal, gate[0]);
		int status = become_router(launch, signals, supervisor, &failure);
		tell(told[1], status, &failure);
		_exit(status);
	}
	terminal_lend(terminal, pid); /* the gate's end opens it */
	fcntl(told[0], F_SETFL, O_NONBLOCK);
	*child = (struct child){.pid = pid, .told = told[0]};
	told[0] = -1;
	return 0;
}

int child_read(struct child *child, struct error *error)
{
	struct failure failure;
	ssize_t n = read(child->told, &failure, sizeof failure);
	close(child->told);
	child->told = -1;
	if (n != sizeof failure)
		return 0;
	error_set(error, failure.errnum, "%s", failure.message);
	if (*failure.hint)
		error_hint(error, "%s", failure.hint);
	return failure.status;
}
