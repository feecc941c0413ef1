/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD=scarce.so: from the first group on that siplaunch makes, memory lasts for $SCARCE_AFTER
 * allocations. Those after them fail, until a large block is freed or unmapped: its bytes can be had again,
 * and no more.
 */
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LARGE ((size_t)512 << 10)

/* glibc's own names of what is wrapped here; dlsym(RTLD_NEXT) would itself call malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

static bool counting;
static unsigned long left;
static size_t bytes; /* that can be had again */

static bool refused(size_t size)
{
	if (!counting)
		return false;
	if (left > 0) {
		left--;
		return false;
	}
	if (size <= bytes) {
		bytes -= size;
		return false;
	}
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return refused(size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return refused(count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return refused(size) ? NULL : __libc_realloc(old, size);
}

void free(void *old)
{
	if (old && counting && !left && malloc_usable_size(old) >= LARGE)
		bytes += malloc_usable_size(old);
	__libc_free(old);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	if (length >= LARGE && refused(length))
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

/* What programs with large file offsets call; here they are the same. */
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
	__attribute__((alias("mmap")));

int munmap(void *address, size_t length)
{
	if (counting && !left && length >= LARGE)
		bytes += length;
	return (int)syscall(SYS_munmap, address, length);
}

int mkdirat(int directory, const char *name, mode_t mode)
{
	const char *after = getenv("SCARCE_AFTER");
	if (after && !counting) {
		left = strtoul(after, NULL, 10);
		counting = true;
	}
	return (int)syscall(SYS_mkdirat, directory, name, mode);
}
