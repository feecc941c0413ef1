/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/value.h"
#include "host/access.h"
#include "host/host.h"
#include "mechanism/capabilities.h"
#include "mechanism/identity.h"
#include "mechanism/router.h"
#include "router/router.h"

/* A question to the kernel, and the path and need that it belongs to. */
struct inquiry {
	struct access_question *questions;
	size_t count;
	char **owned; /* parent directories */
	size_t owned_count;
};

static bool is_made(const struct router_need *need)
{
	return need->kind == NEED_PID_FILE || need->kind == NEED_RUNTIME_DIRECTORY;
}

static void add(struct inquiry *inquiry, const char *path, int mode)
{
	*ARRAY_ADD(inquiry->questions, inquiry->count) = (struct access_question){.path = path, .mode = mode};
}

static const char *parent_of(struct inquiry *inquiry, const char *path)
{
	size_t length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		length--;
	const char *slash = memrchr(path, '/', length);
	char *parent = !slash          ? xstrdup(".")
		       : slash == path ? xstrdup("/")
				       : xstrndup(path, (size_t)(slash - path));
	*ARRAY_ADD(inquiry->owned, inquiry->owned_count) = parent;
	return parent;
}

/* A file to read: one of the paths is readable. A file or directory to make: it exists, or its parent
 * directory is writable. A pid file: it may also exist and be writable. */
static void ask_about(struct inquiry *inquiry, const struct router_need *need)
{
	for (size_t i = 0; i < need->path_count; i++) {
		const char *path = need->paths[i];
		int mode = need->kind == NEED_PID_FILE ? W_OK : is_made(need) ? F_OK : R_OK;
		add(inquiry, path, mode);
		if (is_made(need))
			add(inquiry, parent_of(inquiry, path), W_OK | X_OK);
	}
}

/* If several paths fail, the error of an existing one is more useful than ENOENT. */
static void take_answer(struct router_need *need, const struct access_question *question, bool as_user)
{
	int errnum = question->errnum;
	if (need->state == NEED_MET)
		return;
	if (need->state == NEED_UNSEEN || need->errnum == ENOENT) {
		need->errnum = errnum;
		need->refused = need->paths[0];
		for (size_t i = 0; i < need->path_count; i++)
			if (strcmp(need->paths[i], question->path) == 0)
				need->refused = need->paths[i];
	}
	/* for another user, siplaunch's own answer only proves that a path is missing */
	need->state = (as_user && !errnum)                                           ? NEED_MET
		      : as_user || need->errnum == ENOENT || need->errnum == ENOTDIR ? NEED_UNMET
										     : NEED_UNKNOWN;
}

static void take_answers(struct router_need *need, const struct access_question **next, bool as_user)
{
	for (size_t i = 0; i < need->path_count; i++) {
		const struct access_question *question = *next;
		/* a missing path is judged by the directory that it would be made in */
		if (is_made(need) && question->errnum == ENOENT)
			question++;
		take_answer(need, question, as_user);
		*next += is_made(need) ? 2 : 1;
	}
}

static uint64_t final_capabilities(const struct context *context)
{
	const struct profile *profile = context->profile;
	const struct identity *identity = context->identity;
	if (profile->has_capabilities)
		return profile->capabilities;
	return identity->has_user && identity->uid != 0 && identity->uid != context->host->euid
		       ? 0
		       : context->host->cap_effective;
}

uint64_t router_bounding_set(const struct context *context)
{
	const struct profile *profile = context->profile;
	enum policy policy = profile_policy(profile, setting_of(SETTING_CAPABILITIES));
	bool reduced = policy == POLICY_REQUIRE ||
		       (policy == POLICY_PREFER && capable_here(context->host, CAP_SETPCAP));

	return profile->has_capabilities && reduced ? profile->capabilities : context->host->cap_bounding;
}

struct access_user router_user(const struct context *context)
{
	const struct profile *profile = context->profile;
	const struct identity *identity = context->identity;
	const struct host *host = context->host;
	uid_t uid = identity->has_user ? identity->uid : host->euid;
	gid_t gid = identity_final_gid(context);
	bool changes_groups = profile->has_additional_gids || uid != host->euid;
	uint64_t capabilities = final_capabilities(context);

	return (struct access_user){
		.same = uid == host->euid && gid == host->egid && !changes_groups &&
			capabilities == host->cap_effective,
		.apart = host_refused_call(host, "setgroups setresgid setresuid capset", NULL) != NULL,
		.uid = uid,
		.gid = gid,
		.groups = profile->additional_gids,
		.group_count = profile->additional_gid_count,
		.keeps_groups = !changes_groups,
		.capabilities = capabilities,
	};
}

static void look_at_port(struct router_need *need, uint64_t capabilities, unsigned first_free)
{
	bool may = need->port >= first_free || (capabilities & CAPABILITY_BIT(CAP_NET_BIND_SERVICE));
	need->state = may ? NEED_MET : NEED_UNMET;
	need->errnum = may ? 0 : EACCES;
}

/* net.ipv4.ip_unprivileged_port_start of our network namespace, which is the router's (ip-sysctl.rst). */
static unsigned first_free_port(void)
{
	cleanup_free char *text = NULL;
	uint64_t port;
	if (pseudo_read_record(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", &text) < 0 ||
	    !parse_u64(text, &port))
		return 1024;
	return port ? (unsigned)port : 1;
}

static void inquiry_clear(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->owned_count; i++)
		free(inquiry->owned[i]);
	free(inquiry->owned);
	free(inquiry->questions);
}

void needs_look(const struct context *context, struct estimate *estimate)
{
	__attribute__((cleanup(inquiry_clear))) struct inquiry inquiry = {0};
	cleanup_error struct error error = {0};
	const struct access_user user = router_user(context);
	struct router_need *needs = estimate->needs;
	size_t count = estimate->need_count;
	unsigned first_free = 0; /* not read yet: most routers need no low port */

	for (size_t i = 0; i < count; i++)
		ask_about(&inquiry, &needs[i]);
	bool as_user = access_ask(&user, inquiry.questions, inquiry.count, &error) == 0;
	free(estimate->needs_unasked);
	estimate->needs_unasked = as_user ? NULL : error_text(&error);
	const struct access_question *next = inquiry.questions;
	for (size_t i = 0; i < count; i++) {
		take_answers(&needs[i], &next, as_user);
		if (needs[i].kind == NEED_PORT && !first_free)
			first_free = first_free_port();
		if (needs[i].kind == NEED_PORT)
			look_at_port(&needs[i], user.capabilities, first_free);
	}
}
