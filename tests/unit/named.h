/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TESTS_NAMED_H
#define SIPLAUNCH_TESTS_NAMED_H
/* Settings by the names that tables of tests have for them. */
#include "settings/settings.h"

/* "cgroup", "memory.max"; NULL: there is none. */
static inline const struct setting *setting_named(const char *mechanism, const char *name)
{
	enum mechanism_id id;
	return mechanism_named(mechanism, &id) ? setting_find(id, name) : NULL;
}

#endif
