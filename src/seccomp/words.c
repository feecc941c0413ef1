/* SPDX-License-Identifier: MIT */
/* The words of seccomp profiles (OCI's config-linux.md, "Seccomp") and the kernel's values for them. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/libc.h"
#include "base/nearest.h"
#include "seccomp/decode.h"

#define ERRNO_MAX 4095 /* MAX_ERRNO, include/linux/err.h */

static const struct action_word {
	const char *name;
	uint32_t action;
	const char *text;    /* the effect on the call; NULL: a second name */
	const char *refused; /* why siplaunch refuses it */
} actions[] = {
	{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, "is allowed", NULL},
	{"SCMP_ACT_LOG", SECCOMP_RET_LOG, "is allowed and logged", NULL},
	{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, "fails", NULL},
	{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP, "raises SIGSYS", NULL},
	{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, "kills the process", NULL},
	{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, "kills the thread", NULL},
	{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, NULL, NULL},
	{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE, NULL,
	 "the router has no tracer, and without one such a call fails with ENOSYS"},
	{"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, NULL,
	 "no process stays to answer, and without an answer such a call never returns"},
};

static const struct {
	const char *name, *sign;
} operators[] = {
	[SECCOMP_NE] = {"SCMP_CMP_NE", "!="},
	[SECCOMP_LT] = {"SCMP_CMP_LT", "<"},
	[SECCOMP_LE] = {"SCMP_CMP_LE", "<="},
	[SECCOMP_EQ] = {"SCMP_CMP_EQ", "=="},
	[SECCOMP_GE] = {"SCMP_CMP_GE", ">="},
	[SECCOMP_GT] = {"SCMP_CMP_GT", ">"},
	[SECCOMP_MASKED_EQ] = {"SCMP_CMP_MASKED_EQ", "&=="},
};

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* Linux 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static const struct {
	const char *name;
	unsigned flag;
	const char *text, *refused;
} flags[] = {
	{"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC, "tsync", NULL},
	{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG, "log", NULL},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW, "spec-allow", NULL},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, NULL,
	 "it belongs to SCMP_ACT_NOTIFY, which needs a process that stays to answer"},
};

bool seccomp_action_find(const char *name, uint32_t *action, const char **refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strcmp(actions[i].name, name) != 0)
			continue;
		*action = actions[i].action;
		*refused = actions[i].refused;
		return true;
	}
	return false;
}

char *seccomp_action_hint(const char *name)
{
	const char *names[ARRAY_SIZE(actions)];
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		names[i] = actions[i].name;
	return did_you_mean(name, names, ARRAY_SIZE(names));
}

const char *seccomp_word(enum seccomp_words words, size_t index)
{
	if (words == SECCOMP_WORDS_OPERATORS)
		return index < ARRAY_SIZE(operators) ? operators[index].name : NULL;
	size_t count = words == SECCOMP_WORDS_ACTIONS ? ARRAY_SIZE(actions) : ARRAY_SIZE(flags);
	for (size_t i = 0; i < count; i++) {
		bool refused = words == SECCOMP_WORDS_ACTIONS ? actions[i].refused : flags[i].refused;
		if (!refused && index-- == 0)
			return words == SECCOMP_WORDS_ACTIONS ? actions[i].name : flags[i].name;
	}
	return NULL;
}

static const struct action_word *word_of(uint32_t action)
{
	size_t i = 0;
	while (actions[i].action != (action & SECCOMP_RET_ACTION_FULL))
		i++;
	return &actions[i];
}

bool seccomp_action_permits(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* "ENOSYS", or the number if it has no name. */
static char *errno_text(uint32_t action)
{
	int number = (int)(action & SECCOMP_RET_DATA);
	const char *name = number ? strerrorname_np(number) : NULL;
	return name ? xstrdup(name) : xasprintf("%d", number);
}

char *seccomp_action_name(uint32_t action)
{
	const char *name = word_of(action)->name + strlen("SCMP_ACT_");
	if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		return xstrdup(name);
	cleanup_free char *number = errno_text(action);
	return xasprintf("%s(%s)", name, number);
}

char *seccomp_action_text(uint32_t action)
{
	if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		return xstrdup(word_of(action)->text);
	if (!(action & SECCOMP_RET_DATA))
		return xstrdup("is not made, but returns 0");
	cleanup_free char *number = errno_text(action);
	return xasprintf("fails with %s", number);
}

bool seccomp_operator_find(const char *name, enum seccomp_operator *compare)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (strcmp(operators[i].name, name) == 0) {
			*compare = (enum seccomp_operator)i;
			return true;
		}
	return false;
}

char *seccomp_operator_hint(const char *name)
{
	const char *names[ARRAY_SIZE(operators)];
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		names[i] = operators[i].name;
	return did_you_mean(name, names, ARRAY_SIZE(names));
}

const char *seccomp_operator_name(enum seccomp_operator compare)
{
	return operators[compare].sign;
}

/* Small numbers, in decimal, are families, types and signals; others, in hexadecimal, are flags. */
static char *number_text(uint64_t number)
{
	return number < 4096 ? xasprintf("%llu", (unsigned long long)number)
			     : xasprintf("0x%llx", (unsigned long long)number);
}

char *seccomp_condition_text(const struct seccomp_condition *condition)
{
	static const char *const words[] = {
		[SECCOMP_NE] = "is not",       [SECCOMP_LT] = "is less than", [SECCOMP_LE] = "is at most",
		[SECCOMP_EQ] = "is",           [SECCOMP_GE] = "is at least",  [SECCOMP_GT] = "is more than",
		[SECCOMP_MASKED_EQ] = "gives",
	};
	cleanup_free char *value = number_text(condition->value);
	if (condition->compare != SECCOMP_MASKED_EQ)
		return xasprintf("argument %u %s %s", condition->argument, words[condition->compare], value);
	cleanup_free char *mask = number_text(condition->mask);
	return xasprintf("argument %u & %s %s %s", condition->argument, mask, words[condition->compare],
			 value);
}

bool seccomp_flag_find(const char *name, unsigned *flag, const char **refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (strcmp(flags[i].name, name) == 0) {
			*flag = flags[i].flag;
			*refused = flags[i].refused;
			return true;
		}
	return false;
}

char *seccomp_flag_hint(const char *name)
{
	const char *names[ARRAY_SIZE(flags)];
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		names[i] = flags[i].name;
	return did_you_mean(name, names, ARRAY_SIZE(names));
}

char *seccomp_flags_text(unsigned set)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!(set & flags[i].flag))
			continue;
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s", before, *before ? ", " : "", flags[i].text);
	}
	if (*text)
		return text;
	free(text);
	return xstrdup("none");
}

/* glibc names each number once; these are Linux's second names. */
bool errno_find(const char *name, uint32_t *number)
{
	static const struct {
		const char *name;
		int number;
	} aliases[] = {{"EWOULDBLOCK", EWOULDBLOCK}, {"EDEADLOCK", EDEADLOCK}, {"ENOTSUP", ENOTSUP}};

	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (strcmp(aliases[i].name, name) == 0) {
			*number = (uint32_t)aliases[i].number;
			return true;
		}
	for (int i = 1; i <= ERRNO_MAX; i++) {
		const char *known = strerrorname_np(i);
		if (known && strcmp(known, name) == 0) {
			*number = (uint32_t)i;
			return true;
		}
	}
	return false;
}
