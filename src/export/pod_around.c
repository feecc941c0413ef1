/* SPDX-License-Identifier: MIT */
/* The objects around a Deployment's pods: a Service, a disruption budget and a network policy. */
#include "export/pod.h"

#include "base/json.h"
#include "base/json_value.h"

static json_t *object_json(const struct export *export, const char *version, const char *kind, json_t *spec)
{
	return json_checked(json_pack("{s:s, s:s, s:{s:s, s:o}, s:o}", "apiVersion", version, "kind", kind,
				      "metadata", "name", export->request->name, "labels", pod_labels(export),
				      "spec", spec));
}

static json_t *selector_json(const struct export *export)
{
	return json_pack("{s:o}", "matchLabels", pod_labels(export));
}

/* ---- the Service ---- */

static json_t *service_ports(const json_t *ports)
{
	json_t *list = json_checked(json_array()), *port;
	size_t i;

	json_array_foreach(ports, i, port)
	{
		pod_append(list, json_pack("{s:O, s:O, s:O, s:O}", "name", json_object_get(port, "name"),
					   "port", json_object_get(port, "containerPort"), "targetPort",
					   json_object_get(port, "name"), "protocol",
					   json_object_get(port, "protocol")));
	}
	return list;
}

static json_t *service_json(const struct export *export, const json_t *ports)
{
	json_t *spec = json_checked(json_object());
	json_put(spec, "type", json_string("LoadBalancer"));
	pod_commented(spec, "externalTrafficPolicy", json_string("Local"),
		      "keeps the source addresses, by which the router detects NAT and authenticates trunks");
	pod_commented(spec, "sessionAffinity", json_string("ClientIP"),
		      "a phone's next connection reaches the router that has its registration in memory");
	json_put(spec, "selector", pod_labels(export));
	pod_commented(spec, "ports", service_ports(ports),
		      "the ports of the router's container: remove those that phones and trunks do not need");
	return object_json(export, "v1", "Service", spec);
}

/* ---- the disruption budget ---- */

static json_t *budget_json(const struct export *export)
{
	json_t *spec = json_checked(json_object());
	pod_commented(spec, "maxUnavailable", json_integer(1),
		      "the drain of nodes ends one router at a time, and is never blocked by a single one");
	pod_commented(spec, "unhealthyPodEvictionPolicy", json_string("AlwaysAllow"),
		      "a router that never became ready does not block the drain of a node");
	json_put(spec, "selector", selector_json(export));
	return object_json(export, "policy/v1", "PodDisruptionBudget", spec);
}

/* ---- the network policy ---- */

static json_t *ingress_json(const json_t *ports)
{
	json_t *list = json_checked(json_array()), *port;
	size_t i;

	json_array_foreach(ports, i, port)
	{
		pod_append(list, json_pack("{s:O, s:O}", "port", json_object_get(port, "name"), "protocol",
					   json_object_get(port, "protocol")));
	}
	return json_pack("[{s:o}]", "ports", list);
}

static json_t *egress_json(void)
{
	json_t *list = json_checked(json_array());
	json_t *names = pod_append(list, json_pack("{s:[{s:i, s:s}, {s:i, s:s}]}", "ports", "port", 53,
						   "protocol", "UDP", "port", 53, "protocol", "TCP"));
	json_t *cluster = pod_append(list, json_pack("{s:[{s:{}}]}", "to", "namespaceSelector"));
	json_t *beyond =
		pod_append(list, json_pack("{s:[{s:{s:s, s:[s]}}, {s:{s:s, s:[s, s]}}]}", "to", "ipBlock",
					   "cidr", "0.0.0.0/0", "except", "169.254.0.0/16", "ipBlock", "cidr",
					   "::/0", "except", "fe80::/10", "fd00:ec2::254/128"));
	pod_comment(names, "",
		    "any name server: also a cache on the node, whose address is often link-local");
	pod_comment(cluster, "", "RTP engines, databases and other routers in the cluster");
	pod_comment(
		beyond, "",
		"phones behind NAT and trunks have any address and port; clouds keep credentials at link-local "
		"addresses");
	return list;
}

static json_t *policy_json(const struct export *export, const json_t *ports)
{
	json_t *spec = json_checked(json_object());
	json_put(spec, "podSelector", selector_json(export));
	json_put(spec, "policyTypes", json_pack("[s, s]", "Ingress", "Egress"));
	pod_commented(
		spec, "ingress", ingress_json(ports),
		"the ports of the router's container, from everywhere; metrics that the router serves on "
		"another port need a rule");
	json_put(spec, "egress", egress_json());
	return object_json(export, "networking.k8s.io/v1", "NetworkPolicy", spec);
}

void pod_append_around(json_t *manifests, const struct export *export, json_t *pod)
{
	const json_t *ports = json_object_get(pod_container_of(pod, "containers"), "ports");
	if (json_array_size(ports))
		pod_append(manifests, service_json(export, ports));
	pod_append(manifests, budget_json(export));
	if (json_array_size(ports))
		pod_append(manifests, policy_json(export, ports));
}
