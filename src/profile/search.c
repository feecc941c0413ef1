/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/nearest.h"
#include "base/text.h"
#include "profile/decode.h"

struct names {
	char **items;
	size_t count;
};

static void names_clear(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct names){0};
}
#define cleanup_names __attribute__((cleanup(names_clear)))

static void add_search(struct names *directories, const char *directory, size_t length, const char *folder)
{
	cleanup_free char *own = xstrndup(directory, length);
	*ARRAY_ADD(directories->items, directories->count) = folder ? path_join(own, folder) : xstrdup(own);
}

static void add_path_list(struct names *directories, const char *list, const char *folder)
{
	while (list && *list) {
		size_t length = strcspn(list, ":");
		if (length > 0)
			add_search(directories, list, length, folder);
		list += length + (list[length] == ':');
	}
}

/* Those that the user names. */
static void add_given(struct names *directories, const struct profile_search *search)
{
	for (size_t i = 0; search && i < search->directory_count; i++)
		add_search(directories, search->directories[i], strlen(search->directories[i]),
			   search->folder);
	if (search)
		add_path_list(directories, search->environment, search->folder);
}

static void add_installed(struct names *directories, const struct profile_search *search)
{
	if (search && search->installed)
		add_path_list(directories, search->installed(), search->folder);
}

static struct names search_directories(const struct profile_search *search)
{
	struct names directories = {0};
	add_given(&directories, search);
	add_installed(&directories, search);
	return directories;
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);
	return length > tail && strcmp(text + length - tail, suffix) == 0;
}

static bool is_there(const char *path, void *data)
{
	(void)data;
	return access(path, F_OK) == 0;
}

/* Returns the path if `take` accepts it; else frees it and returns NULL. */
static char *if_taken(char *path, path_taker *take, void *data)
{
	if (take(path, data))
		return path;
	free(path);
	return NULL;
}

static char *in_directory(const char *directory, const char *name, path_taker *take, void *data)
{
	cleanup_free char *file = xasprintf("%s%s", name, has_suffix(name, ".json") ? "" : ".json");
	return if_taken(path_join(directory, file), take, data);
}

static char *in_directories(const char *name, const struct profile_search *search, path_taker *take,
			    void *data)
{
	static void (*const ways[])(struct names * directories,
				    const struct profile_search *search) = {add_given, add_installed};
	char *file = NULL;
	for (size_t way = 0; way < ARRAY_SIZE(ways) && !file; way++) {
		cleanup_names struct names directories = {0};
		ways[way](&directories, search);
		for (size_t i = 0; i < directories.count && !file; i++)
			file = in_directory(directories.items[i], name, take, data);
	}
	return file;
}

char *profile_locate(const char *name, const struct profile_search *search)
{
	return in_directories(name, search, is_there, NULL);
}

char *profile_find(const char *name, const char *beside, const struct profile_search *search,
		   path_taker *take, void *data)
{
	char *file = NULL;
	if (*name == '\0')
		return NULL;
	if (strchr(name, '/') || has_suffix(name, ".json"))
		file = if_taken(beside && *name != '/' ? path_join(beside, name) : xstrdup(name), take, data);
	if (!file && *name != '/')
		file = in_directories(name, search, take, data);
	if (!file && beside && *name != '/')
		file = in_directory(beside, name, take, data);
	return file;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_directory(struct names *names, const char *directory)
{
	cleanup_closedir DIR *open = opendir(directory);
	const struct dirent *entry;
	/* cppcheck-suppress readdirCalled ; the stream is ours alone, and readdir_r is deprecated */
	while (open && (entry = readdir(open))) {
		if (*entry->d_name == '.' || !has_suffix(entry->d_name, ".json"))
			continue;
		cleanup_free char *name = xstrndup(entry->d_name, strlen(entry->d_name) - strlen(".json"));
		if (!texts_have((const char *const *)names->items, names->count, name))
			*ARRAY_ADD(names->items, names->count) = xstrdup(name);
	}
}

static struct names all_names(const struct profile_search *search)
{
	cleanup_names struct names directories = search_directories(search);
	struct names names = {0};
	for (size_t i = 0; i < directories.count; i++)
		add_directory(&names, directories.items[i]);
	if (names.count > 1)
		qsort(names.items, names.count, sizeof *names.items, compare_names);
	return names;
}

/* NULL for an invalid file: one such file must not break the list. */
static char *read_description(const char *file)
{
	cleanup_free char *text = NULL;
	size_t length;
	if (file_read(AT_FDCWD, file, PROFILE_BYTES_MAX, &text, &length, NULL) < 0)
		return NULL;
	cleanup_json_document struct json_document document = {0};
	if (json_document_read(text, length, &document) < 0)
		return NULL;
	const char *description = json_string_value(json_object_get(document.root, "description"));
	return description && is_line(description) ? xstrdup(description) : NULL;
}

int profile_list(const struct profile_search *search,
		 int (*each)(const char *name, const char *file, const char *description, void *data),
		 void *data)
{
	cleanup_names struct names names = all_names(search);
	int result = 0;
	for (size_t i = 0; i < names.count && result == 0; i++) {
		cleanup_free char *file = profile_locate(names.items[i], search);
		if (!file)
			continue; /* removed since the directory was read */
		cleanup_free char *description = read_description(file);
		result = each(names.items[i], file, description, data);
	}
	return result;
}

char *profile_search_hint(const char *name, bool beside_file, const struct profile_search *search)
{
	if (*name == '/')
		return NULL;
	cleanup_names struct names names = all_names(search);
	char *meant = did_you_mean(name, (const char *const *)names.items, names.count);
	if (meant)
		return meant;
	cleanup_names struct names directories = search_directories(search);
	if (beside_file)
		*ARRAY_ADD(directories.items, directories.count) = xstrdup("the directory of that file");
	char *hint = xstrdup(directories.count ? "looked in" : "there is no profile directory");
	for (size_t i = 0; i < directories.count; i++) {
		cleanup_free char *before = hint;
		hint = xasprintf("%s%s %s", before, i ? "," : "", directories.items[i]);
	}
	return hint;
}
