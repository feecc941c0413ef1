/* SPDX-License-Identifier: MIT */
/*
 * The container runtime, by its traces. The most reliable first: Kubernetes before the engine that it uses,
 * the manager's own variables before files that images may contain, paths last.
 */
#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

const char *runtime_name(enum runtime runtime)
{
	static const char *const names[] = {
		[RUNTIME_NONE] = "none",
		[RUNTIME_DOCKER] = "docker",
		[RUNTIME_PODMAN] = "podman",
		[RUNTIME_KUBERNETES] = "kubernetes",
		[RUNTIME_CONTAINERD] = "containerd",
		[RUNTIME_NSPAWN] = "systemd-nspawn",
		[RUNTIME_LXC] = "lxc",
		[RUNTIME_OTHER] = "other",
	};
	return names[runtime];
}

/* Where the clues are searched. */
struct scene {
	const struct reader *reader;
	int root; /* the process's root directory; -1 when it may not be opened */
	const struct mounts *mounts;
};

static bool found(const struct scene *scene, enum runtime runtime, char *evidence)
{
	struct host *host = scene->reader->host;
	host->runtime = runtime;
	free(host->runtime_evidence);
	host->runtime_evidence = evidence;
	return true;
}

static bool file_exists(const struct scene *scene, const char *path)
{
	const struct tree root = {scene->root, "/"};
	return tree_access(scene->reader->host, &root, path, F_OK);
}

/* A file that cannot be read is not a clue, and needs no note; a shortage is recorded. */
static bool file_text(const struct scene *scene, const char *path, char text[SMALL_TEXT])
{
	if (pseudo_read_small(scene->root, path, text, SMALL_TEXT) >= 0)
		return true;
	host_shortage(scene->reader->host, errno, "read /%s", path);
	return false;
}

/* ---- environment ---- */

/* The value of NAME in /proc/PID/environ, whose entries end with a NUL; NULL if it is missing or not
 * readable. Reads only the first 128 KiB, which the kernel returns in one piece. */
static char *environment_value(const struct reader *reader, const char *path, const char *name)
{
	enum { ENVIRONMENT_MAX = 128 << 10 };
	cleanup_close int fd = openat(reader->roots->proc, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* not on the stack, which a small RLIMIT_STACK would make too short */
	cleanup_free char *text = fd < 0 ? NULL : xrealloc(NULL, ENVIRONMENT_MAX + 1, 1);
	ssize_t length = fd < 0 ? -1 : read(fd, text, ENVIRONMENT_MAX);
	if (length < 0) {
		host_shortage(reader->host, errno, "read /proc/%s", path);
		return NULL;
	}
	text[length] = '\0';
	size_t name_length = strlen(name);
	for (const char *entry = text; entry < text + length; entry += strlen(entry) + 1)
		if (strncmp(entry, name, name_length) == 0 && entry[name_length] == '=')
			return xstrdup(entry + name_length + 1);
	return NULL;
}

static char *own_environment_value(const struct reader *reader, const char *name)
{
	if (reader->roots->live && !reader->pid) {
		const char *value = getenv(name);
		return value ? xstrdup(value) : NULL;
	}
	cleanup_free char *path = process_path(reader->pid, "environ");
	return environment_value(reader, path, name);
}

/* ---- names that managers give themselves ---- */

static enum runtime runtime_of_name(const char *name)
{
	static const struct {
		const char *name;
		enum runtime runtime;
	} names[] = {
		{"docker", RUNTIME_DOCKER}, {"podman", RUNTIME_PODMAN},   {"systemd-nspawn", RUNTIME_NSPAWN},
		{"lxc", RUNTIME_LXC},       {"lxc-libvirt", RUNTIME_LXC}, {"kube", RUNTIME_KUBERNETES},
	};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].runtime;
	return RUNTIME_OTHER;
}

/* True if `name` is a known runtime; an unknown one ("oci") is kept until a better clue. */
static bool named(const struct scene *scene, const char *name, const char *where)
{
	if (!name || !*name || scene->reader->host->runtime != RUNTIME_NONE)
		return false;
	enum runtime runtime = runtime_of_name(name);
	cleanup_free char *shown = quoted_bytes(name);
	found(scene, runtime, xasprintf("%s says %s", where, shown));
	return runtime != RUNTIME_OTHER;
}

static bool by_name(const struct scene *scene)
{
	/* the second is systemd's own copy of pid 1's $container, which everybody may read */
	static const char *const files[] = {"run/host/container-manager", "run/systemd/container"};

	if (!scene->reader->pid) {
		cleanup_free char *value = environment_value(scene->reader, "1/environ", "container");
		if (named(scene, value, "container in the environment of pid 1"))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char text[SMALL_TEXT], where[64];
		snprintf(where, sizeof where, "/%s", files[i]);
		if (file_text(scene, files[i], text) && named(scene, text, where))
			return true;
	}
	return false;
}

/* ---- files ---- */

static bool by_kubernetes(const struct scene *scene)
{
	static const char secrets[] = "var/run/secrets/kubernetes.io";

	cleanup_free char *service = own_environment_value(scene->reader, "KUBERNETES_SERVICE_HOST");
	if (service)
		return found(scene, RUNTIME_KUBERNETES, xstrdup("KUBERNETES_SERVICE_HOST is set"));
	if (file_exists(scene, secrets))
		return found(scene, RUNTIME_KUBERNETES, xasprintf("/%s exists", secrets));
	return strstr(scene->reader->groups, "kubepods") &&
	       found(scene, RUNTIME_KUBERNETES, xstrdup("the cgroup path has \"kubepods\""));
}

/* podman writes engine="podman-4.3.1" into it; others leave it empty. */
static bool by_containerenv(const struct scene *scene)
{
	char text[SMALL_TEXT];
	if (!file_text(scene, "run/.containerenv", text))
		return false;
	cleanup_free char *engine = line_after(text, "engine=\"");
	if (!engine)
		return found(scene, RUNTIME_PODMAN, xstrdup("/run/.containerenv exists"));
	engine[strcspn(engine, "\"")] = '\0';
	cleanup_free char *shown = quoted_bytes(engine);
	return found(scene, RUNTIME_PODMAN, xasprintf("/run/.containerenv says engine %s", shown));
}

static bool by_dockerenv(const struct scene *scene)
{
	return file_exists(scene, ".dockerenv") &&
	       found(scene, RUNTIME_DOCKER, xstrdup("/.dockerenv exists"));
}

/* ---- paths ---- */

/* A container's id is hexadecimal: distinguishes docker-0123….scope from docker-registry.service. */
static bool names_container(const char *text, const char *prefix)
{
	enum { ID_MIN = 12 };
	for (const char *at = text; (at = strstr(at, prefix)); at++)
		if (strspn(at + strlen(prefix), "0123456789abcdef") >= ID_MIN)
			return true;
	return false;
}

static bool by_group(const struct scene *scene)
{
	static const struct {
		const char *pattern;
		bool with_id;
		enum runtime runtime;
	} patterns[] = {
		{"docker-", true, RUNTIME_DOCKER},      {"/docker/", true, RUNTIME_DOCKER},
		{"libpod-", true, RUNTIME_PODMAN},      {"cri-containerd-", true, RUNTIME_CONTAINERD},
		{"nerdctl-", true, RUNTIME_CONTAINERD}, {"/lxc.payload", false, RUNTIME_LXC},
		{"/lxc/", false, RUNTIME_LXC},
	};
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (patterns[i].with_id ? names_container(scene->reader->groups, patterns[i].pattern)
					: strstr(scene->reader->groups, patterns[i].pattern) != NULL)
			return found(scene, patterns[i].runtime,
				     xasprintf("the cgroup path has \"%s\"", patterns[i].pattern));
	return false;
}

static bool by_root_mount(const struct scene *scene)
{
	static const struct {
		const char *pattern;
		enum runtime runtime;
	} patterns[] = {
		{"/var/lib/docker/", RUNTIME_DOCKER},
		{"/containers/storage/overlay", RUNTIME_PODMAN},
		{"/io.containerd.", RUNTIME_CONTAINERD},
	};
	const struct mount *root = &scene->mounts->root;
	if (scene->reader->pid || !root->type || strcmp(root->type, "overlay") != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (strstr(root->options, patterns[i].pattern))
			return found(scene, patterns[i].runtime,
				     xasprintf("the root file system is an overlay below %s",
					       patterns[i].pattern));
	return false;
}

/* ---- the scene ---- */

/* Another process's files are below its own root. */
static int open_root(const struct reader *reader)
{
	cleanup_free char *path = process_path(reader->pid, "root");
	int root = openat(reader->roots->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		host_shortage(reader->host, errno, "open /proc/%s", path);
	return root;
}

void read_runtime(const struct reader *reader, const struct mounts *mounts)
{
	cleanup_close int other_root = reader->pid ? open_root(reader) : -1;
	const struct scene scene = {
		.reader = reader,
		.root = reader->pid ? other_root : reader->roots->root,
		.mounts = mounts,
	};
	static bool (*const clues[])(const struct scene *) = {
		by_kubernetes, by_name, by_containerenv, by_dockerenv, by_group, by_root_mount,
	};

	for (size_t i = 0; i < ARRAY_SIZE(clues); i++)
		if (clues[i](&scene))
			return;
}
