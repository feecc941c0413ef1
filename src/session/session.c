/* SPDX-License-Identifier: MIT */
#include "session/session.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "export/export.h"
#include "mechanism/cgroup_systemd.h"
#include "mechanism/directories.h"
#include "mechanism/mechanism.h"
#include "mechanism/passwd.h"
#include "mechanism/router.h"
#include "session/entry_warning.h"
#include "session/parts.h"
#include "session/trust.h"
#include "text/format.h"

/* True if siplaunch itself would apply the plan, with its own privileges. */
static bool session_acts(const struct session *session)
{
	return session->purpose.what == PURPOSE_LAUNCH || session->purpose.what == PURPOSE_PREPARE_POD;
}

/* The capabilities that the router will have, for "includes" and "excludes" of a seccomp profile. */
static uint64_t router_capabilities(const struct session *session)
{
	const struct profile *profile = &session->profile;
	if (profile->has_capabilities)
		return profile->capabilities;
	/* setresuid(2) to another user clears them all */
	bool leaves_root = session->identity.has_user && session->identity.uid != 0;
	return leaves_root ? 0 : session->host.cap_effective;
}

static int load_filter(struct session *session, struct seccomp_profile *filter)
{
	const struct profile_search search = selection_search(session->purpose.selection);
	struct seccomp_request request = seccomp_request_of(&session->profile, &search);

	request.capabilities = router_capabilities(session);
	request.kernel = session->host.kernel;
	request.program_only = true;
	if (seccomp_profile_load(&request, filter, &session->problems) < 0)
		return session_refuse(session, SESSION_BAD_PROFILE);
	return 0;
}

static int make_filter(struct session *session)
{
	cleanup_seccomp_profile struct seccomp_profile filter = {0};

	if (!session->profile.seccomp.name && !session->profile.seccomp.content)
		return 0;
	if (load_filter(session, &filter) < 0)
		return -1;
	cleanup_free char *what = xasprintf("seccomp profile %s", filter.name);
	if (session_acts(session) &&
	    session_check_findings(filter.findings, filter.finding_count, what, session) < 0)
		return -1;
	session->filter_file = filter.file ? xstrdup(filter.file) : NULL;
	if (seccomp_filter_compile(&filter, &session->filter, &session->error) < 0)
		return session_refuse(session, SESSION_REFUSED);
	for (size_t i = 0; i < filter.warning_count; i++)
		plan_warn(&session->plan, "seccomp %s: %s", filter.name, filter.warnings[i]);
	session->context.filter = &session->filter;
	return 0;
}

/* Of what init does only the sysctls reach another container: they are the pod's. */
static int add_steps(const struct context *context, struct plan *plan, struct error *error)
{
	return context->purpose == PURPOSE_PREPARE_POD
		       ? plan_build_one(&mechanism_sysctl, context, plan, error)
		       : plan_build(context, plan, error);
}

/* A running router's files are below its own root; without permission to read it, they are not known. */
static void find_directories(struct session *session)
{
	enum purpose_kind what = session->purpose.what;
	const struct host_roots *roots = &session->roots;
	cleanup_free char *name = xasprintf("%d/root", (int)session->purpose.observed);
	cleanup_close int its_root =
		what == PURPOSE_OBSERVE ? openat(roots->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int root = what == PURPOSE_OBSERVE ? its_root : what == PURPOSE_DESCRIBE ? -1 : roots->root;

	directories_of(&session->profile, &session->directories);
	if (root >= 0)
		directories_look(root, roots->live, &session->directories);
	session->context.directories = session->directories.items;
	session->context.directory_count = session->directories.count;
}

/* Only for a typed command that we would start here: not for a described host, another container, or a
 * running router. A router that only checks its configuration reports itself what is missing. */
static void look_at_needs(struct session *session)
{
	const struct purpose *purpose = &session->purpose;
	if (purpose->typed && !purpose->host && purpose->what == PURPOSE_LAUNCH &&
	    !session->command.only_checks)
		needs_look(&session->context, &session->estimate);
}

int session_plan(struct session *session)
{
	struct context *context = &session->context;

	context->profile = &session->profile;
	context->host = &session->host;
	context->router = session->router;
	context->command = &session->command;
	context->estimate = &session->estimate;
	context->identity = &session->identity;
	context->systemd_built = cgroup_systemd_available();
	context->prepared = session->prepared.file ? &session->prepared : NULL;
	context->purpose = session->purpose.what;
	context->starts = !session->own_argv && session_acts(session);
	context->shows_capacity = session->purpose.shows_capacity && context->starts;
	find_directories(session);
	look_at_needs(session);
	if (make_filter(session) < 0)
		return -1;
	if (context_size(context, &session->plan, &session->error) < 0 ||
	    add_steps(context, &session->plan, &session->error) < 0)
		return session_refuse(session, SESSION_REFUSED);
	if (context->purpose == PURPOSE_PREPARE_POD && context->starts)
		router_plan_foreground(context, &session->plan);
	if (context->starts)
		entry_warn(session->argv, &session->context, &session->plan);
	bool sized = context->decision.sized;
	session->arguments = router_arguments(session->router, &session->command, session->argv,
					      sized ? context->decision.budget.shared_mib : 0,
					      sized ? context->decision.budget.private_mib : 0);
	return 0;
}

/* A limit that is visible only at the target cannot be used for sizing here. */
static int check_exported_limit(struct session *session)
{
	const struct profile *profile = &session->profile;
	const struct size *memory = &profile->sizing.memory.size;
	bool needed = session->router->sizes_by_arguments && !session->command.only_checks;

	for (size_t i = 0; i < profile->unified_count; i++)
		needed |= profile->unified[i].automatic || profile->unified[i].size.kind == SIZE_PERCENT;
	if (memory->kind == SIZE_BYTES)
		return 0;
	if (needed) {
		error_set(
			&session->error, 0,
			"sizing.memory is %s: export needs an absolute size, because the limit of this machine "
			"does not apply there",
			memory->kind == SIZE_PERCENT ? "a percentage" : "not given");
		error_hint(&session->error, "give it: --set sizing.memory=4GiB");
		return session_refuse(session, SESSION_REFUSED);
	}
	session->host.memory.total_bytes = UNLIMITED / 2; /* no sizes are computed for it */
	return 0;
}

/*
 * A group that siplaunch must make itself is a request to the machine that the profile was written for. At
 * the target the tool makes one, and a container would not start with that request.
 */
static void choose_exported_manager(struct session *session)
{
	struct profile *profile = &session->profile;
	enum manager manager = profile->cgroup.manager;
	enum tool tool = session->purpose.tool;
	if (manager != MANAGER_CGROUPFS && manager != MANAGER_SYSTEMD)
		return;
	profile->cgroup.manager = MANAGER_AUTO;
	session->manager_is_exported = tool_is_engine(tool) || tool == TOOL_POD;
	if (session->manager_is_exported)
		json_put(json_object_get(profile->resolved, "cgroup"), "manager", json_string("auto"));
}

/* With "max" the tool sets no limit, but the pools are sized for one; in a pod siplaunch would then size them
 * for the memory of the node. */
static void warn_unlimited(struct session *session)
{
	const struct step *step = plan_find(&session->plan, SETTING_MEMORY_MAX);
	const struct profile *profile = &session->profile;
	enum tool tool = session->purpose.tool;
	if (!step || step->wanted.kind != VALUE_BYTES || step->wanted.number[0] != UNLIMITED ||
	    !(tool_is_engine(tool) || tool == TOOL_POD))
		return;
	cleanup_free char *size = profile->sizing.memory.size.kind == SIZE_BYTES
					  ? format_bytes(profile->sizing.memory.size.bytes)
					  : NULL;
	plan_warn(&session->plan,
		  "memory.max is \"max\": the %s gets no memory limit%s%s; to limit it: --set "
		  "resources.unified.memory.max=%s",
		  tool == TOOL_POD ? "pod's container" : "container",
		  size ? ", although the router is sized for " : "", size ? size : "",
		  size ? "auto" : "4GiB");
}

static int open_described(struct session *session)
{
	export_target(session->purpose.tool, &session->host);
	choose_exported_manager(session);
	if (session_open_router(session) < 0 || check_exported_limit(session) < 0 ||
	    session_plan(session) < 0)
		return -1;
	warn_unlimited(session);
	if (export_check(session->purpose.tool, &session->context, &session->plan, &session->error) < 0)
		return session_refuse(session, SESSION_REFUSED);
	return 0;
}

int session_open(const struct purpose *purpose, struct session *session)
{
	*session = (struct session){
		.purpose = *purpose, .argv = purpose->argv, .roots = {.root = -1, .proc = -1}};
	if (session_open_profile(session) < 0)
		return -1;
	if (purpose->what == PURPOSE_DESCRIBE)
		return open_described(session);
	if (purpose->as_launcher)
		return session_observe(session);
	return session_gather(session) < 0 ? -1 : session_plan(session);
}

void session_close(struct session *session)
{
	argv_free(session->arguments);
	plan_clear(&session->plan);
	context_clear(&session->context);
	seccomp_filter_clear(&session->filter);
	identity_clear(&session->identity);
	directories_clear(&session->directories);
	estimate_clear(&session->estimate);
	router_command_clear(&session->command);
	session_program_clear(&session->program);
	running_paths_clear(&session->paths);
	host_clear(&session->host);
	network_clear(&session->network);
	cpus_look_clear(&session->cpus);
	host_roots_close(&session->roots);
	free(session->sysctls);
	free(session->group_files);
	free(session->scope);
	free(session->filter_file);
	argv_free(session->own_argv);
	session->sysctls = session->group_files = NULL;
	session->scope = session->filter_file = NULL;
	session->own_argv = NULL;
	profile_clear(&session->profile);
	prepared_clear(&session->prepared);
	error_clear(&session->error);
	problems_clear(&session->problems);
	fleet_pod_clear(&session->pod);
}
