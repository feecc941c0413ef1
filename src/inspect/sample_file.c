/* SPDX-License-Identifier: MIT */
#include "inspect/sample_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/event.h"
#include "base/exit_status.h"
#include "base/value.h"
#include "stats/sample_lines.h"
#include "text/format.h"

/* A day of samples, one a second, of a router with hundreds of processes. */
#define SAMPLE_BYTES_MAX ((int64_t)(16 * GIB))

const char *sample_file_shown(const char *name)
{
	return strcmp(name, "-") == 0 ? "standard input" : name;
}

/* ---- opening ---- */

/* The other end of a pipe without a name, such as a shell's <(...), belongs to whoever started siplaunch. */
static bool is_anonymous(int fd)
{
	struct statfs info;
	return fstatfs(fd, &info) == 0 && info.f_type == PIPEFS_MAGIC;
}

/* siplaunch waits for the writer of its own user's FIFO, like any reader; another user's FIFO could block it
 * for ever. */
static int check_pipe(int fd, const char *name, const char *command, const struct stat *info,
		      struct error *error)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	if (!is_anonymous(fd) && info->st_uid != geteuid()) {
		error_set(error, 0,
			  "%s is a FIFO of uid %u: siplaunch does not wait for another user to write", name,
			  (unsigned)info->st_uid);
		return error_hint(error, "cat %s | siplaunch %s -", name, command);
	}
	if (poll(&polled, 1, -1) < 0 || fcntl(fd, F_SETFL, 0) < 0)
		return error_set(error, errno, "wait for a writer of %s", name);
	return 0;
}

/* Refuses input that could be endless: a device, a file that is too large. */
static int check_samples(int fd, const char *name, const char *command, struct error *error)
{
	struct stat info;
	if (fstat(fd, &info) < 0)
		return error_set(error, errno, "look at %s", name);
	if (S_ISDIR(info.st_mode))
		return error_set(error, EISDIR, "read %s", name);
	if (S_ISFIFO(info.st_mode))
		return check_pipe(fd, name, command, &info, error);
	if (S_ISREG(info.st_mode) && info.st_size > SAMPLE_BYTES_MAX)
		return error_set(error, 0, "%s is larger than %" PRIu64 " GiB", name,
				 (uint64_t)SAMPLE_BYTES_MAX / GIB);
	if (S_ISREG(info.st_mode) || isatty(fd))
		return 0;
	return error_set(error, 0, "%s is neither a file nor a pipe", name);
}

static int open_named(const char *name, const char *command, struct error *error)
{
	/* O_NONBLOCK: open() must not wait for a FIFO's writer before siplaunch checked the FIFO */
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_set(error, errno, "open %s", name);
	if (check_samples(fd, name, command, error) == 0)
		return fd;
	close(fd);
	return -1;
}

static int open_given(struct error *error)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_set(error, errno, "read standard input") : fd;
}

FILE *sample_file_open(const char *name, const char *command, struct error *error)
{
	int fd = strcmp(name, "-") == 0 ? open_given(error) : open_named(name, command, error);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	if (fd >= 0 && !stream)
		alloc_failed();
	return stream;
}

/* ---- how far it is read ---- */

#define SAMPLES_A_REPORT 256

static void say_progress(const struct sample_progress *progress)
{
	cleanup_free char *count = format_count(progress->samples);
	off_t at = ftello(progress->stream);
	cleanup_free char *share =
		progress->bytes && at > 0 ? format_share((uint64_t)at, progress->bytes) : xstrdup("");
	cleanup_free char *rest = xasprintf("%s samples%s%s", count, *share ? ", " : "", share);
	event_progress(progress->events, progress->doing, rest);
}

/* Emits the first event at once: a pipe's first sample may take long. */
void sample_progress_begin(struct sample_progress *progress, const struct events *events, const char *name,
			   FILE *stream)
{
	struct stat info;
	bool known = fstat(fileno(stream), &info) == 0 && S_ISREG(info.st_mode);

	*progress = (struct sample_progress){.events = events,
					     .doing = xasprintf("read %s", sample_file_shown(name)),
					     .stream = stream,
					     .bytes = known ? (uint64_t)info.st_size : 0};
	say_progress(progress);
}

void sample_progress_step(struct sample_progress *progress)
{
	if (++progress->samples % SAMPLES_A_REPORT == 0)
		say_progress(progress);
}

void sample_progress_end(struct sample_progress *progress)
{
	if (progress->events)
		event_progress(progress->events, NULL, NULL);
	free(progress->doing);
	*progress = (struct sample_progress){0};
}

/* ---- what was read ---- */

static void say_faults(const struct events *events, const char *name, const struct sample_lines *lines)
{
	for (size_t i = 0; i < lines->fault_count && i < SAMPLE_FAULTS_MAX; i++) {
		cleanup_error struct error error = {0};
		error_set(&error, 0, "%s:%zu: %s", name, lines->faults[i].line, lines->faults[i].message);
		event_error(events, &error);
	}
	cleanup_error struct error error = {0};
	if (lines->fault_count > SAMPLE_FAULTS_MAX)
		error_set(&error, 0, "%s: %zu more lines are not samples", name,
			  lines->fault_count - SAMPLE_FAULTS_MAX);
	else
		error_set(&error, 0, "%s is not a file of samples", name);
	error_hint(&error, "give a file that siplaunch inspect --watch --format json has printed");
	event_error(events, &error);
}

static void say_unfinished(const struct events *events, const char *name, const struct sample_lines *lines)
{
	cleanup_free char *message =
		xasprintf("%s:%zu: the last line has no newline at its end: siplaunch skips it as incomplete",
			  name, lines->lines);
	const struct event event = {.level = EVENT_WARNING, .name = "unfinished", .message = message};
	event_emit(events, &event);
}

/* A recorder was stopped in the middle of a line, and another one went on behind it. */
static void say_damaged(const struct events *events, const char *name, const struct sample_lines *lines)
{
	for (size_t i = 0; i < lines->fault_count && i < SAMPLE_FAULTS_MAX; i++) {
		cleanup_free char *message = xasprintf("%s:%zu: siplaunch skips a damaged line: %s", name,
						       lines->faults[i].line, lines->faults[i].message);
		const struct event event = {.level = EVENT_WARNING, .name = "damaged", .message = message};
		event_emit(events, &event);
	}
	if (lines->fault_count <= SAMPLE_FAULTS_MAX)
		return;
	cleanup_free char *message = xasprintf("%s: siplaunch skips %zu more damaged lines", name,
					       lines->fault_count - SAMPLE_FAULTS_MAX);
	event_emit(events, &(struct event){.level = EVENT_WARNING, .name = "damaged", .message = message});
}

int sample_file_judge(const struct sample_lines *lines, const char *name, const struct events *events)
{
	const char *shown = sample_file_shown(name);
	cleanup_error struct error error = {0};

	if (lines->fault_count && !sample_lines_usable(lines)) {
		say_faults(events, shown, lines);
		return EXIT_USAGE;
	}
	say_damaged(events, shown, lines);
	if (lines->unfinished)
		say_unfinished(events, shown, lines);
	if (lines->samples)
		return EXIT_OK;
	error_set(&error, 0, "there is no sample in %s", shown);
	event_error(events, &error);
	return EXIT_USAGE;
}
