/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PROFILE_KEYS_H
#define SIPLAUNCH_PROFILE_KEYS_H
/*
 * Private to the keys*.c: the table of keys, a file for each part of a profile. A key's row is the source of
 * its decoding, --set, the completions, siplaunch-profile(5) and the schema (build-aux/generate).
 */
#include "profile/decode.h"

#define FIELD(member) offsetof(struct profile, member)

#define SIZE_TYPES (TYPE_STRING | TYPE_INTEGER)
#define ALL_TYPES  0xFFu

#define DIGITS_(number) #number
#define DIGITS(number)  DIGITS_(number)

/* A whole number within bounds, which are written as decimal digits. */
#define NUMBER(NAME, DECODE, MEMBER, MIN, MAX, ...)                                                         \
	{                                                                                                   \
		.name = NAME, .types = TYPE_INTEGER, .decode = DECODE, .field = FIELD(MEMBER),              \
		.minimum = MIN, .maximum = MAX, .allowed = "a number from " DIGITS(MIN) " to " DIGITS(MAX), \
		.doc = __VA_ARGS__                                                                          \
	}

/* Constraints that only the schema states, as members of a JSON Schema. */
#define SCHEMA_LINE             "\"pattern\": \"^[^\\\\u0000-\\\\u001f\\\\u007f]+$\""
#define SCHEMA_MODE             "\"pattern\": \"^0?[0-7]{1,3}$\", \"minimum\": 0, \"maximum\": 511"
#define SCHEMA_NUMBER(MIN, MAX) "\"minimum\": " #MIN ", \"maximum\": " #MAX
#define SCHEMA_FROM(MIN)        SCHEMA_NUMBER(MIN, 18446744073709551615)

extern const struct key sizing_keys[], cgroup_keys[], resources_keys[], ipc_keys[], directory_keys[];
extern const struct key sysctl_entry;
extern const struct foreign_key resources_foreign[], directories_foreign[];

#endif
