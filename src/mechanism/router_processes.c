/* SPDX-License-Identifier: MIT */
/*
 * Whether the router may start all of its processes: pids.max of the group that it will be in and of those
 * above it, as a container engine (--pids-limit) or systemd (DefaultTasksMax=) sets it. It is only checked;
 * for a group of the router's own the cgroup mechanism plans the limit.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/router.h"

struct room {
	const struct ancestor *row; /* NULL: no limit */
	uint64_t others;            /* processes in it that stay when the router starts */
	uint64_t free;
};

static bool is_ours(const struct host *host, const struct ancestor *row)
{
	for (size_t i = 0; i < host->ancestor_count; i++)
		if (strcmp(host->ancestors[i].path, row->path) == 0)
			return true;
	return false;
}

/* The router replaces siplaunch's process, unless siplaunch supervises it. */
static struct room room_of(const struct context *context, const struct ancestor *row)
{
	bool leaves =
		context->decision.handoff == HANDOFF_EXEC && row->pids_current && is_ours(context->host, row);
	struct room room = {.row = row, .others = row->pids_current - leaves};
	room.free = room.others < row->pids_max ? row->pids_max - room.others : 0;
	return room;
}

static struct room smallest(const struct context *context, const struct ancestor *rows, size_t count)
{
	struct room min = {.free = UNLIMITED};
	for (size_t i = 0; i < count; i++) {
		if (rows[i].pids_max == UNLIMITED)
			continue;
		const struct room room = room_of(context, &rows[i]);
		if (room.free < min.free)
			min = room;
	}
	return min;
}

/* Checks the groups above one of the router's own; else our group and those above it. Skips our service's
 * group if the plan sets its pids.max. */
static struct room find_room(const struct context *context, struct plan *plan)
{
	const struct host *host = context->host;
	const struct step *own = plan_find(plan, SETTING_PIDS_MAX);
	bool set = context->decision.own_unit && own && step_to_apply(own) && own->policy != POLICY_SKIP;

	if (context->decision.group_path && !context->decision.own_unit)
		return smallest(context, host->placed, host->placed_count);
	size_t first = set && host->ancestor_count ? 1 : 0;
	return smallest(context, host->ancestors + first, host->ancestor_count - first);
}

/* The value that removes this refusal without causing another one: the profile's, if that is enough;
 * otherwise that of pids.max "auto". */
static uint64_t enough(const struct context *context, struct plan *plan, const struct room *room)
{
	const struct step *own = plan_find(plan, SETTING_PIDS_MAX);
	uint64_t min = context_tasks(context) + room->others, usual = context_tasks_with_room(context);

	if (own && own->wanted.count && own->wanted.number[0] != UNLIMITED && own->wanted.number[0] >= min)
		return own->wanted.number[0];
	return usual >= min ? usual : min + 64;
}

static const char *unit_name(const char *path)
{
	static const char *const suffixes[] = {".slice", ".service", ".scope"};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
	for (size_t i = 0; dot && i < ARRAY_SIZE(suffixes); i++)
		if (strcmp(dot, suffixes[i]) == 0)
			return name;
	return NULL;
}

/* In a container the engine's option sets it (the settings table); here an administrator has set it for
 * exactly that group. */
static void hint_host(struct step *step, const struct context *context, const struct room *room)
{
	const struct host *host = context->host;
	uint64_t number = step->wanted.number[0];
	const char *unit = host->cgroup.systemd ? unit_name(room->row->path) : NULL;

	if (host->runtime != RUNTIME_NONE)
		return;
	if (unit) {
		const char *systemctl = host_systemctl(host, room->row->path);
		error_hint(&step->why, "%s%s set-property %s TasksMax=%" PRIu64,
			   strcmp(systemctl, "systemctl") == 0 ? "as root: " : "", systemctl, unit, number);
		return;
	}
	cleanup_free char *group = path_join(host->cgroup.mount, host_below_mount(host, room->row->path));
	error_hint(&step->why, "as root: echo %" PRIu64 " >%s/pids.max", number, group);
}

static char *refusal(const struct context *context, const struct room *room)
{
	cleanup_free char *others =
		room->others ? xasprintf(", %" PRIu64 " of which other processes use", room->others)
			     : xstrdup("");
	cleanup_free char *tasks = context_tasks_text(context);
	return xasprintf("%s starts %s, but pids.max of %s is %" PRIu64 "%s", context->router->name, tasks,
			 room->row->path, room->row->pids_max, others);
}

void router_plan_processes(const struct context *context, struct plan *plan)
{
	const struct room room = context->decision.sized ? find_room(context, plan) : (struct room){0};

	if (!room.row || room.free >= context_tasks(context))
		return;
	cleanup_free char *text = refusal(context, &room);
	if (context->decision.budget.processes_source == SOURCE_DEFAULT) {
		plan_warn(plan, "%s; the number of processes is an assumption", text);
		return;
	}
	struct step *step = plan_add(
		plan, context, setting_of(SETTING_NEED_PROCESSES), path_join(room.row->path, "pids.max"),
		value_number(VALUE_COUNT, enough(context, plan, &room)), SOURCE_COMPUTED);
	step->current = value_number(VALUE_COUNT, room.row->pids_max);
	step_deny(step, context, EAGAIN, "%s", text);
	hint_host(step, context, &room);
}
