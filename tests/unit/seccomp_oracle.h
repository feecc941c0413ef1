/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TESTS_SECCOMP_ORACLE_H
#define SIPLAUNCH_TESTS_SECCOMP_ORACLE_H
/*
 * What a seccomp profile says of one call, read from its JSON by other means than the program's: no decoder
 * of its own, no libseccomp; numbers are from the kernel's headers. And what a BPF program says, by
 * simulation. Two that know nothing of each other and must agree.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define X32_BIT 0x40000000u

/* ---- numbers ---- */

struct oracle_architecture {
	const char *name, *docker; /* libseccomp's name, and Docker's */
	uint32_t audit;            /* what the kernel calls it in seccomp_data */
	uint32_t end;              /* where numbers begin that are not of its table */
};

static const struct oracle_architecture oracle_architectures[] = {
	{"x86_64", "amd64", AUDIT_ARCH_X86_64, X32_BIT},
	{"aarch64", "arm64", AUDIT_ARCH_AARCH64, 0x80000000u},
	{"arm", "arm", AUDIT_ARCH_ARM, 0x0f0000}, /* __ARM_NR_BASE: cacheflush, set_tls */
};

/* name -> number, from the headers of Linux 6.12 (asm/unistd*.h). Fresh; NULL where there is no such file. */
static inline json_t *oracle_numbers(const struct oracle_architecture *architecture)
{
	char path[256], name[128];
	unsigned number;

	snprintf(path, sizeof path, FIXTURES "/seccomp/numbers/%s", architecture->name);
	FILE *file = fopen(path, "re");
	if (!file)
		return NULL;
	json_t *numbers = json_object();
	while (fscanf(file, "%127s %u", name, &number) == 2)
		json_object_set_new(numbers, name, json_integer(number));
	fclose(file);
	return numbers;
}

/* ---- what the JSON says ---- */

struct oracle {
	const struct oracle_architecture *architecture;
	const json_t *profile, *numbers;
	const char *capabilities; /* "CAP_A CAP_B " */
	unsigned kernel;          /* 6.1 is 601 */
	uint32_t newest;          /* calls beyond it fail with ENOSYS; 0: they do not */
};

static inline uint64_t oracle_u64(const json_t *value)
{
	if (json_is_string(value))
		return strtoull(json_string_value(value), NULL, 10);
	/* jansson holds 18446744073709551615 as a real; of those near 2^64 only that one is in the tests */
	if (json_is_real(value))
		return json_real_value(value) >= 18446744073709551615.0 ? UINT64_MAX
									: (uint64_t)json_real_value(value);
	return (uint64_t)json_integer_value(value);
}

static inline size_t oracle_index(const json_t *condition)
{
	return (size_t)oracle_u64(json_object_get(condition, "index"));
}

static inline bool oracle_condition(const json_t *condition, const uint64_t *args)
{
	uint64_t arg = args[oracle_index(condition)];
	uint64_t one = oracle_u64(json_object_get(condition, "value"));
	uint64_t two = oracle_u64(json_object_get(condition, "valueTwo"));
	const char *op = json_string_value(json_object_get(condition, "op"));

	if (strcmp(op, "SCMP_CMP_NE") == 0)
		return arg != one;
	if (strcmp(op, "SCMP_CMP_LT") == 0)
		return arg < one;
	if (strcmp(op, "SCMP_CMP_LE") == 0)
		return arg <= one;
	if (strcmp(op, "SCMP_CMP_EQ") == 0)
		return arg == one;
	if (strcmp(op, "SCMP_CMP_GE") == 0)
		return arg >= one;
	if (strcmp(op, "SCMP_CMP_GT") == 0)
		return arg > one;
	return (arg & one) == two; /* SCMP_CMP_MASKED_EQ */
}

/* All of them; or any, as runc and crun do, where one argument is compared twice. */
static inline bool oracle_conditions(const json_t *conditions, const uint64_t *args)
{
	unsigned seen = 0, matched = 0, count = (unsigned)json_array_size(conditions);
	bool twice = false;
	for (unsigned i = 0; i < count; i++) {
		const json_t *condition = json_array_get(conditions, i);
		unsigned bit = 1u << oracle_index(condition);
		twice |= (seen & bit) != 0;
		seen |= bit;
		matched += oracle_condition(condition, args);
	}
	return twice ? matched > 0 : matched == count;
}

static inline bool oracle_has(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++)
		if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
			return true;
	return false;
}

static inline size_t oracle_kept(const struct oracle *oracle, const json_t *caps)
{
	size_t kept = 0;
	for (size_t i = 0; i < json_array_size(caps); i++) {
		char word[64];
		snprintf(word, sizeof word, "%s ", json_string_value(json_array_get(caps, i)));
		kept += strstr(oracle->capabilities, word) != NULL;
	}
	return kept;
}

static inline bool oracle_kernel(const struct oracle *oracle, const json_t *version)
{
	unsigned major = 0, minor = 0;
	return json_is_string(version) && sscanf(json_string_value(version), "%u.%u", &major, &minor) == 2 &&
	       oracle->kernel >= major * 100 + minor;
}

static inline bool oracle_counts(const struct oracle *oracle, const json_t *rule)
{
	const json_t *in = json_object_get(rule, "includes"), *ex = json_object_get(rule, "excludes");
	const json_t *caps = json_object_get(in, "caps"), *arches = json_object_get(in, "arches");
	const json_t *kernel = json_object_get(in, "minKernel");

	if (oracle_kept(oracle, json_object_get(ex, "caps")) ||
	    oracle_has(json_object_get(ex, "arches"), oracle->architecture->docker) ||
	    oracle_kernel(oracle, json_object_get(ex, "minKernel")))
		return false;
	return oracle_kept(oracle, caps) == json_array_size(caps) &&
	       (!json_array_size(arches) || oracle_has(arches, oracle->architecture->docker)) &&
	       (!kernel || !json_string_length(kernel) || oracle_kernel(oracle, kernel));
}

static inline uint32_t oracle_errno(const json_t *object, const char *number, const char *name)
{
	static const struct {
		const char *name;
		uint32_t number;
	} known[] = {{"EPERM", EPERM},
		     {"ENOSYS", ENOSYS},
		     {"EACCES", EACCES},
		     {"EINVAL", EINVAL},
		     {"ENOTSUP", ENOTSUP}};
	const json_t *text = json_object_get(object, name);
	for (size_t i = 0; json_is_string(text) && i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, json_string_value(text)) == 0)
			return known[i].number;
	const json_t *value = json_object_get(object, number);
	return json_is_number(value) ? (uint32_t)oracle_u64(value) : EPERM;
}

static inline uint32_t oracle_action(const char *action, uint32_t number)
{
	action += strlen("SCMP_ACT_");
	if (strcmp(action, "ALLOW") == 0)
		return SECCOMP_RET_ALLOW;
	if (strcmp(action, "LOG") == 0)
		return SECCOMP_RET_LOG;
	if (strcmp(action, "TRAP") == 0)
		return SECCOMP_RET_TRAP;
	if (strcmp(action, "KILL_PROCESS") == 0)
		return SECCOMP_RET_KILL_PROCESS;
	if (strcmp(action, "KILL_THREAD") == 0 || strcmp(action, "KILL") == 0)
		return SECCOMP_RET_KILL_THREAD;
	return SECCOMP_RET_ERRNO | number;
}

static inline bool oracle_names(const struct oracle *oracle, const json_t *rule, uint32_t number)
{
	const json_t *names = json_object_get(rule, "names");
	const json_t *one = json_object_get(rule, "name");
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		const json_t *known = json_object_get(oracle->numbers, name);
		if (known && json_integer_value(known) == number)
			return true;
	}
	const json_t *known = one ? json_object_get(oracle->numbers, json_string_value(one)) : NULL;
	return known && json_integer_value(known) == number;
}

/* ---- which of two rules is the more exact: by trying numbers ---- */

/* Numbers at which some comparison with one of these changes its mind, masks included. */
static inline size_t oracle_samples(const uint64_t *numbers, size_t count, uint64_t *samples)
{
	size_t made = 0;
	for (size_t i = 0; i < count; i++) {
		for (unsigned bit = 0; bit < 64; bit++) {
			uint64_t upper = numbers[i] >> bit << bit;
			samples[made++] = upper;
			samples[made++] = upper - 1;
			samples[made++] = numbers[i] ^ UINT64_C(1) << bit;
			samples[made++] = ~numbers[i] ^ UINT64_C(1) << bit;
		}
		samples[made++] = numbers[i];
		samples[made++] = numbers[i] + 1;
		samples[made++] = ~numbers[i];
	}
	return made;
}

/* Whether `b` matches wherever `a` does; NULL matches everything. */
static inline bool oracle_implies(const json_t *a, const json_t *b)
{
	const uint64_t numbers[] = {
		oracle_u64(json_object_get(a, "value")),
		oracle_u64(json_object_get(a, "valueTwo")),
		oracle_u64(json_object_get(b, "value")),
		oracle_u64(json_object_get(b, "valueTwo")),
		oracle_u64(json_object_get(a, "value")) & oracle_u64(json_object_get(b, "value")),
		~oracle_u64(json_object_get(a, "value")) | oracle_u64(json_object_get(a, "valueTwo"))};
	uint64_t samples[6 * 259];
	size_t count = oracle_samples(numbers, 6, samples), index = oracle_index(b);
	for (size_t i = 0; i < count; i++) {
		uint64_t args[6] = {0};
		args[index] = samples[i];
		if ((!a || oracle_condition(a, args)) && !oracle_condition(b, args))
			return false;
	}
	return true;
}

/* Whether rule `b` matches all calls that `a` matches. Neither compares an argument twice. */
static inline bool oracle_inside(const json_t *a, const json_t *b)
{
	const json_t *inner = json_object_get(a, "args"), *outer = json_object_get(b, "args");
	for (size_t i = 0; i < json_array_size(outer); i++) {
		const json_t *wide = json_array_get(outer, i);
		bool held = oracle_implies(NULL, wide);
		for (size_t j = 0; j < json_array_size(inner) && !held; j++)
			held = oracle_index(json_array_get(inner, j)) == oracle_index(wide) &&
			       oracle_implies(json_array_get(inner, j), wide);
		if (!held)
			return false;
	}
	return true;
}

static inline uint32_t oracle_default(const struct oracle *oracle)
{
	return oracle_action(json_string_value(json_object_get(oracle->profile, "defaultAction")),
			     oracle_errno(oracle->profile, "defaultErrnoRet", "defaultErrno"));
}

static inline uint32_t oracle_rule(const json_t *rule)
{
	return oracle_action(json_string_value(json_object_get(rule, "action")),
			     oracle_errno(rule, "errnoRet", "errno"));
}

/* Of two rules that match: a rule for all arguments unless it says what the default says, else the more exact
 * one, else the first. */
static inline bool oracle_comes_before(const struct oracle *oracle, const json_t *rule, const json_t *best)
{
	bool rule_for_all = !json_array_size(json_object_get(rule, "args"));
	bool best_for_all = !json_array_size(json_object_get(best, "args"));
	if (oracle_rule(rule) == oracle_rule(best))
		return false;
	if (best_for_all)
		return oracle_rule(best) == oracle_default(oracle);
	return rule_for_all ? oracle_rule(rule) != oracle_default(oracle) : oracle_inside(rule, best);
}

/* The greatest number that a rule names. */
static inline uint32_t oracle_newest(const struct oracle *oracle)
{
	const json_t *rules = json_object_get(oracle->profile, "syscalls");
	uint32_t newest = 0;
	for (size_t i = 0; i < json_array_size(rules); i++)
		for (uint32_t number = 0; number < 1024; number++)
			if (oracle_names(oracle, json_array_get(rules, i), number) &&
			    oracle_counts(oracle, json_array_get(rules, i)) && number > newest)
				newest = number;
	return newest;
}

/* The rule that counts of those that match; else the default. What is not of this architecture kills the
 * process. */
static inline uint32_t oracle_verdict(const struct oracle *oracle, const struct seccomp_data *call)
{
	const json_t *rules = json_object_get(oracle->profile, "syscalls"), *best = NULL;
	uint32_t number = (uint32_t)call->nr;
	uint64_t args[6];

	for (size_t i = 0; i < 6; i++)
		args[i] = call->args[i];
	/* -1 is what a tracer writes to skip a call: no number of x32's */
	bool x32 = call->arch == AUDIT_ARCH_X86_64 && number >= X32_BIT && number != UINT32_MAX;
	if (call->arch != oracle->architecture->audit || x32)
		return SECCOMP_RET_KILL_PROCESS;
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		if (oracle_names(oracle, rule, number) && oracle_counts(oracle, rule) &&
		    oracle_conditions(json_object_get(rule, "args"), args) &&
		    (!best || oracle_comes_before(oracle, rule, best)))
			best = rule;
	}
	if (oracle->newest && number > oracle->newest && number < oracle->architecture->end)
		return SECCOMP_RET_ERRNO | ENOSYS;
	return best ? oracle_rule(best) : oracle_default(oracle);
}

/* ---- what the program says ---- */

#define SIMULATION_FAILED 0xdeadbeefu

static inline bool simulate_jump(const struct sock_filter *op, uint32_t a, size_t *at)
{
	bool taken;
	switch (BPF_OP(op->code)) {
	case BPF_JA:
		*at += op->k;
		return true;
	case BPF_JEQ:
		taken = a == op->k;
		break;
	case BPF_JGE:
		taken = a >= op->k;
		break;
	case BPF_JGT:
		taken = a > op->k;
		break;
	case BPF_JSET:
		taken = (a & op->k) != 0;
		break;
	default:
		return false;
	}
	*at += taken ? op->jt : op->jf;
	return true;
}

/* The instructions that libseccomp uses; SIMULATION_FAILED for another, or a way out of the program. */
static inline uint32_t simulate(const struct sock_filter *program, size_t count,
				const struct seccomp_data *call)
{
	uint32_t a = 0;
	for (size_t at = 0; at < count; at++) {
		const struct sock_filter *op = &program[at];
		switch (BPF_CLASS(op->code)) {
		case BPF_LD:
			if (op->code != (BPF_LD | BPF_W | BPF_ABS) || op->k % 4 || op->k + 4 > sizeof *call)
				return SIMULATION_FAILED;
			memcpy(&a, (const char *)call + op->k, 4);
			break;
		case BPF_ALU:
			if (op->code != (BPF_ALU | BPF_AND | BPF_K))
				return SIMULATION_FAILED;
			a &= op->k;
			break;
		case BPF_JMP:
			if (!simulate_jump(op, a, &at))
				return SIMULATION_FAILED;
			break;
		case BPF_RET:
			return op->code == (BPF_RET | BPF_K) ? op->k : SIMULATION_FAILED;
		default:
			return SIMULATION_FAILED;
		}
	}
	return SIMULATION_FAILED;
}

#endif
