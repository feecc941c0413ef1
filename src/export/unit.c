/* SPDX-License-Identifier: MIT */
/* A service that launches the router through siplaunch. */
#include "export/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "router/router.h"

static void line(struct export *export, const char *text, const char *comment)
{
	export_line(export, xstrdup(text), comment ? xstrdup(comment) : NULL);
}

/* The lower-case name in the paths of the router's files; NULL: not a known router. */
static const char *router_name(const struct export *export)
{
	const struct router *router = export->request->context->router;
	return router->sizes_by_arguments ? router->name : NULL;
}

/* An owner as chown(1) reads it. "NAME:" is the user and its login group; of "5060:" chown refuses an id that
 * is not in passwd. Caller frees. */
static char *owner_of(const struct profile *profile)
{
	uint64_t id;
	return profile->group                  ? xasprintf("%s:%s", profile->user, profile->group)
	       : parse_u64(profile->user, &id) ? xstrdup(profile->user)
					       : xasprintf("%s:", profile->user);
}

/* systemd makes the unit's User= the owner; if siplaunch starts as root, the unit must change the owner to
 * the router's user. */
static void runtime_directory(struct export *export)
{
	const char *router = router_name(export);
	const struct profile *profile = export->request->context->profile;
	if (!router || export_item(export, SETTING_RUNTIME_DIRECTORIES))
		return;
	export_line(export, xasprintf("RuntimeDirectory=%s", router),
		    export->users
			    ? xasprintf("for its sockets and pid file: /run/user/UID/%s of that user; the "
					"router's command and configuration have to name it, in place of "
					"/run/%s",
					router, router)
			    : xstrdup("for its sockets and pid file"));
	line(export, "RuntimeDirectoryMode=0770", NULL);
	if (!export->root_why)
		return;
	cleanup_free char *owner = owner_of(profile);
	cleanup_free char *word = tool_unit_word(owner);
	export_line(export, xasprintf("ExecStartPre=chown %s /run/%s", word, router), NULL);
}

static char *command_line(const struct export *export)
{
	const struct export_request *request = export->request;
	cleanup_free char *path = export_profile_path(request);
	const char *manager = export->request->context->profile->cgroup.manager == MANAGER_ADOPT
				      ? " --set cgroup.manager=auto"
				      : "";
	cleanup_free char *group = export->delegated ? xasprintf(" --set cgroup.path=router%s", manager)
				   : export_item(export, SETTING_GROUP)
					   ? xstrdup(" --set cgroup.manager=adopt")
					   : xstrdup("");
	char *text = xasprintf("ExecStart=siplaunch --profile %s%s --", path, group);
	for (size_t i = 0; request->argv[i]; i++) {
		cleanup_free char *before = text, *word = tool_unit_word(request->argv[i]);
		/* a separate ";" begins another command */
		text = xasprintf("%s %s%s", before, strcmp(word, ";") == 0 ? "\\" : "", word);
	}
	return text;
}

static void place(struct export *export)
{
	const char *path = export->request->context->profile->cgroup.path;
	if (path && export_item(export, SETTING_GROUP)) {
		cleanup_free char *slice = NULL, *scope = NULL, *group = NULL;
		scope_names(path, &slice, &scope, &group);
		if (strcmp(slice, "-.slice") != 0)
			export_line(export, xasprintf("Slice=%s", slice),
				    xstrdup("cgroup/group: the slice of the profile's cgroup.path"));
	}
	if (export->delegated)
		line(export, "Delegate=yes",
		     "siplaunch makes the router's group below the unit's own, where systemd resets no "
		     "limit");
}

/* One directive a line; an item can have two. */
static void settings_of_unit(struct export *export)
{
	for (size_t i = 0; i < export->count; i++) {
		if (!export->items[i].text || export_said(export, i))
			continue;
		cleanup_free char *copy = xstrdup(export->items[i].text);
		char *rest = copy, *comment = export_comment(export, i);
		for (char *text; (text = strsep(&rest, "\n")); comment = NULL)
			export_line(export, xstrdup(text), comment);
	}
}

/* A user's systemd has neither the target nor the distribution's service. */
static void header(struct export *export)
{
	const char *router = router_name(export);
	line(export, "[Unit]", NULL);
	export_line(export, xasprintf("Description=%s, launched by siplaunch", export->request->name), NULL);
	line(export, "Documentation=man:siplaunch(1) man:siplaunch-profile(5)", NULL);
	if (!export->users) {
		line(export, "Wants=network-online.target", NULL);
		line(export, "After=network-online.target", NULL);
	}
	/* systemd drops a unit's conflict with itself, with a warning */
	if (!export->users && router && strcmp(router, export->request->name) != 0)
		export_line(export, xasprintf("Conflicts=%s.service", router),
			    xstrdup("the distribution's own"));
	line(export, "", NULL);
}

void export_unit(struct export *export)
{
	bool known = router_name(export) != NULL;

	header(export);
	line(export, "[Service]", NULL);
	line(export, "Type=notify", "siplaunch reports the start when it executes the command");
	export_line(
		export, command_line(export),
		export->root_why
			? xasprintf(
				  "as root, without User=: %s; then siplaunch changes to the profile's user",
				  export->root_why)
			: NULL);
	runtime_directory(export);
	place(export);
	settings_of_unit(export);
	line(export, "ManagedOOMPreference=avoid", "systemd-oomd ignores OOMScoreAdjust=");
	line(export, "KillMode=mixed", "the main process ends its children itself");
	line(export, known ? "Restart=always" : "Restart=on-failure",
	     known ? "a router can also exit 0 when one of its processes dies" : NULL);
	line(export, "RestartSec=2", NULL);
	line(export, "RestartPreventExitStatus=2 125 126 127",
	     "another start does not help after a refused launch");
	/* systemd itself knows only a death by SIGTERM as clean */
	if (export->request->context->profile->handoff == HANDOFF_SUPERVISE)
		line(export, "SuccessExitStatus=143",
		     "the supervisor exits with 128 + 15 for a router that SIGTERM ended, as of systemctl stop");
	line(export, "", NULL);
	line(export, "[Install]", NULL);
	line(export, export->users ? "WantedBy=default.target" : "WantedBy=multi-user.target",
	     export->users ? "at login; at boot after: loginctl enable-linger" : NULL);
}
