/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TESTS_FAULT_H
#define SIPLAUNCH_TESTS_FAULT_H
/*
 * The fault matrix: one occurrence of one system call of siplaunch fails, is short, or is the last.
 *
 *   table.c   which errors a call can have, and why
 *   trace.c   runs a launch under ptrace(2), lists its calls, injects a fault
 *   state.c   what the machine looks like from outside
 *   judge.c   whether siplaunch dealt with the fault
 *   fault.c   the launches, the cases, the report (TAP)
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* ---- table.c ---- */

/* The nth of a call in the nth process of a launch. */
struct call {
	unsigned process, occurrence; /* from 0; from 1, and again from 1 when the router is stopped */
	long number;
	bool ours;           /* after the start of main() and before exec */
	bool stopping;       /* after the signal that stops the router */
	bool by_path;        /* and not by a descriptor alone */
	bool can_be_short;   /* a read or write which the kernel may do in part */
	char file[PATH_MAX]; /* what it is on; "" for none */
};

#define ERRNOS_MAX 12

struct call_rule {
	long number;
	const char *name;
	int path_argument; /* of a path, or -1 */
	int fd_argument;   /* of a descriptor that the call is on, or -1 */
	const char *words; /* what an error may call it, besides its name and the file's: "make|create" */
	int errnos[ERRNOS_MAX]; /* ends with 0; none: the call cannot fail */
	bool done;              /* the call is made, and then reported as failed: close(2) */
};

/* NULL: a call that the table does not know. */
const struct call_rule *rule_of(long number);

/* The kernel may answer with this error to a call on that kind of file. */
bool is_plausible(const struct call *call, int errnum);

/* ---- trace.c ---- */

enum action { ACTION_NONE, ACTION_ERROR, ACTION_SHORT, ACTION_KILL };

struct fault {
	const struct call *call;
	enum action action;
	int errnum;
};

struct calls {
	struct call *items;
	size_t count;
};

struct launch {
	const char *name;
	char **argv, **envp;
	bool stop;         /* SIGTERM to siplaunch once the router is ready */
	bool late;         /* only the calls from umask(2) on: the first of the mechanism identity */
	const char *facts; /* what the router finds: a file beside the profile */
};

struct outcome {
	int wait_status;     /* of the first process */
	bool hit, hung;      /* the call was reached; the launch did not end */
	unsigned left;       /* processes that outlived the first one */
	char file[PATH_MAX]; /* what the call was on */
};

/*
 * Runs the launch to its end, with `out` and `err` as its output. `calls`, if not NULL: fills it. `fault`, if
 * not NULL: does that. Ends the test program where ptrace itself fails.
 */
void trace(const struct launch *launch, const struct fault *fault, int out, int err, struct calls *calls,
	   struct outcome *outcome);

/* ---- state.c ---- */

/* The machine from outside, a line a fact; fresh. */
char *state_now(void);

/* What `after` has and `before` has not, a line each; fresh, "" for nothing. */
char *state_difference(const char *before, const char *after);

/* Takes away what a launch left: groups, controllers, marks, files. */
void state_clean(void);

/* ---- judge.c ---- */

enum verdict {
	VERDICT_RAN,
	VERDICT_REFUSED,
	VERDICT_NAMED,
	VERDICT_RECOVERED,
	VERDICT_UNREACHED, /* a supervisor that stops its router looks at it as often as it is woken */
	VERDICT_FAILED,
	VERDICTS
};

struct evidence {
	const struct fault *fault;
	const struct outcome *outcome;
	const char *facts, *expected; /* what the router found; what is right */
	const char *errors;           /* standard error */
	const char *left;             /* outside, what should not be there */
	const char *missing;          /* outside, what should be there */
};

/* *why: a sentence if it failed, or NULL. */
enum verdict judge(const struct evidence *evidence, const char **why);

const char *verdict_name(enum verdict verdict);

/* ---- fault.c ---- */

void die(const char *what) __attribute__((noreturn));

#endif
