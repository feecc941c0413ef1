# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What a real Kamailio in its slice says of its pools: the same over each of its interfaces and to kamcmd, beside what the
# kernel charges, once and while SIP comes in.
# Takes about 15 s.

load launch

setup() {
  export LC_ALL=C.UTF-8
  prepare_router
  # where the router's user can read it, wherever the checkout is
  install -m 644 "$REPO"/tests/fixtures/kamailio/{minimal,statistics}.cfg "$BATS_TEST_TMPDIR"
  # shellcheck disable=SC2034 # launch.bash's
  ROUTER=(kamailio -DD -E -Y "$RUNTIME" -f "$BATS_TEST_TMPDIR/statistics.cfg")
}

teardown() {
  stop_all
  remove_slices
}

# asked EXPRESSION... -- ARGUMENT...: inspect's JSON has the documented form, and every expression is true of its sample `p`.
asked() {
  local expressions=()
  while [[ $1 != -- ]]; do
    expressions+=("(lambda p, i: $1)(i['sample'], i)")
    shift
  done
  shift
  run -0 --separate-stderr "$SIPLAUNCH" inspect --format json "$@" "$LAUNCHED"
  "$PYTHON" "$REPO/tests/cli/inspect_check.py" 0 "${expressions[@]}" <<<"$output"
}

told() {
  kamcmd -s "unix:$RUNTIME/kamailio_ctl" core.shmmem | sed -n "s/^[[:space:]]*$1: //p"
}

lines() {
  (($(wc -l <"$BATS_TEST_TMPDIR/watch.json") >= $1))
}

watch_router() {
  "$SIPLAUNCH" inspect --watch=1 --format json "$LAUNCHED" >"$BATS_TEST_TMPDIR/watch.json" 3>&- &
  WATCH=$!
}

@test "Kamailio's pools are told alike over FIFO, datagrams and ctl, beside what its group is charged, and while it works" {
  launch
  total=$(told total) fragments=$(told fragments)
  ((total == $(argument_after -m) << 20))
  for address in "" --mi="unix:$RUNTIME/kamailio_rpc.sock" --mi="fifo:$RUNTIME/kamailio_rpc.fifo" --mi="ctl:$RUNTIME/kamailio_ctl"; do
    # the allocator's numbers move a little by being asked for
    asked "p['shared']['total'] == $total and p['shared']['fragments'] >= 1" \
      "abs(p['shared']['used'] - $(told used)) < 65536 and abs(p['shared']['free'] - $(told free)) < 65536" \
      "p['shared']['used'] < p['shared']['realUsed'] <= p['shared']['maxUsed'] == $(told max_used)" \
      "len(p['private']) == p['processes'] == len(i['processes'])" \
      "{q['pid'] for q in p['private']} == {q['pid'] for q in i['processes']}" \
      "all(0 < q['used'] < q['realUsed'] < q['total'] == $(argument_after -M) << 20 and q['name'] for q in p['private'])" \
      "p['version'].startswith('kamailio ') and p['uptime'] < 600 and p['requests'] >= 1" \
      "p['group']['path'] == '/$GROUP' and p['group']['memory.max'] == 512 << 20" \
      "p['nofile'] == 65536 and 3 < p['descriptors'] < 100" \
      "p['group']['memory.pressure'] is None or p['group']['memory.pressure']['some']['avg10'] >= 0" \
      "i['memory']['limit'] == 512 << 20 and i['memory']['promised'] <= 512 << 20" \
      "i['memory']['shared']['touched'] >= i['memory']['shared']['used'] > 0" \
      "0 < i['memory']['private']['used'] < i['memory']['private']['promised']" \
      "0 < i['memory']['touched'] < i['memory']['promised'] and 0 < i['memory']['used'] < i['memory']['promised']" -- ${address:+"$address"}
  done
  ((fragments >= 1))
  [ -z "$(compgen -G '/tmp/siplaunch_*')" ]

  run -0 "$SIPLAUNCH" inspect "$LAUNCHED"
  [[ $output == *"memory 512 MiB: memory.max in force in /$GROUP"*promised*touched*used*"pools, as kamailio "[56].*"udp receiver"* ]]
  # the heap from before the forks
  [[ $output == *"More of the private pools is used than touched"* ]]

  watch_router
  wait_until 30 lines 1
  for _ in 1 2 3 4 5; do sip_options 127.0.0.1 5060; done
  wait_until 30 lines "$(($(wc -l <"$BATS_TEST_TMPDIR/watch.json") + 2))"
  kill -INT "$WATCH"
  wait "$WATCH"
  "$PYTHON" - "$BATS_TEST_TMPDIR/watch.json" <<'END'
import json, sys
samples = [json.loads(line) for line in open(sys.argv[1])]
assert samples[-1]["requests"] >= samples[0]["requests"] + 5, (samples[0], samples[-1])
assert all(s["noPools"] is None and s["group"]["memory.current"] > 0 for s in samples), samples
END

  # so short a look at an idle router lowers nothing, from it or from what the watch has kept
  for what in "$LAUNCHED" "$BATS_TEST_TMPDIR/watch.json"; do
    run -0 --separate-stderr "$SIPLAUNCH" advise --format json --profile "$PROFILES/kamailio-512m.json" "$what"
    "$PYTHON" -c '
import json, sys
rows = {row["setting"]: row for row in json.load(sys.stdin)["recommendations"]}
assert {"-m", "-M", "memory.max"} <= set(rows), rows
assert all(row["confidence"] in ("none", "low") and row["change"] != "lower" for row in rows.values()), rows' <<<"$output"
  done

  # the router is stopped under the watch
  watch_router
  wait_until 30 lines 1
  kill "$LAUNCHED"
  status=0
  wait "$WATCH" || status=$?
  [ "$status" = 125 ]
}
