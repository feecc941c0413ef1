/* SPDX-License-Identifier: MIT */
/*
 * Where no group can be made by hand: what the group says that we are in, and whether systemd can be asked
 * for one. None of it is read for a launch that makes its own group.
 */
#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

/* The bus first: the second is systemd's own, for root, and there before the bus is up. */
static const char *const sockets[] = {"run/dbus/system_bus_socket", "run/systemd/private"};

static void read_bus(const struct reader *reader)
{
	const struct tree root = {reader->roots->root, "/"};
	for (size_t i = 0; i < ARRAY_SIZE(sockets) && !reader->host->cgroup.bus; i++)
		if (tree_access(reader->host, &root, sockets[i], F_OK))
			reader->host->cgroup.bus = xasprintf("/%s", sockets[i]);
}

/* "/user.slice/user-1000.slice/user@1000.service/app.slice/x.service": below user@….service a user's own
 * systemd rules. */
static bool below_user_manager(const char *path)
{
	for (const char *at = path; (at = strstr(at, "/user@")); at++) {
		const char *end = strchr(at + 1, '/');
		if (end && end - at > 8 && strncmp(end - 8, ".service", 8) == 0)
			return true;
	}
	return false;
}

/* systemd keeps what is set at run time in drop-ins of its own (src/core/unit.c, UNIT_RUNTIME). */
static bool has_run_time_limits(const struct reader *reader)
{
	static const char *const names[] = {"MemoryMax", "MemoryHigh"};
	const struct tree root = {reader->roots->root, "/"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = xasprintf("run/systemd/system.control/%s.d/50-%s.conf",
						    reader->host->cgroup.unit, names[i]);
		if (tree_access(reader->host, &root, path, F_OK))
			return true;
	}
	return false;
}

static void read_values(const struct reader *reader, const struct hierarchy *v2)
{
	struct host *host = reader->host;
	const char *const *files = reader->roots->group_files;

	for (; files && *files; files++) {
		struct group_value *value = ARRAY_ADD(host->group_values, host->group_value_count);
		cleanup_free char *name = group_file(v2, v2->path, *files);
		value->file = *files;
		if (pseudo_read_record(v2->directory, name, &value->text) < 0)
			host_shortage(host, errno, "read %s/%s", v2->mount, name);
	}
}

void read_own_group(const struct reader *reader, const struct hierarchy *v2)
{
	struct host *host = reader->host;

	if (host->cgroup.systemd) {
		read_bus(reader);
		host->cgroup.user_manager = host->cgroup.path && below_user_manager(host->cgroup.path);
		if (host->cgroup.unit)
			host->cgroup.run_time_limits = has_run_time_limits(reader);
	}
	if (v2->directory < 0)
		return;
	if (host->cgroup.bus)
		host->cgroup.root_controllers = read_controllers(reader, v2, v2->mount_root);
	read_values(reader, v2);
}

const char *host_group_value(const struct host *host, const char *file)
{
	for (size_t i = 0; i < host->group_value_count; i++)
		if (strcmp(host->group_values[i].file, file) == 0)
			return host->group_values[i].text;
	return NULL;
}

bool host_in_service(const struct host *host)
{
	const char *unit = host->cgroup.unit, *suffix = ".service";
	size_t length = unit ? strlen(unit) : 0, end = strlen(suffix);
	return length > end && strcmp(unit + length - end, suffix) == 0;
}

const char *host_below_mount(const struct host *host, const char *path)
{
	const char *root = host->cgroup.mount_root ? host->cgroup.mount_root : "/";
	size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0'))
		path += length;
	return path + strspn(path, "/");
}
