/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "host/host.h"
#include "mechanism/capabilities.h"
#include "mechanism/directories.h"
#include "mechanism/identity.h"
#include "plan/remedy.h"

char *directory_text(const char *path, uint64_t uid, uint64_t gid, unsigned mode)
{
	return xasprintf("%s %" PRIu64 ":%" PRIu64 " %04o", path, uid, gid, mode);
}

bool directory_may_take(const struct context *context, uid_t owner)
{
	return owner == 0 || owner == context->host->euid || owner == identity_final_uid(context);
}

/* If the profile gives no mode, keeps the existing one, provided that the owner has all rights and other
 * users may not write: it was chosen, for example by a unit with RuntimeDirectoryMode=0770. */
static mode_t wanted_mode(const struct context *context, const struct directory *directory)
{
	bool serves = (directory->mode & S_IRWXU) == S_IRWXU && !(directory->mode & S_IWOTH);
	bool keeps = !directory->requested->has_mode && directory->state == DIRECTORY_THERE && serves &&
		     directory_may_take(context, directory->uid);
	return keeps ? directory->mode : directory->requested->mode;
}

/* The id of a name on another machine is not known here. */
static char *wanted_text(const struct context *context, const struct directory *directory)
{
	const struct profile *profile = context->profile;
	if (directory->state == DIRECTORY_UNSEEN && profile->user && !context->identity->has_user)
		return xasprintf("%s %s:%s %04o", directory->path, profile->user,
				 profile->group ? profile->group : "", (unsigned)directory->requested->mode);
	return directory_text(directory->path, identity_final_uid(context), identity_final_gid(context),
			      (unsigned)wanted_mode(context, directory));
}

static bool in_group(const struct context *context, gid_t gid)
{
	const struct profile *profile = context->profile;
	for (size_t i = 0; i < profile->additional_gid_count; i++)
		if (profile->additional_gids[i] == gid)
			return true;
	return gid == identity_final_gid(context);
}

/* Checks one of the three sets of mode bits, as the kernel does; root needs none of them. */
static bool usable(const struct context *context, const struct directory *directory)
{
	uid_t uid = identity_final_uid(context);
	unsigned shift = directory->uid == uid ? 6 : in_group(context, directory->gid) ? 3 : 0;
	return uid == 0 || ((directory->mode >> shift) & 07) == 07;
}

static bool fits(const struct context *context, const struct directory *directory)
{
	return directory->uid == identity_final_uid(context) &&
	       directory->gid == identity_final_gid(context) &&
	       directory->mode == wanted_mode(context, directory);
}

/* True if the owner and the group are the router's already, or if the router's ids exist here and CAP_CHOWN
 * permits the change. */
static bool can_give(const struct context *context, uid_t owner, gid_t group)
{
	const struct host *host = context->host;
	uid_t uid = identity_final_uid(context);
	gid_t gid = identity_final_gid(context);
	bool same = owner == uid && group == gid;
	bool ids = identity_mapped(host->uid_map, host->uid_map_count, uid) &&
		   identity_mapped(host->gid_map, host->gid_map_count, gid);
	return same || (ids && capable_here(host, CAP_CHOWN));
}

static bool can_change(const struct context *context, const struct directory *directory)
{
	const struct host *host = context->host;
	bool owns = directory->uid == host->euid || capable_here(host, CAP_FOWNER);
	return !directory->why.message && owns && can_give(context, directory->uid, directory->gid);
}

/* In a container neither a capability nor a user makes a read-only root writable, and another user than root
 * has no use for a capability. The engine's own directories, as for sockets, are its option's. */
static bool needs_volume(const struct host *host, const struct step *step)
{
	return tool_is_engine(remedy_tool(host)) && !step->setting->docker &&
	       (step->why.errnum == EROFS || host->euid != 0);
}

/* The hint for a missing directory: root can make it. */
static void hint_root(const struct context *context, struct step *step, const struct directory *directory)
{
	const struct host *host = context->host;
	if (needs_volume(host, step))
		error_hint(&step->why,
			   "mount a directory that the router's user may write: %s run --volume "
			   "/srv/router:%s",
			   tool_name(remedy_tool(host)), directory->path);
	if (host->runtime != RUNTIME_NONE || remedy_tool(host) != TOOL_SHELL || step->why.errnum == EROFS)
		return;
	error_hint(&step->why, "as root: install -d -o %" PRIu32 " -g %" PRIu32 " -m %04o %s",
		   (uint32_t)identity_final_uid(context), (uint32_t)identity_final_gid(context),
		   (unsigned)directory->requested->mode, directory->path);
}

static void judge_missing(const struct context *context, struct step *step, const struct directory *directory)
{
	const struct host *host = context->host;
	step->reason = xstrdup("missing: siplaunch makes it for the router");
	if (directory->why.message)
		step_deny(step, context, directory->why.errnum, "%s", directory->why.message);
	else if (!can_give(context, host->euid, host->egid))
		step_deny(step, context, EPERM,
			  "giving %s to user %" PRIu32 " and group %" PRIu32 " needs CAP_CHOWN",
			  directory->path, (uint32_t)identity_final_uid(context),
			  (uint32_t)identity_final_gid(context));
	if (step->status == STATUS_DENIED)
		hint_root(context, step, directory);
}

static void adopt(struct step *step, const char *reason)
{
	step->status = STATUS_ADOPTED;
	value_set(&step->actual, value_copy(&step->current));
	step->reason = xstrdup(reason);
}

/* The directory's owner could replace files that the router uses: an administrator has to decide. */
static void deny_stranger(const struct context *context, struct step *step, const struct directory *directory)
{
	step_deny(step, context, 0,
		  "%s belongs to user %" PRIu32 ", who is neither root nor the router's user (%" PRIu32 ")",
		  directory->path, (uint32_t)directory->uid, (uint32_t)identity_final_uid(context));
	if (context->profile->user && !context->identity->has_user) {
		error_hint(&step->why, "see identity/user: without it siplaunch does not know the owner");
		return;
	}
	error_hint(&step->why, "if it is the router's: chown %" PRIu32 ":%" PRIu32 " %s; else name another",
		   (uint32_t)identity_final_uid(context), (uint32_t)identity_final_gid(context),
		   directory->path);
}

static void deny_change(const struct context *context, struct step *step, const struct directory *directory)
{
	if (directory->why.message)
		step_deny(step, context, directory->why.errnum, "%s", directory->why.message);
	else
		step_deny(step, context, EPERM,
			  "%s belongs to user %" PRIu32 " with mode %04o: changing that needs CAP_CHOWN and "
			  "CAP_FOWNER",
			  directory->path, (uint32_t)directory->uid, (unsigned)directory->mode);
	hint_root(context, step, directory);
}

/* A sticky directory that every user may write to, for example /run/lock, is shared, and is not changed. */
static bool is_shared(const struct directory *directory)
{
	return directory->uid == 0 && (directory->mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH);
}

static void judge_present(const struct context *context, struct step *step, const struct directory *directory)
{
	cleanup_free char *text =
		directory_text(directory->path, directory->uid, directory->gid, (unsigned)directory->mode);
	step->current = value_text(text);
	if (fits(context, directory)) {
		step->status = STATUS_SATISFIED;
		value_set(&step->actual, value_copy(&step->current));
	} else if (is_shared(directory) && usable(context, directory)) {
		adopt(step, "everybody may write to it: unchanged");
	} else if (!can_change(context, directory) && usable(context, directory)) {
		adopt(step, "the router can use it as it is");
	} else if (!can_change(context, directory)) {
		deny_change(context, step, directory);
	} else if (!directory_may_take(context, directory->uid)) {
		deny_stranger(context, step, directory);
	} else {
		step->reason = xstrdup("it has another owner or mode");
	}
}

static void plan_one(const struct context *context, struct plan *plan, const struct directory *directory)
{
	cleanup_free char *text = wanted_text(context, directory);
	struct step *step = plan_add(plan, context, directory->setting, xstrdup(directory->path),
				     value_text(text), directory->requested->source);
	if (directory->state == DIRECTORY_MISSING) {
		judge_missing(context, step, directory);
	} else if (directory->state == DIRECTORY_THERE) {
		judge_present(context, step, directory);
	} else if (directory->state == DIRECTORY_OBSTRUCTED) {
		step_deny(step, context, directory->why.errnum, "%s", directory->why.message);
		if (directory->why.hint)
			error_hint(&step->why, "%s", directory->why.hint);
	}
}

int directories_plan(const struct context *context, struct plan *plan, struct error *error)
{
	(void)error;
	for (size_t i = 0; i < context->directory_count; i++)
		plan_one(context, plan, &context->directories[i]);
	return 0;
}
