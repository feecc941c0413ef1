/* SPDX-License-Identifier: MIT */
/* docker run and podman run, one part of the command a line; and the same as a service of a Compose file. */
#include "export/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/shell.h"
#include "router/router.h"

#define STOP_SECONDS "30" /* time for a router to end its transactions and save its location table */
#define WRITABLE     "mode=1777,size=64m"

/* The target of the options: the service of a Compose file; NULL: the lines of a command. */
struct container {
	struct export *export;
	json_t *service;
};

static void option(const struct container *container, const char *name, const char *value,
		   const char *comment)
{
	if (container->service) {
		cleanup_free char *first = xstrdup(name), *second = value ? xstrdup(value) : NULL;
		char *const words[] = {first, second, NULL};
		tool_compose_put(container->service, words, comment);
		return;
	}
	cleanup_free char *word = value ? shell_quote(value) : NULL;
	export_line(container->export, value ? xasprintf("%s %s", name, word) : xstrdup(name),
		    comment ? xstrdup(comment) : NULL);
}

static void option_of_setting(const struct container *container, size_t index)
{
	char *text = container->export->items[index].text;
	char *comment = export_comment(container->export, index);
	if (!container->service) {
		export_line(container->export, xstrdup(text), comment);
		return;
	}
	char **words = shell_words(text);
	tool_compose_put(container->service, words, comment);
	argv_free(words);
	free(comment);
}

static void options_of_settings(const struct container *container)
{
	struct export *export = container->export;
	if (export->root_why) {
		cleanup_free char *why = xasprintf(
			"siplaunch starts as root and changes to the profile's user: %s", export->root_why);
		option(container, "--user", "0:0", why);
	}
	for (size_t i = 0; i < export->count; i++)
		if (export->items[i].text && !export_said(export, i))
			option_of_setting(container, i);
}

/* ---- files ---- */

/*
 * docker 20.10 accepts no relative source, so the command uses the shell's working directory. In Compose a
 * relative source starts from the Compose file's directory.
 */
static void mount(const struct container *container, const char *source, const char *target,
		  const char *comment)
{
	bool relative = *source != '/';
	if (container->service) {
		cleanup_free char *text = xasprintf("%s%s:%s:ro", relative ? "./" : "", source, target);
		option(container, "--volume", text, comment);
		return;
	}
	cleanup_free char *text = xasprintf("%s%s:%s:ro", relative ? "/" : "", source, target);
	cleanup_free char *word = shell_quote(text);
	export_line(container->export, xasprintf("--volume %s%s", relative ? "\"$PWD\"" : "", word),
		    xstrdup(comment));
}

static void mount_configuration(const struct container *container)
{
	const struct export_request *request = container->export->request;
	cleanup_free char *named = export_named(request);
	cleanup_free char *first =
		xasprintf("the router's configuration%s%s", named ? "; " : "", named ? named : "");
	for (size_t i = 0; i < request->file_count; i++)
		mount(container, request->files[i].source, request->files[i].target,
		      i ? "included by the router's configuration" : first);
	if (request->file_count || !request->config)
		return;
	const char *slash = strrchr(request->config, '/');
	cleanup_free char *why =
		xasprintf("the router's configuration, which could not be read here: put yours "
			  "there, and mount the files that it includes in the same way");
	mount(container, slash ? slash + 1 : request->config, request->config, why);
}

static void directories(const struct container *container)
{
	cleanup_free char *run = export_run_directory(container->export);
	if (!export_knows_router(container->export))
		return;
	option(container, "--read-only", NULL, "the router writes only to its mounts");
	if (run) {
		cleanup_free char *text = xasprintf("%s:" WRITABLE, run);
		option(container, "--tmpfs", text, "its pid file and its sockets");
	}
	option(container, "--tmpfs", "/tmp:" WRITABLE, "temporary files");
}

/* ---- network ---- */

#define NEXT_TO_SIP                                                                                        \
	"; SIP and RTP through address translation need advertised addresses and every RTP port, so that " \
	"%s is the usual alternative"

static void network(const struct container *container)
{
	const char *host = container->service ? "network_mode: host" : "--network host";
	struct export_ports ports;
	export_ports(container->export, &ports);
	cleanup_free char *own = export_ports_own(&ports);
	cleanup_free char *comment =
		own ? xasprintf("the configuration decides: %s", own)
		    : xasprintf("%s" NEXT_TO_SIP, ports.comment ? ports.comment : "", host);
	bool low = false;
	if (ports.own)
		option(container, "--network", "host", comment);
	for (size_t i = 0; !ports.own && i < ports.count; i++) {
		unsigned port = ports.items[i].port;
		cleanup_free char *text = xasprintf("%u:%u/%s", port, port, ports.items[i].transport);
		option(container, "--publish", text, i ? NULL : comment);
		low = low || port < 1024;
	}
	if (low && container->export->request->tool == TOOL_PODMAN)
		option(container, "--sysctl", "net.ipv4.ip_unprivileged_port_start=0",
		       "a port below 1024 for a user who is not root");
	export_ports_clear(&ports);
}

/* ---- the whole ---- */

static void image_and_command(const struct container *container, const char *path)
{
	const struct export_request *request = container->export->request;
	cleanup_free char *image = shell_quote(request->image ? request->image : "IMAGE");
	export_line(container->export, xstrdup(image),
		    request->image ? NULL : xstrdup("fill it in, or give --image"));
	option(container, "--profile", path, NULL);
	char *command = xstrdup("--");
	for (size_t i = 0; request->argv[i]; i++) {
		cleanup_free char *word = shell_quote(request->argv[i]);
		command = shell_join(command, word);
	}
	export_line(container->export, command, NULL);
}

static void compose_command(json_t *service, const struct export_request *request, const char *path)
{
	json_t *command = json_checked(json_array());
	json_append(command, json_checked(json_string("--profile")));
	json_append(command, tool_compose_text(path));
	json_append(command, json_checked(json_string("--")));
	for (size_t i = 0; request->argv[i]; i++)
		json_append(command, tool_compose_text(request->argv[i]));
	json_put(service, "command", command);
}

static void options(const struct container *container, const char *path)
{
	const struct export_request *request = container->export->request;
	options_of_settings(container);
	network(container);
	directories(container);
	option(container, "--stop-timeout", STOP_SECONDS, "until it is killed");
	mount(container, request->profile, path, "the profile");
	if (request->filter_file)
		mount(container, request->filter_file->source, request->filter_file->target,
		      "the profile's system call filter");
	mount_configuration(container);
	option(container, "--entrypoint", "siplaunch",
	       "in place of the image's own entry point; the image must contain siplaunch");
}

static void export_service(struct export *export, const char *path)
{
	const struct export_request *request = export->request;
	const struct container container = {export, json_checked(json_object())};
	json_t *service = container.service;
	json_put(service, "image", tool_compose_text(request->image ? request->image : "IMAGE"));
	if (!request->image)
		json_put(service, "#image", json_string("fill it in, or give --image"));
	options(&container, path);
	compose_command(service, request, path);
	json_put(service, "restart", json_string("unless-stopped"));
	json_t *file = json_checked(json_pack("{s:{s:o}}", "services", request->name, service));
	export->manifests = json_checked(json_array());
	json_append(export->manifests, file);
}

void export_engine(struct export *export)
{
	const struct export_request *request = export->request;
	const struct container container = {export, NULL};
	cleanup_free char *path = export_profile_path(request);

	if (request->tool == TOOL_COMPOSE) {
		export_service(export, path);
		return;
	}
	export_line(export, xasprintf("%s run", tool_name(request->tool)), NULL);
	option(&container, "--name", request->name, NULL);
	options(&container, path);
	image_and_command(&container, path);
}
