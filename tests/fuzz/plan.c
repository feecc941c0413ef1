/* SPDX-License-Identifier: MIT */
/* The plan that init leaves for run (docs/plan-file.md). */
#include "base/problem.h"
#include "fuzz.h"
#include "plan/prepared.h"
#include "session/plan_file.h"
#include "virtual.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prepared prepared;
	struct problems problems = {0};

	virtual_begin(data, size);
	plan_file_read("/" VIRTUAL_MAIN, &prepared, &problems);
	prepared_clear(&prepared);
	problems_clear(&problems);
	virtual_end();
	return 0;
}
