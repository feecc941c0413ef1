/* SPDX-License-Identifier: MIT */
/* docker run and podman run, a part of the command a line. */
#include "export/export.h"

#include "base/alloc.h"
#include "base/shell.h"

static void option(struct export *export, const char *name, const char *value, const char *comment)
{
	cleanup_free char *word = shell_quote(value);
	export_line(export, xasprintf("%s %s", name, word), comment ? xstrdup(comment) : NULL);
}

static void options_of_settings(struct export *export)
{
	if (export->root_why) {
		cleanup_free char *why = xasprintf(
			"siplaunch starts as root and becomes the profile's user: %s", export->root_why);
		option(export, "--user", "0:0", why);
	}
	for (size_t i = 0; i < export->count; i++)
		if (export->items[i].text && !export_said(export, i))
			export_line(export, xstrdup(export->items[i].text), export_comment(export, i));
}

void export_engine(struct export *export)
{
	const struct export_request *request = export->request;
	cleanup_free char *path = export_profile_path(request);
	cleanup_free char *mount = xasprintf("./%s:%s:ro", request->profile, path);
	cleanup_free char *image = shell_quote(request->image ? request->image : "IMAGE");

	export_line(export, xasprintf("%s run", tool_name(request->tool)), NULL);
	option(export, "--name", request->name, NULL);
	options_of_settings(export);
	option(export, "--volume", mount, "the profile");
	option(export, "--entrypoint", "siplaunch",
	       "whatever the image's own entry point is; siplaunch has to be in it");
	export_line(export, xstrdup(image), request->image ? NULL : xstrdup("fill it in, or give --image"));
	option(export, "--profile", path, NULL);
	char *command = xstrdup("--");
	for (size_t i = 0; request->argv[i]; i++) {
		cleanup_free char *word = shell_quote(request->argv[i]);
		command = shell_join(command, word);
	}
	export_line(export, command, NULL);
}
