/* SPDX-License-Identifier: MIT */
#include "consultation.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "log.h"
#include "stats/sample_lines.h"
#include "target.h"

/* A day of samples of a second, of a router with hundreds of processes. */
#define SAMPLE_BYTES_MAX ((int64_t)(16 * GIB))

static int take_sample(const struct sample *sample, void *data, struct error *error)
{
	return observation_add(data, sample, error);
}

/* ---- files ---- */

static void say_faults(const struct options *options, const char *name, const struct sample_lines *lines)
{
	for (size_t i = 0; i < lines->fault_count && i < SAMPLE_FAULTS_MAX; i++) {
		cleanup_error struct error error = {0};
		error_set(&error, 0, "%s:%zu: %s", name, lines->faults[i].line, lines->faults[i].message);
		log_error(options, &error);
	}
	cleanup_error struct error error = {0};
	if (lines->fault_count > SAMPLE_FAULTS_MAX)
		error_set(&error, 0, "%s: %zu more lines are no samples", name,
			  lines->fault_count - SAMPLE_FAULTS_MAX);
	else
		error_set(&error, 0, "%s is no file of samples", name);
	error_hint(&error, "a line of it is what siplaunch inspect --watch --format json prints");
	log_error(options, &error);
}

static void say_unfinished(const struct options *options, const char *name, const struct sample_lines *lines)
{
	cleanup_free char *message =
		xasprintf("%s:%zu: the last line has no end and is passed over: whoever wrote it was stopped",
			  name, lines->lines);
	const struct event event = {.level = EVENT_WARNING, .name = "unfinished", .message = message};
	log_event(options, &event);
}

/* Of a pipe without a name, such as a shell's <(...), whoever gave it to us has the other end. */
static bool is_anonymous(int fd)
{
	struct statfs info;
	return fstatfs(fd, &info) == 0 && info.f_type == PIPEFS_MAGIC;
}

/* A FIFO of ours is waited for, as it would be by any reader; one of somebody else's would hold us up. */
static int check_pipe(int fd, const char *name, const struct stat *info, struct error *error)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	if (!is_anonymous(fd) && info->st_uid != geteuid()) {
		error_set(error, 0, "%s is a FIFO that belongs to uid %u, who need not write to it", name,
			  (unsigned)info->st_uid);
		return error_hint(error, "cat %s | siplaunch advise -", name);
	}
	if (poll(&polled, 1, -1) < 0 || fcntl(fd, F_SETFL, 0) < 0)
		return error_set(error, errno, "wait for a writer of %s", name);
	return 0;
}

/* What could be read for ever is none of ours: a device, a file of whatever size. */
static int check_samples(int fd, const char *name, struct error *error)
{
	struct stat info;
	if (fstat(fd, &info) < 0)
		return error_set(error, errno, "look at %s", name);
	if (S_ISDIR(info.st_mode))
		return error_set(error, EISDIR, "read %s", name);
	if (S_ISFIFO(info.st_mode))
		return check_pipe(fd, name, &info, error);
	if (S_ISREG(info.st_mode) && info.st_size > SAMPLE_BYTES_MAX)
		return error_set(error, 0, "%s is larger than %" PRIu64 " GiB", name,
				 (uint64_t)SAMPLE_BYTES_MAX / GIB);
	if (S_ISREG(info.st_mode) || isatty(fd))
		return 0;
	return error_set(error, 0, "%s is neither a file nor a pipe", name);
}

static int refuse_open(const char *name, int errnum, struct error *error)
{
	error_set(error, errnum, "open %s", name);
	if (strchr(name, '/'))
		return -1;
	return error_hint(error,
			  "%s names no router: a running one is named by its pid, as kamailio, or as a unit: "
			  "%s.service",
			  name, name);
}

static int open_named(const char *name, struct error *error)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its writer before it is looked at */
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return refuse_open(name, errno, error);
	if (check_samples(fd, name, error) == 0)
		return fd;
	close(fd);
	return -1;
}

static int open_given(struct error *error)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_set(error, errno, "read standard input") : fd;
}

static FILE *open_samples(const char *name, struct error *error)
{
	int fd = strcmp(name, "-") == 0 ? open_given(error) : open_named(name, error);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	if (fd >= 0 && !stream)
		alloc_failed();
	return stream;
}

static int read_file(const struct options *options, const char *name, struct consultation *consultation)
{
	cleanup_error struct error error = {0};
	cleanup_sample_lines struct sample_lines lines = {0};
	cleanup_fclose FILE *stream = open_samples(name, &error);
	const char *shown = strcmp(name, "-") == 0 ? "standard input" : name;

	if (!stream || sample_lines_read(stream, take_sample, &consultation->seen, &lines, &error) < 0) {
		if (stream)
			error_context(&error, "%s", shown);
		log_error(options, &error);
		return EXIT_USAGE;
	}
	if (lines.fault_count) {
		say_faults(options, shown, &lines);
		return EXIT_USAGE;
	}
	if (lines.unfinished)
		say_unfinished(options, shown, &lines);
	if (lines.samples)
		return EXIT_OK;
	error_set(&error, 0, "there is no sample in %s", shown);
	log_error(options, &error);
	return EXIT_USAGE;
}

static int read_files(const struct options *options, struct consultation *consultation)
{
	int status = EXIT_OK;
	for (size_t i = 0; i < options->operands.count; i++) {
		int of_file = read_file(options, options->operands.items[i], consultation);
		status = status == EXIT_OK ? of_file : status;
	}
	return status;
}

/* ---- a running router ---- */

/* Without the profile: one that does not fit any more is just what advice is wanted for. */
static int look(const struct options *options, struct consultation *consultation)
{
	cleanup_error struct error error = {0};
	struct options plain = *options;
	struct inspection *inspection = &consultation->inspection;

	plain.profile = NULL;
	consultation->live = true;
	if (inspection_open(&plain, inspection, &error) < 0)
		return target_refuse(options, inspection, &error);
	if (!inspection->session.router->sizes_by_arguments && !inspection->sampled) {
		error_set(&error, 0, "process %d is no router that is known", (int)inspection->pid);
		error_hint(&error, "advise is for OpenSIPS and Kamailio: siplaunch advise kamailio");
	} else if (!inspection->sampled) {
		error_set(&error, 0, "process %d ended while it was looked at", (int)inspection->pid);
	} else if (observation_add(&consultation->seen, &inspection->sample, &error) == 0) {
		return EXIT_OK;
	}
	log_error(options, &error);
	return EXIT_SIPLAUNCH;
}

/* ---- all of it ---- */

static int load_profile(const struct options *options, struct consultation *consultation)
{
	const struct profile_search search = options_search(options);
	const struct profile_request request = options_request(options, options->profile, &search);

	if (!options->profile)
		return EXIT_OK;
	if (profile_load(&request, &consultation->profile, &consultation->problems) < 0) {
		log_problems(options, &consultation->problems);
		return EXIT_USAGE;
	}
	consultation->has_profile = true;
	return EXIT_OK;
}

static int check_router(const struct consultation *consultation, struct error *error)
{
	const char *wanted = consultation->has_profile ? consultation->profile.router : "auto";
	if (strcmp(wanted, "auto") == 0 || strcmp(wanted, consultation->router->name) == 0)
		return 0;
	error_set(error, 0, "the profile %s is for %s, but the samples are of %s", consultation->profile.name,
		  wanted, consultation->router->name);
	return error_hint(error, "give the profile that the router was started with");
}

static void consult(struct consultation *consultation)
{
	const struct session *session = &consultation->inspection.session;
	if (consultation->live)
		cpus_look(session, consultation->inspection.group, &consultation->cpus);
	const struct advice_request request = {
		.seen = &consultation->seen,
		.router = consultation->router,
		.profile = consultation->has_profile ? &consultation->profile : NULL,
		.estimate = consultation->live ? &session->estimate : NULL,
		.cpus = consultation->live ? &consultation->cpus.request : NULL,
		.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
		.margin_percent = consultation->margin_percent,
	};
	advise(&request, &consultation->advice);
}

int consultation_open(const struct options *options, struct consultation *consultation)
{
	cleanup_error struct error error = {0};

	*consultation = (struct consultation){.margin_percent = options->margin};
	int status = load_profile(options, consultation);
	if (status == EXIT_OK)
		status = options->operands.count ? read_files(options, consultation)
						 : look(options, consultation);
	if (status != EXIT_OK)
		return status;
	if (observation_finish(&consultation->seen, &error) == 0) {
		consultation->router = router_find(consultation->seen.router, NULL);
		if (check_router(consultation, &error) == 0) {
			consult(consultation);
			return EXIT_OK;
		}
	}
	log_error(options, &error);
	return EXIT_USAGE;
}

void consultation_close(struct consultation *consultation)
{
	advice_clear(&consultation->advice);
	cpus_look_clear(&consultation->cpus);
	if (consultation->live)
		inspection_close(&consultation->inspection);
	observation_clear(&consultation->seen);
	profile_clear(&consultation->profile);
	problems_clear(&consultation->problems);
	*consultation = (struct consultation){0};
}
