/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_ENDING_H
#define SIPLAUNCH_SUPERVISE_ENDING_H
/*
 * How a supervised router ended, and siplaunch's exit status. Pure. Both routers can exit 0 although a child
 * of theirs was killed, so the status alone does not show it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
	OUTCOME_STOPPED,  /* exited 0 after a stop request */
	OUTCOME_FINISHED, /* not a router, or it only checked something: exited 0 */
	OUTCOME_FAILED,   /* exited with another status */
	OUTCOME_KILLED,   /* by a signal, also by a stop signal that we forwarded and it does not handle */
	OUTCOME_FORCED,   /* siplaunch killed it: it did not stop in time */
	OUTCOME_OUT_OF_MEMORY, /* it, or one of its processes, was OOM-killed */
	OUTCOME_UNASKED,       /* exited 0 without a stop request */
	OUTCOME_BACKGROUND,    /* the same, but some of its processes remained: it went into the background */
	OUTCOME_REFUSED,       /* it was not launched */
};

/* As the report has it: "stopped", "out-of-memory". */
const char *outcome_name(enum outcome outcome);

struct ended {
	const char *name; /* the router's */
	int wait_status;  /* its main process's, of waitpid(2) */
	int asked;        /* the first stop signal; 0: none */
	bool forced;      /* we killed it */
	bool serves;      /* a router that runs until a stop signal: not generic, and not with "-V" */
	bool oom_killed;  /* a process of its group was OOM-killed */
	int64_t ended_ms, oom_kill_ms; /* when the main process ended, and when the last OOM kill was seen;
					  monotonic clock */
	size_t left;                   /* processes that remained when the main one had ended */
	unsigned stop_timeout;         /* seconds */
	const char *foreground_hint;   /* the options that keep it in the foreground; NULL or "": not known */
	bool group_gone;               /* the router's group was removed before its last OOM kill was read */
	const char *above;             /* if so: the nearest group above that is still there; NULL: none */
	bool killed_above;             /* a process of that group, or below it, was OOM-killed meanwhile */
};

struct verdict {
	enum outcome outcome;
	int status; /* exit status: the router's own; 128 + signal; 137 after an OOM kill; never 0 if a router
		       stopped without a stop request */
	char *message; /* one sentence, without a full stop; owned */
	char *hint;    /* what to do about it; NULL */
};

struct verdict judge_ending(const struct ended *ended);
void verdict_clear(struct verdict *verdict);

#define cleanup_verdict __attribute__((cleanup(verdict_clear)))

#endif
