/* SPDX-License-Identifier: MIT */
#include "stats/ask.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/text.h"

/* JSON-RPC 2.0's code; Kamailio says 500 with a text, as for everything. */
#define METHOD_NOT_FOUND (-32601)

/* jansson's decref as a cleanup. */
static void cleanup_json_(json_t **value)
{
	json_decref(*value);
}
#define cleanup_json __attribute__((cleanup(cleanup_json_)))

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);
	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/*
 * Each location table has a statistic of its own ("location_contacts" in Kamailio, "location-contacts" in
 * OpenSIPS: udomain.c, build_stat_name()). A dialog is counted as early, then as active (dlg_handlers.c).
 */
void count_objects(struct sample *sample, const char *statistic, uint64_t number)
{
	struct value *count = NULL;

	if (text_begins_with(statistic, "usrloc:") &&
	    (ends_with(statistic, "_contacts") || ends_with(statistic, "-contacts")))
		count = &sample->registrations;
	else if (strcmp(statistic, "dialog:active_dialogs") == 0 ||
		 strcmp(statistic, "dialog:early_dialogs") == 0)
		count = &sample->dialogs;
	else if (strcmp(statistic, "tm:inuse_transactions") == 0)
		count = &sample->transactions;
	if (!count)
		return;
	uint64_t before = value_or_zero(count);
	*count = value_number(VALUE_COUNT, number > UINT64_MAX - before ? UINT64_MAX : before + number);
}

/* OpenSIPS accepts ids as strings and numbers, Kamailio stores numbers as doubles: 31 bits survive
 * everywhere. */
char *question_text(const struct question *question, enum management_protocol protocol,
		    const char *reply_name)
{
	json_t *object = json_checked(json_object());
	char id[16];

	snprintf(id, sizeof id, "%u", question->id);
	json_put(object, "jsonrpc", json_checked(json_string("2.0")));
	json_put(object, "method", json_checked(json_string(question->method)));
	if (question->parameters)
		json_put(object, "params", json_incref(question->parameters));
	if (reply_name)
		json_put(object, "reply_name", json_checked(json_string(reply_name)));
	json_put(object, "id",
		 json_checked(protocol == PROTOCOL_MI ? json_string(id) : json_integer(question->id)));
	char *text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (!text)
		alloc_failed();
	return text;
}

static bool is_id(const json_t *id, unsigned wanted)
{
	char text[16];
	snprintf(text, sizeof text, "%u", wanted);
	return json_is_string(id) ? strcmp(json_string_value(id), text) == 0
				  : json_is_integer(id) && json_integer_value(id) == (json_int_t)wanted;
}

static int answered_error(const json_t *fault, const struct question *question, struct error *error)
{
	const json_t *message = json_object_get(fault, "message"), *code = json_object_get(fault, "code");
	const char *text = json_is_string(message) ? json_string_value(message) : "(no message)";
	bool unknown =
		json_integer_value(code) == METHOD_NOT_FOUND || strcasecmp(text, "Method Not Found") == 0;

	return error_set(error, unknown ? ENOSYS : 0, "the answer to %s is the error \"%.200s\"",
			 question->method, text);
}

/* mi_datagram sends this text instead of JSON if it could not build its answer (datagram_fnc.h), mostly
 * because the answer is longer than a datagram, 65,457 bytes: the private pools of 520 workers are. */
static bool is_internal_error(const struct reply *reply)
{
	static const char text[] = "500 Internal error";
	return reply->length == sizeof text - 1 && memcmp(reply->data, text, reply->length) == 0;
}

/*
 * Not with base/json.h, which stores the place of each value and refuses some thousand processes: no error
 * names a place in an answer. jansson bounds the nesting (JSON_PARSER_MAX_DEPTH) and refuses what it cannot
 * hold.
 */
int answer_read(const struct reply *reply, const struct question *question, json_t **result,
		struct error *error)
{
	json_error_t fault;
	const char *text = reply->data ? reply->data : "";

	if (is_internal_error(reply))
		return error_set(
			error, 0,
			"the answer to %s is \"500 Internal error\", as where it is too long for a datagram "
			"of the router; query it over a FIFO or HTTP (mi_fifo, mi_http)",
			question->method);
	if (!json_is_within(text, reply->length, ANSWER_VALUES_MAX))
		return error_set(error, 0, "the answer to %s has more than %d values", question->method,
				 ANSWER_VALUES_MAX);
	cleanup_json json_t *answer =
		json_loadb(text, reply->length, question->repeats ? 0 : JSON_REJECT_DUPLICATES, &fault);
	if (!answer)
		return error_set(error, 0, "the answer to %s is not JSON: %s (byte %d of %zu)",
				 question->method, fault.text, fault.position, reply->length);
	const json_t *problem = json_object_get(answer, "error"), *id = json_object_get(answer, "id");
	bool failed = json_is_object(problem);
	/* an error for a query that could not be read has no id (JSON-RPC 2.0, 5) */
	if (!is_id(id, question->id) && !(failed && json_is_null(id)))
		return error_set(error, 0, "the answer to %s is not for this query: it has another id",
				 question->method);
	if (failed)
		return answered_error(problem, question, error);
	*result = json_object_get(answer, "result");
	if (!*result)
		return error_set(error, 0, "the answer to %s has no result", question->method);
	json_incref(*result);
	return 0;
}

/* A quick check that distinguishes the answer from another process's datagram: it contains the id. The error
 * that OpenSIPS sends when it could not build an answer has none. */
static bool is_answer(const struct reply *reply, const void *data)
{
	const struct question *question = data;
	if (is_internal_error(reply))
		return true;
	if (!json_is_within(reply->data, reply->length, ANSWER_VALUES_MAX))
		return false;
	json_t *answer = json_loadb(reply->data, reply->length, 0, NULL);
	const json_t *id = json_object_get(answer, "id");
	bool mine = is_id(id, question->id) || (json_is_null(id) && json_object_get(answer, "error"));
	json_decref(answer);
	return mine;
}

/* On a UNIX socket the kernel names the sender: so a malformed answer is the router's own, and is
 * reported. */
static bool is_any(const struct reply *reply, const void *data)
{
	(void)reply, (void)data;
	return true;
}

static int ask_fifo(const struct management *management, enum management_protocol protocol,
		    const struct question *question, const struct deadline *deadline, struct reply *reply,
		    struct error *error)
{
	cleanup_reply_fifo struct reply_fifo fifo = REPLY_FIFO_NONE;

	if (reply_fifo_open(management, &fifo, error) < 0)
		return -1;
	bool header = protocol == PROTOCOL_MI;
	cleanup_free char *text = question_text(question, protocol, header ? NULL : fifo.name);
	cleanup_free char *line = header ? xasprintf(":%s:%s", fifo.name, text) : xasprintf("%s\n", text);
	return exchange_fifo(management, line, &fifo, deadline, reply, error);
}

static int exchange(const struct management *management, enum management_protocol protocol,
		    const struct question *question, const struct deadline *deadline, struct reply *reply,
		    struct error *error)
{
	if (management->kind == MANAGEMENT_FIFO)
		return ask_fifo(management, protocol, question, deadline, reply, error);
	cleanup_free char *text = question_text(question, protocol, NULL);
	if (management->kind == MANAGEMENT_HTTP)
		return exchange_http(management, text, deadline, reply, error);
	return exchange_datagram(management, text, management->kind == MANAGEMENT_UNIX ? is_any : is_answer,
				 question, deadline, reply, error);
}

int ask_question(const struct management *management, enum management_protocol protocol,
		 struct question *question, const struct deadline *deadline, json_t **result,
		 struct error *error)
{
	cleanup_reply struct reply reply = {0};

	*result = NULL;
	if (getrandom(&question->id, sizeof question->id, 0) != sizeof question->id)
		return error_set(error, errno, "get a random number");
	question->id &= INT_MAX;
	if (management->kind == MANAGEMENT_CTL)
		return binrpc_ask(management, question, deadline, result, error);
	if (exchange(management, protocol, question, deadline, &reply, error) < 0)
		return error_context(error, "query %s", question->method);
	return answer_read(&reply, question, result, error);
}

int ask(const struct management *management, enum management_protocol protocol, const char *method,
	json_t *parameters, const struct deadline *deadline, json_t **result, struct error *error)
{
	struct question question = {.method = method, .parameters = parameters};
	return ask_question(management, protocol, &question, deadline, result, error);
}

/* ---- numbers and texts ---- */

static bool read_number(const json_t *value, uint64_t *number)
{
	if (json_is_string(value)) /* Kamailio's stats.fetch, OpenSIPS's older statistics */
		return parse_u64(json_string_value(value), number);
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*number = (uint64_t)json_integer_value(value);
	return true;
}

int answer_number(const json_t *object, const char *key, enum value_kind kind, struct value *value,
		  struct error *error)
{
	const json_t *member = json_object_get(object, key);
	uint64_t number;

	if (!member)
		return 0;
	if (!read_number(member, &number) || number > INT64_MAX)
		return error_set(error, 0, "the answer's %s is not a number, 0 or more", key);
	*value = value_number(kind, number);
	return 0;
}

char *answer_version(const json_t *text)
{
	if (!json_is_string(text))
		return NULL;
	char *version = xstrndup(json_string_value(text), 200);
	for (size_t length = strlen(version); length > 0 && version[length - 1] == ' '; length--)
		version[length - 1] = '\0';
	return version;
}
