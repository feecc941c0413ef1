/* SPDX-License-Identifier: MIT */
/*
 * Compiles seccomp profiles, and writes them as the C source of seccomp_shipped[] (src/seccomp/shipped.h). It
 * is built of siplaunch's own sources, so that it makes the programs that siplaunch would make.
 *
 * usage: compile-filters [--architecture NAME] FILE...
 *
 * NAME is libseccomp's ("aarch64"); without it the filters are for the machine that this program runs on.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "profile/profile.h"
#include "seccomp/seccomp.h"
#include "seccomp/shipped.h"

/* This program is linked without what it makes. */
const struct seccomp_shipped seccomp_shipped[] = {};
const size_t seccomp_shipped_count = 0;

struct compiled {
	char *text;
	size_t length;
	struct seccomp_filter filter;
};

static void compiled_clear(struct compiled *compiled)
{
	free(compiled->text);
	seccomp_filter_clear(&compiled->filter);
}
#define cleanup_compiled __attribute__((cleanup(compiled_clear)))

_Noreturn static void fail(const char *file, const char *message)
{
	fprintf(stderr, "compile-filters: %s: %s\n", file, message);
	exit(1);
}

static void print_text(size_t index, const struct compiled *compiled)
{
	printf("static const char text_%zu[] = {", index);
	for (size_t i = 0; i < compiled->length; i++)
		printf("%s%d,", i % 24 ? "" : "\n\t", compiled->text[i]);
	printf("\n};\n");
}

static void print_program(size_t index, const struct seccomp_filter *filter)
{
	printf("static const struct sock_filter program_%zu[] = {\n", index);
	for (size_t i = 0; i < filter->count; i++) {
		const struct sock_filter *item = &filter->instructions[i];
		printf("\t{%#x, %u, %u, %#x},\n", item->code, item->jt, item->jf, item->k);
	}
	printf("};\n");
}

static void print_entry(size_t index, const struct seccomp_filter *filter)
{
	printf("\t{text_%zu, sizeof text_%zu, program_%zu, %u, %#x, %d, %d},\n", index, index, index,
	       filter->count, filter->flags, filter->permits_read, filter->permits_exec);
}

/* False: the program depends on more than the file, and siplaunch compiles it at each launch. */
static bool compile(const char *file, const char *architecture, struct compiled *compiled)
{
	cleanup_seccomp_profile struct seccomp_profile profile = {0};
	struct problems problems = {0};
	cleanup_error struct error error = {0};
	const struct seccomp_request request = {.name = file, .architecture = architecture};

	if (seccomp_profile_load(&request, &profile, &problems) < 0)
		fail(file, problems.items[0].message);
	if (!seccomp_shipped_is_possible(&profile))
		return false;
	if (seccomp_filter_compile(&profile, &compiled->filter, &error) < 0 ||
	    file_read(AT_FDCWD, file, PROFILE_BYTES_MAX, &compiled->text, &compiled->length, &error) < 0)
		fail(file, error.message);
	return true;
}

int main(int argc, char **argv)
{
	bool named = argc > 2 && strcmp(argv[1], "--architecture") == 0;
	struct seccomp_filter *filters = NULL;
	size_t count = 0;

	printf("/* Made by build-aux/compile-filters.c. */\n#include \"seccomp/shipped.h\"\n");
	for (int i = named ? 3 : 1; i < argc; i++) {
		cleanup_compiled struct compiled compiled = {0};
		if (!compile(argv[i], named ? argv[2] : NULL, &compiled))
			continue;
		print_text(count, &compiled);
		print_program(count, &compiled.filter);
		*ARRAY_ADD(filters, count) = compiled.filter;
		compiled.filter = (struct seccomp_filter){0};
	}
	printf("const struct seccomp_shipped seccomp_shipped[] = {\n");
	for (size_t i = 0; i < count; i++) {
		print_entry(i, &filters[i]);
		seccomp_filter_clear(&filters[i]);
	}
	free(filters);
	printf("};\nconst size_t seccomp_shipped_count = %zu;\n", count);
	return fflush(stdout) == 0 ? 0 : 1;
}
