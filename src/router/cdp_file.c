/* SPDX-License-Identifier: MIT */
#include "router/cdp_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "router/paths.h"

#define BYTES_MAX       ((size_t)1 << 20)
#define WORKERS_DEFAULT 4 /* parse_dp_config() */

/* Moves *at behind `end`, or to the end of the text. */
static void skip_behind(const char **at, const char *end)
{
	const char *found = strstr(*at, end);
	*at = found ? found + strlen(end) : *at + strlen(*at);
}

/* The '>' that ends the tag at `at`, but not one in a quoted value; NULL: none. */
static const char *tag_end(const char *at)
{
	for (char quote = 0; *at; at++) {
		if (quote ? *at == quote : *at == '"' || *at == '\'')
			quote = quote ? 0 : *at;
		else if (*at == '>' && !quote)
			return at;
	}
	return NULL;
}

static bool is_named(const char *tag, const char *name)
{
	size_t length = strlen(name);
	return strncasecmp(tag, name, length) == 0 && strchr(" \t\r\n/>", tag[length]) && tag[length];
}

/* The attribute's value as atoi(3) reads it; `otherwise` where the tag has none. */
static uint64_t attribute(const char *tag, const char *end, const char *name, uint64_t otherwise)
{
	size_t length = strlen(name);
	for (const char *at = tag; at + length < end; at++) {
		if (!strchr(" \t\r\n", at[0]) || strncmp(at + 1, name, length) != 0)
			continue;
		const char *value = at + 1 + length + strspn(at + 1 + length, " \t\r\n");
		if (*value != '=')
			continue;
		value += 1 + strspn(value + 1, " \t\r\n");
		long number = strtol(value + 1, NULL, 10);
		return number > 0 ? (uint64_t)number : 0;
	}
	return otherwise;
}

struct walk {
	const char *at;
	unsigned depth;
	bool rooted; /* the root element is a DiameterPeer */
	struct cdp_file *file;
};

/* One tag, at its '<'. False if the rest is malformed. */
static bool take_tag(struct walk *walk)
{
	const char *tag = walk->at + 1, *end = tag_end(tag);

	if (!end)
		return false;
	walk->at = end + 1;
	if (*tag == '/') {
		walk->depth -= walk->depth > 0;
		return true;
	}
	if (walk->depth == 0) {
		walk->rooted = is_named(tag, "DiameterPeer");
		walk->file->workers = attribute(tag, end, "Workers", WORKERS_DEFAULT);
	} else if (walk->depth == 1 && is_named(tag, "Peer")) {
		walk->file->peers++;
	}
	walk->depth += end[-1] != '/';
	return true;
}

/* Skips a comment, a processing instruction or text; false at a tag, and if the rest is malformed. */
static bool skip_rest(struct walk *walk)
{
	if (strncmp(walk->at, "<!--", 4) == 0)
		skip_behind(&walk->at, "-->");
	else if (strncmp(walk->at, "<![CDATA[", 9) == 0)
		skip_behind(&walk->at, "]]>");
	else if (strncmp(walk->at, "<?", 2) == 0)
		skip_behind(&walk->at, "?>");
	else if (*walk->at != '<')
		walk->at += strcspn(walk->at, "<");
	else
		return false;
	return true;
}

static int cdp_file_parse(const char *text, const char *path, struct cdp_file *file, struct error *error)
{
	struct walk walk = {.at = text, .file = file};

	*file = (struct cdp_file){0};
	while (*walk.at) {
		if (skip_rest(&walk))
			continue;
		if (strncmp(walk.at, "<!", 2) == 0)
			return error_set(error, 0, "%s has a document type of its own", path);
		if (!take_tag(&walk))
			return error_set(error, 0, "%s ends within a tag", path);
	}
	if (!walk.rooted || walk.depth)
		return error_set(error, 0, "%s is not one DiameterPeer element", path);
	return 0;
}

int cdp_file_read(const struct router_paths *paths, const char *path, struct cdp_file *file,
		  struct error *error)
{
	struct stat info;
	size_t length;
	cleanup_free char *here = router_path_here(paths, path), *text = NULL;
	cleanup_close int fd = router_path_open(paths, path, error);

	if (fd < 0)
		return -1;
	if (fstat(fd, &info) < 0)
		return error_set(error, errno, "stat %s", here);
	if (file_read_fd(fd, &info, here, BYTES_MAX, &text, &length, error) < 0)
		return -1;
	return cdp_file_parse(text, here, file, error);
}
