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
#include "router/router.h"
#include "stats/exchange.h"
#include "stats/process.h"

/* Reads the effective uid from status: the owner of /proc/PID is root for a process that changed its user. */
static int read_uid(int proc, pid_t pid, struct management *management, struct error *error)
{
	cleanup_free char *path = xasprintf("%d/status", (int)pid);
	cleanup_free char *text = NULL;
	unsigned uid;

	if (pseudo_read(proc, path, PSEUDO_LIMIT, &text) < 0)
		return error_set(error, errno, "read the router's user in /proc/%s", path);
	const char *line = strstr(text, "\nUid:");
	management->has_uid = line && sscanf(line, "\nUid: %*u %u", &uid) == 1;
	if (!management->has_uid)
		return error_set(error, 0, "there is no user in /proc/%s", path);
	management->uid = (uid_t)uid;
	return 0;
}

/* A router whose user is not known is not queried: any process could answer for it. */
static int attach(int proc, pid_t pid, struct management *management, struct error *error)
{
	if (read_uid(proc, pid, management, error) < 0)
		return -1;
	management->main_pid = process_inner_pid(proc, pid);
	if (!process_shares_files(proc, pid))
		management->root = xasprintf("/proc/%d/root", (int)pid);
	return 0;
}

/* True for addresses that work from another network namespace: FIFOs, and ctl's stream socket. A datagram's
 * answer would go to an abstract name, which does not exist there, and loopback is another one. */
static bool crosses_networks(const struct management *management)
{
	return management->kind == MANAGEMENT_FIFO ||
	       (management->kind == MANAGEMENT_CTL && management->path);
}

static int check(int proc, pid_t pid, const struct management *management, struct error *error)
{
	struct sockaddr_storage address;
	socklen_t length;
	struct stat info;
	cleanup_free char *text = management_text(management);

	if (!process_shares(proc, pid, "ns/net") && !crosses_networks(management)) {
		error_set(error, 0, "%s is in another network namespace than siplaunch", text);
		return error_hint(error,
				  "run siplaunch in the router's container, or give it a FIFO (mi_fifo, "
				  "jsonrpcs)");
	}
	if (!management->path)
		return management_address(management, &address, &length, error);
	cleanup_way struct management_way way = WAY_NONE;
	if (management_reach(management, management->path, &way) < 0 || stat(way.path, &info) < 0)
		return management_unreachable(management, management->path, errno, error);
	return 0;
}

/* Adds a slash to a directory that a person gave without one; a router's configuration is used literally. */
static void end_directory(struct management *management)
{
	const char *directory = management->reply_directory;
	if (!directory || directory[strlen(directory) - 1] == '/')
		return;
	cleanup_free char *before = management->reply_directory;
	management->reply_directory = xasprintf("%s/", before);
}

static int refuse_ctl(const struct router *router, const struct management *management, struct error *error)
{
	cleanup_free char *text = management_text(management);
	error_set(error, 0, "%s is an address of Kamailio's ctl, and %s has none", text, router->name);
	return error_hint(error, "give the address of what the configuration has: %s",
			  router->management_hint);
}

static int find_given(int proc, pid_t pid, const struct router *router, const char *given,
		      struct management *management, struct error *error)
{
	if (management_parse(given, management, error) < 0)
		return -1;
	if (management->kind == MANAGEMENT_CTL && !router->has_ctl)
		return refuse_ctl(router, management, error);
	management->given = true;
	end_directory(management);
	if (attach(proc, pid, management, error) < 0)
		return -1;
	return check(proc, pid, management, error);
}

static int nowhere(const struct router *router, const struct estimate *estimate, struct error *error)
{
	if (router->protocol == PROTOCOL_NONE) {
		error_set(error, 0, "siplaunch cannot query a router of this kind");
		return error_hint(error, "--mi is for OpenSIPS and Kamailio");
	}
	if (!estimate->from_config) {
		/* it may have all that siplaunch needs */
		error_set(error, 0, "its configuration, which names the management address, is not known: %s",
			  estimate->unread ? estimate->unread : "it was not read");
		return error_hint(error, "give the address with --mi; the configuration needs: %s",
				  router->management_hint);
	}
	error_set(error, 0, "its configuration has no management interface that siplaunch could query");
	return error_hint(error, "add to the configuration: %s; or give an address with --mi",
			  router->management_hint);
}

int management_find(int proc, pid_t pid, const struct router *router, const struct estimate *estimate,
		    const char *given, struct management *management, struct error *error)
{
	cleanup_error struct error first = {0};

	*management = (struct management){0};
	if (given && router->protocol != PROTOCOL_NONE)
		return find_given(proc, pid, router, given, management, error);
	for (size_t i = 0; router->protocol != PROTOCOL_NONE && i < estimate->management_count; i++) {
		cleanup_error struct error why = {0};
		if (management_parse(estimate->management[i], management, &why) == 0 &&
		    attach(proc, pid, management, &why) == 0 && check(proc, pid, management, &why) == 0)
			return 0;
		management_clear(management);
		if (!first.message)
			error_move(&first, &why);
	}
	if (!first.message)
		return nowhere(router, estimate, error);
	error_move(error, &first);
	return -1;
}
