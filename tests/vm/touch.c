/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD=touch.so: every process of a router touches all of both pools, as a router under full load does
 * in the end. The pools are found by how routers make them: the shared one by mmap(MAP_SHARED), the private
 * one by one big malloc(), both in the first process before it forks. fork() is where a process is born, so
 * it is where it touches.
 *
 * What a process has touched it appends to the file $TOUCH_LOG: "PID SHARED_BYTES PRIVATE_BYTES". An error is
 * a line too ("PID failed: …"), so that a test that counts lines cannot take it for a success.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#define POOL_BYTES_MIN ((size_t)1 << 20) /* the smallest -M and -m */
#define BLOCKS_MAX     64

/* glibc's own names of what is wrapped here; dlsym(RTLD_NEXT) would itself call malloc. */
void *__libc_malloc(size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

static struct block {
	void *start;
	size_t bytes;
	bool shared;
} blocks[BLOCKS_MAX];

static bool touched; /* by this process; a child has to do it again */

/* Routers have one thread when they make their pools: no lock. A full table must not pass for a complete one.
 */
static void block_add(void *start, size_t bytes, bool shared)
{
	if (bytes < POOL_BYTES_MIN)
		return;
	for (struct block *block = blocks; block < blocks + BLOCKS_MAX; block++) {
		if (block->start)
			continue;
		*block = (struct block){start, bytes, shared};
		touched = false;
		return;
	}
	abort();
}

static void block_remove(void *start)
{
	for (struct block *block = blocks; start && block < blocks + BLOCKS_MAX; block++)
		if (block->start == start)
			*block = (struct block){0};
}

void *malloc(size_t size)
{
	void *start = __libc_malloc(size);
	if (start)
		block_add(start, size, false);
	return start;
}

void *realloc(void *old, size_t size)
{
	block_remove(old);
	void *start = __libc_realloc(old, size);
	if (start)
		block_add(start, size, false);
	return start;
}

void free(void *old)
{
	block_remove(old);
	__libc_free(old);
}

void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	static void *(*next)(void *, size_t, int, int, int, off_t);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "mmap");
	void *start = next(address, bytes, protection, flags, fd, offset);
	int flavour = flags & MAP_TYPE;
	if (start != MAP_FAILED && (flavour == MAP_SHARED || flavour == MAP_SHARED_VALIDATE) &&
	    (protection & PROT_WRITE))
		block_add(start, bytes, true);
	return start;
}

int munmap(void *start, size_t bytes)
{
	static int (*next)(void *, size_t);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "munmap");
	block_remove(start);
	return next(start, bytes);
}

/* A write that changes nothing, even when another process writes the same byte. */
static void touch_by_hand(uintptr_t start, uintptr_t end, uintptr_t page)
{
	for (uintptr_t address = start; address < end; address += page)
		__atomic_fetch_or((char *)address, 0, __ATOMIC_RELAXED);
}

/* MADV_POPULATE_WRITE (Linux 5.14) takes a write fault on every page without writing. */
static int touch(const struct block *block)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)block->start, end = start + block->bytes;
	uintptr_t first = start & ~(page - 1);
	if (madvise((void *)first, (end - first + page - 1) & ~(page - 1), MADV_POPULATE_WRITE) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	touch_by_hand(start, end, page);
	return 0;
}

static void report(const char *text, int length)
{
	const char *path = getenv("TOUCH_LOG");
	if (!path || length < 0)
		return;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, text, (size_t)length) != length)
		abort();
	close(fd);
}

static void touch_all(void)
{
	size_t shared = 0, private = 0;
	char text[128];

	if (touched)
		return;
	touched = true;
	for (const struct block *block = blocks; block < blocks + BLOCKS_MAX; block++) {
		if (!block->start)
			continue;
		if (touch(block) < 0) {
			report(text, snprintf(text, sizeof text, "%d failed: %s\n", (int)getpid(),
					      strerrorname_np(errno)));
			return;
		}
		*(block->shared ? &shared : &private) += block->bytes;
	}
	if (shared || private)
		report(text, snprintf(text, sizeof text, "%d %zu %zu\n", (int)getpid(), shared, private));
}

pid_t fork(void)
{
	static pid_t (*next)(void);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "fork");
	touch_all();
	pid_t child = next();
	if (child == 0) {
		touched = false;
		int kept = errno;
		touch_all();
		errno = kept;
	}
	return child;
}
