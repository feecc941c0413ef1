/* SPDX-License-Identifier: MIT */
#include "settings/settings.h"

#include <limits.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/nearest.h"

/*
 * Bounds of the IPC limits are the kernel's own: ipc/ipc_sysctl.c and include/linux/ipc_namespace.h (IPCMNI
 * 32768 for the three counts of ids; SEMMSL, SEMMNS and SEMOPM are ints), include/uapi/linux/sem.h (SEMMSL at
 * most 65536 "<= 65536").
 */
#define ANY   UNLIMITED
#define INT_M ((uint64_t)INT_MAX)
/* kernel/sched/core.c, tg_set_cfs_burst(): nanoseconds in 64 bits. The file takes no "max". */
#define BURST_MAX (UINT64_MAX / 1000)
#define IPCMNI    32768

#define CGROUP(NAME, KIND, MIN, MAX, HELP, ...)                                              \
	{                                                                                    \
		.mechanism = MECHANISM_CGROUP, .name = NAME, .kind = KIND,                   \
		.arity = KIND == VALUE_TEXT ? 0 : 1, .minimum = MIN, .maximum = MAX,         \
		.privilege = PRIVILEGE_CGROUP, .calls = "mkdirat", .help = HELP, __VA_ARGS__ \
	}
/* podman can write any file of a group */
#define CONF(NAME) .podman = "--cgroup-conf " NAME "=%s"
#define RLIMIT(NAME, KIND, HELP, DOCKER, SYSTEMD, ...)                                            \
	{                                                                                         \
		.mechanism = MECHANISM_RLIMIT, .name = "RLIMIT_" #NAME, .kind = KIND, .arity = 2, \
		.maximum = ANY, .privilege = PRIVILEGE_SYS_RESOURCE, .resource = RLIMIT_##NAME,   \
		.help = HELP, .docker = DOCKER, .systemd = "Limit" SYSTEMD "=%s",                 \
		.pod_note = "pods have no ulimits; the node's are its container runtime's own "   \
			    "(Limit" SYSTEMD "= of containerd.service or crio.service)",          \
		__VA_ARGS__                                                                       \
	}
#define SYSCTL(NAME, KIND, ARITY, MIN, MAX, HELP, ...)                                                     \
	{                                                                                                  \
		.mechanism = MECHANISM_SYSCTL, .name = NAME, .kind = KIND, .arity = ARITY, .minimum = MIN, \
		.maximum = MAX, .privilege = PRIVILEGE_IPC_OWNER, .help = HELP,                            \
		.docker = "--sysctl " NAME "=%s", .pod = "spec.securityContext.sysctls[]", __VA_ARGS__     \
	}
/* Kubernetes: pkg/kubelet/sysctl/safe_sysctls.go; of an IPC namespace's sysctls only shm_rmid_forced is
 * "safe" */
#define UNSAFE_SYSCTL(NAME, KIND, ARITY, MIN, MAX, HELP, ...)            \
	SYSCTL(NAME, KIND, ARITY, MIN, MAX, HELP,                        \
	       .pod_note = "an unsafe sysctl: the node's kubelet needs " \
			   "--allowed-unsafe-sysctls '" NAME "'",        \
	       __VA_ARGS__)
#define IDENTITY(NAME, KIND, MAX, PRIVILEGE, HELP, ...)                                                    \
	{                                                                                                  \
		.mechanism = MECHANISM_IDENTITY, .name = NAME, .kind = KIND,                               \
		.arity = KIND == VALUE_TEXT ? 0 : 1, .maximum = MAX, .privilege = PRIVILEGE, .help = HELP, \
		__VA_ARGS__                                                                                \
	}
#define POOL(NAME, ID, HELP)                                                                             \
	{                                                                                                \
		.mechanism = MECHANISM_ARGUMENTS, .id = ID, .name = NAME, .kind = VALUE_MIB, .arity = 1, \
		.minimum = 1, .maximum = ANY, .allows_auto = true, .help = HELP                          \
	}
/* What else the router needs: checked, never set */
#define NEED(NAME, ID, HELP)                                                                            \
	{                                                                                               \
		.mechanism = MECHANISM_ROUTER, .id = ID, .name = NAME, .kind = VALUE_TEXT, .help = HELP \
	}
#define OF_CONTAINER "spec.containers[]."
#define DIRECTORIES(NAME, KIND, BELOW, HELP, ...)                                            \
	{                                                                                    \
		.mechanism = MECHANISM_DIRECTORIES, .name = NAME, .kind = VALUE_TEXT,        \
		.privilege = PRIVILEGE_DIRECTORY, .form = TEXT_DIRECTORY, .directory = KIND, \
		.calls = "mkdirat fchmod fchown", .help = HELP " " BELOW,                    \
		.pod = OF_CONTAINER "volumeMounts[]",                                        \
		.pod_note = "the volume goes beside it: an emptyDir in spec.volumes, or a "  \
			    "persistentVolumeClaim for what has to outlive the pod",         \
		.below = BELOW, __VA_ARGS__                                                  \
	}

/*
 * Within a mechanism the order is the order of application: swap before memory.max, since a limit that is
 * lowered first would push pages out to swap; NOFILE last of the rlimits, because siplaunch itself needs
 * descriptors.
 *
 * The values of `fresh` are from kernel/cgroup and mm/memcontrol.c for a group, from
 * include/uapi/linux/shm.h, sem.h and msg.h and include/linux/ipc_namespace.h for an IPC namespace.
 */
const struct setting settings[] = {
	CGROUP("group", VALUE_TEXT, 0, 0, "the router's own group", .id = SETTING_GROUP,
	       .systemd = "Delegate=yes"),
	CGROUP("memory.swap.max", VALUE_BYTES, 0, ANY, "swap that the group may use",
	       .id = SETTING_MEMORY_SWAP_MAX, .adopt = ADOPT_CEILING, .fresh = "max",
	       .docker = "--memory-swap %s", .systemd = "MemorySwapMax=%s",
	       .pod_note =
		       "the node decides: without swap on it, or with memorySwap.swapBehavior NoSwap of the "
		       "kubelet, containers have none",
	       .doc = "It counts swap alone, unlike OCI's `swap`, which is memory and swap."),
	CGROUP("memory.swap.high", VALUE_BYTES, 0, ANY, "swap above which the group is slowed down",
	       .adopt = ADOPT_CEILING, .fresh = "max", CONF("memory.swap.high"),
	       .doc = "It counts swap alone."),
	CGROUP("memory.zswap.max", VALUE_BYTES, 0, ANY, "compressed swap that the group may use",
	       .adopt = ADOPT_CEILING, .fresh = "max", CONF("memory.zswap.max"),
	       .systemd = "MemoryZSwapMax=%s"),
	CGROUP("memory.max", VALUE_BYTES, 0, ANY, "memory that the group may use", .id = SETTING_MEMORY_MAX,
	       .allows_auto = true, .adopt = ADOPT_CEILING, .fresh = "max", .docker = "--memory %s",
	       .pod = OF_CONTAINER "resources.limits.memory", .systemd = "MemoryMax=%s",
	       .doc = "`auto` is L, the limit that the budget is made for; it is the default where both "
		      "`cgroup.path` and `sizing.memory` are given. `max` means no limit."),
	CGROUP("memory.high", VALUE_BYTES, 0, ANY, "memory above which the group is slowed down",
	       .id = SETTING_MEMORY_HIGH, .allows_auto = true, .adopt = ADOPT_CEILING, .fresh = "max",
	       CONF("memory.high"), .systemd = "MemoryHigh=%s",
	       .pod_note = "the kubelet sets it for Burstable pods where its MemoryQoS feature is on",
	       .doc = "`auto` is `max`."),
	CGROUP("memory.low", VALUE_BYTES, 0, ANY,
	       "memory that the kernel protects while it can reclaim elsewhere", .id = SETTING_MEMORY_LOW,
	       .allows_auto = true, .adopt = ADOPT_PROTECTION, .bounded_above = true, .fresh = "0",
	       .docker = "--memory-reservation %s", .systemd = "MemoryLow=%s",
	       .doc = "`auto` is the router's pools. It protects them from neighbours as far as every group "
		      "above is protected too. siplaunch raises the groups between its base and the "
		      "router's; where another one takes the effect away, it refuses the setting and names "
		      "that group."),
	CGROUP("memory.min", VALUE_BYTES, 0, ANY, "memory that the kernel never reclaims",
	       .id = SETTING_MEMORY_MIN, .adopt = ADOPT_PROTECTION, .bounded_above = true, .fresh = "0",
	       CONF("memory.min"), .systemd = "MemoryMin=%s",
	       .pod_note = "the kubelet sets it to requests.memory where its MemoryQoS feature is on",
	       .doc = "The groups above limit it as they limit `memory.low`."),
	CGROUP("memory.oom.group", VALUE_FLAG, 0, 1, "an OOM kill kills the whole group",
	       .id = SETTING_MEMORY_OOM_GROUP, .adopt = ADOPT_PROTECTION, .fresh = "0",
	       CONF("memory.oom.group"), .systemd = "OOMPolicy=continue|kill",
	       .pod_note =
		       "the kubelet sets 1 from Kubernetes 1.28 on, unless its singleProcessOOMKill is true"),
	CGROUP("pids.max", VALUE_COUNT, 1, ANY, "processes and threads in the group", .id = SETTING_PIDS_MAX,
	       .allows_auto = true, .adopt = ADOPT_CEILING, .fresh = "max", .docker = "--pids-limit %s",
	       .engine_unlimited = "-1", .systemd = "TasksMax=%s",
	       .pod_note =
		       "pods have no field for it: podPidsLimit in the configuration of the node's kubelet",
	       .doc = "`auto` is 2 N + 64. siplaunch refuses a number below N, the router's processes."),
	CGROUP("cpu.weight", VALUE_COUNT, 1, 10000, "share of CPU time under load", .fresh = "100",
	       CONF("cpu.weight"), .systemd = "CPUWeight=%s",
	       .pod_note = "it follows from resources.requests.cpu"),
	CGROUP("cpu.max", VALUE_TEXT, 0, 0,
	       "CPU time per period: \"max 100000\" or \"QUOTA PERIOD\" in microseconds",
	       .id = SETTING_CPU_MAX, .adopt = ADOPT_CEILING, .form = TEXT_QUOTA, .fresh = "max 100000",
	       .docker = "--cpu-period %2 --cpu-quota %1", .pod = OF_CONTAINER "resources.limits.cpu",
	       .systemd = "CPUQuota=%s"),
	CGROUP("cpu.max.burst", VALUE_COUNT, 0, BURST_MAX, "CPU time that may be saved up, in microseconds",
	       .adopt = ADOPT_CEILING, .fresh = "0", CONF("cpu.max.burst")),
	CGROUP("cpu.idle", VALUE_FLAG, 0, 1, "runs only when nothing else wants the CPU", .fresh = "0",
	       CONF("cpu.idle")),
	CGROUP("cpuset.cpus", VALUE_TEXT, 0, 0, "CPUs that may be used, such as \"0-3,6\"",
	       .id = SETTING_CPUSET_CPUS, .adopt = ADOPT_CEILING, .form = TEXT_LIST, .fresh = "",
	       .docker = "--cpuset-cpus %s", .systemd = "AllowedCPUs=%s",
	       .pod_note =
		       "the kubelet's static CPU manager gives CPUs of their own to Guaranteed pods that ask "
		       "for whole ones"),
	CGROUP("cpuset.mems", VALUE_TEXT, 0, 0, "memory nodes that may be used", .adopt = ADOPT_CEILING,
	       .form = TEXT_LIST, .fresh = "", .docker = "--cpuset-mems %s",
	       .systemd = "AllowedMemoryNodes=%s"),
	CGROUP("io.weight", VALUE_TEXT, 0, 0, "share of block I/O under load, such as \"default 100\"",
	       .form = TEXT_WEIGHT, .fresh = "default 100", CONF("io.weight"), .systemd = "IOWeight=%2"),
	CGROUP("io.max", VALUE_TEXT, 0, 0,
	       "block I/O limits, a line for each device, such as \"8:0 rbps=1048576\"",
	       .adopt = ADOPT_CEILING, .fresh = "", CONF("io.max")),
	CGROUP("cgroup.procs", VALUE_TEXT, 0, 0, "the group that siplaunch is in", .id = SETTING_GROUP_PROCS),

	{.mechanism = MECHANISM_OOM,
	 .id = SETTING_OOM_SCORE_ADJ,
	 .name = "oom_score_adj",
	 .kind = VALUE_SCORE,
	 .arity = 1,
	 .minimum = (uint64_t)-1000,
	 .maximum = 1000,
	 .privilege = PRIVILEGE_SYS_RESOURCE,
	 .help = "how early the OOM killer chooses the router: -1000 never, 1000 first",
	 .docker = "--oom-score-adj %s",
	 .systemd = "OOMScoreAdjust=%s",
	 .pod_note =
		 "the pod's QoS class decides: -997 when it is Guaranteed (limits equal to requests, for CPU "
		 "and memory, in every container)"},

	RLIMIT(CPU, VALUE_COUNT, "CPU seconds", "--ulimit cpu=%s", "CPU"),
	RLIMIT(FSIZE, VALUE_BYTES, "size of a file that is written", "--ulimit fsize=%s", "FSIZE"),
	RLIMIT(DATA, VALUE_BYTES, "private writable memory", "--ulimit data=%s", "DATA",
	       .id = SETTING_RLIMIT_DATA),
	RLIMIT(STACK, VALUE_BYTES, "stack of the main thread", "--ulimit stack=%s", "STACK"),
	RLIMIT(CORE, VALUE_BYTES, "size of a core dump", "--ulimit core=%s", "CORE"),
	RLIMIT(RSS, VALUE_BYTES, "nothing since Linux 2.4.30", "--ulimit rss=%s", "RSS"),
	RLIMIT(NPROC, VALUE_COUNT, "processes of the user", "--ulimit nproc=%s", "NPROC",
	       .id = SETTING_RLIMIT_NPROC),
	RLIMIT(MEMLOCK, VALUE_BYTES, "memory that may be locked", "--ulimit memlock=%s", "MEMLOCK",
	       .id = SETTING_RLIMIT_MEMLOCK),
	/* docker/go-units knows all of them but this */
	RLIMIT(AS, VALUE_BYTES, "address space", NULL, "AS", .id = SETTING_RLIMIT_AS),
	RLIMIT(LOCKS, VALUE_COUNT, "nothing since Linux 2.4.25", "--ulimit locks=%s", "LOCKS"),
	RLIMIT(SIGPENDING, VALUE_COUNT, "queued signals of the user", "--ulimit sigpending=%s", "SIGPENDING"),
	RLIMIT(MSGQUEUE, VALUE_BYTES, "bytes in POSIX message queues of the user", "--ulimit msgqueue=%s",
	       "MSGQUEUE"),
	RLIMIT(NICE, VALUE_COUNT, "ceiling of nice, as 20 - nice", "--ulimit nice=%s", "NICE"),
	RLIMIT(RTPRIO, VALUE_COUNT, "ceiling of the real-time priority", "--ulimit rtprio=%s", "RTPRIO"),
	RLIMIT(RTTIME, VALUE_COUNT, "microseconds of real-time CPU without a blocking call",
	       "--ulimit rttime=%s", "RTTIME"),
	RLIMIT(NOFILE, VALUE_COUNT, "open files", "--ulimit nofile=%s", "NOFILE",
	       .id = SETTING_RLIMIT_NOFILE),

	{.mechanism = MECHANISM_IPC,
	 .id = SETTING_IPC_NAMESPACE,
	 .name = "namespace",
	 .kind = VALUE_TEXT,
	 .privilege = PRIVILEGE_SYS_ADMIN,
	 .help = "an IPC namespace of the router's own",
	 .docker = "--ipc %s",
	 .pod = "spec.hostIPC=false",
	 .systemd = "PrivateIPC=yes"},

	UNSAFE_SYSCTL("kernel.shmmax", VALUE_BYTES, 1, 1, ANY, "size of one System V shared memory segment",
		      .id = SETTING_SHMMAX, .allows_auto = true, .fresh = "18446744073692774399",
		      .doc = "`auto` is at least the shared pool, since one segment would hold it."),
	UNSAFE_SYSCTL("kernel.shmall", VALUE_PAGES, 1, 1, ANY, "pages of System V shared memory in all",
		      .id = SETTING_SHMALL, .allows_auto = true, .fresh = "18446744073692774399",
		      .doc = "`auto` is at least the shared pool in pages, rounded up."),
	UNSAFE_SYSCTL("kernel.shmmni", VALUE_COUNT, 1, 1, IPCMNI, "System V shared memory segments in all",
		      .fresh = "4096"),
	SYSCTL("kernel.shm_rmid_forced", VALUE_FLAG, 1, 0, 1, "removal of segments that no process uses",
	       .fresh = "0"),
	UNSAFE_SYSCTL(
		"kernel.sem", VALUE_COUNT, 4, 1, INT_M, "System V semaphores: SEMMSL SEMMNS SEMOPM SEMMNI",
		.id = SETTING_SEM, .allows_auto = true, .fresh = "32000 1024000000 500 32000",
		.doc = "Four numbers in one string, in the kernel's order. `auto` is at least `perSet`, "
		       "`sets` * `perSet`, `opsPerCall` and `sets` of `ipc.semaphores`. SEMMNI is at most "
		       "32768."),
	UNSAFE_SYSCTL("kernel.msgmax", VALUE_BYTES, 1, 1, INT_M, "size of one System V message",
		      .fresh = "8192"),
	UNSAFE_SYSCTL("kernel.msgmnb", VALUE_BYTES, 1, 1, INT_M, "bytes in one System V message queue",
		      .fresh = "16384"),
	UNSAFE_SYSCTL("kernel.msgmni", VALUE_COUNT, 1, 1, IPCMNI, "System V message queues in all",
		      .fresh = "32000"),
	UNSAFE_SYSCTL("fs.mqueue.queues_max", VALUE_COUNT, 1, 0, INT_M, "POSIX message queues in all",
		      .fresh = "256"),
	UNSAFE_SYSCTL("fs.mqueue.msg_max", VALUE_COUNT, 1, 1, 65536, "messages in one POSIX queue",
		      .fresh = "10"),
	UNSAFE_SYSCTL("fs.mqueue.msgsize_max", VALUE_BYTES, 1, 128, 16777216, "size of one POSIX message",
		      .fresh = "8192"),
	UNSAFE_SYSCTL("fs.mqueue.msg_default", VALUE_COUNT, 1, 1, 65536,
		      "messages in a POSIX queue without a requested number", .fresh = "10"),
	UNSAFE_SYSCTL("fs.mqueue.msgsize_default", VALUE_BYTES, 1, 128, 16777216,
		      "size of a POSIX message without a requested size", .fresh = "8192"),

	DIRECTORIES("runtime", DIRECTORY_RUNTIME, "/run", "the router's directories for sockets, in",
		    .id = SETTING_RUNTIME_DIRECTORIES, .docker = "--tmpfs %s",
		    .systemd = "RuntimeDirectory=%s"),
	DIRECTORIES("state", DIRECTORY_STATE, "/var/lib", "the router's directories for lasting data, in",
		    .systemd = "StateDirectory=%s"),
	DIRECTORIES("cache", DIRECTORY_CACHE, "/var/cache",
		    "the router's directories for data that can be made again, in",
		    .systemd = "CacheDirectory=%s"),
	DIRECTORIES("logs", DIRECTORY_LOGS, "/var/log", "the router's directories for logs, in",
		    .systemd = "LogsDirectory=%s"),

	IDENTITY("umask", VALUE_MODE, 0777, PRIVILEGE_NONE, "permissions that new files do not get",
		 .id = SETTING_UMASK, .podman = "--umask %s", .systemd = "UMask=%s"),
	IDENTITY("additionalGids", VALUE_TEXT, 0, PRIVILEGE_SETID, "supplementary groups",
		 .id = SETTING_ADDITIONAL_GIDS, .form = TEXT_WORDS, .docker = "--group-add %s",
		 .pod = "spec.securityContext.supplementalGroups[]", .systemd = "SupplementaryGroups=%s",
		 .calls = "setgroups"),
	IDENTITY("group", VALUE_COUNT, UINT32_MAX - 1, PRIVILEGE_SETID, "group id", .id = SETTING_GID,
		 .pod = OF_CONTAINER "securityContext.runAsGroup", .systemd = "Group=%s",
		 .calls = "setresgid"),
	IDENTITY("user", VALUE_COUNT, UINT32_MAX - 1, PRIVILEGE_SETID, "user id", .id = SETTING_UID,
		 .docker = "--user %s", .pod = OF_CONTAINER "securityContext.runAsUser", .systemd = "User=%s",
		 .calls = "setresuid"),
	IDENTITY("capabilities", VALUE_TEXT, 0, PRIVILEGE_SETPCAP, "capabilities that are kept",
		 .id = SETTING_CAPABILITIES, .form = TEXT_CAPABILITIES, .docker = "--cap-add %s",
		 .pod = OF_CONTAINER "securityContext.capabilities.add[]",
		 .systemd = "CapabilityBoundingSet=%s", .calls = "capset"),
	IDENTITY("noNewPrivileges", VALUE_FLAG, 1, PRIVILEGE_NONE, "no privileges by executing files",
		 .id = SETTING_NO_NEW_PRIVILEGES, .docker = "--security-opt no-new-privileges=false|true",
		 .pod = OF_CONTAINER "securityContext.allowPrivilegeEscalation=true|false",
		 .systemd = "NoNewPrivileges=no|yes"),

	{.mechanism = MECHANISM_PARENT,
	 .id = SETTING_DEATH_SIGNAL,
	 .name = "deathSignal",
	 .kind = VALUE_TEXT,
	 .help = "the signal that the router gets when its parent process ends"},

	POOL("-m", SETTING_SHARED_POOL, "the router's shared pool"),
	POOL("-M", SETTING_PRIVATE_POOL, "the router's private pool of each process"),

	NEED("config", SETTING_NEED_CONFIG, "the configuration, readable by the router's user"),
	NEED("include", SETTING_NEED_INCLUDE, "the files that the configuration includes"),
	NEED("module", SETTING_NEED_MODULE, "the files of the modules that it loads"),
	NEED("port", SETTING_NEED_PORT, "the ports below 1024 that it listens on"),
	NEED("pid-file", SETTING_NEED_PID_FILE, "the pid file of -P"),
	NEED("program", SETTING_NEED_PROGRAM, "a program that this machine executes"),
	{.mechanism = MECHANISM_ROUTER,
	 .id = SETTING_NEED_PROCESSES,
	 .name = "processes",
	 .kind = VALUE_COUNT,
	 .arity = 1,
	 .minimum = 1,
	 .maximum = ANY,
	 .help = "room for all of its processes in its groups",
	 .docker = "--pids-limit %s",
	 .systemd = "TasksMax=%s",
	 .pod_note = "pods have no field for it: podPidsLimit in the configuration of the node's kubelet"},
	NEED("foreground", SETTING_NEED_FOREGROUND,
	     "a router in the foreground, where its first process's exit ends everything"),
	NEED("runtime-directory", SETTING_NEED_RUNTIME_DIRECTORY, "the directory of the router's sockets"),

	{.mechanism = MECHANISM_SECCOMP,
	 .id = SETTING_FILTER,
	 .name = "filter",
	 .kind = VALUE_TEXT,
	 .help = "the system calls that the router may make",
	 .calls = "seccomp",
	 .pod_note = "securityContext.seccompProfile is the container's own filter; this one is added to it"},
};
const size_t settings_count = ARRAY_SIZE(settings);

const char *mechanism_name(enum mechanism_id id)
{
	static const char *const names[] = {
		[MECHANISM_CGROUP] = "cgroup",       [MECHANISM_OOM] = "oom",
		[MECHANISM_RLIMIT] = "rlimit",       [MECHANISM_IPC] = "ipc",
		[MECHANISM_SYSCTL] = "sysctl",       [MECHANISM_DIRECTORIES] = "directories",
		[MECHANISM_IDENTITY] = "identity",   [MECHANISM_PARENT] = "parent",
		[MECHANISM_ARGUMENTS] = "arguments", [MECHANISM_ROUTER] = "router",
		[MECHANISM_SECCOMP] = "seccomp",
	};
	return names[id];
}

bool mechanism_named(const char *name, enum mechanism_id *id)
{
	for (*id = 0; *id < MECHANISM_COUNT; ++*id)
		if (strcmp(mechanism_name(*id), name) == 0)
			return true;
	return false;
}

const struct setting *setting_of(enum setting_id id)
{
	const struct setting *row = settings;
	while (row->id != id)
		row++;
	return row;
}

const struct setting *setting_find(enum mechanism_id mechanism, const char *name)
{
	for (size_t i = 0; i < settings_count; i++)
		if (settings[i].mechanism == mechanism && strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

const char *setting_nearest(enum mechanism_id mechanism, const char *name)
{
	const char *names[ARRAY_SIZE(settings)];
	size_t count = 0;

	for (size_t i = 0; i < settings_count; i++)
		if (settings[i].mechanism == mechanism)
			names[count++] = settings[i].name;
	return nearest_name(name, names, count);
}

static bool number_parse(const struct setting *setting, const char *word, uint64_t *number)
{
	if (strcmp(word, "max") == 0 || strcmp(word, "unlimited") == 0) {
		*number = UNLIMITED;
		return true;
	}
	bool negative = *word == '-';
	if (!parse_u64(word + negative, number) || (negative && *number > (uint64_t)INT64_MAX))
		return false;
	if (negative)
		*number = -*number;
	return !negative || setting->kind == VALUE_SCORE;
}

bool setting_value_parse(const struct setting *setting, const char *text, struct value *value)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = NULL;
	uint64_t numbers[VALUE_NUMBERS_MAX];
	unsigned count = 0;

	*value = (struct value){0};
	if (setting->kind == VALUE_TEXT) {
		*value = value_text(text);
		return true;
	}
	for (char *word = strtok_r(copy, " \t\n", &rest); word; word = strtok_r(NULL, " \t\n", &rest)) {
		if (count == setting->arity || !number_parse(setting, word, &numbers[count]))
			return false;
		count++;
	}
	if (count != setting->arity)
		return false;
	*value = value_numbers(setting->kind, count, numbers);
	return true;
}
