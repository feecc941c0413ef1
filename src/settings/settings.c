/* SPDX-License-Identifier: MIT */
#include "settings/settings.h"

#include <limits.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"

/*
 * Bounds of the IPC limits are the kernel's own: ipc/ipc_sysctl.c and include/linux/ipc_namespace.h (IPCMNI
 * 32768 for the three counts of ids; SEMMSL, SEMMNS and SEMOPM are ints), include/uapi/linux/sem.h (SEMMSL at
 * most 65536 "<= 65536").
 */
#define ANY    UNLIMITED
#define INT_M  ((uint64_t)INT_MAX)
#define IPCMNI 32768

#define CGROUP(NAME, KIND, MIN, MAX, AUTO, HELP, ...)                                                        \
	{                                                                                                    \
		"cgroup", NAME, KIND, KIND == VALUE_TEXT ? 0 : 1, MIN, MAX, PRIVILEGE_CGROUP, 0, AUTO, HELP, \
			__VA_ARGS__                                                                          \
	}
/* podman can have any file of a group written */
#define CONF(NAME) .podman = "--cgroup-conf " NAME "=%s"
#define RLIMIT(NAME, KIND, HELP, DOCKER, SYSTEMD)                                                         \
	{                                                                                                 \
		"rlimit", "RLIMIT_" #NAME, KIND, 2, 0, ANY, PRIVILEGE_SYS_RESOURCE, RLIMIT_##NAME, false, \
			HELP,                                                                             \
			.docker = DOCKER, .systemd = "Limit" SYSTEMD "=%s",                               \
			.pod_note = "pods have no ulimits; the node's are its container runtime's own "   \
				    "(Limit" SYSTEMD "= of containerd.service or crio.service)"           \
	}
#define SYSCTL_OF(NAME, KIND, ARITY, MIN, MAX, AUTO, HELP, POD_NOTE)                               \
	{                                                                                          \
		"sysctl", NAME, KIND, ARITY, MIN, MAX, PRIVILEGE_IPC_OWNER, 0, AUTO, HELP,         \
			.docker = "--sysctl " NAME "=%s", .pod = "spec.securityContext.sysctls[]", \
			.pod_note = POD_NOTE                                                       \
	}
/* Kubernetes: pkg/kubelet/sysctl/safe_sysctls.go; of those of an IPC namespace only shm_rmid_forced is safe
 */
#define SYSCTL(NAME, KIND, ARITY, MIN, MAX, AUTO, HELP)         \
	SYSCTL_OF(NAME, KIND, ARITY, MIN, MAX, AUTO, HELP,      \
		  "an unsafe sysctl: the node's kubelet needs " \
		  "--allowed-unsafe-sysctls '" NAME "'")
#define IDENTITY(NAME, KIND, MAX, PRIVILEGE, HELP, ...)                                                \
	{                                                                                              \
		"identity", NAME, KIND, KIND == VALUE_TEXT ? 0 : 1, 0, MAX, PRIVILEGE, 0, false, HELP, \
			__VA_ARGS__                                                                    \
	}
/* What the router needs besides: checked, never set */
#define NEED(NAME, HELP)                                                                            \
	{                                                                                           \
		"router", NAME, VALUE_TEXT, 0, 0, 0, PRIVILEGE_NONE, 0, false, HELP, .docker = NULL \
	}
#define OF_CONTAINER "spec.containers[]."
#define DIRECTORIES(NAME, KIND, BELOW, HELP, ...)                                                           \
	{                                                                                                   \
		"directories", NAME, VALUE_TEXT, 0, 0, 0, PRIVILEGE_DIRECTORY, KIND, false, HELP " " BELOW, \
			.pod = OF_CONTAINER "volumeMounts[]",                                               \
			.pod_note = "the volume goes beside it: an emptyDir in spec.volumes, or a "         \
				    "persistentVolumeClaim for what has to outlive the pod",                \
			.below = BELOW, __VA_ARGS__                                                         \
	}

/* Within a mechanism the order is the order of application: swap before memory.max, since a limit that is
 * lowered first would push pages out to swap; NOFILE last of the rlimits, since it is what we need ourselves.
 */
const struct setting settings[] = {
	{"cgroup", "group", VALUE_TEXT, 0, 0, 0, PRIVILEGE_CGROUP, 0, false, "the router's own group",
	 .systemd = "Delegate=yes"},
	CGROUP("memory.swap.max", VALUE_BYTES, 0, ANY, false, "swap that the group may use",
	       .docker = "--memory-swap %s", .systemd = "MemorySwapMax=%s",
	       .pod_note =
		       "the node decides: without swap on it, or with memorySwap.swapBehavior NoSwap of the "
		       "kubelet, containers have none"),
	CGROUP("memory.swap.high", VALUE_BYTES, 0, ANY, false, "swap above which the group is slowed down",
	       CONF("memory.swap.high")),
	CGROUP("memory.zswap.max", VALUE_BYTES, 0, ANY, false, "compressed swap that the group may use",
	       CONF("memory.zswap.max"), .systemd = "MemoryZSwapMax=%s"),
	CGROUP("memory.max", VALUE_BYTES, 0, ANY, true, "memory that the group may use",
	       .docker = "--memory %s", .pod = OF_CONTAINER "resources.limits.memory",
	       .systemd = "MemoryMax=%s"),
	CGROUP("memory.high", VALUE_BYTES, 0, ANY, true, "memory above which the group is slowed down",
	       CONF("memory.high"), .systemd = "MemoryHigh=%s",
	       .pod_note = "the kubelet sets it for Burstable pods where its MemoryQoS feature is on"),
	CGROUP("memory.low", VALUE_BYTES, 0, ANY, true,
	       "memory that is protected while others have some to give", .docker = "--memory-reservation %s",
	       .systemd = "MemoryLow=%s"),
	CGROUP("memory.min", VALUE_BYTES, 0, ANY, false, "memory that is never taken away",
	       CONF("memory.min"), .systemd = "MemoryMin=%s",
	       .pod_note = "the kubelet sets it to requests.memory where its MemoryQoS feature is on"),
	CGROUP("memory.oom.group", VALUE_FLAG, 0, 1, false, "an OOM kill takes the whole group",
	       CONF("memory.oom.group"), .systemd = "OOMPolicy=continue|kill",
	       .pod_note =
		       "the kubelet sets 1 from Kubernetes 1.28 on, unless its singleProcessOOMKill is true"),
	CGROUP("pids.max", VALUE_COUNT, 1, ANY, true, "processes and threads in the group",
	       .docker = "--pids-limit %s", .systemd = "TasksMax=%s",
	       .pod_note =
		       "pods have no field for it: podPidsLimit in the configuration of the node's kubelet"),
	CGROUP("cpu.weight", VALUE_COUNT, 1, 10000, false, "share of CPU time under load", CONF("cpu.weight"),
	       .systemd = "CPUWeight=%s", .pod_note = "it follows from resources.requests.cpu"),
	CGROUP("cpu.max", VALUE_TEXT, 0, 0, false,
	       "CPU time per period: \"max 100000\" or \"QUOTA PERIOD\" in microseconds",
	       .docker = "--cpu-period %2 --cpu-quota %1", .pod = OF_CONTAINER "resources.limits.cpu",
	       .systemd = "CPUQuota=%s"),
	CGROUP("cpu.max.burst", VALUE_COUNT, 0, ANY, false, "CPU time that may be saved up, in microseconds",
	       CONF("cpu.max.burst")),
	CGROUP("cpu.idle", VALUE_FLAG, 0, 1, false, "runs only when nothing else wants the CPU",
	       CONF("cpu.idle")),
	CGROUP("cpuset.cpus", VALUE_TEXT, 0, 0, false, "CPUs that may be used, such as \"0-3,6\"",
	       .docker = "--cpuset-cpus %s", .systemd = "AllowedCPUs=%s",
	       .pod_note =
		       "the kubelet's static CPU manager gives CPUs of their own to Guaranteed pods that ask "
		       "for whole ones"),
	CGROUP("cpuset.mems", VALUE_TEXT, 0, 0, false, "memory nodes that may be used",
	       .docker = "--cpuset-mems %s", .systemd = "AllowedMemoryNodes=%s"),
	CGROUP("io.weight", VALUE_TEXT, 0, 0, false, "share of block I/O under load, such as \"default 100\"",
	       CONF("io.weight"), .systemd = "IOWeight=%2"),
	CGROUP("io.max", VALUE_TEXT, 0, 0, false,
	       "block I/O limits, a line for each device, such as \"8:0 rbps=1048576\"", CONF("io.max")),
	{"cgroup", "cgroup.procs", VALUE_TEXT, 0, 0, 0, PRIVILEGE_CGROUP, 0, false,
	 "the group that we are in", .docker = NULL},

	{"oom", "oom_score_adj", VALUE_SCORE, 1, (uint64_t)-1000, 1000, PRIVILEGE_SYS_RESOURCE, 0, false,
	 "how soon the OOM killer takes the router: -1000 never, 1000 first", .docker = "--oom-score-adj %s",
	 .systemd = "OOMScoreAdjust=%s",
	 .pod_note =
		 "the pod's QoS class decides: -997 when it is Guaranteed (limits equal to requests, for CPU "
		 "and memory, in every container)"},

	RLIMIT(CPU, VALUE_COUNT, "CPU seconds", "--ulimit cpu=%s", "CPU"),
	RLIMIT(FSIZE, VALUE_BYTES, "size of a file that is written", "--ulimit fsize=%s", "FSIZE"),
	RLIMIT(DATA, VALUE_BYTES, "private writable memory", "--ulimit data=%s", "DATA"),
	RLIMIT(STACK, VALUE_BYTES, "stack of the main thread", "--ulimit stack=%s", "STACK"),
	RLIMIT(CORE, VALUE_BYTES, "size of a core dump", "--ulimit core=%s", "CORE"),
	RLIMIT(RSS, VALUE_BYTES, "nothing since Linux 2.4.30", "--ulimit rss=%s", "RSS"),
	RLIMIT(NPROC, VALUE_COUNT, "processes of the user", "--ulimit nproc=%s", "NPROC"),
	RLIMIT(MEMLOCK, VALUE_BYTES, "memory that may be locked", "--ulimit memlock=%s", "MEMLOCK"),
	RLIMIT(AS, VALUE_BYTES, "address space", NULL, "AS"), /* docker/go-units knows all of them but this */
	RLIMIT(LOCKS, VALUE_COUNT, "nothing since Linux 2.4.25", "--ulimit locks=%s", "LOCKS"),
	RLIMIT(SIGPENDING, VALUE_COUNT, "queued signals of the user", "--ulimit sigpending=%s", "SIGPENDING"),
	RLIMIT(MSGQUEUE, VALUE_BYTES, "bytes in POSIX message queues of the user", "--ulimit msgqueue=%s",
	       "MSGQUEUE"),
	RLIMIT(NICE, VALUE_COUNT, "ceiling of nice, as 20 - nice", "--ulimit nice=%s", "NICE"),
	RLIMIT(RTPRIO, VALUE_COUNT, "ceiling of the real-time priority", "--ulimit rtprio=%s", "RTPRIO"),
	RLIMIT(RTTIME, VALUE_COUNT, "microseconds of real-time CPU without a blocking call",
	       "--ulimit rttime=%s", "RTTIME"),
	RLIMIT(NOFILE, VALUE_COUNT, "open files", "--ulimit nofile=%s", "NOFILE"),

	{"ipc", "namespace", VALUE_TEXT, 0, 0, 0, PRIVILEGE_SYS_ADMIN, 0, false,
	 "an IPC namespace of the router's own", .docker = "--ipc %s", .pod = "spec.hostIPC=false",
	 .systemd = "PrivateIPC=yes"},

	SYSCTL("kernel.shmmax", VALUE_BYTES, 1, 1, ANY, true, "size of one System V shared memory segment"),
	SYSCTL("kernel.shmall", VALUE_PAGES, 1, 1, ANY, true, "pages of System V shared memory in all"),
	SYSCTL("kernel.shmmni", VALUE_COUNT, 1, 1, IPCMNI, false, "System V shared memory segments in all"),
	SYSCTL_OF("kernel.shm_rmid_forced", VALUE_FLAG, 1, 0, 1, false,
		  "segments that nobody uses are removed", NULL),
	SYSCTL("kernel.sem", VALUE_COUNT, 4, 1, INT_M, true,
	       "System V semaphores: SEMMSL SEMMNS SEMOPM SEMMNI"),
	SYSCTL("kernel.msgmax", VALUE_BYTES, 1, 1, INT_M, false, "size of one System V message"),
	SYSCTL("kernel.msgmnb", VALUE_BYTES, 1, 1, INT_M, false, "bytes in one System V message queue"),
	SYSCTL("kernel.msgmni", VALUE_COUNT, 1, 1, IPCMNI, false, "System V message queues in all"),
	SYSCTL("fs.mqueue.queues_max", VALUE_COUNT, 1, 0, INT_M, false, "POSIX message queues in all"),
	SYSCTL("fs.mqueue.msg_max", VALUE_COUNT, 1, 1, 65536, false, "messages in one POSIX queue"),
	SYSCTL("fs.mqueue.msgsize_max", VALUE_BYTES, 1, 128, 16777216, false, "size of one POSIX message"),
	SYSCTL("fs.mqueue.msg_default", VALUE_COUNT, 1, 1, 65536, false,
	       "messages in a POSIX queue that asks for none"),
	SYSCTL("fs.mqueue.msgsize_default", VALUE_BYTES, 1, 128, 16777216, false,
	       "size of a POSIX message where none is asked for"),

	DIRECTORIES("runtime", DIRECTORY_RUNTIME, "/run", "the router's directories for sockets, in",
		    .docker = "--tmpfs %s", .systemd = "RuntimeDirectory=%s"),
	DIRECTORIES("state", DIRECTORY_STATE, "/var/lib", "the router's directories for lasting data, in",
		    .systemd = "StateDirectory=%s"),
	DIRECTORIES("cache", DIRECTORY_CACHE, "/var/cache",
		    "the router's directories for data that can be made again, in",
		    .systemd = "CacheDirectory=%s"),
	DIRECTORIES("logs", DIRECTORY_LOGS, "/var/log", "the router's directories for logs, in",
		    .systemd = "LogsDirectory=%s"),

	IDENTITY("umask", VALUE_MODE, 0777, PRIVILEGE_NONE, "permissions that new files do not get",
		 .podman = "--umask %s", .systemd = "UMask=%s"),
	IDENTITY("additionalGids", VALUE_TEXT, 0, PRIVILEGE_SETID, "supplementary groups",
		 .docker = "--group-add %s", .pod = "spec.securityContext.supplementalGroups[]",
		 .systemd = "SupplementaryGroups=%s"),
	IDENTITY("group", VALUE_COUNT, UINT32_MAX - 1, PRIVILEGE_SETID, "group id",
		 .pod = OF_CONTAINER "securityContext.runAsGroup", .systemd = "Group=%s"),
	IDENTITY("user", VALUE_COUNT, UINT32_MAX - 1, PRIVILEGE_SETID, "user id", .docker = "--user %s",
		 .pod = OF_CONTAINER "securityContext.runAsUser", .systemd = "User=%s"),
	IDENTITY("capabilities", VALUE_TEXT, 0, PRIVILEGE_SETPCAP, "capabilities that are kept",
		 .docker = "--cap-add %s", .pod = OF_CONTAINER "securityContext.capabilities.add[]",
		 .systemd = "CapabilityBoundingSet=%s"),
	IDENTITY("noNewPrivileges", VALUE_FLAG, 1, PRIVILEGE_NONE, "no privileges by executing files",
		 .docker = "--security-opt no-new-privileges=false|true",
		 .pod = OF_CONTAINER "securityContext.allowPrivilegeEscalation=true|false",
		 .systemd = "NoNewPrivileges=no|yes"),

	{"parent", "deathSignal", VALUE_TEXT, 0, 0, 0, PRIVILEGE_NONE, 0, false,
	 "the signal that the router gets when its parent process ends", .docker = NULL},

	{"arguments", "-m", VALUE_MIB, 1, 1, ANY, PRIVILEGE_NONE, 0, true, "the router's shared pool",
	 .docker = NULL},
	{"arguments", "-M", VALUE_MIB, 1, 1, ANY, PRIVILEGE_NONE, 0, true,
	 "the router's private pool of each process", .docker = NULL},

	NEED("config", "the configuration, readable by the router's user"),
	NEED("include", "the files that the configuration includes"),
	NEED("module", "the files of the modules that it loads"),
	NEED("port", "the ports below 1024 that it listens on"),
	NEED("pid-file", "the pid file of -P"),
	NEED("program", "a program that this machine executes"),
	{"router", "processes", VALUE_COUNT, 1, 1, ANY, PRIVILEGE_NONE, 0, false,
	 "room for all of its processes in the groups that it will be in", .docker = "--pids-limit %s",
	 .systemd = "TasksMax=%s",
	 .pod_note = "pods have no field for it: podPidsLimit in the configuration of the node's kubelet"},
	NEED("foreground", "a router that stays in the foreground, where all ends with its first process"),
	NEED("runtime-directory", "the directory of the router's sockets"),

	{"seccomp", "filter", VALUE_TEXT, 0, 0, 0, PRIVILEGE_NONE, 0, false,
	 "the system calls that the router may make",
	 .pod_note = "securityContext.seccompProfile is the container's own filter; this one comes on top"},
};
const size_t settings_count = ARRAY_SIZE(settings);

const struct setting *setting_find(const char *mechanism, const char *name)
{
	for (size_t i = 0; i < settings_count; i++)
		if (strcmp(settings[i].mechanism, mechanism) == 0 && strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

bool setting_is(const struct setting *setting, const char *mechanism, const char *name)
{
	return strcmp(setting->mechanism, mechanism) == 0 && (!name || strcmp(setting->name, name) == 0);
}

bool setting_mechanism_known(const char *mechanism)
{
	for (size_t i = 0; i < settings_count; i++)
		if (strcmp(settings[i].mechanism, mechanism) == 0)
			return true;
	return false;
}

#define NAME_MAX_COMPARED 63

/* Levenshtein distance; names longer than any key count as far away. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_COMPARED + 1];
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a > NAME_MAX_COMPARED || length_b > NAME_MAX_COMPARED)
		return SIZE_MAX;
	for (size_t j = 0; j <= length_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			size_t changed = diagonal + (a[i - 1] != b[j - 1]);
			size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			diagonal = row[j];
			row[j] = changed < shorter ? changed : shorter;
		}
	}
	return row[length_b];
}

const char *nearest_name(const char *name, const char *const *candidates, size_t count)
{
	const char *best = NULL;
	size_t best_distance = strlen(name) < 6 ? 2 : strlen(name) / 3 + 1; /* beyond it, it was not meant */

	for (size_t i = 0; i < count; i++) {
		size_t distance =
			strcasecmp(name, candidates[i]) == 0 ? 0 : edit_distance(name, candidates[i]);
		if (distance < best_distance) {
			best = candidates[i];
			best_distance = distance;
		}
	}
	return best;
}

const char *setting_nearest(const char *mechanism, const char *name)
{
	const char *names[ARRAY_SIZE(settings)];
	size_t count = 0;

	for (size_t i = 0; i < settings_count; i++)
		if (strcmp(settings[i].mechanism, mechanism) == 0)
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
