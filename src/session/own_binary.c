/* SPDX-License-Identifier: MIT */
#include "session/own_binary.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"

bool own_binary_needs_loader(const void *bytes, size_t length)
{
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;

	if (length < sizeof header)
		return true;
	memcpy(&header, bytes, sizeof header);
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phentsize != sizeof segment ||
	    header.e_phoff > length || header.e_phnum > (length - header.e_phoff) / sizeof segment)
		return true;
	for (size_t i = 0; i < header.e_phnum; i++) {
		memcpy(&segment, (const char *)bytes + header.e_phoff + i * sizeof segment, sizeof segment);
		if (segment.p_type == PT_INTERP)
			return true;
	}
	return false;
}

static int check_static(int fd, struct error *error)
{
	char start[4096]; /* a linker puts the program header at the beginning */
	ssize_t length = pread(fd, start, sizeof start, 0);
	if (length < 0)
		return error_set(error, errno, "--install: read /proc/self/exe");
	if (!own_binary_needs_loader(start, (size_t)length))
		return 0;
	error_set(error, 0,
		  "--install: this siplaunch needs its loader and libraries, which the router's image may "
		  "not have");
	return error_hint(error, "run init from a static build: make static");
}

int own_binary_open(struct error *error)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(error, errno, "--install: open /proc/self/exe");
	if (check_static(fd, error) == 0)
		return fd;
	close(fd);
	return -1;
}
