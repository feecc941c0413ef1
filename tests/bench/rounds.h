/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BENCH_ROUNDS_H
#define SIPLAUNCH_BENCH_ROUNDS_H
#include <stdio.h>
#include <unistd.h>

/* Which round it is, on a terminal only: a line that the next one takes the place of. After the last, none.
 */
static inline void show_round(size_t done, size_t rounds)
{
	if (!isatty(STDOUT_FILENO))
		return;
	printf("\r\033[K");
	if (done < rounds)
		printf("round %zu of %zu", done + 1, rounds);
	fflush(stdout);
}

#endif
