/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_TUNE_H
#define SIPLAUNCH_REPORT_TUNE_H
/*
 * The result of tune, as a table with text to paste into a profile, and as JSON (docs/tune-json.md; a change
 * there is a change of the interface).
 */
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"

struct tune_result;
struct tuning;

void report_tune(FILE *out, const struct tuning *tuning, const struct tune_result *result,
		 const struct style *style);

json_t *report_tune_json(const struct tuning *tuning, const struct tune_result *result);

#endif
