/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "mechanism/capabilities.h"
#include "report/build.h"
#include "report/doctor.h"
#include "report/remedies.h"
#include "report/report.h"

bool doctor_has(const struct step *step)
{
	return step->status != STATUS_DENIED && step->status != STATUS_FAILED &&
	       step->status != STATUS_CLAMPED;
}

static json_t *known_json(uint64_t number)
{
	return number ? json_from_number(number) : json_null();
}

static json_t *controllers_json(unsigned controllers)
{
	json_t *array = json_checked(json_array());
	for (unsigned bit = CONTROLLER_MEMORY; bit <= CONTROLLER_LAST; bit <<= 1)
		if (controllers & bit)
			json_append(array, json_from_text(controller_name(bit)));
	return array;
}

static json_t *cgroup_json(const struct host *host)
{
	static const char *const modes[] = {[HOST_CGROUP_NONE] = "none",
					    [HOST_CGROUP_V1] = "v1",
					    [HOST_CGROUP_HYBRID] = "hybrid",
					    [HOST_CGROUP_V2] = "v2"};
	json_t *object = json_checked(json_object());
	json_put(object, "version", json_from_text(modes[host->cgroup.mode]));
	json_put(object, "mount", json_from_text(host->cgroup.mount));
	json_put(object, "writable", json_boolean(host->cgroup.writable));
	json_put(object, "path", json_from_text(host->cgroup.path));
	json_put(object, "controllers", controllers_json(host->cgroup.controllers));
	return object;
}

static json_t *systemd_json(const struct host *host)
{
	if (!host->cgroup.systemd)
		return json_null();
	json_t *object = json_checked(json_object());
	json_put(object, "bus", json_from_text(host->cgroup.bus));
	json_put(object, "unit", json_from_text(host->cgroup.unit));
	json_put(object, "delegated", json_boolean(host->cgroup.unit_delegated));
	return object;
}

static json_t *group_json(const struct context *context)
{
	json_t *object = json_checked(json_object());
	json_put(object, "manager", json_from_text(manager_name(context->decision.manager)));
	json_put(object, "possible", json_boolean(!context->decision.manager_refused));
	json_put(object, "reason", json_from_text(context->decision.manager_reason));
	json_put(object, "path", json_from_text(context->decision.group_path));
	json_put(object, "hint", json_from_text(context->decision.manager_hint));
	return object;
}

static json_t *memory_json(const struct host *host)
{
	json_t *object = json_checked(json_object());
	json_put(object, "limit", json_from_number(host->memory.visible_limit));
	json_put(object, "limitSource", json_from_text(host->memory.visible_limit_source));
	json_put(object, "total", known_json(host->memory.total_bytes));
	json_put(object, "available", known_json(host->memory.available_bytes));
	json_put(object, "swap", json_from_number(host->memory.swap_total_bytes));
	return object;
}

static json_t *oom_json(const struct host *host)
{
	return host->has_oom_score_adj ? json_checked(json_pack("{s:i, s:i}", "current", host->oom_score_adj,
								"lowest", host->oom_score_adj_min))
				       : json_null();
}

static json_t *files_json(const struct host *host)
{
	const struct rlimit_pair *files = &host->rlimits[RLIMIT_NOFILE];
	json_t *object = json_checked(json_object());
	json_put(object, "soft", files->known ? json_from_number(files->soft) : json_null());
	json_put(object, "hard", files->known ? json_from_number(files->hard) : json_null());
	json_put(object, "nrOpen", known_json(host->nr_open));
	return object;
}

static json_t *ipc_json(const struct host *host)
{
	bool own = host->ipc_namespace && !host->initial_ipc_namespace;
	json_t *object = json_checked(json_object());
	json_put(object, "private", json_boolean(own));
	json_put(object, "mayBeMade", json_boolean(!host->unshare_ipc_errno && !host->probe_failure));
	json_put(object, "sysctlsWritable",
		 json_boolean(own ? host->proc_sys_writable : host->can_write_fresh_ipc));
	return object;
}

static json_t *capabilities_json(uint64_t mask)
{
	cleanup_free char *text = capabilities_text(mask, " ");
	json_t *array = json_checked(json_array());
	char *rest = NULL;
	for (char *name = mask ? strtok_r(text, " ", &rest) : NULL; name; name = strtok_r(NULL, " ", &rest))
		json_append(array, json_from_text(name));
	return array;
}

static json_t *identity_json(const struct host *host)
{
	json_t *object = json_checked(json_object());
	json_put(object, "uid", json_checked(json_integer((json_int_t)host->euid)));
	json_put(object, "gid", json_checked(json_integer((json_int_t)host->egid)));
	json_put(object, "userNamespace", json_boolean(!host->initial_user_namespace));
	json_put(object, "capabilities", capabilities_json(host->cap_effective));
	json_put(object, "noNewPrivileges", json_boolean(host->no_new_privs));
	json_put(object, "seccomp", json_checked(json_integer((json_int_t)host->seccomp_mode)));
	json_put(object, "filterPermitted",
		 json_boolean(!host_refused_call(host, setting_of(SETTING_FILTER)->calls, NULL)));
	return object;
}

static json_t *place_json(const struct doctor *doctor)
{
	const struct host *host = &doctor->host;
	bool container = host->runtime != RUNTIME_NONE;
	json_t *object = json_checked(json_object());
	json_put(object, "kernel", json_from_text(host->kernel));
	json_put(object, "cgroup", cgroup_json(host));
	json_put(object, "runtime", json_from_text(container ? runtime_name(host->runtime) : NULL));
	json_put(object, "runtimeEvidence", json_from_text(host->runtime_evidence));
	json_put(object, "systemd", systemd_json(host));
	json_put(object, "group", group_json(&doctor->context));
	json_put(object, "memory", memory_json(host));
	json_put(object, "oomScoreAdj", oom_json(host));
	json_put(object, "openFiles", files_json(host));
	json_put(object, "ipc", ipc_json(host));
	json_put(object, "identity", identity_json(host));
	json_put(object, "pid1", json_boolean(host->is_pid1));
	return object;
}

static json_t *steps_json(const struct plan *plan, bool had)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].status != STATUS_SKIPPED && doctor_has(&plan->steps[i]) == had)
			json_append(array, report_step_json(&plan->steps[i]));
	return array;
}

static void set_session(json_t *document, const struct doctor *doctor)
{
	const struct session *session = &doctor->session;
	const struct plan *plan = &session->plan;
	bool ready = session->state == SESSION_READY;

	json_put(document, "profile", json_from_text(session->profile.name));
	json_put(document, "router", json_from_text(session->router ? session->router->name : NULL));
	json_put(document, "command", session_command_json(session));
	json_put(document, "commandError",
		 doctor->no_command.message ? json_from_error(&doctor->no_command) : json_null());
	json_put(document, "handoff",
		 json_from_text(session->context.decision.handoff == HANDOFF_SUPERVISE ? "supervise"
										       : "exec"));
	json_put(document, "have", steps_json(plan, true));
	json_put(document, "missing", steps_json(plan, false));
	json_put(document, "warnings", json_from_texts(plan->warnings, plan->warning_count));
	json_put(document, "condition", json_from_text(plan->condition));
	json_put(document, "build", report_build_json(session));
	json_put(document, "remedies", report_remedies_json(session));
	json_put(document, "starts", json_boolean(ready && !plan_refused(plan)));
	if (session->error.message)
		json_put(document, "error", json_from_error(&session->error));
}

json_t *report_doctor_json(const struct doctor *doctor)
{
	json_t *document = json_document_begin(SCHEMA_DOCTOR);
	json_put(document, "place", place_json(doctor));
	if (doctor->asked)
		set_session(document, doctor);
	return document;
}
