/* SPDX-License-Identifier: MIT */
#include "inspect/review.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/event.h"
#include "base/exit_status.h"
#include "inspect/sample_file.h"
#include "stats/sample_lines.h"

/* Where the samples of a file go. */
struct reading {
	struct review *review;
	struct sample_progress progress;
};

static int take_sample(const struct sample *sample, void *data, struct error *error)
{
	struct reading *reading = data;
	sample_progress_step(&reading->progress);
	return observation_add(&reading->review->seen, sample, error);
}

/* ---- files ---- */

/* A word without a slash or a dot may be meant as a router. */
static int refuse_open(const char *name, struct error *error)
{
	if (error->errnum != ENOENT || strpbrk(name, "/."))
		return -1;
	return error_hint(error,
			  "give a running router's pid, its name such as kamailio, or its unit: %s.service",
			  name);
}

static int read_file(const struct events *events, const char *name, struct review *review)
{
	cleanup_error struct error error = {0};
	cleanup_sample_lines struct sample_lines lines = {0};
	struct reading reading = {.review = review};
	cleanup_fclose FILE *stream = sample_file_open(name, "advise", &error);

	if (!stream)
		refuse_open(name, &error);
	else
		sample_progress_begin(&reading.progress, events, name, stream);
	int result = stream ? sample_lines_read(stream, take_sample, &reading, &lines, &error) : -1;
	sample_progress_end(&reading.progress);
	if (result < 0) {
		if (stream)
			error_context(&error, "%s", sample_file_shown(name));
		event_error(events, &error);
		return EXIT_USAGE;
	}
	return sample_file_judge(&lines, name, events);
}

static int read_files(const struct texts *files, const struct events *events, struct review *review)
{
	int status = EXIT_OK;
	for (size_t i = 0; i < files->count; i++) {
		int of_file = read_file(events, files->items[i], review);
		status = status == EXIT_OK ? of_file : status;
	}
	return status;
}

/* ---- a running router ---- */

/* Without the profile: advice is most useful for a profile that no longer fits. */
static int look(const struct inspect_request *request, struct review *review, struct error *error)
{
	struct inspection *inspection = &review->inspection;

	review->live = true;
	if (inspection_open(request, inspection, error) < 0)
		return EXIT_SIPLAUNCH;
	if (!inspection->session.router->sizes_by_arguments && !inspection->sampled) {
		error_set(error, 0, "process %d is not a router that siplaunch knows", (int)inspection->pid);
		error_hint(error, "give an OpenSIPS or a Kamailio: siplaunch advise kamailio");
	} else if (!inspection->sampled) {
		error_set(error, 0, "process %d ended while siplaunch read it", (int)inspection->pid);
	} else if (observation_add(&review->seen, &inspection->sample, error) == 0) {
		return EXIT_OK;
	}
	return EXIT_SIPLAUNCH;
}

/* ---- all of it ---- */

static int load_profile(const struct profile_selection *selection, struct review *review)
{
	const struct profile_search search = selection_search(selection);
	const struct profile_request request = selection_request(selection, selection->name, &search);

	if (!selection->name)
		return EXIT_OK;
	if (profile_load(&request, &review->profile, &review->problems) < 0)
		return EXIT_USAGE;
	review->has_profile = true;
	return EXIT_OK;
}

static int check_router(const struct review *review, struct error *error)
{
	const char *wanted = review->has_profile ? review->profile.router : "auto";
	if (strcmp(wanted, "auto") == 0 || strcmp(wanted, review->router->name) == 0)
		return 0;
	error_set(error, 0, "the profile %s is for %s, but the samples are of %s", review->profile.name,
		  wanted, review->router->name);
	return error_hint(error, "give the profile that the router was started with");
}

static int consult(struct review *review, struct error *error)
{
	const struct session *session = &review->inspection.session;
	if (review->live && cpus_look(session, review->inspection.group, &review->cpus, error) < 0)
		return EXIT_SIPLAUNCH;
	const struct advice_request request = {
		.seen = &review->seen,
		.router = review->router,
		.profile = review->has_profile ? &review->profile : NULL,
		.estimate = review->live ? &session->estimate : NULL,
		.cpus = review->live ? &review->cpus.request : NULL,
		.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
		.margin_percent = review->margin_percent,
	};
	advise(&request, &review->advice);
	return EXIT_OK;
}

int review_open(const struct review_request *request, const struct events *events, struct review *review,
		struct error *error)
{
	*review = (struct review){.margin_percent = request->margin};
	int status = load_profile(request->selection, review);
	if (status == EXIT_OK)
		status = request->files.count ? read_files(&request->files, events, review)
					      : look(request->running, review, error);
	return status == EXIT_OK ? review_conclude(review, error) : status;
}

int review_conclude(struct review *review, struct error *error)
{
	if (observation_finish(&review->seen, error) < 0)
		return EXIT_USAGE;
	review->router = router_find(review->seen.router, NULL);
	if (check_router(review, error) < 0)
		return EXIT_USAGE;
	return consult(review, error);
}

void review_close(struct review *review)
{
	advice_clear(&review->advice);
	cpus_look_clear(&review->cpus);
	if (review->live)
		inspection_close(&review->inspection);
	observation_clear(&review->seen);
	profile_clear(&review->profile);
	problems_clear(&review->problems);
	*review = (struct review){0};
}
