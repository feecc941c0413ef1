/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_PLAN_H
#define SIPLAUNCH_PLAN_PLAN_H
/*
 * The plan: an ordered list of steps. Each is one setting with its current value, its requested value, the
 * reason, and the result. Types and pure functions. Mechanisms apply steps; reports print them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/value.h"
#include "profile/profile.h"
#include "settings/settings.h"
#include "sizing/capacity.h"
#include "sizing/sizing.h"

struct host;
struct refused_call;
struct router;
struct router_command;
struct estimate;
struct seccomp_filter;
struct prepared;
struct program_header;

enum status {
	STATUS_PLANNED,   /* will be written */
	STATUS_APPLIED,   /* written and read back */
	STATUS_SATISFIED, /* the value was already set */
	STATUS_ADOPTED,   /* another tool's limit, for which the router is sized */
	STATUS_CLAMPED,   /* less than requested: wanted and actual differ */
	STATUS_DENIED,    /* this environment does not permit it */
	STATUS_SKIPPED,   /* policy "skip", or nothing to do here */
	STATUS_FAILED,    /* it was tried and did not work */
};
const char *status_name(enum status status);

struct step {
	const struct setting *setting;
	char *path; /* the file, or the call: "/sys/fs/cgroup/sip.slice/kamailio/memory.max",
		       "prlimit64(RLIMIT_NOFILE)" */
	struct value current, wanted, actual;
	struct value lacking; /* of a denial: what this environment must grant, if that is less than `wanted`:
				 the missing capabilities. NONE: `wanted` */
	struct value partial; /* CLAMPED: the value that is written, because `wanted` is not possible here.
				 NONE: nothing is written */
	bool minimum;         /* `wanted` is raised to the current value, which is known only when the step is
				 applied */
	enum source source;   /* of `wanted` */
	enum policy policy;
	enum status status;
	char *reason;     /* why this value: "limit of the budget", "SEMMNS = 128 x 250" */
	struct error why; /* of a denial or failure, with the remedy as its hint */
	char *caveat;     /* what reading `actual` of a running router does not show; NULL */
	bool filtered;    /* denied because a filter in force does not permit one of setting->calls */
};

struct plan {
	struct step *steps;
	size_t count;
	char **warnings;
	size_t warning_count;
	char *condition; /* the condition of the plan's verdict, "as long as kamailio starts no more than 33
			    processes"; NULL: none */
};

/* The router's user and group, from the passwd and group files; filled by the launcher before planning. */
struct identity {
	bool has_user, has_group;
	uid_t uid;
	gid_t gid;
	char *user_name, *group_name, *home; /* home may be NULL */
};

/* One of the profile's directories, and what exists at its path: filled by the launcher before planning
 * (mechanism/directories.h). */
struct directory {
	const struct setting *setting; /* which kind */
	char *path;                    /* "/run/kamailio" */
	const struct directory_request *requested;
	enum {
		DIRECTORY_UNSEEN,     /* not checked: it is for another host */
		DIRECTORY_MISSING,    /* `why` where it cannot be made, else empty */
		DIRECTORY_THERE,      /* `why` where it cannot be changed */
		DIRECTORY_OBSTRUCTED, /* `why`: a link, a file, nothing that can be looked at */
	} state;
	uid_t uid; /* THERE */
	gid_t gid;
	mode_t mode; /* permission bits, the sticky one among them */
	struct error why;
};

/* What a plan is made for. */
enum purpose_kind {
	PURPOSE_LAUNCH,      /* a router is started here, or would be */
	PURPOSE_PREPARE_POD, /* init: for a router in another container of our pod, which shares our IPC
				namespace and nothing else */
	PURPOSE_OBSERVE,     /* a running router is compared with its profile */
	PURPOSE_DESCRIBE,    /* a place that is not this machine: an export */
};

/* What was decided, each with its reason. context_size() makes it; then it is constant. */
struct decision {
	bool sized;       /* false: the router is generic, or no limit is requested: nothing is computed */
	bool as_prepared; /* the sizes are those of `prepared` */
	struct budget budget;
	struct budget_request request; /* what the budget was solved for; limit_source is the budget's */
	struct workload workload;      /* what the profile requests, where sized */
	struct capacity capacity;      /* where sized */
	struct capacity_curve curve;   /* of the workload, where a report shows it */
	struct capacity_limits limits; /* of that, where a report shows them */
	uint64_t huge_pages_bytes; /* page tables that huge pages would save, if the kernel gives them and the
				      budget does not count on them */
	char *group_path;      /* the router's group as in /proc/PID/cgroup, where it gets one of its own or
				  its unit's limits are set; NULL: none */
	enum manager manager;  /* who makes that group: CGROUPFS, SYSTEMD or ADOPT; never AUTO */
	char *manager_reason;  /* why that one, one sentence without a full stop; never NULL */
	char *manager_refused; /* why the requested manager is not available here; NULL: it is */
	char *manager_hint;    /* what to do about that; may be NULL */
	bool own_unit;         /* SYSTEMD: no scope, but properties of siplaunch's own service */
	char *unit;            /* SYSTEMD: "sip-kamailio.scope", or that service; else NULL */
	char *slice;           /* SYSTEMD with a scope: "sip.slice"; else NULL */
	enum handoff handoff;  /* EXEC or SUPERVISE; never AUTO */
	char *handoff_reason;  /* why supervision, if it was not requested; else NULL */
};

/* All input of planning: the facts, which the session fills in and which then do not change, and the
 * decision. */
struct context {
	enum purpose_kind purpose;
	const struct profile *profile;
	const struct host *host;
	const struct router *router;
	const struct router_command *command;
	const struct estimate *estimate;
	const struct identity *identity;
	const struct program_header *program; /* the file that would be executed; NULL: not known */
	bool program_foreign;      /* it is for another machine, and no interpreter is registered for it */
	const char *program_gains; /* the file that would be executed, if it gives privileges; NULL: it does
				      not, or was not checked */
	const struct directory *directories; /* in the settings table's order */
	size_t directory_count;
	const struct seccomp_filter *filter; /* compiled; NULL: none is requested */
	const struct prepared *prepared;     /* the plan of init; may be NULL */
	bool starts; /* the plan is for a command that is started here: not for a running router, and not for
			an export, which has warnings of its own */
	bool shows_capacity; /* a report shows the maximum workload */
	bool systemd_built;  /* this build can talk to systemd */
	struct decision decision;
};

/* The leaf below a scope for limits without a systemd property: in the scope's own group the next
 * daemon-reload would reset them. */
#define SCOPE_LEAF "router"

/* The group that has the limits: group_path, without a scope's leaf. Caller frees; NULL without a group. */
char *context_limits_group(const struct context *context);

/* True if other processes share the router's group, such as a supervisor. */
bool context_shares_group(const struct context *context);

/*
 * manager.c: decides who makes the group (manager, unit, group_path and their reasons) and whether siplaunch
 * supervises (handoff). context_size() calls it first. Pure.
 */
void context_place(struct context *context);
void context_place_clear(struct context *context);

/*
 * manager.c: the slice and the scope that systemd knows a cgroup.path by: "sip.slice/kamailio" is
 * "sip-kamailio.scope" in "sip.slice", "telco/edge/kamailio" is "telco-edge-kamailio.scope" in
 * "telco-edge.slice". Characters that unit names cannot have are \xNN, as systemd-escape(1) writes them.
 * Caller frees all; `group` is the path of the scope's group below the hierarchy's root:
 * "telco.slice/telco-edge.slice/telco-edge-kamailio.scope".
 */
void scope_names(const char *path, char **slice, char **scope, char **group);

/*
 * manager.c: true if `group` (as in /proc/PID/cgroup) can have been made for a cgroup.path: that path below
 * any base, the scope that systemd knows it by, or the leaf below that scope.
 */
bool cgroup_path_fits(const char *path, const char *group);

/* manager.c: true for a service's own group, and for the group "router" below it, which the shipped units
 * use. */
bool cgroup_is_services(const char *group);

/*
 * limit.c: false if a plan for this profile depends on the memory of the machine, on the CPUs, or on the
 * groups; a launch for which it is true need not read them (host_questions.process_only).
 */
bool plan_is_process_only(const struct profile *profile, const struct router *router);

/*
 * Solves the budget for profile + host + router and fills context->decision.budget, sized, group_path.
 * Warnings go to the plan. 0, or -1 with the arithmetic.
 */
int context_size(struct context *context, struct plan *plan, struct error *error);

/* After context_size(): the number of processes is not given, and the estimate is a range. */
bool context_ranges_processes(const struct context *context);
/* How many tasks the router starts, as pids.max and RLIMIT_NPROC count them: its processes, and threads that
 * are certain. */
uint64_t context_tasks(const struct context *context);
/* The same with room for programs that the router executes, and for a second router at a restart: the value
 * of pids.max "auto". */
uint64_t context_tasks_with_room(const struct context *context);
/* "14 processes and 128 threads". Caller frees. */
char *context_tasks_text(const struct context *context);

void context_clear(struct context *context);

/* Adds a step with status PLANNED and the profile's policy for it; it takes over `wanted`. */
struct step *plan_add(struct plan *plan, const struct context *context, const struct setting *setting,
		      char *path, struct value wanted, enum source source);

/* The step of a setting, or NULL. */
struct step *plan_step(const struct plan *plan, const struct setting *setting);
struct step *plan_find(const struct plan *plan, enum setting_id id);

/* Marks a step as not possible here. If the error has no hint, the remedy for the host's environment
 * becomes the hint. */
void step_deny(struct step *step, const struct context *context, int errnum, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Marks a step as not possible here, because a filter in force does not permit one of setting->calls. */
void step_deny_call(struct step *step, const struct context *context, const struct refused_call *call);

/* For a denied step that the profile only prefers: `obtainable`, which it takes over, is written instead. */
void step_clamp(struct step *step, struct value obtainable);

/* True for a step whose value is to be written: PLANNED, or CLAMPED with a partial value. */
bool step_to_apply(const struct step *step);

/* What is written. */
const struct value *step_target(const struct step *step);

void plan_warn(struct plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* True where a step with policy "require" is denied or failed. */
bool plan_refused(const struct plan *plan);

void plan_clear(struct plan *plan);

#endif
