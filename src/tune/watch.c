/* SPDX-License-Identifier: MIT */
#include "tune/tune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "host/host.h"
#include "session/session.h"
#include "stats/group.h"
#include "stats/management.h"
#include "stats/sample.h"

/* A router under load may answer late, and nothing else waits for the answer. */
#define ASK_MS 2000

#define REMOVE_TRIES 20
#define REMOVE_MS    100

struct tune_watch {
	struct tuning *tuning;
	struct management management;
	bool found;
	char *group;
	int directory;
	struct error error;
};

/* Finds the management interface: its socket appears some time after the router's start. */
static bool find(struct tune_watch *watch)
{
	const struct tuning *tuning = watch->tuning;
	const struct session *session = tuning->session;
	if (!watch->found)
		watch->found =
			management_find(tuning->proc, tuning->router, session->router, &session->estimate,
					tuning->request->management, &watch->management, &watch->error) == 0;
	return watch->found;
}

struct tune_watch *tune_watch_open(struct tuning *tuning)
{
	const struct session *session = tuning->session;
	struct tune_watch *watch = xcalloc(1, sizeof *watch);

	watch->tuning = tuning;
	watch->group = host_group_of(tuning->proc, tuning->router);
	watch->directory = -1;
	cleanup_free char *ours = host_group_of(tuning->proc, getpid());
	/* siplaunch's own group has other processes, so its numbers are not the router's */
	bool own = watch->group && !(ours && strcmp(ours, watch->group) == 0);
	const char *below = own ? host_below_mount(&session->host, watch->group) : NULL;
	if (below && tuning->mount >= 0)
		watch->directory = group_directory_open(tuning->mount, below, NULL);
	find(watch);
	return watch;
}

void tune_watch_close(struct tune_watch *watch)
{
	if (!watch)
		return;
	management_clear(&watch->management);
	if (watch->directory >= 0)
		close(watch->directory);
	free(watch->group);
	error_clear(&watch->error);
	free(watch);
}

/* Only a round's own group: its name has the pid of this process (TUNE_GROUP_MARK). */
void tune_watch_remove_group(const struct tune_watch *watch)
{
	cleanup_free char *mark = xasprintf(TUNE_GROUP_MARK, (int)getpid());
	if (!watch || watch->directory < 0 || !strstr(watch->group, mark))
		return;
	const char *below = host_below_mount(&watch->tuning->session->host, watch->group);
	for (unsigned tries = 0; tries < REMOVE_TRIES; tries++) {
		if (unlinkat(watch->tuning->mount, below + strspn(below, "/"), AT_REMOVEDIR) == 0 ||
		    errno != EBUSY)
			return;
		tune_attend(watch->tuning, REMOVE_MS); /* its last process is still ending */
	}
}

const char *tune_watch_denied(const struct tune_watch *watch)
{
	return watch->found ? NULL : watch->error.message;
}

bool tune_watch_is_vain(const struct tune_watch *watch)
{
	return !watch->found && !watch->tuning->request->management &&
	       !watch->tuning->session->estimate.management_count;
}

/* The maximum use if the router reports it, otherwise the present use. */
static void raise_to(uint64_t *max, const struct pool_stats *pool)
{
	const struct value *value = &pool->max_used;
	if (value->kind == VALUE_NONE)
		value = pool_in_use(pool);
	if (value_or_zero(value) > *max)
		*max = value_or_zero(value);
}

static void keep(struct tune_round *round, const struct sample *sample)
{
	raise_to(&round->result.shared_used_bytes, &sample->shared);
	for (size_t i = 0; i < sample->private_count; i++)
		raise_to(&round->result.private_used_bytes, &sample->privates[i].pool);
	if (sample->failures.kind != VALUE_NONE) {
		value_set(&round->failures, value_copy(&sample->failures));
		round->result.starved = value_or_zero(&sample->failures) > 0;
	}
}

bool tune_watch_look(struct tune_watch *watch, struct tune_round *round)
{
	cleanup_sample struct sample sample = {0};
	const struct tuning *tuning = watch->tuning;
	const struct sample_target target = {
		.proc = tuning->proc,
		.directory = watch->directory,
		.pid = tuning->router,
		.group = watch->group,
		.router = tuning->session->router,
		.management = find(watch) ? &watch->management : NULL,
		.timeout_ms = ASK_MS,
		.cancel = &tuning->signals.fd,
	};

	if (sample_take(&target, &sample, NULL) < 0)
		return false;
	if (sample.pressure.known && sample.pressure.some_avg10 > round->pressure)
		round->pressure = sample.pressure.some_avg10;
	if (sample.has_pools)
		keep(round, &sample);
	return sample.has_pools;
}
