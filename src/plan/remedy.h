/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_REMEDY_H
#define SIPLAUNCH_PLAN_REMEDY_H
/*
 * What a person has to do so that a refused step can be done: as data, in the words of the tool that made the
 * place that we are in. One setting's is the hint of its refusal; those of a plan are collected once, so that
 * they can be pasted together. How a tool writes a setting is settings/tool.h. Pure.
 */
#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "plan/plan.h"
#include "settings/tool.h"

enum tool remedy_tool(const struct host *host);

struct remedy {
	const struct setting *setting;
	const char *status;    /* of its step: "denied", "failed" or "clamped" */
	const char *privilege; /* SHELL: what is missing, where root has it; NULL */
	char *fragment; /* ready to paste: "--memory 512m", "MemoryMax=512M" (several lines, where it takes
			   several), "spec.hostIPC: false"; NULL: this tool has no word for it */
	char *path;     /* POD with a fragment: the field, as in the settings table; else NULL */
	json_t *value;  /* POD with a fragment: what it is to be; of a list, the elements to add */
	char *note;     /* what it takes besides, or what else can be done; NULL */
};

/* One text for a refusal's hint: "docker run --memory 512m". `value` is what this place would have to give.
 * Fresh string, or NULL where there is nothing to be done. */
char *remedy_text(const struct setting *setting, const struct value *value, const struct host *host);

/* True for what the kernel says (0: nothing) where the place may be at fault: a value that it does not take
 * (EINVAL, ENODEV) no tool can make it take. */
bool remedy_helps(int errnum);

struct remedies {
	enum tool tool;
	const char *unit; /* UNIT: which one; points into the host */
	bool as_root;     /* SHELL: root could do more of it than we */
	bool delegated; /* SHELL: it takes a group that systemd delegates, and no scope is available by itself
			 */
	const char *also; /* POD: another way to have the sysctls that are missing, a sentence; NULL */
	struct remedy *items;
	size_t count;
};

/*
 * Those of every step that was refused and is wanted, and of a memory limit that is less than was asked for,
 * in the plan's order. Where the mechanism has put a hint of its own, the hint is the note and there is no
 * fragment: then this place is not what stands in the way.
 */
void remedies_collect(const struct context *context, const struct plan *plan, struct remedies *remedies);
void remedies_clear(struct remedies *remedies);

#define cleanup_remedies __attribute__((cleanup(remedies_clear)))

#endif
