/* SPDX-License-Identifier: MIT */
/*
 * ctl's protocol, as modules/ctl/binrpc.h describes it. A packet is magic and version (A1), type and the
 * sizes of the next two, the payload's length, a cookie that comes back, then records: a byte with size and
 * type, a longer size where the size's top bit is set, the value. Structs and arrays are a record that begins
 * and one that ends them; in structs a name goes before each value.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_value.h"
#include "stats/ask.h"

#define MAGIC_VERSION 0xA1
#define DEPTH_MAX     32
#define HEADER_MAX    10 /* two bytes, four of length, four of cookie */

enum packet_type { PACKET_REQUEST = 0, PACKET_REPLY = 1, PACKET_FAULT = 3 };

enum record_type {
	RECORD_INT = 0,
	RECORD_STRING = 1, /* a NUL at its end counts */
	RECORD_DOUBLE = 2, /* thousandths, in an int */
	RECORD_STRUCT = 3,
	RECORD_ARRAY = 4,
	RECORD_NAME = 5,
	RECORD_BYTES = 6,
};

struct record {
	unsigned type;
	bool end; /* of a struct or an array */
	const unsigned char *value;
	size_t size;
};

struct cursor {
	const unsigned char *at, *end;
	unsigned depth, values;
	bool repeats; /* of two members with one name the last one counts */
};

static int malformed(struct error *error)
{
	return error_set(error, 0, "the answer is not binrpc");
}

static uint64_t big_endian(const unsigned char *bytes, size_t count)
{
	uint64_t number = 0;
	for (size_t i = 0; i < count; i++)
		number = number << 8 | bytes[i];
	return number;
}

static size_t left(const struct cursor *cursor)
{
	return (size_t)(cursor->end - cursor->at);
}

static bool next_record(struct cursor *cursor, struct record *record)
{
	if (left(cursor) < 1)
		return false;
	unsigned first = *cursor->at++, size = first >> 4 & 7;
	*record = (struct record){.type = first & 15, .size = size};
	bool nests = record->type == RECORD_STRUCT || record->type == RECORD_ARRAY;
	if (first & 0x80 && nests) {
		record->end = true;
		return size == 0;
	}
	if (first & 0x80) {
		if (size < 1 || size > 4 || left(cursor) < size)
			return false;
		record->size = (size_t)big_endian(cursor->at, size);
		cursor->at += size;
	}
	if (left(cursor) < record->size || (nests && record->size))
		return false;
	record->value = cursor->at;
	cursor->at += record->size;
	return true;
}

/* A string; "" if the text is not UTF-8, which JSON cannot hold. */
static json_t *text_json(const struct record *record)
{
	size_t length = record->size;
	if (record->type != RECORD_BYTES && length > 0 && record->value[length - 1] == '\0')
		length--;
	json_t *text = json_stringn((const char *)record->value, length);
	return text ? text : json_checked(json_string(""));
}

static json_t *number_json(const struct record *record)
{
	if (record->size > 4)
		return NULL;
	uint64_t number = big_endian(record->value, record->size);
	if (record->type == RECORD_DOUBLE)
		return json_checked(json_real((double)(int32_t)number / 1000));
	return json_checked(json_integer((int32_t)number));
}

static json_t *read_value(struct cursor *cursor, const struct record *record);

static json_t *read_array(struct cursor *cursor)
{
	struct record record;
	json_t *array = json_checked(json_array());

	while (next_record(cursor, &record)) {
		if (record.end && record.type == RECORD_ARRAY)
			return array;
		json_t *value = read_value(cursor, &record);
		if (!value)
			break;
		json_append(array, value);
	}
	json_decref(array);
	return NULL;
}

static json_t *read_struct(struct cursor *cursor)
{
	struct record name, record;
	json_t *object = json_checked(json_object());

	while (next_record(cursor, &name)) {
		if (name.end && name.type == RECORD_STRUCT)
			return object;
		if (name.type != RECORD_NAME || !next_record(cursor, &record))
			break;
		json_t *key = text_json(&name), *value = read_value(cursor, &record);
		bool twice = !cursor->repeats && json_object_get(object, json_string_value(key));
		if (value && !twice && json_object_set(object, json_string_value(key), value) < 0)
			alloc_failed();
		json_decref(key);
		json_decref(value);
		if (!value || twice)
			break;
	}
	json_decref(object);
	return NULL;
}

/* NULL if it is malformed, or has more values than any answer. */
static json_t *read_value(struct cursor *cursor, const struct record *record)
{
	json_t *value = NULL;

	if (record->end || cursor->depth >= DEPTH_MAX || ++cursor->values > ANSWER_VALUES_MAX)
		return NULL;
	cursor->depth++;
	if (record->type == RECORD_INT || record->type == RECORD_DOUBLE)
		value = number_json(record);
	else if (record->type == RECORD_STRING || record->type == RECORD_BYTES)
		value = text_json(record);
	else if (record->type == RECORD_STRUCT)
		value = read_struct(cursor);
	else if (record->type == RECORD_ARRAY)
		value = read_array(cursor);
	cursor->depth--;
	return value;
}

static int unreadable(const struct cursor *cursor, struct error *error)
{
	return cursor->values > ANSWER_VALUES_MAX
		       ? error_set(error, 0, "the answer has more than %d values", ANSWER_VALUES_MAX)
		       : malformed(error);
}

/* A fault is a code and a sentence; for an unknown method, ctl's is "command NAME not found". */
static int read_fault(const json_t *records, struct error *error)
{
	const char *text = json_string_value(json_array_get(records, 1));
	if (!text)
		return malformed(error);
	const char *end = strstr(text, "not found");
	return error_set(error, end && !end[strlen("not found")] ? ENOSYS : 0,
			 "the answer is the error \"%.200s\"", text);
}

int binrpc_read(const unsigned char *payload, size_t length, bool fault, bool repeats, json_t **result,
		struct error *error)
{
	struct cursor cursor = {.at = payload, .end = payload + length, .repeats = repeats};
	struct record record;
	json_t *records = json_checked(json_array());

	*result = NULL;
	while (left(&cursor)) {
		json_t *value = next_record(&cursor, &record) ? read_value(&cursor, &record) : NULL;
		if (!value) {
			json_decref(records);
			return unreadable(&cursor, error);
		}
		json_append(records, value);
	}
	if (fault) {
		read_fault(records, error);
		json_decref(records);
		return -1;
	}
	/* one record is the result itself, as over jsonrpcs */
	*result = json_array_size(records) == 1 ? json_incref(json_array_get(records, 0))
						: json_incref(records);
	json_decref(records);
	return 0;
}

/* ---- the wire ---- */

static size_t put_string(unsigned char *to, const char *text)
{
	size_t length = strlen(text) + 1, at = 0;
	if (length < 8) {
		to[at++] = (unsigned char)(length << 4 | RECORD_STRING);
	} else {
		to[at++] = (8 | 1) << 4 | RECORD_STRING;
		to[at++] = (unsigned char)length;
	}
	memcpy(to + at, text, length);
	return at + length;
}

/* Method and parameters are siplaunch's own short words. -1 for parameters that only OpenSIPS accepts. */
static int build(const struct question *question, unsigned char *packet, size_t *length)
{
	unsigned char payload[256];
	size_t size = put_string(payload, question->method);

	for (size_t i = 0; i < json_array_size(question->parameters); i++) {
		const json_t *parameter = json_array_get(question->parameters, i);
		if (json_is_integer(parameter)) {
			payload[size++] = 4 << 4 | RECORD_INT;
			for (int shift = 24; shift >= 0; shift -= 8)
				payload[size++] = (unsigned char)(json_integer_value(parameter) >> shift);
		} else if (!json_is_string(parameter)) {
			return -1;
		} else {
			size += put_string(payload + size, json_string_value(parameter));
		}
	}
	packet[0] = MAGIC_VERSION;
	packet[1] = PACKET_REQUEST << 4 | 0 << 2 | 3;
	packet[2] = (unsigned char)size;
	for (int i = 0; i < 4; i++)
		packet[3 + i] = (unsigned char)(question->id >> (24 - 8 * i));
	memcpy(packet + 7, payload, size);
	*length = 7 + size;
	return size <= UINT8_MAX ? 0 : -1;
}

/* The payload stays in the reply, from *start on. */
static int read_packet(const struct deadline *deadline, int fd, const struct question *question,
		       struct reply *reply, size_t *start, bool *fault, struct error *error)
{
	int got = deadline_read(deadline, fd, 2, reply, error);
	if (got <= 0)
		return got < 0 ? -1 : error_set(error, 0, "the connection was closed without an answer");
	const unsigned char *header = (const unsigned char *)reply->data;
	size_t length_size = (header[1] >> 2 & 3) + 1u, cookie_size = (header[1] & 3) + 1u;
	unsigned type = header[1] >> 4;
	*start = 2 + length_size + cookie_size;
	*fault = type == PACKET_FAULT;
	if (header[0] != MAGIC_VERSION || (type != PACKET_REPLY && type != PACKET_FAULT))
		return malformed(error);
	if ((got = deadline_read(deadline, fd, *start, reply, error)) <= 0)
		return got < 0 ? -1 : malformed(error);
	header = (const unsigned char *)reply->data;
	uint64_t length = big_endian(header + 2, length_size);
	if (big_endian(header + 2 + length_size, cookie_size) != question->id)
		return error_set(error, 0, "the answer is not for this query: it has another cookie");
	if (length > REPLY_LIMIT)
		return error_set(error, 0, "the answer is longer than %zu MiB", REPLY_LIMIT >> 20);
	got = deadline_read(deadline, fd, *start + (size_t)length, reply, error);
	return got == 0 ? error_set(error, 0, "the answer ended early") : got < 0 ? -1 : 0;
}

static int check_peer(const struct management *management, int fd, struct error *error)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	if (!management->path)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return error_set(error, errno, "get the user that listens at %s (SO_PEERCRED)",
				 management->path);
	if (management_trusts(management, peer.uid))
		return 0;
	return error_set(error, 0, "%s belongs to uid %u, not to the router's user", management->path,
			 (unsigned)peer.uid);
}

int binrpc_ask(const struct management *management, const struct question *question,
	       const struct deadline *deadline, json_t **result, struct error *error)
{
	cleanup_reply struct reply reply = {0};
	unsigned char packet[HEADER_MAX + 256];
	size_t length, start = 0;
	bool fault = false;

	if (build(question, packet, &length) < 0)
		return error_set(error, EMSGSIZE, "query %s", question->method);
	cleanup_close int fd = exchange_connect(management, deadline, error);
	if (fd < 0 || check_peer(management, fd, error) < 0 ||
	    deadline_send(deadline, fd, (const char *)packet, length, error) < 0 ||
	    read_packet(deadline, fd, question, &reply, &start, &fault, error) < 0 ||
	    binrpc_read((const unsigned char *)reply.data + start, reply.length - start, fault,
			question->repeats, result, error) < 0)
		return error_context(error, "query %s", question->method);
	return 0;
}
