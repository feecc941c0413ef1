/* SPDX-License-Identifier: MIT */
#include "mechanism/mechanism.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"

/* Where struct ipc_limits keeps each setting. */
static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{"kernel.shmmax", offsetof(struct ipc_limits, shmmax_bytes)},
	{"kernel.shmall", offsetof(struct ipc_limits, shmall_pages)},
	{"kernel.shmmni", offsetof(struct ipc_limits, shmmni)},
	{"kernel.shm_rmid_forced", offsetof(struct ipc_limits, shm_rmid_forced)},
	{"kernel.sem", offsetof(struct ipc_limits, sem)},
	{"kernel.msgmax", offsetof(struct ipc_limits, msgmax_bytes)},
	{"kernel.msgmnb", offsetof(struct ipc_limits, msgmnb_bytes)},
	{"kernel.msgmni", offsetof(struct ipc_limits, msgmni)},
	{"fs.mqueue.queues_max", offsetof(struct ipc_limits, mqueue_queues_max)},
	{"fs.mqueue.msg_max", offsetof(struct ipc_limits, mqueue_msg_max)},
	{"fs.mqueue.msgsize_max", offsetof(struct ipc_limits, mqueue_msgsize_max)},
	{"fs.mqueue.msg_default", offsetof(struct ipc_limits, mqueue_msg_default)},
	{"fs.mqueue.msgsize_default", offsetof(struct ipc_limits, mqueue_msgsize_default)},
};

static struct value current_value(const struct ipc_limits *limits, const struct setting *setting)
{
	uint64_t numbers[VALUE_NUMBERS_MAX];
	if (!limits->known)
		return (struct value){0};
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(fields[i].name, setting->name) != 0)
			continue;
		memcpy(numbers, (const char *)limits + fields[i].offset, setting->arity * sizeof numbers[0]);
		return value_numbers(setting->kind, setting->arity, numbers);
	}
	return (struct value){0};
}

/* ---- plan ---- */

/* What the router needs at least; the reason says how it came about. */
static int needed(const struct context *context, const struct setting *setting, uint64_t numbers[4],
		  char **reason, struct error *error)
{
	const struct profile *profile = context->profile;
	uint64_t shared = context->budget.terms[TERM_SHARED].bytes, page = context->host->memory.page_bytes;

	memset(numbers, 0, VALUE_NUMBERS_MAX * sizeof numbers[0]);
	if (strcmp(setting->name, "kernel.shmmax") == 0) {
		numbers[0] = shared;
		*reason = xstrdup("at least the shared pool in one segment");
	} else if (strcmp(setting->name, "kernel.shmall") == 0) {
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

/* "auto" is a minimum: what is there already is never lowered. */
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

/* The machine's namespace, whose limits hold for everybody on it; init takes one that it cannot see for it.
 */
static bool is_the_machines(const struct context *context)
{
	const struct host *host = context->host;
	return host->initial_ipc_namespace || (context->prepares && !host->ipc_namespace);
}

static void deny_the_machines(const struct context *context, struct step *step)
{
	step_deny(step, context, 0,
		  "%s: the IPC namespace here is the machine's, whose limits are not the router's to change",
		  step->setting->name);
	if (!context->prepares && context->profile->ipc.namespace == IPC_PRIVATE)
		error_hint(&step->why,
			   "the namespace of its own that the profile asks for cannot be made here: "
			   "see ipc/namespace");
	else if (!context->prepares)
		error_hint(&step->why, "give the router its own: \"ipc\": {\"namespace\": \"private\"}");
	else if (context->host->runtime == RUNTIME_NONE)
		error_hint(
			&step->why,
			"init is for a container of the router's pod; on a host siplaunch run gives the router "
			"a namespace of its own");
	else
		error_hint(
			&step->why,
			"give the pod a namespace of its own: no hostIPC: true in its spec (no --ipc host)");
}

static void judge(const struct context *context, struct step *step, bool fresh)
{
	const struct host *host = context->host;
	if (value_equal(&step->current, &step->wanted)) {
		step->status = STATUS_SATISFIED;
		value_set(&step->actual, value_copy(&step->current));
	} else if (!fresh && is_the_machines(context)) {
		deny_the_machines(context, step);
	} else if (fresh && host->fresh_ipc_errno) {
		step_deny(step, context, host->fresh_ipc_errno,
			  "open /proc/sys/kernel/sem for writing in a new IPC namespace");
	} else if (!fresh && !host->proc_sys_writable) {
		step_deny(step, context, host->proc_sys_errno, "write %s", step->path);
	}
}

static int plan_wish(const struct context *context, struct plan *plan, const struct wish *wish, bool fresh,
		     struct error *error)
{
	const struct host *host = context->host;
	const struct ipc_limits *limits = fresh ? &host->fresh_ipc : &host->ipc;
	uint64_t numbers[VALUE_NUMBERS_MAX];
	char *reason = NULL;

	if (wish->automatic && needed(context, wish->setting, numbers, &reason, error) < 0)
		return error_context(error, "%s", wish->setting->name);
	struct value current = current_value(limits, wish->setting);
	struct value wanted =
		wish->automatic ? at_least(wish->setting, numbers, &current)
		: wish->setting->kind == VALUE_BYTES
			? value_number(VALUE_BYTES,
				       size_bytes(&wish->size, context->budget.limit_bytes, UNLIMITED))
			: value_copy(&wish->value);
	struct step *step = plan_add(plan, context, wish->setting, sysctl_path(wish->setting->name), wanted,
				     wish->automatic ? SOURCE_COMPUTED : wish->source);
	step->current = current;
	step->reason = reason;
	judge(context, step, fresh);
	return 0;
}

static int sysctl_plan(const struct context *context, struct plan *plan, struct error *error)
{
	const struct profile *profile = context->profile;
	const struct step *namespace = plan_find(plan, "ipc", "namespace");
	bool fresh = namespace && namespace->status == STATUS_PLANNED && namespace->policy != POLICY_SKIP;

	for (size_t i = 0; i < settings_count; i++)
		for (size_t j = 0; j < profile->sysctl_count; j++)
			if (profile->sysctls[j].setting == &settings[i] &&
			    plan_wish(context, plan, &profile->sysctls[j], fresh, error) < 0)
				return -1;
	return 0;
}

/* ---- apply ---- */

/* Opened here and not earlier: a descriptor from before unshare() writes the old namespace's value. */
static int sysctl_open(const struct place *place, const struct step *step, int flags)
{
	return openat(place->proc, step->path + strlen("/proc/"), flags | O_CLOEXEC | O_NOCTTY);
}

static int read_fd(int fd, const struct step *step, struct value *value, struct error *error)
{
	char text[512];
	ssize_t length = pread(fd, text, sizeof text - 1, 0);
	if (length < 0)
		return error_set(error, errno, "read %s", step->path);
	text[length] = '\0';
	if (!setting_value_parse(step->setting, text, value))
		return error_set(error, 0, "%s reads \"%.64s\", which is no value of it", step->path, text);
	return 0;
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
static int access_error(const struct place *place, int errnum, struct error *error)
{
	char profile[256];
	if (errnum == EACCES && read_confinement(place->proc, profile, sizeof profile) == 0)
		error_hint(
			error,
			"AppArmor profile %s is in force here and can deny this: in Kubernetes add "
			"securityContext: {appArmorProfile: {type: Unconfined}} to the container, in Docker or "
			"podman --security-opt apparmor=unconfined",
			profile);
	return -1;
}

static int sysctl_apply(struct place *place, struct step *step, struct error *error)
{
	struct value before = {0}, after = {0};
	cleanup_close int fd = sysctl_open(place, step, O_RDWR);
	if (fd < 0) {
		int errnum = errno;
		error_set(error, errnum, "open %s for writing", step->path);
		return access_error(place, errnum, error);
	}
	if (read_fd(fd, step, &before, error) < 0)
		return -1;
	value_set(&step->current, before);

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
		return access_error(place, errnum, error);
	}
	cleanup_free char *actual = value_kernel_text(&step->actual, NULL);
	return error_set(error, 0, "%s reads back as \"%s\" after \"%s\" was written", step->path, actual,
			 text);
}

/* ---- read, undo ---- */

static struct value parsed(const struct setting *setting, const char *text)
{
	struct value value;
	setting_value_parse(setting, text, &value);
	return value;
}

/* /proc/sys shows the reader's own namespaces: to see another's, a child of ours joins it and reads. */
static ssize_t read_in_namespace(const struct place *place, const struct step *step, char *text, size_t size,
				 int *errnum)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0) {
		*errnum = errno;
		return -1;
	}
	pid_t child = fork();
	*errnum = child < 0 ? errno : 0;
	if (child == 0) {
		char path[64];
		snprintf(path, sizeof path, "%d/ns/ipc", (int)place->pid);
		int namespace = openat(place->proc, path, O_RDONLY | O_CLOEXEC);
		int fd = namespace >= 0 && setns(namespace, 0) == 0 ? sysctl_open(place, step, O_RDONLY) : -1;
		ssize_t length = fd < 0 ? -1 : read(fd, text, size);
		if (length > 0 && write(ends[1], text, (size_t)length) != length)
			_exit(EIO);
		_exit(length > 0 ? 0 : errno);
	}
	close(ends[1]);
	ssize_t length = child < 0 ? -1 : read(ends[0], text, size - 1);
	close(ends[0]);
	int status = 0;
	if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status))
		*errnum = WEXITSTATUS(status);
	return length;
}

static bool same_namespace(const struct place *place)
{
	char own[64], theirs[64];
	cleanup_free char *path = place_path(place, "ns/ipc");
	ssize_t a = readlinkat(place->proc, "self/ns/ipc", own, sizeof own);
	ssize_t b = readlinkat(place->proc, path, theirs, sizeof theirs);
	return a > 0 && a == b && memcmp(own, theirs, (size_t)a) == 0;
}

static int sysctl_read(const struct place *place, struct step *step, struct error *error)
{
	if (!step->path)
		step->path = sysctl_path(step->setting->name);
	if (place->role != ROLE_OBSERVED || same_namespace(place)) {
		cleanup_close int fd = sysctl_open(place, step, O_RDONLY);
		if (fd < 0)
			return error_set(error, errno, "open %s", step->path);
		return read_fd(fd, step, &step->actual, error);
	}
	char text[512];
	int errnum = 0;
	ssize_t length = read_in_namespace(place, step, text, sizeof text, &errnum);
	if (length <= 0)
		return error_set(error, errnum, "read %s in the IPC namespace of pid %d", step->path,
				 (int)place->pid);
	text[length] = '\0';
	step->actual = parsed(step->setting, text);
	return 0;
}

/* In a namespace of our own making nothing outlives us. */
static void sysctl_undo(struct place *place, struct step *step)
{
	if (place->fresh_ipc || step->status != STATUS_APPLIED)
		return;
	cleanup_free char *old = value_kernel_text(&step->current, NULL);
	cleanup_close int fd = sysctl_open(place, step, O_WRONLY);
	if (fd >= 0 && pseudo_write_fd(fd, old) == 0)
		return;
	error_set(&step->why, errno, "put back \"%s\" in %s", old, step->path);
}

const struct mechanism mechanism_sysctl = {
	.name = "sysctl",
	.plan = sysctl_plan,
	.apply = sysctl_apply,
	.read = sysctl_read,
	.undo = sysctl_undo,
};
