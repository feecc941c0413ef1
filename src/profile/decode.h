/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PROFILE_DECODE_H
#define SIPLAUNCH_PROFILE_DECODE_H
/*
 * Private to the profile room. A merged document becomes a struct profile by walking one table of keys
 * (keys*.c): each row has a key's name, the JSON types that it accepts, a text of the allowed values, and its
 * decoder. The same table guides --set. A decoder does not stop at a problem: it reports the problem and
 * leaves the field unchanged.
 */
#include "base/json_decode.h"
#include "base/trust.h"
#include "profile/profile.h"

static inline struct profile *decoder_profile(const struct decoder *decoder)
{
	return decoder->target;
}

enum size_takes {
	SIZE_TAKES_PERCENT = 1 << 0,
	SIZE_TAKES_ZERO = 1 << 1,
	SIZE_TAKES_WHOLE_MIB = 1 << 2, /* the routers' -m and -M are whole MiB */
};

extern const struct key profile_key;  /* the whole document; its members are the top-level keys */
extern const struct key rlimit_entry; /* one object of rlimits */

/* The source of a node: the profile's file or the command line. */
enum source decoder_source(const struct decoder *decoder, const struct node *node);
/* A hint for a text that is not a size ("4GB"); NULL: none. Static text. */
const char *size_hint(const char *text);

/* Why a text is not valid as a relative path: an empty component, a "..", too long. NULL: it is valid. Static
 * text. */
const char *relative_path_fault(const char *path);

/* Octal digits as text, or a number, up to 0777. False: a problem was reported. */
bool decode_mode_bits(const struct decoder *decoder, const struct node *node, const struct key *key,
		      mode_t *mode);

/* limits.c: a single number of a setting, within its bounds. False: a problem was reported. */
bool decode_limit(const struct decoder *decoder, const struct node *node, const struct setting *setting,
		  struct size *size);
/* The words and forms that a setting accepts in place of a plain number. */
struct grammar {
	bool automatic, percent, unlimited;
};
struct grammar setting_grammar(const struct setting *setting);
bool setting_has_lines(const struct setting *setting); /* a file that takes several lines, one a write */
char *setting_allowed(const struct setting *setting);  /* a text of the allowed values. Caller frees */
void must_be_setting(const struct decoder *decoder, const struct node *node, const struct setting *setting);

decode_function decode_date, decode_choice, decode_flag, decode_size, decode_count, decode_score,
	decode_oom_adj, decode_semaphores, decode_cgroup_path;
decode_function decode_directories, decode_directory_mode;
decode_function decode_unified, decode_sysctl, decode_rlimits;
decode_function decode_oci_memory, decode_oci_pids, decode_oci_cpu, decode_oci_huge_pages;
decode_function decode_principal, decode_gids, decode_umask, decode_capabilities, decode_seccomp,
	decode_policy;

/* document.c: reads a profile and the profiles that it extends into one document. The document's places point
 * into loader->files, so loader_clear() comes last. */
struct loader {
	const struct profile_search *search;
	const char *origin; /* of the requested name; NULL: it was typed */
	struct problems *problems;
	char **files; /* paths, in the order of inheritance: the requested profile first */
	size_t file_count;
	struct file_id *ids; /* of the same files */
	size_t id_count;
	struct trust_trail trail; /* who else can change them */
};
/* The directory of a path; "." if the path has none. Caller frees. */
char *directory_of(const char *file);
int loader_read(struct loader *loader, const char *name, struct json_document *document);
void loader_clear(struct loader *loader);

/* merge.c: merges `top` into `base`; top is empty afterwards. */
void document_overlay(struct json_document *base, struct json_document *top);

/* override.c: --set, --policy and --workload. */
void override_apply(struct json_document *document, const struct profile_request *request,
		    struct problems *problems);

/* rules.c: checks of several keys together. */
void profile_rules(const struct decoder *decoder);

/* rules.c: defaults that depend on other keys: memory.max is "auto" if the profile has a group and
 * sizing.memory. */
void profile_complete(struct profile *profile);

/* resolve.c: the merged document as a self-contained profile: no extends, no nulls, keys in the table's
 * order. Integers above INT64_MAX become strings of digits. A new reference. */
json_t *document_resolve(const struct json_document *document);

/* search.c: the file of a profile's name or path: the first one that `take` accepts; NULL if none. `beside`
 * is the directory of the file that extends it, or NULL. Caller frees. */
typedef bool path_taker(const char *path, void *data);
char *profile_find(const char *name, const char *beside, const struct profile_search *search,
		   path_taker *take, void *data);

#endif
