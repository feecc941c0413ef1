/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_DOCTOR_H
#define SIPLAUNCH_REPORT_DOCTOR_H
/*
 * How what `doctor` found (session/doctor.h) looks to a person and as JSON: what a place permits, what a
 * profile needs of it, what is missing. Prints what it is given and decides nothing. The JSON is described in
 * docs/doctor-json.md; a change there is a change of the interface.
 */
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"
#include "session/doctor.h"

void report_doctor(FILE *out, const struct doctor *doctor, const struct style *style, bool verbose);

/* A new reference. */
json_t *report_doctor_json(const struct doctor *doctor);

/* report_doctor_json.c: true for a step that this place lets the router have. */
bool doctor_has(const struct step *step);

#endif
