/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_PARTS_H
#define SIPLAUNCH_SESSION_PARTS_H
/* The steps of session_open(), for this room's files. Each: 0, or -1 with session->state and its error. */
#include "session/session.h"

/* -1, with the state set. */
int session_refuse(struct session *session, enum session_state state);

/* gather.c: the profile; then the host, network, identity, router, command and configuration. */
int session_open_profile(struct session *session);
int session_gather(struct session *session);
int session_open_router(struct session *session);

/* observe.c: gathers and plans for a running router. */
int session_observe(struct session *session);

/* session.c: compiles the filter, sizes the pools, and makes the plan. */
int session_plan(struct session *session);

#endif
