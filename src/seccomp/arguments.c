/* SPDX-License-Identifier: MIT */
/*
 * The part of a program that compares arguments. libseccomp 2.5 compiles several rules of one call wrongly:
 * for "a0 <= 0x100000001, or a0 <= 3 and a1 <= 1" it refuses calls that the first rule allows, and for other
 * pairs it allows calls that no rule allows. Versions before 2.6.1 also overwrite the action of one rule by
 * another's when they merge two comparisons of one argument (GHSA-4q85-33p6-j5g6). So libseccomp's code
 * returns a mark for such a call, and each mark becomes a jump to the code made here: clause after clause,
 * each 64-bit comparison in two halves.
 */
#include <linux/seccomp.h>
#include <string.h>

#include "base/alloc.h"
#include "base/libseccomp.h"
#include "seccomp/program.h"

#define HALF 4 /* bytes; BPF has 32-bit words */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF  0
#define HIGH_HALF HALF
#else
#define LOW_HALF  HALF
#define HIGH_HALF 0
#endif

/* The distance of a jump that is not known yet: out of the clause, which does not match. */
#define NO_MATCH 0xFF

static void emit(struct program *program, unsigned code, uint32_t k, unsigned jump_true, unsigned jump_false)
{
	*ARRAY_ADD(program->items, program->count) = (struct sock_filter){
		.code = (unsigned short)code,
		.jt = (unsigned char)jump_true,
		.jf = (unsigned char)jump_false,
		.k = k,
	};
}

static void emit_load(struct program *program, unsigned argument, unsigned half)
{
	size_t offset = offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t) + half;
	emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void emit_jump(struct program *program, unsigned test, uint32_t k, unsigned jump_true,
		      unsigned jump_false)
{
	emit(program, BPF_JMP | test | BPF_K, k, jump_true, jump_false);
}

static void emit_return(struct program *program, uint32_t action)
{
	emit(program, BPF_RET | BPF_K, action, 0, 0);
}

static void emit_masked(struct program *program, unsigned argument, unsigned half, uint32_t mask,
			uint32_t value)
{
	if (!mask)
		return;
	emit_load(program, argument, half);
	if (mask != UINT32_MAX)
		emit(program, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	emit_jump(program, BPF_JEQ, value, 0, NO_MATCH);
}

/* The high half decides, unless it is equal: then the low half does. The numbers are jumps over the rest of
 * the condition. */
static void emit_ordered(struct program *program, const struct seccomp_condition *condition)
{
	bool more = condition->compare == SECCOMP_GT || condition->compare == SECCOMP_GE;
	bool strict_above = condition->compare == SECCOMP_GT || condition->compare == SECCOMP_LE;
	uint32_t high = (uint32_t)(condition->value >> 32), low = (uint32_t)condition->value;

	emit_load(program, condition->argument, HIGH_HALF);
	emit_jump(program, BPF_JGT, high, more ? 3 : NO_MATCH, 0);
	emit_jump(program, BPF_JEQ, high, 0, more ? NO_MATCH : 2);
	emit_load(program, condition->argument, LOW_HALF);
	emit_jump(program, strict_above ? BPF_JGT : BPF_JGE, low, more ? 0 : NO_MATCH, more ? NO_MATCH : 0);
}

static void emit_condition(struct program *program, const struct seccomp_condition *condition)
{
	uint64_t mask = condition->compare == SECCOMP_MASKED_EQ ? condition->mask : UINT64_MAX;
	uint32_t high = (uint32_t)(condition->value >> 32), low = (uint32_t)condition->value;

	switch (condition->compare) {
	case SECCOMP_EQ:
	case SECCOMP_MASKED_EQ:
		emit_masked(program, condition->argument, HIGH_HALF, (uint32_t)(mask >> 32), high);
		emit_masked(program, condition->argument, LOW_HALF, (uint32_t)mask, low);
		break;
	case SECCOMP_NE:
		emit_load(program, condition->argument, HIGH_HALF);
		emit_jump(program, BPF_JEQ, high, 0, 2);
		emit_load(program, condition->argument, LOW_HALF);
		emit_jump(program, BPF_JEQ, low, NO_MATCH, 0);
		break;
	case SECCOMP_LT:
	case SECCOMP_LE:
	case SECCOMP_GE:
	case SECCOMP_GT:
		emit_ordered(program, condition);
		break;
	}
}

/* Six conditions of five instructions: every distance fits into a jump's eight bits. */
static void resolve_no_match(struct program *program, size_t first)
{
	for (size_t i = first; i < program->count; i++) {
		struct sock_filter *item = &program->items[i];
		unsigned char distance = (unsigned char)(program->count - i - 1);
		if (BPF_CLASS(item->code) != BPF_JMP)
			continue;
		if (item->jt == NO_MATCH)
			item->jt = distance;
		if (item->jf == NO_MATCH)
			item->jf = distance;
	}
}

static void emit_clause(struct program *program, const struct seccomp_clause *clause)
{
	size_t first = program->count;
	for (size_t i = 0; i < clause->condition_count; i++)
		emit_condition(program, &clause->conditions[i]);
	emit_return(program, clause->rule->action);
	resolve_no_match(program, first);
}

/*
 * 32-bit x86 and some others have socketcall(2) and ipc(2), which get the real call's arguments through a
 * pointer: a filter cannot read them. libseccomp's code also jumps here for them: they get the default
 * action.
 */
static void emit_multiplexed(struct program *program, const struct seccomp_profile *profile,
			     const struct seccomp_call *call)
{
	static const char *const names[] = {"socketcall", "ipc"};
	for (size_t i = 0; i < profile->architecture_count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
			int number =
				seccomp_syscall_resolve_name_arch(profile->architectures[i].token, names[j]);
			if (number < 0 || number == call->number || strcmp(names[j], call->name) == 0)
				continue;
			emit(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
			emit_jump(program, BPF_JEQ, (uint32_t)number, 0, 1);
			emit_return(program, profile->default_action);
		}
}

static void emit_call(struct program *program, const struct seccomp_profile *profile,
		      const struct seccomp_call *call)
{
	emit_multiplexed(program, profile, call);
	for (size_t i = 0; i < call->clause_count; i++)
		emit_clause(program, &call->clauses[i]);
	emit_return(program, profile->default_action);
}

void program_resolve_marks(struct program *program, const struct seccomp_profile *profile)
{
	size_t generated = program->count;
	for (size_t i = 0; i < generated; i++) {
		uint32_t k = program->items[i].k;
		bool mark = program->items[i].code == (BPF_RET | BPF_K) &&
			    (k & SECCOMP_RET_ACTION_FULL) == PROGRAM_MARK;
		if (!mark)
			continue;
		program->items[i].code = BPF_JMP | BPF_JA;
		program->items[i].k = (uint32_t)(program->count - i - 1);
		emit_call(program, profile, &profile->calls[k & SECCOMP_RET_DATA]);
	}
}
