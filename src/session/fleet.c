/* SPDX-License-Identifier: MIT */
#include "session/fleet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "session/parts.h"

/* A limit into which any router fits: the fleet's arithmetic starts from a request with the whole
 * workload. */
#define ROOMY "sizing.memory=1024TiB"

static struct texts copy_of(const struct texts *texts)
{
	struct texts copy = {0};
	for (size_t i = 0; i < texts->count; i++)
		texts_add(&copy, texts->items[i]);
	return copy;
}

void fleet_pod_clear(struct fleet_pod *pod)
{
	free(pod->selection.sets.items);
	free(pod->selection.workloads.items);
	free(pod->memory);
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		free(pod->shares[key]);
	*pod = (struct fleet_pod){0};
}

static struct fleet_pod pod_of(const struct profile_selection *selection, const struct fleet *fleet)
{
	struct fleet_pod pod = {.memory =
					xasprintf("sizing.memory=%" PRIu64 "MiB", fleet->memory_bytes / MIB)};

	pod.selection = selection_with(selection, pod.memory);
	pod.selection.workloads = copy_of(&selection->workloads);
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		if (!fleet->of[key].given)
			continue;
		pod.shares[key] = xasprintf("%s=%" PRIu64, workload_key_name(key), fleet->of[key].share);
		texts_add(&pod.selection.workloads, pod.shares[key]);
	}
	return pod;
}

/* Opens the session for one pod without a real limit. Its workload is not judged: only its request is
 * needed. */
static int open_roomy(const struct purpose *purpose, struct session *session)
{
	struct profile_selection roomy = selection_with(purpose->selection, ROOMY);
	struct purpose any = *purpose;

	any.selection = &roomy;
	roomy.policies = copy_of(&purpose->selection->policies);
	texts_add(&roomy.policies, "workload=skip");
	int opened = session_open(&any, session);
	session->purpose.selection = purpose->selection;
	free(roomy.sets.items);
	free(roomy.policies.items);
	return opened;
}

static char pod_memory[] = "of each pod";

static int size_pods(const struct purpose *purpose, const struct fleet_request *asked, struct fleet *fleet,
		     struct session *session)
{
	if (open_roomy(purpose, session) < 0)
		return -1;
	const struct decision *decision = &session->context.decision;
	if (!decision->sized) {
		error_set(&session->error, 0,
			  "no number of pods is computed for %s: siplaunch does not size it",
			  session->command.only_checks ? "a command that only checks"
						       : session->router->name);
		return session_refuse(session, SESSION_REFUSED);
	}
	struct budget_request base = decision->request;
	base.limit_source = pod_memory;
	if (fleet_compute(&base, &decision->workload, asked, fleet, &session->error) < 0)
		return session_refuse(session, SESSION_REFUSED);
	return 0;
}

/* If no pod has the right size, removes the plan of the pod without a limit: no report may show it. */
static int forget_roomy(struct session *session)
{
	session->context.decision.sized = false;
	plan_clear(&session->plan);
	argv_free(session->arguments);
	session->arguments = NULL;
	return -1;
}

/* Sets the sources of one pod's numbers: they were computed, and not typed. */
static void name_sources(struct session *session)
{
	const struct fleet *fleet = &session->fleet;
	struct decision *decision = &session->context.decision;

	snprintf(decision->budget.limit_source, sizeof decision->budget.limit_source,
		 fleet->pods == 1 ? "the only pod" : "one of %u pods", fleet->pods);
	decision->budget.limit_origin = fleet->memory_given ? SOURCE_COMMAND_LINE : SOURCE_COMPUTED;
	if (!decision->request.connections_fixed &&
	    (fleet->of[WORKLOAD_CONNECTIONS].given || fleet->of[WORKLOAD_TLS].given))
		decision->budget.terms[TERM_CONNECTIONS].source = SOURCE_COMPUTED;
	for (size_t i = 0; i < OBJECT_COUNT; i++)
		if (decision->capacity.need.terms[i].source == SOURCE_COMMAND_LINE)
			decision->capacity.need.terms[i].source = SOURCE_COMPUTED;
}

/* The smallest pod has the smallest private pools, of which the budget warns: says how to get the usual
 * ones. */
static void say_how_to_have_usual_pools(struct session *session)
{
	uint64_t usual_mib = session->router->costs->private_default_mib;
	const struct decision *decision = &session->context.decision;

	if (!decision->request.private_fixed && !session->fleet.memory_given &&
	    decision->budget.private_mib < usual_mib)
		plan_warn(&session->plan,
			  "for pods with private pools of %" PRIu64 " MiB: --set sizing.private=%" PRIu64
			  "MiB",
			  usual_mib, usual_mib);
}

int session_open_fleet(const struct purpose *purpose, const struct fleet_request *asked,
		       struct session *session)
{
	struct purpose one = *purpose;
	struct fleet fleet = {0};

	if (size_pods(purpose, asked, &fleet, session) < 0)
		return forget_roomy(session);
	session_close(session);
	struct fleet_pod pod = pod_of(purpose->selection, &fleet);
	one.selection = &pod.selection;
	int opened = session_open(&one, session);
	session->fleet = fleet;
	session->pod = pod;
	session->purpose.selection = &session->pod.selection;
	if (opened < 0)
		return -1;
	name_sources(session);
	say_how_to_have_usual_pools(session);
	return 0;
}

int fleet_of_replicas(const struct purpose *purpose, struct fleet_request *asked, struct error *error)
{
	struct prepared prepared = {0};
	struct profile profile = {0};
	struct problems problems = {0};
	bool automatic = !asked->pods;
	int divided = 0;

	if (session_profile(purpose, &prepared, &profile, &problems) == 0) {
		const struct size_field *memory = &profile.sizing.memory;
		divided = profile_has_workload(&profile);
		if (memory->size.kind == SIZE_BYTES && (automatic || memory->source == SOURCE_COMMAND_LINE))
			asked->memory_bytes = memory->size.bytes - memory->size.bytes % MIB;
		if (automatic && (!divided || !asked->memory_bytes)) {
			divided = error_set(error, 0, "--replicas auto: %s",
					    divided ? "the profile does not say how large a pod is"
						    : "there is no workload to divide among pods");
			error_hint(error, "give it: %s",
				   asked->memory_bytes ? "--workload registrations=100000"
						       : "--set sizing.memory=512MiB");
		}
	}
	problems_clear(&problems);
	profile_clear(&profile);
	prepared_clear(&prepared);
	return divided;
}
