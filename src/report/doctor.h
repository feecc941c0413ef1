/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_DOCTOR_H
#define SIPLAUNCH_REPORT_DOCTOR_H
/*
 * What the doctor found, and how it looks to a person and as JSON: what a place permits, what a profile needs
 * of it, what is missing. Prints what it is given and decides nothing. The JSON is described in
 * docs/doctor-json.md; a change there is a change of the interface.
 */
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "report/style.h"
#include "session/session.h"

struct doctor {
	struct host_roots roots;
	struct host host;         /* all of it, not only what a profile asks for */
	struct context context;   /* of the place: manager and its reasons */
	struct prepared prepared; /* --plan */
	struct profile profile;   /* as asked for; else one that wants a group and nothing more */
	struct identity identity;
	struct router_command command;
	struct estimate estimate;
	bool asked; /* there is a profile or a command: the session is open */
	struct session session;
	char **argv;             /* the router's name, where no command was given */
	struct error no_command; /* why the command cannot be executed; empty: it can, or nobody looked */
};

void report_doctor(FILE *out, const struct doctor *doctor, const struct style *style, bool verbose);

/* A new reference. */
json_t *report_doctor_json(const struct doctor *doctor);

/* report_doctor_json.c: true for a step that this place lets the router have. */
bool doctor_has(const struct step *step);

#endif
