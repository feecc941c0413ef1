/* SPDX-License-Identifier: MIT */
#include "mechanism/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/error.h"
#include "host/host.h"
#include "mechanism/process.h"

bool capable_here(const struct host *host, int capability)
{
	return host->cap_effective & CAPABILITY_BIT(capability);
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

/* "41" for a capability that is newer than siplaunch. */
static char *name_of(unsigned capability)
{
	const char *name = capability_name(capability);
	return name ? xstrdup(name) : xasprintf("%u", capability);
}

char *capabilities_text(uint64_t mask, const char *separator)
{
	if (!mask)
		return xstrdup("none");
	char *text = xstrdup("");
	for (unsigned bit = 0; bit < CAPABILITY_BITS; bit++) {
		if (!(mask & CAPABILITY_BIT(bit)))
			continue;
		cleanup_free char *before = text;
		cleanup_free char *name = name_of(bit);
		text = xasprintf("%s%s%s", before, *before ? separator : "", name);
	}
	return text;
}

/* "all but CAP_SYS_RESOURCE" reads better than forty names. */
static char *brief_text(uint64_t mask)
{
	unsigned count = capability_count();
	uint64_t all = count >= CAPABILITY_BITS ? ~UINT64_C(0) : CAPABILITY_BIT(count) - 1;

	if ((unsigned)__builtin_popcountll(mask) <= count / 2)
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

/* After a change of user with KEEPCAPS everything is still permitted, but nothing is effective. */
static int setpcap_raise(struct error *error)
{
	struct capability_triple sets;
	if (capabilities_get(&sets) < 0)
		return error_set(error, errno, "read siplaunch's own capabilities");
	sets.effective |= CAPABILITY_BIT(CAP_SETPCAP);
	if (capabilities_set(&sets) < 0)
		return error_set(error, errno, "make CAP_SETPCAP effective");
	return 0;
}

static int bounding_drop(uint64_t mask, struct error *error)
{
	if (mask && setpcap_raise(error) < 0)
		return -1;
	for (unsigned bit = 0; bit < CAPABILITY_BITS; bit++) {
		if (!(mask & CAPABILITY_BIT(bit)) || prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) == 0)
			continue;
		int saved = errno;
		cleanup_free char *name = name_of(bit);
		return error_set(error, saved, "drop %s from the bounding set", name);
	}
	return 0;
}

static int ambient_raise(uint64_t mask, struct error *error)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_set(error, errno, "empty the ambient set");
	for (unsigned bit = 0; bit < CAPABILITY_BITS; bit++) {
		if (!(mask & CAPABILITY_BIT(bit)) ||
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0) == 0)
			continue;
		int saved = errno;
		cleanup_free char *name = name_of(bit);
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
	if (capabilities_set(&(struct capability_triple){mask, mask, mask}) < 0) {
		int saved = errno;
		cleanup_free char *text = capabilities_text(mask, " ");
		return error_set(error, saved, "keep the capabilities %s and no other", text);
	}
	return ambient_raise(mask, error);
}
