/* SPDX-License-Identifier: MIT */
/* The table of keys: what a profile may say. The top level and identity are here, the rest in keys_*.c. */
#include "profile/keys.h"

#include "router/routers.h"

static const struct key policy_entry = {
	.types = TYPE_STRING,
	.allowed = "\"require\", \"prefer\" or \"skip\"",
	.choices = (const char *const[]){"require", "prefer", "skip", NULL},
};

#define SCHEMA_NAME \
	"\"pattern\": \"^(?!-)[^\\\\u0000-\\\\u0020\\\\u007f:/,]{1,255}$\", \"minimum\": 0, \"maximum\": 4294967294"

/* For messages. */
#define ROUTER_QUOTED(name) "\"" #name "\", "

static const struct key top_keys[] = {
	{.name = "$schema",
	 .types = TYPE_STRING,
	 .allowed = "the address of the schema, for editors",
	 .decode = decode_ignore,
	 .doc = "The schema's address, for editors. siplaunch does not read it."},
	{.name = "description",
	 .types = TYPE_STRING,
	 .allowed = "a line of text",
	 .decode = decode_text,
	 .field = FIELD(description),
	 .schema = SCHEMA_LINE,
	 .doc = "One line that says what the profile is for; `siplaunch profiles` lists it."},
	{.name = "extends",
	 .types = TYPE_STRING,
	 .allowed = "the name or path of a profile",
	 .decode = decode_ignore,
	 .schema = "\"minLength\": 1",
	 .doc = "The profile that this one builds on: a name, which siplaunch looks up in the search "
		"path, or a path, relative to the directory of the file that contains it. Objects merge key "
		"by key, `rlimits` by their type; everything else is replaced. At most 8 profiles in a row; "
		"a cycle is an error."},
	{.name = "router",
	 .types = TYPE_STRING,
	 .allowed = ROUTERS(ROUTER_QUOTED) "\"generic\" or \"auto\"",
	 .decode = decode_word,
	 .field = FIELD(router),
	 .choices = (const char *const[]){ROUTERS(ROUTER_NAME) "generic", "auto", NULL},
	 .doc = "Which router is started. `auto`, the default: recognised by the command's base name; any "
		"other command is generic. `generic`, `rtpengine`: siplaunch adds no arguments.\n"
		"Programs that execute the rest of their command line may precede the router: "
		"env(1), nice(1), ionice(1), chrt(1), taskset(1), setpriv(1), setsid(1), stdbuf(1), "
		"nohup(1), timeout(1), tini, dumb-init, catatonit, gosu, su-exec. What env(1) sets counts "
		"where the router's configuration asks for it.\n"
		"siplaunch sizes a script or a shell that starts the router where this key names the "
		"router, and warns where it does not. It puts `-m` and `-M` in front of a script's "
		"arguments, which the script has to pass on: `exec kamailio \"$@\"`. They are in its "
		"environment as well, as `$SIPLAUNCH_ARGS`: `exec kamailio $SIPLAUNCH_ARGS`."},
	{.name = "sizing",
	 .types = TYPE_OBJECT,
	 .allowed = "an object",
	 .decode = decode_object,
	 .members = sizing_keys,
	 .doc = "The memory budget: how the limit is divided into the router's pools and what it costs to "
		"run it."},
	{.name = "cgroup",
	 .types = TYPE_OBJECT,
	 .allowed = "an object",
	 .decode = decode_object,
	 .members = cgroup_keys,
	 .hint = "write \"cgroup\": {\"path\": \"sip.slice/kamailio\"}",
	 .doc = "The router's control group."},
	{.name = "resources",
	 .types = TYPE_OBJECT,
	 .allowed = "an object",
	 .decode = decode_object,
	 .members = resources_keys,
	 .foreign = resources_foreign,
	 .doc = "Limits of the router's control group, as in OCI."},
	{.name = "oomScoreAdj",
	 .types = TYPE_INTEGER,
	 .allowed = "a number from -1000 to 1000",
	 .decode = decode_score,
	 .schema = "\"minimum\": -1000, \"maximum\": 1000",
	 .doc = "How early the OOM killer chooses the router: 1000 first, -1000 never. Lowering it needs "
		"`CAP_SYS_RESOURCE`. siplaunch refuses -1000 under a memory limit: nothing in the group "
		"could be killed, and it would hang in the kernel; -999 also makes the router the last "
		"choice."},
	{.name = "oomAdj",
	 .types = TYPE_INTEGER,
	 .allowed = "a number from -17 to 15",
	 .decode = decode_oom_adj,
	 .hint = "it is the scale of kernels before 2.6.36; the current scale, -1000 to 1000, is "
		 "\"oomScoreAdj\"",
	 .schema = "\"minimum\": -17, \"maximum\": 15",
	 .doc = "The same on the scale of kernels before 2.6.36, which much documentation still uses, "
		"converted as the kernel did: -17 is -1000, 15 is 1000, else n * 1000 / 17. It replaces "
		"`oomScoreAdj`."},
	{.name = "rlimits",
	 .types = TYPE_ARRAY,
	 .allowed = "an array of objects with \"type\", \"soft\" and \"hard\"",
	 .decode = decode_rlimits,
	 .entry = &rlimit_entry,
	 .doc = "Limits of setrlimit(2), as in OCI: an object for each. Unlike other arrays they merge by "
		"type with those of the extended profile."},
	{.name = "ipc",
	 .types = TYPE_OBJECT,
	 .allowed = "an object",
	 .decode = decode_object,
	 .members = ipc_keys,
	 .doc = "System V IPC and POSIX message queues."},
	{.name = "sysctl",
	 .types = TYPE_OBJECT,
	 .allowed = "an object of sysctls and their values",
	 .decode = decode_sysctl,
	 .entry = &sysctl_entry,
	 .doc = "Sysctls of the IPC namespace and their values. All others belong to the whole machine, "
		"and siplaunch refuses them. It changes them only in a namespace that is the router's or "
		"a container's, never in the machine's. `auto` never lowers a value."},
	{.name = "seccomp",
	 .types = TYPE_STRING | TYPE_OBJECT,
	 .allowed = "the name or path of a seccomp profile, or an inline one as OCI's linux.seccomp with a "
		    "\"defaultAction\"",
	 .decode = decode_seccomp,
	 .schema = SCHEMA_LINE
	 ", \"if\": {\"type\": \"object\"}, \"then\": {\"$ref\": \"#/$defs/seccompFilter\"}",
	 .doc = "A system call filter: the name or path of a seccomp profile, or one as OCI's "
		"`linux.seccomp`. siplaunch looks up a name in the folder `seccomp` of the profiles' "
		"folders; a relative path starts in the directory of the profile that contains it."},
	{.name = "seccompNewer",
	 .types = TYPE_STRING,
	 .allowed = "\"default\" or \"enosys\"",
	 .decode = decode_choice,
	 .field = FIELD(seccomp.newer),
	 .choices = (const char *const[]){"default", "enosys", NULL},
	 .hint = "\"enosys\" answers ENOSYS to system calls newer than any that the filter names, as runc "
		 "does",
	 .doc = "What happens to system calls newer than any that a rule of the filter names: those with "
		"a greater number. `default`: the filter's `defaultAction`. `enosys`: they fail with "
		"`ENOSYS`, as with runc, so that a C library that is newer than the filter takes the "
		"older call; a filter whose default permits calls, or answers `ENOSYS` already, stays as "
		"it is."},
	{.name = "directories",
	 .types = TYPE_OBJECT,
	 .allowed = "an object such as {\"runtime\": [\"kamailio\"]}",
	 .decode = decode_object,
	 .members = directory_keys,
	 .foreign = directories_foreign,
	 .doc = "Directories that belong to the router's user and group when it starts, named as in "
		"systemd.exec(5). siplaunch makes those that do not exist, and leaves them when the "
		"router ends."},
	{.name = "user",
	 .types = TYPE_STRING | TYPE_INTEGER,
	 .allowed = "a user name, or an id from 0 to 4294967294",
	 .decode = decode_principal,
	 .field = FIELD(user),
	 .hint = "OCI's object is flattened here: \"user\", \"group\", \"additionalGids\", \"umask\"",
	 .schema = SCHEMA_NAME,
	 .doc = "Who the router runs as: a name or an id. Without it the router runs as whoever starts "
		"siplaunch. The router's own `-u` has to agree with it."},
	{.name = "group",
	 .types = TYPE_STRING | TYPE_INTEGER,
	 .allowed = "a group name, or an id from 0 to 4294967294",
	 .decode = decode_principal,
	 .field = FIELD(group),
	 .schema = SCHEMA_NAME,
	 .doc = "The router's group: a name or an id. Without it, the user's primary group."},
	{.name = "additionalGids",
	 .types = TYPE_ARRAY,
	 .allowed = "an array of group ids",
	 .decode = decode_gids,
	 .schema = "\"maxItems\": 65536, \"items\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": "
		   "4294967294}",
	 .doc = "Supplementary group ids; an empty array drops those that were inherited. A router that "
		"runs as another user keeps none but these."},
	{.name = "umask",
	 .types = TYPE_STRING | TYPE_INTEGER,
	 .allowed = "octal digits such as \"0027\", or a number from 0 to 511",
	 .decode = decode_umask,
	 .schema = SCHEMA_MODE,
	 .doc = "Permissions that new files do not get: octal digits in a string, or a number as in OCI."},
	{.name = "capabilities",
	 .types = TYPE_ARRAY,
	 .allowed = "an array of the capabilities that the router keeps",
	 .decode = decode_capabilities,
	 .schema = "\"items\": {\"$ref\": \"#/$defs/capability\"}",
	 .hint = "OCI's five sets are one list here, which applies to all of them: "
		 "[\"CAP_NET_BIND_SERVICE\"]",
	 .doc = "Capabilities that the router keeps, in all five sets; an empty array keeps none. A "
		"router that binds below port 1024 without root needs `CAP_NET_BIND_SERVICE`. Without the "
		"key they stay as they are."},
	{.name = "noNewPrivileges",
	 .types = TYPE_BOOLEAN,
	 .allowed = "true or false",
	 .decode = decode_flag,
	 .field = FIELD(no_new_privileges),
	 .doc = "`true`: nothing that the router executes gets more privileges than it has (set-user-ID, "
		"file capabilities). A seccomp filter needs it."},
	{.name = "handoff",
	 .types = TYPE_STRING,
	 .allowed = "\"auto\", \"exec\" or \"supervise\"",
	 .decode = decode_choice,
	 .field = FIELD(handoff),
	 .choices = (const char *const[]){"auto", "exec", "supervise", NULL},
	 .doc = "How control passes to the router. `exec`: the router replaces siplaunch and has its process "
		"ID. `supervise`: siplaunch stays as the parent process, outside the "
		"group that it makes, and watches the router: see siplaunch(1). `auto`, the default: "
		"`supervise` for Kamailio when siplaunch is process 1, else `exec`."},
	{.name = "parentDeathSignal",
	 .types = TYPE_STRING,
	 .allowed = "\"none\", \"SIGTERM\", \"SIGKILL\", \"SIGINT\" or \"SIGQUIT\"",
	 .decode = decode_choice,
	 .field = FIELD(parent_signal),
	 .choices = (const char *const[]){"none", "SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT", NULL},
	 .doc = "The signal that the router's main process gets when its parent process ends. The parent "
		"is siplaunch where it supervises, else the process that started siplaunch. `none` is the "
		"default. The option `--die-with-parent` overrides it: see siplaunch(1)."},
	{.name = "policy",
	 .types = TYPE_OBJECT,
	 .allowed = "an object of mechanisms and \"require\", \"prefer\" or \"skip\"",
	 .decode = decode_policy,
	 .entry = &policy_entry,
	 .doc = "What a refused step means, by mechanism or by mechanism/setting; the most "
		"specific key wins: `cgroup/pids.max` over `cgroup` over `default`. `require`, the "
		"default: stop; siplaunch undoes what it did and launches nothing. `prefer`: warn and "
		"continue. `skip`: do not try."},
	{0},
};

static const struct foreign_key top_foreign[] = {
	{"linux",
	 "OCI's names are flattened here: \"resources\", \"sysctl\" and \"seccomp\" are at the top level"},
	{"process",
	 "OCI's names are flattened here: \"user\", \"rlimits\", \"capabilities\", \"noNewPrivileges\" and "
	 "\"oomScoreAdj\" are at the top level"},
	{"cgroupsPath", "write \"cgroup\": {\"path\": …}"},
	{"namespaces", "siplaunch makes only an IPC namespace: \"ipc\": {\"namespace\": \"private\"}"},
	{"args", "give the command on the command line, after --"},
	{"memory", "write \"sizing\": {\"memory\": …}"},
	{"unified", "write \"resources\": {\"unified\": {…}}"},
	{"RuntimeDirectory", "write \"directories\": {\"runtime\": [\"kamailio\"]}"},
	{"StateDirectory", "write \"directories\": {\"state\": [\"kamailio\"]}"},
	{"LogsDirectory", "write \"directories\": {\"logs\": [\"kamailio\"]}"},
	{"ulimits", "write \"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"soft\": …, \"hard\": …}]"},
	{"sysctls", "write \"sysctl\""},
	{0},
};

const struct key profile_key = {
	.name = "",
	.types = TYPE_OBJECT,
	.allowed = "an object",
	.decode = decode_object,
	.members = top_keys,
	.foreign = top_foreign,
};
