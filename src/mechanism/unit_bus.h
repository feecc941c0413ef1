/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_UNIT_BUS_H
#define SIPLAUNCH_MECHANISM_UNIT_BUS_H
/*
 * Requests to a systemd, the machine's or a user's own, over D-Bus, with libsystemd's sd-bus: the only file
 * that uses it. Every call waits for its result, with a timeout, and adds a hint to a refusal. The manager
 * (cgroup_systemd.c) decides which units, and with what limits.
 */
#include "base/error.h"
#include "mechanism/unit_properties.h"

struct unit_bus;

/*
 * Connects to `socket`: that of the machine's bus or a user's, or systemd's private one
 * (/run/systemd/private, /run/user/UID/systemd/private), which answers root or that user even if no bus runs.
 * The connection is close-on-exec. NULL, with the error.
 */
struct unit_bus *unit_bus_open(const char *socket, struct error *error);
void unit_bus_close(struct unit_bus *bus);

/*
 * Starts a transient unit and waits until its job is done. A property that this systemd does not know is
 * marked `unknown` and omitted: reading the limit back shows whether it is needed. 0, or -1 with nothing
 * started: EEXIST when there is such a unit already.
 */
int unit_bus_start(struct unit_bus *bus, const char *unit, struct unit_properties *properties,
		   struct error *error);

/* Changes a loaded unit until the next boot. systemd writes to the kernel shortly after the reply. Unknown
 * properties as above. 0, or -1. */
int unit_bus_set(struct unit_bus *bus, const char *unit, struct unit_properties *properties,
		 struct error *error);

/* The current values of the properties in `like` of a loaded service; unreadable ones are omitted. */
void unit_bus_read(struct unit_bus *bus, const char *unit, const struct unit_properties *like,
		   struct unit_properties *now);

/* Stops a unit and resets its failed state, so that its name is free. A unit that does not exist is no error.
 */
int unit_bus_stop(struct unit_bus *bus, const char *unit, struct error *error);

/* The unit's group as in /proc/PID/cgroup; caller frees. NULL if it has none, or the unit does not exist. */
char *unit_bus_group(struct unit_bus *bus, const char *unit);

/* The files that change a unit's properties, beside its own and those that systemd itself keeps in /run:
 * "/etc/systemd/system/sip-kamailio.scope.d/limits.conf", with blanks between them. Caller frees; NULL: there
 * is none, or they cannot be read. */
char *unit_bus_drop_ins(struct unit_bus *bus, const char *unit);

#endif
