/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "mechanism/passwd.h"
#include "session/parts.h"
#include "session/plan_file.h"
#include "session/pod_limit.h"
#include "session/trust.h"

int session_refuse(struct session *session, enum session_state state)
{
	session->state = state;
	return -1;
}

static bool is_init(const struct session *session)
{
	return session->purpose.what == PURPOSE_PREPARE_POD;
}

/* Where the profile's name is from; NULL: --profile. Caller frees. */
static char *origin_of(const struct purpose *purpose, const char *name)
{
	if (purpose->plan)
		return xasprintf("%s names it", purpose->plan);
	if (!purpose->selection->name)
		return xasprintf("the default for %s", name);
	return purpose->selection->by_environment ? xstrdup("SIPLAUNCH_PROFILE names it") : NULL;
}

/* Without --profile, the profile with the router's name is used. */
int session_profile(const struct purpose *purpose, struct prepared *prepared, struct profile *profile,
		    struct problems *problems)
{
	const struct profile_selection *selection = purpose->selection;
	const struct profile_search search = selection_search(selection);

	if (purpose->plan && plan_file_read(purpose->plan, prepared, problems) < 0)
		return -1;
	const char *name = purpose->plan     ? prepared->profile
			   : selection->name ? selection->name
					     : router_of(NULL, purpose->argv)->name;
	cleanup_free char *origin = origin_of(purpose, name);
	struct profile_request request = selection_request(selection, name, &search);
	request.origin = origin;
	request.values_only = purpose->applies;
	return profile_load(&request, profile, problems);
}

/* No command was typed: only the profile can name the router. */
static int take_own_words(struct session *session)
{
	session->argv = session->own_argv = router_words(router_find(session->profile.router, NULL));
	if (strcmp(session->profile.router, "auto") != 0)
		return 0;
	error_set(&session->error, 0, "profile %s has router \"auto\", and no command names the router",
		  session->profile.name);
	error_hint(&session->error, "add the router's command after --, or --set router=kamailio");
	return session_refuse(session, SESSION_REFUSED);
}

int session_open_profile(struct session *session)
{
	const struct purpose *purpose = &session->purpose;

	if (session_profile(purpose, &session->prepared, &session->profile, &session->problems) < 0)
		return session_refuse(session, SESSION_BAD_PROFILE);
	if (purpose->supervise)
		session->profile.handoff = HANDOFF_SUPERVISE;
	if (purpose->parent_signal) {
		session->profile.parent_signal = (enum parent_signal)purpose->parent_signal;
		session->profile.parent_signal_source = SOURCE_COMMAND_LINE;
	}
	/* the router will run in the pod's IPC namespace; a new one would end with init */
	if (is_init(session))
		session->profile.ipc.namespace = IPC_INHERIT;
	return session->argv ? 0 : take_own_words(session);
}

/* A launch reads only the IPC limits that it sets. */
static const char **wanted_sysctls(const struct profile *profile)
{
	const char **names = xcalloc(profile->sysctl_count + 1, sizeof *names);
	for (size_t i = 0; i < profile->sysctl_count; i++)
		names[i] = profile->sysctls[i].setting->name;
	return names;
}

/* The files of the requested limits, and memory.oom.group, which a supervisor needs. */
static const char **wanted_group_files(const struct profile *profile)
{
	const char **names = xcalloc(profile->unified_count + 2, sizeof *names);
	size_t count = 0;
	names[count++] = "memory.oom.group";
	for (size_t i = 0; i < profile->unified_count; i++)
		if (profile->unified[i].setting->id != SETTING_MEMORY_OOM_GROUP)
			names[count++] = profile->unified[i].setting->name;
	return names;
}

static bool wants_protection(const struct profile *profile)
{
	return profile_requested(profile, SETTING_MEMORY_LOW) ||
	       profile_requested(profile, SETTING_MEMORY_MIN);
}

/* A supervisor follows the events of the group that its router is in. */
static bool needs_process_only(const struct session *session)
{
	const struct profile *profile = &session->profile;
	const struct router *router = router_of(profile->router, session->argv);
	return session->purpose.applies && plan_is_process_only(profile, router) &&
	       profile->handoff != HANDOFF_SUPERVISE && !router->dies_of_orphans;
}

static int open_host(struct session *session)
{
	const char *root = session->purpose.host ? session->purpose.host : "/";
	if (host_roots_open(root, &session->roots, &session->error) < 0)
		return session_refuse(session, SESSION_NO_HOST);
	/* an adopted group is that of siplaunch, or of the running router */
	bool makes = session->profile.cgroup.path && session->profile.cgroup.manager != MANAGER_ADOPT;
	session->questions.pid = session->purpose.observed;
	session->questions.group = makes ? session->profile.cgroup.path : NULL;
	session->questions.in_group = !makes;
	if (makes) {
		cleanup_free char *slice = NULL, *scope = NULL;
		scope_names(session->profile.cgroup.path, &slice, &scope, &session->scope);
		session->questions.scope = session->scope;
	}
	session->questions.ask_systemd = session->profile.cgroup.manager == MANAGER_SYSTEMD;
	session->group_files = wanted_group_files(&session->profile);
	session->questions.group_files = session->group_files;
	session->questions.protection = wants_protection(&session->profile);
	bool probes = session->profile.ipc.namespace == IPC_PRIVATE || session->profile.has_oom_score_adj;
	session->questions.no_probe = !probes || is_init(session);
	session->questions.applies = session->purpose.applies;
	session->questions.process_only = needs_process_only(session);
	session->questions.oom_score_adj =
		session->profile.has_oom_score_adj ? &session->profile.oom_score_adj : NULL;
	session->sysctls = session->purpose.observed ? NULL : wanted_sysctls(&session->profile);
	session->questions.sysctls = session->sysctls;
	session->questions.fresh_only =
		session->profile.ipc.namespace == IPC_PRIVATE &&
		profile_policy(&session->profile, setting_of(SETTING_IPC_NAMESPACE)) != POLICY_SKIP;
	if (host_read(&session->roots, &session->questions, &session->host, &session->error) < 0)
		return session_refuse(session, SESSION_NO_HOST);
	return 0;
}

/* A copied host may have its addresses in a separate file: neither proc nor sys has them. */
static int open_network(struct session *session)
{
	static const char file[] = ".addresses";
	pid_t pid = session->purpose.observed;
	cleanup_free char *text = NULL;
	size_t length;

	if (!session->purpose.host) {
		session->network =
			pid ? network_of(session->roots.proc, pid) : (struct network){.state = NETWORK_OURS};
		return 0;
	}
	if (faccessat(session->roots.root, file, F_OK, 0) < 0)
		return 0;
	if (file_read(session->roots.root, file, MIB, &text, &length, &session->error) < 0 ||
	    network_parse(text, &session->network, &session->error) < 0) {
		error_context(&session->error, "the addresses of --host %s", session->purpose.host);
		return session_refuse(session, SESSION_NO_HOST);
	}
	return 0;
}

/* init: our own limit is not the router's. */
static int assume_limit(struct session *session)
{
	uint64_t bytes = UNLIMITED, total = session->host.memory.total_bytes;

	if (!is_init(session))
		return 0;
	if (session->purpose.memory_limit &&
	    pod_limit_parse(session->purpose.memory_limit, &bytes, &session->error) < 0)
		return session_refuse(session, SESSION_REFUSED);
	host_assume_limit(&session->host, bytes, "--memory-limit");
	if (bytes != UNLIMITED && pod_limit_is_the_nodes(bytes, total))
		plan_warn(&session->plan,
			  "--memory-limit is %" PRIu64 " MiB, and this machine has %" PRIu64
			  ": for a container without a limit Kubernetes says what the whole node has; set "
			  "resources.limits.memory of the router's container",
			  bytes / MIB, total / MIB);
	return 0;
}

/* The router has to be sized, but no limit is known. */
static int check_limit(struct session *session)
{
	bool sized = session->router->sizes_by_arguments && !session->command.only_checks;

	if (!is_init(session) || session->purpose.memory_limit || !sized)
		return 0;
	if (session->profile.sizing.memory.size.kind == SIZE_BYTES) {
		plan_warn(&session->plan, "the memory limit of the router's container is not known here "
					  "(--memory-limit): sized for the profile's sizing.memory");
		return 0;
	}
	error_set(
		&session->error, 0,
		"the memory limit of the router's container is not known: init sees its own cgroup only, and "
		"a size for that one would be wrong");
	error_hint(&session->error, "give it with --memory-limit; %s", pod_limit_manifest);
	return session_refuse(session, SESSION_REFUSED);
}

/* Resolves the router's user and group. Not for init: its image need not know them, and its identity is not
 * the router's. */
static int open_identity(struct session *session)
{
	struct context *context = &session->context;

	context->profile = &session->profile;
	context->host = &session->host;
	context->identity = &session->identity;
	context->purpose = session->purpose.what;
	if (context->purpose != PURPOSE_PREPARE_POD &&
	    identity_resolve(&session->profile, session->roots.root, &session->identity, &session->error) < 0)
		return session_refuse(session, SESSION_REFUSED);
	return 0;
}

int session_open_router(struct session *session)
{
	const struct purpose *purpose = &session->purpose;

	session->router = router_of(session->profile.router, session->argv);
	if (router_read_command(session->router, session->argv, &session->command, &session->error) < 0)
		return session_refuse(session, SESSION_REFUSED);
	if (purpose->what == PURPOSE_OBSERVE)
		session_program_running(purpose->observed, session);
	else if (purpose->what == PURPOSE_DESCRIBE)
		session_program_elsewhere(session, "an export is for another machine");
	else
		session_program_find(session);
	if (purpose->router_config) {
		session->command.config = purpose->router_config;
		session->command.config_given = true;
	}
	session_program_config(session);
	if (purpose->what == PURPOSE_OBSERVE)
		running_paths_read(session->roots.proc, purpose->observed, &session->command,
				   &session->paths);
	session_program_estimate(session);
	return check_limit(session);
}

int session_gather(struct session *session)
{
	if (open_host(session) < 0 || open_network(session) < 0 || session_check_trust(session) < 0 ||
	    assume_limit(session) < 0 || open_identity(session) < 0 || session_open_router(session) < 0)
		return -1;
	return 0;
}
