/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TUNE_TUNE_H
#define SIPLAUNCH_TUNE_TUNE_H
/*
 * `siplaunch tune`: what its rounds share. src/tune/search.h decides which size is next. A round is a
 * `siplaunch run --supervise` of the same profile with other sizes and its own group, and the shell commands
 * of the load. Every process that a round started ends with it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/error.h"
#include "base/value.h"
#include "launch/signals.h"
#include "profile/selection.h"
#include "sizing/sizing.h"
#include "supervise/members.h"
#include "tune/search.h"

struct session;
struct tune_round;
struct tuning;

/* In the name of a round's group: our pid. */
#define TUNE_GROUP_MARK "-tune-%d-"

/* What a scratch router has to stop, in seconds. */
#define TUNE_STOP_TIMEOUT 10

/* A child process to wait for. */
struct task {
	pid_t pid; /* 0: none */
	bool ended;
	int wait_status;
};

/* The request. */
struct tune_request {
	const struct profile_selection *selection;
	char *const *argv;                /* the router's command */
	const char *load, *check, *ready; /* shell commands; check and ready: NULL */
	const char *management;           /* the management interface; NULL: the one of its configuration */
	unsigned budget;                  /* seconds for the whole search; 0: no limit */
	unsigned rounds;                  /* max number of rounds */
	unsigned margin;                  /* percent above what was needed */
	const char *keep;                 /* where logs are kept; NULL: nowhere */
};

/* Callbacks for progress; `to` is their first argument. */
struct tune_observer {
	const void *to;
	/* A round begins a step: "load"; `doing` NULL: the round has ended. */
	void (*progress)(const void *to, const struct tuning *tuning, const struct tune_round *round,
			 const char *doing);
	/* A round has its result. */
	void (*round)(const void *to, const struct tuning *tuning, const struct tune_round *round);
};

/* One round, and its result. */
struct tune_round {
	unsigned number;       /* from 1 */
	const char *why;       /* why this candidate */
	uint64_t memory_bytes; /* its memory limit; 0: siplaunch cannot set one here */
	struct round result;
	char *message;                                /* how it ended, one sentence without a full stop */
	int load_status, check_status;                /* as of wait(2); -1: it did not run, or was stopped */
	int64_t begun_ms, start_ms, load_ms, took_ms; /* until it was ready; load alone; all of it */
	struct value failures; /* allocations that failed, as far as the router counts */
	double pressure;       /* the highest memory.pressure some avg10 seen, percent; below 0: not known */
	bool limit_held;       /* memory.max had the requested value, as the supervisor read it */
	uint64_t peak_bytes;   /* memory.peak; 0: not known */
};

struct tuning {
	const struct tune_request *request;
	const struct tune_observer *observer;
	struct session *session; /* opened for the profile with automatic pools */
	const char *profile;     /* its name, as typed */
	bool own_limit;          /* the rounds have a group of their own, with a limit */
	struct search_terms terms;
	struct tune_round *rounds;
	size_t count;
	uint32_t expected;             /* rounds that are likely to follow, including the running one */
	bool has_statistics;           /* the router answers statistics queries */
	char *no_statistics;           /* why not; NULL */
	int64_t begun_ms, deadline_ms; /* deadline 0: none */
	int asked;                     /* the signal that requests a stop; 0: none */

	/* the machinery of a round */
	struct signals signals;
	int proc, mount; /* /proc, and that of cgroup v2; -1 */
	char *folder;    /* of its files */
	int directory;   /* the same, open; -1 */
	struct task supervisor, shell;
	struct members members; /* those of the shell commands */
	pid_t router;           /* 0: not executed yet */
};

/* ---- tune.c ---- */

/* Checks the request, and prepares the rounds. `tuning` has request, observer and session. 0, or -1 with the
 * reason. tuning_close() in both cases. */
int tuning_open(struct tuning *tuning, struct error *error);
void tuning_close(struct tuning *tuning);

/* Runs rounds until a size is found or no size is left to try. 0, or -1: no round can run. */
int tuning_search(struct tuning *tuning, struct search *search, struct error *error);

/* ---- tasks.c: processes ---- */

/* Sleeps until an event or the timeout, and handles it: reaps children, notes a stop request. */
void tune_attend(struct tuning *tuning, int timeout_ms);

/* True if the round must end early: after a stop request, or at the deadline. */
bool tune_interrupted(const struct tuning *tuning);

/* Executes `argv` in a new session, with its output to the descriptor `log`, which stays open. 0, or -1 with
 * the reason. */
int tune_spawn(struct tuning *tuning, struct task *task, const char *file, char *const *argv, int log,
	       struct error *error);

/* Ends the shell commands and all their descendants. */
void tune_end_shells(struct tuning *tuning);

/* Sends the supervisor a stop request, twice if necessary, and waits. False: siplaunch had to kill it, so its
 * group may remain. */
bool tune_stop_router(struct tuning *tuning);

/* Kills a router's remaining processes after its supervisor has ended. False: some still run. */
bool tune_end_orphans(struct tuning *tuning);

/* ---- folder.c: the files of the rounds ---- */

/* Opens the folder of --keep or a temporary one: no other user can write to it. Removes files of an earlier
 * run. 0, or -1 with the reason. */
int tune_folder_open(struct tuning *tuning, struct error *error);
void tune_folder_close(struct tuning *tuning); /* removes a temporary one */

/* The path of the report that the round's supervisor writes: "DIR/03-report.json". Caller frees. */
char *tune_report_path(const struct tuning *tuning, const struct tune_round *round);

/* The report, a new reference; NULL: none. */
json_t *tune_report_read(const struct tuning *tuning, const struct tune_round *round);

/* Opens "DIR/03-load.log" for appending; `name`: "load". A descriptor that the caller closes, or -1 with the
 * reason. */
int tune_log_open(const struct tuning *tuning, const struct tune_round *round, const char *name,
		  struct error *error);

/* The last lines of a round's output, or "". Caller frees. */
char *tune_last_lines(const struct tuning *tuning, const struct tune_round *round, const char *name);

/* ---- run_command.c ---- */

/* The `siplaunch run` of a round. An array that argv_free() frees. */
char **tune_run_command(const struct tuning *tuning, const struct tune_round *round);

/* ---- round.c ---- */

enum tune_outcome {
	TUNE_ROUND_DONE,
	TUNE_ROUND_BROKEN_OFF, /* stopped early: no result */
	TUNE_ROUND_IMPOSSIBLE, /* the error has the reason why no round can run */
};

/* Runs a round, and fills its result. On entry `round` has number, why, result.candidate and memory_bytes. */
enum tune_outcome tune_round_run(struct tuning *tuning, struct tune_round *round, struct error *error);

/* ---- watch.c: what a router says while there is load ---- */

struct tune_watch;
struct tune_watch *tune_watch_open(struct tuning *tuning);
void tune_watch_close(struct tune_watch *watch);

/* Removes the round's group if its supervisor was killed before it did. NULL: none. */
void tune_watch_remove_group(const struct tune_watch *watch);

/* Sends one statistics query. True if the answer has the pools; their use is then in the round. */
bool tune_watch_look(struct tune_watch *watch, struct tune_round *round);

/* NULL if the router can be queried, otherwise why not (yet). Borrowed. */
const char *tune_watch_denied(const struct tune_watch *watch);

/* True if queries cannot succeed later either: the management interface is not known. */
bool tune_watch_is_vain(const struct tune_watch *watch);

/* ---- result.c: the final result ---- */

enum tune_verdict {
	TUNE_FOUND,          /* and confirmed */
	TUNE_NOTHING_PASSES, /* even the maximum fails */
	TUNE_UNCONFIRMED,    /* sizes pass, but not with a memory limit computed for them */
	TUNE_UNFINISHED,     /* the deadline passed, or no rounds are left */
	TUNE_INTERRUPTED,
};

/* As in the JSON: "found", "nothing-passes". */
const char *tune_verdict_name(enum tune_verdict verdict);

struct tune_result {
	enum tune_verdict verdict;
	struct search search;  /* FOUND: its candidate is the result */
	uint64_t memory_bytes; /* FOUND: the memory limit for the candidate */
	char **notes;          /* whole sentences */
	size_t note_count;
};
struct tune_result tune_result_make(const struct tuning *tuning, const struct search *search);
void tune_result_clear(struct tune_result *result);

/* A candidate's limit: all memory of the profile; to confirm, the smallest limit of the budget plus the
 * headroom. Bytes, whole MiB. */
uint64_t tune_limit(const struct tuning *tuning, const struct candidate *candidate);

/* The results so far, for the search: an array of tuning->count. Caller frees. */
struct round *tune_results(const struct tuning *tuning);

/* Why no size was found and confirmed: sets the error, unless the verdict is TUNE_FOUND. If no size passes,
 * the hint has the end of the log of the most informative round. */
void tune_explain(const struct tuning *tuning, const struct tune_result *result, struct error *error);

/* Writes the profile with the result to `path`. 0, or -1 with the reason. */
int tune_write_profile(const struct tuning *tuning, const struct tune_result *result, const char *path,
		       struct error *error);

#endif
