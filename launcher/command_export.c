/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "options.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/fs.h"
#include "base/text.h"
#include "export/export.h"
#include "mechanism/passwd.h"
#include "report/export.h"
#include "report/log.h"
#include "report/report.h"
#include "session/session.h"

/* Kubernetes' rule for names (RFC 1123), which every other tool takes as well; a Service's begins with a
 * letter (RFC 1035). */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NAME_LENGTH     52 /* 63 less what "-profile" adds, and a pod's own suffix */

static bool is_name(const char *name, enum tool tool)
{
	size_t length = strlen(name);
	return length && length <= NAME_LENGTH && strspn(name, NAME_CHARACTERS) == length && *name != '-' &&
	       name[length - 1] != '-' && (tool != TOOL_POD || *name >= 'a');
}

/* What a name has that others may not, as "-". */
static char *tamed(const char *text, const char *allowed, bool lower)
{
	char *name = xstrdup(text);
	for (char *c = name; *c; c++) {
		if (lower)
			*c = ascii_to_lower(*c);
		if (!strchr(allowed, *c))
			*c = '-';
	}
	return name;
}

/* The router's, or that of the command. */
static char *default_name(const struct options *options, const struct session *session)
{
	const struct router *router = session->router;
	const char *name = router->sizes_by_arguments ? router->name : path_base_name(session->argv[0]);
	cleanup_free char *tame = tamed(name, NAME_CHARACTERS, true);
	/* distributions have a service of the router's own name */
	return xasprintf("%s%s", options->export.tool == TOOL_UNIT ? "siplaunch-" : "",
			 is_name(tame, options->export.tool) ? tame : "router");
}

/* A file name that needs no quoting anywhere: it is a key of a ConfigMap too. */
static char *profile_file(const struct profile *profile)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	cleanup_free char *name = tamed(path_base_name(profile->name), allowed, false);
	size_t length = strlen(name), tail = strlen(".json");
	if (length > tail && strcmp(name + length - tail, ".json") == 0)
		name[length - tail] = '\0';
	return xasprintf("%s.json", *name && *name != '.' && *name != '-' ? name : "profile");
}

/* The file of a filter that the profile names by its path: a pod has no file of this machine's. */
static json_t *filter_content(const struct session *session)
{
	const char *name = session->profile.seccomp.name;
	bool by_path = name && strchr(name, '/');
	/* it has been read and compiled before */
	return by_path && session->filter_file ? json_load_file(session->filter_file, 0, NULL) : NULL;
}

/* ---- the router's configuration ---- */

/* What a ConfigMap and a Secret take in all is 1 MiB (kubernetes.io, "ConfigMaps"): the rest is for names. */
#define TEXTS_MAX  ((size_t)1000 * 1024)
#define CONFIG_MAX ((size_t)16 << 20) /* what the estimate reads of a configuration, too */

/* Where the router's files are in every place. */
static char *place_directory(const struct session *session)
{
	const char *config = session->command.config, *slash = strrchr(config, '/');
	return *config == '/' ? xstrndup(config, (size_t)(slash - config))
			      : xasprintf("/etc/%s", session->router->name);
}

/* A relative one moves with the configuration: both routers look beside the including file, too. */
static char *place_of(const struct session *session, const char *path)
{
	const char *config = session->command.config, *slash = strrchr(config, '/');
	cleanup_free char *directory = place_directory(session);
	size_t beside = *config != '/' && slash ? (size_t)(slash - config) + 1 : 0;
	if (*path == '/')
		return xstrdup(path);
	if (beside && strncmp(path, config, beside) == 0)
		path += beside;
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	return xasprintf("%s/%s", directory, path);
}

static bool line_has_secret(const char *line, size_t length)
{
	cleanup_free char *text = xstrndup(line, length);
	const char *scheme = strstr(text, "://"), *at = scheme ? strchr(scheme, '@') : NULL;
	const char *colon = scheme ? strchr(scheme + 3, ':') : NULL;
	text[strcspn(text, "\r")] = '\0';
	if (text[strspn(text, " \t")] == '#' && text[strspn(text, " \t") + 1] != '!')
		return false;
	return (at && colon && colon < at) || strcasestr(text, "password") || strcasestr(text, "passwd") ||
	       strcasestr(text, "secret");
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

/* The text as manifests take it; NULL where it is none. */
static char *text_of_file(const char *path)
{
	cleanup_error struct error error = {0};
	char *text = NULL;
	size_t length;
	if (file_read(AT_FDCWD, path, CONFIG_MAX, &text, &length, &error) < 0)
		return NULL;
	json_t *string = strlen(text) == length ? json_string(text) : NULL;
	if (!string) {
		free(text);
		return NULL;
	}
	json_decref(string);
	return text;
}

/* Its text, unless that is more than `left` bytes: whether it is a secret is known all the same. */
static void read_file(struct export_file *file, const char *path, size_t left)
{
	cleanup_free char *text = text_of_file(path);
	file->secret_line = text ? secret_line(text) : 0;
	if (!text || strlen(text) > left)
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
		const char *path = estimate->files[i];
		while (strncmp(path, "./", 2) == 0)
			path += 2;
		files[i].source = xstrdup(path);
		files[i].target = place_of(session, path);
		read_file(&files[i], estimate->files[i], left);
		left -= files[i].text ? strlen(files[i].text) : 0;
	}
	return files;
}

static void configuration_free(struct export_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(files[i].source);
		free(files[i].target);
		free(files[i].text);
	}
	free(files);
}

/* The command with the configuration where the place has it. A fresh array. */
static char **command_in_place(const struct options *options, const struct session *session,
			       const char *config)
{
	const char *value = session->command.config;
	bool moves =
		config && session->command.config_given && *value != '/' && options->export.tool != TOOL_UNIT;
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

static int refuse(const struct options *options, struct error *error, int status)
{
	log_error(&options->output, error);
	return status;
}

static int check_words(const struct options *options, const struct session *session, struct error *error)
{
	if (options->export.tool != TOOL_POD &&
	    (options->export.init_image || options->export.kind || options->export.sysctls))
		return error_set(error, 0, "--%s is for kubernetes, not for %s",
				 options->export.init_image ? "init-image"
				 : options->export.kind     ? "kind"
							    : "sysctls",
				 tool_name(options->export.tool));
	if (options->export.image &&
	    (options->export.tool == TOOL_UNIT || options->export.tool == TOOL_SYSCTL))
		return error_set(error, 0, "--image is for containers, not for %s",
				 tool_name(options->export.tool));
	if (options->export.name && !is_name(options->export.name, options->export.tool))
		return error_set(
			error, 0, "--name is lower-case letters, digits and \"-\", at most %d%s, not \"%s\"",
			NAME_LENGTH, options->export.tool == TOOL_POD ? ", and begins with a letter" : "",
			options->export.name);
	/* neither YAML nor systemd has other texts */
	bool utf8 = options->export.tool == TOOL_POD || options->export.tool == TOOL_COMPOSE ||
		    options->export.tool == TOOL_UNIT;
	for (size_t i = 0; utf8 && session->argv[i]; i++) {
		json_t *word = json_string(session->argv[i]);
		if (!word)
			return error_set(error, 0, "word %zu of the command is no UTF-8, which %s wants",
					 i + 1, tool_name(options->export.tool));
		json_decref(word);
	}
	return 0;
}

/* Siplaunch starts a router that has to stay in the foreground in every one of these places. */
static void warn_background(const struct options *options, struct session *session)
{
	const char *hint = session->router->foreground_hint;
	if (options->export.tool != TOOL_SYSCTL && hint && *hint && !session->command.foreground &&
	    !session->command.only_checks)
		plan_warn(&session->plan, "%s will go into the background, and the %s with it: %s",
			  session->router->name,
			  options->export.tool == TOOL_UNIT ? "service ends" : "container ends", hint);
}

static int status_of(const struct session *session)
{
	return session->state == SESSION_BAD_PROFILE ? EXIT_USAGE : EXIT_REFUSED;
}

static int make(const struct options *options, struct session *session)
{
	cleanup_free char *name =
		options->export.name ? xstrdup(options->export.name) : default_name(options, session);
	cleanup_free char *file = profile_file(&session->profile);
	cleanup_error struct error error = {0};
	struct identity identity = {0};
	cleanup_close int root = -1;

	if (check_words(options, session, &error) < 0)
		return refuse(options, &error, EXIT_USAGE);
	/* a name that is not known here is to be filled in: no error */
	if (options->export.tool == TOOL_POD && (root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0)
		(void)identity_resolve(&session->profile, root, &identity, NULL);
	json_t *filter = filter_content(session);
	bool has_config = session->router->sizes_by_arguments && session->command.config;
	cleanup_free char *config = has_config ? place_of(session, session->command.config) : NULL;
	struct export_file *files = configuration(session);
	char **argv = command_in_place(options, session, config);
	const struct export_request request = {
		.tool = options->export.tool,
		.context = &session->context,
		.plan = &session->plan,
		.identity = &identity,
		.argv = argv,
		.files = files,
		.file_count = session->estimate.file_count,
		.config = config,
		.name = name,
		.image = options->export.image,
		.init_image = options->export.init_image,
		.profile = file,
		.filter = filter,
		.kind = (enum export_kind)options->export.kind,
		.sysctls = (enum export_sysctls)options->export.sysctls,
		.replicas = session->fleet.pods ? session->fleet.pods : options->fleet.asked.pods,
		.fleet = session->fleet.pods ? &session->fleet : NULL,
	};
	cleanup_export struct export export = {0};
	export_make(&request, &export);
	warn_background(options, session);
	log_warnings(&options->output, &session->plan, 0);
	if (options->output.format == OUTPUT_JSON)
		report_json_print(stdout, report_export_json(session, &export));
	else
		report_export(stdout, session, &export);
	configuration_free(files, session->estimate.file_count);
	argv_free(argv);
	identity_clear(&identity);
	json_decref(filter);
	return EXIT_OK;
}

static int refuse_silence(const struct options *options)
{
	cleanup_error struct error error = {0};
	error_set(&error, 0, "no profile and no command");
	error_hint(&error, "say which router it is for: siplaunch export %s --profile kamailio-4g",
		   tool_name(options->export.tool));
	return refuse(options, &error, EXIT_USAGE);
}

/*
 * Whether the replicas divide a workload, and what is known of a pod of them: the memory that was typed, for
 * "auto" also the profile's. 1, 0, or -1 with the reason. A profile that cannot be read is session_open()'s
 * to report.
 */
static int fleet_of_replicas(const struct options *options, const struct purpose *purpose,
			     struct fleet_request *asked, struct error *error)
{
	struct prepared prepared = {0};
	struct profile profile = {0};
	struct problems problems = {0};
	bool automatic = options->export.replicas && !asked->pods;
	int divided = 0;

	if (options->export.replicas && session_profile(purpose, &prepared, &profile, &problems) == 0) {
		const struct size_field *memory = &profile.sizing.memory;
		divided = profile_has_workload(&profile);
		if (memory->size.kind == SIZE_BYTES && (automatic || memory->source == SOURCE_COMMAND_LINE))
			asked->memory_bytes = memory->size.bytes - memory->size.bytes % MIB;
		if (automatic && (!divided || !asked->memory_bytes)) {
			divided = error_set(error, 0, "--replicas auto: %s",
					    divided ? "the profile does not say how large a pod is"
						    : "there is no workload to divide among pods");
			error_hint(error, "give it: %s",
				   asked->memory_bytes ? "--workload registrations=100000"
						       : "--set sizing.memory=512MiB");
		}
	}
	problems_clear(&problems);
	profile_clear(&profile);
	prepared_clear(&prepared);
	return divided;
}

int command_export(const struct options *options)
{
	if (!options->argv && !options->selection.name)
		return refuse_silence(options);
	cleanup_session struct session session = {0};
	cleanup_error struct error error = {0};
	struct fleet_request asked = options->fleet.asked;
	const struct purpose purpose = {
		.what = PURPOSE_DESCRIBE,
		.selection = &options->selection,
		.argv = options->argv,
		.tool = options->export.tool,
	};
	int divided = fleet_of_replicas(options, &purpose, &asked, &error);
	if (divided < 0)
		return refuse(options, &error, EXIT_USAGE);
	if ((divided ? session_open_fleet(&purpose, &asked, &session) : session_open(&purpose, &session)) <
	    0) {
		log_session(&options->output, &session);
		return status_of(&session);
	}
	return make(options, &session);
}
