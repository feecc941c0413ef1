/* SPDX-License-Identifier: MIT */
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/resource.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "inspection.h"
#include "mechanism/capabilities.h"
#include "mechanism/mechanism.h"
#include "profile_write.h"
#include "report.h"
#include "report_objects.h"

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		alloc_failed();
}

/* Adds an object under `key`, unless there is nothing in it. */
static void set_filled(json_t *object, const char *key, json_t *value)
{
	if (json_object_size(value))
		set(object, key, value);
	else
		json_decref(value);
}

static const struct value *actual_of(const struct inspection *inspection, const char *mechanism,
				     const char *name)
{
	static const struct value not_known;
	const struct step *step = plan_find((struct plan *)&inspection->session.plan, mechanism, name);
	return step ? &step->actual : &not_known;
}

/* "512MiB" where it is whole, else the number itself; text beyond what JSON's integers hold. */
static json_t *size_json(uint64_t bytes)
{
	cleanup_free char *text = NULL;
	if (bytes == UNLIMITED)
		return json_checked(json_string("max"));
	if (bytes % KIB || bytes == 0)
		text = xasprintf("%" PRIu64, bytes);
	else if (bytes % MIB)
		text = xasprintf("%" PRIu64 "KiB", bytes / KIB);
	else
		text = xasprintf("%" PRIu64 "MiB", bytes / MIB);
	return json_checked(json_string(text));
}

static json_t *number_json(const struct setting *setting, uint64_t number)
{
	if (setting->kind == VALUE_BYTES)
		return size_json(number);
	if (number == UNLIMITED)
		return json_checked(json_string("max"));
	cleanup_free char *text = xasprintf("%" PRIu64, number);
	return number <= INT64_MAX ? json_checked(json_integer((json_int_t)number))
				   : json_checked(json_string(text));
}

/* ---- sizing ---- */

static void set_measured(json_t *sizing, const struct inspection *inspection)
{
	struct objects_seen objects;
	inspection_objects(inspection, &objects);
	json_t *measured = objects_profile_json(&objects, &inspection->seen);
	if (measured)
		set(sizing, "measured", measured);
}

static json_t *sizing_of(const struct inspection *inspection, bool placed)
{
	const struct value *limit = actual_of(inspection, "cgroup", "memory.max");
	const struct value *shared = actual_of(inspection, "arguments", "-m");
	const struct value *private_pool = actual_of(inspection, "arguments", "-M");
	json_t *sizing = json_checked(json_object());
	if (placed && limit->kind == VALUE_BYTES && limit->number[0] != UNLIMITED)
		set(sizing, "memory", size_json(limit->number[0]));
	if (!inspection->session.router->sizes_by_arguments)
		return sizing;
	if (inspection->own_count)
		set(sizing, "processes", json_checked(json_integer((json_int_t)inspection->own_count)));
	if (shared->kind == VALUE_MIB)
		set(sizing, "shared", size_json(shared->number[0] * MIB));
	if (private_pool->kind == VALUE_MIB)
		set(sizing, "private", size_json(private_pool->number[0] * MIB));
	set_measured(sizing, inspection);
	return sizing;
}

/* ---- the group ---- */

/* As the profile has it: below where groups may be made. NULL: a group of its own it has not. */
static const char *group_path(const struct inspection *inspection)
{
	const char *base = inspection->session.host.cgroup.base, *group = inspection->group;
	if (!inspection->has_group || !group)
		return NULL;
	size_t length = base && strcmp(base, "/") != 0 ? strlen(base) : 0;
	if (length && strncmp(group, base, length) == 0 && group[length] == '/')
		group += length;
	group += strspn(group, "/");
	return *group ? group : NULL;
}

static bool is_default(const struct setting *setting, const char *text, const struct value *actual)
{
	struct value value;
	setting_value_parse(setting, text, &value);
	bool same = value_equal(&value, actual);
	value_clear(&value);
	return same;
}

static json_t *wish_json(const struct setting *setting, const struct value *actual)
{
	if (actual->count == 1)
		return number_json(setting, actual->number[0]);
	cleanup_free char *text = value_kernel_text(actual, "max");
	return report_json_text(text);
}

/* What is as the kernel made it need not be said. */
static json_t *differing(const struct inspection *inspection, const char *mechanism)
{
	json_t *object = json_checked(json_object());
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings[i];
		const char *fresh = setting_kernel_default(setting);
		if (!setting_is(setting, mechanism, NULL) || !fresh)
			continue;
		const struct value *actual = actual_of(inspection, mechanism, setting->name);
		if (actual->kind != VALUE_NONE && !is_default(setting, fresh, actual))
			set(object, setting->name, wish_json(setting, actual));
	}
	return object;
}

static void set_group(json_t *profile, const struct inspection *inspection)
{
	const char *path = group_path(inspection);
	if (!path)
		return;
	set(profile, "cgroup", json_checked(json_object()));
	set(json_object_get(profile, "cgroup"), "path", report_json_text(path));
	json_t *unified = differing(inspection, "cgroup");
	if (json_object_size(unified))
		set(profile, "resources", json_checked(json_object()));
	set_filled(json_object_get(profile, "resources"), "unified", unified);
}

/* ---- process ---- */

/* At -1000 nothing in a full group could be killed, and it would hang: no profile may say so. */
static void set_score(json_t *profile, const struct inspection *inspection, struct plan *warnings)
{
	const struct value *actual = actual_of(inspection, "oom", "oom_score_adj");
	if (actual->kind != VALUE_SCORE)
		return;
	int64_t score = (int64_t)actual->number[0];
	if (score == -1000 && json_object_get(profile, "cgroup")) {
		score = -999;
		plan_warn(
			warnings,
			"the router has oom_score_adj -1000 under a memory limit, where it would hang instead of "
			"being killed: the profile says -999");
	}
	set(profile, "oomScoreAdj", json_checked(json_integer(score)));
}

/* What pid 1 has is what everything on this machine starts with. */
static bool inherited_from_init(const struct inspection *inspection, const struct step *step)
{
	struct place place = inspection->place;
	struct step of_init = {.setting = step->setting};
	place.pid = 1;
	bool same = mechanism_find("rlimit")->read(&place, &of_init, NULL) == 0 &&
		    value_equal(&of_init.actual, &step->actual);
	value_clear(&of_init.actual);
	return same;
}

static json_t *rlimits_of(const struct inspection *inspection)
{
	json_t *rlimits = json_checked(json_array());
	for (size_t i = 0; i < inspection->session.plan.count; i++) {
		const struct step *step = &inspection->session.plan.steps[i];
		if (strcmp(step->setting->mechanism, "rlimit") != 0 || step->actual.count != 2)
			continue;
		if (step->setting->id != RLIMIT_NOFILE && inherited_from_init(inspection, step))
			continue;
		json_t *limit = json_checked(json_object());
		set(limit, "type", report_json_text(step->setting->name));
		set(limit, "soft", number_json(step->setting, step->actual.number[0]));
		set(limit, "hard", number_json(step->setting, step->actual.number[1]));
		json_array_append_new(rlimits, limit);
	}
	return rlimits;
}

static void set_namespace(json_t *profile, const struct inspection *inspection)
{
	const struct value *namespace = actual_of(inspection, "ipc", "namespace");
	if (namespace->kind != VALUE_TEXT || strcmp(namespace->text, "private") != 0)
		return; /* in the machine's namespace the limits are not the router's */
	set(profile, "ipc", json_checked(json_pack("{s:s}", "namespace", "private")));
	set_filled(profile, "sysctl", differing(inspection, "sysctl"));
}

/* ---- identity ---- */

/* By name where our passwd file is the router's too. */
static json_t *principal_json(const struct inspection *inspection, uint64_t id, bool user)
{
	cleanup_free char *digits = xasprintf("%" PRIu64, id);
	const char *name = NULL;
	if (process_shares(inspection->place.proc, inspection->pid, "root")) {
		/* cppcheck-suppress getpwuidCalled ; there is one thread */
		const struct passwd *passwd = user ? getpwuid((uid_t)id) : NULL;
		/* cppcheck-suppress getgrgidCalled */
		const struct group *group = user ? NULL : getgrgid((gid_t)id);
		name = passwd ? passwd->pw_name : group ? group->gr_name : NULL;
	}
	return report_json_text(name ? name : digits);
}

static json_t *gids_json(const struct host *host)
{
	json_t *gids = json_checked(json_array());
	for (size_t i = 0; i < host->group_count; i++)
		if (host->groups[i] != host->egid)
			json_array_append_new(gids, json_checked(json_integer(host->groups[i])));
	return gids;
}

/* The profile keeps one list in all five sets; sets that differ are what a user change alone leaves. */
static void set_capabilities(json_t *profile, const struct host *host)
{
	const struct capability_sets sets = {host->cap_effective, host->cap_permitted, host->cap_inheritable,
					     host->cap_bounding, host->cap_ambient};
	char *rest = NULL;

	if (!capability_sets_are(&sets, host->cap_effective))
		return;
	json_t *names = json_checked(json_array());
	cleanup_free char *text = capabilities_text(host->cap_effective, " ");
	for (char *name = strtok_r(text, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		if (strcmp(name, "none") != 0)
			json_array_append_new(names, report_json_text(name));
	set(profile, "capabilities", names);
}

static void set_identity(json_t *profile, const struct inspection *inspection)
{
	const struct host *host = &inspection->session.host; /* read of the router: these are its own */
	const struct value *user = actual_of(inspection, "identity", "user");
	const struct value *group = actual_of(inspection, "identity", "group");

	if (user->count != 1 || group->count != 1)
		return;
	set(profile, "user", principal_json(inspection, user->number[0], true));
	set(profile, "group", principal_json(inspection, group->number[0], false));
	set(profile, "additionalGids", gids_json(host));
	set_capabilities(profile, host);
	if (host->no_new_privs)
		set(profile, "noNewPrivileges", json_checked(json_true()));
}

/* The directory of the router's name, where it is its own: a stock machine has none until somebody makes it.
 */
static void set_directories(json_t *profile, const struct inspection *inspection)
{
	const struct value *user = actual_of(inspection, "identity", "user");
	struct step step = {.setting = setting_find("directories", "runtime")};
	const char *name = inspection->session.router->name;

	step.path = path_join(step.setting->below, name);
	cleanup_free char *path = step.path,
			  *own = xasprintf("%s %" PRIu64 ":", path, user->count ? user->number[0] : 0);
	if (mechanism_directories.read(&inspection->place, &step, NULL) == 0 &&
	    strncmp(step.actual.text, own, strlen(own)) == 0)
		set(profile, "directories", json_checked(json_pack("{s:[s]}", "runtime", name)));
	value_clear(&step.actual);
}

json_t *profile_of(const struct inspection *inspection, struct plan *warnings)
{
	const char *router = inspection->session.router->name;
	json_t *profile = json_checked(json_object());
	cleanup_free char *description =
		xasprintf("%s as siplaunch inspect found it running, pid %d, with %zu processes counted",
			  router, (int)inspection->pid, inspection->own_count);

	set(profile, "description", report_json_text(description));
	set(profile, "router", report_json_text(router));
	set_filled(profile, "sizing", sizing_of(inspection, group_path(inspection) != NULL));
	set_group(profile, inspection);
	set_score(profile, inspection, warnings);
	set(profile, "rlimits", rlimits_of(inspection));
	set_namespace(profile, inspection);
	set_identity(profile, inspection);
	set_directories(profile, inspection);
	if (inspection->session.host.seccomp_mode == 2)
		plan_warn(
			warnings,
			"the router runs under a seccomp filter, which cannot be read back: the profile has none");
	return profile;
}
