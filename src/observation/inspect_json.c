/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "inspect/inspection.h"
#include "observation/inspect.h"
#include "observation/objects.h"
#include "output/style.h"
#include "settings/cgroup_file.h"
#include "stats/group_json.h"

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		alloc_failed();
}

static json_t *object_new(void)
{
	return json_checked(json_object());
}

static json_t *array_new(void)
{
	return json_checked(json_array());
}

static void append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		alloc_failed();
}

static json_t *bytes_json(uint64_t bytes)
{
	const struct value value = value_number(VALUE_BYTES, bytes);
	return json_from_value(&value);
}

static json_t *count_json(uint64_t count)
{
	return json_checked(json_integer((json_int_t)count));
}

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
	json_t *array = array_new();
	for (; argv && *argv; argv++)
		append(array, json_from_text(*argv));
	return array;
}

static json_t *group_json(const struct inspection *inspection)
{
	json_t *object = object_new();
	set(object, "path", json_from_text(inspection->group));
	group_stats_json(object, &inspection->stats);
	return object;
}

static json_t *measured_json(const struct inspection *inspection)
{
	const struct measurement *m = &inspection->measurement;
	json_t *object = object_new();

	if (inspection->unmeasured.message) {
		set(object, "reason", error_json(&inspection->unmeasured));
		return object;
	}
	set(object, "processes", count_json(m->processes));
	set(object, "perProcess", bytes_json(m->per_process_bytes));
	set(object, "base", bytes_json(m->base_bytes));
	set(object, "ownAnonymous", bytes_json(m->own_bytes));
	set(object, "kernel", bytes_json(m->kernel_bytes));
	set(object, "startHeap", bytes_json(m->start_heap_bytes));
	set(object, "mappedFiles", bytes_json(m->file_bytes));
	set(object, "otherShared", bytes_json(m->other_shared_bytes));
	set(object, "poolPageTables", bytes_json(m->pool_table_bytes));
	set(object, "sharedPoolTouched", bytes_json(m->shared_used_bytes));
	set(object, "privatePoolsTouched", bytes_json(m->private_used_bytes));
	return object;
}

static json_t *setting_json(const struct step *step)
{
	bool wanted = step->wanted.kind != VALUE_NONE, known = step->actual.kind != VALUE_NONE;
	json_t *object = object_new();
	set(object, "mechanism", json_from_text(mechanism_name(step->setting->mechanism)));
	set(object, "name", json_from_text(step->setting->name));
	set(object, "actual", json_from_value(&step->actual));
	set(object, "wanted", json_from_value(&step->wanted));
	set(object, "source", json_from_text(wanted ? source_name(step->source) : NULL));
	set(object, "policy", json_from_text(wanted ? policy_name(step->policy) : NULL));
	set(object, "reason", known ? json_null() : error_json(&step->why));
	set(object, "caveat", json_from_text(step->caveat));
	return object;
}

static json_t *settings_json(const struct inspection *inspection)
{
	json_t *array = array_new();
	const struct plan *plan = &inspection->session.plan;
	size_t said = 0; /* several directories are one setting */
	for (size_t rank = 0; said < plan->count; rank++)
		for (size_t j = 0; j < plan->count; j++)
			if (setting_rank(plan->steps[j].setting) == rank && ++said)
				append(array, setting_json(&plan->steps[j]));
	return array;
}

static json_t *processes_json(const struct inspection *inspection)
{
	const struct processes *processes = &inspection->processes;
	json_t *array = array_new();
	for (size_t i = 0; i < processes->count; i++) {
		const struct process_stats *process = &processes->items[i];
		const char state[] = {process->state, '\0'};
		json_t *object = object_new();
		set(object, "pid", count_json((uint64_t)process->pid));
		set(object, "parent", count_json((uint64_t)process->parent));
		set(object, "name", json_from_text(process->comm));
		set(object, "state", json_from_text(state));
		set(object, "oomScore", json_from_value(&process->oom_score));
		set(object, "oomScoreAdj", json_from_value(&process->oom_score_adj));
		set(object, "own", json_checked(json_boolean(inspection->own && inspection->own[i])));
		append(array, object);
	}
	return array;
}

static json_t *sysv_json(const struct inspection *inspection)
{
	const struct sysv_stats *sysv = &inspection->sysv;
	cleanup_free char *text = inspection_sysv_text(inspection);
	json_t *object = object_new();

	if (!inspection->no_sysv.message) {
		set(object, "segments", count_json(sysv->segments));
		set(object, "segmentBytes", bytes_json(sysv->segment_bytes));
		set(object, "arrays", count_json(sysv->arrays));
		set(object, "semaphores", count_json(sysv->semaphores));
		set(object, "queues", count_json(sysv->queues));
		set(object, "queueBytes", bytes_json(sysv->queue_bytes));
	}
	set(object, "text", json_from_text(text));
	return object;
}

static json_t *drifts_json(const struct inspection *inspection, const struct drifts *drifts)
{
	if (!inspection->compared)
		return json_null();
	json_t *array = array_new();
	for (size_t i = 0; i < drifts->count; i++) {
		const struct drift *drift = &drifts->items[i];
		json_t *object = object_new();
		set(object, "mechanism", json_from_text(drift->mechanism));
		set(object, "name", json_from_text(drift->name));
		set(object, "pid", drift->pid ? count_json((uint64_t)drift->pid) : json_null());
		set(object, "wanted", json_from_value(&drift->wanted));
		set(object, "actual", json_from_value(&drift->actual));
		set(object, "text", json_from_text(drift->text));
		set(object, "hint", json_from_text(drift->hint));
		append(array, object);
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

	set(document, "profile", json_from_text(inspection->compared ? session->profile.name : NULL));
	set(document, "pid", runs ? count_json((uint64_t)inspection->pid) : json_null());
	set(document, "router", json_from_text(runs ? session->router->name : NULL));
	set(document, "command", command_json(inspection->argv));
	set(document, "seccomp", json_from_text(runs ? seccomp_name(session->host.seccomp_mode) : NULL));
	set(document, "group", inspection->has_group ? group_json(inspection) : json_null());
	set(document, "measured", measured_json(inspection));
	set(document, "memory", inspection->sampled ? report_memory_json(inspection) : json_null());
	set(document, "sample", inspection->sampled ? sample_json(&inspection->sample) : json_null());
	set(document, "settings", settings_json(inspection));
	set(document, "processesOf", json_from_text(inspection->by_group ? "group" : "process"));
	set(document, "processes", processes_json(inspection));
	set(document, "systemV", sysv_json(inspection));
	set(document, "hint", json_from_text(inspection_hint(inspection)));
	set(document, "drift", drifts_json(inspection, &inspection->drifts));
	set(document, "notCompared", drifts_json(inspection, &inspection->unknown));
	set(document, "notPermitted", drifts_json(inspection, &inspection->not_permitted));
	set(document, "objects", objects_json(inspection));
	return document;
}
