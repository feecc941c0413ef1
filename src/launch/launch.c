/* SPDX-License-Identifier: MIT */
#include "launch/launch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/event.h"
#include "launch/handover.h"
#include "launch/notify.h"
#include "mechanism/mechanism.h"
#include "session/session.h"

/* After a failure: reports by name what could not be undone, so that a person can do it. */
static void log_left_behind(const struct launch *launch)
{
	const struct plan *plan = &launch->session->plan;
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->status == STATUS_APPLIED && step->why.message)
			event_error(&launch->observer->events, &step->why);
	}
}

static void report_warnings(struct launch *launch)
{
	const struct plan *plan = &launch->session->plan;
	for (; launch->reported < plan->warning_count; launch->reported++)
		event_warning(&launch->observer->events, plan->warnings[launch->reported]);
}

int launch_apply(struct launch *launch, unsigned stages, struct error *error)
{
	report_warnings(launch);
	if (plan_apply(&launch->session->plan, launch->target, stages, error) < 0) {
		launch->observer->refused(launch->observer->events.to, launch->session, error);
		log_left_behind(launch);
		return -1;
	}
	report_warnings(launch);
	return 0;
}

/* Reports READY before the filter, which need not permit send(2). If exec fails afterwards, siplaunch exits,
 * and the unit fails. */
static void report_ready(const struct launch *launch)
{
	cleanup_error struct error error = {0};
	cleanup_free char *status = session_summary(launch->session);
	if (notify_ready(launch->notify, status, &error) < 0)
		notify_failed(&launch->observer->events, &error);
}

int launch_execute(struct launch *launch, struct error *error)
{
	launch->observer->executes(launch->observer->events.to, launch->session);
	report_ready(launch);
	handover_close_on_exec();
	if (launch_apply(launch, STAGE_LAST, error) < 0)
		return -1;
	handover_exec(launch->path, launch->target->argv, error);
	plan_undo(&launch->session->plan, launch->target);
	event_error(&launch->observer->events, error);
	log_left_behind(launch);
	return -1;
}

void launch_undo(struct launch *launch)
{
	plan_undo(&launch->session->plan, launch->target);
	log_left_behind(launch);
}
