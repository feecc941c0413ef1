/* SPDX-License-Identifier: MIT */
/* The users and capabilities of a pod's containers, and the Pod Security Standards that they meet. */
#include "export/pod.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"

/* ---- who it runs as ---- */

void pod_put_identity(json_t *pod, const struct export *export)
{
	json_t *security = json_object_get(pod_container_of(pod, "containers"), "securityContext");
	const struct export_item *user = export_item(export, SETTING_UID);
	const struct identity *identity = export->request->identity;
	json_t *as = json_object_get(security, "runAsUser");

	if (export->root_why) {
		cleanup_free char *why = xasprintf(
			"siplaunch starts as root and changes to the profile's user: %s", export->root_why);
		pod_commented(security, "runAsUser", json_integer(0), why);
	} else if (!user) {
		pod_commented(
			security, "runAsNonRoot", json_true(),
			"the profile names no user: the image's has to be a number other than 0, or give --set "
			"user=NUMBER");
	} else if (!as) {
		cleanup_free char *text = xasprintf("identity/user: %s", user->note);
		pod_commented(security, "runAsNonRoot", json_true(), text);
	} else if (as && json_integer_value(as) != 0) {
		json_put(security, "runAsNonRoot", json_true());
	}
	/* if the profile has no group: the user's primary group */
	if (!export->root_why && identity && identity->has_group && as &&
	    !json_object_get(security, "runAsGroup"))
		pod_commented(security, "runAsGroup", json_integer(identity->gid),
			      "the user's primary group");
}

static void drop_capabilities(json_t *security)
{
	json_t *capabilities = json_object_get(security, "capabilities");
	if (!capabilities)
		json_put(security, "capabilities", capabilities = json_object());
	json_put(capabilities, "drop", json_pack("[s]", "ALL"));
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
		if (item->setting->mechanism == MECHANISM_SYSCTL && item->field && item->setting->pod_note)
			return true;
	}
	return false;
}

/* Adds the requirements that the router's container does not meet, with the reasons. */
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

void pod_harden(struct export *export, json_t *security)
{
	const json_t *as = json_object_get(security, "runAsUser");
	bool root = as && json_integer_value(as) == 0;
	if (!json_object_get(security, "allowPrivilegeEscalation"))
		json_put(security, "allowPrivilegeEscalation", json_false());
	if (!root || export_item(export, SETTING_CAPABILITIES))
		drop_capabilities(security);
	if (export_knows_router(export))
		pod_commented(
			security, "readOnlyRootFilesystem", json_true(),
			"the router writes to the volumes run and tmp only; other files need a volume of "
			"their own");
	judge(export, security);
}

/* ---- the init container ---- */

static bool init_writes(const struct export *export)
{
	for (size_t i = 0; i < export->count; i++)
		if (export->items[i].setting->mechanism == MECHANISM_SYSCTL &&
		    export->items[i].by == EXPORT_BY_LAUNCHER)
			return true;
	return false;
}

#define ANYBODY 65532 /* any id except root's: the files that init writes are readable for all */

/* The same user as the router, for which it writes files. */
static void init_identity(json_t *security, const json_t *router)
{
	const json_t *user = json_object_get(router, "runAsUser"),
		     *group = json_object_get(router, "runAsGroup");
	if (user)
		json_put(security, "runAsUser", json_deep_copy(user));
	else
		pod_commented(security, "runAsUser", json_integer(ANYBODY), "any user except root");
	if (group)
		json_put(security, "runAsGroup", json_deep_copy(group));
	if (!user || json_integer_value(user) != 0)
		json_put(security, "runAsNonRoot", json_true());
}

void pod_init_security(json_t *init, struct export *export, const json_t *router)
{
	json_t *security = json_checked(json_object());

	if (init_writes(export)) {
		pod_commented(
			init, "securityContext", security,
			"/proc/sys can be written in a privileged container only; the pod's IPC namespace is all "
			"that siplaunch changes there");
		json_put(security, "privileged", json_true());
		json_put(security, "runAsUser", json_integer(0));
		unmet(export,
		      "Privileged Containers (level baseline), Privilege Escalation, Running as Non-root, "
		      "Capabilities",
		      "the init container writes IPC limits; it has ended when the router starts");
	} else {
		pod_commented(init, "securityContext", security,
			      "it writes no IPC limit, and needs no privilege");
		init_identity(security, router);
		json_put(security, "allowPrivilegeEscalation", json_false());
		drop_capabilities(security);
	}
	json_put(security, "readOnlyRootFilesystem", json_true());
}
