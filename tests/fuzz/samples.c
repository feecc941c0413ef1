/* SPDX-License-Identifier: MIT */
/* Samples as `advise` reads them, a JSON object a line, by both readers, and the advice that comes of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advise/advise.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/lines.h"
#include "fuzz.h"
#include "router/router.h"
#include "stats/sample_lines.h"
#include "stats/sample_members.h"

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

static char *text_of(const struct sample *sample)
{
	json_auto_t *object = sample_json(sample);
	return json_dumps(object, JSON_COMPACT);
}

/* What the fast reader takes, the exact one reads the same. */
static void compare_readers(const char *text, size_t length)
{
	cleanup_sample struct sample scanned = {0}, exact = {0};

	if (!sample_scan(text, length, &scanned))
		return;
	json_auto_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	if (!object || sample_from_json(object, &exact, NULL) < 0)
		abort();
	cleanup_free char *one = text_of(&scanned), *other = text_of(&exact);
	if (strcmp(one, other) != 0)
		abort();
}

static void compare_lines(const uint8_t *data, size_t size)
{
	cleanup_lines struct lines lines = {0};
	cleanup_fclose FILE *stream = fmemopen((void *)data, size, "r");
	struct line line;

	if (!stream)
		abort();
	lines_open(&lines, stream, SAMPLE_LINE_MAX);
	while (lines_next(&lines, &line))
		if (!line.too_long)
			compare_readers(line.text, line.length);
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

	if (size)
		compare_lines(data, size);
	if (stream && sample_lines_read(stream, take, &seen, &lines, &error) == 0 &&
	    observation_finish(&seen, &error) == 0)
		advise_of(&seen);
	return 0;
}
