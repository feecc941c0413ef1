/* SPDX-License-Identifier: MIT */
#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "profile/decode.h"
#include "settings/cgroup_file.h"

/* The defaults. The semaphores are the numbers that operators' guides give for SIP servers. */
static void set_defaults(struct profile *profile, const char *name)
{
	*profile = (struct profile){
		.name = xstrdup(name),
		.router = xstrdup("auto"),
		.ipc = {.sem_sets = 128, .sem_per_set = 250, .sem_ops_per_call = 100},
	};
	for (size_t i = 0; i < DIRECTORY_KINDS; i++)
		profile->directories[i].mode = DIRECTORY_MODE_DEFAULT;
}

/* The filter is compiled from what document_resolve() makes of it, because json_t clamps integers above
 * INT64_MAX. */
static void resolve(struct profile *profile, const struct json_document *document, bool values_only)
{
	if (values_only && !profile->seccomp.content)
		return;
	profile->resolved = document_resolve(document);
	if (profile->seccomp.content) {
		json_decref(profile->seccomp.content);
		profile->seccomp.content = json_incref(json_object_get(profile->resolved, "seccomp"));
	}
}

static void decode_document(struct profile *profile, const struct json_document *document,
			    const struct profile_request *request, struct problems *problems)
{
	struct decoder decoder = {profile, document, problems};
	const struct node whole = {document->root, ""};

	if (!node_check_type(&decoder, &whole, &profile_key))
		return;
	profile_key.decode(&decoder, &whole, &profile_key);
	profile_rules(&decoder);
	profile_complete(profile);
	resolve(profile, document, request->values_only);
}

static void keep_files(struct profile *profile, const struct loader *loader)
{
	profile->folder_count = loader->file_count;
	profile->sources = xcalloc(loader->file_count + 1, sizeof *profile->sources);
	profile->folders = xcalloc(loader->file_count + 1, sizeof *profile->folders);
	for (size_t i = 0; i < loader->file_count; i++) {
		profile->sources[i] = xstrdup(loader->files[i]);
		profile->folders[i] = directory_of(loader->files[i]);
	}
}

int profile_load(const struct profile_request *request, struct profile *profile, struct problems *problems)
{
	struct loader loader = {.search = request->search,
				.origin = request->origin,
				.problems = problems,
				.trail = TRUST_TRAIL_NONE};
	cleanup_json_document struct json_document document = {0};

	*problems = (struct problems){0};
	set_defaults(profile, request->name);
	if (loader_read(&loader, request->name, &document) == 0) {
		profile->file = xstrdup(loader.files[0]);
		keep_files(profile, &loader);
		override_apply(&document, request, problems);
		decode_document(profile, &document, request, problems);
		profile->findings = trust_take(&loader.trail, &profile->finding_count);
	}
	problems_sort(problems, loader.files, loader.file_count);
	loader_clear(&loader);
	if (problems->count == 0)
		return 0;
	profile_clear(profile);
	return -1;
}

static void requests_clear(struct requested *requests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		value_clear(&requests[i].value);
	free(requests);
}

static void directories_clear(struct directory_request *requested)
{
	for (size_t i = 0; i < requested->count; i++)
		free(requested->names[i]);
	free(requested->names);
}

void profile_clear(struct profile *profile)
{
	free(profile->name);
	free(profile->file);
	free(profile->description);
	free(profile->router);
	free(profile->sizing.measured.on);
	free(profile->sizing.measured.version);
	free(profile->cgroup.path);
	requests_clear(profile->unified, profile->unified_count);
	requests_clear(profile->sysctls, profile->sysctl_count);
	free(profile->rlimits);
	for (size_t i = 0; i < profile->file_count; i++)
		setting_free(profile->files[i]);
	free(profile->files);
	free(profile->seccomp.name);
	free(profile->seccomp.folder);
	json_decref(profile->seccomp.content);
	for (size_t i = 0; i < DIRECTORY_KINDS; i++)
		directories_clear(&profile->directories[i]);
	free(profile->user);
	free(profile->group);
	free(profile->additional_gids);
	for (size_t i = 0; i < profile->policy_count; i++)
		free(profile->policies[i].key);
	free(profile->policies);
	json_decref(profile->resolved);
	for (size_t i = 0; i < profile->folder_count; i++) {
		free(profile->sources[i]);
		free(profile->folders[i]);
	}
	free(profile->sources);
	free(profile->folders);
	trust_findings_clear(profile->findings, profile->finding_count);
	*profile = (struct profile){0};
}

static const struct policy_entry *find_policy(const struct profile *profile, const char *key)
{
	for (size_t i = 0; i < profile->policy_count; i++)
		if (strcmp(profile->policies[i].key, key) == 0)
			return &profile->policies[i];
	return NULL;
}

static enum policy first_policy(const struct profile *profile, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct policy_entry *entry = find_policy(profile, keys[i]);
		if (entry)
			return entry->policy;
	}
	return POLICY_REQUIRE;
}

enum policy profile_policy(const struct profile *profile, const struct setting *setting)
{
	if (profile->policy_count == 0) /* most; asked for every setting, often */
		return POLICY_REQUIRE;
	const char *mechanism = mechanism_name(setting->mechanism);
	cleanup_free char *both = xasprintf("%s/%s", mechanism, setting->name);
	const char *const keys[] = {both, mechanism, "default"};
	return first_policy(profile, keys, ARRAY_SIZE(keys));
}

enum policy profile_workload_policy(const struct profile *profile)
{
	static const char *const keys[] = {POLICY_WORKLOAD, "default"};
	return first_policy(profile, keys, ARRAY_SIZE(keys));
}

bool profile_has_workload(const struct profile *profile)
{
	const struct count_field *const numbers[] = {
		&profile->sizing.workload.registrations,    &profile->sizing.workload.dialogs,
		&profile->sizing.workload.calls_per_second, &profile->sizing.workload.tcp_connections,
		&profile->sizing.workload.tls_connections,
	};
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i]->kind == COUNT_NUMBER)
			return true;
	return false;
}

const struct requested *profile_requested(const struct profile *profile, enum setting_id id)
{
	for (size_t i = 0; i < profile->unified_count; i++)
		if (profile->unified[i].setting->id == id)
			return &profile->unified[i];
	return NULL;
}

enum policy profile_plan_policy(const struct profile *profile)
{
	const struct policy_entry *entry = find_policy(profile, POLICY_PLAN);
	return entry ? entry->policy : POLICY_PREFER;
}

enum policy profile_estimate_policy(const struct profile *profile)
{
	const struct policy_entry *entry = find_policy(profile, POLICY_ESTIMATE);
	return entry ? entry->policy : POLICY_PREFER;
}

const char *policy_name(enum policy policy)
{
	static const char *const names[] = {
		[POLICY_REQUIRE] = "require", [POLICY_PREFER] = "prefer", [POLICY_SKIP] = "skip"};
	return names[policy];
}

const char *manager_name(enum manager manager)
{
	static const char *const names[] = {[MANAGER_AUTO] = "auto",
					    [MANAGER_CGROUPFS] = "cgroupfs",
					    [MANAGER_SYSTEMD] = "systemd",
					    [MANAGER_ADOPT] = "adopt"};
	return names[manager];
}
