/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_METRICS_GATHER_H
#define SIPLAUNCH_METRICS_GATHER_H
/*
 * The metrics of every router that matches. A router that does not run, or has drifted, is a result and no
 * failure: the metrics say so, and an alert can be made of it.
 */
struct error;
struct events;
struct inspect_request;
struct inspection;
struct metrics;

/*
 * Looks at the routers and fills the metrics, all of the run's too. A router that cannot be looked at is an
 * event, and counts as down. 0; or -1 with `error`: the profile cannot be used (inspection->session.state),
 * one of several is meant (inspection->candidates), or the only one cannot be looked at. `inspection` is
 * empty; inspection_close() and metrics_clear() in both cases.
 */
int metrics_gather(const struct inspect_request *request, const struct events *events,
		   struct inspection *inspection, struct metrics *metrics, struct error *error);

#endif
