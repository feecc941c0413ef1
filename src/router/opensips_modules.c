/* SPDX-License-Identifier: MIT */
/*
 * Which processes OpenSIPS's modules ask for: the proc_export_t table of each (2.4, 3.1, 3.4, 3.6, 4.0), what
 * its mod_init makes of it, and what it forks besides.
 */
#include "base/alloc.h"
#include "router/opensips_config.h"

/* Without a notification socket neither module has a process, except rtpproxy since 4.0. */
static uint64_t count_rtpproxy(const struct module_set *modules)
{
	if (modules_text(modules, "rtpproxy", "rtpp_notify_socket", "")[0])
		return 1;
	if (modules->generation != 2)
		estimate_uncertain_by(modules->estimate, (struct place_in_config){0}, 0, 1,
				      "module rtpproxy: OpenSIPS 4 starts a process for it also without "
				      "rtpp_notify_socket");
	return 0;
}

static uint64_t count_rtpengine(const struct module_set *modules)
{
	return modules_text(modules, "rtpengine", "notification_sock", "")[0] != '\0';
}

/* 2.x has a process for it. */
static uint64_t count_event_route(const struct module_set *modules)
{
	if (!modules->generation)
		estimate_uncertain_by(modules->estimate, (struct place_in_config){0}, 0, 1,
				      "module event_route: OpenSIPS 2 starts a process for it");
	return modules->generation == 2;
}

/* It forks a manager, which forks the workers (jabber.c); none of them is in the process table. */
static uint64_t count_jabber(const struct module_set *modules)
{
	int64_t workers = modules_number(modules, "jabber", "workers", 2);
	return 1 + (workers > 0 ? (uint64_t)workers : 0);
}

/* 2.x: "Nokia[d=/dev/ttyS1;…]; Siemens[…]": a process for each. */
static uint64_t count_sms(const struct module_set *modules)
{
	uint64_t modems = 0;
	for (const char *at = modules_text(modules, "sms", "modems", ""); *at; at++)
		modems += *at == '[';
	return modems;
}

static uint64_t count_rabbitmq_consumer(const struct module_set *modules)
{
	return modules_count(modules, "rabbitmq_consumer", "connection_id");
}

static uint64_t count_sipcapture(const struct module_set *modules)
{
	int64_t children = modules_number(modules, "sipcapture", "raw_sock_children", 1);
	if (!modules_number(modules, "sipcapture", "raw_ipip_capture_on", 0) &&
	    !modules_number(modules, "sipcapture", "raw_monitoring_capture_on", 0))
		return 0;
	return children > 0 ? (uint64_t)children : 0;
}

static const struct module_rule rules[] = {
	{.module = "aaa_diameter", .fixed = 1},
	{.module = "cpl_c", .fixed = 1},
	{.module = "event_jsonrpc", .fixed = 1},
	{.module = "event_kafka", .fixed = 1},
	{.module = "event_rabbitmq", .fixed = 1},
	{.module = "event_route", .count = count_event_route},
	{.module = "event_sqs", .fixed = 1},
	{.module = "event_stream", .fixed = 1},
	{.module = "event_xmlrpc", .fixed = 1},
	{.module = "freeswitch", .fixed = 1},
	{.module = "http2d", .fixed = 1},
	{.module = "httpd", .fixed = 1},
	{.module = "jabber", .count = count_jabber},
	{.module = "janus", .fixed = 1},
	{.module = "mi_datagram", .parameter = "children_count", .otherwise = 1},
	{.module = "mi_fifo", .fixed = 1},
	{.module = "rabbitmq_consumer", .count = count_rabbitmq_consumer},
	{.module = "rtp.io", .fixed = 1},
	{.module = "rtpengine", .count = count_rtpengine},
	{.module = "rtpproxy", .count = count_rtpproxy},
	{.module = "seas",
	 .fixed = 1,
	 .finding = "it forks a process for each application server that connects",
	 .more = ANY_NUMBER},
	{.module = "sipcapture", .count = count_sipcapture},
	{.module = "sms", .count = count_sms},
	{.module = "sngtc", .fixed = 1},
	{.module = "snmpstats", .fixed = 1},
	{.module = "sockets_mgm", .parameter = "processes", .otherwise = 8},
	{.module = "stun", .fixed = 1},
	{.module = "xmpp", .fixed = 1},
};

/* clang-format off */
static const char *const silent[] = {
	"aaa_radius", "acc", "aka_av_diameter", "alias_db", "auth", "auth_aaa", "auth_aka", "auth_db",
	"auth_jwt", "auth_web3", "avpops", "b2b_entities", "b2b_logic", "b2b_logic_xml",
	"b2b_sca", "b2b_sdp_demux", "benchmark",
	"cachedb_cassandra", "cachedb_couchbase", "cachedb_dynamodb", "cachedb_local", "cachedb_memcached",
	"cachedb_mongodb", "cachedb_redis", "cachedb_sql", "call_center", "call_control", "callops",
	"carrierroute", "cfgutils", "cgrates", "closeddial", "clusterer", "compression", "config",
	"db_berkeley", "db_cachedb", "db_flatstore", "db_http", "db_mysql", "db_oracle", "db_perlvdb",
	"db_postgres", "db_sqlite", "db_text", "db_unixodbc", "db_virtual", "dialog", "dialplan",
	"dispatcher", "diversion", "dns_cache", "domain", "domainpolicy", "drouting", "emergency", "enum",
	"event_datagram", "event_flatstore", "event_routing", "event_virtual", "example", "exec", "fraud_detection",
	"freeswitch_scripting",
	"gflags", "group", "h350", "identity", "imc", "json", "jsonrpc", "launch_darkly", "ldap", "load_balancer", "lua",
	"mangler", "mathops", "maxfwd", "media_exchange", "mediaproxy", "mi_html", "mi_http", "mi_json", "mi_script",
	"mi_xmlrpc", "mi_xmlrpc_ng", "mid_registrar", "mmgeoip", "mqueue", "msilo", "msrp_gateway", "msrp_relay",
	"msrp_ua", "nat_traversal", "nathelper", "opentelemetry", "options", "osp", "path", "peering",
	"perl", "permissions", "pi_http", "pike", "presence", "presence_callinfo", "presence_dfks",
	"presence_dialoginfo", "presence_mwi", "presence_reginfo", "presence_xcapdiff", "presence_xml",
	"prometheus", "proto_bin", "proto_bins", "proto_hep", "proto_ipsec", "proto_msrp", "proto_sctp", "proto_smpp",
	"proto_tcp", "proto_tls", "proto_udp", "proto_ws", "proto_wss", "pua", "pua_bla", "pua_dialoginfo",
	"pua_mi", "pua_reginfo", "pua_usrloc", "pua_xmpp", "python", "qos", "qrouting", "rabbitmq",
	"rate_cacher", "ratelimit", "regex", "registrar", "rest_client", "rls", "rr", "rtp_relay",
	"script_helper", "signaling", "sip_i", "sipmsgops", "siprec", "siptrace", "sl", "speeddial",
	"sql_cacher", "sqlops", "sst", "statistics", "status_report", "stir_shaken", "tcp_mgm", "textops",
	"tls_mgm", "tls_openssl", "tls_wolfssl", "tm", "topology_hiding", "tracer", "trie", "uac",
	"uac_auth", "uac_redirect", "uac_registrant", "uri", "userblacklist", "usrloc", "uuid", "xcap",
	"xcap_client", "xml",
	NULL,
};
/* clang-format on */

/* The parameters of 2.4 to 4.0. */
static const struct module_parameter_name known[] = {
	{"enum", "i_enum_suffix"},           {"jabber", "workers"},        {"mi_datagram", "children_count"},
	{"sipcapture", "raw_sock_children"}, {"sockets_mgm", "processes"},
};

const struct module_table opensips_modules = {
	.rules = rules,
	.rule_count = ARRAY_SIZE(rules),
	.silent = silent,
	.known = known,
	.known_count = ARRAY_SIZE(known),
};
