/* SPDX-License-Identifier: MIT */
/*
 * The signal that the router gets when its parent process ends (PR_SET_PDEATHSIG, prctl(2)): siplaunch under
 * supervision, else siplaunch's own parent. The kernel clears it when the ids or capabilities of a process
 * change (kernel/cred.c, commit_creds()), so this mechanism comes after identity. exec of a program that
 * gives privileges clears it too. No file in /proc shows it: only the process itself can read it.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "host/host.h"
#include "mechanism/capabilities.h"
#include "mechanism/mechanism.h"
#include "mechanism/process.h"
#include "router/router.h"

static const struct {
	int number;
	const char *name;
} signals[] = {
	[PARENT_SIGNAL_TERM] = {SIGTERM, "SIGTERM"},
	[PARENT_SIGNAL_KILL] = {SIGKILL, "SIGKILL"},
	[PARENT_SIGNAL_INT] = {SIGINT, "SIGINT"},
	[PARENT_SIGNAL_QUIT] = {SIGQUIT, "SIGQUIT"},
};

static bool keeps_privileges(const struct context *context)
{
	return context->profile->no_new_privileges == YES || context->filter || context->host->no_new_privs;
}

static int parent_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct profile *profile = context->profile;

	(void)error;
	if (profile->parent_signal == PARENT_SIGNAL_NONE || context->purpose == PURPOSE_PREPARE_POD)
		return 0;
	struct step *step =
		plan_add(plan, context, setting_of(SETTING_DEATH_SIGNAL), xstrdup("prctl(PR_SET_PDEATHSIG)"),
			 value_text(signals[profile->parent_signal].name), profile->parent_signal_source);
	step->reason = xstrdup(context->decision.handoff == HANDOFF_SUPERVISE
				       ? "when siplaunch, its supervisor, ends"
				       : "when the process that starts siplaunch ends");
	/* measured with Kamailio 5.6.3 and OpenSIPS 3.6.8: SIGTERM ends 9 of 9 processes, SIGKILL 1 of 9 */
	if (profile->parent_signal == PARENT_SIGNAL_KILL && context->router->sizes_by_arguments)
		plan_warn(plan,
			  "SIGKILL as the parent-death signal kills only the main process of %s, and its "
			  "children continue: SIGTERM ends all of them",
			  context->router->name);
	if (!context->program_gains || keeps_privileges(context))
		return 0;
	step_deny(
		step, context, 0,
		"the kernel clears it when %s is executed, which gives privileges (set-user-ID, set-group-ID or "
		"file capabilities)",
		context->program_gains);
	error_hint(&step->why, "--set noNewPrivileges=true, and its capabilities as the profile's");
	return 0;
}

/* At exec root gets everything in its bounding and inheritable sets (capabilities(7)): a capability that it
 * did not have before is a gain. */
static int check_gain(const struct target *target, struct error *error)
{
	cleanup_free char *status = NULL;
	struct capability_sets sets;

	if (geteuid() != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return 0;
	if (process_read(target, "status", &status, error) < 0)
		return -1;
	if (!capability_sets_read(status, &sets))
		return error_set(error, 0, "/proc/self/status does not contain the capabilities");
	if (!((sets.bounding | sets.inheritable) & ~sets.permitted))
		return 0;
	error_set(
		error, 0,
		"the kernel clears it when root, which has fewer capabilities than its bounding set, executes a "
		"program");
	return error_hint(error, "--set noNewPrivileges=true");
}

/* A parent that ended before the signal was set sends none; its child then has another parent. */
static int check_parent(struct target *target, struct error *error)
{
	if (getppid() != target->parent)
		return error_set(error, 0, "process %d, the router's parent, has already ended",
				 (int)target->parent);
	if (!target->supervised && target->parent == 1)
		plan_warn(
			target->plan,
			"the parent-death signal has no effect: siplaunch's parent is process 1, because process 1 "
			"started it or its parent has ended already");
	return 0;
}

static int parent_apply(struct target *target, struct step *step, struct error *error)
{
	int number = signals[target->context->profile->parent_signal].number, actual = 0;

	if (prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) < 0)
		return error_set(error, errno, "set the parent-death signal to %s", step->wanted.text);
	if (prctl(PR_GET_PDEATHSIG, &actual, 0, 0, 0) < 0)
		return error_set(error, errno, "read the parent-death signal");
	if (actual != number)
		return error_set(error, 0, "the parent-death signal is %d after it was set to %d", actual,
				 number);
	if (check_gain(target, error) < 0 || check_parent(target, error) < 0)
		return -1;
	value_set(&step->actual, value_copy(&step->wanted));
	step->status = STATUS_APPLIED;
	return 0;
}

const struct mechanism mechanism_parent = {
	.id = MECHANISM_PARENT,
	.plan = parent_plan,
	.apply = parent_apply,
};
