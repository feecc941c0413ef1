/* SPDX-License-Identifier: MIT */
#include "report/tune.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "output/pieces.h"
#include "report/report.h"
#include "session/session.h"
#include "text/format.h"
#include "tune/tune.h"

static char *used(uint64_t bytes)
{
	return bytes ? format_bytes(bytes) : xstrdup("-");
}

/* The column of a round's result. */
#define RESULT_COLUMN  69
#define FAILURE_COLUMN 9
/* The column of its time; on a narrow terminal the time is below the numbers. */
#define TIME_COLUMN 56

static bool is_narrow(const struct style *style)
{
	return style->columns < RESULT_COLUMN + strlen("result");
}

/* The reason of a failed round has its own line. */
static void print_failure(FILE *out, const char *why, const struct style *style)
{
	fprintf(out, "failed\n%*s", FAILURE_COLUMN, "");
	output_wrapped(out, why, FAILURE_COLUMN, style);
}

static void print_round(FILE *out, const struct tune_round *round, const struct style *style)
{
	const struct candidate *candidate = &round->result.candidate;
	cleanup_free char *memory = used(round->memory_bytes);
	cleanup_free char *shared = used(round->result.shared_used_bytes);
	cleanup_free char *private = used(round->result.private_used_bytes);
	cleanup_free char *time = format_duration(round->took_ms);
	cleanup_free char *below = xasprintf("%s: %s", time, round->message);
	bool narrow = is_narrow(style), passed = round->result.end == ROUND_PASSED;

	fprintf(out, "  %5u %7" PRIu64 " %5" PRIu64 " %10s %10s %10s", round->number, candidate->shared_mib,
		candidate->private_mib, memory, shared, private);
	if (!narrow)
		fprintf(out, " %12s  ", time);
	fputs(style_paint(style, passed ? PAINT_GREEN : PAINT_RED), out);
	if (narrow || passed)
		output_column(out, narrow ? below : round->message, narrow ? TIME_COLUMN : RESULT_COLUMN,
			      style);
	else
		print_failure(out, round->message, style);
	fputs(style_paint(style, PAINT_RESET), out);
}

static void print_rounds(FILE *out, const struct tuning *tuning, const struct style *style)
{
	if (!tuning->count)
		return;
	output_heading(out, "Rounds", style);
	fprintf(out, "%s  %5s %7s %5s %10s %10s %10s", style_paint(style, PAINT_DIM), "", "-m", "-M",
		"memory", "used of -m", "of one -M");
	if (!is_narrow(style))
		fprintf(out, " %12s  result", "time");
	fprintf(out, "%s\n", style_paint(style, PAINT_RESET));
	for (size_t i = 0; i < tuning->count; i++)
		print_round(out, &tuning->rounds[i], style);
}

static void print_found(FILE *out, const struct tuning *tuning, const struct tune_result *result,
			const struct style *style)
{
	const struct candidate *candidate = &result->search.candidate;
	const char *memory = tuning->own_limit ? "memory" : NULL;

	output_heading(out, "For the profile", style);
	fprintf(out, "  \"sizing\": { ");
	if (memory)
		fprintf(out, "\"memory\": \"%" PRIu64 "MiB\", ", result->memory_bytes / MIB);
	fprintf(out, "\"shared\": \"%" PRIu64 "MiB\", \"private\": \"%" PRIu64 "MiB\" }\n",
		candidate->shared_mib, candidate->private_mib);
}

static char *headline(const struct tuning *tuning, const struct tune_result *result)
{
	const struct search *search = &result->search;
	cleanup_free char *memory = format_bytes(result->memory_bytes);

	switch (result->verdict) {
	case TUNE_FOUND:
		return xasprintf("-m %" PRIu64 " -M %" PRIu64 "%s %s; the last round confirmed it",
				 search->candidate.shared_mib, search->candidate.private_mib,
				 tuning->own_limit ? " in" : ", for which a limit would be", memory);
	case TUNE_NOTHING_PASSES:
		return xstrdup("nothing: the maximum size does not pass either");
	default:
		return search->passes_mib
			       ? xasprintf("nothing confirmed: -m %" PRIu64 " has passed", search->passes_mib)
			       : xstrdup("nothing: no size has passed yet");
	}
}

static char *needs(const struct tuning *tuning, const struct search *search)
{
	if (!search->fails_mib)
		return xasprintf("-m %" PRIu64 " passes, and no size that was tried fails; margin %u %%",
				 search->passes_mib, tuning->request->margin);
	return xasprintf("-m %" PRIu64 " passes, -m %" PRIu64 " fails; margin %u %%", search->passes_mib,
			 search->fails_mib, tuning->request->margin);
}

void report_tune(FILE *out, const struct tuning *tuning, const struct tune_result *result,
		 const struct style *style)
{
	cleanup_free char *profile = report_profile(&tuning->session->profile);
	cleanup_free char *load = format_printable(tuning->request->load);
	cleanup_free char *found = headline(tuning, result);
	cleanup_free char *time = format_duration(clock_monotonic_ms() - tuning->begun_ms);
	cleanup_free char *effort =
		xasprintf("%zu round%s in %s", tuning->count, tuning->count == 1 ? "" : "s", time);

	output_fact(out, "router", tuning->session->router->name, style);
	output_fact(out, "profile", profile, style);
	output_fact(out, "load", load, style);
	output_fact(out, "found", found, style);
	if (result->search.passes_mib) {
		cleanup_free char *needed = needs(tuning, &result->search);
		output_fact(out, "needed", needed, style);
	}
	output_fact(out, "effort", effort, style);
	print_rounds(out, tuning, style);
	if (result->verdict == TUNE_FOUND)
		print_found(out, tuning, result, style);
	output_notes(out, "Notes", result->notes, result->note_count, PAINT_YELLOW, style);
}
