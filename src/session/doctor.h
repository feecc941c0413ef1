/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_DOCTOR_H
#define SIPLAUNCH_SESSION_DOCTOR_H
/*
 * What `doctor` finds, gathered once: all that this machine permits, and, where there is a profile or a
 * command, the launch that would be made of it. Changes nothing. How it looks is report/doctor.h's.
 */
#include <stdbool.h>

#include "session/session.h"

struct events;

struct doctor {
	struct host_roots roots;
	struct host host;         /* all of it, not only what a profile asks for */
	struct context context;   /* of the place: manager and its reasons */
	struct prepared prepared; /* --plan */
	struct problems problems; /* of the profile that was asked for */
	struct profile profile;   /* as asked for; else one that wants a group and nothing more */
	struct identity identity;
	struct router_command command;
	struct estimate estimate;
	bool asked; /* there is a profile or a command: the session is open */
	struct session session;
	char **argv;             /* the router's name, where no command was given */
	struct error no_command; /* why the command cannot be executed; empty: it can, or nobody looked */
};

/*
 * Gathers it for a launch that is not made. EXIT_OK; or the exit status: EXIT_USAGE with doctor->problems, or
 * if it was `asked` with those of the session; EXIT_SIPLAUNCH with `error`, when the machine cannot be read.
 * A launch that would be refused is a result: doctor->session says why. What takes long is an event.
 * doctor_close() in all cases.
 */
int doctor_open(const struct purpose *launch, const struct events *events, struct doctor *doctor,
		struct error *error);
void doctor_close(struct doctor *doctor);

#define cleanup_doctor __attribute__((cleanup(doctor_close)))

#endif
