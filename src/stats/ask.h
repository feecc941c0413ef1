/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_ASK_H
#define SIPLAUNCH_STATS_ASK_H
/*
 * What is asked of which router, and how its answers become numbers. Answers are untrusted: what is not of
 * the form that it should be is an error, never a guess. Private to this room.
 */
#include <jansson.h>

#include "stats/exchange.h"
#include "stats/sample.h"

/* More processes than any router has: keeps what an answer costs in bounds, whatever it holds. */
#define PRIVATES_MAX 4096

/* Of so many processes there are 50,000. Decoded, a value takes up to 300 bytes (an empty object with its
 * name). */
#define ANSWER_VALUES_MAX 100000

/* One call: `method` with `parameters` (an array, not taken over; NULL: none). */
struct question {
	const char *method;
	json_t *parameters;
	unsigned id; /* random */
};

/*
 * The result of a call, a new reference; -1 with why not. ENOSYS: the router does not know the method.
 * `opensips` says whose wire format is spoken over FIFOs.
 */
int ask(const struct management *management, bool opensips, const char *method, json_t *parameters,
	const struct patience *patience, json_t **result, struct error *error);

/* The JSON text of a question; `reply_name` is a member for Kamailio's FIFO, or NULL. Fresh. */
char *question_text(const struct question *question, bool opensips, const char *reply_name);

/* The result in an answer's text. */
int answer_read(const struct reply *reply, const struct question *question, json_t **result,
		struct error *error);

/* ctl's binary form of the same: its records become JSON, several of them an array. */
int binrpc_ask(const struct management *management, const struct question *question,
	       const struct patience *patience, json_t **result, struct error *error);

/* The payload of an answer; `fault`: of one that says what went wrong. */
int binrpc_read(const unsigned char *payload, size_t length, bool fault, json_t **result,
		struct error *error);

/* Fills what the router tells. 0; -1 when its shared pool could not be asked for. */
int ask_kamailio(struct management *management, const struct patience *patience, struct sample *sample,
		 struct error *error);
int ask_opensips(struct management *management, const struct patience *patience, struct sample *sample,
		 struct error *error);

/* ---- what an answer holds; pure ---- */

int kamailio_shared_kib(const json_t *result, struct pool_stats *pool, struct error *error);
int kamailio_privates(const json_t *result, struct sample *sample, struct error *error);
int kamailio_transactions(const json_t *result, struct sample *sample, struct error *error);
int kamailio_statistics(const json_t *result, struct sample *sample, struct error *error);
int opensips_shared(const json_t *result, struct sample *sample, struct error *error);
int opensips_privates(const json_t *result, struct sample *sample, struct error *error);
int opensips_processes(const json_t *result, struct sample *sample, struct error *error);

/*
 * A statistic of the modules usrloc, dialog or tm, "usrloc:location_contacts", that counts objects of the
 * sample: adds `number` to them. What it does not know is passed over.
 */
void count_objects(struct sample *sample, const char *statistic, uint64_t number);

/* The version: text without blanks at its end; NULL where it is none. Fresh. */
char *answer_version(const json_t *text);

/* A number of an answer: not negative, whole. Absent: NONE, and 0. -1 where it is anything else. */
int answer_number(const json_t *object, const char *key, enum value_kind kind, struct value *value,
		  struct error *error);

#endif
