/* SPDX-License-Identifier: MIT */
#include "supervise/ending.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "launch/signals.h"

#define STATUS_OOM     (128 + SIGKILL)
#define STATUS_UNASKED 1

/* An OOM kill within this time before the end is the reason for it: Kamailio gives its processes 60 s to
 * stop. */
#define OOM_REASON_MS 90000

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {
		[OUTCOME_STOPPED] = "stopped", [OUTCOME_FINISHED] = "finished",
		[OUTCOME_FAILED] = "failed",   [OUTCOME_KILLED] = "killed",
		[OUTCOME_FORCED] = "forced",   [OUTCOME_OUT_OF_MEMORY] = "out-of-memory",
		[OUTCOME_UNASKED] = "unasked", [OUTCOME_BACKGROUND] = "background",
		[OUTCOME_REFUSED] = "refused",
	};
	return names[outcome];
}

/* "exited with status 255", "was killed by SIGSEGV". */
static char *how(int wait_status)
{
	if (!WIFSIGNALED(wait_status))
		return xasprintf("exited with status %d", WEXITSTATUS(wait_status));
	cleanup_free char *name = signal_name(WTERMSIG(wait_status));
	return xasprintf("was killed by %s%s", name, WCOREDUMP(wait_status) ? ", and dumped core" : "");
}

static enum outcome outcome_of(const struct ended *ended)
{
	bool signalled = WIFSIGNALED(ended->wait_status);
	bool well = !signalled && WEXITSTATUS(ended->wait_status) == 0;
	bool out_of_memory = ended->oom_killed && ended->ended_ms - ended->oom_kill_ms < OOM_REASON_MS;

	if (ended->forced && signalled)
		return OUTCOME_FORCED;
	if (out_of_memory && !(well && ended->asked))
		return OUTCOME_OUT_OF_MEMORY;
	if (signalled)
		return OUTCOME_KILLED;
	if (!well)
		return OUTCOME_FAILED;
	if (ended->asked)
		return OUTCOME_STOPPED;
	if (!ended->serves)
		return OUTCOME_FINISHED;
	return ended->left ? OUTCOME_BACKGROUND : OUTCOME_UNASKED;
}

static int status_of(enum outcome outcome, int wait_status)
{
	switch (outcome) {
	case OUTCOME_OUT_OF_MEMORY:
		return STATUS_OOM;
	case OUTCOME_UNASKED:
	case OUTCOME_BACKGROUND:
		return STATUS_UNASKED;
	default:
		return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
	}
}

static char *message_of(enum outcome outcome, const struct ended *ended)
{
	cleanup_free char *ends = how(ended->wait_status);
	cleanup_free char *asked = ended->asked ? signal_name(ended->asked) : xstrdup("");
	bool itself = WIFSIGNALED(ended->wait_status) && WTERMSIG(ended->wait_status) == SIGKILL;

	switch (outcome) {
	case OUTCOME_STOPPED:
		return xasprintf("%s stopped after %s", ended->name, asked);
	case OUTCOME_FORCED:
		return xasprintf("%s was killed: it had not stopped %u s after %s", ended->name,
				 ended->stop_timeout, asked);
	case OUTCOME_OUT_OF_MEMORY:
		return itself ? xasprintf("%s was OOM-killed", ended->name)
			      : xasprintf("%s %s after a process of its group was OOM-killed", ended->name,
					  ends);
	case OUTCOME_UNASKED:
		return xasprintf("%s %s without a stop request", ended->name, ends);
	case OUTCOME_BACKGROUND:
		return xasprintf("%s went into the background, where it cannot be supervised: it was stopped",
				 ended->name);
	default:
		return xasprintf("%s %s", ended->name, ends);
	}
}

/* Where to find out whether a SIGKILL was an OOM kill. */
static char *hint_of_kill(const struct ended *ended)
{
	if (!ended->group_gone || WTERMSIG(ended->wait_status) != SIGKILL)
		return NULL;
	if (!ended->above)
		return xstrdup(
			"look for an OOM kill with journalctl -k --grep oom-kill: its group is removed, and "
			"with it the count");
	if (!ended->killed_above)
		return xasprintf("it was not OOM-killed: %s has had no OOM kill meanwhile", ended->above);
	return xasprintf(
		"look for the OOM kill with journalctl -k --grep oom-kill: its group is removed, and with it "
		"the count; %s has had one meanwhile",
		ended->above);
}

static char *hint_of_forced(unsigned stop_timeout_s)
{
	unsigned longer_s = stop_timeout_s < SECONDS_MAX / 3 ? 3 * stop_timeout_s : SECONDS_MAX;
	if (longer_s == stop_timeout_s)
		return NULL;
	return xasprintf("give it longer to stop: --stop-timeout %u", longer_s);
}

static char *hint_of(enum outcome outcome, const struct ended *ended)
{
	const char *foreground = ended->foreground_hint;
	switch (outcome) {
	case OUTCOME_UNASKED:
		return xstrdup("look in its log for a process that died: a router then exits like this");
	case OUTCOME_BACKGROUND:
		return foreground && *foreground ? xasprintf("keep it in the foreground: %s", foreground)
						 : NULL;
	case OUTCOME_KILLED:
		return hint_of_kill(ended);
	case OUTCOME_FORCED:
		return hint_of_forced(ended->stop_timeout);
	default:
		return NULL;
	}
}

struct verdict judge_ending(const struct ended *ended)
{
	enum outcome outcome = outcome_of(ended);
	return (struct verdict){
		.outcome = outcome,
		.status = status_of(outcome, ended->wait_status),
		.message = message_of(outcome, ended),
		.hint = hint_of(outcome, ended),
	};
}

void verdict_clear(struct verdict *verdict)
{
	free(verdict->message);
	free(verdict->hint);
	*verdict = (struct verdict){0};
}
