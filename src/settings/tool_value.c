/* SPDX-License-Identifier: MIT */
#include "settings/tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/cgroup_file.h"

char *tool_size(uint64_t bytes, enum tool tool)
{
	static const char *const units[][4] = {
		[TOOL_DOCKER] = {"", "k", "m", "g"},  [TOOL_PODMAN] = {"", "k", "m", "g"},
		[TOOL_COMPOSE] = {"", "k", "m", "g"}, [TOOL_POD] = {"", "Ki", "Mi", "Gi"},
		[TOOL_UNIT] = {"", "K", "M", "G"},    [TOOL_SYSCTL] = {"", "", "", ""},
		[TOOL_SHELL] = {"", "K", "M", "G"},
	};
	unsigned unit = 0;
	while (bytes && unit < 3 && tool != TOOL_SYSCTL && bytes % KIB == 0) {
		bytes /= KIB;
		unit++;
	}
	return xasprintf("%" PRIu64 "%s", bytes, units[tool][unit]);
}

static char *rlimit_value(const struct value *value, const char *unlimited)
{
	char *text = value_kernel_text(value, unlimited);
	char *space = strchr(text, ' ');
	if (space)
		*space = ':';
	return text;
}

/* "QUOTA PERIOD" as a share of one CPU in `parts`, rounded down; *exact: nothing was lost. False for "max".
 */
static bool cpu_share(const char *text, uint64_t parts, uint64_t *share, bool *exact)
{
	uint64_t quota_us, period_us;
	if (!cpu_quota_split(text, &quota_us, &period_us) || quota_us == UNLIMITED)
		return false;
	*share = mul_div_u64(quota_us, parts, period_us);
	*exact = mul_div_u64(*share, period_us, parts) == quota_us;
	return true;
}

/* systemd reads two decimals (parse_permyriad() of src/basic/percent-util.c). NULL: they are not enough. */
static char *cpu_percent(const char *text)
{
	uint64_t share;
	bool exact;
	if (!cpu_share(text, 10000, &share, &exact) || !exact)
		return NULL;
	return share % 100 ? xasprintf("%" PRIu64 ".%02" PRIu64 "%%", share / 100, share % 100)
			   : xasprintf("%" PRIu64 "%%", share / 100);
}

static char *cpu_millis(const char *text)
{
	uint64_t share;
	bool exact;
	return cpu_share(text, 1000, &share, &exact) ? xasprintf("%" PRIu64 "m", share) : NULL;
}

static char *without_prefixes(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);
	char *result = xstrdup(text), *end = result;
	for (const char *c = text; *c;) {
		bool begins = c == text || c[-1] == ' ';
		if (begins && strncmp(c, prefix, length) == 0)
			c += length;
		else
			*end++ = *c++;
	}
	*end = '\0';
	return result;
}

static void split_directory(char *text, const char **path, const char **owner, const char **mode)
{
	char *rest = NULL;
	*path = strtok_r(text, " ", &rest);
	*owner = strtok_r(NULL, " ", &rest);
	*mode = strtok_r(NULL, " ", &rest);
}

/* docker accepts the owner as numbers, podman refuses it ("unknown mount option"). Without an owner, every
 * user may write in it, as in /tmp. */
static char *tmpfs_value(enum tool tool, const char *path, const char *owner, const char *mode)
{
	cleanup_free char *user = xstrndup(owner, strcspn(owner, ":"));
	const char *group = owner + strlen(user) + (owner[strlen(user)] == ':');
	uint64_t uid, gid;
	if (tool == TOOL_PODMAN || !parse_u64(user, &uid) || !parse_u64(group, &gid))
		return xasprintf("%s:mode=1777", path);
	return xasprintf("%s:uid=%" PRIu64 ",gid=%" PRIu64 ",mode=%s", path, uid, gid, mode);
}

static char *directory_value(enum tool tool, const struct setting *setting, const char *text)
{
	cleanup_free char *copy = xstrdup(text);
	const char *path, *owner, *mode;
	split_directory(copy, &path, &owner, &mode);
	if (!path || !owner || !mode)
		return NULL;
	if (tool == TOOL_DOCKER || tool == TOOL_PODMAN)
		return tmpfs_value(tool, path, owner, mode);
	return xstrdup(tool == TOOL_UNIT ? path + strlen(setting->below) + 1 : path);
}

static char *quota_value(enum tool tool, const char *text)
{
	if (tool == TOOL_UNIT)
		return cpu_percent(text);
	if (tool == TOOL_POD)
		return cpu_millis(text);
	return strncmp(text, "max", 3) == 0 ? NULL : xstrdup(text);
}

/* IOWeight= is the default weight; a single device needs another directive. */
static char *weight_value(enum tool tool, const char *text)
{
	return tool == TOOL_UNIT && strncmp(text, "default ", 8) != 0 ? NULL : xstrdup(text);
}

static char *text_value(enum tool tool, const struct setting *setting, const char *text)
{
	if (!text || strpbrk(text, "\n\r") || strcmp(text, "none") == 0)
		return NULL;
	switch (setting->form) {
	case TEXT_QUOTA:
		return quota_value(tool, text);
	case TEXT_WEIGHT:
		return weight_value(tool, text);
	case TEXT_CAPABILITIES:
		return tool == TOOL_UNIT ? xstrdup(text) : without_prefixes(text, "CAP_");
	case TEXT_DIRECTORY:
		return directory_value(tool, setting, text);
	case TEXT_LINES:
	case TEXT_LIST:
	case TEXT_WORDS:
		break;
	}
	return xstrdup(text);
}

static char *unlimited_value(enum tool tool, const struct setting *setting, bool raw)
{
	if (raw)
		return xstrdup("max");
	if (tool == TOOL_UNIT)
		return xstrdup("infinity");
	return tool_is_engine(tool) && setting->engine_unlimited ? xstrdup(setting->engine_unlimited) : NULL;
}

char *tool_value(enum tool tool, const struct setting *setting, const struct value *value, bool raw)
{
	if (value->kind == VALUE_NONE)
		return NULL;
	if (value->kind == VALUE_TEXT)
		return raw ? xstrdup(value->text) : text_value(tool, setting, value->text);
	if (setting->mechanism == MECHANISM_RLIMIT)
		return rlimit_value(value, tool == TOOL_UNIT ? "infinity" : "-1");
	if (value->count == 1 && value->number[0] == UNLIMITED && value->kind != VALUE_SCORE)
		return unlimited_value(tool, setting, raw);
	if (setting->mechanism == MECHANISM_CGROUP && value->kind == VALUE_BYTES && !raw)
		return tool_size(value->number[0], tool);
	return value_kernel_text(value, NULL);
}
