/* SPDX-License-Identifier: MIT */
#include "host/cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/value.h"
#include "host/host.h"

uint64_t cpu_quota_parse(const char *text)
{
	const char *space = strchr(text, ' ');
	uint64_t quota, period;

	if (!space)
		return UNLIMITED;
	cleanup_free char *first = xstrndup(text, (size_t)(space - text));
	if (!parse_u64(first, &quota) || !parse_u64(space + 1, &period) || !period)
		return UNLIMITED;
	return mul_div_u64(quota, 1000, period);
}

/* "a/b/c" becomes "a/b", "a" becomes ""; false for "". */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');
	bool more = *path != '\0';

	*(slash ? slash : path) = '\0';
	return more;
}

static int look(int mount, const char *below, struct cpu_quota *quota, struct error *error)
{
	cleanup_free char *file = *below ? xasprintf("%s/cpu.max", below) : xstrdup("cpu.max");
	char text[64];

	if (pseudo_read_small(mount, file, text, sizeof text) < 0)
		return errno_is_shortage(errno)
			       ? error_set(error, errno, "read cpu.max of the group /%s", below)
			       : 0;
	uint64_t thousandths = cpu_quota_parse(text);
	if (thousandths >= quota->thousandths)
		return 0;
	free(quota->source);
	*quota = (struct cpu_quota){thousandths, xasprintf("/%s cpu.max", below)};
	return 0;
}

int cpu_quota_read(const struct host_roots *roots, const struct host *host, const char *path,
		   struct cpu_quota *quota, struct error *error)
{
	*quota = (struct cpu_quota){.thousandths = UNLIMITED};
	if (!path)
		path = host->cgroup.base ? host->cgroup.base : host->cgroup.path;
	if (!path || !host->cgroup.mount)
		return 0;
	const char *point = host->cgroup.mount + strspn(host->cgroup.mount, "/");
	const char *below = host_below_mount(host, path);
	cleanup_close int mount = openat(roots->root, point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		return errno_is_shortage(errno) ? error_set(error, errno, "open %s", host->cgroup.mount) : 0;
	cleanup_free char *level = xstrdup(below + strspn(below, "/"));
	do
		if (look(mount, level, quota, error) < 0)
			return -1;
	while (go_up(level));
	return 0;
}

void cpu_quota_clear(struct cpu_quota *quota)
{
	free(quota->source);
	*quota = (struct cpu_quota){.thousandths = UNLIMITED};
}
