/* SPDX-License-Identifier: MIT */
/* Keys of the memory budget. */
#include "profile/keys.h"

#define PROCESSES_MAX    4194304    /* PID_MAX_LIMIT, include/linux/threads.h */
#define CONNECTIONS_MAX  2147483584 /* the greatest fs.nr_open, fs/file.c: sysctl_nr_open_max */
#define TEXT_MAX         65535      /* BUF_SIZE of both routers: no message is longer */
#define OBJECTS_MAX      1000000000000
#define OBJECT_BYTES_MAX 1073741824

#define WORKLOAD(NAME, MEMBER, MIN, MAX, DOC) \
	NUMBER(NAME, decode_count, sizing.workload.MEMBER, MIN, MAX, DOC)

static const struct key workload_keys[] = {
	WORKLOAD("registrations", registrations, 0, OBJECTS_MAX, "Contacts that are registered at a time."),
	WORKLOAD(
		"dialogs", dialogs, 0, OBJECTS_MAX,
		"Calls that are up at a time, ringing ones included, where the configuration keeps dialogs. "
		"OpenSIPS keeps a dialog for 5 s after its call, with the transaction of the BYE: with short "
		"calls add 5 times `callsPerSecond`."),
	WORKLOAD("callsPerSecond", calls_per_second, 0, 1000000000,
		 "New calls in a second. Each has an INVITE transaction for `transactionSeconds` and a BYE "
		 "transaction for 5 seconds."),
	WORKLOAD("transactionSeconds", transaction_seconds, 1, 86400,
		 "How long the router keeps the INVITE transaction of a call, on average: the ringing, and "
		 "after the answer tm's `wt_timer` of 5 seconds. 15 by default."),
	WORKLOAD("tcpConnections", tcp_connections, 0, CONNECTIONS_MAX,
		 "TCP connections without TLS that are open at a time. They take room in the shared pool. "
		 "Together with `tlsConnections` they are C of the budget where `sizing.connections` is not "
		 "given."),
	WORKLOAD("tlsConnections", tls_connections, 0, CONNECTIONS_MAX,
		 "Connections with TLS (SIP over TLS, secure WebSocket) that are open at a time, in addition "
		 "to `tcpConnections`. Where it is not given and the router has a TLS socket, the budget "
		 "assumes that each connection uses TLS."),
	WORKLOAD(
		"aorBytes", aor_bytes, 1, TEXT_MAX,
		"Bytes of a registration's address of record as the router keeps it, which is the user part "
		"alone unless usrloc has `use_domain`. 50 by default. The router copies each text of a "
		"registration into the shared pool, in a block that it rounds up to 8 bytes and that has 104 "
		"(Kamailio 5.6) or 56 bytes (OpenSIPS) besides; Kamailio 6.0 rounds up to 16 and adds 112. "
		"The defaults are those of a desk phone behind NAT, whose registration takes 1592 bytes in "
		"Kamailio 5.6 and 1712 in 6.0."),
	WORKLOAD("contactBytes", contact_bytes, 1, TEXT_MAX,
		 "Bytes of a registration's contact URI with its parameters. 100 by default."),
	WORKLOAD("callIdBytes", call_id_bytes, 1, TEXT_MAX,
		 "Bytes of a registration's Call-ID. 36 by default."),
	WORKLOAD("userAgentBytes", user_agent_bytes, 0, TEXT_MAX,
		 "Bytes of a phone's User-Agent. 45 by default."),
	WORKLOAD("instanceBytes", instance_bytes, 0, TEXT_MAX,
		 "Bytes of a phone's `+sip.instance`; 0 where it sends none. 47 by default."),
	WORKLOAD("receivedBytes", received_bytes, 0, TEXT_MAX,
		 "Bytes of the URI that the request came from, which the configuration keeps for phones "
		 "behind NAT; 0 where it keeps none. 22 by default."),
	WORKLOAD("pathBytes", path_bytes, 0, TEXT_MAX,
		 "Bytes of a registration's Path, where the configuration keeps it. 0 by default."),
	{0},
};

#define MEASURED(NAME, MEMBER, MAX, DOC)                                              \
	{                                                                             \
		.name = NAME, .types = TYPE_INTEGER, .decode = decode_count,          \
		.field = FIELD(sizing.measured.MEMBER), .minimum = 1, .maximum = MAX, \
		.allowed = "a number of bytes from 1 to " DIGITS(MAX), .doc = DOC     \
	}

static const struct key measured_keys[] = {
	MEASURED("start", start, 281474976710656,
		 "Bytes that the shared pool holds without registrations, dialogs and transactions."),
	MEASURED("registration", registration, OBJECT_BYTES_MAX,
		 "Bytes of the shared pool that one registered contact takes."),
	MEASURED("dialog", dialog, OBJECT_BYTES_MAX, "Bytes of the shared pool that one dialog takes."),
	MEASURED("transaction", transaction, OBJECT_BYTES_MAX,
		 "Bytes of the shared pool that one transaction takes, whatever its request."),
	{.name = "on",
	 .types = TYPE_STRING,
	 .allowed = "a date such as \"2026-11-26\"",
	 .decode = decode_date,
	 .field = FIELD(sizing.measured.on),
	 .schema = "\"pattern\": \"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$\"",
	 .doc = "The day of the measurement."},
	{.name = "version",
	 .types = TYPE_STRING,
	 .allowed = "the version that the router reports, a line of text",
	 .decode = decode_text,
	 .field = FIELD(sizing.measured.version),
	 .schema = SCHEMA_LINE,
	 .doc = "The version of the measured router."},
	{0},
};

const struct key sizing_keys[] = {
	{.name = "memory",
	 .types = SIZE_TYPES,
	 .allowed = "a size such as \"4GiB\", a percentage such as \"75%\", or \"auto\"",
	 .decode = decode_size,
	 .field = FIELD(sizing.memory),
	 .size_takes = SIZE_TAKES_PERCENT,
	 .doc = "All the memory that the router may have (L). A percentage is one of the visible limit. "
		"`auto`, the default, is the visible limit; where none is visible, 75 % of the machine's "
		"memory."},
	{.name = "processes",
	 .types = SIZE_TYPES,
	 .allowed = "a number from 1 to " DIGITS(PROCESSES_MAX) ", or \"auto\"",
	 .decode = decode_count,
	 .field = FIELD(sizing.processes),
	 .minimum = 1,
	 .maximum = PROCESSES_MAX,
	 .doc = "How many processes the router runs (N). `auto`, the default, is counted from its "
		"configuration."},
	{.name = "shared",
	 .types = SIZE_TYPES,
	 .allowed = "a whole number of MiB such as \"512MiB\", a percentage such as \"50%\", or \"auto\"",
	 .decode = decode_size,
	 .field = FIELD(sizing.shared),
	 .size_takes = SIZE_TAKES_PERCENT | SIZE_TAKES_WHOLE_MIB,
	 .doc = "The shared pool, `-m` (S). `auto`, the default, is what the other terms leave. The "
		"command's own `-m` wins over this key."},
	{.name = "private",
	 .types = SIZE_TYPES,
	 .allowed = "a whole number of MiB such as \"16MiB\", or \"auto\"",
	 .decode = decode_size,
	 .field = FIELD(sizing.private_pool),
	 .size_takes = SIZE_TAKES_WHOLE_MIB,
	 .doc = "The private pool of one process, `-M` (M). `auto` is the default. The command's own `-M` "
		"wins over this key."},
	{.name = "reserve",
	 .types = SIZE_TYPES,
	 .allowed = "a size such as \"64MiB\", a percentage such as \"5%\", or \"auto\"",
	 .decode = decode_size,
	 .field = FIELD(sizing.reserve),
	 .size_takes = SIZE_TAKES_PERCENT | SIZE_TAKES_ZERO,
	 .doc = "What stays free (R). `auto`, the default, is 5 % of L, at least 32 MiB."},
	{.name = "perProcess",
	 .types = SIZE_TYPES,
	 .allowed = "a size such as \"500KiB\", or \"auto\"",
	 .decode = decode_size,
	 .field = FIELD(sizing.per_process),
	 .size_takes = SIZE_TAKES_ZERO,
	 .doc = "What a process takes besides its pools (p). `auto`, the default, was measured with the real "
		"router. It depends on the modules; a Python module doubles it."},
	{.name = "base",
	 .types = SIZE_TYPES,
	 .allowed = "a size such as \"24MiB\", or \"auto\"",
	 .decode = decode_size,
	 .field = FIELD(sizing.base),
	 .size_takes = SIZE_TAKES_ZERO,
	 .doc = "What the router takes once: code in use and its start-up heap (B). `auto`, the default, was "
		"measured with the real router."},
	{.name = "connections",
	 .types = SIZE_TYPES,
	 .allowed = "a number from 0 to " DIGITS(CONNECTIONS_MAX) ", or \"auto\"",
	 .decode = decode_count,
	 .field = FIELD(sizing.connections),
	 .maximum = CONNECTIONS_MAX,
	 .doc = "TCP and TLS connections that the budget counts (C). `auto`, the default, is the most that "
		"the configuration allows."},
	{.name = "otherPrograms",
	 .types = SIZE_TYPES,
	 .allowed = "a size such as \"200MiB\"",
	 .decode = decode_size,
	 .field = FIELD(sizing.programs),
	 .size_takes = SIZE_TAKES_ZERO,
	 .doc = "Memory for other programs in the router's group (P): scripts that it executes, a media "
		"proxy. `auto`, the default, is nothing."},
	{.name = "hugePages",
	 .types = TYPE_STRING,
	 .allowed = "\"auto\" or \"expected\"",
	 .decode = decode_choice,
	 .field = FIELD(sizing.huge_pages),
	 .choices = (const char *const[]){"auto", "expected", NULL},
	 .doc = "Whether the budget counts on transparent huge pages for the shared pool, for which "
		"each process pays next to no page tables. `auto`, the default, does not: the kernel "
		"gives them as long as it has some. `expected` does, where "
		"`/sys/kernel/mm/transparent_hugepage/shmem_enabled` is `always`, `within_size` or "
		"`force`; elsewhere it is a warning."},
	{.name = "workload",
	 .types = TYPE_OBJECT,
	 .allowed = "an object such as {\"registrations\": 100000, \"dialogs\": 5000}",
	 .decode = decode_object,
	 .members = workload_keys,
	 .doc = "The workload that the router must support. The plan shows what it needs of the pools. "
		"siplaunch refuses what does not fit (policy `workload`)."},
	{.name = "measured",
	 .types = TYPE_OBJECT,
	 .allowed = "an object such as {\"registration\": 1464, \"on\": \"2026-11-26\"}",
	 .decode = decode_object,
	 .members = measured_keys,
	 .doc = "What this router's own objects take of its shared pool, as `siplaunch advise` measured "
		"it. It has precedence over siplaunch's tables."},
	{0},
};
