/* SPDX-License-Identifier: MIT */
/* Keys that are rows of the settings table: resources.unified and sysctl. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/nearest.h"
#include "profile/decode.h"
#include "settings/cgroup_file.h"

#define TEXT_MAX  4095 /* kernfs takes at most a page less one byte in a write */
#define FILES_MAX 256  /* more files than any group has */
#define SEMMNI_MAX                                                                                           \
	32768 /* IPCMNI, include/linux/ipc_namespace.h: above it the kernel returns ERANGE, after it changed \
		 the other three \ */

static bool read_four(const char *text, const struct setting *setting, uint64_t numbers[VALUE_NUMBERS_MAX])
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = NULL;
	unsigned count = 0;
	for (char *word = strtok_r(copy, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest), count++)
		if (count == setting->arity || !parse_u64(word, &numbers[count]) ||
		    numbers[count] < setting->minimum || numbers[count] > setting->maximum)
			return false;
	return count == setting->arity;
}

/* kernel.sem: SEMMSL SEMMNS SEMOPM SEMMNI. */
static bool decode_several(const struct decoder *decoder, const struct node *node,
			   struct requested *requested)
{
	const char *text = json_string_value(node->value);
	uint64_t numbers[VALUE_NUMBERS_MAX];

	requested->automatic = text && requested->setting->allows_auto && strcmp(text, "auto") == 0;
	if (requested->automatic)
		return true;
	if (!text || !read_four(text, requested->setting, numbers)) {
		must_be_setting(decoder, node, requested->setting);
		return false;
	}
	if (requested->setting->id == SETTING_SEM && numbers[3] > SEMMNI_MAX) {
		problem_here(decoder, node, "the order is SEMMSL SEMMNS SEMOPM SEMMNI",
			     "SEMMNI, the fourth number, must be at most %d, not %" PRIu64, SEMMNI_MAX,
			     numbers[3]);
		return false;
	}
	requested->value = value_numbers(requested->setting->kind, requested->setting->arity, numbers);
	return true;
}

static bool decode_line(const struct decoder *decoder, const struct node *node, struct requested *requested)
{
	const char *text = json_string_value(node->value);
	/* An empty string does not mean "no value": cgroup files read it as 0. */
	if (!text || !is_line(text) || strlen(text) > TEXT_MAX) {
		must_be_setting(decoder, node, requested->setting);
		return false;
	}
	requested->value = value_text(text);
	return true;
}

/* The text for a file, as in OCI: a number stands for its digits, except in a file of the table, whose lines
 * begin with a device. Empty: no such text. Caller frees. */
static char *file_text(const struct decoder *decoder, const struct node *node, const struct setting *setting)
{
	uint64_t number;
	if (json_is_string(node->value))
		return xstrdup(json_string_value(node->value));
	bool fits = json_integer_value(node->value) < 0 || node_number(decoder, node, &number);
	return fits && !setting_find(MECHANISM_CGROUP, setting->name) ? node_text(decoder, node)
								      : xstrdup("");
}

/* A text with a line for each write. */
static bool decode_file(const struct decoder *decoder, const struct node *node, struct requested *requested)
{
	cleanup_free char *text = file_text(decoder, node, requested->setting);
	cleanup_free char *lines = xstrdup(text);

	for (char *c = lines; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	/* An empty line does not mean "no value": cgroup files read it as 0. */
	if (!is_line(lines) || *text == '\n' || strstr(text, "\n\n") || strlen(text) > TEXT_MAX) {
		must_be_setting(decoder, node, requested->setting);
		return false;
	}
	requested->value = value_text(text);
	return true;
}

static bool decode_one(const struct decoder *decoder, const struct node *node, struct requested *requested)
{
	struct size size;
	if (!decode_limit(decoder, node, requested->setting, &size))
		return false;
	requested->automatic = size.kind == SIZE_AUTO;
	if (requested->setting->kind == VALUE_BYTES)
		requested->size = size;
	if (size.kind == SIZE_BYTES || size.kind == SIZE_UNLIMITED)
		requested->value = value_number(requested->setting->kind, size_bytes(&size, 0, 0));
	return true;
}

static bool decode_requested(const struct decoder *decoder, const struct node *node, const struct key *key,
			     const struct setting *setting, struct requested *requested)
{
	*requested = (struct requested){.setting = setting, .source = decoder_source(decoder, node)};
	if (!node_check_type(decoder, node, key))
		return false;
	if (setting_has_lines(setting))
		return decode_file(decoder, node, requested);
	if (setting->kind == VALUE_TEXT)
		return decode_line(decoder, node, requested);
	return setting->arity > 1 ? decode_several(decoder, node, requested)
				  : decode_one(decoder, node, requested);
}

static void refuse_name(const struct decoder *decoder, const struct node *node, const char *what,
			const char *name, const char *nearest, const char *otherwise)
{
	cleanup_free char *quote = quoted(name);
	cleanup_free char *message = xasprintf("%s %s", what, quote);
	cleanup_free char *hint = nearest ? xasprintf("did you mean \"%s\"?", nearest) : NULL;
	problem_add(decoder->problems, json_document_place(decoder->document, node->pointer), node->pointer,
		    true, message, hint ? hint : otherwise);
}

/* The file's row in the settings table, or an own setting of the profile. NULL: it cannot be set;
 * reported. */
static const struct setting *unified_setting(const struct decoder *decoder, const struct node *node,
					     const char *name)
{
	struct profile *profile = decoder_profile(decoder);
	struct cgroup_file_fault fault;

	if (!cgroup_file_settable(name, &fault)) {
		refuse_name(decoder, node, fault.what, name, fault.instead, fault.why);
		return NULL;
	}
	const struct setting *setting = setting_find(MECHANISM_CGROUP, name);
	if (setting)
		return setting;
	struct setting *own = setting_of_file(name);
	*ARRAY_ADD(profile->files, profile->file_count) = own;
	return own;
}

static void unified_entry(struct decoder *decoder, const struct node *node, const char *name,
			  const struct key *key)
{
	const struct setting *setting = unified_setting(decoder, node, name);
	struct profile *profile = decoder_profile(decoder);
	struct requested requested;

	if (setting && !json_is_null(node->value) &&
	    decode_requested(decoder, node, key, setting, &requested))
		*ARRAY_ADD(profile->unified, profile->unified_count) = requested;
}

void decode_unified(struct decoder *decoder, const struct node *node, const struct key *key)
{
	if (json_object_size(node->value) > FILES_MAX)
		problem_here(decoder, node, NULL, "more than %d files: no group has so many", FILES_MAX);
	else
		each_member(decoder, node, key, unified_entry);
}

/* The part in which a misspelling is searched: with the common "kernel." all names would look similar. */
static const char *last_component(const char *name)
{
	const char *last = name;
	for (; *name; name++)
		if (*name == '.' || *name == '/')
			last = name + 1;
	return last;
}

static const char *nearest_sysctl(const char *name)
{
	const char *last[64], *full[64];
	size_t count = 0;
	for (size_t i = 0; i < settings_count && count < ARRAY_SIZE(last); i++) {
		if (settings[i].mechanism != MECHANISM_SYSCTL)
			continue;
		full[count] = settings[i].name;
		last[count++] = last_component(settings[i].name);
	}
	const char *nearest = nearest_name(last_component(name), last, count);
	for (size_t i = 0; i < count; i++)
		if (last[i] == nearest)
			return full[i];
	return NULL;
}

static bool is_of_network(const char *name)
{
	return strncmp(name, "net.", strlen("net.")) == 0;
}

static bool is_of_uts(const char *name)
{
	return strcmp(name, "kernel.hostname") == 0 || strcmp(name, "kernel.domainname") == 0;
}

/* Trees with no sysctl of the IPC namespace, besides the known ones. */
static bool is_host_wide(const char *name)
{
	static const char *const trees[] = {"kernel.", "vm.", "fs.", "dev.", "debug.", "abi.", "user."};
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
		if (strncmp(name, trees[i], strlen(trees[i])) == 0)
			return true;
	return false;
}

static void refuse_sysctl(const struct decoder *decoder, const struct node *node, const char *name)
{
	const char *nearest = nearest_sysctl(name);
	if (is_of_network(name))
		refuse_name(decoder, node, "of the network namespace, which siplaunch does not set: sysctl",
			    name, NULL,
			    "on a host in /etc/sysctl.d; of a container --sysctl NAME=VALUE, of a pod "
			    "securityContext.sysctls");
	else if (is_of_uts(name))
		refuse_name(decoder, node, "of the UTS namespace, which siplaunch does not set: sysctl", name,
			    NULL,
			    "on a host hostnamectl; of a container --hostname and --domainname, of a pod "
			    "hostname and subdomain");
	else if (!nearest && is_host_wide(name))
		refuse_name(decoder, node, "not namespaced, so host-wide: sysctl", name, NULL,
			    "set it for the whole host or container, in /etc/sysctl.d");
	else
		refuse_name(decoder, node, "unknown sysctl", name, nearest,
			    "those of the IPC namespace are known: kernel.shm*, kernel.sem, kernel.msg*, "
			    "fs.mqueue.*");
}

static void sysctl_entry(struct decoder *decoder, const struct node *node, const char *name,
			 const struct key *key)
{
	const struct setting *setting = setting_find(MECHANISM_SYSCTL, name);
	struct profile *profile = decoder_profile(decoder);
	struct requested requested;

	if (!setting)
		refuse_sysctl(decoder, node, name);
	else if (!json_is_null(node->value) && decode_requested(decoder, node, key, setting, &requested))
		*ARRAY_ADD(profile->sysctls, profile->sysctl_count) = requested;
}

void decode_sysctl(struct decoder *decoder, const struct node *node, const struct key *key)
{
	each_member(decoder, node, key, sysctl_entry);
}
