/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_DOCTOR_H
#define SIPLAUNCH_REPORT_DOCTOR_H
/*
 * The findings of `doctor` (session/doctor.h) as text and as JSON: what this machine permits, what a profile
 * needs, and what is missing. Decides nothing. The JSON is described in docs/doctor-json.md; a change there
 * is a change of the interface.
 */
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"
#include "session/doctor.h"

void report_doctor(FILE *out, const struct doctor *doctor, const struct style *style, bool verbose);

/* A new reference. */
json_t *report_doctor_json(const struct doctor *doctor);

/* doctor_json.c: true for a step that this machine permits. */
bool doctor_has(const struct step *step);

#endif
