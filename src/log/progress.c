/* SPDX-License-Identifier: MIT */
#include "log/progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "output/output.h"
#include "output/style.h"
#include "text/format.h"

#define ERASE           "\r\033[K"
#define DELAY_MS        700
#define INTERVAL_MS     200
#define COLUMNS_DEFAULT 80

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool runs, over;
	int64_t begun_ms; /* all of it */
	char *doing, *rest;
	int64_t since_ms; /* doing */
	char *drawn;      /* NULL: there is no line */
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- the line; with the lock ---- */

static void put(const char *text)
{
	size_t length = strlen(text);
	if (write(STDERR_FILENO, text, length) < 0)
		return; /* the terminal is gone */
}

static void erase(void)
{
	if (progress.drawn)
		put(ERASE);
	free(progress.drawn);
	progress.drawn = NULL;
}

/* False in the background: the terminal belongs to another process group. */
static bool is_in_foreground(void)
{
	return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static size_t columns(void)
{
	size_t known = style_size(STDERR_FILENO).ws_col;
	return known ? known : COLUMNS_DEFAULT;
}

/* Caller frees. */
static char *line_text(void)
{
	cleanup_free char *time = format_duration(clock_monotonic_ms() - progress.since_ms);
	const char *rest = progress.rest;
	return xasprintf("%s, %s%s%s", progress.doing, time, rest ? "; " : "", rest ? rest : "");
}

static void draw(void)
{
	cleanup_free char *line = line_text();

	/* the last column is left empty: a terminal that is made narrower would break the line */
	line[format_prefix(line, columns() - 1)] = '\0';
	if (!is_in_foreground() || (progress.drawn && strcmp(line, progress.drawn) == 0))
		return;
	cleanup_free char *text = xasprintf(ERASE "%s", line);
	put(text);
	free(progress.drawn);
	progress.drawn = xstrdup(line);
}

/* ---- the thread ---- */

static struct timespec after(int64_t ms)
{
	int64_t at = clock_monotonic_ms() + ms;
	return (struct timespec){.tv_sec = at / 1000, .tv_nsec = (long)(at % 1000) * 1000000};
}

static void *run(void *data)
{
	pthread_mutex_lock(&progress.lock);
	while (!progress.over) {
		struct timespec next = after(INTERVAL_MS);
		pthread_cond_timedwait(&progress.changed, &progress.lock, &next);
		if (!progress.over && clock_monotonic_ms() - progress.begun_ms >= DELAY_MS)
			draw();
	}
	erase();
	pthread_mutex_unlock(&progress.lock);
	return data;
}

/* The thread blocks all signals: the main thread handles them. */
static bool start_thread(void)
{
	pthread_condattr_t monotonic;
	sigset_t all, found;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&progress.changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &found);
	bool started = pthread_create(&progress.thread, NULL, run, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &found, NULL);
	return started;
}

static void start(void)
{
	progress.over = false;
	progress.begun_ms = clock_monotonic_ms();
	progress.runs = start_thread();
}

static void end(void)
{
	pthread_mutex_lock(&progress.lock);
	progress.over = true;
	pthread_cond_signal(&progress.changed);
	pthread_mutex_unlock(&progress.lock);
	pthread_join(progress.thread, NULL);
	progress.runs = false;
	free(progress.doing);
	free(progress.rest);
	progress.doing = progress.rest = NULL;
}

/* ---- the calls ---- */

static bool is_wanted(const struct output *output)
{
	return !output->quiet && output->log_format == OUTPUT_TEXT && style_moves_cursor(STDERR_FILENO);
}

static void set(const char *doing, const char *rest)
{
	cleanup_free char *before = progress.doing;

	progress.doing = format_printable(doing);
	if (!before || strcmp(before, progress.doing) != 0)
		progress.since_ms = clock_monotonic_ms();
	free(progress.rest);
	progress.rest = rest ? format_printable(rest) : NULL;
}

void progress_say(const struct output *output, const char *doing, const char *rest)
{
	if (!doing) {
		if (progress.runs)
			end();
		return;
	}
	if (!is_wanted(output))
		return;
	pthread_mutex_lock(&progress.lock);
	set(doing, rest);
	pthread_mutex_unlock(&progress.lock);
	if (!progress.runs)
		start();
}

void progress_pause(void)
{
	if (!progress.runs)
		return;
	pthread_mutex_lock(&progress.lock);
	erase();
}

void progress_resume(void)
{
	if (progress.runs)
		pthread_mutex_unlock(&progress.lock);
}
