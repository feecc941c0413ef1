/* SPDX-License-Identifier: MIT */
/* Keys of the control group and of resource limits. */
#include "profile/keys.h"

const struct key cgroup_keys[] = {
	{.name = "path",
	 .types = TYPE_STRING,
	 .allowed = "a relative path such as \"sip.slice/kamailio\"",
	 .decode = decode_cgroup_path,
	 .field = FIELD(cgroup.path),
	 .schema = "\"maxLength\": 1024, \"pattern\": \"^(?!(.*/)?\\\\.{1,2}(/|$))"
		   "[^/\\\\u0000-\\\\u001f\\\\u007f]{1,255}(/[^/\\\\u0000-\\\\u001f\\\\u007f]{1,255})*$\"",
	 .doc = "The router's own group, relative to where siplaunch may make groups: `sip.slice/kamailio`. "
		"It has no leading slash, no `.` and no `..`. Without it the router stays in the group that "
		"siplaunch was started in. siplaunch removes an empty group of that name and makes it anew; "
		"it refuses one with processes in it."},
	{.name = "manager",
	 .types = TYPE_STRING,
	 .allowed = "\"auto\", \"cgroupfs\", \"systemd\" or \"adopt\"",
	 .decode = decode_choice,
	 .field = FIELD(cgroup.manager),
	 .choices = (const char *const[]){"auto", "cgroupfs", "systemd", "adopt", NULL},
	 .doc = "Who makes the group.\n"
		"`auto`, the default, is the first of `cgroupfs` and `systemd` that is available; in a "
		"container where neither is, `adopt`.\n"
		"`cgroupfs`: siplaunch, through the file system. Only where the tree is delegated, in a "
		"container's own namespace that can be written, or where there is no systemd.\n"
		"`systemd`: a transient scope. `sip.slice/kamailio` is `sip-kamailio.scope` in `sip.slice`. "
		"root asks the machine's systemd, an ordinary user its own. Values that systemd has no "
		"property for are set in a leaf below it. Inside a service there is never a "
		"scope: with `Delegate=yes` siplaunch makes the group below the service, without it "
		"siplaunch sets properties of the service.\n"
		"`adopt`: the existing group. siplaunch writes nothing in it. It adopts a limit that is at "
		"least as tight as requested and sizes the router for it; it refuses a looser one. Memory "
		"that is less than `sizing.memory` is clamped, and the plan says so."},
	{0},
};

static const struct key unified_entry = {
	.types = SIZE_TYPES,
	.allowed = "a string or a number",
};

/* OCI's names from before cgroup v2 (oci.c). */
static const struct key memory_keys[] = {
	{.name = "limit",
	 .types = TYPE_INTEGER,
	 .allowed = "a number of bytes, or -1 for no limit",
	 .decode = decode_ignore,
	 .schema = SCHEMA_FROM(-1),
	 .doc = "Bytes: `memory.max`."},
	{.name = "reservation",
	 .types = TYPE_INTEGER,
	 .allowed = "a number of bytes, or -1 for no limit",
	 .decode = decode_ignore,
	 .schema = SCHEMA_FROM(-1),
	 .doc = "Bytes: `memory.low`."},
	{.name = "swap",
	 .types = TYPE_INTEGER,
	 .allowed = "a number of bytes, or -1 for no limit",
	 .decode = decode_ignore,
	 .schema = SCHEMA_FROM(-1),
	 .doc = "Bytes of memory and swap together, no less than `limit`. `swap` less `limit` is "
		"`memory.swap.max`."},
	{0},
};

static const struct foreign_key memory_foreign[] = {
	{"swappiness", "cgroup v2 has no swappiness of a group"},
	{"kernel", "cgroup v2 counts the kernel's memory in \"limit\""},
	{"kernelTCP", "cgroup v2 counts the buffers of sockets in \"limit\""},
	{"disableOOMKiller", "cgroup v2 always kills; \"oomScoreAdj\" says who goes first"},
	{0},
};

static const struct key pids_keys[] = {
	{.name = "limit",
	 .types = TYPE_INTEGER,
	 .allowed = "a number, or -1 for no limit",
	 .decode = decode_ignore,
	 .schema = SCHEMA_FROM(-1),
	 .doc = "Processes and threads: `pids.max`."},
	{0},
};

static const struct key cpu_keys[] = {
	{.name = "shares",
	 .types = TYPE_INTEGER,
	 .allowed = "a number from 2 to 262144, or 0 to set nothing",
	 .decode = decode_ignore,
	 .schema = SCHEMA_NUMBER(0, 18446744073709551614),
	 .doc = "A share of CPU time, of which 1024 is a `cpu.weight` of 100."},
	{.name = "quota",
	 .types = TYPE_INTEGER,
	 .allowed = "a number of microseconds, or -1 for no limit",
	 .decode = decode_ignore,
	 .schema = "\"maximum\": 9223372036854775807",
	 .doc = "Microseconds of CPU time in a period: the first number of `cpu.max`. Below 0: no limit."},
	{.name = "period",
	 .types = TYPE_INTEGER,
	 .allowed = "a number of microseconds",
	 .decode = decode_ignore,
	 .schema = SCHEMA_NUMBER(0, 18446744073709551614),
	 .doc = "Microseconds of a period: the second number of `cpu.max`."},
	{.name = "burst",
	 .types = TYPE_INTEGER,
	 .allowed = "a number of microseconds",
	 .decode = decode_ignore,
	 .schema = SCHEMA_NUMBER(0, 18446744073709551),
	 .doc = "Microseconds of CPU time that the group may save up: `cpu.max.burst`."},
	{.name = "idle",
	 .types = TYPE_INTEGER,
	 .allowed = "0 or 1",
	 .decode = decode_ignore,
	 .schema = "\"minimum\": 0, \"maximum\": 1",
	 .doc = "1: the group runs only when nothing else wants the CPU: `cpu.idle`."},
	{.name = "cpus",
	 .types = TYPE_STRING,
	 .allowed = "a list such as \"0-3,6\"",
	 .decode = decode_ignore,
	 .schema = "\"pattern\": \"^[^\\\\u0000-\\\\u001f\\\\u007f]*$\"",
	 .doc = "CPUs that the group may use: `cpuset.cpus`."},
	{.name = "mems",
	 .types = TYPE_STRING,
	 .allowed = "a list such as \"0\"",
	 .decode = decode_ignore,
	 .schema = "\"pattern\": \"^[^\\\\u0000-\\\\u001f\\\\u007f]*$\"",
	 .doc = "Memory nodes that the group may use: `cpuset.mems`."},
	{0},
};

static const struct foreign_key cpu_foreign[] = {
	{"realtimeRuntime", "cgroup v2 has no real-time quota"},
	{"realtimePeriod", "cgroup v2 has no real-time quota"},
	{0},
};

static const struct key huge_page_keys[] = {
	{.name = "pageSize",
	 .types = TYPE_STRING,
	 .allowed = "a size such as \"2MB\"",
	 .decode = decode_ignore,
	 .schema = "\"pattern\": \"^[A-Za-z0-9_-]+$\"",
	 .doc = "The size of a huge page as the kernel names it: SIZE of `hugetlb.SIZE.max`."},
	{.name = "limit",
	 .types = TYPE_INTEGER,
	 .allowed = "a number of bytes, or -1 for no limit",
	 .decode = decode_ignore,
	 .schema = SCHEMA_FROM(-1),
	 .doc = "Bytes of huge pages of that size: `hugetlb.SIZE.max`."},
	{0},
};

static const struct key huge_page_entry = {
	.types = TYPE_OBJECT,
	.allowed = "an object such as {\"pageSize\": \"2MB\", \"limit\": 209715200}",
	.members = huge_page_keys,
	.schema = "\"required\": [\"pageSize\", \"limit\"]",
};

const struct key resources_keys[] = {
	{.name = "unified",
	 .types = TYPE_OBJECT,
	 .allowed = "an object of cgroup v2 files and their values",
	 .decode = decode_unified,
	 .entry = &unified_entry,
	 .schema = "\"maxProperties\": 256",
	 .doc = "cgroup v2 files and the values that siplaunch writes into them, as in OCI. Without "
		"`cgroup.path` it writes nothing: it compares them with those of the existing group."},
	{.name = "memory",
	 .types = TYPE_OBJECT,
	 .allowed = "an object such as {\"limit\": 536870912}",
	 .decode = decode_oci_memory,
	 .members = memory_keys,
	 .foreign = memory_foreign,
	 .doc = "OCI's memory limits."},
	{.name = "pids",
	 .types = TYPE_OBJECT,
	 .allowed = "an object such as {\"limit\": 200}",
	 .decode = decode_oci_pids,
	 .members = pids_keys,
	 .doc = "OCI's limit of processes."},
	{.name = "cpu",
	 .types = TYPE_OBJECT,
	 .allowed = "an object such as {\"quota\": 200000, \"period\": 100000}",
	 .decode = decode_oci_cpu,
	 .members = cpu_keys,
	 .foreign = cpu_foreign,
	 .doc = "OCI's CPU limits."},
	{.name = "hugepageLimits",
	 .types = TYPE_ARRAY,
	 .allowed = "an array of objects with \"pageSize\" and \"limit\"",
	 .decode = decode_oci_huge_pages,
	 .entry = &huge_page_entry,
	 .doc = "OCI's limits of huge pages, one object for each page size."},
	{0},
};

const struct foreign_key resources_foreign[] = {
	{"blockIO", "cgroup v2 names: \"unified\": {\"io.weight\": …, \"io.max\": …}"},
	{"rdma", "cgroup v2 names: \"unified\": {\"rdma.max\": \"mlx4_0 hca_handle=2\"}"},
	{"devices", "siplaunch filters no devices: the router's user and its capabilities decide"},
	{"network", "cgroup v2 has no classes and priorities of packets"},
	{0},
};

static const struct key rlimit_keys[] = {
	{.name = "type",
	 .types = ALL_TYPES,
	 .decode = decode_ignore,
	 .doc = "Which limit: a name of setrlimit(2)."},
	{.name = "soft",
	 .types = ALL_TYPES,
	 .decode = decode_ignore,
	 .doc = "The limit that holds: a number in the unit of its type, or `max` for no limit. Sizes also "
		"take `KiB`, `MiB` and `GiB`. Without it the soft limit stays as it is."},
	{.name = "hard",
	 .types = ALL_TYPES,
	 .decode = decode_ignore,
	 .doc = "What the router may raise the soft limit to, in the same form. Without it the hard limit "
		"stays as it is."},
	{0},
};

const struct key rlimit_entry = {
	.types = TYPE_OBJECT,
	.allowed = "an object such as {\"type\": \"RLIMIT_NOFILE\", \"soft\": 65536, \"hard\": 65536}",
	.members = rlimit_keys,
};
