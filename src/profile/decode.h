/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PROFILE_DECODE_H
#define SIPLAUNCH_PROFILE_DECODE_H
/*
 * Private to the profile room. A merged document becomes a struct profile by walking one table of keys
 * (keys.c): each row has a key's name, the JSON types it takes, what is allowed in words, and its decoder.
 * The same table guides --set. A decoder never stops at a problem: it reports it and leaves the field as it
 * was.
 */
#include "base/json.h"
#include "base/trust.h"
#include "profile/profile.h"

struct decoder {
	struct profile *profile;
	const struct json_document *document;
	struct problems *problems;
};

/* A value and where it stands in the merged document. */
struct node {
	json_t *value;
	const char *pointer;
};

struct key;
typedef void decode_function(struct decoder *decoder, const struct node *node, const struct key *key);

/* A key that people bring from OCI, Docker or systemd, and where it goes. */
struct foreign_key {
	const char *name, *hint;
};

enum size_takes {
	SIZE_TAKES_PERCENT = 1 << 0,
	SIZE_TAKES_ZERO = 1 << 1,
	SIZE_TAKES_WHOLE_MIB = 1 << 2, /* the routers' -m and -M are whole MiB */
};

/* One row of the table. Every key takes null as well: it removes what was inherited. */
struct key {
	const char *name;
	unsigned types;      /* TYPE() bits of what it takes */
	const char *allowed; /* completes "must be …" */
	decode_function *decode;
	size_t field;              /* offset in struct profile of what it fills */
	const struct key *members; /* an object's known keys; ends with a row without name */
	const struct key *entry;   /* an object with keys of its own choosing: what each of them holds */
	const struct foreign_key *foreign; /* of an object; ends with a row without name */
	const char *const *choices;        /* of a word: in the order of its enum; NULL-terminated */
	uint64_t minimum, maximum;         /* of a number */
	unsigned size_takes;               /* of a size */
	const char *hint;                  /* goes with "must be …" */
};

#define TYPE(json_type) (1u << (json_type))
#define TYPE_OBJECT     TYPE(JSON_OBJECT)
#define TYPE_ARRAY      TYPE(JSON_ARRAY)
#define TYPE_STRING     TYPE(JSON_STRING)
#define TYPE_INTEGER    TYPE(JSON_INTEGER)
#define TYPE_BOOLEAN    (TYPE(JSON_TRUE) | TYPE(JSON_FALSE))
#define TYPE_NULL       TYPE(JSON_NULL)
#define TYPE_SCALAR     (TYPE_STRING | TYPE_INTEGER | TYPE_BOOLEAN | TYPE_NULL)

extern const struct key profile_key;  /* the whole document; its members are the top-level keys */
extern const struct key rlimit_entry; /* one object of rlimits */

/* What every decoder needs. */
enum source decoder_source(const struct decoder *decoder, const struct node *node);
/* A JSON integer >= 0, beyond int64 as well. */
bool node_number(const struct decoder *decoder, const struct node *node, uint64_t *number);
bool node_check_type(const struct decoder *decoder, const struct node *node, const struct key *key);
char *node_text(const struct decoder *decoder, const struct node *node); /* as JSON, at most a line of it */
void must_be(const struct decoder *decoder, const struct node *node, const char *allowed, const char *hint);
void problem_here(const struct decoder *decoder, const struct node *node, const char *hint,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));
void unknown_key(const struct decoder *decoder, const char *pointer, const char *name,
		 const struct key *object);
char *known_names(const struct key *members); /* "known here: memory, shared, …". Fresh */
bool is_line(const char *text);               /* not empty, no control characters */

/* Calls `each` for every member of an object; for a null as well, since an unknown name is wrong even then.
 */
void each_member(struct decoder *decoder, const struct node *node, const struct key *key,
		 void (*each)(struct decoder *, const struct node *, const char *name, const struct key *));

bool is_given(const json_t *object, const char *name); /* there, and not null */
/* What is special about a text that is no size ("4GB"); NULL: nothing. */
const char *size_hint(const char *text);

/* Why what follows a directory of ours cannot be a path: an empty component, a "..", too long. NULL: it can.
 */
const char *relative_path_fault(const char *path);

/* Octal digits as text, or a number, up to 0777; else the problem is reported. */
bool decode_mode_bits(const struct decoder *decoder, const struct node *node, const struct key *key,
		      mode_t *mode);

/* limits.c: a single number of a setting, within its bounds; else the problem is reported. */
bool decode_limit(const struct decoder *decoder, const struct node *node, const struct setting *setting,
		  struct size *size);
void must_be_setting(const struct decoder *decoder, const struct node *node, const struct setting *setting);
bool mechanism_is(const struct setting *setting, const char *mechanism);

decode_function decode_ignore, decode_object, decode_text, decode_date, decode_word, decode_choice,
	decode_flag, decode_size, decode_count, decode_number, decode_score, decode_oom_adj,
	decode_semaphores, decode_cgroup_path;
decode_function decode_directories, decode_directory_mode;
decode_function decode_unified, decode_sysctl, decode_rlimits;
decode_function decode_oci_memory, decode_oci_pids, decode_oci_cpu, decode_oci_huge_pages;
decode_function decode_principal, decode_gids, decode_umask, decode_capabilities, decode_seccomp,
	decode_policy;

/* document.c: reads a profile and what it extends into one document. Places point into loader->files. */
struct loader {
	const struct profile_search *search;
	struct problems *problems;
	char **files; /* in the order of inheritance: the one that was asked for first */
	size_t file_count;
	struct file_id *ids; /* of the same files */
	size_t id_count;
	struct trust_trail trail; /* who else could change them */
};
/* The directory of a path, "." where it names none. Caller frees. */
char *directory_of(const char *file);
int loader_read(struct loader *loader, const char *name, struct json_document *document);
void loader_clear(struct loader *loader);

/* merge.c: lays `top` over `base`; top is empty afterwards. */
void document_overlay(struct json_document *base, struct json_document *top);

/* override.c: --set, --policy and --workload. */
void override_apply(struct json_document *document, const struct profile_request *request,
		    struct problems *problems);

/* rules.c: what no single key can tell. */
void profile_rules(const struct decoder *decoder);

/* rules.c: what follows from the keys that are given: memory.max is "auto" in a group that is sized for. */
void profile_complete(struct profile *profile);

/* resolve.c: the merged document as a profile of its own: no extends, no nulls, the table's order. Integers
 * that json_t cannot hold become strings of their digits. */
json_t *document_resolve(const struct json_document *document);

/* search.c: the file of a name or path: the first that `take` takes. `beside` is the directory of the file
 * that extends it, or NULL. Fresh, or NULL. */
typedef bool path_taker(const char *path, void *data);
char *profile_find(const char *name, const char *beside, const struct profile_search *search,
		   path_taker *take, void *data);

#endif
