/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OBSERVATION_SAMPLE_H
#define SIPLAUNCH_OBSERVATION_SAMPLE_H
/*
 * Private to the room: the sections of a sample's page, which inspect prints one after the other and --watch
 * fits into a screen.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "output/style.h"

struct inspection;

#define SECTION_OPTIONAL 3

typedef void section_printer(FILE *out, const struct inspection *inspection, const struct style *style);

struct section {
	/* NULL: the private pools, sample_print_privates() */
	section_printer *print;
	section_printer *verbose; /* with --verbose; NULL: the same */
	const char *name;         /* the name if it is dropped: "memory by kind" */
	unsigned rank; /* the highest rank is dropped first; from SECTION_OPTIONAL on even to make room for
			  processes; 0: never dropped */
};
extern const struct section sample_sections[];
extern const size_t sample_sections_count;

void section_print(const struct section *section, FILE *out, const struct inspection *inspection,
		   const struct style *style, bool verbose);

/* Prints a label and its text as a row of a section. */
void sample_print_text(FILE *out, const char *label, const char *text, const struct style *style);

/* Prints at most `max` rows, the fullest pool first. Returns the number of processes that are not shown. */
size_t sample_print_privates(FILE *out, const struct inspection *inspection, const struct style *style,
			     bool verbose, size_t max);

#endif
