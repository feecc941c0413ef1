/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_PROGRAM_H
#define SIPLAUNCH_SESSION_PROGRAM_H
/*
 * The router's program as a launch would execute it: where it is, what kind of file it is, and whether it
 * may be executed to learn what it was built with; and what it will do with its configuration.
 */
#include "base/error.h"
#include "host/program.h"
#include "router/build.h"

struct session;

struct session_program {
	char *gains; /* a file that gives privileges when it is executed; NULL: none, or not looked for */
	char *path;  /* as program_find() has it; NULL: not found, or not looked for */
	int status;  /* the exit status where it was not found */
	struct error why; /* and why */
	struct program_header header;
	enum program_start start;
	struct router_build build;
};

/* Finds the program and prepares the query for its build. The session's profile, host and identity must be
 * filled. Never fails. */
void session_program_find(struct session *session);

/* For a router whose program is not on this machine. `why` is a clause. */
void session_program_elsewhere(struct session *session, const char *why);

/* For a running router: its program is read, but not executed. */
void session_program_running(pid_t pid, struct session *session);

/* If no -f names a configuration, puts the one that the build reads into the session's command. */
void session_program_config(struct session *session);

/* Fills the session's estimate: the router's processes, and the memory that its start takes. */
void session_program_estimate(struct session *session);

/* The path of the program, which the caller frees; or NULL with *status and why. */
char *session_program_path(struct session *session, int *status, struct error *error);

void session_program_clear(struct session_program *program);

#endif
