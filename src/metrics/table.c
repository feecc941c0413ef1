/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "metrics/metrics.h"

#define PER_ROUTER "on(instance, router, cgroup, number)"

const struct metric metric_rows[METRIC_COUNT] = {
	[METRIC_BUILD_INFO] = {"siplaunch_build_info", true, "version",
			       "The version of siplaunch that wrote these metrics; always 1.",
			       "count by (version) (siplaunch_build_info)"},
	[METRIC_INSPECT_DURATION] = {"siplaunch_inspect_duration_seconds", true, NULL,
				     "How long siplaunch took to look at all routers.",
				     "siplaunch_inspect_duration_seconds > 5"},
	[METRIC_ROUTERS] = {"siplaunch_routers", true, NULL,
			    "Number of routers that run; 0 if no requested router runs.",
			    "siplaunch_routers == 0"},
	[METRIC_UP] = {"siplaunch_up", false, NULL,
		       "1 if siplaunch could look at the router, 0 if it could not.", "siplaunch_up == 0"},
	[METRIC_STATISTICS_UP] = {"siplaunch_statistics_up", false, NULL,
				  "1 if the router answered the query of its pools, 0 if it did not.",
				  "siplaunch_statistics_up == 0"},
	[METRIC_ROUTER_INFO] =
		{"siplaunch_router_info", false, "version, unit, profile, config",
		 "The version that the router reports, the systemd unit that it runs in, the profile that it "
		 "was compared with, and the configuration that its command names; always 1.",
		 "siplaunch_router_info{version!~\"kamailio 5.6.*\"}"},
	[METRIC_UPTIME] = {"siplaunch_uptime_seconds", false, NULL,
			   "Time since the router's first process started.",
			   "resets(siplaunch_uptime_seconds[1d])"},
	[METRIC_PROCESSES] = {"siplaunch_processes", false, NULL, "Number of the router's own processes.",
			      "siplaunch_processes > siplaunch_processes_planned"},
	[METRIC_PROCESSES_PLANNED] = {"siplaunch_processes_planned", false, NULL,
				      "Number of processes that the profile's memory budget counts.",
				      "siplaunch_processes_planned - siplaunch_processes"},
	[METRIC_DESCRIPTORS] = {"siplaunch_open_descriptors", false, NULL,
				"Open descriptors of the process that has the most.",
				"siplaunch_open_descriptors / siplaunch_open_descriptors_limit > 0.8"},
	[METRIC_DESCRIPTORS_LIMIT] = {"siplaunch_open_descriptors_limit", false, NULL,
				      "Soft RLIMIT_NOFILE of the router's first process.",
				      "siplaunch_open_descriptors_limit < 65536"},
	[METRIC_REQUESTS] = {"siplaunch_sip_requests_total", false, NULL,
			     "SIP requests that the router received since it started.",
			     "rate(siplaunch_sip_requests_total[5m])"},
	[METRIC_REPLIES] = {"siplaunch_sip_replies_total", false, NULL,
			    "SIP replies that the router received since it started.",
			    "rate(siplaunch_sip_replies_total[5m])"},
	[METRIC_REGISTRATIONS] = {"siplaunch_registrations", false, NULL,
				  "Contacts in the router's shared pool.",
				  "sum by (router) (siplaunch_registrations)"},
	[METRIC_DIALOGS] = {"siplaunch_dialogs", false, NULL,
			    "Dialogs in the router's shared pool, also those that ring.",
			    "max_over_time(siplaunch_dialogs[1d])"},
	[METRIC_TRANSACTIONS] = {"siplaunch_transactions", false, NULL,
				 "Transactions in the router's shared pool.",
				 "max_over_time(siplaunch_transactions[1d])"},
	[METRIC_MEMORY_LIMIT] = {"siplaunch_memory_limit_bytes", false, NULL,
				 "Memory limit in force for the router's group, also that of a group above; "
				 "+Inf without a limit.",
				 "siplaunch_memory_current_bytes / siplaunch_memory_limit_bytes"},
	[METRIC_MEMORY_HIGH] = {"siplaunch_memory_high_bytes", false, NULL,
				"memory.high in force for the router's group; +Inf without a limit.",
				"siplaunch_memory_current_bytes > siplaunch_memory_high_bytes"},
	[METRIC_MEMORY_CURRENT] = {"siplaunch_memory_current_bytes", false, NULL,
				   "Memory that the kernel charges to the router's group now.",
				   "siplaunch_memory_limit_bytes - siplaunch_memory_current_bytes"},
	[METRIC_MEMORY_PEAK] = {"siplaunch_memory_peak_bytes", false, NULL,
				"Maximum of siplaunch_memory_current_bytes since the group was created.",
				"siplaunch_memory_peak_bytes / siplaunch_memory_limit_bytes"},
	[METRIC_MEMORY_SWAP] = {"siplaunch_memory_swap_bytes", false, NULL,
				"Swap that the router's group uses.", "siplaunch_memory_swap_bytes > 0"},
	[METRIC_MEMORY_PART] = {"siplaunch_memory_bytes", false, "part, state",
				"Memory by part (shared, private, pageTables, kernel, sockets, files), as "
				"promised by the sizes of the pools, touched, and used.",
				"sum by (state) (siplaunch_memory_bytes)"},
	[METRIC_MEMORY_EVENTS] =
		{"siplaunch_memory_events_total", false, "event",
		 "Memory events of the router's group and of the groups below it (low, high, max, "
		 "oom, oom_kill, oom_group_kill), as memory.events counts them.",
		 "increase(siplaunch_memory_events_total{event=\"max\"}[10m])"},
	[METRIC_OOM_KILLS] = {"siplaunch_oom_kills_total", false, NULL,
			      "Processes of the router's group that the kernel's OOM killer killed.",
			      "increase(siplaunch_oom_kills_total[15m]) > 0"},
	[METRIC_MEMORY_PRESSURE] =
		{"siplaunch_memory_pressure_seconds_total", false, "kind",
		 "Time in which some or all (full) processes of the group waited for memory.",
		 "rate(siplaunch_memory_pressure_seconds_total{kind=\"full\"}[5m])"},
	[METRIC_SHARED_POOL_SIZE] = {"siplaunch_shared_pool_size_bytes", false, NULL,
				     "Size of the shared pool as the router reports it.",
				     "siplaunch_shared_pool_used_bytes / siplaunch_shared_pool_size_bytes"},
	[METRIC_SHARED_POOL_USED] = {"siplaunch_shared_pool_used_bytes", false, NULL,
				     "Used part of the shared pool, with the allocator's overhead.",
				     "predict_linear(siplaunch_shared_pool_used_bytes[1h], 4 * 3600)"},
	[METRIC_PRIVATE_POOL_SIZE] = {"siplaunch_private_pool_size_bytes", false, NULL,
				      "Size of the private pool that each process has.",
				      "siplaunch_processes * siplaunch_private_pool_size_bytes"},
	[METRIC_PRIVATE_POOL_USED] =
		{"siplaunch_private_pool_used_bytes", false, "process, statistic",
		 "Used part of the private pools of the processes with the same task, with the "
		 "allocator's overhead: statistic is median, p90 or max.",
		 "siplaunch_private_pool_used_bytes{statistic=\"max\"} / " PER_ROUTER
		 " group_left() siplaunch_private_pool_size_bytes"},
	[METRIC_PRIVATE_POOL_PROCESSES] =
		{"siplaunch_private_pool_processes", false, "process",
		 "Number of processes with the same task that reported a private pool.",
		 "sum by (process) (siplaunch_private_pool_processes)"},
	[METRIC_POOL] = {"siplaunch_pool_bytes", false, "pool, state",
			 "Pools by state (size, requested, used, max_used, free): the shared pool, and the "
			 "private pools of all processes together.",
			 "siplaunch_pool_bytes{pool=\"shared\", state=\"free\"}"},
	[METRIC_POOL_FRAGMENTS] =
		{"siplaunch_pool_fragments", false, "pool",
		 "Free pieces of the shared pool, and of the private pool that has the most.",
		 "deriv(siplaunch_pool_fragments{pool=\"shared\"}[1h])"},
	[METRIC_ALLOCATION_FAILURES] = {"siplaunch_pool_allocation_failures_total", false, NULL,
					"Allocations in its pools that failed, where the router counts them.",
					"increase(siplaunch_pool_allocation_failures_total[15m]) > 0"},
	[METRIC_MODULE_MEMORY] = {"siplaunch_module_memory_bytes", false, "module, pool",
				  "Memory of a module in the shared pool, and in the private pools of all "
				  "processes together, where the router reports it.",
				  "topk(5, siplaunch_module_memory_bytes{pool=\"shared\"})"},
	[METRIC_BUDGET] = {"siplaunch_budget_bytes", false, "term",
			   "Terms of the memory budget that the profile gives here; their sum is the limit.",
			   "sum without (term) (siplaunch_budget_bytes)"},
	[METRIC_DRIFT] = {"siplaunch_drift", false, "mechanism, setting",
			  "1 if the router differs from the profile in this setting, 0 if it agrees.",
			  "siplaunch_drift == 1"},
	[METRIC_NOT_COMPARED] = {"siplaunch_settings_not_compared", false, NULL,
				 "Number of the profile's settings that siplaunch could not read.",
				 "siplaunch_settings_not_compared > 0"},
};

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t tail = strlen(end);
	return length >= tail && strncmp(text + length - tail, end, tail) == 0;
}

bool metric_is_counter(const struct metric *metric)
{
	return ends_with(metric->name, strlen(metric->name), "_total");
}

const char *metric_unit(const struct metric *metric)
{
	size_t length = strlen(metric->name) - (metric_is_counter(metric) ? strlen("_total") : 0);

	if (ends_with(metric->name, length, "_bytes"))
		return "bytes";
	return ends_with(metric->name, length, "_seconds") ? "seconds" : NULL;
}
