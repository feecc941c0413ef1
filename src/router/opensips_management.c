/* SPDX-License-Identifier: MIT */
/*
 * OpenSIPS' management interfaces: mi_datagram, mi_fifo, mi_http. The first two start only if their socket or
 * FIFO is set; mi_http uses the address of httpd, by default every address.
 */
#include <string.h>

#include "router/opensips_config.h"

static void add_datagram(const struct opensips_config *config, const struct module_set *modules, bool udp)
{
	const char *name = modules_text(modules, "mi_datagram", "socket_name", "");
	bool is_udp = strncmp(name, "udp:", 4) == 0;

	if (*name && is_udp == udp && modules_has(modules, "mi_datagram"))
		estimate_management(config->estimate, "%s%s", is_udp ? "" : "unix:", name);
}

static void add_fifo(const struct opensips_config *config, const struct module_set *modules)
{
	const char *name = modules_text(modules, "mi_fifo", "fifo_name", "");

	if (*name && modules_has(modules, "mi_fifo"))
		estimate_management(config->estimate, "fifo:%s,reply=%s", name,
				    modules_text(modules, "mi_fifo", "reply_dir", "/tmp/"));
}

static void add_http(const struct opensips_config *config, const struct module_set *modules)
{
	const char *address = modules_text(modules, "httpd", "ip", "");
	const char *root = modules_text(modules, "mi_http", "mi_http_root", "mi");
	bool every = !*address || strcmp(address, "*") == 0 || strcmp(address, "0.0.0.0") == 0;
	bool v6 = strchr(address, ':') && *address != '[';

	if (modules_has(modules, "mi_http"))
		estimate_management(config->estimate, "http://%s%s%s:%lld/%s", v6 ? "[" : "",
				    every ? "127.0.0.1" : address, v6 ? "]" : "",
				    (long long)modules_number(modules, "httpd", "port", 8888), root);
}

void opensips_management(const struct opensips_config *config)
{
	/* Unknown values of these parameters do not affect the number of processes. */
	struct estimate findings = {0};
	struct module_set modules = config->modules;

	modules.estimate = &findings;
	add_datagram(config, &modules, false);
	add_fifo(config, &modules);
	add_http(config, &modules);
	add_datagram(config, &modules, true);
	estimate_clear(&findings);
}
