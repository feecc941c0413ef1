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
#include "base/json_value.h"
#include "inspect/inspection.h"
#include "inspect/profile_write.h"
#include "mechanism/capabilities.h"
#include "mechanism/mechanism.h"

/* Adds an object as `key`, unless it is empty. */
static void set_filled(json_t *object, const char *key, json_t *value)
{
	if (json_object_size(value))
		json_put(object, key, value);
	else
		json_decref(value);
}

static const struct value *actual_of(const struct inspection *inspection, const struct setting *setting)
{
	static const struct value not_known;
	const struct step *step = plan_step((struct plan *)&inspection->session.plan, setting);
	return step ? &step->actual : &not_known;
}

/* "512MiB" for whole MiB, else a number of bytes; above INT64_MAX a text of digits. */
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

void profile_learn(json_t *profile, const struct inspection *inspection)
{
	json_t *sizing = json_object_get(profile, "sizing");
	if (!sizing || !inspection->session.router->sizes_by_arguments)
		return;
	struct objects_seen objects;
	inspection_objects(inspection, &objects);
	json_t *measured = objects_profile_json(&objects, &inspection->seen);
	if (measured)
		json_put(sizing, "measured", measured);
}

static json_t *sizing_of(const struct inspection *inspection, bool placed)
{
	const struct value *limit = actual_of(inspection, setting_of(SETTING_MEMORY_MAX));
	const struct value *shared = actual_of(inspection, setting_of(SETTING_SHARED_POOL));
	const struct value *private_pool = actual_of(inspection, setting_of(SETTING_PRIVATE_POOL));
	json_t *sizing = json_checked(json_object());
	if (placed && limit->kind == VALUE_BYTES && limit->number[0] != UNLIMITED)
		json_put(sizing, "memory", size_json(limit->number[0]));
	if (!inspection->session.router->sizes_by_arguments)
		return sizing;
	if (inspection->own_count)
		json_put(sizing, "processes", json_checked(json_integer((json_int_t)inspection->own_count)));
	if (shared->kind == VALUE_MIB)
		json_put(sizing, "shared", size_json(shared->number[0] * MIB));
	if (private_pool->kind == VALUE_MIB)
		json_put(sizing, "private", size_json(private_pool->number[0] * MIB));
	return sizing;
}

/* ---- the group ---- */

/* As in a profile: relative to the base. NULL: it has no group of its own. */
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

static json_t *requested_json(const struct setting *setting, const struct value *actual)
{
	if (actual->count == 1)
		return number_json(setting, actual->number[0]);
	cleanup_free char *text = value_kernel_text(actual, "max");
	return json_from_text(text);
}

/* The kernel's defaults are left out. */
static json_t *differing(const struct inspection *inspection, enum mechanism_id mechanism)
{
	json_t *object = json_checked(json_object());
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings[i];
		const char *fresh = setting->fresh;
		if (setting->mechanism != mechanism || !fresh)
			continue;
		const struct value *actual = actual_of(inspection, setting);
		if (actual->kind != VALUE_NONE && !is_default(setting, fresh, actual))
			json_put(object, setting->name, requested_json(setting, actual));
	}
	return object;
}

static void set_group(json_t *profile, const struct inspection *inspection)
{
	const char *path = group_path(inspection);
	if (!path)
		return;
	json_put(profile, "cgroup", json_checked(json_object()));
	json_put(json_object_get(profile, "cgroup"), "path", json_from_text(path));
	json_t *unified = differing(inspection, MECHANISM_CGROUP);
	if (json_object_size(unified))
		json_put(profile, "resources", json_checked(json_object()));
	set_filled(json_object_get(profile, "resources"), "unified", unified);
}

/* ---- process ---- */

/* With -1000 the OOM killer cannot kill any process of a full group, and the router would hang: a profile
 * cannot have that value. */
static void set_score(json_t *profile, const struct inspection *inspection, struct plan *warnings)
{
	const struct value *actual = actual_of(inspection, setting_of(SETTING_OOM_SCORE_ADJ));
	if (actual->kind != VALUE_SCORE)
		return;
	int64_t score = (int64_t)actual->number[0];
	if (score == -1000 && json_object_get(profile, "cgroup")) {
		score = -999;
		plan_warn(warnings,
			  "the router has oom_score_adj -1000 under a memory limit, where it would hang "
			  "instead of being killed: the profile says -999");
	}
	json_put(profile, "oomScoreAdj", json_checked(json_integer(score)));
}

/* The value equals that of pid 1, with which all processes of this machine start. */
static bool inherited_from_init(const struct inspection *inspection, const struct step *step)
{
	struct target target = inspection->target;
	struct step of_init = {.setting = step->setting};
	target.pid = 1;
	bool same = mechanism_rlimit.read(&target, &of_init, NULL) == 0 &&
		    value_equal(&of_init.actual, &step->actual);
	value_clear(&of_init.actual);
	return same;
}

static json_t *rlimits_of(const struct inspection *inspection)
{
	json_t *rlimits = json_checked(json_array());
	for (size_t i = 0; i < inspection->session.plan.count; i++) {
		const struct step *step = &inspection->session.plan.steps[i];
		if (step->setting->mechanism != MECHANISM_RLIMIT || step->actual.count != 2)
			continue;
		if (step->setting->id != SETTING_RLIMIT_NOFILE && inherited_from_init(inspection, step))
			continue;
		json_t *limit = json_checked(json_object());
		json_put(limit, "type", json_from_text(step->setting->name));
		json_put(limit, "soft", number_json(step->setting, step->actual.number[0]));
		json_put(limit, "hard", number_json(step->setting, step->actual.number[1]));
		json_append(rlimits, limit);
	}
	return rlimits;
}

static void set_namespace(json_t *profile, const struct inspection *inspection)
{
	const struct value *namespace = actual_of(inspection, setting_of(SETTING_IPC_NAMESPACE));
	if (namespace->kind != VALUE_TEXT || strcmp(namespace->text, "private") != 0)
		return; /* the limits of the machine's own namespace are not the router's */
	json_put(profile, "ipc", json_checked(json_pack("{s:s}", "namespace", "private")));
	set_filled(profile, "sysctl", differing(inspection, MECHANISM_SYSCTL));
}

/* ---- identity ---- */

/* A name if siplaunch and the router have the same passwd file, else the id. */
static json_t *principal_json(const struct inspection *inspection, uint64_t id, bool user)
{
	cleanup_free char *digits = xasprintf("%" PRIu64, id);
	const char *name = NULL;
	if (process_shares(inspection->target.proc, inspection->pid, "root")) {
		/* cppcheck-suppress getpwuidCalled ; there is one thread */
		const struct passwd *passwd = user ? getpwuid((uid_t)id) : NULL;
		/* cppcheck-suppress getgrgidCalled */
		const struct group *group = user ? NULL : getgrgid((gid_t)id);
		name = passwd ? passwd->pw_name : group ? group->gr_name : NULL;
	}
	return json_from_text(name ? name : digits);
}

static json_t *gids_json(const struct host *host)
{
	json_t *gids = json_checked(json_array());
	for (size_t i = 0; i < host->group_count; i++)
		if (host->groups[i] != host->egid)
			json_append(gids, json_checked(json_integer(host->groups[i])));
	return gids;
}

/* A profile has one list for all five sets. If the sets differ, they result from a change of the user, and
 * the profile omits them. */
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
			json_append(names, json_from_text(name));
	json_put(profile, "capabilities", names);
}

static void set_identity(json_t *profile, const struct inspection *inspection)
{
	const struct host *host = &inspection->session.host; /* read from the router's point of view */
	const struct value *user = actual_of(inspection, setting_of(SETTING_UID));
	const struct value *group = actual_of(inspection, setting_of(SETTING_GID));

	if (user->count != 1 || group->count != 1)
		return;
	json_put(profile, "user", principal_json(inspection, user->number[0], true));
	json_put(profile, "group", principal_json(inspection, group->number[0], false));
	json_put(profile, "additionalGids", gids_json(host));
	set_capabilities(profile, host);
	if (host->no_new_privs)
		json_put(profile, "noNewPrivileges", json_checked(json_true()));
}

/* The directory with the router's name, if the router owns it: a fresh machine has no such directory. */
static void set_directories(json_t *profile, const struct inspection *inspection)
{
	const struct value *user = actual_of(inspection, setting_of(SETTING_UID));
	struct step step = {.setting = setting_of(SETTING_RUNTIME_DIRECTORIES)};
	const char *name = inspection->session.router->name;

	step.path = path_join(step.setting->below, name);
	cleanup_free char *path = step.path,
			  *own = xasprintf("%s %" PRIu64 ":", path, user->count ? user->number[0] : 0);
	if (mechanism_directories.read(&inspection->target, &step, NULL) == 0 &&
	    strncmp(step.actual.text, own, strlen(own)) == 0)
		json_put(profile, "directories", json_checked(json_pack("{s:[s]}", "runtime", name)));
	value_clear(&step.actual);
}

json_t *profile_of(const struct inspection *inspection, struct plan *warnings)
{
	const char *router = inspection->session.router->name;
	json_t *profile = json_checked(json_object());
	cleanup_free char *description = xasprintf(
		"%s as siplaunch inspect found it running, pid %d, with %zu process%s counted", router,
		(int)inspection->pid, inspection->own_count, inspection->own_count == 1 ? "" : "es");

	json_put(profile, "description", json_from_text(description));
	json_put(profile, "router", json_from_text(router));
	set_filled(profile, "sizing", sizing_of(inspection, group_path(inspection) != NULL));
	profile_learn(profile, inspection);
	set_group(profile, inspection);
	set_score(profile, inspection, warnings);
	json_put(profile, "rlimits", rlimits_of(inspection));
	set_namespace(profile, inspection);
	set_identity(profile, inspection);
	set_directories(profile, inspection);
	if (inspection->session.host.seccomp_mode == 2)
		plan_warn(
			warnings,
			"the router runs under a seccomp filter, which cannot be read back: the profile has "
			"none");
	return profile;
}
