/* SPDX-License-Identifier: MIT */
/*
 * Who makes a setting what the profile wants, in each tool: the tool itself wherever it has a word for it,
 * else siplaunch where it may, else nobody.
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

#define NO_CAPABILITIES "none" /* capabilities_text() of an empty set */

const struct rlimit_wish *export_half(const struct profile *profile, const struct setting *setting)
{
	for (size_t i = 0; i < profile->rlimit_count; i++) {
		const struct rlimit_wish *wish = &profile->rlimits[i];
		if (wish->setting == setting && !(wish->has_soft && wish->has_hard))
			return wish;
	}
	return NULL;
}

static void decided(struct export_item *item, enum export_by by, const char *note)
{
	item->by = by;
	item->note = note ? xstrdup(note) : NULL;
}

/* By its name, and not by what the kernel says of every filter. */
static void decide_filter(const struct export *export, struct export_item *item)
{
	const struct context *context = export->request->context;
	const char *name = context->profile->seccomp.name;
	bool file = name && strchr(name, '/') && export->request->tool != TOOL_POD;
	if (context->filter)
		value_set(&item->value, value_text(context->filter->name));
	item->by = EXPORT_BY_LAUNCHER;
	item->note = xasprintf(
		"siplaunch installs it right before the router starts, on top of any other filter%s%s",
		file ? "; its file has to be there too: " : "", file ? name : "");
}

/* What is neither computed by nor known to any tool. */
static bool is_the_launchers(const struct export *export, struct export_item *item)
{
	const struct setting *setting = item->setting;
	if (setting_is(setting, "arguments", NULL))
		decided(item, EXPORT_BY_LAUNCHER,
			"siplaunch computes it at the start, for the limit that it finds there");
	else if (setting_is(setting, "parent", NULL))
		decided(item, EXPORT_BY_LAUNCHER,
			"siplaunch sets it, for the parent process that it has there");
	else if (setting_is(setting, "seccomp", NULL))
		decide_filter(export, item);
	else
		return false;
	return true;
}

/* At the kernel's own value, of which a computed one is never below. */
static bool is_fresh(const struct export_item *item)
{
	const char *text = setting_kernel_default(item->setting);
	struct value fresh = {0};
	bool same =
		text && setting_value_parse(item->setting, text, &fresh) && value_equal(&fresh, &item->value);
	value_clear(&fresh);
	return same;
}

static bool is_user(const struct setting *setting)
{
	return setting_is(setting, "identity", "user") || setting_is(setting, "identity", "group");
}

static bool is_group(const struct setting *setting)
{
	return setting_is(setting, "cgroup", "group") || setting_is(setting, "cgroup", "cgroup.procs");
}

/* Half a limit is no limit to any tool: each takes both numbers, or one for both. */
static bool is_half(const struct export *export, struct export_item *item)
{
	const struct rlimit_wish *wish = export_half(export->request->context->profile, item->setting);
	if (!wish)
		return false;
	value_set(&item->value, value_number(item->setting->kind, wish->has_soft ? wish->soft : wish->hard));
	decided(item, EXPORT_BY_LAUNCHER,
		wish->has_soft ? "the soft limit alone: siplaunch sets it, up to the hard limit of the place"
			       : "the hard limit alone: siplaunch lowers it");
	return true;
}

/* Where siplaunch has to start as root, it becomes the user itself. */
static bool is_root_s(const struct export *export, struct export_item *item)
{
	bool follows = is_user(item->setting) || setting_is(item->setting, "identity", "additionalGids");
	if (!export->root_why || !follows)
		return false;
	item->by = EXPORT_BY_LAUNCHER;
	item->note = xasprintf("siplaunch starts as root and becomes it: %s", export->root_why);
	return true;
}

/* ---- docker, podman ---- */

static const char *text_of(const struct export *export, const char *name)
{
	const struct profile *profile = export->request->context->profile;
	return strcmp(name, "user") == 0 ? profile->user : profile->group;
}

static uint64_t number_of(const struct export *export, const char *name, uint64_t otherwise)
{
	const struct export_item *item = export_item(export, "cgroup", name);
	return item && item->value.count == 1 ? item->value.number[0] : otherwise;
}

/* In place of all others: what becomes another user, and what the profile keeps. */
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
	const struct tool_beside beside = {
		.memory_bytes = number_of(export, "memory.max", UNLIMITED),
		.swap_bytes = number_of(export, "memory.swap.max", TOOL_NOT_SAID),
		.user = text_of(export, "user"),
		.group = text_of(export, "group"),
	};
	if (setting_is(item->setting, "identity", "capabilities"))
		return engine_capabilities(export, item);
	bool podman = export->request->tool == TOOL_PODMAN;
	return tool_options(podman ? TOOL_PODMAN : TOOL_DOCKER, item->setting, &item->value, &beside);
}

/* What an engine has no option for. */
static void engine_otherwise(const struct export *export, struct export_item *item)
{
	const struct setting *setting = item->setting;
	bool docker = export->request->tool != TOOL_PODMAN;
	if (is_fresh(item))
		decided(item, EXPORT_BY_DEFAULT, "a container has no such limit unless it is given one");
	else if (setting_is(setting, "cgroup", "memory.oom.group"))
		decided(item, EXPORT_BY_NOBODY,
			"there is no option for it; an OOM kill of the container's first process ends all of it");
	else if (setting_is(setting, "cgroup", NULL))
		item->note = xasprintf(
			"there is no option for it; with --security-opt %s, %ssiplaunch sets it in a group of its "
			"own; to go on without: --policy cgroup/%s=prefer",
			docker ? "writable-cgroups=true" : "unmask=/sys/fs/cgroup",
			docker ? "which docker has from 28 on, " : "", setting->name);
	else if (setting_is(setting, "rlimit", NULL))
		decided(item, EXPORT_BY_LAUNCHER,
			"there is no option for it: siplaunch sets it, up to the hard limit of the container");
	else if (setting->privilege == PRIVILEGE_NONE)
		decided(item, EXPORT_BY_LAUNCHER, "there is no option for it: siplaunch sets it");
	else
		decided(item, EXPORT_BY_LAUNCHER,
			"there is no option for it: siplaunch sets it where the container starts as root");
}

/* In Compose's words, where it has one for it: docker has a few options more. */
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
	if (setting_is(setting, "sysctl", NULL) && is_fresh(item)) {
		decided(item, EXPORT_BY_DEFAULT, "a new IPC namespace has it, and the router needs no more");
		return;
	}
	item->text = engine_text(export, item);
	item->by = EXPORT_BY_TOOL;
	if (item->text && export->request->tool == TOOL_COMPOSE)
		in_compose(item);
	if (item->text && is_user(setting) && item->value.kind == VALUE_TEXT)
		item->note = xstrdup("a name is looked up in the image");
	if (!item->text) {
		item->by = EXPORT_BY_NOBODY;
		engine_otherwise(export, item);
	} else if (setting_is(setting, "identity", "capabilities") && export->root_why) {
		item->note = xstrdup("SETUID, SETGID and SETPCAP are what siplaunch drops all others with");
	}
}

/* ---- pods ---- */

/* A number, which is all that a pod takes. */
static bool pod_id(const struct export *export, struct export_item *item)
{
	const struct identity *identity = export->request->identity;
	bool user = setting_is(item->setting, "identity", "user"), known;
	uint64_t number;

	known = item->value.kind == VALUE_TEXT && parse_u64(item->value.text, &number);
	if (!known && identity && (user ? identity->has_user : identity->has_group)) {
		number = user ? identity->uid : identity->gid;
		known = true;
		item->note = xasprintf("%s in the passwd and group files of the machine that wrote this: the "
				       "image's have to say the same",
				       item->value.text);
	}
	if (!known) {
		item->by = EXPORT_BY_NOBODY;
		item->note = xasprintf(
			"pods take numbers, and nobody here is called %s: fill in the image's (id %s "
			"in it), or export with --set %s=NUMBER",
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
		decided(item, EXPORT_BY_DEFAULT, "a container has no such limit unless it is given one");
	} else if (setting_is(setting, "rlimit", NULL)) {
		item->by = EXPORT_BY_LAUNCHER;
		item->note = xasprintf("siplaunch sets it, up to the container's hard limit: %s",
				       setting->pod_note);
	} else if (setting_is(setting, "oom", NULL)) {
		item->by = (int64_t)item->value.number[0] >= -997 ? EXPORT_BY_LAUNCHER : EXPORT_BY_NOBODY;
		item->note =
			xasprintf("%s; from there siplaunch can raise it, and lower it with the capability "
				  "SYS_RESOURCE only",
				  setting->pod_note);
	} else if (setting->privilege == PRIVILEGE_NONE) {
		decided(item, EXPORT_BY_LAUNCHER, "pods have no field for it: siplaunch sets it");
	} else if (setting_is(setting, "identity", NULL)) {
		decided(item, EXPORT_BY_LAUNCHER,
			"pods have no word for it: siplaunch sets it where the container starts as root");
	} else if (setting->pod_note) {
		decided(item, EXPORT_BY_NOBODY, setting->pod_note);
	} else {
		item->by = EXPORT_BY_NOBODY;
		item->note = xasprintf("pods have no field for it; to go on without: --policy %s/%s=prefer",
				       setting->mechanism, setting->name);
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
		export->root_why ? "SETUID, SETGID and SETPCAP are what siplaunch drops all "
				   "others with"
				 : NULL);
}

static void decide_pod(const struct export *export, struct export_item *item)
{
	const struct setting *setting = item->setting;
	if (is_group(setting)) {
		decided(item, EXPORT_BY_TOOL, "a container has a group of its own, which siplaunch adopts");
	} else if (setting_is(setting, "sysctl", NULL)) {
		pod_sysctl(export, item);
	} else if (is_user(setting)) {
		pod_id(export, item);
	} else if (setting_is(setting, "identity", "capabilities")) {
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

/* A user's come from AmbientCapabilities=, and none is an empty list. */
static char *unit_capabilities(const struct value *value)
{
	bool none = strcmp(value->text, NO_CAPABILITIES) == 0;
	return none ? xstrdup("CapabilityBoundingSet=")
		    : xasprintf("CapabilityBoundingSet=%s\nAmbientCapabilities=%s", value->text, value->text);
}

static void unit_text(struct export_item *item)
{
	const struct setting *setting = item->setting;
	item->by = EXPORT_BY_TOOL;
	item->text = setting_is(setting, "identity", "capabilities") ? unit_capabilities(&item->value)
								     : tool_directive(setting, &item->value);
	if (item->text) {
		if (setting_is(setting, "ipc", NULL))
			item->note = xstrdup("systemd has it from 248 on");
	} else if (setting_is(setting, "cgroup", NULL)) {
		decided(item, EXPORT_BY_DEFAULT, "a service has no such limit unless it is given one");
	} else {
		decided(item, EXPORT_BY_LAUNCHER, "units have no word for it: siplaunch sets it");
	}
}

static void decide_unit(const struct export *export, struct export_item *item)
{
	const struct setting *setting = item->setting;
	bool root_s = setting_is(setting, "identity", "capabilities") && export->root_why;
	if (is_group(setting) && !export->delegated)
		decided(item, EXPORT_BY_TOOL, "a service has a group of its own, which siplaunch adopts");
	else if (setting_is(setting, "cgroup", NULL) && export->delegated)
		decided(item, EXPORT_BY_LAUNCHER,
			"siplaunch sets it in the group \"router\", which Delegate= lets it make below the unit's own");
	else if (setting_is(setting, "sysctl", NULL) && is_fresh(item))
		decided(item, EXPORT_BY_DEFAULT, "a new IPC namespace has it, and the router needs no more");
	else if (setting_is(setting, "sysctl", NULL))
		decided(item, EXPORT_BY_LAUNCHER, "siplaunch writes it in the unit's IPC namespace, as root");
	else if (root_s)
		decided(item, EXPORT_BY_LAUNCHER, "siplaunch drops all others when it is no longer root");
	else
		unit_text(item);
	if (setting->below && item->text && export->root_why)
		decided(item, EXPORT_BY_LAUNCHER,
			"systemd makes it as root's where there is no User=; siplaunch gives it to the profile's user");
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
