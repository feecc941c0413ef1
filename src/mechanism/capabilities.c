/* SPDX-License-Identifier: MIT */
#include "mechanism/capabilities.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/error.h"
#include "host/host.h"
#include "mechanism/process.h"

#define BITS   64
#define BIT(n) (UINT64_C(1) << (n))

bool capable_here(const struct host *host, int capability)
{
	return host->cap_effective & BIT(capability);
}

bool capable_globally(const struct host *host, int capability)
{
	return host->initial_user_namespace && capable_here(host, capability);
}

bool capability_sets_are(const struct capability_sets *sets, uint64_t mask)
{
	return sets->effective == mask && sets->permitted == mask && sets->inheritable == mask &&
	       sets->bounding == mask && sets->ambient == mask;
}

/* libcap writes "cap_net_raw", and "41" for a capability that is newer than the library. */
static char *capability_name(unsigned capability)
{
	char *known = cap_to_name((cap_value_t)capability);
	if (!known || strncmp(known, "cap_", 4) != 0) {
		cap_free(known);
		return xasprintf("%u", capability);
	}
	char *name = xstrdup(known);
	cap_free(known);
	for (char *c = name; *c; c++)
		*c = ascii_to_upper(*c);
	return name;
}

char *capabilities_text(uint64_t mask, const char *separator)
{
	if (!mask)
		return xstrdup("none");
	char *text = xstrdup("");
	for (unsigned bit = 0; bit < BITS; bit++) {
		if (!(mask & BIT(bit)))
			continue;
		cleanup_free char *before = text;
		cleanup_free char *name = capability_name(bit);
		text = xasprintf("%s%s%s", before, *before ? separator : "", name);
	}
	return text;
}

/* "all but CAP_SYS_RESOURCE" reads better than forty names. */
static char *brief_text(uint64_t mask)
{
	int count = (int)cap_max_bits();
	uint64_t all = count >= BITS ? ~UINT64_C(0) : BIT(count) - 1;

	if (__builtin_popcountll(mask) <= count / 2)
		return capabilities_text(mask, ",");
	if (!(all & ~mask))
		return xstrdup("all");
	cleanup_free char *missing = capabilities_text(all & ~mask, ",");
	return xasprintf("all but %s", missing);
}

char *capability_sets_text(const struct capability_sets *sets)
{
	if (capability_sets_are(sets, sets->permitted))
		return capabilities_text(sets->permitted, " ");
	cleanup_free char *effective = brief_text(sets->effective);
	cleanup_free char *permitted = brief_text(sets->permitted);
	cleanup_free char *inheritable = brief_text(sets->inheritable);
	cleanup_free char *bounding = brief_text(sets->bounding);
	cleanup_free char *ambient = brief_text(sets->ambient);
	return xasprintf("effective=%s permitted=%s inheritable=%s bounding=%s ambient=%s", effective,
			 permitted, inheritable, bounding, ambient);
}

bool capability_sets_read(const char *status, struct capability_sets *sets)
{
	return status_numbers(status, "CapEff", 16, &sets->effective, 1) == 1 &&
	       status_numbers(status, "CapPrm", 16, &sets->permitted, 1) == 1 &&
	       status_numbers(status, "CapInh", 16, &sets->inheritable, 1) == 1 &&
	       status_numbers(status, "CapBnd", 16, &sets->bounding, 1) == 1 &&
	       status_numbers(status, "CapAmb", 16, &sets->ambient, 1) == 1;
}

static void flags_set(cap_t caps, cap_flag_t flag, uint64_t mask)
{
	for (cap_value_t bit = 0; bit < BITS; bit++)
		if (mask & BIT(bit))
			cap_set_flag(caps, flag, 1, &bit, CAP_SET);
}

/* Sets exactly these three sets. 0, or -1 with errno. */
static int sets_write(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	cap_t caps = cap_init();
	if (!caps)
		return -1;
	flags_set(caps, CAP_EFFECTIVE, effective);
	flags_set(caps, CAP_PERMITTED, permitted);
	flags_set(caps, CAP_INHERITABLE, inheritable);
	int result = cap_set_proc(caps);
	int saved = errno;
	cap_free(caps);
	errno = saved;
	return result;
}

/* After a change of user with KEEPCAPS everything is still permitted, but nothing is effective. */
static int setpcap_raise(struct error *error)
{
	const cap_value_t setpcap = CAP_SETPCAP;
	cap_t caps = cap_get_proc();
	if (!caps)
		return error_set(error, errno, "read siplaunch's own capabilities");
	cap_set_flag(caps, CAP_EFFECTIVE, 1, &setpcap, CAP_SET);
	int result = cap_set_proc(caps);
	int saved = errno;
	cap_free(caps);
	if (result < 0)
		return error_set(error, saved, "make CAP_SETPCAP effective");
	return 0;
}

static int bounding_drop(uint64_t mask, struct error *error)
{
	if (mask && setpcap_raise(error) < 0)
		return -1;
	for (unsigned bit = 0; bit < BITS; bit++) {
		if (!(mask & BIT(bit)) || cap_drop_bound((cap_value_t)bit) == 0)
			continue;
		int saved = errno;
		cleanup_free char *name = capability_name(bit);
		return error_set(error, saved, "drop %s from the bounding set", name);
	}
	return 0;
}

static int ambient_raise(uint64_t mask, struct error *error)
{
	/* not libcap's cap_reset_ambient(): that of 2.66 queries every capability first */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_set(error, errno, "empty the ambient set");
	for (unsigned bit = 0; bit < BITS; bit++) {
		if (!(mask & BIT(bit)) || cap_set_ambient((cap_value_t)bit, CAP_SET) == 0)
			continue;
		int saved = errno;
		cleanup_free char *name = capability_name(bit);
		return error_set(error, saved, "raise %s in the ambient set", name);
	}
	return 0;
}

/* The bounding set first, because dropping from it needs CAP_SETPCAP; the ambient set last, because it can
 * have only what is permitted and inheritable (security/commoncap.c). */
int capabilities_keep(uint64_t mask, uint64_t bounding, struct error *error)
{
	if (bounding_drop(bounding & ~mask, error) < 0)
		return -1;
	if (sets_write(mask, mask, mask) < 0) {
		int saved = errno;
		cleanup_free char *text = capabilities_text(mask, " ");
		return error_set(error, saved, "keep the capabilities %s and no other", text);
	}
	return ambient_raise(mask, error);
}
