/* SPDX-License-Identifier: MIT */
#include "settings/tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/shell.h"
#include "base/text.h"

const char *tool_name(enum tool tool)
{
	static const char *const names[] = {
		[TOOL_DOCKER] = "docker",  [TOOL_PODMAN] = "podman", [TOOL_COMPOSE] = "compose",
		[TOOL_POD] = "kubernetes", [TOOL_UNIT] = "systemd",  [TOOL_SYSCTL] = "sysctl",
		[TOOL_SHELL] = "shell",
	};
	return names[tool];
}

bool tool_is_engine(enum tool tool)
{
	return tool == TOOL_DOCKER || tool == TOOL_PODMAN || tool == TOOL_COMPOSE;
}

/* ---- templates ---- */

/* The nth word of `text`, or NULL. Caller frees. */
static char *nth_word(const char *text, unsigned n)
{
	for (text += strspn(text, " "); *text && n > 1; n--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return *text ? xstrndup(text, strcspn(text, " ")) : NULL;
}

/* One word of a template, filled; of "no|yes" after its "=" the one for the flag. */
static char *fill_word(const char *word, const char *text, bool flag)
{
	const char *bar = strchr(word, '|'), *place = strchr(word, '%');
	if (bar) {
		const char *equals = memchr(word, '=', (size_t)(bar - word));
		const char *first = equals ? equals + 1 : word;
		return flag ? xasprintf("%.*s%s", (int)(first - word), word, bar + 1)
			    : xstrndup(word, (size_t)(bar - word));
	}
	if (!place)
		return xstrdup(word);
	cleanup_free char *part =
		place[1] == 's' ? xstrdup(text) : nth_word(text, (unsigned)(place[1] - '0'));
	return part ? xasprintf("%.*s%s%s", (int)(place - word), word, part, place + 2) : NULL;
}

/* A template with its places filled; each word quoted for a shell. NULL where `text` has too few words. */
static char *filled(const char *template, const char *text, bool flag)
{
	cleanup_free char *copy = xstrdup(template), *words = xstrdup("");
	char *rest = NULL;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		cleanup_free char *plain = fill_word(word, text, flag);
		if (!plain)
			return NULL;
		cleanup_free char *quoted = shell_quote(plain);
		words = shell_join(words, quoted);
	}
	return xstrdup(words);
}

static bool flag_of(const struct value *value)
{
	return value->kind == VALUE_FLAG && value->number[0];
}

/* ---- docker, podman ---- */

char *tool_options_each(const char *option, const char *words)
{
	cleanup_free char *copy = xstrdup(words);
	char *rest = NULL, *options = xstrdup("");
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		cleanup_free char *one = filled(option, word, false);
		options = shell_join(options, one ? one : "");
	}
	return options;
}

/* --memory-swap is memory and swap together, and engines refuse it without --memory; --memory alone allows
 * the same amount of swap. */
static char *memory_options(const struct setting *setting, const struct value *value,
			    const struct tool_others *beside)
{
	bool is_max = setting->id == SETTING_MEMORY_MAX;
	uint64_t memory = is_max ? value->number[0] : beside->memory_bytes;
	uint64_t swap = is_max ? beside->swap_bytes : value->number[0], both;
	if (memory == UNLIMITED)
		return NULL;
	cleanup_free char *limit = tool_size(memory, TOOL_DOCKER);
	if (is_max && swap == TOOL_NOT_SAID)
		return xasprintf("--memory %s", limit);
	if (swap == UNLIMITED || __builtin_add_overflow(memory, swap, &both))
		return xasprintf("--memory %s --memory-swap -1", limit);
	cleanup_free char *total = tool_size(both, TOOL_DOCKER);
	return xasprintf("--memory %s --memory-swap %s", limit, total);
}

/* One option has the user and the group. */
static char *user_option(const struct tool_others *beside)
{
	if (!beside->user)
		return NULL;
	cleanup_free char *both =
		beside->group ? xasprintf("%s:%s", beside->user, beside->group) : xstrdup(beside->user);
	return filled("--user %s", both, false);
}

char *tool_options(enum tool tool, const struct setting *setting, const struct value *value,
		   const struct tool_others *beside)
{
	if (setting->id == SETTING_MEMORY_MAX || setting->id == SETTING_MEMORY_SWAP_MAX)
		return memory_options(setting, value, beside);
	if (setting->id == SETTING_UID || setting->id == SETTING_GID)
		return user_option(beside);
	const char *option = setting->docker ? setting->docker : tool == TOOL_PODMAN ? setting->podman : NULL;
	cleanup_free char *text = option ? tool_value(tool, setting, value, !setting->docker) : NULL;
	if (!text)
		return NULL;
	if (setting->form == TEXT_WORDS || setting->form == TEXT_CAPABILITIES)
		return tool_options_each(option, text);
	return filled(option, text, flag_of(value));
}

/* ---- pods ---- */

json_t *tool_field_list(const char *words)
{
	json_t *list = json_checked(json_array());
	cleanup_free char *copy = xstrdup(words);
	char *rest = NULL;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		uint64_t number;
		bool is_number = parse_u64(word, &number) && number <= INT64_MAX;
		json_append(list,
			    json_checked(is_number ? json_integer((json_int_t)number) : json_string(word)));
	}
	return list;
}

#define VOLUME_NAME_LENGTH 63 /* a DNS label's: IsDNS1123Label() of Kubernetes */

/* FNV-1a, 32 bits. */
static uint32_t hash_of(const char *text)
{
	uint32_t hash = 2166136261;
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619;
	return hash;
}

/*
 * What a pod's volume for a directory ("/run/kamailio") is called, a DNS label: "runtime-kamailio". A name
 * that a label cannot have as it is ends with a hash of it: "a.b" and "a/b" are two volumes. Caller frees.
 */
static char *tool_volume_name(const struct setting *setting, const char *path)
{
	const char *below = path + strlen(setting->below) + 1;
	char *name = xasprintf("%s-%s", setting->name, below);
	size_t length = strlen(name);
	bool same = length <= VOLUME_NAME_LENGTH && name[length - 1] != '-';
	for (char *c = name; *c; c++) {
		bool allowed = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-';
		same = same && allowed;
		*c = allowed ? *c : ascii_is_alnum(*c) ? ascii_to_lower(*c) : '-';
	}
	if (same)
		return name;
	cleanup_free char *tame = name;
	return xasprintf("%.*s-%08" PRIx32, VOLUME_NAME_LENGTH - 9, tame, hash_of(below));
}

static json_t *volume_mount(const struct setting *setting, const char *path)
{
	cleanup_free char *name = tool_volume_name(setting, path);
	return json_checked(json_pack("[{s:s, s:s}]", "name", name, "mountPath", path));
}

json_t *tool_field(const struct setting *setting, const struct value *value, char **path)
{
	const char *constant = setting->pod ? strchr(setting->pod, '=') : NULL;
	*path = setting->pod ? xstrndup(setting->pod, strcspn(setting->pod, "=")) : NULL;
	if (constant) {
		cleanup_free char *word = filled(constant + 1, "", flag_of(value));
		return json_boolean(strcmp(word, "true") == 0);
	}
	cleanup_free char *text = *path ? tool_value(TOOL_POD, setting, value, false) : NULL;
	if (!text)
		return NULL;
	if (setting->mechanism == MECHANISM_SYSCTL)
		return json_checked(json_pack("[{s:s, s:s}]", "name", setting->name, "value", text));
	if (setting->below)
		return volume_mount(setting, text);
	if (text_ends_with(*path, "[]"))
		return tool_field_list(text);
	return json_checked(value->kind == VALUE_COUNT ? json_integer((json_int_t)value->number[0])
						       : json_string(text));
}

/* The member of that name; if there is none, `fresh` becomes it. Takes over `fresh`. */
static json_t *child(json_t *object, const char *name, json_t *fresh)
{
	json_t *found = json_object_get(object, name);
	if (found)
		json_decref(fresh);
	else if (json_object_set_new(object, name, fresh) < 0)
		alloc_failed();
	return found ? found : fresh;
}

/* A container needs a name: kubectl apply merges lists of containers by it. */
static json_t *element(json_t *list, bool containers, const char *container)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(item, "name"));
		if (!containers || (name && strcmp(name, container) == 0))
			return item;
	}
	json_t *fresh = json_checked(json_object());
	if (containers)
		json_put(fresh, "name", json_checked(json_string(container)));
	json_append(list, fresh);
	return fresh;
}

static bool contains(const json_t *list, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), value))
			return true;
	return false;
}

static void append_new(json_t *list, const json_t *values)
{
	for (size_t i = 0; i < json_array_size(values); i++) {
		const json_t *value = json_array_get(values, i);
		if (!contains(list, value))
			json_append(list, json_checked(json_deep_copy(value)));
	}
}

void tool_field_put(json_t *manifest, const char *path, const json_t *value, const char *container)
{
	cleanup_free char *copy = xstrdup(path);
	char *rest = copy;
	for (char *name; (name = strsep(&rest, "."));) {
		char *brackets = strstr(name, "[]");
		if (brackets)
			*brackets = '\0';
		if (!rest && !brackets) {
			json_put(manifest, name, json_checked(json_deep_copy(value)));
			return;
		}
		json_t *below = child(manifest, name, json_checked(brackets ? json_array() : json_object()));
		if (!rest)
			append_new(below, value);
		else
			manifest =
				brackets ? element(below, strcmp(name, "containers") == 0, container) : below;
	}
}

/* ---- systemd, sysctl.d ---- */

#define UNIT_DIRECTORY_MODE "0755" /* the default of RuntimeDirectoryMode= and the like */

/* A second line where it takes one. Takes over `line`. */
static char *with_mode(char *line, const struct setting *setting, const char *text)
{
	const char *mode = strrchr(text, ' ') + 1;
	if (strcmp(mode, UNIT_DIRECTORY_MODE) == 0)
		return line;
	cleanup_free char *first = line;
	return xasprintf("%s\n%.*sMode=%s", first, (int)strcspn(setting->systemd, "="), setting->systemd,
			 mode);
}

/* Texts of the profile may have any characters; CPUQuota= has a "%" of its own, which is not a specifier. */
char *tool_directive(const struct setting *setting, const struct value *value)
{
	cleanup_free char *text = setting->systemd ? tool_value(TOOL_UNIT, setting, value, false) : NULL;
	if (!text)
		return NULL;
	bool doubles = setting->form != TEXT_QUOTA;
	cleanup_free char *escaped = xcalloc(2 * strlen(text) + 1, 1);
	char *end = escaped;
	for (const char *c = text; *c; c++) {
		*end++ = *c;
		if (*c == '%' && doubles)
			*end++ = '%';
	}
	char *line = fill_word(setting->systemd, escaped, flag_of(value));
	return line && setting->below ? with_mode(line, setting, value->text) : line;
}

/*
 * systemd.service(5), "COMMAND LINES", and systemd.syntax(7), "QUOTING": in double quotes a backslash begins
 * what C's does, "%" a specifier and "$" a variable wherever they stand. A word of its own ";" ends the
 * command.
 */
char *tool_unit_word(const char *word)
{
	static const char bare[] = "+,-./:=@_";
	bool quoted = !*word;
	char *escaped = xcalloc(4 * strlen(word) + 3, 1), *end = escaped + 1;
	for (const char *c = word; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= '0' && *c <= '9') || strchr(bare, *c);
		quoted = quoted || (!plain && *c != '%' && *c != '$');
		if (*c == '%' || *c == '$')
			end = stpncpy(end, (const char[]){*c, *c}, 2);
		else if (*c == '"' || *c == '\\')
			end += sprintf(end, "\\%c", *c);
		else if ((unsigned char)*c < 0x20 || *c == 0x7f)
			end += sprintf(end, "\\x%02x", (unsigned char)*c);
		else
			*end++ = *c;
	}
	cleanup_free char *whole = escaped;
	return quoted ? xasprintf("\"%s\"", whole + 1) : xstrdup(whole + 1);
}

char *tool_sysctl(const struct setting *setting, const struct value *value)
{
	if (setting->mechanism != MECHANISM_SYSCTL || value->kind == VALUE_NONE)
		return NULL;
	cleanup_free char *text = value_kernel_text(value, NULL);
	return xasprintf("%s = %s", setting->name, text);
}
