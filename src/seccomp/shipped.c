/* SPDX-License-Identifier: MIT */
#include "seccomp/shipped.h"

#include <string.h>

bool seccomp_shipped_is_possible(const struct seccomp_profile *profile)
{
	return !profile->depends_on_machine && !profile->unknown_count && !profile->warning_count;
}

/* True for requests with which the program would be another one. */
static bool asks_for_other(const struct seccomp_request *request)
{
	return request->newer_enosys || request->all_architectures || request->architecture;
}

static const struct seccomp_shipped *find(const char *text, size_t length)
{
	for (size_t i = 0; i < seccomp_shipped_count; i++)
		if (seccomp_shipped[i].length == length && memcmp(seccomp_shipped[i].text, text, length) == 0)
			return &seccomp_shipped[i];
	return NULL;
}

const struct seccomp_shipped *seccomp_shipped_find(const struct seccomp_request *request, const char *text,
						   size_t length)
{
	return asks_for_other(request) ? NULL : find(text, length);
}

bool seccomp_text_is_shipped(const char *text, size_t length)
{
	return find(text, length) != NULL;
}
