/* SPDX-License-Identifier: MIT */
#include "tune/tune.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/exit_status.h"
#include "base/libc.h"

/* Timeouts for a load's remaining processes after SIGTERM, then after SIGKILL. */
#define SHELL_TERM_MS 2000
#define SHELL_KILL_MS 5000
#define LOOK_MS       100

/* Timeout for the processes of a killed supervisor. */
#define ORPHANS_KILL_MS 10000

/* Kamailio and OpenSIPS may take a minute to stop; a router of a round gets less. At a second stop request
 * the supervisor kills it (--stop-timeout), and then has some seconds for the remaining processes. */
#define STOP_AGAIN_MS (TUNE_STOP_TIMEOUT * 1000 + 500)
#define STOP_KILL_MS  20000

/* ---- waiting ---- */

static void note_end(struct task *task, pid_t pid, int status)
{
	if (task->pid != pid || task->ended)
		return;
	task->ended = true;
	task->wait_status = status;
}

static void reap(struct tuning *tuning)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		note_end(&tuning->supervisor, pid, status);
		note_end(&tuning->shell, pid, status);
	}
}

static void on_signal(struct tuning *tuning, const struct signalfd_siginfo *info)
{
	switch (signal_meaning(info)) {
	case SIGNAL_STOP:
		tuning->asked = tuning->asked ? tuning->asked : (int)info->ssi_signo;
		break;
	case SIGNAL_CHILD:
		reap(tuning);
		break;
	default: /* the terminal is closed: there is no reader for the result */
		if (info->ssi_signo == SIGHUP && !tuning->asked)
			tuning->asked = SIGHUP;
		break;
	}
}

void tune_attend(struct tuning *tuning, int timeout_ms)
{
	struct pollfd polled = {.fd = tuning->signals.fd, .events = POLLIN};
	struct signalfd_siginfo info;

	if (poll(&polled, 1, timeout_ms) <= 0)
		return;
	while (read(tuning->signals.fd, &info, sizeof info) == sizeof info)
		on_signal(tuning, &info);
}

bool tune_interrupted(const struct tuning *tuning)
{
	return tuning->asked || (tuning->deadline_ms && clock_monotonic_ms() >= tuning->deadline_ms);
}

/* ---- starting ---- */

/* Runs in the child. Its processes must not outlive tune, even if tune is killed. */
static void become(const struct tuning *tuning, pid_t parent, const char *file, char *const *argv, int log)
{
	int null = open("/dev/null", O_RDONLY);
	if (setsid() < 0 || null < 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
		_exit(EXIT_SIPLAUNCH);
	close_range(STDERR_FILENO + 1, ~0u, 0);
	signals_give_back(&tuning->signals);
	execv(file, argv);
	_exit(EXIT_NOT_EXECUTABLE);
}

int tune_spawn(struct tuning *tuning, struct task *task, const char *file, char *const *argv, int log,
	       struct error *error)
{
	pid_t parent = getpid(), pid = fork();
	if (pid < 0)
		return error_set(error, errno, "fork");
	if (pid == 0)
		become(tuning, parent, file, argv, log);
	*task = (struct task){.pid = pid};
	return 0;
}

/* ---- ending ---- */

static bool shells_gone(struct tuning *tuning, int64_t deadline_left_ms)
{
	int64_t end = clock_monotonic_ms() + deadline_left_ms;
	while (members_live(&tuning->members)) {
		if (clock_monotonic_ms() >= end)
			return false;
		tune_attend(tuning, LOOK_MS);
	}
	return true;
}

void tune_end_shells(struct tuning *tuning)
{
	tuning->members.main = tuning->shell.ended ? 0 : tuning->shell.pid;
	if (!members_live(&tuning->members))
		return;
	members_signal(&tuning->members, SIGTERM);
	members_signal(&tuning->members, SIGCONT); /* a stopped process does not receive it */
	if (shells_gone(tuning, SHELL_TERM_MS))
		return;
	members_kill(&tuning->members);
	shells_gone(tuning, SHELL_KILL_MS);
}

static bool supervisor_ends(struct tuning *tuning, int64_t deadline_left_ms)
{
	int64_t end = clock_monotonic_ms() + deadline_left_ms;
	while (!tuning->supervisor.ended && clock_monotonic_ms() < end)
		tune_attend(tuning, LOOK_MS);
	return tuning->supervisor.ended;
}

bool tune_stop_router(struct tuning *tuning)
{
	pid_t pid = tuning->supervisor.pid;
	if (!pid || tuning->supervisor.ended)
		return true;
	kill(pid, SIGTERM);
	kill(pid, SIGCONT); /* a stopped process does not receive it */
	if (supervisor_ends(tuning, STOP_AGAIN_MS))
		return true;
	kill(pid, SIGTERM);
	if (supervisor_ends(tuning, STOP_KILL_MS))
		return true;
	kill(pid, SIGKILL);
	supervisor_ends(tuning, STOP_KILL_MS);
	return false;
}

/* siplaunch is their reaper (PR_SET_CHILD_SUBREAPER): its new descendants are the router's processes. */
bool tune_end_orphans(struct tuning *tuning)
{
	int64_t end = clock_monotonic_ms() + ORPHANS_KILL_MS;
	siginfo_t info;

	if (tuning->members.foreign_proc) /* /proc is of another PID namespace: their pids are not known */
		return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
	while (members_live(&tuning->members)) {
		if (clock_monotonic_ms() >= end)
			return false;
		members_kill(&tuning->members); /* again: a process may have forked meanwhile */
		tune_attend(tuning, LOOK_MS);
	}
	return true;
}
