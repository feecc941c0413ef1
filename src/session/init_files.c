/* SPDX-License-Identifier: MIT */
#include "session/init_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/batch.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/text.h"
#include "seccomp/seccomp.h"
#include "session/own_binary.h"
#include "session/plan_file.h"
#include "session/session.h"
#include "session/trust.h"
#include "session/values_file.h"

#define PLAN_NAME   "plan.json"
#define VALUES_NAME "siplaunch.env"
#define BINARY_NAME "siplaunch"
#define PROFILES    "profiles"
#define FILE_MODE   0644
#define BINARY_MODE 0755

/* "kamailio-512m" of a name or a path; nothing that a folder could hide. */
static char *stem(const char *name)
{
	const char *base = path_base_name(name);
	size_t length = strlen(base);
	if (text_ends_with(base, ".json") && length > strlen(".json"))
		length -= strlen(".json");
	return *base == '.' || !length ? xstrdup("profile") : xstrndup(base, length);
}

static int add_text(struct batch *batch, const char *name, const char *text, struct error *error)
{
	return batch_add(batch, name, FILE_MODE, text, strlen(text), error);
}

static int add_json(struct batch *batch, const char *name, json_t *document, struct error *error)
{
	cleanup_free char *json = json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(document);
	if (!json)
		alloc_failed();
	cleanup_free char *text = xasprintf("%s\n", json ? json : "");
	return add_text(batch, name, text, error);
}

static int add_filter(struct batch *batch, const char *file, const char *name, struct error *error)
{
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_set(error, errno, "open %s", file);
	cleanup_free char *path = xasprintf(PROFILES "/seccomp/%s.json", name);
	return batch_add_copy(batch, path, FILE_MODE, fd, error);
}

struct siblings {
	struct batch *batch;
	const char *beside; /* the filter that was added already */
	struct error *error;
};

/* False for a filter that cannot be used, or that other users may change: it is left out, because nobody
 * requested it. */
static bool is_sound(const char *file)
{
	cleanup_seccomp_profile struct seccomp_profile filter = {0};
	struct problems problems = {0};
	const struct seccomp_request request = {.name = file};
	bool sound = seccomp_profile_load(&request, &filter, &problems) == 0 && !filter.finding_count;
	problems_clear(&problems);
	return sound;
}

static int add_sibling(const char *name, const char *file, const char *description, void *data)
{
	const struct siblings *siblings = data;
	(void)description;
	if (strcmp(file, siblings->beside) == 0 || !is_sound(file))
		return 0;
	return add_filter(siblings->batch, file, name, siblings->error);
}

/* Adds the other filters of the directory in which a filter was found by its name: so --set can name them in
 * the router's container too. */
static int add_siblings(struct batch *batch, const char *filter_file, struct error *error)
{
	cleanup_free char *folder = xstrndup(filter_file, (size_t)(strrchr(filter_file, '/') - filter_file));
	const char *const folders[] = {folder};
	const struct profile_search search = {.directories = folders, .directory_count = 1};
	struct siblings siblings = {batch, filter_file, error};
	return profile_list(&search, add_sibling, &siblings);
}

static int add_filters(struct batch *batch, const struct session *session, const char *name,
		       struct error *error)
{
	if (add_filter(batch, session->filter_file, name, error) < 0)
		return -1;
	bool by_name = strcmp(session->profile.seccomp.name, name) == 0;
	return by_name ? add_siblings(batch, session->filter_file, error) : 0;
}

/* The profile after extends, --set and --policy, with its filter in the folder that is searched first. */
static int add_profile(struct batch *batch, const struct session *session, const char *name,
		       struct error *error)
{
	json_t *document = json_checked(json_deep_copy(session->profile.resolved));
	cleanup_free char *filter = session->filter_file ? stem(session->filter_file) : NULL;

	if (filter)
		json_put(document, "seccomp", json_from_text(filter));
	if (add_json(batch, name, document, error) < 0)
		return -1;
	return filter ? add_filters(batch, session, filter, error) : 0;
}

/* The options to put before the command's arguments: -m and -M, unless the command has them. */
static char *arguments_text(const struct session *session)
{
	const struct budget *budget = &session->context.decision.budget;
	if (!session->context.decision.sized)
		return xstrdup("");
	cleanup_free char *shared =
		session->command.shm_mib ? xstrdup("") : xasprintf("-m %" PRIu64, budget->shared_mib);
	cleanup_free char *private =
		session->command.pkg_mib ? xstrdup("") : xasprintf("-M %" PRIu64, budget->private_mib);
	return xasprintf("%s%s%s", shared, *shared && *private ? " " : "", private);
}

static int add_values(struct batch *batch, const struct session *session, struct error *error)
{
	const struct context *context = &session->context;
	const struct budget *budget = &context->decision.budget;
	cleanup_free char *shared = xasprintf("%" PRIu64, budget->shared_mib);
	cleanup_free char *private = xasprintf("%" PRIu64, budget->private_mib);
	cleanup_free char *limit = xasprintf("%" PRIu64, budget->limit_bytes);
	cleanup_free char *processes = xasprintf("%" PRIu64, budget->processes);
	cleanup_free char *arguments = arguments_text(session);
	const struct named_value values[] = {
		{"SIPLAUNCH_ROUTER", session->router->name},
		{"SIPLAUNCH_ARGS", arguments},
		{"SIPLAUNCH_SHM_MB", context->decision.sized ? shared : NULL},
		{"SIPLAUNCH_PKG_MB", context->decision.sized ? private : NULL},
		{"SIPLAUNCH_MEMORY_LIMIT", context->decision.sized ? limit : NULL},
		{"SIPLAUNCH_PROCESSES", context->decision.sized ? processes : NULL},
	};
	cleanup_free char *text = values_text(values, ARRAY_SIZE(values), error);
	return text ? add_text(batch, VALUES_NAME, text, error) : -1;
}

static int add_binary(struct batch *batch, struct error *error)
{
	cleanup_close int fd = own_binary_open(error);
	return fd < 0 ? -1 : batch_add_copy(batch, BINARY_NAME, BINARY_MODE, fd, error);
}

/* Other users may write into a volume, as the manifest decides; but they must not be able to replace its
 * directory. */
int init_volume_open(struct batch *batch, const char *directory, const struct profile_selection *selection,
		     struct error *error)
{
	struct trust_terms room;
	if (batch_open(batch, directory, written_terms(selection, &room), error) == 0)
		return 0;
	return error->hint
		       ? -1
		       : error_hint(
				 error,
				 "mount a volume that the router's container has as well, an emptyDir: in a "
				 "directory of this container's own the files would be lost");
}

int init_files_add(struct batch *batch, const struct session *session, bool with_binary, struct error *error)
{
	cleanup_free char *name = stem(session->profile.name);
	cleanup_free char *profile = xasprintf(PROFILES "/%s.json", name);

	if (with_binary && add_binary(batch, error) < 0)
		return -1;
	if (add_profile(batch, session, profile, error) < 0 || add_values(batch, session, error) < 0)
		return -1;
	return add_json(batch, PLAN_NAME, plan_file_json(session, profile), error);
}
