/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_REMEDY_PARTS_H
#define SIPLAUNCH_PLAN_REMEDY_PARTS_H
/*
 * What remedies are made of, shared by the files that make them: values in each tool's own form
 * (remedy_value.c), one setting's remedy (remedy.c), those of a plan (remedies.c). Nothing of it is for other
 * rooms.
 */
#include "plan/remedy.h"

/* remedy_planned_swap() where nobody asked for a limit on swap. */
#define REMEDY_NO_SWAP_WISH (UNLIMITED - 1)

/* name NULL: any of the mechanism's. */
bool remedy_is(const struct setting *setting, const char *mechanism, const char *name);

/* ---- remedy_value.c ---- */

/* Bytes in the tool's largest whole unit: "512m", "512Mi", "512M". Fresh string. */
char *remedy_size(uint64_t bytes, enum remedy_tool tool);

/* A value as the tool writes it, or as the kernel's file does where `raw`. Fresh string; NULL where the tool
 * has no word for it. */
char *remedy_value(enum remedy_tool tool, const struct setting *setting, const struct value *value, bool raw);

/* A template of the settings table with its places filled; each word quoted for a shell. Fresh string; NULL
 * where `text` has too few words. */
char *remedy_filled(const char *template, const char *text, bool flag);

/* The same as a line of a unit file, where "%" begins a specifier. */
char *remedy_directive(const char *template, const char *text, bool flag);

/* ---- remedies.c: what the rest of the plan says; without a plan, what is in force ---- */

uint64_t remedy_planned_memory(const struct plan *plan, const struct host *host);
uint64_t remedy_planned_swap(const struct plan *plan);
uint64_t remedy_planned_id(const struct plan *plan, const char *name, uint64_t otherwise);

/* ---- remedy.c ---- */

void remedy_make(enum remedy_tool tool, const struct setting *setting, const struct value *value,
		 const struct host *host, const struct plan *plan, struct remedy *remedy);
void remedy_clear(struct remedy *remedy);

#endif
