/* SPDX-License-Identifier: MIT */
/* Rules across keys. They check the merged profile, and report the key that must change. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "profile/decode.h"

static bool has_memory_limit(const struct profile *profile)
{
	return profile->cgroup.path || profile_requested(profile, SETTING_MEMORY_MAX) ||
	       profile_requested(profile, SETTING_MEMORY_HIGH);
}

/* Pools that are sized for a limit need that limit in force: without memory.max the group could use all of
 * the machine's memory. */
void profile_complete(struct profile *profile)
{
	if (!profile->cgroup.path || profile->sizing.memory.size.kind == SIZE_UNSET ||
	    profile_requested(profile, SETTING_MEMORY_MAX))
		return;
	*ARRAY_ADD(profile->unified, profile->unified_count) =
		(struct requested){.setting = setting_of(SETTING_MEMORY_MAX),
				   .automatic = true,
				   .size = {.kind = SIZE_AUTO},
				   .source = SOURCE_DEFAULT};
}

/* The OOM killer never chooses a task at -1000 (mm/oom_kill.c, oom_badness). If a group has no other task,
 * the kernel retries the allocation for ever, and the router hangs in the kernel. */
static void check_oom(const struct decoder *decoder)
{
	const struct profile *profile = decoder_profile(decoder);
	bool score = is_given(decoder->document->root, "oomScoreAdj"),
	     old = is_given(decoder->document->root, "oomAdj");
	const struct node node = {json_object_get(decoder->document->root, old ? "oomAdj" : "oomScoreAdj"),
				  old ? "/oomAdj" : "/oomScoreAdj"};

	if (score && old)
		problem_here(decoder, &node, "keep \"oomScoreAdj\"",
			     "\"oomAdj\" and \"oomScoreAdj\" are two names of one setting");
	else if (profile->has_oom_score_adj && profile->oom_score_adj == -1000 && has_memory_limit(profile))
		problem_here(
			decoder, &node,
			old ? "write \"oomScoreAdj\": -999" : "-999 also makes the router the last choice",
			"%s under a memory limit: nothing in the group could be killed, and it would hang in the kernel",
			old ? "-17 (oom_score_adj -1000)" : "-1000");
}

static void check_seccomp(const struct decoder *decoder)
{
	const struct profile *profile = decoder_profile(decoder);
	const struct node node = {json_object_get(decoder->document->root, "noNewPrivileges"),
				  "/noNewPrivileges"};
	if (profile->no_new_privileges == NO && (profile->seccomp.name || profile->seccomp.content))
		problem_here(
			decoder, &node, "set it to true, or remove \"seccomp\"",
			"false is not possible with a seccomp profile: the kernel would refuse the filter "
			"after setuid");
}

static void check_pids(const struct decoder *decoder)
{
	const struct profile *profile = decoder_profile(decoder);
	const struct requested *pids = profile_requested(profile, SETTING_PIDS_MAX);
	const struct count_field *processes = &profile->sizing.processes;

	if (!pids || pids->automatic || processes->kind != COUNT_NUMBER ||
	    pids->value.number[0] >= processes->number)
		return;
	json_t *unified = json_object_get(json_object_get(decoder->document->root, "resources"), "unified");
	const struct node node = {json_object_get(unified, "pids.max"), "/resources/unified/pids.max"};
	cleanup_free char *hint =
		xasprintf("\"auto\" is %" PRIu64 ": twice that and 64", processes->number * 2 + 64);
	problem_here(decoder, &node, hint, "%" PRIu64 " is less than sizing.processes, %" PRIu64,
		     pids->value.number[0], processes->number);
}

/* SEMMNS = sets * perSet is an int (include/linux/ipc_namespace.h, sem_ctls). */
static void check_semaphores(const struct decoder *decoder)
{
	const struct profile *profile = decoder_profile(decoder);
	uint64_t product = profile->ipc.sem_sets * profile->ipc.sem_per_set; /* both are bounded */
	const struct node node = {NULL, "/ipc/semaphores"};
	if (product > INT_MAX)
		problem_here(decoder, &node, "lower one of them",
			     "sets x perSet is %" PRIu64 ", and the kernel counts at most %d semaphores",
			     product, INT_MAX);
}

void profile_rules(const struct decoder *decoder)
{
	check_oom(decoder);
	check_seccomp(decoder);
	check_pids(decoder);
	check_semaphores(decoder);
}
