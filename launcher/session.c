/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "entry_warning.h"
#include "export/export.h"
#include "log.h"
#include "mechanism/cgroup_systemd.h"
#include "mechanism/directories.h"
#include "mechanism/mechanism.h"
#include "mechanism/passwd.h"
#include "mechanism/router.h"
#include "plan_file.h"
#include "pod_limit.h"
#include "session_trust.h"

/* In place of a pid: nothing is launched, here or now. */
#define ELSEWHERE ((pid_t)-1)

static int refuse(struct session *session, enum session_state state)
{
	session->state = state;
	return -1;
}

static bool prepares(const struct options *options)
{
	return options->command == COMMAND_INIT;
}

/* Without a profile the one that is named like the router serves. */
int session_profile(const struct options *options, char *const *argv, struct prepared *prepared,
		    struct profile *profile, struct problems *problems)
{
	const struct profile_search search = options_search(options);

	if (options->plan && plan_file_read(options->plan, prepared, problems) < 0)
		return -1;
	const char *name = options->plan      ? prepared->profile
			   : options->profile ? options->profile
					      : router_of(NULL, argv)->name;
	const struct profile_request request = options_request(options, name, &search);
	return profile_load(&request, profile, problems);
}

/* Nobody has typed a command: the profile alone says which router it is for. */
static int take_own_words(struct session *session)
{
	session->argv = session->own_argv = router_words(router_find(session->profile.router, NULL));
	if (strcmp(session->profile.router, "auto") != 0)
		return 0;
	error_set(&session->error, 0, "profile %s is for any router, and no command says which",
		  session->profile.name);
	error_hint(&session->error, "add the router's command behind --, or --set router=kamailio");
	return refuse(session, SESSION_REFUSED);
}

static int open_profile(const struct options *options, struct session *session)
{
	session->sudo_uid = options->sudo_uid;
	session->sudo_uids = options->by_sudo;
	if (session_profile(options, session->argv, &session->prepared, &session->profile,
			    &session->problems) < 0)
		return refuse(session, SESSION_BAD_PROFILE);
	if (options->supervise)
		session->profile.handoff = HANDOFF_SUPERVISE;
	if (options->parent_signal) {
		session->profile.parent_signal = (enum parent_signal)options->parent_signal;
		session->profile.parent_signal_source = SOURCE_COMMAND_LINE;
	}
	/* the pod's is the one that the router will be in: another would be lost with us */
	if (prepares(options))
		session->profile.ipc.namespace = IPC_INHERIT;
	return session->argv ? 0 : take_own_words(session);
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

static bool wants_file(const struct profile *profile, const char *file)
{
	for (size_t i = 0; i < profile->unified_count; i++)
		if (strcmp(profile->unified[i].setting->name, file) == 0)
			return true;
	return false;
}

static int open_host(const struct options *options, pid_t pid, struct session *session)
{
	const char *root = options->host ? options->host : "/";
	if (host_roots_open(root, &session->roots, &session->error) < 0)
		return refuse(session, SESSION_NO_HOST);
	/* the group that is adopted is the one that we, or the router, are in */
	bool makes = session->profile.cgroup.path && session->profile.cgroup.manager != MANAGER_ADOPT;
	session->roots.group = makes ? session->profile.cgroup.path : NULL;
	session->roots.in_group = !makes;
	if (makes) {
		cleanup_free char *slice = NULL, *scope = NULL;
		scope_names(session->profile.cgroup.path, &slice, &scope, &session->scope);
		session->roots.scope = session->scope;
	}
	session->roots.ask_systemd = session->profile.cgroup.manager == MANAGER_SYSTEMD;
	session->group_files = wanted_group_files(&session->profile);
	session->roots.group_files = session->group_files;
	session->roots.protection =
		wants_file(&session->profile, "memory.low") || wants_file(&session->profile, "memory.min");
	bool probes = session->profile.ipc.namespace == IPC_PRIVATE || session->profile.has_oom_score_adj;
	session->roots.no_probe = !probes || prepares(options);
	session->sysctls = pid ? NULL : wanted_sysctls(&session->profile);
	session->roots.sysctls = session->sysctls;
	session->roots.fresh_only = session->profile.ipc.namespace == IPC_PRIVATE &&
				    profile_policy(&session->profile, "ipc", "namespace") != POLICY_SKIP;
	if (host_read(&session->roots, pid, &session->host, &session->error) < 0)
		return refuse(session, SESSION_NO_HOST);
	return 0;
}

/* A copied host may say its addresses in a file of their own: they are in none of proc and sys. */
static int open_network(const struct options *options, pid_t pid, struct session *session)
{
	static const char file[] = ".addresses";
	cleanup_free char *text = NULL;
	size_t length;

	if (!options->host) {
		session->network =
			pid ? network_of(session->roots.proc, pid) : (struct network){.state = NETWORK_OURS};
		return 0;
	}
	if (faccessat(session->roots.root, file, F_OK, 0) < 0)
		return 0;
	if (file_read(session->roots.root, file, MIB, &text, &length, &session->error) < 0 ||
	    network_parse(text, &session->network, &session->error) < 0) {
		error_context(&session->error, "the addresses of --host %s", options->host);
		return refuse(session, SESSION_NO_HOST);
	}
	return 0;
}

/* init: our own limit is not the router's. */
static int assume_limit(const struct options *options, struct session *session)
{
	uint64_t bytes = UNLIMITED, total = session->host.memory.total_bytes;

	if (!prepares(options))
		return 0;
	if (options->memory_limit && pod_limit_parse(options->memory_limit, &bytes, &session->error) < 0)
		return refuse(session, SESSION_REFUSED);
	host_assume_limit(&session->host, bytes, "--memory-limit");
	if (bytes != UNLIMITED && pod_limit_is_the_nodes(bytes, total))
		plan_warn(&session->plan,
			  "--memory-limit is %" PRIu64 " MiB, and this machine has %" PRIu64
			  ": for a container without a limit Kubernetes says what the whole node has; set "
			  "resources.limits.memory of the router's container",
			  bytes / MIB, total / MIB);
	return 0;
}

/* Something has to be sized, and nobody has said for what. */
static int check_limit(const struct options *options, struct session *session)
{
	bool sized = session->router->sizes_by_arguments && !session->command.only_checks;

	if (!prepares(options) || options->memory_limit || !sized)
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
	error_hint(&session->error, "say it with --memory-limit; %s", pod_limit_manifest);
	return refuse(session, SESSION_REFUSED);
}

/* Who the router will be. init's image need not know the router's user, and its identity is not the router's.
 */
static int open_identity(const struct options *options, struct session *session)
{
	struct context *context = &session->context;

	context->profile = &session->profile;
	context->host = &session->host;
	context->identity = &session->identity;
	context->prepares = prepares(options);
	if (!context->prepares &&
	    identity_resolve(&session->profile, session->roots.root, &session->identity, &session->error) < 0)
		return refuse(session, SESSION_REFUSED);
	return 0;
}

static int open_router(const struct options *options, pid_t pid, struct session *session)
{
	session->router = router_of(session->profile.router, session->argv);
	if (router_read_command(session->router, session->argv, &session->command, &session->error) < 0)
		return refuse(session, SESSION_REFUSED);
	if (pid == 0)
		session_program_find(options, session);
	else if (pid > 0)
		session_program_running(pid, session);
	else
		session_program_elsewhere(session, "an export is for another machine");
	if (options->router_config) {
		session->command.config = options->router_config;
		session->command.config_given = true;
	}
	session_program_config(session);
	if (pid > 0)
		running_paths_read(session->roots.proc, pid, &session->command, &session->paths);
	session_program_estimate(options, session);
	return check_limit(options, session);
}

/* What the router will be able to use: "includes" and "excludes" of a seccomp profile ask for it. */
static uint64_t router_capabilities(const struct session *session)
{
	const struct profile *profile = &session->profile;
	if (profile->has_capabilities)
		return profile->capabilities;
	/* setresuid(2) to another user takes them all */
	bool leaves_root = session->identity.has_user && session->identity.uid != 0;
	return leaves_root ? 0 : session->host.cap_effective;
}

static int load_filter(const struct options *options, struct session *session, struct seccomp_profile *filter)
{
	const struct profile *profile = &session->profile;
	const struct profile_search search = options_search(options);
	const struct seccomp_request request = {
		.name = profile->seccomp.name,
		.content = profile->seccomp.content,
		.file = profile->file,
		.folder = profile->seccomp.folder,
		.folders = (const char *const *)profile->folders,
		.folder_count = profile->folder_count,
		.search = &search,
		.capabilities = router_capabilities(session),
		.kernel = session->host.kernel,
		.newer_enosys = profile->seccomp.newer == SECCOMP_NEWER_ENOSYS,
	};
	if (seccomp_profile_load(&request, filter, &session->problems) < 0)
		return refuse(session, SESSION_BAD_PROFILE);
	return 0;
}

static int make_filter(const struct options *options, pid_t pid, struct session *session)
{
	cleanup_seccomp_profile struct seccomp_profile filter = {0};

	if (!session->profile.seccomp.name && !session->profile.seccomp.content)
		return 0;
	if (load_filter(options, session, &filter) < 0)
		return -1;
	cleanup_free char *what = xasprintf("seccomp profile %s", filter.name);
	if (!pid && session_check_doubts(options, filter.doubts, filter.doubt_count, what, session) < 0)
		return -1;
	session->filter_file = filter.file ? xstrdup(filter.file) : NULL;
	if (seccomp_filter_compile(&filter, &session->filter, &session->error) < 0)
		return refuse(session, SESSION_REFUSED);
	for (size_t i = 0; i < filter.warning_count; i++)
		plan_warn(&session->plan, "seccomp %s: %s", filter.name, filter.warnings[i]);
	session->context.filter = &session->filter;
	return 0;
}

/* Of what init does only the sysctls reach another container: they are the pod's. */
static int add_steps(const struct context *context, struct plan *plan, struct error *error)
{
	return context->prepares ? plan_build_one(&mechanism_sysctl, context, plan, error)
				 : plan_build(context, plan, error);
}

/* A running router's are below its own root; without the right to look there, nothing is known of them. */
static void find_directories(pid_t pid, struct session *session)
{
	const struct host_roots *roots = &session->roots;
	cleanup_free char *name = xasprintf("%d/root", (int)pid);
	cleanup_close int its_root =
		pid > 0 ? openat(roots->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int root = pid > 0 ? its_root : pid == ELSEWHERE ? -1 : roots->root;

	directories_of(&session->profile, &session->directories);
	if (root >= 0)
		directories_look(root, roots->live, &session->directories);
	session->context.directories = session->directories.items;
	session->context.directory_count = session->directories.count;
}

/* Only of a command that was typed, where we are to start it: not on a host that is described, in another
 * container, or of a router that runs. A router that only checks its configuration says itself what is
 * missing. */
static void look_at_needs(const struct options *options, pid_t pid, struct session *session)
{
	struct estimate *estimate = &session->estimate;
	bool typed = options->argv && options->argv[0];
	if (typed && !options->host && pid == 0 && !session->context.prepares &&
	    !session->command.only_checks)
		needs_look(&session->context, estimate);
}

static int make_plan(const struct options *options, pid_t pid, struct session *session)
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
	context->prepares = prepares(options);
	context->starts = !session->own_argv && pid == 0;
	context->tells_capacity = options->command == COMMAND_PLAN && context->starts;
	find_directories(pid, session);
	look_at_needs(options, pid, session);
	if (make_filter(options, pid, session) < 0)
		return -1;
	if (context_size(context, &session->plan, &session->error) < 0 ||
	    add_steps(context, &session->plan, &session->error) < 0)
		return refuse(session, SESSION_REFUSED);
	if (context->prepares && context->starts)
		router_plan_foreground(context, &session->plan);
	if (!session->own_argv && pid == 0)
		entry_warn(session->argv, &session->context, &session->plan);
	bool sized = context->sized;
	session->arguments = router_arguments(session->router, &session->command, session->argv,
					      sized ? context->budget.shared_mib : 0,
					      sized ? context->budget.private_mib : 0);
	return 0;
}

static int gather(const struct options *options, pid_t pid, struct session *session)
{
	if (open_host(options, pid, session) < 0 || open_network(options, pid, session) < 0 ||
	    session_check_trust(options, pid, session) < 0 || assume_limit(options, session) < 0 ||
	    open_identity(options, session) < 0 || open_router(options, pid, session) < 0)
		return -1;
	return 0;
}

int session_open(const struct options *options, char *const *argv, pid_t pid, struct session *session)
{
	*session = (struct session){.argv = argv, .roots = {.root = -1, .proc = -1, .sys = -1}};
	if (open_profile(options, session) < 0 || gather(options, pid, session) < 0)
		return -1;
	return make_plan(options, pid, session);
}

/* The router has given up what its launcher had. */
struct privileges {
	uid_t euid;
	gid_t egid;
	uint64_t permitted, effective, inheritable, bounding, ambient;
};

static struct privileges privileges_of(const struct host *host)
{
	return (struct privileges){
		.euid = host->euid,
		.egid = host->egid,
		.permitted = host->cap_permitted,
		.effective = host->cap_effective,
		.inheritable = host->cap_inheritable,
		.bounding = host->cap_bounding,
		.ambient = host->cap_ambient,
	};
}

static void set_privileges(struct host *host, const struct privileges *privileges)
{
	host->euid = privileges->euid;
	host->egid = privileges->egid;
	host->cap_permitted = privileges->permitted;
	host->cap_effective = privileges->effective;
	host->cap_inheritable = privileges->inheritable;
	host->cap_bounding = privileges->bounding;
	host->cap_ambient = privileges->ambient;
}

/* What could be done about its settings is judged by what we may do: a launcher had no less. */
static int plan_as_launcher(const struct options *options, pid_t pid, const struct host *own,
			    struct session *session)
{
	const struct privileges launcher = privileges_of(own), router = privileges_of(&session->host);

	set_privileges(&session->host, &launcher);
	int result = make_plan(options, pid, session);
	set_privileges(&session->host, &router);
	return result;
}

/* Of us (pid 0) or of another process, without trying anything out. */
static int read_host_of(pid_t pid, struct host *host, struct error *error)
{
	struct host_roots roots;

	*host = (struct host){0};
	if (host_roots_open("/", &roots, error) < 0)
		return -1;
	roots.no_probe = true;
	int result = host_read(&roots, pid, host, error);
	host_roots_close(&roots);
	return result;
}

/* Its root directory, which has the clues, may not be readable. But whoever is seen from within a container
 * is in that container. */
static enum runtime runtime_of(pid_t pid, const struct host *own)
{
	struct host theirs;
	enum runtime runtime = RUNTIME_NONE;

	if (read_host_of(pid, &theirs, NULL) == 0)
		runtime = theirs.runtime;
	host_clear(&theirs);
	return runtime != RUNTIME_NONE ? runtime : own->runtime;
}

/* A container's group is the router's as it was given, unless siplaunch has made one below it. */
static void adopt_group(const char *group, struct session *session)
{
	const char *path = session->profile.cgroup.path;
	if (path && group && !cgroup_path_fits(path, group))
		session->profile.cgroup.manager = MANAGER_ADOPT;
}

static int open_running(const struct options *options, pid_t pid, const char *group, const struct host *own,
			struct session *session)
{
	enum runtime runtime = runtime_of(pid, own);

	if (runtime != RUNTIME_NONE)
		adopt_group(group, session);
	if (gather(options, pid, session) < 0)
		return -1;
	session->host.runtime = runtime;
	/* what a container withholds, it withholds from the router as well, and not from us outside of it */
	return runtime != RUNTIME_NONE ? make_plan(options, pid, session)
				       : plan_as_launcher(options, pid, own, session);
}

int session_open_running(const struct options *options, char *const *argv, pid_t pid, const char *group,
			 struct session *session)
{
	struct host own;

	*session = (struct session){.argv = argv, .roots = {.root = -1, .proc = -1, .sys = -1}};
	if (open_profile(options, session) < 0)
		return -1;
	if (read_host_of(0, &own, &session->error) < 0)
		return refuse(session, SESSION_NO_HOST);
	int result = open_running(options, pid, group, &own, session);
	host_clear(&own);
	return result;
}

/* A limit that is only visible in the place cannot be sized for here. */
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
		error_set(&session->error, 0,
			  "sizing.memory is %s: an export is for a place whose limit it has to say itself",
			  memory->kind == SIZE_PERCENT ? "a percentage" : "not given");
		error_hint(&session->error, "say it: --set sizing.memory=4GiB");
		return refuse(session, SESSION_REFUSED);
	}
	session->host.memory.total_bytes = UNLIMITED / 2; /* nothing is computed of it */
	return 0;
}

int session_open_elsewhere(const struct options *options, char *const *argv, struct session *session)
{
	*session = (struct session){.argv = argv, .roots = {.root = -1, .proc = -1, .sys = -1}};
	if (open_profile(options, session) < 0)
		return -1;
	export_target(options->tool, &session->host);
	if (open_router(options, ELSEWHERE, session) < 0 || check_exported_limit(session) < 0 ||
	    make_plan(options, ELSEWHERE, session) < 0)
		return -1;
	if (export_check(&session->context, &session->plan, &session->error) < 0)
		return refuse(session, SESSION_REFUSED);
	return 0;
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
}

void session_explain(const struct options *options, const struct session *session)
{
	if (session->state == SESSION_BAD_PROFILE)
		log_problems(options, &session->problems);
	else if (session->state != SESSION_READY)
		log_error(options, &session->error);
}
