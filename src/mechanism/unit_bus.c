/* SPDX-License-Identifier: MIT */
#ifdef SIPLAUNCH_HAVE_SYSTEMD
#include "mechanism/unit_bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "mechanism/sd_bus_library.h"

#define SYSTEMD      "org.freedesktop.systemd1"
#define MANAGER      SYSTEMD ".Manager"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define PRIVATE      "/systemd/private" /* below /run, or a user's run-time directory */
#define ANSWER_US    INT64_C(30000000)  /* a start takes milliseconds; a daemon-reload in between, seconds */

struct unit_bus {
	sd_bus *connection;
	const char *sender; /* of signals; there is none on systemd's own socket */
	const char *option; /* of systemctl, for hints: " --user" where it is a user's systemd */
};

/* A call's answer and its error, freed together. */
struct answer {
	sd_bus_error refusal;
	sd_bus_message *reply;
};

static void answer_clear(struct answer *answer)
{
	sd_bus_error_free(&answer->refusal);
	sd_bus_message_unref(answer->reply);
	*answer = (struct answer){0};
}

#define cleanup_answer __attribute__((cleanup(answer_clear)))

static void message_unref(sd_bus_message **message)
{
	sd_bus_message_unref(*message);
}

static void slot_unref(sd_bus_slot **slot)
{
	sd_bus_slot_unref(*slot);
}

/* ---- connection ---- */

static int connection_failed(struct error *error, const char *socket, const char *option, int code)
{
	error_set(error, -code, "connect to systemd at %s", socket);
	if (code == -EACCES || code == -EPERM)
		return error_hint(error, "start siplaunch as root: only root may connect");
	return error_hint(error,
			  "start the bus: systemctl%s start dbus.socket; or start siplaunch from a unit "
			  "with Delegate=yes, which needs none",
			  option);
}

struct unit_bus *unit_bus_open(const char *socket, struct error *error)
{
	if (sd_bus_library_load(error) < 0)
		return NULL;
	struct unit_bus *bus = xcalloc(1, sizeof *bus);
	cleanup_free char *address = xasprintf("unix:path=%s", socket);
	bool direct = text_ends_with(socket, PRIVATE);

	bus->sender = direct ? NULL : SYSTEMD;
	bus->option = strncmp(socket, "/run/user/", 10) == 0 ? " --user" : "";
	int code = sd_bus_new(&bus->connection);
	if (code >= 0)
		code = sd_bus_set_address(bus->connection, address);
	if (code >= 0)
		code = sd_bus_set_bus_client(bus->connection, !direct);
	if (code >= 0)
		code = sd_bus_set_method_call_timeout(bus->connection, (uint64_t)ANSWER_US);
	if (code >= 0)
		code = sd_bus_start(bus->connection);
	if (code >= 0)
		return bus;
	connection_failed(error, socket, bus->option, code);
	unit_bus_close(bus);
	return NULL;
}

void unit_bus_close(struct unit_bus *bus)
{
	sd_bus_close_unref(bus->connection);
	free(bus);
}

/* ---- refusals ---- */

static bool refused_as(const sd_bus_error *refusal, const char *name)
{
	return refusal->name && strcmp(refusal->name, name) == 0;
}

static bool not_there(const sd_bus_error *refusal)
{
	return refused_as(refusal, SYSTEMD ".NoSuchUnit");
}

/* An error may come without a message; its name is always there. */
static const char *said(const sd_bus_error *refusal)
{
	return refusal->message ? refusal->message : refusal->name;
}

/* "Unit sip.slice is masked.": the scope's own, or its slice's, which systemd starts with it. Caller frees.
 */
static char *masked_unit(const char *unit, const char *message)
{
	static const char before[] = "Unit ", after[] = " is masked";
	const char *name =
		strncmp(message, before, sizeof before - 1) == 0 ? message + sizeof before - 1 : "";
	const char *end = strstr(name, after);
	return end ? xstrndup(name, (size_t)(end - name)) : xstrdup(unit);
}

/* The error of systemd or the bus, with a hint. */
static int refused(const struct unit_bus *bus, struct error *error, const char *what, const char *unit,
		   const sd_bus_error *refusal, int code)
{
	if (!sd_bus_error_is_set(refusal))
		error_set(error, -code, "%s %s", what, unit);
	else
		error_set(error, refused_as(refusal, SYSTEMD ".UnitExists") ? EEXIST : 0,
			  "%s %s: systemd says: %s", what, unit, said(refusal));
	if (refused_as(refusal, SD_BUS_ERROR_ACCESS_DENIED) ||
	    refused_as(refusal, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
		return error_hint(error, "start siplaunch as root: only root may do this");
	if (refused_as(refusal, SYSTEMD ".UnitMasked")) {
		cleanup_free char *masked = masked_unit(unit, said(refusal));
		return error_hint(error, "systemctl%s unmask %s", bus->option, masked);
	}
	if (code == -ETIMEDOUT || refused_as(refusal, SD_BUS_ERROR_NO_REPLY) ||
	    refused_as(refusal, SD_BUS_ERROR_TIMEOUT))
		return error_hint(error, "see systemctl%s list-jobs: systemd did not answer within %u s",
				  bus->option, (unsigned)(ANSWER_US / 1000000));
	return -1;
}

/* ---- jobs ---- */

struct job {
	const char *path; /* of ours; NULL until we know it */
	char *result;     /* once it has ended */
};

static int job_removed(sd_bus_message *message, void *data, sd_bus_error *refusal)
{
	struct job *job = data;
	const char *path, *result;
	(void)refusal;
	if (sd_bus_message_read(message, "uoss", NULL, &path, NULL, &result) >= 0 && job->path &&
	    strcmp(path, job->path) == 0 && !job->result)
		job->result = xstrdup(result);
	return 0;
}

/* Waits until the job has ended. 0; or a negative errno if the connection breaks or the timeout expires. */
static int job_wait(struct unit_bus *bus, struct job *job)
{
	int64_t deadline = clock_monotonic_us() + ANSWER_US;
	while (!job->result) {
		int code = sd_bus_process(bus->connection, NULL);
		int64_t now = clock_monotonic_us();
		if (code < 0)
			return code;
		if (code > 0)
			continue;
		if (now >= deadline)
			return -ETIMEDOUT;
		code = sd_bus_wait(bus->connection, (uint64_t)(deadline - now));
		if (code < 0 && code != -EINTR)
			return code;
	}
	return 0;
}

/* Sends a call that answers with a job, and waits for its end. Subscribes to the signal before the call: the
 * job may be done before the answer arrives. */
static int call_job(struct unit_bus *bus, sd_bus_message *call, const char *what, const char *unit,
		    struct answer *answer, struct error *error)
{
	struct job job = {0};
	__attribute__((cleanup(slot_unref))) sd_bus_slot *slot = NULL;
	int code = sd_bus_match_signal(bus->connection, &slot, bus->sender, MANAGER_PATH, MANAGER,
				       "JobRemoved", job_removed, &job);
	if (code >= 0)
		code = sd_bus_call(bus->connection, call, 0, &answer->refusal, &answer->reply);
	if (code >= 0)
		code = sd_bus_message_read(answer->reply, "o", &job.path);
	if (code >= 0)
		code = job_wait(bus, &job);
	cleanup_free char *result = job.result;
	if (code < 0)
		return refused(bus, error, what, unit, &answer->refusal, code);
	if (strcmp(result, "done") == 0)
		return 0;
	error_set(error, 0, "%s %s: systemd's job for it ended with the result \"%s\"", what, unit, result);
	return error_hint(error, "see journalctl%s --unit %s", bus->option, unit);
}

/* ---- properties ---- */

static int append_value(sd_bus_message *call, const struct unit_property *property)
{
	switch (property->type) {
	case PROPERTY_T:
		return sd_bus_message_append(call, "v", "t", property->number);
	case PROPERTY_B:
		return sd_bus_message_append(call, "v", "b", (int)property->number);
	case PROPERTY_S:
		return sd_bus_message_append(call, "v", "s", property->text);
	case PROPERTY_U_ARRAY:
		return sd_bus_message_append(call, "v", "au", 1, (uint32_t)property->number);
	case PROPERTY_AY:
		break;
	}
	int code = sd_bus_message_open_container(call, 'v', "ay");
	if (code >= 0)
		code = sd_bus_message_append_array(call, 'y', property->bytes, property->size);
	return code < 0 ? code : sd_bus_message_close_container(call);
}

static int append_properties(sd_bus_message *call, const struct unit_properties *properties)
{
	int code = sd_bus_message_open_container(call, 'a', "(sv)");
	for (size_t i = 0; code >= 0 && i < properties->count; i++) {
		const struct unit_property *property = &properties->items[i];
		if (property->unknown)
			continue;
		code = sd_bus_message_open_container(call, 'r', "sv");
		if (code >= 0)
			code = sd_bus_message_append_basic(call, 's', property->name);
		if (code >= 0)
			code = append_value(call, property);
		if (code >= 0)
			code = sd_bus_message_close_container(call);
	}
	return code < 0 ? code : sd_bus_message_close_container(call);
}

/*
 * Marks the property that systemd could not set: "Cannot set property OOMPolicy, or unknown property."
 * (src/core/dbus-unit.c, bus_unit_set_properties). False when it is not about one of ours.
 */
static bool mark_unknown(const struct unit_properties *properties, const sd_bus_error *refusal)
{
	if (!refused_as(refusal, SD_BUS_ERROR_PROPERTY_READ_ONLY))
		return false;
	for (size_t i = 0; i < properties->count; i++) {
		struct unit_property *property = &properties->items[i];
		cleanup_free char *words = xasprintf("property %s,", property->name);
		if (!property->unknown && strstr(said(refusal), words)) {
			property->unknown = true;
			return true;
		}
	}
	return false;
}

/* ---- calls ---- */

static int new_call(struct unit_bus *bus, const char *method, sd_bus_message **call)
{
	return sd_bus_message_new_method_call(bus->connection, call, SYSTEMD, MANAGER_PATH, MANAGER, method);
}

static int start_once(struct unit_bus *bus, const char *unit, const struct unit_properties *properties,
		      struct answer *answer, struct error *error)
{
	__attribute__((cleanup(message_unref))) sd_bus_message *call = NULL;
	int code = new_call(bus, "StartTransientUnit", &call);
	if (code >= 0)
		code = sd_bus_message_append(call, "ss", unit, "fail");
	if (code >= 0)
		code = append_properties(call, properties);
	if (code >= 0)
		code = sd_bus_message_append(call, "a(sa(sv))", 0);
	if (code < 0)
		return refused(bus, error, "start", unit, &answer->refusal, code);
	return call_job(bus, call, "start", unit, answer, error);
}

int unit_bus_start(struct unit_bus *bus, const char *unit, struct unit_properties *properties,
		   struct error *error)
{
	for (;;) {
		cleanup_answer struct answer answer = {0};
		if (start_once(bus, unit, properties, &answer, error) == 0)
			return 0;
		if (!mark_unknown(properties, &answer.refusal))
			return -1;
		error_clear(error);
	}
}

static int set_once(struct unit_bus *bus, const char *unit, const struct unit_properties *properties,
		    struct answer *answer)
{
	__attribute__((cleanup(message_unref))) sd_bus_message *call = NULL;
	int code = new_call(bus, "SetUnitProperties", &call);
	if (code >= 0)
		code = sd_bus_message_append(call, "sb", unit, 1);
	if (code >= 0)
		code = append_properties(call, properties);
	return code < 0 ? code : sd_bus_call(bus->connection, call, 0, &answer->refusal, &answer->reply);
}

int unit_bus_set(struct unit_bus *bus, const char *unit, struct unit_properties *properties,
		 struct error *error)
{
	for (;;) {
		cleanup_answer struct answer answer = {0};
		int code = set_once(bus, unit, properties, &answer);
		if (code >= 0)
			return 0;
		if (!mark_unknown(properties, &answer.refusal))
			return refused(bus, error, "set the limits of", unit, &answer.refusal, code);
	}
}

/* The object of a loaded unit, which lives as long as the answer; NULL. */
static const char *unit_path(struct unit_bus *bus, const char *unit, struct answer *answer)
{
	const char *path;
	if (sd_bus_call_method(bus->connection, SYSTEMD, MANAGER_PATH, MANAGER, "GetUnit", &answer->refusal,
			       &answer->reply, "s", unit) < 0 ||
	    sd_bus_message_read(answer->reply, "o", &path) < 0)
		return NULL;
	return path;
}

static int read_value(sd_bus_message *reply, struct unit_property *property)
{
	const char *text;
	const void *bytes;
	int code = -EINVAL;

	if (property->type == PROPERTY_T)
		return sd_bus_message_read(reply, "t", &property->number);
	if (property->type == PROPERTY_S && (code = sd_bus_message_read(reply, "s", &text)) >= 0)
		property->text = xstrdup(text);
	if (property->type == PROPERTY_AY &&
	    (code = sd_bus_message_read_array(reply, 'y', &bytes, &property->size)) >= 0) {
		property->bytes = xcalloc(property->size + 1, 1);
		memcpy(property->bytes, bytes, property->size);
	}
	return code;
}

void unit_bus_read(struct unit_bus *bus, const char *unit, const struct unit_properties *like,
		   struct unit_properties *now)
{
	cleanup_answer struct answer found = {0};
	const char *path = unit_path(bus, unit, &found);
	for (size_t i = 0; path && i < like->count; i++) {
		const struct unit_property *wanted = &like->items[i];
		cleanup_answer struct answer answer = {0};
		const char type[] = {wanted->type == PROPERTY_AY ? 'a' : (char)wanted->type,
				     wanted->type == PROPERTY_AY ? 'y' : '\0', '\0'};
		if (sd_bus_get_property(bus->connection, SYSTEMD, path, SYSTEMD ".Service", wanted->name,
					&answer.refusal, &answer.reply, type) < 0)
			continue;
		struct unit_property *property = unit_property_add(now, wanted->name, wanted->type);
		if (read_value(answer.reply, property) < 0)
			property->unknown = true;
	}
}

/* Not "replace", which would cancel a start that another client has just requested. */
int unit_bus_stop(struct unit_bus *bus, const char *unit, struct error *error)
{
	cleanup_answer struct answer stopped = {0}, reset = {0};
	__attribute__((cleanup(message_unref))) sd_bus_message *call = NULL;
	int code = new_call(bus, "StopUnit", &call);
	if (code >= 0)
		code = sd_bus_message_append(call, "ss", unit, "fail");
	if (code < 0)
		return refused(bus, error, "stop", unit, &stopped.refusal, code);
	if (call_job(bus, call, "stop", unit, &stopped, error) < 0) {
		if (!not_there(&stopped.refusal))
			return -1;
		error_clear(error);
		return 0;
	}
	code = sd_bus_call_method(bus->connection, SYSTEMD, MANAGER_PATH, MANAGER, "ResetFailedUnit",
				  &reset.refusal, NULL, "s", unit);
	if (code < 0 && !not_there(&reset.refusal))
		return refused(bus, error, "reset", unit, &reset.refusal, code);
	return 0;
}

char *unit_bus_group(struct unit_bus *bus, const char *unit)
{
	cleanup_answer struct answer answer = {0};
	const char *path = unit_path(bus, unit, &answer);
	cleanup_free char *group = NULL;
	if (!path || sd_bus_get_property_string(bus->connection, SYSTEMD, path, SYSTEMD ".Scope",
						"ControlGroup", NULL, &group) < 0)
		return NULL;
	return *group ? xstrdup(group) : NULL;
}

char *unit_bus_drop_ins(struct unit_bus *bus, const char *unit)
{
	static const char transient[] = "/run/systemd/transient/";
	cleanup_answer struct answer found = {0}, answer = {0};
	const char *path = unit_path(bus, unit, &found);
	char **files = NULL, *text = NULL;
	if (!path ||
	    sd_bus_get_property(bus->connection, SYSTEMD, path, SYSTEMD ".Unit", "DropInPaths",
				&answer.refusal, &answer.reply, "as") < 0 ||
	    sd_bus_message_read_strv(answer.reply, &files) < 0)
		return NULL;
	for (size_t i = 0; files && files[i]; i++) {
		cleanup_free char *file = files[i];
		if (text_begins_with(file, transient))
			continue;
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s", before ? before : "", before ? " " : "", file);
	}
	free(files);
	return text;
}
#endif
