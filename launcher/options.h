/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_OPTIONS_H
#define SIPLAUNCH_LAUNCHER_OPTIONS_H
/*
 * The command line. One table has every option. getopt's arrays and --help are made from it, and at build
 * time the options of siplaunch(1) and the completions (build-aux/generate), so that they cannot disagree.
 * Parsing prints nothing, reads argv and $SIPLAUNCH_ENTRYPOINT only, and keeps pointers into argv; only a
 * command that --entrypoint completed is a copy.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "commands.h"
#include "export/export.h"
#include "inspect/inspection.h"
#include "output/output.h"
#include "profile/selection.h"
#include "session/purpose.h"
#include "sizing/fleet.h"

struct error;

enum profiles_action { PROFILES_LIST, PROFILES_SHOW, PROFILES_CHECK };
enum seccomp_action { SECCOMP_SHOW, SECCOMP_CHECK, SECCOMP_EXPORT };

/* Percent above the maximum use: another day may be busier than those that were sampled, and freed memory is
 * fragmented. At the known maximum a sixth of the pool is then free. */
#define MARGIN_DEFAULT 20
#define ROUNDS_DEFAULT 30

/* run, plan, doctor: how the router is started. */
struct launch_options {
	bool supervise;         /* overrides the profile's handoff */
	int parent_signal;      /* enum parent_signal; 0: what the profile says */
	const char *report;     /* the file for the supervisor's last record; NULL */
	unsigned stop_timeout;  /* seconds; 0 where it was not given */
	const char *entrypoint; /* words for a command that is empty or begins with an option; NULL */
	const char *plan;       /* the plan file that init wrote; NULL */
	const char *host;       /* a tree with proc and sys; NULL: this machine */
};

/* plan, export: pods that share the workload. */
struct fleet_options {
	const char *pod_memory;     /* as typed; NULL */
	struct fleet_request asked; /* both 0: no pods */
};

struct init_options {
	const char *out; /* the directory for its files */
	const char *memory_limit, *router_config;
	bool install;
};

struct inspect_options {
	unsigned watch;            /* seconds between two samples; 0: one look */
	const char *write_profile; /* NULL */
	bool modules;              /* query memory by module even if that stalls the router */
};

struct top_options {
	unsigned interval;  /* seconds between two samples */
	const char *replay; /* a file of samples; NULL */
};

/* advise, tune, report */
struct sizes_options {
	unsigned margin;   /* percent above what was needed */
	const char *write; /* the profile to write; NULL */
};

struct tune_options {
	const char *load, *check, *ready; /* shell commands; NULL */
	unsigned budget;                  /* seconds; 0: no limit */
	unsigned rounds;
	const char *keep; /* where logs are kept; NULL: nowhere */
};

struct page_options {
	const char *output; /* the file; NULL or "-": standard output */
};

struct export_options {
	enum tool tool;    /* the target tool */
	int kind, sysctls; /* enum export_kind, enum export_sysctls; -1: not given */
	const char *image, *init_image, *name;
	const char *replicas; /* as typed; NULL: the export's default */
};

struct seccomp_options {
	enum seccomp_action action;
	struct texts capabilities; /* those that the router keeps */
	bool all_architectures;
	bool newer_enosys;
};

struct options {
	enum command_id command; /* COMMAND_COUNT for a --help or --version before any command */
	bool implied;            /* the command is run, but neither "run" nor "--" was typed */
	bool help, version;      /* if one is set, the rest of the command line is ignored */
	struct output output;
	struct profile_selection selection;
	struct launch_options launch;
	struct fleet_options fleet;
	struct init_options init;
	struct running_choice running; /* inspect, top, advise; tune has its management only */
	struct inspect_options inspect;
	struct top_options top;
	struct sizes_options sizes;
	struct tune_options tune;
	struct page_options page;
	struct export_options export;
	struct seccomp_options seccomp;
	enum profiles_action profiles;
	const char *detached;  /* "5" of "--watch 5", which is read as a pid; NULL */
	struct texts operands; /* profiles, seccomp: NAME or FILEs; advise, report: FILEs; help: COMMAND */
	char *const *argv;     /* the router's command, NULL-terminated; NULL where the command takes none */
	char **composed;       /* argv where --entrypoint made it; owned */
	struct texts words;    /* options_words() */
};

/* How an option's argument is kept in struct options. */
enum option_form {
	FORM_SWITCH,  /* bool, no argument */
	FORM_TEXT,    /* const char *, the last one counts */
	FORM_LIST,    /* struct texts */
	FORM_PAIRS,   /* struct texts, each KEY=VALUE */
	FORM_CHOICE,  /* int: the index of the word in `choices`; an argument that begins with "[=" is
			 optional: 1 */
	FORM_TIME,    /* unsigned, seconds: "90", "90s", "20m", "2h", up to a week */
	FORM_COUNT,   /* unsigned, 1 to 1000 */
	FORM_PERCENT, /* unsigned, 0 to 400, with or without "%" */
	FORM_SECONDS, /* unsigned, 1 to SECONDS_MAX; an argument that begins with "[=" is optional */
};

/* In the order in which help shows them. */
enum option_group {
	GROUP_PROFILE,
	GROUP_COMMAND, /* of one command, or of a few */
	GROUP_SUPERVISION,
	GROUP_OUTPUT,
	GROUP_GENERAL,
	GROUP_COUNT
};

/* How a shell completes an option's argument. FORM_CHOICE completes to its choices. */
enum completion {
	COMPLETE_NOTHING,
	COMPLETE_WORDS, /* the row's `words` */
	COMPLETE_FILE,
	COMPLETE_DIRECTORY,
	COMPLETE_COMMAND,
	COMPLETE_PROFILE,
	COMPLETE_CGROUP,
	COMPLETE_KEY,      /* of a profile, with "=" */
	COMPLETE_POLICY,   /* a mechanism, with "=" */
	COMPLETE_WORKLOAD, /* a key of sizing.workload, with "=" */
};

struct option_row {
	const char *name;     /* long form */
	char letter;          /* short form, or 0 */
	const char *argument; /* as help shows it; NULL: it takes none */
	unsigned commands;    /* bits (1 << enum command_id) it belongs to */
	enum option_form form;
	size_t field;               /* offset in struct options */
	const char *const *choices; /* FORM_CHOICE; NULL-terminated */
	const char *help;
	enum option_group group;
	enum completion completion;
	const char *words;    /* COMPLETE_WORDS, separated by spaces */
	const char *excludes; /* the option that it cannot be combined with; NULL */
	const char *manual;   /* its paragraph of siplaunch(1); `code`, *argument*, [Section], name(1) */
};
extern const struct option_row option_rows[];
extern const size_t option_row_count;

/*
 * Reads the command line. 0, or -1 with a one-line error, whose hint names the --help to read. Call
 * options_clear() in both cases.
 */
int options_parse(int argc, char *const *argv, struct options *options, struct error *error);
void options_clear(struct options *options);

/* True if the command's operands are a router's command. For export that follows the tool's name. */
bool takes_router_command(enum command_id command);

/* Takes values from the environment where the command line gives none; `get` is getenv(). */
void options_environment(struct options *options, char *(*get)(const char *name));

/*
 * Fills options->words with the options of a launch (run or init), each with its value and quoted for a
 * shell. These include values that came from the environment, because sudo does not pass it on.
 */
void options_words(struct options *options);

/* Adds a warning to the plan if an option of siplaunch stands behind the router's name: the router gets it,
 * and siplaunch ignores it. */
void options_warn_behind(char *const *argv, const struct router *router, struct plan *plan);

/* The purpose for which the command opens a session: to launch, or to prepare a pod. Points into the
 * options. */
struct purpose options_purpose(const struct options *options);

#define cleanup_options __attribute__((cleanup(options_clear)))

#endif
