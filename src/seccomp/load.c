/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/libseccomp.h"
#include "profile/profile.h"
#include "seccomp/decode.h"
#include "seccomp/shipped.h"

#define FOLDER "seccomp"
#define INLINE "/seccomp" /* the pointer of an inline filter in its profile */

struct seccomp_request seccomp_request_of(const struct profile *profile, const struct profile_search *search)
{
	return (struct seccomp_request){
		.name = profile->seccomp.name,
		.content = profile->seccomp.content,
		.file = profile->file,
		.folder = profile->seccomp.folder,
		.folders = (const char *const *)profile->folders,
		.folder_count = profile->folder_count,
		.search = search,
		.newer_enosys = profile->seccomp.newer == SECCOMP_NEWER_ENOSYS,
	};
}

static bool is_path(const char *name)
{
	size_t length = strlen(name), tail = strlen(".json");
	return strchr(name, '/') || (length > tail && strcmp(name + length - tail, ".json") == 0);
}

static bool is_among(const char *directory, const char **directories, size_t count)
{
	size_t i = 0;
	while (i < count && strcmp(directories[i], directory) != 0)
		i++;
	return i < count;
}

/* Appends directories that are not in the list yet: a hint prints the list. */
static void append(const char ***directories, size_t *count, const char *const *more, size_t more_count)
{
	for (size_t i = 0; i < more_count; i++)
		if (!is_among(more[i], *directories, *count))
			*ARRAY_ADD(*directories, *count) = more[i];
}

/* The directories to search for a name: next to the profile that names it, next to the profiles that it
 * extends, then the profiles' own directories. */
static const char **search_order(const struct seccomp_request *request, size_t *count)
{
	const struct profile_search *search = request->search;
	const char **directories = NULL;

	*count = 0;
	append(&directories, count, &request->folder, request->folder ? 1 : 0);
	append(&directories, count, request->folders, request->folder_count);
	append(&directories, count, search ? search->directories : NULL,
	       search ? search->directory_count : 0);
	return directories;
}

/* The file; NULL with the problem reported. */
static char *find(const struct seccomp_request *request, struct problems *problems)
{
	if (is_path(request->name))
		return xstrdup(request->name);
	struct profile_search search = request->search ? *request->search : (struct profile_search){0};
	cleanup_free const char **directories = search_order(request, &search.directory_count);
	search.directories = directories;
	search.folder = FOLDER;
	char *file = profile_locate(request->name, &search);
	if (!file) {
		const struct json_place place = {.file = request->name};
		cleanup_free char *hint = profile_search_hint(request->name, false, &search);
		problem_add(problems, &place, "", false, "no such seccomp profile", hint);
	}
	return file;
}

/* An inline filter is part of a profile whose lines are not known here: problems have only its pointer. */
static void borrow(const struct seccomp_request *request, struct json_document *document)
{
	const struct json_place place = {.pointer = xstrdup(INLINE), .file = request->file};
	document->root = json_incref(request->content);
	json_document_put(document, place);
}

/* Reads the same descriptor whose owners are checked: whoever may change the file could disable the
 * filter. */
static int read_file(struct seccomp_profile *profile, char **text, size_t *length, struct error *error)
{
	struct trust_trail trail = TRUST_TRAIL_NONE;
	struct stat info;
	cleanup_close int fd = trust_open(&trail, profile->file, &info);
	int errnum = errno;
	const char *failed = trust_failed(&trail);

	profile->findings = trust_take(&trail, &profile->finding_count);
	trust_trail_clear(&trail);
	if (fd < 0)
		return error_set(error, errnum, "%s %s", failed, profile->file);
	return file_read_fd(fd, &info, profile->file, PROFILE_BYTES_MAX, text, length, error);
}

/* Reports a problem of the whole file. Always -1. */
static int file_problem(const struct seccomp_profile *profile, const struct error *error,
			struct problems *problems)
{
	const struct json_place place = {.file = profile->file};
	cleanup_free char *message = error_text(error);
	problem_add(problems, &place, "", false, message, error->hint);
	return -1;
}

/* Leaves the document empty if only a shipped program is needed. */
static int load_file(const struct seccomp_request *request, struct seccomp_profile *profile,
		     struct json_document *document, struct problems *problems)
{
	cleanup_error struct error error = {0};
	cleanup_free char *text = NULL;
	size_t length = 0;

	if (read_file(profile, &text, &length, &error) < 0)
		return file_problem(profile, &error, problems);
	profile->shipped = seccomp_shipped_find(request, text, length);
	if (profile->shipped && request->program_only)
		return 0;
	return document_parse(profile->file, text, length, document, problems);
}

static int read_document(const struct seccomp_request *request, struct seccomp_profile *profile,
			 struct json_document *document, struct problems *problems)
{
	if (request->content) {
		borrow(request, document);
		return 0;
	}
	profile->file = find(request, problems);
	return profile->file ? load_file(request, profile, document, problems) : -1;
}

static void decode(const struct seccomp_request *request, const struct json_document *document,
		   struct seccomp_profile *profile, struct problems *problems)
{
	cleanup_error struct error error = {0};
	size_t before = problems->count;

	if (libseccomp_load(&error) < 0) {
		file_problem(profile, &error, problems);
		return;
	}
	const char *name = request->architecture;
	struct reader reader = {request, document, problems, profile,
				name ? architecture_named(name) : architecture_native()};
	cleanup_item struct item root = {document->root, xstrdup(request->content ? INLINE : "")};
	*ARRAY_ADD(profile->architectures, profile->architecture_count) = reader.native;
	if (!reader.native.token) {
		error_set(&error, 0, "libseccomp does not know the architecture %s", name);
		file_problem(profile, &error, problems);
		return;
	}
	seccomp_decode(&reader, &root);
	if (problems->count == before)
		seccomp_resolve(&reader);
}

int seccomp_profile_load(const struct seccomp_request *request, struct seccomp_profile *profile,
			 struct problems *problems)
{
	cleanup_json_document struct json_document document = {0};
	size_t before = problems->count;

	*profile = (struct seccomp_profile){.name = xstrdup(request->content ? "inline" : request->name),
					    .newer_enosys = request->newer_enosys};
	if (read_document(request, profile, &document, problems) == 0 && document.root)
		decode(request, &document, profile, problems);
	if (problems->count == before)
		return 0;
	problems_sort(problems, &profile->file, profile->file ? 1 : 0);
	seccomp_profile_clear(profile);
	return -1;
}

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

static void rule_clear(struct seccomp_rule *rule)
{
	free(rule->pointer);
	free_texts(rule->names, rule->name_count);
	free(rule->conditions);
	free(rule->left_out);
}

void seccomp_profile_clear(struct seccomp_profile *profile)
{
	free(profile->name);
	free(profile->file);
	free(profile->description);
	trust_findings_clear(profile->findings, profile->finding_count);
	for (size_t i = 0; i < profile->architecture_count; i++)
		free(profile->architectures[i].name);
	free(profile->architectures);
	for (size_t i = 0; i < profile->rule_count; i++)
		rule_clear(&profile->rules[i]);
	free(profile->rules);
	for (size_t i = 0; i < profile->call_count; i++)
		free(profile->calls[i].clauses);
	free(profile->calls);
	free_texts(profile->unknown, profile->unknown_count);
	free_texts(profile->warnings, profile->warning_count);
	*profile = (struct seccomp_profile){0};
}
