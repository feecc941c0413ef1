/* SPDX-License-Identifier: MIT */
/*
 * For the case that siplaunch cannot make a group itself: the values of its present group, and whether
 * systemd can make one. A launch that makes its own group reads none of this.
 */
#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/pid_list.h"
#include "base/text.h"

/* Our uid in the initial user namespace: after `unshare --map-root-user` it is still the user's. A
 * container's root is root for the container's own systemd. */
static uid_t outside_uid(const struct host *host)
{
	if (host->runtime != RUNTIME_NONE)
		return host->euid;
	for (size_t i = 0; i < host->uid_map_count; i++) {
		const struct id_map *map = &host->uid_map[i];
		if (host->euid >= map->inside && host->euid - map->inside < map->count)
			return (uid_t)(host->euid - map->inside + map->outside);
	}
	return host->euid;
}

/* The bus first. The second is systemd's private socket, for the same user; it exists before the bus is
 * up. */
static char *find_socket(const struct reader *reader, const char *bus, const char *private)
{
	const struct tree root = {reader->roots->root, "/"};
	const char *const sockets[] = {bus, private};
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		if (tree_access(reader->host, &root, sockets[i] + 1, F_OK))
			return xstrdup(sockets[i]);
	return NULL;
}

/* The group of user@1000.service: the one above ours, else the one in which systemd-logind starts it. */
static char *group_of_user(const struct host *host, uid_t user)
{
	cleanup_free char *unit = xasprintf("/user@%ld.service", (long)user);
	const char *known = host->cgroup.user_group;
	if (known && text_ends_with(known, unit))
		return xstrdup(known);
	return xasprintf("/user.slice/user-%ld.slice%s", (long)user, unit);
}

/* A user's systemd makes groups only below its own, and accepts requests only from that user; the machine's
 * systemd accepts none from a user. The paths are the run-time directories of pam_systemd(8). */
static void read_manager(const struct reader *reader, const struct hierarchy *v2)
{
	struct host *host = reader->host;
	host->cgroup.user = outside_uid(host);
	host->cgroup.user_manager = host->cgroup.user != 0;
	if (!host->cgroup.user_manager) {
		host->cgroup.bus = find_socket(reader, "/run/dbus/system_bus_socket", "/run/systemd/private");
		host->cgroup.manager_group = v2->mount_root ? xstrdup(v2->mount_root) : NULL;
		host->cgroup.manager_drop_ins = xstrdup("/run/systemd/system.control");
		return;
	}
	cleanup_free char *directory = xasprintf("/run/user/%ld", (long)host->cgroup.user);
	cleanup_free char *bus = path_join(directory, "bus");
	cleanup_free char *private = path_join(directory, "systemd/private");
	host->cgroup.manager_group = group_of_user(host, host->cgroup.user);
	host->cgroup.manager_drop_ins = path_join(directory, "systemd/user.control");
	/* a socket file may outlive its listener */
	if (v2->directory >= 0 && group_is_there(reader, v2, host->cgroup.manager_group))
		host->cgroup.bus = find_socket(reader, bus, private);
}

/* systemd keeps values that are set at run time in its own drop-ins (src/core/unit.c, UNIT_RUNTIME). */
static bool has_run_time_limits(const struct reader *reader)
{
	static const char *const names[] = {"MemoryMax", "MemoryHigh"};
	const struct tree root = {reader->roots->root, "/"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path =
			xasprintf("%s/%s.d/50-%s.conf", reader->host->cgroup.manager_drop_ins + 1,
				  reader->host->cgroup.unit, names[i]);
		if (tree_access(reader->host, &root, path, F_OK))
			return true;
	}
	return false;
}

static void read_values(const struct reader *reader, const struct hierarchy *v2)
{
	struct host *host = reader->host;
	const char *const *files = reader->questions->group_files;

	for (; files && *files; files++) {
		struct group_value *value = ARRAY_ADD(host->group_values, host->group_value_count);
		cleanup_free char *name = group_file(v2, v2->path, *files);
		value->file = *files;
		unsigned controller = controller_of(*files);
		if (controller && !own_group_may_have(host, controller))
			continue;
		if (pseudo_read_record(v2->directory, name, &value->text) < 0)
			host_shortage(host, errno, "read %s/%s", v2->mount, name);
	}
}

/* Processes of other PID namespaces have no number here: the kernel shows 0. */
static void read_companions(const struct reader *reader, const struct hierarchy *v2)
{
	cleanup_free char *name = group_file(v2, v2->path, "cgroup.procs");
	const struct tree tree = hierarchy_tree(v2);
	cleanup_free char *text = tree_whole(reader->host, &tree, name, OPTIONAL);
	struct pid_list pids = {0};
	char *rest = NULL;

	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		uint64_t pid;
		if (parse_u64(line, &pid) && pid && pid != (uint64_t)getpid())
			pid_list_add(&pids, line);
	}
	if (pids.count)
		reader->host->cgroup.companions = pid_list_text(&pids);
	pid_list_clear(&pids);
}

void read_own_group(const struct reader *reader, const struct hierarchy *v2)
{
	struct host *host = reader->host;

	if (host->cgroup.systemd) {
		read_manager(reader, v2);
		if (host->cgroup.unit)
			host->cgroup.run_time_limits = has_run_time_limits(reader);
	}
	if (v2->directory < 0)
		return;
	if (host->cgroup.bus)
		host->cgroup.manager_controllers = read_controllers(reader, v2, host->cgroup.manager_group);
	read_values(reader, v2);
	if (host->cgroup.bus && host_in_service(host) && !reader->pid)
		read_companions(reader, v2);
}

const char *host_group_value(const struct host *host, const char *file)
{
	for (size_t i = 0; i < host->group_value_count; i++)
		if (strcmp(host->group_values[i].file, file) == 0)
			return host->group_values[i].text;
	return NULL;
}

bool host_sees_own_group(const struct host *host)
{
	return host->cgroup.mode != HOST_CGROUP_NONE &&
	       (host->cgroup.mode != HOST_CGROUP_V2 || host->cgroup.directory);
}

bool host_in_service(const struct host *host)
{
	const char *unit = host->cgroup.unit, *suffix = ".service";
	size_t length = unit ? strlen(unit) : 0, end = strlen(suffix);
	return length > end && strcmp(unit + length - end, suffix) == 0;
}

bool host_service_is_askable(const struct host *host)
{
	const char *group = host->cgroup.user_group;
	if (!host->cgroup.user_manager || !group)
		return !host->cgroup.user_manager && !group;
	return strcmp(group, host->cgroup.manager_group) == 0;
}

const char *host_systemctl(const struct host *host, const char *group)
{
	const char *above = host->cgroup.user_manager ? host->cgroup.manager_group : NULL;
	size_t length = above ? strlen(above) : 0;
	return above && strncmp(group, above, length) == 0 && group[length] == '/' ? "systemctl --user"
										   : "systemctl";
}

const char *host_below_mount(const struct host *host, const char *path)
{
	const char *root = host->cgroup.mount_root ? host->cgroup.mount_root : "/";
	size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0'))
		path += length;
	return path + strspn(path, "/");
}
