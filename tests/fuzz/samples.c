/* SPDX-License-Identifier: MIT */
/* Samples as `advise` reads them, a JSON object a line, and the advice that comes of them. */
#include <stdio.h>
#include <stdlib.h>

#include "advise/advise.h"
#include "base/alloc.h"
#include "base/error.h"
#include "fuzz.h"
#include "router/router.h"
#include "stats/sample_lines.h"

static int take(const struct sample *sample, void *data, struct error *error)
{
	struct sample again = {0};
	json_t *json = sample_json(sample);

	/* what was read can be written, and read again */
	if (sample_from_json(json, &again, NULL) < 0)
		abort();
	sample_clear(&again);
	json_decref(json);
	return observation_add(data, sample, error);
}

static void advise_of(struct observation *seen)
{
	static const char *const names[] = {"kamailio", "opensips"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_advice struct advice advice = {0};
		const struct advice_request request = {
			.seen = seen,
			.router = router_find(names[i], NULL),
			.page_bytes = 4096,
			.margin_percent = 20,
		};
		advise(&request, &advice);
		advice_changes(&advice);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_error struct error error = {0};
	cleanup_observation struct observation seen = {0};
	cleanup_sample_lines struct sample_lines lines = {0};
	cleanup_fclose FILE *stream = size ? fmemopen((void *)data, size, "r") : NULL;

	if (stream && sample_lines_read(stream, take, &seen, &lines, &error) == 0 &&
	    observation_finish(&seen, &error) == 0)
		advise_of(&seen);
	return 0;
}
