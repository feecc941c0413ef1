/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_JSON_DECODE_H
#define SIPLAUNCH_BASE_JSON_DECODE_H
/*
 * A JSON document becomes a structure by walking a table of keys: each row has a key's name, the JSON types
 * that it accepts, what is allowed in words, and its decoder. A decoder never stops at a problem: it reports
 * it with its JSON pointer and leaves the field as it was. The tables are with the documents: profiles
 * (profile/keys.c), the plan of init (session/plan_file.c).
 */
#include "base/problem.h"

struct decoder {
	void *target; /* the structure that the document fills */
	const struct json_document *document;
	struct problems *problems;
};

/* A value and its position in the document. */
struct node {
	json_t *value;
	const char *pointer;
};

struct key;
typedef void decode_function(struct decoder *decoder, const struct node *node, const struct key *key);

/* A key of OCI, Docker or systemd, and its place in a profile. */
struct foreign_key {
	const char *name, *hint;
};

/* One row of a table. A key that is not required accepts null too, which counts as absent. */
struct key {
	const char *name;
	unsigned types;      /* TYPE() bits of the accepted types */
	const char *allowed; /* completes "must be …" */
	decode_function *decode;
	size_t field;                      /* offset of the filled member in the target */
	bool required;                     /* its absence is a problem */
	const struct key *members;         /* an object's known keys; ends with a row without name */
	const struct key *entry;           /* an object with free keys: the row for each value */
	const struct foreign_key *foreign; /* of an object; ends with a row without name */
	const char *const *choices;        /* of a word: in the order of its enum; NULL-terminated */
	uint64_t minimum, maximum;         /* of a number */
	uint64_t multiple;                 /* of a number: what it must be a multiple of; 0: any */
	unsigned size_takes;               /* of a size: enum size_takes (profile/decode.h) */
	const char *hint;                  /* goes with "must be …" */
	const char *doc;    /* siplaunch-profile(5) and the schema; marked up like option_row.manual */
	const char *schema; /* members of its JSON Schema that do not follow from the others; NULL */
};

#define TYPE(json_type) (1u << (json_type))
#define TYPE_OBJECT     TYPE(JSON_OBJECT)
#define TYPE_ARRAY      TYPE(JSON_ARRAY)
#define TYPE_STRING     TYPE(JSON_STRING)
#define TYPE_INTEGER    TYPE(JSON_INTEGER)
#define TYPE_BOOLEAN    (TYPE(JSON_TRUE) | TYPE(JSON_FALSE))
#define TYPE_NULL       TYPE(JSON_NULL)
#define TYPE_SCALAR     (TYPE_STRING | TYPE_INTEGER | TYPE_BOOLEAN | TYPE_NULL)

/* What decoders use. */
void *decoder_field(const struct decoder *decoder, const struct key *key);
bool node_number(const struct decoder *decoder, const struct node *node, uint64_t *number);
/* False for a value of another type than the key's, which is reported. */
bool node_check_type(const struct decoder *decoder, const struct node *node, const struct key *key);
char *node_text(const struct decoder *decoder, const struct node *node); /* document_text() */
void must_be(const struct decoder *decoder, const struct node *node, const char *allowed, const char *hint);
void problem_here(const struct decoder *decoder, const struct node *node, const char *hint,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));
char *known_names(const struct key *members); /* "known here: memory, shared, …". Caller frees */
/* The known key that is nearest to `name`, or NULL. */
const char *nearest_member(const struct key *members, const char *name);
bool is_line(const char *text);                        /* not empty, no control characters */
bool is_given(const json_t *object, const char *name); /* present, and not null */

/* Calls `each` with key->entry for every member of an object, also for a null: an unknown name is an error
 * even then. */
void each_member(struct decoder *decoder, const struct node *node, const struct key *key,
		 void (*each)(struct decoder *, const struct node *, const char *name, const struct key *));

/* Calls `each` with `key` for every element of an array. */
void each_element(struct decoder *decoder, const struct node *array, const struct key *key,
		  decode_function *each);

/*
 * Decoders for any table. An object's known members go to their decoders, each unknown one is a problem. A
 * text is one line, a word one of the choices; both fill a char * (owned). A number fills a uint64_t.
 */
decode_function decode_ignore, decode_object, decode_text, decode_word, decode_number;
/* Sets *number to the string's index in key->choices. False, with the problem reported, for any other
 * value. */
bool decode_choice_number(const struct decoder *decoder, const struct node *node, const struct key *key,
			  unsigned *number);
/* Reads a number within the key's bounds. False, with the problem reported, for any other value. */
bool decode_bounded(const struct decoder *decoder, const struct node *node, const struct key *key,
		    uint64_t *number);

#endif
