/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_SECCOMP_H
#define SIPLAUNCH_REPORT_SECCOMP_H
/*
 * A seccomp filter as text and as JSON (a new reference). Decides nothing. The JSON is described in
 * docs/seccomp-json.md.
 */
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"
#include "seccomp/seccomp.h"

void report_seccomp(FILE *out, const struct seccomp_profile *profile, const struct seccomp_filter *filter,
		    const struct style *style);
json_t *report_seccomp_json(const struct seccomp_profile *profile, const struct seccomp_filter *filter);

#endif
