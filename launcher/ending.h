/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_ENDING_H
#define SIPLAUNCH_LAUNCHER_ENDING_H
/*
 * What to call the end of a supervised router, and the status to end with. Pure. Both routers can end with 0
 * although a child of theirs was killed, so that the status alone is no word on it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
	OUTCOME_STOPPED,       /* as it was asked to, with 0 */
	OUTCOME_FINISHED,      /* no router, or it only checked something: it was done, with 0 */
	OUTCOME_FAILED,        /* with another status */
	OUTCOME_KILLED,        /* by a signal that we did not send */
	OUTCOME_FORCED,        /* by us: it did not stop in time */
	OUTCOME_OUT_OF_MEMORY, /* it, or one of its processes, was OOM-killed */
	OUTCOME_UNASKED,       /* a router ended with 0, and nobody had asked it to stop */
	OUTCOME_BACKGROUND,    /* the same, but processes of it were left: it had gone into the background */
	OUTCOME_REFUSED,       /* it was not launched */
};

/* As the report has it: "stopped", "out-of-memory". */
const char *outcome_name(enum outcome outcome);

struct ended {
	const char *name; /* the router's */
	int wait_status;  /* its main process's, of waitpid(2) */
	int asked;        /* the first signal that asked it to stop; 0: none */
	bool forced;      /* we killed it */
	bool serves;      /* a router that runs until it is told to stop, not generic and not "-V" */
	bool oom_killed;  /* a process of its group was OOM-killed */
	int64_t ended_ms, oom_kill_ms; /* when the main process ended, and when the last such kill was */
	size_t left;                   /* processes that were left when the main one had ended */
	unsigned stop_timeout;         /* seconds */
	const char *foreground_hint;   /* what keeps it in the foreground; NULL or "": nothing known */
};

struct verdict {
	enum outcome outcome;
	int status; /* to end with: its own; 128 + signal; 137 after an OOM kill; never 0 where nobody asked a
		       router to stop */
	char *message; /* one sentence, without a full stop; owned */
	char *hint;    /* what to do about it; NULL */
};

struct verdict judge_ending(const struct ended *ended);
void verdict_clear(struct verdict *verdict);

#define cleanup_verdict __attribute__((cleanup(verdict_clear)))

#endif
