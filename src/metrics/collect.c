/* SPDX-License-Identifier: MIT */
/* The series of each family, from an inspection. */
#include "base/alloc.h"
#include "inspect/inspection.h"
#include "metrics/series.h"
#include "stats/memory_shares.h"
#include "stats/running.h"

/* ---- the router and its group ---- */

static void add_router(const struct destination *to, const struct inspection *inspection)
{
	const struct sample *sample = &inspection->sample;
	cleanup_free char *unit = to->group ? running_unit(to->group) : NULL;
	const char *profile = inspection->compared ? inspection->session.profile.name : NULL;
	const struct router_command *command = &inspection->session.command;

	put(to, METRIC_ROUTER_INFO,
	    LABELS("version", sample->version, "unit", unit, "profile", profile, "config",
		   command->config_given ? command->config : NULL),
	    1);
	put(to, METRIC_STATISTICS_UP, NO_LABELS, sample->has_pools);
	put(to, METRIC_PROCESSES, NO_LABELS, (double)sample->processes);
	put_known(to, METRIC_UPTIME, NO_LABELS, &sample->uptime_s);
	put_known(to, METRIC_DESCRIPTORS, NO_LABELS, &sample->descriptors);
	put_known(to, METRIC_DESCRIPTORS_LIMIT, NO_LABELS, &sample->nofile);
	put_known(to, METRIC_REQUESTS, NO_LABELS, &sample->requests);
	put_known(to, METRIC_REPLIES, NO_LABELS, &sample->replies);
	put_known(to, METRIC_REGISTRATIONS, NO_LABELS, &sample->registrations);
	put_known(to, METRIC_DIALOGS, NO_LABELS, &sample->dialogs);
	put_known(to, METRIC_TRANSACTIONS, NO_LABELS, &sample->transactions);
}

static void add_events(const struct destination *to, const struct group_stats *stats)
{
	for (unsigned i = GROUP_EVENT_LOW; i <= GROUP_EVENT_OOM_GROUP_KILL; i++)
		put_known(to, METRIC_MEMORY_EVENTS, LABELS("event", group_numbers[i].key),
			  &stats->numbers[i]);
	/* as the kernel counts: what watch_killed() makes of it can fall, and a counter never does */
	put_known(to, METRIC_OOM_KILLS, NO_LABELS, &stats->numbers[GROUP_EVENT_OOM_KILL]);
}

static void add_pressure(const struct destination *to, const struct pressure *pressure)
{
	if (!pressure->known)
		return;
	put(to, METRIC_MEMORY_PRESSURE, LABELS("kind", "some"), (double)pressure->some_total_us / 1e6);
	put(to, METRIC_MEMORY_PRESSURE, LABELS("kind", "full"), (double)pressure->full_total_us / 1e6);
}

static void add_parts(const struct destination *to, const struct inspection *inspection)
{
	struct memory_shares shares;

	memory_shares_of(&inspection->sample, inspection->session.host.memory.page_bytes, &shares);
	for (size_t i = 0; i < SHARE_COUNT; i++) {
		const struct memory_share *row = &shares.rows[i];
		put_known(to, METRIC_MEMORY_PART, LABELS("part", row->id, "state", "promised"),
			  &row->promised);
		put_known(to, METRIC_MEMORY_PART, LABELS("part", row->id, "state", "touched"), &row->touched);
		put_known(to, METRIC_MEMORY_PART, LABELS("part", row->id, "state", "used"), &row->used);
	}
}

static void add_memory(const struct destination *to, const struct inspection *inspection)
{
	const struct sample *sample = &inspection->sample;
	const struct value *numbers = sample->stats.numbers;

	put_known(to, METRIC_MEMORY_LIMIT, NO_LABELS, &sample->memory_max);
	put_known(to, METRIC_MEMORY_HIGH, NO_LABELS, &sample->memory_high);
	put_known(to, METRIC_MEMORY_CURRENT, NO_LABELS, &numbers[GROUP_MEMORY_CURRENT]);
	put_known(to, METRIC_MEMORY_PEAK, NO_LABELS, &numbers[GROUP_MEMORY_PEAK]);
	put_known(to, METRIC_MEMORY_SWAP, NO_LABELS, &numbers[GROUP_SWAP_CURRENT]);
	add_parts(to, inspection);
	add_events(to, &sample->stats);
	add_pressure(to, &sample->pressure);
}

/* ---- pools ---- */

enum pool_number {
	POOL_SIZE,
	POOL_REQUESTED,
	POOL_USED,
	POOL_MAX_USED,
	POOL_FREE,
	POOL_STATES,
	POOL_FRAGMENTS
};
static const char *const states[POOL_STATES] = {"size", "requested", "used", "max_used", "free"};

static const struct value *number_of(const struct pool_stats *pool, unsigned number)
{
	const struct value *const values[] = {
		[POOL_SIZE] = &pool->total,     [POOL_REQUESTED] = &pool->used,
		[POOL_USED] = &pool->real_used, [POOL_MAX_USED] = &pool->max_used,
		[POOL_FREE] = &pool->free,      [POOL_FRAGMENTS] = &pool->fragments,
	};
	return values[number];
}

static void add_shared(const struct destination *to, const struct pool_stats *pool)
{
	put_known(to, METRIC_SHARED_POOL_SIZE, NO_LABELS, &pool->total);
	put_known(to, METRIC_SHARED_POOL_USED, NO_LABELS, pool_in_use(pool));
	put_known(to, METRIC_POOL_FRAGMENTS, LABELS("pool", "shared"), &pool->fragments);
	for (unsigned i = 0; i < POOL_STATES; i++)
		put_known(to, METRIC_POOL, LABELS("pool", "shared", "state", states[i]), number_of(pool, i));
}

/* Adds a sum only if all processes are known: otherwise it would look like freed memory. */
static void add_sum(const struct destination *to, const struct sample *sample, unsigned state)
{
	double sum = 0;
	for (size_t i = 0; i < sample->private_count; i++) {
		const struct value *value = number_of(&sample->privates[i].pool, state);
		if (value->kind == VALUE_NONE)
			return;
		sum += (double)value->number[0];
	}
	if (sample->private_count)
		put(to, METRIC_POOL, LABELS("pool", "private", "state", states[state]), sum);
}

static void put_greatest(const struct destination *to, enum metric_id id, const char *const *labels,
			 const struct sample *sample, enum pool_number number)
{
	const struct value *greatest = NULL;
	for (size_t i = 0; i < sample->private_count; i++) {
		const struct value *value = number_of(&sample->privates[i].pool, number);
		if (value->kind != VALUE_NONE && (!greatest || value->number[0] > greatest->number[0]))
			greatest = value;
	}
	if (greatest)
		put_known(to, id, labels, greatest);
}

/* The nearest-rank percentile: the smallest value that at least `percent` of the values do not exceed. */
static double quantile(const struct private_group *group, unsigned percent)
{
	size_t rank = (group->used_count * percent + 99) / 100;
	return (double)group->used[rank ? rank - 1 : 0];
}

static void add_group(const struct destination *to, const struct private_group *group)
{
	static const struct {
		const char *name;
		unsigned percent;
	} statistics[] = {{"median", 50}, {"p90", 90}, {"max", 100}};

	put(to, METRIC_PRIVATE_POOL_PROCESSES, LABELS("process", group->name), (double)group->count);
	for (size_t i = 0; group->used_count && i < ARRAY_SIZE(statistics); i++)
		put(to, METRIC_PRIVATE_POOL_USED,
		    LABELS("process", group->name, "statistic", statistics[i].name),
		    quantile(group, statistics[i].percent));
}

static void add_privates(const struct destination *to, const struct sample *sample)
{
	struct private_group *groups;
	size_t count;

	put_greatest(to, METRIC_PRIVATE_POOL_SIZE, NO_LABELS, sample, POOL_SIZE);
	put_greatest(to, METRIC_POOL_FRAGMENTS, LABELS("pool", "private"), sample, POOL_FRAGMENTS);
	for (unsigned i = 0; i < POOL_STATES; i++)
		add_sum(to, sample, i);
	private_groups_of(sample, &groups, &count);
	for (size_t i = 0; i < count; i++)
		add_group(to, &groups[i]);
	private_groups_clear(groups, count);
}

static void add_pools(const struct destination *to, const struct sample *sample)
{
	add_shared(to, &sample->shared);
	add_privates(to, sample);
	put_known(to, METRIC_ALLOCATION_FAILURES, NO_LABELS, &sample->failures);
	for (size_t i = 0; i < sample->module_count; i++) {
		const struct module_memory *module = &sample->modules[i];
		put_known(to, METRIC_MODULE_MEMORY, LABELS("module", module->name, "pool", "shared"),
			  &module->shared);
		put_known(to, METRIC_MODULE_MEMORY, LABELS("module", module->name, "pool", "private"),
			  &module->private);
	}
}

/* ---- the profile ---- */

static void add_budget(const struct destination *to, const struct decision *decision)
{
	const struct budget *budget = &decision->budget;

	if (!decision->sized)
		return;
	put(to, METRIC_PROCESSES_PLANNED, NO_LABELS, (double)budget->processes);
	for (unsigned i = 0; i < TERM_COUNT; i++)
		if (!term_absent(budget, i))
			put(to, METRIC_BUDGET, LABELS("term", budget->terms[i].id),
			    (double)budget->terms[i].bytes);
	put(to, METRIC_BUDGET, LABELS("term", "unassigned"), (double)budget->unassigned_bytes);
}

static bool is_among(const struct drifts *drifts, const struct step *step)
{
	for (size_t i = 0; i < drifts->count; i++)
		if (drifts->items[i].step && drifts->items[i].step->setting == step->setting)
			return true;
	return false;
}

static void put_drift(const struct destination *to, const char *mechanism, const char *name, bool differs)
{
	put(to, METRIC_DRIFT, LABELS("mechanism", mechanism, "setting", name), differs);
}

static void add_drifts(const struct destination *to, const struct inspection *inspection)
{
	const struct plan *plan = &inspection->session.plan;
	bool more_processes = false;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->wanted.kind != VALUE_NONE && step->policy != POLICY_SKIP &&
		    !is_among(&inspection->unknown, step) && !is_among(&inspection->not_permitted, step))
			put_drift(to, mechanism_name(step->setting->mechanism), step->setting->name,
				  is_among(&inspection->drifts, step));
	}
	for (size_t i = 0; i < inspection->drifts.count; i++)
		more_processes |= !inspection->drifts.items[i].step;
	if (inspection->session.context.decision.sized)
		put_drift(to, "sizing", "processes", more_processes);
	put(to, METRIC_NOT_COMPARED, NO_LABELS, (double)inspection->unknown.count);
}

/* ---- all of it ---- */

static struct destination destination_of(struct metrics *metrics, const char *router, const char *group)
{
	struct destination to = {.metrics = metrics, .router = router, .group = group};
	destination_number(&to);
	metrics->routers++;
	return to;
}

void metrics_add(struct metrics *metrics, const struct inspection *inspection)
{
	const struct destination to =
		destination_of(metrics, inspection->session.router->name, inspection->group);

	put(&to, METRIC_UP, NO_LABELS, inspection->sampled);
	if (!inspection->sampled)
		return;
	add_router(&to, inspection);
	add_memory(&to, inspection);
	add_pools(&to, &inspection->sample);
	if (!inspection->compared)
		return;
	add_budget(&to, &inspection->session.context.decision);
	add_drifts(&to, inspection);
}

void metrics_add_failed(struct metrics *metrics, const char *router, const char *group)
{
	const struct destination to = destination_of(metrics, router, group);
	put(&to, METRIC_UP, NO_LABELS, 0);
}

void metrics_finish(struct metrics *metrics, const char *select, double seconds)
{
	const struct destination to = {.metrics = metrics, .select = select};
	put(&to, METRIC_BUILD_INFO, LABELS("version", SIPLAUNCH_VERSION), 1);
	put(&to, METRIC_INSPECT_DURATION, NO_LABELS, seconds);
	put(&to, METRIC_ROUTERS, NO_LABELS, (double)metrics->routers);
}
