/* SPDX-License-Identifier: MIT */
#include "session/plan_file.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json_decode.h"
#include "base/json_value.h"
#include "base/text.h"
#include "router/router.h"
#include "router/routers.h"
#include "session/session.h"

/* ---- made ---- */

static json_t *budget_json(const struct context *context)
{
	const struct budget *budget = &context->decision.budget;
	if (!context->decision.sized)
		return json_null();
	return json_checked(json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o}", "limit", json_from_number(budget->limit_bytes), "source",
		json_from_text(budget->limit_source), "processes", json_from_number(budget->processes),
		"connections", json_from_number(budget->connections), "shared",
		json_from_number(budget->shared_mib * MIB), "private",
		json_from_number(budget->private_mib * MIB)));
}

/* The values in force in the IPC namespace. */
static json_t *sysctls_json(const struct plan *plan)
{
	json_t *object = json_checked(json_object());
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->status != STATUS_APPLIED && step->status != STATUS_SATISFIED)
			continue;
		cleanup_free char *text = value_kernel_text(&step->actual, NULL);
		json_put(object, step->setting->name, json_from_text(text));
	}
	return object;
}

json_t *plan_file_json(const struct session *session, const char *profile)
{
	return json_checked(json_pack("{s:i, s:s, s:o, s:s, s:o, s:o, s:o}", "version", PLAN_FILE_VERSION,
				      "siplaunch", SIPLAUNCH_VERSION, "profile", json_from_text(profile),
				      "router", session->router->name, "command",
				      session_command_json(session), "budget", budget_json(&session->context),
				      "sysctl", sysctls_json(&session->plan)));
}

/* ---- read ---- */

/* Everything that init writes is far below this: no sum or product of it can overflow. */
#define NUMBER_MAX (INT64_MAX / 16)

#define FIELD(member) offsetof(struct prepared, member)

static void decode_mib(struct decoder *decoder, const struct node *node, const struct key *key)
{
	uint64_t bytes;
	if (decode_bounded(decoder, node, key, &bytes))
		*(uint64_t *)decoder_field(decoder, key) = bytes / MIB;
}

static void decode_budget(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct prepared *prepared = decoder->target;
	prepared->sized = json_is_object(node->value);
	if (prepared->sized)
		decode_object(decoder, node, key);
}

/* True for a path below the document's own folder: whoever may write one may write the other. */
static bool is_beside(const char *path)
{
	return *path != '/' && *path != '.' && !strstr(path, "/.") && strlen(path) > strlen(".json") &&
	       text_ends_with(path, ".json");
}

static void decode_profile(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct prepared *prepared = decoder->target;
	const char *path = json_string_value(node->value);
	if (!is_beside(path)) {
		must_be(decoder, node, key->allowed, NULL);
		return;
	}
	cleanup_free char *copy = xstrdup(prepared->file);
	free(prepared->profile);
	/* the slash makes it a path, whatever the folder is called */
	prepared->profile = xasprintf("%s/%s", dirname(copy), path);
}

static void check_text(struct decoder *decoder, const struct node *node, const struct key *key)
{
	(void)key;
	if (!json_is_string(node->value))
		must_be(decoder, node, "a string", NULL);
}

static void decode_command(struct decoder *decoder, const struct node *node, const struct key *key)
{
	each_element(decoder, node, key, check_text);
}

static void check_sysctl(struct decoder *decoder, const struct node *node, const char *name,
			 const struct key *key)
{
	if (setting_find(MECHANISM_SYSCTL, name))
		check_text(decoder, node, key);
	else
		problem_unknown_key(decoder->problems, decoder->document, node->pointer, name, NULL);
}

static void decode_sysctls(struct decoder *decoder, const struct node *node, const struct key *key)
{
	each_member(decoder, node, key, check_sysctl);
}

#define WHOLE_MIB(NAME, DECODE, MEMBER)                                                        \
	{                                                                                      \
		.name = NAME, .types = TYPE_INTEGER, .decode = DECODE, .field = FIELD(MEMBER), \
		.allowed = "a number of bytes in whole MiB", .required = true, .minimum = MIB, \
		.maximum = NUMBER_MAX, .multiple = MIB                                         \
	}

#define TEXT(NAME)                                                                           \
	{                                                                                    \
		.name = NAME, .types = TYPE_STRING, .allowed = "a string", .required = true, \
		.decode = decode_ignore                                                      \
	}

static const struct key budget_keys[] = {
	WHOLE_MIB("limit", decode_number, limit_bytes),
	TEXT("source"),
	{.name = "processes",
	 .types = TYPE_INTEGER,
	 .allowed = "a number of processes from 1 on",
	 .required = true,
	 .decode = decode_number,
	 .field = FIELD(processes),
	 .minimum = 1,
	 .maximum = NUMBER_MAX},
	{.name = "connections",
	 .types = TYPE_INTEGER,
	 .allowed = "a number of connections",
	 .required = true,
	 .decode = decode_number,
	 .field = FIELD(connections),
	 .maximum = NUMBER_MAX},
	WHOLE_MIB("shared", decode_mib, shared_mib),
	WHOLE_MIB("private", decode_mib, private_mib),
	{0},
};

static const struct key plan_keys[] = {
	{.name = "version", .types = TYPE_INTEGER, .required = true, .decode = decode_ignore},
	TEXT("siplaunch"),
	{.name = "profile",
	 .types = TYPE_STRING,
	 .allowed = "the path of a profile in a folder next to the plan",
	 .required = true,
	 .decode = decode_profile},
	{.name = "router",
	 .types = TYPE_STRING,
	 .allowed = "the name of a router that siplaunch knows",
	 .required = true,
	 .decode = decode_word,
	 .field = FIELD(router),
	 .choices = (const char *const[]){ROUTERS(ROUTER_NAME) "generic", NULL}},
	{.name = "command",
	 .types = TYPE_ARRAY,
	 .allowed = "an array of strings",
	 .required = true,
	 .decode = decode_command},
	{.name = "budget",
	 .types = TYPE_OBJECT | TYPE_NULL,
	 .allowed = "an object, or null for a router that nothing is computed for",
	 .required = true,
	 .decode = decode_budget,
	 .members = budget_keys},
	{.name = "sysctl",
	 .types = TYPE_OBJECT,
	 .allowed = "an object of sysctls and their values",
	 .required = true,
	 .decode = decode_sysctls},
	{0},
};
static const struct key plan_key = {.types = TYPE_OBJECT, .allowed = "an object", .members = plan_keys};

/* This version cannot know what another one means by its members: it looks at nothing else. */
static bool is_our_version(const struct decoder *decoder)
{
	const struct node version = {json_object_get(decoder->document->root, "version"), "/version"};
	if (!json_is_integer(version.value)) {
		must_be(decoder, &version, "1", NULL);
		return false;
	}
	if (json_integer_value(version.value) == PLAN_FILE_VERSION)
		return true;
	problem_here(decoder, &version, "use the siplaunch that init installed next to the plan (--install)",
		     "version %" JSON_INTEGER_FORMAT
		     " of a plan is not known to siplaunch %s, which reads %d",
		     json_integer_value(version.value), SIPLAUNCH_VERSION, PLAN_FILE_VERSION);
	return false;
}

static void decode_plan(struct decoder *decoder)
{
	const struct node whole = {decoder->document->root, ""};
	if (!node_check_type(decoder, &whole, &plan_key))
		return;
	if (!json_object_get(whole.value, "version"))
		problem_here(decoder, &whole, "give a file that siplaunch init wrote",
			     "it is no plan: \"version\" is missing");
	else if (is_our_version(decoder))
		decode_object(decoder, &whole, &plan_key);
}

static int read_file(struct prepared *prepared, char **text, size_t *length, struct error *error)
{
	struct trust_trail trail = TRUST_TRAIL_NONE;
	struct stat info;
	cleanup_close int fd = trust_open(&trail, prepared->file, &info);
	int errnum = errno;
	const char *failed = trust_failed(&trail);

	prepared->findings = trust_take(&trail, &prepared->finding_count);
	trust_trail_clear(&trail);
	if (fd < 0) {
		error_set(error, errnum, "%s the plan %s", failed, prepared->file);
		return errnum == ENOENT
			       ? error_hint(error, "give DIR/plan.json, which siplaunch init --out DIR wrote")
			       : -1;
	}
	return file_read_fd(fd, &info, prepared->file, PLAN_FILE_BYTES_MAX, text, length, error);
}

int plan_file_read(const char *path, struct prepared *prepared, struct problems *problems)
{
	cleanup_json_document struct json_document document = {0};
	cleanup_error struct error error = {0};
	cleanup_free char *text = NULL;
	size_t length = 0;

	*prepared = (struct prepared){.file = xstrdup(path)};
	if (read_file(prepared, &text, &length, &error) < 0) {
		const struct json_place place = {.file = prepared->file};
		cleanup_free char *message = error_text(&error);
		problem_add(problems, &place, "", false, message, error.hint);
		return -1;
	}
	if (document_parse(prepared->file, text, length, &document, problems) == 0) {
		struct decoder decoder = {prepared, &document, problems};
		decode_plan(&decoder);
	}
	problems_sort(problems, &prepared->file, 1);
	return problems->count ? -1 : 0;
}
