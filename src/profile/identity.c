/* SPDX-License-Identifier: MIT */
/* Keys that say who the router will be and what it may do. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/capability.h"
#include "base/fs.h"
#include "base/nearest.h"
#include "base/text.h"
#include "profile/decode.h"
#include "settings/cgroup_file.h"

#define ID_MAX     (UINT32_MAX - 1) /* UINT32_MAX is -1, which means "no change" to setresuid(2) */
#define GROUPS_MAX 65536            /* NGROUPS_MAX, include/uapi/linux/limits.h */

/* Any name that passwd(5) can hold: LDAP may have names that useradd(8) refuses. */
static bool is_account_name(const char *name)
{
	if (!*name || *name == '-' || strlen(name) > 255)
		return false;
	for (; *name; name++)
		if ((unsigned char)*name <= 0x20 || *name == 0x7F || *name == ':' || *name == '/' ||
		    *name == ',')
			return false;
	return true;
}

/* A name, or an id as a number or as its digits; kept as text. Shared by user and group. */
void decode_principal(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct profile *profile = decoder_profile(decoder);
	char **target = decoder_field(decoder, key);
	const char *text = json_string_value(node->value);
	uint64_t id;

	bool numeric = text ? text[strspn(text, "0123456789")] == '\0' : true;
	bool known = text ? parse_u64(text, &id) : node_number(decoder, node, &id);
	if (numeric ? !known || id > ID_MAX : !is_account_name(text)) {
		must_be(decoder, node, key->allowed, key->hint);
		return;
	}
	free(*target);
	*target = numeric ? xasprintf("%" PRIu64, id) : xstrdup(text);
	*(target == &profile->user ? &profile->user_source : &profile->group_source) =
		decoder_source(decoder, node);
}

static void add_gid(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct profile *profile = decoder_profile(decoder);
	uint64_t id;
	if (!node_number(decoder, node, &id) || id > ID_MAX)
		must_be(decoder, node, "a group id from 0 to 4294967294", key->hint);
	else
		*ARRAY_ADD(profile->additional_gids, profile->additional_gid_count) = (gid_t)id;
}

void decode_gids(struct decoder *decoder, const struct node *node, const struct key *key)
{
	if (json_array_size(node->value) > GROUPS_MAX) {
		problem_here(decoder, node, NULL, "more than %d groups", GROUPS_MAX);
		return;
	}
	decoder_profile(decoder)->has_additional_gids = true;
	each_element(decoder, node, key, add_gid);
}

/* A text is octal, as in a shell; a number is decimal, as in OCI: 23 is 0027. */
bool decode_mode_bits(const struct decoder *decoder, const struct node *node, const struct key *key,
		      mode_t *mode)
{
	const char *text = json_string_value(node->value);
	uint64_t bits;

	if (text) {
		size_t digits = strspn(text, "01234567");
		bits = digits > 0 && digits <= 4 && !text[digits] ? strtoul(text, NULL, 8) : UINT64_MAX;
	} else if (!node_number(decoder, node, &bits)) {
		bits = UINT64_MAX;
	}
	if (bits > 0777) {
		must_be(decoder, node, key->allowed, key->hint);
		return false;
	}
	*mode = (mode_t)bits;
	return true;
}

void decode_umask(struct decoder *decoder, const struct node *node, const struct key *key)
{
	if (decode_mode_bits(decoder, node, key, &decoder_profile(decoder)->umask))
		decoder_profile(decoder)->has_umask = true;
}

/* capability_number() also takes lower case; a profile has one way to write a name. -1: none. */
static int find_capability(const char *name)
{
	return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] ? -1 : capability_number(name);
}

static char *nearest_capability(const char *name)
{
	const char *names[CAPABILITY_BITS];
	size_t count = 0;
	while (count < CAPABILITY_BITS && capability_name((unsigned)count)) {
		names[count] = capability_name((unsigned)count);
		count++;
	}
	return did_you_mean(name, names, count);
}

/* "NET_ADMIN" and "cap_net_admin" are what docker and capsh call it. Caller frees; may be NULL. */
static char *capability_hint(const char *name)
{
	if (strcasecmp(name, "all") == 0)
		return xstrdup("remove \"capabilities\": then the router keeps all of them");
	cleanup_free char *full = xasprintf("%s%s", strncasecmp(name, "CAP_", 4) == 0 ? "" : "CAP_", name);
	for (char *letter = full; *letter; letter++)
		*letter = ascii_to_upper(*letter);
	return find_capability(full) >= 0 ? xasprintf("did you mean \"%s\"?", full)
					  : nearest_capability(full);
}

static void add_capability(struct decoder *decoder, const struct node *node, const struct key *key)
{
	const char *name = json_string_value(node->value);
	int number = name ? find_capability(name) : -1;

	(void)key;
	if (number >= 0) {
		decoder_profile(decoder)->capabilities |= CAPABILITY_BIT(number);
		return;
	}
	cleanup_free char *hint = name ? capability_hint(name) : NULL;
	must_be(decoder, node, "the name of a capability such as \"CAP_NET_BIND_SERVICE\"", hint);
}

void decode_capabilities(struct decoder *decoder, const struct node *node, const struct key *key)
{
	decoder_profile(decoder)->has_capabilities = true;
	each_element(decoder, node, key, add_capability);
}

/* The directory of the file that a value stands in, "." where it has none; NULL on the command line.
 * Caller frees. */
static char *folder_of(const struct decoder *decoder, const struct node *node)
{
	const struct json_place *place = json_document_place(decoder->document, node->pointer);
	if (!place || !place->line || !place->file)
		return NULL;
	return directory_of(place->file);
}

/* A relative path starts from the folder of the file that has it; one on the command line starts from the
 * working directory. "mine.json" is a path, as it is for the filter's reader. */
static char *beside(const char *folder, const char *name)
{
	bool relative = *name != '/' && (strchr(name, '/') || text_ends_with(name, ".json"));
	return relative && folder ? path_join(folder, name) : xstrdup(name);
}

/* Checks only the form of an inline filter; the filter compiler checks its contents. */
void decode_seccomp(struct decoder *decoder, const struct node *node, const struct key *key)
{
	struct profile *profile = decoder_profile(decoder);
	const char *name = json_string_value(node->value);

	if (name ? !is_line(name) : !json_is_string(json_object_get(node->value, "defaultAction"))) {
		must_be(decoder, node, key->allowed, key->hint);
		return;
	}
	profile->seccomp.folder = folder_of(decoder, node);
	if (name)
		profile->seccomp.name = beside(profile->seccomp.folder, name);
	else
		profile->seccomp.content = json_incref(node->value);
}

/* The keys that are no mechanism's. */
static const char *const policy_words[] = {"default", POLICY_WORKLOAD, POLICY_PLAN, POLICY_ESTIMATE};

static size_t policy_names(const char **names, size_t limit)
{
	size_t count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(policy_words); i++)
		names[count++] = policy_words[i];
	for (enum mechanism_id id = 0; id < MECHANISM_COUNT && count < limit; id++)
		names[count++] = mechanism_name(id);
	return count;
}

/* "mechanism/step" with the step's nearest name, or the nearest mechanism, or all of them. Caller frees. */
static char *policy_hint(const char *name)
{
	const char *names[32];
	size_t count = policy_names(names, ARRAY_SIZE(names));
	const char *slash = strchr(name, '/');
	cleanup_free char *mechanism = xstrndup(name, slash ? (size_t)(slash - name) : strlen(name));
	const char *nearest = nearest_name(mechanism, names, count);
	enum mechanism_id id;
	const char *step =
		slash && nearest && mechanism_named(nearest, &id) ? setting_nearest(id, slash + 1) : NULL;

	if (nearest && (!slash || step))
		return xasprintf("did you mean \"%s%s%s\"?", nearest, step ? "/" : "", step ? step : "");
	char *hint = xstrdup("known:");
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *before = hint;
		hint = xasprintf("%s%s %s", before, i ? "," : "", names[i]);
	}
	cleanup_free char *before = hint;
	return xasprintf("%s, or MECHANISM/SETTING such as cgroup/pids.max", before);
}

static bool policy_known(const char *name)
{
	const char *slash = strchr(name, '/');
	struct cgroup_file_fault fault;
	enum mechanism_id id;
	for (size_t i = 0; i < ARRAY_SIZE(policy_words); i++)
		if (strcmp(name, policy_words[i]) == 0)
			return true;
	cleanup_free char *mechanism = xstrndup(name, slash ? (size_t)(slash - name) : strlen(name));
	if (!mechanism_named(mechanism, &id))
		return false;
	return !slash || setting_find(id, slash + 1) != NULL ||
	       (id == MECHANISM_CGROUP && cgroup_file_settable(slash + 1, &fault));
}

static void policy_entry(struct decoder *decoder, const struct node *node, const char *name,
			 const struct key *key)
{
	struct profile *profile = decoder_profile(decoder);
	unsigned policy;

	if (!policy_known(name)) {
		cleanup_free char *quote = quoted(name);
		cleanup_free char *message = xasprintf("unknown policy key %s", quote);
		cleanup_free char *hint = policy_hint(name);
		problem_add(decoder->problems, json_document_place(decoder->document, node->pointer),
			    node->pointer, true, message, hint);
		return;
	}
	if (json_is_null(node->value) || !node_check_type(decoder, node, key))
		return;
	if (decode_choice_number(decoder, node, key, &policy))
		*ARRAY_ADD(profile->policies, profile->policy_count) = (struct policy_entry){
			xstrdup(name), (enum policy)policy, decoder_source(decoder, node)};
}

void decode_policy(struct decoder *decoder, const struct node *node, const struct key *key)
{
	each_member(decoder, node, key, policy_entry);
}
