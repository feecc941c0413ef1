/* SPDX-License-Identifier: MIT */
#include "mechanism/router.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "host/program.h"
#include "mechanism/identity.h"
#include "router/router.h"

/* How each kind is named: its setting, and what the router does with it. */
static const struct {
	enum setting_id setting;
	const char *verb;
} kinds[] = {
	[NEED_CONFIG] = {SETTING_NEED_CONFIG, "read the configuration"},
	[NEED_INCLUDE] = {SETTING_NEED_INCLUDE, "read the included file"},
	[NEED_MODULE] = {SETTING_NEED_MODULE, "load the module"},
	[NEED_PORT] = {SETTING_NEED_PORT, "listen on"},
	[NEED_PID_FILE] = {SETTING_NEED_PID_FILE, "write the pid file"},
	[NEED_RUNTIME_DIRECTORY] = {SETTING_NEED_RUNTIME_DIRECTORY, "make the runtime directory"},
};

static const char *user_name(const struct context *context)
{
	const struct identity *identity = context->identity;
	return identity->has_user && identity->user_name ? identity->user_name : "its user";
}

/* In a container the directory must be mounted: there is no root file system to change before it starts. */
static void hint_runtime_directory(const struct context *context, const struct router_need *need,
				   struct error *error)
{
	cleanup_free char *owner = context->identity->has_user
					   ? xstrdup(user_name(context))
					   : xasprintf("%" PRIu32, (uint32_t)identity_final_uid(context));
	if (context->host->runtime != RUNTIME_NONE)
		error_hint(
			error,
			"mount one: --tmpfs %s:mode=1777, or an emptyDir in a pod; or name another: -Y DIRECTORY",
			need->refused);
	else
		error_hint(error, "as root: install -d -o %s -m 0755 %s; or name another: -Y DIRECTORY",
			   owner, need->refused);
}

static void hint(const struct context *context, const struct router_need *need, struct error *error)
{
	switch (need->kind) {
	case NEED_CONFIG:
	case NEED_INCLUDE:
		if (need->errnum == EACCES)
			error_hint(
				error,
				"%s must be able to read it and to search every directory on its path: namei -l %s",
				user_name(context), need->refused);
		else
			error_hint(error, "check the path: ls -l %s", need->refused);
		break;
	case NEED_MODULE:
		error_hint(error, "install the package that has the module, or correct mpath");
		break;
	case NEED_PORT:
		error_hint(error,
			   "add \"CAP_NET_BIND_SERVICE\" to \"capabilities\", or use a port from 1024 on");
		break;
	case NEED_PID_FILE:
		error_hint(error, "give -P a path in a directory that %s can write to, or remove -P",
			   user_name(context));
		break;
	case NEED_RUNTIME_DIRECTORY:
		hint_runtime_directory(context, need, error);
		break;
	}
}

/* The directories mechanism runs first: its directories exist when the router starts. */
static bool is_made_by_plan(const struct plan *plan, const struct router_need *need)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (need->kind == NEED_RUNTIME_DIRECTORY &&
		    step->setting->mechanism == MECHANISM_DIRECTORIES &&
		    strcmp(step->path, need->paths[0]) == 0 && step->policy != POLICY_SKIP)
			return true; /* the directories step reports if it cannot be made */
	}
	return false;
}

static void describe(const struct context *context, const struct router_need *need, struct error *error)
{
	const char *what = need->name ? need->name : need->refused;
	cleanup_free char *origin = need->origin ? xasprintf(" (%s)", need->origin) : xstrdup("");

	error_set(error, need->errnum, "%s cannot %s %s%s", context->router->name, kinds[need->kind].verb,
		  what, origin);
	hint(context, need, error);
}

static void deny(const struct context *context, struct plan *plan, const struct router_need *need)
{
	const char *what = need->name ? need->name : need->refused;
	struct step *step = plan_add(plan, context, setting_of(kinds[need->kind].setting),
				     xstrdup(need->refused ? need->refused : what), value_text(what),
				     SOURCE_COMMAND_LINE);
	step->status = STATUS_DENIED;
	describe(context, need, &step->why);
}

/* Warns of a check that was not made as the router's user: siplaunch's own permissions prove nothing about
 * it. */
static void warn_unasked(const struct context *context, struct plan *plan, const struct router_need *need)
{
	plan_warn(plan, "cannot check as the router's user whether %s can %s %s: %s", context->router->name,
		  kinds[need->kind].verb, need->name ? need->name : need->refused,
		  context->estimate->needs_unasked);
}

static void warn(const struct context *context, struct plan *plan, const struct router_need *need)
{
	cleanup_error struct error error = {0};
	if (need->state == NEED_UNKNOWN) {
		warn_unasked(context, plan, need);
		return;
	}
	describe(context, need, &error);
	cleanup_free char *text = error_text(&error);
	plan_warn(plan, "the configuration could only be read in part; in that part: %s", text);
}

/* execve(2) would fail with ENOEXEC after everything else is applied. */
static void deny_program(const struct context *context, struct plan *plan)
{
	if (!context->program_foreign)
		return;
	cleanup_free char *machine = program_machine_text(context->program);
	struct step *step = plan_add(plan, context, setting_of(SETTING_NEED_PROGRAM), xstrdup("execve"),
				     value_text(machine), SOURCE_COMMAND_LINE);
	step->status = STATUS_DENIED;
	error_set(&step->why, ENOEXEC,
		  "%s is a program for another machine (%s), and no interpreter is registered for it",
		  context->router->name, machine);
	error_hint(&step->why, "install %s for this machine, or register qemu-user with binfmt_misc",
		   context->router->name);
}

static int router_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct estimate *estimate = context->estimate;
	(void)error;
	deny_program(context, plan);
	router_plan_processes(context, plan);
	if (context->starts)
		router_plan_foreground(context, plan);
	for (size_t i = 0; i < estimate->need_count; i++) {
		const struct router_need *need = &estimate->needs[i];
		if (need->state == NEED_UNSEEN || need->state == NEED_MET || is_made_by_plan(plan, need))
			continue;
		if (need->certain && need->state == NEED_UNMET)
			deny(context, plan, need);
		else if (profile_policy(context->profile, setting_of(kinds[need->kind].setting)) !=
			 POLICY_SKIP)
			warn(context, plan, need);
	}
	return 0;
}

const struct mechanism mechanism_router = {.id = MECHANISM_ROUTER, .plan = router_plan};
