/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_UNIT_DROP_INS_H
#define SIPLAUNCH_MECHANISM_UNIT_DROP_INS_H
/*
 * Where systemd keeps what is set for a unit at run time:
 * /run/systemd/system.control/UNIT.d/50-MemoryMax.conf and the like. It has no call that takes single ones
 * away again, so that a launch that fails removes those that came with it.
 */
#include <stddef.h>

#include "base/error.h"

struct drop_ins {
	char **names;
	size_t count;
};

/* Those of a unit; none when there is no such directory. */
void drop_ins_list(const char *unit, struct drop_ins *drop_ins);

/* Leaves those that are not in `others`. */
void drop_ins_subtract(struct drop_ins *drop_ins, const struct drop_ins *others);

/* Removes the files, and the directory when nothing else is in it. 0, or -1 with what stays. */
int drop_ins_remove(const char *unit, const struct drop_ins *drop_ins, struct error *error);

void drop_ins_clear(struct drop_ins *drop_ins);

#define cleanup_drop_ins __attribute__((cleanup(drop_ins_clear)))

#endif
