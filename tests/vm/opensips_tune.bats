# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Statistics, advise and tune with a real OpenSIPS in its slice, under load.
# Takes about 40 s.
# shellcheck disable=SC2016 # what is in single quotes is for the load's shell

load opensips

setup() {
  plain_language
  prepare_opensips
  # its user may not enter the folder that the repository is in
  sed -e "s#^modparam(\"mi_fifo\".*#loadmodule \"mi_datagram.so\"\nmodparam(\"mi_fifo\", \"fifo_name\", \"$RUNTIME/fifo\")#" \
    -e "\$a modparam(\"mi_datagram\", \"socket_name\", \"$RUNTIME/mi.sock\")" "$REPO/tests/fixtures/opensips/registrar.cfg" >"$BATS_TEST_TMPDIR/made.cfg"
  # parameters stand before the routes; what is asked to see whether it answers is not relayed to itself
  "$PYTHON" - "$BATS_TEST_TMPDIR/made.cfg" <<'END' | configure
import sys
*lines, last = open(sys.argv[1]).read().splitlines()
lines.insert(lines.index("route {"), last)
lines.insert(lines.index("route {") + 1, '\tif (is_method("OPTIONS")) { sl_send_reply(200, "OK"); exit; }')
print("\n".join(lines).replace("udp_workers=8", "udp_workers=4"))
END
  PAD=$(printf '%02000d' 0)
  export PAD
  PHONES='sipp -sf $REPO/tests/fixtures/sipp/phone.xml -key pad $PAD -nostdin -timeout 120 127.0.0.1:5060'
}

teardown() {
  stop_all
  remove_slices
}

# phones COUNT: so many are kept then; the first ones once more.
phones() {
  bash -c "$PHONES -m $1 -r 200 -l 20" >"$BATS_TEST_TMPDIR/sipp" 2>&1 || fail "sipp: $(tail -n 5 "$BATS_TEST_TMPDIR/sipp")"
}

@test "OpenSIPS's pools are told alike over FIFO and datagrams, and what is learned of them is what they took" {
  launch
  local way samples=$BATS_TEST_TMPDIR/samples
  for way in "fifo:$RUNTIME/fifo" "unix:$RUNTIME/mi.sock"; do
    "$SIPLAUNCH" inspect --format json --mi "$way" "$LAUNCHED" >"$BATS_TEST_TMPDIR/inspection"
    "$PYTHON" "$REPO/tests/cli/inspect_check.py" 0 "i['sample']['noPools'] is None" "i['sample']['registrations'] == 0" \
      "len(i['sample']['private']) > 4" <"$BATS_TEST_TMPDIR/inspection"
  done
  local count
  for count in 150 300 450 600; do
    phones "$count"
    "$SIPLAUNCH" inspect --format json "$LAUNCHED" | "$PYTHON" -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["sample"]))' >>"$samples"
  done
  "$SIPLAUNCH" advise --format json "$samples" >"$BATS_TEST_TMPDIR/advice"
  "$PYTHON" - "$BATS_TEST_TMPDIR/advice" "$samples" <<'END'
import json, sys
advice, samples = json.load(open(sys.argv[1])), [json.loads(line) for line in open(sys.argv[2])]
first, last = samples[0], samples[-1]
assert [sample["registrations"] for sample in samples] == [150, 300, 450, 600], [sample["registrations"] for sample in samples]
took = (last["shared"]["realUsed"] - first["shared"]["realUsed"]) / 450
learned = advice["objects"]["registrations"]["bytes"]
assert abs(learned - took) < 0.05 * took and took > 2000, (learned, took)
END
}

@test "sizes are found that OpenSIPS keeps phones with, and written as a profile that is accepted; nothing is left" {
  run -0 --separate-stderr "$SIPLAUNCH" tune --profile "$LAUNCH_PROFILE" --set sizing.memory=256MiB --rounds 6 --format json \
    --write "$BATS_TEST_TMPDIR/tuned.json" --load "exec $PHONES -m 800 -r 1000 -l 20" -- "${ROUTER[@]}"
  printf '%s' "$output" >"$BATS_TEST_TMPDIR/result.json"
  "$PYTHON" - "$BATS_TEST_TMPDIR/result.json" <<'END'
import json, sys
result, MIB = json.load(open(sys.argv[1])), 1 << 20
assert result["result"] == "found" and result["statistics"], result
used, found, last = max(each["sharedUsed"] for each in result["rounds"]), result["found"], result["rounds"][-1]
assert 5 * MIB < used < 24 * MIB and used < found["shared"] <= 3 * used, result
assert found["memory"] < 256 * MIB and (found["shared"], found["private"], "passed") == (last["shared"], last["private"], last["result"]), result
END
  no_group sip.slice
  run ! pgrep -x 'opensips|sipp'
  run -0 "$SIPLAUNCH" plan --profile "$BATS_TEST_TMPDIR/tuned.json" -- "${ROUTER[@]}"
}
