/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/libseccomp.h"
#include "seccomp/program.h"
#include "seccomp/shipped.h"

#define PROGRAM_MAX BPF_MAXINSNS /* include/uapi/linux/bpf_common.h */

/* The API level that SCMP_ACT_KILL_PROCESS and SCMP_ACT_LOG need (seccomp_api_get(3)). With a set level,
 * libseccomp does not probe the running kernel, for which the filter need not be. */
#define API_LEVEL 3

static void release(const scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}
#define cleanup_scmp __attribute__((cleanup(release)))

/* If arguments decide, libseccomp's code returns a mark at first (program.h). */
static int add_call(scmp_filter_ctx filter, const struct seccomp_profile *profile, size_t index,
		    struct error *error)
{
	const struct seccomp_call *call = &profile->calls[index];
	bool conditional = call->clauses[0].condition_count > 0;
	uint32_t action = conditional ? PROGRAM_MARK | (uint32_t)index : call->clauses[0].rule->action;
	/* seccomp_rule_add() takes this machine's number of a call, also for a filter of another
	 * architecture. */
	int result = seccomp_rule_add(filter, action, seccomp_syscall_resolve_name(call->name), 0);
	if (result < 0)
		return error_set(error, -result, "rule %s for %s", call->clauses[0].rule->pointer,
				 call->name);
	return 0;
}

static int add_architectures(scmp_filter_ctx filter, const struct seccomp_profile *profile,
			     struct error *error)
{
	bool foreign = profile->architectures[0].token != seccomp_arch_native();
	/* libseccomp's initial, native architecture would refuse one of the other byte order. */
	int result = foreign ? seccomp_arch_remove(filter, SCMP_ARCH_NATIVE) : 0;
	if (result < 0)
		return error_set(error, -result, "remove this machine's architecture");
	for (size_t i = foreign ? 0 : 1; i < profile->architecture_count; i++) {
		const struct seccomp_architecture *other = &profile->architectures[i];
		result = seccomp_arch_add(filter, other->token);
		if (result == -EDOM)
			return error_set(error, 0,
					 "%s and %s cannot be in one filter: their byte orders differ",
					 profile->architectures[0].name, other->name);
		if (result < 0)
			return error_set(error, -result, "add the architecture %s", other->name);
	}
	return 0;
}

static int set_up(scmp_filter_ctx filter, const struct seccomp_profile *profile, struct error *error)
{
	/* If only the thread were killed, the process's other threads could wait for it for ever. */
	int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (result < 0)
		return error_set(error, -result, "set the action for calls of other architectures");
	/* libseccomp returns the kernel's errno, and not ECANCELED for every error. */
	result = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (result < 0)
		return error_set(error, -result, "enable the reporting of system errors");
	/* A binary tree over the numbers: a dozen comparisons instead of one for each call. */
	result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (result < 0)
		return error_set(error, -result, "enable the optimisation of the filter");
	if (add_architectures(filter, profile, error) < 0)
		return -1;
	for (size_t i = 0; i < profile->call_count; i++)
		if (add_call(filter, profile, i, error) < 0)
			return -1;
	return 0;
}

static int read_program(int fd, struct program *program, struct error *error)
{
	struct stat info;
	if (fstat(fd, &info) < 0)
		return error_set(error, errno, "stat the generated program");
	size_t size = (size_t)info.st_size;
	program->count = size / sizeof *program->items;
	program->items = xcalloc(program->count, sizeof *program->items);
	for (size_t done = 0; done < size;) {
		ssize_t n = pread(fd, (char *)program->items + done, size - done, (off_t)done);
		if (n == 0 || (n < 0 && errno != EINTR))
			return error_set(error, n ? errno : ENODATA, "read the generated program");
		done += n > 0 ? (size_t)n : 0;
	}
	/* every program ends with a return (bpf_check_classic() in net/core/filter.c): libseccomp does not
	 * notice a short write */
	if (!program->count || BPF_CLASS(program->items[program->count - 1].code) != BPF_RET)
		return error_set(error, 0,
				 "write the generated program to a file in memory: it is incomplete");
	return 0;
}

/* libseccomp before 2.6 exports to a descriptor only. */
static int export(const scmp_filter_ctx source, struct program *program, struct error *error)
{
	cleanup_close int fd = memfd_create("seccomp", MFD_CLOEXEC);
	if (fd < 0)
		return error_set(error, errno, "make a file in memory for the program");
	int result = seccomp_export_bpf(source, fd);
	if (result < 0)
		return error_set(error, -result, "generate the program and write it to a file in memory");
	return read_program(fd, program, error);
}

static int generate(const struct seccomp_profile *profile, struct program *program, struct error *error)
{
	seccomp_api_set(API_LEVEL);
	cleanup_scmp scmp_filter_ctx source = seccomp_init(profile->default_action);
	if (!source)
		return error_set(error, 0, "libseccomp does not accept the default action");
	if (set_up(source, profile, error) < 0 || export(source, program, error) < 0)
		return -1;
	program_resolve_marks(program, profile);
	program_answer_newer(program, profile);
	if (program->count <= PROGRAM_MAX)
		return 0;
	error_set(error, 0, "the filter has %zu instructions, and the kernel accepts %d", program->count,
		  PROGRAM_MAX);
	return error_hint(error, "use fewer architectures, or fewer conditions on arguments");
}

static struct seccomp_filter take_shipped(const struct seccomp_profile *profile)
{
	const struct seccomp_shipped *shipped = profile->shipped;
	return (struct seccomp_filter){
		.name = xstrdup(profile->name),
		.instructions = shipped->instructions,
		.count = shipped->count,
		.flags = shipped->flags,
		.permits_read = shipped->permits_read,
		.permits_exec = shipped->permits_exec,
		.shipped = true,
	};
}

int seccomp_filter_compile(const struct seccomp_profile *profile, struct seccomp_filter *filter,
			   struct error *error)
{
	if (profile->shipped) {
		*filter = take_shipped(profile);
		return 0;
	}
	bool reads_some, executes_some;
	uint32_t reads = seccomp_profile_action(profile, "read", &reads_some);
	uint32_t executes = seccomp_profile_action(profile, "execve", &executes_some);
	struct program program = {0};
	int result = generate(profile, &program, error);

	*filter = (struct seccomp_filter){
		.name = xstrdup(profile->name),
		.instructions = program.items,
		.count = (unsigned short)program.count,
		.flags = profile->flags,
		.permits_read = !reads_some && seccomp_action_permits(reads),
		.permits_exec = executes_some || seccomp_action_permits(executes),
	};
	if (result == 0)
		return 0;
	seccomp_filter_clear(filter);
	return error_context(error, "seccomp %s", profile->name);
}

void seccomp_filter_clear(struct seccomp_filter *filter)
{
	free(filter->name);
	if (!filter->shipped)
		free((void *)filter->instructions);
	*filter = (struct seccomp_filter){0};
}
