/* SPDX-License-Identifier: MIT */
/*
 * A pod, or a Deployment of pods: an init container in which siplaunch tunes the pod's IPC limits and sizes
 * the router for the limit of its container, and that container, in which siplaunch does the rest.
 */
#include "export/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/shell.h"
#include "router/router.h"

#define ROUTER         "router"
#define VOLUME         "siplaunch"
#define VOLUME_PATH    "/siplaunch" /* where VOLUME is mounted */
#define PROFILE_VOLUME "profile"
#define CONTAINER      "spec.containers[]."
#define CPUS_ASSUMED   "1"

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, json_checked(value)) < 0)
		alloc_failed();
}

/* Comments are members of their own, as launcher/manifest.h has them. */
static void comment(json_t *object, const char *key, const char *text)
{
	cleanup_free char *name = xasprintf("#%s", key);
	set(object, name, json_string(text));
}

static void commented(json_t *object, const char *key, json_t *value, const char *text)
{
	comment(object, key, text);
	set(object, key, value);
}

static json_t *append(json_t *list, json_t *value)
{
	json_array_append_new(list, json_checked(value));
	return value;
}

static json_t *labels_json(const struct export *export)
{
	return json_pack("{s:s}", "app.kubernetes.io/name", export->request->name);
}

/* ---- words ---- */

/* Kubernetes puts variables in: "$(NAME)"; "$$" is a "$" of one's own. */
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
		append(command, json_string(own[i]));
	append(command, json_string("--"));
	for (size_t i = 0; argv[i]; i++)
		append(command, word_json(argv[i]));
	return command;
}

static json_t *mounts_json(const char *const (*mounts)[2], size_t count)
{
	json_t *list = json_checked(json_array());
	for (size_t i = 0; i < count; i++)
		append(list, json_pack("{s:s, s:s, s:b}", "name", mounts[i][0], "mountPath", mounts[i][1],
				       "readOnly", 1));
	return list;
}

/* ---- settings ---- */

static bool is_list(const char *path)
{
	size_t length = strlen(path);
	return length > 2 && strcmp(path + length - 2, "[]") == 0;
}

/* "a.b[]" is commented as "a.#b". Fresh. */
static char *comment_path(const char *path)
{
	const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
	int length = (int)strlen(name) - (is_list(path) ? 2 : 0);
	return xasprintf("%.*s#%.*s", (int)(name - path), path, length, name);
}

static void put(json_t *pod, const char *path, const json_t *value, const char *text)
{
	tool_field_put(pod, path, value, ROUTER);
	if (!text)
		return;
	cleanup_free char *beside = comment_path(path);
	json_t *string = json_checked(json_string(text));
	tool_field_put(pod, beside, string, ROUTER);
	json_decref(string);
}

static void put_setting(json_t *pod, const struct export *export, size_t index)
{
	const struct export_item *item = &export->items[index];
	cleanup_free char *text = export_comment(export, index);
	if (json_is_array(item->field) && !json_array_size(item->field))
		return;
	/* several settings share such a list: each says so above its own element */
	if (json_is_object(json_array_get(item->field, 0))) {
		json_t *list = json_checked(json_deep_copy(item->field));
		comment(json_array_get(list, 0), "", text);
		put(pod, item->path, list, NULL);
		json_decref(list);
		return;
	}
	put(pod, item->path, item->field, text);
}

/* Limits and requests that are equal are what makes a pod Guaranteed. */
static void put_resources(json_t *pod, const struct export *export)
{
	static const char *const names[] = {"memory", "cpu"};
	static const char *const settings_of[] = {"memory.max", "cpu.max"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = xasprintf(CONTAINER "resources.limits.%s", names[i]);
		cleanup_free char *request = xasprintf(CONTAINER "resources.requests.%s", names[i]);
		const struct export_item *item = export_item(export, "cgroup", settings_of[i]);
		json_t *value = item && item->field ? json_incref(item->field)
				: i == 1            ? json_checked(json_string(CPUS_ASSUMED))
						    : NULL;
		if (!value)
			continue;
		bool assumed = i == 1 && !(item && item->field);
		put(pod, path, value,
		    assumed ? "assumed: a pod without it is not Guaranteed; give it with --set "
			      "'resources.unified.cpu.max=200000 100000' (two CPUs)"
			    : NULL);
		put(pod, request, value, NULL);
		json_decref(value);
	}
}

static void put_settings(json_t *pod, const struct export *export)
{
	for (size_t i = 0; i < export->count; i++)
		if (export->items[i].field)
			put_setting(pod, export, i);
	put_resources(pod, export);
}

/* ---- who it runs as ---- */

static json_t *container_of(json_t *pod, const char *list)
{
	return json_array_get(json_object_get(json_object_get(pod, "spec"), list), 0);
}

static void put_identity(json_t *pod, const struct export *export)
{
	json_t *security = json_object_get(container_of(pod, "containers"), "securityContext");
	const struct export_item *user = export_item(export, "identity", "user");
	const struct identity *identity = export->request->identity;
	json_t *as = json_object_get(security, "runAsUser");

	if (export->root_why) {
		cleanup_free char *why = xasprintf(
			"siplaunch starts as root and becomes the profile's user: %s", export->root_why);
		commented(security, "runAsUser", json_integer(0), why);
	} else if (!user) {
		commented(
			security, "runAsNonRoot", json_true(),
			"the profile names no user: the image's has to be a number other than 0, or give --set "
			"user=NUMBER");
	} else if (!as) {
		cleanup_free char *text = xasprintf("identity/user: %s", user->note);
		commented(security, "runAsNonRoot", json_true(), text);
	} else if (as && json_integer_value(as) != 0) {
		set(security, "runAsNonRoot", json_true());
	}
	/* without a group of the profile's it is the user's primary one */
	if (!export->root_why && identity && identity->has_group && as &&
	    !json_object_get(security, "runAsGroup"))
		commented(security, "runAsGroup", json_integer(identity->gid), "the user's primary group");
}

static void drop_capabilities(json_t *security)
{
	json_t *capabilities = json_object_get(security, "capabilities");
	if (!capabilities)
		set(security, "capabilities", capabilities = json_object());
	set(capabilities, "drop", json_pack("[s]", "ALL"));
}

/* ---- Pod Security Standards, level restricted ---- */

static void unmet(struct export *export, const char *control, const char *why)
{
	*ARRAY_ADD(export->unmet, export->unmet_count) = xasprintf("%s: %s", control, why);
}

static bool adds_more_than_ports(const json_t *capabilities)
{
	const json_t *add = json_object_get(capabilities, "add");
	for (size_t i = 0; i < json_array_size(add); i++)
		if (strcmp(json_string_value(json_array_get(add, i)), "NET_BIND_SERVICE") != 0)
			return true;
	return false;
}

static bool has_unsafe_sysctl(const struct export *export)
{
	for (size_t i = 0; i < export->count; i++) {
		const struct export_item *item = &export->items[i];
		if (setting_is(item->setting, "sysctl", NULL) && item->field && item->setting->pod_note)
			return true;
	}
	return false;
}

/* What the router's container does not meet, and why. */
static void judge(struct export *export, const json_t *security)
{
	const json_t *as = json_object_get(security, "runAsUser");
	if (as && json_integer_value(as) == 0)
		unmet(export, "Running as Non-root",
		      export->root_why ? export->root_why : "the profile's user is root");
	if (json_is_true(json_object_get(security, "allowPrivilegeEscalation")))
		unmet(export, "Privilege Escalation", "the profile's noNewPrivileges is false");
	if (!json_object_get(json_object_get(security, "capabilities"), "drop"))
		unmet(export, "Capabilities", "the profile's user is root, and it names no capabilities");
	else if (adds_more_than_ports(json_object_get(security, "capabilities")))
		unmet(export, "Capabilities", "more are added than NET_BIND_SERVICE");
	if (has_unsafe_sysctl(export))
		unmet(export, "Sysctls (level baseline)",
		      "the kubelet sets unsafe ones, as --sysctls pod asks");
}

/* The strictest that the profile allows. */
static void harden(struct export *export, json_t *security)
{
	const json_t *as = json_object_get(security, "runAsUser");
	bool root = as && json_integer_value(as) == 0;
	if (!json_object_get(security, "allowPrivilegeEscalation"))
		set(security, "allowPrivilegeEscalation", json_false());
	if (!root || export_item(export, "identity", "capabilities"))
		drop_capabilities(security);
	if (export_knows_router(export))
		commented(security, "readOnlyRootFilesystem", json_true(),
			  "the router writes to the volumes run and tmp only; what else it has to write "
			  "needs a volume of its own");
	judge(export, security);
}

/* ---- the containers ---- */

static bool init_writes(const struct export *export)
{
	for (size_t i = 0; i < export->count; i++)
		if (setting_is(export->items[i].setting, "sysctl", NULL) &&
		    export->items[i].by == EXPORT_BY_LAUNCHER)
			return true;
	return false;
}

#define ANYBODY 65532 /* any id that is not root's: what init writes can be read by all */

/* As the router, whose files it writes. */
static void init_identity(json_t *security, const json_t *router)
{
	const json_t *user = json_object_get(router, "runAsUser"),
		     *group = json_object_get(router, "runAsGroup");
	if (user)
		set(security, "runAsUser", json_deep_copy(user));
	else
		commented(security, "runAsUser", json_integer(ANYBODY), "any that is not root will do");
	if (group)
		set(security, "runAsGroup", json_deep_copy(group));
	if (!user || json_integer_value(user) != 0)
		set(security, "runAsNonRoot", json_true());
}

static void init_security(json_t *init, struct export *export, const json_t *router)
{
	json_t *security = json_checked(json_object());

	if (init_writes(export)) {
		commented(
			init, "securityContext", security,
			"/proc/sys can be written in a privileged container only; the pod's IPC namespace is all "
			"that siplaunch changes there");
		set(security, "privileged", json_true());
		set(security, "runAsUser", json_integer(0));
		unmet(export,
		      "Privileged Containers (level baseline), Privilege Escalation, Running as Non-root, "
		      "Capabilities",
		      "the init container writes IPC limits; it has ended when the router starts");
	} else {
		commented(init, "securityContext", security,
			  "it writes no IPC limit, and needs no privilege");
		init_identity(security, router);
		set(security, "allowPrivilegeEscalation", json_false());
		drop_capabilities(security);
	}
	set(security, "readOnlyRootFilesystem", json_true());
}

static void image(json_t *container, const char *name, const char *placeholder, const char *text)
{
	set(container, "image", json_string(name ? name : placeholder));
	if (!name)
		comment(container, "image", text);
}

static json_t *init_container(struct export *export, const json_t *router)
{
	static const char *const mounts[][2] = {{PROFILE_VOLUME, "/etc/siplaunch/profiles"}};
	const struct export_request *request = export->request;
	cleanup_free char *path = export_profile_path(request);
	const char *const own[] = {"siplaunch", "init",  "--profile", path,       "--memory-limit",
				   "$(LIMIT)",  "--out", VOLUME_PATH, "--install"};
	json_t *init = json_checked(json_object());

	set(init, "name", json_string("siplaunch-init"));
	image(init, request->init_image, "SIPLAUNCH_IMAGE",
	      "fill it in, or give --init-image: siplaunch and its profiles, built statically");
	commented(
		init, "command", command_json(own, ARRAY_SIZE(own), request->argv),
		"sizes the router for its own container's limit, and leaves the plan, the profile and itself in "
		"the volume");
	commented(init, "env",
		  json_pack("[{s:s, s:{s:{s:s, s:s}}}]", "name", "LIMIT", "valueFrom", "resourceFieldRef",
			    "containerName", ROUTER, "resource", "limits.memory"),
		  "bytes; this container's own limit says nothing of the router's");
	commented(init, "resources",
		  json_pack("{s:{s:s, s:s}, s:{s:s, s:s}}", "limits", "cpu", "100m", "memory", "64Mi",
			    "requests", "cpu", "100m", "memory", "64Mi"),
		  "limits equal to requests here too: every container counts for the class of the pod");
	init_security(init, export, router);
	json_t *list = mounts_json(mounts, 1);
	append(list, json_pack("{s:s, s:s}", "name", VOLUME, "mountPath", VOLUME_PATH));
	set(init, "volumeMounts", list);
	return init;
}

static json_t *probe(unsigned port, int period, int failures)
{
	return json_pack("{s:{s:i}, s:i, s:i}", "tcpSocket", "port", (int)port, "periodSeconds", period,
			 "failureThreshold", failures);
}

/* The first of a transport is called for it: names have to differ. */
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
		append(list, json_pack("{s:s, s:i, s:s}", "name", name, "containerPort", (int)port->port,
				       "protocol", protocol));
	}
	return list;
}

/* Kubernetes cannot ask over UDP. */
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
	commented(
		container, "startupProbe", probe(tcp, 2, 30),
		from_config
			? "SIP over TCP, which the configuration has"
			: "SIP over TCP, which the router's configuration has to have; that could not be read");
	set(container, "readinessProbe", probe(tcp, 5, 3));
	if (from_config)
		set(container, "livenessProbe", probe(tcp, 10, 6));
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
			: "; there are no probes: no TCP socket is reached from outside, and Kubernetes "
			  "cannot ask over UDP; give them a command of the image's, such as exec: "
			  "{command: [kamcmd, core.uptime]}";
	cleanup_free char *text = xasprintf(
		"%s%s%s%s; SIP and RTP without address translation: hostNetwork: true and dnsPolicy: "
		"ClusterFirstWithHostNet in spec, which the Pod Security level baseline does not allow",
		ports.comment, own ? "; " : "", own ? own : "", unasked);
	commented(container, "ports", ports_json(&ports), text);
	probes(container, export, &ports);
	export_ports_clear(&ports);
}

/* A safe sysctl, which the level restricted allows; capabilities reach root only. */
static void low_ports(json_t *pod, const struct export *export)
{
	struct export_ports ports;
	bool low = false;
	export_ports(export, &ports);
	for (size_t i = 0; i < ports.count; i++)
		low = low || ports.items[i].port < 1024;
	export_ports_clear(&ports);
	if (!low)
		return;
	json_t *list = json_checked(
		json_pack("[{s:s, s:s}]", "name", "net.ipv4.ip_unprivileged_port_start", "value", "0"));
	comment(json_array_get(list, 0), "",
		"a port below 1024 for a user who is not root; not with hostNetwork, where the node's holds");
	put(pod, "spec.securityContext.sysctls[]", list, NULL);
	json_decref(list);
}

/* ---- the router's configuration and directories ---- */

#define CONFIG_VOLUME "config"
#define RUN_VOLUME    "run"
#define TMP_VOLUME    "tmp"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* A key of a ConfigMap: letters, digits, "-", "_", "."; numbered where another file has the name. Fresh. */
static char *key_of(const struct export_request *request, size_t index)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	const char *path = request->file_count ? request->files[index].target : request->config;
	char *key = xstrdup(base_name(path));
	for (char *c = key; *c; c++)
		if (!strchr(allowed, *c))
			*c = '-';
	for (size_t i = 0; i < index; i++)
		if (strcmp(base_name(request->files[i].target), base_name(path)) == 0) {
			cleanup_free char *plain = key;
			return xasprintf("%zu-%s", index, plain);
		}
	return key;
}

/* All of them go in, or none: half a configuration is none. */
static bool carries_configuration(const struct export_request *request)
{
	for (size_t i = 0; i < request->file_count; i++)
		if (!request->files[i].text)
			return false;
	return request->file_count > 0;
}

static const struct export_file *file_with_secret(const struct export_request *request)
{
	for (size_t i = 0; i < request->file_count; i++)
		if (request->files[i].secret_line)
			return &request->files[i];
	return NULL;
}

static size_t config_count(const struct export_request *request)
{
	return request->file_count ? request->file_count : request->config != NULL;
}

/* One file each, so that what the image has beside them stays. */
static void mount_configuration(json_t *mounts, const struct export_request *request)
{
	for (size_t i = 0; i < config_count(request); i++) {
		cleanup_free char *key = key_of(request, i);
		append(mounts, json_pack("{s:s, s:s, s:s, s:b}", "name", CONFIG_VOLUME, "mountPath",
					 request->file_count ? request->files[i].target : request->config,
					 "subPath", key, "readOnly", 1));
	}
}

static void mount_directories(json_t *mounts, const struct export *export)
{
	cleanup_free char *run = export_run_directory(export);
	if (!export_knows_router(export))
		return;
	if (run)
		append(mounts, json_pack("{s:s, s:s}", "name", RUN_VOLUME, "mountPath", run));
	append(mounts, json_pack("{s:s, s:s}", "name", TMP_VOLUME, "mountPath", "/tmp"));
}

/* "kubectl create configmap kamailio-config --from-file=kamailio.cfg=/etc/kamailio/kamailio.cfg". Fresh. */
static char *create_command(const struct export_request *request)
{
	bool secret = file_with_secret(request) != NULL;
	char *text = xasprintf("kubectl create %s %s-config", secret ? "secret generic" : "configmap",
			       request->name);
	for (size_t i = 0; i < config_count(request); i++) {
		cleanup_free char *key = key_of(request, i);
		cleanup_free char *both = xasprintf(
			"%s=%s", key, request->file_count ? request->files[i].source : request->config);
		cleanup_free char *word = shell_quote(both);
		cleanup_free char *option = xasprintf("--from-file=%s", word);
		text = shell_join(text, option);
	}
	return text;
}

/* The volume that has its files; where they are not in the same manifest, with the command that makes it. */
static json_t *config_volume(const struct export_request *request)
{
	cleanup_free char *name = xasprintf("%s-config", request->name);
	json_t *volume =
		file_with_secret(request)
			? json_pack("{s:s, s:{s:s}}", "name", CONFIG_VOLUME, "secret", "secretName", name)
			: json_pack("{s:s, s:{s:s}}", "name", CONFIG_VOLUME, "configMap", "name", name);
	if (carries_configuration(request))
		return volume;
	cleanup_free char *command = create_command(request);
	cleanup_free char *text = xasprintf(
		"the router's configuration is not in this file (it could not be read here, or is more than "
		"a ConfigMap takes, 1 MiB): make it before the pod:\n%s",
		command);
	comment(json_checked(volume), "", text);
	return volume;
}

static void volumes_of_router(json_t *volumes, const struct export *export)
{
	if (config_count(export->request))
		append(volumes, config_volume(export->request));
	cleanup_free char *run = export_run_directory(export);
	if (!export_knows_router(export))
		return;
	if (run)
		append(volumes,
		       json_pack("{s:s, s:{s:s}}", "name", RUN_VOLUME, "emptyDir", "sizeLimit", "64Mi"));
	append(volumes, json_pack("{s:s, s:{s:s}}", "name", TMP_VOLUME, "emptyDir", "sizeLimit", "64Mi"));
}

/* Its ConfigMap, or a Secret where it seems to have a password; NULL: somebody else has to make it. */
static json_t *config_json(const struct export *export)
{
	const struct export_request *request = export->request;
	const struct export_file *secret = file_with_secret(request);
	cleanup_free char *name = xasprintf("%s-config", request->name);
	if (!carries_configuration(request))
		return NULL;
	json_t *data = json_checked(json_object());
	for (size_t i = 0; i < request->file_count; i++) {
		cleanup_free char *key = key_of(request, i);
		set(data, key, json_string(request->files[i].text));
	}
	json_t *object = json_checked(json_pack("{s:s, s:s, s:{s:s, s:o}}", "apiVersion", "v1", "kind",
						secret ? "Secret" : "ConfigMap", "metadata", "name", name,
						"labels", labels_json(export)));
	cleanup_free char *text =
		secret ? xasprintf(
				 "the router's configuration; line %u of %s seems to have a password in it: "
				 "keep this file as secret as that one",
				 secret->secret_line, secret->source)
		       : xstrdup("the router's configuration, and what it includes; siplaunch has seen no "
				 "password in it: one that is there belongs into a Secret");
	commented(object, secret ? "stringData" : "data", data, text);
	return object;
}

static bool is_supervised(const struct context *context)
{
	enum handoff handoff = context->profile->handoff;
	return handoff == HANDOFF_SUPERVISE || (handoff == HANDOFF_AUTO && context->router->dies_of_orphans);
}

static json_t *router_container(const struct export *export)
{
	static const char *const own[] = {VOLUME_PATH "/siplaunch", "--plan", VOLUME_PATH "/plan.json",
					  "--report", "/dev/termination-log"};
	static const char *const mounts[][2] = {{VOLUME, VOLUME_PATH}};
	const struct export_request *request = export->request;
	json_t *router = json_checked(json_object());

	set(router, "name", json_string(ROUTER));
	image(router, request->image, "IMAGE", "fill it in, or give --image: the router's own, as it is");
	commented(router, "command",
		  command_json(own, is_supervised(request->context) ? ARRAY_SIZE(own) : 3, request->argv),
		  "siplaunch checks that the plan still fits, applies it, and starts the router");
	ports_and_probes(router, export);
	commented(
		router, "resources", json_object(),
		"requests are the same as limits: the pod is Guaranteed, killed last when the node runs full");
	commented(
		router, "resizePolicy",
		json_pack("[{s:s, s:s}]", "resourceName", "memory", "restartPolicy", "RestartContainer"),
		"the pools are sized at the start: less memory under a running router would end in an OOM kill");
	set(router, "securityContext", json_object());
	commented(
		router, "lifecycle", json_pack("{s:{s:{s:i}}}", "preStop", "sleep", "seconds", 10),
		"time for endpoints and load balancers to send no more calls here; Kubernetes has it from 1.30 on");
	set(router, "terminationMessagePath", json_string("/dev/termination-log"));
	if (is_supervised(request->context))
		comment(router, "terminationMessagePath",
			"how the router ended, an OOM kill among it, as siplaunch writes it");
	set(router, "terminationMessagePolicy", json_string("FallbackToLogsOnError"));
	json_t *list = mounts_json(mounts, 1);
	mount_configuration(list, request);
	mount_directories(list, export);
	set(router, "volumeMounts", list);
	return router;
}

/* ---- the pod ---- */

static json_t *volumes_json(const char *map)
{
	return json_pack("[{s:s, s:{s:s}}, {s:s, s:{s:s}}]", "name", VOLUME, "emptyDir", "sizeLimit", "16Mi",
			 "name", PROFILE_VOLUME, "configMap", "name", map);
}

/* What a container mounts for its directories has to be there. */
static void volumes_of_directories(json_t *spec, const struct export *export)
{
	for (size_t i = 0; i < export->count; i++) {
		const struct export_item *item = &export->items[i];
		const json_t *name = json_object_get(json_array_get(item->field, 0), "name");
		if (item->setting->below && item->by == EXPORT_BY_TOOL)
			append(json_object_get(spec, "volumes"),
			       json_pack("{s:s, s:{}}", "name", json_string_value(name), "emptyDir"));
	}
}

static void spread(json_t *spec, const struct export *export)
{
	commented(spec, "topologySpreadConstraints",
		  json_pack("[{s:i, s:s, s:s, s:{s:o}}]", "maxSkew", 1, "topologyKey",
			    "kubernetes.io/hostname", "whenUnsatisfiable", "ScheduleAnyway", "labelSelector",
			    "matchLabels", labels_json(export)),
		  "one node's end is not that of every router");
}

/* metadata and spec: a pod's own, or a Deployment's template. */
static json_t *pod_json(struct export *export, const char *map)
{
	json_t *pod = json_checked(json_object()), *metadata = json_checked(json_object());
	json_t *spec = json_checked(json_object());

	if (export->request->kind == EXPORT_POD)
		set(metadata, "name", json_string(export->request->name));
	set(metadata, "labels", labels_json(export));
	set(pod, "metadata", metadata);
	set(pod, "spec", spec);
	set(spec, "automountServiceAccountToken", json_false());
	set(spec, "hostIPC", json_false());
	set(spec, "securityContext", json_pack("{s:{s:s}}", "seccompProfile", "type", "RuntimeDefault"));
	comment(json_object_get(spec, "securityContext"), "seccompProfile",
		"the runtime's own filter; siplaunch installs the profile's on top of it");
	set(spec, "terminationGracePeriodSeconds", json_integer(60));
	set(spec, "initContainers", json_array());
	set(spec, "containers", json_array());
	append(json_object_get(spec, "containers"), router_container(export));
	if (export->request->kind == EXPORT_DEPLOYMENT)
		spread(spec, export);
	json_t *volumes = volumes_json(map);
	volumes_of_router(volumes, export);
	set(spec, "volumes", volumes);
	volumes_of_directories(spec, export);
	put_settings(pod, export);
	put_identity(pod, export);
	json_t *security = json_object_get(container_of(pod, "containers"), "securityContext");
	low_ports(pod, export);
	harden(export, security);
	append(json_object_get(spec, "initContainers"), init_container(export, security));
	return pod;
}

static json_t *deployment_json(const struct export *export, json_t *pod)
{
	json_t *spec = json_checked(
		json_pack("{s:i, s:{s:o}}", "replicas", 2, "selector", "matchLabels", labels_json(export)));
	json_t *deployment = json_checked(json_pack("{s:s, s:s, s:{s:s, s:o}}", "apiVersion", "apps/v1",
						    "kind", "Deployment", "metadata", "name",
						    export->request->name, "labels", labels_json(export)));
	set(spec, "template", pod);
	set(deployment, "spec", spec);
	return deployment;
}

/*
 * The whole profile, after extends and overrides. The init container does not see the router's configuration,
 * so that the processes and connections that were counted in it go with the profile; connections of a
 * workload are there already.
 */
static json_t *profile_json(const struct export *export)
{
	const struct context *context = export->request->context;
	json_t *profile = json_checked(json_deep_copy(context->profile->resolved));
	if (export->request->filter)
		set(profile, "seccomp", json_deep_copy(export->request->filter));
	if (!context->sized || !context->estimate->from_config)
		return profile;
	json_t *sizing = json_object_get(profile, "sizing");
	if (!sizing)
		set(profile, "sizing", sizing = json_object());
	set(sizing, "processes", json_integer((json_int_t)context->budget.processes));
	if (context->profile->sizing.workload.tcp_connections.kind != COUNT_NUMBER &&
	    context->profile->sizing.workload.tls_connections.kind != COUNT_NUMBER)
		set(sizing, "connections", json_integer((json_int_t)context->budget.connections));
	return profile;
}

static json_t *map_json(const struct export *export, const char *map)
{
	json_t *profile = profile_json(export), *data = json_checked(json_object());
	cleanup_free char *json = json_dumps(profile, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(profile);
	if (!json)
		alloc_failed();
	cleanup_free char *text = xasprintf("%s\n", json ? json : "");
	set(data, export->request->profile, json_string(text));
	json_t *object = json_pack("{s:s, s:s, s:{s:s, s:o}, s:o}", "apiVersion", "v1", "kind", "ConfigMap",
				   "metadata", "name", map, "labels", labels_json(export), "data", data);
	comment(json_checked(object), "data", "the profile, after extends, --set and --policy");
	return object;
}

void export_pod(struct export *export)
{
	cleanup_free char *map = xasprintf("%s-profile", export->request->name);
	json_t *pod = pod_json(export, map), *object;

	if (export->request->kind == EXPORT_DEPLOYMENT) {
		object = deployment_json(export, pod);
	} else {
		object = json_checked(json_pack("{s:s, s:s}", "apiVersion", "v1", "kind", "Pod"));
		json_object_update(object, pod);
		json_decref(pod);
	}
	export->manifests = json_checked(json_array());
	append(export->manifests, map_json(export, map));
	json_t *config = config_json(export);
	if (config)
		append(export->manifests, config);
	append(export->manifests, object);
}
