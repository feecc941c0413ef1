/* SPDX-License-Identifier: MIT */
/* What overrides a profile: each line of "main" is an argument of --set, or behind "policy " and "workload "
 * of those options; "profile" is the profile, an empty one where the input has none. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "profile/profile.h"
#include "virtual.h"

#define ARGUMENTS_MAX 32

struct arguments {
	const char *items[ARGUMENTS_MAX];
	size_t count;
};

static void add(struct arguments *arguments, const char *text)
{
	if (arguments->count < ARGUMENTS_MAX)
		arguments->items[arguments->count++] = text;
}

static void load(const struct arguments *sets, const struct arguments *policies,
		 const struct arguments *workloads)
{
	const struct profile_search search = {0};
	const struct profile_request request = {
		.name = "./profile",
		.search = &search,
		.sets = sets->items,
		.set_count = sets->count,
		.policies = policies->items,
		.policy_count = policies->count,
		.workloads = workloads->items,
		.workload_count = workloads->count,
	};
	struct profile profile;
	struct problems problems;

	if (profile_load(&request, &profile, &problems) == 0)
		profile_clear(&profile);
	problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char empty[] = "\n=== profile\n{}\n";
	struct arguments sets = {0}, policies = {0}, workloads = {0};
	cleanup_free uint8_t *all = (uint8_t *)xcalloc(size + sizeof empty, 1);

	memcpy(all, data, size);
	memcpy(all + size, empty, sizeof empty - 1); /* the first file of a name counts */
	virtual_begin(all, size + sizeof empty - 1);
	char *rest = virtual_text(VIRTUAL_MAIN);
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (strncmp(line, "policy ", 7) == 0)
			add(&policies, line + 7);
		else if (strncmp(line, "workload ", 9) == 0)
			add(&workloads, line + 9);
		else if (*line)
			add(&sets, line);
	}
	load(&sets, &policies, &workloads);
	virtual_end();
	return 0;
}
