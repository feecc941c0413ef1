/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_FLEET_H
#define SIPLAUNCH_SESSION_FLEET_H
/*
 * Pods that share a profile's workload. A pod is described by the same profile with another memory and a
 * share of the workload, so that it is planned and exported like any other target. sizing/fleet.h has the
 * arithmetic.
 */
#include "profile/selection.h"
#include "sizing/fleet.h"

struct error;
struct purpose;
struct session;

/* The selection of a pod's profile; its new texts are owned. */
struct fleet_pod {
	struct profile_selection selection;
	char *memory, *shares[WORKLOAD_KEYS];
};
void fleet_pod_clear(struct fleet_pod *pod);

/*
 * Sizes the pods, and opens the session for one of them; session->fleet describes all of them. The purpose is
 * DESCRIBE. The profile's own sizing.memory does not count. 0, or -1 as session_open(); session_close() in
 * both cases.
 */
int session_open_fleet(const struct purpose *purpose, const struct fleet_request *asked,
		       struct session *session);

/*
 * Whether replicas divide the profile's workload (asked->pods of them; 0: as many as it needs). Sets
 * asked->memory_bytes, the memory of one pod in whole MiB, if it is known: as typed, and for 0 pods also from
 * the profile. 1, 0, or -1 with the reason. A profile that cannot be read is session_open()'s to report: 0.
 */
int fleet_of_replicas(const struct purpose *purpose, struct fleet_request *asked, struct error *error);

#endif
