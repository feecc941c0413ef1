/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SECCOMP_DECODE_H
#define SIPLAUNCH_SECCOMP_DECODE_H
/*
 * Private to the seccomp room: from JSON to struct seccomp_profile, in three steps. decode.c reads the
 * document, select.c selects the rules for this machine, calls.c turns them into the action for each system
 * call. A step never stops at a problem: it reports it and continues.
 */
#include "seccomp/seccomp.h"

struct reader {
	const struct seccomp_request *request;
	const struct json_document *document;
	struct problems *problems;
	struct seccomp_profile *profile;
	struct seccomp_architecture native; /* that of the request */
};

/* A value and its JSON pointer; the value is NULL where there is none, or null. */
struct item {
	json_t *value; /* borrowed */
	char *pointer; /* owned */
};
struct item item_member(const struct item *object, const char *key);
struct item item_element(const struct item *array, size_t index);
void item_clear(struct item *item);
#define cleanup_item __attribute__((cleanup(item_clear)))

void item_must_be(const struct reader *reader, const struct item *item, const char *allowed,
		  const char *hint);
/* The text of a string; NULL if there is no value, or, with the problem reported, if it has another type. */
const char *item_string(const struct reader *reader, const struct item *item, const char *allowed);
/* True for an array, which may be empty; another value is reported. */
bool item_is_array(const struct reader *reader, const struct item *item, const char *allowed);
/* A number >= 0, or where json_t could not hold it the string of its digits. */
bool item_number(const struct reader *reader, const struct item *item, uint64_t *number);
/* Reports every key that is not in `known` (NULL-terminated) and not a comment. False if the value is not an
 * object. */
bool item_check_keys(const struct reader *reader, const struct item *object, const char *const *known,
		     const char *allowed);

void seccomp_warn(struct seccomp_profile *profile, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* decode.c: decodes the whole document, except the rules' conditions on the machine. */
void seccomp_decode(struct reader *reader, const struct item *root);

/* words.c: actions, operators, flags, errno names. False for an unknown word; *refused, if not NULL, says why
 * siplaunch refuses a known one. */
bool seccomp_action_find(const char *name, uint32_t *action, const char **refused);
bool seccomp_operator_find(const char *name, enum seccomp_operator *compare);
bool seccomp_flag_find(const char *name, unsigned *flag, const char **refused);
bool errno_find(const char *name, uint32_t *number);
/* The words that are accepted, for the schema; NULL behind the last. */
enum seccomp_words { SECCOMP_WORDS_ACTIONS, SECCOMP_WORDS_OPERATORS, SECCOMP_WORDS_FLAGS };
const char *seccomp_word(enum seccomp_words words, size_t index);
/* The nearest one as `did you mean "…"?`, or NULL. Caller frees. */
char *seccomp_action_hint(const char *name);
char *seccomp_operator_hint(const char *name);
char *seccomp_flag_hint(const char *name);

/* architecture.c */
struct seccomp_architecture architecture_native(void);
/* "aarch64"; its token is 0 where this libseccomp does not know it. */
struct seccomp_architecture architecture_named(const char *name);
/* "SCMP_ARCH_X86" -> x86; its token is 0 where this libseccomp does not know it. False for a name of another
 * form. */
bool architecture_find(const char *name, struct seccomp_architecture *architecture);
/* What Docker calls it in "arches": "amd64". */
const char *architecture_docker_name(const struct seccomp_architecture *architecture);

/* select.c: sets rule->left_out by "includes" and "excludes". */
void seccomp_select(const struct reader *reader, const struct item *object, struct seccomp_rule *rule);

/* calls.c: fills profile->calls from the rules that count. */
void seccomp_resolve(struct reader *reader);

/* overlap.c: true where some arguments match both. */
bool clauses_overlap(const struct seccomp_clause *a, const struct seccomp_clause *b);
/* True where `outer` matches all arguments that `inner` matches; both match some. */
bool clause_within(const struct seccomp_clause *inner, const struct seccomp_clause *outer);
/* False where no arguments match. */
bool clause_is_possible(const struct seccomp_clause *clause);

/* judge.c: warns of a filter that compiles but cannot work. After seccomp_resolve(). */
void seccomp_judge(struct seccomp_profile *profile);

#endif
