/* SPDX-License-Identifier: MIT */
/*
 * What a router answers, by each way to ask: "main" says which router and which way ("kamailio ctl"), every
 * other file is the next answer on the wire. The transport is replaced by the linker's --wrap, so that all
 * from HTTP's head and binrpc's packets on is siplaunch's own code. Every question's id is 7.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/alloc.h"
#include "base/error.h"
#include "fuzz.h"
#include "stats/ask.h"
#include "stats/modules.h"
#include "virtual.h"

#define QUESTION_ID 7
#define SOCKET      100 /* no descriptor: nothing reads from it but what is below */

static size_t answer, at; /* the file that is read, and how far */

static const struct virtual_file *current(void)
{
	return answer < virtual_file_count ? &virtual_files[answer] : NULL;
}

static bool take_whole(struct reply *reply)
{
	const struct virtual_file *file = current();
	if (!file)
		return false;
	reply_clear(reply);
	reply->data = xcalloc(file->length + 1, 1);
	memcpy(reply->data, file->text, file->length);
	reply->length = file->length;
	answer++;
	return true;
}

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned flags)
{
	(void)flags;
	memset(buffer, 0, size);
	*(unsigned char *)buffer = QUESTION_ID;
	return (ssize_t)size;
}

int __wrap_exchange_connect(const struct management *management, const struct deadline *deadline,
			    struct error *error)
{
	(void)management, (void)deadline;
	at = 0;
	answer++;
	return current() ? SOCKET : error_set(error, ECONNREFUSED, "connect");
}

int __wrap_deadline_send(const struct deadline *deadline, int fd, const char *data, size_t length,
			 struct error *error)
{
	(void)deadline, (void)fd, (void)data, (void)length, (void)error;
	return 0;
}

int __wrap_deadline_read(const struct deadline *deadline, int fd, size_t wanted, struct reply *reply,
			 struct error *error)
{
	const struct virtual_file *file = current();
	size_t left = file && file->length > at ? file->length - at : 0, have = reply->length;
	size_t more = wanted > have ? wanted - have : 0;

	(void)deadline, (void)fd;
	if (!file)
		return error_set(error, ETIMEDOUT, "no answer");
	more = more < left ? more : left;
	reply->data = xrealloc(reply->data, have + more + 1, 1);
	memcpy(reply->data + have, file->text + at, more);
	reply->data[have + more] = '\0';
	reply->length += more;
	at += more;
	return reply->length >= wanted;
}

int __wrap_exchange_datagram(const struct management *management, const char *question,
			     bool (*mine)(const struct reply *reply, const void *data), const void *data,
			     const struct deadline *deadline, struct reply *reply, struct error *error)
{
	(void)management, (void)question, (void)deadline;
	answer = answer ? answer : 1;
	while (take_whole(reply))
		if (mine(reply, data))
			return 0;
	return error_set(error, ETIMEDOUT, "no answer");
}

int __wrap_reply_fifo_open(const struct management *management, struct reply_fifo *fifo, struct error *error)
{
	(void)management, (void)error;
	*fifo = (struct reply_fifo)REPLY_FIFO_NONE;
	fifo->name = xstrdup("name");
	return 0;
}

void __wrap_reply_fifo_close(struct reply_fifo *fifo)
{
	free(fifo->name);
	fifo->name = NULL;
}

int __wrap_exchange_fifo(const struct management *management, const char *question,
			 const struct reply_fifo *fifo, const struct deadline *deadline, struct reply *reply,
			 struct error *error)
{
	(void)management, (void)question, (void)fifo, (void)deadline;
	answer = answer ? answer : 1;
	return take_whole(reply) ? 0 : error_set(error, ETIMEDOUT, "no answer");
}

/* What modules come of an answer can be written, and read again. */
static void ask_modules(struct management *management, bool opensips, const struct deadline *deadline,
			struct sample *sample)
{
	static const char *groups[] = {"usrloc", "tm"};
	const struct estimate estimate = {.memory_groups = (char **)groups, .memory_group_count = 2};
	const struct sample_target target = {
		.router = router_find(opensips ? "opensips" : "kamailio", NULL),
		.management = management,
		.modules = MODULES_ALWAYS,
		.estimate = &estimate,
	};
	struct sample again = {0};

	modules_take(&target, deadline, sample);
	json_t *json = sample_json(sample);
	if (sample_from_json(json, &again, NULL) < 0 || again.module_count != sample->module_count)
		abort();
	json_decref(json);
	sample_clear(&again);
}

static void ask_router(const char *how)
{
	static const struct {
		const char *name;
		enum management_kind kind;
	} ways[] = {{"fifo", MANAGEMENT_FIFO},
		    {"unix", MANAGEMENT_UNIX},
		    {"udp", MANAGEMENT_UDP},
		    {"http", MANAGEMENT_HTTP},
		    {"ctl", MANAGEMENT_CTL}};
	cleanup_error struct error error = {0};
	struct management management = {.host = (char *)"127.0.0.1", .port = 80, .resource = (char *)"/mi"};
	struct sample sample = {.processes = 4, .pid = 1, .router = xstrdup("router")};
	const struct deadline deadline = {.cancel = -1};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (strstr(how, ways[i].name))
			management.kind = ways[i].kind;
	if (management.kind == MANAGEMENT_NONE) {
		sample_clear(&sample);
		return;
	}
	bool opensips = strstr(how, "opensips") != NULL;
	if (strstr(how, "many"))
		sample.processes = 600;
	if ((opensips ? ask_mi : ask_rpc)(&management, &deadline, &sample, &error) == 0) {
		if (sample.shared.total.kind == VALUE_NONE)
			abort(); /* an answer without the pool's size is none */
		ask_modules(&management, opensips, &deadline, &sample);
	}
	free(management.version);
	free(management.no_modules);
	sample_clear(&sample);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	virtual_begin(data, size);
	answer = at = 0;
	ask_router(virtual_text(VIRTUAL_MAIN));
	virtual_end();
	return 0;
}
