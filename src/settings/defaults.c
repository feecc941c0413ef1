/* SPDX-License-Identifier: MIT */
#include "settings/settings.h"

#include <string.h>

#include "base/alloc.h"

static const struct {
	const char *name, *value;
} defaults[] = {
	/* a new group: kernel/cgroup, mm/memcontrol.c */
	{"memory.swap.max", "max"},
	{"memory.swap.high", "max"},
	{"memory.zswap.max", "max"},
	{"memory.max", "max"},
	{"memory.high", "max"},
	{"memory.low", "0"},
	{"memory.min", "0"},
	{"memory.oom.group", "0"},
	{"pids.max", "max"},
	{"cpu.weight", "100"},
	{"cpu.max", "max 100000"},
	{"cpu.max.burst", "0"},
	{"cpu.idle", "0"},
	{"cpuset.cpus", ""},
	{"cpuset.mems", ""},
	{"io.weight", "default 100"},
	{"io.max", ""},
	/* a new IPC namespace: include/uapi/linux/shm.h, sem.h, msg.h; include/linux/ipc_namespace.h */
	{"kernel.shmmax", "18446744073692774399"},
	{"kernel.shmall", "18446744073692774399"},
	{"kernel.shmmni", "4096"},
	{"kernel.shm_rmid_forced", "0"},
	{"kernel.sem", "32000 1024000000 500 32000"},
	{"kernel.msgmax", "8192"},
	{"kernel.msgmnb", "16384"},
	{"kernel.msgmni", "32000"},
	{"fs.mqueue.queues_max", "256"},
	{"fs.mqueue.msg_max", "10"},
	{"fs.mqueue.msgsize_max", "8192"},
	{"fs.mqueue.msg_default", "10"},
	{"fs.mqueue.msgsize_default", "8192"},
};

const char *setting_kernel_default(const struct setting *setting)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (strcmp(defaults[i].name, setting->name) == 0)
			return defaults[i].value;
	return NULL;
}
