/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_ASK_H
#define SIPLAUNCH_STATS_ASK_H
/*
 * The queries of each router, and the conversion of its answers into numbers. Answers are untrusted: a
 * malformed one is an error, never a guess. Private to this room.
 */
#include <jansson.h>

#include "router/router.h"
#include "stats/exchange.h"
#include "stats/sample.h"

/* More processes than any router has: bounds the cost of any answer. */
#define PRIVATES_MAX 4096

/* PRIVATES_MAX processes take 50,000 values. A decoded value takes up to 300 bytes (an empty object with its
 * name). */
#define ANSWER_VALUES_MAX 100000

/* One call: `method` with `parameters` (an array, not taken over; NULL: none). */
struct question {
	const char *method;
	json_t *parameters;
	unsigned id;  /* random */
	bool repeats; /* objects of the answer may repeat a member's name: the last one counts */
};

/*
 * The result of a call, a new reference; -1 with why not. ENOSYS: the router does not know the method.
 * `protocol` is the router's.
 */
int ask(const struct management *management, enum management_protocol protocol, const char *method,
	json_t *parameters, const struct deadline *deadline, json_t **result, struct error *error);
/* The same for a question, whose id it sets. */
int ask_question(const struct management *management, enum management_protocol protocol,
		 struct question *question, const struct deadline *deadline, json_t **result,
		 struct error *error);

/* The JSON text of a question; `reply_name` is a member for Kamailio's FIFO, or NULL. Caller frees. */
char *question_text(const struct question *question, enum management_protocol protocol,
		    const char *reply_name);

/* Reads the result from an answer's text. 0 with a new reference, or -1. */
int answer_read(const struct reply *reply, const struct question *question, json_t **result,
		struct error *error);

/* The same in ctl's binary form: its records become JSON, and several records an array. */
int binrpc_ask(const struct management *management, const struct question *question,
	       const struct deadline *deadline, json_t **result, struct error *error);

/* The payload of an answer; `fault`: it is an error message; `repeats` as in a question. */
int binrpc_read(const unsigned char *payload, size_t length, bool fault, bool repeats, json_t **result,
		struct error *error);

/* Fills the router's statistics. 0; -1 if the query of its shared pool failed. */
int ask_rpc(struct management *management, const struct deadline *deadline, struct sample *sample,
	    struct error *error);
int ask_mi(struct management *management, const struct deadline *deadline, struct sample *sample,
	   struct error *error);

/* Fills the memory of each module, in any order. 0; -1 with the reason; ENOSYS: this router never reports
 * it. */
int ask_rpc_modules(const struct sample_target *target, const struct deadline *deadline,
		    struct sample *sample, struct error *error);
int ask_mi_modules(const struct sample_target *target, const struct deadline *deadline, struct sample *sample,
		   struct error *error);

/* ---- the contents of answers; pure ---- */

int rpc_shared_kib(const json_t *result, struct pool_stats *pool, struct error *error);
int rpc_privates(const json_t *result, struct sample *sample, struct error *error);
int rpc_processes(const json_t *result, struct sample *sample, struct error *error);
int rpc_transactions(const json_t *result, struct sample *sample, struct error *error);
int rpc_statistics(const json_t *result, struct sample *sample, struct error *error);
int rpc_modules(const json_t *result, struct sample *sample, struct error *error);
int mi_shared(const json_t *result, struct sample *sample, struct error *error);
int mi_privates(const json_t *result, struct sample *sample, struct error *error);
int mi_processes(const json_t *result, struct sample *sample, struct error *error);
int mi_modules(const json_t *result, struct sample *sample, struct error *error);

/*
 * A statistic of the modules usrloc, dialog or tm, "usrloc:location_contacts", that counts objects of the
 * sample: adds `number` to them. Ignores other statistics.
 */
void count_objects(struct sample *sample, const char *statistic, uint64_t number);

/* The version: a text without trailing blanks; NULL if it is not a usable text. Caller frees. */
char *answer_version(const json_t *text);

/* A number of an answer: not negative, whole. Absent: NONE, and 0. -1 where it is anything else. */
int answer_number(const json_t *object, const char *key, enum value_kind kind, struct value *value,
		  struct error *error);

#endif
