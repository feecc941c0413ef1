/* SPDX-License-Identifier: MIT */
/*
 * Which calls two rules match: none in common, all that the other one matches, or some. If two rules overlap,
 * have different actions, and neither is inside the other, the result would depend on the order in which
 * libseccomp tests them, which is not specified.
 */
#include "seccomp/decode.h"

struct range {
	uint64_t low, high; /* inclusive; low > high: empty */
};

/* The range of a condition whose comparison is a range. */
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
 * The smallest number from `low` on that is `value` under `mask`; false if there is none. It is `low` itself;
 * or it equals `low` above some bit, has that bit where `low` has not, and is as small as possible below. The
 * lowest such bit gives the smallest number.
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

/* True if `other` also matches an argument that is not `number`. */
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

/* ---- one inside the other ---- */

static bool range_within(struct range inner, struct range outer)
{
	return inner.low >= outer.low && inner.high <= outer.high;
}

/* True if `outer` matches every number except perhaps `number`. */
static bool all_but_within(uint64_t number, const struct seccomp_condition *outer)
{
	struct range range = range_of(outer);

	if (outer->compare == SECCOMP_NE)
		return outer->value == number;
	if (outer->compare == SECCOMP_MASKED_EQ)
		return outer->mask == 0;
	return range.low <= (number == 0) && range.high >= UINT64_MAX - (number == UINT64_MAX);
}

/* The numbers of a range share the bits above the highest in which its ends differ, and no other. */
static bool range_within_mask(struct range inner, const struct seccomp_condition *outer)
{
	uint64_t varying = inner.low ^ inner.high;
	for (unsigned shift = 1; shift < 64; shift *= 2)
		varying |= varying >> shift;
	return !(outer->mask & varying) && (inner.low & outer->mask) == outer->value;
}

/* True if `outer` matches every number that `inner` matches. `inner` must match some. */
static bool condition_within(const struct seccomp_condition *inner, const struct seccomp_condition *outer)
{
	struct range range = range_of(inner);

	if (inner->compare == SECCOMP_NE)
		return all_but_within(inner->value, outer);
	if (outer->compare == SECCOMP_NE) {
		struct seccomp_condition left_out = {.compare = SECCOMP_EQ, .value = outer->value};
		return !both_possible(inner, &left_out);
	}
	if (inner->compare != SECCOMP_MASKED_EQ)
		return outer->compare == SECCOMP_MASKED_EQ ? range_within_mask(range, outer)
							   : range_within(range, range_of(outer));
	if (outer->compare == SECCOMP_MASKED_EQ)
		return !(outer->mask & ~inner->mask) && (inner->value & outer->mask) == outer->value;
	return range_within((struct range){inner->value, inner->value | ~inner->mask}, range_of(outer));
}

bool clause_within(const struct seccomp_clause *inner, const struct seccomp_clause *outer)
{
	for (size_t i = 0; i < outer->condition_count; i++) {
		const struct seccomp_condition *wide = &outer->conditions[i];
		bool held = condition_within(&(struct seccomp_condition){.compare = SECCOMP_GE}, wide);
		for (size_t j = 0; j < inner->condition_count && !held; j++)
			held = inner->conditions[j].argument == wide->argument &&
			       condition_within(&inner->conditions[j], wide);
		if (!held)
			return false;
	}
	return true;
}

bool clause_is_possible(const struct seccomp_clause *clause)
{
	for (size_t i = 0; i < clause->condition_count; i++)
		if (!both_possible(&clause->conditions[i], &clause->conditions[i]))
			return false;
	return true;
}

bool clauses_overlap(const struct seccomp_clause *a, const struct seccomp_clause *b)
{
	if (!clause_is_possible(a) || !clause_is_possible(b))
		return false;
	for (size_t i = 0; i < a->condition_count; i++)
		for (size_t j = 0; j < b->condition_count; j++)
			if (a->conditions[i].argument == b->conditions[j].argument &&
			    !both_possible(&a->conditions[i], &b->conditions[j]))
				return false;
	return true;
}
