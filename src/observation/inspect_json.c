/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "inspect/inspection.h"
#include "observation/inspect.h"
#include "observation/objects.h"
#include "settings/cgroup_file.h"
#include "stats/group_json.h"

/* "message: what the kernel said", or null. */
static json_t *error_json(const struct error *error)
{
	if (!error->message)
		return json_null();
	cleanup_free char *text = error_text(error);
	return json_from_text(text);
}

static json_t *command_json(char *const *argv)
{
	json_t *array = json_checked(json_array());
	for (; argv && *argv; argv++)
		json_append(array, json_from_text(*argv));
	return array;
}

static json_t *group_json(const struct inspection *inspection)
{
	json_t *object = json_checked(json_object());
	json_put(object, "path", json_from_text(inspection->group));
	group_stats_json(object, &inspection->stats);
	return object;
}

static json_t *measured_json(const struct inspection *inspection)
{
	const struct measurement *m = &inspection->measurement;
	json_t *object = json_checked(json_object());

	if (inspection->unmeasured.message) {
		json_put(object, "reason", error_json(&inspection->unmeasured));
		return object;
	}
	json_put(object, "processes", json_from_number(m->processes));
	json_put(object, "perProcess", json_from_number(m->per_process_bytes));
	json_put(object, "base", json_from_number(m->base_bytes));
	json_put(object, "ownAnonymous", json_from_number(m->own_bytes));
	json_put(object, "kernel", json_from_number(m->kernel_bytes));
	json_put(object, "startHeap", json_from_number(m->start_heap_bytes));
	json_put(object, "mappedFiles", json_from_number(m->file_bytes));
	json_put(object, "otherShared", json_from_number(m->other_shared_bytes));
	json_put(object, "poolPageTables", json_from_number(m->pool_table_bytes));
	json_put(object, "sharedPoolTouched", json_from_number(m->shared_used_bytes));
	json_put(object, "privatePoolsTouched", json_from_number(m->private_used_bytes));
	return object;
}

static json_t *setting_json(const struct step *step)
{
	bool wanted = step->wanted.kind != VALUE_NONE, known = step->actual.kind != VALUE_NONE;
	json_t *object = json_checked(json_object());
	json_put(object, "mechanism", json_from_text(mechanism_name(step->setting->mechanism)));
	json_put(object, "name", json_from_text(step->setting->name));
	json_put(object, "actual", json_from_value(&step->actual));
	json_put(object, "wanted", json_from_value(&step->wanted));
	json_put(object, "source", json_from_text(wanted ? source_name(step->source) : NULL));
	json_put(object, "policy", json_from_text(wanted ? policy_name(step->policy) : NULL));
	json_put(object, "reason", known ? json_null() : error_json(&step->why));
	json_put(object, "caveat", json_from_text(step->caveat));
	return object;
}

static json_t *settings_json(const struct inspection *inspection)
{
	json_t *array = json_checked(json_array());
	const struct plan *plan = &inspection->session.plan;
	size_t said = 0; /* several directories are one setting */
	for (size_t rank = 0; said < plan->count; rank++)
		for (size_t j = 0; j < plan->count; j++)
			if (setting_rank(plan->steps[j].setting) == rank && ++said)
				json_append(array, setting_json(&plan->steps[j]));
	return array;
}

static json_t *processes_json(const struct inspection *inspection)
{
	const struct processes *processes = &inspection->processes;
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < processes->count; i++) {
		const struct process_stats *process = &processes->items[i];
		const char state[] = {process->state, '\0'};
		json_t *object = json_checked(json_object());
		json_put(object, "pid", json_from_number((uint64_t)process->pid));
		json_put(object, "parent", json_from_number((uint64_t)process->parent));
		json_put(object, "name", json_from_text(process->comm));
		json_put(object, "state", json_from_text(state));
		json_put(object, "oomScore", json_from_value(&process->oom_score));
		json_put(object, "oomScoreAdj", json_from_value(&process->oom_score_adj));
		json_put(object, "own", json_checked(json_boolean(inspection->own && inspection->own[i])));
		json_append(array, object);
	}
	return array;
}

static json_t *sysv_json(const struct inspection *inspection)
{
	const struct sysv_stats *sysv = &inspection->sysv;
	cleanup_free char *text = inspection_sysv_text(inspection);
	json_t *object = json_checked(json_object());

	if (!inspection->no_sysv.message) {
		json_put(object, "segments", json_from_number(sysv->segments));
		json_put(object, "segmentBytes", json_from_number(sysv->segment_bytes));
		json_put(object, "arrays", json_from_number(sysv->arrays));
		json_put(object, "semaphores", json_from_number(sysv->semaphores));
		json_put(object, "queues", json_from_number(sysv->queues));
		json_put(object, "queueBytes", json_from_number(sysv->queue_bytes));
	}
	json_put(object, "text", json_from_text(text));
	return object;
}

static json_t *drifts_json(const struct inspection *inspection, const struct drifts *drifts)
{
	if (!inspection->compared)
		return json_null();
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < drifts->count; i++) {
		const struct drift *drift = &drifts->items[i];
		json_t *object = json_checked(json_object());
		json_put(object, "mechanism", json_from_text(drift->mechanism));
		json_put(object, "name", json_from_text(drift->name));
		json_put(object, "pid", drift->pid ? json_from_number((uint64_t)drift->pid) : json_null());
		json_put(object, "wanted", json_from_value(&drift->wanted));
		json_put(object, "actual", json_from_value(&drift->actual));
		json_put(object, "text", json_from_text(drift->text));
		json_put(object, "hint", json_from_text(drift->hint));
		json_append(array, object);
	}
	return array;
}

static const char *seccomp_name(unsigned mode)
{
	static const char *const names[] = {"none", "strict", "filter"};
	return mode < ARRAY_SIZE(names) ? names[mode] : NULL;
}

static json_t *objects_json(const struct inspection *inspection)
{
	struct objects_seen objects;
	if (!inspection->seen.count)
		return json_null();
	inspection_objects(inspection, &objects);
	return report_objects_json(&objects);
}

json_t *report_inspect_json(const struct inspection *inspection)
{
	const struct session *session = &inspection->session;
	bool runs = inspection->pid != 0;
	json_t *document = json_document_begin(SCHEMA_INSPECTION);

	json_put(document, "profile", json_from_text(inspection->compared ? session->profile.name : NULL));
	json_put(document, "pid", runs ? json_from_number((uint64_t)inspection->pid) : json_null());
	json_put(document, "router", json_from_text(runs ? session->router->name : NULL));
	json_put(document, "command", command_json(inspection->argv));
	json_put(document, "seccomp", json_from_text(runs ? seccomp_name(session->host.seccomp_mode) : NULL));
	json_put(document, "group", inspection->has_group ? group_json(inspection) : json_null());
	json_put(document, "measured", measured_json(inspection));
	json_put(document, "memory", inspection->sampled ? report_memory_json(inspection) : json_null());
	json_put(document, "sample", inspection->sampled ? sample_json(&inspection->sample) : json_null());
	json_put(document, "settings", settings_json(inspection));
	json_put(document, "processesOf", json_from_text(inspection->by_group ? "group" : "process"));
	json_put(document, "processes", processes_json(inspection));
	json_put(document, "systemV", sysv_json(inspection));
	json_put(document, "hint", json_from_text(inspection_hint(inspection)));
	json_put(document, "drift", drifts_json(inspection, &inspection->drifts));
	json_put(document, "notCompared", drifts_json(inspection, &inspection->unknown));
	json_put(document, "notPermitted", drifts_json(inspection, &inspection->not_permitted));
	json_put(document, "objects", objects_json(inspection));
	return document;
}
