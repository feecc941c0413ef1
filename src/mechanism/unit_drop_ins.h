/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_UNIT_DROP_INS_H
#define SIPLAUNCH_MECHANISM_UNIT_DROP_INS_H
/*
 * The files in which systemd keeps run-time properties of a unit:
 * /run/systemd/system.control/UNIT.d/50-MemoryMax.conf and the like. systemd has no call to remove single
 * ones, so a failed launch removes the files that it caused.
 */
#include <stddef.h>

#include "base/error.h"

struct drop_ins {
	char **names;
	size_t count;
};

/* A unit's drop-ins in `where`, such as /run/systemd/system.control; none without the directory. */
void drop_ins_list(const char *where, const char *unit, struct drop_ins *drop_ins);

/* Keeps only those that are not in `others`. */
void drop_ins_subtract(struct drop_ins *drop_ins, const struct drop_ins *others);

/* Removes the files, and the directory if it is then empty. 0, or -1 with what stays. */
int drop_ins_remove(const char *where, const char *unit, const struct drop_ins *drop_ins,
		    struct error *error);

void drop_ins_clear(struct drop_ins *drop_ins);

#define cleanup_drop_ins __attribute__((cleanup(drop_ins_clear)))

#endif
