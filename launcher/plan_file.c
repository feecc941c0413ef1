/* SPDX-License-Identifier: MIT */
#include "plan_file.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/problem.h"
#include "report.h"
#include "router/router.h"
#include "session.h"

/* ---- made ---- */

static json_t *number_json(uint64_t number)
{
	return json_checked(json_integer((json_int_t)number));
}

static json_t *budget_json(const struct context *context)
{
	const struct budget *budget = &context->budget;
	if (!context->sized)
		return json_null();
	return json_checked(json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o}", "limit", number_json(budget->limit_bytes), "source",
		report_json_text(budget->limit_source), "processes", number_json(budget->processes),
		"connections", number_json(budget->connections), "shared",
		number_json(budget->shared_mib * MIB), "private", number_json(budget->private_mib * MIB)));
}

/* What holds in the IPC namespace now. */
static json_t *sysctls_json(const struct plan *plan)
{
	json_t *object = json_checked(json_object());
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->status != STATUS_APPLIED && step->status != STATUS_SATISFIED)
			continue;
		cleanup_free char *text = value_kernel_text(&step->actual, NULL);
		json_object_set_new(object, step->setting->name, report_json_text(text));
	}
	return object;
}

json_t *plan_file_json(const struct session *session, const char *profile)
{
	return json_checked(json_pack("{s:i, s:s, s:o, s:s, s:o, s:o, s:o}", "version", PLAN_FILE_VERSION,
				      "siplaunch", SIPLAUNCH_VERSION, "profile", report_json_text(profile),
				      "router", session->router->name, "command",
				      report_command_json(session), "budget", budget_json(&session->context),
				      "sysctl", sysctls_json(&session->plan)));
}

/* ---- read ---- */

struct reader {
	const struct json_document *document;
	struct problems *problems;
	struct prepared *prepared;
};

struct member {
	const char *name;
	void (*read)(const struct reader *reader, const char *pointer, const json_t *value);
	bool optional;
};

static void must_be(const struct reader *reader, const char *pointer, const json_t *value,
		    const char *allowed)
{
	cleanup_free char *text = document_text(reader->document, pointer, value);
	problem_at(reader->problems, reader->document, pointer, NULL, "must be %s, not %s", allowed, text);
}

static const struct member *find_member(const struct member *members, const char *name)
{
	while (members->name && strcmp(members->name, name) != 0)
		members++;
	return members->name ? members : NULL;
}

static void refuse_unknown(const struct reader *reader, const char *pointer, const char *name)
{
	cleanup_free char *quote = quoted(name);
	cleanup_free char *message = xasprintf("unknown key %s", quote);
	problem_add(reader->problems, json_document_place(reader->document, pointer), pointer, true, message,
		    NULL);
}

static void read_object(const struct reader *reader, const char *pointer, const json_t *object,
			const struct member *members)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		cleanup_free char *below = json_pointer(pointer, name);
		const struct member *member = find_member(members, name);
		if (member)
			member->read(reader, below, value);
		else
			refuse_unknown(reader, below, name);
	}
	for (; members->name; members++)
		if (!members->optional && !json_object_get(object, members->name))
			problem_at(reader->problems, reader->document, pointer, NULL, "\"%s\" is missing",
				   members->name);
}

/* Everything that init writes is far below this: no sum or product of it can overflow. */
#define NUMBER_MOST (INT64_MAX / 16)

static uint64_t number(const struct reader *reader, const char *pointer, const json_t *value, uint64_t least,
		       uint64_t unit, const char *allowed)
{
	uint64_t found;
	if (json_is_integer(value) && document_number(reader->document, pointer, value, &found) &&
	    found >= least && found <= NUMBER_MOST && found % unit == 0)
		return found;
	must_be(reader, pointer, value, allowed);
	return 0;
}

#define WHOLE_MIB "a number of bytes in whole MiB"

static void read_limit(const struct reader *reader, const char *pointer, const json_t *value)
{
	reader->prepared->limit_bytes = number(reader, pointer, value, MIB, MIB, WHOLE_MIB);
}

static void read_shared(const struct reader *reader, const char *pointer, const json_t *value)
{
	reader->prepared->shared_mib = number(reader, pointer, value, MIB, MIB, WHOLE_MIB) / MIB;
}

static void read_private(const struct reader *reader, const char *pointer, const json_t *value)
{
	reader->prepared->private_mib = number(reader, pointer, value, MIB, MIB, WHOLE_MIB) / MIB;
}

static void read_processes(const struct reader *reader, const char *pointer, const json_t *value)
{
	reader->prepared->processes = number(reader, pointer, value, 1, 1, "a number of processes from 1 on");
}

static void read_connections(const struct reader *reader, const char *pointer, const json_t *value)
{
	reader->prepared->connections = number(reader, pointer, value, 0, 1, "a number of connections");
}

static void read_text(const struct reader *reader, const char *pointer, const json_t *value)
{
	if (!json_is_string(value))
		must_be(reader, pointer, value, "a string");
}

static void read_budget(const struct reader *reader, const char *pointer, const json_t *value)
{
	static const struct member members[] = {
		{"limit", read_limit, false},
		{"source", read_text, false},
		{"processes", read_processes, false},
		{"connections", read_connections, false},
		{"shared", read_shared, false},
		{"private", read_private, false},
		{NULL, NULL, false},
	};
	reader->prepared->sized = json_is_object(value);
	if (json_is_object(value))
		read_object(reader, pointer, value, members);
	else if (!json_is_null(value))
		must_be(reader, pointer, value,
			"an object, or null for a router that nothing is computed for");
}

static void read_router(const struct reader *reader, const char *pointer, const json_t *value)
{
	const char *name = json_string_value(value);
	for (size_t i = 0; name && routers[i]; i++)
		if (strcmp(routers[i]->name, name) == 0) {
			free(reader->prepared->router);
			reader->prepared->router = xstrdup(name);
			return;
		}
	must_be(reader, pointer, value, "the name of a router that siplaunch knows");
}

/* Below the document's own folder: whoever may write the one may write the other. */
static bool is_beside(const char *path)
{
	size_t length = strlen(path), tail = strlen(".json");
	return *path != '/' && *path != '.' && !strstr(path, "/.") && length > tail &&
	       strcmp(path + length - tail, ".json") == 0;
}

static void read_profile(const struct reader *reader, const char *pointer, const json_t *value)
{
	const char *path = json_string_value(value);
	if (!path || !is_beside(path)) {
		must_be(reader, pointer, value, "the path of a profile in a folder beside the plan");
		return;
	}
	cleanup_free char *copy = xstrdup(reader->prepared->file);
	free(reader->prepared->profile);
	/* the slash makes it a path, whatever the folder is called */
	reader->prepared->profile = xasprintf("%s/%s", dirname(copy), path);
}

static void read_command(const struct reader *reader, const char *pointer, const json_t *value)
{
	size_t i;
	json_t *word;
	if (!json_is_array(value)) {
		must_be(reader, pointer, value, "an array of strings");
		return;
	}
	json_array_foreach(value, i, word)
	{
		cleanup_free char *below = json_pointer_index(pointer, i);
		read_text(reader, below, word);
	}
}

static void read_sysctls(const struct reader *reader, const char *pointer, const json_t *value)
{
	const char *name;
	json_t *text;
	if (!json_is_object(value)) {
		must_be(reader, pointer, value, "an object of sysctls and their values");
		return;
	}
	json_object_foreach((json_t *)value, name, text)
	{
		cleanup_free char *below = json_pointer(pointer, name);
		if (setting_find("sysctl", name))
			read_text(reader, below, text);
		else
			refuse_unknown(reader, below, name);
	}
}

static void read_nothing(const struct reader *reader, const char *pointer, const json_t *value)
{
	(void)reader, (void)pointer, (void)value;
}

static const struct member top[] = {
	{"version", read_nothing, false}, {"siplaunch", read_text, false},
	{"profile", read_profile, false}, {"router", read_router, false},
	{"command", read_command, false}, {"budget", read_budget, false},
	{"sysctl", read_sysctls, false},  {NULL, NULL, false},
};

/* What another version means by its members is not known here: nothing else is looked at. */
static bool is_our_version(const struct reader *reader)
{
	const json_t *version = json_object_get(reader->document->root, "version");
	if (!json_is_integer(version) || json_integer_value(version) == PLAN_FILE_VERSION)
		return json_is_integer(version) || (must_be(reader, "/version", version, "1"), false);
	problem_at(reader->problems, reader->document, "/version",
		   "the siplaunch that init has put beside the plan (--install) is the one that reads it",
		   "version %" JSON_INTEGER_FORMAT " of a plan is not known to siplaunch %s, which reads %d",
		   json_integer_value(version), SIPLAUNCH_VERSION, PLAN_FILE_VERSION);
	return false;
}

static void read_document(const struct reader *reader)
{
	const json_t *root = reader->document->root;
	if (!json_is_object(root))
		must_be(reader, "", root, "an object");
	else if (!json_object_get(root, "version"))
		problem_at(reader->problems, reader->document, "", "siplaunch init writes such a file",
			   "it is no plan: \"version\" is missing");
	else if (is_our_version(reader))
		read_object(reader, "", root, top);
}

static int read_file(struct prepared *prepared, char **text, size_t *length, struct error *error)
{
	struct trust_trail trail = TRUST_TRAIL_NONE;
	struct stat info;
	cleanup_close int fd = trust_open(&trail, prepared->file, &info);
	int errnum = errno;
	const char *failed = trust_failed(&trail);

	prepared->doubts = trust_take(&trail, &prepared->doubt_count);
	trust_trail_clear(&trail);
	if (fd < 0) {
		error_set(error, errnum, "%s the plan %s", failed, prepared->file);
		return errnum == ENOENT ? error_hint(error, "siplaunch init --out DIR writes DIR/plan.json")
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
		const struct reader reader = {&document, problems, prepared};
		read_document(&reader);
	}
	problems_sort(problems, &prepared->file, 1);
	return problems->count ? -1 : 0;
}
