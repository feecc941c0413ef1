/* SPDX-License-Identifier: MIT */
/* Profiles: "main" is the one that is asked for, other files are there to be extended; then what is said of
 * it. */
#include "profile/profile.h"
#include "base/alloc.h"
#include "fuzz.h"
#include "virtual.h"

static void load(void)
{
	static const char *const directories[] = {"profiles"};
	const struct profile_search search = {.directories = directories, .directory_count = 1};
	const struct profile_request request = {.name = "./" VIRTUAL_MAIN, .search = &search};
	struct profile profile;
	struct problems problems;

	if (profile_load(&request, &profile, &problems) == 0) {
		profile_policy(&profile, setting_of(SETTING_MEMORY_MAX));
		profile_clear(&profile);
	}
	problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	virtual_begin(data, size);
	load();
	virtual_end();
	return 0;
}
