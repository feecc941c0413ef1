/* SPDX-License-Identifier: MIT */
/* Seccomp filters: read, judged, and compiled where nothing is wrong with them and they are small (libseccomp
 * takes a millisecond for a large one). */
#include "seccomp/seccomp.h"
#include "base/alloc.h"
#include "base/error.h"
#include "fuzz.h"
#include "virtual.h"

#define COMPILED_CALLS_MAX 24

static void compile(const struct seccomp_profile *profile)
{
	cleanup_error struct error error = {0};
	cleanup_seccomp_filter struct seccomp_filter filter = {0};
	seccomp_filter_compile(profile, &filter, &error);
}

static void load(bool all_architectures)
{
	const struct seccomp_request request = {
		.name = "./" VIRTUAL_MAIN,
		.capabilities = UINT64_C(1) << 21,
		.kernel = "6.1.0-18-amd64",
		.all_architectures = all_architectures,
		.newer_enosys = all_architectures,
	};
	struct problems problems = {0};
	struct seccomp_profile profile;

	if (seccomp_profile_load(&request, &profile, &problems) == 0) {
		if (profile.call_count <= COMPILED_CALLS_MAX)
			compile(&profile);
		seccomp_profile_clear(&profile);
	}
	problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	virtual_begin(data, size);
	load(size % 2);
	virtual_end();
	return 0;
}
