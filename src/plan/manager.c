/* SPDX-License-Identifier: MIT */
/*
 * Who makes the router's group, and whether siplaunch stays to supervise. On a systemd host, systemd is the
 * only writer of every group that it has not delegated (https://systemd.io/CGROUP_DELEGATION): there
 * siplaunch asks systemd.
 */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/text.h"
#include "host/host.h"
#include "plan/remedy.h"
#include "router/router.h"

/* ---- names ---- */

/* Whether the "-" stays: in a slice's name it means a level, of which none is empty (slice_name_is_valid()).
 */
static bool is_level(const char *text, const char *dash)
{
	return strcmp(text, "-") == 0 || (dash != text && dash[-1] != '-' && dash[1] && dash[1] != '-');
}

/* As unit_name_escape() (systemd, src/basic/unit-name.c), except for levels. */
static char *escaped(const char *text)
{
	char *result = xcalloc(4 * strlen(text) + 1, 1), *end = result;
	for (const char *c = text; *c; c++) {
		bool plain = ascii_is_alnum(*c) || *c == ':' || *c == '_' || (*c == '.' && c != text) ||
			     (*c == '-' && is_level(text, c));
		end += plain ? sprintf(end, "%c", *c) : sprintf(end, "\\x%02x", (unsigned char)*c);
	}
	return result;
}

/* A path's component as part of a unit's name: without the suffix, if it has one. */
static char *component_name(const char *component)
{
	static const char *const suffixes[] = {".slice", ".scope", ".service"};
	cleanup_free char *copy = xstrdup(component);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (text_ends_with(copy, suffixes[i])) {
			copy[strlen(copy) - strlen(suffixes[i])] = '\0';
			break;
		}
	return escaped(copy);
}

static char *joined(const char *before, const char *separator, const char *after)
{
	return *before ? xasprintf("%s%s%s", before, separator, after) : xstrdup(after);
}

/* Appends a component to a slice's name: "sip" and "edge" are "sip-edge". A component that repeats the name
 * above, "sip-edge", is used unchanged. */
static char *extended(const char *name, const char *part)
{
	size_t length = strlen(name);
	bool repeats = length && strncmp(part, name, length) == 0 && part[length] == '-';
	return repeats ? xstrdup(part) : joined(name, "-", part);
}

/* Where systemd puts a slice: "a-b.slice" is in "a.slice". */
static char *slice_directory(const char *name)
{
	char *path = xstrdup("");
	for (const char *dash = name; *name && dash; dash = strchr(dash + 1, '-')) {
		const char *end = strchr(dash + 1, '-');
		cleanup_free char *level =
			xasprintf("%.*s.slice", (int)(end ? (size_t)(end - name) : strlen(name)), name);
		cleanup_free char *before = path;
		path = joined(before, "/", level);
	}
	return path;
}

void scope_names(const char *path, char **slice, char **scope, char **group)
{
	cleanup_free char *copy = xstrdup(path), *name = xstrdup(""), *above = xstrdup("");
	char *rest = NULL;

	for (char *word = strtok_r(copy, "/", &rest); word; word = strtok_r(NULL, "/", &rest)) {
		bool is_root_slice = !*name && strcmp(word, "-.slice") == 0;
		if (is_root_slice && rest && *rest)
			continue;
		cleanup_free char *part = component_name(word);
		free(above);
		above = name;
		name = extended(above, part);
	}
	cleanup_free char *directory = slice_directory(above);
	*slice = *above ? xasprintf("%s.slice", above) : xstrdup("-.slice");
	*scope = xasprintf("%s.scope", name);
	*group = joined(directory, "/", *scope);
}

static bool ends_with_path(const char *group, const char *path)
{
	size_t length = strlen(group), end = strlen(path);
	return length > end && group[length - end - 1] == '/' && strcmp(group + length - end, path) == 0;
}

bool cgroup_path_fits(const char *path, const char *group)
{
	cleanup_free char *slice = NULL, *unit = NULL, *scope = NULL;
	scope_names(path, &slice, &unit, &scope);
	cleanup_free char *leaf = path_join(scope, SCOPE_LEAF);
	return ends_with_path(group, path) || ends_with_path(group, scope) || ends_with_path(group, leaf);
}

bool cgroup_is_services(const char *group)
{
	return text_ends_with(group, ".service") || text_ends_with(group, ".service/" SCOPE_LEAF);
}

/* ---- the manager ---- */

/* The machine's systemd runs here, but no group above our own is visible: ProtectControlGroups=private or
 * strict of a service (systemd 257), or unshare --cgroup. A scope would be outside of what is visible. */
static bool sees_own_unit_only(const struct host *host)
{
	return host->cgroup.namespace_root && host->cgroup.systemd && host->runtime == RUNTIME_NONE;
}

/* In a container, our group was made for us alone, and its limit is meant for us. */
static bool in_container(const struct host *host)
{
	return host->runtime != RUNTIME_NONE || (host->cgroup.namespace_root && !host->cgroup.systemd);
}

/* Why no group can be made by hand, or NULL. Caller frees. */
static char *why_not_cgroupfs(const struct host *host)
{
	if (host->cgroup.mounts_errno)
		return error_format(host->cgroup.mounts_errno,
				    "the mounts are not known: read /proc/self/mountinfo");
	if (host->cgroup.mode == HOST_CGROUP_NONE)
		return xstrdup("no cgroup v2 file system is mounted here");
	if (host->cgroup.mode == HOST_CGROUP_V1)
		return xstrdup("this machine has cgroup v1 only; siplaunch limits memory through cgroup v2");
	if (host->cgroup.mode == HOST_CGROUP_HYBRID && !(host->cgroup.base_controllers & CONTROLLER_MEMORY))
		return xasprintf(
			"the memory controller is bound to cgroup v1 here (a hybrid hierarchy), so no "
			"group in %s can limit memory",
			host->cgroup.mount ? host->cgroup.mount : "cgroup v2");
	if (!host->cgroup.base)
		return xasprintf("siplaunch cannot make a cgroup anywhere: %s", host->cgroup.base_reason);
	if (!host->cgroup.writable)
		return xasprintf("the cgroup tree at %s is not writable here", host->cgroup.mount);
	if (host->cgroup.base_controllers & CONTROLLER_MEMORY)
		return NULL;
	if (host->cgroup.controllers_errno)
		return error_format(
			host->cgroup.controllers_errno,
			"the memory controller is not available in %s: read its cgroup.controllers",
			host->cgroup.base);
	return xasprintf("the memory controller is not available in %s (see its cgroup.controllers)",
			 host->cgroup.base);
}

static char *why_not_askable(const struct host *host)
{
	if (!host->cgroup.user_manager)
		return xasprintf("%s belongs to a user's own systemd", host->cgroup.path);
	return xasprintf("%s belongs to %s, and siplaunch runs as uid %ld", host->cgroup.unit,
			 host->cgroup.user_group
				 ? "the systemd of another user"
				 : "the machine's systemd, which accepts requests only from root",
			 (long)host->euid);
}

/* Why the systemd that siplaunch can ask does not answer, or cannot make this group; else NULL. Caller
 * frees. */
static char *why_not_this_systemd(const struct host *host)
{
	if (host_in_service(host) && !host_service_is_askable(host))
		return why_not_askable(host);
	if (!host->cgroup.bus && host->cgroup.user_manager)
		return xasprintf("no systemd of uid %ld runs: it would answer at /run/user/%ld/bus or "
				 "/run/user/%ld/systemd/private",
				 (long)host->cgroup.user, (long)host->cgroup.user, (long)host->cgroup.user);
	if (!host->cgroup.bus)
		return xstrdup("neither /run/dbus/system_bus_socket nor /run/systemd/private exists");
	if ((host_in_service(host) ? host->cgroup.controllers : host->cgroup.manager_controllers) &
	    CONTROLLER_MEMORY)
		return NULL;
	return host->cgroup.user_manager
		       ? xasprintf("the memory controller is not delegated to %s", host->cgroup.manager_group)
		       : xstrdup("the memory controller is not available to systemd here");
}

/* Why systemd cannot make one, or NULL. Caller frees. */
static char *why_not_systemd(const struct context *context)
{
	const struct host *host = context->host;
	if (!host->cgroup.systemd)
		return xstrdup("there is no systemd here");
	if (sees_own_unit_only(host))
		return xstrdup("no group above siplaunch's own is visible in this cgroup namespace");
	if (!context->systemd_built)
		return xstrdup(
			"this build of siplaunch cannot talk to systemd: it was made without libsystemd");
	if (host->cgroup.mode != HOST_CGROUP_V2)
		return xstrdup("systemd runs without a pure cgroup v2 hierarchy here");
	return why_not_this_systemd(host);
}

static bool needs_leaf(const struct profile *profile)
{
	for (size_t i = 0; i < profile->unified_count; i++)
		if (!profile->unified[i].setting->systemd &&
		    profile_policy(profile, profile->unified[i].setting) != POLICY_SKIP)
			return true;
	return false;
}

static void take_cgroupfs(struct context *context)
{
	const struct host *host = context->host;
	context->decision.manager = MANAGER_CGROUPFS;
	context->decision.manager_reason = xstrdup(host->cgroup.base_reason);
	context->decision.group_path = path_join(host->cgroup.base, context->profile->cgroup.path);
}

static void take_systemd(struct context *context)
{
	const struct host *host = context->host;

	context->decision.manager = MANAGER_SYSTEMD;
	context->decision.own_unit = host_in_service(host);
	if (context->decision.own_unit) {
		context->decision.unit = xstrdup(host->cgroup.unit);
		context->decision.group_path = xstrdup(host->cgroup.path);
		context->decision.manager_reason =
			xasprintf("inside %s, which is not delegated: its own properties are set",
				  context->decision.unit);
		return;
	}
	cleanup_free char *group = NULL;
	scope_names(context->profile->cgroup.path, &context->decision.slice, &context->decision.unit, &group);
	cleanup_free char *path = path_join(host->cgroup.manager_group, group);
	context->decision.group_path = path_join(path, needs_leaf(context->profile) ? SCOPE_LEAF : "");
	cleanup_free char *who = host->cgroup.user_manager
					 ? xasprintf("the systemd of uid %ld", (long)host->cgroup.user)
					 : xstrdup("systemd owns the hierarchy: it");
	context->decision.manager_reason =
		xasprintf("%s starts %s in %s", who, context->decision.unit, context->decision.slice);
}

static void take_adopt(struct context *context, const char *why)
{
	context->decision.manager = MANAGER_ADOPT;
	context->decision.manager_reason = xstrdup(why);
}

/* The manager is not available: siplaunch makes no group, and every step of it is denied with the reason.
 * Takes over the hint. */
static void refuse(struct context *context, enum manager manager, const char *why, char *hint)
{
	context->decision.manager = manager;
	context->decision.manager_reason = xstrdup(why);
	context->decision.manager_refused = xstrdup(why);
	context->decision.manager_hint = hint;
}

/* The hint for the group itself; the settings' remedies say what a container engine can set. Caller frees;
 * NULL: none. */
static char *cgroupfs_hint(const struct host *host)
{
	if (host->cgroup.mounts_errno)
		return NULL;
	if (host->cgroup.mode == HOST_CGROUP_V1 || host->cgroup.mode == HOST_CGROUP_HYBRID)
		return xstrdup(
			"boot the machine with cgroup_no_v1=all systemd.unified_cgroup_hierarchy=1, or "
			"continue without a group: --policy cgroup=prefer");
	if (sees_own_unit_only(host))
		return xstrdup(
			"start it in the machine's cgroup namespace (in a service: ProtectControlGroups=no), or "
			"in that of a delegated unit (Delegate=yes and ProtectControlGroups=private)");
	if (host->runtime == RUNTIME_NSPAWN && !host_sees_own_group(host))
		return xstrdup(
			"start the container with SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 in the environment of "
			"systemd-nspawn, or continue without reading its limits: --policy cgroup=prefer "
			"--set sizing.memory=SIZE");
	if (in_container(host) && !host_sees_own_group(host))
		return xasprintf(
			"start the container so that it sees its own /sys/fs/cgroup (%s), or continue without "
			"reading its limits: --policy cgroup=prefer --set sizing.memory=SIZE",
			host->cgroup.mode == HOST_CGROUP_NONE
				? "podman does not mount it for a user namespace with --network host"
				: "without a volume of the machine's there");
	if (in_container(host))
		return xstrdup("use the container's own group and its limit: --set cgroup.manager=adopt");
	if (host->cgroup.mode == HOST_CGROUP_NONE)
		return xstrdup("mount -t cgroup2 none /sys/fs/cgroup, or continue without a group: --policy "
			       "cgroup=prefer");
	if (host_in_service(host) && !host->cgroup.user_group)
		return remedy_text(setting_of(SETTING_GROUP), &(struct value){0}, host);
	if (!host->cgroup.base)
		return xstrdup("start it as root, or from a unit with Delegate=yes: systemd-run --pty -p "
			       "Delegate=yes siplaunch ...");
	if (!(host->cgroup.base_controllers & CONTROLLER_MEMORY))
		return xstrdup(
			"boot without cgroup_disable=memory, enable it in the groups above, or continue "
			"without a group: --policy cgroup=prefer");
	return NULL;
}

/* How an ordinary user gets a systemd that can limit memory; NULL if that is not what is missing. */
static char *users_systemd_hint(const struct host *host)
{
	if (!host->cgroup.user_manager || host_in_service(host))
		return NULL;
	if (!host->cgroup.bus)
		return xasprintf("start it as root, or give uid %ld a systemd of its own, as root: loginctl "
				 "enable-linger %ld",
				 (long)host->cgroup.user, (long)host->cgroup.user);
	if (host->cgroup.manager_controllers & CONTROLLER_MEMORY)
		return NULL;
	return xasprintf(
		"as root: systemctl edit user@%ld.service, section [Service]: Delegate=memory pids cpu, "
		"and log in again",
		(long)host->cgroup.user);
}

static char *systemd_hint(const struct context *context)
{
	if (!context->host->cgroup.systemd)
		return xstrdup("use cgroup.manager auto or cgroupfs, which make the group without systemd");
	if (!context->systemd_built)
		return xstrdup("install a build with libsystemd, or start it from a unit with Delegate=yes");
	char *hint = users_systemd_hint(context->host);
	return hint ? hint : cgroupfs_hint(context->host);
}

static void choose_automatic(struct context *context, const char *no_cgroupfs, const char *no_systemd)
{
	const struct host *host = context->host;
	bool by_systemd = host->cgroup.systemd && host->cgroup.mode == HOST_CGROUP_V2 && !host->cgroup.base;

	if (!no_cgroupfs) {
		take_cgroupfs(context);
	} else if (!no_systemd) {
		take_systemd(context);
	} else {
		cleanup_free char *both =
			by_systemd ? xasprintf("%s; and %s", no_cgroupfs, no_systemd) : xstrdup(no_cgroupfs);
		/* a limit that cannot be read cannot be adopted */
		if (in_container(host) && host_sees_own_group(host))
			take_adopt(context, both);
		else
			refuse(context, MANAGER_ADOPT, both,
			       by_systemd ? systemd_hint(context) : cgroupfs_hint(host));
	}
}

static void choose(struct context *context)
{
	const struct host *host = context->host;
	cleanup_free char *no_cgroupfs = why_not_cgroupfs(host);
	cleanup_free char *no_systemd = why_not_systemd(context);

	switch (context->profile->cgroup.manager) {
	case MANAGER_AUTO:
		choose_automatic(context, no_cgroupfs, no_systemd);
		break;
	case MANAGER_ADOPT:
		take_adopt(context, "the profile says so");
		break;
	case MANAGER_CGROUPFS:
		if (no_cgroupfs)
			refuse(context, MANAGER_CGROUPFS, no_cgroupfs, cgroupfs_hint(host));
		else
			take_cgroupfs(context);
		break;
	case MANAGER_SYSTEMD:
		if (host_in_service(host) && !no_cgroupfs)
			take_cgroupfs(context); /* a scope would escape the service's stop */
		else if (no_systemd)
			refuse(context, MANAGER_SYSTEMD, no_systemd, systemd_hint(context));
		else
			take_systemd(context);
		break;
	}
}

/* Kamailio exits when any child of its main process exits, and PID 1 adopts every orphan of its PID
 * namespace. */
static void choose_handoff(struct context *context)
{
	const struct host *host = context->host;
	enum handoff wanted = context->profile->handoff;

	context->decision.handoff = wanted == HANDOFF_SUPERVISE ? HANDOFF_SUPERVISE : HANDOFF_EXEC;
	if (wanted != HANDOFF_AUTO || !host->is_pid1 || !context->router->dies_of_orphans ||
	    context->command->only_checks)
		return;
	context->decision.handoff = HANDOFF_SUPERVISE;
	context->decision.handoff_reason = xasprintf(
		"staying as PID 1: %s exits when an adopted orphan process exits", context->router->name);
}

void context_place_clear(struct context *context)
{
	char **const texts[] = {
		&context->decision.group_path,
		&context->decision.manager_reason,
		&context->decision.manager_refused,
		&context->decision.manager_hint,
		&context->decision.unit,
		&context->decision.slice,
		&context->decision.handoff_reason,
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		free(*texts[i]);
		*texts[i] = NULL;
	}
	context->decision.own_unit = false;
}

/* systemd's own state of a unit has to change as well, so that systemctl shows what is true; it ignores
 * `thaw` for a group that was frozen behind its back. Caller frees. */
static char *thaw_hint(const struct host *host)
{
	const char *group = host->cgroup.frozen, *unit = strrchr(group, '/') + 1;
	cleanup_free char *directory =
		path_join(host->cgroup.mount ? host->cgroup.mount : "", host_below_mount(host, group));
	cleanup_free char *write = xasprintf("echo 0 >%s/cgroup.freeze", directory);
	return host->cgroup.systemd
		       ? xasprintf("%s thaw %s, or: %s", host_systemctl(host, group), unit, write)
		       : xstrdup(write);
}

/* A process that joins a frozen group stops before it can report anything, until somebody thaws the group. */
static void refuse_frozen(struct context *context)
{
	const char *group = context->host->cgroup.frozen;
	enum manager manager = context->decision.manager;

	if (!group || !context->decision.group_path || context->decision.own_unit)
		return;
	context_place_clear(context);
	cleanup_free char *why =
		xasprintf("%s is frozen: siplaunch would stop as soon as it joins a group below it", group);
	refuse(context, manager, why, thaw_hint(context->host));
}

void context_place(struct context *context)
{
	context_place_clear(context);
	if (!context->profile->cgroup.path)
		take_adopt(context, "the profile names no cgroup.path");
	else if (profile_policy(context->profile, setting_of(SETTING_GROUP)) == POLICY_SKIP)
		take_adopt(context, "the policy cgroup/group is skip");
	else
		choose(context);
	refuse_frozen(context);
	choose_handoff(context);
}

bool context_shares_group(const struct context *context)
{
	return !context->decision.group_path || context->decision.own_unit;
}

char *context_limits_group(const struct context *context)
{
	const char *path = context->decision.group_path;
	if (!path)
		return NULL;
	bool leaf = context->decision.slice && text_ends_with(path, "/" SCOPE_LEAF);
	return xstrndup(path, strlen(path) - (leaf ? sizeof SCOPE_LEAF : 0));
}
