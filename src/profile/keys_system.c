/* SPDX-License-Identifier: MIT */
/* Keys of IPC limits, and of directories. */
#include "profile/keys.h"

#define SEMMNI_MAX 32768      /* IPCMNI, include/linux/ipc_namespace.h */
#define SEMMSL_MAX 65536      /* sem_num of struct sembuf is an unsigned short */
#define SEMOPM_MAX 2147483647 /* an int */

static const struct key semaphore_keys[] = {
	NUMBER("sets", decode_number, ipc.sem_sets, 1, SEMMNI_MAX,
	       "Sets of semaphores: SEMMNI. 128 by default.", .schema = "\"default\": 128"),
	NUMBER("perSet", decode_number, ipc.sem_per_set, 1, SEMMSL_MAX,
	       "Semaphores in a set: SEMMSL; times the sets it is SEMMNS. 250 by default.",
	       .schema = "\"default\": 250"),
	NUMBER("opsPerCall", decode_number, ipc.sem_ops_per_call, 1, SEMOPM_MAX,
	       "Operations in one call of semop(2): SEMOPM. 100 by default.", .schema = "\"default\": 100"),
	{0},
};

const struct key ipc_keys[] = {
	{.name = "namespace",
	 .types = TYPE_STRING,
	 .allowed = "\"private\" or \"inherit\"",
	 .decode = decode_choice,
	 .field = FIELD(ipc.namespace),
	 .choices = (const char *const[]){"inherit", "private", NULL},
	 .hint = "\"inherit\" keeps siplaunch's own namespace, the host's or a container's",
	 .doc = "`private`: an IPC namespace of the router's own. If siplaunch runs in one that is not "
		"the machine's, it keeps that one. `inherit`, the default: the one that siplaunch was "
		"started in."},
	{.name = "semaphores",
	 .types = TYPE_OBJECT,
	 .allowed = "an object with \"sets\", \"perSet\" and \"opsPerCall\"",
	 .decode = decode_semaphores,
	 .members = semaphore_keys,
	 .doc = "What siplaunch computes `kernel.sem` from where it is `auto`."},
	{0},
};

const struct key sysctl_entry = {
	.types = SIZE_TYPES,
	.allowed = "a string or a number",
	.hint = "kernel.sem is one string of four numbers, as sysctl prints it",
};

#define SCHEMA_DIRECTORIES                                                                                 \
	"\"maxItems\": 64, \"uniqueItems\": true, \"items\": {\"type\": \"string\", \"maxLength\": 1024, " \
	"\"pattern\": \"^(?!(.*/)?\\\\.{1,2}(/|$))[^/: \\\\u0000-\\\\u001f\\\\u007f]{1,255}"               \
	"(/[^/: \\\\u0000-\\\\u001f\\\\u007f]{1,255})*$\"}"

/* The names of a kind, and their mode. */
#define DIRECTORIES(NAME, KIND, BELOW, WHAT)                                                               \
	{.name = NAME,                                                                                     \
	 .types = TYPE_ARRAY,                                                                              \
	 .allowed = "an array of names below " BELOW " such as [\"kamailio\"]",                            \
	 .decode = decode_directories,                                                                     \
	 .field = FIELD(directories[KIND]),                                                                \
	 .schema = SCHEMA_DIRECTORIES,                                                                     \
	 .doc = "Directories below `" BELOW "`, " WHAT                                                     \
		". Relative names such as `edge/kamailio`, without `.`, `..`, blanks, "                    \
		"colons, quotes and backslashes; root owns the directories between."},                     \
	{                                                                                                  \
		.name = NAME "Mode", .types = TYPE_STRING | TYPE_INTEGER,                                  \
		.allowed = "octal digits such as \"0750\", or a number from 0 to 511",                     \
		.decode = decode_directory_mode, .field = FIELD(directories[KIND]), .schema = SCHEMA_MODE, \
		.doc = "The mode of the directories of `" NAME "`. 0755 by default. Without this key an "  \
		       "existing directory keeps its mode unless others may write in it."                  \
	}

const struct key directory_keys[] = {
	DIRECTORIES("runtime", DIRECTORY_RUNTIME, "/run", "for sockets; gone at a reboot"),
	DIRECTORIES("state", DIRECTORY_STATE, "/var/lib", "for data that lasts"),
	DIRECTORIES("cache", DIRECTORY_CACHE, "/var/cache", "for data that can be made again"),
	DIRECTORIES("logs", DIRECTORY_LOGS, "/var/log", "for logs"),
	{0},
};

const struct foreign_key directories_foreign[] = {
	{"configuration", "it must exist before the router starts: siplaunch makes none in /etc"},
	{"mode", "each kind has its own: \"runtimeMode\", \"stateMode\", \"cacheMode\", \"logsMode\""},
	{0},
};
