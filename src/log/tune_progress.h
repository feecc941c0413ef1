/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LOG_TUNE_PROGRESS_H
#define SIPLAUNCH_LOG_TUNE_PROGRESS_H
/* How far a tuning is. */

struct output;
struct tune_round;
struct tuning;

/* On a terminal one line that is drawn anew; `doing`: "load", NULL to remove it. */
void tune_progress(const struct output *output, const struct tuning *tuning, const struct tune_round *round,
		   const char *doing);

/* A line for a round that is over. */
void tune_progress_round(const struct output *output, const struct tuning *tuning,
			 const struct tune_round *round);

#endif
