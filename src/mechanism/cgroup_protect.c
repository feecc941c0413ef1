/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_protect.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/cgroup_group.h"
#include "mechanism/cgroup_tree.h"

bool protect_is(const struct step *step)
{
	return step->setting->bounded_above;
}

/* ---- judge ---- */

static uint64_t protection_of(const struct ancestor *row, enum setting_id id)
{
	return id == SETTING_MEMORY_LOW ? row->memory_low : row->memory_min;
}

static bool is_above(const char *path, const char *base)
{
	size_t length = strlen(path);
	return strcmp(path, "/") == 0 ||
	       (strncmp(base, path, length) == 0 && (!base[length] || base[length] == '/'));
}

/* The hint for raising another group's protection: under systemd every group is a unit with properties, and
 * the last component of its path is the unit's name. */
static int hint_raise(const struct context *context, const struct step *step, const char *path,
		      struct error *error)
{
	const char *file = step->setting->name, *unit = strrchr(path, '/') + 1;
	const char *directive = step->setting->systemd;
	uint64_t wanted = step->wanted.number[0];

	if (context->host->cgroup.systemd && *unit)
		return error_hint(error,
				  "%s set-property %s %.*s=%" PRIu64
				  "; or to continue without it: --policy cgroup/%s=prefer",
				  host_systemctl(context->host, path), unit, (int)strcspn(directive, "="),
				  directive, wanted, file);
	return error_hint(error,
			  "raise %s of the group %s to %" PRIu64
			  " from outside; or continue without it: --policy cgroup/%s=prefer",
			  file, path, wanted, file);
}

#define NO_EFFECT \
	"%s would have no effect: the kernel protects at most what every group above has, and %s has %" PRIu64

static void deny(const struct context *context, struct step *step, const char *path, uint64_t has)
{
	step_deny(step, context, 0, NO_EFFECT, step->setting->name, path, has);
	hint_raise(context, step, path, &step->why);
}

/* The first protection that is too low; false if none is. */
static bool deny_low(const struct context *context, struct step *step, const struct ancestor *rows,
		     size_t count, const char *ours_below)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t has = protection_of(&rows[i], step->setting->id);
		bool theirs = !ours_below || is_above(rows[i].path, ours_below);
		if (!theirs || has >= step->wanted.number[0])
			continue;
		deny(context, step, rows[i].path, has);
		return true;
	}
	return false;
}

void protect_judge(const struct context *context, struct step *step)
{
	const struct host *host = context->host;

	if ((step->status != STATUS_PLANNED && step->status != STATUS_SATISFIED) ||
	    step->wanted.number[0] == 0)
		return;
	if (context->decision.manager == MANAGER_CGROUPFS)
		deny_low(context, step, host->placed, host->placed_count, host->cgroup.base);
	else if (context->decision.manager == MANAGER_SYSTEMD && context->decision.own_unit &&
		 host->ancestor_count)
		deny_low(context, step, host->ancestors + 1, host->ancestor_count - 1, NULL);
	else if (context->decision.manager == MANAGER_SYSTEMD)
		deny_low(context, step, host->placed, host->placed_count, NULL);
}

/* ---- apply ---- */

static int read_protection(int directory, const char *file, uint64_t *bytes)
{
	char text[32];

	if (pseudo_read_small(directory, file, text, sizeof text) < 0)
		return -1;
	if (parse_u64_or_max(text, bytes))
		return 0;
	errno = EINVAL;
	return -1;
}

struct sum {
	const char *file;
	const char *except; /* a group that is not counted; NULL: none */
	uint64_t bytes;
};

/* A group may be removed at any time, and one without the controller has no such file. */
static bool is_gone(int errnum)
{
	return errnum == ENOENT || errnum == ENODEV;
}

static int add_child(int parent, const char *name, void *data)
{
	struct sum *sum = data;
	uint64_t bytes;
	if (sum->except && strcmp(name, sum->except) == 0)
		return 0;
	cleanup_close int child = group_open(parent, name);
	if (child < 0 || read_protection(child, sum->file, &bytes) < 0)
		return is_gone(errno) ? 0 : -1;
	if (__builtin_add_overflow(sum->bytes, bytes, &sum->bytes))
		sum->bytes = UNLIMITED;
	return 0;
}

/* The sum of the protection that the groups in a directory request. */
static int sum_of_children(int directory, const char *file, const char *except, uint64_t *bytes)
{
	struct sum sum = {.file = file, .except = except};
	if (group_each_child(directory, add_child, &sum) < 0)
		return -1;
	*bytes = sum.bytes;
	return 0;
}

static int write_protection(int directory, const char *file, uint64_t bytes)
{
	cleanup_free char *text = bytes == UNLIMITED ? xstrdup("max") : xasprintf("%" PRIu64, bytes);
	return pseudo_write(directory, file, text);
}

/* The settings of level.protection[], in its order. */
static const enum setting_id protections[] = {SETTING_MEMORY_LOW, SETTING_MEMORY_MIN};

/* The protection of a level, and the sums that the groups in it request. */
struct demand {
	uint64_t has, others, ours;
};

static int read_demand(const struct group *group, size_t i, const char *file, struct demand *demand,
		       struct error *error)
{
	int directory = group_level_directory(group, i), ours = group_level_directory(group, i + 1);

	if (sum_of_children(directory, file, group->levels[i + 1].name, &demand->others) < 0 ||
	    read_protection(directory, file, &demand->has) < 0 ||
	    read_protection(ours, file, &demand->ours) < 0)
		return error_set(error, errno, "read %s of %s and the groups in it", file,
				 group->levels[i].label);
	return 0;
}

static int check_raised(int directory, const char *label, const char *file, uint64_t needed,
			struct error *error)
{
	uint64_t has;
	if (read_protection(directory, file, &has) < 0)
		return error_set(error, errno, "read %s/%s", label, file);
	if (has < needed)
		return error_set(error, 0, "%s/%s reads back as less than the %" PRIu64 " that were written",
				 label, file, needed);
	return 0;
}

static int raise_level(struct group *group, size_t i, const struct setting *setting, struct error *error)
{
	struct group_level *level = &group->levels[i];
	bool second = setting->id == protections[1];
	const char *file = setting->name;
	int directory = group_level_directory(group, i);
	struct demand demand = {0};

	if (read_demand(group, i, file, &demand, error) < 0)
		return -1;
	uint64_t needed;
	if (__builtin_add_overflow(demand.others, demand.ours, &needed))
		needed = UNLIMITED;
	if (demand.has >= needed)
		return 0;
	level->protection[second].raised = true;
	level->protection[second].keep = demand.has > demand.others ? demand.has : 0;
	if (write_protection(directory, file, needed) < 0)
		return error_set(error, errno,
				 "write %" PRIu64 " to %s/%s, without which that of %s has no effect", needed,
				 level->label, file, group->levels[group->level_count - 1].label);
	return check_raised(directory, level->label, file, needed, error);
}

int protect_levels(struct group *group, const struct setting *setting, struct error *error)
{
	for (size_t i = group->level_count - 1; i-- > 0;)
		if (raise_level(group, i, setting, error) < 0)
			return -1;
	return 0;
}

/* A removed level needs no lowering. */
static int lower_level(const struct group *group, size_t i, size_t f, struct error *error)
{
	const struct group_level *level = &group->levels[i];
	const char *file = setting_of(protections[f])->name;
	int directory = group_level_directory(group, i);
	uint64_t left, has;

	if (sum_of_children(directory, file, NULL, &left) < 0 || read_protection(directory, file, &has) < 0)
		return is_gone(errno)
			       ? 0
			       : error_set(error, errno, "lower %s/%s, which was raised", level->label, file);
	if (left < level->protection[f].keep)
		left = level->protection[f].keep;
	if (has > left && write_protection(directory, file, left) < 0) {
		error_set(error, errno, "write %" PRIu64 " to %s/%s, which was raised", left, level->label,
			  file);
		return error_hint(error, "echo %" PRIu64 " >%s/%s", left, level->label, file);
	}
	return 0;
}

int protect_less(struct group *group, struct error *error)
{
	int result = 0;
	for (size_t i = group->level_count ? group->level_count - 1 : 0; i-- > 0;)
		for (size_t f = 0; f < ARRAY_SIZE(protections); f++)
			if (group->levels[i].protection[f].raised && !result)
				result = lower_level(group, i, f, error);
	return result;
}

int protect_check(const struct target *target, const struct step *step, const char *group,
		  struct error *error)
{
	const struct context *context = target->context;
	cleanup_free char *path = xstrdup(group);
	char *end;

	while ((end = strrchr(path, '/')) && end != path) {
		*end = '\0';
		cleanup_close int directory =
			group_open(target->cgroup, host_below_mount(context->host, path));
		if (directory < 0)
			return error_set(error, errno, "open the group %s", path);
		uint64_t has;
		if (read_protection(directory, step->setting->name, &has) < 0)
			return error_set(error, errno, "read %s/%s", path, step->setting->name);
		if (has >= step->wanted.number[0])
			continue;
		error_set(error, 0, NO_EFFECT, step->setting->name, path, has);
		return hint_raise(context, step, path, error);
	}
	return 0;
}
