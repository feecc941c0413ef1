/* SPDX-License-Identifier: MIT */
/*
 * A pod, or a Deployment of pods: in an init container siplaunch sets the pod's IPC limits and sizes the
 * router for the router container's limit; in the router's container siplaunch does the rest.
 */
#include "export/pod.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/text.h"
#include "router/router.h"

#define CONTAINER    "spec.containers[]."
#define CPUS_ASSUMED "1"

/* ---- for all of the pod's files ---- */

void pod_comment(json_t *object, const char *key, const char *text)
{
	cleanup_free char *name = xasprintf("#%s", key);
	json_put(object, name, json_from_text(text));
}

void pod_commented(json_t *object, const char *key, json_t *value, const char *text)
{
	pod_comment(object, key, text);
	json_put(object, key, value);
}

json_t *pod_append(json_t *list, json_t *value)
{
	json_append(list, json_checked(value));
	return value;
}

json_t *pod_labels(const struct export *export)
{
	return json_pack("{s:s}", "app.kubernetes.io/name", export->request->name);
}

json_t *pod_container_of(json_t *pod, const char *list)
{
	return json_array_get(json_object_get(json_object_get(pod, "spec"), list), 0);
}

/* ---- settings ---- */

/* "a.b[]" is commented as "a.#b". Caller frees. */
static char *comment_path(const char *path)
{
	const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
	int length = (int)strlen(name) - (text_ends_with(path, "[]") ? 2 : 0);
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
	/* several settings share such a list: each has its comment above its own element */
	if (json_is_object(json_array_get(item->field, 0))) {
		json_t *list = json_checked(json_deep_copy(item->field));
		pod_comment(json_array_get(list, 0), "", text);
		put(pod, item->path, list, NULL);
		json_decref(list);
		return;
	}
	put(pod, item->path, item->field, text);
}

/* Equal limits and requests give the pod the QoS class Guaranteed. */
static void put_resources(json_t *pod, const struct export *export)
{
	static const char *const names[] = {"memory", "cpu"};
	static const enum setting_id settings_of[] = {SETTING_MEMORY_MAX, SETTING_CPU_MAX};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = xasprintf(CONTAINER "resources.limits.%s", names[i]);
		cleanup_free char *request = xasprintf(CONTAINER "resources.requests.%s", names[i]);
		const struct export_item *item = export_item(export, settings_of[i]);
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

/* A safe sysctl, which the level "restricted" allows. A capability would not help: in a pod only root gets
 * it. */
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
	pod_comment(
		json_array_get(list, 0), "",
		"a port below 1024 for a user who is not root; not with hostNetwork, where the node's value "
		"applies");
	put(pod, "spec.securityContext.sysctls[]", list, NULL);
	json_decref(list);
}

/* ---- the pod ---- */

static json_t *volumes_json(const char *map)
{
	return json_pack("[{s:s, s:{s:s}}, {s:s, s:{s:s}}]", "name", VOLUME, "emptyDir", "sizeLimit", "16Mi",
			 "name", PROFILE_VOLUME, "configMap", "name", map);
}

/* Adds the volumes that the container mounts for its directories. */
static void volumes_of_directories(json_t *spec, const struct export *export)
{
	for (size_t i = 0; i < export->count; i++) {
		const struct export_item *item = &export->items[i];
		const json_t *name = json_object_get(json_array_get(item->field, 0), "name");
		if (item->setting->below && item->by == EXPORT_BY_TOOL)
			pod_append(json_object_get(spec, "volumes"),
				   json_pack("{s:s, s:{}}", "name", json_string_value(name), "emptyDir"));
	}
}

static void spread(json_t *spec, const struct export *export)
{
	pod_commented(spec, "topologySpreadConstraints",
		      json_pack("[{s:i, s:s, s:s, s:{s:o}}]", "maxSkew", 1, "topologyKey",
				"kubernetes.io/hostname", "whenUnsatisfiable", "ScheduleAnyway",
				"labelSelector", "matchLabels", pod_labels(export)),
		      "one node's failure does not end every router");
}

static unsigned replicas(const struct export *export)
{
	return export->request->replicas ? export->request->replicas : EXPORT_REPLICAS;
}

/* metadata and spec: a pod's own, or a Deployment's template. */
static json_t *pod_json(struct export *export, const char *map)
{
	json_t *pod = json_checked(json_object()), *metadata = json_checked(json_object());
	json_t *spec = json_checked(json_object());

	if (export->request->kind == EXPORT_POD)
		json_put(metadata, "name", json_string(export->request->name));
	json_put(metadata, "labels", pod_labels(export));
	json_put(pod, "metadata", metadata);
	json_put(pod, "spec", spec);
	json_put(spec, "automountServiceAccountToken", json_false());
	json_put(spec, "hostIPC", json_false());
	json_put(spec, "securityContext", json_pack("{s:{s:s}}", "seccompProfile", "type", "RuntimeDefault"));
	pod_comment(json_object_get(spec, "securityContext"), "seccompProfile",
		    "the runtime's own filter; siplaunch installs the profile's in addition");
	json_put(spec, "terminationGracePeriodSeconds", json_integer(60));
	json_put(spec, "initContainers", json_array());
	json_put(spec, "containers", json_array());
	pod_append(json_object_get(spec, "containers"), pod_router_container(export));
	if (export->request->kind == EXPORT_DEPLOYMENT && replicas(export) > 1)
		spread(spec, export);
	json_t *volumes = volumes_json(map);
	pod_volumes_of_router(volumes, export);
	json_put(spec, "volumes", volumes);
	volumes_of_directories(spec, export);
	put_settings(pod, export);
	pod_put_identity(pod, export);
	json_t *security = json_object_get(pod_container_of(pod, "containers"), "securityContext");
	low_ports(pod, export);
	pod_harden(export, security);
	pod_append(json_object_get(spec, "initContainers"), pod_init_container(export, security));
	return pod;
}

static json_t *deployment_json(const struct export *export, json_t *pod)
{
	json_t *spec = json_checked(json_object());
	const char *text = export->request->fleet && replicas(export) > 1
				   ? "while one is down, the others carry the whole workload"
				   : NULL;
	json_t *deployment = json_checked(json_pack("{s:s, s:s, s:{s:s, s:o}}", "apiVersion", "apps/v1",
						    "kind", "Deployment", "metadata", "name",
						    export->request->name, "labels", pod_labels(export)));
	if (text)
		pod_comment(spec, "replicas", text);
	json_put(spec, "replicas", json_integer(replicas(export)));
	json_put(spec, "selector", json_pack("{s:o}", "matchLabels", pod_labels(export)));
	json_put(spec, "template", pod);
	json_put(deployment, "spec", spec);
	return deployment;
}

/*
 * A pod of a fleet is as small as its share permits. At its start more facts are known, such as the router's
 * version, and the share may need a MiB more. Then siplaunch must warn, and not refuse to start every pod.
 */
static void prefer_workload(json_t *profile)
{
	json_t *policy = json_object_get(profile, "policy");
	if (!policy)
		json_put(profile, "policy", policy = json_object());
	if (!json_object_get(policy, POLICY_WORKLOAD))
		json_put(policy, POLICY_WORKLOAD, json_string("prefer"));
}

/*
 * The whole profile, after extends and overrides. The init container cannot read the router's configuration,
 * so the profile gets the processes and connections that were counted in it. The connections of a workload
 * are already in the profile.
 */
static json_t *profile_json(const struct export *export)
{
	const struct context *context = export->request->context;
	json_t *profile = json_checked(json_deep_copy(context->profile->resolved));
	if (export->request->filter)
		json_put(profile, "seccomp", json_deep_copy(export->request->filter));
	if (export->request->fleet)
		prefer_workload(profile);
	if (!context->decision.sized || !context->estimate->from_config)
		return profile;
	json_t *sizing = json_object_get(profile, "sizing");
	if (!sizing)
		json_put(profile, "sizing", sizing = json_object());
	json_put(sizing, "processes", json_integer((json_int_t)context->decision.budget.processes));
	if (context->profile->sizing.workload.tcp_connections.kind != COUNT_NUMBER &&
	    context->profile->sizing.workload.tls_connections.kind != COUNT_NUMBER)
		json_put(sizing, "connections",
			 json_integer((json_int_t)context->decision.budget.connections));
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
	json_put(data, export->request->profile, json_string(text));
	json_t *object = json_pack("{s:s, s:s, s:{s:s, s:o}, s:o}", "apiVersion", "v1", "kind", "ConfigMap",
				   "metadata", "name", map, "labels", pod_labels(export), "data", data);
	pod_comment(json_checked(object), "data", "the profile, after extends, --set and --policy");
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
	pod_append(export->manifests, map_json(export, map));
	json_t *config = pod_config(export);
	if (config)
		pod_append(export->manifests, config);
	if (export->request->kind == EXPORT_DEPLOYMENT)
		pod_append_around(export->manifests, export, pod);
	pod_append(export->manifests, object);
}
