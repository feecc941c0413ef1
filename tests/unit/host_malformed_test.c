/* SPDX-License-Identifier: MIT */
/*
 * Nothing in /proc and /sys is trusted to be well-formed: every file of every fixture host is spoilt in turn,
 * in many ways, in a copy. Reading must never crash, hang, leak or follow a path out of the tree; the
 * sanitizers watch. Only a host whose /proc/self/status cannot be opened is refused.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/host.h"
#include "host/read.h"

struct bytes {
	char *data;
	size_t length;
};

struct copy {
	char root[64];
	char **files, **links;
	size_t file_count, link_count;
};

/* ---- a copy of a fixture, symbolic links to common files resolved ---- */

static struct bytes bytes_read(const char *path)
{
	struct bytes bytes = {.data = xcalloc(1 << 16, 1)};
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, bytes.data, 1 << 16);
	assert_in_range(length, 0, (1 << 16) - 1);
	bytes.length = (size_t)length;
	return bytes;
}

static void bytes_write(const char *path, const void *data, size_t length)
{
	unlink(path); /* not O_TRUNC: ext4 then writes to the disk on every close */
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, length), length);
}

static void copy_tree(struct copy *copy, const char *from, const char *to);

static void copy_entry(struct copy *copy, const char *from, const char *to)
{
	struct stat info;
	char target[256] = "";

	if (stat(from, &info) == 0 && S_ISDIR(info.st_mode)) {
		copy_tree(copy, from, to);
	} else if (S_ISREG(info.st_mode) && access(from, F_OK) == 0) {
		struct bytes bytes = bytes_read(from);
		bytes_write(to, bytes.data, bytes.length);
		free(bytes.data);
		*ARRAY_ADD(copy->files, copy->file_count) = xstrdup(to);
	} else { /* a namespace link, which points nowhere */
		assert_true(readlink(from, target, sizeof target - 1) > 0);
		assert_int_equal(symlink(target, to), 0);
		*ARRAY_ADD(copy->links, copy->link_count) = xstrdup(to);
	}
}

static void copy_tree(struct copy *copy, const char *from, const char *to)
{
	cleanup_closedir DIR *directory = opendir(from);
	assert_non_null(directory);
	assert_true(mkdir(to, 0755) == 0 || errno == EEXIST);
	for (struct dirent *entry; (entry = readdir(directory));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		cleanup_free char *source = path_join(from, entry->d_name);
		cleanup_free char *target = path_join(to, entry->d_name);
		copy_entry(copy, source, target);
	}
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info, (void)kind, (void)walk;
	return remove(path);
}

static void copy_clear(struct copy *copy)
{
	nftw(copy->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; i < copy->file_count; i++)
		free(copy->files[i]);
	for (size_t i = 0; i < copy->link_count; i++)
		free(copy->links[i]);
	free(copy->files);
	free(copy->links);
}

/* ---- reading it ---- */

static void read_and_clear(const struct copy *copy, const char *spoilt)
{
	struct host_roots roots;
	struct host host;
	cleanup_error struct error error = {0};

	assert_int_equal(host_roots_open(copy->root, &roots, &error), 0);
	if (host_read(&roots, &(struct host_questions){0}, &host, &error) < 0) {
		assert_non_null(strstr(spoilt, "/proc/self/status"));
		assert_non_null(error.message);
	} else {
		assert_non_null(host.cgroup.base_reason);
		assert_true(host.memory.page_bytes >= 4096);
		assert_in_range(host.note_count, 0, NOTES_MAX + 1);
		for (size_t i = 0; i < host.note_count; i++)
			assert_in_range(strlen(host.notes[i]), 1, 2 * PATH_MAX);
	}
	host_clear(&host);
	host_roots_close(&roots);
}

/* ---- ways to spoil it ---- */

static uint32_t random_state;

static uint32_t random_number(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

static const struct {
	const char *data;
	size_t length;
} replacements[] = {
#define TEXT(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}
	TEXT(""),
	TEXT("\n"),
	TEXT("\n\n \t\n\n"),
	TEXT("\0\0\0\0"),
	TEXT("1\0002\n"),
	TEXT("\x1b]0;\xff\xfe%s%n%d {\"[\\134\\:::,,,--  =\n\r\v"),
	TEXT("-1\n"),
	TEXT("18446744073709551616 99999999999999999999999999999999999999\n"),
	TEXT("0::/../../../../../../../../etc\n1:memory:/../..\n"),
	TEXT("1 2 0:1 / / rw - ext4 x rw\n3 1 0:2 /../.. /../../../../../proc rw - cgroup2 c rw\n"
	     "4 1 0:3 /.. /.. rw - cgroup c rw,memory\n"),
	TEXT(":::\n::\n0::\n0:/\n"),
	TEXT("][ [ ] []"),
	TEXT("5-1,,,0-99999999999999999999,-"),
#undef TEXT
};

static void replace_each_way(const struct copy *copy, const char *file)
{
	static char large[64 << 10];
	memset(large, '7', sizeof large);
	for (size_t i = 0; i < ARRAY_SIZE(replacements); i++) {
		bytes_write(file, replacements[i].data, replacements[i].length);
		read_and_clear(copy, file);
	}
	bytes_write(file, large, sizeof large);
	read_and_clear(copy, file);
	unlink(file);
	read_and_clear(copy, file);
	mkdir(file, 0755);
	read_and_clear(copy, file);
	rmdir(file);
	mkfifo(file, 0644); /* opening it must not wait for a writer */
	read_and_clear(copy, file);
	unlink(file);
	assert_int_equal(symlink(strrchr(file, '/') + 1, file), 0); /* to itself */
	read_and_clear(copy, file);
	unlink(file);
}

static void cut_and_flip(const struct copy *copy, const char *file, const struct bytes *original)
{
	cleanup_free char *changed = xcalloc(original->length + 1, 1);
	for (unsigned round = 0; round < 8 && original->length; round++) {
		bytes_write(file, original->data, random_number((uint32_t)original->length));
		read_and_clear(copy, file);
		memcpy(changed, original->data, original->length);
		for (unsigned flips = 1 + random_number(8); flips; flips--)
			changed[random_number((uint32_t)original->length)] ^= (char)(1 << random_number(8));
		bytes_write(file, changed, original->length);
		read_and_clear(copy, file);
	}
}

static void spoil_every_file(const struct copy *copy)
{
	for (size_t i = 0; i < copy->file_count; i++) {
		struct bytes original = bytes_read(copy->files[i]);
		replace_each_way(copy, copy->files[i]);
		cut_and_flip(copy, copy->files[i], &original);
		bytes_write(copy->files[i], original.data, original.length);
		free(original.data);
	}
}

static void spoil_every_link(const struct copy *copy)
{
	static const char *const targets[] = {"ipc:[", "ipc:]5[", "ipc:[99999999999999999999]",
					      "[1]",   "x",       "ipc:[5]6"};
	for (size_t i = 0; i < copy->link_count; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(targets); j++) {
			unlink(copy->links[i]);
			assert_int_equal(symlink(targets[j], copy->links[i]), 0);
			read_and_clear(copy, copy->links[i]);
		}
	}
}

static void check_fixture(const char *name)
{
	struct copy copy = {.root = "/tmp/host-malformed-XXXXXX"};
	assert_non_null(mkdtemp(copy.root));
	cleanup_free char *from = path_join(FIXTURES "/hosts", name);
	copy_tree(&copy, from, copy.root);
	assert_true(copy.file_count > 20 || strcmp(name, "proc-empty-files") == 0);
	spoil_every_file(&copy);
	spoil_every_link(&copy);
	copy_clear(&copy);
}

static void a_host_with_any_file_spoilt_is_read_without_harm(void **state)
{
	/* one of each shape: the others have the same files */
	static const char *const names[] = {
		"bare-v2",       "systemd-delegated-service", "hybrid", "v1", "kubernetes-burstable-high",
		"podman-userns", "mount-root-below",          "nspawn",
	};
	(void)state;
	random_state = 20240229;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		check_fixture(names[i]);
}

/* A profile's path is checked before it is asked for; host_read() does not rely on that. */
static void a_group_that_cannot_exist_has_no_levels(void **state)
{
	static const char *const hosts[] = {"bare-v2", "systemd-delegated-service", "systemd-host"};
	static const char *const groups[] = {"sip.slice//x", "sip.slice/../x", "./x"};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts) * ARRAY_SIZE(groups); i++) {
		cleanup_free char *root = path_join(FIXTURES "/hosts", hosts[i / ARRAY_SIZE(groups)]);
		const char *group = groups[i % ARRAY_SIZE(groups)];
		const struct host_questions questions = {.group = group, .scope = group};
		struct host_roots roots;
		struct host host;
		assert_int_equal(host_roots_open(root, &roots, NULL), 0);
		assert_int_equal(host_read(&roots, &questions, &host, NULL), 0);
		assert_int_equal(host.placed_count, 0);
		host_clear(&host);
		host_roots_close(&roots);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_with_any_file_spoilt_is_read_without_harm),
		cmocka_unit_test(a_group_that_cannot_exist_has_no_levels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
