/* SPDX-License-Identifier: MIT */
#include "host/storage.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>

#include "base/alloc.h"

/* Cuts the last component off: "/a/b" is "/a", "/a" is "/", "a" is ".". False where nothing is left to cut.
 */
static bool cut_component(char *path)
{
	char *slash = strrchr(path, '/');
	if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
		return false;
	if (slash) {
		slash[slash == path] = '\0';
	} else {
		path[0] = '.';
		path[1] = '\0'; /* there was one character at least */
	}
	return true;
}

bool storage_in_memory(const char *path)
{
	cleanup_free char *at = xasprintf("%s%s", *path ? "" : ".", path);
	struct statfs file_system;

	while (statfs(at, &file_system) < 0)
		if (errno != ENOENT || !cut_component(at))
			return true;
	return file_system.f_type == TMPFS_MAGIC || file_system.f_type == RAMFS_MAGIC ||
	       file_system.f_type == HUGETLBFS_MAGIC;
}
