/* SPDX-License-Identifier: MIT */
#include "plan/remedy_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/shell.h"

char *remedy_size(uint64_t bytes, enum remedy_tool tool)
{
	static const char *const units[][4] = {
		[REMEDY_DOCKER] = {"", "k", "m", "g"}, [REMEDY_PODMAN] = {"", "k", "m", "g"},
		[REMEDY_POD] = {"", "Ki", "Mi", "Gi"}, [REMEDY_UNIT] = {"", "K", "M", "G"},
		[REMEDY_SHELL] = {"", "K", "M", "G"},
	};
	unsigned unit = 0;
	while (bytes && unit < 3 && bytes % KIB == 0) {
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

/* "QUOTA PERIOD" as a share of one CPU in `parts`; NULL for "max". */
static char *cpu_share(const char *text, uint64_t parts, const char *unit)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = NULL, *quota = strtok_r(copy, " ", &rest), *period = strtok_r(NULL, " ", &rest);
	uint64_t part, whole = 100000; /* the kernel's period where none is given */
	if (!quota || !parse_u64(quota, &part) || (period && !parse_u64(period, &whole)) || !whole)
		return NULL;
	return xasprintf("%" PRIu64 "%s", mul_div_u64(part, parts, whole), unit);
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

static char *text_value(enum remedy_tool tool, const struct setting *setting, const char *text)
{
	bool unit = tool == REMEDY_UNIT, cpu = remedy_is(setting, "cgroup", "cpu.max");
	if (!text || strpbrk(text, "\n\r") || strcmp(text, "none") == 0)
		return NULL;
	if (cpu && unit)
		return cpu_share(text, 100, "%");
	if (cpu && tool == REMEDY_POD)
		return cpu_share(text, 1000, "m");
	if (cpu && strncmp(text, "max", 3) == 0)
		return NULL;
	if (remedy_is(setting, "cgroup", "io.weight") && unit && strncmp(text, "default ", 8) != 0)
		return NULL; /* IOWeight= is the default's; another device's has another directive */
	if (remedy_is(setting, "identity", "capabilities") && !unit)
		return without_prefixes(text, "CAP_");
	return xstrdup(text);
}

static char *unlimited_value(enum remedy_tool tool, const struct setting *setting, bool raw)
{
	if (raw)
		return xstrdup("max");
	if (tool == REMEDY_UNIT)
		return xstrdup("infinity");
	bool engine = tool == REMEDY_DOCKER || tool == REMEDY_PODMAN;
	return engine && remedy_is(setting, "cgroup", "pids.max") ? xstrdup("-1") : NULL;
}

char *remedy_value(enum remedy_tool tool, const struct setting *setting, const struct value *value, bool raw)
{
	if (value->kind == VALUE_NONE)
		return NULL;
	if (value->kind == VALUE_TEXT)
		return raw ? xstrdup(value->text) : text_value(tool, setting, value->text);
	if (remedy_is(setting, "rlimit", NULL))
		return rlimit_value(value, tool == REMEDY_UNIT ? "infinity" : "-1");
	if (value->count == 1 && value->number[0] == UNLIMITED && value->kind != VALUE_SCORE)
		return unlimited_value(tool, setting, raw);
	if (remedy_is(setting, "cgroup", NULL) && value->kind == VALUE_BYTES && !raw)
		return remedy_size(value->number[0], tool);
	return value_kernel_text(value, NULL);
}

/* The nth word of `text`, or NULL. Fresh string. */
static char *nth_word(const char *text, unsigned n)
{
	for (text += strspn(text, " "); *text && n > 1; n--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return *text ? xstrndup(text, strcspn(text, " ")) : NULL;
}

/* One word of a template; of "yes|no" behind its "=" the one that the flag says. */
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

char *remedy_filled(const char *template, const char *text, bool flag)
{
	cleanup_free char *copy = xstrdup(template), *filled = xstrdup("");
	char *rest = NULL;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		cleanup_free char *plain = fill_word(word, text, flag);
		if (!plain)
			return NULL;
		cleanup_free char *quoted = shell_quote(plain);
		filled = shell_join(filled, quoted);
	}
	return xstrdup(filled);
}

/* CPUQuota= has a "%" of its own and no specifiers; texts of the profile may have any. */
char *remedy_directive(const char *template, const char *text, bool flag)
{
	bool doubles = strncmp(template, "CPUQuota=", 9) != 0;
	cleanup_free char *escaped = xcalloc(2 * strlen(text) + 1, 1);
	char *end = escaped;
	for (const char *c = text; *c; c++) {
		*end++ = *c;
		if (*c == '%' && doubles)
			*end++ = '%';
	}
	return fill_word(template, escaped, flag);
}
