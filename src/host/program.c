/* SPDX-License-Identifier: MIT */
#include "host/program.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"

#define TEXT_MAX 4095
#define FILE_MAX ((off_t)1 << 28)

/* The ELF header of siplaunch itself, a symbol that the linker defines (ld's documentation, "PROVIDE"): its
 * machine is the build's. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static unsigned number16(const unsigned char *bytes, bool big_endian)
{
	return big_endian ? (unsigned)bytes[0] << 8 | bytes[1] : (unsigned)bytes[1] << 8 | bytes[0];
}

static unsigned bits_of(unsigned char class)
{
	return class == ELFCLASS32 ? 32 : class == ELFCLASS64 ? 64 : 0;
}

struct program_header program_header_parse(const void *bytes, size_t length)
{
	const unsigned char *text = bytes;
	struct program_header header = {.kind = PROGRAM_OTHER};

	if (length >= 2 && memcmp(text, "#!", 2) == 0)
		header.kind = PROGRAM_SCRIPT;
	if (length < PROGRAM_HEADER_BYTES || memcmp(text, ELFMAG, SELFMAG) != 0)
		return header;
	header.kind = PROGRAM_ELF;
	header.bits = bits_of(text[EI_CLASS]);
	header.big_endian = text[EI_DATA] == ELFDATA2MSB;
	header.machine = number16(text + offsetof(Elf32_Ehdr, e_machine), header.big_endian);
	return header;
}

/* A 64-bit program proves a 64-bit kernel; for a 32-bit one, uname(2) shows the kernel's machine. */
static unsigned kernel_bits(void)
{
	struct utsname name;
	if (sizeof(void *) == 8)
		return 64;
	return uname(&name) == 0 && strstr(name.machine, "64") ? 64 : 32;
}

struct program_header program_header_read(const char *path)
{
	unsigned char bytes[PROGRAM_HEADER_BYTES];
	cleanup_close int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t length = file < 0 ? -1 : read(file, bytes, sizeof bytes);

	if (length < 0)
		return (struct program_header){.kind = PROGRAM_UNSEEN, .errnum = errno};
	struct program_header header = program_header_parse(bytes, (size_t)length);
	header.kernel_bits = kernel_bits();
	return header;
}

bool program_gains_privileges(const char *path)
{
	struct statvfs mount;
	struct stat info;

	if (stat(path, &info) < 0 || statvfs(path, &mount) < 0 || (mount.f_flag & ST_NOSUID))
		return false;
	/* set-group-ID without execution by the group is mandatory locking (chmod(2)) */
	bool set_gid = (info.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
	if (!(info.st_mode & S_ISUID) && !set_gid && getxattr(path, "security.capability", NULL, 0) <= 0)
		return false;
	return program_header_read(path).kind != PROGRAM_SCRIPT;
}

/* include/uapi/linux/capability.h: the kernel stores the attribute in little-endian form. */
static uint64_t required_capabilities(const struct vfs_ns_cap_data *data, ssize_t length)
{
	uint32_t magic = le32toh(data->magic_etc), revision = magic & VFS_CAP_REVISION_MASK;
	bool two_words = length >= (ssize_t)XATTR_CAPS_SZ_2 && revision != VFS_CAP_REVISION_1;

	if (length < (ssize_t)XATTR_CAPS_SZ_1 || !(magic & VFS_CAP_FLAGS_EFFECTIVE))
		return 0;
	if (revision == VFS_CAP_REVISION_3 && (length < (ssize_t)XATTR_CAPS_SZ_3 || data->rootid))
		return 0; /* for another user namespace */
	return le32toh(data->data[0].permitted) |
	       (two_words ? (uint64_t)le32toh(data->data[1].permitted) << 32 : 0);
}

uint64_t program_required_capabilities(const char *path)
{
	struct vfs_ns_cap_data data = {0};
	struct statvfs mount;
	ssize_t length = getxattr(path, "security.capability", &data, sizeof data);
	uint64_t required = required_capabilities(&data, length);

	if (!required || statvfs(path, &mount) < 0 || (mount.f_flag & ST_NOSUID))
		return 0;
	return program_header_read(path).kind == PROGRAM_SCRIPT ? 0 : required;
}

static const struct {
	unsigned machine;
	const char *name;
} machines[] = {
	{EM_X86_64, "x86-64"}, {EM_386, "i386"},     {EM_AARCH64, "arm64"}, {EM_ARM, "arm"},
	{EM_PPC64, "ppc64"},   {EM_RISCV, "RISC-V"}, {EM_S390, "s390"},     {EM_MIPS, "mips"},
};

char *program_machine_text(const struct program_header *header)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == header->machine)
			return xasprintf("%u-bit %s", header->bits, machines[i].name);
	return xasprintf("%u-bit machine type %u", header->bits, header->machine);
}

/* fs/compat_binfmt_elf.c: 64-bit kernels execute the 32-bit programs of these as well. */
static bool is_predecessor(unsigned machine)
{
	static const unsigned pairs[][2] = {{EM_X86_64, EM_386}, {EM_AARCH64, EM_ARM}, {EM_PPC64, EM_PPC}};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (__ehdr_start.e_machine == pairs[i][0] && machine == pairs[i][1])
			return true;
	return false;
}

/* The 64-bit machine that also executes programs of this build: a 32-bit siplaunch may run on a 64-bit
 * kernel. */
static bool is_successor(unsigned machine)
{
	return (__ehdr_start.e_machine == EM_386 && machine == EM_X86_64) ||
	       (__ehdr_start.e_machine == EM_ARM && machine == EM_AARCH64);
}

bool program_is_native(const struct program_header *header)
{
	bool big_endian = __ehdr_start.e_ident[EI_DATA] == ELFDATA2MSB;

	if (header->kind != PROGRAM_ELF)
		return true;
	return header->big_endian == big_endian &&
	       (header->machine == __ehdr_start.e_machine || is_predecessor(header->machine) ||
		is_successor(header->machine));
}

/* The whole file; -1 if it is not a regular file, or larger than any program. */
static int program_bytes(int file, char **bytes, size_t *length)
{
	struct stat info;

	*length = 0;
	if (fstat(file, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size <= 0 || info.st_size > FILE_MAX)
		return -1;
	*bytes = xcalloc(1, (size_t)info.st_size);
	for (ssize_t got = 1; got > 0 && *length < (size_t)info.st_size; *length += (size_t)got) {
		got = pread(file, *bytes + *length, (size_t)info.st_size - *length, (off_t)*length);
		if (got < 0)
			return -1;
	}
	return 0;
}

static bool is_printable(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

struct search {
	const char *before;
	char end;
	bool (*accepts)(int what, const char *text);
	int what;
};

/* The text after one `before`; NULL if it is not accepted. */
static char *text_at(const struct search *search, const char *start, size_t room)
{
	const char *stop = memchr(start, search->end, room < TEXT_MAX ? room : TEXT_MAX);
	size_t length = stop ? (size_t)(stop - start) : 0;

	if (!length || !is_printable(start, length))
		return NULL;
	char *text = xstrndup(start, length);
	if (search->accepts(search->what, text))
		return text;
	free(text);
	return NULL;
}

static char *find_text(const struct search *search, const char *bytes, size_t length)
{
	const char *at = bytes, *limit = bytes + length;
	size_t size = strlen(search->before);

	while ((at = memmem(at, (size_t)(limit - at), search->before, size))) {
		at += size;
		char *text = text_at(search, at, (size_t)(limit - at));
		if (text)
			return text;
	}
	return NULL;
}

/* Reads instead of mapping: if another process truncated a mapped file, this one would get SIGBUS. */
char *program_text(int file, const char *before, char end, bool (*accepts)(int what, const char *text),
		   int what)
{
	const struct search search = {before, end, accepts, what};
	cleanup_free char *bytes = NULL;
	size_t length;

	if (program_bytes(file, &bytes, &length) < 0)
		return NULL;
	return find_text(&search, bytes, length);
}
