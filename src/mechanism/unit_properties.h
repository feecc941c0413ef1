/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_UNIT_PROPERTIES_H
#define SIPLAUNCH_MECHANISM_UNIT_PROPERTIES_H
/*
 * Limits as systemd properties: a cgroup value as the D-Bus properties of a unit, whose names and types are
 * those of systemd's src/core/dbus-cgroup.c and of org.freedesktop.systemd1(5). Pure; who sends them is
 * unit_bus.h.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/value.h"
#include "settings/settings.h"

/* As D-Bus calls them; an "ay" holds a bit mask here, bit 0 of byte 0 first. */
enum property_type {
	PROPERTY_T = 't',
	PROPERTY_B = 'b',
	PROPERTY_S = 's',
	PROPERTY_U_ARRAY = 'u',
	PROPERTY_AY = 'y'
};

struct unit_property {
	char *name; /* "MemoryMax" */
	enum property_type type;
	uint64_t number; /* T, B, and the only element of U_ARRAY */
	char *text;      /* S */
	unsigned char *bytes;
	size_t size;  /* of bytes */
	bool unknown; /* unit_bus.h: this systemd has no such property, or does not let it be set */
};

struct unit_properties {
	struct unit_property *items;
	size_t count;
};

/*
 * Adds the properties for a cgroup setting's value. 0; or -1 with nothing added if systemd has no property
 * for it (then the limit needs a group of its own below the unit).
 */
int unit_properties_of(const struct setting *setting, const struct value *value,
		       struct unit_properties *properties, struct error *error);

/* Adds a property without a value; the pointer is valid until the next one is added. */
struct unit_property *unit_property_add(struct unit_properties *properties, const char *name,
					enum property_type type);
void unit_property_number(struct unit_properties *properties, const char *name, enum property_type type,
			  uint64_t number);
void unit_property_text(struct unit_properties *properties, const char *name, const char *text);

/* True if both have the same properties with the same values, in the same order: "0,1" and "0-1" are one set
 * of CPUs. */
bool unit_properties_equal(const struct unit_properties *a, const struct unit_properties *b);

/* The property of that name, or NULL. */
struct unit_property *unit_properties_find(const struct unit_properties *properties, const char *name);

void unit_properties_clear(struct unit_properties *properties);

#define cleanup_properties __attribute__((cleanup(unit_properties_clear)))

#endif
