# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The live view of a real Kamailio in its slice: what it shows and writes, what it says when the router ends, several routers, what it costs.
# Takes about 30 s.

load launch
load ../lib/screen

setup() {
  plain_language
  prepare_router
  install -m 644 "$REPO"/tests/fixtures/kamailio/{minimal,statistics}.cfg "$BATS_TEST_TMPDIR"
  # shellcheck disable=SC2034 # launch.bash's
  ROUTER=(kamailio -DD -E -Y "$RUNTIME" -f "$BATS_TEST_TMPDIR/statistics.cfg")
  cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
  screen_close
  stop_all
  remove_slices
}

written() {
  (($(cat ./*.jsonl 2>/dev/null | wc -l) >= $1))
}

@test "a router is shown with its pools and its processes while it works, is recorded, and its end is said" {
  launch
  screen_open 120x40 "$SIPLAUNCH" top --interval 1 "$LAUNCHED"
  screen_shows "^ kamailio [56].*  pid $LAUNCHED  .*every 1 s"
  screen_shows "^ group /$GROUP"
  screen_shows '^ limit 512 MiB  current [0-9.]+ MiB  peak [0-9.]+ MiB  swap 0 bytes  oom 0  oom_kill 0  max 0  high 0'
  screen_shows "^ shared pool +[0-9.]+ [KM]iB of $(argument_after -m) MiB"
  # pid, share of the pool, used, free, fragments, resident memory, oom_score, descriptors
  screen_shows '^ +[0-9]+ +[0-9]+\.[0-9] +[0-9.]+[KM] +[0-9.]+M +[0-9]+ +[0-9.]+M +[0-9]+ +[0-9]+ udp receiver'
  for _ in 1 2 3; do sip_options 127.0.0.1 5060; done
  screen_shows '^.* requests +[0-9.]+ a second, at most [1-9]'

  screen_keys w
  screen_shows '^Write samples to: siplaunch-.*\.jsonl'
  screen_keys Enter
  screen_shows 'WRITING'
  wait_until 60 written 3
  screen_keys w
  screen_shows 'samples written to siplaunch-'
  run -0 "$SIPLAUNCH" advise ./*.jsonl

  screen_keys m
  screen_shows '^ core  '
  screen_keys Escape

  stop_bg "$LAUNCHED"
  screen_shows "process $LAUNCHED has ended: these are its last values"
  screen_has "^ kamailio.* pid $LAUNCHED .*ENDED"
  screen_keys q
  screen_ends 1
}

@test "several routers are listed with their limits, one is looked at, and Esc goes back" {
  launch
  sed 's/5060/5070/' minimal.cfg >second.cfg
  sed -i 's/loadmodule.*//; s/minimal.cfg/second.cfg/' statistics.cfg
  start_bg "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" --set cgroup.path=sip.slice/second --set sizing.memory=384MiB -- \
    kamailio -DD -E -Y "$RUNTIME" -f "$BATS_TEST_TMPDIR/statistics.cfg"
  second=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5070
  screen_open 80x24 "$SIPLAUNCH" top
  screen_shows '^ 2 routers run here'
  screen_shows "^ +$LAUNCHED +[0-9]+ +512 MiB +[0-9.]+ MiB +[0-9.]+ % +0  /$GROUP"
  screen_has "^ +$second +[0-9]+ +384 MiB"
  screen_keys End Enter
  screen_shows "^ kamailio.* pid $second "
  screen_keys Escape
  screen_shows '^ 2 routers run here'
  stop_bg "$second"
  screen_shows '^ 1 router runs here'
  screen_keys q
  screen_ends 0
}

# looked_up PID: of how many processes it read the resident memory within 10 s.
looked_up() {
  timeout -s INT 10 strace -e trace=openat -o trace -p "$1" || true
  grep -oE '"[0-9]+/statm"' trace | sort -u | wc -l
}

@test "of hundreds of processes it reads only those on the screen, beside what a sample needs" {
  ROUTER+=(-A CHILDREN=100)
  launch --set sizing.memory=2GiB
  screen_open 80x24 "$SIPLAUNCH" top "$LAUNCHED"
  screen_shows '1-[0-9]+ of 1[0-9][0-9]'
  pid=$(screen_pid)
  count=$(looked_up "$pid")
  echo "$count processes"
  # 80x24 has room for 8
  ((count >= 3 && count <= 16))
  screen_keys q
  screen_ends 0
}
