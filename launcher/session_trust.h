/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_SESSION_TRUST_H
#define SIPLAUNCH_LAUNCHER_SESSION_TRUST_H
/* Whether root may obey the files of a session: whoever can change them has root's privileges. */
#include <sys/types.h>

#include "base/trust.h"

struct options;
struct session;

/* Whom this session's files may belong to. Valid as long as the session. */
struct trust_terms session_trust_terms(const struct session *session);

/*
 * Whom the directory of a file may belong to that is written, or asked for, before there is a session:
 * `terms` filled in, or NULL for an ordinary user, who has no privilege to lose. Valid as long as the
 * options.
 */
const struct trust_terms *written_terms(const struct options *options, struct trust_terms *terms);

/* One file's doubts; `what` names the file: "profile edge". 0, or -1 with the session's error. */
int session_check_doubts(const struct options *options, const struct trust_doubt *doubts, size_t count,
			 const char *what, struct session *session);

/* The profile's and the plan's files; inspect (a pid) only compares with them, and may. 0, or -1 with the
 * session's error. */
int session_check_trust(const struct options *options, pid_t pid, struct session *session);

#endif
