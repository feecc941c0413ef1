#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What real routers were recorded to answer, over each way, is what inspect shows and advise takes; and real ones, where they are here.
# Left to make check: it replays a folder of recordings, one after the other, half a minute.

load ../lib/common
load ../lib/stand_in

setup() {
	prepare_stand_in
}

# recordings_agree FILE...: replayed, each is what inspect shows, and advise takes it.
recordings_agree() {
	for file in "$@"; do
		recorded "$file"
		"$SIPLAUNCH" inspect --format json --mi "$MI" "$BG_PID" >sample.json
		"$PYTHON" "$REPO/tests/cli/recorded_check.py" "$file" "$BG_PID" <sample.json || fail "$file"
		run -0 "$SIPLAUNCH" advise --mi "$MI" "$BG_PID"
		stop_bg "$BG_PID"
		rm -f mi.fifo mi.sock
	done
	[ -z "$(ls replies)" ]
}

@test "what real routers were recorded to answer is what inspect shows, and advise takes, over each way" {
	files=("$REPO"/tests/fixtures/recorded/*/*)
	((${#files[@]} >= 40))
	recordings_agree "${files[@]}"
}

@test "a real OpenSIPS with registrations and calls is asked over each way, and its numbers are what inspect shows" {
	[[ ${OPENSIPS:-} ]] || skip "OPENSIPS=/path/to/opensips is not given, and Debian has no package of it"
	unshare --net true 2>/dev/null || skip "a network namespace needs CAP_SYS_ADMIN"
	export RECORDED=$PWD/recorded
	run -0 "$REPO/tests/bench/record-management" "$OPENSIPS" ${OPENSIPS_MODULES:+--modules "$OPENSIPS_MODULES"} loaded
	[ "$(grep -c '; pools$' <<<"$output")" = 4 ] || fail "$output"
	# the registrations and calls that the recorder makes
	for file in recorded/*/*; do
		grep -aq '"usrloc:location-contacts":40' "$file"
		grep -aq '"dialog:active_dialogs":5,"dialog:early_dialogs":3' "$file"
	done
	recordings_agree "$PWD"/recorded/*/*
}

@test "what a registration takes is learned from a real OpenSIPS, and plan accepts what advise writes" {
	[[ ${OPENSIPS:-} ]] || skip "OPENSIPS=/path/to/opensips is not given, and Debian has no package of it"
	unshare --net true 2>/dev/null || skip "a network namespace needs CAP_SYS_ADMIN"
	unshare --net "$REPO/tests/cli/learn_registrations.sh" "$OPENSIPS" "${OPENSIPS_MODULES:-}" 3000
	run -0 "$SIPLAUNCH" advise --profile "$REPO/profiles/opensips-1g.json" --write learned.json day
	"$PYTHON" - <<-'END'
		import json
		samples = [json.loads(line) for line in open("day")]
		measured = json.load(open("learned.json"))["sizing"]["measured"]
		first, last = samples[0], samples[-1]
		assert last["registrations"] - first["registrations"] == 3000, (first, last)
		truth = (last["shared"]["realUsed"] - first["shared"]["realUsed"]) / 3000
		assert abs(measured["registration"] - truth) <= truth / 20, (measured, truth)
		assert abs(measured["start"] - first["shared"]["realUsed"]) <= first["shared"]["realUsed"] / 20, (measured, first)
	END
	run -0 "$SIPLAUNCH" plan --profile ./learned.json --set user=null --set group=null --policy default=prefer \
		--workload registrations=1000 -- "$OPENSIPS" -F -f "$PWD/real.cfg"
	[[ $output == *"measured here"* ]]
}
