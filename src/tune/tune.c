/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "session/session.h"
#include "tune/tune.h"

#define PRIVATE_TIMES 4 /* the generous private pool is up to so many times the profile's */
#define PRIVATE_SHARE 4 /* all private pools together get at most 1/4 of the memory */

/* ---- what is searched ---- */

/* Refuses -m and -M in the command: they would override the sizes of each round. */
static int check_command(struct session *session, struct error *error)
{
	const struct router_command *command = &session->command;
	if (!session->context.decision.sized) {
		error_set(error, 0, "there is nothing to tune: siplaunch does not size the pools of %s",
			  session->argv[0]);
		return error_hint(error, "name the router if it is one: --set router=kamailio, or opensips");
	}
	const struct step *step = plan_find(&session->plan, SETTING_SHARED_POOL);
	if (!step || step->status == STATUS_SKIPPED) {
		error_set(error, 0, "there is nothing to tune: the profile's policy skips -m and -M");
		return error_hint(error, "--policy arguments=require");
	}
	if (!command->shm_mib && !command->pkg_mib)
		return 0;
	error_set(error, 0, "there is nothing to tune: the command has a %s of its own, which wins",
		  command->shm_mib ? "-m" : "-M");
	return error_hint(error, "leave it out");
}

/* The largest private pool for the search that leaves most of the memory to the shared one. */
static uint64_t generous(const struct budget_request *request, uint64_t usual_mib)
{
	uint64_t max = request->private_max_mib ? request->private_max_mib : UINT64_MAX;
	uint64_t mib = usual_mib * PRIVATE_TIMES;
	while (mib > usual_mib &&
	       (mib > max || mib * request->processes > request->limit_bytes / MIB / PRIVATE_SHARE))
		mib /= 2;
	return mib > usual_mib ? mib : usual_mib;
}

static int set_terms(struct tuning *tuning, struct error *error)
{
	const struct context *context = &tuning->session->context;
	struct budget_request request = context->decision.request;
	struct search_terms *terms = &tuning->terms;
	struct budget budget;

	terms->margin_percent = tuning->request->margin;
	terms->private_usual = context->decision.budget.private_mib;
	terms->private_generous = generous(&request, terms->private_usual);
	request.private_fixed = true;
	request.private_bytes = terms->private_generous * MIB;
	if (budget_solve(&request, &budget, NULL) < 0) {
		terms->private_generous = terms->private_usual;
		request.private_bytes = terms->private_usual * MIB;
		if (budget_solve(&request, &budget, error) < 0)
			return -1;
	}
	terms->shared_max = budget.shared_mib;
	terms->shared_avoid = request.shared_avoid_mib;
	terms->shared_min = request.shared_min_mib ? request.shared_min_mib : 1;
	terms->private_min = request.private_min_mib ? request.private_min_mib : 1;
	return 0;
}

/* ---- preparing ---- */

int tuning_open(struct tuning *tuning, struct error *error)
{
	struct session *session = tuning->session;

	if (check_command(session, error) < 0 || set_terms(tuning, error) < 0)
		return -1;
	tuning->own_limit =
		session->context.decision.group_path && session->context.decision.manager != MANAGER_ADOPT;
	tuning->proc = session->roots.proc;
	if (session->host.cgroup.mount)
		tuning->mount = open(session->host.cgroup.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tune_folder_open(tuning, error) < 0)
		return -1;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return error_set(error, errno, "become the reaper of the load's orphans by prctl(2)");
	tuning->begun_ms = clock_monotonic_ms();
	tuning->deadline_ms =
		tuning->request->budget ? tuning->begun_ms + (int64_t)tuning->request->budget * 1000 : 0;
	return signals_take(&tuning->signals, error);
}

void tuning_close(struct tuning *tuning)
{
	for (size_t i = 0; i < tuning->count; i++) {
		free(tuning->rounds[i].message);
		value_clear(&tuning->rounds[i].failures);
	}
	free(tuning->rounds);
	free(tuning->no_statistics);
	tune_folder_close(tuning);
	if (tuning->mount >= 0)
		close(tuning->mount);
	signals_close(&tuning->signals);
}

/* ---- the rounds ---- */

/* The remaining rounds: as requested, or fewer if the time left, divided by the time of the slowest round,
 * does not permit them. */
static uint32_t rounds_left(const struct tuning *tuning)
{
	uint32_t left = tuning->request->rounds - (uint32_t)tuning->count;
	int64_t slowest = 0, time = tuning->deadline_ms - clock_monotonic_ms();

	if (!tuning->deadline_ms || !tuning->count)
		return tune_interrupted(tuning) ? 0 : left;
	for (size_t i = 0; i < tuning->count; i++)
		slowest = tuning->rounds[i].took_ms > slowest ? tuning->rounds[i].took_ms : slowest;
	uint64_t fit = time > 0 ? (uint64_t)(time / (slowest ? slowest : 1)) : 0;
	return fit < left ? (uint32_t)fit : left;
}

static struct search decide(struct tuning *tuning)
{
	cleanup_free struct round *results = tune_results(tuning);
	uint32_t left = tuning->asked ? 0 : rounds_left(tuning);
	tuning->expected = search_expected(&tuning->terms, results, tuning->count, left);
	return search_next(&tuning->terms, results, tuning->count, left);
}

static enum tune_outcome run_round(struct tuning *tuning, const struct search *search, struct error *error)
{
	struct tune_round round = {
		.number = (unsigned)tuning->count + 1,
		.why = search->why,
		.memory_bytes = tuning->own_limit ? tune_limit(tuning, &search->candidate) : 0,
		.result = {.candidate = search->candidate},
	};
	enum tune_outcome outcome = tune_round_run(tuning, &round, error);
	if (outcome == TUNE_ROUND_DONE) {
		*ARRAY_ADD(tuning->rounds, tuning->count) = round;
		return outcome;
	}
	free(round.message);
	value_clear(&round.failures);
	return outcome;
}

int tuning_search(struct tuning *tuning, struct search *search, struct error *error)
{
	for (;;) {
		*search = decide(tuning);
		if (search->state != SEARCH_TRY)
			return 0;
		enum tune_outcome outcome = run_round(tuning, search, error);
		if (outcome == TUNE_ROUND_IMPOSSIBLE)
			return -1;
		if (outcome == TUNE_ROUND_BROKEN_OFF) {
			cleanup_free struct round *results = tune_results(tuning);
			*search = search_next(&tuning->terms, results, tuning->count, 0);
			return 0;
		}
		decide(tuning); /* updates the expected number of rounds */
		tuning->observer->round(tuning->observer->to, tuning, &tuning->rounds[tuning->count - 1]);
	}
}
