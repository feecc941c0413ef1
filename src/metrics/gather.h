/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_METRICS_GATHER_H
#define SIPLAUNCH_METRICS_GATHER_H
/*
 * The metrics of every router that matches. A router that does not run, or that has drifted, is a result and
 * not a failure: the metrics report it, for alerts.
 */
struct error;
struct events;
struct inspect_request;
struct inspection;
struct metrics;

/*
 * Inspects the routers, and fills their metrics and those of the whole run. A router that cannot be inspected
 * is an event, and counts as down. 0, or -1 with `error`: the profile cannot be used
 * (inspection->session.state), the options are for one router but several match (inspection->candidates), or
 * the only router cannot be inspected. On entry `inspection` is empty. inspection_close() and metrics_clear()
 * in both cases.
 */
int metrics_gather(const struct inspect_request *request, const struct events *events,
		   struct inspection *inspection, struct metrics *metrics, struct error *error);

#endif
