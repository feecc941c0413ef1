/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_EXPORT_POD_H
#define SIPLAUNCH_EXPORT_POD_H
/*
 * Private to the pod export: the pod (pod.c), its containers (pod_containers.c), their users and capabilities
 * (pod_security.c), the router's configuration (pod_config.c), and the objects around the pod (pod_around.c).
 */
#include "export/export.h"

#define ROUTER         "router"
#define VOLUME         "siplaunch"
#define VOLUME_PATH    "/siplaunch" /* where VOLUME is mounted */
#define PROFILE_VOLUME "profile"

/* ---- pod.c ---- */

/* Adds a comment to a member. A comment is itself a member: see text/yaml.h. */
void pod_comment(json_t *object, const char *key, const char *text);

/* Sets a member with its comment; takes ownership of the value. */
void pod_commented(json_t *object, const char *key, json_t *value, const char *text);

/* Adds to a list; takes ownership of the value, and returns it (borrowed). */
json_t *pod_append(json_t *list, json_t *value);

/* The labels that select the pod's objects; a new reference. */
json_t *pod_labels(const struct export *export);

/* The first container of "containers" or "initContainers"; borrowed. */
json_t *pod_container_of(json_t *pod, const char *list);

/* ---- pod_security.c ---- */

void pod_put_identity(json_t *pod, const struct export *export);

/* The strictest security context that the profile allows; adds unmet requirements to export->unmet. */
void pod_harden(struct export *export, json_t *security);

/* The security context of the init container, derived from the router's. */
void pod_init_security(json_t *init, struct export *export, const json_t *router);

/* ---- pod_containers.c: new references ---- */

json_t *pod_init_container(struct export *export, const json_t *router);
json_t *pod_router_container(const struct export *export);

/* ---- pod_config.c ---- */

void pod_mount_configuration(json_t *mounts, const struct export_request *request);
void pod_mount_directories(json_t *mounts, const struct export *export);
void pod_volumes_of_router(json_t *volumes, const struct export *export);

/* The ConfigMap, or a Secret where the configuration seems to have a password; a new reference. NULL: the
 * export cannot include it. */
json_t *pod_config(const struct export *export);

/* ---- pod_around.c ---- */

/*
 * Adds a PodDisruptionBudget for the Deployment's pods, and a Service and a NetworkPolicy for the ports of
 * the router's container: without known ports neither.
 */
void pod_append_around(json_t *manifests, const struct export *export, json_t *pod);

#endif
