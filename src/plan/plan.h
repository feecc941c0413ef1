/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_PLAN_H
#define SIPLAUNCH_PLAN_PLAN_H
/*
 * The plan: an ordered list of steps, each one setting with what it is, what it should be, why, and what came
 * of it. Types and pure functions. What a step does is its mechanism's business; how it looks is the
 * report's.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/value.h"
#include "profile/profile.h"
#include "settings/settings.h"
#include "sizing/sizing.h"

struct host;
struct router;
struct router_command;
struct estimate;

enum status {
	STATUS_PLANNED,   /* will be written */
	STATUS_APPLIED,   /* we wrote it and read it back */
	STATUS_SATISFIED, /* it already is so */
	STATUS_ADOPTED,   /* somebody else's limit, which we sized for */
	STATUS_CLAMPED,   /* we got less than asked: wanted and actual differ */
	STATUS_DENIED,    /* this place does not permit it */
	STATUS_SKIPPED,   /* policy "skip", or nothing to do here */
	STATUS_FAILED,    /* it was tried and did not work */
};
const char *status_name(enum status status);

struct step {
	const struct setting *setting;
	char *path; /* the file, or the call: "/sys/fs/cgroup/sip.slice/kamailio/memory.max",
		       "prlimit64(RLIMIT_NOFILE)" */
	struct value current, wanted, actual;
	enum source source; /* of `wanted` */
	enum policy policy;
	enum status status;
	char *reason;     /* why this value: "limit of the budget", "SEMMNS = 128 x 250" */
	struct error why; /* of a denial or failure, with the remedy as its hint */
};

struct plan {
	struct step *steps;
	size_t count;
	char **warnings;
	size_t warning_count;
};

/* Who the router will be, from the passwd and group files; filled by the launcher before planning. */
struct identity {
	bool has_user, has_group;
	uid_t uid;
	gid_t gid;
	char *user_name, *group_name, *home; /* home may be NULL */
};

/* All that planning looks at. Filled once, then constant. */
struct context {
	const struct profile *profile;
	const struct host *host;
	const struct router *router;
	const struct router_command *command;
	const struct estimate *estimate;
	const struct identity *identity;
	struct budget budget; /* context_size() */
	bool sized;           /* false: generic, or no limit is wanted: nothing is computed */
	char *group_path; /* the router's group as in /proc/PID/cgroup, below the host's base; NULL: none */
};

/*
 * Solves the budget for profile + host + router and fills context->budget, sized, group_path. Warnings go to
 * the plan. 0, or -1 with the arithmetic.
 */
int context_size(struct context *context, struct plan *plan, struct error *error);
void context_clear(struct context *context);

/* Adds a step with status PLANNED and the profile's policy for it; it takes over `wanted`. */
struct step *plan_add(struct plan *plan, const struct context *context, const struct setting *setting,
		      char *path, struct value wanted, enum source source);

/* The step of a setting, or NULL. */
struct step *plan_find(struct plan *plan, const char *mechanism, const char *name);

/* Marks a step as not possible here; the remedy for the host's environment becomes the hint when the error
 * has none. */
void step_deny(struct step *step, const struct context *context, int errnum, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

void plan_warn(struct plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* True where a step with policy "require" is denied or failed. */
bool plan_refused(const struct plan *plan);

void plan_clear(struct plan *plan);

/*
 * What a person has to do so that `setting` can be `value` in the environment that was found: a docker or
 * podman flag, pod manifest lines, a systemd directive, a command for root. From the settings table. Fresh
 * string, or NULL.
 */
char *remedy(const struct setting *setting, const struct value *value, const struct host *host);

#endif
