/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_TRUST_H
#define SIPLAUNCH_SESSION_TRUST_H
/* Whether root may obey the files of a session: whoever can change them has root's privileges. */
#include <sys/types.h>

#include "base/trust.h"

struct profile_selection;
struct session;

/* Who may own this session's files. Valid as long as the session. */
struct trust_terms session_trust_terms(const struct session *session);

/*
 * Who may own the directory of a file that siplaunch reads or writes before there is a session: `terms`
 * filled in, or NULL for an ordinary user, who has no privilege to lose. Valid as long as the selection.
 */
const struct trust_terms *written_terms(const struct profile_selection *selection, struct trust_terms *terms);

/* Checks one file's findings; `what` names the file: "profile edge". 0, or -1 with the session's error. */
int session_check_findings(const struct trust_finding *findings, size_t count, const char *what,
			   struct session *session);

/* Checks the files of the profile and of the plan; not for inspect, which only compares with them. 0, or -1
 * with the session's error. */
int session_check_trust(struct session *session);

#endif
