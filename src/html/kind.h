/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_KIND_H
#define SIPLAUNCH_HTML_KIND_H
/*
 * Detects which of siplaunch's JSON documents it is, by its members, and checks it: afterwards every member
 * that a page shows has its type, or is null. Pure.
 */
#include <jansson.h>

struct error;

enum kind {
	KIND_SAMPLES, /* a line of it; stats/sample.h checks that */
	KIND_PLAN,
	KIND_TUNING,
	KIND_RECORD, /* the last record of a supervised router */
	KIND_NONE,
};

/* By members that no other kind has; KIND_NONE: not a document of siplaunch. */
enum kind kind_of(const json_t *document);

/* 0, or -1 with the JSON pointer of a member that is missing or has another type. */
int kind_check(enum kind kind, const json_t *document, struct error *error);

#endif
