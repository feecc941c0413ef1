/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_TUNE_H
#define SIPLAUNCH_LAUNCHER_TUNE_H
/*
 * `siplaunch tune`: what its rounds share. What is tried next is src/tune/search.h's to decide; a round is a
 * `siplaunch run --supervise` of the same profile with other sizes and a group of its own, and shell commands
 * beside it. All that was started is ended with the round, however it ends.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/error.h"
#include "base/value.h"
#include "members.h"
#include "signals.h"
#include "sizing/sizing.h"
#include "tune/search.h"

struct options;
struct session;

/* In the name of a round's group: our pid. */
#define TUNE_GROUP_MARK "-tune-%d-"

/* What a scratch router has to stop, in seconds. */
#define TUNE_STOP_TIMEOUT 10

/* A process that we wait for. */
struct task {
	pid_t pid; /* 0: none */
	bool ended;
	int wait_status;
};

/* One round, and what it showed. */
struct tune_round {
	unsigned number;       /* from 1 */
	const char *why;       /* this candidate */
	uint64_t memory_bytes; /* the limit that it was given; 0: it cannot be given one here */
	struct round result;
	char *message;                                /* how it ended, one sentence without a full stop */
	int load_status, check_status;                /* of wait(2); -1: it was not run to its end */
	int64_t begun_ms, start_ms, load_ms, took_ms; /* until it was ready; load alone; all of it */
	struct value failures; /* allocations that failed, as far as the router counts */
	double pressure;       /* the highest memory.pressure some avg10 seen, percent; below 0: not known */
	bool limit_held;       /* memory.max was what it was given, as the supervisor saw it */
	uint64_t peak_bytes;   /* memory.peak; 0: not known */
};

struct tuning {
	const struct options *options;
	struct session *session; /* of the profile with automatic pools: what it allows */
	const char *profile;     /* its name, as it was asked for */
	bool own_limit;          /* the rounds have a group of their own, with a limit */
	struct search_terms terms;
	struct tune_round *rounds;
	size_t count;
	uint32_t expected;             /* rounds that are likely to follow, the one that runs counted in */
	bool told;                     /* the router answers with statistics */
	char *not_told;                /* why not; NULL */
	int64_t begun_ms, deadline_ms; /* deadline 0: none */
	int asked;                     /* the signal that asked us to stop; 0 */

	/* the machinery of a round */
	struct signals signals;
	int proc, mount; /* /proc, and that of cgroup v2; -1 */
	char *folder;    /* of its files */
	int directory;   /* the same, open; -1 */
	struct task supervisor, shell;
	struct members members; /* those of the shell commands */
	pid_t router;           /* 0: not executed yet */
};

/* ---- tune_tasks.c: processes ---- */

int64_t tune_now_ms(void);

/* Sleeps until something happens, for so long at the most, and sees to it: reaps, notes a request to stop. */
void tune_attend(struct tuning *tuning, int timeout_ms);

/* True where the round is to be broken off: somebody asked, or the time is over. */
bool tune_interrupted(const struct tuning *tuning);

/* Executes `argv` in a session of its own, its output into the descriptor `log`. 0, or -1. */
int tune_spawn(struct tuning *tuning, struct task *task, const char *file, char *const *argv, int log,
	       struct error *error);

/* Ends what the shell commands started, and everything that is left of them. */
void tune_end_shells(struct tuning *tuning);

/* Asks the supervisor to stop its router, twice if need be, and waits. False: it had to be killed, and its
 * group may be left. */
bool tune_stop_router(struct tuning *tuning);

/* Kills what is left of a router whose supervisor has gone without it. False: some of it is still there. */
bool tune_end_orphans(struct tuning *tuning);

/* ---- tune_folder.c: the files of the rounds ---- */

/* The folder of --keep or a temporary one: nobody else can write to it, and it has nothing of an earlier run.
 * 0, or -1. */
int tune_folder_open(struct tuning *tuning, struct error *error);
void tune_folder_close(struct tuning *tuning); /* removes a temporary one */

/* Where the round's supervisor leaves its report: "DIR/03-report.json". Fresh. */
char *tune_report_path(const struct tuning *tuning, const struct tune_round *round);

/* It, a new reference; NULL: there is none. */
json_t *tune_report_read(const struct tuning *tuning, const struct tune_round *round);

/* What the round prints is added to "DIR/03-load.log". A descriptor, or -1. */
int tune_log_open(const struct tuning *tuning, const struct tune_round *round, const char *name,
		  struct error *error);

/* The last lines of what a round printed: fresh string, "" for nothing. */
char *tune_last_lines(const struct tuning *tuning, const struct tune_round *round, const char *name);

/* ---- tune_round.c ---- */

enum tune_outcome {
	TUNE_ROUND_DONE,
	TUNE_ROUND_BROKEN_OFF, /* nothing is known of it */
	TUNE_ROUND_IMPOSSIBLE, /* the error says why no round can be run */
};

/* Runs one; `round` has number, why, candidate and memory. */
enum tune_outcome tune_round_run(struct tuning *tuning, struct tune_round *round, struct error *error);

/* ---- tune_watch.c: what a router says while there is load ---- */

struct tune_watch;
struct tune_watch *tune_watch_open(struct tuning *tuning);
void tune_watch_close(struct tune_watch *watch);

/* Removes the round's group where its supervisor was killed before it could. NULL: nothing. */
void tune_watch_remove_group(const struct tune_watch *watch);

/* Asks once. True when it answered with its pools, which are then in the round. */
bool tune_watch_look(struct tune_watch *watch, struct tune_round *round);

/* NULL where it can be asked, else why not (yet). */
const char *tune_watch_denied(const struct tune_watch *watch);

/* True where it never will be: nobody says where. */
bool tune_watch_is_vain(const struct tune_watch *watch);

/* ---- tune_result.c: what there is to say in the end ---- */

enum tune_verdict {
	TUNE_FOUND,          /* and confirmed */
	TUNE_NOTHING_PASSES, /* not even the most */
	TUNE_UNCONFIRMED,    /* something passes, but not with a memory limit that is made for it */
	TUNE_UNFINISHED,     /* the time or the rounds are over */
	TUNE_INTERRUPTED,
};

/* As the JSON has it: "found", "nothing-passes". */
const char *tune_verdict_name(enum tune_verdict verdict);

struct tune_result {
	enum tune_verdict verdict;
	struct search search;  /* where FOUND, the candidate is the result */
	uint64_t memory_bytes; /* FOUND: the limit for it */
	char **notes;          /* whole sentences */
	size_t note_count;
};
struct tune_result tune_result_make(const struct tuning *tuning, const struct search *search);
void tune_result_clear(struct tune_result *result);

/* The limit that a candidate is to have: all that the profile allows, or to confirm, the smallest that the
 * budget takes and what it gets on top. Bytes, whole MiB. */
uint64_t tune_limit(const struct tuning *tuning, const struct candidate *candidate);

/* The results so far, for the search: fresh array of tuning->count. */
struct round *tune_results(const struct tuning *tuning);

/* Why nothing passes, with what the last round printed as the hint. */
void tune_explain_nothing(const struct tuning *tuning, struct error *error);

/* Writes the profile to options->write. 0, or -1. */
int tune_write_profile(const struct tuning *tuning, const struct tune_result *result, struct error *error);

/* ---- tune_progress.c ---- */

/* On a terminal one line that is drawn anew; `doing`: "load", NULL to take it away. */
void tune_progress(const struct tuning *tuning, const struct tune_round *round, const char *doing);

/* A line for a round that is over. */
void tune_progress_round(const struct tuning *tuning, const struct tune_round *round);

/* "1 min 20 s": fresh. */
char *tune_duration(int64_t ms);

#endif
