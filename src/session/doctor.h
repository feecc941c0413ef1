/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_DOCTOR_H
#define SIPLAUNCH_SESSION_DOCTOR_H
/*
 * What `doctor` reports, gathered once: everything that this machine permits, and, with a profile or a
 * command, the plan of its launch. Changes nothing. report/doctor.h prints it.
 */
#include <stdbool.h>

#include "session/session.h"

struct events;

struct doctor {
	struct host_roots roots;
	struct host host;         /* read completely, not only what a profile needs */
	struct context context;   /* for this machine: the manager and its reasons */
	struct prepared prepared; /* --plan */
	struct problems problems; /* of the requested profile */
	struct profile profile;   /* as requested; else one that requests only a group */
	struct identity identity;
	struct router_command command;
	struct estimate estimate;
	bool asked; /* there is a profile or a command: the session is open */
	struct session session;
	char **argv;             /* the router's name, where no command was given */
	struct error no_command; /* why the command cannot be executed; empty: it can, or was not checked */
};

/*
 * Gathers it, and launches nothing. Returns EXIT_OK; EXIT_USAGE with doctor->problems, or, if `asked`, with
 * those of doctor->session; EXIT_SIPLAUNCH with `error` if the machine cannot be read. A launch that would be
 * refused is a result: doctor->session says why. Work that takes long is reported as an event. doctor_close()
 * in all cases.
 */
int doctor_open(const struct purpose *launch, const struct events *events, struct doctor *doctor,
		struct error *error);
void doctor_close(struct doctor *doctor);

#define cleanup_doctor __attribute__((cleanup(doctor_close)))

#endif
