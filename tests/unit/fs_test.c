/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"

struct scratch {
	char path[64];
	int fd;
};

static int make_scratch(void **state)
{
	struct scratch *scratch = xcalloc(1, sizeof *scratch);
	strcpy(scratch->path, "/tmp/siplaunch-fs-XXXXXX");
	if (!mkdtemp(scratch->path))
		return -1;
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = scratch;
	return scratch->fd < 0;
}

static int remove_scratch(void **state)
{
	struct scratch *scratch = *state;
	static const char *const names[] = {"file", "fifo", "link"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(scratch->fd, names[i], 0);
	unlinkat(scratch->fd, "directory", AT_REMOVEDIR);
	close(scratch->fd);
	int result = rmdir(scratch->path);
	free(scratch);
	return result;
}

static void put(const struct scratch *scratch, const char *content, size_t length)
{
	int fd = openat(scratch->fd, "file", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, length), length);
	close(fd);
}

static void a_pseudo_file_is_read_without_its_newline(void **state)
{
	struct scratch *scratch = *state;
	cleanup_free char *text = NULL;
	put(scratch, "max\n", 4);
	assert_int_equal(pseudo_read(scratch->fd, "file", 10, &text), 3);
	assert_string_equal(text, "max");
}

static void a_pseudo_file_beyond_its_bound_is_refused(void **state)
{
	struct scratch *scratch = *state;
	char content[9000];
	char *text = NULL;
	memset(content, 'x', sizeof content);
	put(scratch, content, sizeof content);
	for (size_t limit = sizeof content - 1; limit > 4000; limit -= 617) {
		assert_int_equal(pseudo_read(scratch->fd, "file", limit, &text), -1);
		assert_int_equal(errno, EFBIG);
		assert_null(text);
	}
	assert_int_equal(pseudo_read(scratch->fd, "file", sizeof content, &text), sizeof content);
	free(text);
}

static void a_nul_byte_in_a_pseudo_file_is_refused(void **state)
{
	struct scratch *scratch = *state;
	char *text = NULL;
	put(scratch, "1\0002", 3);
	assert_int_equal(pseudo_read(scratch->fd, "file", 10, &text), -1);
	assert_int_equal(errno, EINVAL);
	assert_null(text);
}

static void a_small_read_takes_what_fits_and_refuses_the_rest(void **state)
{
	struct scratch *scratch = *state;
	char text[8];
	put(scratch, "123456\n", 7);
	assert_int_equal(pseudo_read_small(scratch->fd, "file", text, sizeof text), 6);
	assert_string_equal(text, "123456");
	put(scratch, "1234567\n", 8);
	assert_int_equal(pseudo_read_small(scratch->fd, "file", text, sizeof text), -1);
	assert_int_equal(errno, EFBIG);
	put(scratch, "1\0002", 3);
	assert_int_equal(pseudo_read_small(scratch->fd, "file", text, sizeof text), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(pseudo_read_small(scratch->fd, "none", text, sizeof text), -1);
	assert_int_equal(errno, ENOENT);
}

static void a_record_of_any_length_is_read_whole(void **state)
{
	struct scratch *scratch = *state;
	static const size_t lengths[] = {0, 1, 4094, 4095, 4096, 4097, 20000};
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		cleanup_free char *content = xcalloc(lengths[i] + 1, 1), *text = NULL;
		memset(content, 'x', lengths[i]);
		put(scratch, content, lengths[i]);
		assert_int_equal(pseudo_read_record(scratch->fd, "file", &text), lengths[i]);
		assert_string_equal(text, content);
	}
	char *none = (char *)1;
	assert_int_equal(pseudo_read_record(scratch->fd, "none", &none), -1);
	assert_null(none);
	put(scratch, "1\0002", 3);
	assert_int_equal(pseudo_read_record(scratch->fd, "file", &none), -1);
	assert_int_equal(errno, EINVAL);
}

static void a_regular_file_of_any_length_is_read_whole(void **state)
{
	struct scratch *scratch = *state;
	static const size_t lengths[] = {0, 1, 4095, 4096, 4097, 20000};
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		cleanup_free char *content = xcalloc(lengths[i] + 1, 1), *text = NULL;
		size_t length;
		memset(content, 'x', lengths[i]);
		put(scratch, content, lengths[i]);
		assert_int_equal(file_read(scratch->fd, "file", 20000, &text, &length, NULL), 0);
		assert_int_equal(length, lengths[i]);
		assert_string_equal(text, content);
	}
}

/* Its size says nothing: what stat calls empty is read to its end. */
static void a_regular_file_that_seems_empty_is_read(void **state)
{
	cleanup_free char *text = NULL;
	size_t length;
	(void)state;
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/status", 1 << 20, &text, &length, NULL), 0);
	assert_true(length > 100);
}

static void what_is_no_regular_file_is_refused_and_a_fifo_does_not_hang(void **state)
{
	struct scratch *scratch = *state;
	static const char *const names[] = {"fifo", "directory", "link"};
	assert_int_equal(mkfifoat(scratch->fd, "fifo", 0600), 0);
	assert_int_equal(mkdirat(scratch->fd, "directory", 0700), 0);
	assert_int_equal(symlinkat("/dev/zero", scratch->fd, "link"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_error struct error error = {0};
		char *text = NULL;
		size_t length;
		assert_int_equal(file_read(scratch->fd, names[i], 100, &text, &length, &error), -1);
		assert_non_null(strstr(error.message, names[i]));
		assert_non_null(strstr(error.message, "not a regular file"));
		assert_null(text);
	}
}

static void a_file_is_refused_for_its_size_and_for_nul_bytes(void **state)
{
	struct scratch *scratch = *state;
	cleanup_error struct error error = {0};
	char *text = NULL;
	size_t length;
	put(scratch, "12345", 5);
	assert_int_equal(file_read(scratch->fd, "file", 4, &text, &length, &error), -1);
	assert_non_null(strstr(error.message, "larger than 4 bytes"));
	assert_int_equal(file_read(scratch->fd, "file", 5, &text, &length, &error), 0);
	assert_int_equal(length, 5);
	free(text);
	put(scratch, "a\0b", 3);
	assert_int_equal(file_read(scratch->fd, "file", 5, &text, &length, &error), -1);
	assert_non_null(strstr(error.message, "NUL"));
}

/* What stands below the directory: tree/a/b, a link to it, one out of it, and a FIFO. */
static int make_tree(void **state)
{
	if (make_scratch(state) < 0)
		return -1;
	const struct scratch *scratch = *state;
	cleanup_free char *command = xasprintf(
		"cd %s && mkdir -p a/b && echo 1 > a/b/file && ln -s b a/link && ln -s /etc out && ln -s .. up && "
		"ln -s file a/b/same && ln -s /proc/self/root magic",
		scratch->path);
	return system(command);
}

static int remove_tree(void **state)
{
	struct scratch *scratch = *state;
	cleanup_free char *command = xasprintf("rm -rf %s", scratch->path);
	close(scratch->fd);
	free(scratch);
	return system(command);
}

static void nothing_is_opened_but_what_is_below_with_and_without_openat2(void **state)
{
	static const struct {
		const char *path;
		int flags, errnum; /* 0: it is opened */
	} cases[] = {
		{"", O_RDONLY | O_DIRECTORY, 0},
		{".", O_RDONLY | O_DIRECTORY, 0},
		{"a", O_RDONLY | O_DIRECTORY, 0},
		{"a/b/", O_RDONLY | O_DIRECTORY, 0},
		{"a//b/./file", O_RDONLY, 0},
		{"a/b/file", O_WRONLY, 0},
		{"a/b/file", O_RDONLY | O_DIRECTORY, ENOTDIR},
		{"a/b/file/", O_RDONLY, ENOTDIR},
		{"a/b/file/x", O_RDONLY, ENOTDIR},
		{"a/none", O_RDONLY, ENOENT},
		{"none/file", O_RDONLY, ENOENT},
		{"a/b", O_WRONLY, EISDIR},
		{"a/link", O_RDONLY | O_DIRECTORY, ELOOP},
		{"a/link/file", O_RDONLY, ELOOP},
		{"a/b/same", O_RDONLY, ELOOP},
		{"out/passwd", O_RDONLY, ELOOP},
		{"out", O_RDONLY, ELOOP},
		{"up/etc", O_RDONLY, ELOOP},
		{"magic/etc/passwd", O_RDONLY, ELOOP},
		{"..", O_RDONLY | O_DIRECTORY, EXDEV},
		{"../etc/passwd", O_RDONLY, EXDEV},
		{"a/../a/b/file", O_RDONLY, EXDEV},
		{"a/b/..", O_RDONLY, EXDEV},
		{"/etc/passwd", O_RDONLY, EXDEV},
		{"/", O_RDONLY, EXDEV},
		{"..a", O_RDONLY, ENOENT},
	};
	static int (*const ways[])(int, const char *, int) = {open_beneath, open_beneath_stepwise};
	const struct scratch *scratch = *state;
	unsigned failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(ways); i++) {
		size_t which = i / ARRAY_SIZE(ways);
		errno = 0;
		int fd = ways[i % ARRAY_SIZE(ways)](scratch->fd, cases[which].path, cases[which].flags);
		int errnum = fd < 0 ? errno : 0;
		if (errnum != cases[which].errnum || (fd >= 0 && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))) {
			print_error("%s, way %zu: %s\n", cases[which].path, i % ARRAY_SIZE(ways),
				    strerror(errnum));
			failed++;
		}
		cleanup_close_(&fd);
	}
	assert_int_equal(failed, 0);
}

static void an_error_carries_attempt_kernel_and_hint(void **state)
{
	cleanup_error struct error error = {0};
	(void)state;
	assert_int_equal(error_set(&error, ENOENT, "open %s", "/x"), -1);
	error_hint(&error, "make it");
	error_context(&error, "cgroup/%s", "memory.max");
	cleanup_free char *text = error_text(&error);
	assert_string_equal(text, "cgroup/memory.max: open /x: No such file or directory (ENOENT)");
	assert_string_equal(error.hint, "make it");
	error_set(&error, 0, "%s again", error.message); /* its own text as an argument */
	assert_string_equal(error.message, "cgroup/memory.max: open /x again");
	assert_null(error.hint);
	assert_int_equal(error_set(NULL, 0, "nobody asks"), -1);
}

static void paths_are_joined_with_one_slash(void **state)
{
	static const char *const cases[][3] = {
		{"/a", "b", "/a/b"}, {"/a/", "/b", "/a/b"}, {"/", "b", "/b"},
		{"/", "", "/"},      {"/a", "", "/a"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *path = path_join(cases[i][0], cases[i][1]);
		assert_string_equal(path, cases[i][2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pseudo_file_is_read_without_its_newline, make_scratch,
						remove_scratch),
		cmocka_unit_test_setup_teardown(a_pseudo_file_beyond_its_bound_is_refused, make_scratch,
						remove_scratch),
		cmocka_unit_test_setup_teardown(a_nul_byte_in_a_pseudo_file_is_refused, make_scratch,
						remove_scratch),
		cmocka_unit_test_setup_teardown(a_small_read_takes_what_fits_and_refuses_the_rest,
						make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(a_record_of_any_length_is_read_whole, make_scratch,
						remove_scratch),
		cmocka_unit_test_setup_teardown(a_regular_file_of_any_length_is_read_whole, make_scratch,
						remove_scratch),
		cmocka_unit_test(a_regular_file_that_seems_empty_is_read),
		cmocka_unit_test_setup_teardown(what_is_no_regular_file_is_refused_and_a_fifo_does_not_hang,
						make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(a_file_is_refused_for_its_size_and_for_nul_bytes,
						make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(nothing_is_opened_but_what_is_below_with_and_without_openat2,
						make_tree, remove_tree),
		cmocka_unit_test(an_error_carries_attempt_kernel_and_hint),
		cmocka_unit_test(paths_are_joined_with_one_slash),
	};
	return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
