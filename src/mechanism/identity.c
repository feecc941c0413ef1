/* SPDX-License-Identifier: MIT */
#include "mechanism/identity.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "host/host.h"
#include "mechanism/capabilities.h"
#include "mechanism/process.h"

/* The kernel's own bound on a task's supplementary groups (NGROUPS_MAX). */
#define GROUPS_LIMIT 65536

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

char *groups_text(uint64_t *ids, size_t count, uint64_t own)
{
	size_t size = count * sizeof "4294967295" + sizeof "none", length = 0;
	char *text = xcalloc(size, 1);

	qsort(ids, count, sizeof *ids, compare_ids);
	for (size_t i = 0; i < count; i++) {
		if (ids[i] == own || (i > 0 && ids[i] == ids[i - 1]))
			continue;
		length += (size_t)snprintf(text + length, size - length, "%s%" PRIu32, length ? " " : "",
					   (uint32_t)ids[i]);
	}
	if (length == 0)
		snprintf(text, size, "none");
	return text;
}

static int set_umask(const struct context *context, const struct step *step, struct error *error)
{
	(void)context;
	(void)error;
	umask((mode_t)step->wanted.number[0]);
	return 0;
}

static int set_groups(const struct context *context, const struct step *step, struct error *error)
{
	const struct profile *profile = context->profile;
	if (setgroups(profile->additional_gid_count, profile->additional_gids) < 0)
		return error_set(error, errno, "set the supplementary groups to %s", step->wanted.text);
	return 0;
}

static int set_group(const struct context *context, const struct step *step, struct error *error)
{
	gid_t gid = (gid_t)step->wanted.number[0];
	(void)context;
	if (setresgid(gid, gid, gid) < 0)
		return error_set(error, errno, "set the real, effective and saved group id to %" PRIu32,
				 (uint32_t)gid);
	return 0;
}

/*
 * When the uid leaves 0, the kernel clears the permitted set, unless KEEPCAPS is set (security/commoncap.c,
 * cap_emulate_setxuid). The capabilities step, which comes next, needs permitted capabilities, also to drop
 * others from the bounding set. exec clears those that might remain.
 */
static int set_user(const struct context *context, const struct step *step, struct error *error)
{
	uid_t uid = (uid_t)step->wanted.number[0];
	bool keep = context->profile->has_capabilities &&
		    profile_policy(context->profile, setting_of(SETTING_CAPABILITIES)) != POLICY_SKIP;

	if (keep && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return error_set(error, errno, "keep the permitted capabilities across a change of user");
	if (setresuid(uid, uid, uid) < 0)
		return error_set(error, errno, "set the real, effective and saved user id to %" PRIu32,
				 (uint32_t)uid);
	if (keep && prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return error_set(error, errno, "stop keeping capabilities across a change of user");
	return 0;
}

static int set_capabilities(const struct context *context, const struct step *step, struct error *error)
{
	(void)step;
	return capabilities_keep(context->profile->capabilities, context->host->cap_bounding, error);
}

static int set_privileges(const struct context *context, const struct step *step, struct error *error)
{
	(void)context;
	(void)step;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(error, errno, "set no_new_privs");
	return 0;
}

static int numbers_read(const char *status, const char *name, int base, struct step *step)
{
	uint64_t number;
	if (status_numbers(status, name, base, &number, 1) != 1)
		return -1;
	value_set(&step->actual, value_number(step->setting->kind, number));
	return 0;
}

static int read_umask(const struct target *target, const char *status, struct step *step)
{
	(void)target;
	return numbers_read(status, "Umask", 8, step);
}

/* Until the group step is applied, our own group is still the old one. */
static int read_groups(const struct target *target, const char *status, struct step *step)
{
	cleanup_free uint64_t *ids = xcalloc(GROUPS_LIMIT, sizeof *ids);
	uint64_t own[4];
	int count = status_numbers(status, "Groups", 10, ids, GROUPS_LIMIT);

	if (count < 0 || status_numbers(status, "Gid", 10, own, 4) != 4)
		return -1;
	if (target->role != ROLE_OBSERVED)
		own[1] = identity_final_gid(target->context);
	step->actual.kind = VALUE_TEXT;
	step->actual.text = groups_text(ids, (size_t)count, own[1]);
	return 0;
}

/* Real, effective, saved and perhaps file system id. If one differs, it is the one that is shown. */
static void show_id(struct step *step, const uint64_t *ids, size_t count)
{
	uint64_t shown = ids[1];
	for (size_t i = 0; i < count; i++)
		if (ids[i] != ids[1])
			shown = ids[i];
	value_set(&step->actual, value_number(step->setting->kind, shown));
}

static int read_id(const char *status, const char *name, struct step *step)
{
	uint64_t ids[4];
	if (status_numbers(status, name, 10, ids, 4) != 4)
		return -1;
	show_id(step, ids, ARRAY_SIZE(ids));
	return 0;
}

static int own_group(struct step *step)
{
	gid_t real, effective, saved;
	if (getresgid(&real, &effective, &saved) < 0)
		return -1;
	show_id(step, (const uint64_t[]){real, effective, saved}, 3);
	return 0;
}

static int own_user(struct step *step)
{
	uid_t real, effective, saved;
	if (getresuid(&real, &effective, &saved) < 0)
		return -1;
	show_id(step, (const uint64_t[]){real, effective, saved}, 3);
	return 0;
}

static int own_privileges(struct step *step)
{
	int set = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	if (set < 0)
		return -1;
	value_set(&step->actual, value_number(step->setting->kind, (uint64_t)set));
	return 0;
}

static int read_group(const struct target *target, const char *status, struct step *step)
{
	(void)target;
	return read_id(status, "Gid", step);
}

static int read_user(const struct target *target, const char *status, struct step *step)
{
	(void)target;
	return read_id(status, "Uid", step);
}

static int read_capabilities(const struct target *target, const char *status, struct step *step)
{
	struct capability_sets sets;
	(void)target;
	if (!capability_sets_read(status, &sets))
		return -1;
	step->actual.kind = VALUE_TEXT;
	step->actual.text = capability_sets_text(&sets);
	return 0;
}

static int read_privileges(const struct target *target, const char *status, struct step *step)
{
	(void)target;
	return numbers_read(status, "NoNewPrivs", 10, step);
}

struct part {
	enum setting_id id;
	int (*set)(const struct context *context, const struct step *step, struct error *error);
	int (*read)(const struct target *target, const char *status, struct step *step);
	int (*own)(struct step *step); /* if a system call returns it for this process; otherwise NULL */
};

/* Values that no system call returns are read back from /proc/PID/status, which every user may read, also
 * after the change of user has made this process non-dumpable. */
static const struct part parts[] = {
	{SETTING_UMASK, set_umask, read_umask, NULL},
	{SETTING_ADDITIONAL_GIDS, set_groups, read_groups, NULL},
	{SETTING_GID, set_group, read_group, own_group},
	{SETTING_UID, set_user, read_user, own_user},
	{SETTING_CAPABILITIES, set_capabilities, read_capabilities, NULL},
	{SETTING_NO_NEW_PRIVILEGES, set_privileges, read_privileges, own_privileges},
};

static const struct part *part_of(const struct step *step)
{
	size_t i = 0;
	while (i + 1 < ARRAY_SIZE(parts) && parts[i].id != step->setting->id)
		i++;
	return &parts[i];
}

static int identity_read(const struct target *target, struct step *step, struct error *error)
{
	cleanup_free char *status = NULL;
	const struct part *part = part_of(step);

	if (part->own && target->role == ROLE_SELF)
		return part->own(step) < 0
			       ? error_set(error, errno, "read siplaunch's own %s", step->setting->help)
			       : 0;
	if (process_read(target, "status", &status, error) < 0)
		return -1;
	value_clear(&step->actual);
	if (part->read(target, status, step) < 0) {
		cleanup_free char *path = target_path(target, "status");
		return error_set(error, 0, "/proc/%s does not contain %s", path, step->setting->help);
	}
	return 0;
}

static int identity_apply(struct target *target, struct step *step, struct error *error)
{
	const struct part *part = part_of(step);

	if (part->set(target->context, step, error) < 0 || identity_read(target, step, error) < 0)
		return -1;
	if (!value_equal(&step->actual, &step->wanted)) {
		cleanup_free char *actual = value_kernel_text(&step->actual, NULL);
		cleanup_free char *wanted = value_kernel_text(&step->wanted, NULL);
		return error_set(error, 0, "%s is %s after it was set to %s", step->setting->name, actual,
				 wanted);
	}
	step->status = STATUS_APPLIED;
	return 0;
}

const struct mechanism mechanism_identity = {
	.id = MECHANISM_IDENTITY,
	.plan = identity_plan,
	.apply = identity_apply,
	.read = identity_read,
};
