/* SPDX-License-Identifier: MIT */
/* What a group's file says, against what was written to it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/cgroup_file.h"

#define ITEMS_MAX 8192 /* the greatest CONFIG_NR_CPUS */

/* ---- "0-3,6" ---- */

static bool parse_list(const char *text, bool set[ITEMS_MAX])
{
	memset(set, 0, ITEMS_MAX * sizeof *set);
	while (*text && *text != '\n') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;
		if (end == text)
			return false;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last < first || last >= ITEMS_MAX || (*end && *end != ',' && *end != '\n'))
			return false;
		for (; first <= last; first++)
			set[first] = true;
		text = end + (*end == ',');
	}
	return true;
}

static bool same_list(const char *a, const char *b)
{
	cleanup_free bool *sets = xcalloc(2, ITEMS_MAX * sizeof *sets);
	return parse_list(a, sets) && parse_list(b, sets + ITEMS_MAX) &&
	       memcmp(sets, sets + ITEMS_MAX, ITEMS_MAX) == 0;
}

static bool is_list_file(const char *name)
{
	static const char *const names[] = {"cpuset.cpus", "cpuset.mems", "cpuset.cpus.exclusive"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* ---- numbers ---- */

/* As the kernel's memparse() reads it (lib/cmdline.c): "2M" is 2097152. */
static bool memory_number(const char *text, uint64_t *number)
{
	static const char units[] = "KMGTPE";
	cleanup_free char *digits = xstrndup(text, strspn(text, "0123456789"));
	const char *rest = text + strlen(digits);
	const char *unit = *rest ? strchr(units, toupper((unsigned char)*rest)) : NULL;
	if (!parse_u64(digits, number) || (*rest && (!unit || rest[1])))
		return false;
	return !unit || !__builtin_mul_overflow(*number, UINT64_C(1) << (10 * (unit - units + 1)), number);
}

/* "50" is "50.00", which the kernel prints of percentages (kernel/sched/core.c, cpu_uclamp_print). */
static bool same_decimal(const char *a, const char *b)
{
	char *end_a, *end_b;
	if (!isdigit((unsigned char)*a) || !isdigit((unsigned char)*b) || !strchr(b, '.'))
		return false;
	double one = strtod(a, &end_a), other = strtod(b, &end_b);
	double apart = one > other ? one - other : other - one;
	return !*end_a && !*end_b && apart < 0.005;
}

/* A file counts in units of so many bytes, and rounds down to them: "hugetlb.2MB.max". */
static uint64_t unit_of(const char *name)
{
	uint64_t unit;
	if (strncmp(name, "hugetlb.", strlen("hugetlb.")) != 0)
		return strncmp(name, "memory.", strlen("memory.")) == 0 ? 4096 : 1;
	const char *size = name + strlen("hugetlb.");
	cleanup_free char *text = xstrndup(size, strcspn(size, "B"));
	return memory_number(text, &unit) && unit ? unit : 1;
}

static bool same_word(const char *name, const char *wanted, const char *actual)
{
	uint64_t one, other, unit = unit_of(name);
	if (strcmp(wanted, actual) == 0 || same_decimal(wanted, actual))
		return true;
	return memory_number(wanted, &one) && memory_number(actual, &other) && one - one % unit == other;
}

/* ---- lines of words ---- */

struct words {
	char *copy;
	char *items[64];
	size_t count;
};

static void words_clear(struct words *words)
{
	free(words->copy);
}
#define cleanup_words __attribute__((cleanup(words_clear)))

static struct words split(const char *text, size_t length)
{
	struct words words = {.copy = xstrndup(text, length)};
	char *rest = NULL;
	for (char *word = strtok_r(words.copy, " \t", &rest); word && words.count < ARRAY_SIZE(words.items);
	     word = strtok_r(NULL, " \t", &rest))
		words.items[words.count++] = word;
	return words;
}

/* "rbps=max", and what io.weight calls it. */
static bool is_unlimited(const char *word)
{
	const char *value = strchr(word, '=') ? strchr(word, '=') + 1 : word;
	return strcmp(value, "max") == 0 || strcmp(value, "default") == 0;
}

static size_t key_length(const char *word)
{
	const char *equals = strchr(word, '=');
	return equals ? (size_t)(equals - word) + 1 : 0;
}

/* "rbps=1M" is somewhere in the line; a plain word has its place. */
static bool line_has(const char *name, const struct words *line, const char *word, size_t place)
{
	size_t length = key_length(word);
	if (!length)
		return place < line->count && same_word(name, word, line->items[place]);
	for (size_t i = 0; i < line->count; i++)
		if (strncmp(line->items[i], word, length) == 0)
			return same_word(name, word + length, line->items[i] + length);
	return false;
}

static bool line_holds(const char *name, const struct words *wanted, const struct words *line, size_t first)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!line_has(name, line, wanted->items[i], i + first))
			return false;
	return true;
}

/* A device that nothing limits has no line. */
static bool may_lack_line(const struct words *wanted)
{
	for (size_t i = 1; i < wanted->count; i++)
		if (!is_unlimited(wanted->items[i]))
			return false;
	return wanted->count > 1;
}

/* One line that was written: it is there, or behind "default", or needs none. */
static bool text_has_line(const char *name, const struct words *wanted, const char *actual)
{
	bool seen = false;
	while (*actual) {
		size_t length = strcspn(actual, "\n");
		cleanup_words struct words line = split(actual, length);
		bool is_default = line.count == 2 && strcmp(line.items[0], "default") == 0;
		if (line_holds(name, wanted, &line, 0) ||
		    (is_default && wanted->count == 1 && line_holds(name, wanted, &line, 1)))
			return true;
		seen |= line.count && wanted->count > 1 && strcmp(line.items[0], wanted->items[0]) == 0;
		actual += length + (actual[length] == '\n');
	}
	return !seen && may_lack_line(wanted);
}

/* "root invalid (Parent is not a partition root)" is what a partition reads that does not work. */
static bool is_invalid_partition(const char *name, const char *actual)
{
	return strcmp(name, "cpuset.cpus.partition") == 0 && strstr(actual, "invalid");
}

bool cgroup_text_holds(const char *name, const char *wanted, const char *actual)
{
	if (is_list_file(name))
		return same_list(wanted, actual);
	if (is_invalid_partition(name, actual))
		return false;
	while (*wanted) {
		size_t length = strcspn(wanted, "\n");
		cleanup_words struct words line = split(wanted, length);
		if (line.count && !text_has_line(name, &line, actual))
			return false;
		wanted += length + (wanted[length] == '\n');
	}
	return true;
}
