/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "commands.h"
#include "log.h"
#include "options.h"
#include "profile_file.h"
#include "report_tune.h"
#include "session.h"
#include "tune.h"

#define PRIVATE_TIMES 4 /* as generous as that: of what the profile gives */
#define PRIVATE_SHARE 4 /* but all private pools together at most this part of the memory */

/* ---- what is searched ---- */

/* -m and -M of the command would win over whatever is tried. */
static int check_command(struct session *session, struct error *error)
{
	const struct router_command *command = &session->command;
	if (!session->context.sized) {
		error_set(error, 0, "there is nothing to tune: %s is no router whose pools siplaunch sizes",
			  session->argv[0]);
		return error_hint(error, "if it is one by another name: --set router=kamailio, or opensips");
	}
	const struct step *step = plan_find(&session->plan, "arguments", "-m");
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

/* The largest private pool for the search with which the shared one still has a pool's worth. */
static uint64_t generous(const struct budget_request *request, uint64_t usual_mib)
{
	uint64_t most = request->private_max_mib ? request->private_max_mib : UINT64_MAX;
	uint64_t mib = usual_mib * PRIVATE_TIMES;
	while (mib > usual_mib &&
	       (mib > most || mib * request->processes > request->limit_bytes / MIB / PRIVATE_SHARE))
		mib /= 2;
	return mib > usual_mib ? mib : usual_mib;
}

static int set_terms(struct tuning *tuning, struct error *error)
{
	const struct context *context = &tuning->session->context;
	struct budget_request request = context->request;
	struct search_terms *terms = &tuning->terms;
	struct budget budget;

	terms->margin_percent = tuning->options->margin;
	terms->private_usual = context->budget.private_mib;
	terms->private_generous = generous(&request, terms->private_usual);
	request.private_fixed = true;
	request.private_bytes = terms->private_generous * MIB;
	if (budget_solve(&request, &budget, NULL) < 0) {
		terms->private_generous = terms->private_usual;
		request.private_bytes = terms->private_usual * MIB;
		if (budget_solve(&request, &budget, error) < 0)
			return -1;
	}
	terms->shared_most = budget.shared_mib;
	terms->shared_avoid = request.shared_avoid_mib;
	terms->shared_least = request.shared_min_mib ? request.shared_min_mib : 1;
	terms->private_least = request.private_min_mib ? request.private_min_mib : 1;
	return 0;
}

/* ---- preparing ---- */

static int prepare(struct tuning *tuning, struct error *error)
{
	struct session *session = tuning->session;
	const struct options *options = tuning->options;

	if (check_command(session, error) < 0 || set_terms(tuning, error) < 0)
		return -1;
	if (options->write && profile_file_check(options, options->write, error) < 0)
		return -1;
	tuning->own_limit = session->context.group_path && session->context.manager != MANAGER_ADOPT;
	tuning->proc = session->roots.proc;
	if (session->host.cgroup.mount)
		tuning->mount = open(session->host.cgroup.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tune_folder_open(tuning, error) < 0)
		return -1;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return error_set(error, errno,
				 "become the reaper of what the load leaves behind by prctl(2)");
	tuning->begun_ms = tune_now_ms();
	tuning->deadline_ms = options->budget ? tuning->begun_ms + (int64_t)options->budget * 1000 : 0;
	return signals_take(&tuning->signals, error);
}

static void clear(struct tuning *tuning)
{
	for (size_t i = 0; i < tuning->count; i++) {
		free(tuning->rounds[i].message);
		value_clear(&tuning->rounds[i].failures);
	}
	free(tuning->rounds);
	free(tuning->not_told);
	tune_folder_close(tuning);
	if (tuning->mount >= 0)
		close(tuning->mount);
	signals_close(&tuning->signals);
}

/* ---- the rounds ---- */

/* As many as were asked for, and as there is time for at the pace of the slowest. */
static uint32_t rounds_left(const struct tuning *tuning)
{
	uint32_t left = tuning->options->rounds - (uint32_t)tuning->count;
	int64_t slowest = 0, time = tuning->deadline_ms - tune_now_ms();

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

/* Until it is decided; what is known then is in *search. 0, or -1: no round can be run. */
static int search_sizes(struct tuning *tuning, struct search *search, struct error *error)
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
		decide(tuning); /* what is expected now */
		tune_progress_round(tuning, &tuning->rounds[tuning->count - 1]);
	}
}

/* ---- the end ---- */

static void explain(const struct tuning *tuning, const struct tune_result *result)
{
	cleanup_error struct error error = {0};
	switch (result->verdict) {
	case TUNE_FOUND:
		return;
	case TUNE_NOTHING_PASSES:
		tune_explain_nothing(tuning, &error);
		break;
	case TUNE_UNCONFIRMED:
		error_set(&error, 0,
			  "-m %" PRIu64 " passes, but not with a memory limit that the budget makes for it",
			  result->search.passes_mib);
		error_hint(&error, "siplaunch inspect measures what this router needs beside its pools: "
				   "sizing.perProcess and sizing.base");
		break;
	case TUNE_UNFINISHED:
		error_set(&error, 0, "%s before a size was confirmed",
			  tuning->count < tuning->options->rounds ? "the time was over"
								  : "the rounds were over");
		error_hint(&error, "%s",
			   tuning->count < tuning->options->rounds ? "give it more: --budget"
								   : "give it more: --rounds");
		break;
	case TUNE_INTERRUPTED: {
		cleanup_free char *name = signal_name(tuning->asked);
		error_set(&error, 0, "interrupted by %s", name);
		break;
	}
	}
	log_error(tuning->options, &error);
}

static int status_of(const struct tuning *tuning, const struct tune_result *result)
{
	if (result->verdict == TUNE_INTERRUPTED)
		return 128 + tuning->asked;
	return result->verdict == TUNE_FOUND ? EXIT_OK : EXIT_REFUSED;
}

static int finish(const struct tuning *tuning, const struct search *search)
{
	cleanup_error struct error error = {0};
	struct tune_result result = tune_result_make(tuning, search);
	int status = status_of(tuning, &result);

	if (tuning->options->format == OUTPUT_JSON) {
		report_json_print(stdout, report_tune_json(tuning, &result));
	} else {
		const struct style style = style_for(tuning->options, stdout);
		report_tune(stdout, tuning, &result, &style);
	}
	explain(tuning, &result);
	if (result.verdict == TUNE_FOUND && tuning->options->write &&
	    tune_write_profile(tuning, &result, &error) < 0) {
		log_error(tuning->options, &error);
		status = EXIT_SIPLAUNCH;
	}
	tune_result_clear(&result);
	return status;
}

static int tune(struct tuning *tuning)
{
	cleanup_error struct error error = {0};
	struct search search;

	if (prepare(tuning, &error) == 0 && search_sizes(tuning, &search, &error) == 0)
		return finish(tuning, &search);
	log_error(tuning->options, &error);
	return EXIT_SIPLAUNCH;
}

/* What the profile says of the shared pool is what is to be found: the session is that of an automatic one.
 */
static int open_session(const struct options *options, struct session *session)
{
	struct options own = *options;
	cleanup_free const char **sets = xcalloc(options->sets.count + 1, sizeof *sets);

	if (options->sets.count)
		memcpy(sets, options->sets.items, options->sets.count * sizeof *sets);
	sets[options->sets.count] = "sizing.shared=auto";
	own.sets = (struct texts){.items = sets, .count = options->sets.count + 1};
	own.supervise = true;
	return session_open(&own, options->argv, 0, session);
}

int command_tune(const struct options *options)
{
	cleanup_session struct session session = {0};

	if (open_session(options, &session) < 0) {
		session_explain(options, &session);
		return session.state == SESSION_BAD_PROFILE ? EXIT_USAGE : EXIT_SIPLAUNCH;
	}
	struct tuning tuning = {
		.options = options,
		.session = &session,
		.profile = options->profile ? options->profile : router_of(NULL, options->argv)->name,
		.mount = -1,
		.directory = -1,
		.signals = {.fd = -1},
	};
	int status = tune(&tuning);
	clear(&tuning);
	return status;
}
