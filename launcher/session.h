/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_SESSION_H
#define SIPLAUNCH_LAUNCHER_SESSION_H
/*
 * Everything that is gathered once before anything is done: profile, host, router, its command and
 * configuration, identity, budget, plan. run, plan and inspect open one and differ in what they do with it.
 * It changes nothing on the machine.
 */
#include "base/error.h"
#include "base/trust.h"
#include "cpus_look.h"
#include "host/host.h"
#include "host/network.h"
#include "mechanism/directories.h"
#include "options.h"
#include "plan/plan.h"
#include "plan/prepared.h"
#include "profile/profile.h"
#include "router/router.h"
#include "running_command.h"
#include "seccomp/seccomp.h"
#include "session_program.h"

/* What stood in the way. */
enum session_state {
	SESSION_READY,       /* there is a plan; whether it may be refused is the plan's to say */
	SESSION_BAD_PROFILE, /* `problems` say where */
	SESSION_NO_HOST,     /* not even /proc could be read: `error` */
	SESSION_REFUSED,     /* this cannot be launched: `error`. The budget may be filled all the same */
};

struct session {
	enum session_state state;
	struct problems problems;
	struct error error;
	struct prepared prepared; /* --plan; nothing in it without */
	struct profile profile;
	const char **sysctls;     /* the names in roots.sysctls */
	const char **group_files; /* and in roots.group_files */
	char *scope;              /* roots.scope */
	struct host_roots roots;
	struct host host;
	struct network network; /* where the router runs, or will: its addresses */
	const struct router *router;
	struct router_command command;
	struct session_program program; /* what a launch would execute; nothing in it for a described place */
	struct running_paths paths;     /* of a running router: what command.paths points to */
	struct estimate estimate;
	struct identity identity;
	uid_t sudo_uid; /* who else is trusted with what root obeys; sudo_uids: whether there is one */
	size_t sudo_uids;
	struct directories directories;
	struct seccomp_filter filter; /* compiled; nothing in it where the profile has none */
	char *filter_file;            /* that it was read from; NULL: inline, or none */
	struct context context;       /* points into this session: it must not be moved */
	struct plan plan;
	struct cpus_look cpus; /* of `plan`; nothing in it for the others */
	char *const *argv;     /* the command as typed; not owned */
	char **own_argv;       /* the router's own words, where nothing was typed */
	char **arguments;      /* the command as it would be executed, with -m and -M; NULL until planned */
};

/*
 * Fills a session for the router's command `argv`; NULL, for init: the profile's router with the words that
 * it usually takes. `pid` is the running process it is about, for inspect, or
 * 0 for what we would launch. 0, or -1 with session->state saying why; session_close() in both cases.
 */
int session_open(const struct options *options, char *const *argv, pid_t pid, struct session *session);
/*
 * The same for the running process `pid`, whose command was `argv`, in `group` (NULL: not known): where it
 * is, with what we may do.
 */
int session_open_running(const struct options *options, char *const *argv, pid_t pid, const char *group,
			 struct session *session);
/* The same for a place that is not this machine, and that permits everything: of this machine only the
 * profile and the router's configuration are read. For export. */
int session_open_elsewhere(const struct options *options, char *const *argv, struct session *session);
void session_close(struct session *session);

/*
 * The profile that was asked for, by --plan (whose document *prepared then is), by --profile, or by the
 * router that `argv` names. 0, or -1 with every problem. prepared_clear() in both cases.
 */
int session_profile(const struct options *options, char *const *argv, struct prepared *prepared,
		    struct profile *profile, struct problems *problems);

/* Says on standard error why session_open failed. */
void session_explain(const struct options *options, const struct session *session);

#define cleanup_session __attribute__((cleanup(session_close)))

#endif
