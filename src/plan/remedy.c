/* SPDX-License-Identifier: MIT */
#include "plan/remedy_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/shell.h"
#include "host/host.h"

#define CAPABILITIES_FIELD "spec.containers[].securityContext.capabilities.add[]"

static const char *const tool_names[] = {
	[REMEDY_DOCKER] = "docker", [REMEDY_PODMAN] = "podman", [REMEDY_POD] = "kubernetes",
	[REMEDY_UNIT] = "systemd",  [REMEDY_SHELL] = "shell",
};

/* What root has and we have not: as capabilities for a container, and in words. */
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
};

enum remedy_tool remedy_tool(const struct host *host)
{
	const char *unit = host->cgroup.unit;
	switch (host->runtime) {
	case RUNTIME_DOCKER:
		return REMEDY_DOCKER;
	case RUNTIME_PODMAN:
		return REMEDY_PODMAN;
	case RUNTIME_KUBERNETES:
		return REMEDY_POD;
	case RUNTIME_NONE:
		return unit && strstr(unit, ".service") ? REMEDY_UNIT : REMEDY_SHELL;
	case RUNTIME_CONTAINERD:
	case RUNTIME_NSPAWN:
	case RUNTIME_LXC:
	case RUNTIME_OTHER:
		break;
	}
	return REMEDY_SHELL;
}

const char *remedy_tool_name(enum remedy_tool tool)
{
	return tool_names[tool];
}

bool remedy_is(const struct setting *setting, const char *mechanism, const char *name)
{
	return strcmp(setting->mechanism, mechanism) == 0 && (!name || strcmp(setting->name, name) == 0);
}

static void add_note(struct remedy *remedy, const char *note)
{
	char *before = remedy->note;
	remedy->note = before ? xasprintf("%s; %s", before, note) : xstrdup(note);
	free(before);
}

/* In a user namespace capabilities do not reach what the machine's own keep: rlimits and oom_score_adj. */
static const char *capabilities_for(const struct setting *setting, const struct host *host)
{
	bool global = setting->privilege == PRIVILEGE_SYS_RESOURCE;
	return global && !host->initial_user_namespace ? NULL : privileges[setting->privilege].capabilities;
}

static void note_root(struct remedy *remedy, const struct host *host)
{
	if (host->euid != 0)
		add_note(remedy, "the container has to start as root for it");
}

/* ---- docker, podman ---- */

static char *joined_flags(const char *option, const char *words)
{
	cleanup_free char *copy = xstrdup(words);
	char *rest = NULL, *flags = xstrdup("");
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		cleanup_free char *flag = remedy_filled(option, word, false);
		flags = shell_join(flags, flag ? flag : "");
	}
	return flags;
}

/* --memory-swap is memory and swap together, and is not taken without --memory; --memory alone allows as much
 * swap again. */
static char *memory_flags(const struct setting *setting, const struct value *value, const struct host *host,
			  const struct plan *plan)
{
	bool is_max = remedy_is(setting, "cgroup", "memory.max");
	uint64_t memory = is_max ? value->number[0] : remedy_planned_memory(plan, host);
	uint64_t swap = is_max ? remedy_planned_swap(plan) : value->number[0], both;
	if (memory == UNLIMITED)
		return NULL;
	cleanup_free char *limit = remedy_size(memory, REMEDY_DOCKER);
	if (is_max && swap == REMEDY_NO_SWAP_WISH)
		return xasprintf("--memory %s", limit);
	if (swap == UNLIMITED || __builtin_add_overflow(memory, swap, &both))
		return xasprintf("--memory %s --memory-swap -1", limit);
	cleanup_free char *total = remedy_size(both, REMEDY_DOCKER);
	return xasprintf("--memory %s --memory-swap %s", limit, total);
}

/* One option has the user and the group. */
static char *user_flag(const struct setting *setting, const struct value *value, const struct host *host,
		       const struct plan *plan)
{
	bool is_user = remedy_is(setting, "identity", "user");
	uint64_t user = is_user ? value->number[0] : remedy_planned_id(plan, "user", host->euid);
	uint64_t group = is_user ? remedy_planned_id(plan, "group", UNLIMITED) : value->number[0];
	return group == UNLIMITED ? xasprintf("--user %" PRIu64, user)
				  : xasprintf("--user %" PRIu64 ":%" PRIu64, user, group);
}

static char *engine_flags(enum remedy_tool tool, const struct setting *setting, const struct value *value,
			  const struct host *host, const struct plan *plan)
{
	if (remedy_is(setting, "cgroup", "memory.max") || remedy_is(setting, "cgroup", "memory.swap.max"))
		return memory_flags(setting, value, host, plan);
	if (remedy_is(setting, "identity", "user") || remedy_is(setting, "identity", "group"))
		return value->kind == VALUE_COUNT ? user_flag(setting, value, host, plan) : NULL;
	bool raw = !setting->docker;
	const char *option = setting->docker         ? setting->docker
			     : tool == REMEDY_PODMAN ? setting->podman
						     : NULL;
	cleanup_free char *text = option ? remedy_value(tool, setting, value, raw) : NULL;
	if (!text)
		return NULL;
	if (remedy_is(setting, "identity", NULL) && value->kind == VALUE_TEXT)
		return joined_flags(option, text);
	return remedy_filled(option, text, value->kind == VALUE_FLAG && value->number[0]);
}

/* What lets siplaunch do it itself where the engine has no option for it. */
static void engine_privilege(enum remedy_tool tool, const struct setting *setting, const struct host *host,
			     struct remedy *remedy)
{
	const char *capabilities = capabilities_for(setting, host);
	if (setting->privilege == PRIVILEGE_CGROUP) {
		remedy->fragment = xstrdup(tool == REMEDY_DOCKER ? "--security-opt writable-cgroups=true"
								 : "--security-opt unmask=/sys/fs/cgroup");
		add_note(remedy, tool == REMEDY_DOCKER
					 ? "docker has this from 28 on; siplaunch then makes the group itself"
					 : "siplaunch then makes the group itself");
	} else if (capabilities) {
		remedy->fragment = joined_flags("--cap-add %s", capabilities);
		add_note(remedy, "there is no option for it; with this siplaunch does it itself");
		note_root(remedy, host);
	}
}

static void engine(enum remedy_tool tool, const struct setting *setting, const struct value *value,
		   const struct host *host, const struct plan *plan, struct remedy *remedy)
{
	remedy->fragment = engine_flags(tool, setting, value, host, plan);
	if (remedy_is(setting, "cgroup", "memory.swap.max") && !remedy->fragment) {
		add_note(remedy, "--memory-swap is memory and swap together, and needs --memory beside it");
	} else if (!remedy->fragment && value->number[0] == UNLIMITED && value->count == 1 &&
		   setting->docker) {
		cleanup_free char *option = xstrndup(setting->docker, strcspn(setting->docker, " "));
		cleanup_free char *note = xasprintf("start the container without %s", option);
		add_note(remedy, note);
	} else if (!remedy->fragment) {
		engine_privilege(tool, setting, host, remedy);
	} else if (setting->privilege == PRIVILEGE_SYS_RESOURCE && !host->initial_user_namespace) {
		add_note(remedy, "an engine that runs without root cannot give more than its own user has");
	} else if (remedy_is(setting, "identity", "capabilities")) {
		note_root(remedy, host);
	}
}

/* ---- pods ---- */

static bool is_list(const char *path)
{
	size_t length = strlen(path);
	return length > 2 && strcmp(path + length - 2, "[]") == 0;
}

static json_t *pod_list(const struct setting *setting, const char *text)
{
	json_t *list = json_checked(json_array());
	if (remedy_is(setting, "sysctl", NULL)) {
		json_array_append_new(
			list, json_checked(json_pack("{s:s, s:s}", "name", setting->name, "value", text)));
		return list;
	}
	cleanup_free char *copy = xstrdup(text);
	char *rest = NULL;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		uint64_t number;
		bool is_number = parse_u64(word, &number) && number <= INT64_MAX;
		json_array_append_new(
			list, json_checked(is_number ? json_integer((json_int_t)number) : json_string(word)));
	}
	return list;
}

/* The field's value in JSON, which is YAML; *path without what stands behind "=". */
static json_t *pod_value(const struct setting *setting, const struct value *value, char **path)
{
	const char *constant = strchr(setting->pod, '=');
	*path = xstrndup(setting->pod, strcspn(setting->pod, "="));
	if (constant) {
		cleanup_free char *word =
			remedy_filled(constant + 1, "", value->kind == VALUE_FLAG && value->number[0]);
		return json_boolean(strcmp(word, "true") == 0);
	}
	cleanup_free char *text = remedy_value(REMEDY_POD, setting, value, false);
	if (!text)
		return NULL;
	if (is_list(*path))
		return pod_list(setting, text);
	return json_checked(value->kind == VALUE_COUNT ? json_integer((json_int_t)value->number[0])
						       : json_string(text));
}

static void pod_fragment(struct remedy *remedy)
{
	int length = (int)strlen(remedy->path) - (is_list(remedy->path) ? 2 : 0);
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
		remedy->value = pod_value(setting, value, &remedy->path);
	if (setting->pod_note)
		add_note(remedy, setting->pod_note);
	if (capabilities) {
		remedy->path = xstrdup(CAPABILITIES_FIELD);
		remedy->value = pod_list(setting, capabilities);
		add_note(remedy, "with this capability siplaunch does it itself");
		note_root(remedy, host);
	} else if (!remedy->value && !setting->pod_note) {
		cleanup_free char *note =
			xasprintf("pods have no field for it; to go on without: --policy %s/%s=prefer",
				  setting->mechanism, setting->name);
		add_note(remedy, note);
	}
	if (remedy->value)
		pod_fragment(remedy);
}

/* ---- a systemd service ---- */

/* Root's are bounded by CapabilityBoundingSet=; another user's come from AmbientCapabilities=. */
static char *unit_capabilities(const struct value *value, const struct host *host)
{
	return host->euid == 0 ? xasprintf("CapabilityBoundingSet=%s", value->text)
			       : xasprintf("CapabilityBoundingSet=%s\nAmbientCapabilities=%s", value->text,
					   value->text);
}

static void unit(const struct setting *setting, const struct value *value, const struct host *host,
		 struct remedy *remedy)
{
	cleanup_free char *text = setting->systemd ? remedy_value(REMEDY_UNIT, setting, value, false) : NULL;
	if (remedy_is(setting, "identity", "capabilities"))
		remedy->fragment = unit_capabilities(value, host);
	else if (text)
		remedy->fragment = remedy_directive(setting->systemd, text,
						    value->kind == VALUE_FLAG && value->number[0]);
	else if (setting->privilege == PRIVILEGE_CGROUP)
		remedy->fragment = xstrdup("Delegate=yes");
	else if (setting->privilege == PRIVILEGE_IPC_OWNER && host->euid != 0) {
		remedy->fragment = xstrdup("User=root");
		add_note(remedy, "siplaunch writes it as root, and becomes the profile's user itself");
	} else if (setting->privilege == PRIVILEGE_IPC_OWNER) {
		remedy->fragment = xstrdup("ProtectKernelTunables=no");
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
	if (remedy_is(setting, "identity", "capabilities"))
		remedy->note = xasprintf(
			"start siplaunch as root with %s (capsh --print shows what there is)", value->text);
	else if (words)
		remedy->note = xasprintf("start siplaunch as root%s %s",
					 setting->privilege == PRIVILEGE_CGROUP ? "," : "", words);
}

void remedy_make(enum remedy_tool tool, const struct setting *setting, const struct value *value,
		 const struct host *host, const struct plan *plan, struct remedy *remedy)
{
	*remedy = (struct remedy){.setting = setting};
	switch (tool) {
	case REMEDY_DOCKER:
	case REMEDY_PODMAN:
		engine(tool, setting, value, host, plan, remedy);
		break;
	case REMEDY_POD:
		pod(setting, value, host, remedy);
		break;
	case REMEDY_UNIT:
		unit(setting, value, host, remedy);
		break;
	case REMEDY_SHELL:
		break;
	}
	if (!remedy->fragment && !remedy->note)
		shell(setting, value, host, remedy);
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

char *remedy_text(const struct setting *setting, const struct value *value, const struct host *host)
{
	enum remedy_tool tool = remedy_tool(host);
	struct remedy remedy;
	char *text = NULL;

	remedy_make(tool, setting, value, host, NULL, &remedy);
	cleanup_free char *note = remedy.note ? xasprintf(" (%s)", remedy.note) : xstrdup("");
	cleanup_free char *fragment = in_a_sentence(remedy.fragment ? remedy.fragment : "");
	if (!remedy.fragment)
		text = remedy.note ? xstrdup(remedy.note) : NULL;
	else if (tool == REMEDY_POD)
		text = xasprintf("in the pod's manifest: %s%s", fragment, note);
	else if (tool == REMEDY_UNIT)
		text = xasprintf("in %s, section [Service]: %s%s", host->cgroup.unit, fragment, note);
	else
		text = xasprintf("%s run %s%s", tool_names[tool], fragment, note);
	remedy_clear(&remedy);
	return text;
}
