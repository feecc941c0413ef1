/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_INSPECTION_H
#define SIPLAUNCH_INSPECT_INSPECTION_H
/*
 * All that `inspect` finds out about a running router, gathered once: the reports and the profile that is
 * written from it only look at this. Reading changes nothing. What cannot be read is not known, and why is
 * kept beside it.
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

/* One setting that the router does not have as the profile wants it, or that could not be compared. */
struct drift {
	const struct step *step;      /* of session.plan; NULL for the number of processes */
	const char *mechanism, *name; /* the step's setting; "sizing", "processes" */
	pid_t pid;                    /* of the process that has it; 0 for what is the group's */
	struct value wanted, actual;  /* actual: of that process; NONE: it could not be read */
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
	const char *management; /* where it is asked; NULL: where its configuration says */
};

struct inspect_request {
	const char *command; /* siplaunch's, for a hint: "inspect" */
	struct running_choice running;
	const struct profile_selection *selection; /* the profile to compare with; NULL: none */
	enum module_query modules;
	bool measures; /* the memory outside of its pools, for which smaps of each process is read */
	bool samples;  /* a sample is wanted even of a router without pools */
};

struct inspection {
	struct session session; /* host, router, command, plan: with the profile's requested values only if
				   there is one */
	bool compared;          /* with a profile */
	struct target target;
	struct running running;            /* all that runs here, as it was when the router was found */
	struct running_routers candidates; /* several match: nothing else is known then */
	bool nothing;                      /* no router runs that matches: why inspection_open() failed */
	pid_t given;                       /* the pid that was asked for; 0: none was */
	pid_t pid; /* the router's main process, whose settings are shown; 0: nobody lives in the group */
	size_t outside;  /* processes of the group that was named which are outside this PID namespace */
	char *program;   /* the name of its executable */
	char **argv;     /* its command line */
	char **asked;    /* the same as it may have been asked for: running_command() */
	char *group;     /* as in /proc/PID/cgroup; NULL: not known */
	bool has_group;  /* the group can be seen, and is not the hierarchy's root */
	bool has_memory; /* and it has the memory controller */
	struct group_stats stats;
	struct processes processes;
	bool by_group;    /* these are the group's processes; else the process with its descendants */
	size_t strangers; /* processes of the group that neither descend from the router nor have started it
			   */
	bool *own;        /* of each process: it is the router's, no program that the router has executed */
	size_t own_count;
	struct measurement measurement;
	struct error unmeasured; /* why there is no measurement */
	struct sysv_stats sysv;
	struct error no_sysv;
	struct management management; /* where the router is asked; of no kind: nowhere */
	char *no_management;          /* and why */
	enum module_query modules;    /* as requested, for more samples */
	int directory;                /* of its group, for more samples; -1 */
	bool sampled;
	struct sample sample;
	struct observation seen; /* all samples so far, of --watch many */
	struct drifts drifts;
	struct drifts unknown;       /* what the profile wants and could not be read */
	struct drifts not_permitted; /* what it only prefers, and this place does not permit */
};

/*
 * Looks at the router that is asked for. 0; or -1 when there is nothing to look at, with `error`, or when the
 * profile cannot be used, with inspection->session.state. inspection_close() in both cases.
 */
int inspection_open(const struct inspect_request *request, struct inspection *inspection,
		    struct error *error);
void inspection_close(struct inspection *inspection);

/* Reads the machine into an empty session, as `pid` sees it; 0: as we do. 0, or -1; session_close() in both
 * cases. */
int inspection_host(pid_t pid, struct session *session, struct error *error);

/* What its samples say of the objects in its shared pool. */
struct objects_seen;
void inspection_objects(const struct inspection *inspection, struct objects_seen *objects);

/* drift.c: compares what the profile means here with what is there; fills drifts, unknown, not_permitted. */
void inspection_compare(struct inspection *inspection);

/* "kernel.sem and kernel.shm* do not limit this router: …": what the System V objects of its namespace say.
 * Fresh. */
char *inspection_sysv_text(const struct inspection *inspection);

/* "no process lives in", or that none of this PID namespace does: before the group's name. */
const char *inspection_nobody(const struct inspection *inspection);

/* What to do so that more of it can be read; NULL where permission is not what was missing. */
const char *inspection_hint(const struct inspection *inspection);

#define cleanup_inspection __attribute__((cleanup(inspection_close)))

#endif
