/* SPDX-License-Identifier: MIT */
#include "plan/remedy_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "host/host.h"

#define CAPABILITIES_FIELD "spec.containers[].securityContext.capabilities.add[]"
#define DROPPED_FIELD      "spec.containers[].securityContext.capabilities.drop[]"

/* What each privilege requires: as capabilities for a container, and in words. */
static const struct {
	const char *capabilities, *words;
} privileges[] = {
	[PRIVILEGE_NONE] = {0},
	[PRIVILEGE_CGROUP] = {NULL, "or in a group that is delegated to its user"},
	[PRIVILEGE_SYS_RESOURCE] = {"SYS_RESOURCE", "with CAP_SYS_RESOURCE"},
	[PRIVILEGE_SYS_ADMIN] = {"SYS_ADMIN", "with CAP_SYS_ADMIN"},
	[PRIVILEGE_IPC_OWNER] = {NULL, "with a writable /proc/sys"},
	[PRIVILEGE_SETID] = {"SETUID SETGID", "with CAP_SETUID and CAP_SETGID"},
	[PRIVILEGE_SETPCAP] = {"SETPCAP", "with CAP_SETPCAP"},
	[PRIVILEGE_DIRECTORY] = {"CHOWN FOWNER", "with CAP_CHOWN and CAP_FOWNER, on a writable file system"},
};

enum tool remedy_tool(const struct host *host)
{
	const char *unit = host->cgroup.unit;
	switch (host->runtime) {
	case RUNTIME_DOCKER:
		return TOOL_DOCKER;
	case RUNTIME_PODMAN:
		return TOOL_PODMAN;
	case RUNTIME_KUBERNETES:
		return TOOL_POD;
	case RUNTIME_NONE:
		return unit && strstr(unit, ".service") ? TOOL_UNIT : TOOL_SHELL;
	case RUNTIME_CONTAINERD:
	case RUNTIME_NSPAWN:
	case RUNTIME_LXC:
	case RUNTIME_OTHER:
		break;
	}
	return TOOL_SHELL;
}

static void add_note(struct remedy *remedy, const char *note)
{
	char *before = remedy->note;
	remedy->note = before ? xasprintf("%s; %s", before, note) : xstrdup(note);
	free(before);
}

/* Capabilities in a user namespace do not permit what needs them in the initial one: raising rlimits and
 * lowering oom_score_adj. */
static const char *capabilities_for(const struct setting *setting, const struct host *host)
{
	bool global = setting->privilege == PRIVILEGE_SYS_RESOURCE;
	return global && !host->initial_user_namespace ? NULL : privileges[setting->privilege].capabilities;
}

/* podman gives another user what --cap-add names, in the ambient set as well (CapAmb, podman 4.3). */
static void note_root(enum tool tool, struct remedy *remedy, const struct host *host)
{
	if (host->euid != 0 && tool != TOOL_PODMAN)
		add_note(remedy, "the container must start as root for it");
}

/* ---- docker, podman ---- */

/* The engine's option covers two settings, of which perhaps only one was refused: takes the other one from
 * the plan. */
static char *engine_flags(enum tool tool, const struct setting *setting, const struct value *value,
			  const struct host *host, const struct plan *plan)
{
	bool is_user = setting->id == SETTING_UID;
	bool is_group = setting->id == SETTING_GID;
	if ((is_user || is_group) && value->kind != VALUE_COUNT)
		return NULL; /* a name that was not found */
	uint64_t user_id = is_user ? value->number[0] : remedy_planned_id(plan, SETTING_UID, host->euid);
	uint64_t group_id = is_group ? value->number[0] : remedy_planned_id(plan, SETTING_GID, UNLIMITED);
	cleanup_free char *user = xasprintf("%" PRIu64, user_id);
	cleanup_free char *group = group_id == UNLIMITED ? NULL : xasprintf("%" PRIu64, group_id);
	const struct tool_others beside = {.memory_bytes = remedy_planned_memory(plan, host),
					   .swap_bytes = remedy_planned_swap(plan),
					   .user = user,
					   .group = group};
	return tool_options(tool, setting, value, &beside);
}

/* The privilege with which siplaunch can do it itself, if the engine has no option for it. */
static void engine_privilege(enum tool tool, const struct setting *setting, const struct host *host,
			     struct remedy *remedy)
{
	const char *capabilities = capabilities_for(setting, host);
	if (setting->privilege == PRIVILEGE_CGROUP) {
		remedy->fragment = xstrdup(tool == TOOL_DOCKER ? "--security-opt writable-cgroups=true"
							       : "--security-opt unmask=/sys/fs/cgroup");
		add_note(remedy, tool == TOOL_DOCKER
					 ? "docker has this from 28 on; siplaunch then makes the group itself"
					 : "siplaunch then makes the group itself");
	} else if (capabilities) {
		remedy->fragment = tool_options_each("--cap-add %s", capabilities);
		add_note(remedy, "there is no option for it; with this siplaunch does it itself");
		note_root(tool, remedy, host);
	}
}

static void engine(enum tool tool, const struct setting *setting, const struct value *value,
		   const struct host *host, const struct plan *plan, struct remedy *remedy)
{
	remedy->fragment = engine_flags(tool, setting, value, host, plan);
	if (setting->id == SETTING_MEMORY_SWAP_MAX && !remedy->fragment) {
		add_note(remedy, "--memory-swap is memory and swap together, and needs --memory too");
	} else if (!remedy->fragment && value->number[0] == UNLIMITED && value->count == 1 &&
		   setting->docker) {
		cleanup_free char *option = xstrndup(setting->docker, strcspn(setting->docker, " "));
		cleanup_free char *note = xasprintf("start the container without %s", option);
		add_note(remedy, note);
	} else if (!remedy->fragment) {
		engine_privilege(tool, setting, host, remedy);
	} else if (setting->privilege == PRIVILEGE_SYS_RESOURCE && !host->initial_user_namespace) {
		cleanup_free char *note = xasprintf(
			"an engine that runs without root cannot give more than its own user has; to "
			"continue without it: --policy %s/%s=prefer",
			mechanism_name(setting->mechanism), setting->name);
		add_note(remedy, note);
	} else if (setting->id == SETTING_CAPABILITIES) {
		note_root(tool, remedy, host);
	} else if (setting->id == SETTING_MEMORY_MAX && tool == TOOL_PODMAN) {
		/* podman 4.3 accepts both, and the container has its caller's group */
		add_note(remedy, "podman ignores it with --cgroups disabled: start it without that option");
	}
}

/* ---- pods ---- */

static bool ends_with_list(const char *path)
{
	size_t length = strlen(path);
	return length > 2 && strcmp(path + length - 2, "[]") == 0;
}

static void pod_fragment(struct remedy *remedy)
{
	int length = (int)strlen(remedy->path) - (ends_with_list(remedy->path) ? 2 : 0);
	cleanup_free char *text = json_dumps(remedy->value, JSON_ENCODE_ANY);
	if (!text)
		alloc_failed();
	remedy->fragment = xasprintf("%.*s: %s", length, remedy->path, text ? text : "");
}

static void pod(const struct setting *setting, const struct value *value, const struct host *host,
		struct remedy *remedy)
{
	const char *capabilities = setting->pod ? NULL : capabilities_for(setting, host);

	if (setting->pod)
		remedy->value = tool_field(setting, value, &remedy->path);
	if (setting->pod_note)
		add_note(remedy, setting->pod_note);
	if (capabilities) {
		remedy->path = xstrdup(CAPABILITIES_FIELD);
		remedy->value = tool_field_list(capabilities);
		add_note(remedy, "with this capability siplaunch does it itself");
		note_root(TOOL_POD, remedy, host);
	} else if (!remedy->value && !setting->pod_note) {
		cleanup_free char *note =
			xasprintf("pods have no field for it; to continue without it: --policy %s/%s=prefer",
				  mechanism_name(setting->mechanism), setting->name);
		add_note(remedy, note);
	}
	if (remedy->value)
		pod_fragment(remedy);
}

/* ---- a systemd service ---- */

/* CapabilityBoundingSet= bounds root's capabilities; another user gets them from AmbientCapabilities=. */
static char *unit_capabilities(const struct value *value, const struct host *host)
{
	return host->euid == 0 ? xasprintf("CapabilityBoundingSet=%s", value->text)
			       : xasprintf("CapabilityBoundingSet=%s\nAmbientCapabilities=%s", value->text,
					   value->text);
}

/* True for settings that a user's own unit can set: other directives need a privilege, or mean another
 * directory. */
static bool users_unit_has(const struct setting *setting)
{
	return setting->privilege == PRIVILEGE_NONE ||
	       (setting->privilege == PRIVILEGE_CGROUP && setting->systemd);
}

static void unit(const struct setting *setting, const struct value *value, const struct host *host,
		 struct remedy *remedy)
{
	if (host->cgroup.user_group && !users_unit_has(setting))
		return;
	if (setting->id == SETTING_CAPABILITIES)
		remedy->fragment = unit_capabilities(value, host);
	else
		remedy->fragment = tool_directive(setting, value);
	if (remedy->fragment)
		return;
	if (setting->privilege == PRIVILEGE_CGROUP)
		remedy->fragment = xstrdup("Delegate=yes");
	else if (setting->privilege == PRIVILEGE_IPC_OWNER && host->euid != 0) {
		remedy->fragment = xstrdup("User=root");
		add_note(remedy, "siplaunch writes it as root, and then changes to the profile's user");
	} else if (setting->privilege == PRIVILEGE_IPC_OWNER) {
		remedy->fragment = xstrdup(host->proc_subset ? "ProcSubset=all" : "ProtectKernelTunables=no");
	}
}

/* ---- anywhere else ---- */

static void shell(const struct setting *setting, const struct value *value, const struct host *host,
		  struct remedy *remedy)
{
	const char *words = privileges[setting->privilege].words;
	/* without a base, the denial itself gives the reason and what to do about it */
	if (setting->privilege == PRIVILEGE_CGROUP && (!host->cgroup.base || host->cgroup.writable))
		return;
	remedy->privilege = words;
	if (setting->id == SETTING_CAPABILITIES)
		remedy->note =
			xasprintf("start siplaunch as root with %s (capsh --print shows the current ones)",
				  value->text);
	else if (words)
		remedy->note = xasprintf("start siplaunch as root%s %s",
					 setting->privilege == PRIVILEGE_CGROUP ? "," : "", words);
}

/* A container of another user than root has no use for CAP_SETPCAP, which docker and Kubernetes give to root
 * alone. It starts with an empty bounding set, of which nothing is left to drop. */
static bool drops_all(enum tool tool, struct remedy *remedy)
{
	if (tool == TOOL_POD) {
		remedy->path = xstrdup(DROPPED_FIELD);
		remedy->value = tool_field_list("ALL");
		pod_fragment(remedy);
	} else if (tool_is_engine(tool)) {
		remedy->fragment = xstrdup("--cap-drop ALL");
	}
	return remedy->fragment;
}

/* "none" names no capability that a tool could grant: the missing one is CAP_SETPCAP, to drop all others. */
static bool keeps_no_capability(const struct setting *setting, const struct value *value)
{
	return setting->id == SETTING_CAPABILITIES && value->kind == VALUE_TEXT &&
	       strcmp(value->text, "none") == 0;
}

void remedy_make(enum tool tool, const struct setting *setting, const struct value *value,
		 const struct host *host, const struct plan *plan, struct remedy *remedy)
{
	static const struct value setpcap = {.kind = VALUE_TEXT, .text = (char *)"CAP_SETPCAP"};
	*remedy = (struct remedy){.setting = setting};
	bool none = keeps_no_capability(setting, value);
	if (none && host->euid != 0 && drops_all(tool, remedy))
		return;
	if (none)
		value = &setpcap;
	switch (tool) {
	case TOOL_DOCKER:
	case TOOL_PODMAN:
	case TOOL_COMPOSE:
		engine(tool, setting, value, host, plan, remedy);
		break;
	case TOOL_POD:
		pod(setting, value, host, remedy);
		break;
	case TOOL_UNIT:
		unit(setting, value, host, remedy);
		break;
	case TOOL_SYSCTL:
	case TOOL_SHELL:
		break;
	}
	if (!remedy->fragment && !remedy->note)
		shell(setting, value, host, remedy);
}

/* The calls of the setting that are refused: "mkdirat(2), fchown(2)". Caller frees. */
static char *refused_calls(const struct setting *setting, const struct host *host, const char *behind,
			   const char *between)
{
	char *text = xstrdup("");
	for (const struct refused_call *call = host_refused_call(host, setting->calls, NULL); call;
	     call = host_refused_call(host, setting->calls, call)) {
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s%s", before, *before ? between : "", call->name, behind);
	}
	return text;
}

void remedy_make_of_calls(enum tool tool, const struct setting *setting, const struct host *host,
			  struct remedy *remedy)
{
	cleanup_free char *calls = tool == TOOL_UNIT ? refused_calls(setting, host, "", " ")
						     : refused_calls(setting, host, "(2)", ", ");
	*remedy = (struct remedy){.setting = setting};
	if (tool == TOOL_UNIT)
		remedy->fragment = xasprintf("SystemCallFilter=%s", calls);
	else
		remedy->note = xasprintf("allow %s in the container's profile, or in another filter that is "
					 "already in force",
					 calls);
}

void remedy_clear(struct remedy *remedy)
{
	free(remedy->fragment);
	free(remedy->path);
	free(remedy->note);
	json_decref(remedy->value);
	*remedy = (struct remedy){0};
}

/* The directives of one line, for a sentence. */
static char *in_a_sentence(const char *fragment)
{
	char *text = xstrdup("");
	for (const char *line = fragment; *line;) {
		size_t length = strcspn(line, "\n");
		cleanup_free char *before = text;
		text = xasprintf("%s%s%.*s", before, *before ? " and " : "", (int)length, line);
		line += length + (line[length] == '\n');
	}
	return text;
}

/* Clears the remedy. */
static char *sentence(enum tool tool, struct remedy *remedy, const struct host *host)
{
	cleanup_free char *note = remedy->note ? xasprintf(" (%s)", remedy->note) : xstrdup("");
	cleanup_free char *fragment = in_a_sentence(remedy->fragment ? remedy->fragment : "");
	char *text = NULL;

	if (!remedy->fragment)
		text = remedy->note ? xstrdup(remedy->note) : NULL;
	else if (tool == TOOL_POD)
		text = xasprintf("in the pod's manifest: %s%s", fragment, note);
	else if (tool == TOOL_UNIT)
		text = xasprintf("in %s, section [Service]: %s%s", host->cgroup.unit, fragment, note);
	else
		text = xasprintf("%s run %s%s", tool_name(tool), fragment, note);
	remedy_clear(remedy);
	return text;
}

char *remedy_text(const struct setting *setting, const struct value *value, const struct host *host)
{
	enum tool tool = remedy_tool(host);
	struct remedy remedy;

	remedy_make(tool, setting, value, host, NULL, &remedy);
	return sentence(tool, &remedy, host);
}

char *remedy_of_calls_text(const struct setting *setting, const struct host *host)
{
	enum tool tool = remedy_tool(host);
	struct remedy remedy;

	remedy_make_of_calls(tool, setting, host, &remedy);
	return sentence(tool, &remedy, host);
}
