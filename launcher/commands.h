/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_COMMANDS_H
#define SIPLAUNCH_LAUNCHER_COMMANDS_H
/*
 * The commands: each has one row in the table and one file. Dispatch, the hint for a mistyped name, and help
 * all read the table.
 */

#include "base/exit_status.h"

struct error;
struct inspect_request;
struct inspection;
struct options;
struct output;

enum command_id {
	COMMAND_RUN,
	COMMAND_PLAN,
	COMMAND_DOCTOR,
	COMMAND_INIT,
	COMMAND_EXPORT,
	COMMAND_INSPECT,
	COMMAND_TOP,
	COMMAND_ADVISE,
	COMMAND_TUNE,
	COMMAND_REPORT,
	COMMAND_PROFILES,
	COMMAND_SECCOMP,
	COMMAND_HELP,
	COMMAND_COUNT
};

struct command {
	const char *name;
	const char *synopsis; /* what follows "siplaunch", a line each */
	const char *help;     /* one line */
	const char *details;  /* more text for its --help, one paragraph a line; "" for none */
	const char *example;  /* what follows "siplaunch" in a working call */
	int (*run)(const struct options *options); /* returns the exit status */
	const char *const *actions; /* what its first operand may be; NULL-terminated; NULL: anything */
};

extern const struct command commands[COMMAND_COUNT]; /* by enum command_id */

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* The name of the command that `word` probably misspells, or NULL. Static text. */
const char *command_nearest(const char *word);

/* What to type in place of a word that resembles a command but is none: "--version" for "version", "plan" for
 * "pln"; NULL for any other word. Static text. */
const char *command_meant(const char *word);

enum command_id command_id(const struct command *command);

int command_run(const struct options *options);
int command_plan(const struct options *options);
int command_doctor(const struct options *options);
int command_init(const struct options *options);
int command_export(const struct options *options);
int command_inspect(const struct options *options);
int command_top(const struct options *options);
int command_advise(const struct options *options);
int command_tune(const struct options *options);
int command_report(const struct options *options);
int command_profiles(const struct options *options);
int command_seccomp(const struct options *options);
int command_help(const struct options *options);

/* inspection_watch.c: samples the router until a signal stops it or the router exits, and writes its profile
 * if the command line says so. `inspection` is open, by `request`. Returns the exit status. */
int inspection_watch(const struct options *options, const struct inspect_request *request,
		     struct inspection *inspection);

/*
 * command_inspect.c: reports on standard error why inspection_open() failed, and on standard output the
 * routers to choose from. The exit status.
 */
int refuse_inspection(const struct output *output, const struct inspection *inspection,
		      const struct error *error);

/* What inspect, top and advise look at. Points into the options. */
struct inspect_request inspect_request_of(const struct options *options);

#endif
