/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "mechanism/capabilities.h"
#include "options.h"
#include "report.h"
#include "report_build.h"
#include "report_doctor.h"
#include "report_remedies.h"

bool doctor_has(const struct step *step)
{
	return step->status != STATUS_DENIED && step->status != STATUS_FAILED &&
	       step->status != STATUS_CLAMPED;
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		alloc_failed();
}

static json_t *bytes_json(uint64_t bytes)
{
	const struct value value = value_number(VALUE_BYTES, bytes);
	return report_value_json(&value);
}

static json_t *known_json(uint64_t number)
{
	return number ? bytes_json(number) : json_null();
}

static json_t *controllers_json(unsigned controllers)
{
	json_t *array = json_checked(json_array());
	for (unsigned bit = CONTROLLER_MEMORY; bit <= CONTROLLER_LAST; bit <<= 1)
		if (controllers & bit)
			json_array_append_new(array, report_json_text(controller_name(bit)));
	return array;
}

static json_t *cgroup_json(const struct host *host)
{
	static const char *const modes[] = {[HOST_CGROUP_NONE] = "none",
					    [HOST_CGROUP_V1] = "v1",
					    [HOST_CGROUP_HYBRID] = "hybrid",
					    [HOST_CGROUP_V2] = "v2"};
	json_t *object = json_checked(json_object());
	set(object, "version", report_json_text(modes[host->cgroup.mode]));
	set(object, "mount", report_json_text(host->cgroup.mount));
	set(object, "writable", json_boolean(host->cgroup.writable));
	set(object, "path", report_json_text(host->cgroup.path));
	set(object, "controllers", controllers_json(host->cgroup.controllers));
	return object;
}

static json_t *systemd_json(const struct host *host)
{
	if (!host->cgroup.systemd)
		return json_null();
	json_t *object = json_checked(json_object());
	set(object, "bus", report_json_text(host->cgroup.bus));
	set(object, "unit", report_json_text(host->cgroup.unit));
	set(object, "delegated", json_boolean(host->cgroup.unit_delegated));
	return object;
}

static json_t *group_json(const struct context *context)
{
	json_t *object = json_checked(json_object());
	set(object, "manager", report_json_text(manager_name(context->manager)));
	set(object, "possible", json_boolean(!context->manager_refused));
	set(object, "reason", report_json_text(context->manager_reason));
	set(object, "path", report_json_text(context->group_path));
	set(object, "hint", report_json_text(context->manager_hint));
	return object;
}

static json_t *memory_json(const struct host *host)
{
	json_t *object = json_checked(json_object());
	set(object, "limit", bytes_json(host->memory.visible_limit));
	set(object, "limitSource", report_json_text(host->memory.visible_limit_source));
	set(object, "total", known_json(host->memory.total_bytes));
	set(object, "available", known_json(host->memory.available_bytes));
	set(object, "swap", bytes_json(host->memory.swap_total_bytes));
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
	set(object, "soft", files->known ? bytes_json(files->soft) : json_null());
	set(object, "hard", files->known ? bytes_json(files->hard) : json_null());
	set(object, "nrOpen", known_json(host->nr_open));
	return object;
}

static json_t *ipc_json(const struct host *host)
{
	bool own = host->ipc_namespace && !host->initial_ipc_namespace;
	json_t *object = json_checked(json_object());
	set(object, "private", json_boolean(own));
	set(object, "mayBeMade", json_boolean(!host->unshare_ipc_errno && !host->probe_failure));
	set(object, "sysctlsWritable",
	    json_boolean(own ? host->proc_sys_writable : host->can_write_fresh_ipc));
	return object;
}

static json_t *capabilities_json(uint64_t mask)
{
	cleanup_free char *text = capabilities_text(mask, " ");
	json_t *array = json_checked(json_array());
	char *rest = NULL;
	for (char *name = mask ? strtok_r(text, " ", &rest) : NULL; name; name = strtok_r(NULL, " ", &rest))
		json_array_append_new(array, report_json_text(name));
	return array;
}

static json_t *identity_json(const struct host *host)
{
	json_t *object = json_checked(json_object());
	set(object, "uid", json_checked(json_integer((json_int_t)host->euid)));
	set(object, "gid", json_checked(json_integer((json_int_t)host->egid)));
	set(object, "userNamespace", json_boolean(!host->initial_user_namespace));
	set(object, "capabilities", capabilities_json(host->cap_effective));
	set(object, "noNewPrivileges", json_boolean(host->no_new_privs));
	set(object, "seccomp", json_checked(json_integer((json_int_t)host->seccomp_mode)));
	return object;
}

static json_t *place_json(const struct doctor *doctor)
{
	const struct host *host = &doctor->host;
	bool container = host->runtime != RUNTIME_NONE;
	json_t *object = json_checked(json_object());
	set(object, "kernel", report_json_text(host->kernel));
	set(object, "cgroup", cgroup_json(host));
	set(object, "runtime", report_json_text(container ? runtime_name(host->runtime) : NULL));
	set(object, "runtimeEvidence", report_json_text(host->runtime_evidence));
	set(object, "systemd", systemd_json(host));
	set(object, "group", group_json(&doctor->context));
	set(object, "memory", memory_json(host));
	set(object, "oomScoreAdj", oom_json(host));
	set(object, "openFiles", files_json(host));
	set(object, "ipc", ipc_json(host));
	set(object, "identity", identity_json(host));
	set(object, "pid1", json_boolean(host->is_pid1));
	return object;
}

static json_t *steps_json(const struct plan *plan, bool had)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].status != STATUS_SKIPPED && doctor_has(&plan->steps[i]) == had)
			json_array_append_new(array, report_step_json(&plan->steps[i]));
	return array;
}

static void set_session(json_t *document, const struct options *options, const struct doctor *doctor)
{
	const struct session *session = &doctor->session;
	const struct plan *plan = &session->plan;
	bool ready = session->state == SESSION_READY;

	set(document, "profile", report_json_text(session->profile.name));
	set(document, "router", report_json_text(session->router ? session->router->name : NULL));
	set(document, "command", report_command_json(session));
	set(document, "commandError",
	    doctor->no_command.message ? report_error_json(&doctor->no_command) : json_null());
	set(document, "handoff",
	    report_json_text(session->context.handoff == HANDOFF_SUPERVISE ? "supervise" : "exec"));
	set(document, "have", steps_json(plan, true));
	set(document, "missing", steps_json(plan, false));
	set(document, "warnings", report_texts_json(plan->warnings, plan->warning_count));
	set(document, "condition", report_json_text(plan->condition));
	set(document, "build", report_build_json(session));
	set(document, "remedies", report_remedies_json(options, session));
	set(document, "starts", json_boolean(ready && !plan_refused(plan)));
	if (session->error.message)
		set(document, "error", report_error_json(&session->error));
}

json_t *report_doctor_json(const struct options *options, const struct doctor *doctor)
{
	json_t *document = json_checked(json_object());
	set(document, "siplaunch", report_json_text(SIPLAUNCH_VERSION));
	set(document, "place", place_json(doctor));
	if (doctor->asked)
		set_session(document, options, doctor);
	return document;
}
