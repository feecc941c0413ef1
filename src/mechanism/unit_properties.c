/* SPDX-License-Identifier: MIT */
#include "mechanism/unit_properties.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define MASK_BITS  8192 /* of a set of CPUs: the largest NR_CPUS there is (arch/x86/Kconfig, MAXSMP) */
#define PER_SECOND UINT64_C(1000000)
/* kernel/sched/core.c, tg_set_cfs_bandwidth; systemd takes another period for the nearest of these */
#define PERIOD_MIN_US     UINT64_C(1000)
#define PERIOD_MAX_US     UINT64_C(1000000)
#define PERIOD_DEFAULT_US UINT64_C(100000)

struct unit_property *unit_property_add(struct unit_properties *properties, const char *name,
					enum property_type type)
{
	struct unit_property *property = ARRAY_ADD(properties->items, properties->count);
	property->name = xstrdup(name);
	property->type = type;
	return property;
}

void unit_property_number(struct unit_properties *properties, const char *name, enum property_type type,
			  uint64_t number)
{
	unit_property_add(properties, name, type)->number = number;
}

void unit_property_text(struct unit_properties *properties, const char *name, const char *text)
{
	unit_property_add(properties, name, PROPERTY_S)->text = xstrdup(text);
}

/* A conversion: `name` is the property's as far as it has the directive's name. False: cannot be said. */
typedef bool conversion(const char *name, const struct value *value, struct unit_properties *properties);

static bool convert_number(const char *name, const struct value *value, struct unit_properties *properties)
{
	if (value->kind == VALUE_TEXT || value->count != 1)
		return false;
	unit_property_number(properties, name, PROPERTY_T, value->number[0]); /* UNLIMITED is theirs too */
	return true;
}

/* systemd writes memory.oom.group by what the unit is to do when something in it was killed. */
static bool convert_oom(const char *name, const struct value *value, struct unit_properties *properties)
{
	if (value->count != 1)
		return false;
	unit_property_text(properties, name, value->number[0] ? "kill" : "continue");
	return true;
}

static bool number_or_max(const char *text, uint64_t *number)
{
	*number = UNLIMITED;
	return strcmp(text, "max") == 0 || parse_u64(text, number);
}

/*
 * "QUOTA PERIOD" as CPU time per second. systemd computes quota = per second x period, rounded down, so that
 * rounding up here gives the quota back exactly.
 */
static bool convert_cpu_max(const char *name, const struct value *value, struct unit_properties *properties)
{
	cleanup_free char *copy = xstrdup(value->text);
	char *rest = NULL;
	const char *first = strtok_r(copy, " \t\n", &rest), *second = strtok_r(NULL, " \t\n", &rest);
	uint64_t quota, period = PERIOD_DEFAULT_US, per_second = UNLIMITED;

	if (!first || !number_or_max(first, &quota) || (second && !parse_u64(second, &period)) ||
	    strtok_r(NULL, " \t\n", &rest) || period < PERIOD_MIN_US || period > PERIOD_MAX_US)
		return false;
	if (quota != UNLIMITED && (__builtin_mul_overflow(quota, PER_SECOND, &per_second) ||
				   __builtin_add_overflow(per_second, period - 1, &per_second)))
		return false;
	cleanup_free char *quota_name = xasprintf("%sPerSecUSec", name);
	cleanup_free char *period_name = xasprintf("%sPeriodUSec", name);
	unit_property_number(properties, quota_name, PROPERTY_T,
			     quota == UNLIMITED ? UNLIMITED : per_second / period);
	unit_property_number(properties, period_name, PROPERTY_T, period);
	return true;
}

/* "3" or "0-7" into the mask. */
static bool mask_range(char *range, unsigned char *mask, size_t *size)
{
	uint64_t first, last;
	char *dash = strchr(range, '-');
	if (dash)
		*dash++ = '\0';
	if (!parse_u64(range, &first) || !parse_u64(dash ? dash : range, &last) || first > last ||
	    last >= MASK_BITS)
		return false;
	for (uint64_t bit = first; bit <= last; bit++)
		mask[bit / 8] |= (unsigned char)(1U << bit % 8);
	if (last / 8 + 1 > *size)
		*size = last / 8 + 1;
	return true;
}

/* A list of CPUs or memory nodes; the empty one stands for all of them, there as here. */
static bool convert_mask(const char *name, const struct value *value, struct unit_properties *properties)
{
	cleanup_free char *copy = xstrdup(value->text);
	cleanup_free unsigned char *mask = xcalloc(MASK_BITS / 8, 1);
	size_t size = 0;
	char *rest = NULL;

	for (char *range = strtok_r(copy, ", \t\n", &rest); range; range = strtok_r(NULL, ", \t\n", &rest))
		if (!mask_range(range, mask, &size))
			return false;
	struct unit_property *property = unit_property_add(properties, name, PROPERTY_AY);
	property->bytes = mask;
	property->size = size;
	mask = NULL;
	return true;
}

/* "default 100" or "100". The lines of single devices, which the kernel prints behind it, have no such word.
 */
static bool convert_io_weight(const char *name, const struct value *value, struct unit_properties *properties)
{
	static const char word[] = "default ";
	const char *text = value->text;
	uint64_t weight;

	if (strncmp(text, word, sizeof word - 1) == 0)
		text += sizeof word - 1;
	if (!parse_u64(text, &weight))
		return false;
	unit_property_number(properties, name, PROPERTY_T, weight);
	return true;
}

static conversion *conversion_of(const struct setting *setting)
{
	static const struct {
		const char *name;
		conversion *convert;
	} special[] = {
		{"memory.oom.group", convert_oom}, {"cpu.max", convert_cpu_max},
		{"cpuset.cpus", convert_mask},     {"cpuset.mems", convert_mask},
		{"io.weight", convert_io_weight},
	};
	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (strcmp(special[i].name, setting->name) == 0)
			return special[i].convert;
	return convert_number;
}

int unit_properties_of(const struct setting *setting, const struct value *value,
		       struct unit_properties *properties, struct error *error)
{
	if (!setting->systemd)
		return error_set(error, 0, "systemd has no property for %s", setting->name);
	cleanup_free char *name = xstrndup(setting->systemd, strcspn(setting->systemd, "="));
	if (setting->kind == value->kind && conversion_of(setting)(name, value, properties))
		return 0;
	cleanup_free char *text = value_kernel_text(value, "max");
	return error_set(error, 0, "systemd's %s cannot say %s \"%s\"", name, setting->name, text);
}

static bool property_equal(const struct unit_property *a, const struct unit_property *b)
{
	return strcmp(a->name, b->name) == 0 && a->type == b->type && a->number == b->number &&
	       !a->text == !b->text && (!a->text || strcmp(a->text, b->text) == 0) && a->size == b->size &&
	       (!a->size || memcmp(a->bytes, b->bytes, a->size) == 0);
}

bool unit_properties_equal(const struct unit_properties *a, const struct unit_properties *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!property_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

struct unit_property *unit_properties_find(const struct unit_properties *properties, const char *name)
{
	for (size_t i = 0; i < properties->count; i++)
		if (strcmp(properties->items[i].name, name) == 0)
			return &properties->items[i];
	return NULL;
}

void unit_properties_clear(struct unit_properties *properties)
{
	for (size_t i = 0; i < properties->count; i++) {
		free(properties->items[i].name);
		free(properties->items[i].text);
		free(properties->items[i].bytes);
	}
	free(properties->items);
	*properties = (struct unit_properties){0};
}
