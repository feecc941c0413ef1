/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TESTS_FUZZ_VIRTUAL_H
#define SIPLAUNCH_TESTS_FUZZ_VIRTUAL_H
/*
 * The file system of one fuzzing run: the input itself. Text before the first line "=== NAME" is the file
 * "main"; each such line begins another file. While a run is on, whatever siplaunch opens is looked for among
 * them, by the linker's --wrap: no run touches the disk, no run sees this machine. A descriptor that a run
 * leaves open ends the program, as a leak does.
 */
#include <stddef.h>
#include <stdint.h>

#define VIRTUAL_MAIN  "main"
#define VIRTUAL_FILES 64 /* more are not looked at */

struct virtual_file {
	char *name; /* without a slash at its beginning: "proc/self/status" */
	char *text; /* NUL-terminated behind `length` */
	size_t length;
};

extern struct virtual_file virtual_files[VIRTUAL_FILES];
extern size_t virtual_file_count;

/* Begins and ends a run. */
void virtual_begin(const uint8_t *data, size_t size);
void virtual_end(void);

/* The text of a file, or "" where the input has none of that name. Changing it is fine. */
char *virtual_text(const char *name);

#endif
