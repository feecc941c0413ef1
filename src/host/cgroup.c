/* SPDX-License-Identifier: MIT */
/*
 * Which hierarchies there are, and where our group is in them.
 *
 * /proc/self/cgroup and mountinfo's root field are both relative to the reader's cgroup namespace. A path P
 * seen through a mount with root R is the directory P without R: on a host R is "/"; in a container without a
 * cgroup namespace P is "/docker/abc" and, bind-mounted, R is the same. R "/../.." shows two levels above our
 * namespace, whose names the kernel does not print; P "/../x" is outside of our namespace. In both cases our
 * group is not visible.
 */
#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

static const struct {
	const char *name;
	unsigned bit;
} controllers[] = {
	{"memory", CONTROLLER_MEMORY}, {"pids", CONTROLLER_PIDS}, {"cpu", CONTROLLER_CPU},
	{"cpuset", CONTROLLER_CPUSET}, {"io", CONTROLLER_IO},     {"hugetlb", CONTROLLER_HUGETLB},
	{"misc", CONTROLLER_MISC},     {"rdma", CONTROLLER_RDMA}, {"dmem", CONTROLLER_DMEM},
};

static unsigned controller_find(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (strlen(controllers[i].name) == length && strncmp(controllers[i].name, name, length) == 0)
			return controllers[i].bit;
	return 0;
}

unsigned controller_of(const char *file)
{
	return controller_find(file, strcspn(file, "."));
}

const char *controller_name(unsigned controller)
{
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (controllers[i].bit == controller)
			return controllers[i].name;
	return "unknown";
}

unsigned parse_controllers(const char *text, const char *separators)
{
	unsigned bits = 0;
	while (*text) {
		size_t length = strcspn(text, separators);
		bits |= controller_find(text, length);
		text += length;
		text += strspn(text, separators);
	}
	return bits;
}

/* True for "/", "/a/b"; false where a component is empty, "." or "..": that could lead out of the mount. */
static bool path_is_plain(const char *path)
{
	if (strcmp(path, "/") == 0)
		return true;
	while (*path == '/') {
		size_t length = strcspn(++path, "/");
		if (length == 0 || (length == 1 && path[0] == '.') ||
		    (length == 2 && !strncmp(path, "..", 2)))
			return false;
		path += length;
	}
	return *path == '\0';
}

const char *path_below(const char *mount_root, const char *path)
{
	if (path[0] != '/' || !path_is_plain(path) || !path_is_plain(mount_root))
		return NULL;
	size_t length = strcmp(mount_root, "/") == 0 ? 0 : strlen(mount_root);
	if (strncmp(path, mount_root, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path[length] ? path + length + 1 : path + length;
}

bool path_ascend(char *path, const char *mount_root)
{
	if (strcmp(path, mount_root) == 0 || strcmp(path, "/") == 0)
		return false;
	char *slash = strrchr(path, '/');
	slash[slash == path] = '\0';
	return true;
}

char *group_file(const struct hierarchy *hierarchy, const char *path, const char *file)
{
	const char *below = path_below(hierarchy->mount_root, path);
	if (!*below)
		return xstrdup(*file ? file : ".");
	return path_join(below, file);
}

struct tree hierarchy_tree(const struct hierarchy *hierarchy)
{
	return (struct tree){hierarchy->directory, hierarchy->mount};
}

void hierarchy_clear(struct hierarchy *hierarchy)
{
	if (hierarchy->directory >= 0)
		close(hierarchy->directory);
	free(hierarchy->mount);
	free(hierarchy->mount_root);
	free(hierarchy->path);
	*hierarchy = (struct hierarchy){.directory = -1};
}

/* ---- our own paths ---- */

static char *own_path(const char *path, const struct reader *reader)
{
	char *copy = xstrdup(path);
	if (reader->pid && !reader->questions->in_group && path_is_plain(copy))
		path_ascend(copy, "/"); /* next to another process: below the parent of its group */
	return copy;
}

struct own_line {
	const struct reader *reader;
	const char *name;
	char **v2, **v1_memory;
};

/* "0::/path" or "9:memory,hugetlb:/path"; the path may hold colons. */
static int own_line(char *line, void *data)
{
	const struct own_line *own = data;
	char *controllers_field = strchr(line, ':');
	char *path = controllers_field ? strchr(controllers_field + 1, ':') : NULL;

	if (!path || path[1] != '/') {
		cleanup_free char *found = quoted_bytes(line);
		host_note(own->reader->host, "/proc/%s has a malformed line: %s", own->name, found);
		return 0;
	}
	*path++ = '\0';
	controllers_field++;
	char **to = NULL;
	if (!*controllers_field && strncmp(line, "0:", 2) == 0)
		to = own->v2;
	else if (parse_controllers(controllers_field, ",") & CONTROLLER_MEMORY)
		to = own->v1_memory;
	if (to && !*to)
		*to = own_path(path, own->reader);
	return 0;
}

static void parse_own_paths(const struct reader *reader, char **v2, char **v1_memory)
{
	cleanup_free char *name = process_path(reader->pid, "cgroup");
	cleanup_free char *text = xstrdup(reader->groups);
	struct own_line own = {.reader = reader, .name = name, .v2 = v2, .v1_memory = v1_memory};
	each_line(text, own_line, &own);
}

char *host_group_of(int proc, pid_t pid)
{
	cleanup_free char *name = process_path(pid, "cgroup"), *text = NULL;
	if (pseudo_read_record(proc, name, &text) < 0)
		return NULL;
	const char *line = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
	return line ? xstrndup(strchr(line, '/'), strcspn(strchr(line, '/'), "\n")) : NULL;
}

/* ---- the mounts ---- */

static int mount_open(const struct reader *reader, const struct mount *mount, long magic)
{
	struct statfs info;
	const char *below = mount->point + strspn(mount->point, "/");

	if (!path_is_plain(mount->point)) {
		errno = EINVAL;
		return -1;
	}
	int fd = openat(reader->roots->root, *below ? below : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || !reader->roots->live)
		return fd;
	int errnum = fstatfs(fd, &info) < 0 ? errno
		     : info.f_type == magic ? 0
					    : ENOTDIR; /* something else is mounted over it */
	if (!errnum)
		return fd;
	close(fd);
	errno = errnum;
	return -1;
}

bool group_is_there(const struct reader *reader, const struct hierarchy *hierarchy, const char *path)
{
	const struct tree tree = hierarchy_tree(hierarchy);
	if (!path_below(hierarchy->mount_root, path))
		return false;
	cleanup_free char *directory = group_file(hierarchy, path, "");
	return strcmp(directory, ".") == 0 || tree_access(reader->host, &tree, directory, F_OK);
}

static void note_unopened(const struct reader *reader, const struct mount *mount, int errnum)
{
	const char *why = errnum == ENOTDIR ? "something else is in its place" : strerror(errnum);
	cleanup_free char *point = quoted_bytes(mount->point);
	if (!host_shortage(reader->host, errnum, "open the cgroup mount %s", mount->point))
		host_note(reader->host, "the cgroup mount %s cannot be opened: %s", point, why);
}

/* Opens one mount as our group's hierarchy; the directory stays -1 if the mount does not show our group. */
static void hierarchy_open(const struct reader *reader, const struct mount *mount, long magic,
			   const char *path, struct hierarchy *hierarchy)
{
	int directory = mount_open(reader, mount, magic), errnum = errno;
	*hierarchy = (struct hierarchy){
		.directory = directory,
		.mount = xstrdup(mount->point),
		.mount_root = xstrdup(mount->root),
		.path = path ? xstrdup(path) : NULL,
		.read_only = mount->read_only,
	};
	if (directory < 0) {
		hierarchy->errnum = errnum;
		note_unopened(reader, mount, errnum);
		return;
	}
	if (!path || !group_is_there(reader, hierarchy, path)) {
		close(hierarchy->directory);
		hierarchy->directory = -1;
	}
}

static int hierarchy_rank(const struct hierarchy *hierarchy)
{
	return (hierarchy->directory >= 0) * 4 + !hierarchy->read_only * 2 +
	       (strcmp(hierarchy->mount_root, "/") == 0);
}

/* Chooses among several mounts of one hierarchy: one that shows our group, then a writable one, then one that
 * shows the whole hierarchy. */
static void hierarchy_choose(const struct reader *reader, const struct mount *mounts, size_t count,
			     long magic, const char *path, struct hierarchy *best)
{
	*best = (struct hierarchy){.directory = -1};
	for (size_t i = 0; i < count; i++) {
		struct hierarchy candidate;
		hierarchy_open(reader, &mounts[i], magic, path, &candidate);
		if (!best->mount || hierarchy_rank(&candidate) > hierarchy_rank(best)) {
			hierarchy_clear(best);
			*best = candidate;
		} else {
			hierarchy_clear(&candidate);
		}
	}
	if (best->mount && best->directory < 0) {
		cleanup_free char *shown_path = quoted_bytes(path ? path : "(not known)");
		cleanup_free char *root = quoted_bytes(best->mount_root);
		host_note(reader->host, "siplaunch's own group %s is not visible at %s, which shows %s",
			  shown_path, best->mount, root);
	}
}

/* A hierarchy of v1 without controllers, "name=systemd", limits nothing: systemd-nspawn mounts it alone,
 * where it takes the container's systemd for an old one. */
static enum cgroup_mode mode_of(const struct mounts *mounts)
{
	if (mounts->cgroup2_count)
		return mounts->v1_controllers ? HOST_CGROUP_HYBRID : HOST_CGROUP_V2;
	return mounts->v1_controllers ? HOST_CGROUP_V1 : HOST_CGROUP_NONE;
}

/* ---- what our group says ---- */

/* The innermost .service or .scope; systemd puts a "_" before names that would look like a kernel file's. */
static char *unit_of(const char *path)
{
	char *unit = NULL;
	while (*path == '/') {
		size_t length = strcspn(++path, "/");
		bool service = length > 8 && strncmp(path + length - 8, ".service", 8) == 0;
		bool scope = length > 6 && strncmp(path + length - 6, ".scope", 6) == 0;
		if (service || scope) {
			free(unit);
			unit = xstrndup(path + (*path == '_'), length - (*path == '_'));
		}
		path += length;
	}
	return unit;
}

/* "/user.slice/user-1000.slice/user@1000.service" of a path below it: there a user's own systemd manages the
 * groups. */
static char *user_group_of(const char *path)
{
	for (const char *at = path; (at = strstr(at, "/user@")); at++) {
		const char *end = strchr(at + 1, '/');
		if (end && end - at > 8 && strncmp(end - 8, ".service", 8) == 0)
			return xstrndup(path, (size_t)(end - path));
	}
	return NULL;
}

static void read_type(const struct reader *reader, const struct hierarchy *v2)
{
	char text[SMALL_TEXT];
	const struct tree tree = hierarchy_tree(v2);
	cleanup_free char *file = group_file(v2, v2->path, "cgroup.type");
	if (tree_text(reader->host, &tree, file, OPTIONAL, text))
		reader->host->cgroup.type = xstrdup(text);
}

unsigned read_controllers(const struct reader *reader, const struct hierarchy *v2, const char *path)
{
	char text[SMALL_TEXT];
	const struct tree tree = hierarchy_tree(v2);
	cleanup_free char *file = group_file(v2, path, "cgroup.controllers");
	if (!tree_text(reader->host, &tree, file, REQUIRED, text)) {
		reader->host->cgroup.controllers_errno = errno;
		return 0;
	}
	unsigned bits = parse_controllers(text, " \t\n");
	if (*text && !bits) {
		cleanup_free char *found = quoted_bytes(text);
		host_note(reader->host, "%s/%s names no known controller: %s", v2->mount, file, found);
	}
	return bits;
}

bool own_group_may_have(const struct host *host, unsigned controller)
{
	return host->cgroup.controllers_errno || host->cgroup.controllers & controller;
}

bool group_writable(const struct reader *reader, const struct hierarchy *v2, const char *path)
{
	const struct tree tree = hierarchy_tree(v2);
	cleanup_free char *directory = group_file(v2, path, "");
	return !v2->read_only && (!reader->roots->live || tree_access(reader->host, &tree, directory, W_OK));
}

static void read_group(const struct reader *reader, const struct hierarchy *v2)
{
	struct host *host = reader->host;
	const struct tree tree = hierarchy_tree(v2);

	read_type(reader, v2);
	host->cgroup.directory = xstrdup(path_below(v2->mount_root, v2->path));
	host->cgroup.controllers = read_controllers(reader, v2, v2->path);
	errno = 0;
	host->cgroup.writable = group_writable(reader, v2, v2->path);
	host->cgroup.writable_errno = host->cgroup.writable ? 0 : errno;
	/* A hierarchy's real root has neither file (CFTYPE_NOT_ON_ROOT, kernel/cgroup/cgroup.c). */
	host->cgroup.namespace_root = strcmp(v2->path, "/") == 0 && strcmp(v2->mount_root, "/") == 0 &&
				      (host->cgroup.type || tree_access(host, &tree, "memory.max", F_OK));
}

void read_cgroup(const struct reader *reader, const struct mounts *mounts, struct hierarchy *v2,
		 struct hierarchy *v1_memory)
{
	struct host *host = reader->host;
	const struct tree root = {reader->roots->root, "/"};
	cleanup_free char *v2_path = NULL, *v1_path = NULL;

	*v2 = *v1_memory = (struct hierarchy){.directory = -1};
	host->cgroup.systemd = tree_access(host, &root, "run/systemd/system", F_OK);
	parse_own_paths(reader, &v2_path, &v1_path);
	if (!reader->questions->process_only) {
		host->cgroup.mode = mode_of(mounts);
		hierarchy_choose(reader, mounts->cgroup2, mounts->cgroup2_count, CGROUP2_SUPER_MAGIC, v2_path,
				 v2);
		hierarchy_choose(reader, mounts->v1_memory, mounts->v1_memory_count, CGROUP_SUPER_MAGIC,
				 v1_path, v1_memory);
	}
	if (v2->mount) {
		host->cgroup.mount = xstrdup(v2->mount);
		host->cgroup.mount_root = xstrdup(v2->mount_root);
	}
	if (v2_path) {
		host->cgroup.path = xstrdup(v2_path);
		host->cgroup.unit = unit_of(v2_path);
		host->cgroup.user_group = user_group_of(v2_path);
	}
	if (v2->directory >= 0)
		read_group(reader, v2);
}
