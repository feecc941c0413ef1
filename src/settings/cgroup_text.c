/* SPDX-License-Identifier: MIT */
/* Compares the text of a group's file with the written or the requested one. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/number_list.h"
#include "settings/cgroup_file.h"

/* True for the same list or, with `fewer`, a part of it. An empty file names nothing: then a group above
 * decides. */
static bool list_fits(const char *asked, const char *found, bool fewer)
{
	struct number_list all, some;
	if (!number_list_parse(asked, ",\n", &all) || !number_list_parse(found, ",\n", &some))
		return false;
	if (!fewer)
		return memcmp(&all, &some, sizeof all) == 0;
	for (size_t i = 0; i < sizeof all.mask; i++)
		if (some.mask[i] & ~all.mask[i])
			return false;
	return number_list_count(&some) > 0;
}

/* ---- numbers ---- */

/* As the kernel's memparse() reads it (lib/cmdline.c): "2M" is 2097152. */
static bool memory_number(const char *text, uint64_t *number)
{
	static const char units[] = "KMGTPE";
	cleanup_free char *digits = xstrndup(text, strspn(text, "0123456789"));
	const char *rest = text + strlen(digits);
	const char *unit = *rest ? strchr(units, ascii_to_upper(*rest)) : NULL;
	if (!parse_u64(digits, number) || (*rest && (!unit || rest[1])))
		return false;
	return !unit || !__builtin_mul_overflow(*number, UINT64_C(1) << (10 * (unit - units + 1)), number);
}

/* "50" is "50.00", which the kernel prints of percentages (kernel/sched/core.c, cpu_uclamp_print). */
static bool percentage(const char *text, double *number)
{
	char *end;
	if (!ascii_is_digit(*text))
		return false;
	*number = strtod(text, &end);
	return !*end;
}

static bool same_percentage(const char *a, const char *b)
{
	double one, other;
	if (!strchr(b, '.') || !percentage(a, &one) || !percentage(b, &other))
		return false;
	return one - other < 0.005 && other - one < 0.005;
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

/* For which file, and which other values may be adopted. */
struct rule {
	const char *name;
	enum adopt adopt;
};

static bool same_word(const char *name, const char *asked, const char *found)
{
	uint64_t one, other, unit = unit_of(name);
	if (strcmp(asked, found) == 0 || same_percentage(asked, found))
		return true;
	return memory_number(asked, &one) && memory_number(found, &other) && one - one % unit == other;
}

static bool is_max(const char *word)
{
	return strcmp(word, "max") == 0;
}

static bool in_order(const char *less, const char *more)
{
	uint64_t one, other;
	double part, whole;
	if (memory_number(less, &one) && memory_number(more, &other))
		return one <= other;
	if (percentage(less, &part) && percentage(more, &whole))
		return part <= whole;
	return is_max(more) && percentage(less, &part);
}

static bool word_fits(const struct rule *rule, const char *asked, const char *found)
{
	if (same_word(rule->name, asked, found))
		return true;
	if (rule->adopt == ADOPT_CEILING)
		return in_order(found, asked);
	return rule->adopt == ADOPT_PROTECTION && in_order(asked, found);
}

/* ---- "50000 100000" ---- */

bool cpu_quota_split(const char *text, uint64_t *quota_us, uint64_t *period_us)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = NULL;
	const char *quota = strtok_r(copy, " \t\n", &rest), *period = strtok_r(NULL, " \t\n", &rest);
	*period_us = CPU_PERIOD_DEFAULT_US;
	if (!quota || strtok_r(NULL, " \t\n", &rest) || (period && !parse_u64(period, period_us)) ||
	    !*period_us)
		return false;
	return parse_u64_or_max(quota, quota_us);
}

/* Shares of a CPU, whatever their periods are. */
static bool quota_is_less(const char *asked, const char *found)
{
	uint64_t most_us, most_period_us, quota_us, period_us, share, max;
	if (!cpu_quota_split(asked, &most_us, &most_period_us) ||
	    !cpu_quota_split(found, &quota_us, &period_us))
		return false;
	if (most_us == UNLIMITED || quota_us == UNLIMITED)
		return most_us == UNLIMITED;
	return !__builtin_mul_overflow(quota_us, most_period_us, &share) &&
	       !__builtin_mul_overflow(most_us, period_us, &max) && share <= max;
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
	return is_max(value) || strcmp(value, "default") == 0;
}

static size_t key_length(const char *word)
{
	const char *equals = strchr(word, '=');
	return equals ? (size_t)(equals - word) + 1 : 0;
}

/* True if the line has the word: "rbps=1M" anywhere; a plain word at the same place, and the first of several
 * is the line's name. */
static bool line_has(const struct rule *rule, const struct words *line, const struct words *asked,
		     size_t index, size_t place)
{
	const char *word = asked->items[index];
	size_t length = key_length(word);
	if (!length && place < line->count)
		return index == 0 && asked->count > 1 ? same_word(rule->name, word, line->items[place])
						      : word_fits(rule, word, line->items[place]);
	for (size_t i = 0; length && i < line->count; i++)
		if (strncmp(line->items[i], word, length) == 0)
			return word_fits(rule, word + length, line->items[i] + length);
	return false;
}

static bool line_fits(const struct rule *rule, const struct words *asked, const struct words *line,
		      size_t first)
{
	for (size_t i = 0; i < asked->count; i++)
		if (!line_has(rule, line, asked, i, i + first))
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

/* True if the file has the written line, also after "default", or need not have it. */
static bool text_has_line(const struct rule *rule, const struct words *wanted, const char *actual)
{
	bool seen = false;
	while (*actual) {
		size_t length = strcspn(actual, "\n");
		cleanup_words struct words line = split(actual, length);
		bool is_default = line.count == 2 && strcmp(line.items[0], "default") == 0;
		if (line_fits(rule, wanted, &line, 0) ||
		    (is_default && wanted->count == 1 && line_fits(rule, wanted, &line, 1)))
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

static bool lines_fit(const struct rule *rule, const char *asked, const char *found)
{
	while (*asked) {
		size_t length = strcspn(asked, "\n");
		cleanup_words struct words line = split(asked, length);
		if (line.count && !text_has_line(rule, &line, found))
			return false;
		asked += length + (asked[length] == '\n');
	}
	return true;
}

static bool text_fits(const struct setting *setting, enum adopt adopt, const char *asked, const char *found)
{
	const struct rule rule = {setting->name, adopt};
	if (setting->form == TEXT_LIST)
		return list_fits(asked, found, adopt == ADOPT_CEILING);
	if (setting->form == TEXT_QUOTA && adopt == ADOPT_CEILING)
		return quota_is_less(asked, found);
	return !is_invalid_partition(setting->name, found) && lines_fit(&rule, asked, found);
}

bool cgroup_text_holds(const struct setting *setting, const char *wanted, const char *actual)
{
	return text_fits(setting, ADOPT_EXACT, wanted, actual);
}

static bool numbers_fit(enum adopt adopt, const struct value *asked, const struct value *found)
{
	if (adopt == ADOPT_EXACT || !asked->count || !found->count)
		return value_equal(asked, found);
	return adopt == ADOPT_CEILING ? found->number[0] <= asked->number[0]
				      : found->number[0] >= asked->number[0];
}

bool setting_adoptable(const struct setting *setting, const struct value *asked, const struct value *found)
{
	if (asked->kind == VALUE_TEXT && found->kind == VALUE_TEXT)
		return text_fits(setting, setting->adopt, asked->text, found->text);
	return numbers_fit(setting->adopt, asked, found);
}
