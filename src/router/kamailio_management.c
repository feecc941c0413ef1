/* SPDX-License-Identifier: MIT */
/*
 * Kamailio's management interfaces: the datagram socket and FIFO of jsonrpcs, which the module creates by
 * default (jsonrpcs_sock.c, jsonrpcs_fifo.c), and the socket of ctl (ctl.c).
 */
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "router/kamailio_config.h"

#define TRANSPORT_ALL      0
#define TRANSPORT_FIFO     2
#define TRANSPORT_DATAGRAM 4

/* A relative name is in the run directory. */
static char *run_path(const struct kamailio_config *config, const char *name)
{
	return *name == '/' ? xstrdup(name) : path_join(kamailio_run_directory(config), name);
}

static bool has_transport(const struct module_set *modules, int64_t transport)
{
	int64_t set = modules_number(modules, "jsonrpcs", "transport", TRANSPORT_ALL);
	return modules_has(modules, "jsonrpcs") && (set == TRANSPORT_ALL || set & transport);
}

static void add_datagram(const struct kamailio_config *config, const struct module_set *modules, bool udp)
{
	const char *name = modules_text(modules, "jsonrpcs", "dgram_socket", "kamailio_rpc.sock");
	bool is_udp = strncmp(name, "udp:", 4) == 0;

	if (!*name || is_udp != udp || !has_transport(modules, TRANSPORT_DATAGRAM))
		return;
	cleanup_free char *path = run_path(config, name);
	if (is_udp)
		estimate_management(config->estimate, "%s", name);
	else
		estimate_management(config->estimate, "unix:%s", path);
}

static void add_fifo(const struct kamailio_config *config, const struct module_set *modules)
{
	const char *name = modules_text(modules, "jsonrpcs", "fifo_name", "kamailio_rpc.fifo");

	if (!*name || !has_transport(modules, TRANSPORT_FIFO))
		return;
	cleanup_free char *path = run_path(config, name);
	estimate_management(config->estimate, "fifo:%s,reply=%s", path,
			    modules_text(modules, "jsonrpcs", "fifo_reply_dir", "/tmp/"));
}

/* "unix:NAME", "unixs:NAME", "tcp:HOST:PORT": streams. "unixd:", "udp:" and a bare address are datagrams. */
static void add_ctl(const struct kamailio_config *config, const struct module_set *modules, bool tcp)
{
	const struct module_parameter *socket;
	size_t position = 0, count = 0;

	if (!modules_has(modules, "ctl"))
		return;
	for (; (socket = modules_each(modules, "ctl", "binrpc", &position)); count++) {
		const char *text = socket->text ? socket->text : "", *colon = strchr(text, ':');
		bool stream = strncmp(text, "unix:", 5) == 0 || strncmp(text, "unixs:", 6) == 0;
		if (tcp && strncmp(text, "tcp:", 4) == 0)
			estimate_management(config->estimate, "ctl:%s", text);
		else if (!tcp && stream) {
			cleanup_free char *path = run_path(config, colon + 1);
			estimate_management(config->estimate, "ctl:%s", path);
		}
	}
	if (!count && !tcp) {
		cleanup_free char *path = run_path(config, "kamailio_ctl");
		estimate_management(config->estimate, "ctl:%s", path);
	}
}

void kamailio_management(const struct kamailio_config *config)
{
	/* Unknown values of these parameters do not affect the number of processes. */
	struct estimate findings = {0};
	struct module_set modules = config->modules;

	modules.estimate = &findings;
	/* a FIFO carries answers of any size */
	bool fits = config->estimate->processes <= RPC_UDP_PROCESSES;
	if (fits)
		add_datagram(config, &modules, false);
	add_fifo(config, &modules);
	if (!fits)
		add_datagram(config, &modules, false);
	add_ctl(config, &modules, false);
	add_datagram(config, &modules, true);
	add_ctl(config, &modules, true);
	estimate_clear(&findings);
}
