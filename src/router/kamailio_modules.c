/* SPDX-License-Identifier: MIT */
/*
 * Which processes Kamailio's modules fork, from every fork_process, fork_*_timer and register_procs of its
 * source (5.6.3; the modules that came later are marked).
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/cdp_file.h"
#include "router/kamailio_config.h"

static uint64_t at_least_zero(int64_t number)
{
	return number > 0 ? (uint64_t)number : 0;
}

static uint64_t count_async(const struct module_set *modules)
{
	int64_t workers = modules_number(modules, "async", "workers", 1);
	if (workers <= 0)
		return 0;
	bool fine_timer = modules_number(modules, "async", "ms_timer", 0) > 0;
	return (uint64_t)workers + fine_timer;
}

/* The workers and peers in its file. The fixed ones are the receiver of unknown peers, the acceptor and the
 * timer. */
static uint64_t count_cdp(const struct module_set *modules)
{
	const char *path = modules_text(modules, "cdp", "config_file", "DiameterPeer.xml");
	cleanup_error struct error error = {0};
	struct cdp_file file;

	if (cdp_file_read(&modules->paths, path, &file, &error) == 0)
		return file.workers + file.peers;
	cleanup_free char *why = error_text(&error);
	estimate_uncertain_by(modules->estimate, (struct place_in_config){0}, 0, ANY_NUMBER,
			      "module cdp: its file has the number of workers and peers: %s", why);
	return 0;
}

static uint64_t count_cnxcc(const struct module_set *modules)
{
	return modules_text(modules, "cnxcc", "redis", "")[0] != '\0';
}

static uint64_t count_dialog(const struct module_set *modules)
{
	uint64_t processes = modules_number(modules, "dialog", "timer_procs", 0) > 0;
	if (modules_number(modules, "dialog", "ka_timer", 0) > 0 &&
	    modules_number(modules, "dialog", "ka_interval", 0) > 0)
		processes++;
	return processes;
}

/* "name=>size=8;autoexpire=30;": only tables that expire need the timers. */
static uint64_t count_htable(const struct module_set *modules)
{
	const struct module_parameter *table;
	size_t position = 0;
	while ((table = modules_each(modules, "htable", "htable", &position))) {
		const char *attributes = table->text ? strstr(table->text, "=>") : NULL;
		if (attributes && attribute_number(attributes + 2, "autoexpire", 0) > 0)
			return at_least_zero(modules_number(modules, "htable", "timer_procs", 0));
	}
	return 0;
}

/* "transport" is a set of bits: 2 FIFO, 4 datagram socket; 0 stands for all that can be set up. */
static uint64_t count_jsonrpcs(const struct module_set *modules)
{
	int64_t transport = modules_number(modules, "jsonrpcs", "transport", 6);
	uint64_t processes = 0;
	if ((transport == 0 || transport & 2) && modules_text(modules, "jsonrpcs", "fifo_name", "fifo")[0])
		processes++;
	if ((transport == 0 || transport & 4) && modules_text(modules, "jsonrpcs", "dgram_socket", "sock")[0])
		processes += at_least_zero(modules_number(modules, "jsonrpcs", "dgram_workers", 1));
	/* 5.7 */
	if ((transport == 0 || transport & 8) && modules_text(modules, "jsonrpcs", "tcp_socket", "")[0])
		processes++;
	return processes;
}

/* "zone=east;amqp://…": a server of another zone than the primary one has a single consumer. */
static bool in_primary_zone(const struct module_set *modules, const char *connection)
{
	const char *primary = modules_text(modules, "kazoo", "amqp_primary_zone", "local");
	if (strncmp(connection, "zone=", 5) != 0)
		return true;
	size_t length = strcspn(connection + 5, ";");
	return strlen(primary) == length && strncmp(connection + 5, primary, length) == 0;
}

/* Workers, and consumers for each server; without a server, for the local one. The publisher is the fixed
 * process. */
static uint64_t count_kazoo(const struct module_set *modules)
{
	uint64_t consumers = at_least_zero(modules_number(modules, "kazoo", "amqp_consumer_processes", 1));
	const struct module_parameter *connection;
	size_t position = 0, connections = 0;
	uint64_t processes = 0;

	while ((connection = modules_each(modules, "kazoo", "amqp_connection", &position))) {
		connections++;
		processes += !connection->text || in_primary_zone(modules, connection->text) ? consumers : 1;
	}
	return connections ? processes : consumers;
}

static uint64_t count_msrp(const struct module_set *modules)
{
	return modules_number(modules, "msrp", "cmap_size", 0) > 0;
}

static uint64_t count_nathelper(const struct module_set *modules)
{
	if (modules_number(modules, "nathelper", "natping_interval", 0) <= 0)
		return 0;
	return at_least_zero(modules_number(modules, "nathelper", "natping_processes", 1));
}

static uint64_t count_nats(const struct module_set *modules)
{
	return modules_count(modules, "nats", "subject_queue_group");
}

static uint64_t count_nsq(const struct module_set *modules)
{
	uint64_t topics = modules_count(modules, "nsq", "topic_channel");
	return at_least_zero(modules_number(modules, "nsq", "consumer_workers", 4)) * (topics ? topics : 1);
}

/* Without a database the module is only a library for other modules, unless it keeps its records in
 * memory. */
static uint64_t count_presence(const struct module_set *modules)
{
	bool in_memory = modules_number(modules, "presence", "publ_cache", 1) == 2;
	bool database = modules_text(modules, "presence", "db_url", "")[0] != '\0';
	bool database_only = modules_number(modules, "presence", "subs_db_mode", 2) == 3;

	if (!database_only || (!in_memory && !database))
		return 0;
	return at_least_zero(modules_number(modules, "presence", "notifier_processes", 1));
}

static uint64_t count_p_usrloc(const struct module_set *modules)
{
	return modules_number(modules, "p_usrloc", "write_on_master_db", 0) != 0;
}

static uint64_t count_ims_registrar_pcscf(const struct module_set *modules)
{
	return modules_number(modules, "ims_registrar_pcscf", "subscribe_to_reginfo", 0) == 1;
}

static uint64_t count_rls(const struct module_set *modules)
{
	if (modules_number(modules, "rls", "db_mode", 0) != 2)
		return 0;
	int64_t number = modules_number(modules, "rls", "notifier_processes", 1);
	return number > 0 ? (uint64_t)number : 1;
}

/* 6.1: "name=a;nworkers=2;"; the default applies to the timers after it, but this counts it for all. */
static uint64_t count_ptimer(const struct module_set *modules)
{
	int64_t otherwise = modules_number(modules, "ptimer", "default_nworkers", 1);
	const struct module_parameter *timer;
	size_t position = 0;
	uint64_t processes = 0;

	while ((timer = modules_each(modules, "ptimer", "timer", &position)))
		processes += at_least_zero(timer->text ? attribute_number(timer->text, "nworkers", otherwise)
						       : otherwise);
	return processes;
}

/* From 5.8 on: a process that receives DTMF events. */
static uint64_t count_rtpengine(const struct module_set *modules)
{
	return modules_text(modules, "rtpengine", "dtmf_events_sock", "")[0] != '\0';
}

/* "name=a;interval=10u;mode=2;": mode is the number of processes; 1 if the interval is in microseconds. */
static uint64_t count_rtimer(const struct module_set *modules)
{
	const struct module_parameter *timer;
	size_t position = 0;
	uint64_t processes = 0;

	while ((timer = modules_each(modules, "rtimer", "timer", &position))) {
		if (!timer->text)
			continue;
		const char *interval = strcasestr(timer->text, "interval=");
		const char *unit = interval ? interval + strcspn(interval, ";uU") : "";
		int64_t mode = attribute_number(timer->text, "mode", 0);
		processes += mode == 0 && (*unit == 'u' || *unit == 'U') ? 1 : at_least_zero(mode);
	}
	return processes;
}

static uint64_t count_evrexec(const struct module_set *modules)
{
	const struct module_parameter *task;
	size_t position = 0;
	uint64_t processes = 0;

	while ((task = modules_each(modules, "evrexec", "exec", &position))) {
		int64_t workers = task->text ? attribute_number(task->text, "workers", 1) : 1;
		bool socket = task->text && strcasestr(task->text, "sockaddr=");
		processes += socket || workers <= 0 ? 1 : (uint64_t)workers;
	}
	return processes;
}

static uint64_t count_sipcapture(const struct module_set *modules)
{
	if (!modules_number(modules, "sipcapture", "raw_ipip_capture_on", 0) &&
	    !modules_number(modules, "sipcapture", "raw_moni_capture_on", 0))
		return 0;
	return at_least_zero(modules_number(modules, "sipcapture", "raw_sock_children", 1));
}

static uint64_t count_sipdump(const struct module_set *modules)
{
	return (modules_number(modules, "sipdump", "mode", 1) & (1 | 4)) != 0;
}

/* "Nokia[d=/dev/ttyS1;…]; Siemens[d=/dev/ttyS2;…]": a process for each. */
static uint64_t count_sms(const struct module_set *modules)
{
	uint64_t modems = 0;
	for (const char *at = modules_text(modules, "sms", "modems", ""); *at; at++)
		modems += *at == '[';
	return modems;
}

static uint64_t count_uac(const struct module_set *modules)
{
	return modules_text(modules, "uac", "reg_db_url", "")[0] != '\0';
}

static uint64_t count_websocket(const struct module_set *modules)
{
	if (modules_number(modules, "websocket", "keepalive_mechanism", 1) == 0)
		return 0;
	int64_t processes = modules_number(modules, "websocket", "keepalive_processes", 1);
	return processes < 1 || processes > 16 ? 1 : (uint64_t)processes;
}

static const struct module_rule rules[] = {
	{.module = "async", .count = count_async},
	{.module = "cdp", .fixed = 3, .count = count_cdp},
	{.module = "cnxcc", .fixed = 2, .count = count_cnxcc},
	{.module = "cplc", .fixed = 1},
	{.module = "ctl", .fixed = 1},
	{.module = "dialog", .fixed = 1, .count = count_dialog},
	{.module = "dmq", .parameter = "num_workers", .otherwise = 2},
	{.module = "erlang", .parameter = "no_cnodes", .otherwise = 1},
	{.module = "evapi", .fixed = 1, .parameter = "workers", .otherwise = 1},
	{.module = "evrexec", .count = count_evrexec},
	{.module = "file_out", .fixed = 1}, /* 6.0 */
	{.module = "htable", .count = count_htable},
	{.module = "http_async_client", .parameter = "workers", .otherwise = 1},
	{.module = "ims_qos", .fixed = 1},
	{.module = "ims_qos_npn", .fixed = 1}, /* 6.0 */
	{.module = "ims_registrar_pcscf", .count = count_ims_registrar_pcscf},
	{.module = "ims_registrar_scscf", .parameter = "notification_processes", .otherwise = 4},
	{.module = "ims_usrloc_scscf", .parameter = "timer_procs"},
	{.module = "janssonrpcc", .fixed = 2},
	{.module = "jsonrpcc", .fixed = 1},
	{.module = "jsonrpcs", .count = count_jsonrpcs},
	{.module = "kazoo",
	 .fixed = 1,
	 .parameter = "amqp_consumer_workers",
	 .otherwise = 8,
	 .count = count_kazoo},
	{.module = "microhttpd", .fixed = 1}, /* 5.8 */
	{.module = "mqtt", .fixed = 1},
	{.module = "msrp", .count = count_msrp},
	{.module = "nat_traversal", .fixed = 1},
	{.module = "nathelper", .count = count_nathelper},
	{.module = "nats", .parameter = "num_publish_workers", .otherwise = 2, .count = count_nats},
	{.module = "nghttp2", .fixed = 1}, /* 5.7 */
	{.module = "nsq", .count = count_nsq},
	{.module = "p_usrloc", .count = count_p_usrloc},
	{.module = "presence", .count = count_presence},
	{.module = "ptimer", .count = count_ptimer}, /* 6.1 */
	{.module = "rls", .count = count_rls},
	{.module = "rtimer", .count = count_rtimer},
	{.module = "rtp_media_server", .fixed = 1},
	{.module = "rtpengine", .count = count_rtpengine},
	{.module = "sca", .fixed = 1},
	{.module = "seas",
	 .fixed = 1,
	 .finding = "it forks a process for each application server that connects",
	 .more = ANY_NUMBER},
	{.module = "sipcapture", .count = count_sipcapture},
	{.module = "sipdump", .count = count_sipdump},
	{.module = "siprepo", .parameter = "timer_procs", .otherwise = 1},
	{.module = "sms", .count = count_sms},
	{.module = "snmpstats", .fixed = 1},
	{.module = "uac", .count = count_uac},
	{.module = "usrloc", .parameter = "timer_procs"},
	{.module = "websocket", .fixed = 1, .count = count_websocket},
	{.module = "xmpp", .fixed = 1},
};

/* clang-format off */
static const char *const silent[] = {
	"acc", "acc_diameter", "acc_json", "acc_radius", "alias_db", "app_java", "app_jsdt", "app_lua",
	"app_lua_sr", "app_mono", "app_perl", "app_python", "app_python3", "app_python3s", "app_ruby",
	"app_ruby_proc", "app_sqlang",
	"auth", "auth_arnacon", "auth_db", "auth_diameter", "auth_ephemeral", "auth_identity", "auth_radius", "auth_web3", "auth_xkeys",
	"avp", "avpops", "benchmark", "blst", "call_control", "call_obj", "carrierroute", "cdp_avp",
	"cfg_db", "cfg_rpc", "cfgt", "cfgutils", "corex", "counters", "crypto", "db2_ldap", "db2_ops",
	"db_berkeley", "db_cassandra", "db_cluster", "db_flatstore", "db_mongodb", "db_mysql", "db_oracle",
	"db_perlvdb", "db_postgres", "db_redis", "db_sqlite", "db_text", "db_unixodbc", "debugger",
	"dialplan", "dispatcher", "diversion", "dlgs", "dmq_usrloc", "dnssec", "domain", "domainpolicy",
	"drouting", "enum", "exec", "gcrypt", "geoip", "geoip2", "group", "gzcompress", "h350",
	"http_client", "imc", "ims_auth", "ims_charging", "ims_dialog", "ims_diameter_server", "ims_icscf",
	"ims_ipsec_pcscf", "ims_isc", "ims_ocs", "ims_usrloc_pcscf", "influxdbc", "ipops", "jansson",
	"json", "jwt", "kafka", "keepalive", "kemix", "kex", "lcr", "ldap", "log_custom", "log_systemd",
	"lost", "lrkproxy", "lwsc", "malloc_test", "mangler", "math", "matrix", "maxfwd", "mediaproxy", "memcached",
	"misc_radius", "misctest", "mohqueue", "mqueue", "msilo", "mtree", "ndb_cassandra", "ndb_mongodb",
	"ndb_redis", "nosip", "osp", "outbound", "path", "pdb", "pdt", "peering", "peerstate",
	"permissions", "phonenum", "pike", "pipelimit", "posops", "prefix_route", "presence_conference",
	"presence_dfks",
	"presence_dialoginfo", "presence_mwi", "presence_profile", "presence_reginfo", "presence_xml",
	"print", "print_lib", "pua", "pua_bla", "pua_dialoginfo", "pua_json", "pua_reginfo", "pua_rpc",
	"pua_usrloc", "pua_xmpp", "pv", "pv_headers", "pvtpl", "qos", "rabbitmq", "ratelimit", "regex",
	"registrar", "rr", "rtjson", "rtpproxy", "ruxc", "sanity", "sctp", "sdpops",
	"secfilter", "secsipid", "secsipid_proc", "sipjson", "sipt", "siptrace", "siputils", "sl", "slack",
	"smsops", "speeddial", "sqlops", "ss7ops", "sst", "statistics", "statsc", "statsd", "stirshaken",
	"stun", "sworker", "systemdops", "tcpops", "textops", "textopsx", "timer", "tls", "tls_wolfssl", "tlsa", "tm",
	"tmrec", "tmx", "topoh", "topos", "topos_htable", "topos_redis", "tsilo", "uac_redirect",
	"uid_auth_db", "uid_avp_db", "uid_domain", "uid_gflags", "uid_uri_db", "uri_db", "userblacklist", "userblocklist",
	"utils", "uuid", "xcap_client", "xcap_server", "xhttp", "xhttp_pi", "xhttp_prom", "xhttp_rpc",
	"xlog", "xmlops", "xmlrpc", "xprint",
	NULL,
};
/* clang-format on */

/* The parameters of 5.4 to 6.1. */
static const struct module_parameter_name known[] = {
	{"async", "workers"},
	{"dialog", "timer_procs"},
	{"dmq", "num_workers"},
	{"enum", "i_enum_suffix"},
	{"evapi", "workers"},
	{"htable", "timer_procs"},
	{"http_async_client", "workers"},
	{"ims_registrar_scscf", "notification_processes"},
	{"ims_usrloc_scscf", "timer_procs"},
	{"jsonrpcs", "dgram_workers"},
	{"kazoo", "amqp_consumer_processes"},
	{"kazoo", "amqp_consumer_workers"},
	{"nathelper", "natping_processes"},
	{"nats", "num_publish_workers"},
	{"nsq", "consumer_workers"},
	{"p_usrloc", "num_column"},
	{"presence", "notifier_processes"},
	{"ptimer", "default_nworkers"},
	{"rls", "notifier_processes"},
	{"sipcapture", "raw_sock_children"},
	{"siprepo", "timer_procs"},
	{"usrloc", "timer_procs"},
	{"websocket", "keepalive_processes"},
};

const struct module_table kamailio_modules = {
	.rules = rules,
	.rule_count = ARRAY_SIZE(rules),
	.silent = silent,
	.known = known,
	.known_count = ARRAY_SIZE(known),
};
