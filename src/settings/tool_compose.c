/* SPDX-License-Identifier: MIT */
/*
 * The Compose specification's members of a service, by the options of docker run that mean the same
 * (compose-spec, 05-services.md). So the settings table's options for docker also serve Compose.
 */
#include "settings/tool.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"

enum form {
	FORM_TEXT,
	FORM_NUMBER,
	FORM_FLAG,    /* an option without a value */
	FORM_LIST,    /* one more element of a list */
	FORM_WORDS,   /* a list with this one word */
	FORM_ULIMIT,  /* NAME=SOFT:HARD */
	FORM_SECONDS, /* "30" as "30s" */
};

static const struct member {
	const char *option, *name;
	enum form form;
} members[] = {
	{"--memory", "mem_limit", FORM_TEXT},
	{"--memory-swap", "memswap_limit", FORM_TEXT},
	{"--memory-reservation", "mem_reservation", FORM_TEXT},
	{"--pids-limit", "pids_limit", FORM_NUMBER},
	{"--cpu-period", "cpu_period", FORM_NUMBER},
	{"--cpu-quota", "cpu_quota", FORM_NUMBER},
	{"--cpuset-cpus", "cpuset", FORM_TEXT},
	{"--oom-score-adj", "oom_score_adj", FORM_NUMBER},
	{"--ulimit", "ulimits", FORM_ULIMIT},
	{"--ipc", "ipc", FORM_TEXT},
	{"--sysctl", "sysctls", FORM_LIST},
	{"--group-add", "group_add", FORM_LIST},
	{"--user", "user", FORM_TEXT},
	{"--cap-drop", "cap_drop", FORM_LIST},
	{"--cap-add", "cap_add", FORM_LIST},
	{"--security-opt", "security_opt", FORM_LIST},
	{"--volume", "volumes", FORM_LIST},
	{"--publish", "ports", FORM_LIST},
	{"--network", "network_mode", FORM_TEXT},
	{"--read-only", "read_only", FORM_FLAG},
	{"--tmpfs", "tmpfs", FORM_LIST},
	{"--stop-timeout", "stop_grace_period", FORM_SECONDS},
	{"--entrypoint", "entrypoint", FORM_WORDS},
};

static const struct member *find_member(const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (strcmp(members[i].option, option) == 0)
			return &members[i];
	return NULL;
}

/* Compose substitutes variables: "$NAME", "${NAME}"; "$$" is a literal "$". Caller frees. */
static char *without_variables(const char *text)
{
	char *escaped = xcalloc(2 * strlen(text) + 1, 1), *end = escaped;
	for (; *text; text++) {
		*end++ = *text;
		if (*text == '$')
			*end++ = '$';
	}
	return escaped;
}

json_t *tool_compose_text(const char *text)
{
	cleanup_free char *escaped = without_variables(text);
	return json_checked(json_string(escaped));
}

static json_t *number_or_text(const char *text)
{
	bool negative = *text == '-';
	uint64_t number;
	if (!parse_u64(text + negative, &number) || number > INT64_MAX)
		return tool_compose_text(text);
	return json_checked(json_integer(negative ? -(json_int_t)number : (json_int_t)number));
}

/* The object or list of that name below the service, made if it is missing. */
static json_t *below(json_t *service, const char *name, json_t *fresh)
{
	json_t *found = json_object_get(service, name);
	if (found)
		json_decref(fresh);
	else
		json_put(service, name, fresh);
	return found ? found : fresh;
}

static void add_element(json_t *list, const char *value)
{
	json_t *element = tool_compose_text(value);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), element)) {
			json_decref(element);
			return;
		}
	json_append(list, element);
}

static void add_ulimit(json_t *service, const char *value)
{
	json_t *ulimits = below(service, "ulimits", json_checked(json_object()));
	cleanup_free char *copy = xstrdup(value);
	char *rest = copy, *name = strsep(&rest, "="), *soft = strsep(&rest, ":");
	if (!soft)
		return;
	json_t *both = json_checked(json_object());
	json_put(both, "soft", number_or_text(soft));
	json_put(both, "hard", number_or_text(rest ? rest : soft));
	json_put(ulimits, name, both);
}

static void put(json_t *service, const struct member *member, const char *value)
{
	switch (member->form) {
	case FORM_TEXT:
		json_put(service, member->name, tool_compose_text(value));
		break;
	case FORM_NUMBER:
		json_put(service, member->name, number_or_text(value));
		break;
	case FORM_FLAG:
		json_put(service, member->name, json_true());
		break;
	case FORM_LIST:
		add_element(below(service, member->name, json_checked(json_array())), value);
		break;
	case FORM_WORDS: {
		json_t *list = json_checked(json_array());
		add_element(list, value);
		json_put(service, member->name, list);
		break;
	}
	case FORM_ULIMIT:
		add_ulimit(service, value);
		break;
	case FORM_SECONDS: {
		cleanup_free char *text = xasprintf("%ss", value);
		json_put(service, member->name, tool_compose_text(text));
		break;
	}
	}
}

/* A member gets the same comment only once; different comments become its lines. */
static void put_comment(json_t *service, const char *name, const char *comment)
{
	cleanup_free char *key = xasprintf("#%s", name);
	const char *before = json_string_value(json_object_get(service, key));
	if (before && strstr(before, comment))
		return;
	cleanup_free char *text = xasprintf("%s%s%s", before ? before : "", before ? "\n" : "", comment);
	json_put(service, key, json_from_text(text));
}

bool tool_compose_put(json_t *service, char *const *words, const char *comment)
{
	bool all = true;
	while (*words) {
		const struct member *member = find_member(*words++);
		bool has_value = *words && strncmp(*words, "--", 2) != 0;
		if (!member) {
			all = false;
			words += has_value;
			continue;
		}
		put(service, member, has_value ? *words : "");
		words += has_value;
		if (comment)
			put_comment(service, member->name, comment);
		comment = NULL;
	}
	return all;
}
