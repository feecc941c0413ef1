# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# In containers that may not write their cgroups, as nearly all are: the limits are the engine's, what is missing is said in the
# engine's own words, and those words, pasted, make it start.
# Takes about 90 s.

load podman

setup_file() {
  podman_up
}

teardown_file() {
  podman_down
}

setup() {
  prepare_router
  SLICE=$PROFILES/kamailio-512m.json
  REPORT=$BATS_TEST_TMPDIR/report.json
}

teardown() {
  containers_end
}

# block: of $output, the command that would make it start.
block() {
  awk '/^To make this start/ { found = 1 } found && /^  podman run/ { command = 1 } command { print; if (!/\\$/) exit }' <<<"$output"
}

# pasted FLAG... IMAGE: what that command says, with the test's own flags beside its flags and what it runs in IMAGE's place.
pasted() {
  [[ ${*: -1} == IMAGE ]] || fail "no command to paste: $output" || return
  container "${@:1:$#-1}" -- "${LAUNCH[@]}"
}

# steps EXPRESSION: is true of every step that siplaunch printed, s; `--verbose --log-format json`.
steps() {
  container_logs | "$PYTHON" -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin if line.startswith("{")]
steps = [line for line in lines if line.get("event") == "step"]
assert len(steps) > 10, lines
for s in steps:
    assert eval(sys.argv[1]), s' "$1"
}

# shared_mib [OPTION...]: what the shared pool is in a group of its own, where that can be made.
shared_mib() {
  "$SIPLAUNCH" plan --profile "$SLICE" "$@" --format json -- "${ROUTER[@]}" |
    "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["budget"]["shared"] >> 20)'
}

# orphan: a process ends that pid 1 of the container was handed.
orphan() {
  cp /bin/sleep "$RUNTIME/orphan"
  # shellcheck disable=SC2016 # the inner shell expands it
  container_exec sh -c '"$0" 1 >/dev/null 2>&1 &' "$RUNTIME/orphan"
  wait_while 30 pgrep -x orphan
}

@test "without its flags Kamailio is refused with a podman run; pasted, every limit is adopted and it answers, as pid 1's child" {
  LAUNCH=("$SIPLAUNCH" --profile "$SLICE" --set 'sysctl.kernel.sem=250 32000 100 128' --set resources.unified.memory.high=480M
    --set resources.unified.pids.max=300)
  run --separate-stderr contained -- "${LAUNCH[@]}" -- "${ROUTER[@]}"
  output=$stderr
  [[ $status == 125 ]]
  echo "$output" >&2
  block >&2
  LAUNCH+=(--verbose --log-format json -- "${ROUTER[@]}")
  eval "pasted ${BLOCK#*podman run}"
  wait_for_container 60 sip_options 127.0.0.1 5060
  container_logs
  false
}

@test "OOM" {
  touch "$REPORT"
  run contained --memory 64m --memory-swap 64m --volume "$REPORT:/dev/termination-log" -- "$SIPLAUNCH" --supervise \
    --report /dev/termination-log --profile "$PROFILES/container.json" -- "$PYTHON" -c 'bytearray(128 << 20)'
  echo "$status $output"
  cat "$REPORT"
  container --memory 64m --memory-swap 64m --cgroup-conf memory.oom.group=1 --volume "$REPORT:/dev/termination-log" -- "$SIPLAUNCH" --supervise \
    --report /dev/termination-log --profile "$PROFILES/container.json" -- "$PYTHON" -c 'bytearray(128 << 20)'
  wait_while 30 is_alive "$CONTAINER_PID"
  podman inspect --format '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}' "$CONTAINER"
  false
}

@test "userns" {
  run contained --memory 256m --uidmap 0:100000:65536 --gidmap 0:100000:65536 -- "$SIPLAUNCH" plan --profile "$SLICE" -- "${ROUTER[@]}"
  echo "$status $output"
  run contained --memory 256m --uidmap 0:100000:65536 --gidmap 0:100000:65536 -- "$SIPLAUNCH" --verbose --profile "$PROFILES/container.json" -- cat /proc/self/cgroup /proc/self/uid_map /proc/sys/kernel/sem
  echo "$status $output"
  run contained --sysctl 'kernel.sem=10 100 5 4' -- "$SIPLAUNCH" --profile "$PROFILES/container.json" --policy sysctl=require -- cat /proc/sys/kernel/sem
  echo "$status $output"
  run contained --privileged --sysctl 'kernel.sem=10 100 5 4' -- "$SIPLAUNCH" --profile "$PROFILES/container.json" --policy sysctl=require -- cat /proc/sys/kernel/sem
  echo "$status $output"
  run contained --security-opt unmask=/sys/fs/cgroup --memory 64m  -- "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/router --set resources.unified.memory.max=32M -- cat /proc/self/cgroup
  echo "$status $output"
  false
}
