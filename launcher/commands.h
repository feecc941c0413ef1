/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_COMMANDS_H
#define SIPLAUNCH_LAUNCHER_COMMANDS_H
/*
 * The commands: one row each, one file each. Dispatch, completion of what was typed and help all walk the
 * table.
 */

struct options;

enum command_id {
	COMMAND_RUN,
	COMMAND_PLAN,
	COMMAND_DOCTOR,
	COMMAND_INIT,
	COMMAND_EXPORT,
	COMMAND_INSPECT,
	COMMAND_ADVISE,
	COMMAND_TUNE,
	COMMAND_PROFILES,
	COMMAND_SECCOMP,
	COMMAND_HELP,
	COMMAND_COUNT
};

/* What siplaunch ends with. The router's own status takes the place of these once it has been executed. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,     /* plan, doctor: it would not run; inspect: drift; profiles check: errors */
	EXIT_USAGE = 2,       /* bad usage; plan, inspect, profiles: a bad profile too */
	EXIT_SIPLAUNCH = 125, /* siplaunch itself failed, nothing was handed over */
	EXIT_NOT_EXECUTABLE = 126, /* the command was found but could not be executed */
	EXIT_NOT_FOUND = 127,
};

struct command {
	const char *name;
	const char *synopsis; /* what follows "siplaunch", a line each */
	const char *help;     /* one line */
	const char *details;  /* what its --help says besides, a line a paragraph; "" for nothing */
	const char *example;  /* what follows "siplaunch" in a call that works */
	int (*run)(const struct options *options); /* returns the exit status */
};

extern const struct command commands[COMMAND_COUNT]; /* by enum command_id */

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* The name of a command that is near enough to `word` to have been meant, or NULL. */
const char *command_nearest(const char *word);

/* What to type instead of a word that is no command of ours but looks like one: "--version" for "version",
 * "plan" for "pln"; NULL for any other word. */
const char *command_meant(const char *word);

enum command_id command_id(const struct command *command);

int command_run(const struct options *options);
int command_plan(const struct options *options);
int command_doctor(const struct options *options);
int command_init(const struct options *options);
int command_export(const struct options *options);
int command_inspect(const struct options *options);
int command_advise(const struct options *options);
int command_tune(const struct options *options);
int command_profiles(const struct options *options);
int command_seccomp(const struct options *options);
int command_help(const struct options *options);

#endif
