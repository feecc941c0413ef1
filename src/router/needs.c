/* SPDX-License-Identifier: MIT */
#include "router/needs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "router/command_line.h"

#define NEEDS_MAX       2048
#define HOST_MAX        255  /* a longer one has no address (RFC 1035) */
#define PRIVILEGED_PORT 1024 /* below it: net.ipv4.ip_unprivileged_port_start's default (ip-sysctl.rst) */

struct router_need *needs_add(struct estimate *estimate, enum need_kind kind, struct place_in_config place)
{
	if (estimate->need_count >= NEEDS_MAX)
		return NULL;
	struct router_need *need = ARRAY_ADD(estimate->needs, estimate->need_count);
	*need = (struct router_need){.kind = kind, .certain = !estimate->gaps};
	if (place.file)
		need->origin = xasprintf("%s:%u", place.file, place.line);
	return need;
}

/* Truncates a path that is too long to one byte above the limit, so that the kernel refuses it, too. */
void need_path(struct router_need *need, const char *path)
{
	if (need)
		*ARRAY_ADD(need->paths, need->path_count) = xstrndup(path, PATH_MAX);
}

/* "tm.so" and "tm" are one module: the routers add the suffix. */
static char *module_file(const char *name)
{
	size_t length = strlen(name);
	bool has_suffix = length > 3 && strcmp(name + length - 3, ".so") == 0;
	return xasprintf("%s%s", name, has_suffix ? "" : ".so");
}

/* DIRECTORY/tm.so or DIRECTORY/tm/tm.so (Kamailio's ksr_locate_module(), OpenSIPS' load_module()). */
static void add_module_paths(struct router_need *need, const char *directory, const char *file)
{
	cleanup_free char *folder = xstrndup(file, strlen(file) - strlen(".so"));
	cleanup_free char *below = path_join(folder, file);
	cleanup_free char *flat = path_join(directory, file), *nested = path_join(directory, below);
	need_path(need, flat);
	need_path(need, nested);
}

void needs_module(struct estimate *estimate, const char *name, const char *directories,
		  struct place_in_config place)
{
	cleanup_free char *file = module_file(name);
	bool bare = !strchr(name, '/');

	if (bare ? !directories : *name != '/')
		return;
	struct router_need *need = needs_add(estimate, NEED_MODULE, place);
	if (!need)
		return;
	need->name = xstrndup(name, PATH_MAX);
	if (!bare) {
		need_path(need, name);
		need_path(need, file);
		return;
	}
	cleanup_free char *copy = xstrdup(directories);
	char *rest = copy;
	for (char *directory; (directory = strsep(&rest, ":"));)
		if (*directory)
			add_module_paths(need, directory, file);
}

void needs_port(struct estimate *estimate, const char *protocol, const char *host, unsigned port,
		struct place_in_config place)
{
	if (port == 0 || port >= PRIVILEGED_PORT)
		return;
	struct router_need *need = needs_add(estimate, NEED_PORT, place);
	if (!need)
		return;
	need->port = port;
	need->name = xasprintf("%s:%.*s:%u", protocol ? protocol : "udp", HOST_MAX, host ? host : "*", port);
}

/* Both routers read it before -w and -t count; "-" is standard input. */
static void needs_config(const struct router_command *command, struct estimate *estimate)
{
	if (command->config && strcmp(command->config, "-") != 0)
		need_path(needs_add(estimate, NEED_CONFIG, (struct place_in_config){0}), command->config);
}

/* Both routers write it after they changed to the directory of -w, by default "/", also in the foreground
 * (daemonize()), and after the chroot of -t, inside which this machine's permissions say little. */
static void needs_pid_file(const struct router_command *command, struct estimate *estimate)
{
	const char *path = command_line_last(command, 'P'), *directory = command_line_last(command, 'w');

	if (!path || !*path || command_line_last(command, 't'))
		return;
	cleanup_free char *full = *path == '/' ? xstrdup(path) : path_join(directory ? directory : "/", path);
	need_path(needs_add(estimate, NEED_PID_FILE, (struct place_in_config){0}), full);
}

void needs_of_command(const struct router_command *command, struct estimate *estimate)
{
	needs_config(command, estimate);
	needs_pid_file(command, estimate);
}
