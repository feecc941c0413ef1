/* SPDX-License-Identifier: MIT */
#include "mechanism/unit_properties.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number_list.h"
#include "settings/cgroup_file.h"

#define PER_SECOND UINT64_C(1000000)
/* kernel/sched/core.c, tg_set_cfs_bandwidth; systemd clamps other periods to these */
#define PERIOD_MIN_US UINT64_C(1000)
#define PERIOD_MAX_US UINT64_C(1000000)

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

/* A conversion: `name` is the beginning of the property's name, as in the directive. False: systemd cannot
 * express the value. */
typedef bool conversion(const char *name, const struct value *value, struct unit_properties *properties);

static bool convert_number(const char *name, const struct value *value, struct unit_properties *properties)
{
	if (value->kind == VALUE_TEXT || value->count != 1)
		return false;
	unit_property_number(properties, name, PROPERTY_T, value->number[0]); /* "infinity" is UNLIMITED */
	return true;
}

/*
 * "QUOTA PERIOD" as CPU time per second. systemd computes quota = per second x period, rounded down, so that
 * rounding up here gives the quota back exactly.
 */
static bool convert_cpu_max(const char *name, const struct value *value, struct unit_properties *properties)
{
	uint64_t quota, period, per_second = UNLIMITED;

	if (!cpu_quota_split(value->text, &quota, &period) || period < PERIOD_MIN_US ||
	    period > PERIOD_MAX_US)
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

/* A list of CPUs or memory nodes; an empty one means all of them, in systemd and in the profile. */
static bool convert_mask(const char *name, const struct value *value, struct unit_properties *properties)
{
	struct number_list list;
	if (!number_list_parse(value->text, ", \t\n", &list))
		return false;
	struct unit_property *property = unit_property_add(properties, name, PROPERTY_AY);
	property->size = number_list_bytes(&list);
	property->bytes = xcalloc(sizeof list.mask, 1);
	memcpy(property->bytes, list.mask, property->size);
	return true;
}

/* "default 100" or "100". False with lines for single devices: this property is the default only. */
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
	switch (setting->form) {
	case TEXT_LIST:
		return convert_mask;
	case TEXT_QUOTA:
		return convert_cpu_max;
	case TEXT_WEIGHT:
		return convert_io_weight;
	default:
		break;
	}
	return convert_number;
}

/* "no|yes" is a boolean on the bus, and "continue|kill" one of these words. */
static void say_flag(const char *words, const char *name, bool flag, struct unit_properties *properties)
{
	cleanup_free char *off = xstrndup(words, strcspn(words, "|"));
	const char *on = words + strlen(off) + 1;
	if (strcmp(off, "no") == 0)
		unit_property_number(properties, name, PROPERTY_B, flag);
	else
		unit_property_text(properties, name, flag ? on : off);
}

static bool convert(const struct setting *setting, const char *name, const struct value *value,
		    struct unit_properties *properties)
{
	if (setting->kind != value->kind)
		return false;
	if (setting->kind != VALUE_FLAG)
		return conversion_of(setting)(name, value, properties);
	say_flag(setting->systemd + strlen(name) + 1, name, value->number[0], properties);
	return true;
}

int unit_properties_of(const struct setting *setting, const struct value *value,
		       struct unit_properties *properties, struct error *error)
{
	if (!setting->systemd)
		return error_set(error, 0, "systemd has no property for %s", setting->name);
	cleanup_free char *name = xstrndup(setting->systemd, strcspn(setting->systemd, "="));
	if (convert(setting, name, value, properties))
		return 0;
	cleanup_free char *text = value_kernel_text(value, "max");
	return error_set(error, 0, "systemd's %s cannot express %s \"%s\"", name, setting->name, text);
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
