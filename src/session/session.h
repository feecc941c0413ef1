/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_SESSION_H
#define SIPLAUNCH_SESSION_SESSION_H
/*
 * Everything that is gathered once before siplaunch acts: profile, host, router, its command and
 * configuration, identity, budget, plan. run, plan and inspect open a session and differ in what they do with
 * it. It changes nothing on the machine.
 */
#include <jansson.h>

#include "base/error.h"
#include "base/trust.h"
#include "host/host.h"
#include "host/network.h"
#include "mechanism/directories.h"
#include "plan/plan.h"
#include "plan/prepared.h"
#include "profile/profile.h"
#include "router/router.h"
#include "seccomp/seccomp.h"
#include "session/cpus_look.h"
#include "session/fleet.h"
#include "session/program.h"
#include "session/purpose.h"
#include "session/running_command.h"

/* The result of session_open(). */
enum session_state {
	SESSION_READY,       /* there is a plan, which may have denied steps */
	SESSION_BAD_PROFILE, /* `problems` say where */
	SESSION_NO_HOST,     /* not even /proc could be read: `error` */
	SESSION_REFUSED,     /* this cannot be launched: `error`. The budget may be filled nevertheless */
};

struct session {
	struct purpose purpose;
	enum session_state state;
	struct problems problems;
	struct error error;
	struct prepared prepared; /* --plan; zeroed without it */
	struct profile profile;
	bool manager_is_exported; /* cgroup.manager of the profile is "auto", other than in its file */
	const char **sysctls;     /* the names in questions.sysctls */
	const char **group_files; /* and in questions.group_files */
	char *scope;              /* questions.scope */
	struct host_roots roots;
	struct host_questions questions;
	struct host host;
	struct network network; /* where the router runs, or will: its addresses */
	const struct router *router;
	struct router_command command;
	struct session_program program; /* what a launch would execute; zeroed for a described place */
	struct running_paths paths;     /* of a running router: what command.paths points to */
	struct estimate estimate;
	struct identity identity;
	struct directories directories;
	struct seccomp_filter filter; /* compiled; zeroed if the profile has none */
	char *filter_file;            /* that it was read from; NULL: inline, or none */
	struct context context;       /* points into this session: it must not be moved */
	struct plan plan;
	struct fleet fleet;    /* session_open_fleet(): all pods, of which this is one; else zeroed */
	struct fleet_pod pod;  /* how that pod is selected; else zeroed */
	struct cpus_look cpus; /* of the command `plan`; zeroed for the others */
	char *const *argv;     /* the command as typed; not owned */
	char **own_argv;       /* the router's usual command, if none was typed */
	char **arguments;      /* the command as it would be executed, with -m and -M; NULL until planned */
};

/*
 * Fills a session for its purpose. 0, or -1 with the reason in session->state; session_close() in both cases.
 * LAUNCH and PREPARE_POD read this machine, or the one that purpose->host describes. OBSERVE reads the
 * running process's environment. DESCRIBE reads only the profile and the router's configuration from this
 * machine.
 */
int session_open(const struct purpose *purpose, struct session *session);
void session_close(struct session *session);

/*
 * The profile that the purpose asks for: by its plan (whose document *prepared then is), by name, or by the
 * router that argv names. 0, or -1 with every problem. prepared_clear() in both cases.
 */
int session_profile(const struct purpose *purpose, struct prepared *prepared, struct profile *profile,
		    struct problems *problems);

/* What was planned or applied: "kamailio in /sip.slice/kamailio: 512 MiB = shared 384 + …". Caller frees. */
char *session_summary(const struct session *session);

/* The group of its own that the router starts in, as in /proc/PID/cgroup. NULL: none, also where a launch
 * continues without the one that the profile prefers; init's own group is not the router's. */
const char *session_group(const struct session *session);

/* How many steps have each status. */
struct session_tally {
	unsigned applied, satisfied, refused;
};
struct session_tally session_tally(const struct plan *plan);

/* The command as it is executed, or was typed where nothing is planned: an array of strings. A new reference.
 */
json_t *session_command_json(const struct session *session);

#define cleanup_session __attribute__((cleanup(session_close)))

#endif
