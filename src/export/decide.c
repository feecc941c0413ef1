/* SPDX-License-Identifier: MIT */
/*
 * What sets a setting to the profile's value, for each tool: the tool itself if it has an option for it, else
 * siplaunch if it may, else nothing.
 */
#include "export/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/shell.h"
#include "router/router.h"
#include "seccomp/seccomp.h"
#include "settings/cgroup_file.h"

#define NO_CAPABILITIES "none" /* capabilities_text() of an empty set */

const struct rlimit_request *export_half(const struct profile *profile, const struct setting *setting)
{
	for (size_t i = 0; i < profile->rlimit_count; i++) {
		const struct rlimit_request *requested = &profile->rlimits[i];
		if (requested->setting == setting && !(requested->has_soft && requested->has_hard))
			return requested;
	}
	return NULL;
}

static void decided(struct export_item *item, enum export_by by, const char *note)
{
	item->by = by;
	item->note = note ? xstrdup(note) : NULL;
}

/* What a person has to do for the filter's file. Caller frees. */
static char *filter_work(const struct export_request *request)
{
	const struct export_file *file = request->tool == TOOL_UNIT ? request->filter_file : NULL;
	if (!file)
		return xstrdup("");
	return strcmp(file->source, file->target) == 0
		       ? xasprintf("; its file must exist there too: %s", file->target)
		       : xasprintf("; copy its file %s to %s there", file->source, file->target);
}

/* The item's value is the filter's name: the kernel reports the same for every filter. */
static void decide_filter(const struct export *export, struct export_item *item)
{
	const struct context *context = export->request->context;
	cleanup_free char *work = filter_work(export->request);
	if (context->filter)
		value_set(&item->value, value_text(context->filter->name));
	item->by = EXPORT_BY_LAUNCHER;
	item->note = xasprintf(
		"siplaunch installs it right before the router starts, in addition to any other filter%s",
		work);
}

/* Settings that no tool can compute or set. */
static bool is_the_launchers(const struct export *export, struct export_item *item)
{
	const struct setting *setting = item->setting;
	if (setting->mechanism == MECHANISM_ARGUMENTS)
		decided(item, EXPORT_BY_LAUNCHER,
			"siplaunch computes it at the start, for the limit that it finds there");
	else if (setting->mechanism == MECHANISM_PARENT)
		decided(item, EXPORT_BY_LAUNCHER, "siplaunch sets it, for its parent process there");
	else if (setting->mechanism == MECHANISM_SECCOMP)
		decide_filter(export, item);
	else
		return false;
	return true;
}

/* Whether the value is the kernel's default. A computed value is never below it. */
static bool is_fresh(const struct export_item *item)
{
	const char *text = item->setting->fresh;
	struct value fresh = {0};
	if (export_is_no_quota(item))
		return true;
	bool same =
		text && setting_value_parse(item->setting, text, &fresh) && value_equal(&fresh, &item->value);
	value_clear(&fresh);
	return same;
}

static bool is_user(const struct setting *setting)
{
	return setting->id == SETTING_UID || setting->id == SETTING_GID;
}

static bool is_group(const struct setting *setting)
{
	return setting->id == SETTING_GROUP || setting->id == SETTING_GROUP_PROCS;
}

/* No tool can set half a limit: each takes both numbers, or one number for both. */
static bool is_half(const struct export *export, struct export_item *item)
{
	const struct rlimit_request *requested =
		export_half(export->request->context->profile, item->setting);
	if (!requested)
		return false;
	value_set(&item->value,
		  value_number(item->setting->kind, requested->has_soft ? requested->soft : requested->hard));
	decided(item, EXPORT_BY_LAUNCHER,
		requested->has_soft ? "the soft limit alone: siplaunch sets it, up to the hard limit there"
				    : "the hard limit alone: siplaunch lowers it");
	return true;
}

/* If siplaunch must start as root, it changes to the user itself. */
static bool is_root_s(const struct export *export, struct export_item *item)
{
	bool follows = is_user(item->setting) || item->setting->id == SETTING_ADDITIONAL_GIDS;
	if (!export->root_why || !follows)
		return false;
	item->by = EXPORT_BY_LAUNCHER;
	item->note = xasprintf("siplaunch starts as root and changes to it: %s", export->root_why);
	return true;
}

/* ---- docker, podman ---- */

static uint64_t number_of(const struct export *export, enum setting_id id, uint64_t otherwise)
{
	const struct export_item *item = export_item(export, id);
	return item && item->value.count == 1 ? item->value.number[0] : otherwise;
}

/* Drops all capabilities, and adds those for a change of the user and those of the profile. */
static char *engine_capabilities(const struct export *export, const struct export_item *item)
{
	bool none = strcmp(item->value.text, NO_CAPABILITIES) == 0;
	cleanup_free char *names =
		none ? xstrdup("") : tool_value(TOOL_DOCKER, item->setting, &item->value, false);
	cleanup_free char *all = xasprintf("%s %s", export->root_why ? "SETUID SETGID SETPCAP" : "", names);
	cleanup_free char *added = tool_options_each("--cap-add %s", all);
	return xasprintf("--cap-drop ALL%s%s", *added ? " " : "", added);
}

static char *engine_text(const struct export *export, const struct export_item *item)
{
	const struct tool_others beside = {
		.memory_bytes = number_of(export, SETTING_MEMORY_MAX, UNLIMITED),
		.swap_bytes = number_of(export, SETTING_MEMORY_SWAP_MAX, TOOL_NOT_SAID),
		.user = export->request->context->profile->user,
		.group = export->request->context->profile->group,
	};
	if (item->setting->id == SETTING_CAPABILITIES)
		return engine_capabilities(export, item);
	bool podman = export->request->tool == TOOL_PODMAN;
	return tool_options(podman ? TOOL_PODMAN : TOOL_DOCKER, item->setting, &item->value, &beside);
}

/* Whether siplaunch makes a group of the router's own where the engine permits it. */
static bool makes_group(const struct export *export)
{
	const struct profile *profile = export->request->context->profile;
	return export_item(export, SETTING_GROUP) && profile->cgroup.manager != MANAGER_ADOPT;
}

/* Directories whose data should outlive the container: an empty volume would be root's. */
static void engine_directory(struct export_item *item)
{
	const char *path = item->value.text;
	item->note = xasprintf("the root file system is read-only: mount a directory that the router's user "
			       "may write, such as --volume /srv/router:%.*s",
			       (int)strcspn(path, " "), path);
}

/* Settings without an option of the engine. */
static void engine_otherwise(const struct export *export, struct export_item *item)
{
	const struct setting *setting = item->setting;
	bool docker = export->request->tool != TOOL_PODMAN;
	if (is_fresh(item))
		decided(item, EXPORT_BY_DEFAULT, "a container has no such limit by default");
	else if (setting->id == SETTING_MEMORY_OOM_GROUP)
		decided(item, EXPORT_BY_NOBODY,
			"there is no option for it; an OOM kill of the container's first process ends the "
			"container");
	else if (setting->below && export_knows_router(export))
		engine_directory(item);
	else if (setting->mechanism == MECHANISM_CGROUP && !makes_group(export))
		item->note = xasprintf(
			"there is no option for it, and the profile does not let siplaunch make a group; to "
			"continue without it: --policy cgroup/%s=prefer",
			setting->name);
	else if (setting->mechanism == MECHANISM_CGROUP)
		item->note = xasprintf(
			"there is no option for it; with --security-opt %s, %ssiplaunch sets it in a group "
			"of its own; to continue without it: --policy cgroup/%s=prefer",
			docker ? "writable-cgroups=true" : "unmask=/sys/fs/cgroup",
			docker ? "which docker has since version 28, " : "", setting->name);
	else if (setting->mechanism == MECHANISM_RLIMIT)
		decided(item, EXPORT_BY_LAUNCHER,
			"there is no option for it: siplaunch sets it, up to the hard limit of the container");
	else if (setting->privilege == PRIVILEGE_NONE)
		decided(item, EXPORT_BY_LAUNCHER, "there is no option for it: siplaunch sets it");
	else
		decided(item, EXPORT_BY_LAUNCHER,
			"there is no option for it: siplaunch sets it if the container starts as root");
}

/* Converts to Compose's key, if it has one: docker has a few more options. */
static void in_compose(struct export_item *item)
{
	char **words = shell_words(item->text);
	json_t *members = json_checked(json_object());
	bool known = tool_compose_put(members, words, NULL);
	argv_free(words);
	if (known) {
		item->field = members;
		item->path = xstrdup("services.*");
		return;
	}
	json_decref(members);
	free(item->text);
	item->text = NULL;
}

static void decide_engine(const struct export *export, struct export_item *item)
{
	const struct setting *setting = item->setting;
	if (is_group(setting)) {
		decided(item, EXPORT_BY_TOOL, "a container has a group of its own, which siplaunch adopts");
		return;
	}
	if (setting->mechanism == MECHANISM_SYSCTL && is_fresh(item)) {
		decided(item, EXPORT_BY_DEFAULT, "a new IPC namespace has it, and the router needs no more");
		return;
	}
	item->text = engine_text(export, item);
	item->by = EXPORT_BY_TOOL;
	if (item->text && export->request->tool == TOOL_COMPOSE)
		in_compose(item);
	if (item->text && is_user(setting) && item->value.kind == VALUE_TEXT)
		item->note = xstrdup("the engine looks the name up in the image");
	if (!item->text) {
		item->by = EXPORT_BY_NOBODY;
		engine_otherwise(export, item);
	} else if (setting->id == SETTING_CAPABILITIES && export->root_why) {
		item->note = xstrdup("siplaunch needs SETUID, SETGID and SETPCAP to drop all others");
	}
}

/* ---- pods ---- */

/* A numeric id: a pod accepts no names. */
static bool pod_id(const struct export *export, struct export_item *item)
{
	const struct identity *identity = export->request->identity;
	bool user = item->setting->id == SETTING_UID, known;
	uint64_t number;

	known = item->value.kind == VALUE_TEXT && parse_u64(item->value.text, &number);
	if (!known && identity && (user ? identity->has_user : identity->has_group)) {
		number = user ? identity->uid : identity->gid;
		known = true;
		item->note = xasprintf(
			"%s in the passwd and group files of the machine that wrote this: the image's must "
			"have the same",
			item->value.text);
	}
	if (!known) {
		item->by = EXPORT_BY_NOBODY;
		item->note = xasprintf(
			"pods need numbers, and this machine does not know %s: fill in the image's (id %s in "
			"it), or export with --set %s=NUMBER",
			item->value.text, item->value.text, item->setting->name);
		return false;
	}
	const struct value value = value_number(VALUE_COUNT, number);
	item->field = tool_field(item->setting, &value, &item->path);
	item->by = EXPORT_BY_TOOL;
	return true;
}

static void pod_sysctl(const struct export *export, struct export_item *item)
{
	bool safe = !item->setting->pod_note;
	if (is_fresh(item)) {
		decided(item, EXPORT_BY_DEFAULT, "a new IPC namespace has it, and the router needs no more");
	} else if (safe || export->request->sysctls == EXPORT_SYSCTLS_POD) {
		item->field = tool_field(item->setting, &item->value, &item->path);
		decided(item, EXPORT_BY_TOOL, item->setting->pod_note);
	} else {
		item->by = EXPORT_BY_LAUNCHER;
		item->note = xasprintf(
			"the init container writes it in the pod's IPC namespace, and is privileged for "
			"that; with --sysctls pod the kubelet does (%s)",
			item->setting->pod_note);
	}
}

static void pod_otherwise(struct export_item *item)
{
	const struct setting *setting = item->setting;
	if (is_fresh(item)) {
		decided(item, EXPORT_BY_DEFAULT, "a container has no such limit by default");
	} else if (setting->mechanism == MECHANISM_RLIMIT) {
		item->by = EXPORT_BY_LAUNCHER;
		item->note = xasprintf("siplaunch sets it, up to the container's hard limit: %s",
				       setting->pod_note);
	} else if (setting->mechanism == MECHANISM_OOM) {
		item->by = (int64_t)item->value.number[0] >= -997 ? EXPORT_BY_LAUNCHER : EXPORT_BY_NOBODY;
		item->note =
			xasprintf("%s; from there siplaunch can raise it, and lower it with the capability "
				  "SYS_RESOURCE only",
				  setting->pod_note);
	} else if (setting->privilege == PRIVILEGE_NONE) {
		decided(item, EXPORT_BY_LAUNCHER, "pods have no field for it: siplaunch sets it");
	} else if (setting->mechanism == MECHANISM_IDENTITY) {
		decided(item, EXPORT_BY_LAUNCHER,
			"pods have no field for it: siplaunch sets it if the container starts as root");
	} else if (setting->pod_note) {
		decided(item, EXPORT_BY_NOBODY, setting->pod_note);
	} else {
		item->by = EXPORT_BY_NOBODY;
		item->note =
			xasprintf("pods have no field for it; to continue without it: --policy %s/%s=prefer",
				  mechanism_name(setting->mechanism), setting->name);
	}
}

static void pod_capabilities(const struct export *export, struct export_item *item)
{
	bool none = strcmp(item->value.text, NO_CAPABILITIES) == 0;
	cleanup_free char *names =
		none ? xstrdup("") : tool_value(TOOL_POD, item->setting, &item->value, false);
	cleanup_free char *all = xasprintf("%s %s", export->root_why ? "SETUID SETGID SETPCAP" : "", names);
	item->path = xstrdup(item->setting->pod);
	item->field = tool_field_list(all);
	decided(item, EXPORT_BY_TOOL,
		export->root_why ? "siplaunch needs SETUID, SETGID and SETPCAP to drop all others" : NULL);
}

static void decide_pod(const struct export *export, struct export_item *item)
{
	const struct setting *setting = item->setting;
	if (is_group(setting)) {
		decided(item, EXPORT_BY_TOOL, "a container has a group of its own, which siplaunch adopts");
	} else if (setting->mechanism == MECHANISM_SYSCTL) {
		pod_sysctl(export, item);
	} else if (is_user(setting)) {
		pod_id(export, item);
	} else if (setting->id == SETTING_CAPABILITIES) {
		pod_capabilities(export, item);
	} else {
		item->field = tool_field(setting, &item->value, &item->path);
		item->by = EXPORT_BY_TOOL;
		if (item->field)
			item->note = setting->pod_note ? xstrdup(setting->pod_note) : NULL;
		else
			pod_otherwise(item);
	}
}

/* ---- systemd ---- */

/* A user other than root gets capabilities by AmbientCapabilities=; no capabilities are an empty list. */
static char *unit_capabilities(const struct value *value)
{
	bool none = strcmp(value->text, NO_CAPABILITIES) == 0;
	return none ? xstrdup("CapabilityBoundingSet=")
		    : xasprintf("CapabilityBoundingSet=%s\nAmbientCapabilities=%s", value->text, value->text);
}

/* With the period, unless it is systemd's own. */
static char *unit_quota(const struct export_item *item)
{
	uint64_t quota_us, period_us;
	char *text = tool_directive(item->setting, &item->value);
	if (!text || !cpu_quota_split(item->value.text, &quota_us, &period_us) ||
	    period_us == CPU_PERIOD_DEFAULT_US)
		return text;
	cleanup_free char *share = text;
	return xasprintf("%s\nCPUQuotaPeriodSec=%" PRIu64 "us", share, period_us);
}

static void unit_text(struct export_item *item)
{
	const struct setting *setting = item->setting;
	item->by = EXPORT_BY_TOOL;
	item->text = setting->id == SETTING_CAPABILITIES ? unit_capabilities(&item->value)
		     : setting->id == SETTING_CPU_MAX    ? unit_quota(item)
							 : tool_directive(setting, &item->value);
	if (item->text) {
		if (setting->mechanism == MECHANISM_IPC)
			item->note = xstrdup("systemd has it since 248");
	} else if (setting->mechanism == MECHANISM_CGROUP && is_fresh(item)) {
		decided(item, EXPORT_BY_DEFAULT, "a service has no such limit by default");
	} else if (setting->mechanism == MECHANISM_CGROUP) {
		item->by = EXPORT_BY_NOBODY;
		item->note = xasprintf(
			"units have no option for it, and the policy cgroup/group=skip forbids a group of the "
			"router's own; to continue without it: --policy cgroup/%s=prefer",
			setting->name);
	} else {
		decided(item, EXPORT_BY_LAUNCHER, "units have no option for it: siplaunch sets it");
	}
}

/* In a unit with a group of the router's own below its own. */
static void decide_delegated(struct export_item *item)
{
	if (!item->setting->bounded_above) {
		decided(item, EXPORT_BY_LAUNCHER,
			"siplaunch sets it in the group \"router\", which Delegate= lets it make below the "
			"unit's own");
		return;
	}
	decided(item, EXPORT_BY_TOOL,
		"siplaunch sets it in the router's group, where no more than this takes effect");
	item->text = tool_directive(item->setting, &item->value);
}

static void decide_unit(const struct export *export, struct export_item *item)
{
	const struct setting *setting = item->setting;
	bool root_s = setting->id == SETTING_CAPABILITIES && export->root_why;
	if (is_group(setting) && !export->delegated)
		decided(item, EXPORT_BY_TOOL, "a service has a group of its own, which siplaunch adopts");
	else if (setting->mechanism == MECHANISM_CGROUP && export->delegated)
		decide_delegated(item);
	else if (setting->mechanism == MECHANISM_SYSCTL && is_fresh(item))
		decided(item, EXPORT_BY_DEFAULT,
			export->request->context->profile->ipc.namespace == IPC_PRIVATE
				? "a new IPC namespace has it, and the router needs no more"
				: "the kernel's default is no less, and the router needs no more");
	else if (setting->mechanism == MECHANISM_SYSCTL)
		decided(item, EXPORT_BY_LAUNCHER, "siplaunch writes it in the unit's IPC namespace, as root");
	else if (root_s)
		decided(item, EXPORT_BY_LAUNCHER, "siplaunch drops all others when it is no longer root");
	else
		unit_text(item);
	if (setting->below && item->text && export->root_why)
		decided(item, EXPORT_BY_LAUNCHER,
			"without User= systemd makes it for root; siplaunch gives it to the profile's user");
}

/* ---- sysctl.d ---- */

static void decide_sysctl(struct export_item *item)
{
	item->text = tool_sysctl(item->setting, &item->value);
	if (item->text)
		decided(item, EXPORT_BY_TOOL, NULL);
	else
		decided(item, EXPORT_BY_LAUNCHER, "no sysctl: siplaunch sets it when it starts the router");
}

void export_decide(const struct export *export, struct export_item *item)
{
	if (export->request->tool == TOOL_SYSCTL) {
		decide_sysctl(item);
		return;
	}
	if (is_the_launchers(export, item) || is_half(export, item) || is_root_s(export, item))
		return;
	switch (export->request->tool) {
	case TOOL_DOCKER:
	case TOOL_PODMAN:
	case TOOL_COMPOSE:
		decide_engine(export, item);
		break;
	case TOOL_POD:
		decide_pod(export, item);
		break;
	case TOOL_UNIT:
		decide_unit(export, item);
		break;
	case TOOL_SYSCTL:
	case TOOL_SHELL:
		break;
	}
}
