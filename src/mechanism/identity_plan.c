/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "host/host.h"
#include "mechanism/capabilities.h"
#include "mechanism/identity.h"
#include "mechanism/passwd.h"
#include "plan/remedy.h"
#include "router/router.h"

static struct step *add(struct plan *plan, const struct context *context, enum setting_id id, char *path,
			struct value wanted, enum source source)
{
	return plan_add(plan, context, setting_of(id), path, wanted, source);
}

/* The kernel refuses an id that our user namespace does not map (EINVAL). An unknown map maps everything. */
bool identity_mapped(const struct id_map *map, size_t count, uint64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (id >= map[i].inside && id - map[i].inside < map[i].count)
			return true;
	return count == 0;
}

/* If policy skips the user, it also skips what only follows from the user. */
static bool takes_user(const struct context *context)
{
	return context->identity->has_user &&
	       profile_policy(context->profile, setting_of(SETTING_UID)) != POLICY_SKIP;
}

static bool takes_group(const struct context *context)
{
	return context->identity->has_group && (context->profile->group || takes_user(context));
}

static bool changes_user(const struct context *context)
{
	return takes_user(context) && context->identity->uid != context->host->euid;
}

uid_t identity_final_uid(const struct context *context)
{
	return takes_user(context) ? context->identity->uid : context->host->euid;
}

gid_t identity_final_gid(const struct context *context)
{
	return takes_group(context) ? context->identity->gid : context->host->egid;
}

static char *gids_text(const gid_t *gids, size_t count, gid_t own)
{
	cleanup_free uint64_t *ids = xcalloc(count, sizeof *ids);
	for (size_t i = 0; i < count; i++)
		ids[i] = gids[i];
	return groups_text(ids, count, own);
}

static void plan_umask(const struct context *context, struct plan *plan)
{
	const struct profile *profile = context->profile;
	if (!profile->has_umask)
		return;
	add(plan, context, SETTING_UMASK, xasprintf("umask(0%03o)", (unsigned)profile->umask),
	    value_number(VALUE_MODE, profile->umask), SOURCE_PROFILE);
}

static bool deny_groups(struct step *step, const struct context *context, uint64_t unmapped)
{
	const struct host *host = context->host;

	if (host->setgroups_denied)
		step_deny(
			step, context, EPERM,
			"supplementary groups cannot be set in this user namespace (/proc/self/setgroups: deny)");
	else if (!capable_here(host, CAP_SETGID))
		step_deny(step, context, EPERM, "setting the supplementary groups to %s needs CAP_SETGID",
			  step->wanted.text);
	else if (unmapped != UNLIMITED)
		step_deny(step, context, EINVAL, "group %" PRIu64 " is not mapped in this user namespace",
			  unmapped);
	return step->status == STATUS_DENIED;
}

/* No tool can express "no groups"; each can express another user. */
static void hint_groups(struct step *step, const struct context *context)
{
	if (!context->profile->additional_gid_count)
		error_hint(&step->why,
			   "start siplaunch as root with CAP_SETGID, or directly as the user \"%s\"",
			   context->identity->has_user ? context->identity->user_name : "root");
}

/*
 * As in OCI: with another user the supplementary groups are additionalGids and no others. OpenSIPS never
 * drops them and would keep root's. Without a change of user, whatever started siplaunch as that user has
 * chosen the groups as well: they change only if the profile has additionalGids.
 */
static void plan_groups(const struct context *context, struct plan *plan)
{
	const struct profile *profile = context->profile;
	const struct host *host = context->host;
	uint64_t unmapped = UNLIMITED;

	if (!profile->has_additional_gids && !changes_user(context))
		return;
	cleanup_free char *wanted = gids_text(profile->additional_gids, profile->additional_gid_count,
					      identity_final_gid(context));
	cleanup_free char *current = gids_text(host->groups, host->group_count, identity_final_gid(context));
	struct step *step =
		add(plan, context, SETTING_ADDITIONAL_GIDS, xasprintf("setgroups(%s)", wanted),
		    value_text(wanted), profile->has_additional_gids ? SOURCE_PROFILE : SOURCE_DEFAULT);
	step->current = value_text(current);
	if (!profile->has_additional_gids)
		step->reason = xstrdup("another user keeps none of siplaunch's groups");
	for (size_t i = 0; i < profile->additional_gid_count; i++)
		if (!identity_mapped(host->gid_map, host->gid_map_count, profile->additional_gids[i]))
			unmapped = profile->additional_gids[i];
	if (strcmp(wanted, current) == 0)
		step->status = STATUS_SATISFIED;
	else if (deny_groups(step, context, unmapped))
		hint_groups(step, context);
}

/* A change of the user or of the group: both are an id of this process. */
struct change {
	enum setting_id setting;
	const char *what;   /* "user", "group" */
	const char *asked;  /* as in the profile; NULL: not requested */
	const char *option; /* the router's own */
	const char *own;    /* its value in the command, or NULL */
	const char *name;   /* of the id */
	bool resolved;      /* the id is known */
	uint64_t id, current;
	const struct id_map *map;
	size_t map_count;
	int capability;
	const char *capability_name;
	enum source source;
};

/* True if the router's own option names the same user or group, by name or by number. */
static bool agrees(const struct change *change)
{
	uint64_t number;
	if (!change->own || strcmp(change->own, change->name) == 0)
		return true;
	return parse_u64(change->own, &number) && number == change->id;
}

static void judge_change(struct step *step, const struct context *context, const struct change *change)
{
	if (!agrees(change)) {
		step_deny(step, context, 0, "the profile's %s is \"%s\", but the command has %s %s",
			  change->what, change->name, change->option, change->own);
		error_hint(&step->why, "leave %s out of the command, or \"%s\" out of the profile",
			   change->option, change->what);
	} else if (change->id == change->current) {
		step->status = STATUS_SATISFIED;
	} else if (!identity_mapped(change->map, change->map_count, change->id)) {
		step_deny(step, context, EINVAL,
			  "%s id %" PRIu64 " (\"%s\") is not mapped in this user namespace", change->what,
			  change->id, change->name);
	} else if (!capable_here(context->host, change->capability)) {
		step_deny(step, context, EPERM, "becoming %s \"%s\" (%" PRIu64 ") from %" PRIu64 " needs %s",
			  change->what, change->name, change->id, change->current, change->capability_name);
	}
}

static void plan_change(const struct context *context, struct plan *plan, const struct change *change,
			const char *call)
{
	if (!change->resolved && !change->asked)
		return;
	if (!change->resolved) {
		struct step *step = add(plan, context, change->setting, xstrdup(call),
					value_text(change->asked), change->source);
		identity_missing(&step->why, change->capability == CAP_SETUID, change->asked);
		step->status = STATUS_DENIED;
		return;
	}
	struct step *step =
		add(plan, context, change->setting, xasprintf("%s(%" PRIu64 ")", call, change->id),
		    value_number(VALUE_COUNT, change->id), change->source);
	step->current = value_number(VALUE_COUNT, change->current);
	step->reason = xasprintf("%s%s \"%s\"", change->asked ? "" : "primary ", change->what, change->name);
	judge_change(step, context, change);
}

static void plan_group(const struct context *context, struct plan *plan)
{
	const struct identity *identity = context->identity;
	const struct profile *profile = context->profile;
	const struct change change = {
		.setting = SETTING_GID,
		.what = "group",
		.asked = profile->group,
		.option = "-g",
		.own = context->command->group,
		.name = identity->group_name,
		.resolved = takes_group(context),
		.id = identity->gid,
		.current = context->host->egid,
		.map = context->host->gid_map,
		.map_count = context->host->gid_map_count,
		.capability = CAP_SETGID,
		.capability_name = "CAP_SETGID",
		.source = profile->group ? profile->group_source : profile->user_source,
	};
	plan_change(context, plan, &change, "setresgid");
}

static void plan_user(const struct context *context, struct plan *plan)
{
	const struct identity *identity = context->identity;
	const struct change change = {
		.setting = SETTING_UID,
		.what = "user",
		.asked = context->profile->user,
		.option = "-u",
		.own = context->command->user,
		.name = identity->user_name,
		.resolved = identity->has_user,
		.id = identity->uid,
		.current = context->host->euid,
		.map = context->host->uid_map,
		.map_count = context->host->uid_map_count,
		.capability = CAP_SETUID,
		.capability_name = "CAP_SETUID",
		.source = context->profile->user_source,
	};
	plan_change(context, plan, &change, "setresuid");
}

/* A router that keeps none lacks no capability itself: another user than root may start with none instead. */
static void deny_capabilities(struct step *step, const struct context *context, uint64_t missing,
			      const char *why)
{
	const uint64_t setpcap = CAPABILITY_BIT(CAP_SETPCAP), keep = context->profile->capabilities;
	bool drops = context->host->cap_bounding & ~(keep | missing);
	bool can_drop = context->host->cap_permitted & setpcap;
	uint64_t needed = missing | (drops && !can_drop ? setpcap : 0);
	cleanup_free char *names = capabilities_text(missing, " ");
	cleanup_free char *lacking = capabilities_text(keep ? needed : 0, " ");
	step_deny(step, context, EPERM, "%s %s", names, why);
	step->lacking = value_text(lacking);
	free(step->why.hint);
	step->why.hint = remedy_text(step->setting, &step->lacking, context->host);
}

static void plan_capabilities(const struct context *context, struct plan *plan)
{
	const struct host *host = context->host;
	const uint64_t setpcap = CAPABILITY_BIT(CAP_SETPCAP);
	uint64_t keep = context->profile->capabilities;
	const struct capability_sets current = {host->cap_effective, host->cap_permitted,
						host->cap_inheritable, host->cap_bounding, host->cap_ambient};

	if (!context->profile->has_capabilities)
		return;
	cleanup_free char *wanted = capabilities_text(keep, " ");
	struct step *step = add(plan, context, SETTING_CAPABILITIES,
				xstrdup("capset, prctl(PR_CAPBSET_DROP, PR_CAP_AMBIENT)"), value_text(wanted),
				SOURCE_PROFILE);
	step->current.kind = VALUE_TEXT;
	step->current.text = capability_sets_text(&current);
	if (keep & ~host->cap_bounding)
		deny_capabilities(step, context, keep & ~host->cap_bounding,
				  "is not in siplaunch's bounding set");
	else if (keep & ~host->cap_permitted)
		deny_capabilities(step, context, keep & ~host->cap_permitted,
				  "is not in siplaunch's permitted set");
	else if ((host->cap_bounding & ~keep) && !(host->cap_permitted & setpcap))
		deny_capabilities(step, context, setpcap,
				  "is needed to drop all others from the bounding set");
	else if (capability_sets_are(&current, keep) && !changes_user(context))
		step->status = STATUS_SATISFIED;
	if (keep && context->command->user && !context->profile->user && host->euid == 0)
		plan_warn(
			plan,
			"%s changes to user %s by itself (-u) and loses the capabilities that are kept for it: use the "
			"profile's \"user\" instead",
			context->router->name, context->command->user);
}

static const char *hint_privileges(const struct host *host)
{
	switch (host->runtime) {
	case RUNTIME_DOCKER:
	case RUNTIME_PODMAN:
		return "run the container without --security-opt no-new-privileges";
	case RUNTIME_KUBERNETES:
		return "in the pod's manifest: securityContext.allowPrivilegeEscalation: true";
	case RUNTIME_NONE:
		if (host_in_service(host))
			return "in the unit: NoNewPrivileges=no, and none of the directives that imply it";
		break;
	case RUNTIME_CONTAINERD:
	case RUNTIME_NSPAWN:
	case RUNTIME_LXC:
	case RUNTIME_OTHER:
		break;
	}
	return "start siplaunch from a program that has not set it";
}

static void plan_privileges(const struct context *context, struct plan *plan)
{
	const struct host *host = context->host;
	bool silent = context->profile->no_new_privileges == UNSET;
	bool wanted = context->profile->no_new_privileges == YES || silent;

	if (silent && !context->filter)
		return;
	struct step *step =
		add(plan, context, SETTING_NO_NEW_PRIVILEGES, xstrdup("prctl(PR_SET_NO_NEW_PRIVS)"),
		    value_number(VALUE_FLAG, wanted), silent ? SOURCE_COMPUTED : SOURCE_PROFILE);
	if (silent)
		step->reason = xstrdup("a seccomp filter needs it");
	step->current = value_number(VALUE_FLAG, host->no_new_privs);
	if (wanted == host->no_new_privs) {
		step->status = STATUS_SATISFIED;
	} else if (!wanted) {
		step_deny(step, context, 0, "no_new_privs is set already, and nothing can clear it");
		error_hint(&step->why, "%s", hint_privileges(host));
	}
}

/* In the order of application: groups and gid while there is CAP_SETGID; capabilities after the user, because
 * the kernel clears the effective and ambient sets when the uid leaves 0. */
int identity_plan(const struct context *context, struct plan *plan, struct error *error)
{
	(void)error;
	plan_umask(context, plan);
	plan_groups(context, plan);
	plan_group(context, plan);
	plan_user(context, plan);
	plan_capabilities(context, plan);
	plan_privileges(context, plan);
	return 0;
}
