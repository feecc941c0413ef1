/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_GENERATE_H
#define SIPLAUNCH_GENERATE_H
/*
 * A program of the build: prints to standard output what readers, editors and shells get from siplaunch's own
 * tables (options, commands, keys of a profile, settings). It copies a template and puts what a table says in
 * the place of each line "@@ NAME [ARGUMENT...]". It fails where a row has no text.
 */
#include <stdbool.h>

#include "launcher/options.h"
#include "profile/decode.h"
#include "settings/settings.h"

/* Ends the program: a table or a template is wrong. */
void generate_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/*
 * A text of a table as mdoc, each sentence on its own lines. A newline ends a paragraph. `code`, *argument*
 * and [Section] are marked, name(1) is another page. in_siplaunch: for siplaunch(1), where code that
 * names a command is marked as one.
 */
void print_mdoc(const char *text, bool in_siplaunch);

/* What follows "@@ " in a template; `arguments` is the rest of that line. */
typedef void emitter(const char *arguments);

emitter emit_bash, emit_zsh, emit_fish;     /* completion.c: the data of each shell's completion */
emitter emit_options;                       /* manual.c: the options of siplaunch(1) */
emitter emit_keys, emit_settings;           /* manual.c: PATH...; MECHANISM */
emitter emit_key_table, emit_setting_table; /* manual.c: tables in Markdown */
emitter emit_metric_table;                  /* metrics.c: RUN or ROUTER: a table in Markdown */
emitter emit_schema, emit_schema_words;     /* schema.c: all properties; "actions", "operators" or "flags" */

/* A row that stands in a profile's object for `mechanism`: "memory.max", "kernel.sem", "RLIMIT_NOFILE". */
bool setting_is_key(const struct setting *setting, enum mechanism_id mechanism);

/* "Memory that the group may use. `auto` is …" Caller frees. */
char *setting_text(const struct setting *setting);

#endif
