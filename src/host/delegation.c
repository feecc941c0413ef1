/* SPDX-License-Identifier: MIT */
/*
 * Below which group we may make groups of our own. Where systemd manages the hierarchy, it is the only writer
 * of every group that it has not delegated, and switches controllers of other groups off again
 * (https://systemd.io/CGROUP_DELEGATION). It marks the delegated ones with an extended attribute.
 */
#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"

/* user.* needs Linux 5.7 and systemd 251; trusted.* can be read with CAP_SYS_ADMIN only. */
static const char *const attributes[] = {"user.delegate", "trusted.delegate"};

static bool sidecar_is_one(int root, const char *path, const char *attribute)
{
	char value[8];
	cleanup_free char *sidecar = xasprintf(".xattr/%s/%s", path, attribute);
	return pseudo_read_small(root, sidecar, value, sizeof value) == 1 && *value == '1';
}

static bool attribute_is_one(struct host *host, int group, const char *path, const char *attribute)
{
	char value[8];
	ssize_t length = fgetxattr(group, attribute, value, sizeof value);
	if (length < 0)
		host_shortage(host, errno, "read the attribute %s of the group %s", attribute, path);
	return length == 1 && *value == '1';
}

static int open_group(const struct reader *reader, const struct hierarchy *v2, const char *path)
{
	cleanup_free char *directory = group_file(v2, path, "");
	int group = open_beneath(v2->directory, directory, O_RDONLY | O_DIRECTORY);
	if (group < 0)
		host_shortage(reader->host, errno, "open the group %s", path);
	return group;
}

/* The attribute that says that a group is delegated, or NULL. */
static const char *delegated_by(const struct reader *reader, const struct hierarchy *v2, const char *path)
{
	cleanup_close int group = reader->roots->live ? open_group(reader, v2, path) : -1;

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (reader->roots->live ? attribute_is_one(reader->host, group, path, attributes[i])
					: sidecar_is_one(reader->roots->root, path, attributes[i]))
			return attributes[i];
	return NULL;
}

/* Every systemd, a user's and a container's too, keeps itself in an init.scope below its group. */
static bool holds_systemd(const struct reader *reader, const struct hierarchy *v2, const char *path)
{
	const struct tree tree = hierarchy_tree(v2);
	cleanup_free char *scope = group_file(v2, path, "init.scope");
	return tree_access(reader->host, &tree, scope, F_OK);
}

static void read_unit_delegated(const struct reader *reader, const struct hierarchy *v2)
{
	struct host *host = reader->host;
	if (!host->cgroup.unit)
		return;
	cleanup_free char *path = xstrdup(v2->path);
	do {
		const char *name = strrchr(path, '/') + 1;
		if (strcmp(name + (*name == '_'), host->cgroup.unit) == 0) {
			host->cgroup.unit_delegated = delegated_by(reader, v2, path) != NULL;
			return;
		}
	} while (path_ascend(path, v2->mount_root));
}

/* True for the hierarchy's root, which systemd owns and cannot delegate. */
static bool is_real_root(const struct host *host, const struct hierarchy *v2)
{
	return strcmp(v2->path, "/") == 0 && strcmp(v2->mount_root, "/") == 0 && !host->cgroup.namespace_root;
}

/* The nearest delegated group upwards, unless it was delegated to a systemd and not to us. */
static char *nearest_delegated(const struct reader *reader, const struct hierarchy *v2, char **reason)
{
	cleanup_free char *path = xstrdup(v2->path);
	if (is_real_root(reader->host, v2))
		return NULL;
	do {
		const char *attribute = delegated_by(reader, v2, path);
		if (!attribute)
			continue;
		if (holds_systemd(reader, v2, path))
			return NULL;
		*reason = xasprintf("%s has %s=1", path, attribute);
		return xstrdup(path);
	} while (path_ascend(path, v2->mount_root));
	return NULL;
}

static char *choose_base(const struct reader *reader, const struct hierarchy *v2, char **reason)
{
	const struct host *host = reader->host;

	/* a service with ProtectControlGroups=private is in a namespace too: systemd owns its group */
	bool of_systemd = host->cgroup.systemd && host->runtime == RUNTIME_NONE;
	if (host->cgroup.namespace_root && !of_systemd && !holds_systemd(reader, v2, v2->path)) {
		*reason = xstrdup("the root of this cgroup namespace");
		return xstrdup(v2->path);
	}
	char *base = nearest_delegated(reader, v2, reason);
	if (base)
		return base;
	if (host->runtime != RUNTIME_NONE && !host->cgroup.systemd) {
		/* in a group next to it the router would escape the container's limits, and would outlive the
		 * container */
		*reason = xstrdup("the container's own group");
		return xstrdup(v2->path);
	}
	/* in a chroot, /run/systemd may be missing */
	if (host->cgroup.systemd || holds_systemd(reader, v2, v2->mount_root)) {
		*reason = xasprintf("systemd owns %s", v2->path);
		return NULL;
	}
	*reason = xstrdup("there is no systemd: siplaunch may divide the hierarchy");
	return xstrdup(v2->mount_root);
}

/* NULL at the real root, which does not have the file. */
static char *group_type(const struct reader *reader, const struct hierarchy *v2, const char *path)
{
	char *type;
	cleanup_free char *file = group_file(v2, path, "cgroup.type");
	if (pseudo_read_record(v2->directory, file, &type) < 0)
		host_shortage(reader->host, errno, "read %s/%s", v2->mount, file);
	return type;
}

static char *why_not_seen(const struct reader *reader, const struct hierarchy *v2)
{
	cleanup_free char *file = process_path(reader->pid, "cgroup");
	if (reader->groups_errnum)
		return error_format(reader->groups_errnum,
				    "siplaunch's own group is not known: read /proc/%s", file);
	if (v2->errnum)
		return error_format(v2->errnum, "open %s", v2->mount);
	return xasprintf("siplaunch's own group is not visible at %s", v2->mount);
}

/* Why siplaunch cannot make groups below `base` although it is the right base; NULL if it can. */
static char *obstacle(const struct reader *reader, const struct hierarchy *v2, const char *base)
{
	const struct host *host = reader->host;
	bool ours = strcmp(base, v2->path) == 0;

	if (v2->read_only)
		return xasprintf("%s is mounted read-only", v2->mount);
	errno = host->cgroup.writable_errno;
	if (ours ? !host->cgroup.writable : !group_writable(reader, v2, base))
		return error_format(errno, "uid %ld may not write to %s", (long)host->euid, base);
	cleanup_free char *type = ours ? NULL : group_type(reader, v2, base);
	const char *kind = ours ? host->cgroup.type : type;
	if (!kind || strcmp(kind, "domain") == 0)
		return NULL;
	cleanup_free char *found = quoted_bytes(kind);
	return xasprintf("%s has cgroup.type %s: memory cannot be limited below it", base, found);
}

static void read_base_controllers(const struct reader *reader, const struct hierarchy *v2)
{
	struct host *host = reader->host;

	host->cgroup.base_controllers = strcmp(host->cgroup.base, v2->path) == 0
						? host->cgroup.controllers
						: read_controllers(reader, v2, host->cgroup.base);
	if (host->cgroup.base_controllers & CONTROLLER_MEMORY)
		return;
	char *reason = xasprintf("%s; cgroup v2 has no memory controller there%s", host->cgroup.base_reason,
				 host->cgroup.mode == HOST_CGROUP_HYBRID ? ": it is bound to cgroup v1" : "");
	free(host->cgroup.base_reason);
	host->cgroup.base_reason = reason;
}

void read_delegation(const struct reader *reader, const struct hierarchy *v2)
{
	struct host *host = reader->host;

	if (!v2->mount) {
		host->cgroup.base_reason =
			xstrdup(reader->questions->process_only ? "this launch gets no group"
								: "no cgroup v2 hierarchy is mounted");
		return;
	}
	if (v2->directory < 0) {
		host->cgroup.base_reason = why_not_seen(reader, v2);
		return;
	}
	read_unit_delegated(reader, v2);
	host->cgroup.base = choose_base(reader, v2, &host->cgroup.base_reason);
	if (!host->cgroup.base)
		return;
	char *why_not = obstacle(reader, v2, host->cgroup.base);
	if (!why_not) {
		read_base_controllers(reader, v2);
		return;
	}
	free(host->cgroup.base);
	free(host->cgroup.base_reason);
	host->cgroup.base = NULL;
	host->cgroup.base_reason = why_not;
}
