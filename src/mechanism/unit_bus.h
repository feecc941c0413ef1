/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_UNIT_BUS_H
#define SIPLAUNCH_MECHANISM_UNIT_BUS_H
/*
 * What is asked of the machine's systemd over D-Bus, through libsystemd's sd-bus: the only file that knows
 * it. Every call waits for what it has asked for, with a bound, and translates a refusal into what to do
 * about it. Which units, and with what limits, is the manager's business (cgroup_systemd.c).
 */
#include "base/error.h"
#include "mechanism/unit_properties.h"

struct unit_bus;

/*
 * Connects to `socket`: the system bus's, or systemd's own /run/systemd/private, which answers root even
 * where no bus runs. The connection is close-on-exec. NULL, with the error.
 */
struct unit_bus *unit_bus_open(const char *socket, struct error *error);
void unit_bus_close(struct unit_bus *bus);

/*
 * Starts a transient unit and waits until its job is done. A property that this systemd does not know is
 * marked `unknown` and left out: whether it can be done without is seen when the limit is read back. 0, or
 * -1 with nothing started: EEXIST when there is such a unit already.
 */
int unit_bus_start(struct unit_bus *bus, const char *unit, struct unit_properties *properties,
		   struct error *error);

/* Changes a loaded unit until it is reloaded from /run at the next boot. The kernel is told a moment after
 * the reply. Unknown properties as above. 0, or -1. */
int unit_bus_set(struct unit_bus *bus, const char *unit, struct unit_properties *properties,
		 struct error *error);

/* What the properties that are in `like` are now in a loaded service; those that cannot be read are left out.
 */
void unit_bus_read(struct unit_bus *bus, const char *unit, const struct unit_properties *like,
		   struct unit_properties *now);

/* Stops a unit and forgets that it failed, so that its name is free. One that is not there is no error. */
int unit_bus_stop(struct unit_bus *bus, const char *unit, struct error *error);

/* The unit's group as in /proc/PID/cgroup, a fresh string; NULL where it has none, or is not there. */
char *unit_bus_group(struct unit_bus *bus, const char *unit);

#endif
