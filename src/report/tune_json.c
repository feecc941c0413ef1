/* SPDX-License-Identifier: MIT */
#include "report/tune.h"

#include <sys/wait.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/json_value.h"
#include "session/session.h"
#include "tune/tune.h"

static json_t *mib_or_null(uint64_t mib)
{
	return mib ? json_from_number(mib * MIB) : json_null();
}

static json_t *bytes_or_null(uint64_t bytes)
{
	return bytes ? json_from_number(bytes) : json_null();
}

/* A status as a shell knows it: 128 + signal. */
static json_t *status_json(int wait_status)
{
	if (wait_status == -1)
		return json_null();
	int status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
	return json_checked(json_integer(status));
}

static json_t *round_json(const struct tune_round *round)
{
	const struct candidate *candidate = &round->result.candidate;
	json_t *object = json_checked(json_object());

	json_put(object, "round", json_checked(json_integer(round->number)));
	json_put(object, "why", json_from_text(round->why));
	json_put(object, "shared", json_from_number(candidate->shared_mib * MIB));
	json_put(object, "private", json_from_number(candidate->private_mib * MIB));
	json_put(object, "memory", bytes_or_null(round->memory_bytes));
	json_put(object, "memoryHeld", json_checked(json_boolean(round->limit_held)));
	json_put(object, "result", json_from_text(round_end_name(round->result.end)));
	json_put(object, "message", json_from_text(round->message));
	json_put(object, "load", status_json(round->load_status));
	json_put(object, "check", status_json(round->check_status));
	json_put(object, "sharedUsed", bytes_or_null(round->result.shared_used_bytes));
	json_put(object, "privateUsed", bytes_or_null(round->result.private_used_bytes));
	json_put(object, "failures", json_from_value(&round->failures));
	json_put(object, "peak", bytes_or_null(round->peak_bytes));
	json_put(object, "pressure",
		 round->pressure < 0 ? json_null() : json_checked(json_real(round->pressure)));
	json_put(object, "startMilliseconds", json_checked(json_integer(round->start_ms)));
	json_put(object, "loadMilliseconds", json_checked(json_integer(round->load_ms)));
	json_put(object, "milliseconds", json_checked(json_integer(round->took_ms)));
	return object;
}

static json_t *found_json(const struct tuning *tuning, const struct tune_result *result)
{
	const struct candidate *candidate = &result->search.candidate;
	if (result->verdict != TUNE_FOUND)
		return json_null();
	json_t *object = json_checked(json_object());
	json_put(object, "shared", json_from_number(candidate->shared_mib * MIB));
	json_put(object, "private", json_from_number(candidate->private_mib * MIB));
	json_put(object, "memory", json_from_number(result->memory_bytes));
	json_put(object, "memoryTried", json_checked(json_boolean(tuning->own_limit)));
	json_put(object, "marginKept", json_checked(json_boolean(result->search.margin_kept)));
	return object;
}

static json_t *needed_json(const struct search *search)
{
	json_t *object = json_checked(json_object());
	json_put(object, "passes", mib_or_null(search->passes_mib));
	json_put(object, "fails", mib_or_null(search->fails_mib));
	json_put(object, "complete", json_checked(json_boolean(search->complete)));
	json_put(object, "flaky", json_checked(json_integer(search->flaky)));
	return object;
}

json_t *report_tune_json(const struct tuning *tuning, const struct tune_result *result)
{
	json_t *document = json_document_begin(SCHEMA_TUNING);
	json_t *rounds = json_checked(json_array());

	for (size_t i = 0; i < tuning->count; i++)
		json_append(rounds, round_json(&tuning->rounds[i]));
	json_put(document, "result", json_from_text(tune_verdict_name(result->verdict)));
	json_put(document, "router", json_from_text(tuning->session->router->name));
	json_put(document, "profile", json_from_text(tuning->profile));
	json_put(document, "margin", json_checked(json_integer(tuning->request->margin)));
	json_put(document, "statistics", json_checked(json_boolean(tuning->has_statistics)));
	json_put(document, "found", found_json(tuning, result));
	json_put(document, "needed", needed_json(&result->search));
	json_put(document, "rounds", rounds);
	json_put(document, "notes", json_from_texts(result->notes, result->note_count));
	json_put(document, "milliseconds",
		 json_checked(json_integer(clock_monotonic_ms() - tuning->begun_ms)));
	return document;
}
