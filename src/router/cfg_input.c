/* SPDX-License-Identifier: MIT */
#include "router/cfg_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "router/needs.h"
#include "router/paths.h"

/* siplaunch's own bounds, far above the needs of any configuration that a person wrote. */
#define FILES_MAX      1000
#define BYTES_MAX      ((size_t)16 << 20)
#define LAYERS_MAX     128
#define EXPANSIONS_MAX 20000

static struct cfg_layer *top(const struct cfg_input *input)
{
	return &input->layers[input->layer_count - 1];
}

static struct cfg_layer *current_file(const struct cfg_input *input)
{
	struct cfg_layer *layer = top(input);
	while (!layer->path)
		layer--; /* the lowest layer is always a file */
	return layer;
}

struct place_in_config input_place(const struct cfg_input *input)
{
	const struct cfg_layer *file = current_file(input);
	return (struct place_in_config){.file = file->path, .line = file->line};
}

static void stop(struct cfg_input *input, const char *bound)
{
	estimate_unread(input->estimate, input_place(input), "reading stops here: %s", bound);
	input->stopped = true;
}

static void push(struct cfg_input *input, char *text, size_t length, const char *path)
{
	struct cfg_layer *layer = ARRAY_ADD(input->layers, input->layer_count);
	*layer = (struct cfg_layer){.text = text, .length = length, .path = path, .line = 1};
}

static void pop(struct cfg_input *input)
{
	free(top(input)->text);
	input->layer_count--;
}

static int read_text(const struct cfg_input *input, const char *path, char **text, size_t *length,
		     struct error *error)
{
	struct stat info;
	cleanup_free char *here = router_path_here(&input->paths, path);
	cleanup_close int fd = router_path_open(&input->paths, path, error);

	if (fd < 0)
		return -1;
	if (fstat(fd, &info) < 0)
		return error_set(error, errno, "stat %s", here);
	return file_read_fd(fd, &info, here, BYTES_MAX - input->bytes, text, length, error);
}

static int read_whole(struct cfg_input *input, const char *path, struct error *error)
{
	char *text = NULL;
	size_t length = 0;
	if (read_text(input, path, &text, &length, error) < 0)
		return -1;
	char **kept = ARRAY_ADD(input->opened, input->opened_count);
	*kept = router_path(&input->paths, path);
	estimate_opened(input->estimate, path);
	input->bytes += length;
	push(input, text, length, *kept);
	return 0;
}

int input_open(struct cfg_input *input, const char *path, struct error *error)
{
	return read_whole(input, path, error);
}

void input_clear(struct cfg_input *input)
{
	while (input->layer_count)
		pop(input);
	for (size_t i = 0; i < input->opened_count; i++)
		free(input->opened[i]);
	free(input->opened);
	free(input->layers);
	*input = (struct cfg_input){0};
}

/* The second path to try: in the directory of the including file. NULL: there is none. */
static char *beside_includer(const struct cfg_input *input, const char *path)
{
	const char *includer = current_file(input)->path, *slash = strrchr(includer, '/');
	if (path[0] == '/' || !slash)
		return NULL;
	cleanup_free char *directory = xstrndup(includer, (size_t)(slash - includer) + 1);
	return xasprintf("%s%s", directory, path);
}

static bool is_open(const struct cfg_input *input, const char *path)
{
	for (size_t i = 0; i < input->layer_count; i++)
		if (input->layers[i].path && strcmp(input->layers[i].path, path) == 0)
			return true;
	return false;
}

static unsigned file_depth(const struct cfg_input *input)
{
	unsigned depth = 0;
	for (size_t i = 0; i < input->layer_count; i++)
		depth += input->layers[i].path != NULL;
	return depth;
}

/* Pushes an included file onto the stack. 0, or -1 with the reason. */
static int include_one(struct cfg_input *input, const char *path, struct error *error)
{
	cleanup_free char *own = router_path(&input->paths, path);
	if (is_open(input, own))
		return error_set(error, 0, "%s includes itself", own);
	return read_whole(input, path, error);
}

static void need_include(struct cfg_input *input, const char *path, const char *beside)
{
	struct router_need *need = needs_add(input->estimate, NEED_INCLUDE, input_place(input));
	need_path(need, path);
	if (beside)
		need_path(need, beside);
}

void input_include(struct cfg_input *input, const char *path, bool optional)
{
	cleanup_error struct error error = {0};

	if (file_depth(input) > input->depth_max || input->opened_count >= FILES_MAX) {
		stop(input, "too many files are included");
		return;
	}
	cleanup_free char *beside = beside_includer(input, path);
	if (!optional)
		need_include(input, path, beside);
	if (include_one(input, path, &error) == 0)
		return;
	const char *second = error.errnum == ENOENT ? beside : NULL;
	if (second && include_one(input, second, &error) == 0)
		return;
	if (optional && error.errnum == ENOENT)
		return;
	cleanup_free char *why = error_text(&error);
	estimate_unread(input->estimate, input_place(input), "the included file is ignored: %s", why);
}

void input_expand(struct cfg_input *input, const char *text)
{
	size_t length = strlen(text);

	/* a macro that names itself expands without end; flex stops when its buffer is full */
	if (input->layer_count >= LAYERS_MAX || input->expansions >= EXPANSIONS_MAX ||
	    length > BYTES_MAX - input->bytes) {
		stop(input, "macros expand without end");
		return;
	}
	input->bytes += length;
	input->expansions++;
	push(input, xstrdup(text), length, NULL);
}

int input_peek(struct cfg_input *input)
{
	if (input->stopped)
		return INPUT_END;
	while (!top(input)->path && top(input)->at == top(input)->length)
		pop(input);
	const struct cfg_layer *layer = top(input);
	return layer->at < layer->length ? (unsigned char)layer->text[layer->at] : INPUT_END;
}

int input_take(struct cfg_input *input)
{
	int c = input_peek(input);
	if (c == INPUT_END)
		return c;
	struct cfg_layer *layer = top(input);
	layer->at++;
	if (c == '\n')
		layer->line++;
	return c;
}

int input_peek_at(struct cfg_input *input, size_t ahead)
{
	if (input_peek(input) == INPUT_END)
		return INPUT_END;
	const struct cfg_layer *layer = top(input);
	return ahead < layer->length - layer->at ? (unsigned char)layer->text[layer->at + ahead] : INPUT_END;
}

bool input_take_text(struct cfg_input *input, const char *text)
{
	size_t length = strlen(text);
	for (size_t i = 0; i < length; i++)
		if (input_peek_at(input, i) != (unsigned char)text[i])
			return false;
	for (size_t i = 0; i < length; i++)
		input_take(input);
	return true;
}

bool input_next_file(struct cfg_input *input)
{
	if (input->stopped || input->layer_count <= 1)
		return false;
	pop(input);
	return true;
}
