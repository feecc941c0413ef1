/* SPDX-License-Identifier: MIT */
#include "session/trust.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "session/session.h"

/* True if the overflow id belongs to no user of this user namespace: all users outside of it appear with that
 * id. */
static bool overflow_is_free(const struct host *host)
{
	for (size_t i = 0; i < host->uid_map_count; i++)
		if (TRUST_OVERFLOW_ID - host->uid_map[i].inside < host->uid_map[i].count)
			return false;
	return host->uid_map_count > 0;
}

static int find_overflow_id(char *line, void *data)
{
	unsigned inside, count;
	(void)data;
	return sscanf(line, "%u %*u %u", &inside, &count) == 2 && TRUST_OVERFLOW_ID - inside < count;
}

const struct trust_terms *written_terms(const struct profile_selection *selection, struct trust_terms *terms)
{
	cleanup_free char *map = NULL;
	if (geteuid() != 0)
		return NULL;
	bool known = pseudo_read(AT_FDCWD, "/proc/self/uid_map", PSEUDO_LIMIT, &map) > 0;
	*terms = (struct trust_terms){
		.callers = &selection->sudo_uid,
		.caller_count = selection->by_sudo,
		.written = true,
		.overflow_free = known && each_line(map, find_overflow_id, NULL) == 0,
	};
	return terms;
}

struct trust_terms session_trust_terms(const struct session *session)
{
	return (struct trust_terms){
		.callers = &session->purpose.selection->sudo_uid,
		.caller_count = session->purpose.selection->by_sudo,
		.container = session->host.runtime != RUNTIME_NONE,
		.overflow_free = overflow_is_free(&session->host),
	};
}

/* Whoever can change a file that root obeys has root's privileges. `what` names it. */
int session_check_findings(const struct trust_finding *findings, size_t count, const char *what,
			   struct session *session)
{
	if (!count || geteuid() != 0)
		return 0;
	const struct trust_terms terms = session_trust_terms(session);
	if (trust_judge(findings, count, &terms, &session->error) == 0)
		return 0;
	error_context(&session->error, "others can change the %s", what);
	if (!session->purpose.selection->insecure) {
		cleanup_free char *remedy = xstrdup(session->error.hint);
		error_hint(&session->error, "%s; or%s, to trust it anyway, --allow-insecure-profile", remedy,
			   terms.container ? " mount it read-only, or" : "");
		session->state = SESSION_REFUSED;
		return -1;
	}
	plan_warn(&session->plan, "%s", session->error.message);
	error_clear(&session->error);
	return 0;
}

int session_check_trust(struct session *session)
{
	const struct profile *profile = &session->profile;
	const struct prepared *prepared = &session->prepared;
	cleanup_free char *what = xasprintf("profile %s", profile->name);
	cleanup_free char *plan = xasprintf("plan %s", prepared->file ? prepared->file : "");
	if (session->purpose.what == PURPOSE_OBSERVE)
		return 0;
	if (session_check_findings(prepared->findings, prepared->finding_count, plan, session) < 0)
		return -1;
	return session_check_findings(profile->findings, profile->finding_count, what, session);
}
