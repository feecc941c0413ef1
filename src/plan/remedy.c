/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "host/host.h"

/* A template with one %s at most. */
static char *fill(const char *template, const char *text)
{
	const char *place = strstr(template, "%s");
	if (!place)
		return xstrdup(template);
	return xasprintf("%.*s%s%s", (int)(place - template), template, text, place + 2);
}

/* As docker, podman and pods write sizes: whole MiB where it is some, with the tool's own unit. */
static char *size_text(const struct value *value, const char *mebi)
{
	if (value->kind == VALUE_BYTES && value->count == 1 && value->number[0] != UNLIMITED &&
	    value->number[0] % MIB == 0 && value->number[0])
		return xasprintf("%" PRIu64 "%s", value->number[0] / MIB, mebi);
	return value_kernel_text(value, NULL);
}

static char *rlimit_text(const struct value *value, const char *unlimited)
{
	cleanup_free char *text = value_kernel_text(value, unlimited);
	char *space = strchr(text, ' ');
	if (space)
		*space = ':';
	return xstrdup(text);
}

static bool is_rlimit(const struct setting *setting)
{
	return strcmp(setting->mechanism, "rlimit") == 0;
}

static char *remedy_engine(const char *engine, const struct setting *setting, const struct value *value)
{
	if (!setting->docker)
		return NULL;
	if (strcmp(setting->name, "memory.swap.max") == 0)
		return xasprintf(
			"%s run --memory-swap with the value of --memory plus the swap allowed (here %" PRIu64
			" bytes)",
			engine, value->count ? value->number[0] : 0);
	cleanup_free char *text = is_rlimit(setting)                          ? rlimit_text(value, "-1")
				  : strcmp(setting->mechanism, "sysctl") == 0 ? value_kernel_text(value, NULL)
									      : size_text(value, "m");
	cleanup_free char *flag = fill(setting->docker, text);
	return xasprintf("%s run %s", engine, flag);
}

static char *remedy_pod(const struct setting *setting, const struct value *value)
{
	if (is_rlimit(setting))
		return xstrdup("pods have no ulimits: raise the container runtime's default on the node "
			       "(LimitNOFILE= and friends of containerd.service)");
	if (!setting->pod)
		return NULL;
	bool sysctl = strcmp(setting->mechanism, "sysctl") == 0;
	cleanup_free char *text = sysctl ? value_kernel_text(value, NULL) : size_text(value, "Mi");
	cleanup_free char *field = fill(setting->pod, text);
	bool safe = strcmp(setting->name, "kernel.shm_rmid_forced") == 0;
	return sysctl && !safe
		       ? xasprintf("in the pod's manifest: %s (an unsafe sysctl: the node's kubelet needs "
				   "--allowed-unsafe-sysctls '%s')",
				   field, setting->name)
		       : xasprintf("in the pod's manifest: %s", field);
}

static char *remedy_systemd(const struct setting *setting, const struct value *value, const char *unit)
{
	if (!setting->systemd)
		return NULL;
	cleanup_free char *text = is_rlimit(setting) ? rlimit_text(value, "infinity") : size_text(value, "M");
	cleanup_free char *directive = fill(setting->systemd, text);
	return xasprintf("in %s, section [Service]: %s", unit, directive);
}

static char *remedy_host(const struct setting *setting, const struct host *host)
{
	switch (setting->privilege) {
	case PRIVILEGE_CGROUP:
		/* without a base, the denial itself gives the reason and what to do about it */
		return host->cgroup.base && !host->cgroup.writable
			       ? xstrdup("start siplaunch as root, or in a group that is delegated to its user")
			       : NULL;
	case PRIVILEGE_SYS_RESOURCE:
		return xstrdup("start siplaunch as root with CAP_SYS_RESOURCE");
	case PRIVILEGE_SYS_ADMIN:
		return xstrdup("start siplaunch as root with CAP_SYS_ADMIN");
	case PRIVILEGE_IPC_OWNER:
		return xstrdup("start siplaunch as root with a writable /proc/sys");
	case PRIVILEGE_SETID:
		return xstrdup("start siplaunch as root with CAP_SETUID and CAP_SETGID");
	case PRIVILEGE_SETPCAP:
		return xstrdup("start siplaunch as root with CAP_SETPCAP");
	case PRIVILEGE_NONE:
		break;
	}
	return NULL;
}

char *remedy(const struct setting *setting, const struct value *value, const struct host *host)
{
	char *text = NULL;
	switch (host->runtime) {
	case RUNTIME_DOCKER:
		text = remedy_engine("docker", setting, value);
		break;
	case RUNTIME_PODMAN:
		text = remedy_engine("podman", setting, value);
		break;
	case RUNTIME_KUBERNETES:
		text = remedy_pod(setting, value);
		break;
	case RUNTIME_NONE:
		if (host->cgroup.unit && strstr(host->cgroup.unit, ".service"))
			text = remedy_systemd(setting, value, host->cgroup.unit);
		break;
	case RUNTIME_CONTAINERD:
	case RUNTIME_NSPAWN:
	case RUNTIME_LXC:
	case RUNTIME_OTHER:
		break;
	}
	return text ? text : remedy_host(setting, host);
}
