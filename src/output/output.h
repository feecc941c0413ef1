/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OUTPUT_OUTPUT_H
#define SIPLAUNCH_OUTPUT_OUTPUT_H
/* How results and messages are printed, from the command line and the environment. */
#include <stdbool.h>

enum output_format { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_OPENMETRICS };
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct output {
	int format, log_format; /* enum output_format: of the result, of messages on standard error */
	int color;              /* enum color */
	bool quiet, verbose;
	bool closed;      /* standard output was closed: /dev/null is in its place */
	unsigned columns; /* $COLUMNS, for output that is not a terminal; 0: not given */
	bool no_color;    /* $NO_COLOR, or a terminal without colours */
};

#endif
