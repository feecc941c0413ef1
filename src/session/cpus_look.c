/* SPDX-License-Identifier: MIT */
#include "session/cpus_look.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "session/session.h"

/* The profile's value for the router's own group counts only if it is tighter than the groups above. */
static void add_requests(const struct profile *profile, struct cpus_look *look)
{
	for (size_t i = 0; i < profile->unified_count; i++) {
		const struct requested *requested = &profile->unified[i];
		const char *text = requested->value.kind == VALUE_TEXT ? requested->value.text : NULL;
		if (!text)
			continue;
		if (requested->setting->id == SETTING_CPU_MAX) {
			uint64_t thousandths = cpu_quota_parse(text);
			if (thousandths >= look->quota.thousandths)
				continue;
			cpu_quota_clear(&look->quota);
			look->quota = (struct cpu_quota){thousandths, xstrdup("cpu.max of the profile")};
		} else if (requested->setting->id == SETTING_CPUSET_CPUS) {
			unsigned count = cpu_list_count(text);
			look->request.cpuset_given |= count > 0;
			if (count && (!look->request.cpus || count < look->request.cpus))
				look->request.cpus = count;
		}
	}
}

int cpus_look(const struct session *session, const char *group, struct cpus_look *look, struct error *error)
{
	const struct host *host = &session->host;

	*look = (struct cpus_look){
		.request = {.cpus = host->cpus,
			    .cpuset_given = host->cpus && host->cpus_online > host->cpus,
			    .workers = session->estimate.workers,
			    .threads = session->estimate.threads},
	};
	if (cpu_quota_read(&session->roots, host, group ? group : session->context.decision.group_path,
			   &look->quota, error) < 0)
		return -1;
	if (!group)
		add_requests(&session->profile, look);
	look->request.quota_thousandths = look->quota.thousandths;
	look->request.quota_source = look->quota.source;
	return 0;
}

void cpus_look_clear(struct cpus_look *look)
{
	cpu_quota_clear(&look->quota);
}

json_t *cpus_look_json(const struct cpus_look *look)
{
	const struct cpu_request *request = &look->request;
	uint64_t available = cpus_available(request);
	cleanup_free char *text = cpus_text(request);
	json_t *object = json_checked(json_object());
	bool quota = available && available == request->quota_thousandths;

	json_put(object, "available",
		 available ? json_checked(json_real((double)available / 1000)) : json_null());
	json_put(object, "source",
		 json_from_text(quota                   ? request->quota_source
				: request->cpuset_given ? "cpuset"
				: request->cpus         ? "online"
							: NULL));
	json_put(object, "workers", request->workers ? json_from_number(request->workers) : json_null());
	json_put(object, "threads", request->threads ? json_from_number(request->threads) : json_null());
	json_put(object, "far", json_from_text(cpu_verdict_name(cpus_judge(request))));
	json_put(object, "text", json_from_text(text));
	return object;
}
