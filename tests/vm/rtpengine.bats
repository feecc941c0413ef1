# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The real RTPEngine, which has threads and no pools: what its profile sets, read from the kernel, and its threads counted.
# Packets are forwarded in userspace: there is no kernel module here.
# Takes about 45 s.

export USER_NAME=rtpengine
load launch
LAUNCH_PROFILE=$PROFILES/rtpengine.json
NG=127.0.0.1:2223

setup() {
  stock_machine
  ENGINE=(rtpengine -f -E --config-file=none --table=-1 --interface=127.0.0.1 "--listen-ng=$NG")
}

teardown() {
  stop_all
  remove_slices
}

# pings: it answers a ping of its control protocol.
pings() {
  "$PYTHON" - <<'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.sendto(b"1 d7:command4:pinge", ("127.0.0.1", 2223))
assert b"4:pong" in s.recv(1500)
END
}

# start_engine ARGUMENT...: by its profile, with these arguments more; waits until it answers.
start_engine() {
  start_bg "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" -- "${ENGINE[@]}" "$@"
  LAUNCHED=$BG_PID
  wait_for_bg 60 pings
}

# threads: how many it has.
threads() {
  find "/proc/$LAUNCHED/task" -mindepth 1 -maxdepth 1 | wc -l
}

# has_threads COUNT: it has as many, or but five fewer: as many more does the version with the most threads start.
has_threads() {
  (($(threads) <= $1 && $(threads) >= $1 - 5))
}

# planned ARGUMENT...: the threads beside the first that siplaunch counts for pids.max.
planned() {
  "$SIPLAUNCH" plan --format json --profile "$LAUNCH_PROFILE" --policy default=prefer -- "${ENGINE[@]}" "$@" |
    "$PYTHON" -c 'import json, re, sys
step = [s for s in json.load(sys.stdin)["steps"] if s["name"] == "pids.max"][0]
print(re.search(r"(\d+) threads", step["reason"]).group(1))'
}

@test "RTPEngine runs in its slice, limited, as its own user, and answers" {
  start_engine --num-threads=8
  [[ $(readlink "/proc/$LAUNCHED/exe") == */rtpengine ]]
  [[ $(tr '\0' ' ' <"/proc/$LAUNCHED/cmdline") == "${ENGINE[*]} --num-threads=8 " ]]
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$GROUP" ]]
  [[ $(cg "$GROUP" memory.max) == $((512 << 20)) ]]
  [[ $(cg "$GROUP" memory.swap.max) == 0 ]]
  [[ $(cg "$GROUP" pids.max) == $((2 + 40 + 64)) ]]
  [[ $(cat "/proc/$LAUNCHED/oom_score_adj") == -900 ]]
  [[ $(awk '/^Max open files/ { print $4, $5 }' "/proc/$LAUNCHED/limits") == "150000 150000" ]]
  [[ $(status_of Uid | cut -f 1) == "$(id -u rtpengine)" ]]
  [[ $(status_of CapEff) == 0000000000801000 ]] # net_admin and sys_nice
  [[ $(status_of NoNewPrivs) == 1 ]]
}

@test "the plan counts its threads, and few more" {
  local arguments
  while read -r -a arguments; do
    start_engine "${arguments[@]}"
    wait_for_bg 30 has_threads $(($(planned "${arguments[@]}") + 1))
    stop_all
  done <<'END'
--num-threads=1
--num-threads=8 --media-num-threads=3
--num-threads=8 --media-num-threads=0
--num-threads=2 --poller-per-thread --jitter-buffer=10
--num-threads=2 --listen-http=127.0.0.1:2225 --graphite=127.0.0.1:9006 --mqtt-host=127.0.0.1 --max-load=5
END
}

@test "where the number is left to RTPEngine, pids.max has room for its threads" {
  start_engine
  wait_for_bg 30 has_threads $((1 + 8 + 4 * 4)) # one CPU: it takes four
  [[ $(cg "$GROUP" pids.max) == $((2 + 8 + 4 * 4 + 4 + 64)) ]]
}
