/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_OPTIONS_H
#define SIPLAUNCH_LAUNCHER_OPTIONS_H
/*
 * The command line. One table has every option; getopt's arrays and --help are made from it, so that they
 * cannot disagree. Parsing is pure: it looks at argv and nothing else, prints nothing, and keeps pointers
 * into argv; only a command that --entrypoint added to is a copy.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "commands.h"
#include "export/export.h"
#include "profile/profile.h"

struct error;

enum output { OUTPUT_TEXT, OUTPUT_JSON };
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum profiles_action { PROFILES_LIST, PROFILES_SHOW, PROFILES_CHECK };
enum seccomp_action { SECCOMP_SHOW, SECCOMP_CHECK, SECCOMP_EXPORT };

/* Percent above the most that was needed: the busiest day is not the one that was watched, and what is freed
 * comes back in pieces. A sixth of a pool is then free at the maximum that is known. */
#define MARGIN_DEFAULT 20
#define ROUNDS_DEFAULT 30

struct texts {
	const char **items;
	size_t count;
};

struct options {
	enum command_id command; /* COMMAND_COUNT for a --help or --version before any command */
	bool implied;            /* run, and neither "run" nor "--" was typed */
	bool help, version;      /* whatever else was typed does not count then */
	const char *profile;
	struct texts profile_dirs, sets, policies, workloads;
	int format, log_format; /* enum output */
	int color;              /* enum color */
	bool quiet, verbose;
	bool supervise;        /* whatever the profile's handoff says */
	int parent_signal;     /* enum parent_signal; 0: what the profile says */
	bool insecure_profile; /* one that others can change is good enough */
	bool by_sudo;          /* sudo says whom it was called by: */
	uid_t sudo_uid;
	const char *report;     /* where supervision leaves its last record; NULL */
	unsigned stop_timeout;  /* seconds; 0 where it was not given */
	const char *entrypoint; /* the words that go before a command of options only; NULL */
	const char *plan;       /* what init has planned; NULL */
	const char *out;        /* init: where to */
	const char *memory_limit, *router_config;
	bool install;
	const char *host; /* a tree with proc and sys; NULL: this machine */
	/* inspect, advise: which running router; at most one of them. None: the only one that runs */
	const char *cgroup;  /* --cgroup, or a path */
	pid_t pid;           /* any of its processes; 0 when not given */
	const char *running; /* its name, or that of its unit */
	enum tool tool;      /* export: for which */
	int kind, sysctls;   /* export: enum export_kind, enum export_sysctls */
	const char *image, *init_image, *name;
	const char *write_profile;
	const char *load, *check, *ready; /* tune: shell commands; NULL */
	unsigned budget;                  /* tune: seconds; 0: as long as it takes */
	unsigned rounds;                  /* tune */
	unsigned margin;                  /* percent above what was needed */
	const char *write;                /* the profile to write; NULL */
	const char *keep;                 /* tune: where logs are kept; NULL: nowhere */
	const char *management; /* --mi: where the router is asked; NULL: where its configuration says */
	unsigned watch;         /* inspect: seconds between two samples; 0: one look */
	enum profiles_action action;
	enum seccomp_action seccomp_action;
	struct texts capabilities; /* seccomp: that the router is to have */
	bool all_architectures;
	bool newer_enosys;
	struct texts operands; /* profiles, seccomp: NAME or FILEs; help: COMMAND */
	char *const *argv;     /* the router's command, NULL-terminated; NULL where the command takes none */
	char **composed;       /* argv where --entrypoint made it; owned */
	char *builtin_dirs;    /* where profiles are installed, colon separated; owned; NULL: as built */
	const char *profile_path; /* $SIPLAUNCH_PROFILE_PATH */
	unsigned columns;         /* $COLUMNS, for what is no terminal; 0: not given */
	bool no_color;            /* $NO_COLOR, or a terminal without colours */
};

/* How an option's argument is kept in struct options. */
enum option_form {
	FORM_SWITCH,  /* bool, no argument */
	FORM_TEXT,    /* const char *, the last one counts */
	FORM_LIST,    /* struct texts */
	FORM_PAIRS,   /* struct texts, each KEY=VALUE */
	FORM_CHOICE,  /* int: the index of the word in `choices`; with "[=" before its argument that may be
			 left out: 1 */
	FORM_TIME,    /* unsigned, seconds: "90", "90s", "20m", "2h", up to a week */
	FORM_COUNT,   /* unsigned, 1 to 1000 */
	FORM_PERCENT, /* unsigned, 0 to 400, with or without "%" */
	FORM_SECONDS, /* unsigned, 1 to 86400; with "[=" before its argument that may be left out */
};

/* In the order in which help shows them. */
enum option_group {
	GROUP_PROFILE,
	GROUP_COMMAND, /* of this command, or of few */
	GROUP_SUPERVISION,
	GROUP_OUTPUT,
	GROUP_GENERAL,
	GROUP_COUNT
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
};
extern const struct option_row option_rows[];
extern const size_t option_row_count;

/*
 * Reads the command line. 0, or -1 with one line that says what is wrong and, as the hint, where to look.
 * options_clear() in both cases.
 */
int options_parse(int argc, char *const *argv, struct options *options, struct error *error);
void options_clear(struct options *options);

/* Adds what the environment says where the command line is silent; `get` is getenv(). */
void options_environment(struct options *options, char *(*get)(const char *name));

/*
 * Adds, behind the directories that were built in, those that go with where `binary` is: PREFIX/share of
 * another prefix, and the profiles of the checkout that it was built in. NULL: not known, nothing is added.
 * Whether their files may be trusted is judged as for any other.
 */
void options_installed(struct options *options, const char *binary);

/* Where profiles are looked for; points into options. */
struct profile_search options_search(const struct options *options);

/* The profile that was asked for, with what overrides it. `search` must outlive the result. */
struct profile_request options_request(const struct options *options, const char *name,
				       const struct profile_search *search);

#define cleanup_options __attribute__((cleanup(options_clear)))

#endif
