/* SPDX-License-Identifier: MIT */
/* A pod's two containers: siplaunch's own, and the router's. */
#include "export/pod.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "router/router.h"

/* ---- words ---- */

/* Kubernetes expands "$(NAME)" in a command; "$$" is a literal "$". */
static json_t *word_json(const char *word)
{
	cleanup_free char *escaped = xcalloc(2 * strlen(word) + 1, 1);
	char *end = escaped;
	for (; *word; word++) {
		*end++ = *word;
		if (*word == '$')
			*end++ = '$';
	}
	return json_string(escaped);
}

static json_t *command_json(const char *const *own, size_t count, char *const *argv)
{
	json_t *command = json_checked(json_array());
	for (size_t i = 0; i < count; i++)
		pod_append(command, json_string(own[i]));
	pod_append(command, json_string("--"));
	for (size_t i = 0; argv[i]; i++)
		pod_append(command, word_json(argv[i]));
	return command;
}

static json_t *mounts_json(const char *const (*mounts)[2], size_t count)
{
	json_t *list = json_checked(json_array());
	for (size_t i = 0; i < count; i++)
		pod_append(list, json_pack("{s:s, s:s, s:b}", "name", mounts[i][0], "mountPath", mounts[i][1],
					   "readOnly", 1));
	return list;
}

/* ---- the containers ---- */

static void image(json_t *container, const char *name, const char *placeholder, const char *text)
{
	json_put(container, "image", json_string(name ? name : placeholder));
	if (!name)
		pod_comment(container, "image", text);
}

json_t *pod_init_container(struct export *export, const json_t *router)
{
	static const char *const mounts[][2] = {{PROFILE_VOLUME, EXPORT_PROFILES}};
	const struct export_request *request = export->request;
	cleanup_free char *path = export_profile_path(request);
	const char *const own[] = {
		"siplaunch",     "init",  "--profile", path,        "--memory-limit",
		"$(LIMIT)",      "--out", VOLUME_PATH, "--install", "--router-config",
		request->config,
	};
	/* a pod of a fleet has no spare memory: init must size it with the counted processes and
	 * connections */
	bool counts = request->fleet && request->config;
	json_t *init = json_checked(json_object());

	json_put(init, "name", json_string("siplaunch-init"));
	image(init, request->init_image, "SIPLAUNCH_IMAGE",
	      "fill it in, or give --init-image: siplaunch and its profiles, built statically");
	pod_commented(
		init, "command", command_json(own, ARRAY_SIZE(own) - (counts ? 0 : 2), request->argv),
		"sizes the router for the router container's limit, and writes the plan, the profile and "
		"itself to the volume");
	pod_commented(init, "env",
		      json_pack("[{s:s, s:{s:{s:s, s:s}}}]", "name", "LIMIT", "valueFrom", "resourceFieldRef",
				"containerName", ROUTER, "resource", "limits.memory"),
		      "bytes; this container cannot see the router container's limit");
	pod_commented(init, "resources",
		      json_pack("{s:{s:s, s:s}, s:{s:s, s:s}}", "limits", "cpu", "100m", "memory", "64Mi",
				"requests", "cpu", "100m", "memory", "64Mi"),
		      "limits equal to requests here too: every container counts for the pod's QoS class");
	pod_init_security(init, export, router);
	json_t *list = mounts_json(mounts, 1);
	pod_append(list, json_pack("{s:s, s:s}", "name", VOLUME, "mountPath", VOLUME_PATH));
	if (counts)
		pod_mount_configuration(list, request);
	json_put(init, "volumeMounts", list);
	return init;
}

static json_t *probe(unsigned port, int period, int failures)
{
	return json_pack("{s:{s:i}, s:i, s:i}", "tcpSocket", "port", (int)port, "periodSeconds", period,
			 "failureThreshold", failures);
}

/* Names must differ: the first port of a transport has the transport's name. */
static json_t *ports_json(const struct export_ports *ports)
{
	json_t *list = json_checked(json_array());
	for (size_t i = 0; i < ports->count; i++) {
		const struct export_port *port = &ports->items[i];
		bool first = true;
		for (size_t j = 0; j < i; j++)
			first = first && ports->items[j].transport != port->transport;
		cleanup_free char *name = first ? xasprintf("sip-%s", port->transport)
						: xasprintf("%s-%u", port->transport, port->port);
		const char *protocol = strcmp(port->transport, "udp") == 0   ? "UDP"
				       : strcmp(port->transport, "tcp") == 0 ? "TCP"
									     : "SCTP";
		pod_append(list, json_pack("{s:s, s:i, s:s}", "name", name, "containerPort", (int)port->port,
					   "protocol", protocol));
	}
	return list;
}

/* A TCP port for the probe: Kubernetes has no UDP probes. 0: none. */
static unsigned tcp_port(const struct export_ports *ports)
{
	for (size_t i = 0; i < ports->count; i++)
		if (strcmp(ports->items[i].transport, "tcp") == 0)
			return ports->items[i].port;
	return 0;
}

static void probes(json_t *container, const struct export *export, const struct export_ports *ports)
{
	bool from_config = export->request->context->estimate->from_config;
	unsigned tcp = tcp_port(ports);
	if (!tcp)
		return;
	pod_commented(
		container, "startupProbe", probe(tcp, 2, 30),
		from_config ? "SIP over TCP, which the configuration has"
			    : "SIP over TCP, which the router's configuration must have; siplaunch could not "
			      "read it");
	json_put(container, "readinessProbe", probe(tcp, 5, 3));
	if (from_config)
		json_put(container, "livenessProbe", probe(tcp, 10, 6));
}

static void ports_and_probes(json_t *container, const struct export *export)
{
	struct export_ports ports;
	if (!export_knows_router(export))
		return;
	export_ports(export, &ports);
	cleanup_free char *own = export_ports_own(&ports);
	const char *unasked =
		tcp_port(&ports)
			? ""
			: "; there are no probes: no TCP socket is reachable from outside, and Kubernetes "
			  "cannot probe over UDP; add probes with a command of the image, such as exec: "
			  "{command: [kamcmd, core.uptime]}";
	cleanup_free char *text = xasprintf(
		"%s%s%s%s; SIP and RTP without address translation: hostNetwork: true and dnsPolicy: "
		"ClusterFirstWithHostNet in spec, which the Pod Security level baseline does not allow",
		ports.comment, own ? "; " : "", own ? own : "", unasked);
	pod_commented(container, "ports", ports_json(&ports), text);
	probes(container, export, &ports);
	export_ports_clear(&ports);
}

static bool is_supervised(const struct context *context)
{
	enum handoff handoff = context->profile->handoff;
	return handoff == HANDOFF_SUPERVISE || (handoff == HANDOFF_AUTO && context->router->dies_of_orphans);
}

json_t *pod_router_container(const struct export *export)
{
	static const char *const own[] = {VOLUME_PATH "/siplaunch", "--plan", VOLUME_PATH "/plan.json",
					  "--report", "/dev/termination-log"};
	static const char *const mounts[][2] = {{VOLUME, VOLUME_PATH}};
	const struct export_request *request = export->request;
	json_t *router = json_checked(json_object());

	json_put(router, "name", json_string(ROUTER));
	image(router, request->image, "IMAGE", "fill it in, or give --image: the router's own image");
	pod_commented(router, "command",
		      command_json(own, is_supervised(request->context) ? ARRAY_SIZE(own) : 3, request->argv),
		      "siplaunch checks that the plan still fits, applies it, and starts the router");
	ports_and_probes(router, export);
	pod_commented(router, "resources", json_object(),
		      "requests equal limits: the pod is Guaranteed, and killed last under memory pressure");
	pod_commented(
		router, "resizePolicy",
		json_pack("[{s:s, s:s}]", "resourceName", "memory", "restartPolicy", "RestartContainer"),
		"the pools are sized at the start: less memory for a running router would cause an OOM kill");
	json_put(router, "securityContext", json_object());
	pod_commented(
		router, "lifecycle", json_pack("{s:{s:{s:i}}}", "preStop", "sleep", "seconds", 10),
		"time until endpoints and load balancers stop sending calls here; Kubernetes has it since "
		"1.30");
	json_put(router, "terminationMessagePath", json_string("/dev/termination-log"));
	if (is_supervised(request->context))
		pod_comment(router, "terminationMessagePath",
			    "siplaunch writes here how the router ended, also after an OOM kill");
	json_put(router, "terminationMessagePolicy", json_string("FallbackToLogsOnError"));
	json_t *list = mounts_json(mounts, 1);
	pod_mount_configuration(list, request);
	pod_mount_directories(list, export);
	json_put(router, "volumeMounts", list);
	return router;
}
