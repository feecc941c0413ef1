/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "options.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "export/export.h"
#include "export/name.h"
#include "log/log.h"
#include "output/pieces.h"
#include "report/export.h"
#include "session/export_content.h"
#include "session/session.h"

static int refuse(const struct options *options, struct error *error, int status)
{
	log_error(&options->output, error);
	return status;
}

/* Only a router that siplaunch knows has usual words; the file for sysctl.d has no command. */
static int check_command(const struct options *options, const struct session *session, struct error *error)
{
	bool named = options->argv || *session->router->aliases;
	if (named || options->export.tool == TOOL_SYSCTL)
		return 0;
	error_set(error, 0, "profile %s has router \"%s\", and no command names the program",
		  session->profile.name, session->router->name);
	return error_hint(error, "add the command after --");
}

static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);
	bool valid = string != NULL;
	json_decref(string);
	return valid;
}

/* A registry's names are ASCII; podman also has images in files, whose paths may be any text. */
static int check_image(const char *option, const char *image, struct error *error)
{
	bool control = false;
	for (const char *c = image; c && *c; c++)
		control = control || (unsigned char)*c < ' ' || *c == 0x7f;
	if (!image || (!control && is_utf8(image)))
		return 0;
	return error_set(error, 0, "--%s: \"%s\" cannot be an image: it %s", option, image,
			 control ? "has control characters" : "is not UTF-8");
}

static int check_words(const struct options *options, const struct session *session, struct error *error)
{
	if (options->export.tool != TOOL_POD &&
	    (options->export.init_image || options->export.kind >= 0 || options->export.sysctls >= 0))
		return error_set(error, 0, "--%s is for kubernetes, not for %s",
				 options->export.init_image  ? "init-image"
				 : options->export.kind >= 0 ? "kind"
							     : "sysctls",
				 tool_name(options->export.tool));
	if (options->export.image &&
	    (options->export.tool == TOOL_UNIT || options->export.tool == TOOL_SYSCTL))
		return error_set(error, 0, "--image is for containers, not for %s",
				 tool_name(options->export.tool));
	if (options->export.name && !export_name_is_valid(options->export.name, options->export.tool))
		return error_set(
			error, 0,
			"--name must be lower-case letters, digits and \"-\", at most %d characters%s, not "
			"\"%s\"",
			EXPORT_NAME_LENGTH,
			options->export.tool == TOOL_POD ? ", and begin with a letter" : "",
			options->export.name);
	/* YAML and systemd accept UTF-8 only */
	bool utf8 = options->export.tool == TOOL_POD || options->export.tool == TOOL_COMPOSE ||
		    options->export.tool == TOOL_UNIT;
	for (size_t i = 0; utf8 && session->argv[i]; i++)
		if (!is_utf8(session->argv[i]))
			return error_set(error, 0,
					 "argument %zu of the command is not UTF-8, which %s requires", i + 1,
					 tool_name(options->export.tool));
	return check_image("image", options->export.image, error) < 0
		       ? -1
		       : check_image("init-image", options->export.init_image, error);
}

/* In every target siplaunch starts the router, which must then stay in the foreground. */
static void warn_background(const struct options *options, struct session *session)
{
	const char *hint = session->router->foreground_hint;
	if (options->export.tool != TOOL_SYSCTL && hint && *hint && !session->command.foreground &&
	    !session->command.only_checks)
		plan_warn(&session->plan, "%s goes into the background, which ends the %s: %s",
			  session->router->name, options->export.tool == TOOL_UNIT ? "service" : "container",
			  hint);
}

/* Not our working directory, but the root directory, or the home directory in a user's own systemd
 * (systemd.exec(5), WorkingDirectory=). */
static void warn_relative(const struct export *export, struct session *session)
{
	const char *program = session->argv[0], *config = session->command.config;
	const char *where = export->users ? "the user's home directory" : "the root directory";
	const char *root = export->users ? "~/" : "/";

	if (strchr(program, '/') && *program != '/')
		plan_warn(&session->plan, "the service starts in %s, where %s is %s%s: give an absolute path",
			  where, program, root, program);
	if (config && session->command.config_given && *config != '/')
		plan_warn(&session->plan,
			  "the service starts in %s, where -f %s is %s%s: give an absolute path", where,
			  config, root, config);
}

/* plan and run refuse such a port here, where they can ask the kernel; another machine may have lowered the
 * sysctl. */
static void warn_port(const struct export *export, struct session *session)
{
	const struct estimate_socket *socket = export_closed_port(export);
	if (socket)
		plan_warn(&session->plan,
			  "%s may not listen on %s:%s:%u there: a port below 1024 needs "
			  "\"CAP_NET_BIND_SERVICE\" in \"capabilities\"",
			  session->router->name, socket->transport, socket->host, socket->port);
}

/* What hinders the tool from mounting a path: --volume separates its parts by colons, with no way to quote
 * one, a pod's mountPath may have none, and YAML has only UTF-8. NULL: nothing. */
static const char *fault_of(enum tool tool, const char *path)
{
	if (strchr(path, ':'))
		return "has a colon";
	bool yaml = tool == TOOL_POD || tool == TOOL_COMPOSE;
	return yaml && !is_utf8(path) ? "is not UTF-8" : NULL;
}

static int check_path(enum tool tool, const char *path, struct error *error)
{
	const char *fault = fault_of(tool, path);
	if (!fault)
		return 0;
	error_set(error, 0, "%s cannot mount %s, because the path %s", tool_name(tool), path, fault);
	return error_hint(error, "rename it");
}

/* A pod gets the text of a file, and not its path here. */
static int check_file(enum tool tool, const struct export_file *file, struct error *error)
{
	return check_path(tool, file->target, error) < 0 ||
			       (tool != TOOL_POD && check_path(tool, file->source, error) < 0)
		       ? -1
		       : 0;
}

static int check_paths(const struct options *options, const struct export_content *content,
		       struct error *error)
{
	const enum tool tool = options->export.tool;

	if (tool == TOOL_UNIT || tool == TOOL_SYSCTL)
		return 0;
	if (!content->file_count && content->config && check_path(tool, content->config, error) < 0)
		return -1;
	for (size_t i = 0; i < content->file_count; i++)
		if (check_file(tool, &content->files[i], error) < 0)
			return -1;
	return content->filter_file.source ? check_file(tool, &content->filter_file, error) : 0;
}

static int status_of(const struct session *session)
{
	return session->state == SESSION_BAD_PROFILE ? EXIT_USAGE : EXIT_REFUSED;
}

static char *name_of(const struct options *options, const struct session *session)
{
	const struct export_options *export = &options->export;
	return export->name ? xstrdup(export->name)
			    : export_default_name(export->tool, session->router, session->argv[0]);
}

static int make(const struct options *options, struct session *session)
{
	cleanup_free char *name = name_of(options, session);
	cleanup_error struct error error = {0};
	cleanup_export_content struct export_content content = {0};

	if (check_command(options, session, &error) < 0 || check_words(options, session, &error) < 0)
		return refuse(options, &error, EXIT_USAGE);
	export_content_read(session, &content);
	if (check_paths(options, &content, &error) < 0)
		return refuse(options, &error, EXIT_REFUSED);
	const struct export_request request = {
		.tool = options->export.tool,
		.context = &session->context,
		.plan = &session->plan,
		.identity = &content.identity,
		.argv = content.argv,
		.files = content.files,
		.file_count = content.file_count,
		.config = content.config,
		.named = content.named,
		.name = name,
		.image = options->export.image,
		.init_image = options->export.init_image,
		.profile = content.profile,
		.filter = content.filter,
		.filter_file = content.filter_file.source ? &content.filter_file : NULL,
		.kind = options->export.kind == EXPORT_POD ? EXPORT_POD : EXPORT_DEPLOYMENT,
		.sysctls = options->export.sysctls == EXPORT_SYSCTLS_POD ? EXPORT_SYSCTLS_POD
									 : EXPORT_SYSCTLS_INIT,
		.replicas = session->fleet.pods ? session->fleet.pods : options->fleet.asked.pods,
		.fleet = session->fleet.pods ? &session->fleet : NULL,
	};
	cleanup_export struct export export = {0};
	export_make(&request, &export);
	warn_background(options, session);
	options_warn_behind(options->argv, session->router, &session->plan);
	if (options->export.tool == TOOL_UNIT)
		warn_relative(&export, session);
	warn_port(&export, session);
	log_warnings(&options->output, &session->plan, 0);
	if (options->output.format == OUTPUT_JSON)
		output_json_print(stdout, report_export_json(session, &export));
	else
		report_export(stdout, session, &export);
	return EXIT_OK;
}

static int refuse_silence(const struct options *options)
{
	cleanup_error struct error error = {0};
	error_set(&error, 0, "no profile and no command");
	error_hint(&error, "name the router: siplaunch export %s --profile kamailio-4g",
		   tool_name(options->export.tool));
	return refuse(options, &error, EXIT_USAGE);
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
	int divided = options->export.replicas ? fleet_of_replicas(&purpose, &asked, &error) : 0;
	if (divided < 0)
		return refuse(options, &error, EXIT_USAGE);
	if ((divided ? session_open_fleet(&purpose, &asked, &session) : session_open(&purpose, &session)) <
	    0) {
		log_session(&options->output, &session);
		return status_of(&session);
	}
	return make(options, &session);
}
