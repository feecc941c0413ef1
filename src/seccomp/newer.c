/* SPDX-License-Identifier: MIT */
/*
 * Calls that are newer than the profile. A newer C library tries them first, and falls back to the older call
 * only on ENOSYS, the error of a kernel without them. So runc returns ENOSYS for every number above the
 * greatest that a rule names (libcontainer/seccomp/patchbpf/ enosys_linux.go, findLastSyscalls() and
 * generateEnosysStub()).
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/libseccomp.h"
#include "seccomp/program.h"

#define X32_BIT     0x40000000u /* __X32_SYSCALL_BIT, arch/x86/include/uapi/asm/unistd.h */
#define ARM_PRIVATE 0x000f0000u /* __ARM_NR_BASE, arch/arm/include/uapi/asm/unistd.h: cacheflush, set_tls */
#define SIGNED      0x80000000u /* -1 is no call: a tracer writes it to skip one */

/* False for a filter that permits calls by default, or that answers ENOSYS by default: the default is
 * enough. */
bool seccomp_profile_answers_newer(const struct seccomp_profile *profile)
{
	return profile->newer_enosys && !seccomp_action_permits(profile->default_action) &&
	       profile->default_action != (SECCOMP_RET_ERRNO | ENOSYS);
}

/* The first number after the architecture's table of calls. */
static uint32_t table_end(uint32_t token)
{
	return token == SCMP_ARCH_X86_64 ? X32_BIT : token == SCMP_ARCH_ARM ? ARM_PRIVATE : SIGNED;
}

static int newest_of(const struct seccomp_rule *rule, uint32_t token)
{
	int newest = -1;
	for (size_t i = 0; i < rule->name_count; i++) {
		int number = seccomp_syscall_resolve_name_arch(token, rule->names[i]);
		if (number > newest && (uint32_t)number < table_end(token))
			newest = number;
	}
	return newest;
}

int seccomp_profile_newest(const struct seccomp_profile *profile,
			   const struct seccomp_architecture *architecture)
{
	int newest = -1;
	for (size_t i = 0; i < profile->rule_count; i++) {
		int number =
			profile->rules[i].left_out ? -1 : newest_of(&profile->rules[i], architecture->token);
		newest = number > newest ? number : newest;
	}
	return newest;
}

/* x86-64 and x32 are one architecture to the kernel, with a bit in the numbers of the latter. */
static void add_answer(struct program *program, const struct seccomp_architecture *architecture, int newest)
{
	bool x32 = architecture->token == SCMP_ARCH_X32;
	uint32_t kernel_token = x32 ? SCMP_ARCH_X86_64 : architecture->token;
	const struct sock_filter items[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kernel_token, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)newest, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, table_end(architecture->token), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		*ARRAY_ADD(program->items, program->count) = items[i];
}

/* Jumps are relative: code before a program does not change it. */
void program_answer_newer(struct program *program, const struct seccomp_profile *profile)
{
	struct program whole = {0};

	if (!seccomp_profile_answers_newer(profile))
		return;
	for (size_t i = 0; i < profile->architecture_count; i++) {
		int newest = seccomp_profile_newest(profile, &profile->architectures[i]);
		if (newest >= 0)
			add_answer(&whole, &profile->architectures[i], newest);
	}
	for (size_t i = 0; i < program->count; i++)
		*ARRAY_ADD(whole.items, whole.count) = program->items[i];
	free(program->items);
	*program = whole;
}
