/* SPDX-License-Identifier: MIT */
#include "supervise/shrink.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/libc.h"

#define STACK_PAGES_KEPT 1 /* these functions use it themselves */
#define STACK_PAGES      32

static uintptr_t page_bytes(void)
{
	return (uintptr_t)sysconf(_SC_PAGESIZE);
}

static uintptr_t page_start(uintptr_t address)
{
	return address & ~(page_bytes() - 1);
}

/* Only segments that are never writable: their pages are the file's, unchanged, unlike those with
 * relocations. */
static int give_back_code(struct dl_phdr_info *object, size_t size, void *data)
{
	(void)size;
	(void)data;
	for (unsigned i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
			continue;
		uintptr_t start = page_start(object->dlpi_addr + segment->p_vaddr);
		uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_filesz;
		madvise((void *)start, end - start, MADV_DONTNEED); /* NOLINT(performance-no-int-to-ptr) */
	}
	return 0;
}

/* Most of the range was never touched and is not mapped: for such parts the kernel returns ENOMEM and
 * continues with the rest. */
static void give_back_stack(void)
{
	uintptr_t here = page_start((uintptr_t)__builtin_frame_address(0));
	uintptr_t end = here - STACK_PAGES_KEPT * page_bytes();
	size_t size = STACK_PAGES * page_bytes();
	madvise((void *)(end - size), size, MADV_DONTNEED); /* NOLINT(performance-no-int-to-ptr) */
}

void shrink(void)
{
	malloc_trim(0);
	give_back_stack();
	dl_iterate_phdr(give_back_code, NULL);
}
