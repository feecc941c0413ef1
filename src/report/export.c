/* SPDX-License-Identifier: MIT */
#include "report/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/shell.h"
#include "export/export.h"
#include "report/fleet.h"
#include "session/session.h"
#include "text/format.h"
#include "text/paste.h"
#include "text/yaml.h"

enum { COLUMNS = 110, INDENT = 4 };

/* Prints a comment; with an indent behind its "#" it belongs to the line above. */
static void say(FILE *out, const char *text, size_t indent)
{
	char *lines = NULL;
	size_t size;
	FILE *memory = open_memstream(&lines, &size);

	if (!memory) {
		alloc_failed();
		return;
	}
	format_comment(memory, text, 0, COLUMNS - indent);
	fclose(memory);
	char *rest = lines;
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			fprintf(out, "#%*s%s\n", (int)indent, "", line + 1);
	free(lines);
}

/* ---- the head ---- */

static char *listed(char *text, const char *option, const char *prefix, const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		cleanup_free char *whole = xasprintf("%s%s", prefix, texts->items[i]);
		cleanup_free char *word = shell_quote(whole);
		cleanup_free char *both = xasprintf("--%s %s", option, word);
		text = shell_join(text, both);
	}
	return text;
}

/* The command that creates the profile's file again. `profiles` has no --workload, which is applied after all
 * of --set. Caller frees. */
static char *profile_command(const struct session *session, const char *file)
{
	cleanup_free char *name = shell_quote(session->profile.name), *target = shell_quote(file);
	char *text = xstrdup("siplaunch profiles");
	const struct profile_selection *selection = session->purpose.selection;
	text = listed(text, "profile-dir", "", &selection->directories);
	text = listed(text, "set", "", &selection->sets);
	text = listed(text, "set", "sizing.workload.", &selection->workloads);
	if (session->manager_is_exported)
		text = shell_join(text, "--set cgroup.manager=auto");
	text = listed(text, "policy", "", &selection->policies);
	cleanup_free char *command = text;
	return xasprintf("%s show %s >%s", command, name, target);
}

static void print_sizes(FILE *out, const struct session *session)
{
	const struct context *context = &session->context;
	const struct budget *budget = &context->decision.budget;
	const char *config = session->command.config;
	if (!context->decision.sized)
		return;
	cleanup_free char *limit = format_bytes(budget->limit_bytes);
	cleanup_free char *from =
		context->profile->sizing.processes.kind == COUNT_NUMBER ? xstrdup("as the profile says")
		: context->estimate->from_config
			? xasprintf("as counted in %s", config)
			: xasprintf("assumed, since %s could not be read: give it with --set "
				    "sizing.processes=NUMBER",
				    config ? config : "the configuration");
	cleanup_free char *text =
		xasprintf("%s for %" PRIu64 " processes (%s): -m %" PRIu64 " -M %" PRIu64, limit,
			  budget->processes, from, budget->shared_mib, budget->private_mib);
	say(out, text, 0);
}

/* The number of pods, and the share of each. */
static void print_fleet(FILE *out, const struct fleet *fleet)
{
	if (!fleet->pods)
		return;
	cleanup_free char *pods = report_fleet_text(fleet), *shares = report_fleet_shares(fleet);
	say(out, pods, 0);
	say(out, shares, INDENT);
}

/* Where the number of processes comes from, a line of the configuration each. */
static void print_processes(FILE *out, const struct context *context)
{
	const struct estimate *estimate = context->estimate;
	if (!context->decision.sized || context->profile->sizing.processes.kind == COUNT_NUMBER)
		return;
	for (size_t i = 0; i < estimate->line_count; i++) {
		const struct estimate_line *line = &estimate->lines[i];
		cleanup_free char *where =
			line->file ? xasprintf(" (%s:%u)", line->file, line->line) : xstrdup("");
		cleanup_free char *text = xasprintf("%u: %s%s", line->processes, line->why, where);
		cleanup_free char *safe = format_printable(text);
		say(out, safe, INDENT);
	}
	for (size_t i = 0; !estimate->exact && i < estimate->warning_count; i++) {
		cleanup_free char *text = xasprintf("uncertain: %s", estimate->warnings[i]);
		cleanup_free char *safe = format_printable(text);
		say(out, safe, INDENT);
	}
}

static void print_pod_security(FILE *out, const struct export *export)
{
	fprintf(out, "#\n");
	if (!export->unmet_count) {
		say(out, "It meets the level restricted of the Pod Security Standards.", 0);
		return;
	}
	say(out, "It does not meet the level restricted of the Pod Security Standards:", 0);
	for (size_t i = 0; i < export->unmet_count; i++)
		say(out, export->unmet[i], INDENT);
}

static bool same_reason(const struct export_item *a, const struct export_item *b)
{
	return a->by == b->by && a->note && b->note && strcmp(a->note, b->note) == 0;
}

static char *named(const struct export_item *item)
{
	cleanup_free char *value = format_value(&item->value, false);
	return xasprintf("%s/%s %s", mechanism_name(item->setting->mechanism), item->setting->name, value);
}

static bool was_reported(const struct export *export, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (same_reason(&export->items[i], &export->items[index]))
			return true;
	return false;
}

static char *named_with_peers(const struct export *export, size_t index)
{
	char *names = named(&export->items[index]);
	for (size_t i = index + 1; i < export->count; i++) {
		if (!same_reason(&export->items[index], &export->items[i]))
			continue;
		cleanup_free char *next = named(&export->items[i]);
		text_append(&names, ", ", "%s", next);
	}
	return names;
}

/* The settings that the document does not set, grouped by their reason. */
static void print_unsaid(FILE *out, const struct export *export)
{
	bool begun = false;
	for (size_t i = 0; i < export->count; i++) {
		const struct export_item *first = &export->items[i];
		if (first->text || first->field || was_reported(export, i))
			continue;
		if (!begun)
			fprintf(out, "#\n# What it does not set:\n");
		begun = true;
		cleanup_free char *names = named_with_peers(export, i);
		cleanup_free char *text = xasprintf(
			"%s%s: %s", first->by == EXPORT_BY_NOBODY ? "NOT SET: " : "", names, first->note);
		say(out, text, INDENT);
	}
}

static void print_head(FILE *out, const struct session *session, const struct export *export)
{
	cleanup_free char *text =
		xasprintf("%s for %s, from the profile %s, by siplaunch %s", export->request->name,
			  tool_name(export->request->tool), session->profile.name, SIPLAUNCH_VERSION);
	say(out, text, 0);
	print_fleet(out, &session->fleet);
	print_sizes(out, session);
	print_processes(out, &session->context);
	if (export->request->tool == TOOL_POD)
		print_pod_security(out, export);
	if (export->request->tool == TOOL_SYSCTL)
		say(out, "siplaunch sets everything else when it starts the router.", 0);
	else
		print_unsaid(out, export);
}

/* If the command takes several lines, a shell joins them after the "#" are removed. */
static void print_profile_command(FILE *out, const struct session *session, const char *lead,
				  const char *file)
{
	cleanup_free char *command = profile_command(session, file);
	cleanup_free char *safe = format_printable(command);
	char *lines = NULL;
	size_t size;
	FILE *memory = open_memstream(&lines, &size);

	if (!memory) {
		alloc_failed();
		return;
	}
	paste_print(memory, safe, 0, COLUMNS - INDENT - 1);
	fclose(memory);
	fprintf(out, "#\n");
	say(out, lead, 0);
	char *rest = lines;
	for (char *line; (line = strsep(&rest, "\n"));)
		fprintf(out, "#%*s%s\n", INDENT, "", line);
	free(lines);
}

/* ---- docker, podman ---- */

static void print_engine(FILE *out, const struct session *session, const struct export *export)
{
	print_profile_command(out, session,
			      "The profile goes into the container as one file:", export->request->profile);
	fprintf(out, "#\n");
	for (size_t i = 0; i < export->line_count; i++) {
		if (!export->lines[i].comment)
			continue;
		fprintf(out, "# %s\n", export->lines[i].text);
		say(out, export->lines[i].comment, INDENT);
	}
	for (size_t i = 0; i < export->line_count; i++)
		fprintf(out, "%s%s%s", i ? " \\\n  " : "", export->lines[i].text,
			i + 1 == export->line_count ? "\n" : "");
}

/* ---- units, sysctl.d ---- */

static void print_lines(FILE *out, const struct export *export)
{
	for (size_t i = 0; i < export->line_count; i++) {
		if (export->lines[i].comment)
			format_comment(out, export->lines[i].comment, 0, COLUMNS);
		fprintf(out, "%s\n", export->lines[i].text);
	}
}

/* Who runs the router, where the profile does not say. */
static const char *unit_owner(const struct export *export)
{
	if (export->users)
		return ", in a user's own systemd. The profile names no user: as a service of the machine the "
		       "router would run as root. For a service of the machine: --set user=NAME";
	return export_item(export, SETTING_UID)
		       ? ""
		       : ", where the router runs as root, because the profile names no user. For another "
			 "one: --set user=NAME";
}

static void print_unit(FILE *out, const struct session *session, const struct export *export)
{
	cleanup_free char *path = export_profile_path(export->request);
	cleanup_free char *unit = export_unit_path(export);
	const char *who = unit_owner(export);
	cleanup_free char *lead = xasprintf("For %s%s. The profile goes with it, as one file:", unit, who);
	print_profile_command(out, session, lead, path);
	fprintf(out, "\n");
	print_lines(out, export);
}

static void print_sysctl(FILE *out, const struct session *session, const struct export *export)
{
	fprintf(out, "#\n");
	say(out, "For /etc/sysctl.d/60-siplaunch.conf; sysctl --system reads it.", 0);
	if (session->profile.ipc.namespace == IPC_PRIVATE)
		say(out,
		    "It sets the machine's own IPC namespace. The profile gives the router one of its own, "
		    "which begins with the kernel's defaults and not with these: there siplaunch sets them. "
		    "These are for the machine's other programs.",
		    0);
	fprintf(out, "\n");
	print_lines(out, export);
	if (!export->line_count)
		fprintf(out, "# The profile sets no sysctl.\n");
}

/* ---- Kubernetes ---- */

static void print_manifests(FILE *out, const struct export *export)
{
	for (size_t i = 0; i < json_array_size(export->manifests); i++) {
		fprintf(out, "%s\n", i ? "---" : "");
		manifest_print(out, json_array_get(export->manifests, i), 0);
	}
}

void report_export(FILE *out, const struct session *session, const struct export *export)
{
	print_head(out, session, export);
	switch (export->request->tool) {
	case TOOL_DOCKER:
	case TOOL_PODMAN:
		print_engine(out, session, export);
		break;
	case TOOL_COMPOSE:
		print_profile_command(out, session, "Put the profile next to compose.yaml, as one file:",
				      export->request->profile);
		print_manifests(out, export);
		break;
	case TOOL_POD:
		print_manifests(out, export);
		break;
	case TOOL_UNIT:
		print_unit(out, session, export);
		break;
	case TOOL_SYSCTL:
		print_sysctl(out, session, export);
		break;
	case TOOL_SHELL:
		break;
	}
}

/* ---- JSON ---- */

static json_t *item_json(const struct export_item *item)
{
	cleanup_free char *name =
		xasprintf("%s/%s", mechanism_name(item->setting->mechanism), item->setting->name);
	const char *by = export_by_name(item->by);
	json_t *expressed = json_from_text(item->text);
	if (item->field) {
		json_decref(expressed);
		expressed = json_checked(json_pack("{s:s, s:O}", "path", item->path, "value", item->field));
	}
	return json_checked(json_pack("{s:s, s:o, s:o, s:o, s:o}", "setting", name, "value",
				      json_from_value(&item->value), "by", json_from_text(by), "expressed",
				      expressed, "note", json_from_text(item->note)));
}

static char *lines_text(const struct export *export, const char *separator)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < export->line_count; i++)
		text_append(&text, separator, "%s", export->lines[i].text);
	return text;
}

static json_t *document_json(const struct export *export)
{
	cleanup_free char *name = NULL;
	bool engine = tool_is_engine(export->request->tool);
	if (export->request->tool == TOOL_POD)
		return manifest_plain(export->manifests);
	if (export->request->tool == TOOL_COMPOSE)
		return manifest_plain(json_array_get(export->manifests, 0));
	cleanup_free char *text = lines_text(export, engine ? " " : "\n");
	if (engine)
		return json_checked(json_pack("{s:o}", "command", json_from_text(text)));
	name = export->request->tool == TOOL_UNIT ? export_unit_path(export)
						  : xstrdup("/etc/sysctl.d/60-siplaunch.conf");
	cleanup_free char *whole = xasprintf("%s%s", text, *text ? "\n" : "");
	return json_checked(json_pack("{s:s, s:o}", "file", name, "text", json_from_text(whole)));
}

json_t *report_export_json(const struct session *session, const struct export *export)
{
	json_t *document = json_document_begin(SCHEMA_EXPORT), *items = json_checked(json_array());
	cleanup_free char *path = export_profile_path(export->request);
	const struct plan *plan = &session->plan;

	for (size_t i = 0; i < export->count; i++)
		json_append(items, item_json(&export->items[i]));
	json_put(document, "tool", json_from_text(tool_name(export->request->tool)));
	json_put(document, "settings", items);
	json_put(document, "profile",
		 json_checked(json_pack("{s:s, s:O}", "file", path, "content", session->profile.resolved)));
	json_put(document, "document", document_json(export));
	if (export->request->tool == TOOL_POD)
		json_put(document, "podSecurity",
			 json_checked(json_pack("{s:b, s:o}", "restricted", export->unmet_count == 0, "unmet",
						json_from_texts(export->unmet, export->unmet_count))));
	if (session->fleet.pods)
		json_put(document, "fleet", report_fleet_json(&session->fleet));
	json_put(document, "warnings", json_from_texts(plan->warnings, plan->warning_count));
	return document;
}
