/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_CFG_INPUT_H
#define SIPLAUNCH_ROUTER_CFG_INPUT_H
/*
 * The characters of a configuration: a stack of files and expanded macro texts, which behaves like flex's
 * buffers and unput(). Bytes, files, depth and expansions are bounded; at a bound the input ends, and the
 * estimate gets a warning. Private to this room.
 */
#include <stdbool.h>
#include <stddef.h>

#include "router/estimate.h"

#define INPUT_END (-1)

struct cfg_layer {
	char *text; /* owned */
	size_t length, at;
	const char *path; /* NULL for a macro's text: its place is that of the file below */
	unsigned line;
};

struct cfg_input {
	struct estimate *estimate; /* where uncertainties go */
	struct router_paths paths; /* whose files they are */
	struct cfg_layer *layers;  /* the last one is read */
	size_t layer_count;
	char **opened; /* paths of every file opened so far, so that a place outlives the reading of its file
			*/
	size_t opened_count;
	unsigned depth_max;       /* max nesting of includes, without the main file */
	size_t bytes, expansions; /* so far, against their bounds */
	bool stopped;             /* a bound was reached */
};

/* Opens the main file; input->paths resolves its path, as it does for included files. 0, or -1 with the
 * reason if it cannot be read at all. */
int input_open(struct cfg_input *input, const char *path, struct error *error);
void input_clear(struct cfg_input *input);

/*
 * Puts an included file on top. As both routers do, a relative path is tried from the working directory
 * first, then from the directory of the including file. A missing file is an uncertainty, unless `optional`.
 */
void input_include(struct cfg_input *input, const char *path, bool optional);

/* Puts a macro's text in front of what follows. */
void input_expand(struct cfg_input *input, const char *text);

/* The next character, or INPUT_END at the end of the current file. The end of a macro's text is not
 * reported. */
int input_peek(struct cfg_input *input);
int input_take(struct cfg_input *input);

/* The character `ahead` places on, within the current layer; INPUT_END past its end. */
int input_peek_at(struct cfg_input *input, size_t ahead);

/* Consumes `text` if exactly it comes next within the current layer; false otherwise. */
bool input_take_text(struct cfg_input *input, const char *text);

/* Goes back to the including file; false when the main one has ended. */
bool input_next_file(struct cfg_input *input);

/* Valid until input_clear. */
struct place_in_config input_place(const struct cfg_input *input);

#endif
