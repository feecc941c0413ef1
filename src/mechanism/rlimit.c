/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/value.h"
#include "host/host.h"
#include "mechanism/capabilities.h"
#include "mechanism/mechanism.h"
#include "mechanism/process.h"
#include "plan/remedy.h"
#include "router/router.h"

/* Beyond it OpenSIPS 4.0, which closes every descriptor up to the limit when it starts, takes long: 87 s at
 * 2^30. */
#define NOFILE_SANE (UINT64_C(1) << 20)

/* fs/file.c: sysctl_nr_open_max on 64-bit machines. */
#define NR_OPEN_MAX ((uint64_t)(INT_MAX & -64))

struct limits {
	uint64_t soft, hard;
};

static struct value limits_value(const struct setting *setting, struct limits limits)
{
	return value_numbers(setting->kind, 2, (const uint64_t[]){limits.soft, limits.hard});
}

static char *limit_text(uint64_t limit)
{
	return limit == UNLIMITED ? xstrdup("unlimited") : xasprintf("%" PRIu64, limit);
}

/*
 * A half that the profile omits is kept. A kept soft limit cannot stay above a given hard one (EINVAL): it is
 * lowered with it, and the reason reports that.
 */
static struct limits complete(const struct rlimit_request *requested, struct limits current, char **reason)
{
	struct limits wanted = {requested->has_soft ? requested->soft : current.soft,
				requested->has_hard ? requested->hard : current.hard};
	if (requested->has_soft && requested->has_hard)
		return wanted;
	if (requested->has_soft) {
		*reason = xstrdup("the hard limit is kept");
	} else if (wanted.soft <= wanted.hard) {
		*reason = xstrdup("the soft limit is kept");
	} else {
		cleanup_free char *from = limit_text(wanted.soft);
		*reason = xasprintf("the soft limit %s is lowered to the hard limit", from);
		wanted.soft = wanted.hard;
	}
	return wanted;
}

/* The bytes of the router's pools that count against this limit; 0: none do. */
static uint64_t pools_bytes(const struct context *context, int resource)
{
	if (!context->decision.sized)
		return 0;
	if (resource == RLIMIT_AS)
		return (context->decision.budget.shared_mib + context->decision.budget.private_mib) * MIB;
	if (resource == RLIMIT_DATA) /* private writable mappings count since Linux 4.7: -M, but not -m */
		return context->decision.budget.private_mib * MIB;
	return 0;
}

/* If the pools cannot be mapped, OpenSIPS dies of SIGSEGV and Kamailio exits with 255. */
static bool judge_pools(struct step *step, const struct context *context, struct limits wanted)
{
	int resource = step->setting->resource;
	uint64_t needed = pools_bytes(context, resource);

	if (wanted.soft >= needed)
		return false;
	step_deny(step, context, 0,
		  "%s of %" PRIu64 " bytes is below the %" PRIu64
		  " MiB of the router's %s: it could not start",
		  step->setting->name, wanted.soft, needed / MIB,
		  resource == RLIMIT_AS ? "pools (-m and -M)" : "private pool (-M)");
	error_hint(&step->why, "remove it: the cgroup's memory.max limits the router's memory");
	return true;
}

static bool may_raise(const struct host *host)
{
	return capable_globally(host, CAP_SYS_RESOURCE);
}

/* The value that is possible here: at most the hard limit in force if that cannot be raised, at most
 * fs.nr_open. */
static void take_what_is_there(struct step *step, const struct context *context, struct limits current,
			       struct limits wanted)
{
	const struct host *host = context->host;
	struct limits max = wanted;

	if (!may_raise(host))
		max.hard = smaller_of(max.hard, current.hard);
	if (step->setting->id == SETTING_RLIMIT_NOFILE && host->nr_open)
		max.hard = smaller_of(max.hard, host->nr_open);
	max.soft = smaller_of(max.soft, max.hard);
	step_clamp(step, limits_value(step->setting, max));
}

/* kernel/sys.c, do_prlimit(): EPERM for RLIMIT_NOFILE above fs.nr_open, for every process. */
static void deny_nr_open(struct step *step, const struct context *context, struct limits wanted)
{
	uint64_t nr_open = context->host->nr_open;
	cleanup_free char *hard = limit_text(wanted.hard);

	step_deny(step, context, EPERM, "RLIMIT_NOFILE of %s is above fs.nr_open, which is %" PRIu64, hard,
		  nr_open);
	if (wanted.hard <= NR_OPEN_MAX)
		error_hint(&step->why, "request at most %" PRIu64 ", or on the host: sysctl -w fs.nr_open=%s",
			   nr_open, hard);
	else
		error_hint(&step->why, "request at most %" PRIu64, nr_open);
}

/* kernel/sys.c, do_prlimit(): raising a hard limit needs capable(CAP_SYS_RESOURCE), else EPERM. */
static void deny_raise(struct step *step, const struct context *context, struct limits current,
		       struct limits wanted)
{
	cleanup_free char *from = limit_text(current.hard), *to = limit_text(wanted.hard);
	step_deny(step, context, EPERM, "raising the hard limit %s from %s to %s needs CAP_SYS_RESOURCE%s",
		  step->setting->name, from, to,
		  context->host->initial_user_namespace
			  ? ""
			  : " in the initial user namespace, and this is another one");
}

/* Only the soft limit is given, and it is above the hard one. If that can be raised, the profile must give
 * it; if not, siplaunch's parent must raise it. */
static void deny_soft(struct step *step, const struct context *context, struct limits current,
		      struct limits wanted)
{
	cleanup_free char *soft = limit_text(wanted.soft), *hard = limit_text(wanted.hard);

	if (may_raise(context->host)) {
		step_deny(step, context, EINVAL,
			  "the soft limit %s is above the hard limit %s that is in force", soft, hard);
		error_hint(&step->why, "give \"hard\": %s as well", soft);
		return;
	}
	const struct limits both = {wanted.soft, wanted.soft};
	step->lacking = limits_value(step->setting, both);
	deny_raise(step, context, current, both);
	free(step->why.hint);
	step->why.hint = remedy_text(step->setting, &step->lacking, context->host);
	take_what_is_there(step, context, current, wanted);
}

static void judge(struct step *step, const struct context *context, const struct rlimit_request *requested,
		  struct limits wanted)
{
	const struct host *host = context->host;
	int resource = step->setting->resource;
	bool known = host->rlimits[resource].known;
	struct limits current = {host->rlimits[resource].soft, host->rlimits[resource].hard};

	if (!known && !(requested->has_soft && requested->has_hard)) {
		step_deny(step, context, 0,
			  "only the %s limit is given, and the %s one in force is not known",
			  requested->has_soft ? "soft" : "hard", requested->has_soft ? "hard" : "soft");
		error_hint(&step->why, "give both \"soft\" and \"hard\"");
	} else if (wanted.soft > wanted.hard && requested->has_hard) {
		cleanup_free char *soft = limit_text(wanted.soft), *hard = limit_text(wanted.hard);
		step_deny(step, context, EINVAL, "the soft limit %s is above the hard limit %s", soft, hard);
		error_hint(&step->why, "give \"hard\": %s as well", soft);
	} else if (wanted.soft > wanted.hard) {
		deny_soft(step, context, current, wanted);
	} else if (judge_pools(step, context, wanted)) {
		return;
	} else if (known && value_equal(&step->current, &step->wanted)) {
		step->status = STATUS_SATISFIED;
	} else if (resource == RLIMIT_NOFILE && host->nr_open && wanted.hard > host->nr_open) {
		deny_nr_open(step, context, wanted);
		if (known)
			take_what_is_there(step, context, current, wanted);
	} else if (known && wanted.hard > current.hard && !may_raise(host)) {
		deny_raise(step, context, current, wanted);
		take_what_is_there(step, context, current, wanted);
	}
}

static void warn_without_effect(const struct setting *setting, struct plan *plan)
{
	if (setting->resource == RLIMIT_RSS)
		plan_warn(plan, "RLIMIT_RSS has had no effect since Linux 2.4.30: memory.max limits memory");
	if (setting->resource == RLIMIT_LOCKS)
		plan_warn(plan, "RLIMIT_LOCKS has had no effect since Linux 2.4.25");
}

static void plan_limit(const struct context *context, struct plan *plan,
		       const struct rlimit_request *requested)
{
	const struct setting *setting = requested->setting;
	const struct host *host = context->host;
	struct limits current = {requested->soft, requested->hard};
	char *reason = NULL;

	if (host->rlimits[setting->resource].known)
		current = (struct limits){host->rlimits[setting->resource].soft,
					  host->rlimits[setting->resource].hard};
	struct limits wanted = complete(requested, current, &reason);
	struct step *step = plan_add(plan, context, setting, xasprintf("prlimit64(%s)", setting->name),
				     limits_value(setting, wanted), requested->source);
	step->reason = reason;
	if (host->rlimits[setting->resource].known)
		step->current = limits_value(setting, current);
	judge(step, context, requested, wanted);
	warn_without_effect(setting, plan);
}

/* The soft limit that the router will run with: the plan's, else the one in force; UNLIMITED if not known. */
static uint64_t soft_in_force(const struct context *context, struct plan *plan, enum setting_id id)
{
	const struct rlimit_pair *current = &context->host->rlimits[setting_of(id)->resource];
	const struct step *step = plan_find(plan, id);
	if (step && step->policy != POLICY_SKIP && step->status != STATUS_DENIED)
		return step_target(step)->number[0];
	return current->known ? current->soft : UNLIMITED;
}

static bool runs_as_root(const struct context *context)
{
	return context->identity->has_user ? context->identity->uid == 0 : context->host->euid == 0;
}

static bool keeps_capability(const struct context *context, int capability)
{
	if (context->profile->has_capabilities)
		return context->profile->capabilities & CAPABILITY_BIT(capability);
	return runs_as_root(context) && capable_here(context->host, capability);
}

/* An inherited limit (ulimit -v in a start script) kills the router just as one of the profile does. */
static void warn_pools(const struct context *context, struct plan *plan)
{
	static const enum setting_id memory[] = {SETTING_RLIMIT_AS, SETTING_RLIMIT_DATA};

	for (size_t i = 0; i < ARRAY_SIZE(memory); i++) {
		const struct setting *setting = setting_of(memory[i]);
		uint64_t soft = soft_in_force(context, plan, memory[i]);
		uint64_t needed = pools_bytes(context, setting->resource);
		if (soft == UNLIMITED || needed == 0)
			continue;
		if (soft < needed)
			plan_warn(plan,
				  "%s in force is %" PRIu64 " bytes, below the %" PRIu64
				  " MiB of the router's pools: it will not start",
				  setting->name, soft, needed / MIB);
		else
			plan_warn(plan,
				  "%s leaves %" PRIu64
				  " MiB outside the router's pools for its code, modules and stacks: a "
				  "cgroup's memory.max is the better limit",
				  setting->name, (soft - needed) / MIB);
	}
}

/* kernel/fork.c counts the processes of a user everywhere on the machine; exempt are root, and processes with
 * CAP_SYS_RESOURCE or CAP_SYS_ADMIN, in the initial user namespace. */
static bool is_exempt(const struct context *context)
{
	bool initial = context->host->initial_user_namespace;
	return initial && (runs_as_root(context) || keeps_capability(context, CAP_SYS_RESOURCE) ||
			   keeps_capability(context, CAP_SYS_ADMIN));
}

/* The hint names the profile's key if siplaunch may raise it, otherwise how siplaunch's parent does it. */
static void hint_processes(struct step *step, const struct context *context)
{
	const struct rlimit_pair *current = &context->host->rlimits[RLIMIT_NPROC];
	uint64_t enough = context_tasks_with_room(context);

	if (current->hard >= enough || may_raise(context->host))
		error_hint(&step->why, "raise it in the profile: --set rlimits.RLIMIT_NPROC=%" PRIu64,
			   enough);
}

/* If it is too small, the router exits as soon as a fork fails (EAGAIN). */
static void judge_processes(const struct context *context, struct plan *plan)
{
	uint64_t soft = soft_in_force(context, plan, SETTING_RLIMIT_NPROC);
	uint64_t enough = context_tasks_with_room(context);
	struct step *step = plan_find(plan, SETTING_RLIMIT_NPROC);

	if (is_exempt(context) || soft >= context_tasks(context) || (step && step->status == STATUS_DENIED))
		return;
	if (!step) {
		const struct setting *setting = setting_of(SETTING_RLIMIT_NPROC);
		step = plan_add(plan, context, setting, xstrdup("prlimit64(RLIMIT_NPROC)"),
				limits_value(setting, (struct limits){enough, enough}), SOURCE_COMPUTED);
		step->current = limits_value(
			setting, (struct limits){soft, context->host->rlimits[RLIMIT_NPROC].hard});
		step->reason = xstrdup("as pids.max \"auto\": 2 x processes, threads and 64");
	}
	cleanup_free char *tasks = context_tasks_text(context);
	step_deny(step, context, EAGAIN,
		  "RLIMIT_NPROC is %" PRIu64
		  ", but the router starts %s; those of other programs of the same user count too",
		  soft, tasks);
	hint_processes(step, context);
}

/* Kamailio's mlock_pages calls mlockall() and continues with a warning when it is refused
 * (core/daemonize.c). shm_force_alloc touches the pool as well, but locks nothing: with both the result is
 * not known. */
static void warn_locked_memory(const struct context *context, struct plan *plan)
{
	uint64_t soft = soft_in_force(context, plan, SETTING_RLIMIT_MEMLOCK);
	if (!context->estimate->shared_touched || context->estimate->shm_force_alloc ||
	    keeps_capability(context, CAP_IPC_LOCK) || soft >= context->decision.budget.shared_mib * MIB)
		return;
	plan_warn(plan,
		  "RLIMIT_MEMLOCK is %" PRIu64
		  " bytes, so mlock_pages cannot lock the shared pool of %" PRIu64
		  " MiB: raise it, or keep CAP_IPC_LOCK",
		  soft, context->decision.budget.shared_mib);
}

static void warn_descriptors(const struct context *context, struct plan *plan)
{
	uint64_t soft = soft_in_force(context, plan, SETTING_RLIMIT_NOFILE);
	if (!context->router->nofile_hazard || soft <= NOFILE_SANE ||
	    !(context->host->rlimits[RLIMIT_NOFILE].known || soft != UNLIMITED))
		return;
	cleanup_free char *text = limit_text(soft);
	plan_warn(plan, "RLIMIT_NOFILE is %s: %s; set it to what is needed, such as 65536", text,
		  context->router->nofile_hazard);
}

/* The hard limit that the router will run with, like soft_in_force(). */
static uint64_t hard_in_force(const struct context *context, const struct step *step, int resource)
{
	if (step && step->policy != POLICY_SKIP)
		return step_target(step)->number[1];
	return context->host->rlimits[resource].known ? context->host->rlimits[resource].hard : UNLIMITED;
}

/* Both routers set open_files_limit themselves, and exit with 255 where the kernel refuses
 * (set_open_fds_limit() of OpenSIPS, increase_open_fds() of Kamailio); OpenSIPS continues with the hard limit
 * where the soft one is below it. */
static bool can_open(const struct context *context, uint64_t files, uint64_t soft, uint64_t hard)
{
	if (files <= soft || files <= hard)
		return true;
	if (context->host->initial_user_namespace && keeps_capability(context, CAP_SYS_RESOURCE))
		return true;
	return context->router->reactor_bytes_per_file && soft < hard;
}

static void judge_open_files(const struct context *context, struct plan *plan)
{
	const struct setting *setting = setting_of(SETTING_RLIMIT_NOFILE);
	struct step *step = plan_step(plan, setting);
	uint64_t files = context->estimate->open_files_limit;
	uint64_t soft = soft_in_force(context, plan, SETTING_RLIMIT_NOFILE);
	uint64_t hard = hard_in_force(context, step, RLIMIT_NOFILE);
	bool in_profile = step != NULL;

	if (can_open(context, files, soft, hard) || (step && step->status == STATUS_DENIED))
		return;
	if (!step)
		step = plan_add(plan, context, setting, xasprintf("prlimit64(%s)", setting->name),
				limits_value(setting, (struct limits){files, files}), SOURCE_COMPUTED);
	step_deny(step, context, EPERM,
		  "%s exits when it starts: its configuration sets open_files_limit=%" PRIu64
		  ", and it cannot raise the hard limit, which is %" PRIu64,
		  context->router->name, files, hard);
	if (in_profile || may_raise(context->host) || context->host->rlimits[RLIMIT_NOFILE].hard >= files)
		error_hint(&step->why, "raise it in the profile: --set rlimits.RLIMIT_NOFILE=%" PRIu64,
			   files);
}

static int rlimit_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct profile *profile = context->profile;

	(void)error;
	for (size_t i = 0; i < profile->rlimit_count; i++)
		if (profile->rlimits[i].setting->id != SETTING_RLIMIT_NOFILE)
			plan_limit(context, plan, &profile->rlimits[i]);
	/* last: siplaunch itself needs descriptors until then */
	for (size_t i = 0; i < profile->rlimit_count; i++)
		if (profile->rlimits[i].setting->id == SETTING_RLIMIT_NOFILE)
			plan_limit(context, plan, &profile->rlimits[i]);
	warn_descriptors(context, plan);
	if (!context->decision.sized)
		return 0;
	warn_pools(context, plan);
	judge_open_files(context, plan);
	judge_processes(context, plan);
	warn_locked_memory(context, plan);
	return 0;
}

/* rlim_t is narrower than ours on some 32-bit systems; "no limit" is all ones in both. */
static rlim_t to_rlim(uint64_t limit)
{
	return limit == UNLIMITED ? RLIM_INFINITY : (rlim_t)limit;
}

static uint64_t from_rlim(rlim_t limit)
{
	return limit == RLIM_INFINITY ? UNLIMITED : (uint64_t)limit;
}

static int read_own(struct step *step, struct error *error)
{
	struct rlimit limit;
	if (prlimit(0, (resource_t)step->setting->resource, NULL, &limit) < 0)
		return error_set(error, errno, "read %s", step->setting->name);
	value_set(&step->actual, limits_value(step->setting, (struct limits){from_rlim(limit.rlim_cur),
									     from_rlim(limit.rlim_max)}));
	return 0;
}

/* prlimit64(2) on another user's process needs that user's ids or CAP_SYS_RESOURCE; every user may read
 * /proc/PID/limits. */
static int read_observed(const struct target *target, struct step *step, struct error *error)
{
	cleanup_free char *text = NULL;
	struct rlimit_pair pair;

	if (process_read(target, "limits", &text, error) < 0)
		return -1;
	if (!rlimit_parse(text, step->setting->resource, &pair))
		return error_set(error, 0, "/proc/%d/limits has no usable line for %s", (int)target->pid,
				 step->setting->name);
	value_set(&step->actual, limits_value(step->setting, (struct limits){pair.soft, pair.hard}));
	return 0;
}

static int rlimit_read(const struct target *target, struct step *step, struct error *error)
{
	return target->role == ROLE_OBSERVED ? read_observed(target, step, error) : read_own(step, error);
}

static int rlimit_apply(struct target *target, struct step *step, struct error *error)
{
	const struct value *limits = step_target(step);
	const struct rlimit wanted = {to_rlim(limits->number[0]), to_rlim(limits->number[1])};
	cleanup_free char *text = value_kernel_text(limits, "unlimited");

	if (prlimit(0, (resource_t)step->setting->resource, &wanted, NULL) < 0)
		return error_set(error, errno, "set %s (soft, hard) to %s", step->setting->name, text);
	if (rlimit_read(target, step, error) < 0)
		return -1;
	if (!value_equal(&step->actual, limits)) {
		cleanup_free char *actual = value_kernel_text(&step->actual, "unlimited");
		return error_set(error, 0, "%s (soft, hard) is %s after it was set to %s",
				 step->setting->name, actual, text);
	}
	step->status = step->status == STATUS_CLAMPED ? STATUS_CLAMPED : STATUS_APPLIED;
	return 0;
}

const struct mechanism mechanism_rlimit = {
	.id = MECHANISM_RLIMIT,
	.plan = rlimit_plan,
	.apply = rlimit_apply,
	.read = rlimit_read,
};
