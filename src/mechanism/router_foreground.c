/* SPDX-License-Identifier: MIT */
/*
 * Whether the router stays in the foreground, where it must. A router that goes into the background ends its
 * first process as soon as the others have started (OpenSIPS' and Kamailio's daemonize()). If that process is
 * PID 1, or is supervised, the whole router ends with it.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "host/host.h"
#include "mechanism/router.h"

static bool goes_into_background(const struct context *context)
{
	const char *hint = context->router->foreground_hint;
	const struct router_command *command = context->command;

	/* a script may add options that are not visible here */
	return hint && *hint && command->reach == REACH_DIRECT && !command->foreground &&
	       !command->only_checks && !context->estimate->foreground;
}

/* The reason why the router certainly ends. NULL: it does not. */
static const char *sure_end(const struct context *context)
{
	if (context->purpose == PURPOSE_PREPARE_POD)
		return NULL;
	if (context->decision.handoff == HANDOFF_SUPERVISE)
		return "where siplaunch cannot supervise it and stops it";
	return context->host->is_pid1 ? "which ends this container: its PID 1 exits" : NULL;
}

/* The reason why it ends in most environments of this kind. NULL: it does not. */
static const char *usual_end(const struct context *context)
{
	if (context->purpose == PURPOSE_PREPARE_POD)
		return "which ends its container";
	if (context->host->runtime != RUNTIME_NONE)
		return "which ends a container that waits for it";
	if (host_in_service(context->host))
		return "after which systemd stops the whole service, unless the unit has Type=forking";
	return NULL;
}

static void deny(const struct context *context, struct plan *plan, const char *end)
{
	const char *hint = context->router->foreground_hint, *name = context->router->name;
	struct step *step = plan_add(plan, context, setting_of(SETTING_NEED_FOREGROUND), xstrdup(hint),
				     value_text(hint), SOURCE_COMMAND_LINE);
	step->status = STATUS_DENIED;
	error_set(&step->why, 0, "%s goes into the background, %s", name, end);
	error_hint(&step->why, "add %s to the router's command", hint);
}

void router_plan_foreground(const struct context *context, struct plan *plan)
{
	const char *sure = sure_end(context), *end = sure ? sure : usual_end(context);

	if (!end || !goes_into_background(context))
		return;
	/* a configuration that was not read may keep it in the foreground */
	if (sure && context->estimate->from_config)
		deny(context, plan, sure);
	else
		plan_warn(plan, "%s goes into the background, %s: add %s to the router's command",
			  context->router->name, end, context->router->foreground_hint);
}
