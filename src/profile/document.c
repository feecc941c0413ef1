/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "profile/decode.h"

_Static_assert(PROFILE_NESTING_MAX == JSON_NESTING_MAX, "the scan is what bounds a profile's nesting");

static int load_file(struct loader *loader, const char *file, struct json_document *document);

/* A problem of a file as a whole. Returns -1. */
static int file_problem(struct loader *loader, const char *file, const char *message, const char *hint)
{
	const struct json_place place = {.file = file};
	problem_add(loader->problems, &place, "", false, message, hint);
	return -1;
}

/* What the text itself has wrong. A syntax error comes alone: of the other files nothing is known for sure
 * either. */
static int text_problems(struct loader *loader, const char *file, const struct json_document *document)
{
	if (!document->root)
		problems_clear(loader->problems);
	for (size_t i = 0; i < document->fault_count; i++) {
		const struct json_fault *fault = &document->faults[i];
		const struct json_place place = {.file = file, .line = fault->line, .column = fault->column};
		problem_add(loader->problems, &place, fault->pointer, false, fault->message, fault->hint);
	}
	return document->root ? 0 : -1;
}

static int read_document(struct loader *loader, const char *file, struct json_document *document)
{
	cleanup_error struct error error = {0};
	cleanup_free char *text = NULL;
	size_t length;

	if (file_read(AT_FDCWD, file, PROFILE_BYTES_MAX, &text, &length, &error) < 0) {
		cleanup_free char *message = error_text(&error);
		return file_problem(loader, file, message, error.hint);
	}
	if (json_document_read(text, length, document) < 0 || document->fault_count > 0)
		if (text_problems(loader, file, document) < 0)
			return -1;
	for (size_t i = 0; i < document->place_count; i++)
		document->places[i].file = file;
	return 0;
}

/* "kamailio-4g" of "/etc/siplaunch/profiles/kamailio-4g.json": how people call it. */
static char *stem(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;
	const char *dot = strrchr(name, '.');
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

static bool same_file(const char *a, const char *b)
{
	struct stat info_a, info_b;
	return stat(a, &info_a) == 0 && stat(b, &info_b) == 0 && info_a.st_dev == info_b.st_dev &&
	       info_a.st_ino == info_b.st_ino;
}

static char *directory_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	if (!slash)
		return xstrdup(".");
	return xstrndup(file, slash == file ? 1 : (size_t)(slash - file));
}

/* Where the name in `extends` leads; NULL with the problem reported. */
static char *find_parent(struct loader *loader, const char *name, const struct json_place *place)
{
	cleanup_free char *beside = directory_of(place->file);
	char *file = profile_find(name, beside, loader->search);
	if (!file) {
		cleanup_free char *value = quoted(name);
		cleanup_free char *message = xasprintf("profile %s was not found", value);
		cleanup_free char *hint = search_hint(name, loader->search);
		problem_add(loader->problems, place, "/extends", false, message, hint);
		return NULL;
	}
	for (size_t i = 0; i < loader->file_count; i++) {
		if (!same_file(loader->files[i], file))
			continue;
		cleanup_free char *chain = chain_text(loader, i, file);
		cleanup_free char *message = xasprintf("a profile cannot extend itself: %s", chain);
		problem_add(loader->problems, place, "/extends", false, message,
			    "name another one by its path");
		free(file);
		return NULL;
	}
	return file;
}

/* Says it here, since an heir's own "extends" would cover it up. */
static void refuse_extends(struct loader *loader, struct json_document *document, json_t *extends)
{
	const struct decoder decoder = {.document = document, .problems = loader->problems};
	const struct node node = {extends, "/extends"};
	must_be(&decoder, &node, "the name or path of a profile", NULL);
	json_object_del(document->root, "extends");
}

/* Lays the document over what it extends. A parent that cannot be used is a problem; the document then stands
 * alone, so that its other problems are found as well. -1 only after a syntax error. */
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
	cleanup_free char *file = find_parent(loader, name, place);
	if (!file)
		return 0;
	struct json_document parent = {0};
	if (load_file(loader, file, &parent) < 0) {
		json_document_clear(&parent);
		return -1;
	}
	document_overlay(&parent, document);
	*document = parent;
	return 0;
}

static int load_file(struct loader *loader, const char *file, struct json_document *document)
{
	char *own = xstrdup(file);
	*ARRAY_ADD(loader->files, loader->file_count) = own;
	return read_document(loader, own, document) < 0 ? -1 : inherit(loader, document);
}

int loader_read(struct loader *loader, const char *name, struct json_document *document)
{
	cleanup_free char *file = profile_find(name, NULL, loader->search);
	if (file)
		return load_file(loader, file, document);
	if (strchr(name, '/'))
		return file_problem(loader, name, "no such profile", NULL);
	cleanup_free char *hint = search_hint(name, loader->search);
	return file_problem(loader, name, "no such profile", hint);
}

void loader_clear(struct loader *loader)
{
	for (size_t i = 0; i < loader->file_count; i++)
		free(loader->files[i]);
	free(loader->files);
	loader->files = NULL;
	loader->file_count = 0;
}
