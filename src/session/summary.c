/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_value.h"
#include "session/session.h"

struct session_tally session_tally(const struct plan *plan)
{
	struct session_tally tally = {0};
	for (size_t i = 0; i < plan->count; i++) {
		enum status status = plan->steps[i].status;
		tally.applied += status == STATUS_APPLIED || status == STATUS_CLAMPED;
		tally.satisfied += status == STATUS_SATISFIED || status == STATUS_ADOPTED;
		tally.refused += status == STATUS_DENIED || status == STATUS_FAILED;
	}
	return tally;
}

const char *session_group(const struct session *session)
{
	const struct step *join = plan_step(&session->plan, setting_of(SETTING_GROUP_PROCS));
	bool refused = join && (join->status == STATUS_DENIED || join->status == STATUS_FAILED);
	return refused || session->purpose.what == PURPOSE_PREPARE_POD ? NULL
								       : session->context.decision.group_path;
}

/* "512 MiB = shared 384 + 14 x 4 private + 72 for processes, page tables and reserve"; "" where nothing was
 * computed. In whole MiB: the bytes are in the plan. */
static char *budget_text(const struct context *context)
{
	const struct budget *budget = &context->decision.budget;
	if (!context->decision.sized)
		return xstrdup("");
	uint64_t pools_mib = budget->shared_mib + budget->processes * budget->private_mib;
	return xasprintf(" %" PRIu64 " MiB = shared %" PRIu64 " + %" PRIu64 " x %" PRIu64
			 " private + %" PRIu64 " for page tables, processes and reserve;",
			 budget->limit_bytes / MIB, budget->shared_mib, budget->processes,
			 budget->private_mib, budget->limit_bytes / MIB - pools_mib);
}

char *session_summary(const struct session *session)
{
	const struct session_tally tally = session_tally(&session->plan);
	const struct context *context = &session->context;
	const char *group = session_group(session);
	cleanup_free char *budget = budget_text(context);
	cleanup_free char *refused = tally.refused ? xasprintf(", %u refused", tally.refused) : xstrdup("");
	const char *word = session->argv[session->command.start], *name = strrchr(word, '/');
	bool stays =
		context->decision.handoff == HANDOFF_SUPERVISE && context->purpose != PURPOSE_PREPARE_POD;
	const char *supervised = stays ? "; supervised" : "";
	return xasprintf("%s%s%s:%s %u step%s applied, %u already so%s%s", name ? name + 1 : word,
			 group ? " in " : "", group ? group : "", budget, tally.applied,
			 tally.applied == 1 ? "" : "s", tally.satisfied, refused, supervised);
}

json_t *session_command_json(const struct session *session)
{
	char *const *argv = session->arguments ? session->arguments : session->argv;
	size_t count = 0;
	while (argv[count])
		count++;
	return json_from_texts(argv, count);
}
