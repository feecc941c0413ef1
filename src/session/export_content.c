/* SPDX-License-Identifier: MIT */
#include "session/export_content.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/text.h"
#include "export/name.h"
#include "mechanism/passwd.h"
#include "seccomp/seccomp.h"
#include "session/session.h"

/* What a ConfigMap and a Secret take in all is 1 MiB (kubernetes.io, "ConfigMaps"): the rest is for names. */
#define TEXTS_MAX  ((size_t)1000 * 1024)
#define CONFIG_MAX ((size_t)16 << 20) /* what the estimate reads of a configuration, too */

/* ---- the profile's file ---- */

static bool same_file(const char *one, const char *other)
{
	struct stat first, second;
	return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/* Whether the command that an export prints for its profile would write over a file of this profile: the
 * shell empties it before siplaunch reads it. */
static bool is_own_file(const struct session *session, const char *name)
{
	const struct profile *profile = &session->profile;
	bool there = session->purpose.tool == TOOL_UNIT;
	cleanup_free char *path = there ? xasprintf(EXPORT_PROFILES "/%s", name) : xstrdup(name);
	for (size_t i = 0; i < profile->folder_count; i++)
		if (same_file(path, profile->sources[i]))
			return true;
	return false;
}

static char *profile_name(const struct session *session)
{
	char *name = export_profile_name(&session->profile);
	while (session->purpose.tool != TOOL_POD && is_own_file(session, name)) {
		cleanup_free char *before = name;
		name = xasprintf("%.*s-exported.json", (int)(strlen(before) - strlen(".json")), before);
	}
	return name;
}

/* ---- the filter ---- */

/* The filter as the exported profile names it; NULL: none, or it is inline. */
static const char *filter_word(const struct session *session)
{
	return session->filter_file ? json_string_value(json_object_get(session->profile.resolved, "seccomp"))
				    : NULL;
}

static bool is_path(const char *word)
{
	return strchr(word, '/') || text_ends_with(word, ".json");
}

/* Whether the target needs the filter's file: siplaunch there has only the shipped ones. */
static bool needs_filter(const struct session *session)
{
	cleanup_error struct error error = {0};
	cleanup_free char *text = NULL;
	const char *word = filter_word(session);
	size_t length;
	if (!word || is_path(word))
		return word != NULL;
	return file_read(AT_FDCWD, session->filter_file, CONFIG_MAX, &text, &length, &error) == 0 &&
	       !seccomp_text_is_shipped(text, length);
}

static const char *without_dots(const char *path)
{
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	return path;
}

/* A name is looked up in the folder "seccomp" beside the profile, and a relative path starts from the
 * profile. */
static struct export_file filter_file(const struct session *session)
{
	const char *word = without_dots(filter_word(session));
	return (struct export_file){
		.source = xstrdup(without_dots(session->filter_file)),
		.target = *word == '/'    ? xstrdup(word)
			  : is_path(word) ? xasprintf(EXPORT_PROFILES "/%s", word)
					  : xasprintf(EXPORT_PROFILES "/seccomp/%s.json", word),
	};
}

static void read_filter(const struct session *session, struct export_content *content)
{
	if (!needs_filter(session))
		return;
	if (session->purpose.tool == TOOL_POD) /* it has been read and compiled before */
		content->filter = json_load_file(session->filter_file, 0, NULL);
	else
		content->filter_file = filter_file(session);
}

/* ---- the router's configuration ---- */

/* The directory of the router's configuration at every target. */
static char *place_directory(const struct session *session)
{
	const char *config = session->command.config, *slash = strrchr(config, '/');
	return *config == '/' ? xstrndup(config, (size_t)(slash - config))
			      : xasprintf("/etc/%s", session->router->name);
}

/* A relative path moves with the configuration: both routers also look in the including file's directory. */
static char *place_of(const struct session *session, const char *path)
{
	const char *config = session->command.config, *slash = strrchr(config, '/');
	cleanup_free char *directory = place_directory(session);
	size_t beside = *config != '/' && slash ? (size_t)(slash - config) + 1 : 0;
	if (*path == '/')
		return xstrdup(path);
	if (beside && strncmp(path, config, beside) == 0)
		path += beside;
	return xasprintf("%s/%s", directory, without_dots(path));
}

/* "pass=" is how ndb_redis of Kamailio has it. */
static bool names_secret(const char *text)
{
	static const char *const words[] = {"password", "passwd", "passphrase", "pass=", "secret"};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasestr(text, words[i]))
			return true;
	return false;
}

static bool line_has_secret(const char *line, size_t length)
{
	cleanup_free char *text = xstrndup(line, length);
	const char *scheme = strstr(text, "://"), *at = scheme ? strchr(scheme, '@') : NULL;
	const char *colon = scheme ? strchr(scheme + 3, ':') : NULL;
	text[strcspn(text, "\r")] = '\0';
	if (text[strspn(text, " \t")] == '#' && text[strspn(text, " \t") + 1] != '!')
		return false;
	return (at && colon && colon < at) || names_secret(text);
}

/* The number of the first line that names a password, or has one in a URL ("mysql://user:password@host"). */
static unsigned secret_line(const char *text)
{
	unsigned number = 1;
	for (; *text; number++) {
		size_t length = strcspn(text, "\n");
		if (line_has_secret(text, length))
			return number;
		text += length + (text[length] == '\n');
	}
	return 0;
}

/* Whether a manifest can hold the text: YAML has only UTF-8. */
static bool is_utf8(const char *text, size_t length)
{
	json_t *string = strlen(text) == length ? json_string(text) : NULL;
	bool valid = string != NULL;
	json_decref(string);
	return valid;
}

/* Reads the file's text, unless a manifest cannot hold it or it has more than `left` bytes; finds out in all
 * cases whether it has a secret. */
static void read_file(struct export_file *file, const char *path, size_t left)
{
	cleanup_error struct error error = {0};
	cleanup_free char *text = NULL;
	size_t length;
	if (file_read(AT_FDCWD, path, CONFIG_MAX, &text, &length, &error) < 0)
		return;
	file->secret_line = secret_line(text);
	if (length > left || !is_utf8(text, length))
		return;
	file->text = text;
	text = NULL;
}

static struct export_file *configuration(const struct session *session)
{
	const struct estimate *estimate = &session->estimate;
	struct export_file *files = xcalloc(estimate->file_count + 1, sizeof *files);
	size_t left = TEXTS_MAX;
	for (size_t i = 0; i < estimate->file_count; i++) {
		const char *path = without_dots(estimate->files[i]);
		files[i].source = xstrdup(path);
		files[i].target = place_of(session, path);
		read_file(&files[i], estimate->files[i], left);
		left -= files[i].text ? strlen(files[i].text) : 0;
	}
	return files;
}

/* ---- what the configuration names ---- */

/* Directories that every start finds empty, or that the kernel fills. */
static bool is_volatile(const char *path)
{
	static const char *const places[] = {"/run/", "/var/run/", "/tmp/", "/dev/", "/proc/", "/sys/"};
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (text_begins_with(path, places[i]))
			return true;
	return false;
}

/* Whether the router reads something there: it is here, or would be beside the configuration. A relative path
 * may be any word, and counts only where it is a file. */
static bool is_read(const struct session *session, const struct named_path *named)
{
	const struct estimate *estimate = &session->estimate;
	const char *config = session->command.config, *slash = strrchr(config, '/');
	size_t length = slash ? (size_t)(slash - config) + 1 : 0;
	bool absolute = *named->path == '/';
	cleanup_free char *path =
		absolute ? xstrdup(named->path) : xasprintf("%.*s%s", (int)length, config, named->path);
	bool beside = !absolute || (length > 1 && strncmp(path, config, length) == 0);
	struct stat file;
	for (size_t i = 0; i < estimate->file_count; i++)
		if (same_file(path, estimate->files[i]))
			return false;
	if (is_volatile(path) && !beside)
		return false;
	if (stat(path, &file) == 0)
		return S_ISREG(file.st_mode) || (absolute && S_ISDIR(file.st_mode));
	return absolute && beside;
}

/* Caller frees; NULL: nothing. */
static char *named_paths(const struct session *session)
{
	char *text = NULL;
	for (size_t i = 0; i < session->estimate.named_count; i++) {
		const struct named_path *named = &session->estimate.named[i];
		if (!is_read(session, named))
			continue;
		cleanup_free char *before = text;
		cleanup_free char *where =
			named->file ? xasprintf(" (%s:%u)", path_base_name(named->file), named->line)
				    : xstrdup("");
		text = xasprintf("%s%s%s%s", before ? before : "", before ? ", " : "", named->path, where);
	}
	return text;
}

/* The command with the configuration's path at the target. Caller frees with argv_free(). */
static char **command_in_place(const struct session *session, const char *config)
{
	const char *value = session->command.config;
	bool moves = config && session->command.config_given && *value != '/' &&
		     session->purpose.tool != TOOL_UNIT;
	char **argv = NULL;
	size_t count = 0;
	for (size_t i = 0; session->argv[i]; i++) {
		const char *word = session->argv[i];
		size_t length = strlen(word);
		bool is_here = moves && value >= word && value <= word + length;
		char *moved =
			is_here ? xasprintf("%.*s%s", (int)(value - word), word, config) : xstrdup(word);
		*ARRAY_ADD(argv, count) = moved;
	}
	*ARRAY_ADD(argv, count) = NULL;
	return argv;
}

/* A name that is not known here is not an error: a person fills in its id. */
static void resolve_identity(const struct profile *profile, struct identity *identity)
{
	cleanup_close int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		(void)identity_resolve(profile, root, identity, NULL);
}

void export_content_read(const struct session *session, struct export_content *content)
{
	bool has_config = session->router->sizes_by_arguments && session->command.config;

	*content = (struct export_content){
		.profile = profile_name(session),
		.config = has_config ? place_of(session, session->command.config) : NULL,
		.files = configuration(session),
		.file_count = session->estimate.file_count,
	};
	content->named = has_config ? named_paths(session) : NULL;
	content->argv = command_in_place(session, content->config);
	read_filter(session, content);
	if (session->purpose.tool == TOOL_POD)
		resolve_identity(&session->profile, &content->identity);
}

void export_content_clear(struct export_content *content)
{
	for (size_t i = 0; i < content->file_count; i++) {
		free(content->files[i].source);
		free(content->files[i].target);
		free(content->files[i].text);
	}
	free(content->files);
	free(content->config);
	free(content->named);
	free(content->profile);
	free(content->filter_file.source);
	free(content->filter_file.target);
	argv_free(content->argv);
	identity_clear(&content->identity);
	json_decref(content->filter);
}
