/* SPDX-License-Identifier: MIT */
/*
 * Whether an interpreter is registered for a file (binfmt_misc): usually qemu, for another machine's
 * programs. A registration is also in force where binfmt_misc is not mounted, as in most containers.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/value.h"
#include "host/program.h"

#define BINFMT_DIRECTORY "sys/fs/binfmt_misc"
#define BEGINNING_BYTES  256 /* BINPRM_BUF_SIZE, include/uapi/linux/binfmts.h */

/* One entry's text, as fs/binfmt_misc.c entry_status() writes it; magic and mask in hexadecimal digits. */
struct entry {
	bool enabled;
	uint64_t offset;
	const char *magic, *mask; /* NULL: it matches the file's extension, or has no mask */
};

static void take_line(struct entry *entry, char *line)
{
	if (strcmp(line, "enabled") == 0)
		entry->enabled = true;
	else if (strncmp(line, "offset ", 7) == 0)
		entry->offset = parse_u64(line + 7, &entry->offset) ? entry->offset : BEGINNING_BYTES;
	else if (strncmp(line, "magic ", 6) == 0)
		entry->magic = line + 6;
	else if (strncmp(line, "mask ", 5) == 0)
		entry->mask = line + 5;
}

static struct entry parse(char *text)
{
	struct entry entry = {0};
	char *rest = NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		take_line(&entry, line);
	return entry;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* The byte of two hexadecimal digits; -1 at the end of the text, and for other characters. */
static int byte_at(const char *hex, size_t index)
{
	if (strlen(hex) < 2 * index + 2)
		return -1;
	int high = digit(hex[2 * index]), low = digit(hex[2 * index + 1]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool matches(const struct entry *entry, const unsigned char *bytes, size_t length)
{
	if (!entry->enabled || !entry->magic || byte_at(entry->magic, 0) < 0)
		return false;
	for (size_t i = 0; byte_at(entry->magic, i) >= 0; i++) {
		int mask = entry->mask ? byte_at(entry->mask, i) : 0xff;
		size_t at = (size_t)entry->offset + i;
		if (at >= length || mask < 0 || ((bytes[at] ^ byte_at(entry->magic, i)) & mask))
			return false;
	}
	return true;
}

static bool entry_takes(int directory, const char *name, const unsigned char *bytes, size_t length)
{
	cleanup_free char *text = NULL;
	if (name[0] == '.' || strcmp(name, "register") == 0 || strcmp(name, "status") == 0 ||
	    pseudo_read_record(directory, name, &text) < 0)
		return false;
	const struct entry entry = parse(text);
	return matches(&entry, bytes, length);
}

static enum program_start start_by_entries(int directory, const unsigned char *bytes, size_t length)
{
	int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *entries = own < 0 ? NULL : fdopendir(own);
	if (!entries)
		return PROGRAM_MAY_START;
	for (struct dirent *entry; (entry = readdir(entries));)
		if (entry_takes(directory, entry->d_name, bytes, length))
			return PROGRAM_STARTS;
	return PROGRAM_CANNOT_START;
}

/* True if binfmt_misc is mounted here and disabled. Not mounted: the directory is empty or missing. */
static bool is_off(int directory)
{
	cleanup_free char *status = NULL;
	return pseudo_read_record(directory, "status", &status) >= 0 && strcmp(status, "disabled") == 0;
}

enum program_start program_start(int proc, const char *path, const struct program_header *header)
{
	unsigned char bytes[BEGINNING_BYTES];

	if (program_is_native(header))
		return PROGRAM_STARTS;
	cleanup_close int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	cleanup_close int directory = openat(proc, BINFMT_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t length = file < 0 ? -1 : read(file, bytes, sizeof bytes);
	if (length < 0 || directory < 0 || faccessat(directory, "status", F_OK, 0) < 0)
		return PROGRAM_MAY_START;
	if (is_off(directory))
		return PROGRAM_CANNOT_START;
	return start_by_entries(directory, bytes, (size_t)length);
}
