/* SPDX-License-Identifier: MIT */
/* A running router: its environment as its launcher saw it. */
#include "session/parts.h"

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

/* Judges its settings by siplaunch's own privileges: a launcher had no fewer. */
static int plan_as_launcher(const struct host *own, struct session *session)
{
	const struct privileges launcher = privileges_of(own), router = privileges_of(&session->host);

	set_privileges(&session->host, &launcher);
	int result = session_plan(session);
	set_privileges(&session->host, &router);
	return result;
}

/* Reads the facts for us (pid 0) or for another process, without the probe child. */
static int read_host_of(pid_t pid, struct host *host, struct error *error)
{
	struct host_roots roots;

	*host = (struct host){0};
	if (host_roots_open("/", &roots, error) < 0)
		return -1;
	const struct host_questions questions = {.pid = pid, .no_probe = true};
	int result = host_read(&roots, &questions, host, error);
	host_roots_close(&roots);
	return result;
}

/* The clues are in its root directory, which may not be readable. But every process that is visible from
 * within a container is in that container. */
static enum runtime runtime_of(pid_t pid, const struct host *own)
{
	struct host theirs;
	enum runtime runtime = RUNTIME_NONE;

	if (read_host_of(pid, &theirs, NULL) == 0)
		runtime = theirs.runtime;
	host_clear(&theirs);
	return runtime != RUNTIME_NONE ? runtime : own->runtime;
}

/* In a container, the container's group is the router's, unless siplaunch has made one below it. */
static void adopt_group(const char *group, struct session *session)
{
	const char *path = session->profile.cgroup.path;
	if (path && group && !cgroup_path_fits(path, group))
		session->profile.cgroup.manager = MANAGER_ADOPT;
}

static int open_running(const struct host *own, struct session *session)
{
	enum runtime runtime = runtime_of(session->purpose.observed, own);

	if (runtime != RUNTIME_NONE)
		adopt_group(session->purpose.group, session);
	if (session_gather(session) < 0)
		return -1;
	session->host.runtime = runtime;
	/* what a container denies, it denies to the router too, but not to us if we are outside */
	return runtime != RUNTIME_NONE ? session_plan(session) : plan_as_launcher(own, session);
}

int session_observe(struct session *session)
{
	struct host own;

	if (read_host_of(0, &own, &session->error) < 0)
		return session_refuse(session, SESSION_NO_HOST);
	int result = open_running(&own, session);
	host_clear(&own);
	return result;
}
