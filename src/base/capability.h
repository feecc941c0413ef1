/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_CAPABILITY_H
#define SIPLAUNCH_BASE_CAPABILITY_H
/*
 * Capabilities as bit masks (CAP_X is bit X), their names, and the three sets of the calling thread that
 * capset(2) changes together. capabilities(7)
 */
#include <stdint.h>

#define CAPABILITY_BITS   64
#define CAPABILITY_BIT(n) (UINT64_C(1) << (n))

struct capability_triple {
	uint64_t effective, permitted, inheritable;
};

/* "CAP_NET_RAW" for 13; NULL for a capability that is newer than this file. */
const char *capability_name(unsigned number);

/* Its number, whatever the case of the name; -1 where there is none. */
int capability_number(const char *name);

/* Those that have a name here, as bits. */
uint64_t capabilities_named(void);

/* How many capabilities this kernel has: from 0 on, without a gap. */
unsigned capability_count(void);

/* Each 0, or -1 with errno. */
int capabilities_get(struct capability_triple *sets);
int capabilities_set(const struct capability_triple *sets);

#endif
