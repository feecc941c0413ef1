/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <unistd.h>

#include "base/alloc.h"
#include "session/session.h"
#include "tune/tune.h"

struct words {
	char **items;
	size_t count;
};

static void add(struct words *words, const char *word)
{
	char **place = ARRAY_ADD(words->items, words->count);
	*place = xstrdup(word);
}

static void add_pairs(struct words *words, const char *option, const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		add(words, option);
		add(words, texts->items[i]);
	}
}

static void add_set(struct words *words, const char *key, char *value)
{
	cleanup_free char *own = value;
	cleanup_free char *pair = xasprintf("%s=%s", key, own);
	add(words, "--set");
	add(words, pair);
}

/* A group next to the profile's own, so that no running router is in it. */
static char *scratch_path(const struct tuning *tuning, const struct tune_round *round)
{
	return xasprintf("%s" TUNE_GROUP_MARK "%u", tuning->session->profile.cgroup.path, (int)getpid(),
			 round->number);
}

/* For the case that tune and the supervisor are both killed. A router that gains privileges at exec does not
 * get the signal. */
static void add_guard(struct words *words, const struct tuning *tuning)
{
	if (tuning->session->profile.parent_signal != PARENT_SIGNAL_NONE)
		return;
	add(words, "--die-with-parent");
	add(words, "--policy");
	add(words, "parent=prefer");
}

char **tune_run_command(const struct tuning *tuning, const struct tune_round *round)
{
	const struct tune_request *request = tuning->request;
	const struct candidate *candidate = &round->result.candidate;
	struct words words = {0};

	add(&words, "siplaunch");
	add(&words, "run");
	add(&words, "--supervise");
	add(&words, "--stop-timeout");
	cleanup_free char *seconds = xasprintf("%d", TUNE_STOP_TIMEOUT);
	add(&words, seconds);
	add(&words, "--report");
	cleanup_free char *report = tune_report_path(tuning, round);
	add(&words, report);
	add(&words, "--profile");
	add(&words, tuning->profile);
	add_pairs(&words, "--profile-dir", &request->selection->directories);
	add_guard(&words, tuning);
	add_pairs(&words, "--set", &request->selection->sets);
	add_pairs(&words, "--policy", &request->selection->policies);
	if (request->selection->insecure)
		add(&words, "--allow-insecure-profile");
	add_set(&words, "sizing.shared", xasprintf("%" PRIu64 "MiB", candidate->shared_mib));
	add_set(&words, "sizing.private", xasprintf("%" PRIu64 "MiB", candidate->private_mib));
	if (round->memory_bytes)
		add_set(&words, "sizing.memory", xasprintf("%" PRIu64 "MiB", round->memory_bytes / MIB));
	if (tuning->session->profile.cgroup.path)
		add_set(&words, "cgroup.path", scratch_path(tuning, round));
	add(&words, "--");
	for (char *const *word = request->argv; *word; word++)
		add(&words, *word);
	words.items = xrealloc(words.items, words.count + 1, sizeof *words.items);
	words.items[words.count] = NULL;
	return words.items;
}
