/* SPDX-License-Identifier: MIT */
#include "session/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/exit_status.h"
#include "base/libc.h"
#include "base/trust.h"
#include "host/storage.h"
#include "mechanism/capabilities.h"
#include "mechanism/router.h"
#include "router/wrapper.h"
#include "session/program_find.h"
#include "session/session.h"
#include "session/trust.h"

/* As root, siplaunch does not execute a file that another user may change only to query it. */
static char *distrust(const struct session *session, const char *path)
{
	struct trust_trail trail = TRUST_TRAIL_NONE;
	cleanup_error struct error error = {0};
	struct stat info;
	size_t count = 0;

	if (geteuid() != 0)
		return NULL;
	cleanup_close int file = trust_open(&trail, path, &info);
	if (file < 0)
		error_set(&error, errno, "%s %s", trust_failed(&trail), path);
	struct trust_finding *findings = trust_take(&trail, &count);
	const struct trust_terms terms = session_trust_terms(session);
	int verdict = file < 0 ? -1 : trust_judge(findings, count, &terms, &error);
	trust_findings_clear(findings, count);
	trust_trail_clear(&trail);
	if (verdict == 0)
		return NULL;
	if (file < 0)
		return error_text(&error);
	return xasprintf("others can change it: %s", error.message);
}

/* The router's own program: the command's, or the one that env, nice and the like execute. Caller frees;
 * NULL: not found. */
static char *router_path(const struct session *session)
{
	size_t start = session->command.start;
	int status;

	if (start == 0)
		return xstrdup(session->program.path);
	return program_find(session->argv[start], &session->context, &status, NULL);
}

/* Why the program must not be executed to query it: a script may start anything, a program for another
 * machine needs an interpreter, and another program may treat the router's option in any way. */
static char *forbids(void *judge, const char *path)
{
	const struct session *session = judge;
	const struct program_header *header = &session->program.header;

	if (router_find(NULL, session->argv[session->command.start]) != session->router)
		return xasprintf("%s is not named like %s's program", path, session->router->name);
	if (header->kind == PROGRAM_SCRIPT)
		return xasprintf("%s is a script, which is executed only to launch the router", path);
	if (header->kind == PROGRAM_UNSEEN) {
		cleanup_error struct error error = {0};
		error_set(&error, header->errnum, "read %s", path);
		return error_text(&error);
	}
	if (header->kind != PROGRAM_ELF)
		return xasprintf("%s is not an ELF program", path);
	if (!program_is_native(header)) {
		cleanup_free char *machine = program_machine_text(header);
		return xasprintf("%s is a program for another machine (%s)", path, machine);
	}
	return distrust(session, path);
}

static void let_be_asked(struct session *session, const char *path)
{
	struct session_program *program = &session->program;

	program->build = (struct router_build){
		.state = BUILD_HERE,
		.path = xstrdup(path),
		.user = router_user(&session->context),
		.forbids = forbids,
		.judge = session,
	};
	/* even if the router keeps our privileges, printing a line needs none */
	program->build.user.same = false;
	program->build.user.capabilities = 0;
}

void session_program_elsewhere(struct session *session, const char *why)
{
	if (session->router->build_sources)
		session->program.build = (struct router_build){.state = BUILD_KNOWN, .unasked = xstrdup(why)};
}

/* Also the router's own program, if env or the like executes it. */
static void see_what_it_gains(struct session *session, const char *path)
{
	if (session->profile.parent_signal == PARENT_SIGNAL_NONE || session->program.gains ||
	    !program_gains_privileges(path))
		return;
	session->program.gains = xstrdup(path);
	session->context.program_gains = session->program.gains;
}

/* -1 if the kernel would refuse to execute it as the router will be executed. */
static int check_file_capabilities(const struct session *session, const char *path, struct error *error)
{
	const struct host *host = session->context.host;
	uint64_t bounding = router_bounding_set(&session->context);
	uint64_t missing = host->initial_user_namespace ? program_required_capabilities(path) & ~bounding : 0;

	if (!missing)
		return 0;
	cleanup_free char *names = capabilities_text(missing, ", ");
	cleanup_free char *list = capabilities_text(bounding | missing, "\",\"");
	error_set(error, EPERM,
		  "execute %s: its file capabilities include %s, which the router does not keep", path,
		  names);
	if (missing & ~host->cap_bounding)
		return error_hint(error, "setcap -r %s, or start siplaunch with them in its bounding set",
				  path);
	return error_hint(error, "setcap -r %s, or keep them: --set 'capabilities=[\"%s\"]'", path, list);
}

/* The router behind env or the like: siplaunch is gone when the kernel refuses it. */
static void warn_file_capabilities(struct session *session, const char *path)
{
	cleanup_error struct error error = {0};
	if (session->command.start == 0 || check_file_capabilities(session, path, &error) == 0)
		return;
	cleanup_free char *text = error_text(&error);
	plan_warn(&session->plan, "%s; %s", text, error.hint);
}

void session_program_find(struct session *session)
{
	struct session_program *program = &session->program;

	if (session->purpose.host || session->context.purpose == PURPOSE_PREPARE_POD) {
		session_program_elsewhere(session, session->purpose.host
							   ? "--host only describes the host"
							   : "its program is in another container's image");
		return;
	}
	program->path = program_find(session->argv[0], &session->context, &program->status, &program->why);
	if (!program->path)
		return;
	if (check_file_capabilities(session, program->path, &program->why) < 0) {
		program->status = EXIT_NOT_EXECUTABLE;
		free(program->path);
		program->path = NULL;
		return;
	}
	see_what_it_gains(session, program->path);
	if (!session->router->sizes_by_arguments)
		return;
	cleanup_free char *path = router_path(session);
	if (!path)
		return;
	warn_file_capabilities(session, path);
	see_what_it_gains(session, path);
	program->header = program_header_read(path);
	program->start = program_start(session->roots.proc, path, &program->header);
	session->context.program = &program->header;
	session->context.program_foreign = program->start == PROGRAM_CANNOT_START;
	if (program->start == PROGRAM_MAY_START) {
		cleanup_free char *machine = program_machine_text(&program->header);
		plan_warn(&session->plan,
			  "%s is a program for another machine (%s): it starts only where an interpreter is "
			  "registered for it, and which ones are cannot be read in /proc/sys/fs/binfmt_misc "
			  "here",
			  path, machine);
	}
	let_be_asked(session, path);
}

static char *forbids_running(void *judge, const char *path)
{
	(void)judge, (void)path;
	return xstrdup("siplaunch does not execute a router that already runs");
}

void session_program_running(pid_t pid, struct session *session)
{
	if (!session->router->build_sources)
		return;
	session->program.build = (struct router_build){
		.state = BUILD_HERE,
		.path = xasprintf("/proc/%d/exe", (int)pid),
		.forbids = forbids_running,
	};
}

/* Its configuration may ask for variables, which "env NAME=value" in front of it sets. */
static void estimate_in_its_environment(struct session *session)
{
	cleanup_wrapped struct wrapped wrapped = {0};
	wrapped_read(session->argv, &wrapped);
	cleanup_free char **its_own = wrapped_environment(&wrapped, environ);
	char **ours = environ;

	environ = its_own;
	session->router->estimate(session->router, &session->command, &session->network, &session->estimate);
	environ = ours;
}

/* The configuration that the router reads where no -f names one is its build's. */
void session_program_config(struct session *session)
{
	struct router_command *command = &session->command;
	const struct router *router = session->router;

	command->build = &session->program.build;
	if (command->config_given || command->only_checks || !router->build_sources)
		return;
	const char *config = router_build_fact(router, command->build, BUILD_CONFIG);
	if (config)
		command->config = config;
}

static bool lies_on_disk(struct session *session, const char *path)
{
	cleanup_error struct error error = {0};
	int in_memory = storage_in_memory(path, &error);
	if (in_memory < 0 && errno_is_shortage(error.errnum)) {
		cleanup_free char *text = error_text(&error);
		plan_warn(&session->plan, "%s is counted as memory: %s", path, text);
	}
	return in_memory == 0;
}

void session_program_estimate(struct session *session)
{
	const struct router *router = session->router;
	struct router_command *command = &session->command;

	estimate_in_its_environment(session);
	if (session->network.errnum)
		plan_warn(&session->plan,
			  "the addresses of this machine could not be read (getifaddrs): %s (%s)",
			  strerror(session->network.errnum), strerrorname_np(session->network.errnum));
	struct second_pool *second = &session->estimate.second;
	second->on_disk = second->used && !session->purpose.host && lies_on_disk(session, second->path);
	router_build_uncertain(router, command, &session->estimate);
	/* the default of -m matters only if the configuration has a size too (plan/request.c) */
	if (session->estimate.cfg_shm_mib)
		router_build_ask(router, command->build);
	router_build_connections(router, command, &session->estimate);
	router_build_protocols(router, command, &session->estimate);
}

char *session_program_path(struct session *session, int *status, struct error *error)
{
	struct session_program *program = &session->program;

	if (program->path)
		return xstrdup(program->path);
	*status = program->status;
	error_move(error, &program->why);
	return NULL;
}

void session_program_clear(struct session_program *program)
{
	free(program->path);
	free(program->gains);
	error_clear(&program->why);
	router_build_clear(&program->build);
	*program = (struct session_program){0};
}
