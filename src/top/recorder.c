/* SPDX-License-Identifier: MIT */
#include "top/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "stats/sample_lines.h"

int recorder_start(struct recorder *recorder, const char *path, struct error *error)
{
	/* O_EXCL: does not follow an existing symbolic link either */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return error_set(error, errno, "write to %s", path);
	recorder->file = fdopen(fd, "w");
	if (!recorder->file)
		alloc_failed();
	recorder->path = xstrdup(path);
	recorder->samples = 0;
	return 0;
}

int recorder_stop(struct recorder *recorder, struct error *error)
{
	int result = 0;
	if (recorder->file && fclose(recorder->file) != 0)
		result = error_set(error, errno, "write to %s", recorder->path);
	free(recorder->path);
	*recorder = (struct recorder){0};
	return result;
}

int recorder_add(struct recorder *recorder, const struct sample *sample, struct error *error)
{
	if (!recorder->file)
		return 0;
	cleanup_free char *line = sample_line(sample);
	if (fputs(line, recorder->file) != EOF && fflush(recorder->file) == 0) {
		recorder->samples++;
		return 0;
	}
	error_set(error, errno, "write to %s", recorder->path);
	recorder_stop(recorder, NULL);
	return -1;
}
