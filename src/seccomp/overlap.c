/* SPDX-License-Identifier: MIT */
/*
 * Whether two rules can match the same call. Where they can and want different things, what a filter does
 * depends on the order in which libseccomp happens to test them, which it does not promise.
 */
#include "seccomp/decode.h"

struct range {
	uint64_t low, high; /* both inside; low > high: nothing is */
};

/* Of the comparisons that are one. */
static struct range range_of(const struct seccomp_condition *condition)
{
	static const struct range nothing = {1, 0};
	uint64_t value = condition->value;

	switch (condition->compare) {
	case SECCOMP_LT:
		return value == 0 ? nothing : (struct range){0, value - 1};
	case SECCOMP_LE:
		return (struct range){0, value};
	case SECCOMP_EQ:
		return (struct range){value, value};
	case SECCOMP_GE:
		return (struct range){value, UINT64_MAX};
	case SECCOMP_GT:
		return value == UINT64_MAX ? nothing : (struct range){value + 1, UINT64_MAX};
	case SECCOMP_NE:
	case SECCOMP_MASKED_EQ:
		break;
	}
	return (struct range){0, UINT64_MAX};
}

/*
 * The smallest number from `low` on that is `value` under `mask`; false where there is none. It is `low`
 * itself, or it equals it above some bit, has that bit where `low` has not, and is as small as can be below:
 * the lowest such bit gives the smallest number.
 */
static bool next_masked(uint64_t low, uint64_t mask, uint64_t value, uint64_t *next)
{
	*next = low;
	if ((low & mask) == value)
		return true;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t one = UINT64_C(1) << bit, below = one - 1, above = ~(below | one);
		bool same_above = !((low ^ value) & mask & above);
		bool can_have_it = !(low & one) && (!(mask & one) || value & one);
		if (!same_above || !can_have_it)
			continue;
		*next = (low & above) | one | (value & below);
		return true;
	}
	return false;
}

static bool masked_in_range(const struct seccomp_condition *masked, struct range range)
{
	uint64_t next;
	return next_masked(range.low, masked->mask, masked->value, &next) && next <= range.high;
}

/* Whether an argument that `other` lets through can be another number than `number`. */
static bool other_than(uint64_t number, const struct seccomp_condition *other)
{
	struct range range = range_of(other);

	if (other->compare == SECCOMP_NE)
		return true;
	if (other->compare == SECCOMP_MASKED_EQ)
		return other->mask != UINT64_MAX || other->value != number;
	return range.low < range.high || (range.low == range.high && range.low != number);
}

static bool both_possible(const struct seccomp_condition *a, const struct seccomp_condition *b)
{
	struct range range_a = range_of(a), range_b = range_of(b);

	if (a->compare == SECCOMP_NE)
		return other_than(a->value, b);
	if (b->compare == SECCOMP_NE)
		return other_than(b->value, a);
	if (a->compare == SECCOMP_MASKED_EQ && b->compare == SECCOMP_MASKED_EQ)
		return !((a->value ^ b->value) & a->mask & b->mask);
	if (a->compare == SECCOMP_MASKED_EQ)
		return masked_in_range(a, range_b);
	if (b->compare == SECCOMP_MASKED_EQ)
		return masked_in_range(b, range_a);
	uint64_t low = range_a.low > range_b.low ? range_a.low : range_b.low;
	uint64_t high = range_a.high < range_b.high ? range_a.high : range_b.high;
	return low <= high;
}

static bool possible(const struct seccomp_clause *clause)
{
	for (size_t i = 0; i < clause->condition_count; i++)
		if (!both_possible(&clause->conditions[i], &clause->conditions[i]))
			return false;
	return true;
}

bool clauses_overlap(const struct seccomp_clause *a, const struct seccomp_clause *b)
{
	if (!possible(a) || !possible(b))
		return false;
	for (size_t i = 0; i < a->condition_count; i++)
		for (size_t j = 0; j < b->condition_count; j++)
			if (a->conditions[i].argument == b->conditions[j].argument &&
			    !both_possible(&a->conditions[i], &b->conditions[j]))
				return false;
	return true;
}
