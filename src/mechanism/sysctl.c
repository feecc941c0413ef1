/* SPDX-License-Identifier: MIT */
#include "mechanism/mechanism.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "host/namespace.h"
#include "plan/remedy.h"

static struct value current_value(const struct ipc_limits *limits, const struct setting *setting)
{
	const uint64_t *numbers = limits->known ? ipc_limit(limits, setting->name) : NULL;
	return numbers ? value_numbers(setting->kind, setting->arity, numbers) : (struct value){0};
}

/* ---- plan ---- */

/* The router's minimum; the reason has its computation. */
static int needed(const struct context *context, const struct setting *setting, uint64_t numbers[4],
		  char **reason, struct error *error)
{
	const struct profile *profile = context->profile;
	uint64_t shared = context->decision.budget.terms[TERM_SHARED].bytes,
		 page = context->host->memory.page_bytes;

	memset(numbers, 0, VALUE_NUMBERS_MAX * sizeof numbers[0]);
	if (setting->id == SETTING_SHMMAX) {
		numbers[0] = shared;
		*reason = xstrdup("at least the shared pool in one segment");
	} else if (setting->id == SETTING_SHMALL) {
		numbers[0] = pages_for(shared, page);
		*reason = xasprintf("at least the shared pool, in pages of %" PRIu64, page);
	} else {
		*reason = xasprintf("at least SEMMSL %" PRIu64 ", SEMMNS %" PRIu64 " x %" PRIu64
				    ", SEMOPM %" PRIu64 ", SEMMNI %" PRIu64,
				    profile->ipc.sem_per_set, profile->ipc.sem_sets, profile->ipc.sem_per_set,
				    profile->ipc.sem_ops_per_call, profile->ipc.sem_sets);
		return semaphores_compute(profile->ipc.sem_sets, profile->ipc.sem_per_set,
					  profile->ipc.sem_ops_per_call, numbers, error);
	}
	return 0;
}

/* "auto" is a minimum: a larger value is never lowered. */
static struct value at_least(const struct setting *setting, const uint64_t *numbers,
			     const struct value *current)
{
	struct value value = value_numbers(setting->kind, setting->arity, numbers);
	for (unsigned i = 0; i < value.count && i < current->count; i++)
		if (current->number[i] > value.number[i])
			value.number[i] = current->number[i];
	return value;
}

static char *sysctl_path(const char *name)
{
	char *path = xasprintf("/proc/sys/%s", name);
	for (char *dot = path; (dot = strchr(dot, '.'));)
		*dot = '/';
	return path;
}

/* True for the machine's namespace, whose limits apply to all processes in it; init also treats a namespace
 * that it cannot identify as the machine's. */
static bool is_the_machines(const struct context *context)
{
	const struct host *host = context->host;
	return host->initial_ipc_namespace ||
	       (context->purpose == PURPOSE_PREPARE_POD && !host->ipc_namespace);
}

static void deny_the_machines(const struct context *context, struct step *step)
{
	step_deny(step, context, 0,
		  "%s: the IPC namespace here is the machine's, whose limits are not the router's to change",
		  step->setting->name);
	bool wants_own =
		context->purpose != PURPOSE_PREPARE_POD && context->profile->ipc.namespace == IPC_PRIVATE;
	/* what a namespace of the container's own needs then; computed values are its defaults at least */
	if (wants_own && tool_is_engine(remedy_tool(context->host)) && step->source != SOURCE_COMPUTED)
		return;
	if (wants_own)
		error_hint(&step->why,
			   "see ipc/namespace: siplaunch cannot make the requested namespace here");
	else if (context->purpose != PURPOSE_PREPARE_POD)
		error_hint(&step->why, "give the router its own: \"ipc\": {\"namespace\": \"private\"}");
	else if (context->host->runtime == RUNTIME_NONE)
		error_hint(&step->why,
			   "init is for a container of the router's pod; on a host siplaunch run gives the "
			   "router a namespace of its own");
	else
		error_hint(
			&step->why,
			"give the pod a namespace of its own: no hostIPC: true in its spec (no --ipc host)");
}

/* A container without /proc/sys: an option of its engine would set a limit that siplaunch cannot read. */
static bool is_hidden(const struct host *host)
{
	return host->runtime != RUNTIME_NONE && host->ipc.failed && host->ipc.errnum == ENOENT;
}

static void deny_hidden(const struct context *context, struct step *step)
{
	step_deny(step, context, ENOENT, "read /proc/%s", context->host->ipc.failed);
	error_hint(
		&step->why,
		"start the container so that it sees its own /proc/sys, or continue without its IPC limits: "
		"--policy sysctl=prefer");
}

static void judge(const struct context *context, struct step *step, bool fresh)
{
	const struct host *host = context->host;
	if (value_equal(&step->current, &step->wanted)) {
		step->status = STATUS_SATISFIED;
		value_set(&step->actual, value_copy(&step->current));
	} else if (host->proc_subset) {
		step_deny(step, context, 0, "write %s: /proc is mounted with subset=pid, without sys",
			  step->path);
	} else if (!fresh && is_the_machines(context)) {
		deny_the_machines(context, step);
	} else if (!fresh && is_hidden(host)) {
		deny_hidden(context, step);
	} else if (fresh && host->fresh_ipc_errno) {
		step_deny(step, context, host->fresh_ipc_errno,
			  "open /proc/sys/kernel/sem for writing in a new IPC namespace");
	} else if (!fresh && !host->proc_sys_writable) {
		step_deny(step, context, host->proc_sys_errno, "write %s", step->path);
	}
}

static int plan_requested(const struct context *context, struct plan *plan, const struct requested *requested,
			  bool fresh, struct error *error)
{
	const struct host *host = context->host;
	const struct ipc_limits *limits = fresh ? &host->fresh_ipc : &host->ipc;
	uint64_t numbers[VALUE_NUMBERS_MAX];
	char *reason = NULL;

	if (requested->automatic && needed(context, requested->setting, numbers, &reason, error) < 0)
		return error_context(error, "%s", requested->setting->name);
	struct value current = current_value(limits, requested->setting);
	struct value wanted =
		requested->automatic ? at_least(requested->setting, numbers, &current)
		: requested->setting->kind == VALUE_BYTES
			? value_number(VALUE_BYTES,
				       size_bytes(&requested->size, context->decision.budget.limit_bytes,
						  UNLIMITED))
			: value_copy(&requested->value);
	struct step *step = plan_add(plan, context, requested->setting, sysctl_path(requested->setting->name),
				     wanted, requested->automatic ? SOURCE_COMPUTED : requested->source);
	step->current = current;
	step->reason = reason;
	step->minimum = requested->automatic && fresh && host->untried_ipc;
	judge(context, step, fresh);
	return 0;
}

static int sysctl_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct profile *profile = context->profile;
	const struct step *namespace = plan_find(plan, SETTING_IPC_NAMESPACE);
	bool fresh = namespace && namespace->status == STATUS_PLANNED && namespace->policy != POLICY_SKIP;

	for (size_t i = 0; i < settings_count; i++)
		for (size_t j = 0; j < profile->sysctl_count; j++)
			if (profile->sysctls[j].setting == &settings[i] &&
			    plan_requested(context, plan, &profile->sysctls[j], fresh, error) < 0)
				return -1;
	return 0;
}

/* ---- apply ---- */

/* Opened now and not earlier: a descriptor from before unshare(2) would write the old namespace's value. */
static int sysctl_open(const struct target *target, const struct step *step, int flags)
{
	return openat(target->proc, step->path + strlen("/proc/"), flags | O_CLOEXEC | O_NOCTTY);
}

static int parse(const struct step *step, const char *text, struct value *value, struct error *error)
{
	if (setting_value_parse(step->setting, text, value))
		return 0;
	return error_set(error, 0, "%s reads \"%.64s\", which is not a valid value", step->path, text);
}

static int read_fd(int fd, const struct step *step, struct value *value, struct error *error)
{
	char text[512];
	ssize_t length = pread(fd, text, sizeof text - 1, 0);
	if (length < 0)
		return error_set(error, errno, "read %s", step->path);
	text[length] = '\0';
	return parse(step, text, value, error);
}

/*
 * The AppArmor profile that confines us, "NAME (enforce)", or -1. attr/apparmor is there from Linux 5.8 on;
 * attr/current is also SELinux's, whose contexts have no mode in parentheses.
 */
static int read_confinement(int proc, char *profile, size_t size)
{
	static const char *const files[] = {"self/attr/apparmor/current", "self/attr/current"};
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		ssize_t length = pseudo_read_small(proc, files[i], profile, size);
		if (length > 0)
			return strstr(profile, " (enforce)") ? 0 : -1;
	}
	return -1;
}

/* For an error of open or write: container engines' AppArmor profiles deny writes below /proc/sys with
 * EACCES, as modes do. */
static int access_error(const struct target *target, int errnum, struct error *error)
{
	char profile[256];
	if (errnum == EACCES && read_confinement(target->proc, profile, sizeof profile) == 0)
		error_hint(
			error,
			"AppArmor profile %s is in force here and can deny this: in Kubernetes add "
			"securityContext: {appArmorProfile: {type: Unconfined}} to the container, in Docker "
			"or podman --security-opt apparmor=unconfined",
			profile);
	return -1;
}

static int sysctl_apply(struct target *target, struct step *step, struct error *error)
{
	struct value before = {0}, after = {0};
	cleanup_close int fd = sysctl_open(target, step, O_RDWR);
	if (fd < 0) {
		int errnum = errno;
		error_set(error, errnum, "open %s for writing", step->path);
		return access_error(target, errnum, error);
	}
	if (read_fd(fd, step, &before, error) < 0)
		return -1;
	value_set(&step->current, before);
	if (step->minimum)
		value_set(&step->wanted, at_least(step->setting, step->wanted.number, &step->current));
	if (value_equal(&step->current, &step->wanted)) {
		value_set(&step->actual, value_copy(&step->current));
		step->status = STATUS_SATISFIED;
		return 0;
	}
	cleanup_free char *text = value_kernel_text(&step->wanted, NULL),
			  *old = value_kernel_text(&step->current, NULL);
	int written = pseudo_write_fd(fd, text), errnum = errno;
	if (written == 0 && read_fd(fd, step, &after, error) < 0)
		return -1;
	value_set(&step->actual, after);
	if (written == 0 && value_equal(&step->wanted, &step->actual)) {
		step->status = STATUS_APPLIED;
		return 0;
	}
	pseudo_write_fd(fd, old); /* a refused kernel.sem can have changed three of its four numbers */
	if (written < 0) {
		error_set(error, errnum, "write \"%s\" to %s", text, step->path);
		return access_error(target, errnum, error);
	}
	cleanup_free char *actual = value_kernel_text(&step->actual, NULL);
	return error_set(error, 0, "%s reads back as \"%s\" after \"%s\" was written", step->path, actual,
			 text);
}

/* ---- read, undo ---- */

struct sysctl_file {
	const struct target *target;
	const struct step *step;
};

struct sysctl_text {
	char text[512];
};

/* Runs in another IPC namespace. 0, or the errno. */
static int look(void *answer, const void *data)
{
	const struct sysctl_file *file = data;
	struct sysctl_text *found = answer;
	cleanup_close int fd = sysctl_open(file->target, file->step, O_RDONLY);
	return fd < 0 || pseudo_read_fd(fd, found->text, sizeof found->text) < 0 ? errno : 0;
}

static int sysctl_read(const struct target *target, struct step *step, struct error *error)
{
	if (!step->path)
		step->path = sysctl_path(step->setting->name);
	if (target->role != ROLE_OBSERVED || ipc_namespace_is_ours(target->proc, target->pid)) {
		cleanup_close int fd = sysctl_open(target, step, O_RDONLY);
		if (fd < 0)
			return error_set(error, errno, "open %s", step->path);
		return read_fd(fd, step, &step->actual, error);
	}
	const struct sysctl_file file = {target, step};
	struct sysctl_text found;
	cleanup_free char *what = xasprintf("read %s", step->path);
	if (ipc_namespace_ask(target->proc, target->pid, what, look, &file, &found, sizeof found, error) < 0)
		return -1;
	return parse(step, found.text, &step->actual, error);
}

/* Nothing to undo in a namespace that siplaunch made: it ends with siplaunch. */
static void sysctl_undo(struct target *target, struct step *step)
{
	if (target->fresh_ipc || step->status != STATUS_APPLIED)
		return;
	cleanup_free char *old = value_kernel_text(&step->current, NULL);
	cleanup_close int fd = sysctl_open(target, step, O_WRONLY);
	if (fd >= 0 && pseudo_write_fd(fd, old) == 0)
		return;
	error_set(&step->why, errno, "restore \"%s\" in %s", old, step->path);
}

const struct mechanism mechanism_sysctl = {
	.id = MECHANISM_SYSCTL,
	.plan = sysctl_plan,
	.apply = sysctl_apply,
	.read = sysctl_read,
	.undo = sysctl_undo,
};
