/* SPDX-License-Identifier: MIT */
#include "supervise/requests.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/event.h"
#include "launch/notify.h"
#include "launch/signals.h"
#include "supervise/supervise.h"

/* ---- requests ---- */

/* Reports that the signal did not reach the router: its sender waits in vain. The router may just have ended
 * (ESRCH). */
static void report_unsent(const struct supervisor *supervisor, int number, int errnum)
{
	if (errnum == ESRCH)
		return;
	cleanup_free char *name = signal_name(number);
	cleanup_free char *message =
		error_format(errnum, "send %s to the router, pid %d", name, (int)supervisor->child.pid);
	event_emit(&supervisor->events,
		   &(struct event){.level = EVENT_ERROR, .name = "signal", .message = message});
}

static void send(const struct supervisor *supervisor, int number)
{
	if (!supervisor->ended && kill(supervisor->child.pid, number) < 0)
		report_unsent(supervisor, number, errno);
}

/* Forwards a signal, with the value of sigqueue(3). */
static void forward(const struct supervisor *supervisor, const struct signalfd_siginfo *info)
{
	bool queued = info->ssi_code == SI_QUEUE && !supervisor->ended;
	void *pointer = (void *)(uintptr_t)info->ssi_ptr; /* NOLINT(performance-no-int-to-ptr) */
	const union sigval value = {.sival_ptr = pointer};
	if (queued && sigqueue(supervisor->child.pid, (int)info->ssi_signo, value) < 0)
		report_unsent(supervisor, (int)info->ssi_signo, errno);
	else if (!queued)
		send(supervisor, (int)info->ssi_signo);
}

static void stop_by_force(struct supervisor *supervisor)
{
	supervisor->forced = true;
	members_kill(&supervisor->members);
	send(supervisor, SIGKILL); /* also if it has not joined its group yet */
}

static void report_stopping(const struct supervisor *supervisor)
{
	cleanup_error struct error error = {0};
	if (notify_stopping(supervisor->notify, &error) < 0)
		notify_failed(&supervisor->events, &error);
}

/* False: siplaunch handled it, and must not forward it. */
static bool take_request(struct supervisor *supervisor, int number)
{
	int64_t now = clock_monotonic_ms();
	if (supervisor->ended) {
		supervisor->hurry = true;
		return false;
	}
	if (!supervisor->asked) {
		supervisor->asked = number;
		supervisor->asked_ms = now;
		report_stopping(supervisor);
	} else if (now - supervisor->asked_ms > (int64_t)supervisor->stop_timeout * 1000) {
		stop_by_force(supervisor);
		return false;
	}
	return true;
}

/* A stopped router handles no signal until it is continued: systemd also sends SIGCONT after SIGTERM. */
static void wake(struct supervisor *supervisor)
{
	if (supervisor->stopped && !supervisor->suspended)
		kill(-supervisor->child.pid, SIGCONT);
	supervisor->stopped = false;
}

static void on_stop(struct supervisor *supervisor, const struct signalfd_siginfo *info)
{
	if (!take_request(supervisor, (int)info->ssi_signo))
		return;
	forward(supervisor, info);
	wake(supervisor);
}

/* The terminal has sent it to the router already, but not to the other processes of our group. */
static void on_key(struct supervisor *supervisor, int number)
{
	if (!supervisor->ended)
		take_request(supervisor, number);
	else if (!supervisor->asked)
		supervisor->asked = number;
	kill(0, number);
}

/* ---- job control ---- */

static void resume(struct supervisor *supervisor)
{
	supervisor->suspended = supervisor->stopped = false;
	if (supervisor->ended)
		return;
	terminal_lend(&supervisor->terminal, supervisor->child.pid);
	kill(-supervisor->child.pid, SIGCONT);
}

/* True if we were continued: then a SIGCONT is pending, which resumes the router. */
static bool was_continued(void)
{
	sigset_t pending;
	return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
}

/*
 * Stops the router, then us, so that the shell sees it. While ours is the foreground group, the router's
 * group does not get the terminal's SIGTSTP, and may ignore it: so it gets SIGSTOP. A signal from the
 * terminal stops us only if another process can continue us; else the router is resumed.
 */
static void suspend(struct supervisor *supervisor, int number, bool by_terminal)
{
	if (supervisor->ended || (!by_terminal && getpid() == 1))
		return;
	supervisor->suspended = true;
	kill(-supervisor->child.pid, SIGSTOP);
	terminal_take_back(&supervisor->terminal);
	if (by_terminal)
		terminal_stop_us(number);
	else
		raise(SIGSTOP);
	if (!was_continued())
		resume(supervisor);
}

static void report_stopped(const struct supervisor *supervisor, int number)
{
	cleanup_free char *signal = signal_name(number);
	cleanup_free char *message = xasprintf(
		"%s is stopped by %s and answers nothing until it is continued", supervisor->name, signal);
	cleanup_free char *hint = xasprintf("kill -CONT %d", (int)supervisor->child.pid);
	event_emit(
		&supervisor->events,
		&(struct event){.level = EVENT_WARNING, .name = "stopped", .message = message, .hint = hint});
}

/* The router was stopped: by a key, by reading from or writing to the terminal in the background, or by a
 * SIGSTOP from elsewhere. */
static void on_stopped(struct supervisor *supervisor, int number)
{
	bool wants_terminal = number == SIGTTIN || number == SIGTTOU;

	if (supervisor->suspended)
		return;
	if (wants_terminal && terminal_lend(&supervisor->terminal, supervisor->child.pid)) {
		kill(-supervisor->child.pid, SIGCONT);
	} else if (supervisor->terminal.fd >= 0 && (wants_terminal || number == SIGTSTP)) {
		suspend(supervisor, number, true);
	} else {
		supervisor->stopped = true;
		report_stopped(supervisor, number);
	}
}

/* ---- what comes ---- */

static void on_child(struct supervisor *supervisor, pid_t pid, int status)
{
	bool ended = WIFEXITED(status) || WIFSIGNALED(status);
	if (pid == supervisor->terminal.witness && ended)
		supervisor->terminal.watching = false;
	if (pid != supervisor->child.pid || supervisor->ended)
		return;
	if (WIFSTOPPED(status)) {
		on_stopped(supervisor, WSTOPSIG(status));
		return;
	}
	if (!ended) {
		supervisor->stopped = false;
		return;
	}
	supervisor->ended = true;
	supervisor->wait_status = status;
	supervisor->ended_ms = clock_monotonic_ms();
	supervisor->members.main = 0;
}

/* As waitpid(-1). Until the launch's result is read, each child is looked at before it is reaped. */
static pid_t reap_next(struct supervisor *supervisor, int *status)
{
	siginfo_t info = {0};
	int proc = supervisor->members.foreign_proc ? -1 : supervisor->members.proc;
	if (supervisor->child.result < 0)
		return waitpid(-1, status, WNOHANG | WUNTRACED | WCONTINUED);
	if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT) < 0)
		return -1;
	if (!info.si_pid)
		return 0;
	child_note_end(&supervisor->child, proc, &info);
	return waitpid(info.si_pid, status, WNOHANG | WUNTRACED | WCONTINUED);
}

void supervisor_reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;
	do {
		pid = reap_next(supervisor, &status);
		if (pid > 0)
			on_child(supervisor, pid, status);
	} while (pid > 0 || (pid < 0 && errno == EINTR));
}

static void on_signal(struct supervisor *supervisor, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;

	if (supervisor->terminal.witness && info->ssi_pid == (uint32_t)supervisor->terminal.witness &&
	    info->ssi_code == SI_USER) {
		on_key(supervisor, number);
		return;
	}
	switch (signal_meaning(info)) {
	case SIGNAL_STOP:
		on_stop(supervisor, info);
		break;
	case SIGNAL_CHILD:
		supervisor_reap(supervisor);
		break;
	case SIGNAL_SUSPEND:
		suspend(supervisor, number, info->ssi_code > 0);
		break;
	case SIGNAL_RESUME:
		resume(supervisor);
		break;
	case SIGNAL_FORWARD:
		forward(supervisor, info);
		break;
	case SIGNAL_OURS:
		break;
	}
}

void supervisor_read_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;
	while (read(supervisor->signals.fd, &info, sizeof info) == sizeof info)
		on_signal(supervisor, &info);
}
