/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_INSPECTION_H
#define SIPLAUNCH_INSPECT_INSPECTION_H
/*
 * All facts about a running router, gathered once: the reports and the written profile use only these.
 * Changes nothing on the machine. A fact that cannot be read is "not known", with the reason beside it.
 */
#include <stdbool.h>
#include <stddef.h>

#include "advise/observation.h"
#include "base/error.h"
#include "mechanism/mechanism.h"
#include "session/session.h"
#include "stats/group.h"
#include "stats/management.h"
#include "stats/measure.h"
#include "stats/process.h"
#include "stats/running.h"
#include "stats/sample.h"
#include "stats/sysv.h"

/* A setting whose value differs from the profile's, or that could not be compared. */
struct drift {
	const struct step *step;      /* of session.plan; NULL for the number of processes */
	const char *mechanism, *name; /* the step's setting; "sizing", "processes" */
	pid_t pid;                    /* of the process with that value; 0: a setting of the group */
	struct value wanted, actual;  /* actual: NONE if it could not be read */
	char *text;                   /* the line that explains it */
	char *hint;                   /* what to set; NULL */
};

struct drifts {
	struct drift *items;
	size_t count;
};

/* Which running router; at most one of the first three is given. None: the only one that runs. */
struct running_choice {
	const char *cgroup;     /* a group's path */
	pid_t pid;              /* any of its processes; 0: not given */
	const char *name;       /* its name, or that of its unit */
	const char *management; /* its management interface; NULL: that of its configuration */
};

struct inspect_request {
	const char *command; /* siplaunch's, for a hint: "inspect" */
	struct running_choice running;
	const struct profile_selection *selection; /* the profile to compare with; NULL: none */
	enum module_query modules;
	bool measures; /* measure the memory outside the pools, from smaps of each process */
	bool samples;  /* take a sample even of a router without pools */
};

struct inspection {
	struct session session; /* host, router, command, plan: with the profile's requested values only if
				   there is one */
	bool compared;          /* with a profile */
	struct target target;
	struct running running;            /* all processes here, at the time when the router was found */
	struct running_routers candidates; /* several routers match: nothing else is filled then */
	bool nothing;                      /* no router runs that matches: why inspection_open() failed */
	pid_t given;                       /* the requested pid; 0: none */
	pid_t pid; /* the router's main process, whose settings are shown; 0: no process is in the group */
	size_t outside;  /* processes of the named group that are outside this PID namespace */
	char *program;   /* the name of its executable */
	char **argv;     /* its command line */
	char **asked;    /* its command for planning: running_command() */
	char *group;     /* as in /proc/PID/cgroup; NULL: not known */
	bool has_group;  /* the group can be read, and is not the hierarchy's root */
	bool has_memory; /* and it has the memory controller */
	struct group_stats stats;
	struct processes processes;
	bool by_group;    /* processes: of the group; else the main process and its descendants */
	size_t strangers; /* processes of the group that are neither descendants nor ancestors of the router
			   */
	bool *own;        /* of each process: it is the router's own, and not another program that the router
			     executed */
	size_t own_count;
	struct measurement measurement;
	struct error unmeasured; /* why there is no measurement */
	struct sysv_stats sysv;
	struct error no_sysv;
	const char *management_given; /* as in the request */
	struct management management; /* its management interface; of no kind: none */
	char *no_management;          /* why there is none; NULL */
	enum module_query modules;    /* as requested, for more samples */
	int directory;                /* its group's, open for more samples; -1 */
	bool sampled;
	struct sample sample;
	struct observation seen; /* all samples so far; with --watch several */
	struct drifts drifts;
	struct drifts unknown;       /* settings of the profile that could not be read */
	struct drifts not_permitted; /* preferred settings that this machine does not permit */
};

/*
 * Gathers all facts about the requested router. 0; or -1: no router can be inspected (`error` is set), or the
 * profile cannot be used (inspection->session.state says why). inspection_close() in both cases.
 */
int inspection_open(const struct inspect_request *request, struct inspection *inspection,
		    struct error *error);
void inspection_close(struct inspection *inspection);

/* Reads the machine into an empty session, from the point of view of `pid`; pid 0: of siplaunch. 0, or -1
 * with the reason. session_close() in both cases. */
int inspection_host(pid_t pid, struct session *session, struct error *error);

/* The sizes of the objects in the shared pool, fitted over all samples so far. */
struct objects_seen;
void inspection_objects(const struct inspection *inspection, struct objects_seen *objects);

/* drift.c: compares the plan of the profile with the values in force; fills drifts, unknown,
 * not_permitted. */
void inspection_compare(struct inspection *inspection);

/* "kernel.sem and kernel.shm* do not limit this router: …": a sentence on the System V objects of its
 * namespace. Caller frees. */
char *inspection_sysv_text(const struct inspection *inspection);

/* "no process lives in", or a text that no process of this PID namespace does; for the text before a group's
 * name. Static. */
const char *inspection_nobody(const struct inspection *inspection);

/* A hint how to read what could not be read; NULL if permission was not the reason. Static. */
const char *inspection_hint(const struct inspection *inspection);

#define cleanup_inspection __attribute__((cleanup(inspection_close)))

#endif
