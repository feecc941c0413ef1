/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_SAMPLE_MEMBERS_H
#define SIPLAUNCH_STATS_SAMPLE_MEMBERS_H
/*
 * Private to the room: the numbers of a sample's JSON, for its two readers. sample_from_json() reads any JSON
 * and says what is wrong with it; sample_scan() reads what siplaunch itself prints, many times faster.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/value.h"

struct sample;

/* One number of a structure, and its member in JSON. */
struct number_member {
	const char *key;
	size_t offset; /* of its struct value */
	enum value_kind kind;
	bool unlimited; /* its value may be "max" */
	uint64_t max;   /* the largest valid value; 0: any 64-bit number */
};

/* A sample's time is before the year 10000, and so is its router's age. */
#define AT_MAX_MS    UINT64_C(253402300799999)
#define UPTIME_MAX_S (AT_MAX_MS / 1000)

#define SAMPLE_MEMBERS 9
extern const struct number_member sample_members[SAMPLE_MEMBERS];
#define ARGUMENT_MEMBERS 2
extern const struct number_member argument_members[ARGUMENT_MEMBERS];
#define LIMIT_MEMBERS 2
extern const struct number_member limit_members[LIMIT_MEMBERS];
#define POOL_MEMBERS 6
extern const struct number_member pool_members[POOL_MEMBERS];
#define MODULE_MEMBERS 2
extern const struct number_member module_members[MODULE_MEMBERS];

/*
 * Reads a line of text in the form in which sample_json() writes a sample: each member once, in any order,
 * with or without spaces; plain ASCII texts; no unknown members; numbers below 10^18. True; or false with an
 * empty sample for any other text, which sample_from_json() then reads or refuses.
 */
bool sample_scan(const char *text, size_t length, struct sample *sample);

#endif
