/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "log.h"
#include "mechanism/cgroup_systemd.h"
#include "mechanism/mechanism.h"
#include "mechanism/passwd.h"

static int refuse(struct session *session, enum session_state state)
{
	session->state = state;
	return -1;
}

/* Without a profile the one that is named like the router serves. */
static int open_profile(const struct options *options, struct session *session)
{
	const struct profile_search search = options_search(options);
	const char *name = options->profile ? options->profile : router_find(NULL, session->argv[0])->name;
	const struct profile_request request = options_request(options, name, &search);

	if (profile_load(&request, &session->profile, &session->problems) < 0)
		return refuse(session, SESSION_BAD_PROFILE);
	if (options->supervise)
		session->profile.handoff = HANDOFF_SUPERVISE;
	return 0;
}

/* The plan of a launch asks for no other IPC limits than those that it sets. */
static const char **wanted_sysctls(const struct profile *profile)
{
	const char **names = xcalloc(profile->sysctl_count + 1, sizeof *names);
	for (size_t i = 0; i < profile->sysctl_count; i++)
		names[i] = profile->sysctls[i].setting->name;
	return names;
}

/* Those that limits were asked for, and how the group ends, which a supervisor wants to know. */
static const char **wanted_group_files(const struct profile *profile)
{
	const char **names = xcalloc(profile->unified_count + 2, sizeof *names);
	size_t count = 0;
	names[count++] = "memory.oom.group";
	for (size_t i = 0; i < profile->unified_count; i++)
		if (strcmp(profile->unified[i].setting->name, names[0]) != 0)
			names[count++] = profile->unified[i].setting->name;
	return names;
}

static int open_host(const struct options *options, pid_t pid, struct session *session)
{
	const char *root = options->host ? options->host : "/";
	if (host_roots_open(root, &session->roots, &session->error) < 0)
		return refuse(session, SESSION_NO_HOST);
	session->roots.group = session->profile.cgroup.path;
	session->roots.in_group = !session->profile.cgroup.path;
	if (session->profile.cgroup.path) {
		cleanup_free char *slice = NULL, *scope = NULL;
		scope_names(session->profile.cgroup.path, &slice, &scope, &session->scope);
		session->roots.scope = session->scope;
	}
	session->roots.ask_systemd = session->profile.cgroup.manager == MANAGER_SYSTEMD;
	session->group_files = wanted_group_files(&session->profile);
	session->roots.group_files = session->group_files;
	session->roots.no_probe =
		session->profile.ipc.namespace != IPC_PRIVATE && !session->profile.has_oom_score_adj;
	session->sysctls = pid ? NULL : wanted_sysctls(&session->profile);
	session->roots.sysctls = session->sysctls;
	session->roots.fresh_only = session->profile.ipc.namespace == IPC_PRIVATE &&
				    profile_policy(&session->profile, "ipc", "namespace") != POLICY_SKIP;
	if (host_read(&session->roots, pid, &session->host, &session->error) < 0)
		return refuse(session, SESSION_NO_HOST);
	return 0;
}

static int open_router(struct session *session)
{
	session->router = router_find(session->profile.router, session->argv[0]);
	if (session->router->read_command(session->router, session->argv, &session->command,
					  &session->error) < 0)
		return refuse(session, SESSION_REFUSED);
	session->router->estimate(session->router, &session->command, &session->estimate);
	return 0;
}

static int not_yet(struct session *session, const char *key, const char *value, const char *hint)
{
	error_set(&session->error, 0, "%s: %s is not in this version", key, value);
	error_hint(&session->error, "%s", hint);
	return refuse(session, SESSION_REFUSED);
}

/* What profiles may already say and siplaunch cannot do yet is refused, not passed over. */
static int check_supported(struct session *session)
{
	const struct profile *profile = &session->profile;
	if (profile->seccomp.name || profile->seccomp.content)
		return not_yet(session, "seccomp", profile->seccomp.name ? profile->seccomp.name : "a filter",
			       "to launch without one: --set seccomp=null");
	return 0;
}

/* Where a container lives as long as our pid, a router that goes into the background ends it. */
static void warn_background(struct session *session)
{
	const struct host *host = &session->host;
	const struct router_command *command = &session->command;
	const char *hint = session->router->foreground_hint;
	bool supervised = session->context.handoff == HANDOFF_SUPERVISE;
	bool watched = host->runtime != RUNTIME_NONE || host->is_pid1 || supervised;

	if (watched && hint && *hint && !command->foreground && !command->only_checks)
		plan_warn(&session->plan, "%s will go into the background, and %s will end with it: %s",
			  session->router->name, supervised ? "supervision" : "this container", hint);
}

static int make_plan(struct session *session)
{
	struct context *context = &session->context;

	context->profile = &session->profile;
	context->host = &session->host;
	context->router = session->router;
	context->command = &session->command;
	context->estimate = &session->estimate;
	context->identity = &session->identity;
	context->systemd_built = cgroup_systemd_available();
	if (identity_resolve(&session->profile, session->roots.root, &session->identity, &session->error) <
		    0 ||
	    context_size(context, &session->plan, &session->error) < 0 ||
	    plan_build(context, &session->plan, &session->error) < 0)
		return refuse(session, SESSION_REFUSED);
	warn_background(session);
	bool sized = context->sized;
	session->arguments = router_arguments(session->router, &session->command, session->argv,
					      sized ? context->budget.shared_mib : 0,
					      sized ? context->budget.private_mib : 0);
	return 0;
}

int session_open(const struct options *options, char *const *argv, pid_t pid, struct session *session)
{
	*session = (struct session){.argv = argv, .roots = {.root = -1, .proc = -1, .sys = -1}};
	if (open_profile(options, session) < 0 || open_host(options, pid, session) < 0 ||
	    open_router(session) < 0 || check_supported(session) < 0)
		return -1;
	return make_plan(session);
}

void session_close(struct session *session)
{
	argv_free(session->arguments);
	plan_clear(&session->plan);
	context_clear(&session->context);
	identity_clear(&session->identity);
	estimate_clear(&session->estimate);
	router_command_clear(&session->command);
	host_clear(&session->host);
	host_roots_close(&session->roots);
	free(session->sysctls);
	free(session->group_files);
	free(session->scope);
	session->sysctls = session->group_files = NULL;
	session->scope = NULL;
	profile_clear(&session->profile);
	error_clear(&session->error);
	problems_clear(&session->problems);
}

void session_explain(const struct options *options, const struct session *session)
{
	if (session->state == SESSION_BAD_PROFILE)
		log_problems(options, &session->problems);
	else if (session->state != SESSION_READY)
		log_error(options, &session->error);
}
