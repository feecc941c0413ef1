/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/error.h"
#include "sizing/capacity.h"
#include "sizing/terms.h"

/*
 * A pool cannot be used to the last byte: free memory is fragmented, phones' texts differ from the measured
 * ones, and the test of the prediction allows an error of a tenth (tests/bench/workload).
 */
#define MARGIN_PERCENT 10

#define INVITE_SECONDS 15 /* if transactionSeconds is not given: 10 s of ringing, plus tm's wt_timer */
#define BYE_SECONDS    5  /* answered at once, then kept for tm's wt_timer */

static const char *const key_names[WORKLOAD_KEYS] = {
	[WORKLOAD_REGISTRATIONS] = "registrations", [WORKLOAD_DIALOGS] = "dialogs",
	[WORKLOAD_CALLS] = "callsPerSecond",        [WORKLOAD_SECONDS] = "transactionSeconds",
	[WORKLOAD_CONNECTIONS] = "tcpConnections",  [WORKLOAD_TLS] = "tlsConnections",
};

const char *workload_key_name(enum workload_key key)
{
	return key_names[key];
}

bool workload_given(const struct workload *workload)
{
	for (int key = 0; key < WORKLOAD_KEYS; key++)
		if (workload->of[key].given)
			return true;
	return false;
}

static uint64_t workload_seconds(const struct workload *workload)
{
	return workload->of[WORKLOAD_SECONDS].given ? workload->of[WORKLOAD_SECONDS].number : INVITE_SECONDS;
}

/* An object of the table; the key with its number (WORKLOAD_KEYS: always 1); the measured size of a running
 * router that applies to it (LEARNED_COUNT: none). A running router counts all its transactions together. */
static const struct {
	const char *id, *label;
	enum workload_key key;
	enum learned_object learned;
} objects[OBJECT_COUNT] = {
	[OBJECT_START] = {"start", "at the start", WORKLOAD_KEYS, LEARNED_START},
	[OBJECT_REGISTRATION] = {"registrations", "registrations", WORKLOAD_REGISTRATIONS,
				 LEARNED_REGISTRATION},
	[OBJECT_DIALOG] = {"dialogs", "dialogs", WORKLOAD_DIALOGS, LEARNED_DIALOG},
	[OBJECT_INVITE] = {"inviteTransactions", "INVITE transactions", WORKLOAD_CALLS, LEARNED_TRANSACTION},
	[OBJECT_BYE] = {"byeTransactions", "BYE transactions", WORKLOAD_CALLS, LEARNED_TRANSACTION},
	[OBJECT_CONNECTION] = {"tcpConnections", "TCP connections", WORKLOAD_CONNECTIONS, LEARNED_COUNT},
	[OBJECT_TLS] = {"tlsConnections", "TLS connections", WORKLOAD_TLS, LEARNED_COUNT},
};

/* Transactions: the number at a time is the rate times the time for which one is kept. */
static void term_count(const struct workload *workload, enum object object, struct need_term *term)
{
	enum workload_key key = objects[object].key;
	uint64_t seconds = object == OBJECT_INVITE ? workload_seconds(workload) : BYE_SECONDS;

	term->count = key == WORKLOAD_KEYS ? 1 : workload->of[key].given ? workload->of[key].number : 0;
	term->source = key == WORKLOAD_KEYS ? SOURCE_DEFAULT : workload->of[key].source;
	if (key != WORKLOAD_CALLS)
		return;
	snprintf(term->formula, sizeof term->formula, "%" PRIu64 " a second x %" PRIu64 " s", term->count,
		 seconds);
	term->count = mul_div_u64(term->count, seconds, 1);
	term->source = SOURCE_COMPUTED;
}

static uint64_t counted_bytes(const struct workload *workload, enum object object)
{
	return object == OBJECT_START        ? workload->counted.start
	       : object == OBJECT_CONNECTION ? workload->counted.connection
	       : object == OBJECT_TLS        ? workload->counted.tls
					     : 0;
}

/* The bytes of one object: measured on this router, else from the table. */
static void term_each(const struct footprints *with, const struct workload *workload, enum object object,
		      struct need_term *term)
{
	enum learned_object learned = objects[object].learned;
	uint64_t counted = counted_bytes(workload, object);

	term->footprint = with && with->of[object].bytes ? &with->of[object] : NULL;
	if (learned != LEARNED_COUNT && workload->learned.known[learned]) {
		term->basis = EACH_LEARNED;
		term->each = workload->learned.bytes[learned];
	} else if (counted) {
		term->basis = EACH_COUNTED;
		term->each = counted;
	} else if (term->footprint && object == OBJECT_REGISTRATION) {
		term->basis = EACH_TEXTS;
		term->texts_bytes = texts_pool_bytes(&with->text_block, &workload->texts);
		struct wide each = wide_of(term->footprint->bytes);
		wide_add(&each, wide_of(term->texts_bytes));
		term->each = wide_saturated(each);
	} else if (term->footprint) {
		term->basis = EACH_MEASURED;
		term->each = term->footprint->bytes;
	}
}

/* The max bytes of unsent data of all connections, up to the router's total bound. */
static uint64_t queues(const struct workload *workload, uint64_t connections)
{
	uint64_t all = mul_div_u64(connections, workload->counted.queue, 1);
	return all < workload->counted.queues ? all : workload->counted.queues;
}

void need_compute(const struct costs *costs, const struct workload *workload, struct need *need)
{
	const struct footprints *with = footprints_nearest(costs, workload->version, workload->allocator);
	struct wide kept = {0}, needed = {0};

	*need = (struct need){
		.measured = true,
		.with = with,
		.version = workload->version,
		.allocator = workload->allocator,
		.learned = workload->learned,
		.texts = workload->texts,
		.private_bytes = with ? with->private_bytes : 0,
	};
	for (enum object object = 0; object < OBJECT_COUNT; object++) {
		struct need_term *term = &need->terms[object];
		term->id = objects[object].id;
		term->label = objects[object].label;
		term_each(with, workload, object, term);
		term_count(workload, object, term);
		if (term->basis == EACH_UNKNOWN) {
			need->measured = need->measured && term->count == 0;
			continue;
		}
		struct wide bytes = wide_product(term->count, term->each);
		if (object == OBJECT_CONNECTION || object == OBJECT_TLS)
			wide_add(&bytes, wide_of(queues(workload, term->count)));
		term->bytes = wide_saturated(bytes);
		wide_add(&needed, bytes);
		if (object != OBJECT_START)
			wide_add(&kept, bytes);
	}
	if (!need->measured)
		return;
	need->margin_bytes = mul_div_u64(wide_saturated(kept), MARGIN_PERCENT, 100);
	wide_add(&needed, wide_of(need->margin_bytes));
	need->shared_bytes = wide_saturated(needed);
}

const char *need_unmeasured(const struct need *need)
{
	for (const struct need_term *term = need->terms; term < need->terms + OBJECT_COUNT; term++)
		if (term->count && term->basis == EACH_UNKNOWN)
			return term->label;
	return NULL;
}

int need_refuse(const struct need *need, uint64_t shared_mib, struct error *error)
{
	cleanup_free char *arithmetic = NULL;
	size_t length = 0;

	FILE *text = open_memstream(&arithmetic, &length);
	if (!text)
		return error_set(error, 0, "the workload does not fit");
	for (const struct need_term *term = need->terms; term < need->terms + OBJECT_COUNT; term++) {
		cleanup_free char *count =
			xasprintf("%" PRIu64 " x %" PRIu64 " bytes", term->count, term->each);
		if (term->count)
			terms_line(text, term->label, wide_of(term->bytes), count);
	}
	terms_line(text, "margin", wide_of(need->margin_bytes), "10 % of the objects");
	terms_line(text, "needed", wide_of(need->shared_bytes), "");
	terms_line(text, "shared pool", wide_product(shared_mib, MIB), "");
	fclose(text);
	return error_set(error, 0, "the workload does not fit into a shared pool of %" PRIu64 " MiB:%s",
			 shared_mib, arithmetic);
}
