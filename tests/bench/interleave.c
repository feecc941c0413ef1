/* SPDX-License-Identifier: MIT */
/*
 * Times commands side by side: each round executes each of them once, each round in an order of its own, so
 * that whatever else the machine does meets all of them alike, and what the one before left in the caches.
 * From before vfork(2) to after wait4(2), what the command executes included.
 *
 * interleave ROUNDS NAME COMMAND [ARGUMENT]... [--- NAME COMMAND [ARGUMENT]...]...
 *
 * Prints a line for each: its name, the medians of the time that passed and of the processor time (of its
 * children too) in microseconds, and the ratios of both to those of the first. A busy machine lengthens the
 * processor time less.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rounds.h"

#define CANDIDATES_MAX 32

struct candidate {
	const char *name;
	char **argv;
	double *passed, *used; /* microseconds, one a round */
};

extern char **environ;

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double microseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e6 + (double)time->tv_usec;
}

static void run(const struct candidate *candidate, size_t round)
{
	struct rusage usage;
	int status;
	double start = now();
	pid_t child = vfork();

	if (child == 0) {
		execve(candidate->argv[0], candidate->argv, environ);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		err(1, "%s", candidate->name);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "%s: wait status %#x", candidate->name, status);
	candidate->passed[round] = now() - start;
	candidate->used[round] = microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime);
}

static int compare(const void *a, const void *b)
{
	double difference = *(const double *)a - *(const double *)b;
	return (difference > 0) - (difference < 0);
}

static size_t parse(char **words, size_t rounds, struct candidate *candidates)
{
	size_t count = 0;
	while (*words) {
		if (!words[1] || count == CANDIDATES_MAX)
			errx(1, "%s: no command, or too many", *words);
		candidates[count].name = words[0];
		candidates[count].argv = words + 1;
		candidates[count].passed = calloc(rounds, sizeof(double));
		candidates[count++].used = calloc(rounds, sizeof(double));
		while (*words && strcmp(*words, "---") != 0)
			words++;
		if (*words)
			*words++ = NULL;
	}
	return count;
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, compare);
	return values[count / 2];
}

static void print(const struct candidate *candidate, const struct candidate *first, size_t rounds)
{
	double passed = median(candidate->passed, rounds), used = median(candidate->used, rounds);
	printf("%-22s %8.0f %8.0f %8.2f %8.2f\n", candidate->name, passed, used,
	       passed / median(first->passed, rounds), used / median(first->used, rounds));
}

/* The same orders each time: random(3) begins with the same seed. */
static void shuffle(size_t *order, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)random() % i, last = order[i - 1];
		order[i - 1] = order[other];
		order[other] = last;
	}
}

int main(int argc, char **argv)
{
	static struct candidate candidates[CANDIDATES_MAX];
	size_t order[CANDIDATES_MAX];
	size_t rounds = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;

	if (!rounds)
		errx(1, "usage: interleave ROUNDS NAME COMMAND... [--- NAME COMMAND...]...");
	size_t count = parse(argv + 2, rounds, candidates);
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t round = 0; round < rounds; round++) {
		show_round(round, rounds);
		shuffle(order, count);
		for (size_t i = 0; i < count; i++)
			run(&candidates[order[i]], round);
	}
	show_round(rounds, rounds);
	for (size_t i = 0; i < count; i++)
		print(&candidates[i], &candidates[0], rounds);
	return 0;
}
