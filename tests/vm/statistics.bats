# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What a real Kamailio in its slice says of its pools: the same over each of its interfaces and to kamcmd, beside what the
# kernel charges, once and while SIP comes in; and what each module has of the shared pool.
# Takes about 25 s.

# bats file_tags=release

load launch
load ../lib/inspect

setup() {
  plain_language
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
      "0 < i['memory']['touched'] < i['memory']['promised'] and 0 < i['memory']['used'] < i['memory']['promised']" -- ${address:+"$address"} "$LAUNCHED"
  done
  ((fragments >= 1))
  [ -z "$(compgen -G '/tmp/siplaunch_*')" ]

  run -0 "$SIPLAUNCH" inspect "$LAUNCHED"
  [[ $output == *"memory 512 MiB: memory.max in force in /$GROUP"*promised*touched*used*"pools, as kamailio "[56].*"udp receiver"* ]]
  # the heap from before the forks
  [[ $output == *"The processes use more of their private pools than they touched"* ]]

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

  # so short a stat an idle router lowers nothing, from it or from what the watch has kept
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

# registered N: so many phones have registered.
registered() {
  [[ $(kamcmd -s "unix:$RUNTIME/kamailio_ctl" stats.get_statistics location_contacts) == *"location_contacts = $1" ]]
}

# usrloc_bytes: what inspect says that usrloc has allocated.
usrloc_bytes() {
  "$SIPLAUNCH" inspect --format json "$LAUNCHED" |
    "$PYTHON" -c 'import json, sys; print({m["name"]: m["shared"] for m in json.load(sys.stdin)["sample"]["modules"]}["usrloc"])'
}

@test "Kamailio's modules have together what is used of the shared pool, and usrloc grows by the phones that register" {
  sed 's/^loadmodule "sl.so"/loadmodule "ctl.so"\n&/' "$REPO/tests/fixtures/kamailio/registrar.cfg" >"$BATS_TEST_TMPDIR/statistics.cfg"
  launch
  # over each interface; the answers to both questions are from moments one after the other
  for address in "" --mi="unix:$RUNTIME/kamailio_rpc.sock" --mi="fifo:$RUNTIME/kamailio_rpc.fifo" --mi="ctl:$RUNTIME/kamailio_ctl"; do
    asked "p['noModules'] is None and {'core', 'usrloc', 'sl'} <= {m['name'] for m in p['modules']}" \
      "abs(sum(m['shared'] for m in p['modules']) - p['shared']['used']) <= p['shared']['used'] / 10" \
      "p['modules'] == sorted(p['modules'], key=lambda m: -m['shared'])" -- ${address:+"$address"} "$LAUNCHED"
  done
  before=$(usrloc_bytes)
  run -0 sipp -sf "$REPO/tests/fixtures/sipp/phone.xml" -key pad x -r 500 -m 1000 -nostdin 127.0.0.1:5060
  wait_until 30 registered 1000
  # a registration takes some hundred bytes without the allocator's overhead (src/router/kamailio_costs.c has it with it)
  grown=$(($(usrloc_bytes) - before))
  echo "# 1000 registrations: $grown bytes of usrloc" >&3
  ((grown >= 300000 && grown <= 1500000))
  run -0 "$SIPLAUNCH" inspect "$LAUNCHED"
  [[ $output == *"shared pool by module"*usrloc*" %"* ]]
}

# beats N: --watch has printed so many lines.
beats() {
  (($(wc -l <"$BATS_TEST_TMPDIR/watch.json") >= $1))
}

@test "a beat of --watch makes at most 12 system calls a process and 160 more, and a few queries in all" {
  ROUTER+=(-A CHILDREN=40)
  launch
  processes=$(pgrep -c -u "$USER_NAME" -x kamailio)
  ((processes > 40))
  strace -f -qq -o "$BATS_TEST_TMPDIR/trace" "$SIPLAUNCH" inspect --watch=1 --format json "$LAUNCHED" >"$BATS_TEST_TMPDIR/watch.json" 3>&- &
  tracer=$!
  wait_until 120 beats 4
  pkill -TERM -P "$tracer"
  wait "$tracer" || true
  # from the third line to the fourth
  awk '/ write\(1, "\{/ { line++ } line == 3' "$BATS_TEST_TMPDIR/trace" >"$BATS_TEST_TMPDIR/beat"
  calls=$(wc -l <"$BATS_TEST_TMPDIR/beat") queries=$(grep -c ' send\(to\|msg\)\?(' "$BATS_TEST_TMPDIR/beat")
  echo "# $processes processes: $calls system calls, $queries queries" >&3
  ((calls <= processes * 12 + 160)) || fail "$(sed 's/^[0-9]* *\([a-z0-9_]*\).*/\1/' "$BATS_TEST_TMPDIR/beat" | sort | uniq -c | sort -rn | head -n 20)"
  # statistics, transactions, private pools: the version is known, and it is too early for the modules
  ((queries >= 1 && queries <= 3))
  # of each process what is needed, once
  for file in stat exe fd; do
    [ "$(grep -c "\"$LAUNCHED/$file\"" "$BATS_TEST_TMPDIR/beat")" -le 3 ]
  done
  run ! grep -qE 'smaps|oom_score|"[0-9]+/status"' "$BATS_TEST_TMPDIR/beat"
}
