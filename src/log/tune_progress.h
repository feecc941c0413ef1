/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LOG_TUNE_PROGRESS_H
#define SIPLAUNCH_LOG_TUNE_PROGRESS_H
/* The progress of `tune`. */

struct output;
struct tune_round;
struct tuning;

/* On a terminal, one line that is redrawn; `doing`: "load"; NULL removes the line. */
void tune_progress(const struct output *output, const struct tuning *tuning, const struct tune_round *round,
		   const char *doing);

/* Prints a line for a completed round. */
void tune_progress_round(const struct output *output, const struct tuning *tuning,
			 const struct tune_round *round);

#endif
