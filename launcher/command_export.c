/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "export/export.h"
#include "log.h"
#include "mechanism/passwd.h"
#include "report.h"
#include "report_export.h"
#include "session.h"

/* Kubernetes' rule for names (RFC 1123), which every other tool takes as well. */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NAME_LENGTH     52 /* 63 less what "-profile" adds, and a pod's own suffix */

static bool is_name(const char *name)
{
	size_t length = strlen(name);
	return length && length <= NAME_LENGTH && strspn(name, NAME_CHARACTERS) == length && *name != '-' &&
	       name[length - 1] != '-';
}

/* What a name has that others may not, as "-". */
static char *tamed(const char *text, const char *allowed, bool lower)
{
	char *name = xstrdup(text);
	for (char *c = name; *c; c++) {
		if (lower)
			*c = (char)tolower((unsigned char)*c);
		if (!strchr(allowed, *c))
			*c = '-';
	}
	return name;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* The router's, or that of the command. */
static char *default_name(const struct options *options, const struct session *session)
{
	const struct router *router = session->router;
	const char *name = router->sizes_by_arguments ? router->name : base_name(session->argv[0]);
	cleanup_free char *tame = tamed(name, NAME_CHARACTERS, true);
	/* distributions have a service of the router's own name */
	return xasprintf("%s%s", options->tool == TOOL_UNIT ? "siplaunch-" : "",
			 is_name(tame) ? tame : "router");
}

/* A file name that needs no quoting anywhere: it is a key of a ConfigMap too. */
static char *profile_file(const struct profile *profile)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	cleanup_free char *name = tamed(base_name(profile->name), allowed, false);
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

static int refuse(const struct options *options, struct error *error, int status)
{
	log_error(options, error);
	return status;
}

static int check_words(const struct options *options, const struct session *session, struct error *error)
{
	if (options->tool != TOOL_POD && (options->init_image || options->kind || options->sysctls))
		return error_set(error, 0, "--%s is for kubernetes, not for %s",
				 options->init_image ? "init-image"
				 : options->kind     ? "kind"
						     : "sysctls",
				 tool_name(options->tool));
	if (options->image && (options->tool == TOOL_UNIT || options->tool == TOOL_SYSCTL))
		return error_set(error, 0, "--image is for containers, not for %s", tool_name(options->tool));
	if (options->name && !is_name(options->name))
		return error_set(error, 0,
				 "--name is lower-case letters, digits and \"-\", at most %d, not \"%s\"",
				 NAME_LENGTH, options->name);
	/* neither YAML nor systemd has other texts */
	bool utf8 = options->tool == TOOL_POD || options->tool == TOOL_UNIT;
	for (size_t i = 0; utf8 && session->argv[i]; i++) {
		json_t *word = json_string(session->argv[i]);
		if (!word)
			return error_set(error, 0, "word %zu of the command is no UTF-8, which %s wants",
					 i + 1, tool_name(options->tool));
		json_decref(word);
	}
	return 0;
}

/* Siplaunch starts a router that has to stay in the foreground in every one of these places. */
static void warn_background(const struct options *options, struct session *session)
{
	const char *hint = session->router->foreground_hint;
	if (options->tool != TOOL_SYSCTL && hint && *hint && !session->command.foreground &&
	    !session->command.only_checks)
		plan_warn(&session->plan, "%s will go into the background, and the %s with it: %s",
			  session->router->name,
			  options->tool == TOOL_UNIT ? "service ends" : "container ends", hint);
}

static int status_of(const struct session *session)
{
	return session->state == SESSION_BAD_PROFILE ? EXIT_USAGE : EXIT_REFUSED;
}

static int make(const struct options *options, struct session *session)
{
	cleanup_free char *name = options->name ? xstrdup(options->name) : default_name(options, session);
	cleanup_free char *file = profile_file(&session->profile);
	cleanup_error struct error error = {0};
	struct identity identity = {0};
	cleanup_close int root = -1;

	if (check_words(options, session, &error) < 0)
		return refuse(options, &error, EXIT_USAGE);
	/* a name that is not known here is to be filled in: no error */
	if (options->tool == TOOL_POD && (root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0)
		(void)identity_resolve(&session->profile, root, &identity, NULL);
	json_t *filter = filter_content(session);
	const struct export_request request = {
		.tool = options->tool,
		.context = &session->context,
		.plan = &session->plan,
		.identity = &identity,
		.argv = session->argv,
		.name = name,
		.image = options->image,
		.init_image = options->init_image,
		.profile = file,
		.filter = filter,
		.kind = (enum export_kind)options->kind,
		.sysctls = (enum export_sysctls)options->sysctls,
	};
	cleanup_export struct export export;
	export_make(&request, &export);
	warn_background(options, session);
	log_warnings(options, &session->plan, 0);
	if (options->format == OUTPUT_JSON)
		report_json_print(stdout, report_export_json(session, &export));
	else
		report_export(stdout, options, session, &export);
	identity_clear(&identity);
	json_decref(filter);
	return EXIT_OK;
}

static int refuse_silence(const struct options *options)
{
	cleanup_error struct error error = {0};
	error_set(&error, 0, "no profile and no command");
	error_hint(&error, "say which router it is for: siplaunch export %s --profile kamailio-4g",
		   tool_name(options->tool));
	return refuse(options, &error, EXIT_USAGE);
}

int command_export(const struct options *options)
{
	if (!options->argv && !options->profile)
		return refuse_silence(options);
	cleanup_session struct session session;
	if (session_open_elsewhere(options, options->argv, &session) < 0) {
		session_explain(options, &session);
		return status_of(&session);
	}
	return make(options, &session);
}
