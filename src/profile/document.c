/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/text.h"
#include "profile/decode.h"

_Static_assert(PROFILE_NESTING_MAX == JSON_NESTING_MAX, "the scan is what bounds a profile's nesting");

/* A file is opened once, when it is found: so the file that was checked is the file that is read. */
struct source_file {
	struct trust_trail *trail;
	char *path;
	int fd, errnum;     /* fd -1: the file exists, and errnum says why it cannot be opened */
	const char *failed; /* the call that failed, for the error */
	struct stat info;
	char *unseen;     /* if nothing was found: the first path that could not be checked, */
	int unseen_errno; /* and its errno */
};

struct file_id {
	dev_t device;
	ino_t inode;
};

static void source_clear(const struct source_file *source)
{
	cleanup_close_(&source->fd);
	free(source->path);
	free(source->unseen);
}
#define cleanup_source __attribute__((cleanup(source_clear)))

static bool is_absent(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR;
}

static bool source_open(const char *path, void *data)
{
	struct source_file *source = data;
	source->fd = trust_open(source->trail, path, &source->info);
	source->errnum = errno;
	source->failed = trust_failed(source->trail);
	if (source->fd >= 0)
		return true;
	if (is_absent(errno))
		return false;
	if (faccessat(AT_FDCWD, path, F_OK, 0) == 0)
		return true;
	if (!is_absent(errno) && !source->unseen) {
		source->unseen_errno = errno;
		source->unseen = xstrdup(path);
	}
	return false;
}

/* For a profile that was not found: the path that could not be checked, and why; NULL: all could. Caller
 * frees. */
static char *unseen_text(const struct source_file *source)
{
	cleanup_error struct error error = {0};
	if (!source->unseen)
		return NULL;
	error_set(&error, source->unseen_errno, "look for the profile at %s", source->unseen);
	return error_text(&error);
}

/* False if no file has that name. */
static bool source_find(struct loader *loader, const char *name, const char *beside,
			struct source_file *source)
{
	*source = (struct source_file){.trail = &loader->trail, .fd = -1};
	source->path = profile_find(name, beside, loader->search, source_open, source);
	return source->path != NULL;
}

static int load_file(struct loader *loader, const struct source_file *source, struct json_document *document);

/* A problem of a file as a whole. Returns -1. */
static int file_problem(struct loader *loader, const char *file, const char *message, const char *hint)
{
	const struct json_place place = {.file = file};
	problem_add(loader->problems, &place, "", false, message, hint);
	return -1;
}

static int read_source(const struct source_file *source, char **text, size_t *length, struct error *error)
{
	if (source->fd < 0)
		return error_set(error, source->errnum, "%s %s", source->failed, source->path);
	return file_read_fd(source->fd, &source->info, source->path, PROFILE_BYTES_MAX, text, length, error);
}

static int read_document(struct loader *loader, const struct source_file *source, const char *file,
			 struct json_document *document)
{
	cleanup_error struct error error = {0};
	cleanup_free char *text = NULL;
	size_t length = 0;

	if (read_source(source, &text, &length, &error) < 0) {
		cleanup_free char *message = error_text(&error);
		return file_problem(loader, file, message, error.hint);
	}
	return document_parse(file, text, length, document, loader->problems);
}

/* "kamailio-4g" of "/etc/siplaunch/profiles/kamailio-4g.json": its short name. */
static char *stem(const char *file)
{
	const char *name = path_base_name(file), *dot = strrchr(name, '.');
	return xstrndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

/* "a -> b -> a" */
static char *chain_text(const struct loader *loader, size_t from, const char *last)
{
	char *text = stem(last);
	for (size_t i = loader->file_count; i > from; i--) {
		cleanup_free char *after = text;
		cleanup_free char *name = stem(loader->files[i - 1]);
		text = xasprintf("%s -> %s", name, after);
	}
	return text;
}

/* The index of a file that was already read, or loader->id_count. */
static size_t file_number(const struct loader *loader, const struct stat *info)
{
	size_t i = 0;
	while (i < loader->id_count &&
	       (loader->ids[i].device != info->st_dev || loader->ids[i].inode != info->st_ino))
		i++;
	return i;
}

char *directory_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	if (!slash)
		return xstrdup(".");
	return xstrndup(file, slash == file ? 1 : (size_t)(slash - file));
}

/* Finds the file of the name in `extends`; false: a problem was reported. */
static bool find_parent(struct loader *loader, const char *name, const struct json_place *place,
			struct source_file *source)
{
	cleanup_free char *beside = directory_of(place->file);
	if (!source_find(loader, name, beside, source)) {
		cleanup_free char *value = quoted(name), *unseen = unseen_text(source);
		cleanup_free char *missing = xasprintf("profile %s was not found", value);
		cleanup_free char *hint = profile_search_hint(name, true, loader->search);
		problem_add(loader->problems, place, "/extends", false, unseen ? unseen : missing, hint);
		return false;
	}
	size_t number = source->fd < 0 ? loader->id_count : file_number(loader, &source->info);
	if (number == loader->id_count)
		return true;
	cleanup_free char *chain = chain_text(loader, number, source->path);
	cleanup_free char *message = xasprintf("a profile cannot extend itself: %s", chain);
	problem_add(loader->problems, place, "/extends", false, message, "name another one by its path");
	return false;
}

/* Reports a wrong type of "extends" before merging, because the "extends" of the extending profile would
 * replace it. */
static void refuse_extends(struct loader *loader, struct json_document *document, json_t *extends)
{
	const struct decoder decoder = {.document = document, .problems = loader->problems};
	const struct node node = {extends, "/extends"};
	must_be(&decoder, &node, "the name or path of a profile", NULL);
	json_object_del(document->root, "extends");
}

/* Merges the document into the profile that it extends. If that one cannot be used, it reports the problem
 * and keeps the document alone, so that all of its own problems are found as well. -1 only after a syntax
 * error. */
static int inherit(struct loader *loader, struct json_document *document)
{
	json_t *extends = json_object_get(document->root, "extends");
	const struct json_place *place = json_document_place(document, "/extends");
	if (!extends || json_is_null(extends))
		return 0;
	const char *name = json_string_value(extends);
	if (!name) {
		refuse_extends(loader, document, extends);
		return 0;
	}
	if (loader->file_count > PROFILE_EXTENDS_MAX) {
		cleanup_free char *message =
			xasprintf("more than %d levels of \"extends\"", PROFILE_EXTENDS_MAX);
		problem_add(loader->problems, place, "/extends", false, message, NULL);
		return 0;
	}
	cleanup_source struct source_file source = {0};
	if (!find_parent(loader, name, place, &source))
		return 0;
	struct json_document parent = {0};
	if (load_file(loader, &source, &parent) < 0) {
		json_document_clear(&parent);
		return -1;
	}
	document_overlay(&parent, document);
	*document = parent;
	return 0;
}

static int load_file(struct loader *loader, const struct source_file *source, struct json_document *document)
{
	char *file = xstrdup(source->path);
	*ARRAY_ADD(loader->files, loader->file_count) = file;
	*ARRAY_ADD(loader->ids, loader->id_count) =
		(struct file_id){source->info.st_dev, source->info.st_ino};
	return read_document(loader, source, file, document) < 0 ? -1 : inherit(loader, document);
}

/* Says where the name is from, if nobody typed it: only there it can be corrected. Returns -1. */
static int not_found(struct loader *loader, const char *name, const char *message, const char *hint)
{
	cleanup_free char *whole =
		loader->origin ? xasprintf("%s (%s)", message, loader->origin) : xstrdup(message);
	return file_problem(loader, name, whole, hint);
}

int loader_read(struct loader *loader, const char *name, struct json_document *document)
{
	cleanup_source struct source_file source = {0};
	if (source_find(loader, name, NULL, &source))
		return load_file(loader, &source, document);
	cleanup_free char *unseen = unseen_text(&source), *hint = NULL;
	if (!unseen && !strchr(name, '/'))
		hint = profile_search_hint(name, false, loader->search);
	return not_found(loader, name, unseen ? unseen : "no such profile", hint);
}

void loader_clear(struct loader *loader)
{
	for (size_t i = 0; i < loader->file_count; i++)
		free(loader->files[i]);
	free(loader->files);
	free(loader->ids);
	trust_trail_clear(&loader->trail);
	loader->files = NULL;
	loader->ids = NULL;
	loader->file_count = loader->id_count = 0;
}
