/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SETTINGS_TOOL_H
#define SIPLAUNCH_SETTINGS_TOOL_H
/*
 * A setting in other tools' configuration: the values in each tool's own form, and the settings table's
 * templates filled with them. That table has what a tool can express; callers decide what to write: remedies
 * for refused settings, exports for all requested ones. Pure: no I/O, nothing about this machine.
 */
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "settings/settings.h"

enum tool {
	TOOL_DOCKER,  /* options of docker run */
	TOOL_PODMAN,  /* options of podman run */
	TOOL_COMPOSE, /* a service of a Compose file */
	TOOL_POD,     /* fields of a Kubernetes pod's manifest */
	TOOL_UNIT,    /* directives of a systemd service */
	TOOL_SYSCTL,  /* lines of a file in /etc/sysctl.d */
	TOOL_SHELL,   /* none of them: a host, or a container of an unknown engine */
};
const char *tool_name(enum tool tool); /* "docker", "kubernetes", "systemd", … */

/* True for docker and podman, whose containers are started by a command, and for compose, which has the same
 * options under other names. */
bool tool_is_engine(enum tool tool);

/* Bytes in the tool's largest whole unit: "512m", "512Mi", "512M". Caller frees. */
char *tool_size(uint64_t bytes, enum tool tool);

/* A value as the tool writes it, or as the kernel's file does where `raw`. Caller frees; NULL where the
 * tool has no word for it. */
char *tool_value(enum tool tool, const struct setting *setting, const struct value *value, bool raw);

/* In struct tool_others: no limit for swap is requested. */
#define TOOL_NOT_SAID (UNLIMITED - 1)

/* Engines have one option for two settings: the values of the other ones. */
struct tool_others {
	uint64_t memory_bytes;    /* memory.max; UNLIMITED: no limit */
	uint64_t swap_bytes;      /* memory.swap.max; TOOL_NOT_SAID: no limit requested */
	const char *user, *group; /* names or numbers; group NULL: it goes with the user */
};

/*
 * A setting as options of an engine, each word quoted for a shell: "--memory 512m --memory-swap 512m".
 * Capabilities and groups are one option each. Caller frees; NULL where the engine has none for it, or none
 * for that value.
 */
char *tool_options(enum tool tool, const struct setting *setting, const struct value *value,
		   const struct tool_others *beside);

/* One option of a template such as "--cap-add %s" for each of the words. Caller frees. */
char *tool_options_each(const char *option, const char *words);

/*
 * The value of a pod's field; for a list, an array of the elements to add. Puts the field's path into *path
 * (caller frees), as in the settings table without "=" and what follows. A new reference; NULL if pods have
 * no field for the setting: *path may be set even then.
 */
json_t *tool_field(const struct setting *setting, const struct value *value, char **path);

/* "A B" as a list of strings, digits as numbers. A new reference. */
json_t *tool_field_list(const char *words);

/*
 * Puts `value` at `path` ("spec.containers[].resources.limits.memory") of `manifest`, an object. "[]" within
 * the path is an element of that list: in a list of containers the one named `container`, made if it is
 * missing; in other lists the only one. "[]" at the path's end adds those elements of `value`, an array, that
 * the list does not have yet.
 */
void tool_field_put(json_t *manifest, const char *path, const json_t *value, const char *container);

/*
 * Adds an option of docker run, as words ("--memory", "512m", "--read-only"), to a service of a Compose file,
 * each where the Compose specification has it. `comment` goes above the member, in "#MEMBER"; NULL: none.
 * False if it has no member for one of them, which is omitted.
 */
bool tool_compose_put(json_t *service, char *const *words, const char *comment);

/* A text for a Compose file, escaped so that Compose substitutes no variables in it. A new reference. */
json_t *tool_compose_text(const char *text);

/* A directive of a unit, with its special characters escaped: "MemoryMax=512M". Caller frees; NULL where
 * there is none for it, or none for that value. */
char *tool_directive(const struct setting *setting, const struct value *value);

/* A word of a unit's ExecStart=, so that systemd reads it back as it is: no specifier, no variable, no
 * quoting of its own. Caller frees. */
char *tool_unit_word(const char *word);

/* A line of a file in /etc/sysctl.d: "kernel.sem = 250 32000 100 128". Caller frees; NULL for a setting that
 * is not a sysctl. */
char *tool_sysctl(const struct setting *setting, const struct value *value);

#endif
