/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_KIND_H
#define SIPLAUNCH_HTML_KIND_H
/*
 * Which of siplaunch's JSON a document is, by its members, and whether it has what that kind has. What a page
 * shows of it is then there, or null. Pure.
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

/* By the members that no other kind has; KIND_NONE for what is none of ours. */
enum kind kind_of(const json_t *document);

/* 0; or -1 with the member that is missing or of another type, and where in the document it is. */
int kind_check(enum kind kind, const json_t *document, struct error *error);

#endif
