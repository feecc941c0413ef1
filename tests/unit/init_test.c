/* SPDX-License-Identifier: MIT */
/* The parts of init: the limit that it is told, the values file, the files that appear together, the binary.
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <link.h>

#include "base/batch.h"
#include "base/fs.h"
#include "context.h"
#include "session/own_binary.h"
#include "session/pod_limit.h"
#include "session/values_file.h"

/* ---- --memory-limit ---- */

static void what_means_one_thing_only_is_a_limit(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{"536870912", 512 * MIB}, {"512MiB", 512 * MIB},
		{"512Mi", 512 * MIB},     {"1Gi", GIB},
		{"1.5Gi", 1536 * MIB},    {"2GiB", 2 * GIB},
		{"1e9", 1000000000},      {"128E6", 128000000},
		{"1048576", MIB},         {"1024Ki", MIB},
		{"2Ti", 2 * 1024 * GIB},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 0;
		cleanup_error struct error error = {0};
		if (pod_limit_parse(cases[i].text, &bytes, &error) < 0)
			fail_msg("%s: %s", cases[i].text, error.message);
		assert_int_equal(bytes, cases[i].bytes);
	}
}

static void what_could_be_meant_otherwise_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *text, *why, *hint;
	} cases[] = {
		{"500M", "decimal to Kubernetes, and binary to", "500MiB or 500Mi"},
		{"1G", "decimal to Kubernetes", "1GiB or 1Gi"},
		{"500k", "decimal to Kubernetes", "500KiB or 500Ki"},
		{"512m", "thousandths to Kubernetes, and mebibytes to docker", "512MiB"},
		{"512MB", "ambiguous (1000 or 1024?)", NULL},
		{"$(LIMIT)", "the reference is not expanded", "resourceFieldRef"},
		{"$LIMIT", "the reference is not expanded", "$(NAME), in parentheses"},
		{"${LIMIT}", "the reference is not expanded", "resource: limits.memory"},
		{"512", "512 bytes are too few", "divisor"},
		{"0", "0 bytes are too few", NULL},
		{"1048575", "too few", "divisor of 1Mi"},
		{"75%", "which init cannot see", "resourceFieldRef"},
		{"auto", "which init cannot see", "resourceFieldRef"},
		{"max", "which init cannot see", "resourceFieldRef"},
		{"-1", "not a size", NULL},
		{"5e", "not a size", NULL},
		{"e9", "not a size", NULL},
		{"5e99", "not a size", NULL},
		{"1E", "not a size", NULL},
		{"Mi", "not a size", NULL},
		{"i", "not a size", NULL},
		{"M", "not a size", NULL},
		{" 512Mi", "not a size", NULL},
		{"99999999999999999999", "not a size", NULL},
		{"99999999999999Ti", "not a size", NULL},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes;
		cleanup_error struct error error = {0};
		if (pod_limit_parse(cases[i].text, &bytes, &error) == 0)
			fail_msg("%s was taken for %zu bytes", cases[i].text, (size_t)bytes);
		if (!contains(error.message, cases[i].why) ||
		    (cases[i].hint && !contains(error.hint, cases[i].hint)))
			fail_msg("%s: %s (%s)", cases[i].text, error.message, error.hint);
	}
}

static void a_limit_near_the_machines_memory_may_be_none(void **state)
{
	(void)state;
	assert_true(pod_limit_is_the_nodes(15 * GIB + 512 * MIB, 16 * GIB));
	assert_true(pod_limit_is_the_nodes(16 * GIB, 16 * GIB));
	assert_false(pod_limit_is_the_nodes(8 * GIB, 16 * GIB));
	assert_false(pod_limit_is_the_nodes(8 * GIB, 0)); /* not known */
}

/* ---- siplaunch.env ---- */

/*
 * Kubernetes's grammar, from the description of ParseEnv (pkg/kubelet/util/env, 1.35): leading blanks, empty
 * lines and lines with # are passed over; NAME='value', nothing between name, = and quote, nothing behind but
 * blanks and a comment. Every line has to be good, whichever name is asked for. Fresh, or NULL.
 */
static char *kubernetes_value(const char *text, const char *name)
{
	char *found = NULL;
	while (*text) {
		text += strspn(text, " \t");
		size_t line = strcspn(text, "\n"), key = strcspn(text, "=\n");
		const char *value = text + key;
		if (line && *text != '#') {
			if (*value != '=' || !key || strcspn(text, " \t") < key || value[1] != '\'')
				goto bad;
			const char *end = strchr(value + 2, '\'');
			if (!end)
				goto bad;
			line = strcspn(end, "\n") + (size_t)(end - text);
			if (text + line != end + 1 && end[1 + strspn(end + 1, " \t")] != '#')
				goto bad;
			if (!found && strlen(name) == key && strncmp(text, name, key) == 0)
				found = xstrndup(value + 2, (size_t)(end - value - 2));
		}
		text += line + (text[line] == '\n');
	}
	return found;
bad:
	free(found);
	return NULL;
}

static char *shell_value(const char *file, const char *name)
{
	char text[256];
	cleanup_free char *command = xasprintf("set -eu; . '%s'; printf %%s \"$%s\"", file, name);
	FILE *pipe = popen(command, "r"); /* NOLINT(cert-env33-c): the shell is what is tested */
	assert_non_null(pipe);
	size_t length = fread(text, 1, sizeof text - 1, pipe);
	assert_int_equal(pclose(pipe), 0);
	text[length] = '\0';
	return xstrdup(text);
}

static void a_shell_and_kubernetes_read_the_same_values(void **state)
{
	static const struct named_value values[] = {
		{"SIPLAUNCH_ARGS", "-m 404 -M 8"}, {"EMPTY", ""},      {"NOT_KNOWN", NULL}, {"HASH", "a # b"},
		{"DOLLAR", "$(id) `id` ${HOME}"},  {"SLASH", "a\\"},   {"QUOTE", "\"a\""},  {"EQUALS", "a=b"},
		{"_UMLAUT9", "h\303\266rt"},       {"SPACE", "  a  "},
	};
	char file[] = "/tmp/siplaunch-values-XXXXXX";
	cleanup_error struct error error = {0};
	(void)state;
	cleanup_free char *text = values_text(values, ARRAY_SIZE(values), &error);
	assert_non_null(text);
	int fd = mkstemp(file);
	assert_int_equal(write_whole(fd, text, strlen(text)), 0);
	close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		cleanup_free char *by_kubernetes = kubernetes_value(text, values[i].name);
		if (!values[i].value) {
			assert_null(by_kubernetes);
			continue;
		}
		cleanup_free char *by_shell = shell_value(file, values[i].name);
		assert_string_equal(by_kubernetes, values[i].value);
		assert_string_equal(by_shell, values[i].value);
	}
	unlink(file);
}

static void the_tests_own_reader_refuses_what_kubernetes_does(void **state)
{
	static const char *const lines[] = {"A = 'b'\n", "A=b\n", "A='b\n", "A='b'c\n", "='b'\n", "A\n"};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_null(kubernetes_value(lines[i], "A"));
	cleanup_free char *value = kubernetes_value("# x\n\n \tA='b' # c\n", "A");
	assert_string_equal(value, "b");
}

static void what_the_grammar_cannot_hold_is_an_error_and_no_broken_file(void **state)
{
	cleanup_free char *large = xcalloc(VALUES_BYTES_MAX + 1, 1);
	memset(large, 'a', VALUES_BYTES_MAX);
	const struct {
		struct named_value value;
		const char *why;
	} cases[] = {
		{{"A", "it's"}, "A: \"it's\" has a single quote"},
		{{"A", "a\nB='b"}, "A: \"a\\nB='b\" has a single quote or a control character"},
		{{"A", "a\tb"}, "control character"},
		{{"A", "\033[2J"}, "control character"},
		{{"a", "b"}, "\"a\" is no name"},
		{{"1A", "b"}, "\"1A\" is no name"},
		{{"", "b"}, "\"\" is no name"},
		{{"A=", "b"}, "\"A=\" is no name"},
		{{"A", large}, "more than the 65536 bytes"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_error struct error error = {0};
		assert_null(values_text(&cases[i].value, 1, &error));
		if (!contains(error.message, cases[i].why))
			fail_msg("%zu: %s", i, error.message);
	}
}

/* ---- the files ---- */

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/siplaunch-batch-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	cleanup_free char *command = xasprintf("rm -rf '%s'", folder);
	(void)state;
	return system(command); /* NOLINT(cert-env33-c) */
}

static char *in_folder(const char *name)
{
	return path_join(folder, name);
}

static char *content(const char *name)
{
	char *text = NULL;
	size_t length;
	cleanup_free char *path = in_folder(name);
	file_read(AT_FDCWD, path, 4096, &text, &length, NULL);
	return text;
}

/* How many names are in it, the hidden ones too. */
static unsigned count_names(const char *name)
{
	cleanup_free char *path = in_folder(name);
	cleanup_closedir DIR *directory = opendir(path);
	unsigned count = 0;
	assert_non_null(directory);
	while (readdir(directory))
		count++;
	return count - 2;
}

static void add(struct batch *batch, const char *name, const char *text)
{
	cleanup_error struct error error = {0};
	if (batch_add(batch, name, 0644, text, strlen(text), &error) < 0)
		fail_msg("%s", error.message);
}

static void open_batch(struct batch *batch)
{
	assert_int_equal(batch_open(batch, folder, NULL, NULL), 0);
}

static void assert_content(const char *name, const char *expected)
{
	cleanup_free char *text = content(name);
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void files_appear_together_with_their_modes(void **state)
{
	cleanup_batch struct batch batch = BATCH_NONE;
	struct stat info;
	(void)state;
	mode_t before = umask(0077);
	open_batch(&batch);
	add(&batch, "a", "one");
	add(&batch, "b/c/d", "two");
	cleanup_free char *a = in_folder("a"), *c = in_folder("b/c"), *d = in_folder("b/c/d");
	assert_int_equal(access(a, F_OK), -1);
	assert_int_equal(access(d, F_OK), -1);
	assert_int_equal(batch_commit(&batch, NULL), 0);
	umask(before);
	assert_content("a", "one");
	assert_content("b/c/d", "two");
	assert_int_equal(stat(a, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0644);
	assert_int_equal(stat(c, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0755);
	batch_close(&batch);
	assert_int_equal(count_names("."), 2);
	assert_int_equal(count_names("b/c"), 1);
}

static void what_is_not_put_in_place_leaves_nothing(void **state)
{
	cleanup_batch struct batch batch = BATCH_NONE;
	(void)state;
	open_batch(&batch);
	add(&batch, "a", "one");
	add(&batch, "b/c/d", "two");
	batch_close(&batch);
	assert_int_equal(count_names("."), 0);
}

static void a_failure_on_the_way_takes_back_what_is_new_and_nothing_else(void **state)
{
	cleanup_batch struct batch batch = BATCH_NONE;
	cleanup_error struct error error = {0};
	cleanup_free char *stone = in_folder("stone"), *old = in_folder("old");
	(void)state;
	close(open(old, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	open_batch(&batch);
	add(&batch, "new", "one");
	add(&batch, "old", "two");
	add(&batch, "stone", "three");
	assert_int_equal(mkdir(stone, 0755), 0); /* somebody else is quick */
	assert_int_equal(batch_commit(&batch, &error), -1);
	assert_true(contains(error.message, "stone"));
	batch_close(&batch);
	assert_int_equal(count_names("."), 2);
	assert_content("old", "two");
}

static void a_directory_in_a_files_place_is_found_before_anything_is_written(void **state)
{
	cleanup_batch struct batch batch = BATCH_NONE;
	cleanup_error struct error error = {0};
	cleanup_free char *stone = in_folder("stone");
	(void)state;
	assert_int_equal(mkdir(stone, 0755), 0);
	open_batch(&batch);
	assert_int_equal(batch_add(&batch, "stone", 0644, "x", 1, &error), -1);
	assert_int_equal(error.errnum, EISDIR);
}

static void no_symbolic_link_is_followed(void **state)
{
	cleanup_batch struct batch batch = BATCH_NONE;
	cleanup_error struct error error = {0};
	cleanup_free char *link = in_folder("plan.json"), *target = in_folder("target"),
			  *profiles = in_folder("profiles"), *elsewhere = in_folder("elsewhere");
	struct stat info;
	(void)state;
	close(open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(mkdir(elsewhere, 0755), 0);
	assert_int_equal(symlink(elsewhere, profiles), 0);
	open_batch(&batch);
	add(&batch, "plan.json", "ours");
	assert_int_equal(batch_add(&batch, "profiles/x.json", 0644, "x", 1, &error), -1);
	assert_true(contains(error.hint, "another file has that name"));
	assert_int_equal(batch_commit(&batch, NULL), 0);
	assert_int_equal(lstat(link, &info), 0);
	assert_true(S_ISREG(info.st_mode));
	assert_content("target", "");
	assert_int_equal(count_names("elsewhere"), 0);
}

static void a_copy_is_whole(void **state)
{
	cleanup_batch struct batch batch = BATCH_NONE;
	struct stat ours, copied;
	(void)state;
	cleanup_close int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	open_batch(&batch);
	assert_int_equal(batch_add_copy(&batch, "siplaunch", 0755, exe, NULL), 0);
	assert_int_equal(batch_commit(&batch, NULL), 0);
	cleanup_free char *path = in_folder("siplaunch"),
			  *command = xasprintf("cmp -s /proc/%d/exe '%s'", (int)getpid(), path);
	assert_int_equal(fstat(exe, &ours), 0);
	assert_int_equal(stat(path, &copied), 0);
	assert_int_equal(ours.st_size, copied.st_size);
	assert_int_equal(copied.st_mode & 07777, 0755);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

static void a_directory_that_is_not_there_is_not_made(void **state)
{
	cleanup_batch struct batch batch = BATCH_NONE;
	cleanup_error struct error error = {0};
	(void)state;
	assert_int_equal(batch_open(&batch, "/nowhere/at/all", NULL, &error), -1);
	assert_int_equal(error.errnum, ENOENT);
}

/* ---- the binary ---- */

struct image {
	ElfW(Ehdr) header;
	ElfW(Phdr) segments[2];
};

static void a_program_with_an_interpreter_or_none_at_all_needs_a_loader(void **state)
{
	struct image image = {.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3},
					 .e_phoff = sizeof image.header,
					 .e_phnum = 2,
					 .e_phentsize = sizeof image.segments[0]},
			      .segments = {{.p_type = PT_LOAD}, {.p_type = PT_DYNAMIC}}};
	(void)state;
	assert_false(own_binary_needs_loader(&image, sizeof image));
	assert_true(own_binary_needs_loader(&image, sizeof image - 1));
	assert_true(own_binary_needs_loader(&image, 3));
	assert_true(own_binary_needs_loader("#!/bin/sh\n", 10));
	image.segments[1].p_type = PT_INTERP;
	assert_true(own_binary_needs_loader(&image, sizeof image));
	image.segments[1].p_type = PT_NULL;
	image.header.e_phoff = (ElfW(Off)) - 1 - 8;
	assert_true(own_binary_needs_loader(&image, sizeof image));
	image.header.e_phoff = sizeof image.header;
	image.header.e_phentsize = 1;
	assert_true(own_binary_needs_loader(&image, sizeof image));
}

#define folder_test(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_means_one_thing_only_is_a_limit),
		cmocka_unit_test(what_could_be_meant_otherwise_is_refused_with_the_reason),
		cmocka_unit_test(a_limit_near_the_machines_memory_may_be_none),
		cmocka_unit_test(a_shell_and_kubernetes_read_the_same_values),
		cmocka_unit_test(the_tests_own_reader_refuses_what_kubernetes_does),
		cmocka_unit_test(what_the_grammar_cannot_hold_is_an_error_and_no_broken_file),
		folder_test(files_appear_together_with_their_modes),
		folder_test(what_is_not_put_in_place_leaves_nothing),
		folder_test(a_failure_on_the_way_takes_back_what_is_new_and_nothing_else),
		folder_test(a_directory_in_a_files_place_is_found_before_anything_is_written),
		folder_test(no_symbolic_link_is_followed),
		folder_test(a_copy_is_whole),
		folder_test(a_directory_that_is_not_there_is_not_made),
		cmocka_unit_test(a_program_with_an_interpreter_or_none_at_all_needs_a_loader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
