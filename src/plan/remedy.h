/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_REMEDY_H
#define SIPLAUNCH_PLAN_REMEDY_H
/*
 * What a person must do to make a refused step possible: as data, as options of the tool that started this
 * environment. The remedy of one setting is the hint of its refusal; those of a plan are collected, so that
 * they can be pasted together. settings/tool.h has each tool's form of a setting. Pure.
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
			   several), "spec.hostIPC: false"; NULL: this tool has no option for it */
	char *path;     /* POD with a fragment: the field, as in the settings table; else NULL */
	json_t *value;  /* POD with a fragment: its value; for a list, the elements to add */
	char *note;     /* what else is needed, or an alternative; may be NULL */
};

/* One text for a refusal's hint: "docker run --memory 512m". `value` is what this environment must grant.
 * Caller frees; NULL if there is no remedy. */
char *remedy_text(const struct setting *setting, const struct value *value, const struct host *host);

/* The same for the system calls of a setting that a filter in force does not permit: "in sip.service, section
 * [Service]: SystemCallFilter=capset". Never NULL. */
char *remedy_of_calls_text(const struct setting *setting, const struct host *host);

/* True for an errno (0: none) that the environment may cause. No tool can make the kernel accept an
 * invalid value (EINVAL, ENODEV). */
bool remedy_helps(int errnum);

struct remedies {
	enum tool tool;
	const char *unit;      /* UNIT: which one; points into the host */
	const char *systemctl; /* UNIT: the command that changes it: "systemctl --user" */
	bool as_root;          /* SHELL: root could apply more of the steps than siplaunch's user */
	bool delegated;   /* SHELL: a group that systemd delegates is needed, because this build cannot ask
			     systemd for a scope */
	const char *also; /* POD: another way to set the missing sysctls, a sentence; NULL */
	struct remedy *items;
	size_t count;
};

/*
 * Collects, in the plan's order, the remedies of every refused step (except with policy "skip") and of a
 * memory limit that is less than requested. If a mechanism has set a hint of its own, that hint is the note
 * and there is no fragment: then this environment is not the cause.
 */
void remedies_collect(const struct context *context, const struct plan *plan, struct remedies *remedies);
void remedies_clear(struct remedies *remedies);

#define cleanup_remedies __attribute__((cleanup(remedies_clear)))

#endif
