/* SPDX-License-Identifier: MIT */
#include "host/storage.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/statfs.h>

#include "base/alloc.h"
#include "base/error.h"

/* Cuts off the last component: "/a/b" becomes "/a", "/a" "/", "a" ".". False for "/" and ".". */
static bool cut_component(char *path)
{
	char *slash = strrchr(path, '/');
	if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
		return false;
	if (slash) {
		slash[slash == path] = '\0';
	} else {
		path[0] = '.';
		path[1] = '\0'; /* it has at least one character */
	}
	return true;
}

int storage_in_memory(const char *path, struct error *error)
{
	cleanup_free char *at = xasprintf("%s%s", *path ? "" : ".", path);
	struct statfs file_system;

	while (statfs(at, &file_system) < 0)
		if (errno != ENOENT || !cut_component(at))
			return error_set(error, errno, "get the file system type of %s (statfs)", at);
	uint32_t type = (uint32_t)file_system.f_type; /* a signed number, of 32 or 64 bits */
	return type == TMPFS_MAGIC || type == RAMFS_MAGIC || type == HUGETLBFS_MAGIC;
}
