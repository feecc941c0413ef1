/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/capabilities.h"
#include "mechanism/mechanism.h"
#include "mechanism/process.h"

#define SCORE_NEVER  (-1000)
#define SCORE_ALMOST (-999)
#define OOM_FILE     "oom_score_adj"

/*
 * True if a cgroup's memory limit will apply to the router. At -1000 the kernel can kill nothing in a full
 * group: its tasks loop in the charge path (mm/memcontrol.c) and never return.
 */
static bool under_memory_limit(const struct context *context)
{
	const struct profile *profile = context->profile;
	if (context->decision.group_path || context->host->memory.visible_limit != UNLIMITED)
		return true;
	const struct requested *max = profile_requested(profile, SETTING_MEMORY_MAX);
	return max && max->size.kind != SIZE_UNLIMITED;
}

/* fs/proc/base.c, __set_oom_adj(): EACCES below oom_score_adj_min without capable(CAP_SYS_RESOURCE). Values
 * down to it need no capability. */
static void deny_lower(struct step *step, const struct context *context, int wanted)
{
	const struct host *host = context->host;
	step_deny(step, context, EACCES,
		  "oom_score_adj %d is below the inherited %d: that needs CAP_SYS_RESOURCE%s", wanted,
		  host->oom_score_adj_min,
		  host->initial_user_namespace ? ", which siplaunch does not have"
					       : " in the initial user namespace, and this is another one");
	step_clamp(step, value_score(host->oom_score_adj_min));
}

static void judge(struct step *step, const struct context *context)
{
	const struct host *host = context->host;
	int wanted = (int)(int64_t)step->wanted.number[0];
	bool capable = host->initial_user_namespace && capable_globally(host, CAP_SYS_RESOURCE);

	if (wanted == SCORE_NEVER && under_memory_limit(context)) {
		step_deny(
			step, context, 0,
			"oom_score_adj -1000 under a memory limit: when the group is full nothing in it could "
			"be killed, and it would hang in the kernel");
		error_hint(&step->why, "use -999: killed last, but killed");
	} else if (!host->has_oom_score_adj) {
		step_deny(step, context, host->oom_score_adj_errno, "read /proc/self/oom_score_adj");
	} else if (host->oom_score_adj == wanted) {
		step->status = STATUS_SATISFIED;
	} else if (wanted < host->oom_score_adj_min && !capable) {
		deny_lower(step, context, wanted);
	}
}

static int oom_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct profile *profile = context->profile;
	const struct host *host = context->host;
	bool raise = !profile->has_oom_score_adj && host->has_oom_score_adj &&
		     host->oom_score_adj == SCORE_NEVER && under_memory_limit(context);

	(void)error;
	if (!profile->has_oom_score_adj && !raise)
		return 0;
	struct step *step =
		plan_add(plan, context, setting_of(SETTING_OOM_SCORE_ADJ), xstrdup("/proc/self/" OOM_FILE),
			 value_score(raise ? SCORE_ALMOST : profile->oom_score_adj),
			 raise ? SOURCE_COMPUTED : profile->oom_source);
	if (raise)
		step->reason = xstrdup("-1000 was inherited: the kernel could kill nothing in a full group");
	if (host->has_oom_score_adj)
		step->current = value_score(host->oom_score_adj);
	judge(step, context);
	return 0;
}

static int take(const char *text, struct step *step, struct error *error)
{
	struct value value;
	if (!setting_value_parse(step->setting, text, &value))
		return error_set(error, 0, OOM_FILE " is not a number: \"%.40s\"", text);
	value_set(&step->actual, value);
	return 0;
}

static int oom_read(const struct target *target, struct step *step, struct error *error)
{
	cleanup_free char *text = NULL;
	if (process_read(target, OOM_FILE, &text, error) < 0)
		return -1;
	return take(text, step, error);
}

static int oom_apply(struct target *target, struct step *step, struct error *error)
{
	cleanup_free char *path = target_path(target, OOM_FILE);
	cleanup_free char *text = value_kernel_text(step_target(step), NULL);

	cleanup_close int fd = openat(target->proc, path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || pseudo_write_fd(fd, text) < 0)
		return error_set(error, errno, "write %s to /proc/%s", text, path);
	char back[32];
	if (pseudo_read_fd(fd, back, sizeof back) < 0)
		return error_set(error, errno, "read /proc/%s", path);
	if (take(back, step, error) < 0)
		return -1;
	if (!value_equal(&step->actual, step_target(step))) {
		cleanup_free char *actual = value_kernel_text(&step->actual, NULL);
		return error_set(error, 0, "/proc/%s reads %s after %s was written", path, actual, text);
	}
	step->status = step->status == STATUS_CLAMPED ? STATUS_CLAMPED : STATUS_APPLIED;
	return 0;
}

const struct mechanism mechanism_oom = {
	.id = MECHANISM_OOM,
	.plan = oom_plan,
	.apply = oom_apply,
	.read = oom_read,
};
