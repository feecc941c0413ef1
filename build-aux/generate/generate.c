/* SPDX-License-Identifier: MIT */
/* usage: generate TEMPLATE */
#include "generate.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const struct {
	const char *name;
	emitter *emit;
} emitters[] = {
	{"bash", emit_bash},
	{"zsh", emit_zsh},
	{"fish", emit_fish},
	{"options", emit_options},
	{"keys", emit_keys},
	{"settings", emit_settings},
	{"key-table", emit_key_table},
	{"setting-table", emit_setting_table},
	{"schema", emit_schema},
	{"schema-words", emit_schema_words},
	{"metric-table", emit_metric_table},
};

void generate_fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fputs("generate: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

/* What is the launcher's own, such as the group itself, has no key. */
bool setting_is_key(const struct setting *setting, enum mechanism_id mechanism)
{
	if (setting->mechanism != mechanism)
		return false;
	return strncmp(setting->name, "RLIMIT_", 7) == 0 ||
	       (strchr(setting->name, '.') && strncmp(setting->name, "cgroup.", 7) != 0);
}

char *setting_text(const struct setting *setting)
{
	return xasprintf("%c%s.%s%s", toupper((unsigned char)setting->help[0]), setting->help + 1,
			 setting->doc ? " " : "", setting->doc ? setting->doc : "");
}

static void emit(const char *line)
{
	size_t length = strcspn(line, " \n");
	for (size_t i = 0; i < ARRAY_SIZE(emitters); i++)
		if (strlen(emitters[i].name) == length && strncmp(emitters[i].name, line, length) == 0) {
			emitters[i].emit(line + length + strspn(line + length, " \n"));
			return;
		}
	generate_fail("unknown: @@ %s", line);
}

/*
 * A document that is read where it lies keeps its marks: "<!-- @@ NAME -->" stays, and what follows up to
 * "<!-- @@ end -->" is made anew.
 */
static bool emit_region(char *line)
{
	static const char mark[] = "<!-- @@ ", end[] = " -->\n";
	if (strncmp(line, mark, sizeof mark - 1) != 0 || strncmp(line + sizeof mark - 1, "end ", 4) == 0)
		return false;
	fputs(line, stdout);
	line[strlen(line) - (sizeof end - 1)] = '\0';
	emit(line + sizeof mark - 1);
	return true;
}

static void copy(FILE *template)
{
	cleanup_free char *line = NULL;
	size_t size = 0;
	bool skipping = false;

	while (getline(&line, &size, template) > 0) {
		skipping = skipping && strcmp(line, "<!-- @@ end -->\n") != 0;
		if (skipping)
			continue;
		if (strncmp(line, "@@ ", 3) == 0)
			emit(line + 3);
		else if (!(skipping = emit_region(line)))
			fputs(line, stdout);
	}
	if (skipping)
		generate_fail("a region has no end");
}

int main(int argc, char **argv)
{
	cleanup_fclose FILE *template = argc == 2 ? fopen(argv[1], "re") : NULL;
	if (!template)
		generate_fail("%s: cannot be read: %m", argc == 2 ? argv[1] : "usage: generate TEMPLATE");
	copy(template);
	if (fflush(stdout) != 0 || ferror(stdout))
		generate_fail("standard output: %m");
	return 0;
}
