/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_PLAN_FILE_H
#define SIPLAUNCH_SESSION_PLAN_FILE_H
/*
 * plan.json: what siplaunch init has planned, for siplaunch run --plan in the router's container. The
 * document is described in docs/plan-file.md; it is made and read here only.
 */
#include <stddef.h>

#include <jansson.h>

#include "plan/prepared.h"

struct problems;
struct session;

#define PLAN_FILE_VERSION   1
#define PLAN_FILE_BYTES_MAX ((size_t)64 << 10)

/* The document of a session of init's, after its steps were applied. `profile` is the path of the profile's
 * copy, relative to the document. A new reference. */
json_t *plan_file_json(const struct session *session, const char *profile);

/*
 * Reads and checks a document. 0; or -1 with everything that is wrong with it (a syntax error, or a version
 * that is not ours, alone). prepared_clear() in both cases.
 */
int plan_file_read(const char *path, struct prepared *prepared, struct problems *problems);

#endif
