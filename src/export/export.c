/* SPDX-License-Identifier: MIT */
#include "export/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/cgroup_file.h"

const char *export_by_name(enum export_by by)
{
	static const char *const names[] = {
		[EXPORT_BY_TOOL] = "tool",
		[EXPORT_BY_LAUNCHER] = "siplaunch",
		[EXPORT_BY_DEFAULT] = "default",
	};
	return by == EXPORT_BY_NOBODY ? NULL : names[by];
}

char *export_profile_path(const struct export_request *request)
{
	return xasprintf(EXPORT_PROFILES "/%s", request->profile);
}

const struct export_item *export_item(const struct export *export, enum setting_id id)
{
	for (size_t i = 0; i < export->count; i++)
		if (export->items[i].setting->id == id)
			return &export->items[i];
	return NULL;
}

void export_line(struct export *export, char *text, char *comment)
{
	*ARRAY_ADD(export->lines, export->line_count) = (struct export_line){text, comment};
}

static bool says_the_same(const struct export_item *a, const struct export_item *b)
{
	return a->text && b->text && strcmp(a->text, b->text) == 0;
}

bool export_said(const struct export *export, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (says_the_same(&export->items[i], &export->items[index]))
			return true;
	return false;
}

char *export_comment(const struct export *export, size_t index)
{
	char *text = xstrdup("");
	for (size_t i = index; i < export->count; i++) {
		const struct export_item *item = &export->items[i];
		if (i != index && !says_the_same(&export->items[index], item))
			continue;
		text_append(&text, "\n", "%s/%s: %s%s%s", mechanism_name(item->setting->mechanism),
			    item->setting->name, item->setting->help, item->note ? "; " : "",
			    item->note ? item->note : "");
	}
	return text;
}

/* ---- what is wanted ---- */

/* A computed value is a minimum: it is raised to the kernel's default, which every new target has. */
static void raise_to_default(struct export_item *item)
{
	const char *text = item->setting->fresh;
	struct value fresh = {0};
	if (text && setting_value_parse(item->setting, text, &fresh))
		for (unsigned i = 0; i < fresh.count && i < item->value.count; i++)
			if (fresh.number[i] > item->value.number[i])
				item->value.number[i] = fresh.number[i];
	value_clear(&fresh);
}

static void add(struct export *export, const struct setting *setting, struct value value, enum source source)
{
	struct export_item *item = ARRAY_ADD(export->items, export->count);
	item->setting = setting;
	item->value = value;
	if (setting->mechanism == MECHANISM_SYSCTL && source == SOURCE_COMPUTED)
		raise_to_default(item);
}

/* Moving into the group is not a setting of its own. */
static bool is_wanted(const struct step *step)
{
	return step->policy != POLICY_SKIP && step->status != STATUS_SKIPPED &&
	       step->setting->id != SETTING_GROUP_PROCS;
}

/* The router is sized for a limit, so the export needs one. */
static void add_limit(struct export *export)
{
	const struct context *context = export->request->context;
	const struct plan *plan = export->request->plan;
	bool wanted = false;

	for (size_t i = 0; i < plan->count; i++)
		wanted |= is_wanted(&plan->steps[i]) && plan->steps[i].setting->id == SETTING_MEMORY_MAX;
	if (context->decision.sized && !wanted)
		add(export, setting_of(SETTING_MEMORY_MAX),
		    value_number(VALUE_BYTES, context->decision.budget.limit_bytes), SOURCE_COMPUTED);
}

static void collect(struct export *export)
{
	const struct plan *plan = export->request->plan;
	add_limit(export);
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (is_wanted(step))
			add(export, step->setting, value_copy(&step->wanted), step->source);
	}
}

/* ---- how siplaunch starts there ---- */

static bool wants_capabilities(const struct export *export)
{
	const struct profile *profile = export->request->context->profile;
	return profile->has_capabilities && profile->capabilities;
}

/* The profile's user is a text: a name or an id. */
bool export_leaves_root(const struct export *export)
{
	const struct export_item *user = export_item(export, SETTING_UID);
	return user && !(user->value.kind == VALUE_TEXT &&
			 (strcmp(user->value.text, "0") == 0 || strcmp(user->value.text, "root") == 0));
}

bool export_is_no_quota(const struct export_item *item)
{
	uint64_t quota_us, period_us;
	return item->setting->id == SETTING_CPU_MAX &&
	       cpu_quota_split(item->value.text, &quota_us, &period_us) && quota_us == UNLIMITED;
}

/* systemd overwrites values that siplaunch writes to a unit's own group, and an OOM kill of that group would
 * include the supervisor. */
static bool needs_delegation(const struct export *export)
{
	const struct profile *profile = export->request->context->profile;
	if (profile_policy(profile, setting_of(SETTING_GROUP)) == POLICY_SKIP)
		return false;
	if (profile->cgroup.path && profile->handoff == HANDOFF_SUPERVISE)
		return true;
	for (size_t i = 0; i < export->count; i++) {
		const struct export_item *item = &export->items[i];
		if (item->setting->mechanism != MECHANISM_CGROUP || item->setting->id == SETTING_GROUP_PROCS)
			continue;
		cleanup_free char *text = tool_directive(item->setting, &item->value);
		if (!text && !export_is_no_quota(item))
			return true;
	}
	return false;
}

static bool writes_sysctls(const struct export *export)
{
	for (size_t i = 0; i < export->count; i++) {
		const struct export_item *item = &export->items[i];
		const char *text = item->setting->fresh;
		cleanup_free char *wanted = value_kernel_text(&item->value, NULL);
		if (item->setting->mechanism == MECHANISM_SYSCTL && (!text || strcmp(text, wanted) != 0))
			return true;
	}
	return false;
}

static const char *why_root(const struct export *export)
{
	enum tool tool = export->request->tool;
	if (!export_leaves_root(export))
		return NULL;
	if (tool == TOOL_UNIT && export->delegated)
		return "it makes the router's group";
	if (tool == TOOL_UNIT && writes_sysctls(export))
		return "it writes IPC limits";
	if ((tool_is_engine(tool) || tool == TOOL_POD) && wants_capabilities(export))
		return "in a container only siplaunch can give capabilities to another user";
	return NULL;
}

/* A user, too. */
static bool needs_root(const struct export_item *item)
{
	const struct setting *setting = item->setting;
	if (item->by == EXPORT_BY_DEFAULT || setting->mechanism == MECHANISM_RLIMIT)
		return false;
	if (setting->mechanism == MECHANISM_OOM)
		return (int64_t)item->value.number[0] < 0;
	return setting->privilege != PRIVILEGE_NONE && setting->privilege != PRIVILEGE_CGROUP &&
	       setting->privilege != PRIVILEGE_DIRECTORY;
}

/* As a system service it would run as root, which a profile without a user hardly means. A user's systemd
 * marks no unit as delegated. */
static bool is_for_a_user(const struct export *export)
{
	if (export->request->tool != TOOL_UNIT || export->delegated)
		return false;
	for (size_t i = 0; i < export->count; i++)
		if (needs_root(&export->items[i]))
			return false;
	return true;
}

char *export_unit_path(const struct export *export)
{
	return xasprintf("%s/%s.service", export->users ? "~/.config/systemd/user" : "/etc/systemd/system",
			 export->request->name);
}

/* ---- the document ---- */

void export_make(const struct export_request *request, struct export *export)
{
	*export = (struct export){.request = request};
	collect(export);
	export->delegated = request->tool == TOOL_UNIT && needs_delegation(export);
	const char *why = why_root(export);
	export->root_why = why ? xstrdup(why) : NULL;
	for (size_t i = 0; i < export->count; i++)
		export_decide(export, &export->items[i]);
	export->users = is_for_a_user(export);
	switch (request->tool) {
	case TOOL_DOCKER:
	case TOOL_PODMAN:
	case TOOL_COMPOSE:
		export_engine(export);
		break;
	case TOOL_POD:
		export_pod(export);
		break;
	case TOOL_UNIT:
		export_unit(export);
		break;
	case TOOL_SYSCTL:
		export_sysctl(export);
		break;
	case TOOL_SHELL:
		break;
	}
}

void export_clear(struct export *export)
{
	for (size_t i = 0; i < export->count; i++) {
		struct export_item *item = &export->items[i];
		value_clear(&item->value);
		free(item->text);
		free(item->path);
		free(item->note);
		json_decref(item->field);
	}
	for (size_t i = 0; i < export->line_count; i++) {
		free(export->lines[i].text);
		free(export->lines[i].comment);
	}
	free(export->root_why);
	free(export->items);
	free(export->lines);
	for (size_t i = 0; i < export->unmet_count; i++)
		free(export->unmet[i]);
	free(export->unmet);
	json_decref(export->manifests);
	*export = (struct export){0};
}
